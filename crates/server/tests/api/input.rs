//! What jobs are made of: the names of fields, files of every kind, and the short forms.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, Person, World};

/// Uploads files of these names and contents with these further parts.
async fn import(person: &Person, files: &[(&str, &str)], parts: &[(&str, &str)]) -> Answer {
    let mut form = String::new();
    for (name, content) in files {
        form += &format!(
            "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n"
        );
    }
    for (name, value) in parts {
        form += &format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    form += "--b--\r\n";
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    person
        .send(Method::POST, "/api/jobs/import", &headers, &form)
        .await
}

async fn targets(world: &World, person: &Person, answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 201, "{}", answer.text);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    world.job_when(person, &id, "completed").await;
    let page = person.get(&format!("/api/jobs/{id}/items")).await.json();
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| {
            assert_eq!(item["status"], "succeeded", "{item}");
            item["target"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test]
async fn files_of_every_kind_are_one_job_together() {
    let world = World::new().await;
    let root = world.root().await;
    let answer = import(
        &root,
        &[
            ("groups.csv", "name,path,parent\nAcme,acme,\n"),
            (
                "groups.json",
                r#"{"groups":[{"name":"Web","path":"web","parent_id":"acme"}]}"#,
            ),
            (
                "more.ndjson",
                "{\"name\":\"Ops\",\"path\":\"ops\",\"parent\":\"acme\"}\n",
            ),
            (
                "more.yaml",
                "groups:\n  - { name: Lab, path: lab, parent: acme }\n",
            ),
        ],
        &[("type", "groups")],
    )
    .await;
    assert_eq!(answer.json()["type"], "bulk_create_groups");
    assert_eq!(
        targets(&world, &root, &answer).await,
        ["acme", "acme/web", "acme/ops", "acme/lab"]
    );

    let answer = import(
        &root,
        &[
            ("people.csv", "username,group,role\ndev-0001,acme,developer\n"),
            ("sites.csv", "name,path,namespace\nSite,site,acme\n"),
        ],
        &[],
    )
    .await;
    assert_eq!(answer.json()["type"], "mixed");
    assert_eq!(
        targets(&world, &root, &answer).await,
        ["acme#dev-0001", "acme/site"]
    );
}

#[tokio::test]
async fn an_upload_says_how_its_columns_are_meant_and_how_it_is_to_run() {
    let world = World::new().await;
    let root = world.root().await;
    let file = [("gruppen.csv", "Bezeichnung;Pfad\nAcme;acme\n")];
    let answer = import(
        &root,
        &file,
        &[
            ("type", "groups"),
            ("mapping", r#"{"Bezeichnung":"name","Pfad":"path"}"#),
            ("options", r#"{"maxFailures":3}"#),
            ("start", "false"),
        ],
    )
    .await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let job = answer.json();
    assert_eq!(
        answer.header("location"),
        format!("/api/jobs/{}", job["id"].as_str().unwrap())
    );
    assert_eq!(
        (&job["options"]["maxFailures"], &job["total"]),
        (&json!(3), &json!(1))
    );
    world
        .job_when(&root, job["id"].as_str().unwrap(), "planned")
        .await;
    let odd = import(&root, &file, &[("colour", "red"), ("options", "[")]).await;
    let details = odd.json()["error"]["details"].clone();
    let fields: Vec<&Value> = details
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| &problem["field"])
        .collect();
    assert_eq!(fields, ["colour", "options"]);
    let none = import(&root, &[], &[]).await;
    assert_eq!(none.error(), "400 VALIDATION_ERROR file is required");
}

#[tokio::test]
async fn the_same_upload_with_the_same_key_is_one_job() {
    let world = World::new().await;
    let root = world.root().await;
    let upload = async |content: &str| {
        let form = format!(
            "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n{content}\r\n\
             --b\r\ncontent-disposition: form-data; name=\"type\"\r\n\r\ngroups\r\n--b--\r\n"
        );
        let headers = [
            ("content-type", "multipart/form-data; boundary=b"),
            ("idempotency-key", "tuesday"),
        ];
        root.send(Method::POST, "/api/jobs/import", &headers, &form).await
    };
    let first = upload("name,path\nAcme,acme\n").await;
    assert_eq!(first.status, 201, "{}", first.text);
    let again = upload("name,path\nAcme,acme\n").await;
    assert_eq!(
        (again.status.as_u16(), &again.json()["id"]),
        (201, &first.json()["id"])
    );
    assert_eq!(upload("name,path\nBeta,beta\n").await.status, 409);
    assert_eq!(
        root.get("/api/jobs").await.json()["jobs"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn json_knows_the_older_names_of_fields_and_levels_by_name_and_number() {
    let world = World::new().await;
    let root = world.root().await;
    let job = async |kind: &str, data: Value| {
        let answer = root
            .post("/api/jobs", json!({ "type": kind, "data": data }))
            .await;
        targets(&world, &root, &answer).await
    };
    job(
        "bulk_create_groups",
        json!({ "groups": [{ "name": "Acme", "path": "acme" }] }),
    )
    .await;
    let acme = world.sim.group_id("acme").unwrap().0;
    let below = json!({ "groups": [{ "name": "Web", "path": "web", "parent_id": acme }] });
    job("bulk_create_groups", below).await;
    assert!(world.sim.group("acme/web").is_some());
    for (path, place) in [("a", "group"), ("b", "group_id"), ("c", "namespace_id")] {
        let projects = json!({ "projects": [{ "name": path, "path": path, place: acme }] });
        job("bulk_create_projects", projects).await;
        assert!(world.sim.project(&format!("acme/{path}")).is_some(), "{place}");
    }
    let members = json!({ "members": [
        { "username": "dev-0001", "group_id": acme, "access_level": "developer" },
        { "username": "dev-0002", "group": "acme", "access_level": 20 },
    ] });
    job("bulk_add_members", members).await;
    let level = |name: &str| {
        let members = world.sim.members("acme");
        let found = members.iter().find(|member| member.username == name);
        found.map(|member| member.access_level.number())
    };
    assert_eq!((level("dev-0001"), level("dev-0002")), (Some(30), Some(20)));
    let update = json!({ "items": [{ "project": "acme/a", "description": "by its path" }] });
    assert_eq!(job("bulk_update_projects", update).await, ["acme/a"]);
    let mixed = json!({ "groups": [{ "name": "Ops", "path": "ops", "parent": "acme" }],
        "projects": [{ "name": "D", "path": "d", "group": "acme/ops" }],
        "members": [{ "username": "dev-0003", "group": "acme/ops", "access_level": "guest" }] });
    let mut made = job("mixed", mixed).await;
    made.sort_unstable();
    assert_eq!(made, ["acme/ops", "acme/ops#dev-0003", "acme/ops/d"]);
}

#[tokio::test]
async fn the_short_forms_answer_with_a_job_a_sentence_and_a_number() {
    let world = World::new().await;
    let root = world.root().await;
    let acme = json!({ "groups": [{ "name": "Acme", "path": "acme" }] });
    let site = json!({ "projects": [{ "name": "Site", "group_id": "acme" }] });
    let people = json!({ "members": [
        { "username": "dev-0001", "group_id": "acme", "access_level": 30 },
        { "username": "dev-0002", "group_id": "acme", "access_level": "reporter" },
    ] });
    for (what, body, items, kind) in [
        ("groups", acme, 1, "bulk_create_groups"),
        ("projects", site, 1, "bulk_create_projects"),
        ("members", people, 2, "bulk_add_members"),
    ] {
        let answer = root.post(&format!("/api/gitlab/bulk/{what}"), body).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        let told = answer.json();
        assert_eq!(told["totalItems"], items);
        assert!(!told["message"].as_str().unwrap().is_empty(), "{told}");
        let job = world
            .job_when(&root, told["jobId"].as_str().unwrap(), "completed")
            .await;
        assert_eq!(
            (&job["type"], &job["successCount"]),
            (&json!(kind), &json!(items))
        );
        let wrong = root.post(&format!("/api/gitlab/bulk/{what}"), json!({})).await;
        assert_eq!(wrong.status, 400, "{}", wrong.text);
    }
}

#[tokio::test]
async fn jobs_and_items_are_found_by_what_they_are() {
    let world = World::new().await;
    let root = world.root().await;
    let done = root.create_groups(&["acme", "beta"]).await;
    world.job_when(&root, &done, "completed").await;
    let mut body = crate::world::groups(&["acme", "gamma"]);
    body["start"] = json!(false);
    let kept = root.post("/api/jobs", body).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    world.job_when(&root, &kept, "planned").await;
    let dev = world.signed_in("dev-0001").await;
    let body = json!({ "type": "bulk_create_projects", "start": false, "data": { "items": [
        { "name": "Site", "path": "site", "group": "dev-0001" }] } });
    let other = dev.post("/api/jobs", body).await;
    assert_eq!(other.status, 201, "{}", other.text);
    let other = other.json()["id"].as_str().unwrap().to_owned();
    dev.until_planned(&world, &other).await;

    let ids = async |query: &str| {
        let page = root.get(&format!("/api/jobs?{query}")).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let jobs = page.json()["jobs"].as_array().unwrap().clone();
        let ids = jobs.iter().map(|job| job["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let all = [other.as_str(), kept.as_str(), done.as_str()];
    assert_eq!(ids("").await, all);
    assert_eq!(ids("status=completed").await, [done.as_str()]);
    assert_eq!(
        ids("status=completed,planned&type=bulk_create_groups").await,
        all[1..]
    );
    assert_eq!(ids("type=bulk_create_projects").await, [other.as_str()]);
    assert_eq!(ids("q=dev-0001").await, [other.as_str()]);
    assert_eq!(ids("q=create_groups&status=planned").await, [kept.as_str()]);

    let targets = async |query: &str| {
        let page = root.get(&format!("/api/jobs/{kept}/items?{query}")).await.json();
        let items = page["items"].as_array().unwrap().clone();
        let targets = items
            .iter()
            .map(|item| item["target"].as_str().unwrap().to_owned());
        targets.collect::<Vec<_>>()
    };
    assert_eq!(targets("").await, ["acme", "gamma"]);
    assert_eq!(targets("action=create").await, ["gamma"]);
    assert_eq!(targets("action=unchanged,skip").await, ["acme"]);
    assert_eq!(targets("q=amm").await, ["gamma"]);
    assert_eq!(targets("status=succeeded").await, [""; 0]);
    let first = root.get(&format!("/api/jobs/{kept}/items?limit=1")).await.json();
    let cursor = first["nextCursor"].as_str().unwrap();
    assert_eq!(targets(&format!("limit=1&cursor={cursor}")).await, ["gamma"]);
}

impl Person {
    async fn until_planned(&self, world: &World, id: &str) {
        world
            .until(async || {
                let job = self.get(&format!("/api/jobs/{id}")).await.json();
                (job["status"] != "planning").then_some(())
            })
            .await;
    }
}

#[tokio::test]
async fn what_is_taken_besides_is_in_the_document() {
    let world = World::new().await;
    let root = world.root().await;
    let group = |path: &str| json!({ "name": path, "path": path });
    let whole = json!({ "type": "bulk_create_groups", "data": { "items": [group("acme")] }, "options": null, "start": null });
    let short = json!({ "groups": [group("holding")], "options": null, "start": null });
    for (path, body, status) in [("/api/jobs", whole, 201), ("/api/gitlab/bulk/groups", short, 202)] {
        let answer = root.post(path, body).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        let made = answer.json();
        let id = made["jobId"].as_str().or(made["id"].as_str()).unwrap();
        world.job_when(&root, id, "completed").await;
    }
    let wiki = json!({ "projects": [{ "name": "Web", "group": "acme", "wiki_access_level": false }] });
    assert_eq!(root.post("/api/gitlab/bulk/projects", wiki).await.status, 202);
    let document = root.get("/api/openapi.json").await.json();
    let wiki = &document["components"]["schemas"]["CreateProjectItem"]["properties"]["wiki_access_level"];
    assert_eq!(wiki["type"], json!(["string", "boolean", "null"]));
    for body in ["JobRequest", "GroupsRequest", "MembersRequest"] {
        let properties = &document["components"]["schemas"][body]["properties"];
        assert_eq!(
            properties["options"]["oneOf"][1],
            json!({ "type": "null" }),
            "{body}"
        );
        assert_eq!(properties["start"]["type"], json!(["boolean", "null"]), "{body}");
    }
}

#[tokio::test]
async fn what_the_document_does_not_allow_is_refused_also_where_one_could_guess() {
    let world = World::new().await;
    let root = world.root().await;
    for path in ["/api/jobs?status=", "/api/jobs?status=completed,"] {
        assert_eq!(
            root.get(path).await.error(),
            "400 VALIDATION_ERROR status cannot be this",
            "{path}"
        );
    }
    let body = json!({ "groups": [{ "name": "acme", "path": "acme" }], "start": "later" });
    let answer = root.post("/api/gitlab/bulk/groups", body).await;
    assert!(
        answer.text.contains("start has to be true or false"),
        "{}",
        answer.text
    );
    let body = json!({ "groups": [{ "name": "acme", "path": "acme" }], "options": ["dryRun"] });
    let answer = root.post("/api/gitlab/bulk/groups", body).await;
    assert!(
        answer.text.contains("options has to be an object"),
        "{}",
        answer.text
    );
    for nowhere in [json!({}), json!({ "parentId": null })] {
        let mut body = nowhere;
        body["subgroups"] = json!([{ "name": "Team", "path": "team" }]);
        let answer = root.post("/api/gitlab/bulk/subgroups", body).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert!(answer.text.contains("parentId is required"), "{}", answer.text);
    }
    // No body is none; a blank one is not JSON.
    let job = root.post("/api/jobs/01890000-0000-7000-8000-000000000000/retry", json!({}));
    assert_eq!(job.await.status, 404);
    for blank in ["\r", " ", "\n\n"] {
        let headers = [("content-type", "application/json")];
        let path = "/api/jobs/01890000-0000-7000-8000-000000000000/retry";
        let answer = root.send(Method::POST, path, &headers, blank).await;
        assert_eq!(answer.status, 400, "{blank:?}: {}", answer.text);
        assert!(answer.text.contains("the body is not JSON"), "{}", answer.text);
    }
    let too_large = format!("/api/users/{}/sessions", u64::MAX);
    assert_eq!(root.get(&too_large).await.status, 404);
}

#[tokio::test]
async fn what_is_said_twice_or_in_another_place_means_one_thing_or_nothing() {
    let world = World::new().await;
    let root = world.root().await;
    let json = ("content-type", "application/json");
    let twice = root.get("/api/jobs?limit=1&limit=100").await;
    assert_eq!(
        (
            twice.status.as_u16(),
            &twice.json()["error"]["details"][0]["message"]
        ),
        (400, &json!("this parameter is given more than once"))
    );

    // What belongs in a body is not read from the query, nor the other way round.
    let token = world.sim.root_token();
    let query = format!("/api/auth/login?gitlabUrl={}&token={token}", world.sim.url());
    assert_eq!(world.stranger().post(&query, json!({})).await.status, 400);
    let elsewhere = "/api/jobs?type=bulk_create_groups&start=false";
    let items = json!({ "data": { "items": [{ "name": "acme", "path": "acme" }] } });
    assert_eq!(root.post(elsewhere, items).await.status, 400);
    let body = r#"{"limit":1}"#;
    assert_eq!(
        root.send(Method::GET, "/api/jobs", &[json], body).await.status,
        200
    );
    assert_eq!(root.get("/api/jobs").await.json()["jobs"], json!([]));

    // The last key of a body counts, the first cookie of a name, and of a type of content there is one.
    let body = r#"{"type":"bulk_create_groups","start":true,"data":{"items":[{"name":"a","path":"one"}]},
        "data":{"items":[{"name":"b","path":"two"}]},"start":false}"#;
    let made = root.send(Method::POST, "/api/jobs", &[json], body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    world.job_when(&root, &id, "planned").await;
    let page = root.get(&format!("/api/jobs/{id}/items")).await.json();
    assert_eq!(
        (
            page["items"].as_array().unwrap().len(),
            &page["items"][0]["target"]
        ),
        (1, &json!("two"))
    );
    let right = root.cookie.as_deref().unwrap();
    for (cookies, status) in [
        (
            format!("gitlab_bulk_session={right}; gitlab_bulk_session=guess"),
            200,
        ),
        (
            format!("gitlab_bulk_session=guess; gitlab_bulk_session={right}"),
            401,
        ),
    ] {
        let headers = [("cookie", cookies.as_str())];
        let answer = world
            .stranger()
            .send(Method::GET, "/api/jobs", &headers, "")
            .await;
        assert_eq!(answer.status, status, "{cookies}");
    }
    let types = [json, ("content-type", "application/x-www-form-urlencoded")];
    let answer = root
        .send(Method::POST, "/api/gitlab/groups", &types, "name=x&path=x")
        .await;
    assert_eq!(
        (
            answer.status.as_u16(),
            &answer.json()["error"]["details"][0]["field"]
        ),
        (400, &json!("Content-Type"))
    );
}
