//! CI/CD variables: what they are told apart by, what is compared, and that no value is ever seen.

use std::path::Path;
use std::sync::Arc;

use domain::{Clock, JobOptions, JobStatus, Origin, SystemClock};
use engine::failpoint::Failpoints;
use engine::import::read_body;
use engine::operation::{ObjectKind, Undo};
use engine::vault::Vault;
use engine::{Engine, Parts, RunnerSettings};
use gitlab_sim::{Options, Tier};
use insta::assert_snapshot;
use serde_json::{Value, json};
use storage::{Database, Jobs, Storage};

use crate::bodies::{changes, lines, sentence};
use crate::world::{World, engine_with};

/// A value that must be nowhere but in GitLab.
const CANARY: &str = "canary-7f3a-value";

/// A group and a project in it.
async fn acme() -> World {
    let world = World::new().await;
    prepare(&world).await;
    world
}

async fn prepare(world: &World) {
    let acme = world
        .by_hand("groups", json!({ "name": "Acme", "path": "acme" }))
        .await;
    world
        .by_hand("projects", json!({ "name": "web", "namespace_id": acme }))
        .await;
}

fn token(value: &str) -> Value {
    json!([{ "project": "acme/web", "key": "TOKEN", "value": value }])
}

async fn has(world: &World, key: &str) -> Value {
    world.seen(&format!("projects/acme%2Fweb/variables/{key}")).await
}

