use domain::{Job, JobOptions, JobStatus, Origin, Problem};
use engine::selection::Selection;
use engine::{ExpandError, JobError, JobRequest, JobSource};
use insta::assert_snapshot;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::selectors::company;
use crate::world::World;

fn read(operation: &str, selector: &str, parameters: Value) -> Result<Selection, Vec<Problem>> {
    let Value::Object(parameters) = parameters else {
        panic!("{parameters}")
    };
    let registry = engine::operations::registry();
    let today = domain::Timestamp::parse("2026-11-22T12:00:00Z").unwrap();
    Selection::read(&registry, operation, selector, &parameters, today).map_err(|problems| problems.0)
}

fn wrong(operation: &str, selector: &str, parameters: Value) -> String {
    let problems = read(operation, selector, parameters).unwrap_err();
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Remembers a job of a selection, to be started by itself.
async fn select(
    world: &World,
    operation: &str,
    selector: &str,
    parameters: Value,
    options: JobOptions,
) -> Job {
    let selection = read(operation, selector, parameters).unwrap();
    let request = JobRequest {
        kind: selection.job_type,
        source: JobSource::Request(selection.request),
        options,
        origin: Origin::Cli,
        start: true,
        idempotency: None,
        retry_of: None,
        undo_of: None,
    };
    world.engine.create_job(request, &world.actor).await.unwrap()
}

fn member(level: &str) -> Value {
    json!({ "username": "dev-0002", "access_level": level })
}

#[test]
fn a_form_is_told_everything_that_is_wrong_with_it() {
    assert_snapshot!(wrong(
        "add_member",
        "visibilty=public",
        json!({"access_level": "boss", "colour": "red"})
    ));
}

#[test]
fn an_operation_that_acts_on_nothing_that_is_there_is_refused_with_what_would_do() {
    let problem = &read("create_group", "kind:group", json!({"name": "x"})).unwrap_err()[0];
    assert_eq!(problem.field.as_deref(), Some("type"));
    assert_eq!(
        problem.message,
        "create_group acts on no group or project that is there, so that none can be selected for it"
    );
    assert!(
        problem.allowed.as_deref().unwrap().contains("add_member"),
        "{problem}"
    );
    let problem = &read("paint_group", "kind:group", json!({})).unwrap_err()[0];
    assert_eq!(problem.message, "there is no such operation");
}

#[test]
fn what_can_never_be_selected_is_told_at_once() {
    assert_snapshot!(wrong("create_project", "topic:legacy", json!({"name": "x"})), @"selector: this can select projects only, and create_project acts on groups (found `topic=legacy`; allowed: a selector of groups)");
    assert_snapshot!(wrong("add_member", "top_level=true fork=true", member("guest")), @"selector: this can select nothing: no group and no project is all of it (found `top_level=true fork=true`; allowed: a selector of groups, projects)");
}

#[test]
fn the_selector_says_which_not_the_parameters() {
    let mut parameters = member("guest");
    parameters["group_id"] = json!(4);
    assert_snapshot!(wrong("add_member", "kind:group", parameters), @"parameters.group_id: the selector says which group; leave it out here");
}

#[test]
fn parameters_may_be_texts_and_get_their_types() {
    let given = json!({"username": "dev-0002", "role": "Developer", "expiry_date": "2031-01-01"});
    let selection = read("bulk_add_members", "kind:project", given).unwrap();
    let engine::Request::Selection {
        operation,
        parameters,
        ..
    } = selection.request
    else {
        panic!("no selection")
    };
    let typed: Map<String, Value> = parameters;
    assert_eq!(
        (operation.as_str(), Value::Object(typed)),
        (
            "add_member",
            json!({"username": "dev-0002", "access_level": 30, "expires_at": "2031-01-01"})
        )
    );
    assert_eq!(selection.job_type, "bulk_add_members");
}

#[tokio::test]
async fn an_operation_is_done_to_everything_that_is_selected() {
    let world = company().await;

    let job = select(
        &world,
        "add_member",
        "group:acme/** visibility!=public archived=false",
        member("developer"),
        JobOptions::default(),
    )
    .await;
    assert_eq!((job.status, job.total), (JobStatus::Planning, 0));
    let job = world.work(job.id).await;

    assert_eq!((job.status, job.total), (JobStatus::Completed, 4));
    assert_snapshot!(world.ledger(job.id).await, @r"
    add_member acme/platform/queue#dev-0002 create succeeded attempts=1
    add_member acme/platform/tools#dev-0002 create succeeded attempts=1
    add_member acme/platform/tools/lint#dev-0002 create succeeded attempts=1
    add_member acme/sales#dev-0002 create succeeded attempts=1
    ");
    let members = world.sim.members("acme/sales");
    assert!(members.iter().any(|member| member.username == "dev-0002"));
}

#[tokio::test]
async fn settings_are_changed_wherever_they_are_not_so_yet() {
    let world = company().await;
    let options = JobOptions {
        update_existing: true,
        ..JobOptions::default()
    };
    let wanted = json!({"description": "Moved"});

    let job = select(
        &world,
        "update_project",
        "group:acme/** -topic:web archived=false",
        wanted,
        options,
    )
    .await;
    let job = world.work(job.id).await;

    assert_eq!(job.status, JobStatus::Completed);
    assert_snapshot!(world.ledger(job.id).await, @r"
    update_project acme/platform/queue update succeeded attempts=1
    update_project acme/platform/tools/lint update succeeded attempts=1
    ");
}

#[tokio::test]
async fn what_was_selected_stays_selected_whatever_comes_later() {
    let world = company().await;
    let job = select(
        &world,
        "add_member",
        "group:contractors",
        member("guest"),
        JobOptions::default(),
    )
    .await;
    let (lease, job) = world.engine.claim_job(job.id, &world.actor).await.unwrap();
    let planned = world.engine.plan(&lease, &job, &world.gitlab).await.unwrap();
    assert_eq!(planned.total, 1);
    let contractors = world.sim.group_id("contractors").unwrap();
    let late = json!({"name": "late", "path": "late", "namespace_id": contractors.0});
    world.by_hand("projects", late).await;

    let job = world.work(planned.id).await;

    assert_eq!(
        world.ledger(job.id).await,
        "add_member contractors/handbook#dev-0002 create succeeded attempts=1"
    );
}

#[tokio::test]
async fn nothing_selected_is_an_error_and_nothing_is_sent() {
    let world = company().await;
    let before = world.sim.stats().writes.applied;
    let job = select(
        &world,
        "add_member",
        "group:acme/** topic:pink",
        member("guest"),
        JobOptions::default(),
    )
    .await;
    let (lease, job) = world.engine.claim_job(job.id, &world.actor).await.unwrap();

    let refused = world
        .engine
        .work(lease, job.clone(), world.gitlab.clone(), CancellationToken::new())
        .await
        .unwrap_err();

    assert!(
        matches!(refused, JobError::Expand(ExpandError::Refused(_))),
        "{refused}"
    );
    let job = world.engine.job(job.id, &world.actor).await.unwrap();
    let error = job.error.unwrap();
    assert_eq!((job.status, job.total), (JobStatus::Failed, 0));
    assert_eq!(error.code, "NOTHING_SELECTED");
    assert_eq!(
        error.message,
        "nothing is selected: `group:acme/** topic:pink` fits none of the projects that you can see there"
    );
    assert_eq!(world.sim.stats().writes.applied, before);
}

#[tokio::test]
async fn a_group_that_is_not_there_fails_the_job_and_it_can_be_tried_again() {
    let world = company().await;
    let job = select(
        &world,
        "add_member",
        "group:acme/late/**",
        member("guest"),
        JobOptions::default(),
    )
    .await;
    let (lease, job) = world.engine.claim_job(job.id, &world.actor).await.unwrap();
    let refused = world.engine.plan(&lease, &job, &world.gitlab).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the selector names the group `acme/late`, which does not exist or which you may not see"
    );
    assert_eq!(
        world
            .engine
            .job(job.id, &world.actor)
            .await
            .unwrap()
            .error
            .unwrap()
            .code,
        "NOT_FOUND"
    );

    let acme = world.sim.group_id("acme").unwrap();
    let late = world
        .by_hand(
            "groups",
            json!({"name": "late", "path": "late", "parent_id": acme.0}),
        )
        .await;
    world
        .by_hand(
            "projects",
            json!({"name": "web", "path": "web", "namespace_id": late}),
        )
        .await;
    let job = world.work(job.id).await;

    assert_eq!(job.status, JobStatus::Completed);
    assert_eq!(
        world.ledger(job.id).await,
        "add_member acme/late/web#dev-0002 create succeeded attempts=1"
    );
}

#[tokio::test]
async fn what_is_selected_is_listed_once_for_the_selection_and_its_plan() {
    let world = company().await;
    let options = || JobOptions {
        update_existing: true,
        ..JobOptions::default()
    };
    // What short rows tell, what only whole ones do, and what is asked of each group.
    for (operation, selector, parameters, list) in [
        (
            "update_project",
            "group:acme/**",
            json!({"description": "x"}),
            "/groups/acme/projects",
        ),
        (
            "update_project",
            "group:acme/**",
            json!({"wiki_enabled": false}),
            "/groups/acme/projects",
        ),
        (
            "archive_project",
            "group:acme/** archived=false",
            json!({}),
            "/groups/acme/projects",
        ),
        (
            "update_group",
            "group:acme/**",
            json!({"description": "x"}),
            "/groups/acme/descendant_groups",
        ),
    ] {
        let seen = world.sim.journal(0).last().map_or(0, |entry| entry.seq);
        let job = select(&world, operation, selector, parameters, options()).await;
        let (lease, job) = world.engine.claim_job(job.id, &world.actor).await.unwrap();
        let planned = world.engine.plan(&lease, &job, &world.gitlab).await.unwrap();

        assert!(planned.total > 1, "{operation}");
        let objects = if operation.ends_with("project") {
            "/projects"
        } else {
            "/descendant_groups"
        };
        let asked: Vec<String> = world
            .sim
            .journal(seen)
            .into_iter()
            .map(|entry| entry.path)
            .filter(|path| path.split('?').next().unwrap().ends_with(objects))
            .collect();
        assert_eq!(asked.len(), 1, "{operation}: {asked:?}");
        assert!(asked[0].contains(list), "{asked:?}");
        world.engine.cancel(job.id, &world.actor).await.unwrap();
    }
}
