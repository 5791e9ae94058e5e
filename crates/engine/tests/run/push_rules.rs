//! Push rules of projects and groups.

use domain::{JobOptions, JobStatus};
use gitlab_sim::Tier;
use insta::assert_snapshot;
use serde_json::json;

use crate::asked::changes;
use crate::world::World;

async fn world_with_a_project(tier: Tier) -> (World, u64) {
    let world = World::of_tier(tier).await;
    let group = world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    let project = world
        .by_hand("projects", json!({"name": "web", "namespace_id": group}))
        .await;
    (world, project)
}

#[tokio::test]
async fn a_rule_that_says_nothing_or_names_two_places_is_refused_before_gitlab_is_asked() {
    let (world, _) = world_with_a_project(Tier::Premium).await;
    let problems = world.refused(
        "set_push_rule",
        &json!([
            {"project": "acme/web"},
            {"project": "acme/web", "group": "acme", "prevent_secrets": true},
        ]),
    );
    assert_snapshot!(problems, @r#"
    items[0].prevent_secrets: the push rule says nothing (allowed: at least one rule)
    items[1].group: give either project or group, not both (found `acme`; allowed: nothing where there is a project)
    "#);
}

#[tokio::test]
async fn where_there_is_none_a_rule_is_made_and_where_there_is_one_only_what_differs_is_changed() {
    let (world, project) = world_with_a_project(Tier::Premium).await;
    let first = json!([{
        "project": "acme/web", "prevent_secrets": true, "commit_message_regex": "^[A-Z]+-", "max_file_size": 50
    }]);
    let job = world.run("set_push_rule", &first, JobOptions::default()).await;
    assert_eq!(job.success_count, 1, "{}", world.ledger(job.id).await);

    let second = json!([{
        "project": "acme/web", "prevent_secrets": true, "commit_message_regex": "", "member_check": true
    }]);
    let job = world.run("set_push_rule", &second, JobOptions::default()).await;
    assert_snapshot!(changes(&world.items(job.id).await), @r#"
    commit_message_regex: "^[A-Z]+-" → ""
    member_check: false → true
    "#);
    let rule = world
        .found_at(&format!("projects/{project}/push_rule"))
        .await
        .unwrap();
    assert_eq!(
        (
            &rule["prevent_secrets"],
            &rule["member_check"],
            &rule["max_file_size"]
        ),
        (&json!(true), &json!(true), &json!(50))
    );

    let again = world.run("set_push_rule", &second, JobOptions::default()).await;
    assert_eq!((again.status, again.skipped_count), (JobStatus::Completed, 1));
}

#[tokio::test]
async fn a_project_made_by_the_job_begins_with_its_groups_rule_which_is_changed() {
    let (world, _) = world_with_a_project(Tier::Premium).await;
    world
        .run(
            "set_push_rule",
            &json!([{"group": "acme", "deny_delete_tag": true}]),
            JobOptions::default(),
        )
        .await;
    let job = world
        .run_mixed(&[
            ("create_project", json!({"name": "api", "group": "acme"})),
            (
                "set_push_rule",
                json!({"project": "acme/api", "prevent_secrets": true}),
            ),
        ])
        .await;
    assert_eq!(job.success_count, 2, "{}", world.ledger(job.id).await);
    let rule = world.found_at("projects/acme%2Fapi/push_rule").await.unwrap();
    assert_eq!(
        (&rule["deny_delete_tag"], &rule["prevent_secrets"]),
        (&json!(true), &json!(true))
    );
}

#[tokio::test]
async fn a_rule_is_taken_away_and_none_is_left_as_it_is() {
    let (world, project) = world_with_a_project(Tier::Premium).await;
    world
        .run(
            "set_push_rule",
            &json!([{"project": "acme/web", "prevent_secrets": true}]),
            JobOptions::default(),
        )
        .await;
    let job = world
        .run(
            "delete_push_rule",
            &json!([{"project": "acme/web"}, {"group": "acme"}]),
            JobOptions {
                confirm: Some("acme/web#push_rule".into()),
                ..JobOptions::default()
            },
        )
        .await;
    assert_snapshot!(world.ledger(job.id).await, @r#"
    delete_push_rule acme/web#push_rule delete succeeded attempts=1
    delete_push_rule acme#push_rule unchanged skipped attempts=0
    "#);
    assert_eq!(
        world.found_at(&format!("projects/{project}/push_rule")).await,
        Some(json!(null))
    );
}

#[tokio::test]
async fn a_broken_pattern_is_gitlabs_to_refuse_and_nothing_is_half_done() {
    let (world, _) = world_with_a_project(Tier::Premium).await;
    let job = world
        .run(
            "set_push_rule",
            &json!([{"project": "acme/web", "branch_name_regex": "(", "prevent_secrets": true}]),
            JobOptions::default(),
        )
        .await;
    let items = world.items(job.id).await;
    assert_eq!(items[0].error.as_ref().unwrap().code, "GITLAB_INVALID");
}
