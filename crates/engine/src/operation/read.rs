//! What planning has to read before an operation can compare.

use domain::AccessLevel;

use super::{ObjectKind, ObjectRef, Who};

/// Something that belongs to a group or project and is read as a whole, in pages of a hundred.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Collection {
    /// The last part of its path below the group or project: `variables`, `protected_branches`. Empty for the
    /// group or project itself, with what lists leave out.
    pub path: &'static str,
    /// Parameters that every request for it carries.
    pub query: &'static [(&'static str, &'static str)],
    /// Whether GitLab answers with one object instead of a list (`push_rule`).
    pub single: bool,
}

/// A group or project itself, with what lists leave out.
pub static ITSELF: Collection = Collection {
    path: "",
    query: &[("with_projects", "false")],
    single: true,
};

impl Collection {
    /// A list without parameters.
    pub const fn list(path: &'static str) -> Self {
        Self {
            path,
            query: &[],
            single: false,
        }
    }

    /// One object.
    pub const fn single(path: &'static str) -> Self {
        Self {
            path,
            query: &[],
            single: true,
        }
    }
}

/// Where a group or project is to come to stand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Destination {
    /// In this group.
    In(ObjectRef),
    /// At the top level.
    Top,
    /// Where it stood before it was marked for deletion.
    Back,
}

/// What an item wants read. Several items that want the same cause one reading.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Read {
    /// The direct members of a group or project.
    Members(ObjectKind, ObjectRef),
    /// One person's membership of a group or project: the direct one, and, unless that has `level` already,
    /// what the person inherits there, who the person is, and whether an e-mail address is invited.
    Membership {
        /// Which of the two.
        kind: ObjectKind,
        /// Where.
        of: ObjectRef,
        /// Who.
        who: Who,
        /// The level that leaves nothing to do.
        level: Option<AccessLevel>,
        /// Whether somebody who is no member of a project is to become one: then its top-level group is read as well
        /// ([`ITSELF`]), which may let nobody in.
        joins: bool,
    },
    /// The rows of a collection of a group or project.
    Rows(ObjectKind, ObjectRef, &'static Collection),
    /// These fields of all objects of a kind, under GitLab's names.
    Fields(ObjectKind, &'static [&'static str]),
    /// A group or project that matters but need not exist.
    Object(ObjectKind, ObjectRef),
    /// The groups that it is in, up to the top.
    Above(ObjectKind, ObjectRef),
    /// How much is in a group at all depths, and whether something of it is protected.
    Below(ObjectRef),
    /// What the token's user may do there; not read for administrators, who may do everything.
    Level(ObjectKind, ObjectRef),
    /// What stands where this object would come to stand, and what ties it to where it is.
    Destination(ObjectKind, ObjectRef, Destination),
}

impl Read {
    /// The same of another object.
    pub(crate) fn of(self, other: impl Fn(ObjectRef) -> ObjectRef) -> Self {
        match self {
            Self::Members(kind, of) => Self::Members(kind, other(of)),
            Self::Rows(kind, of, collection) => Self::Rows(kind, other(of), collection),
            Self::Membership {
                kind,
                of,
                who,
                level,
                joins,
            } => Self::Membership {
                kind,
                of: other(of),
                who,
                level,
                joins,
            },
            Self::Fields(kind, names) => Self::Fields(kind, names),
            Self::Object(kind, object) => Self::Object(kind, other(object)),
            Self::Above(kind, of) => Self::Above(kind, other(of)),
            Self::Below(of) => Self::Below(other(of)),
            Self::Level(kind, of) => Self::Level(kind, other(of)),
            Self::Destination(kind, of, destination) => Self::Destination(kind, other(of), destination),
        }
    }
}
