//! What GitLab has: the part of an instance that a job is about, as far as the plan has looked.

pub(crate) mod look_up;
mod members;
pub(crate) mod own_levels;
mod people;

use std::collections::{BTreeMap, HashMap};

use domain::{Change, ItemResult};
use serde_json::{Map, Value};

use crate::operation::{Collection, ObjectKind, ObjectRef, Who};

pub(crate) use members::is_bot_name;
pub use members::{KnownMember, KnownUser, Members};
pub use own_levels::OwnLevel;

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

/// The part of an instance that was looked at. Paths are compared without regard to case, as GitLab does.
#[derive(Debug, Default)]
pub struct Estate {
    by_path: HashMap<String, Known>,
    paths_by_id: HashMap<(ObjectKind, u64), String>,
    /// Where something stood before it was marked for deletion, and where it stands now (lower case).
    former_paths: HashMap<(ObjectKind, String), String>,
    members: HashMap<(ObjectKind, u64), Members>,
    /// Direct members of groups above, by the group's full path in lower case.
    members_above: HashMap<String, Members>,
    /// Who was looked for; `None` where GitLab knows nobody of that name.
    users: HashMap<Who, Option<KnownUser>>,
    own_levels: HashMap<(ObjectKind, u64), OwnLevel>,
    rows: HashMap<(ObjectKind, u64, &'static str), Rows>,
    below: HashMap<u64, Below>,
    ties: HashMap<(ObjectKind, u64), Ties>,
}

impl Estate {
    /// Adds (or replaces) an object.
    pub fn insert(&mut self, mut known: Known) {
        if let Some(permissions) = known.fields.remove(own_levels::PERMISSIONS) {
            self.insert_own_level(known.kind, known.id, own_levels::in_body(&permissions));
        }
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
    pub fn insert_members(&mut self, kind: ObjectKind, id: u64, members: Vec<KnownMember>) {
        self.members.insert((kind, id), members.into());
    }

    /// Sets the direct members of a group that is above something.
    fn insert_members_above(&mut self, full_path: &str, members: Vec<KnownMember>) {
        self.members_above
            .insert(full_path.to_lowercase(), members.into());
    }

    /// Sets who somebody is; `None` where GitLab knows nobody of that name.
    fn insert_user(&mut self, who: Who, user: Option<KnownUser>) {
        self.users.insert(who, user);
    }

    /// Adds what has become known of the token's own level on an object.
    fn insert_own_level(&mut self, kind: ObjectKind, id: u64, level: OwnLevel) {
        let known = self.own_levels.entry((kind, id)).or_default();
        *known = known.and(level);
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

    /// The full paths of all objects of this kind.
    fn paths<C: FromIterator<String>>(&self, kind: ObjectKind) -> C {
        let of_kind = self.by_path.values().filter(|known| known.kind == kind);
        of_kind.map(|known| known.full_path.clone()).collect()
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
        self.members.get(&(kind, id)).map(Members::all)
    }

    /// The direct membership of this person.
    pub fn member(&self, kind: ObjectKind, id: u64, who: &Who) -> Option<&KnownMember> {
        self.find_in(self.members.get(&(kind, id))?, who)
    }

    fn find_in<'m>(&self, members: &'m Members, who: &Who) -> Option<&'m KnownMember> {
        match who {
            Who::Id(user) => members.by_id(*user),
            Who::Username(name) => members.by_name(name),
            Who::Email(_) => members.by_id(self.user(who)?.id),
        }
    }

    /// The highest level that this person inherits at `full_path` from the groups above it, with the path of the
    /// group that gives it. Only groups whose members were read count.
    pub fn inherited<'s>(&'s self, full_path: &'s str, who: &Who) -> Option<(&'s KnownMember, &'s str)> {
        above(full_path)
            .filter_map(|group| Some((self.find_in(self.members_of_group(group)?, who)?, group)))
            .max_by_key(|(member, _)| member.access_level)
    }

    fn members_of_group(&self, full_path: &str) -> Option<&Members> {
        let path = full_path.to_lowercase();
        let known = self
            .by_path
            .get(&path)
            .filter(|known| known.kind == ObjectKind::Group);
        known
            .and_then(|known| self.members.get(&(known.kind, known.id)))
            .or_else(|| self.members_above.get(&path))
    }

    /// Who this is, if that was looked for and GitLab knows.
    pub fn user(&self, who: &Who) -> Option<&KnownUser> {
        self.users.get(&folded(who))?.as_ref()
    }

    /// Whether this person was looked for and GitLab knows nobody of that name.
    pub fn is_nobody(&self, who: &Who) -> bool {
        matches!(self.users.get(&folded(who)), Some(None))
    }

    /// What is known of the level that the token's user has on an object.
    pub fn own_level(&self, kind: ObjectKind, id: u64) -> OwnLevel {
        self.own_levels.get(&(kind, id)).copied().unwrap_or_default()
    }
}

/// The paths of the groups above an object, from the nearest to the topmost.
fn above(full_path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(full_path.rsplit_once('/'), |(above, _)| above.rsplit_once('/'))
        .map(|(above, _)| above)
}

/// As it is compared: names of users and addresses without regard to case.
fn folded(who: &Who) -> Who {
    match who {
        Who::Username(name) => Who::Username(name.to_lowercase()),
        Who::Email(address) => Who::Email(address.to_lowercase()),
        Who::Id(id) => Who::Id(*id),
    }
}
