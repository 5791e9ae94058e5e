//! What GitLab's answer to a write says of a group or project.

use std::borrow::Cow;
use std::fmt;

use domain::ItemResult;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Id, path and page from the body of a group or project; `None` when it is not one.
///
/// Reads no further than these: they stand before a hundred fields that nobody wants, of each answer.
pub(crate) fn read_result(body: &[u8]) -> Option<ItemResult> {
    let mut head = Head::default();
    let read = head.deserialize(&mut serde_json::Deserializer::from_slice(body));
    if read.is_err() && !head.is_complete() {
        return None;
    }
    Some(ItemResult {
        id: Some(head.id?),
        full_path: Some(head.full_path?),
        web_url: head.web_url.flatten(),
    })
}

#[derive(Default)]
struct Head {
    id: Option<u64>,
    full_path: Option<String>,
    #[expect(clippy::option_option, reason = "not read yet, null, or there")]
    web_url: Option<Option<String>>,
}

impl Head {
    fn is_complete(&self) -> bool {
        self.id.is_some() && self.full_path.is_some() && self.web_url.is_some()
    }
}

/// The name of a field, borrowed where it has nothing to be unescaped.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> DeserializeSeed<'de> for &mut Head {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Head {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a group or project")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while !self.is_complete()
            && let Some(Name(name)) = map.next_key()?
        {
            match &*name {
                "id" => self.id = Some(map.next_value()?),
                "full_path" | "path_with_namespace" => self.full_path = Some(map.next_value()?),
                "web_url" => self.web_url = Some(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<(u64, String, Option<String>)> {
        let result = read_result(body.as_bytes())?;
        Some((result.id?, result.full_path?, result.web_url))
    }

    #[test]
    fn what_says_which_object_it_is_is_found_wherever_it_stands() {
        let (path, page) = (
            "acme/x".to_owned(),
            Some("https://gitlab.example.com/acme/x".to_owned()),
        );
        for body in [
            r#"{"id":7,"path_with_namespace":"acme/x","web_url":"https://gitlab.example.com/acme/x","more":[{}]}"#,
            r#"{"web_url":"https://gitlab.example.com/acme/x","namespace":{"id":1,"full_path":"acme"},"full_path":"acme/x","id":7}"#,
        ] {
            assert_eq!(read(body), Some((7, path.clone(), page.clone())), "{body}");
        }
        for body in [
            r#"{"id":7,"full_path":"acme/x","web_url":null}"#,
            r#"{"id":7,"full_path":"acme/x"}"#,
        ] {
            assert_eq!(read(body), Some((7, path.clone(), None)), "{body}");
        }
    }

    #[test]
    fn what_is_no_group_or_project_is_none() {
        for body in [
            "",
            "null",
            "[7]",
            r#"{"id":7}"#,
            r#"{"id":"7","full_path":"acme","web_url":null}"#,
            r#"{"id":7,"full_path":"acme","#,
        ] {
            assert_eq!(read(body), None, "{body}");
        }
    }
}
