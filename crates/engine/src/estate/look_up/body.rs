//! What is kept of a group's or project's body: of its hundred fields a few.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::estate::Known;
use crate::estate::own_levels::PERMISSIONS;
use crate::operation::ObjectKind;

/// What many rules ask of any object, kept where a body has it.
const ALWAYS_KEPT: [&str; 4] = ["visibility", "archived", "marked_for_deletion_on", PERMISSIONS];

/// Reads a body; `None` when it is none of a group or project. Fields that nobody wants are passed over.
pub(super) fn read(kind: ObjectKind, fields: &BTreeSet<String>, body: &RawValue) -> Option<Known> {
    let body = Wanted::new(kind, fields)
        .deserialize(&mut serde_json::Deserializer::from_str(body.get()))
        .ok()?;
    body.known(kind)
}

/// Reads a page of a list at one go, which is read by the hundred; `None` for what is none of a group or project.
///
/// # Errors
/// It is no list.
pub(super) fn read_page(
    kind: ObjectKind,
    fields: &BTreeSet<String>,
    page: &[u8],
) -> serde_json::Result<Vec<Option<Known>>> {
    let wanted = Wanted::new(kind, fields);
    let mut rows = serde_json::Deserializer::from_slice(page);
    if let Ok(found) = rows.deserialize_seq(Rows { kind, wanted })
        && rows.end().is_ok()
    {
        return Ok(found);
    }
    // One of them is not as it should be: each by itself.
    let rows: Vec<&RawValue> = serde_json::from_slice(page)?;
    Ok(rows.into_iter().map(|row| read(kind, fields, row)).collect())
}

/// A page of a list.
struct Rows<'a> {
    kind: ObjectKind,
    wanted: Wanted<'a>,
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = Vec<Option<Known>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::with_capacity(100);
        while let Some(body) = rows.next_element_seed(self.wanted)? {
            found.push(body.known(self.kind));
        }
        Ok(found)
    }
}

#[derive(Clone, Copy)]
struct Wanted<'a> {
    path_key: &'static str,
    fields: &'a BTreeSet<String>,
}

impl<'a> Wanted<'a> {
    fn new(kind: ObjectKind, fields: &'a BTreeSet<String>) -> Self {
        let path_key = match kind {
            ObjectKind::Group => "full_path",
            ObjectKind::Project => "path_with_namespace",
        };
        Self { path_key, fields }
    }
}

#[derive(Default)]
struct Body {
    id: Option<u64>,
    full_path: Option<String>,
    web_url: Option<String>,
    fields: BTreeMap<String, Value>,
}

impl Body {
    fn known(self, kind: ObjectKind) -> Option<Known> {
        Some(Known {
            kind,
            id: self.id?,
            full_path: self.full_path?,
            web_url: self.web_url,
            fields: self.fields,
        })
    }
}

/// The name of a field, borrowed where it has nothing to be unescaped.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The names of an object's fields; what they hold is passed over.
pub(super) struct Names<'a>(pub(super) Vec<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Names<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfObject;

        impl<'de> Visitor<'de> for OfObject {
            type Value = Names<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names<'de>, A::Error> {
                let mut names = Vec::new();
                while let Some((Name(name), IgnoredAny)) = map.next_entry()? {
                    names.push(name);
                }
                Ok(Names(names))
            }
        }

        deserializer.deserialize_map(OfObject)
    }
}

impl<'de> DeserializeSeed<'de> for Wanted<'_> {
    type Value = Body;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Body, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a group or project")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
        let mut body = Body::default();
        while let Some(Name(name)) = map.next_key()? {
            let kept = self.fields.contains(&*name) || ALWAYS_KEPT.contains(&&*name);
            let is_head = name == "id" || name == "web_url" || name == self.path_key;
            if !kept && !is_head {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value: Value = map.next_value()?;
            match &*name {
                "id" => body.id = value.as_u64(),
                "web_url" => body.web_url = value.as_str().map(str::to_owned),
                key if key == self.path_key => body.full_path = value.as_str().map(str::to_owned),
                _ => {}
            }
            if kept {
                body.fields.insert(name.into_owned(), value);
            }
        }
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_body_only_what_somebody_wants_is_kept() {
        let fields = BTreeSet::from(["description".to_owned(), "topics".to_owned()]);
        let read = |body: Value| {
            let body = serde_json::value::to_raw_value(&body).unwrap();
            read(ObjectKind::Project, &fields, &body)
        };
        let known = read(json!({
            "id": 7, "description": "a \"b\"", "path_with_namespace": "acme/x", "archived": false,
            "namespace": {"id": 9, "visibility": "private"}, "web_url": null
        }))
        .unwrap();
        assert_eq!(
            (known.id, known.full_path.as_str(), known.web_url),
            (7, "acme/x", None)
        );
        assert_eq!(
            json!(known.fields),
            json!({"archived": false, "description": "a \"b\""})
        );
        assert!(read(json!({"id": 7, "full_path": "acme"})).is_none(), "a group");
        assert!(read(json!([1])).is_none());
    }

    #[test]
    fn of_a_page_each_row_is_read_whatever_stands_beside_it() {
        let page = |page: &str| {
            let rows = read_page(ObjectKind::Group, &BTreeSet::new(), page.as_bytes());
            rows.map(|rows| {
                rows.iter()
                    .map(|row| row.as_ref().map(|known| known.id))
                    .collect::<Vec<_>>()
            })
        };
        let acme = r#"{"id":1,"full_path":"acme","shared":[{"id":2}]}"#;
        assert_eq!(page(&format!("[{acme},{acme}]")).unwrap(), [Some(1), Some(1)]);
        assert_eq!(
            page(&format!(r#"[7,{acme},null,{{"id":3}}]"#)).unwrap(),
            [None, Some(1), None, None]
        );
        assert_eq!(page("[]").unwrap(), []);
        for broken in ["{}", "[", r#"{"message":"401 Unauthorized"}"#, "[]x"] {
            assert!(page(broken).is_err(), "{broken}");
        }
    }
}
