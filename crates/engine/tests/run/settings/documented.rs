//! The lists of settings, held against what GitLab documents: nothing is missing, nothing is invented.

use std::collections::BTreeSet;

use engine::settings::{Setting, group, page, project};

/// What `POST /groups` takes.
#[rustfmt::skip]
const GROUP_CREATION: &[&str] = &[
    "ai_settings_attributes", "amazon_q_auto_review_enabled", "auto_devops_enabled", "avatar",
    "default_branch", "default_branch_protection", "default_branch_protection_defaults", "description",
    "duo_availability", "duo_remote_flows_availability", "emails_disabled", "emails_enabled",
    "enabled_git_access_protocol", "experiment_features_enabled", "extra_shared_runners_minutes_limit",
    "ldap_access", "ldap_cn", "lfs_enabled", "membership_lock", "mentions_disabled",
    "model_prompt_cache_enabled", "name", "organization_id", "parent_id", "path", "project_creation_level",
    "request_access_enabled", "require_two_factor_authentication", "share_with_group_lock",
    "shared_runners_minutes_limit", "shared_runners_setting", "show_diff_preview_in_email",
    "subgroup_creation_level", "two_factor_grace_period", "visibility", "wiki_access_level",
];

/// What `PUT /groups/:id` takes.
#[rustfmt::skip]
const GROUP_UPDATE: &[&str] = &[
    "ai_settings_attributes", "allowed_email_domains_list", "amazon_q_auto_review_enabled",
    "auto_ban_user_on_excessive_projects_download", "auto_devops_enabled", "auto_duo_code_review_enabled",
    "avatar", "default_branch", "default_branch_protection", "default_branch_protection_defaults",
    "description", "duo_availability", "duo_core_features_enabled", "duo_features_enabled",
    "duo_remote_flows_availability", "emails_disabled", "emails_enabled", "enabled_git_access_protocol",
    "experiment_features_enabled", "extra_shared_runners_minutes_limit", "file_template_project_id",
    "ip_restriction_ranges", "ldap_access", "ldap_cn", "lfs_enabled", "lock_duo_features_enabled",
    "lock_math_rendering_limits_enabled", "math_rendering_limits_enabled", "max_artifacts_size",
    "membership_lock", "mentions_disabled", "model_prompt_cache_enabled", "name", "path",
    "prevent_forking_outside_group", "prevent_sharing_groups_outside_hierarchy", "project_creation_level",
    "request_access_enabled", "require_two_factor_authentication",
    "service_access_tokens_expiration_enforced", "share_with_group_lock", "shared_runners_minutes_limit",
    "shared_runners_setting", "show_diff_preview_in_email", "subgroup_creation_level",
    "two_factor_grace_period", "unique_project_download_limit", "unique_project_download_limit_alertlist",
    "unique_project_download_limit_allowlist", "unique_project_download_limit_interval_in_seconds",
    "visibility", "web_based_commit_signing_enabled", "wiki_access_level",
];

