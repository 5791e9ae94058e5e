//! Finding out what exists, in as few requests as GitLab allows.
//!
//! Groups and projects are listed, a hundred to a request, below the top-level groups that the job is
//! about; single look-ups are used only where they are fewer than the pages of a list.

mod around;
mod body;
mod locks;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use futures::stream::{self, StreamExt, TryStreamExt};
use gitlab_api::ApiPath;
use gitlab_client::{Gitlab, GitlabError, Lane};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use self::body::Names;
use super::people::{self, Wish};
use super::{Estate, Known, Rows, members};
use crate::making::Making;
use crate::operation::{Collection, Destination, ObjectKind, ObjectRef, Read, Target};
use crate::plan::Asker;

/// Requests under way at once while looking up; the budget may allow fewer.
const AT_ONCE: usize = 8;
/// Rows in a page of a list, the most that GitLab gives.
const PER_PAGE: u64 = 100;
/// A list without a total has at least as many pages.
const PAGES_WITHOUT_TOTAL: u64 = 101;
/// From how many objects on a list of them is tried, instead of asking for each.
const WORTH_A_LIST: usize = 3;
/// Every group that can be seen, in an order that stays.
const EVERY_GROUP: [(&str, &str); 3] = [("all_available", "true"), ("order_by", "id"), ("sort", "asc")];
/// What `simple=true` gives of a project; for other fields the whole body is needed.
const SIMPLE_FIELDS: [&str; 4] = ["name", "description", "topics", "visibility"];

/// What only the body of one group shows, no list.
fn is_shown_by_itself(field: &str) -> bool {
    crate::settings::group::SETTINGS
        .iter()
        .any(|setting| setting.name == field && setting.shown == crate::settings::Shown::ByItself)
}

/// What a job wants to know.
#[derive(Debug, Default)]
pub(crate) struct Wants {
    /// Objects given by number.
    ids: BTreeSet<(ObjectKind, u64)>,
    /// Where objects that are given by number were last seen (lower case): looked for there first.
    seen_at: HashMap<(ObjectKind, u64), String>,
    /// Full paths of groups (lower case).
    groups: HashSet<String>,
    /// Full paths of projects (lower case).
    projects: HashSet<String>,
    /// Places below a group given by number: number of the group, kind, path segment.
    below_ids: Vec<(u64, ObjectKind, String)>,
    /// Full paths of projects (lower case) that are there or nothing can be done.
    must_exist: BTreeSet<String>,
    /// Objects of which the groups above matter.
    above: HashSet<(ObjectKind, ObjectRef)>,
    /// Groups of which it matters how much is in them.
    below: HashSet<ObjectRef>,
    /// Objects of which it matters what the token's user may do there.
    levels: HashSet<(ObjectKind, ObjectRef)>,
    /// Objects that go somewhere.
    destinations: HashSet<(ObjectKind, ObjectRef, Destination)>,
    /// Groups and projects whose direct members matter.
    members: HashSet<(ObjectKind, ObjectRef)>,
    /// Collections of groups and projects that matter.
    rows: HashSet<(ObjectKind, ObjectRef, &'static Collection)>,
    /// Memberships that matter.
    people: Vec<Wish>,
    group_fields: BTreeSet<String>,
    project_fields: BTreeSet<String>,
}

impl Wants {
    /// An object has to exist.
    pub(crate) fn object(&mut self, kind: ObjectKind, object: &ObjectRef) {
        match (kind, object) {
            (_, ObjectRef::Id(id)) => {
                self.ids.insert((kind, *id));
            }
            (ObjectKind::Group, ObjectRef::Path(path)) => {
                self.groups.insert(path.to_lowercase());
            }
            (ObjectKind::Project, ObjectRef::Path(path)) => {
                self.projects.insert(path.to_lowercase());
            }
        }
    }

    /// The item has no meaning without this object: it is asked for even where its group cannot be seen, as
    /// somebody's own namespace never can.
    pub(crate) fn must_exist(&mut self, kind: ObjectKind, object: &ObjectRef) {
        if let (ObjectKind::Project, ObjectRef::Path(path)) = (kind, object) {
            self.must_exist.insert(path.to_lowercase());
        }
    }

    /// What the job makes itself need not exist.
    pub(crate) fn leave_out_made(&mut self, is_made: impl Fn(ObjectKind, &str) -> bool) {
        self.must_exist.retain(|path| !is_made(ObjectKind::Project, path));
    }

