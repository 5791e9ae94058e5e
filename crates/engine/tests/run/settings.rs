//! Settings of groups and projects: from what GitLab has to what is wanted, and back.

mod documented;

use domain::{Action, JobOptions, JobStatus, Origin, Source};
use engine::{JobRequest, JobSource};
use gitlab_client::{Lane, NO_QUERY};
use gitlab_sim::Fault;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::World;

/// A job of items of one operation, remembered and planned.
pub(crate) async fn plan(world: &World, operation: &str, items: Value) -> domain::Job {
    let known = world.engine.registry().get(operation).unwrap();
    let Value::Array(items) = items else {
        panic!("a list")
    };
    let items = items
        .into_iter()
        .map(|item| {
            let Value::Object(params) = item else {
                panic!("an object")
            };
            known
                .validate(params, Source::default(), world.engine.now())
                .unwrap()
        })
        .collect();
    let request = JobRequest {
        kind: engine::operation::job_type(operation),
        source: JobSource::Items(items),
        options: JobOptions::default(),
        origin: Origin::Cli,
        start: false,
        idempotency: None,
        retry_of: None,
        undo_of: None,
    };
    let job = world.engine.create_job(request, &world.actor).await.unwrap();
    let (lease, job) = world.engine.claim_job(job.id, &world.actor).await.unwrap();
    world.engine.plan(&lease, &job, &world.gitlab).await.unwrap()
}

/// The same, run to its end.
pub(crate) async fn apply(world: &World, operation: &str, items: Value) -> domain::Job {
    let job = plan(world, operation, items).await;
    let confirmation = job.confirmation.as_deref();
    world
        .engine
        .start(job.id, confirmation, &world.actor)
        .await
        .unwrap();
    world.work(job.id).await
}

/// Item by item what would change, what stands in the way, and what a person is told.
pub(crate) async fn planned(world: &World, job: &domain::Job) -> String {
    let mut lines = Vec::new();
    for item in world.items(job.id).await {
        let action = item.action.map_or("-", Action::name);
        lines.push(format!("{} {action}", item.target));
        let change = |change: &domain::Change| format!("  {}: {} → {}", change.field, change.from, change.to);
        lines.extend(item.changes.iter().map(change));
        lines.extend(
            item.error
                .map(|error| format!("  {}: {}", error.code, error.message)),
        );
        lines.extend(item.notes.iter().map(|note| format!("  note: {note}")));
    }
    lines.join("\n")
}

pub(crate) async fn seen(world: &World, path: &str) -> Value {
    let found: Option<Value> = world
        .gitlab
        .find(path.to_owned(), NO_QUERY, Lane::People)
        .await
        .unwrap();
    found.unwrap_or_default()
}

/// A group `acme` with a group `acme/tools` and a project `acme/web`, all public.
async fn acme() -> World {
    let world = World::new().await;
    let body = |name: &str| json!({"name": name, "path": name, "visibility": "public"});
    let acme = world.by_hand("groups", body("acme")).await;
    let mut below = body("tools");
    below["parent_id"] = acme.into();
    world.by_hand("groups", below).await;
    let mut web = body("web");
    web["namespace_id"] = acme.into();
    web["initialize_with_readme"] = true.into();
    world.by_hand("projects", web).await;
    world
}

