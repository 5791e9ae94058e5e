//! Where groups, projects and users' own namespaces are, and what they are called there.
//!
//! Every namespace knows its children by lower-case path. A full path is walked segment by segment, so that a
//! rename or move touches one entry however much hangs below, and look-ups cost the depth.

use std::borrow::{Borrow, Cow};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use super::group::Group;
use super::lists::beyond;
use super::project::Project;
use super::search::{Search, SearchIndex};
use super::watch::Watch;
use crate::ids::{NamespaceId, ProjectId, UserId};
use crate::time_text::Moment;

/// What holds projects.
#[derive(Debug, Clone)]
pub(crate) enum Namespace {
    Group(Arc<Group>),
    /// The namespace of a user's own projects; its path is the user's name.
    Personal(UserId),
}

/// What a path below a group leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Child {
    Group(NamespaceId),
    Project(ProjectId),
}

/// What a full path leads to, seen from someone looking for a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProjectAt {
    Here(ProjectId),
    /// It used to be there; the answer is a redirect.
    Moved(ProjectId),
}

#[derive(Debug, Default)]
pub(crate) struct Tree {
    last_namespace: u64,
    last_project: u64,
    namespaces: BTreeMap<NamespaceId, Namespace>,
    projects: BTreeMap<ProjectId, Arc<Project>>,
    top: HashMap<String, NamespaceId>,
    below: HashMap<NamespaceId, Children>,
    group_count: usize,
    group_words: SearchIndex,
    project_words: SearchIndex,
    groups_by_name: BTreeSet<(String, NamespaceId)>,
    groups_by_path: BTreeSet<(String, NamespaceId)>,
    projects_by_name: BTreeSet<(String, ProjectId)>,
    projects_by_path: BTreeSet<(String, ProjectId)>,
    projects_by_update: BTreeSet<(Moment, ProjectId)>,
    /// Forks by what they are forks of, which may be gone.
    forks: HashMap<ProjectId, BTreeSet<ProjectId>>,
    /// Projects by the lower-case names of their topics.
    of_topic: HashMap<String, BTreeSet<ProjectId>>,
    /// Projects that nobody finds any more and whose path is not free yet.
    going: usize,
    /// Groups and projects that are archived or scheduled for deletion themselves.
    inactive_groups: BTreeSet<NamespaceId>,
    inactive_projects: BTreeSet<ProjectId>,
    /// Old places of groups and projects: parent and lower-case path.
    left: HashMap<(Option<NamespaceId>, String), Child>,
    /// What becomes of groups and projects.
    pub(crate) watched_groups: Watch<Group>,
    pub(crate) watched_projects: Watch<Project>,
}

#[derive(Debug, Default)]
struct Children {
    by_path: HashMap<String, Child>,
    groups: BTreeSet<NamespaceId>,
    projects: BTreeSet<ProjectId>,
    group_names: HashSet<String>,
    project_names: HashSet<String>,
}

impl Tree {
    // --- ids

    pub(crate) fn next_namespace_id(&mut self) -> NamespaceId {
        self.last_namespace += 1;
        NamespaceId(self.last_namespace)
    }

    pub(crate) fn next_project_id(&mut self) -> ProjectId {
        self.last_project += 1;
        ProjectId(self.last_project)
    }

    pub(super) fn last_ids(&self) -> (u64, u64) {
        (self.last_namespace, self.last_project)
    }

    pub(super) fn set_last_ids(&mut self, (namespace, project): (u64, u64)) {
        self.last_namespace = self.last_namespace.max(namespace);
        self.last_project = self.last_project.max(project);
    }

    // --- by id

    pub(crate) fn namespace(&self, id: NamespaceId) -> Option<&Namespace> {
        self.namespaces.get(&id)
    }

    pub(crate) fn group(&self, id: NamespaceId) -> Option<&Arc<Group>> {
        match self.namespaces.get(&id)? {
            Namespace::Group(group) => Some(group),
            Namespace::Personal(_) => None,
        }
    }

    pub(crate) fn project(&self, id: ProjectId) -> Option<&Arc<Project>> {
        self.projects.get(&id)
    }