    /// An object that is given by number was last seen at this path: lists find it there with others.
    pub(crate) fn seen_at(&mut self, kind: ObjectKind, object: &ObjectRef, path: &str) {
        if let ObjectRef::Id(id) = object {
            self.seen_at.insert((kind, *id), path.to_lowercase());
            self.object(kind, &ObjectRef::Path(path.to_owned()));
        }
    }

    /// Whether something stands at `path` below `parent` matters.
    pub(crate) fn place(&mut self, kind: ObjectKind, parent: Option<&ObjectRef>, path: &str) {
        match parent {
            None => self.object(kind, &ObjectRef::Path(path.to_owned())),
            Some(ObjectRef::Path(parent)) => self.object(kind, &ObjectRef::Path(format!("{parent}/{path}"))),
            Some(ObjectRef::Id(id)) => self.below_ids.push((*id, kind, path.to_lowercase())),
        }
    }

    /// These fields of objects of this kind are compared.
    pub(crate) fn fields<'a>(&mut self, kind: ObjectKind, fields: impl Iterator<Item = &'a str>) {
        let set = match kind {
            ObjectKind::Group => &mut self.group_fields,
            ObjectKind::Project => &mut self.project_fields,
        };
        for field in fields {
            if !set.contains(field) {
                set.insert(field.to_owned());
            }
        }
    }

    /// What is compared of an object of which something is wanted.
    pub(crate) fn compared(&mut self, target: &Target, params: &RawValue) {
        if let Target::New { kind, .. } | Target::Object { kind, .. } = target
            && let Ok(Names(names)) = serde_json::from_str(params.get())
        {
            self.fields(*kind, names.iter().map(|name| &**name));
        }
        if let Some(making) = Making::of(target) {
            self.fields(ObjectKind::Group, std::iter::once(making.setting()));
        }
    }

    /// Whether short bodies of projects (`simple=true`) tell all of them that is wanted.
    pub(crate) fn are_short(&self) -> bool {
        self.project_fields.iter().all(|field| {
            SIMPLE_FIELDS.contains(&field.as_str())
                || matches!(
                    field.as_str(),
                    "path" | "group" | "project" | "default_branch" | "initialize_with_readme"
                )
        })
    }

    /// What of a body in a list is kept; `None` where only the body of the object by itself would tell all.
    pub(crate) fn listed(&self, kind: ObjectKind, body: &RawValue) -> Option<Known> {
        let tells_all =
            kind == ObjectKind::Project || !self.group_fields.iter().any(|field| is_shown_by_itself(field));
        tells_all.then(|| self.known(kind, body)).flatten()
    }

    /// What of a body is kept.
    fn known(&self, kind: ObjectKind, body: &RawValue) -> Option<Known> {
        body::read(kind, self.fields_of(kind), body)
    }

    /// The fields of a body that are kept.
    fn fields_of(&self, kind: ObjectKind) -> &BTreeSet<String> {
        match kind {
            ObjectKind::Group => &self.group_fields,
            ObjectKind::Project => &self.project_fields,
        }
    }

    /// What an item says that it wants read.
    pub(crate) fn read(&mut self, read: Read) {
        match read {
            Read::Members(kind, of) => {
                self.members.insert((kind, lower(of)));
            }
            Read::Membership {
                kind,
                of,
                who,
                level,
                joins,
            } => {
                let of = lower(of);
                self.members.insert((kind, of.clone()));
                self.people.push(Wish {
                    kind,
                    of,
                    who,
                    level,
                    joins,
                });
            }
            Read::Rows(kind, of, collection) => {
                self.rows.insert((kind, lower(of), collection));
            }
            Read::Fields(kind, names) => self.fields(kind, names.iter().copied()),
            Read::Object(kind, object) => self.object(kind, &object),
            Read::Above(kind, of) => {
                self.above.insert((kind, lower(of)));
            }
            Read::Below(of) => {
                self.below.insert(lower(of));
            }
            Read::Level(kind, of) => {
                self.levels.insert((kind, lower(of)));
            }
            Read::Destination(kind, object, to) => {
                self.destinations.insert((kind, lower(object), to));
            }
        }
    }
}

