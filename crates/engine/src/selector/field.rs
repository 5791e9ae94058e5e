//! What can be asked of a group or project: one table, from which documentation and error texts follow.

use super::expression::Op;
use crate::operation::ObjectKind;

/// Something that a term asks of a group or project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// Group or project.
    Kind,
    /// Its own full path.
    Path,
    /// The group that it is in.
    Group,
    /// Its name.
    Name,
    /// GitLab's number.
    Id,
    /// Who may see it.
    Visibility,
    /// Read-only, itself or by a group above it.
    Archived,
    /// Scheduled for deletion.
    PendingDeletion,
    /// The caller's level.
    MyRole,
    /// When it was made.
    Created,
    /// When something last happened in it.
    LastActivity,
    /// Its description.
    Description,
    /// Each of its topics.
    Topic,
    /// A group that is in no other.
    TopLevel,
    /// A project in a user's own namespace.
    Personal,
    /// Nothing was ever pushed.
    EmptyRepo,
    /// Its default branch.
    DefaultBranch,
    /// Made as a fork of another.
    Fork,
    /// How often it was forked.
    Forks,
    /// How often it was starred.
    Stars,
    /// Open issues.
    OpenIssues,
    /// Each group that was invited to it.
    SharedWith,
    /// Whether people may ask for access.
    RequestAccess,
    /// Whether members need a second factor.
    TwoFactor,
    /// Whether it uses the instance's runners.
    SharedRunners,
    /// All that it takes on disk.
    Storage,
    /// Its repository on disk.
    RepositorySize,
    /// Its large files on disk.
    LfsSize,
    /// The artifacts of its jobs on disk.
    ArtifactsSize,
    /// Its packages on disk.
    PackagesSize,
    /// Commits.
    Commits,
}

/// Which kinds of object have a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinds {
    /// Groups and projects.
    Both,
    /// Groups only.
    Groups,
    /// Projects only.
    Projects,
}

impl Kinds {
    /// Whether objects of this kind have it.
    pub const fn include(self, kind: ObjectKind) -> bool {
        match self {
            Self::Both => true,
            Self::Groups => matches!(kind, ObjectKind::Group),
            Self::Projects => matches!(kind, ObjectKind::Project),
        }
    }

    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Both => "groups, projects",
            Self::Groups => "groups",
            Self::Projects => "projects",
        }
    }
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// `group` or `project`.
    Kind,
    /// A full path; `*` stays within a segment, `**` does not.
    Path,
    /// Any text; `*` stands for any part of it.
    Text,
    /// Several texts, each as [`Holds::Text`].
    Texts,
    /// Several paths, each as [`Holds::Path`].
    Paths,
    /// Yes or no.
    Flag,
    /// A whole number.
    Number,
    /// A number of bytes.
    Size,
    /// A moment.
    Date,
    /// `private`, `internal` or `public`, from closed to open.
    Visibility,
    /// A level of access, or none.
    Role,
}

impl Holds {
    /// What may stand between field and value.
    pub const fn operators(self) -> &'static [Op] {
        const SAME: &[Op] = &[Op::Is, Op::IsNot];
        const TEXT: &[Op] = &[Op::Is, Op::IsNot, Op::Contains];
        const ORDER: &[Op] = &[Op::Is, Op::IsNot, Op::Less, Op::AtMost, Op::More, Op::AtLeast];
        match self {
            Self::Kind | Self::Flag => SAME,
            Self::Path | Self::Text | Self::Texts | Self::Paths => TEXT,
            Self::Number | Self::Size | Self::Date | Self::Visibility | Self::Role => ORDER,
        }
    }

    /// What a value may look like, for people.
    pub const fn values(self) -> &'static str {
        match self {
            Self::Kind => "group, project",
            Self::Path | Self::Paths => "a full path; `*` within a segment, `**` across segments",
            Self::Text | Self::Texts => "a text; `*` for any part of it",
            Self::Flag => "true, false",
            Self::Number => "a whole number",
            Self::Size => "a size such as 500mb or 2gb (kb, mb, gb, tb; 1kb = 1024 bytes)",
            Self::Date => {
                "a day (2024-01-31), a moment (2024-01-31T09:00:00Z), or how long ago (12h, 90d, 6w, 2y), \
                 today, yesterday"
            }
            Self::Visibility => domain::Visibility::ALLOWED,
            Self::Role => "none, guest, planner, reporter, developer, maintainer, owner",
        }
    }

    /// One word or two for tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Path => "path",
            Self::Text => "text",
            Self::Texts => "list of texts",
            Self::Paths => "list of paths",
            Self::Flag => "true or false",
            Self::Number => "number",
            Self::Size => "size",
            Self::Date => "date",
            Self::Visibility => "visibility",
            Self::Role => "level",
        }
    }
}

