use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::languages;
use super::list::{GroupScope, Scope};
use super::wanted::{Order, Size, Wanted};
use crate::access::AccessLevel;
use crate::http::Call;
use crate::ids::ProjectId;
use crate::state::{Group, Holder, ImportKind, Project, Search, Source, State, turned};

/// Which projects a list holds, and in which order.
pub(super) struct Filter<'a> {
    call: &'a Call<'a>,
    state: &'a State,
    wanted: &'a Wanted,
    /// The projects of which the viewer is a member, found once and not for every row.
    own: BTreeSet<ProjectId>,
    /// The only projects that can be in the list, by what was asked of stars, topics, custom attributes and whether
    /// they are still active.
    among: Option<BTreeSet<ProjectId>>,
}

impl<'a> Filter<'a> {
    pub(super) fn new(call: &'a Call<'a>, state: &'a State, wanted: &'a Wanted) -> Self {
        // An administrator sees everything; the rest of the work is for those who do not.
        let needed = wanted.members_only() || !call.viewer.is_admin();
        let own = if needed {
            call.viewer.own_projects(state)
        } else {
            BTreeSet::new()
        };
        Self {
            call,
            state,
            wanted,
            own,
            among: among(call, state, wanted),
        }
    }

    /// The ids of the list, for orders in which they are not kept and for parts of the tree.
    pub(super) fn sorted(&self, scope: &Scope) -> Vec<u64> {
        if self.wanted.is_void() {
            return Vec::new();
        }
        let tree = &self.state.tree;
        let mut projects: Vec<&Arc<Project>> = match scope {
            Scope::Everywhere => self
                .few()
                .unwrap_or_else(|| tree.projects(self.wanted.range()).collect()),
            Scope::In(namespace) => tree.projects_in(*namespace).collect(),
            Scope::OfGroup(scope) => self.around(*scope),
            Scope::Among(ids) => ids.iter().filter_map(|id| tree.project(*id)).collect(),
        };
        projects.retain(|project| self.matches(project));
        match self.order() {
            Order::Id => projects.sort_unstable_by_key(|project| project.id),
            Order::Name => projects.sort_by_cached_key(|project| (project.name.to_lowercase(), project.id)),
            Order::Path => projects.sort_by_cached_key(|project| (project.path.to_lowercase(), project.id)),
            Order::Updated => projects.sort_unstable_by_key(|project| (project.updated_at, project.id)),
            Order::Activity => projects.sort_unstable_by_key(|project| (project.last_activity(), project.id)),
            Order::Stars => projects.sort_unstable_by_key(|project| (project.star_count, project.id)),
            Order::Similarity => projects.sort_by_cached_key(|project| (self.likeness(project), project.id)),
            Order::Size(Size::Other) => projects.sort_unstable_by_key(|project| project.id),
            Order::Size(Size::Repository) => {
                projects.sort_by_cached_key(|project| (self.state.repository_size(project), project.id));
            }
        }
        if !self.wanted.ascending {
            projects.reverse();
        }
        projects.into_iter().map(|project| project.id.0).collect()
    }