    /// All namespaces by ascending id.
    pub(crate) fn namespaces(&self) -> impl DoubleEndedIterator<Item = (NamespaceId, &Namespace)> {
        self.namespaces.iter().map(|(id, namespace)| (*id, namespace))
    }

    /// All groups by ascending id.
    pub(crate) fn groups(&self) -> impl DoubleEndedIterator<Item = &Arc<Group>> {
        self.namespaces.values().filter_map(|namespace| match namespace {
            Namespace::Group(group) => Some(group),
            Namespace::Personal(_) => None,
        })
    }

    /// All projects by ascending id, within a range of ids.
    pub(crate) fn projects(
        &self,
        range: impl std::ops::RangeBounds<ProjectId>,
    ) -> impl DoubleEndedIterator<Item = &Arc<Project>> {
        self.projects.range(range).map(|(_, project)| project)
    }

    pub(crate) fn group_count(&self) -> usize {
        self.group_count
    }

    pub(crate) fn project_count(&self) -> usize {
        self.projects.len()
    }

    /// All groups by lower-case name, from the one after a given one on.
    pub(crate) fn groups_by_name(
        &self,
        after: Option<&Group>,
    ) -> impl DoubleEndedIterator<Item = &Arc<Group>> {
        let after = after.map(|group| (group.name.to_lowercase(), group.id));
        self.groups_by_name
            .range(beyond(after, true))
            .filter_map(|(_, id)| self.group(*id))
    }

    /// All groups by lower-case path, their own and not the full one.
    pub(crate) fn groups_by_path(&self) -> impl DoubleEndedIterator<Item = &Arc<Group>> {
        self.groups_by_path.iter().filter_map(|(_, id)| self.group(*id))
    }

    /// All projects by lower-case name.
    pub(crate) fn projects_by_name(&self) -> impl DoubleEndedIterator<Item = &Arc<Project>> {
        self.projects_by_name
            .iter()
            .filter_map(|(_, id)| self.project(*id))
    }

    /// All projects by lower-case path, their own and not the full one.
    pub(crate) fn projects_by_path(&self) -> impl DoubleEndedIterator<Item = &Arc<Project>> {
        self.projects_by_path
            .iter()
            .filter_map(|(_, id)| self.project(*id))
    }

    /// All projects by the moment of their last change.
    pub(crate) fn projects_by_update(&self) -> impl DoubleEndedIterator<Item = &Arc<Project>> {
        self.projects_by_update
            .iter()
            .filter_map(|(_, id)| self.project(*id))
    }

    /// The groups that a search of names and paths may find, by ascending id; none when it may find any.
    pub(crate) fn groups_for(&self, search: &Search) -> Option<impl DoubleEndedIterator<Item = &Arc<Group>>> {
        let all = self.groups().map(|group| (group.id.0, group_words(group)));
        let ids = self.group_words.candidates(search, all)?;
        Some(ids.iter().filter_map(|id| self.group(NamespaceId(*id))))
    }

    /// The projects that a search of names, paths and descriptions may find, by ascending id; none when it may
    /// find any.
    pub(crate) fn projects_for(
        &self,
        search: &Search,
    ) -> Option<impl DoubleEndedIterator<Item = &Arc<Project>>> {
        let all = self
            .projects
            .values()
            .map(|project| (project.id.0, project_words(project)));
        let ids = self.project_words.candidates(search, all)?;
        Some(ids.iter().filter_map(|id| self.project(ProjectId(*id))))
    }

    /// How many of the projects are being removed by a worker.
    pub(crate) fn projects_going(&self) -> usize {
        self.going
    }

    /// The projects that are archived or scheduled for deletion, or below a group that is.
    pub(crate) fn inactive_projects(&self) -> BTreeSet<ProjectId> {
        let mut found = self.inactive_projects.clone();
        for group in &self.inactive_groups {
            let below = self.descendants(*group);
            for id in std::iter::once(*group).chain(below.iter().map(|group| group.id)) {
                found.extend(self.projects_in(id).map(|project| project.id));
            }
        }
        found
    }

    /// The forks of a project by ascending id.
    pub(crate) fn forks_of(&self, id: ProjectId) -> impl Iterator<Item = &Arc<Project>> {
        let forks = self.forks.get(&id).into_iter().flatten();
        forks.filter_map(|id| self.project(*id))
    }