/// Which body of GitLab's tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Body {
    /// Every one, also with `simple=true`.
    Simple,
    /// The whole one.
    Full,
    /// The one with `statistics=true`.
    Statistics,
}

/// What there is to know about a field.
#[derive(Debug)]
pub struct Definition {
    /// The field.
    pub field: Field,
    /// As it is written.
    pub name: &'static str,
    /// Other names for it: GitLab's own, mostly.
    pub aliases: &'static [&'static str],
    /// Who has it.
    pub kinds: Kinds,
    /// What its values are.
    pub holds: Holds,
    /// What it means, in one sentence.
    pub about: &'static str,
    /// A term that uses it.
    pub example: &'static str,
    /// What GitLab is asked for so that it answers with less; empty when it is decided here.
    pub pushed: &'static str,
    pub(crate) body: Body,
}

impl Field {
    /// Everything about it.
    pub fn definition(self) -> &'static Definition {
        &FIELDS[self as usize]
    }

    /// As it is written.
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// The field of this name or alias, without regard to case, `-` and `_`.
    pub fn named(name: &str) -> Option<Self> {
        let name = folded(name);
        FIELDS
            .iter()
            .find(|definition| definition.names().any(|known| folded(known) == name))
            .map(|definition| definition.field)
    }

    /// The field whose name is most like this one, if any is much like it.
    pub fn likely(name: &str) -> Option<Self> {
        let name = folded(name);
        let distance = |known: &str| strsim::damerau_levenshtein(&folded(known), &name);
        let (distance, field) = FIELDS
            .iter()
            .flat_map(|definition| {
                definition
                    .names()
                    .map(|known| (distance(known), definition.field))
            })
            .min_by_key(|(distance, _)| *distance)?;
        (distance <= name.chars().count().div_ceil(3)).then_some(field)
    }
}

