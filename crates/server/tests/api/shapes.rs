//! Which fields answers have, and which they have not.

use std::collections::BTreeSet;

use gitlab_sim::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, Person, World};

/// The names of its fields, in order.
fn fields(object: &Value) -> Vec<&str> {
    let mut fields: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    fields
}

/// An object has all of the first and nothing besides but some of the second.
fn assert_has(object: &Value, always: &[&str], sometimes: &[&str]) {
    let has: BTreeSet<&str> = fields(object).into_iter().collect();
    let missing: Vec<&&str> = always.iter().filter(|field| !has.contains(**field)).collect();
    assert!(missing.is_empty(), "{missing:?} is missing: {object}");
    let unknown: Vec<&&str> = has
        .iter()
        .filter(|field| !always.contains(field) && !sometimes.contains(field))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?} is too much: {object}");
}

async fn put(person: &Person, path: &str, body: Value) -> Answer {
    let kind = [("content-type", "application/json")];
    person.send(Method::PUT, path, &kind, &body.to_string()).await
}

#[tokio::test]
async fn nobody_has_a_cookie_or_a_row_before_they_have_signed_in() {
    use storage::Sessions as _;
    let world = World::new().await;
    let stranger = world.stranger();
    for path in [
        "/api/auth/session",
        "/api/jobs",
        "/health",
        "/api/reference",
        "/nothing",
        "/socket.io/?EIO=4&transport=polling",
    ] {
        assert_eq!(stranger.get(path).await.header("set-cookie"), "", "{path}");
    }
    let refused = stranger.post("/api/auth/login", json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.header("set-cookie")), (400, ""));
    let in_ten_years = domain::Clock::now(&*world.clock).plus(std::time::Duration::from_hours(90_000));
    let rows = world.storage.purge_sessions(in_ten_years, 100).await.unwrap();
    assert_eq!(rows.len(), 0);
    world.root().await;
    let rows = world.storage.purge_sessions(in_ten_years, 100).await.unwrap();
    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn a_login_tells_who_it_is_and_a_session_how_long_it_lasts() {
    let world = World::new().await;
    let mut person = world.stranger();
    let token = world.sim.token_of("dev-0001");
    let login = person.log_in(world.sim.url(), &token).await;
    assert!(!login.text.contains(&token));
    let login = login.json();
    assert_eq!(fields(&login), ["gitlabUrl", "user"]);
    assert_eq!(
        fields(&login["user"]),
        [
            "avatarUrl",
            "email",
            "id",
            "isAdmin",
            "name",
            "permissions",
            "role",
            "username",
            "webUrl"
        ]
    );
    for path in ["/api/auth/session", "/api/auth/status"] {
        let session = person.get(path).await;
        assert!(!session.text.contains(&token), "{path}");
        let session = session.json();
        assert_eq!(
            fields(&session),
            [
                "authenticated",
                "createdAt",
                "expiresAt",
                "gitlabUrl",
                "lastActivity",
                "user"
            ],
            "{path}"
        );
        assert_eq!(
            (&session["user"], &session["gitlabUrl"]),
            (&login["user"], &login["gitlabUrl"])
        );
        assert_eq!(
            world.stranger().get(path).await.json(),
            json!({ "authenticated": false })
        );
    }
    let ended = person.post("/api/auth/logout", json!({})).await;
    assert_eq!((ended.status.as_u16(), ended.text.as_str()), (204, ""));
    assert_eq!(
        ended.header("set-cookie"),
        "gitlab_bulk_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
    );
}

#[tokio::test]
async fn a_role_is_the_highest_level_anywhere_and_who_may_create_nothing_has_no_such_permission() {
    let world = World::new().await;
    let root = world.root().await;
    let users = root.get("/api/gitlab/users?username=dev-0001").await.json();
    let (id, dev) = (&users[0]["id"], format!("/api/gitlab/users/{}", users[0]["id"]));
    let group = root
        .post("/api/gitlab/groups", json!({ "name": "acme", "path": "acme" }))
        .await;
    let project = json!({ "name": "web", "path": "web", "namespace_id": group.json()["id"] });
    let project = root.post("/api/gitlab/projects", project).await.json();
    let member = |level: u8| json!({ "user_id": id, "access_level": level });
    root.post("/api/gitlab/groups/acme/members", member(20)).await;
    let members = format!("/api/gitlab/projects/{}/members", project["id"]);
    let added = root.post(&members, member(40)).await;
    assert_eq!(added.status, 201, "{}", added.text);

    let login = async || {
        let mut person = world.stranger();
        let login = person
            .log_in(world.sim.url(), &world.sim.token_of("dev-0001"))
            .await;
        login.json()["user"].clone()
    };
    let user = login().await;
    assert_eq!(user["role"], "maintainer");
    let allowed = user["permissions"].as_array().unwrap().clone();
    assert!(allowed.contains(&json!("create_group")) && allowed.contains(&json!("create_project")));

    let changed = put(
        &root,
        &dev,
        json!({ "can_create_group": false, "projects_limit": 0 }),
    )
    .await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let left: Vec<Value> = allowed
        .into_iter()
        .filter(|name| *name != "create_group" && *name != "create_project")
        .collect();
    assert_eq!(login().await["permissions"], Value::Array(left));
}