    /// The projects of a group and of what else was asked for.
    fn around(&self, scope: GroupScope) -> Vec<&'a Arc<Project>> {
        let (tree, links) = (&self.state.tree, &self.state.belongings.group_links);
        let mut groups = vec![scope.group];
        if scope.below {
            groups.extend(tree.descendants(scope.group).iter().map(|group| group.id));
        }
        let mut holders = groups.clone();
        if scope.above {
            holders.extend(tree.lineage(scope.group).skip(1).map(|group| group.id));
        }
        let mut projects: Vec<&Arc<Project>> = holders.iter().flat_map(|id| tree.projects_in(*id)).collect();
        if scope.shared && !links.is_empty() {
            let sources = groups.iter().flat_map(|id| links.of_invited(*id));
            let invited: BTreeSet<ProjectId> = sources
                .filter_map(|source| match source {
                    Source::Project(id) => Some(id),
                    Source::Group(_) => None,
                })
                .collect();
            let foreign = invited.iter().filter_map(|id| tree.project(*id));
            projects.extend(foreign.filter(|project| !holders.contains(&project.namespace)));
        }
        projects
    }

    /// The order that was asked for, if the viewer may have it.
    fn order(&self) -> Order {
        match self.wanted.order {
            Order::Size(_) if !self.call.viewer.is_admin() => Order::Id,
            order => order,
        }
    }

    /// How well the names fit the search: the best comes last, and first in the usual direction.
    fn likeness(&self, project: &Project) -> (bool, bool, Reverse<usize>) {
        let searched = self.wanted.searched.as_deref().unwrap_or_default().to_lowercase();
        let (name, path) = (project.name.to_lowercase(), project.path.to_lowercase());
        (
            name == searched || path == searched,
            name.starts_with(&searched) || path.starts_with(&searched),
            Reverse(name.chars().count().min(path.chars().count())),
        )
    }

    /// The projects that may be in the list, by ascending id, when that can be told without looking at all.
    pub(super) fn few(&self) -> Option<Vec<&'a Arc<Project>>> {
        let tree = &self.state.tree;
        if let Some(among) = &self.among {
            return Some(among.iter().filter_map(|id| tree.project(*id)).collect());
        }
        if self.wanted.members_only() && self.call.viewer.user().is_some() {
            return Some(self.own.iter().filter_map(|id| tree.project(*id)).collect());
        }
        // The index knows nothing of the paths above.
        let search = self
            .wanted
            .search
            .as_ref()
            .filter(|_| !self.wanted.search_namespaces)?;
        Some(tree.projects_for(search)?.collect())
    }

    /// All projects that may be in the list, in its order; none when the list has to be sorted first.
    pub(super) fn in_order(&self) -> Option<Box<dyn Iterator<Item = &'a Arc<Project>> + 'a>> {
        let tree = &self.state.tree;
        if let Some(few) = self.few() {
            return (self.order() == Order::Id).then(|| turned(few.into_iter(), self.wanted.ascending));
        }
        let ascending = self.wanted.ascending;
        Some(match self.order() {
            Order::Id => turned(tree.projects(self.wanted.range()), ascending),
            Order::Name => turned(tree.projects_by_name(), ascending),
            Order::Path => turned(tree.projects_by_path(), ascending),
            Order::Updated => turned(tree.projects_by_update(), ascending),
            Order::Activity | Order::Stars | Order::Similarity | Order::Size(_) => return None,
        })
    }

    /// An administrator asks without a filter: every project is in the list.
    pub(super) fn takes_all(&self) -> bool {
        let none_hidden = self.wanted.pending_delete || self.state.tree.projects_going() == 0;
        self.call.viewer.is_admin() && none_hidden && !self.wanted.narrows()
    }

    /// Whether the list holds it.
    pub(super) fn matches(&self, project: &Project) -> bool {
        let viewer = &self.call.viewer;
        let narrowed = self.wanted.members_only() && viewer.user().is_some();
        let own = || self.own.contains(&project.id);
        (!narrowed || own())
            && self
                .among
                .as_ref()
                .is_none_or(|among| among.contains(&project.id))
            && self.fits(project)
            && self.is_in_state(project)
            && self.fits_level(project)
            && self
                .wanted
                .search
                .as_ref()
                .is_none_or(|search| self.finds(project, search))
            && (viewer.sees_project(project) || own())
    }

    /// What the project itself can tell.
    fn fits(&self, project: &Project) -> bool {
        let Self { state, wanted, .. } = self;
        let on = |wish: bool, level: &str| !wish || level != "disabled";
        wanted.id_after.is_none_or(|after| project.id.0 > after)
            && wanted.id_before.is_none_or(|before| project.id.0 < before)
            && wanted
                .visibility
                .is_none_or(|visibility| project.visibility == visibility)
            && wanted
                .activity_after
                .is_none_or(|after| project.last_activity() > after)
            && wanted
                .activity_before
                .is_none_or(|before| project.last_activity() < before)
            && wanted
                .updated_after
                .is_none_or(|after| project.updated_at > after)
            && wanted
                .updated_before
                .is_none_or(|before| project.updated_at < before)
            && on(wanted.with_issues, &project.settings.issues_access_level)
            && on(
                wanted.with_merge_requests,
                &project.settings.merge_requests_access_level,
            )
            && wanted
                .language
                .as_ref()
                .is_none_or(|language| languages::uses(state, project, language))
            && (!wanted.imported || self.imported_by_viewer(project))
            && !wanted.checksum_failed
    }

    /// Archived, marked and removed ones.
    fn is_in_state(&self, project: &Project) -> bool {
        let wanted = self.wanted;
        let above =
            |condition: fn(&Group) -> bool| self.state.tree.any_in_lineage(project.namespace, condition);
        let marked = || project.marked_on.is_some() || above(|group| group.marked_on.is_some());
        let archived = || project.archived || project.marked_on.is_some() || above(|group| group.archived);
        let hidden = project.pending_delete && !(wanted.pending_delete && self.call.viewer.is_admin());
        !hidden
            && wanted.marked_on.is_none_or(|day| project.marked_on == Some(day))
            && wanted.archived.is_none_or(|wish| archived() == wish)
            && wanted.active.is_none_or(|wish| (archived() || marked()) != wish)
    }

    /// What the viewer is there, and what only administrators ask for.
    fn fits_level(&self, project: &Project) -> bool {
        let wanted = self.wanted;
        let level = || self.call.viewer.level_on_project(self.state, project);
        let elsewhere = wanted
            .storage
            .as_ref()
            .is_some_and(|storage| storage != "default");
        wanted.min_level.is_none_or(|wish| level() >= Some(wish))
            && (!wanted.owned || level() == Some(AccessLevel::Owner))
            && !(elsewhere && self.call.viewer.is_admin())
    }

    /// Made by the viewer from something that was elsewhere.
    fn imported_by_viewer(&self, project: &Project) -> bool {
        let imported = project
            .import
            .as_ref()
            .is_some_and(|import| import.kind != ImportKind::Fork);
        imported && self.call.viewer.id() == Some(project.creator)
    }

    fn finds(&self, project: &Project, search: &Search) -> bool {
        search.finds(&project.name)
            || search.finds(&project.path)
            || project
                .description
                .as_ref()
                .is_some_and(|description| search.finds(description))
            || self.wanted.search_namespaces && search.finds(&self.state.project_full_path(project))
    }
}

