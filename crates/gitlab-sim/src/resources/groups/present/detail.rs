use std::sync::Arc;

use serde::Serialize;
use serde::ser::SerializeMap;

use crate::access::AccessLevel;
use crate::http::Call;
use crate::resources::projects::present::{ProjectView, Shape};
use crate::state::{Group, GroupLink, Source, State};
use crate::time_text::Day;

/// How many projects the body of one group holds at most, and how many shared ones.
const MOST_PROJECTS: usize = 100;

/// What only the body of one group has.
#[derive(Debug)]
pub(super) struct Detail<'a> {
    shared_with: Vec<SharedWith>,
    /// The viewer administers the group, and so sees the key of its token.
    administered: bool,
    /// Decides for the whole tree.
    root: Arc<Group>,
    /// Own and shared ones; none when the request did not want them.
    projects: Option<[Vec<ProjectView<'a>>; 2]>,
}

/// A group that was invited.
#[derive(Debug, Serialize)]
struct SharedWith {
    group_id: u64,
    group_name: String,
    group_full_path: String,
    group_access_level: AccessLevel,
    expires_at: Option<Day>,
    member_role_id: Option<u64>,
}

impl SharedWith {
    /// None when the viewer may not see the invited group.
    fn of(call: &Call<'_>, state: &State, link: &GroupLink) -> Option<Self> {
        let group = state.tree.group(link.group)?;
        call.viewer.can_read_group(state, group).then(|| Self {
            group_id: group.id.0,
            group_name: group.name.clone(),
            group_full_path: state.full_path(group.id),
            group_access_level: link.level,
            expires_at: link.expires_on,
            member_role_id: None,
        })
    }
}

impl<'a> Detail<'a> {
    pub(super) fn of(call: &Call<'a>, state: &State, group: &Arc<Group>) -> Self {
        let links = state.belongings.group_links.of(Source::Group(group.id));
        let today = call.now.day();
        Self {
            shared_with: links
                .filter(|link| link.is_active(today))
                .filter_map(|link| SharedWith::of(call, state, link))
                .collect(),
            administered: call.viewer.can_admin_group(state, group.id),
            root: Arc::clone(state.tree.lineage(group.id).last().unwrap_or(group)),
            projects: None,
        }
    }

    /// With the newest projects the viewer may see: its own, and those it was invited to.
    pub(super) fn with_projects(mut self, call: &Call<'a>, state: &State, group: &Group) -> Self {
        let view = |project: &Arc<_>| ProjectView::of(call, state, project, Shape::Full);
        let own = state
            .tree
            .projects_in(group.id)
            .rev()
            .filter(|project| call.viewer.can_read_project(state, project))
            .take(MOST_PROJECTS)
            .map(view);
        let shared = state
            .belongings
            .group_links
            .of_invited(group.id)
            .filter_map(|source| match source {
                Source::Project(id) => state.tree.project(id),
                Source::Group(_) => None,
            })
            .filter(|project| call.viewer.can_read_project(state, project))
            .take(MOST_PROJECTS)
            .map(view);
        self.projects = Some([own.collect(), shared.collect()]);
        self
    }

    pub(super) fn write<M: SerializeMap>(
        &self,
        body: &mut M,
        group: &Group,
        is_paid: bool,
    ) -> Result<(), M::Error> {
        let (settings, of_root) = (&group.settings, &self.root.settings);
        body.serialize_entry("shared_with_groups", &self.shared_with)?;
        if self.administered {
            // Registration with a token of the group is switched off on a fresh instance.
            body.serialize_entry("runners_token", &())?;
        }
        body.serialize_entry(
            "enabled_git_access_protocol",
            &settings.enabled_git_access_protocol,
        )?;
        body.serialize_entry(
            "prevent_sharing_groups_outside_hierarchy",
            &of_root.prevent_sharing_groups_outside_hierarchy,
        )?;
        if let Some([own, shared]) = &self.projects {
            body.serialize_entry("projects", own)?;
            body.serialize_entry("shared_projects", shared)?;
        }
        if is_paid {
            self.write_licensed(body, group)?;
        }
        Ok(())
    }

    fn write_licensed<M: SerializeMap>(&self, body: &mut M, group: &Group) -> Result<(), M::Error> {
        let (licensed, of_root) = (&group.licensed, &self.root.licensed);
        body.serialize_entry(
            "shared_runners_minutes_limit",
            &licensed.shared_runners_minutes_limit,
        )?;
        body.serialize_entry(
            "extra_shared_runners_minutes_limit",
            &licensed.extra_shared_runners_minutes_limit,
        )?;
        body.serialize_entry(
            "prevent_forking_outside_group",
            &of_root.prevent_forking_outside_group,
        )?;
        body.serialize_entry(
            "service_access_tokens_expiration_enforced",
            &licensed.service_access_tokens_expiration_enforced,
        )?;
        body.serialize_entry("membership_lock", &of_root.membership_lock)?;
        body.serialize_entry("ip_restriction_ranges", &licensed.ip_restriction_ranges)?;
        body.serialize_entry("allowed_email_domains_list", &licensed.allowed_email_domains_list)?;
        body.serialize_entry(
            "unique_project_download_limit",
            &licensed.unique_project_download_limit,
        )?;
        body.serialize_entry(
            "unique_project_download_limit_interval_in_seconds",
            &licensed.unique_project_download_limit_interval_in_seconds,
        )?;
        body.serialize_entry(
            "unique_project_download_limit_allowlist",
            &licensed.unique_project_download_limit_allowlist,
        )?;
        body.serialize_entry(
            "unique_project_download_limit_alertlist",
            &licensed.unique_project_download_limit_alertlist,
        )?;
        body.serialize_entry(
            "auto_ban_user_on_excessive_projects_download",
            &licensed.auto_ban_user_on_excessive_projects_download,
        )
    }
}