#[tokio::test]
async fn an_archived_project_takes_no_changes_and_nothing_is_sent() {
    let world = acme().await;
    world.by_hand("projects/acme%2Fweb/archive", json!({})).await;
    let before = world.sim.stats().writes;

    let job = apply(
        &world,
        "update_project",
        json!([{"project": "acme/web", "description": "new"}]),
    )
    .await;

    assert_snapshot!(planned(&world, &job).await, @r"
    acme/web conflict
      ARCHIVED: `acme/web` is archived and takes no changes; unarchive it first
    ");
    assert_eq!(world.sim.stats().writes, before);
}

#[tokio::test]
async fn what_gitlab_would_ignore_is_a_conflict() {
    let world = acme().await;
    let tools = json!([{"group": "acme/tools", "prevent_sharing_groups_outside_hierarchy": true}]);

    let job = plan(&world, "update_group", tools).await;

    assert_snapshot!(planned(&world, &job).await, @r"
    acme/tools conflict
      TOP_LEVEL_ONLY: `prevent_sharing_groups_outside_hierarchy` is for top-level groups, and `acme/tools` is below one
    ");

    let world = World::with_token("glpat-sim-dev-0001", false).await;
    world
        .by_hand("groups", json!({"name": "Own", "path": "own"}))
        .await;
    let job = plan(
        &world,
        "update_group",
        json!([{"group": "own", "max_artifacts_size": 5}]),
    )
    .await;
    assert_snapshot!(planned(&world, &job).await, @r"
    own conflict
      ADMINISTRATORS_ONLY: `max_artifacts_size` is for administrators; GitLab would ignore it
    ");
}

#[tokio::test]
async fn a_path_that_is_taken_is_a_conflict_and_a_free_one_a_warning() {
    let world = acme().await;
    let job = plan(
        &world,
        "update_project",
        json!([{"project": "acme/web", "path": "tools"}]),
    )
    .await;
    assert_snapshot!(planned(&world, &job).await, @r"
    acme/web conflict
      PATH_TAKEN: `acme/tools` is a group already; give another path
    ");

    let job = apply(
        &world,
        "update_project",
        json!([{"project": "acme/web", "path": "site", "name": "Site"}]),
    )
    .await;

    assert_snapshot!(planned(&world, &job).await, @r#"
    acme/web update
      name: "web" → "Site"
      path: "web" → "site"
      note: `acme/web` becomes `acme/site`: the old address redirects until something else takes it; GitLab refuses while it holds container images
    "#);
    assert_eq!(job.status, JobStatus::Completed);
    let item = world.items(job.id).await.remove(0);
    assert_eq!(item.result.unwrap().full_path.as_deref(), Some("acme/site"));
}

#[tokio::test]
async fn only_what_differs_is_sent_and_a_second_run_changes_nothing() {
    let world = acme().await;
    let wanted = json!([{
        "project": "acme/web", "description": "", "issues_access_level": "private", "wiki_access_level": "enabled",
        "topics": ["rust", "demo"], "auto_devops_enabled": true, "build_timeout": 7200,
        "container_expiration_policy_keep_n": 5
    }]);

    let job = apply(&world, "update_project", wanted.clone()).await;

    assert_snapshot!(planned(&world, &job).await, @r#"
    acme/web update
      topics: [] → ["rust","demo"]
      issues_access_level: "enabled" → "private"
      auto_devops_enabled: false → true
      build_timeout: 3600 → 7200
      container_expiration_policy_keep_n: 10 → 5
    "#);
    assert_eq!(job.status, JobStatus::Completed);
    let web = seen(&world, "projects/acme%2Fweb").await;
    assert_eq!(web["topics"], json!(["rust", "demo"]));
    assert_eq!(web["container_expiration_policy"]["keep_n"], 5);
    assert_eq!(web["container_expiration_policy"]["cadence"], "1d");

    let again = plan(&world, "update_project", wanted).await;
    assert_snapshot!(planned(&world, &again).await, @"acme/web unchanged");
}

#[tokio::test]
async fn settings_that_only_the_body_of_one_group_shows_are_compared_with_that() {
    let world = acme().await;
    let wanted = json!([
        {"group": "acme", "enabled_git_access_protocol": "ssh", "request_access_enabled": true},
        {"group": "acme/tools", "enabled_git_access_protocol": "all", "default_branch_allowed_to_push": "developer"}
    ]);

    let job = apply(&world, "update_group", wanted.clone()).await;

    assert_snapshot!(planned(&world, &job).await, @r#"
    acme update
      enabled_git_access_protocol: "all" → "ssh"
    acme/tools update
      default_branch_allowed_to_push: "maintainer" → "developer"
    "#);
    assert_eq!(job.status, JobStatus::Completed);
    let tools = seen(&world, "groups/acme%2Ftools").await;
    assert_eq!(
        tools["default_branch_protection"], 1,
        "who may merge stays as it was"
    );
    let again = plan(&world, "update_group", wanted).await;
    assert_snapshot!(planned(&world, &again).await, @r"
    acme unchanged
    acme/tools unchanged
    ");
}

#[tokio::test]
async fn what_gitlab_does_not_show_is_sent_and_said_to_be_so() {
    let world = acme().await;

    let job = apply(
        &world,
        "update_project",
        json!([{"project": "acme/web", "show_default_award_emojis": false}]),
    )
    .await;

    assert_snapshot!(planned(&world, &job).await, @r"
    acme/web update
      show_default_award_emojis: null → false
      note: GitLab does not show `show_default_award_emojis`: sent without comparing, and undo cannot bring back what it was
    ");
    assert_eq!(job.status, JobStatus::Completed);
}

#[tokio::test]
async fn an_update_that_was_done_though_its_answer_was_lost_is_not_sent_again() {
    let world = acme().await;
    world
        .sim
        .fault(Fault::put("**/projects/*").nth(1).accept_then_drop());
    let before = world.sim.stats().writes.applied;

    let job = apply(
        &world,
        "update_project",
        json!([{"project": "acme/web", "merge_method": "ff"}]),
    )
    .await;

    assert_eq!(job.status, JobStatus::Completed);
    assert_eq!(world.sim.stats().writes.applied - before, 1);
    let puts = world
        .sim
        .journal(0)
        .iter()
        .filter(|entry| entry.method == "PUT")
        .count();
    assert_eq!(puts, 1);
}

#[tokio::test]
async fn an_update_that_gitlab_refuses_fails_with_its_words() {
    let world = acme().await;

    let job = apply(
        &world,
        "update_project",
        json!([{"project": "acme/web", "default_branch": "absent", "lfs_enabled": false}]),
    )
    .await;

    let error = world.items(job.id).await.remove(0).error.unwrap();
    assert_eq!(error.code, "GITLAB_INVALID");
    assert!(
        error.message.contains("Could not set the default branch"),
        "{}",
        error.message
    );
    assert_eq!(seen(&world, "projects/acme%2Fweb").await["lfs_enabled"], true);
}

#[tokio::test]
async fn closing_a_group_needs_what_is_in_it_closed_first_or_in_the_same_job() {
    let world = acme().await;
    let group = json!({"group": "acme", "visibility": "private"});

    let job = plan(&world, "update_group", json!([group.clone()])).await;
    assert_snapshot!(planned(&world, &job).await, @r"
    acme conflict
      VISIBILITY_BELOW_CHILDREN: visibility private is not possible: `acme/tools`, `acme/web` in it would be more open; close what is in it first, or in the same job
    ");
    let job = plan(
        &world,
        "update_group",
        json!([{"group": "acme/tools", "visibility": "internal"}]),
    )
    .await;
    assert_snapshot!(planned(&world, &job).await, @r#"
    acme/tools update
      visibility: "public" → "internal"
    "#);

    apply(
        &world,
        "update_project",
        json!([{"project": "acme/web", "visibility": "private"}]),
    )
    .await;
    let below = json!({"group": "acme/tools", "visibility": "private"});
    let job = apply(&world, "update_group", json!([group, below])).await;

    assert_eq!(
        job.status,
        JobStatus::Completed,
        "{}",
        planned(&world, &job).await
    );
    let depends: Vec<Vec<u32>> = world
        .items(job.id)
        .await
        .into_iter()
        .map(|item| item.depends_on)
        .collect();
    assert_eq!(depends, [vec![1], vec![]], "the inner group goes first");
}

#[tokio::test]
async fn opening_a_group_goes_before_what_is_in_it() {
    let world = acme().await;
    apply(
        &world,
        "update_project",
        json!([{"project": "acme/web", "visibility": "private"}]),
    )
    .await;
    let both = |visibility: &str| json!([{"group": "acme/tools", "visibility": visibility}, {"group": "acme", "visibility": visibility}]);
    let closed = apply(&world, "update_group", both("private")).await;
    assert_eq!(closed.status, JobStatus::Completed);

    let job = plan(
        &world,
        "update_group",
        json!([{"group": "acme/tools", "visibility": "public"}]),
    )
    .await;
    assert_snapshot!(planned(&world, &job).await, @r"
    acme/tools conflict
      VISIBILITY_ABOVE_PARENT: visibility public is not possible: `acme` is private; use private or a more closed one
    ");
    let job = apply(&world, "update_group", both("public")).await;

    assert_eq!(job.status, JobStatus::Completed);
    let depends: Vec<Vec<u32>> = world
        .items(job.id)
        .await
        .into_iter()
        .map(|item| item.depends_on)
        .collect();
    assert_eq!(depends, [vec![1], vec![]], "the outer group goes first");
}

#[tokio::test]
async fn a_group_is_made_with_settings_that_its_creation_does_not_take() {
    let world = World::new().await;
    let items = json!([{
        "name": "Acme", "path": "acme", "subgroup_creation_level": "owner", "math_rendering_limits_enabled": false
    }]);

    let job = apply(&world, "create_group", items).await;

    assert_eq!(job.status, JobStatus::Completed);
    let acme = seen(&world, "groups/acme").await;
    assert_eq!(acme["subgroup_creation_level"], "owner");
    assert_eq!(acme["math_rendering_limits_enabled"], false);
    let writes: Vec<String> = world
        .sim
        .journal(0)
        .iter()
        .filter(|entry| entry.method != "GET")
        .map(|entry| format!("{} {} {}", entry.method, entry.path, entry.status))
        .collect();
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert!(writes[1].starts_with("PUT "), "{writes:?}");
}

#[tokio::test]
async fn undo_is_the_same_operation_with_what_was_there_before() {
    let world = acme().await;
    let job = apply(
        &world,
        "update_project",
        json!([{
            "project": "acme/web", "topics": ["rust"], "squash_option": "always", "merge_commit_template": "%{title}",
            "show_default_award_emojis": false, "max_artifacts_size": 100
        }]),
    )
    .await;
    let item = world.items(job.id).await.remove(0);
    let web = seen(&world, "projects/acme%2Fweb").await["id"].as_u64().unwrap();

    assert_snapshot!(item.notes.join("\n"), @r"
    GitLab does not show `show_default_award_emojis`: sent without comparing, and undo cannot bring back what it was
    undo cannot bring back what `max_artifacts_size` was
    ");
    let known = engine::estate::Known {
        kind: engine::operation::ObjectKind::Project,
        id: web,
        full_path: "acme/web".into(),
        web_url: None,
        fields: std::collections::BTreeMap::new(),
    };
    let hidden = json!({"hidden": ["show_default_award_emojis"]});
    let context = engine::operation::CallContext {
        step: 0,
        action: Action::Update,
        needs: std::slice::from_ref(&known),
        present: item.result.as_ref(),
        changes: &item.changes,
        remembered: Some(&hidden),
    };
    let operation = world.engine.registry().get("update_project").unwrap();
    let params = serde_json::value::to_raw_value(&json!({"project": web})).unwrap();
    let engine::operation::Undo::Items(reverse) = operation.undo(&params, context).unwrap() else {
        panic!("it can be undone")
    };
    assert_eq!(
        reverse[0].params,
        json!({"project": web, "topics": [], "squash_option": "default_off", "merge_commit_template": ""})
    );

    let undone = apply(&world, reverse[0].operation, json!([reverse[0].params])).await;
    assert_eq!(undone.status, JobStatus::Completed);
    let web = seen(&world, "projects/acme%2Fweb").await;
    assert_eq!(
        (&web["topics"], &web["squash_option"]),
        (&json!([]), &json!("default_off"))
    );
}

#[test]
fn an_item_that_says_nothing_to_change_and_a_path_that_is_a_full_one_are_refused() {
    let registry = engine::operations::registry();
    let problems = |operation: &str, params: Value| -> Vec<String> {
        let Value::Object(params) = params else {
            panic!("an object")
        };
        let today = domain::Timestamp::from_millis(0);
        let known = registry.get(operation).unwrap();
        let problems = known
            .validate(params, Source::default(), today)
            .err()
            .unwrap_or_default();
        problems
            .into_iter()
            .map(|problem| format!("{}: {}", problem.column.unwrap_or_default(), problem.message))
            .collect()
    };
    assert_eq!(
        problems("update_project", json!({"project": "acme/web"})),
        ["name: nothing is to be changed"]
    );
    assert_eq!(
        problems("update_group", json!({"group": "acme", "path": "a/b"})).len(),
        1
    );
    assert_eq!(
        problems("update_group", json!({"group": "acme", "path": "api"})).len(),
        1
    );
    assert_eq!(
        problems("update_group", json!({"group": "acme/x", "path": "api"})).len(),
        0
    );
}
