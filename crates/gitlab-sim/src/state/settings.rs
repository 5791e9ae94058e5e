//! What can be set on a group or project and has no rule of its own: declared once each, with the default, the
//! kind of parameter it is read from, and the key it is shown under, which are all of one name.

#![expect(
    clippy::option_option,
    reason = "a parameter is absent, null or there, and a setting may be null itself"
)]

use std::borrow::Cow;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};

use crate::params::Ask;

/// A word out of a fixed set, or free text that has a default.
pub(crate) type Word = Cow<'static, str>;

macro_rules! settings {
    ($(#[$doc:meta])* $name:ident, $(#[$patch_doc:meta])* $patch:ident {
        $($field:ident: $type:ty = $default:expr, $read:expr;)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub(crate) struct $name { $(pub(crate) $field: $type,)+ }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl $name {
            /// Writes every setting as a key of a body.
            pub(crate) fn write<M: SerializeMap>(&self, body: &mut M) -> Result<(), M::Error> {
                $(body.serialize_entry(stringify!($field), &self.$field)?;)+
                Ok(())
            }
        }

        $(#[$patch_doc])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub(crate) struct $patch { $(pub(crate) $field: Option<$type>,)+ }

        impl $patch {
            /// Reads every setting that the request names.
            pub(crate) fn read(ask: &mut Ask<'_>) -> Self {
                Self { $($field: $read(ask, stringify!($field)),)+ }
            }

            /// Whether it says anything at all.
            pub(crate) fn is_empty(&self) -> bool {
                *self == Self::default()
            }

            /// Puts what was named in place.
            pub(crate) fn apply(self, settings: &mut $name) {
                $(if let Some(value) = self.$field { settings.$field = value; })+
            }
        }
    };
}

settings! {
    /// Settings of a group, as its body shows them.
    GroupSettings,
    /// What a request wants to set on a group.
    GroupSettingsPatch {
        share_with_group_lock: bool = false, flag;
        require_two_factor_authentication: bool = false, flag;
        two_factor_grace_period: i64 = 48, number;
        project_creation_level: Word = word("developer"), project_creation_level;
        auto_devops_enabled: Option<bool> = None, maybe_flag;
        subgroup_creation_level: Word = word("maintainer"), subgroup_creation_level;
        emails_enabled: bool = true, flag;
        show_diff_preview_in_email: bool = true, flag;
        mentions_disabled: Option<bool> = None, maybe_flag;
        lfs_enabled: bool = true, flag;
        math_rendering_limits_enabled: bool = true, flag;
        lock_math_rendering_limits_enabled: bool = false, flag;
        default_branch: Option<String> = None, text;
        default_branch_protection: i64 = 2, branch_protection;
        request_access_enabled: bool = true, flag;
        shared_runners_setting: Word = word("enabled"), shared_runners_setting;
        max_artifacts_size: Option<i64> = None, maybe_number;
    }
}

settings! {
    /// Settings of one group that only its own body shows, not a list.
    GroupDetailSettings,
    /// What a request wants to set of those.
    GroupDetailSettingsPatch {
        enabled_git_access_protocol: Option<String> = None, git_protocol;
        prevent_sharing_groups_outside_hierarchy: bool = false, flag;
    }
}

settings! {
    /// Settings of a project, as its body shows them.
    ProjectSettings,
    /// What a request wants to set on a project.
    ProjectSettingsPatch {
        packages_enabled: bool = true, flag;
        resolve_outdated_diff_discussions: bool = false, flag;
        issues_access_level: Word = word("enabled"), feature;
        repository_access_level: Word = word("enabled"), feature;
        merge_requests_access_level: Word = word("enabled"), feature;
        forking_access_level: Word = word("enabled"), feature;
        wiki_access_level: Word = word("enabled"), feature;
        builds_access_level: Word = word("enabled"), feature;
        snippets_access_level: Word = word("enabled"), feature;
        pages_access_level: Word = word("private"), public_feature;
        analytics_access_level: Word = word("enabled"), feature;
        container_registry_access_level: Word = word("enabled"), feature;
        security_and_compliance_access_level: Word = word("private"), feature;
        releases_access_level: Word = word("enabled"), feature;
        environments_access_level: Word = word("enabled"), feature;
        feature_flags_access_level: Word = word("enabled"), feature;
        infrastructure_access_level: Word = word("enabled"), feature;
        monitor_access_level: Word = word("enabled"), feature;
        model_experiments_access_level: Word = word("enabled"), feature;
        model_registry_access_level: Word = word("enabled"), feature;
        package_registry_access_level: Word = word("enabled"), public_feature;
        service_desk_enabled: bool = false, flag;
        emails_enabled: bool = true, flag;
        show_diff_preview_in_email: bool = true, flag;
        shared_runners_enabled: bool = true, flag;
        lfs_enabled: bool = true, flag;
        ci_config_path: Option<String> = None, text;
        public_jobs: bool = true, flag;
        only_allow_merge_if_pipeline_succeeds: bool = false, flag;
        allow_merge_on_skipped_pipeline: Option<bool> = None, maybe_flag;
        request_access_enabled: bool = true, flag;
        only_allow_merge_if_all_discussions_are_resolved: bool = false, flag;
        remove_source_branch_after_merge: bool = true, flag;
        printing_merge_request_link_enabled: bool = true, flag;
        merge_method: Word = word("merge"), merge_method;
        merge_request_title_regex: Option<String> = None, text;
        merge_request_title_regex_description: Option<String> = None, text;
        squash_option: Word = word("default_off"), squash_option;
        enforce_auth_checks_on_uploads: bool = true, flag;
        suggestion_commit_message: Option<String> = None, text;
        merge_commit_template: Option<String> = None, text;
        squash_commit_template: Option<String> = None, text;
        issue_branch_template: Option<String> = None, text;
        warn_about_potentially_unwanted_characters: bool = true, flag;
        autoclose_referenced_issues: bool = true, flag;
        max_artifacts_size: Option<i64> = None, maybe_number;
    }
}

settings! {
    /// Settings of a project's pipelines, which its maintainers see.
    PipelineSettings,
    /// What a request wants to set of those.
    PipelineSettingsPatch {
        ci_default_git_depth: i64 = 20, number;
        ci_delete_pipelines_in_seconds: Option<i64> = None, maybe_number;
        ci_forward_deployment_enabled: bool = true, flag;
        ci_forward_deployment_rollback_allowed: bool = true, flag;
        ci_job_token_scope_enabled: bool = false, flag;
        ci_separated_caches: bool = true, flag;
        ci_allow_fork_pipelines_to_run_in_parent_project: bool = true, flag;
        build_git_strategy: Word = word("fetch"), git_strategy;
        keep_latest_artifact: bool = true, flag;
        restrict_user_defined_variables: bool = true, flag;
        ci_pipeline_variables_minimum_override_role: Word = word("no_one_allowed"), override_role;
        group_runners_enabled: bool = true, flag;
        resource_group_default_process_mode: Word = word("unordered"), process_mode;
        auto_cancel_pending_pipelines: Word = word("enabled"), enabled_or_disabled;
        build_timeout: i64 = 3_600, number;
        auto_devops_enabled: bool = false, flag;
        auto_devops_deploy_strategy: Word = word("continuous"), deploy_strategy;
        ci_push_repository_for_job_token_allowed: bool = false, flag;
    }
}

const fn word(text: &'static str) -> Word {
    Cow::Borrowed(text)
}

fn flag(ask: &mut Ask<'_>, name: &'static str) -> Option<bool> {
    ask.flag(name)
}

fn maybe_flag(ask: &mut Ask<'_>, name: &'static str) -> Option<Option<bool>> {
    ask.flag(name).map(Some)
}

fn number(ask: &mut Ask<'_>, name: &'static str) -> Option<i64> {
    ask.integer(name)
}

fn maybe_number(ask: &mut Ask<'_>, name: &'static str) -> Option<Option<i64>> {
    ask.integer(name).map(Some)
}

fn text(ask: &mut Ask<'_>, name: &'static str) -> Option<Option<String>> {
    ask.text(name)
}

fn branch_protection(ask: &mut Ask<'_>, name: &'static str) -> Option<i64> {
    ask.number_of(name, &[0, 1, 2, 3, 4])
}

fn git_protocol(ask: &mut Ask<'_>, name: &'static str) -> Option<Option<String>> {
    // `all` is how a request says "no restriction", which the body shows as null.
    let protocol = ask.choice(name, &["ssh", "http", "all"])?;
    Some((protocol != "all").then(|| protocol.to_owned()))
}

macro_rules! words {
    ($($name:ident = [$($word:literal),+];)+) => {$(
        fn $name(ask: &mut Ask<'_>, name: &'static str) -> Option<Word> {
            ask.choice(name, &[$($word),+]).map(Cow::Borrowed)
        }
    )+};
}

words! {
    feature = ["disabled", "private", "enabled"];
    public_feature = ["disabled", "private", "enabled", "public"];
    project_creation_level = ["noone", "owner", "maintainer", "developer", "administrator"];
    subgroup_creation_level = ["owner", "maintainer"];
    shared_runners_setting = ["disabled_and_unoverridable", "disabled_and_overridable", "enabled"];
    git_strategy = ["fetch", "clone"];
    override_role = ["no_one_allowed", "developer", "maintainer", "owner"];
    process_mode = ["unordered", "oldest_first", "newest_first", "newest_ready_first"];
    enabled_or_disabled = ["disabled", "enabled"];
    deploy_strategy = ["continuous", "manual", "timed_incremental"];
    merge_method = ["ff", "rebase_merge", "merge"];
    squash_option = ["never", "always", "default_on", "default_off"];
}