/// What `POST /projects` takes.
#[rustfmt::skip]
const PROJECT_CREATION: &[&str] = &[
    "allow_merge_on_skipped_pipeline", "analytics_access_level", "approvals_before_merge",
    "auto_cancel_pending_pipelines", "auto_devops_deploy_strategy", "auto_devops_enabled",
    "auto_duo_code_review_enabled", "autoclose_referenced_issues", "avatar", "build_git_strategy",
    "build_timeout", "builds_access_level", "ci_config_path", "container_expiration_policy_attributes",
    "container_registry_access_level", "container_registry_enabled", "default_branch", "description",
    "duo_remote_flows_enabled", "emails_disabled", "emails_enabled", "enforce_auth_checks_on_uploads",
    "environments_access_level", "external_authorization_classification_label",
    "feature_flags_access_level", "forking_access_level", "group_runners_enabled",
    "group_with_project_templates_id", "import_url", "infrastructure_access_level",
    "initialize_with_readme", "issue_branch_template", "issues_access_level", "issues_enabled",
    "jobs_enabled", "lfs_enabled", "merge_commit_template", "merge_method", "merge_request_title_regex",
    "merge_request_title_regex_description", "merge_requests_access_level", "merge_requests_enabled",
    "mirror", "mirror_trigger_builds", "model_experiments_access_level", "model_registry_access_level",
    "monitor_access_level", "mr_default_target_self", "name", "namespace_id",
    "only_allow_merge_if_all_discussions_are_resolved", "only_allow_merge_if_all_status_checks_passed",
    "only_allow_merge_if_pipeline_succeeds", "package_registry_access_level", "packages_enabled",
    "pages_access_level", "path", "prevent_merge_without_jira_issue", "printing_merge_request_link_enabled",
    "public_builds", "public_jobs", "releases_access_level", "remove_source_branch_after_merge",
    "repository_access_level", "repository_object_format", "repository_storage", "request_access_enabled",
    "requirements_access_level", "resolve_outdated_diff_discussions", "resource_group_default_process_mode",
    "security_and_compliance_access_level", "service_desk_enabled", "shared_runners_enabled",
    "show_default_award_emojis", "show_diff_preview_in_email", "snippets_access_level", "snippets_enabled",
    "spp_repository_pipeline_access", "squash_commit_template", "squash_option",
    "suggestion_commit_message", "tag_list", "template_name", "template_project_id", "topics",
    "use_custom_template", "visibility", "warn_about_potentially_unwanted_characters", "wiki_access_level",
    "wiki_enabled",
];

/// What `PUT /projects/:id` takes.
#[rustfmt::skip]
const PROJECT_UPDATE: &[&str] = &[
    "allow_merge_on_skipped_pipeline", "allow_pipeline_trigger_approve_deployment",
    "analytics_access_level", "approvals_before_merge", "auto_cancel_pending_pipelines",
    "auto_devops_deploy_strategy", "auto_devops_enabled", "auto_duo_code_review_enabled",
    "autoclose_referenced_issues", "avatar", "build_git_strategy", "build_timeout", "builds_access_level",
    "ci_allow_fork_pipelines_to_run_in_parent_project", "ci_config_path", "ci_default_git_depth",
    "ci_delete_pipelines_in_seconds", "ci_forward_deployment_enabled",
    "ci_forward_deployment_rollback_allowed", "ci_id_token_sub_claim_components",
    "ci_pipeline_variables_minimum_override_role", "ci_push_repository_for_job_token_allowed",
    "ci_restrict_pipeline_cancellation_role", "ci_separated_caches",
    "container_expiration_policy_attributes", "container_registry_access_level",
    "container_registry_enabled", "default_branch", "description", "duo_remote_flows_enabled",
    "emails_disabled", "emails_enabled", "enforce_auth_checks_on_uploads", "environments_access_level",
    "external_authorization_classification_label", "fallback_approvals_required",
    "feature_flags_access_level", "forking_access_level", "group_runners_enabled", "import_url",
    "infrastructure_access_level", "issue_branch_template", "issues_access_level", "issues_enabled",
    "issues_template", "jobs_enabled", "keep_latest_artifact", "lfs_enabled", "max_artifacts_size",
    "merge_commit_template", "merge_method", "merge_pipelines_enabled", "merge_request_title_regex",
    "merge_request_title_regex_description", "merge_requests_access_level", "merge_requests_enabled",
    "merge_requests_template", "merge_trains_enabled", "merge_trains_skip_train_allowed", "mirror",
    "mirror_branch_regex", "mirror_overwrites_diverged_branches", "mirror_trigger_builds", "mirror_user_id",
    "model_experiments_access_level", "model_registry_access_level", "monitor_access_level",
    "mr_default_target_self", "name", "only_allow_merge_if_all_discussions_are_resolved",
    "only_allow_merge_if_all_status_checks_passed", "only_allow_merge_if_pipeline_succeeds",
    "only_mirror_protected_branches", "package_registry_access_level", "packages_enabled",
    "pages_access_level", "path", "prevent_merge_without_jira_issue", "printing_merge_request_link_enabled",
    "public_builds", "public_jobs", "releases_access_level", "remove_source_branch_after_merge",
    "repository_access_level", "repository_storage", "request_access_enabled", "requirements_access_level",
    "resolve_outdated_diff_discussions", "resource_group_default_process_mode",
    "restrict_user_defined_variables", "security_and_compliance_access_level", "service_desk_enabled",
    "shared_runners_enabled", "show_default_award_emojis", "show_diff_preview_in_email",
    "snippets_access_level", "snippets_enabled", "spp_repository_pipeline_access", "squash_commit_template",
    "squash_option", "suggestion_commit_message", "tag_list", "topics", "visibility",
    "warn_about_potentially_unwanted_characters", "web_based_commit_signing_enabled", "wiki_access_level",
    "wiki_enabled",
];

