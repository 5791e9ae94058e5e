//! Every documented setting (§7.2.6).

use serde_json::{Value, json};

use super::premium_lab;
use crate::client::Lab;

/// A setting, and a value that is not its default.
fn settings() -> Vec<(&'static str, Value)> {
    vec![
        ("build_git_strategy", json!("clone")),
        ("build_timeout", json!(7200)),
        ("auto_cancel_pending_pipelines", json!("disabled")),
        ("ci_config_path", json!("ci/main.yml")),
        ("service_desk_enabled", json!(true)),
        ("issues_access_level", json!("private")),
        ("repository_access_level", json!("private")),
        ("merge_requests_access_level", json!("private")),
        ("forking_access_level", json!("disabled")),
        ("wiki_access_level", json!("private")),
        ("builds_access_level", json!("private")),
        ("snippets_access_level", json!("disabled")),
        ("package_registry_access_level", json!("public")),
        ("pages_access_level", json!("public")),
        ("analytics_access_level", json!("disabled")),
        ("container_registry_access_level", json!("private")),
        ("security_and_compliance_access_level", json!("enabled")),
        ("releases_access_level", json!("private")),
        ("environments_access_level", json!("private")),
        ("feature_flags_access_level", json!("disabled")),
        ("infrastructure_access_level", json!("private")),
        ("monitor_access_level", json!("disabled")),
        ("model_experiments_access_level", json!("private")),
        ("model_registry_access_level", json!("private")),
        ("emails_enabled", json!(false)),
        ("show_diff_preview_in_email", json!(false)),
        ("warn_about_potentially_unwanted_characters", json!(false)),
        ("enforce_auth_checks_on_uploads", json!(false)),
        ("shared_runners_enabled", json!(false)),
        ("group_runners_enabled", json!(false)),
        ("resource_group_default_process_mode", json!("oldest_first")),
        ("resolve_outdated_diff_discussions", json!(true)),
        ("remove_source_branch_after_merge", json!(false)),
        ("packages_enabled", json!(false)),
        ("lfs_enabled", json!(false)),
        ("public_jobs", json!(false)),
        ("request_access_enabled", json!(false)),
        ("only_allow_merge_if_pipeline_succeeds", json!(true)),
        ("allow_merge_on_skipped_pipeline", json!(true)),
        ("only_allow_merge_if_all_discussions_are_resolved", json!(true)),
        ("printing_merge_request_link_enabled", json!(false)),
        ("merge_method", json!("rebase_merge")),
        ("suggestion_commit_message", json!("Apply %{suggestions_count}")),
        ("merge_commit_template", json!("%{title}")),
        ("squash_commit_template", json!("%{title}")),
        ("issue_branch_template", json!("%{id}-work")),
        ("auto_devops_enabled", json!(true)),
        ("auto_devops_deploy_strategy", json!("manual")),
        ("autoclose_referenced_issues", json!(false)),
        ("squash_option", json!("always")),
        ("merge_request_title_regex", json!("^x")),
        ("merge_request_title_regex_description", json!("Begins with x")),
        ("ci_default_git_depth", json!(5)),
        ("keep_latest_artifact", json!(false)),
        ("ci_forward_deployment_enabled", json!(false)),
        ("ci_forward_deployment_rollback_allowed", json!(false)),
        ("ci_allow_fork_pipelines_to_run_in_parent_project", json!(false)),
        ("ci_separated_caches", json!(false)),
        ("restrict_user_defined_variables", json!(false)),
        ("ci_pipeline_variables_minimum_override_role", json!("developer")),
        ("ci_push_repository_for_job_token_allowed", json!(true)),
        ("ci_id_token_sub_claim_components", json!(["project_path", "ref"])),
        ("ci_delete_pipelines_in_seconds", json!(86400)),
        ("max_artifacts_size", json!(10)),
    ]
}

