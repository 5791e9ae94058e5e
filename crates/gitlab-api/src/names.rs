//! What groups, projects and users may be called, with GitLab's own words for what is wrong
//! (GitLab API facts §6.1–§6.3).
//!
//! Each check returns every rule the text breaks, in the order GitLab lists them; an empty list means that the
//! text is fine. The rules are those for *new* names: GitLab keeps older rows that break them.

use std::fmt::{self, Display};

/// Longest path or name of a group, project or user, in characters.
pub const MAX_LENGTH: usize = 255;
/// Shortest path of a group or user, in characters.
pub const MIN_GROUP_PATH: usize = 2;
/// Longest description of a group, in characters.
pub const MAX_GROUP_DESCRIPTION: usize = 500;
/// Longest description of a project, in characters.
pub const MAX_PROJECT_DESCRIPTION: usize = 2_000;
/// A group has at most this many ancestors.
pub const MAX_ANCESTORS: usize = 20;

/// Paths no group or user may have at top level, compared without regard to case.
pub const RESERVED_AT_TOP_LEVEL: &[&str] = &[
    "-",
    ".well-known",
    "404.html",
    "422.html",
    "500.html",
    "502.html",
    "503.html",
    "admin",
    "api",
    "apple-touch-icon.png",
    "assets",
    "dashboard",
    "deploy.html",
    "explore",
    "favicon.ico",
    "favicon.png",
    "files",
    "groups",
    "health_check",
    "help",
    "import",
    "jwt",
    "login",
    "oauth",
    "profile",
    "projects",
    "public",
    "robots.txt",
    "s",
    "search",
    "sitemap",
    "sitemap.xml",
    "sitemap.xml.gz",
    "slash-command-logo.png",
    "snippets",
    "unsubscribes",
    "uploads",
    "users",
    "v2",
];

/// Paths no project or subgroup may have, compared without regard to case. The routes of GitLab that hold a
/// slash (`environments/folders`) can never be a path and are left out.
pub const RESERVED_BELOW_A_GROUP: &[&str] = &[
    "-",
    "badges",
    "blame",
    "blob",
    "builds",
    "commits",
    "create",
    "create_dir",
    "edit",
    "files",
    "find_file",
    "new",
    "preview",
    "raw",
    "refs",
    "tree",
    "update",
    "wikis",
];

/// Where a group is: other words are reserved at top level than below a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    TopLevel,
    BelowAGroup,
}

/// One broken rule. Its `Display` is the text GitLab answers with, without the field's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    Blank,
    TooShort {
        minimum: usize,
    },
    TooLong {
        maximum: usize,
    },
    /// The rule of namespace paths.
    GroupPathCharacters,
    /// The older rule of project paths.
    ProjectPathCharacters,
    /// The rule for container repositories, which new paths of both kinds must keep.
    RepositoryPathCharacters,
    Reserved {
        path: String,
    },
    GroupNameCharacters,
    ProjectNameCharacters,
}

impl Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => f.write_str("can't be blank"),
            Self::TooShort { minimum } => write!(f, "is too short (minimum is {minimum} characters)"),
            Self::TooLong { maximum } => write!(f, "is too long (maximum is {maximum} characters)"),
            Self::GroupPathCharacters => f.write_str(
                "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-' or end in '.', \
                 '.git' or '.atom'.",
            ),
            Self::ProjectPathCharacters => f.write_str(
                "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-', end in '.git' or \
                 end in '.atom'",
            ),
            Self::RepositoryPathCharacters => f.write_str(
                "can only include non-accented letters, digits, '_', '-' and '.'. It must not start with '-', \
                 '_', or '.', nor end with '-', '_', '.', '.git', or '.atom'.",
            ),
            Self::Reserved { path } => write!(f, "{path} is a reserved name"),
            Self::GroupNameCharacters => f.write_str(
                "can contain only letters, digits, emoji, '_', '.', dash, space, parenthesis. It must start \
                 with letter, digit, emoji or '_'.",
            ),
            Self::ProjectNameCharacters => f.write_str(
                "can contain only letters, digits, emoji, '_', '.', '+', dashes, or spaces. It must start with \
                 a letter, digit, emoji, or '_'.",
            ),
        }
    }
}

