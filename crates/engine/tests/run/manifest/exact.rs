//! Sections of which nothing may be there but what is listed: what goes, what is kept, and what is refused.

use domain::{Action, JobStatus};
use engine::import::InputFile;
use engine::manifest::read_files;
use gitlab_sim::Tier;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{apply, made, plan};
use crate::world::World;

/// What would go, or is kept and why: a line each.
fn removals(items: &[domain::Item]) -> String {
    let gone = items.iter().filter(|item| {
        item.action == Some(Action::Delete) || item.error.as_ref().is_some_and(|error| error.code == "KEPT")
    });
    let line = |item: &domain::Item| {
        let why = item.error.as_ref().map(|error| format!(": {}", error.message));
        let action = item.action.unwrap().name();
        format!(
            "{action} {} {}{}",
            item.operation,
            item.target,
            why.unwrap_or_default()
        )
    };
    let mut lines: Vec<String> = gone.map(line).collect();
    lines.sort();
    lines.join("\n")
}

/// A column of a list at GitLab, in alphabetical order.
async fn column(world: &World, path: &str, fields: &[&str]) -> Vec<String> {
    let rows = world.found_at(path).await.unwrap();
    let row = |row: &Value| {
        let values = fields
            .iter()
            .map(|field| row[*field].as_str().unwrap().to_owned());
        values.collect::<Vec<_>>().join("@")
    };
    let mut rows: Vec<String> = rows.as_array().unwrap().iter().map(row).collect();
    rows.sort();
    rows
}

const VARIABLES: &str = "
apiVersion: gitlab-bulk/v1
groups:
  - path: acme
    name: Acme
    variables: [{ key: REGION, value: eu }]
    projects:
      - path: web
        name: Web
        variables:
          - { key: TOKEN, value: one, environment_scope: production }
          - { key: REGION, value: eu }
";

