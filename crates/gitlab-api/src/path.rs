//! Addresses below `/api/v4/`.
//!
//! A group or project is addressed by its number or by its full path as *one* path segment, with the slashes
//! percent-encoded; an unencoded slash matches no route (GitLab API facts §0.4).

use std::fmt::{self, Display, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A group or project: by number, or by full path.
///
/// GitLab reads an all-digits string as a number. A top-level group whose path is all digits can therefore be
/// addressed by its id only, and a project path without a slash is never found (GitLab API facts §0.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectRef<'a> {
    /// The numeric id.
    Id(u64),
    /// The full path, as `acme/web/site`, not encoded.
    Path(&'a str),
}

impl From<u64> for ObjectRef<'_> {
    fn from(id: u64) -> Self {
        Self::Id(id)
    }
}

impl<'a> From<&'a str> for ObjectRef<'a> {
    fn from(path: &'a str) -> Self {
        Self::Path(path)
    }
}

impl<'a> From<&'a String> for ObjectRef<'a> {
    fn from(path: &'a String) -> Self {
        Self::Path(path)
    }
}

/// An encoded address, relative to `/api/v4/` and without a leading slash: `groups/acme%2Fweb/members`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApiPath(String);

impl ApiPath {
    /// Starts with a literal that needs no encoding and may have slashes: `personal_access_tokens/self`.
    pub fn new(literal: &'static str) -> Self {
        Self(literal.to_owned())
    }

    /// `groups/…`
    pub fn group<'a>(group: impl Into<ObjectRef<'a>>) -> Self {
        Self::new("groups").object(group)
    }

    /// `projects/…`
    pub fn project<'a>(project: impl Into<ObjectRef<'a>>) -> Self {
        Self::new("projects").object(project)
    }

    /// `namespaces/…`
    pub fn namespace<'a>(namespace: impl Into<ObjectRef<'a>>) -> Self {
        Self::new("namespaces").object(namespace)
    }

    /// `users/…`
    pub fn user(id: u64) -> Self {
        Self::new("users").object(id)
    }

    /// Appends a literal that needs no encoding: `members/all`.
    #[must_use]
    pub fn join(mut self, literal: &'static str) -> Self {
        self.0.push('/');
        self.0.push_str(literal);
        self
    }

    /// Appends one segment of any text, encoded: a branch, a variable's key, an e-mail address.
    #[must_use]
    pub fn segment(mut self, text: &str) -> Self {
        let _ = write!(self.0, "/{}", utf8_percent_encode(text, SEGMENT));
        self
    }

    /// Appends a number or an encoded full path as one segment.
    #[must_use]
    pub fn object<'a>(self, object: impl Into<ObjectRef<'a>>) -> Self {
        match object.into() {
            ObjectRef::Id(id) => {
                let mut path = self.0;
                let _ = write!(path, "/{id}");
                Self(path)
            }
            ObjectRef::Path(full_path) => self.segment(full_path),
        }
    }

    /// The address as it goes into a URL after `/api/v4/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for ApiPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for ApiPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_full_path_is_one_encoded_segment() {
        assert_eq!(
            ApiPath::group("acme/web").join("members").as_str(),
            "groups/acme%2Fweb/members"
        );
        assert_eq!(
            ApiPath::project(12).join("members/all").object(7).as_str(),
            "projects/12/members/all/7"
        );
        assert_eq!(ApiPath::new("version").to_string(), "version");
    }

    #[test]
    fn dots_dashes_and_underscores_stay_readable() {
        assert_eq!(ApiPath::project("a.b/c-d_e").as_str(), "projects/a.b%2Fc-d_e");
    }

    #[test]
    fn what_could_leave_the_segment_is_encoded() {
        assert_eq!(
            ApiPath::project(9)
                .join("variables")
                .segment("A B?c#d%e")
                .as_str(),
            "projects/9/variables/A%20B%3Fc%23d%25e"
        );
    }

    proptest! {
        #[test]
        fn any_text_stays_one_segment_and_survives_decoding(text in ".*") {
            let path = ApiPath::new("groups").segment(&text);
            let segment = path.as_str().strip_prefix("groups/").unwrap();
            prop_assert!(!segment.contains(['/', '?', '#', ' ']));
            prop_assert_eq!(percent_decode_str(segment).decode_utf8().unwrap(), text);
        }
    }
}
