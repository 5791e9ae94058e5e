//! Groups and projects that no job may delete, transfer or archive (`PROTECTED_PATHS`).

use std::str::FromStr;

/// Patterns of full paths. `*` and `?` stand for characters of one segment, `**` for any number of segments:
/// `acme/prod` is that one object, `acme/prod/**` everything below it. Compared without regard to case, as
/// GitLab does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProtectedPaths(Vec<Pattern>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    text: String,
    segments: Vec<String>,
}

/// The text is no pattern of a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no pattern of a full path; write acme/prod, acme/*, or acme/prod/** for everything below")]
pub struct InvalidPattern(pub String);

impl FromStr for ProtectedPaths {
    type Err = InvalidPattern;

    /// Patterns separated by commas or white space.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split([',', ' ', '\n', '\t'])
            .filter(|part| !part.is_empty())
            .map(Pattern::read)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl Pattern {
    fn read(text: &str) -> Result<Self, InvalidPattern> {
        let segments: Vec<String> = text
            .trim_matches('/')
            .to_lowercase()
            .split('/')
            .map(str::to_owned)
            .collect();
        let is_segment = |segment: &String| {
            segment == "**"
                || (!segment.is_empty()
                    && !segment.contains("**")
                    && segment
                        .chars()
                        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '*' | '?')))
        };
        if segments.iter().all(is_segment) {
            Ok(Self {
                text: text.to_owned(),
                segments,
            })
        } else {
            Err(InvalidPattern(text.to_owned()))
        }
    }
}

impl ProtectedPaths {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pattern that protects the object at this path, also after GitLab has renamed it for deletion.
    pub fn protects(&self, full_path: &str) -> Option<&str> {
        let paths = readings(full_path);
        let is_one = |pattern: &&Pattern| paths.iter().any(|path| matches(&pattern.segments, path));
        self.0.iter().find(is_one).map(|found| found.text.as_str())
    }

    /// Whether something below this path could be protected.
    pub fn reach_below(&self, full_path: &str) -> bool {
        let paths = readings(full_path);
        self.0
            .iter()
            .any(|pattern| paths.iter().any(|path| reaches(&pattern.segments, path)))
    }
}

/// The segments of a path in lower case: without what GitLab appends to things that wait for their deletion, and with it,
/// because somebody may have chosen such a name.
fn readings(full_path: &str) -> [Vec<String>; 2] {
    let read = |name: fn(&str) -> &str| {
        full_path
            .split('/')
            .map(|segment| name(segment).to_lowercase())
            .collect()
    };
    [read(without_deletion_mark), read(|segment| segment)]
}

/// A path segment without the `-deletion_scheduled-12` (before 18: `-deleted-12`) that GitLab appends to what it
/// is going to delete (GitLab API facts §7.1.6, §7.2.7).
pub(crate) fn without_deletion_mark(segment: &str) -> &str {
    ["-deletion_scheduled-", "-deleted-"]
        .iter()
        .find_map(|mark| {
            let (before, number) = segment.rsplit_once(mark)?;
            let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            (is_number && !before.is_empty()).then_some(before)
        })
        .unwrap_or(segment)
}

fn matches(pattern: &[String], path: &[String]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "**" => {
            matches(rest, path)
                || path
                    .split_first()
                    .is_some_and(|(_, deeper)| matches(pattern, deeper))
        }
        (Some((first, rest)), Some((segment, deeper))) => {
            fits(first.as_bytes(), segment.as_bytes()) && matches(rest, deeper)
        }
        _ => false,
    }
}

/// Whether the pattern can match something with `path` before it.
fn reaches(pattern: &[String], path: &[String]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some((first, rest)), Some((_, deeper))) if first == "**" => {
            reaches(rest, path) || reaches(pattern, deeper)
        }
        (Some((first, rest)), Some((segment, deeper))) => {
            fits(first.as_bytes(), segment.as_bytes()) && reaches(rest, deeper)
        }
    }
}

fn fits(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            fits(rest, text) || text.split_first().is_some_and(|(_, more)| fits(pattern, more))
        }
        (Some((b'?', rest)), Some((_, more))) => fits(rest, more),
        (Some((one, rest)), Some((other, more))) => one == other && fits(rest, more),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> ProtectedPaths {
        text.parse().unwrap()
    }

    #[test]
    fn a_path_protects_itself_and_two_stars_what_is_below() {
        let protected = paths("acme/prod, acme/live/**");
        for path in [
            "acme/prod",
            "ACME/Prod",
            "acme/live",
            "acme/live/web",
            "acme/live/a/b",
        ] {
            assert!(protected.protects(path).is_some(), "{path}");
        }
        for path in ["acme", "acme/prod/web", "acme/production", "acme/liver"] {
            assert_eq!(protected.protects(path), None, "{path}");
        }
    }

    #[test]
    fn one_star_stays_within_its_segment() {
        let protected = paths("acme/prod-*/we?");
        assert_eq!(protected.protects("acme/prod-eu/web"), Some("acme/prod-*/we?"));
        assert_eq!(protected.protects("acme/prod-eu/x/web"), None);
        assert_eq!(protected.protects("acme/prod-eu/webs"), None);
    }

    #[test]
    fn what_waits_for_its_deletion_is_still_what_it_was() {
        let protected = paths("acme/prod/web");
        assert!(protected.protects("acme/prod-deletion_scheduled-7/web").is_some());
        assert!(protected.protects("acme/prod/web-deleted-12").is_some());
        assert_eq!(protected.protects("acme/prod/web-deleted-soon"), None);
    }

    #[test]
    fn what_is_only_called_as_if_it_waited_for_its_deletion_is_protected_by_its_name() {
        let protected = paths("acme/old-deleted-1/web");
        assert!(protected.protects("acme/old-deleted-1/web").is_some());
        assert!(protected.reach_below("acme/old-deleted-1"));
        assert_eq!(protected.protects("acme/old/web"), None);
    }

    #[test]
    fn a_group_is_asked_what_is_below_only_where_a_pattern_can_lead() {
        let protected = paths("acme/prod/web,*/vault/**");
        for path in ["acme", "acme/prod", "other", "other/vault", "other/vault/x"] {
            assert!(protected.reach_below(path), "{path}");
        }
        for path in ["acme/prod/web", "acme/test", "other/x"] {
            assert!(!protected.reach_below(path), "{path}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_said() {
        for text in ["acme//prod", "ac**me", "acme/pröd?/{a,b}", "a|b"] {
            assert!(text.parse::<ProtectedPaths>().is_err(), "{text}");
        }
        assert!(paths("").is_empty());
    }
}
