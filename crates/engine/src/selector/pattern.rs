//! Texts with wildcards.

use std::fmt::{self, Display, Write};

/// A text in which `*` and `**` stand for others.
///
/// In a path `*` is any part of one segment, and `**` any number of whole segments, also none, where it stands
/// between slashes: `acme/**` is `acme` and everything below it. In other texts both are anything at all.
/// Compared without regard to case, as GitLab does.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Pattern {
    /// Never two texts in a row, never an empty one, never two wildcards in a row.
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// `*`
    Star,
    /// `**`
    Stars,
}

impl Pattern {
    /// Adds a character that stands for itself.
    pub(crate) fn push(&mut self, c: char) {
        if let Some(Piece::Text(text)) = self.pieces.last_mut() {
            text.push(c);
        } else {
            self.pieces.push(Piece::Text(c.into()));
        }
    }

    /// Adds a `*`; more than one in a row is `**`.
    pub(crate) fn push_star(&mut self) {
        match self.pieces.last_mut() {
            Some(last @ (Piece::Star | Piece::Stars)) => *last = Piece::Stars,
            _ => self.pieces.push(Piece::Star),
        }
        // `**/**` is any number of segments, as `**` is.
        if let [.., Piece::Stars, Piece::Text(slash), Piece::Stars] = self.pieces.as_slice()
            && slash == "/"
        {
            self.pieces.truncate(self.pieces.len() - 2);
        }
    }

    /// The text, when it has no wildcard.
    pub fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// What stands before the first wildcard.
    pub(crate) fn start(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether no slash can come after the first wildcard.
    pub(crate) fn ends_in_one_segment(&self) -> bool {
        self.pieces.iter().skip(1).all(|piece| match piece {
            Piece::Text(text) => !text.contains('/'),
            Piece::Star => true,
            Piece::Stars => false,
        })
    }

    /// The text before a `/**` that ends it, when that is the only wildcard.
    pub(crate) fn everything_below(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [Piece::Text(text), Piece::Stars] => text.strip_suffix('/'),
            _ => None,
        }
    }

    /// As a regular expression for paths, without anchors.
    pub(crate) fn path_regex(&self) -> String {
        let mut out = String::new();
        for (place, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Star => out.push_str("[^/]*"),
                Piece::Text(text) => {
                    // The slashes beside `**` belong to the segments that it stands for.
                    let mut text = text.as_str();
                    if place > 0 && self.is_between_slashes(place - 1) {
                        text = text.strip_prefix('/').unwrap_or(text);
                    }
                    if self.is_between_slashes(place + 1) {
                        text = text.strip_suffix('/').unwrap_or(text);
                    }
                    out.push_str(&regex::escape(text));
                }
                Piece::Stars if self.is_between_slashes(place) => {
                    let (first, last) = (place == 0, place + 1 == self.pieces.len());
                    out.push_str(match (first, last) {
                        (true, true) => ".*",
                        (true, false) => "(?:.*/)?",
                        (false, true) => "(?:/.*)?",
                        (false, false) => "/(?:.*/)?",
                    });
                }
                Piece::Stars => out.push_str(".*"),
            }
        }
        out
    }

    /// As a regular expression for other texts, without anchors.
    pub(crate) fn text_regex(&self) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Star | Piece::Stars => out.push_str(".*"),
                Piece::Text(text) => out.push_str(&regex::escape(text)),
            }
        }
        out
    }

    /// Whether a `**` stands here, and alone between slashes or ends.
    fn is_between_slashes(&self, place: usize) -> bool {
        let before = match place.checked_sub(1).and_then(|before| self.pieces.get(before)) {
            Some(Piece::Text(text)) => text.ends_with('/'),
            Some(_) => false,
            None => true,
        };
        let after = match self.pieces.get(place + 1) {
            Some(Piece::Text(text)) => text.starts_with('/'),
            Some(_) => false,
            None => true,
        };
        before && after && matches!(self.pieces.get(place), Some(Piece::Stars))
    }
}

/// Whether a character may stand in a value without quotes.
pub(crate) fn is_bare(c: char) -> bool {
    !c.is_whitespace()
        && !c.is_control()
        && !matches!(
            c,
            '"' | '\'' | '(' | ')' | ',' | '<' | '>' | '=' | '!' | '~' | '\\' | '|' | '&' | ';'
        )
}

/// With quotes where they are needed.
impl Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = !self.pieces.is_empty()
            && self.pieces.iter().all(|piece| match piece {
                Piece::Text(text) => text.chars().all(|c| is_bare(c) && c != '*'),
                Piece::Star | Piece::Stars => true,
            });
        let quote = if bare { "" } else { "\"" };
        f.write_str(quote)?;
        for piece in &self.pieces {
            match piece {
                Piece::Star => f.write_char('*')?,
                Piece::Stars => f.write_str("**")?,
                Piece::Text(text) => {
                    for c in text.chars() {
                        if matches!(c, '"' | '\\' | '*') {
                            f.write_char('\\')?;
                        }
                        f.write_char(c)?;
                    }
                }
            }
        }
        f.write_str(quote)
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    fn pattern(text: &str) -> Pattern {
        let mut pattern = Pattern::default();
        for c in text.chars() {
            if c == '*' {
                pattern.push_star();
            } else {
                pattern.push(c);
            }
        }
        pattern
    }

    fn is_path(of: &str, path: &str) -> bool {
        Regex::new(&format!("^(?:{})$", pattern(of).path_regex()))
            .unwrap()
            .is_match(path)
    }

    #[test]
    fn a_star_stays_in_its_segment_and_two_do_not() {
        for (of, paths, others) in [
            ("acme", &["acme"][..], &["acme/web", "xacme", "acmex"][..]),
            ("acme/*", &["acme/web"], &["acme", "acme/web/api", "other/web"]),
            (
                "acme/**",
                &["acme", "acme/web", "acme/web/api"],
                &["acmex", "acme2/web", "x/acme"],
            ),
            ("acme/*/**", &["acme/web", "acme/web/api"], &["acme"]),
            (
                "**/legacy",
                &["legacy", "acme/legacy", "a/b/legacy"],
                &["acme/xlegacy", "legacy/x"],
            ),
            ("a/**/b", &["a/b", "a/x/b", "a/x/y/b"], &["ab", "a/xb", "a/b/c"]),
            ("a/**/**/b", &["a/b", "a/x/b"], &["ab"]),
            ("a/*-old", &["a/web-old", "a/-old"], &["a/b/c-old"]),
            ("a**z", &["az", "a/b/z", "abcz"], &["a/b"]),
            ("**", &["acme", "acme/web"], &[]),
            ("a.c", &["a.c"], &["abc"]),
        ] {
            for path in paths {
                assert!(is_path(of, path), "{of} is not {path}");
            }
            for path in others {
                assert!(!is_path(of, path), "{of} is {path}");
            }
        }
    }

    #[test]
    fn what_is_before_the_wildcards_is_known() {
        assert_eq!(pattern("acme/web/**").everything_below(), Some("acme/web"));
        assert_eq!(pattern("acme/web**").everything_below(), None);
        assert_eq!(pattern("acme/*/**").everything_below(), None);
        assert_eq!(pattern("acme/w*/x").start(), "acme/w");
        assert_eq!(pattern("acme/web").literal(), Some("acme/web"));
        assert!(pattern("acme/w*b").ends_in_one_segment());
        assert!(!pattern("acme/w*/b").ends_in_one_segment());
        assert!(!pattern("acme/w**").ends_in_one_segment());
    }
}