/// Finds out what a job wants to know and `read`, which was looked up a moment ago, does not tell.
///
/// # Errors
/// GitLab could not be asked.
pub(crate) async fn look_up(
    gitlab: &Gitlab,
    wants: &Wants,
    who: Asker<'_>,
    read: Estate,
) -> Result<Estate, GitlabError> {
    let mut looking = Looking {
        gitlab,
        wants,
        who,
        estate: read,
        walked: Walked::default(),
    };
    looking.objects_by_number().await?;
    looking.groups().await?;
    looking.projects().await?;
    looking.objects_that_moved().await?;
    looking.projects_that_must_exist().await?;
    looking.marked().await?;
    looking.above().await?;
    looking.destinations().await?;
    looking.below().await?;
    looking.levels().await?;
    looking.members().await?;
    looking.rows().await?;
    people::read(gitlab, &wants.people, &mut looking.estate).await?;
    looking.locks().await?;
    Ok(looking.estate)
}

struct Looking<'a> {
    gitlab: &'a Gitlab,
    wants: &'a Wants,
    who: Asker<'a>,
    estate: Estate,
    walked: Walked,
}

/// Lists that were read to their end: what they hold is in the estate, and none of them is asked for again.
#[derive(Debug, Default)]
struct Walked {
    every_group: bool,
    /// Top-level groups of which everything of this kind was listed, by number.
    below: HashSet<(ObjectKind, u64)>,
}

impl Walked {
    /// Whether everything of this kind in a top-level group was listed.
    fn has_all(&self, kind: ObjectKind, top: u64) -> bool {
        (kind == ObjectKind::Group && self.every_group) || self.below.contains(&(kind, top))
    }
}

