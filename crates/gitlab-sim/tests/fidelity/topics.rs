//! Topics (§7.20).

use serde_json::json;

use crate::client::Lab;
use crate::examples::same_shape;

async fn topic(lab: &Lab, name: &str) -> u64 {
    let body = json!({"name": name, "title": name.to_uppercase()});
    let answer = lab.root().post("/topics", body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["id"].as_u64().unwrap()
}

#[tokio::test]
async fn a_topic_is_made_by_an_administrator() {
    let lab = Lab::start().await;
    let body = json!({"name": "tides", "title": "Tides", "description": "High and low"});
    let made = lab.root().post("/topics", body.clone()).await;
    assert_eq!(made.status, 201);
    same_shape(&made, "topic");
    assert_eq!(
        (
            &made.body["name"],
            &made.body["title"],
            &made.body["total_projects_count"]
        ),
        (&json!("tides"), &json!("Tides"), &json!(0))
    );
    let forbidden = json!({"message": "403 Forbidden"});
    lab.dev(1).post("/topics", body.clone()).await.is(403, forbidden);
    lab.anonymous()
        .post("/topics", body)
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
}

#[tokio::test]
async fn a_topic_needs_a_name_and_a_title() {
    let lab = Lab::start().await;
    lab.root()
        .post("/topics", json!({}))
        .await
        .is(400, json!({"error": "name is missing, title is missing"}));
}

#[tokio::test]
async fn a_name_is_taken_without_regard_to_case() {
    let lab = Lab::start().await;
    topic(&lab, "tides").await;
    let taken = json!({"message": {"name": ["has already been taken"]}});
    let body = json!({"name": "TIDES", "title": "Other"});
    lab.root().post("/topics", body).await.is(400, taken.clone());
    let maps = topic(&lab, "maps").await;
    lab.root()
        .put(&format!("/topics/{maps}"), json!({"name": "tides"}))
        .await
        .is(400, taken);
    assert_eq!(lab.gitlab.stats().writes.rejected_as_duplicate, 2);
}

#[tokio::test]
async fn topics_are_there_for_everyone() {
    let lab = Lab::start().await;
    let tides = topic(&lab, "tides").await;
    assert_eq!(lab.anonymous().get("/topics").await.column("name"), ["tides"]);
    let one = lab.anonymous().get(&format!("/topics/{tides}")).await;
    assert_eq!((one.status, &one.body["name"]), (200, &json!("tides")));
    lab.anonymous()
        .get("/topics/99")
        .await
        .is(404, json!({"message": "404 Not found"}));
}

#[tokio::test]
async fn a_topic_comes_into_being_with_the_first_project_that_names_it() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.root()
        .put(&format!("/projects/{id}"), json!({"topics": ["tides"]}))
        .await;
    let made = lab.root().get("/topics").await.body[0].clone();
    assert_eq!(
        (&made["name"], &made["title"], &made["total_projects_count"]),
        (&json!("tides"), &json!("tides"), &json!(1))
    );
}

#[tokio::test]
async fn a_topic_stays_when_no_project_has_it_any_more() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let path = format!("/projects/{id}");
    lab.root().put(&path, json!({"topics": ["tides"]})).await;
    lab.root().put(&path, json!({"topics": []})).await;
    assert_eq!(lab.root().get("/topics").await.body[0]["total_projects_count"], 0);
}

#[tokio::test]
async fn a_project_gets_a_topic_as_it_is_spelled_already() {
    let lab = Lab::start().await;
    topic(&lab, "Tides").await;
    let body = json!({"path": "site", "topics": ["tides"]});
    let project = lab.root().post("/projects", body).await.body;
    assert_eq!(project["topics"], json!(["Tides"]));
}

#[tokio::test]
async fn those_of_most_projects_come_first_and_those_of_none_can_be_had_alone() {
    let lab = Lab::start().await;
    topic(&lab, "maps").await;
    for path in ["a", "b"] {
        let body = json!({"path": path, "topics": ["tides"]});
        lab.root().post("/projects", body).await;
    }
    lab.root()
        .post("/projects", json!({"path": "c", "topics": ["harbours"]}))
        .await;
    let names = async |query: &str| lab.root().get(&format!("/topics{query}")).await.column("name");
    assert_eq!(names("").await, ["tides", "harbours", "maps"]);
    assert_eq!(names("?without_projects=true").await, ["maps"]);
    assert_eq!(names("?search=harb").await, ["harbours"]);
}

