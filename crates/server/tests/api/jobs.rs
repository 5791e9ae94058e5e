use gitlab_sim::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, groups};

#[tokio::test]
async fn a_job_runs_to_its_end_and_says_what_it_made() {
    let world = World::new().await;
    let root = world.root().await;
    let body = json!({ "type": "bulk_create_groups", "data": { "groups": [
        { "name": "Web", "path": "web", "parent": "acme" },
        { "name": "Acme", "path": "acme", "visibility": "public" },
    ] } });
    let created = root.post("/api/jobs", body).await;
    assert_eq!(created.status, 201);
    let job = created.json();
    let id = job["id"].as_str().unwrap();
    assert_eq!(created.header("location"), format!("/api/jobs/{id}"));
    assert_eq!(
        (&job["type"], &job["total"], &job["user"]["username"]),
        (&json!("bulk_create_groups"), &json!(2), &json!("root"))
    );

    let job = world.job_when(&root, id, "completed").await;
    assert_eq!(
        (&job["successCount"], &job["failureCount"], &job["progress"]),
        (&json!(2), &json!(0), &json!(2))
    );
    assert!(world.sim.group("acme/web").is_some());
    assert_eq!(world.sim.stats().writes.applied, 2);

    let items = root
        .get(&format!("/api/jobs/{id}/items?status=succeeded&limit=1"))
        .await
        .json();
    assert_eq!(
        (&items["items"][0]["target"], items["nextCursor"].is_string()),
        (&json!("acme/web"), true)
    );
    let results = root.get(&format!("/api/jobs/{id}/results")).await.json();
    assert_eq!(results[0]["group"]["fullPath"], "acme/web");
    assert_eq!(
        (&results[1]["success"], &results[1]["item"]["path"]),
        (&json!(true), &json!("acme"))
    );
}

#[tokio::test]
async fn a_job_that_is_not_to_start_waits_for_a_person() {
    let world = World::new().await;
    let root = world.root().await;
    let mut body = groups(&["acme"]);
    body["start"] = json!(false);
    let id = root.post("/api/jobs", body).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    world.job_when(&root, &id, "planned").await;
    assert_eq!(world.sim.stats().writes.applied, 0);
    let items = root.get(&format!("/api/jobs/{id}/items")).await.json();
    assert_eq!(items["items"][0]["action"], "create");
    assert_eq!(
        root.post(&format!("/api/jobs/{id}/start"), json!({}))
            .await
            .status,
        200
    );
    world.job_when(&root, &id, "completed").await;
    let again = root.post(&format!("/api/jobs/{id}/start"), json!({})).await;
    assert_eq!(
        again.error(),
        "409 CONFLICT a job that is completed cannot be started"
    );
}

#[tokio::test]
async fn the_jobs_of_others_are_not_there() {
    let world = World::new().await;
    let (owner, stranger) = (
        world.signed_in("dev-0001").await,
        world.signed_in("dev-0002").await,
    );
    let id = owner.create_groups(&["mine"]).await;
    for (method, path) in [
        (Method::GET, ""),
        (Method::GET, "/items"),
        (Method::GET, "/results"),
        (Method::POST, "/start"),
        (Method::POST, "/pause"),
        (Method::POST, "/resume"),
        (Method::POST, "/retry"),
        (Method::DELETE, ""),
    ] {
        let answer = stranger
            .send(method.clone(), &format!("/api/jobs/{id}{path}"), &[], "")
            .await;
        assert_eq!(
            answer.error(),
            format!("404 NOT_FOUND job {id} does not exist"),
            "{method} {path}"
        );
    }
    assert_eq!(stranger.get("/api/jobs").await.json()["jobs"], json!([]));
    assert_eq!(owner.get("/api/jobs").await.json()["jobs"][0]["id"], *id);
    assert_eq!(
        world.root().await.get(&format!("/api/jobs/{id}")).await.status,
        200
    );
}

#[tokio::test]
async fn the_same_key_and_body_make_one_job_and_another_body_is_a_conflict() {
    let world = World::new().await;
    let root = world.root().await;
    let post = async |body: &Value| {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", "monday"),
        ];
        root.send(Method::POST, "/api/jobs", &headers, &body.to_string())
            .await
    };
    let first = post(&groups(&["acme"])).await.json();
    let id = first["id"].as_str().unwrap();
    world.job_when(&root, id, "completed").await;
    let again = post(&groups(&["acme"])).await;
    assert_eq!((again.status.as_u16(), &again.json()["id"]), (201, &first["id"]));
    let other = post(&groups(&["beta"])).await;
    assert_eq!(
        other.error(),
        "409 CONFLICT this Idempotency-Key was already used with another body"
    );
    assert_eq!(world.sim.stats().writes.applied, 1);
}