const JOB: [&str; 16] = [
    "id",
    "type",
    "status",
    "version",
    "total",
    "progress",
    "successCount",
    "failureCount",
    "skippedCount",
    "unconfirmedCount",
    "createdAt",
    "updatedAt",
    "user",
    "userId",
    "gitlabUrl",
    "options",
];
const ITEM: [&str; 8] = [
    "index",
    "operation",
    "action",
    "target",
    "source",
    "status",
    "attempts",
    "dependsOn",
];

#[tokio::test]
async fn a_job_and_its_items_have_the_fields_that_their_state_has() {
    let world = World::new().await;
    let root = world.root().await;
    let body = json!({ "type": "bulk_create_groups", "start": false, "data": { "items": [
        { "name": "Web", "path": "web", "parent": "acme", "description": "ours" },
        { "name": "Acme", "path": "acme" },
    ] } });
    let made = root.post("/api/jobs", body).await.json();
    assert_has(&made, &JOB, &[]);
    let id = made["id"].as_str().unwrap();
    let planned = world.job_when(&root, id, "planned").await;
    assert_has(&planned, &JOB, &[]);
    assert_eq!(fields(&planned["user"]), ["id", "username"]);
    assert_eq!(
        (&planned["userId"], &planned["gitlabUrl"]),
        (&planned["user"]["id"], &json!(world.sim.url()))
    );
    let items = async || root.get(&format!("/api/jobs/{id}/items")).await.json();
    let page = items().await;
    assert_eq!(fields(&page), ["items", "nextCursor"]);
    let web = &page["items"][0];
    assert_has(web, &ITEM, &["changes"]);
    assert_eq!(
        (&web["target"], &web["action"], &web["status"], &web["dependsOn"]),
        (
            &json!("acme/web"),
            &json!("create"),
            &json!("pending"),
            &json!([1])
        )
    );
    assert!(
        web["changes"]
            .as_array()
            .unwrap()
            .contains(&json!({ "field": "description", "from": null, "to": "ours" })),
        "{web}"
    );

    // One is refused; what lies in it cannot be made.
    world.sim.fault(Fault::post("/api/v4/groups").nth(1).status(403));
    root.post(&format!("/api/jobs/{id}/start"), json!({})).await;
    let done = world.job_when(&root, id, "completed").await;
    assert_has(
        &done,
        &[&JOB[..], &["startedAt", "finishedAt"]].concat(),
        &["itemsPerSecond", "estimatedCompletion"],
    );
    assert!(done["version"].as_u64() > planned["version"].as_u64());
    let page = items().await;
    let (web, acme) = (&page["items"][0], &page["items"][1]);
    assert_has(
        acme,
        &[&ITEM[..], &["error", "startedAt", "finishedAt"]].concat(),
        &["changes"],
    );
    assert_eq!(
        (&acme["status"], &acme["attempts"], &acme["error"]["gitlabStatus"]),
        (&json!("failed"), &json!(1), &json!(403))
    );
    assert!(acme["error"]["code"].is_string() && acme["error"]["message"].is_string());
    assert_eq!((&web["status"], &web["attempts"]), (&json!("failed"), &json!(0)));

    let again = root
        .post(&format!("/api/jobs/{id}/retry"), json!({}))
        .await
        .json();
    assert_has(&again, &[&JOB[..], &["retryOf"]].concat(), &[]);
    let id = again["id"].as_str().unwrap();
    world.job_when(&root, id, "completed").await;
    let page = root.get(&format!("/api/jobs/{id}/items")).await.json();
    let made = &page["items"][0];
    assert_has(
        made,
        &[&ITEM[..], &["result", "startedAt", "finishedAt"]].concat(),
        &["changes"],
    );
    assert_eq!(fields(&made["result"]), ["fullPath", "id", "webUrl"]);
}