/// Parameters that are no settings, or old names of some.
const LEFT_OUT: &[&str] = &[
    // Who and where it is: parameters of the operations themselves.
    "name",
    "path",
    "parent_id",
    "namespace_id",
    "default_branch",
    "initialize_with_readme",
    "organization_id",
    // Files, and what a project is made from.
    "avatar",
    "import_url",
    "repository_object_format",
    "use_custom_template",
    "group_with_project_templates_id",
    "template_name",
    "template_project_id",
    // Old names: with the opposite meaning, or of settings that know them as aliases.
    "emails_disabled",
    "tag_list",
    "public_builds",
    "packages_enabled",
    "container_registry_enabled",
    "issues_enabled",
    "merge_requests_enabled",
    "wiki_enabled",
    "jobs_enabled",
    "snippets_enabled",
];

fn documented<'d>(parameters: &[&'d str], also: &[&str]) -> BTreeSet<&'d str> {
    let is_setting = |name: &&&str| also.contains(name) || !LEFT_OUT.contains(name);
    parameters.iter().filter(is_setting).copied().collect()
}

fn listed(settings: &[Setting], at_creation: bool) -> BTreeSet<&'static str> {
    settings
        .iter()
        .filter(|setting| setting.at_creation || !at_creation)
        .map(Setting::parameter)
        .collect()
}

#[test]
fn every_documented_parameter_is_a_setting_and_every_setting_is_documented() {
    // Of a group the default branch is a setting like others.
    let of_groups = &["default_branch"];
    assert_eq!(
        listed(group::SETTINGS, false),
        documented(GROUP_UPDATE, of_groups)
    );
    assert_eq!(
        listed(group::SETTINGS, true),
        documented(GROUP_CREATION, of_groups)
    );
    assert_eq!(listed(project::SETTINGS, false), documented(PROJECT_UPDATE, &[]));
    assert_eq!(listed(project::SETTINGS, true), documented(PROJECT_CREATION, &[]));
}

#[test]
fn old_names_are_aliases_where_they_mean_the_same() {
    let registry = engine::operations::registry();
    let fields = registry.get("update_project").unwrap().fields();
    let meaning = |old: &str| {
        let field = fields
            .iter()
            .find(|field| field.aliases.iter().any(|alias| alias == old));
        field.map(|field| field.name.as_str())
    };
    for (old, new) in [
        ("tag_list", "topics"),
        ("public_builds", "public_jobs"),
        ("packages_enabled", "package_registry_access_level"),
        ("container_registry_enabled", "container_registry_access_level"),
        ("issues_enabled", "issues_access_level"),
        ("merge_requests_enabled", "merge_requests_access_level"),
        ("wiki_enabled", "wiki_access_level"),
        ("jobs_enabled", "builds_access_level"),
        ("snippets_enabled", "snippets_access_level"),
    ] {
        assert_eq!(meaning(old), Some(new));
    }
}

/// With `UPDATE_GENERATED` set, it is written.
#[test]
fn the_page_of_settings_is_up_to_date() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md");
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&file, page::page()).unwrap();
    }
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        text == page::page(),
        "docs/settings.md is not what the lists say; UPDATE_GENERATED=1 writes it"
    );
}