impl Looking<'_> {
    /// One object, or `None` when it does not exist or cannot be seen.
    async fn get(
        &self,
        kind: ObjectKind,
        object: gitlab_api::ObjectRef<'_>,
    ) -> Result<Option<Known>, GitlabError> {
        let (path, query): (_, &[(&str, &str)]) = match kind {
            ObjectKind::Group => (ApiPath::group(object), &[("with_projects", "false")]),
            ObjectKind::Project => (ApiPath::project(object), &[]),
        };
        let body = self
            .gitlab
            .find::<Box<RawValue>>(&path, query, Lane::People)
            .await?;
        Ok(body.and_then(|body| self.wants.known(kind, &body)))
    }

    async fn get_all(&self, kind: ObjectKind, paths: Vec<String>) -> Result<Vec<Known>, GitlabError> {
        let found: Vec<Option<Known>> = stream::iter(paths)
            .map(|path| async move { self.get(kind, path.as_str().into()).await })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Lists objects, unless there are more pages than `worth`; then `None`, after one request, or after half of
    /// `worth` where GitLab does not say how many there are.
    async fn list(
        &self,
        kind: ObjectKind,
        path: &ApiPath,
        query: &[(&str, &str)],
        worth: usize,
    ) -> Result<Option<Vec<Known>>, GitlabError> {
        let mut all = Vec::new();
        let mut listed = 0;
        let fields = self.wants.fields_of(kind).clone();
        let read = move |page: &[u8]| body::read_page(kind, &fields, page);
        // Most of what is looked for is there.
        let foreseen = worth as u64;
        let pages = self.gitlab.pages_by(path, query, Lane::People, foreseen, read);
        futures::pin_mut!(pages);
        while let Some(page) = pages.try_next().await? {
            listed += 1;
            let full = page.items.len() as u64 == PER_PAGE;
            if full && is_too_long(page.total, listed, worth as u64) {
                return Ok(None);
            }
            all.extend(page.items.into_iter().flatten());
        }
        Ok(Some(all))
    }

    async fn objects_by_number(&mut self) -> Result<(), GitlabError> {
        let below = self
            .wants
            .below_ids
            .iter()
            .map(|(id, ..)| (ObjectKind::Group, *id));
        let seen_at = &self.wants.seen_at;
        let ids = self
            .wants
            .ids
            .iter()
            .copied()
            .filter(|id| !seen_at.contains_key(id));
        let ids: BTreeSet<_> = ids.chain(below).collect();
        self.by_number(ids).await
    }

    /// Those that were not found where they were last seen.
    async fn objects_that_moved(&mut self) -> Result<(), GitlabError> {
        let estate = &self.estate;
        let is_known = |&(kind, id): &(ObjectKind, u64)| estate.find(kind, &ObjectRef::Id(id)).is_some();
        let ids = self.wants.seen_at.keys().copied();
        let ids: BTreeSet<_> = ids.filter(|id| !is_known(id)).collect();
        self.by_number(ids).await
    }

    async fn by_number(&mut self, mut ids: BTreeSet<(ObjectKind, u64)>) -> Result<(), GitlabError> {
        for kind in [ObjectKind::Group, ObjectKind::Project] {
            let of_kind: BTreeSet<u64> = ids
                .iter()
                .filter(|(of, _)| *of == kind)
                .map(|(_, id)| *id)
                .collect();
            let Some(listed) = self.listed_by_number(kind, &of_kind).await? else {
                continue;
            };
            // All groups there are, and projects between two numbers.
            let is_all = kind == ObjectKind::Group;
            self.walked.every_group |= is_all;
            for known in listed {
                if ids.remove(&(kind, known.id)) || is_all {
                    self.estate.insert(known);
                }
            }
        }
        let this = &*self;
        let found: Vec<Option<Known>> = stream::iter(ids)
            .map(|(kind, id)| async move { this.get(kind, id.into()).await })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        self.estate.extend(found.into_iter().flatten());
        Ok(())
    }

    /// A list that shows these objects, where one takes no more requests than asking for each.
    async fn listed_by_number(
        &self,
        kind: ObjectKind,
        ids: &BTreeSet<u64>,
    ) -> Result<Option<Vec<Known>>, GitlabError> {
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else {
            return Ok(None);
        };
        if ids.len() < WORTH_A_LIST || (kind == ObjectKind::Group && self.is_asked_one_by_one()) {
            return Ok(None);
        }
        // Only projects are listed between two numbers (GitLab API facts §3.3).
        let (after, before) = (
            first.saturating_sub(1).to_string(),
            last.saturating_add(1).to_string(),
        );
        let between = [
            ("id_after", after.as_str()),
            ("id_before", before.as_str()),
            ("simple", self.simple()),
            ("order_by", "id"),
            ("sort", "asc"),
        ];
        let (path, query) = match kind {
            ObjectKind::Group => ("groups", &EVERY_GROUP[..]),
            ObjectKind::Project => ("projects", &between[..]),
        };
        self.list(kind, &ApiPath::new(path), query, ids.len()).await
    }

    /// The full paths of one kind that matter, those below groups given by number included.
    fn paths(&self, kind: ObjectKind) -> HashSet<String> {
        let mut paths = match kind {
            ObjectKind::Group => self.wants.groups.clone(),
            ObjectKind::Project => self.wants.projects.clone(),
        };
        for (id, below, segment) in &self.wants.below_ids {
            if *below == kind
                && let Some(parent) = self.estate.find(ObjectKind::Group, &ObjectRef::Id(*id))
            {
                paths.insert(format!("{}/{segment}", parent.full_path).to_lowercase());
            }
        }
        paths
    }

    /// The groups above objects given by number, where a visibility is held against the parent's.
    fn parents_of_numbers(&self) -> Vec<String> {
        let parent = |(kind, id): &(ObjectKind, u64)| {
            let fields = match kind {
                ObjectKind::Group => &self.wants.group_fields,
                ObjectKind::Project => &self.wants.project_fields,
            };
            let known = self.estate.find(*kind, &ObjectRef::Id(*id))?;
            let (parent, _) = known.full_path.rsplit_once('/')?;
            fields.contains("visibility").then(|| parent.to_lowercase())
        };
        self.wants.ids.iter().filter_map(parent).collect()
    }

    async fn groups(&mut self) -> Result<(), GitlabError> {
        let mut paths = self.paths(ObjectKind::Group);
        // A project's path may be taken by a group, and everything needs the groups above it.
        for path in self.paths(ObjectKind::Project) {
            paths.extend(path.rsplit_once('/').map(|(parent, _)| parent.to_owned()));
            paths.insert(path);
        }
        paths.extend(self.parents_of_numbers());
        paths.retain(|path| self.estate.at(path).is_none());
        self.groups_at(paths).await
    }

    /// Whether something of groups matters that no list shows.
    fn is_asked_one_by_one(&self) -> bool {
        let mut fields = self.wants.group_fields.iter();
        fields.any(|field| is_shown_by_itself(field))
    }

    async fn groups_at(&mut self, mut paths: HashSet<String>) -> Result<(), GitlabError> {
        if paths.is_empty() {
            return Ok(());
        }
        if self.is_asked_one_by_one() {
            // Projects are listed below the groups at the top.
            let tops: Vec<String> = paths
                .iter()
                .filter_map(|path| Some(path.split_once('/')?.0.to_owned()))
                .collect();
            paths.extend(tops);
            let found = self
                .get_all(ObjectKind::Group, paths.into_iter().collect())
                .await?;
            self.estate.extend(found);
            return Ok(());
        }
        let by_root = by_root(paths);
        // Listing every group is best when that takes no more requests than asking for each root.
        if by_root.len() > 1
            && let Some(all) = self
                .list(
                    ObjectKind::Group,
                    &ApiPath::new("groups"),
                    &EVERY_GROUP,
                    by_root.len(),
                )
                .await?
        {
            self.estate.extend(all);
            self.walked.every_group = true;
            return Ok(());
        }
        let this = &*self;
        let found: Vec<Found> = stream::iter(by_root)
            .map(|(root, paths)| async move { this.groups_below(&root, paths, &EVERY_GROUP).await })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        self.take(ObjectKind::Group, found);
        Ok(())
    }

    /// Keeps what was found of this kind below top-level groups.
    fn take(&mut self, kind: ObjectKind, found: Vec<Found>) {
        for Found { objects, whole } in found {
            self.estate.extend(objects);
            self.walked.below.extend(whole.map(|top| (kind, top)));
        }
    }

    async fn groups_below(
        &self,
        root: &str,
        paths: Vec<String>,
        query: &[(&str, &str)],
    ) -> Result<Found, GitlabError> {
        let known = self.estate.at(root).filter(|top| top.kind == ObjectKind::Group);
        let (top, mut found) = match known {
            Some(top) => (top.id, Vec::new()),
            None => match self.get(ObjectKind::Group, root.into()).await? {
                Some(top) => (top.id, vec![top]),
                None => return Ok(Found::default()),
            },
        };
        let deeper: Vec<String> = paths.into_iter().filter(|path| path != root).collect();
        if deeper.is_empty() {
            return Ok(Found::some(found));
        }
        let path = ApiPath::group(top).join("descendant_groups");
        let listed = self.list(ObjectKind::Group, &path, query, deeper.len()).await?;
        let whole = listed.is_some().then_some(top);
        found.extend(match listed {
            Some(all) => all,
            None => self.get_all(ObjectKind::Group, deeper).await?,
        });
        Ok(Found {
            objects: found,
            whole,
        })
    }

    /// Whether short bodies of projects are enough, as GitLab is told.
    fn simple(&self) -> &'static str {
        if self.wants.are_short() { "true" } else { "false" }
    }

    async fn projects(&mut self) -> Result<(), GitlabError> {
        let mut paths = self.paths(ObjectKind::Project);
        // Whether a new group's place is taken by a project matters as well.
        paths.extend(
            self.paths(ObjectKind::Group)
                .into_iter()
                .filter(|path| path.contains('/')),
        );
        // Nothing is below a group that does not exist.
        paths.retain(|path| {
            path.rsplit_once('/')
                .is_some_and(|(parent, _)| self.estate.at(parent).is_some())
                && self.estate.at(path).is_none()
        });
        let query = [
            ("include_subgroups", "true"),
            ("with_shared", "false"),
            ("simple", self.simple()),
            ("order_by", "id"),
            ("sort", "asc"),
        ];
        let this = &*self;
        let found: Vec<Found> = stream::iter(by_root(paths))
            .map(|(root, paths)| async move {
                let Some(top) = this.estate.at(&root) else {
                    return Ok(Found::default());
                };
                let path = ApiPath::group(top.id).join("projects");
                let found = match this.list(ObjectKind::Project, &path, &query, paths.len()).await? {
                    Some(all) => Found {
                        objects: all,
                        whole: Some(top.id),
                    },
                    None => Found::some(this.get_all(ObjectKind::Project, paths).await?),
                };
                Ok::<_, GitlabError>(found)
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        self.take(ObjectKind::Project, found);
        Ok(())
    }

    async fn members(&mut self) -> Result<(), GitlabError> {
        let places: BTreeSet<(ObjectKind, u64)> = self
            .wants
            .members
            .iter()
            .filter_map(|(kind, of)| Some((*kind, self.estate.find(*kind, of)?.id)))
            .filter(|(kind, id)| self.estate.members(*kind, *id).is_none())
            .collect();
        let gitlab = self.gitlab;
        let found: Vec<_> = stream::iter(places)
            .map(|(kind, id)| async move {
                let members = members::read(gitlab, kind, id).await?;
                Ok::<_, GitlabError>((kind, id, members))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        for (kind, id, members) in found {
            self.estate.insert_members(kind, id, members);
        }
        Ok(())
    }

    async fn rows(&mut self) -> Result<(), GitlabError> {
        let mut places: Vec<Place> = self
            .wants
            .rows
            .iter()
            .filter_map(|(kind, of, collection)| {
                let known = self.estate.find(*kind, of)?;
                if self.estate.rows(known, collection).is_some() {
                    return None;
                }
                let id = known.id;
                Some(Place {
                    kind: *kind,
                    id,
                    collection,
                })
            })
            .collect();
        // The same object may be named by number and by path.
        let key = |place: &Place| (place.kind, place.id, place.collection.path);
        places.sort_unstable_by_key(key);
        places.dedup_by_key(|place| key(place));
        let this = &*self;
        let found: Vec<(Place, Rows)> = stream::iter(places)
            .map(|place| async move {
                let rows = this.collection(&place).await?;
                Ok::<_, GitlabError>((place, rows))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        for (place, rows) in found {
            self.estate
                .insert_rows(place.kind, place.id, place.collection, rows);
        }
        Ok(())
    }

    async fn collection(&self, place: &Place) -> Result<Rows, GitlabError> {
        let collection = place.collection;
        let of = match place.kind {
            ObjectKind::Group => ApiPath::group(place.id),
            ObjectKind::Project => ApiPath::project(place.id),
        };
        // The whole body of the object itself, which lists show a part of only.
        let path = match collection.path {
            "" => of,
            path => of.join(path),
        };
        let read = if collection.single {
            self.gitlab
                .get::<Option<Map<String, Value>>>(&path, collection.query, Lane::People)
                .await
                // GitLab says `null` where nothing is set.
                .map(|row| row.map_or(Rows::Missing, |row| Rows::There(vec![row])))
        } else {
            let pages = self
                .gitlab
                .pages::<Map<String, Value>>(&path, collection.query, Lane::People);
            futures::pin_mut!(pages);
            let mut all = Vec::new();
            loop {
                match pages.try_next().await {
                    Ok(Some(page)) => all.extend(page.items),
                    Ok(None) => break Ok(Rows::There(all)),
                    Err(error) => break Err(error),
                }
            }
        };
        match read {
            Err(GitlabError::NotFound(_)) => Ok(Rows::Missing),
            Err(GitlabError::Forbidden(_)) => Ok(Rows::Forbidden),
            other => other,
        }
    }
}

/// What was found below a top-level group.
#[derive(Debug, Default)]
struct Found {
    objects: Vec<Known>,
    /// The number of the group, where that is all of its kind that is below it.
    whole: Option<u64>,
}

impl Found {
    /// These, among others.
    fn some(objects: Vec<Known>) -> Self {
        Self { objects, whole: None }
    }
}

/// A collection of one group or project.
struct Place {
    kind: ObjectKind,
    id: u64,
    collection: &'static Collection,
}

/// Paths are compared without regard to case.
fn lower(object: ObjectRef) -> ObjectRef {
    match object {
        ObjectRef::Path(path) => ObjectRef::Path(path.to_lowercase()),
        ObjectRef::Id(id) => ObjectRef::Id(id),
    }
}

/// Whether a list, of which so many pages are there, has more than it is worth.
fn is_too_long(total: Option<u64>, listed: u64, worth: u64) -> bool {
    match total {
        Some(total) => total.div_ceil(PER_PAGE) > worth,
        // Above ten thousand rows (API facts §3.1). What is listed in vain is half of what single requests take.
        None => listed.max(PAGES_WITHOUT_TOTAL) > worth / 2,
    }
}

/// Paths by their first segment.
fn by_root(paths: impl IntoIterator<Item = String>) -> BTreeMap<String, Vec<String>> {
    let mut roots: HashMap<String, Vec<String>> = HashMap::new();
    for path in paths {
        let root = path.split('/').next().unwrap_or_default().to_owned();
        roots.entry(root).or_default().push(path);
    }
    roots.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_without_a_total_is_walked_while_single_requests_would_be_far_more() {
        assert!(!is_too_long(Some(20_000), 1, 200));
        assert!(is_too_long(Some(20_000), 1, 199));
        assert!(is_too_long(None, 1, 150), "at least 101 pages, for 150 objects");
        assert!(!is_too_long(None, 150, 20_000));
        assert!(is_too_long(None, 10_001, 20_000));
    }
}
