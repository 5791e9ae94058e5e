//! Bodies as forms, with nested keys, wherever JSON is taken; and none at all.

use reqwest::Method;
use serde_json::json;

use crate::world::{Answer, Person, World};

async fn submit(person: &Person, path: &str, form: &str) -> Answer {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    person.send(Method::POST, path, &headers, form).await
}

fn id_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn somebody_signs_in_and_makes_a_key_with_forms() {
    let world = World::new().await;
    let mut person = world.stranger();
    let form = format!("gitlabUrl={}&token={}", world.sim.url(), world.sim.root_token());
    let login = submit(&person, "/api/auth/login", &form).await;
    assert_eq!(login.status, 200, "{}", login.text);
    let cookie = login.header("set-cookie").split(';').next().unwrap();
    person.cookie = cookie.split_once('=').map(|(_, value)| value.to_owned());
    let key = submit(
        &person,
        "/api/keys",
        "name=nightly+import&scopes[]=read&scopes[]=jobs",
    )
    .await;
    assert_eq!(key.status, 201, "{}", key.text);
    assert_eq!(
        (&key.json()["name"], &key.json()["scopes"]),
        (&json!("nightly import"), &json!(["read", "jobs"]))
    );
}

#[tokio::test]
async fn a_job_is_made_started_retried_and_settled_with_forms() {
    let world = World::new().await;
    let root = world.root().await;
    // Forms have no types: numbers and flags are known by what they look like.
    let form = "type=bulk_create_groups&start=false&options[maxFailures]=3\
        &data[items][0][name]=Acme&data[items][0][path]=acme&data[items][0][request_access_enabled]=false\
        &data[items][1][name]=Web&data[items][1][path]=web&data[items][1][parent]=acme";
    let id = id_of(&submit(&root, "/api/jobs", form).await);
    let job = world.job_when(&root, &id, "planned").await;
    assert_eq!(
        (&job["options"]["maxFailures"], &job["total"]),
        (&json!(3), &json!(2))
    );
    let started = submit(&root, &format!("/api/jobs/{id}/start"), "confirm=").await;
    assert_eq!(started.status, 200, "{}", started.text);
    world.job_when(&root, &id, "completed").await;
    let acme = root.get("/api/gitlab/groups/acme").await.json();
    assert_eq!(acme["request_access_enabled"], false);

    let none = submit(&root, &format!("/api/jobs/{id}/retry"), "code=FORBIDDEN").await;
    assert_eq!(none.status, 409, "{}", none.text);
    let settled = submit(
        &root,
        &format!("/api/jobs/{id}/items/0/resolve"),
        "outcome=failed",
    )
    .await;
    assert_eq!(
        settled.error(),
        format!(
            "409 CONFLICT item 0 of job {id} is succeeded; only an unconfirmed item is settled by a person"
        )
    );

    let form = "members[0][group]=acme&members[0][username]=dev-0001&members[0][access_level]=30";
    let answer = submit(&root, "/api/gitlab/bulk/members", form).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let job = answer.json()["jobId"].as_str().unwrap().to_owned();
    assert_eq!(world.job_when(&root, &job, "completed").await["successCount"], 1);

    let form = "type=bulk_update_groups&data[selector]=path%3Aacme/web&data[parameters][visibility]=private\
        &data[parameters][request_access_enabled]=true";
    let job = id_of(&submit(&root, "/api/jobs", form).await);
    world.job_when(&root, &job, "completed").await;
    let form = "content=groups%3A%20%5B%5D";
    let parsed = submit(&root, "/api/gitlab/bulk/parse-yaml", form).await;
    assert_eq!(parsed.json()["data"], json!({ "groups": [] }));
}

#[tokio::test]
async fn nothing_at_all_is_an_empty_object() {
    let world = World::new().await;
    let root = world.root().await;
    let json = [("content-type", "application/json")];
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for (headers, body) in [(&[][..], ""), (&json, ""), (&form, "")] {
        let mut wish = crate::world::groups(&["acme"]);
        wish["start"] = json!(false);
        let id = id_of(&root.post("/api/jobs", wish).await);
        world.job_when(&root, &id, "planned").await;
        let path = format!("/api/jobs/{id}/start");
        let started = root.send(Method::POST, &path, headers, body).await;
        assert_eq!(started.status, 200, "{}", started.text);
        let wrong = root.send(Method::POST, "/api/keys", headers, body).await;
        assert_eq!(wrong.error(), "400 VALIDATION_ERROR 2 problems found");
        world.job_when(&root, &id, "completed").await;
    }
}
