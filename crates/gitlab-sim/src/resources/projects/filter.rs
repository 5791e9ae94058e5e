use std::collections::BTreeSet;
use std::sync::Arc;

use super::list::Scope;
use super::wanted::{Order, Wanted};
use crate::access::AccessLevel;
use crate::http::Call;
use crate::ids::ProjectId;
use crate::state::{Project, Search, State, turned};

/// Which projects a list holds, and in which order.
pub(super) struct Filter<'a> {
    call: &'a Call<'a>,
    state: &'a State,
    wanted: &'a Wanted,
    /// The projects of which the viewer is a member, found once and not for every row.
    own: BTreeSet<ProjectId>,
}

impl<'a> Filter<'a> {
    pub(super) fn new(call: &'a Call<'a>, state: &'a State, wanted: &'a Wanted) -> Self {
        // An administrator sees everything; the rest of the work is for those who do not.
        let needed = wanted.membership || wanted.owned || !call.viewer.is_admin();
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
        }
    }

    /// The ids of the list, for orders other than by id and for parts of the tree.
    pub(super) fn sorted(&self, scope: Scope) -> Vec<u64> {
        if self.wanted.is_void() {
            return Vec::new();
        }
        let tree = &self.state.tree;
        let mut projects: Vec<&Arc<Project>> = match scope {
            Scope::Everywhere => self
                .few()
                .unwrap_or_else(|| tree.projects(self.wanted.range()).collect()),
            Scope::In(namespace) => tree.projects_in(namespace).collect(),
            Scope::Below(group) => {
                let below = tree.descendants(group);
                let groups = std::iter::once(group).chain(below.iter().map(|group| group.id));
                groups.flat_map(|group| tree.projects_in(group)).collect()
            }
        };
        projects.retain(|project| self.matches(project));
        match self.wanted.order {
            Order::Id => projects.sort_unstable_by_key(|project| project.id),
            Order::Name => projects.sort_by_cached_key(|project| (project.name.to_lowercase(), project.id)),
            Order::Path => projects.sort_by_cached_key(|project| (project.path.to_lowercase(), project.id)),
            Order::Updated => projects.sort_unstable_by_key(|project| (project.updated_at, project.id)),
            Order::Stars => projects.sort_unstable_by_key(|project| (project.star_count, project.id)),
        }
        if !self.wanted.ascending {
            projects.reverse();
        }
        projects.into_iter().map(|project| project.id.0).collect()
    }

    /// The projects that may be in the list, by ascending id, when that can be told without looking at all.
    pub(super) fn few(&self) -> Option<Vec<&'a Arc<Project>>> {
        let tree = &self.state.tree;
        if (self.wanted.membership || self.wanted.owned) && self.call.viewer.user().is_some() {
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
            return (self.wanted.order == Order::Id).then(|| turned(few.into_iter(), self.wanted.ascending));
        }
        let ascending = self.wanted.ascending;
        Some(match self.wanted.order {
            Order::Id => turned(tree.projects(self.wanted.range()), ascending),
            Order::Name => turned(tree.projects_by_name(), ascending),
            Order::Path => turned(tree.projects_by_path(), ascending),
            Order::Updated => turned(tree.projects_by_update(), ascending),
            Order::Stars => return None,
        })
    }

    /// An administrator asks without a filter: every project is in the list.
    pub(super) fn takes_all(&self) -> bool {
        self.call.viewer.is_admin() && !self.wanted.narrows()
    }

    /// Whether the list holds it.
    pub(super) fn matches(&self, project: &Project) -> bool {
        let Self {
            call, state, wanted, ..
        } = self;
        let viewer = &call.viewer;
        let above = |condition: fn(&crate::state::Group) -> bool| {
            state.tree.any_in_lineage(project.namespace, condition)
        };
        let marked = || project.marked_on.is_some() || above(|group| group.marked_on.is_some());
        let archived = || project.archived || project.marked_on.is_some() || above(|group| group.archived);
        let level = || viewer.level_on_project(state, project);
        let on = |wish: bool, level: &str| !wish || level != "disabled";
        let narrowed = (wanted.membership || wanted.owned) && viewer.user().is_some();
        (!narrowed || self.own.contains(&project.id))
            && (!wanted.owned || level() == Some(AccessLevel::Owner))
            && !wanted.imported
            && wanted.id_after.is_none_or(|after| project.id.0 > after)
            && wanted.id_before.is_none_or(|before| project.id.0 < before)
            && wanted
                .visibility
                .is_none_or(|visibility| project.visibility == visibility)
            && wanted.min_level.is_none_or(|wish| level() >= Some(wish))
            && wanted
                .activity_after
                .is_none_or(|after| project.updated_at > after)
            && wanted
                .activity_before
                .is_none_or(|before| project.updated_at < before)
            && wanted
                .updated_after
                .is_none_or(|after| project.updated_at > after)
            && wanted
                .updated_before
                .is_none_or(|before| project.updated_at < before)
            && wanted.topics.iter().all(|topic| project.topics.contains(topic))
            && wanted.marked_on.is_none_or(|day| project.marked_on == Some(day))
            && on(wanted.with_issues, &project.settings.issues_access_level)
            && on(
                wanted.with_merge_requests,
                &project.settings.merge_requests_access_level,
            )
            && wanted
                .search
                .as_ref()
                .is_none_or(|text| self.finds(project, text))
            && wanted.archived.is_none_or(|wish| archived() == wish)
            && wanted.active.is_none_or(|wish| (archived() || marked()) != wish)
            && (viewer.sees_project(project) || self.own.contains(&project.id))
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
