//! Pictures of groups (§7.1.5).

use hyper::Method;
use serde_json::json;

use crate::client::{Answer, Lab};

const KIND: &str = "multipart/form-data; boundary=edge";

/// Sends a file, and another field, as a form does.
async fn upload(lab: &Lab, method: Method, path: &str, filename: &str) -> Answer {
    let body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\nWith a picture\r\n\
         --edge\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"{filename}\"\r\n\
         Content-Type: image/png\r\n\r\nnot really a picture\r\n--edge--\r\n"
    );
    lab.root()
        .send(method, &format!("/api/v4{path}"), KIND, body)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_picture_comes_as_a_file_of_a_form_and_is_served() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let answer = upload(&lab, Method::PUT, "/groups/acme", "logo.png").await;
    assert_eq!(
        (answer.status, &answer.body["description"]),
        (200, &json!("With a picture"))
    );
    let below = format!("/uploads/-/system/group/avatar/{acme}/logo.png");
    let url = format!("{}{below}", lab.gitlab.url());
    assert_eq!(answer.body["avatar_url"], url);
    let picture = lab
        .root()
        .send(Method::GET, &below, "", String::new())
        .await
        .unwrap();
    assert_eq!(
        (picture.header("content-type"), picture.text.as_str()),
        (Some("image/png"), "not really a picture")
    );
    let by_api = lab.root().get("/groups/acme/avatar").await;
    assert_eq!(by_api.text, picture.text);
    lab.anonymous()
        .get("/groups/acme/avatar")
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
}

#[tokio::test]
async fn an_empty_text_or_null_takes_the_picture_away() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    for nothing in [json!(""), json!(null)] {
        upload(&lab, Method::PUT, "/groups/acme", "logo.png").await;
        let answer = lab.root().put("/groups/acme", json!({"avatar": nothing})).await;
        assert_eq!(answer.body["avatar_url"], json!(null));
        assert_eq!(lab.root().get("/groups/acme/avatar").await.status, 404);
    }
}

#[tokio::test]
async fn only_pictures_are_pictures() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    let answer = upload(&lab, Method::PUT, "/groups/acme", "notes.txt").await;
    assert_eq!(answer.status, 400);
    let text = answer.body["message"]["avatar"][0].as_str().unwrap();
    assert!(text.starts_with("file format is not supported"), "{text}");
    lab.root()
        .put("/groups/acme", json!({"avatar": "logo.png"}))
        .await
        .is(400, json!({"error": "avatar is invalid"}));
}

#[tokio::test]
async fn what_is_in_the_group_shows_its_picture_below_the_site() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "site", "private").await;
    upload(&lab, Method::PUT, "/groups/acme", "logo.png").await;
    let site = lab.root().get("/projects/acme%2Fsite").await.body;
    assert_eq!(
        site["namespace"]["avatar_url"],
        format!("/uploads/-/system/group/avatar/{acme}/logo.png")
    );
}