impl Definition {
    fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

fn folded(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// All fields, in the order in which people are shown them (and in which [`Field`] declares them).
pub static FIELDS: &[Definition] = &[
    Definition {
        field: Field::Kind,
        name: "kind",
        aliases: &["type", "is"],
        kinds: Kinds::Both,
        holds: Holds::Kind,
        about: "group or project",
        example: "kind:project",
        pushed: "the other kind is not listed at all",
        body: Body::Simple,
    },
    Definition {
        field: Field::Path,
        name: "path",
        aliases: &["full_path", "path_with_namespace"],
        kinds: Kinds::Both,
        holds: Holds::Path,
        about: "its own full path; `acme/**` is `acme` itself and everything below it",
        example: "path:acme/*/legacy-*",
        pushed: "only what is below the part before the first `*` is listed; a path without one is looked up",
        body: Body::Simple,
    },
    Definition {
        field: Field::Group,
        name: "group",
        aliases: &["parent", "namespace"],
        kinds: Kinds::Both,
        holds: Holds::Path,
        about: "the group that it lies in; `acme` (or its number) is what lies directly in it, `acme/**` everything \
                below it",
        example: "group:platform/**",
        pushed: "only what is below that group is listed",
        body: Body::Simple,
    },
    Definition {
        field: Field::Name,
        name: "name",
        aliases: &["title"],
        kinds: Kinds::Both,
        holds: Holds::Text,
        about: "its name as people read it",
        example: "name~\"billing service\"",
        pushed: "",
        body: Body::Simple,
    },
    Definition {
        field: Field::Id,
        name: "id",
        aliases: &[],
        kinds: Kinds::Both,
        holds: Holds::Number,
        about: "GitLab's number; groups and projects are numbered apart, so say `kind` too",
        example: "kind:project id=12,40",
        pushed: "looked up by number, up to 100 of them; a range of projects with `id_after`, `id_before`",
        body: Body::Simple,
    },
    Definition {
        field: Field::Visibility,
        name: "visibility",
        aliases: &[],
        kinds: Kinds::Both,
        holds: Holds::Visibility,
        about: "who may see it; private < internal < public",
        example: "visibility=public,internal",
        pushed: "`visibility`, when it can only be one",
        body: Body::Simple,
    },
    Definition {
        field: Field::Archived,
        name: "archived",
        aliases: &[],
        kinds: Kinds::Both,
        holds: Holds::Flag,
        about: "read-only, by itself or because a group above it is archived",
        example: "archived=false",
        pushed: "`archived` for groups, and for projects with `archived=true`",
        body: Body::Full,
    },
    Definition {
        field: Field::PendingDeletion,
        name: "pending_deletion",
        aliases: &["marked_for_deletion", "deleted"],
        kinds: Kinds::Both,
        holds: Holds::Flag,
        about: "itself scheduled for deletion; what lies in a scheduled group bears no mark of its own",
        example: "pending_deletion=false",
        pushed: "with `archived=false` as well: `archived` for projects",
        body: Body::Full,
    },
    Definition {
        field: Field::MyRole,
        name: "my_role",
        aliases: &["role", "my_level", "access_level"],
        kinds: Kinds::Both,
        holds: Holds::Role,
        about: "your own level there, inherited and shared ones included; an administrator who is no member has none",
        example: "my_role>=maintainer",
        pushed: "`min_access_level`; a second list where one level does not decide it",
        body: Body::Simple,
    },
    Definition {
        field: Field::Created,
        name: "created",
        aliases: &["created_at"],
        kinds: Kinds::Both,
        holds: Holds::Date,
        about: "when it was made",
        example: "created>=2026-01-01",
        pushed: "",
        body: Body::Simple,
    },
    Definition {
        field: Field::LastActivity,
        name: "last_activity",
        aliases: &["last_activity_at", "activity"],
        kinds: Kinds::Projects,
        holds: Holds::Date,
        about: "when something last happened in it",
        example: "last_activity<90d",
        pushed: "`last_activity_before`, `last_activity_after`, where no group is named",
        body: Body::Simple,
    },
    Definition {
        field: Field::Description,
        name: "description",
        aliases: &[],
        kinds: Kinds::Both,
        holds: Holds::Text,
        about: "its description; `\"\"` is none",
        example: "description~deprecated",
        pushed: "",
        body: Body::Simple,
    },
    Definition {
        field: Field::Topic,
        name: "topic",
        aliases: &["topics", "tag"],
        kinds: Kinds::Projects,
        holds: Holds::Texts,
        about: "any of its topics",
        example: "topic:legacy",
        pushed: "`topic`, where no group is named",
        body: Body::Simple,
    },
    Definition {
        field: Field::TopLevel,
        name: "top_level",
        aliases: &["top_level_only", "root"],
        kinds: Kinds::Groups,
        holds: Holds::Flag,
        about: "it lies in no other group",
        example: "top_level=true",
        pushed: "`top_level_only`",
        body: Body::Simple,
    },
    Definition {
        field: Field::Personal,
        name: "personal",
        aliases: &[],
        kinds: Kinds::Projects,
        holds: Holds::Flag,
        about: "it lies in a user's own namespace",
        example: "personal=false",
        pushed: "",
        body: Body::Simple,
    },
    Definition {
        field: Field::EmptyRepo,
        name: "empty_repo",
        aliases: &["empty"],
        kinds: Kinds::Projects,
        holds: Holds::Flag,
        about: "nothing was ever pushed to it",
        example: "empty_repo=true",
        pushed: "",
        body: Body::Full,
    },
    Definition {
        field: Field::DefaultBranch,
        name: "default_branch",
        aliases: &[],
        kinds: Kinds::Projects,
        holds: Holds::Text,
        about: "its default branch; `\"\"` is none",
        example: "default_branch=master",
        pushed: "",
        body: Body::Simple,
    },
    Definition {
        field: Field::Fork,
        name: "fork",
        aliases: &["forked", "forked_from_project"],
        kinds: Kinds::Projects,
        holds: Holds::Flag,
        about: "it is a fork of another project",
        example: "fork=true",
        pushed: "",
        body: Body::Full,
    },
    Definition {
        field: Field::Forks,
        name: "forks",
        aliases: &["forks_count"],
        kinds: Kinds::Projects,
        holds: Holds::Number,
        about: "how many forks it has",
        example: "forks=0",
        pushed: "",
        body: Body::Simple,
    },
    Definition {
        field: Field::Stars,
        name: "stars",
        aliases: &["star_count"],
        kinds: Kinds::Projects,
        holds: Holds::Number,
        about: "how many people starred it",
        example: "stars<5",
        pushed: "",
        body: Body::Simple,
    },
    Definition {
        field: Field::OpenIssues,
        name: "open_issues",
        aliases: &["open_issues_count", "issues"],
        kinds: Kinds::Projects,
        holds: Holds::Number,
        about: "how many issues are open; unknown where issues are switched off",
        example: "open_issues=0",
        pushed: "",
        body: Body::Full,
    },
    Definition {
        field: Field::SharedWith,
        name: "shared_with",
        aliases: &["shared", "shared_with_groups"],
        kinds: Kinds::Projects,
        holds: Holds::Paths,
        about: "any of the groups that were invited to it; `**` is any group at all",
        example: "shared_with:contractors/**",
        pushed: "",
        body: Body::Full,
    },
    Definition {
        field: Field::RequestAccess,
        name: "request_access",
        aliases: &["request_access_enabled"],
        kinds: Kinds::Both,
        holds: Holds::Flag,
        about: "people may ask to become members",
        example: "request_access=true",
        pushed: "",
        body: Body::Full,
    },
    Definition {
        field: Field::TwoFactor,
        name: "two_factor",
        aliases: &["require_two_factor_authentication"],
        kinds: Kinds::Groups,
        holds: Holds::Flag,
        about: "its members need a second factor",
        example: "two_factor=false",
        pushed: "",
        body: Body::Full,
    },
    Definition {
        field: Field::SharedRunners,
        name: "shared_runners",
        aliases: &["shared_runners_enabled"],
        kinds: Kinds::Projects,
        holds: Holds::Flag,
        about: "its jobs may run on the instance's runners",
        example: "shared_runners=true",
        pushed: "",
        body: Body::Full,
    },
    Definition {
        field: Field::Storage,
        name: "storage",
        aliases: &["size", "storage_size"],
        kinds: Kinds::Projects,
        holds: Holds::Size,
        about: "all that it takes on disk",
        example: "storage>2gb",
        pushed: STATISTICS,
        body: Body::Statistics,
    },
    Definition {
        field: Field::RepositorySize,
        name: "repository_size",
        aliases: &["repo_size"],
        kinds: Kinds::Projects,
        holds: Holds::Size,
        about: "what its repository takes on disk",
        example: "repository_size>500mb",
        pushed: STATISTICS,
        body: Body::Statistics,
    },
    Definition {
        field: Field::LfsSize,
        name: "lfs_size",
        aliases: &["lfs_objects_size"],
        kinds: Kinds::Projects,
        holds: Holds::Size,
        about: "what its large files (LFS) take on disk",
        example: "lfs_size>0",
        pushed: STATISTICS,
        body: Body::Statistics,
    },
    Definition {
        field: Field::ArtifactsSize,
        name: "artifacts_size",
        aliases: &["job_artifacts_size"],
        kinds: Kinds::Projects,
        holds: Holds::Size,
        about: "what the artifacts of its jobs take on disk",
        example: "artifacts_size>=1gb",
        pushed: STATISTICS,
        body: Body::Statistics,
    },
    Definition {
        field: Field::PackagesSize,
        name: "packages_size",
        aliases: &[],
        kinds: Kinds::Projects,
        holds: Holds::Size,
        about: "what its packages take on disk",
        example: "packages_size>1gb",
        pushed: STATISTICS,
        body: Body::Statistics,
    },
    Definition {
        field: Field::Commits,
        name: "commits",
        aliases: &["commit_count"],
        kinds: Kinds::Projects,
        holds: Holds::Number,
        about: "how many commits it has",
        example: "commits<2",
        pushed: STATISTICS,
        body: Body::Statistics,
    },
];

/// The lists below a group know no statistics (GitLab API facts §7.1.11).
const STATISTICS: &str =
    "`statistics`, which only the list of all projects has: the group is picked out here";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_fields() {
        for (place, definition) in FIELDS.iter().enumerate() {
            assert_eq!(definition.field as usize, place, "{}", definition.name);
            assert_eq!(definition.field.definition().name, definition.name);
        }
    }

    #[test]
    fn no_two_fields_have_a_name_in_common() {
        let mut seen = std::collections::HashMap::new();
        for definition in FIELDS {
            for name in definition.names() {
                assert_eq!(seen.insert(folded(name), definition.name), None, "{name}");
            }
        }
    }

    #[test]
    fn names_are_found_as_gitlab_spells_them_and_as_people_do() {
        for (text, field) in [
            ("last_activity", Field::LastActivity),
            ("last-activity", Field::LastActivity),
            ("LastActivity", Field::LastActivity),
            ("last_activity_at", Field::LastActivity),
            ("topics", Field::Topic),
        ] {
            assert_eq!(Field::named(text), Some(field), "{text}");
        }
        assert_eq!(Field::named("colour"), None);
    }

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_another_word_is_not() {
        assert_eq!(Field::likely("visibilty"), Some(Field::Visibility));
        assert_eq!(Field::likely("achrived"), Some(Field::Archived));
        assert_eq!(Field::likely("lastactvity"), Some(Field::LastActivity));
        assert_eq!(Field::likely("colour"), None);
    }
}