#[tokio::test]
async fn a_changed_name_shows_on_the_projects() {
    let lab = Lab::start().await;
    lab.root()
        .post("/projects", json!({"path": "a", "topics": ["tides", "maps"]}))
        .await;
    let changed = lab
        .root()
        .put("/topics/1", json!({"name": "currents", "title": "Currents"}))
        .await;
    assert_eq!(
        (changed.status, &changed.body["total_projects_count"]),
        (200, &json!(1))
    );
    let project = lab.root().get("/projects/1").await.body;
    assert_eq!(project["topics"], json!(["currents", "maps"]));
    assert_eq!(
        lab.root().get("/projects?topic=tides").await.column("path"),
        [""; 0]
    );
}

#[tokio::test]
async fn a_removed_topic_is_gone_from_the_projects() {
    let lab = Lab::start().await;
    lab.root()
        .post("/projects", json!({"path": "a", "topics": ["tides", "maps"]}))
        .await;
    assert_eq!(lab.dev(1).delete("/topics/1", json!(null)).await.status, 403);
    assert_eq!(lab.root().delete("/topics/1", json!(null)).await.status, 204);
    assert_eq!(
        lab.root().get("/projects/1").await.body["topics"],
        json!(["maps"])
    );
    assert_eq!(lab.root().get("/topics").await.column("name"), ["maps"]);
}

#[tokio::test]
async fn merged_topics_become_the_target() {
    let lab = Lab::start().await;
    lab.root()
        .post("/projects", json!({"path": "a", "topics": ["tides"]}))
        .await;
    lab.root()
        .post("/projects", json!({"path": "b", "topics": ["tides", "sea"]}))
        .await;
    let merged = lab
        .root()
        .post(
            "/topics/merge",
            json!({"source_topic_id": 1, "target_topic_id": 2}),
        )
        .await;
    assert_eq!(merged.status, 201);
    assert_eq!(
        (&merged.body["name"], &merged.body["total_projects_count"]),
        (&json!("sea"), &json!(2))
    );
    assert_eq!(lab.root().get("/topics/1").await.status, 404);
    assert_eq!(lab.root().get("/projects/2").await.body["topics"], json!(["sea"]));
}

#[tokio::test]
async fn a_topic_is_not_merged_with_itself_or_with_nothing() {
    let lab = Lab::start().await;
    topic(&lab, "tides").await;
    let merge = async |source: u64, target: u64| {
        let body = json!({"source_topic_id": source, "target_topic_id": target});
        lab.root().post("/topics/merge", body).await
    };
    merge(1, 1).await.is(
        400,
        json!({"message": "The source topic and the target topic are identical."}),
    );
    merge(1, 9).await.is(404, json!({"message": "404 Not found"}));
}

#[tokio::test]
async fn a_topic_has_an_avatar_until_it_is_taken_away() {
    let lab = Lab::start().await;
    topic(&lab, "tides").await;
    let body =
        "--X\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a.png\"\r\n\r\npng\r\n--X--\r\n";
    let kind = "multipart/form-data; boundary=X";
    let answer = lab
        .root()
        .send(hyper::Method::PUT, "/api/v4/topics/1", kind, body.to_owned())
        .await
        .unwrap();
    let url = format!(
        "{}/uploads/-/system/projects/topic/avatar/1/a.png",
        lab.gitlab.url()
    );
    assert_eq!((answer.status, &answer.body["avatar_url"]), (200, &json!(url)));
    let path = url.strip_prefix(lab.gitlab.url()).unwrap();
    let fetch = async || {
        lab.anonymous()
            .send(hyper::Method::GET, path, "", String::new())
            .await
    };
    assert_eq!(fetch().await.unwrap().text, "png");
    let gone = lab.root().put("/topics/1", json!({"avatar": ""})).await;
    assert_eq!(gone.body["avatar_url"], json!(null));
    assert_eq!(fetch().await.unwrap().status, 404);
}
