use serde::ser::SerializeMap;

use super::parts::{CleanupBody, DescriptionHtml, Links};
use super::{More, ProjectView};
use crate::access::AccessLevel;
use crate::state::settings::Shown;

/// Writes settings under their own names.
macro_rules! show {
    ($body:ident, $settings:ident: $($key:ident)+) => {
        $($body.serialize_entry(stringify!($key), &$settings.$key)?;)+
    };
}

impl ProjectView<'_> {
    /// The keys of every body but the simple one.
    pub(super) fn full<M: SerializeMap>(&self, body: &mut M, more: &More<'_>) -> Result<(), M::Error> {
        let Self { site, project, .. } = self;
        let settings = &project.settings;
        if let Some(origin) = &more.forked_from {
            body.serialize_entry("forked_from_project", origin)?;
        }
        if on(&settings.container_registry_access_level) {
            let registry = format_args!("registry.{}/{}", site.host, self.full_path());
            body.serialize_entry("container_registry_image_prefix", &registry)?;
        }
        body.serialize_entry("_links", &Links { site, project })?;
        body.serialize_entry("marked_for_deletion_at", &project.marked_on)?;
        body.serialize_entry("marked_for_deletion_on", &project.marked_on)?;
        show!(body, settings: packages_enabled);
        body.serialize_entry("empty_repo", &project.empty)?;
        body.serialize_entry("archived", &more.archived)?;
        if let Some(owner) = &more.owner {
            body.serialize_entry("owner", owner)?;
        }
        show!(body, settings: resolve_outdated_diff_discussions);
        body.serialize_entry("container_expiration_policy", &CleanupBody(project))?;
        body.serialize_entry("repository_object_format", "sha1")?;
        self.features(body, more)?;
        body.serialize_entry("emails_disabled", &!settings.emails_enabled)?;
        show!(body, settings: emails_enabled show_diff_preview_in_email shared_runners_enabled lfs_enabled);
        body.serialize_entry("creator_id", &project.creator)?;
        if project.forked_from.is_some() {
            show!(body, settings: mr_default_target_self);
        }
        self.import(body, more)?;
        if on(&settings.issues_access_level) {
            body.serialize_entry("open_issues_count", &0)?;
        }
        body.serialize_entry(
            "description_html",
            &DescriptionHtml(project.description.as_deref()),
        )?;
        body.serialize_entry("updated_at", &project.updated_at)?;
        if more.maintainer {
            project.pipelines.write(body)?;
            body.serialize_entry("runners_token", &())?;
        }
        if self.reads_code {
            show!(body, settings: ci_config_path);
        }
        show!(body, settings: public_jobs);
        body.serialize_entry("shared_with_groups", &more.shared_with)?;
        self.merging(body)?;
        if let Some(statistics) = &more.statistics {
            body.serialize_entry("statistics", statistics)?;
        }
        show!(body, settings: warn_about_potentially_unwanted_characters autoclose_referenced_issues
            max_artifacts_size);
        if self.licensed() {
            self.mirroring(body)?;
            project.licensed.write(body)?;
        }
        Ok(())
    }

    /// Which features there are and for whom, by the old booleans and by levels.
    fn features<M: SerializeMap>(&self, body: &mut M, more: &More<'_>) -> Result<(), M::Error> {
        let settings = &self.project.settings;
        let merge_requests = on(&settings.merge_requests_access_level);
        body.serialize_entry("issues_enabled", &on(&settings.issues_access_level))?;
        body.serialize_entry("merge_requests_enabled", &merge_requests)?;
        body.serialize_entry("wiki_enabled", &on(&settings.wiki_access_level))?;
        body.serialize_entry("jobs_enabled", &on(&settings.builds_access_level))?;
        body.serialize_entry("snippets_enabled", &on(&settings.snippets_access_level))?;
        let registry = on(&settings.container_registry_access_level);
        body.serialize_entry("container_registry_enabled", &registry)?;
        show!(body, settings: service_desk_enabled);
        if self.administrator || more.level >= Some(AccessLevel::Reporter) {
            body.serialize_entry("service_desk_address", &())?;
        }
        let may_merge = more.signed_in && !more.closed && merge_requests && self.reads_code;
        body.serialize_entry("can_create_merge_request_in", &may_merge)?;
        show!(body, settings: issues_access_level repository_access_level merge_requests_access_level
            forking_access_level wiki_access_level builds_access_level snippets_access_level pages_access_level
            analytics_access_level container_registry_access_level security_and_compliance_access_level
            releases_access_level environments_access_level feature_flags_access_level infrastructure_access_level
            monitor_access_level model_experiments_access_level model_registry_access_level
            package_registry_access_level);
        Ok(())
    }

    /// Where the contents came from. The address is for maintainers.
    fn import<M: SerializeMap>(&self, body: &mut M, more: &More<'_>) -> Result<(), M::Error> {
        let import = self.project.import.as_deref();
        if more.maintainer {
            body.serialize_entry("import_url", &import.and_then(|import| import.url.as_deref()))?;
            body.serialize_entry("import_type", &import.map(|import| import.kind.as_str()))?;
        }
        body.serialize_entry("import_status", &self.project.import_status())?;
        if more.maintainer {
            body.serialize_entry("import_error", &import.and_then(|import| import.error.as_deref()))?;
        }
        Ok(())
    }

    fn merging<M: SerializeMap>(&self, body: &mut M) -> Result<(), M::Error> {
        let settings = &self.project.settings;
        show!(body, settings: only_allow_merge_if_pipeline_succeeds allow_merge_on_skipped_pipeline
            request_access_enabled only_allow_merge_if_all_discussions_are_resolved
            remove_source_branch_after_merge printing_merge_request_link_enabled merge_method
            merge_request_title_regex merge_request_title_regex_description squash_option
            enforce_auth_checks_on_uploads suggestion_commit_message merge_commit_template squash_commit_template
            issue_branch_template);
        Ok(())
    }

    /// What a project that pulls from elsewhere shows besides.
    fn mirroring<M: SerializeMap>(&self, body: &mut M) -> Result<(), M::Error> {
        let mirroring = &self.project.mirroring;
        show!(body, mirroring: approvals_before_merge mirror);
        if mirroring.mirror {
            show!(body, mirroring: mirror_user_id mirror_trigger_builds only_mirror_protected_branches
                mirror_overwrites_diverged_branches);
        }
        Ok(())
    }
}

fn on(level: &str) -> bool {
    level != "disabled"
}