#[tokio::test]
async fn failed_items_are_downloaded_mended_and_retried() {
    let world = World::new().await;
    let root = world.root().await;
    world.sim.fault(Fault::post("/api/v4/groups").nth(1).status(403));
    let id = root.create_groups(&["acme"]).await;
    let job = world.job_when(&root, &id, "completed").await;
    assert_eq!(job["failureCount"], 1);
    let csv = root
        .get(&format!("/api/jobs/{id}/results?format=csv&status=failed"))
        .await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!(lines[0], "name,path,error");
    assert!(lines[1].starts_with("acme,acme,"), "{}", csv.text);

    let retried = root.post(&format!("/api/jobs/{id}/retry"), json!({})).await;
    assert_eq!(
        (retried.status.as_u16(), &retried.json()["retryOf"]),
        (201, &json!(id))
    );
    let second = retried.json()["id"].as_str().unwrap().to_owned();
    let job = world.job_when(&root, &second, "completed").await;
    assert_eq!(job["successCount"], 1);
    let nothing = root.post(&format!("/api/jobs/{second}/retry"), json!({})).await;
    assert_eq!(
        nothing.error(),
        format!("409 CONFLICT job {second} has no failed items to retry")
    );
}

#[tokio::test]
async fn short_forms_and_forms_are_accepted_and_files_too() {
    let world = World::new().await;
    let root = world.root().await;
    let answer = root
        .post(
            "/api/gitlab/bulk/groups",
            json!({ "groups": [{ "name": "Acme", "path": "acme" }] }),
        )
        .await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["totalItems"]),
        (202, &json!(1))
    );
    world
        .job_when(&root, answer.json()["jobId"].as_str().unwrap(), "completed")
        .await;

    let form = "projects[0][name]=Site&projects[0][group]=acme&options[maxFailures]=1";
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let answer = root
        .send(Method::POST, "/api/gitlab/bulk/projects", &headers, form)
        .await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    world
        .job_when(&root, answer.json()["jobId"].as_str().unwrap(), "completed")
        .await;
    assert!(world.sim.project("acme/site").is_some());

    let multipart = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\n\r\n\
        username,group,access_level\ndev-0001,acme,developer\ndev-0002,acme,reporter\n\r\n--b--\r\n";
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    let answer = root
        .send(Method::POST, "/api/jobs/import", &headers, multipart)
        .await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["type"]),
        (201, &json!("bulk_add_members")),
        "{}",
        answer.text
    );
    world
        .job_when(&root, answer.json()["id"].as_str().unwrap(), "completed")
        .await;
    assert_eq!(world.sim.members("acme").len(), 3);
}

#[tokio::test]
async fn every_wrong_row_of_a_file_is_told_at_once() {
    let world = World::new().await;
    let root = world.root().await;
    let multipart = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\n\r\n\
        username,group,access_level\ndev-0001,acme,king\n,acme,reporter\n\r\n--b--\r\n";
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    let answer = root
        .send(Method::POST, "/api/jobs/import", &headers, multipart)
        .await;
    assert_eq!(answer.status, 400);
    let details = answer.json()["error"]["details"].clone();
    let [level, name] = &details.as_array().unwrap()[..] else {
        panic!("{details}")
    };
    for (problem, row, column) in [(level, 1, "access_level"), (name, 2, "username")] {
        assert_eq!(
            (&problem["file"], &problem["row"], &problem["column"]),
            (&json!("people.csv"), &json!(row), &json!(column))
        );
        assert!(problem["message"].is_string(), "{problem}");
    }
    assert_eq!(level["value"], "king");
    let allowed = level["allowed"].as_str().unwrap();
    assert!(
        allowed.contains("developer") && allowed.contains("30"),
        "{allowed}"
    );
    assert_eq!(root.get("/api/jobs").await.json()["jobs"], json!([]));
}

