//! The settings a request names, under their old names, too.

use std::borrow::Cow;
use std::sync::Arc;

use crate::Tier;
use crate::http::refuse::Complaints;
use crate::params::{Ask, Upload};
use crate::resources::avatar;
use crate::state::Project;
use crate::state::project::settings::{
    CleanupPolicyPatch, LicensedSettingsPatch, MirrorSettingsPatch, PipelineSettingsPatch,
    ProjectSettingsPatch,
};
use crate::state::settings::Word;

/// What a request wants to set on a project besides its name, place and visibility.
#[derive(Debug)]
pub(super) struct Patch {
    settings: ProjectSettingsPatch,
    pipelines: PipelineSettingsPatch,
    mirroring: MirrorSettingsPatch,
    licensed: LicensedSettingsPatch,
    cleanup: CleanupPolicyPatch,
    topics: Option<Vec<String>>,
    /// None inside takes the picture away.
    #[expect(clippy::option_option, reason = "absent, taken away, or there")]
    avatar: Option<Option<Upload>>,
}

impl Patch {
    pub(super) fn read(ask: &mut Ask<'_>) -> Self {
        let mut settings = ProjectSettingsPatch::read(ask);
        // The old booleans; a level that is also there wins.
        let mut old = |name, level: &mut Option<Word>| {
            if let Some(on) = ask.flag(name) {
                level.get_or_insert(Cow::Borrowed(if on { "enabled" } else { "disabled" }));
            }
        };
        old("issues_enabled", &mut settings.issues_access_level);
        old(
            "merge_requests_enabled",
            &mut settings.merge_requests_access_level,
        );
        old("wiki_enabled", &mut settings.wiki_access_level);
        old("jobs_enabled", &mut settings.builds_access_level);
        old("snippets_enabled", &mut settings.snippets_access_level);
        old(
            "container_registry_enabled",
            &mut settings.container_registry_access_level,
        );
        if let Some(public) = ask.flag("public_builds") {
            settings.public_jobs.get_or_insert(public);
        }
        if let Some(disabled) = ask.flag("emails_disabled") {
            settings.emails_enabled.get_or_insert(!disabled);
        }
        let tags = ask.list("tag_list");
        let topics = ask.list("topics").or(tags);
        ask.ignored(&[
            "show_default_award_emojis",
            "repository_storage",
            "mirror_branch_regex",
            "fallback_approvals_required",
        ]);
        Self {
            settings,
            pipelines: PipelineSettingsPatch::read(ask),
            mirroring: MirrorSettingsPatch::read(ask),
            licensed: LicensedSettingsPatch::read(ask),
            cleanup: cleanup(ask),
            topics: topics.map(without_repeats),
            avatar: ask.file("avatar"),
        }
    }

    /// A setting that only owners may change is among them.
    pub(super) fn is_for_owners(&self) -> bool {
        self.pipelines.ci_delete_pipelines_in_seconds.is_some()
    }

    /// What the licence does not cover is left out silently.
    pub(super) fn apply(self, tier: Tier, project: &mut Project, complaints: &mut Complaints) {
        if !self.settings.is_empty() {
            self.settings.apply(Arc::make_mut(&mut project.settings));
        }
        if !self.pipelines.is_empty() {
            self.pipelines.apply(Arc::make_mut(&mut project.pipelines));
        }
        if tier >= Tier::Premium && !self.mirroring.is_empty() {
            self.mirroring.apply(Arc::make_mut(&mut project.mirroring));
        }
        if tier >= Tier::Premium && !self.licensed.is_empty() {
            self.licensed.apply(Arc::make_mut(&mut project.licensed));
        }
        if !self.cleanup.is_empty() {
            self.cleanup.apply(Arc::make_mut(&mut project.cleanup));
        }
        if let Some(topics) = self.topics {
            for topic in &topics {
                if topic.chars().count() > gitlab_api::names::MAX_LENGTH {
                    complaints.add("topics", "is too long (maximum is 255 characters)");
                }
            }
            project.topics = topics;
        }
        if let Some(avatar) = self.avatar {
            project.avatar = avatar.map(|upload| Arc::new(avatar::check(&upload, complaints)));
        }
    }
}

/// The rules for container images come as a map of their own.
fn cleanup(ask: &mut Ask<'_>) -> CleanupPolicyPatch {
    const NAME: &str = "container_expiration_policy_attributes";
    let Some(attributes) = ask.map(NAME) else {
        return CleanupPolicyPatch::default();
    };
    let mut inner = Ask::new(attributes);
    let patch = CleanupPolicyPatch::read(&mut inner);
    if let Some(complaint) = inner.complaint() {
        ask.complain(format!("{NAME}[{}", complaint.replacen(' ', "] ", 1)));
    }
    patch
}

fn without_repeats(topics: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::with_capacity(topics.len());
    for topic in topics {
        if !kept.iter().any(|known| known.eq_ignore_ascii_case(&topic)) {
            kept.push(topic);
        }
    }
    kept
}
