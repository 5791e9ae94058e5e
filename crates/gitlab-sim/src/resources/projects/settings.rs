//! The settings a request names, under their old names, too.

use std::borrow::Cow;
use std::sync::Arc;

use gitlab_api::resources::Visibility;

use crate::params::Ask;
use crate::state::Project;
use crate::state::settings::{PipelineSettingsPatch, ProjectSettings, ProjectSettingsPatch, Word};

/// What a request wants to set on a project besides its name, place and visibility.
#[derive(Debug)]
pub(super) struct Patch {
    settings: ProjectSettingsPatch,
    pipelines: PipelineSettingsPatch,
    topics: Option<Vec<String>>,
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
        Self {
            settings,
            pipelines: PipelineSettingsPatch::read(ask),
            topics: topics.map(without_repeats),
        }
    }

    pub(super) fn apply(self, project: &mut Project) {
        if !self.settings.is_empty() {
            self.settings.apply(Arc::make_mut(&mut project.settings));
        }
        if !self.pipelines.is_empty() {
            self.pipelines.apply(Arc::make_mut(&mut project.pipelines));
        }
        if let Some(topics) = self.topics {
            project.topics = topics;
        }
    }
}

/// What a new project starts with: pages are public only where the project is.
pub(super) fn defaults(visibility: Visibility) -> ProjectSettings {
    let mut settings = ProjectSettings::default();
    if visibility == Visibility::Public {
        settings.pages_access_level = Cow::Borrowed("enabled");
    }
    settings
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
