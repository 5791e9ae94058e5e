//! What GitLab has: the part of an instance that a job is about, as far as the plan has looked.

pub(crate) mod look_up;

use std::collections::{BTreeMap, HashMap};

use domain::{AccessLevel, Change, ItemResult};
use serde_json::{Map, Value};

use crate::operation::{Collection, ObjectKind, ObjectRef, Who};

/// A group or project that exists.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Which of the two.
    pub kind: ObjectKind,
    /// GitLab's number.
    pub id: u64,
    /// Full path as GitLab spells it.
    pub full_path: String,
    /// Its page.
    pub web_url: Option<String>,
    /// Those of its fields that the job says something about, under GitLab's names.
    pub fields: BTreeMap<String, Value>,
}

impl Known {
    /// As the result of an item.
    pub fn result(&self) -> ItemResult {
        ItemResult {
            id: Some(self.id),
            full_path: Some(self.full_path.clone()),
            web_url: self.web_url.clone(),
        }
    }

    /// Field by field, what differs between this object and what is wanted.
    ///
    /// Only fields that `wanted` names and gives a value count. GitLab says an empty text as null or
    /// as `""`, and keeps lists such as `topics` in an order of its own; neither is a difference.
    pub fn differences(&self, wanted: &BTreeMap<&str, Value>) -> Vec<Change> {
        wanted
            .iter()
            .filter_map(|(field, to)| {
                let from = self.fields.get(*field).cloned().unwrap_or(Value::Null);
                (!same(&from, to)).then(|| Change {
                    field: (*field).to_owned(),
                    from,
                    to: to.clone(),
                })
            })
            .collect()
    }
}

/// Whether two values of a field mean the same to GitLab.
pub(crate) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, Value::String(text)) | (Value::String(text), Value::Null) => text.is_empty(),
        (Value::Null, Value::Array(list)) | (Value::Array(list), Value::Null) => list.is_empty(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().all(|entry| right.contains(entry))
        }
        _ => one == other,
    }
}

/// The paths of the groups that something is in, the nearest first.
pub(crate) fn paths_above(full_path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(full_path.rsplit_once('/'), |(path, _)| path.rsplit_once('/')).map(|(path, _)| path)
}

/// What GitLab said of a collection.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows {
    /// Its rows, whole, in GitLab's order. May hold secrets (values of variables): not to be shown as they are.
    There(Vec<Map<String, Value>>),
    /// GitLab does not have it here (404): the tier lacks it, or a single object is not set.
    Missing,
    /// The token's user may not read it (403).
    Forbidden,
}

impl Rows {
    /// The rows; none when there are none to be seen.
    pub fn list(&self) -> &[Map<String, Value>] {
        match self {
            Self::There(rows) => rows,
            Self::Missing | Self::Forbidden => &[],
        }
    }
}

/// What is in a group, at all depths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Below {
    /// Subgroups; `None` when GitLab does not count them (more than 10,000).
    pub groups: Option<u64>,
    /// Projects; `None` when GitLab does not count them (more than 10,000).
    pub projects: Option<u64>,
    /// The path of one that is protected, with its pattern.
    pub protected: Option<(String, String)>,
}

/// What keeps a group or project at its path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// Images in its container registry.
    pub images: bool,
    /// npm packages whose scope is the path of its top-level group.
    pub npm_packages: bool,
}

/// A direct membership that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownMember {
    /// GitLab's number of the user.
    pub user_id: u64,
    /// The user's name.
    pub username: String,
    /// The direct level.
    pub access_level: Option<AccessLevel>,
    /// The day it ends, `YYYY-MM-DD`.
    pub expires_at: Option<String>,
}

/// The part of an instance that was looked at. Paths are compared without regard to case, as GitLab does.
#[derive(Debug, Default)]
pub struct Estate {
    by_path: HashMap<String, Known>,
    paths_by_id: HashMap<(ObjectKind, u64), String>,
    /// Where something stood before it was marked for deletion, and where it stands now (lower case).
    former_paths: HashMap<(ObjectKind, String), String>,
    members: HashMap<(ObjectKind, u64), Vec<KnownMember>>,
    rows: HashMap<(ObjectKind, u64, &'static str), Rows>,
    below: HashMap<u64, Below>,
    levels: HashMap<(ObjectKind, u64), Option<AccessLevel>>,
    ties: HashMap<(ObjectKind, u64), Ties>,
}

impl Estate {
    /// Adds (or replaces) an object.
    pub fn insert(&mut self, known: Known) {
        let key = known.full_path.to_lowercase();
        self.paths_by_id.insert((known.kind, known.id), key.clone());
        self.by_path.insert(key, known);
    }