/// What is wrong with the path (one segment) of a new group.
pub fn group_path(path: &str, place: Place) -> Vec<Broken> {
    if path.trim().is_empty() {
        return vec![Broken::Blank];
    }
    let mut broken = length(path, MIN_GROUP_PATH, MAX_LENGTH);
    if !is_namespace_path(path) {
        broken.push(Broken::GroupPathCharacters);
    } else if is_reserved(path, place) {
        broken.push(Broken::Reserved {
            path: path.to_owned(),
        });
    }
    if !is_repository_path(path) {
        broken.push(Broken::RepositoryPathCharacters);
    }
    broken
}

/// What is wrong with the path (one segment) of a new project. Words reserved at top level are fine here.
pub fn project_path(path: &str) -> Vec<Broken> {
    if path.trim().is_empty() {
        return vec![Broken::Blank];
    }
    let mut broken = length(path, 1, MAX_LENGTH);
    if !is_project_path(path) {
        broken.push(Broken::ProjectPathCharacters);
    } else if is_reserved(path, Place::BelowAGroup) {
        broken.push(Broken::Reserved {
            path: path.to_owned(),
        });
    }
    if !is_repository_path(path) {
        broken.push(Broken::RepositoryPathCharacters);
    }
    broken
}

/// What is wrong with a user name, which is also the path of a top-level namespace.
pub fn username(name: &str) -> Vec<Broken> {
    if name.trim().is_empty() {
        return vec![Broken::Blank];
    }
    let mut broken = length(name, MIN_GROUP_PATH, MAX_LENGTH);
    if !is_namespace_path(name) {
        broken.push(Broken::GroupPathCharacters);
    } else if is_reserved(name, Place::TopLevel) {
        broken.push(Broken::Reserved {
            path: name.to_owned(),
        });
    }
    broken
}

/// What is wrong with the name of a group.
pub fn group_name(name: &str) -> Vec<Broken> {
    check_name(name, "()", Broken::GroupNameCharacters)
}

/// What is wrong with the name of a project: `+` is allowed, parentheses are not.
pub fn project_name(name: &str) -> Vec<Broken> {
    check_name(name, "+", Broken::ProjectNameCharacters)
}

/// What is wrong with the description of a group.
pub fn group_description(text: &str) -> Vec<Broken> {
    length(text, 0, MAX_GROUP_DESCRIPTION)
}

/// What is wrong with the description of a project.
pub fn project_description(text: &str) -> Vec<Broken> {
    length(text, 0, MAX_PROJECT_DESCRIPTION)
}

/// The path GitLab gives a project that was created with a name only: the name if it is a valid path, else its
/// lower-case letters, digits, `_` and `-`, with runs of anything else turned into one `-`.
pub fn project_path_from_name(name: &str) -> String {
    if is_project_path(name) && is_repository_path(name) {
        return name.to_owned();
    }
    let mut path = String::with_capacity(name.len());
    for character in name.chars().flat_map(char::to_lowercase) {
        let kept = character.is_ascii_alphanumeric() || character == '_' || character == '-';
        let character = if kept { character } else { '-' };
        if character != '-' || !(path.is_empty() || path.ends_with('-')) {
            path.push(character);
        }
    }
    path.truncate(path.trim_end_matches('-').len());
    path
}

fn length(text: &str, minimum: usize, maximum: usize) -> Vec<Broken> {
    let characters = text.chars().count();
    if characters < minimum {
        vec![Broken::TooShort { minimum }]
    } else if characters > maximum {
        vec![Broken::TooLong { maximum }]
    } else {
        Vec::new()
    }
}

fn check_name(name: &str, also: &str, wrong: Broken) -> Vec<Broken> {
    if name.trim().is_empty() {
        return vec![Broken::Blank];
    }
    let mut broken = length(name, 1, MAX_LENGTH);
    let mut characters = name.chars();
    let starts_well = characters.next().is_some_and(is_name_start);
    if !starts_well || !characters.all(|c| is_name_start(c) || "-. ".contains(c) || also.contains(c)) {
        broken.push(wrong);
    }
    broken
}

/// Letters and digits of any script, `_`, and GitLab's range for emoji, which also holds every dash but `-`.
fn is_name_start(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || ('\u{a9}'..='\u{1f9ff}').contains(&character)
}

fn is_path_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

#[expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "GitLab's rule is about case, too"
)]
fn has_reserved_ending(path: &str) -> bool {
    path.ends_with(".git") || path.ends_with(".atom")
}

fn is_namespace_path(path: &str) -> bool {
    path.bytes().all(is_path_character)
        && !path.starts_with('-')
        && !path.ends_with('.')
        && !has_reserved_ending(path)
}

fn is_project_path(path: &str) -> bool {
    path.bytes().all(is_path_character) && !path.starts_with('-') && !has_reserved_ending(path)
}

