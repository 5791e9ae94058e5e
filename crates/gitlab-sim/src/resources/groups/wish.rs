#![expect(clippy::option_option, reason = "a parameter is absent, null or there")]

use std::sync::Arc;

use gitlab_api::resources::Visibility;

use super::list::visibility;
use super::validate;
use crate::http::Call;
use crate::http::refuse::Complaints;
use crate::options::Tier;
use crate::params::{Ask, Upload};
use crate::resources::avatar;
use crate::state::group_settings::{GroupSettingsPatch, LicensedGroupSettingsPatch};
use crate::state::{Avatar, Group, State};

/// What a request wants a group to be, new or not: everything but name, path and parent.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) description: Option<Option<String>>,
    pub(super) visibility: Option<Visibility>,
    avatar: Option<Option<Upload>>,
    settings: GroupSettingsPatch,
    licensed: LicensedGroupSettingsPatch,
}

impl Wish {
    pub(super) fn read(ask: &mut Ask<'_>) -> Self {
        let wish = Self {
            description: ask.text("description"),
            visibility: visibility(ask),
            avatar: ask.file("avatar"),
            settings: GroupSettingsPatch::read(ask),
            licensed: LicensedGroupSettingsPatch::read(ask),
        };
        ask.ignored(&[
            "duo_availability",
            "duo_remote_flows_availability",
            "amazon_q_auto_review_enabled",
            "experiment_features_enabled",
            "model_prompt_cache_enabled",
            "ai_settings_attributes",
            "step_up_auth_required_oauth_provider",
        ]);
        wish
    }

    /// Leaves out, without a word, what the licence lacks and what is not the viewer's to set.
    pub(super) fn permitted(mut self, call: &Call<'_>, state: &State, parent: Option<&Group>) -> Self {
        let is_admin = call.viewer.is_admin();
        if call.instance.site.tier == Tier::Free {
            self.licensed = LicensedGroupSettingsPatch::default();
        }
        if !is_admin {
            self.settings.max_artifacts_size = None;
            self.licensed.shared_runners_minutes_limit = None;
            self.licensed.extra_shared_runners_minutes_limit = None;
            let owners_may = state
                .settings()
                .flag("group_owners_can_manage_default_branch_protection");
            if !owners_may {
                self.settings.branch_protection = None;
            }
        }
        if parent.is_some() {
            // These are the root's to decide.
            self.settings.prevent_sharing_groups_outside_hierarchy = None;
            self.licensed.prevent_forking_outside_group = None;
            self.licensed.membership_lock = None;
        }
        self
    }

    /// What the model has to say against it. `old` is the group as it is; none for a new one.
    pub(super) fn check(
        &self,
        call: &Call<'_>,
        state: &State,
        old: Option<&Group>,
        parent: Option<&Group>,
        complaints: &mut Complaints,
    ) {
        if let Some(Some(text)) = &self.description {
            validate::description(text, complaints);
        }
        if let Some(wanted) = self
            .visibility
            .filter(|wanted| Some(*wanted) != old.map(|old| old.visibility))
        {
            validate::visibility_allowed(call, state, wanted, complaints);
            validate::visibility_below(parent, wanted, complaints);
            if let Some(old) = old {
                validate::visibility_above(state, old.id, wanted, complaints);
            }
        }
        if let (Some(false), Some(old), Some(parent)) = (self.settings.share_with_group_lock, old, parent) {
            validate::unlocking(call, state, old, parent, complaints);
        }
        if let (Some(wanted), Some(parent)) = (&self.settings.shared_runners_setting, parent) {
            validate::runners_below(parent, wanted, complaints);
        }
        if let Some(Some(upload)) = &self.avatar {
            avatar::check(upload, complaints);
        }
        if let Some(Some(ranges)) = &self.licensed.ip_restriction_ranges {
            validate::ip_ranges(ranges, parent, complaints);
        }
        if let Some(Some(template)) = self.licensed.file_template_project_id {
            validate::template(state, template, old, complaints);
        }
    }

    /// Puts it in place.
    pub(super) fn apply(self, group: &mut Group) {
        if let Some(description) = self.description {
            group.description = description.unwrap_or_default();
        }
        group.visibility = self.visibility.unwrap_or(group.visibility);
        if let Some(upload) = self.avatar {
            group.avatar = upload.map(|Upload { filename, bytes }| Arc::new(Avatar { filename, bytes }));
        }
        if !self.settings.is_empty() {
            self.settings.apply(Arc::make_mut(&mut group.settings));
        }
        if !self.licensed.is_empty() {
            self.licensed.apply(Arc::make_mut(&mut group.licensed));
        }
    }
}