#[tokio::test]
async fn a_variable_is_told_apart_by_key_and_scope_and_the_others_go() {
    let world = World::of_tier(Tier::Premium).await;
    apply(&world, VARIABLES).await;
    for (of, key, scope) in [
        ("groups/acme", "OLD", "*"),
        ("projects/acme%2Fweb", "TOKEN", "staging"),
        ("projects/acme%2Fweb", "TOKEN", "*"),
        ("projects/acme%2Fweb", "token", "production"),
    ] {
        let variable = json!({ "key": key, "value": "by hand", "environment_scope": scope });
        let request = gitlab_client::WriteRequest::post(format!("{of}/variables")).body(variable);
        world.write(request).await;
    }
    let web = VARIABLES.replace(
        "        variables:\n",
        "        exact: [variables]\n        variables:\n",
    );
    // What is said of a group holds for what is in it.
    let both = VARIABLES.replace("    variables: [", "    exact: [variables]\n    variables: [");

    assert_snapshot!(removals(&plan(&world, &web).await.0), @r"
    delete delete_variable acme/web#TOKEN@*
    delete delete_variable acme/web#TOKEN@staging
    delete delete_variable acme/web#token@production
    ");
    assert_snapshot!(removals(&plan(&world, &both).await.0), @r"
    delete delete_variable acme#OLD@*
    delete delete_variable acme/web#TOKEN@*
    delete delete_variable acme/web#TOKEN@staging
    delete delete_variable acme/web#token@production
    ");

    let job = made(&world, &both, |options| {
        options.confirm = Some("delete 4 variables".to_owned());
    })
    .await;
    let job = world.work(job.id).await;
    assert_eq!(
        (job.status, job.failure_count),
        (JobStatus::Completed, 0),
        "{}",
        world.ledger(job.id).await
    );
    let of = ["key", "environment_scope"];
    assert_eq!(column(&world, "groups/acme/variables", &of).await, ["REGION@*"]);
    assert_eq!(
        column(&world, "projects/acme%2Fweb/variables", &of).await,
        ["REGION@*", "TOKEN@production"]
    );
    assert_eq!(removals(&plan(&world, &both).await.0), "", "the second time");
}

const RULES: &str = "
apiVersion: gitlab-bulk/v1
groups:
  - path: acme
    name: Acme
    projects:
      - path: web
        name: Web
        exact: [approvalRules, pushRules]
        pushRules: { prevent_secrets: true }
        approvalRules: [{ name: Security, approvals_required: 2 }]
";

#[tokio::test]
async fn approval_rules_that_are_not_listed_go_and_gitlabs_own_stay() {
    let world = World::of_tier(Tier::Premium).await;
    apply(&world, RULES).await;
    let rules = "projects/acme%2Fweb/approval_rules";
    for rule in [
        json!({ "name": "Legal", "approvals_required": 1 }),
        json!({ "name": "Everybody", "approvals_required": 1, "rule_type": "any_approver" }),
    ] {
        world.by_hand(rules, rule).await;
    }

    let (items, _) = plan(&world, RULES).await;
    assert_snapshot!(removals(&items), @r"
    delete delete_approval_rule acme/web#Everybody
    delete delete_approval_rule acme/web#Legal
    ");

    let job = made(&world, RULES, |options| {
        options.confirm = Some("delete 2 approval rules".to_owned());
    })
    .await;
    let job = world.work(job.id).await;
    assert_eq!(job.status, JobStatus::Completed, "{}", world.ledger(job.id).await);
    assert_eq!(column(&world, rules, &["name"]).await, ["Security"]);
    let push_rule = world.found_at("projects/acme%2Fweb/push_rule").await.unwrap();
    assert_eq!(push_rule["prevent_secrets"], true, "it is listed");
}

#[tokio::test]
async fn a_service_account_is_kept_though_it_is_not_listed() {
    let world = World::of_tier(Tier::Premium).await;
    let acme = world
        .by_hand("groups", json!({ "name": "Acme", "path": "acme" }))
        .await;
    let account = json!({ "name": "Lighthouse", "username": "light" });
    let light = world
        .by_hand(&format!("groups/{acme}/service_accounts"), account)
        .await;
    let dev = world.user("dev-0002").await;
    for user in [light, dev] {
        let member = json!({ "user_id": user, "access_level": 30 });
        world.by_hand(&format!("groups/{acme}/members"), member).await;
    }
    let text = "
apiVersion: gitlab-bulk/v1
groups:
  - path: acme
    name: Acme
    exact: [members]
    members: [{ username: root, access_level: owner }]
";

    let (items, _) = plan(&world, text).await;

    assert_snapshot!(removals(&items), @r"
    delete remove_member acme#dev-0002
    skip remove_member acme#light: kept, though it is not listed: light is a service account; remove it by itself if that is meant
    ");
    apply(&world, text).await;
    let members = world.sim.members("acme");
    let mut left: Vec<&str> = members.iter().map(|member| member.username.as_str()).collect();
    left.sort_unstable();
    assert_eq!(left, ["light", "root"]);
}

#[tokio::test]
async fn what_may_not_be_read_cannot_be_exact() {
    let root = World::new().await;
    apply(&root, VARIABLES).await;
    let member = json!({ "username": "dev-0001", "access_level": 40 });
    root.by_hand("groups/acme/members", member).await;
    let dev = root.seen_by("dev-0001").await;
    let exact = VARIABLES.replace("    variables: [", "    exact: [variables]\n    variables: [");
    let before = root.sim.stats().writes.applied;

    let job = made(&dev, &exact, |_| {}).await;
    let (lease, job) = dev.engine.claim_job(job.id, &dev.actor).await.unwrap();
    let error = dev.engine.plan(&lease, &job, &dev.gitlab).await.unwrap_err();

    assert_snapshot!(error.to_string(), @"variables of `acme` cannot be exact: you may not see what is there; leave it out of `exact`");
    let job = dev.engine.job(job.id, &dev.actor).await.unwrap();
    assert_eq!(
        (job.status, job.error.unwrap().code.as_str()),
        (JobStatus::Failed, "EXACT_NOT_READABLE")
    );
    assert_eq!(root.sim.stats().writes.applied, before);
}

#[tokio::test]
async fn exact_members_are_named_and_not_addressed() {
    let world = World::new().await;
    let text = "
apiVersion: gitlab-bulk/v1
groups:
  - path: acme
    name: Acme
    exact: [members]
    members:
      - { username: dev-0001, access_level: owner }
      - { email: lee@example.org, access_level: developer }
";
    let file = InputFile::new("estate.yaml", text.as_bytes());
    let problems = read_files(world.engine.registry(), &[file], world.engine.now())
        .unwrap()
        .unwrap_err();
    let said: Vec<String> = problems.0.iter().map(ToString::to_string).collect();
    assert_snapshot!(said.join("\n"), @"estate.yaml:7:5, groups[0].members: `members` is exact, and GitLab does not tell whose address this is (found `lee@example.org`; allowed: everybody by username or user_id)");
}