#[tokio::test]
async fn a_result_says_what_came_of_which_row_and_what_was_made() {
    let world = World::new().await;
    let root = world.root().await;
    let groups = root.create_groups(&["acme"]).await;
    world.job_when(&root, &groups, "completed").await;
    let acme = world.sim.group_id("acme").unwrap().0;
    let results = async |kind: &str, item: Value| {
        let made = root
            .post("/api/jobs", json!({ "type": kind, "data": { "items": [item] } }))
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        let id = made.json()["id"].as_str().unwrap().to_owned();
        world.job_when(&root, &id, "completed").await;
        let answer = root.get(&format!("/api/jobs/{id}/results?format=json")).await;
        assert_eq!(
            (
                answer.header("content-type"),
                answer.header("content-disposition")
            ),
            (
                "application/json",
                format!("attachment; filename=\"job-{id}.json\"").as_str()
            )
        );
        answer.json()[0].clone()
    };
    let web = results(
        "bulk_create_groups",
        json!({ "name": "Web", "path": "web", "parent": acme }),
    )
    .await;
    assert_eq!(fields(&web), ["group", "index", "item", "status", "success"]);
    assert_eq!(
        (&web["index"], &web["success"], &web["group"]["fullPath"]),
        (&json!(0), &json!(true), &json!("acme/web"))
    );
    let site = results(
        "bulk_create_projects",
        json!({ "name": "Site", "path": "site", "group": "acme" }),
    )
    .await;
    assert_eq!(fields(&site), ["index", "item", "project", "status", "success"]);
    assert_eq!(site["project"]["fullPath"], "acme/site");
    let member = json!({ "group": "acme", "username": "dev-0001", "access_level": "developer" });
    let member = results("bulk_add_members", member).await;
    assert_eq!(fields(&member), ["index", "item", "member", "status", "success"]);
    assert_eq!(member["item"]["username"], "dev-0001");
    world.sim.fault(Fault::post("/api/v4/groups").nth(1).status(403));
    let refused = results("bulk_create_groups", json!({ "name": "Beta", "path": "beta" })).await;
    assert_eq!(fields(&refused), ["error", "index", "item", "status", "success"]);
    assert_eq!(
        (&refused["success"], &refused["error"]["gitlabStatus"]),
        (&json!(false), &json!(403))
    );
}

#[tokio::test]
async fn health_tells_how_the_server_is_and_nothing_else() {
    let world = World::new().await;
    // It has begun once it answers.
    world.stranger().get("/health/live").await;
    world.clock.advance(std::time::Duration::from_mins(2));
    let answer = world.stranger().get("/health").await;
    assert_eq!(answer.status, 200);
    let health = answer.json();
    assert_eq!(
        fields(&health),
        [
            "database",
            "memory",
            "redis",
            "status",
            "timestamp",
            "uptime",
            "version"
        ]
    );
    assert_eq!(
        (&health["status"], &health["database"], &health["redis"]),
        (&json!("healthy"), &json!(true), &json!(false))
    );
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    let uptime = health["uptime"].as_f64().unwrap();
    assert!((120.0..180.0).contains(&uptime), "{uptime} s");
    assert!(health["memory"]["rss"].as_u64().unwrap() > 1_000_000);
    let moment = health["timestamp"].as_str().unwrap();
    assert!(
        serde_json::from_value::<domain::Timestamp>(json!(moment)).is_ok() && moment.ends_with('Z'),
        "{moment}"
    );
    assert_eq!(
        world.stranger().get("/health/live").await.json(),
        json!({ "status": "live" })
    );
}

#[tokio::test]
async fn the_health_of_gitlab_token_and_session_is_told_piece_by_piece() {
    let world = World::new().await;
    let root = world.root().await;
    let get = async |name: &str| {
        let answer = root.get(&format!("/api/health/{name}")).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text);
        let health = answer.json();
        assert_eq!(
            world.stranger().get(&format!("/api/health/{name}")).await.status,
            401
        );
        health
    };
    let connection = get("connection").await;
    assert_eq!(
        fields(&connection),
        ["gitlabRevision", "gitlabVersion", "latencyMs", "status"]
    );
    assert_eq!(connection["status"], "healthy");
    let user = get("user").await;
    assert_has(
        &user,
        &["status", "username", "name", "isAdmin"],
        &["email", "avatarUrl"],
    );
    assert_eq!(
        (&user["status"], &user["username"]),
        (&json!("healthy"), &json!("root"))
    );
    assert_eq!(
        get("stats").await,
        json!({ "status": "healthy", "projectCount": 0, "groupCount": 0, "complete": true })
    );
    let session = get("session").await;
    assert_eq!(
        fields(&session),
        ["expiresInMinutes", "gitlabUrl", "isAuthenticated", "status"]
    );
    assert_eq!(
        (
            &session["status"],
            &session["isAuthenticated"],
            &session["gitlabUrl"]
        ),
        (&json!("healthy"), &json!(true), &json!(world.sim.url()))
    );
    assert_eq!(fields(&get("quick").await), ["connection", "session"]);

    let limit = get("rate-limit").await;
    assert_eq!(limit, json!({ "status": "unknown" }), "GitLab has told nothing");
    let limited = gitlab_sim::Simulator::start_with(gitlab_sim::Options::empty().users(1).rate_limit(
        gitlab_sim::RateLimit {
            requests: 100,
            seconds: 60,
        },
    ))
    .await
    .unwrap();
    let root = world.server.signed_in(&limited, "root").await;
    let limit = root.get("/api/health/rate-limit").await.json();
    assert_eq!(
        fields(&limit),
        [
            "limit",
            "remaining",
            "resetInSeconds",
            "status",
            "usagePercent",
            "used"
        ]
    );
    assert_eq!(
        (&limit["status"], &limit["limit"]),
        (&json!("healthy"), &json!(100))
    );
    let number = |name: &str| limit[name].as_u64().unwrap();
    assert_eq!(number("used") + number("remaining"), 100);
    assert!(number("used") > 0 && number("resetInSeconds") <= 60, "{limit}");
    assert_eq!(limit["usagePercent"].as_f64(), limit["used"].as_f64());
}
