use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use gitlab_api::resources::Visibility;

use super::present::{ProjectView, Shape};
use crate::access::AccessLevel;
use crate::http::page::{self, Offset};
use crate::http::{Answer, Call, Refusal, refuse};
use crate::ids::{NamespaceId, ProjectId};
use crate::params::Ask;
use crate::resources::groups::list::{LEVELS, visibility};
use crate::resources::holds;
use crate::state::{Project, State};
use crate::time_text::{Day, Moment};

/// Where a list looks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope {
    Everywhere,
    /// Directly in a namespace.
    In(NamespaceId),
    /// In a group and all groups below it.
    Below(NamespaceId),
}

/// What a list of projects can be asked for.
#[derive(Debug)]
pub(crate) struct Wanted {
    archived: Option<bool>,
    visibility: Option<Visibility>,
    search: Option<String>,
    search_namespaces: bool,
    owned: bool,
    starred: bool,
    imported: bool,
    membership: bool,
    with_issues: bool,
    with_merge_requests: bool,
    min_level: Option<AccessLevel>,
    id_after: Option<u64>,
    id_before: Option<u64>,
    activity_after: Option<Moment>,
    activity_before: Option<Moment>,
    updated_after: Option<Moment>,
    updated_before: Option<Moment>,
    topics: Vec<String>,
    marked_on: Option<Day>,
    active: Option<bool>,
    pub(crate) simple: bool,
    statistics: bool,
    order: Order,
    /// `order_by=id` was said; only then can one go by keyset.
    by_id: bool,
    ascending: bool,
    keyset: bool,
    offset: Offset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Id,
    Name,
    Path,
    Updated,
    Stars,
}

impl Wanted {
    pub(crate) fn read(ask: &mut Ask<'_>) -> Self {
        ask.ignored(&[
            "with_custom_attributes",
            "custom_attributes",
            "repository_storage",
            "topic_id",
        ]);
        ask.ignored(&[
            "with_programming_language",
            "include_pending_delete",
            "include_hidden",
        ]);
        let order = ask.choice(
            "order_by",
            &[
                "id",
                "name",
                "path",
                "created_at",
                "updated_at",
                "last_activity_at",
                "similarity",
                "star_count",
                "storage_size",
                "repository_size",
                "wiki_size",
                "packages_size",
            ],
        );
        Self {
            archived: ask.flag("archived"),
            visibility: visibility(ask),
            search: ask.filled("search"),
            search_namespaces: ask.flag("search_namespaces").unwrap_or(false),
            owned: ask.flag("owned").unwrap_or(false),
            starred: ask.flag("starred").unwrap_or(false),
            imported: ask.flag("imported").unwrap_or(false),
            membership: ask.flag("membership").unwrap_or(false),
            with_issues: ask.flag("with_issues_enabled").unwrap_or(false),
            with_merge_requests: ask.flag("with_merge_requests_enabled").unwrap_or(false),
            min_level: ask
                .number_of("min_access_level", &LEVELS)
                .and_then(AccessLevel::from_number),
            id_after: ask.id("id_after"),
            id_before: ask.id("id_before"),
            activity_after: ask.moment("last_activity_after"),
            activity_before: ask.moment("last_activity_before"),
            updated_after: ask.moment("updated_after"),
            updated_before: ask.moment("updated_before"),
            topics: ask.list("topic").unwrap_or_default(),
            marked_on: ask.day("marked_for_deletion_on").flatten(),
            active: ask.flag("active"),
            simple: ask.flag("simple").unwrap_or(false),
            statistics: ask.flag("statistics").unwrap_or(false),
            // `created_at` is in fact sorted by id, and so is what all projects of a simulator have alike.
            order: match order {
                Some("name") => Order::Name,
                Some("path") => Order::Path,
                Some("updated_at" | "last_activity_at") => Order::Updated,
                Some("star_count") => Order::Stars,
                _ => Order::Id,
            },
            by_id: order == Some("id"),
            ascending: ask.choice("sort", &["asc", "desc"]) == Some("asc"),
            keyset: ask.choice("pagination", &["keyset", "offset"]) == Some("keyset"),
            offset: Offset::read(ask),
        }
    }

    /// `updated_…` filters go with that order only.
    fn check_pairs(&self) -> Result<(), Refusal> {
        if (self.updated_after.is_some() || self.updated_before.is_some()) && self.order != Order::Updated {
            return Err(refuse::bad_request(
                "400 Bad request - `updated_at` filter and `updated_at` sorting must be paired",
            ));
        }
        Ok(())
    }

    fn range(&self) -> (Bound<ProjectId>, Bound<ProjectId>) {
        // An id below the first keeps the range from ending before it begins.
        let after = self
            .id_after
            .map_or(Bound::Unbounded, |id| Bound::Excluded(ProjectId(id)));
        let before = match (self.id_before, self.id_after) {
            (Some(before), Some(after)) if before <= after => Bound::Included(ProjectId(after + 1)),
            (Some(before), _) => Bound::Excluded(ProjectId(before)),
            (None, _) => Bound::Unbounded,
        };
        (after, before)
    }

    /// Anything but order and page was asked for.
    fn narrows(&self) -> bool {
        let flags = [
            self.owned,
            self.starred,
            self.imported,
            self.membership,
            self.with_issues,
            self.with_merge_requests,
            self.archived.is_some(),
            self.visibility.is_some(),
            self.search.is_some(),
            self.min_level.is_some(),
            self.id_after.is_some(),
            self.id_before.is_some(),
            self.activity_after.is_some(),
            self.activity_before.is_some(),
            self.updated_after.is_some(),
            self.updated_before.is_some(),
            self.marked_on.is_some(),
            self.active.is_some(),
            !self.topics.is_empty(),
        ];
        flags.contains(&true)
    }

