//! What can be set on a project and has no rule of its own (GitLab API facts §7.2.6).

use std::borrow::Cow;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};

use crate::params::Ask;
use crate::state::settings::{
    Shown, Word, flag, maybe_flag, maybe_number, number, settings, text, word, words,
};

settings! {
    /// Settings of a project, as its body shows them.
    ProjectSettings,
    /// What a request wants to set on a project.
    ProjectSettingsPatch {
        packages_enabled: bool = true, flag;
        resolve_outdated_diff_discussions: bool = false, flag;
        service_desk_enabled: bool = false, flag;
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
        emails_enabled: bool = true, flag;
        show_diff_preview_in_email: bool = true, flag;
        shared_runners_enabled: bool = true, flag;
        lfs_enabled: bool = true, flag;
        mr_default_target_self: bool = false, flag;
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
        ci_job_token_scope_enabled: bool = false, unset;
        ci_separated_caches: bool = true, flag;
        ci_allow_fork_pipelines_to_run_in_parent_project: bool = true, flag;
        ci_id_token_sub_claim_components: Cow<'static, [Word]> = Cow::Borrowed(CLAIM), claim;
        build_git_strategy: Word = word("fetch"), git_strategy;
        keep_latest_artifact: bool = true, flag;
        restrict_user_defined_variables: bool = true, flag;
        ci_pipeline_variables_minimum_override_role: Word = word("no_one_allowed"), override_role;
        runner_token_expiration_interval: Option<i64> = None, unset;
        group_runners_enabled: bool = true, flag;
        resource_group_default_process_mode: Word = word("unordered"), process_mode;
        auto_cancel_pending_pipelines: Word = word("enabled"), enabled_or_disabled;
        build_timeout: i64 = 3_600, number;
        auto_devops_enabled: bool = false, flag;
        auto_devops_deploy_strategy: Word = word("continuous"), deploy_strategy;
        ci_push_repository_for_job_token_allowed: bool = false, flag;
    }
}

settings! {
    /// Approvals and pulling from elsewhere: shown and set with a licence only.
    MirrorSettings,
    /// What a request wants to set of those.
    MirrorSettingsPatch {
        approvals_before_merge: i64 = 0, number;
        mirror: bool = false, flag;
        mirror_user_id: Option<i64> = None, maybe_number;
        mirror_trigger_builds: bool = false, flag;
        only_mirror_protected_branches: Option<bool> = None, maybe_flag;
        mirror_overwrites_diverged_branches: Option<bool> = None, maybe_flag;
    }
}

settings! {
    /// The other settings that need a licence.
    LicensedSettings,
    /// What a request wants to set of those.
    LicensedSettingsPatch {
        external_authorization_classification_label: Option<String> = Some(String::new()), text;
        requirements_enabled: bool = false, unset;
        requirements_access_level: Word = word("enabled"), feature;
        security_and_compliance_enabled: bool = true, unset;
        secret_push_protection_enabled: bool = false, unset;
        pre_receive_secret_detection_enabled: bool = false, unset;
        compliance_frameworks: Vec<String> = Vec::new(), unset;
        issues_template: Option<String> = None, text;
        merge_requests_template: Option<String> = None, text;
        ci_restrict_pipeline_cancellation_role: Word = word("developer"), cancellation_role;
        merge_pipelines_enabled: bool = false, flag;
        merge_trains_enabled: bool = false, flag;
        merge_trains_skip_train_allowed: bool = false, flag;
        only_allow_merge_if_all_status_checks_passed: bool = false, flag;
        allow_pipeline_trigger_approve_deployment: bool = false, flag;
        prevent_merge_without_jira_issue: bool = false, flag;
        auto_duo_code_review_enabled: bool = false, flag;
        duo_remote_flows_enabled: bool = true, flag;
        web_based_commit_signing_enabled: bool = false, flag;
        spp_repository_pipeline_access: bool = true, flag;
    }
}

settings! {
    /// When container images are cleaned up.
    CleanupPolicy,
    /// What a request wants to change of that.
    CleanupPolicyPatch {
        cadence: Word = word("1d"), cadence;
        enabled: bool = false, flag;
        keep_n: Option<i64> = Some(10), maybe_number;
        older_than: Option<String> = Some("90d".to_owned()), text;
        name_regex: Option<String> = Some(".*".to_owned()), text;
        name_regex_keep: Option<String> = None, text;
    }
}

/// What an id token says about its job, unless the project asks for something else.
const CLAIM: &[Word] = &[word("project_path"), word("ref_type"), word("ref")];

/// What an id token can say about its job.
const CLAIMS: [&str; 13] = [
    "project_path",
    "ref_type",
    "ref",
    "environment_protected",
    "deployment_tier",
    "project_id",
    "namespace_id",
    "namespace_path",
    "root_namespace_id",
    "user_id",
    "user_login",
    "user_email",
    "pipeline_source",
];

/// Shown, and set by other means if at all.
fn unset<T>(_: &mut Ask<'_>, _: &'static str) -> Option<T> {
    None
}

fn claim(ask: &mut Ask<'_>, name: &'static str) -> Option<Cow<'static, [Word]>> {
    let list = ask.list(name)?;
    let known = |item: &String| CLAIMS.iter().find(|claim| **claim == item.as_str());
    let claims: Option<Vec<Word>> = list.iter().map(|item| Some(word(known(item)?))).collect();
    if claims.is_none() {
        ask.complain(format!("{name} does not have a valid value"));
    }
    claims.map(Cow::Owned)
}

words! {
    feature = ["disabled", "private", "enabled"];
    public_feature = ["disabled", "private", "enabled", "public"];
    git_strategy = ["fetch", "clone"];
    override_role = ["no_one_allowed", "developer", "maintainer", "owner"];
    cancellation_role = ["no_one", "developer", "maintainer"];
    process_mode = ["unordered", "oldest_first", "newest_first", "newest_ready_first"];
    enabled_or_disabled = ["disabled", "enabled"];
    deploy_strategy = ["continuous", "manual", "timed_incremental"];
    merge_method = ["ff", "rebase_merge", "merge"];
    squash_option = ["never", "always", "default_on", "default_off"];
    cadence = ["1d", "7d", "14d", "1month", "3month"];
}