#[tokio::test]
async fn every_mistake_of_a_variable_is_found_and_no_value_is_quoted() {
    let world = acme().await;
    let rows = json!({ "items": [
        { "project": "acme/web", "key": "NO-DASH", "value": CANARY },
        { "project": "acme/web", "key": "A", "value": "canary", "masked": true },
        { "project": "acme/web", "key": "B", "value": "canary with spaces", "masked_and_hidden": true, "masked": false },
        { "project": "acme/web", "group": "acme", "key": "C", "value": CANARY },
        { "key": "D", "value": "canary".repeat(2_000) },
        { "project": "acme/web", "key": "E", "value": { "canary": true } },
        { "project": "acme/web", "key": "F", "value": CANARY, "environment_scope": "prod!" },
        { "project": "acme/web", "key": "G", "value": CANARY },
        { "project": "acme/web", "key": "G", "value": CANARY, "environment_scope": "*" },
    ] });

    let problems = read_body(
        world.engine.registry(),
        "bulk_set_variables",
        &rows,
        world.engine.now(),
    );

    let problems = problems.unwrap_err();
    let shown = serde_json::to_string(&problems.0).unwrap();
    assert!(!shown.contains("canary"), "{shown}");
    let messages: Vec<&str> = problems
        .0
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    assert_snapshot!(messages.join("\n"), @r"
    a key has only letters, digits and _
    GitLab cannot mask this value
    GitLab cannot mask this value
    what is hidden is masked as well
    give either group or project, not both
    a variable needs a project or a group
    too long: 12000 characters
    a text is expected
    not an environment scope
    the same variable is in items[7]
    ");
}

#[tokio::test]
async fn a_variable_is_made_compared_in_memory_and_changed() {
    let world = acme().await;
    let rows = json!([{
        "project": "acme/web", "key": "TOKEN", "value": CANARY, "masked": true, "description": "for deploys"
    }]);

    let (job, items) = world.done("bulk_set_variables", rows.clone()).await;
    assert_eq!(job.success_count, 1, "{}", lines(&items));
    assert_snapshot!(changes(&items[0]), @r#"
    value: null → "***"
    masked: null → true
    description: null → "for deploys"
    "#);
    let made = has(&world, "TOKEN").await;
    assert_eq!((&made["value"], &made["masked"]), (&json!(CANARY), &json!(true)));

    let (job, _) = world.done("bulk_set_variables", rows).await;
    assert_eq!(job.skipped_count, 1, "nothing to change, so nothing is sent");

    let (job, items) = world.done("bulk_set_variables", token("another-value")).await;
    assert_eq!(job.success_count, 1);
    assert_snapshot!(changes(&items[0]), @r#"value: "***" → "***""#);
    let changed = has(&world, "TOKEN").await;
    assert_eq!(
        (&changed["value"], &changed["masked"], &changed["description"]),
        (&json!("another-value"), &json!(true), &json!("for deploys")),
        "what is not said stays"
    );
}

#[tokio::test]
async fn key_and_scope_together_are_one_variable() {
    let world = acme().await;
    let scoped = |value: &str| {
        json!([
            { "project": "acme/web", "key": "URL", "value": "everywhere" },
            { "project": "acme/web", "key": "URL", "value": value, "environment_scope": "production" },
            { "project": "acme/web", "key": "url", "value": "another key" },
        ])
    };
    world.done("bulk_set_variables", scoped("first")).await;

    let (job, _) = world.done("bulk_set_variables", scoped("second")).await;
    assert_eq!((job.success_count, job.skipped_count), (1, 2));
    let deleted = json!([{ "project": "acme/web", "key": "URL", "environment_scope": "production" }]);
    let planned = world
        .ordered("bulk_delete_variables", deleted.clone(), JobOptions::default())
        .await;
    assert_eq!(planned.confirmation.as_deref(), Some("acme/web#URL@production"));
    let (job, _) = world.started(&planned).await;
    assert_eq!(job.success_count, 1);

    let left = world.seen("projects/acme%2Fweb/variables").await;
    let left: Vec<(&str, &str)> = left
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["key"].as_str().unwrap(), row["value"].as_str().unwrap()))
        .collect();
    assert_eq!(left, [("URL", "everywhere"), ("url", "another key")]);
    let (job, _) = world.done("bulk_delete_variables", deleted).await;
    assert_eq!(job.skipped_count, 1, "it is gone already");
}

#[tokio::test]
async fn a_hidden_value_cannot_be_compared_and_is_sent_with_a_word() {
    let world = acme().await;
    let rows = json!([{ "project": "acme/web", "key": "TOKEN", "value": CANARY, "masked_and_hidden": true }]);
    world.done("bulk_set_variables", rows.clone()).await;
    assert_eq!(has(&world, "TOKEN").await["value"], Value::Null);

    let (job, items) = world.done("bulk_set_variables", rows).await;
    assert_eq!(job.success_count, 1, "{}", lines(&items));
    assert_eq!(
        items[0].notes,
        ["GitLab hides the value of TOKEN: it cannot be compared, and is sent whether or not it differs"]
    );

    let shown = json!([{ "project": "acme/web", "key": "TOKEN", "masked": false }]);
    let (_, items) = world.done("bulk_set_variables", shown).await;
    assert_eq!(items[0].error.as_ref().unwrap().code, "CANNOT_UNHIDE");
}

#[tokio::test]
async fn what_gitlab_would_refuse_of_a_variable_is_told_before() {
    let world = acme().await;
    world
        .done("bulk_set_variables", token("a value that is there"))
        .await;

    let (_, items) = world
        .done(
            "bulk_set_variables",
            json!([
                { "project": "acme/web", "key": "TOKEN", "value": CANARY, "masked_and_hidden": true },
                { "project": "acme/web", "key": "NEW", "protected": true },
                { "group": "acme", "key": "SCOPED", "value": CANARY, "environment_scope": "production" },
            ]),
        )
        .await;

    assert_snapshot!(items.iter().map(sentence).collect::<Vec<_>>().join("\n"), @r"
    TOKEN is there already, and GitLab hides a value only when it is made; delete it first
    there is no variable NEW for `*` yet, and a new one needs a value
    A group's variable for some environments only: GitLab does it from premium on, and this instance is free
    ");
}

#[tokio::test]
async fn groups_have_variables_and_with_a_licence_for_some_environments_only() {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let options = Options::empty().users(1).tier(Tier::Premium);
    let world = World::on_instance(options, "glpat-sim-root", true, clock).await;
    prepare(&world).await;
    let rows = |value: &str| {
        json!([
            { "group": "acme", "key": "URL", "value": "everywhere" },
            { "group": "acme", "key": "URL", "value": value, "environment_scope": "production" },
        ])
    };
    world.done("bulk_set_variables", rows("first")).await;
    let (job, items) = world.done("bulk_set_variables", rows("second")).await;
    assert_eq!(
        (job.success_count, job.skipped_count),
        (1, 1),
        "{}",
        lines(&items)
    );
}

#[tokio::test]
async fn whoever_may_not_see_variables_is_told_who_may() {
    let mut world = acme().await;
    world
        .by_hand(
            "groups/acme/members",
            json!({ "username": "dev-0001", "access_level": 30 }),
        )
        .await;
    world.log_in("glpat-sim-dev-0001").await;

    let (_, items) = world.done("bulk_set_variables", token(CANARY)).await;

    assert_eq!(
        sentence(&items[0]),
        "the variables of `acme/web` are for its maintainers; ask one of them"
    );
}

#[tokio::test]
async fn attributes_are_undone_and_a_value_is_not() {
    let world = acme().await;
    let web = world.sim.project_id("acme/web").unwrap().0;
    let undo = async |job: &domain::Job| world.undo_of(job, 0, ObjectKind::Project, web).await;

    let (made, _) = world.done("bulk_set_variables", token("a-first-value")).await;
    let same = json!({ "project": web, "key": "TOKEN", "environment_scope": "*" });
    assert_eq!(undo(&made).await, Undo::by("delete_variable", same));

    let flags = json!([{ "project": "acme/web", "key": "TOKEN", "protected": true, "description": "new" }]);
    let (changed, _) = world.done("bulk_set_variables", flags).await;
    let Undo::Items(back) = undo(&changed).await else {
        panic!("flags can be put back")
    };
    let (job, _) = world.done("bulk_set_variables", json!([back[0].params])).await;
    assert_eq!(job.success_count, 1);
    let now = has(&world, "TOKEN").await;
    assert_eq!(
        (&now["protected"], &now["value"]),
        (&json!(false), &json!("a-first-value"))
    );

    let (value, _) = world.done("bulk_set_variables", token("a-second-value")).await;
    assert_eq!(
        undo(&value).await,
        Undo::impossible(
            "the value that TOKEN had before is kept nowhere; set it again by hand, and its other fields with it"
        )
    );
}

/// Everything that lies in the directory of a database, its logs included.
fn on_disk(directory: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(directory).unwrap();
    files
        .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_value_is_nowhere_but_in_gitlab_and_lost_with_the_installations_secret() {
    let mut world = acme().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("jobs.db");
    let clock = Arc::clone(world.engine.clock());
    world.storage = Database::open(file.to_str().unwrap(), Arc::clone(&clock))
        .await
        .unwrap();
    let storage = Arc::clone(&world.storage) as Arc<dyn Storage>;
    world.engine = engine_with(
        Arc::clone(&storage),
        Arc::clone(&clock),
        "test",
        Failpoints::default(),
    );
    let row = |key: &str| json!([{ "project": "acme/web", "key": key, "value": CANARY }]);

    // One is set; one fails, and is tried again with the value that was sealed.
    let (set, items) = world.done("bulk_set_variables", row("FIRST")).await;
    world.sim.fault(
        gitlab_sim::Fault::post("/api/v4/projects/*/variables")
            .nth(1)
            .status(403),
    );
    let (failed, _) = world.done("bulk_set_variables", row("SECOND")).await;
    let retried = world
        .engine
        .retry(failed.id, None, Origin::Cli, &world.actor)
        .await
        .unwrap();
    let retried = world.work(retried.id).await;
    assert_eq!(
        (set.success_count, failed.failure_count, retried.success_count),
        (1, 1, 1)
    );
    assert_eq!(has(&world, "SECOND").await["value"], CANARY);
    let shown = serde_json::to_string(&(items, world.items(retried.id).await)).unwrap();
    assert!(!shown.contains(CANARY), "{shown}");
    let disk = on_disk(directory.path());
    assert!(holds(&disk, "SECOND"), "the items are on the disk");
    assert!(!holds(&disk, CANARY), "and the value is not");

    // With another SESSION_SECRET nobody can open it.
    let waiting = world
        .order("bulk_set_variables", row("THIRD"), JobOptions::default())
        .await;
    world.engine = Engine::new(Parts {
        storage,
        clock,
        registry: engine::operations::registry(),
        vault: Vault::new(vec![8; 32], None).unwrap(),
        protected: engine::protected::ProtectedPaths::default(),
        runner: RunnerSettings {
            concurrency: 10,
            parent_concurrency: 2,
            settle: std::time::Duration::from_millis(50),
            plan_is_fresh: std::time::Duration::from_secs(10),
            failpoints: Failpoints::default(),
            timeout: std::time::Duration::from_secs(2),
        },
        lease: std::time::Duration::from_secs(3),
        name: "another".to_owned(),
    });
    let (lease, job) = world.engine.claim_job(waiting.id, &world.actor).await.unwrap();
    world.engine.plan(&lease, &job, &world.gitlab).await.unwrap_err();
    let job = world.engine.job(waiting.id, &world.actor).await.unwrap();
    assert_eq!(job.status, JobStatus::Failed);
    assert_eq!(job.error.unwrap().code, "SECRETS_LOST");
}

#[tokio::test]
async fn a_selection_with_a_secret_is_sealed_until_it_is_planned() {
    let world = acme().await;
    let parameters = json!({ "key": "TOKEN", "value": CANARY });
    let Value::Object(parameters) = parameters else {
        unreachable!()
    };
    let request = engine::JobRequest {
        kind: "bulk_set_variables".to_owned(),
        source: engine::JobSource::Request(engine::Request::Selection {
            operation: "set_variable".to_owned(),
            selector: "group:acme/**".to_owned(),
            parameters,
        }),
        options: JobOptions::default(),
        origin: Origin::Cli,
        start: true,
        idempotency: None,
        retry_of: None,
        undo_of: None,
    };
    let job = world.engine.create_job(request, &world.actor).await.unwrap();
    let stored = world.storage.job(job.id).await.unwrap().unwrap();
    assert!(!stored.request.unwrap().get().contains(CANARY));

    let job = world.work(job.id).await;
    assert_eq!(job.success_count, 1, "{}", world.ledger(job.id).await);
    assert_eq!(has(&world, "TOKEN").await["value"], CANARY);
}
