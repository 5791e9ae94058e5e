use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

/// What an address of GitLab's API is about, as far as its own shape tells.
///
/// Borrowed from the raw path; nothing is decoded but ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    pub(super) kind: Kind,
    /// The one group or project that it leads to or below.
    pub(super) object: Option<Reference>,
    /// What follows the object, or the collection: at most [`DEPTH`] segments.
    rest: [&'a str; DEPTH],
    /// How many segments follow, those beyond [`DEPTH`] among them.
    length: usize,
}

/// Nothing that is decided here needs to look deeper.
const DEPTH: usize = 3;

/// The collections that jobs and events are about, and all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Groups,
    Projects,
    Other,
}

/// How a request names a group or project. One object has two names, and nobody here knows which belong
/// together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Reference {
    Id(u64),
    /// The full path, in lower case: GitLab does not mind.
    Path(Box<str>),
}

impl<'a> Address<'a> {
    /// Reads a path relative to `/api/v4/`; the query is ignored.
    pub(super) fn of(path_and_query: &'a str) -> Self {
        let path = path_and_query.split('?').next().unwrap_or_default();
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let kind = match segments.next() {
            Some("groups") => Kind::Groups,
            Some("projects") => Kind::Projects,
            _ => Kind::Other,
        };
        let object = match kind {
            Kind::Other => None,
            Kind::Groups | Kind::Projects => segments
                .clone()
                .next()
                .filter(|segment| !is_collection(kind, segment))
                .map(Reference::of),
        };
        if object.is_some() {
            segments.next();
        }
        let mut rest = [""; DEPTH];
        let mut length = 0;
        for segment in segments {
            if let Some(place) = rest.get_mut(length) {
                *place = segment;
            }
            length += 1;
        }
        Self {
            kind,
            object,
            rest,
            length,
        }
    }

    /// The segments after the object, as far as they are known.
    pub(super) fn rest(&self) -> &[&'a str] {
        &self.rest[..self.length.min(DEPTH)]
    }

    /// Whether more segments follow than [`Address::rest`] shows.
    pub(super) fn goes_deeper(&self) -> bool {
        self.length > DEPTH
    }
}

/// What stands where an id would, and is none (`POST /projects/user/7`, `POST /groups/import`).
fn is_collection(kind: Kind, segment: &str) -> bool {
    match kind {
        Kind::Projects => matches!(
            segment,
            "user" | "import" | "import-relation" | "remote-import" | "remote-import-s3"
        ),
        Kind::Groups => segment == "import",
        Kind::Other => false,
    }
}

impl Reference {
    fn of(segment: &str) -> Self {
        let decoded = percent_decode_str(segment).decode_utf8_lossy();
        match decoded.parse() {
            Ok(id) => Self::Id(id),
            Err(_) => Self::path(&decoded),
        }
    }

    /// By its number.
    pub(crate) fn of_id(id: u64) -> Self {
        Self::Id(id)
    }

    /// By its full path.
    pub(crate) fn path(path: &str) -> Self {
        Self::Path(path.to_lowercase().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_known_by_number_and_by_path() {
        let address = Address::of("/projects/Acme%2FWeb/variables/KEY?filter[environment_scope]=a/b");
        assert_eq!(
            (address.kind, address.object.clone(), address.rest()),
            (
                Kind::Projects,
                Some(Reference::path("acme/web")),
                &["variables", "KEY"][..]
            )
        );
        let address = Address::of("groups/12");
        assert_eq!(
            (address.kind, address.object.clone(), address.rest()),
            (Kind::Groups, Some(Reference::Id(12)), &[][..])
        );
    }

    #[test]
    fn collections_are_no_objects() {
        for (path, kind, rest) in [
            ("/projects?membership=true", Kind::Projects, &[][..]),
            ("/projects/user/7", Kind::Projects, &["user", "7"][..]),
            ("/groups/import", Kind::Groups, &["import"][..]),
            ("/users/7/projects", Kind::Other, &["7", "projects"][..]),
            ("", Kind::Other, &[][..]),
        ] {
            let address = Address::of(path);
            assert_eq!(
                (address.kind, address.object.clone(), address.rest()),
                (kind, None, rest),
                "{path}"
            );
        }
    }

    #[test]
    fn what_goes_deep_is_cut_off_and_says_so() {
        let address = Address::of("projects/1/merge_requests/2/notes/3");
        assert_eq!(address.rest(), ["merge_requests", "2", "notes"]);
        assert!(address.goes_deeper());
        assert!(!Address::of("projects/1/a/b/c").goes_deeper());
    }
}
