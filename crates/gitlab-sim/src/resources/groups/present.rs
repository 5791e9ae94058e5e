use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use crate::http::Call;
use crate::instance::Site;
use crate::resources::projects::present::{ProjectView, Shape};
use crate::state::settings::Shown;
use crate::state::{Group, State};

/// A group copied out of the state, ready to be written without it.
#[derive(Debug)]
pub(super) struct GroupView<'a> {
    site: &'a Site,
    group: Arc<Group>,
    full_path: String,
    full_name: String,
    archived: bool,
    statistics: bool,
    detail: Option<Detail<'a>>,
}

/// What only the body of one group has.
#[derive(Debug)]
struct Detail<'a> {
    /// None when the request did not want them.
    projects: Option<Vec<ProjectView<'a>>>,
}

/// How many projects the body of one group holds at most.
const PROJECTS_IN_DETAIL: usize = 100;

impl<'a> GroupView<'a> {
    /// As a list shows it.
    pub(super) fn row(call: &Call<'a>, state: &State, group: &Arc<Group>) -> Self {
        Self {
            site: &call.instance.site,
            full_path: state.full_path(group.id),
            full_name: state.full_name(group.id),
            archived: state.tree.any_in_lineage(group.id, |above| above.archived),
            group: Arc::clone(group),
            statistics: false,
            detail: None,
        }
    }

    pub(super) fn with_statistics(mut self, wanted: bool) -> Self {
        self.statistics = wanted;
        self
    }

    /// By itself, with its projects.
    pub(super) fn detailed(call: &Call<'a>, state: &State, group: &Arc<Group>) -> Self {
        let readable = state
            .tree
            .projects_in(group.id)
            .rev()
            .filter(|project| call.viewer.can_read_project(state, project))
            .take(PROJECTS_IN_DETAIL)
            .map(|project| ProjectView::of(call, state, project, Shape::Full))
            .collect();
        Self {
            detail: Some(Detail {
                projects: Some(readable),
            }),
            ..Self::row(call, state, group)
        }
    }

    /// By itself, without its projects.
    pub(super) fn without_projects(call: &Call<'a>, state: &State, group: &Arc<Group>) -> Self {
        Self {
            detail: Some(Detail { projects: None }),
            ..Self::row(call, state, group)
        }
    }

    /// By itself, as the answer to its creation: no projects yet.
    pub(super) fn created(call: &Call<'a>, state: &State, group: &Arc<Group>) -> Self {
        Self {
            detail: Some(Detail {
                projects: Some(Vec::new()),
            }),
            ..Self::row(call, state, group)
        }
    }
}

impl Serialize for GroupView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            site,
            group,
            full_path,
            ..
        } = self;
        let mut body = serializer.serialize_map(None)?;
        body.serialize_entry("id", &group.id)?;
        body.serialize_entry("web_url", &format_args!("{}/groups/{full_path}", site.url))?;
        body.serialize_entry("name", &group.name)?;
        body.serialize_entry("path", &group.path)?;
        body.serialize_entry("description", &group.description)?;
        body.serialize_entry("visibility", &group.visibility)?;
        group.settings.write(&mut body)?;
        body.serialize_entry("emails_disabled", &!group.settings.emails_enabled)?;
        body.serialize_entry("archived", &self.archived)?;
        let protection = BranchProtection(group.settings.default_branch_protection);
        body.serialize_entry("default_branch_protection_defaults", &protection)?;
        body.serialize_entry("avatar_url", &())?;
        body.serialize_entry("full_name", &self.full_name)?;
        body.serialize_entry("full_path", full_path)?;
        body.serialize_entry("created_at", &group.created_at)?;
        body.serialize_entry("parent_id", &group.parent)?;
        body.serialize_entry("organization_id", &1)?;
        body.serialize_entry("marked_for_deletion_on", &group.marked_on)?;
        if self.statistics {
            body.serialize_entry("statistics", &no_storage())?;
        }
        if let Some(detail) = &self.detail {
            body.serialize_entry("shared_with_groups", &[(); 0])?;
            body.serialize_entry("runners_token", &())?;
            group.detail.write(&mut body)?;
            if let Some(projects) = &detail.projects {
                body.serialize_entry("projects", projects)?;
                body.serialize_entry("shared_projects", &[(); 0])?;
            }
        }
        body.end()
    }
}

/// Nothing is stored in a simulator.
fn no_storage() -> serde_json::Value {
    json!({
        "storage_size": 0, "repository_size": 0, "wiki_size": 0, "lfs_objects_size": 0, "job_artifacts_size": 0,
        "pipeline_artifacts_size": 0, "packages_size": 0, "snippets_size": 0, "uploads_size": 0,
    })
}

/// The old number (0 to 4) spelled out (GitLab API facts §6.6).
struct BranchProtection(i64);

impl Serialize for BranchProtection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Allowed {
            access_level: u8,
        }
        let (push, merge) = match self.0 {
            0 => (30, 30),
            1 => (30, 40),
            3 => (40, 30),
            _ => (40, 40),
        };
        let mut body = serializer.serialize_map(None)?;
        body.serialize_entry("allowed_to_push", &[Allowed { access_level: push }])?;
        body.serialize_entry("allow_force_push", &(self.0 == 0))?;
        body.serialize_entry("allowed_to_merge", &[Allowed { access_level: merge }])?;
        body.serialize_entry("developer_can_initial_push", &(self.0 == 4))?;
        body.end()
    }
}