    /// Adds objects.
    pub fn extend(&mut self, objects: impl IntoIterator<Item = Known>) {
        for known in objects {
            self.insert(known);
        }
    }

    /// Adds an object that waits for its deletion, to be found by the path it had before as well.
    pub fn insert_marked(&mut self, former_path: &str, known: Known) {
        let former = (known.kind, former_path.to_lowercase());
        self.former_paths.insert(former, known.full_path.to_lowercase());
        self.insert(known);
    }

    /// Sets the direct members of an object, sorted for look-up.
    pub fn insert_members(&mut self, kind: ObjectKind, id: u64, mut members: Vec<KnownMember>) {
        members.sort_by_cached_key(|member| member.username.to_lowercase());
        self.members.insert((kind, id), members);
    }

    /// Sets what GitLab said of a collection of an object.
    pub fn insert_rows(&mut self, kind: ObjectKind, id: u64, collection: &'static Collection, rows: Rows) {
        self.rows.insert((kind, id, collection.path), rows);
    }

    /// What GitLab said of a collection of this object; `None` when it was not read.
    pub fn rows(&self, of: &Known, collection: &Collection) -> Option<&Rows> {
        self.rows.get(&(of.kind, of.id, collection.path))
    }

    /// Nothing but what was read of members and collections, for another look at the same objects.
    #[must_use]
    pub(crate) fn parts(self) -> Self {
        Self {
            members: self.members,
            rows: self.rows,
            ..Self::default()
        }
    }

    /// Sets what is in a group.
    pub fn insert_below(&mut self, group: u64, below: Below) {
        self.below.insert(group, below);
    }

    /// What is in this group; `None` when it was not read.
    pub fn below(&self, group: u64) -> Option<&Below> {
        self.below.get(&group)
    }

    /// Sets what the token's user may do there; `None`: is no member.
    pub fn insert_level(&mut self, kind: ObjectKind, id: u64, level: Option<AccessLevel>) {
        self.levels.insert((kind, id), level);
    }

    /// What the token's user may do there; the outer `None` when it was not read.
    pub fn level(&self, of: &Known) -> Option<Option<AccessLevel>> {
        self.levels.get(&(of.kind, of.id)).copied()
    }

    /// Sets what keeps an object at its path.
    pub fn insert_ties(&mut self, kind: ObjectKind, id: u64, ties: Ties) {
        self.ties.insert((kind, id), ties);
    }

    /// What keeps this object at its path, as far as it was read.
    pub fn ties(&self, of: &Known) -> Ties {
        self.ties.get(&(of.kind, of.id)).copied().unwrap_or_default()
    }

    /// The groups that this object is in, the nearest first, as far as they can be seen.
    pub fn above<'a>(&'a self, of: &'a Known) -> impl Iterator<Item = &'a Known> {
        paths_above(&of.full_path)
            .filter_map(|path| self.at(path))
            .filter(|above| above.kind == ObjectKind::Group)
    }

    /// The group or project at this full path.
    pub fn at(&self, full_path: &str) -> Option<&Known> {
        self.by_path.get(&full_path.to_lowercase())
    }

    /// The object that is named so, of this kind.
    pub fn find(&self, kind: ObjectKind, object: &ObjectRef) -> Option<&Known> {
        let known = match object {
            ObjectRef::Id(id) => self.by_path.get(self.paths_by_id.get(&(kind, *id))?)?,
            ObjectRef::Path(path) => self.at(path).or_else(|| {
                let former = (kind, path.to_lowercase());
                self.by_path.get(self.former_paths.get(&former)?)
            })?,
        };
        (known.kind == kind).then_some(known)
    }

    /// The direct members of an object, sorted by user name without regard to case; `None` when they were not read.
    pub fn members(&self, kind: ObjectKind, id: u64) -> Option<&[KnownMember]> {
        self.members.get(&(kind, id)).map(Vec::as_slice)
    }

    /// The direct membership of this person.
    pub fn member(&self, kind: ObjectKind, id: u64, who: &Who) -> Option<&KnownMember> {
        let members = self.members.get(&(kind, id))?;
        match who {
            Who::Id(user) => members.iter().find(|member| member.user_id == *user),
            Who::Username(name) => {
                let name = name.to_lowercase();
                let place = members
                    .binary_search_by_key(&name, |member| member.username.to_lowercase())
                    .ok()?;
                members.get(place)
            }
        }
    }
}