/// The projects that are all that is asked for, where an index knows.
fn among(call: &Call<'_>, state: &State, wanted: &Wanted) -> Option<BTreeSet<ProjectId>> {
    let mut sets: Vec<BTreeSet<ProjectId>> = Vec::new();
    if wanted.inactive_only() {
        sets.push(state.tree.inactive_projects());
    }
    if wanted.starred
        && let Some(user) = call.viewer.id()
    {
        sets.push(state.belongings.stars.of_user(user).collect());
    }
    let with_topic = |name: &str| state.tree.with_topic(name).cloned().unwrap_or_default();
    sets.extend(wanted.topics.iter().map(|name| with_topic(name)));
    if let Some(id) = wanted.topic_id {
        let topic = state.belongings.topics.get(id);
        sets.push(topic.map(|topic| with_topic(&topic.name)).unwrap_or_default());
    }
    if call.viewer.is_admin() {
        sets.extend(wanted.custom_attributes.iter().map(|(key, value)| {
            let attributes = state.belongings.custom_attributes.iter();
            let fitting = attributes.filter(|(_, known)| known.key == *key && known.value == *value);
            fitting
                .filter_map(|(holder, _)| match holder {
                    Holder::Project(id) => Some(id),
                    Holder::Group(_) | Holder::User(_) => None,
                })
                .collect()
        }));
    }
    sets.into_iter().reduce(|one, other| &one & &other)
}
