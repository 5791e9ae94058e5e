//! Stars (§7.2.2, §7.2.8).

use serde_json::json;

use crate::client::Lab;
use crate::examples::same_shape;

#[tokio::test]
async fn a_star_is_given_once_and_taken_once() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    let turn = async |verb: &str| {
        lab.dev(1)
            .post(&format!("/projects/{id}/{verb}"), json!(null))
            .await
    };
    let starred = turn("star").await;
    assert_eq!((starred.status, &starred.body["star_count"]), (201, &json!(1)));
    let again = turn("star").await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let unstarred = turn("unstar").await;
    assert_eq!(
        (unstarred.status, &unstarred.body["star_count"]),
        (201, &json!(0))
    );
    assert_eq!(turn("unstar").await.status, 304);
}

#[tokio::test]
async fn everyone_has_a_star_to_give_and_starrers_are_listed() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    for number in [1, 2] {
        lab.dev(number)
            .post(&format!("/projects/{id}/star"), json!(null))
            .await;
    }
    let starrers = lab.root().get(&format!("/projects/{id}/starrers")).await;
    same_shape(&starrers, "starrer");
    assert_eq!(starrers.body[1]["user"]["username"], "dev-0002");
    let found = lab
        .root()
        .get(&format!("/projects/{id}/starrers?search=dev-0001"))
        .await;
    assert_eq!(found.body[0]["user"]["username"], "dev-0001");
    assert_eq!(found.header("x-total"), Some("1"));
}

#[tokio::test]
async fn starred_projects_are_ones_own_or_a_users() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let site = lab.project(acme, "site", "public").await;
    lab.project(acme, "other", "public").await;
    lab.dev(1)
        .post(&format!("/projects/{site}/star"), json!(null))
        .await;
    assert_eq!(
        lab.dev(1).get("/projects?starred=true").await.column("path"),
        ["site"]
    );
    assert_eq!(
        lab.dev(2).get("/projects?starred=true").await.column("path"),
        [""; 0]
    );
    for user in ["dev-0001", "2"] {
        let path = format!("/users/{user}/starred_projects");
        assert_eq!(lab.root().get(&path).await.column("path"), ["site"]);
    }
    lab.root()
        .get("/users/99/starred_projects")
        .await
        .is(404, json!({"message": "404 User Not Found"}));
}
