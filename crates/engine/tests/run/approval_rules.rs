//! Approval rules of projects.

use domain::{JobOptions, JobStatus};
use gitlab_sim::Tier;
use insta::assert_snapshot;
use serde_json::json;

use crate::asked::changes;
use crate::world::World;

/// A project with `dev-0001` as its developer and `main` protected.
async fn world_with_a_project() -> (World, u64) {
    let world = World::of_tier(Tier::Premium).await;
    let group = world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    let project = world
        .by_hand("projects", json!({"name": "web", "namespace_id": group}))
        .await;
    let dev = world.user("dev-0001").await;
    world
        .by_hand(
            &format!("projects/{project}/members"),
            json!({"user_id": dev, "access_level": 30}),
        )
        .await;
    world
        .by_hand(
            &format!("projects/{project}/protected_branches"),
            json!({"name": "main"}),
        )
        .await;
    (world, project)
}

#[tokio::test]
async fn contradictions_are_refused_before_gitlab_is_asked() {
    let (world, _) = world_with_a_project().await;
    let problems = world.refused(
        "set_approval_rule",
        &json!([
            {"project": "acme/web", "name": "a", "approvals_required": 101},
            {"project": "acme/web", "name": "b", "rule_type": "any_approver", "users": ["dev-0001"]},
            {
                "project": "acme/web", "name": "c", "applies_to_all_protected_branches": true,
                "protected_branches": ["main"]
            },
        ]),
    );
    assert_snapshot!(problems, @r#"
    items[0].approvals_required: more approvals than GitLab knows (found `101`; allowed: 0 to 100)
    items[1].users: anybody's approval counts for an any_approver rule (found `dev-0001`; allowed: nothing)
    items[2].protected_branches: the rule holds for all protected branches already (found `main`; allowed: nothing)
    "#);
}

#[tokio::test]
async fn a_rule_is_made_by_names_then_changed_then_left_as_it_is() {
    let (world, project) = world_with_a_project().await;
    let first = json!([{
        "project": "acme/web", "name": "Security", "approvals_required": 1, "users": ["dev-0001"],
        "groups": ["acme"], "protected_branches": ["main"]
    }]);
    let job = world
        .run("set_approval_rule", &first, JobOptions::default())
        .await;
    assert_eq!(job.success_count, 1, "{}", world.ledger(job.id).await);

    let second = json!([{
        "project": "acme/web", "name": "Security", "approvals_required": 2, "groups": [],
        "applies_to_all_protected_branches": true
    }]);
    let job = world
        .run("set_approval_rule", &second, JobOptions::default())
        .await;
    assert_snapshot!(changes(&world.items(job.id).await), @r#"
    applies_to_all_protected_branches: false → true
    approvals_required: 1 → 2
    groups: ["acme"] → []
    "#);
    let rules = world
        .found_at(&format!("projects/{project}/approval_rules"))
        .await
        .unwrap();
    assert_eq!(rules.as_array().unwrap().len(), 1);
    assert_eq!(
        (
            &rules[0]["approvals_required"],
            &rules[0]["users"][0]["username"],
            &rules[0]["groups"]
        ),
        (&json!(2), &json!("dev-0001"), &json!([]))
    );

    let again = world
        .run("set_approval_rule", &second, JobOptions::default())
        .await;
    assert_eq!((again.status, again.skipped_count), (JobStatus::Completed, 1));
}

#[tokio::test]
async fn what_would_be_left_out_without_a_word_is_a_conflict() {
    let (world, _) = world_with_a_project().await;
    let job = world
        .run(
            "set_approval_rule",
            &json!([
                {"project": "acme/web", "name": "a", "approvals_required": 1, "users": ["dev-0009"]},
                {"project": "acme/web", "name": "b", "approvals_required": 1, "groups": ["nowhere"]},
                {"project": "acme/web", "name": "c", "approvals_required": 1, "protected_branches": ["dev"]},
                {"project": "acme/web", "name": "d"},
            ]),
            JobOptions::default(),
        )
        .await;
    let said: Vec<String> = world
        .items(job.id)
        .await
        .into_iter()
        .map(|item| item.error.unwrap().message)
        .collect();
    assert_snapshot!(said.join("\n"), @r#"
    `dev-0009` is no member of `acme/web`, nor of a group above it; add the user first
    group `nowhere` does not exist or you may not see it
    `dev` is not protected; protect it first, in a job of its own
    there is no rule `d` yet, and a new one needs approvals_required
    "#);
}

#[tokio::test]
async fn gitlabs_own_rules_are_neither_changed_nor_taken_away() {
    let (world, project) = world_with_a_project().await;
    world
        .by_hand(
            &format!("projects/{project}/approval_rules"),
            json!({
                "name": "License-Check", "approvals_required": 1, "rule_type": "report_approver",
                "report_type": "license_scanning"
            }),
        )
        .await;
    let set = json!([{"project": "acme/web", "name": "License-Check", "approvals_required": 0}]);
    let delete = json!([{"project": "acme/web", "name": "License-Check"}]);
    for (operation, items) in [("set_approval_rule", set), ("delete_approval_rule", delete)] {
        let job = world.run(operation, &items, JobOptions::default()).await;
        let items = world.items(job.id).await;
        assert_eq!(
            items[0].error.as_ref().unwrap().code,
            "SYSTEM_RULE",
            "{operation}"
        );
    }
}

#[tokio::test]
async fn anybodys_approval_is_asked_for_by_one_rule_whatever_its_name() {
    let (world, project) = world_with_a_project().await;
    for (name, required) in [("Any", 1), ("Anybody", 3)] {
        let rule = json!([{
            "project": "acme/web", "name": name, "rule_type": "any_approver", "approvals_required": required
        }]);
        let job = world.run("set_approval_rule", &rule, JobOptions::default()).await;
        assert_eq!(job.success_count, 1, "{}", world.ledger(job.id).await);
    }
    let rules = world
        .found_at(&format!("projects/{project}/approval_rules"))
        .await
        .unwrap();
    assert_eq!(rules.as_array().unwrap().len(), 1);
    assert_eq!(
        (&rules[0]["name"], &rules[0]["approvals_required"]),
        (&json!("Anybody"), &json!(3))
    );
}