    /// How many forks a project has.
    pub(crate) fn forks_count(&self, id: ProjectId) -> usize {
        self.forks.get(&id).map_or(0, BTreeSet::len)
    }

    /// The projects with that topic, whatever its case.
    pub(crate) fn with_topic(&self, name: &str) -> Option<&BTreeSet<ProjectId>> {
        self.of_topic.get(&name.to_lowercase())
    }

    // --- neighbours

    /// The group itself and its ancestors, upwards. Nothing for a personal namespace.
    pub(crate) fn lineage(&self, id: NamespaceId) -> impl Iterator<Item = &Arc<Group>> {
        std::iter::successors(self.group(id), |group| self.group(group.parent?))
    }

    /// Direct subgroups by ascending id.
    pub(crate) fn subgroups(&self, id: NamespaceId) -> impl Iterator<Item = &Arc<Group>> {
        let groups = self
            .below
            .get(&id)
            .into_iter()
            .flat_map(|children| &children.groups);
        groups.filter_map(|id| self.group(*id))
    }

    /// Direct projects by ascending id.
    pub(crate) fn projects_in(&self, id: NamespaceId) -> impl DoubleEndedIterator<Item = &Arc<Project>> {
        let projects = self.below.get(&id).map(|children| &children.projects);
        projects.into_iter().flatten().filter_map(|id| self.project(*id))
    }

    /// All groups below, at every depth, parents before children.
    pub(crate) fn descendants(&self, id: NamespaceId) -> Vec<Arc<Group>> {
        let mut found: Vec<Arc<Group>> = self.subgroups(id).cloned().collect();
        let mut at = 0;
        while let Some(group) = found.get(at) {
            let more: Vec<_> = self.subgroups(group.id).cloned().collect();
            found.extend(more);
            at += 1;
        }
        found
    }

    /// The namespace or an ancestor satisfies the condition.
    pub(crate) fn any_in_lineage(&self, id: NamespaceId, condition: impl Fn(&Group) -> bool) -> bool {
        self.lineage(id).any(|group| condition(group))
    }

    // --- by path

    /// What has this lower-case path directly below the parent. At top level only groups and users are.
    pub(crate) fn child(&self, parent: Option<NamespaceId>, path: &str) -> Option<Child> {
        let path = lower(path);
        match parent {
            Some(parent) => self.below.get(&parent)?.by_path.get(path.as_ref()).copied(),
            None => self.top.get(path.as_ref()).copied().map(Child::Group),
        }
    }

    /// The group or personal namespace of that full path.
    pub(crate) fn namespace_at(&self, full_path: &str) -> Option<NamespaceId> {
        let mut segments = full_path.split('/');
        let mut id = *self.top.get(lower(segments.next()?).as_ref())?;
        for segment in segments {
            let Some(Child::Group(child)) = self.child(Some(id), segment) else {
                return None;
            };
            id = child;
        }
        Some(id)
    }

    /// The group of that full path. Old paths of renamed groups lead nowhere.
    pub(crate) fn group_at(&self, full_path: &str) -> Option<&Arc<Group>> {
        self.group(self.namespace_at(full_path)?)
    }

    /// The project of that full path, also of one it had before.
    pub(crate) fn project_at(&self, full_path: &str) -> Option<ProjectAt> {
        let (holder, path) = full_path.rsplit_once('/')?;
        if let Some(Child::Project(id)) = self
            .namespace_at(holder)
            .and_then(|id| self.child(Some(id), path))
        {
            return Some(ProjectAt::Here(id));
        }
        let mut at: Option<NamespaceId> = None;
        for segment in holder.split('/') {
            match self.child(at, segment).or_else(|| self.former(at, segment))? {
                Child::Group(id) => at = Some(id),
                Child::Project(_) => return None,
            }
        }
        match self.child(at, path).or_else(|| self.former(at, path))? {
            Child::Project(id) if self.projects.contains_key(&id) => Some(ProjectAt::Moved(id)),
            _ => None,
        }
    }