/// The same of those that need a licence.
fn licensed() -> Vec<(&'static str, Value)> {
    vec![
        ("approvals_before_merge", json!(2)),
        ("mirror", json!(true)),
        ("mirror_user_id", json!(1)),
        ("mirror_trigger_builds", json!(true)),
        ("only_mirror_protected_branches", json!(true)),
        ("mirror_overwrites_diverged_branches", json!(true)),
        ("external_authorization_classification_label", json!("secret")),
        ("requirements_access_level", json!("private")),
        ("issues_template", json!("What happened?")),
        ("merge_requests_template", json!("Why?")),
        ("ci_restrict_pipeline_cancellation_role", json!("maintainer")),
        ("merge_pipelines_enabled", json!(true)),
        ("merge_trains_enabled", json!(true)),
        ("merge_trains_skip_train_allowed", json!(true)),
        ("only_allow_merge_if_all_status_checks_passed", json!(true)),
        ("allow_pipeline_trigger_approve_deployment", json!(true)),
        ("prevent_merge_without_jira_issue", json!(true)),
        ("auto_duo_code_review_enabled", json!(true)),
        ("duo_remote_flows_enabled", json!(false)),
        ("web_based_commit_signing_enabled", json!(true)),
        ("spp_repository_pipeline_access", json!(false)),
    ]
}

async fn check(lab: &Lab, settings: Vec<(&'static str, Value)>) {
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    let path = format!("/projects/{id}");
    for (name, value) in settings {
        let before = lab.root().get(&path).await.body;
        assert_ne!(before[name], value, "{name} is that from the start");
        let answer = lab.root().put(&path, json!({name: value})).await;
        assert_eq!((answer.status, &answer.body[name]), (200, &value), "{name}");
        let after = lab.root().get(&path).await.body;
        assert_eq!(after[name], value, "{name} is not kept");
    }
}

#[tokio::test]
async fn every_documented_setting_is_kept_and_shown() {
    check(&Lab::start().await, settings()).await;
}

#[tokio::test]
async fn settings_that_need_a_licence_are_kept_and_shown_with_one() {
    check(&premium_lab().await, licensed()).await;
}

#[tokio::test]
async fn settings_that_need_a_licence_are_left_out_silently_without_one() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let body = json!({"approvals_before_merge": 2, "mirror": true, "issues_template": "x"});
    let answer = lab.root().put(&format!("/projects/{id}"), body).await;
    assert_eq!(answer.status, 200);
    for name in ["approvals_before_merge", "mirror", "issues_template"] {
        assert_eq!(answer.body.get(name), None, "{name}");
    }
}

#[tokio::test]
async fn a_setting_takes_only_its_own_words() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    for (name, value) in [
        ("merge_method", json!("fast")),
        ("squash_option", json!("sometimes")),
        ("issues_access_level", json!("public")),
        ("ci_pipeline_variables_minimum_override_role", json!("guest")),
        ("auto_devops_deploy_strategy", json!("never")),
        ("ci_id_token_sub_claim_components", json!(["shoe_size"])),
    ] {
        lab.root()
            .put(&format!("/projects/{id}"), json!({name: value}))
            .await
            .is(
                400,
                json!({"error": format!("{name} does not have a valid value")}),
            );
    }
}

#[tokio::test]
async fn the_cleanup_of_images_is_set_as_a_map() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let path = format!("/projects/{id}");
    let rules = json!({"cadence": "1month", "enabled": true, "keep_n": 5, "older_than": "14d",
        "name_regex": "tmp.*", "name_regex_keep": "v.*"});
    let body = json!({"container_expiration_policy_attributes": rules});
    let mut shown = lab.root().put(&path, body).await.body["container_expiration_policy"].clone();
    assert!(shown["next_run_at"].is_string());
    shown.as_object_mut().unwrap().remove("next_run_at");
    assert_eq!(shown, rules);
    let odd = json!({"container_expiration_policy_attributes": {"cadence": "2d"}});
    lab.root().put(&path, odd).await.is(
        400,
        json!({"error": "container_expiration_policy_attributes[cadence] does not have a valid value"}),
    );
}

#[tokio::test]
async fn a_project_is_made_with_its_settings() {
    let lab = Lab::start().await;
    let body = json!({"name": "Site", "merge_method": "ff", "squash_option": "never", "wiki_enabled": false,
        "topics": ["tides"], "ci_config_path": "ci.yml"});
    let project = lab.root().post("/projects", body).await.body;
    assert_eq!(
        (
            &project["merge_method"],
            &project["squash_option"],
            &project["wiki_enabled"]
        ),
        (&json!("ff"), &json!("never"), &json!(false))
    );
    assert_eq!(
        (&project["topics"], &project["ci_config_path"]),
        (&json!(["tides"]), &json!("ci.yml"))
    );
}

#[tokio::test]
async fn deleting_old_pipelines_is_set_by_owners() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.member(&format!("projects/{id}"), 1, 40).await;
    lab.dev(1)
        .put(
            &format!("/projects/{id}"),
            json!({"ci_delete_pipelines_in_seconds": 86400}),
        )
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}