/// Letters and digits, joined by single `.`, `_` or `-`.
fn is_repository_path(path: &str) -> bool {
    path.split(['.', '_', '-'])
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn is_reserved(path: &str, place: Place) -> bool {
    let words = match place {
        Place::TopLevel => RESERVED_AT_TOP_LEVEL,
        Place::BelowAGroup => RESERVED_BELOW_A_GROUP,
    };
    words.iter().any(|word| word.eq_ignore_ascii_case(path))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(broken: &[Broken]) -> Vec<String> {
        broken.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_reserved_word_is_refused_where_it_is_reserved() {
        assert_eq!(
            texts(&group_path("Admin", Place::TopLevel)),
            ["Admin is a reserved name"]
        );
        assert_eq!(group_path("admin", Place::BelowAGroup), []);
        assert_eq!(
            texts(&group_path("tree", Place::BelowAGroup)),
            ["tree is a reserved name"]
        );
        assert_eq!(group_path("tree", Place::TopLevel), []);
        assert_eq!(project_path("api"), []);
        assert_eq!(texts(&project_path("wikis")), ["wikis is a reserved name"]);
    }

    #[test]
    fn a_group_path_of_one_character_is_too_short_and_a_project_path_is_not() {
        assert_eq!(
            texts(&group_path("x", Place::TopLevel)),
            ["is too short (minimum is 2 characters)"]
        );
        assert_eq!(project_path("x"), []);
    }

    #[test]
    fn bad_characters_break_both_rules_of_paths() {
        assert_eq!(
            group_path("naïve path", Place::TopLevel),
            [Broken::GroupPathCharacters, Broken::RepositoryPathCharacters]
        );
        assert_eq!(
            project_path("-x"),
            [Broken::ProjectPathCharacters, Broken::RepositoryPathCharacters]
        );
        assert_eq!(project_path("a..b"), [Broken::RepositoryPathCharacters]);
        assert_eq!(project_path("site.git"), [Broken::ProjectPathCharacters]);
    }

    #[test]
    fn names_allow_what_gitlab_allows() {
        for name in [
            "Web",
            "Düsseldorf",
            "漢字",
            "🚀 launch",
            "_x",
            "a.b-c d",
            "3D – printing",
        ] {
            assert_eq!(group_name(name), [], "{name}");
            assert_eq!(project_name(name), [], "{name}");
        }
        assert_eq!(group_name("Web (old)"), []);
        assert_eq!(project_name("Web (old)"), [Broken::ProjectNameCharacters]);
        assert_eq!(project_name("c++"), []);
        assert_eq!(group_name("c++"), [Broken::GroupNameCharacters]);
        assert_eq!(group_name("-x"), [Broken::GroupNameCharacters]);
        assert_eq!(group_name("a/b"), [Broken::GroupNameCharacters]);
        assert_eq!(texts(&project_name("  ")), ["can't be blank"]);
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert_eq!(group_name(&"ü".repeat(255)), []);
        assert_eq!(
            texts(&group_name(&"ü".repeat(256))),
            ["is too long (maximum is 255 characters)"]
        );
        assert_eq!(group_description(&"x".repeat(500)), []);
        assert_eq!(
            group_description(&"x".repeat(501)),
            [Broken::TooLong { maximum: 500 }]
        );
    }

    #[test]
    fn a_path_is_made_from_a_name() {
        assert_eq!(project_path_from_name("Site"), "Site");
        assert_eq!(
            project_path_from_name("My  new & shiny Site!"),
            "my-new-shiny-site"
        );
        assert_eq!(project_path_from_name("漢字"), "");
    }

    proptest! {
        #[test]
        fn what_keeps_the_strict_rule_is_a_valid_path(path in "[a-z0-9]{2,20}([._-][a-z0-9]{1,5}){0,4}") {
            prop_assume!(!has_reserved_ending(&path) && !is_reserved(&path, Place::BelowAGroup));
            prop_assert_eq!(project_path(&path), []);
            prop_assert_eq!(group_path(&path, Place::BelowAGroup), []);
        }

        #[test]
        fn no_valid_path_needs_encoding(path in ".{1,30}") {
            if project_path(&path).is_empty() {
                prop_assert!(path.bytes().all(is_path_character));
            }
        }

        #[test]
        fn a_derived_path_is_valid_or_empty(name in "\\PC{1,60}") {
            let path = project_path_from_name(&name);
            prop_assert!(path.is_empty() || is_project_path(&path), "{}", path);
        }
    }
}