#[tokio::test]
async fn jobs_are_listed_newest_first_page_by_page() {
    let world = World::new().await;
    let root = world.root().await;
    let mut ids = Vec::new();
    for path in ["a1", "b1", "c1"] {
        ids.push(root.create_groups(&[path]).await);
    }
    let first = root.get("/api/jobs?limit=2").await.json();
    let listed = |page: &Value| {
        page["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|job| job["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(&first), [ids[2].clone(), ids[1].clone()]);
    root.create_groups(&["d1"]).await;
    let second = root
        .get(&format!(
            "/api/jobs?limit=2&cursor={}",
            first["nextCursor"].as_str().unwrap()
        ))
        .await
        .json();
    assert_eq!(
        (listed(&second), &second["nextCursor"]),
        (vec![ids[0].clone()], &Value::Null)
    );
}

#[tokio::test]
async fn a_job_is_paused_resumed_and_cancelled() {
    let world = World::new().await;
    let root = world.root().await;
    world
        .sim
        .fault(Fault::post("/api/v4/groups").delay(std::time::Duration::from_millis(100)));
    let paths: Vec<String> = (0..40).map(|n| format!("group-{n}")).collect();
    let id = root
        .create_groups(&paths.iter().map(String::as_str).collect::<Vec<_>>())
        .await;
    world.job_when(&root, &id, "running").await;
    let paused = root.post(&format!("/api/jobs/{id}/pause"), json!({})).await;
    assert_eq!(
        (paused.status.as_u16(), &paused.json()["waitingReason"]),
        (200, &json!("paused by root"))
    );
    assert_eq!(
        root.post(&format!("/api/jobs/{id}/resume"), json!({}))
            .await
            .status,
        200
    );
    let cancelled = root.delete(&format!("/api/jobs/{id}")).await;
    assert_eq!(
        (cancelled.status.as_u16(), &cancelled.json()["status"]),
        (200, &json!("cancelled"))
    );
    assert_eq!(
        root.delete(&format!("/api/jobs/{id}")).await.error(),
        "409 CONFLICT a job that is cancelled cannot be cancelled"
    );
}

#[tokio::test]
async fn operations_describe_themselves() {
    let world = World::new().await;
    let root = world.root().await;
    let operations = root.get("/api/operations").await.json();
    let names: Vec<_> = operations["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["type"].clone())
        .collect();
    let registry = engine::operations::registry();
    let all: Vec<_> = registry.iter().map(|operation| operation.name()).collect();
    assert_eq!(names, all);
    let one = root.get("/api/operations/create_group").await.json();
    assert_eq!(
        (&one["jobType"], &one["destructive"]),
        (&json!("bulk_create_groups"), &json!(false))
    );
    assert!(one["schema"]["properties"]["path"].is_object());
    let csv = root.get("/api/operations/add_member/template?format=csv").await;
    assert!(
        csv.text.lines().count() == 2 && csv.text.contains("access_level"),
        "{}",
        csv.text
    );
}

#[tokio::test]
async fn a_download_of_failed_rows_can_be_imported_again_as_it_is() {
    let world = World::new().await;
    let root = world.root().await;
    world
        .sim
        .fault(Fault::post("/api/v4/groups").times(2).status(403));
    let body = json!({ "type": "bulk_create_groups", "data": { "groups": [
        { "name": "Acme", "path": "acme", "description": "=1+1, \"quoted\"\nand more" },
        { "name": "Beta", "path": "beta", "visibility": "public" },
    ] } });
    let id = root.post("/api/jobs", body).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    world.job_when(&root, &id, "completed").await;
    let csv = root
        .get(&format!("/api/jobs/{id}/results?format=csv&status=failed"))
        .await
        .text;
    let multipart = format!(
        "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"again.csv\"\r\n\r\n{csv}\r\n\
         --b\r\ncontent-disposition: form-data; name=\"type\"\r\n\r\ngroups\r\n--b--\r\n"
    );
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    let answer = root
        .send(Method::POST, "/api/jobs/import", &headers, &multipart)
        .await;
    assert_eq!(answer.status, 201, "{}\n{csv}", answer.text);
    world
        .job_when(&root, answer.json()["id"].as_str().unwrap(), "completed")
        .await;
    let acme = root.get("/api/gitlab/groups/acme").await.json();
    assert_eq!(acme["description"], "=1+1, \"quoted\"\nand more");
    assert_eq!(
        root.get("/api/gitlab/groups/beta").await.json()["visibility"],
        "public"
    );
}

#[tokio::test]
async fn results_are_lists_lines_or_a_table() {
    let world = World::new().await;
    let root = world.root().await;
    let id = root.create_groups(&["acme", "beta"]).await;
    world.job_when(&root, &id, "completed").await;
    let download = async |query: &str| root.get(&format!("/api/jobs/{id}/results?{query}")).await.text;
    assert_eq!(
        download("format=csv").await,
        "name,path,status,error\nacme,acme,succeeded,\nbeta,beta,succeeded,\n"
    );
    let lines: Vec<Value> = download("format=ndjson")
        .await
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        lines
            .iter()
            .map(|line| line["group"]["fullPath"].clone())
            .collect::<Vec<_>>(),
        ["acme", "beta"]
    );
    assert_eq!(download("format=json&status=failed").await, "[]\n");
}

#[tokio::test]
async fn who_plans_does_not_wait_behind_the_jobs_that_run() {
    let world = World::with(|settings| settings.max_concurrent_jobs = 1).await;
    let root = world.root().await;
    // A job that keeps the only place.
    world.sim.fault(Fault::post("/api/v4/groups").hang());
    let long = root.create_groups(&["long"]).await;
    world.job_when(&root, &long, "running").await;

    let mut body = groups(&["acme"]);
    body["start"] = json!(false);
    let planned = root.post("/api/jobs", body).await.json();
    world
        .job_when(&root, planned["id"].as_str().unwrap(), "planned")
        .await;
    let next = root.create_groups(&["next"]).await;
    world.job_when(&root, &next, "pending").await;

    let first = root.get(&format!("/api/jobs/{long}")).await.json();
    assert_eq!(first["status"], "running", "the next one waits for its place");
}