    fn former(&self, parent: Option<NamespaceId>, path: &str) -> Option<Child> {
        self.left.get(&(parent, lower(path).into_owned())).copied()
    }

    /// A subgroup of the parent has this name. Top-level names may repeat.
    pub(crate) fn has_group_name(&self, parent: Option<NamespaceId>, name: &str) -> bool {
        parent
            .and_then(|id| self.below.get(&id))
            .is_some_and(|below| below.group_names.contains(name))
    }

    /// A project directly in the namespace has this name.
    pub(crate) fn has_project_name(&self, namespace: NamespaceId, name: &str) -> bool {
        self.below
            .get(&namespace)
            .is_some_and(|below| below.project_names.contains(name))
    }

    // --- changes

    /// Gives a user a namespace.
    pub(crate) fn add_personal(&mut self, id: NamespaceId, user: UserId, username: &str) {
        self.last_namespace = self.last_namespace.max(id.0);
        self.namespaces.insert(id, Namespace::Personal(user));
        self.top.insert(lower(username).into_owned(), id);
    }

    /// Gives a user's namespace another path.
    pub(crate) fn rename_personal(&mut self, id: NamespaceId, old: &str, new: &str) {
        self.top.remove(lower(old).as_ref());
        self.top.insert(lower(new).into_owned(), id);
    }

    /// Adds a group, or replaces the one with that id, wherever it was and whatever it was called.
    pub(crate) fn put_group(&mut self, group: Arc<Group>) {
        self.last_namespace = self.last_namespace.max(group.id.0);
        let id = group.id;
        let place = (group.parent, lower(&group.path).into_owned());
        let old = self.group(id).cloned();
        self.watched_groups.note(old.as_ref(), Some(&group));
        if let Some(old) = old {
            let old_place = (old.parent, lower(&old.path).into_owned());
            self.unlink_group(&old);
            self.group_words
                .replace(id.0, &group_words(&old), &group_words(&group));
            if old_place != place {
                self.left.insert(old_place, Child::Group(id));
            }
        } else {
            self.group_count += 1;
            self.group_words.add(id.0, &group_words(&group));
        }
        if group.archived || group.marked_on.is_some() {
            self.inactive_groups.insert(id);
        }
        self.groups_by_name.insert((group.name.to_lowercase(), id));
        self.groups_by_path.insert((place.1.clone(), id));
        self.left.remove(&place);
        match group.parent {
            Some(parent) => {
                let below = self.below.entry(parent).or_default();
                below.by_path.insert(place.1, Child::Group(id));
                below.groups.insert(id);
                below.group_names.insert(group.name.clone());
            }
            None => {
                self.top.insert(place.1, id);
            }
        }
        self.namespaces.insert(id, Namespace::Group(group));
    }

    /// Adds a project, or replaces the one with that id.
    pub(crate) fn put_project(&mut self, project: Arc<Project>) {
        self.last_project = self.last_project.max(project.id.0);
        self.last_namespace = self.last_namespace.max(project.own_namespace.0);
        let id = project.id;
        let place = (Some(project.namespace), lower(&project.path).into_owned());
        self.watched_projects.note(self.projects.get(&id), Some(&project));
        let old = self.projects.get(&id).cloned();
        let stays = old.as_ref().is_some_and(|old| {
            old.namespace == project.namespace && old.path == project.path && old.name == project.name
        });
        if let Some(old) = &old {
            let old_place = (Some(old.namespace), lower(&old.path).into_owned());
            if !stays {
                self.unplace_project(old);
            }
            self.unlink_project(old);
            self.project_words
                .replace(id.0, &project_words(old), &project_words(&project));
            if old_place != place {
                self.left.insert(old_place, Child::Project(id));
            }
        } else {
            self.project_words.add(id.0, &project_words(&project));
        }
        self.left.remove(&place);
        if !stays {
            self.projects_by_name.insert((project.name.to_lowercase(), id));
            self.projects_by_path.insert((place.1.clone(), id));
            let below = self.below.entry(project.namespace).or_default();
            below.by_path.insert(place.1, Child::Project(id));
            below.projects.insert(id);
            below.project_names.insert(project.name.clone());
        }
        self.projects_by_update.insert((project.updated_at, id));
        if let Some(origin) = project.forked_from {
            self.forks.entry(origin).or_default().insert(id);
        }
        for topic in &project.topics {
            self.of_topic.entry(topic.to_lowercase()).or_default().insert(id);
        }
        self.going += usize::from(project.pending_delete);
        if project.archived || project.marked_on.is_some() {
            self.inactive_projects.insert(id);
        }
        self.projects.insert(id, project);
    }

