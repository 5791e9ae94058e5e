//! What lies around the objects of a job: above them, below them, where they are to go, and what may be done there.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use domain::AccessLevel;
use futures::stream::{self, StreamExt, TryStreamExt};
use gitlab_api::ApiPath;
use gitlab_client::{GitlabError, Lane, NO_QUERY};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{AT_ONCE, Looking, PER_PAGE, WORTH_A_LIST, is_too_long};
use crate::estate::{Below, Known, OwnLevel, Ties, paths_above};
use crate::operation::{Destination, ObjectKind, ObjectRef};
use crate::protected::without_deletion_mark;

impl Looking<'_> {
    /// Projects that items cannot do without and that no list has shown: those in somebody's own namespace, and
    /// those in groups that cannot be seen.
    pub(super) async fn projects_that_must_exist(&mut self) -> Result<(), GitlabError> {
        let hidden = self.wants.must_exist.iter().filter(|path| {
            self.estate.at(path).is_none()
                && path
                    .rsplit_once('/')
                    .is_some_and(|(parent, _)| self.estate.at(parent).is_none())
        });
        let found = self
            .get_all(ObjectKind::Project, hidden.cloned().collect())
            .await?;
        self.estate.extend(found);
        Ok(())
    }

    /// What is to be restored and is named by the path that it had: GitLab has renamed it.
    pub(super) async fn marked(&mut self) -> Result<(), GitlabError> {
        let lost = self
            .wants
            .destinations
            .iter()
            .filter_map(|(kind, object, to)| match object {
                ObjectRef::Path(path) if *to == Destination::Back && self.estate.at(path).is_none() => {
                    Some((*kind, path.clone()))
                }
                _ => None,
            });
        let this = &*self;
        let found: Vec<(String, Option<Known>)> = stream::iter(lost.collect::<Vec<_>>())
            .map(|(kind, path)| async move {
                let known = this.marked_one(kind, &path).await?;
                Ok::<_, GitlabError>((path, known))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        for (path, known) in found {
            if let Some(known) = known {
                self.estate.insert_marked(&path, known);
            }
        }
        Ok(())
    }

    async fn marked_one(&self, kind: ObjectKind, former_path: &str) -> Result<Option<Known>, GitlabError> {
        /// Shorter texts are not searched for.
        const SHORTEST: usize = 3;
        let (parent, segment) = match former_path.rsplit_once('/') {
            Some((parent, segment)) => (self.estate.at(parent), segment),
            None => (None, former_path),
        };
        let mut query = vec![("all_available", "true")];
        if segment.len() >= SHORTEST {
            query.push(("search", segment));
        }
        let list = match (kind, parent) {
            (ObjectKind::Group, None) => {
                query.push(("top_level_only", "true"));
                ApiPath::new("groups")
            }
            (ObjectKind::Group, Some(parent)) => ApiPath::group(parent.id).join("subgroups"),
            (ObjectKind::Project, Some(parent)) => {
                query.push(("with_shared", "false"));
                ApiPath::group(parent.id).join("projects")
            }
            (ObjectKind::Project, None) => return Ok(None),
        };
        let pages = self.gitlab.pages::<Box<RawValue>>(&list, &query, Lane::People);
        futures::pin_mut!(pages);
        while let Some(page) = pages.try_next().await? {
            let mut rows = page.items.iter().filter_map(|body| self.wants.known(kind, body));
            let found = rows.find(|known| {
                let now = known.full_path.rsplit('/').next().unwrap_or_default();
                now != without_deletion_mark(now) && without_deletion_mark(now).eq_ignore_ascii_case(segment)
            });
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The groups that objects are in.
    pub(super) async fn above(&mut self) -> Result<(), GitlabError> {
        let objects = self
            .wants
            .above
            .iter()
            .filter_map(|(kind, of)| self.estate.find(*kind, of));
        let missing: HashSet<String> = objects
            .flat_map(|known| paths_above(&known.full_path))
            .map(str::to_lowercase)
            .filter(|path| self.estate.at(path).is_none())
            .collect();
        if missing.len() >= WORTH_A_LIST {
            return self.groups_at(missing).await;
        }
        let found = self
            .get_all(ObjectKind::Group, missing.into_iter().collect())
            .await?;
        self.estate.extend(found);
        Ok(())
    }

    /// What stands where objects are to go, and what ties them to where they are.
    pub(super) async fn destinations(&mut self) -> Result<(), GitlabError> {
        let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut leaving: BTreeSet<(ObjectKind, u64, bool)> = BTreeSet::new();
        for (kind, object, to) in &self.wants.destinations {
            let Some(known) = self.estate.find(*kind, object) else {
                continue;
            };
            let Some(parent) = self.parent_there(known, to) else {
                continue;
            };
            let segment = known.full_path.rsplit('/').next().unwrap_or_default();
            let segment = without_deletion_mark(segment).to_lowercase();
            if *to != Destination::Back {
                let root = |path: &str| root_of(path).to_lowercase();
                let new_root = if parent.is_empty() {
                    segment.clone()
                } else {
                    root(&parent)
                };
                leaving.insert((*kind, known.id, root(&known.full_path) != new_root));
            }
            places.entry(parent).or_default().push(segment);
        }
        for (parent, segments) in places {
            let found = self.arrivals(&parent, segments).await?;
            // What was read as a target of the job has more fields than a row of a list.
            for known in found {
                if self.estate.at(&known.full_path).is_none() {
                    self.estate.insert(known);
                }
            }
        }
        let this = &*self;
        let ties: Vec<_> = stream::iter(leaving)
            .map(|(kind, id, new_root)| async move {
                Ok::<_, GitlabError>((kind, id, this.ties(kind, id, new_root).await?))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        for (kind, id, ties) in ties {
            self.estate.insert_ties(kind, id, ties);
        }
        Ok(())
    }

    /// The path of the group that the object would be in, `""` at the top level.
    fn parent_there(&self, known: &Known, to: &Destination) -> Option<String> {
        match to {
            Destination::Top => Some(String::new()),
            Destination::In(group) => {
                let group = self.estate.find(ObjectKind::Group, group)?;
                Some(group.full_path.clone())
            }
            Destination::Back => {
                let parent = known.full_path.rsplit_once('/').map_or("", |(parent, _)| parent);
                Some(parent.to_owned())
            }
        }
    }

    /// The groups and projects that stand at these places in a group, but for those that are known already.
    async fn arrivals(&self, parent: &str, segments: Vec<String>) -> Result<Vec<Known>, GitlabError> {
        let root = self.estate.at(root_of(parent));
        let is_listed = |kind| root.is_some_and(|root| self.walked.has_all(kind, root.id));
        let kinds: Vec<ObjectKind> = KINDS_BELOW.into_iter().filter(|kind| !is_listed(*kind)).collect();
        if kinds.is_empty() {
            return Ok(Vec::new());
        }
        let group = self
            .estate
            .at(parent)
            .filter(|group| group.kind == ObjectKind::Group);
        if let Some(group) = group
            && segments.len() >= WORTH_A_LIST
            && let Some(children) = self.children(group.id, &kinds, segments.len()).await?
        {
            return Ok(children);
        }
        let place = |segment: String| match parent {
            "" => segment,
            parent => format!("{parent}/{segment}"),
        };
        let places: Vec<String> = segments
            .into_iter()
            .map(place)
            .filter(|place| self.estate.at(place).is_none())
            .collect();
        let mut found = Vec::new();
        // No project is at the top.
        let kinds = kinds
            .into_iter()
            .filter(|kind| *kind == ObjectKind::Group || !parent.is_empty());
        for kind in kinds {
            found.extend(self.get_all(kind, places.clone()).await?);
        }
        Ok(found)
    }

    /// What of these kinds is directly in a group; `None` where that takes more requests than it is worth.
    async fn children(
        &self,
        group: u64,
        kinds: &[ObjectKind],
        worth: usize,
    ) -> Result<Option<Vec<Known>>, GitlabError> {
        let mut children = Vec::new();
        for kind in kinds {
            let (name, query): (_, &[_]) = match kind {
                ObjectKind::Group => ("subgroups", &[("all_available", "true")]),
                ObjectKind::Project => ("projects", &[("with_shared", "false"), ("simple", "true")]),
            };
            let list = ApiPath::group(group).join(name);
            match self.list(*kind, &list, query, worth).await? {
                Some(listed) => children.extend(listed),
                None => return Ok(None),
            }
        }
        Ok(Some(children))
    }

    async fn ties(&self, kind: ObjectKind, id: u64, new_root: bool) -> Result<Ties, GitlabError> {
        // A project keeps its images as long as its top-level group stays the same (API facts §5.4).
        let images = kind == ObjectKind::Group || new_root;
        let npm = [("package_type", "npm")];
        Ok(Ties {
            images: images && self.has_images(kind, id).await?,
            npm_packages: new_root && {
                let path = self.path_of(kind, id);
                let scope = format!("@{}/", root_of(&path));
                let (packages, _) = self.first_rows(of(kind, id).join("packages"), &npm).await?;
                packages.iter().any(|package| {
                    let name = package.get("name").and_then(Value::as_str);
                    name.is_some_and(|name| name.to_lowercase().starts_with(&scope))
                })
            },
        })
    }

    /// Whether there are images that keep it: of a group any, of a project tagged ones (GitLab API facts §5.4).
    async fn has_images(&self, kind: ObjectKind, id: u64) -> Result<bool, GitlabError> {
        let query: &[_] = match kind {
            ObjectKind::Group => &[],
            ObjectKind::Project => &[("tags_count", "true")],
        };
        let list = of(kind, id).join("registry/repositories");
        let pages = self
            .gitlab
            .pages::<Map<String, Value>>(&list, query, Lane::People);
        futures::pin_mut!(pages);
        loop {
            let page = match pages.try_next().await {
                Ok(Some(page)) => page,
                Ok(None) | Err(GitlabError::NotFound(_) | GitlabError::Forbidden(_)) => return Ok(false),
                Err(error) => return Err(error),
            };
            let untagged =
                |image: &Map<String, Value>| image.get("tags_count").is_some_and(|count| *count == 0);
            if !page.items.iter().all(untagged) {
                return Ok(true);
            }
        }
    }

    fn path_of(&self, kind: ObjectKind, id: u64) -> String {
        let known = self.estate.find(kind, &ObjectRef::Id(id));
        known
            .map(|known| known.full_path.to_lowercase())
            .unwrap_or_default()
    }

    /// The first page of a list and how many rows there are; nothing of what is not there or may not be read.
    async fn first_rows(
        &self,
        path: ApiPath,
        query: &[(&str, &str)],
    ) -> Result<(Vec<Map<String, Value>>, Option<u64>), GitlabError> {
        let pages = self
            .gitlab
            .pages::<Map<String, Value>>(&path, query, Lane::People);
        futures::pin_mut!(pages);
        match pages.try_next().await {
            Ok(Some(page)) => Ok((page.items, page.total)),
            Ok(None) | Err(GitlabError::NotFound(_) | GitlabError::Forbidden(_)) => Ok((Vec::new(), Some(0))),
            Err(error) => Err(error),
        }
    }

    /// How much is in groups: nothing is asked where all of it was listed already. Otherwise one request for the groups and
    /// one for the projects of each, as many pages as there are only where something may be protected; or what is in their
    /// top-level group, where several have the same and that takes no more.
    pub(super) async fn below(&mut self) -> Result<(), GitlabError> {
        let groups = self.wants.below.iter();
        let groups: BTreeMap<u64, String> = groups
            .filter_map(|of| self.estate.find(ObjectKind::Group, of))
            .map(|group| (group.id, group.full_path.clone()))
            .collect();
        let mut by_root: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
        for (id, path) in groups {
            let root = root_of(&path).to_owned();
            by_root.entry(root).or_default().push((id, path));
        }
        let known = KINDS_BELOW.map(|kind| Arc::new(self.estate.paths(kind)));
        let mut counted = Vec::new();
        for (root, groups) in by_root {
            let listed = self.listed_below(&root, groups.len(), &known).await?;
            counted.extend(groups.into_iter().map(|(id, path)| (id, path, listed.clone())));
        }
        let this = &*self;
        let found: Vec<(u64, Below)> = stream::iter(counted)
            .map(|(id, path, listed)| async move {
                Ok::<_, GitlabError>((id, this.count_below(id, &path, &listed).await?))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        for (id, below) in found {
            self.estate.insert_below(id, below);
        }
        Ok(())
    }

    /// What is in a top-level group: what was listed (`known`), or is now, unless counting in so many groups of it takes
    /// fewer requests.
    async fn listed_below(
        &self,
        root: &str,
        groups: usize,
        known: &[Arc<Paths>; 2],
    ) -> Result<Listed, GitlabError> {
        let mut all = [None, None];
        let top = self.estate.at(root).filter(|top| top.kind == ObjectKind::Group);
        let Some(top) = top else {
            return Ok(all);
        };
        for ((all, list), known) in all.iter_mut().zip(lists_below(top.id)).zip(known) {
            if self.walked.has_all(list.kind, top.id) {
                *all = Some(Arc::clone(known));
            } else if groups >= WORTH_A_LIST {
                *all = self.listed_paths(&list, groups).await?.map(Arc::new);
            }
        }
        Ok(all)
    }

    /// The paths in a list; `None` when it has more than so many pages.
    async fn listed_paths(&self, list: &List, worth: usize) -> Result<Option<Paths>, GitlabError> {
        let pages = self.gitlab.pages::<Named>(&list.path, &list.query, Lane::People);
        futures::pin_mut!(pages);
        let (mut paths, mut listed) = (Vec::new(), 0);
        while let Some(page) = pages.try_next().await? {
            listed += 1;
            let full = page.items.len() as u64 == PER_PAGE;
            if full && is_too_long(page.total, listed, worth as u64) {
                return Ok(None);
            }
            paths.extend(page.items.into_iter().map(|row| row.full_path));
        }
        Ok(Some(paths.into_iter().collect()))
    }

    async fn count_below(&self, id: u64, full_path: &str, listed: &Listed) -> Result<Below, GitlabError> {
        let whole = self.who.protected.reach_below(full_path);
        let mut counts = [None, None];
        let mut protected = None;
        for ((count, listed), mut list) in counts.iter_mut().zip(listed).zip(lists_below(id)) {
            if let Some(listed) = listed {
                let within = listed.within(full_path);
                *count = Some(within.len() as u64);
                protected = protected.or_else(|| self.protected_of(within.iter().map(String::as_str)));
                continue;
            }
            if !whole {
                list.query.push(("per_page", "1"));
                *count = self.first_rows(list.path, &list.query).await?.1;
                continue;
            }
            let pages = self.gitlab.pages::<Named>(&list.path, &list.query, Lane::People);
            futures::pin_mut!(pages);
            let mut rows = 0;
            while let Some(page) = pages.try_next().await? {
                rows += page.items.len() as u64;
                let paths = page.items.iter().map(|row| row.full_path.as_str());
                protected = protected.or_else(|| self.protected_of(paths));
            }
            *count = Some(rows);
        }
        let [groups, projects] = counts;
        Ok(Below {
            groups,
            projects,
            protected,
        })
    }

    /// The first of these paths that is protected, with its pattern.
    fn protected_of<'p>(&self, mut paths: impl Iterator<Item = &'p str>) -> Option<(String, String)> {
        paths.find_map(|path| {
            let pattern = self.who.protected.protects(path)?;
            Some((path.to_owned(), pattern.to_owned()))
        })
    }

    /// What the token's user may do to objects. Who owns a top-level group owns all that is in it, so that is asked
    /// first.
    pub(super) async fn levels(&mut self) -> Result<(), GitlabError> {
        let (false, Some(user)) = (self.who.me.administrator, self.who.me.user_id) else {
            return Ok(());
        };
        let objects: BTreeMap<(ObjectKind, u64), Option<u64>> = self
            .wants
            .levels
            .iter()
            .filter_map(|(kind, of)| self.estate.find(*kind, of))
            .map(|known| {
                let root = root_of(&known.full_path);
                let root = self.estate.at(root).filter(|root| root.kind == ObjectKind::Group);
                ((known.kind, known.id), root.map(|root| root.id))
            })
            .collect();
        let roots: BTreeSet<u64> = objects.values().copied().flatten().collect();
        let owned: BTreeSet<u64> = self
            .levels_of(
                roots.into_iter().map(|id| (ObjectKind::Group, id)).collect(),
                user,
            )
            .await?
            .into_iter()
            .filter(|(_, level)| *level == Some(AccessLevel::Owner))
            .map(|((_, id), _)| id)
            .collect();
        let (below_owned, others): (Vec<_>, Vec<_>) = objects
            .into_iter()
            .partition(|(_, root)| root.is_some_and(|root| owned.contains(&root)));
        for ((kind, id), _) in below_owned {
            let level = OwnLevel::is(Some(AccessLevel::Owner));
            self.estate.insert_own_level(kind, id, level);
        }
        let others = others.into_iter().map(|(object, _)| object).collect();
        for ((kind, id), level) in self.levels_of(others, user).await? {
            self.estate.insert_own_level(kind, id, OwnLevel::is(level));
        }
        Ok(())
    }

    async fn levels_of(
        &self,
        objects: Vec<(ObjectKind, u64)>,
        user: u64,
    ) -> Result<Vec<((ObjectKind, u64), Option<AccessLevel>)>, GitlabError> {
        #[derive(Deserialize)]
        struct Member {
            access_level: u64,
        }
        stream::iter(objects)
            .map(|(kind, id)| async move {
                let path = of(kind, id).join("members/all").object(user);
                let member = self.gitlab.find::<Member>(&path, NO_QUERY, Lane::People).await?;
                let level = member.and_then(|member| AccessLevel::from_number(member.access_level));
                Ok(((kind, id), level))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }
}

/// What is in groups, in the order of [`lists_below`].
const KINDS_BELOW: [ObjectKind; 2] = [ObjectKind::Group, ObjectKind::Project];

/// A list and its parameters.
struct List {
    kind: ObjectKind,
    path: ApiPath,
    query: Vec<(&'static str, &'static str)>,
}

/// What is in a group at all depths: groups, and projects.
fn lists_below(group: u64) -> [List; 2] {
    KINDS_BELOW.map(|kind| {
        let (name, query) = match kind {
            ObjectKind::Group => ("descendant_groups", vec![("all_available", "true")]),
            ObjectKind::Project => {
                let all = [
                    ("include_subgroups", "true"),
                    ("with_shared", "false"),
                    ("simple", "true"),
                ];
                ("projects", all.to_vec())
            }
        };
        List {
            kind,
            path: ApiPath::group(group).join(name),
            query,
        }
    })
}

/// What was listed of a top-level group, in the order of [`lists_below`].
type Listed = [Option<Arc<Paths>>; 2];

/// Full paths, in their order without regard to case.
struct Paths(Vec<String>);

impl<P: Into<String>> FromIterator<P> for Paths {
    fn from_iter<I: IntoIterator<Item = P>>(paths: I) -> Self {
        let mut paths: Vec<String> = paths.into_iter().map(Into::into).collect();
        paths.sort_by_cached_key(|path| path.to_lowercase());
        Self(paths)
    }
}

impl Paths {
    /// Those below this one.
    fn within(&self, full_path: &str) -> &[String] {
        let before = |end: char| {
            let end = format!("{full_path}{end}").to_lowercase();
            self.0.partition_point(|path| path.to_lowercase() < end)
        };
        // The letter after the slash.
        &self.0[before('/')..before('0')]
    }
}

#[derive(Deserialize)]
struct Named {
    #[serde(alias = "path_with_namespace")]
    full_path: String,
}

/// The first segment of a path.
fn root_of(full_path: &str) -> &str {
    full_path.split('/').next().unwrap_or_default()
}

fn of(kind: ObjectKind, id: u64) -> ApiPath {
    match kind {
        ObjectKind::Group => ApiPath::group(id),
        ObjectKind::Project => ApiPath::project(id),
    }
}

#[cfg(test)]
mod tests {
    use super::Paths;

    #[test]
    fn what_only_begins_alike_is_not_below() {
        let paths = [
            "acme/web",
            "acme/web-old/a",
            "acme/web.io",
            "acme/Web/a",
            "acme/web/b/c",
            "acme/web0",
        ];
        let paths = Paths::from_iter(paths);
        assert_eq!(paths.within("acme/web"), ["acme/Web/a", "acme/web/b/c"]);
        assert_eq!(paths.within("acme").len(), 6);
        assert!(paths.within("acme/w").is_empty());
    }
}