    /// Nothing can be between these ids.
    fn is_void(&self) -> bool {
        self.starred
            || matches!((self.id_after, self.id_before), (Some(after), Some(before)) if before <= after)
    }
}

/// `GET /projects`
pub(super) fn all(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    call.admit(ask)?;
    answer(call, &wanted, Scope::Everywhere)
}

/// A list that knows both ways of paging.
pub(super) fn answer(call: &Call<'_>, wanted: &Wanted, scope: Scope) -> Answer {
    let shape = match call.viewer.user() {
        Some(_) if !wanted.simple => Shape::WithAccess,
        _ => Shape::Basic,
    };
    if wanted.keyset {
        return by_keyset(call, wanted, scope, shape);
    }
    wanted.offset.within_cap("Project")?;
    by_offset(call, wanted, scope, shape)
}

pub(crate) fn by_offset(call: &Call<'_>, wanted: &Wanted, scope: Scope, shape: Shape) -> Answer {
    wanted.check_pairs()?;
    let page = {
        let state = call.state();
        let view = |project: &Arc<Project>| {
            Some(ProjectView::of(call, &state, project, shape).with_statistics(wanted.statistics))
        };
        let filter = Filter::new(call, &state, wanted);
        match scope {
            // The whole instance by id is found row by row, so that a page costs no more than it shows.
            Scope::Everywhere if wanted.order == Order::Id && !wanted.is_void() => {
                let rows = state.tree.projects(wanted.range());
                let matching = |project: &&Arc<Project>| filter.matches(project);
                if filter.takes_all() {
                    let total = state.tree.project_count();
                    if wanted.ascending {
                        wanted.offset.cut_of(rows, total).map(view)
                    } else {
                        wanted.offset.cut_of(rows.rev(), total).map(view)
                    }
                } else if wanted.ascending {
                    wanted.offset.cut(rows.filter(matching)).map(view)
                } else {
                    wanted.offset.cut(rows.rev().filter(matching)).map(view)
                }
            }
            _ => {
                let key = format!("{} {:?} {:?}", call.list_key(), wanted.id_after, wanted.id_before);
                let ids = call.instance.lists.get(key, state.epoch, || filter.sorted(scope));
                wanted
                    .offset
                    .slice(&ids)
                    .map(|id| state.tree.project(ProjectId(id)).and_then(view))
            }
        }
    };
    Ok(page.reply(call))
}

fn by_keyset(call: &Call<'_>, wanted: &Wanted, scope: Scope, shape: Shape) -> Answer {
    if !wanted.by_id {
        return Err(page::keyset_not_available());
    }
    let per_page = wanted.offset.per_page();
    let rows: Vec<(ProjectId, ProjectView<'_>)> = {
        let state = call.state();
        let filter = Filter::new(call, &state, wanted);
        let view = |project: &Arc<Project>| {
            let view = ProjectView::of(call, &state, project, shape).with_statistics(wanted.statistics);
            (project.id, view)
        };
        let matching = |project: &&Arc<Project>| filter.matches(project);
        if wanted.is_void() {
            Vec::new()
        } else {
            match (scope, wanted.ascending) {
                (Scope::Everywhere, true) => state
                    .tree
                    .projects(wanted.range())
                    .filter(matching)
                    .take(per_page)
                    .map(view)
                    .collect(),
                (Scope::Everywhere, false) => state
                    .tree
                    .projects(wanted.range())
                    .rev()
                    .filter(matching)
                    .take(per_page)
                    .map(view)
                    .collect(),
                _ => {
                    let ids = filter.sorted(scope);
                    ids.iter()
                        .take(per_page)
                        .filter_map(|id| state.tree.project(ProjectId(*id)))
                        .map(view)
                        .collect()
                }
            }
        }
    };
    let next = rows.last().map(|(id, _)| {
        let name = if wanted.ascending { "id_after" } else { "id_before" };
        (name, id.to_string())
    });
    let rows: Vec<ProjectView<'_>> = rows.into_iter().map(|(_, view)| view).collect();
    Ok(page::keyset_reply(call, &rows, per_page, next))
}

struct Filter<'a> {
    call: &'a Call<'a>,
    state: &'a State,
    wanted: &'a Wanted,
    /// The projects of which the viewer is a member, found once and not for every row.
    own: BTreeSet<ProjectId>,
}

impl<'a> Filter<'a> {
    fn new(call: &'a Call<'a>, state: &'a State, wanted: &'a Wanted) -> Self {
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

    fn sorted(&self, scope: Scope) -> Vec<u64> {
        if self.wanted.is_void() {
            return Vec::new();
        }
        let tree = &self.state.tree;
        let mut projects: Vec<&Arc<Project>> = match scope {
            Scope::Everywhere => tree.projects(self.wanted.range()).collect(),
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

    /// An administrator asks without a filter: every project is in the list.
    fn takes_all(&self) -> bool {
        self.call.viewer.is_admin() && !self.wanted.narrows()
    }

    fn matches(&self, project: &Project) -> bool {
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

    fn finds(&self, project: &Project, text: &str) -> bool {
        holds(&project.name, text)
            || holds(&project.path, text)
            || project
                .description
                .as_ref()
                .is_some_and(|description| holds(description, text))
            || self.wanted.search_namespaces && holds(&self.state.project_full_path(project), text)
    }
}