    /// Takes a group out that has nothing below it any more.
    pub(crate) fn remove_group(&mut self, id: NamespaceId) {
        if let Some(group) = self.group(id).cloned() {
            self.unlink_group(&group);
            self.group_words.remove(id.0, &group_words(&group));
            self.below.remove(&id);
            self.namespaces.remove(&id);
            self.group_count -= 1;
        }
    }

    /// Takes out a user's namespace that has nothing below it any more.
    pub(crate) fn remove_personal(&mut self, id: NamespaceId, username: &str) {
        if matches!(self.namespaces.get(&id), Some(Namespace::Personal(_))) {
            self.namespaces.remove(&id);
            self.top.remove(lower(username).as_ref());
            self.below.remove(&id);
        }
    }

    /// Takes a project out.
    pub(crate) fn remove_project(&mut self, id: ProjectId) {
        if let Some(project) = self.projects.remove(&id) {
            self.unplace_project(&project);
            self.unlink_project(&project);
            self.project_words.remove(id.0, &project_words(&project));
        }
    }

    fn unlink_group(&mut self, group: &Group) {
        self.inactive_groups.remove(&group.id);
        self.groups_by_name.remove(&(group.name.to_lowercase(), group.id));
        self.groups_by_path
            .remove(&(lower(&group.path).into_owned(), group.id));
        match group.parent {
            Some(parent) => {
                if let Some(below) = self.below.get_mut(&parent) {
                    below.by_path.remove(lower(&group.path).as_ref());
                    below.groups.remove(&group.id);
                    below.group_names.remove(&group.name);
                }
            }
            None => {
                self.top.remove(lower(&group.path).as_ref());
            }
        }
    }

    /// Takes a project from where it is found by name and path.
    fn unplace_project(&mut self, project: &Project) {
        self.projects_by_name
            .remove(&(project.name.to_lowercase(), project.id));
        self.projects_by_path
            .remove(&(lower(&project.path).into_owned(), project.id));
        if let Some(below) = self.below.get_mut(&project.namespace) {
            below.by_path.remove(lower(&project.path).as_ref());
            below.projects.remove(&project.id);
            below.project_names.remove(&project.name);
        }
    }

    /// Takes a project from where it is found by everything else.
    fn unlink_project(&mut self, project: &Project) {
        self.projects_by_update.remove(&(project.updated_at, project.id));
        if let Some(origin) = project.forked_from {
            take_out(&mut self.forks, &origin, project.id);
        }
        for topic in &project.topics {
            take_out(&mut self.of_topic, topic.to_lowercase().as_str(), project.id);
        }
        self.going -= usize::from(project.pending_delete);
        self.inactive_projects.remove(&project.id);
    }
}

/// Takes a project out of one of the sets, and the set away with the last of it.
fn take_out<K, Q>(sets: &mut HashMap<K, BTreeSet<ProjectId>>, key: &Q, project: ProjectId)
where
    K: Borrow<Q> + Eq + Hash,
    Q: Eq + Hash + ?Sized,
{
    if let Some(set) = sets.get_mut(key) {
        set.remove(&project);
        if set.is_empty() {
            sets.remove(key);
        }
    }
}

/// What a search for groups looks into.
fn group_words(group: &Group) -> [&str; 2] {
    [&group.name, &group.path]
}

/// What a search for projects looks into.
fn project_words(project: &Project) -> [&str; 3] {
    let description = project.description.as_deref().unwrap_or_default();
    [&project.name, &project.path, description]
}

/// GitLab compares paths without regard to case; paths are ASCII.
fn lower(path: &str) -> Cow<'_, str> {
    if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(path.to_ascii_lowercase())
    } else {
        Cow::Borrowed(path)
    }
}
