//! What groups look like (GitLab API facts §7.1.1).

mod detail;
mod storage;

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::http::Call;
use crate::instance::Site;
use crate::options::Tier;
use crate::resources::avatar;
use crate::resources::custom_attributes::{AttributeBody, attributes_of};
use crate::state::{Group, Holder, State};
use detail::Detail;
use storage::{RootStorage, Statistics};

/// A group copied out of the state, ready to be written without it.
#[derive(Debug)]
pub(in crate::resources) struct GroupView<'a> {
    site: &'a Site,
    group: Arc<Group>,
    full_path: String,
    full_name: String,
    /// By itself or by an ancestor.
    archived: bool,
    emails_enabled: bool,
    /// The viewer may see what only administrators see.
    is_admin: bool,
    custom_attributes: Option<Vec<AttributeBody>>,
    statistics: bool,
    detail: Option<Detail<'a>>,
}

impl<'a> GroupView<'a> {
    /// As a list shows it.
    pub(in crate::resources) fn row(call: &Call<'a>, state: &State, group: &Arc<Group>) -> Self {
        let any = |condition: fn(&Group) -> bool| state.tree.any_in_lineage(group.id, condition);
        Self {
            site: &call.instance.site,
            full_path: state.full_path(group.id),
            full_name: state.full_name(group.id),
            archived: any(|above| above.archived),
            emails_enabled: !any(|above| !above.settings.emails_enabled),
            is_admin: call.viewer.is_admin(),
            group: Arc::clone(group),
            custom_attributes: None,
            statistics: false,
            detail: None,
        }
    }

    /// With storage figures, which only administrators see.
    pub(in crate::resources) fn with_statistics(mut self, wanted: bool) -> Self {
        self.statistics = wanted && self.is_admin;
        self
    }

    /// With its custom attributes, which only administrators see.
    pub(in crate::resources) fn with_custom_attributes(mut self, state: &State, wanted: bool) -> Self {
        if wanted && self.is_admin {
            self.custom_attributes = Some(attributes_of(state, Holder::Group(self.group.id)));
        }
        self
    }

    /// By itself, with its projects.
    pub(in crate::resources) fn detailed(call: &Call<'a>, state: &State, group: &Arc<Group>) -> Self {
        Self {
            detail: Some(Detail::of(call, state, group).with_projects(call, state, group)),
            ..Self::row(call, state, group)
        }
    }

    /// By itself, without its projects.
    pub(super) fn without_projects(call: &Call<'a>, state: &State, group: &Arc<Group>) -> Self {
        Self {
            detail: Some(Detail::of(call, state, group)),
            ..Self::row(call, state, group)
        }
    }

    fn shared_keys<M: SerializeMap>(&self, body: &mut M) -> Result<(), M::Error> {
        let Self {
            site,
            group,
            full_path,
            ..
        } = self;
        let settings = &group.settings;
        body.serialize_entry("id", &group.id)?;
        body.serialize_entry("web_url", &format_args!("{}/groups/{full_path}", site.url))?;
        body.serialize_entry("name", &group.name)?;
        body.serialize_entry("path", &group.path)?;
        body.serialize_entry("description", &group.description)?;
        body.serialize_entry("visibility", &group.visibility)?;
        body.serialize_entry("share_with_group_lock", &settings.share_with_group_lock)?;
        body.serialize_entry(
            "require_two_factor_authentication",
            &settings.require_two_factor_authentication,
        )?;
        body.serialize_entry("two_factor_grace_period", &settings.two_factor_grace_period)?;
        body.serialize_entry("project_creation_level", &settings.project_creation_level)?;
        body.serialize_entry("auto_devops_enabled", &settings.auto_devops_enabled)?;
        body.serialize_entry("subgroup_creation_level", &settings.subgroup_creation_level)?;
        body.serialize_entry("emails_disabled", &!self.emails_enabled)?;
        body.serialize_entry("emails_enabled", &self.emails_enabled)?;
        body.serialize_entry("show_diff_preview_in_email", &settings.show_diff_preview_in_email)?;
        body.serialize_entry("mentions_disabled", &settings.mentions_disabled)?;
        body.serialize_entry("lfs_enabled", &settings.lfs_enabled)?;
        body.serialize_entry("archived", &self.archived)?;
        body.serialize_entry(
            "math_rendering_limits_enabled",
            &settings.math_rendering_limits_enabled,
        )?;
        body.serialize_entry(
            "lock_math_rendering_limits_enabled",
            &settings.lock_math_rendering_limits_enabled,
        )?;
        body.serialize_entry("default_branch", &settings.default_branch)?;
        let protection = &settings.branch_protection;
        body.serialize_entry("default_branch_protection", &protection.number())?;
        body.serialize_entry("default_branch_protection_defaults", protection)?;
        let picture = group.avatar.as_ref();
        let picture = picture.map(|picture| avatar::url(site, "group", group.id.0, picture));
        body.serialize_entry("avatar_url", &picture)?;
        body.serialize_entry("request_access_enabled", &settings.request_access_enabled)?;
        body.serialize_entry("full_name", &self.full_name)?;
        body.serialize_entry("full_path", full_path)?;
        body.serialize_entry("created_at", &group.created_at)?;
        body.serialize_entry("parent_id", &group.parent)?;
        body.serialize_entry("organization_id", &1)?;
        body.serialize_entry("shared_runners_setting", &settings.shared_runners_setting)?;
        body.serialize_entry("max_artifacts_size", &settings.max_artifacts_size)?;
        body.serialize_entry("marked_for_deletion_on", &group.marked_on)
    }

    fn licensed_keys<M: SerializeMap>(&self, body: &mut M) -> Result<(), M::Error> {
        let licensed = &self.group.licensed;
        body.serialize_entry("ldap_cn", &licensed.ldap_cn)?;
        body.serialize_entry("ldap_access", &licensed.ldap_access)?;
        // Only a template project that was chosen is told.
        if let Some(project) = licensed.file_template_project_id {
            body.serialize_entry("file_template_project_id", &project)?;
        }
        body.serialize_entry("wiki_access_level", &licensed.wiki_access_level)?;
        if self.is_admin {
            body.serialize_entry("repository_storage", "default")?;
        }
        body.serialize_entry("duo_core_features_enabled", &licensed.duo_core_features_enabled)?;
        body.serialize_entry("duo_features_enabled", &licensed.duo_features_enabled)?;
        body.serialize_entry("lock_duo_features_enabled", &licensed.lock_duo_features_enabled)?;
        body.serialize_entry(
            "auto_duo_code_review_enabled",
            &licensed.auto_duo_code_review_enabled,
        )?;
        body.serialize_entry(
            "web_based_commit_signing_enabled",
            &licensed.web_based_commit_signing_enabled,
        )
    }
}

impl Serialize for GroupView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_map(None)?;
        let is_paid = self.site.tier > Tier::Free;
        self.shared_keys(&mut body)?;
        if let Some(attributes) = &self.custom_attributes {
            body.serialize_entry("custom_attributes", attributes)?;
        }
        if self.statistics {
            body.serialize_entry("statistics", &Statistics::default())?;
            if self.group.parent.is_none() {
                body.serialize_entry("root_storage_statistics", &RootStorage::default())?;
            }
        }
        if is_paid {
            self.licensed_keys(&mut body)?;
        }
        if let Some(detail) = &self.detail {
            detail.write(&mut body, &self.group, is_paid)?;
        }
        body.end()
    }
}
