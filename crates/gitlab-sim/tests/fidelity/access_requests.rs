//! Asking to become a member (§7.5).

use serde_json::json;

use crate::client::{Lab, id_of};
use crate::examples::same_shape;

#[tokio::test]
async fn a_stranger_asks_and_is_let_in_as_developer() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let path = format!("/groups/{acme}/access_requests");
    let asked = lab.dev(1).post(&path, json!(null)).await;
    assert_eq!(asked.status, 201);
    same_shape(&asked, "access_request");
    let list = lab.root().get(&path).await;
    same_shape(&list, "access_request");
    assert_eq!(list.column("username"), ["dev-0001"]);
    let approved = lab
        .root()
        .put(&format!("{path}/{}/approve", id_of(1)), json!(null))
        .await;
    assert_eq!(
        (approved.status, &approved.body["access_level"]),
        (201, &json!(30))
    );
    same_shape(&approved, "member");
    assert_eq!(lab.root().get(&path).await.body, json!([]));
}

#[tokio::test]
async fn another_level_may_be_given_but_none_above_ones_own() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let site = lab.project(acme, "site", "public").await;
    lab.member(&format!("projects/{site}"), 2, 40).await;
    let path = format!("/projects/{site}/access_requests");
    lab.dev(1).post(&path, json!(null)).await;
    let approve = format!("{path}/{}/approve", id_of(1));
    lab.dev(2)
        .put(&approve, json!({"access_level": 50}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    lab.root().put(&approve, json!({"access_level": 33})).await.is(
        400,
        json!({"message": {"access_level": ["is not included in the list"]}}),
    );
    let approved = lab.dev(2).put(&approve, json!({"access_level": 20})).await;
    assert_eq!(approved.body["access_level"], 20);
}

#[tokio::test]
async fn members_have_nothing_to_ask_for_and_nobody_asks_twice() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let web = lab.group(Some(acme), "web", "public").await;
    lab.member("groups/acme", 1, 10).await;
    let path = format!("/groups/{web}/access_requests");
    lab.dev(1)
        .post(&path, json!(null))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    assert_eq!(lab.dev(2).post(&path, json!(null)).await.status, 201);
    lab.dev(2)
        .post(&path, json!(null))
        .await
        .is(400, json!({"message": {"user_id": ["already exists in source"]}}));
}

#[tokio::test]
async fn where_asking_is_off_nobody_asks_and_a_private_thing_is_not_there() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    lab.root()
        .put(
            &format!("/groups/{acme}"),
            json!({"request_access_enabled": false}),
        )
        .await;
    lab.dev(1)
        .post(&format!("/groups/{acme}/access_requests"), json!(null))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    let hidden = lab.group(None, "hidden", "private").await;
    lab.dev(1)
        .post(&format!("/groups/{hidden}/access_requests"), json!(null))
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
    lab.anonymous()
        .post(&format!("/groups/{acme}/access_requests"), json!(null))
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
}

#[tokio::test]
async fn a_request_is_denied_or_taken_back() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let path = format!("/groups/{acme}/access_requests");
    for number in [1, 2] {
        lab.dev(number).post(&path, json!(null)).await;
    }
    let (one, two) = (format!("{path}/{}", id_of(1)), format!("{path}/{}", id_of(2)));
    lab.dev(2)
        .delete(&one, json!(null))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    assert_eq!(lab.root().delete(&one, json!(null)).await.status, 204);
    assert_eq!(lab.dev(2).delete(&two, json!(null)).await.status, 204);
    let gone = json!({"message": "404 Not found"});
    lab.root().delete(&two, json!(null)).await.is(404, gone.clone());
    lab.root()
        .put(&format!("{one}/approve"), json!(null))
        .await
        .is(404, gone);
}

#[tokio::test]
async fn the_list_of_requests_is_for_those_who_manage_members() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let site = lab.project(acme, "site", "public").await;
    lab.member(&format!("projects/{site}"), 1, 30).await;
    lab.member(&format!("projects/{site}"), 2, 40).await;
    let path = format!("/projects/{site}/access_requests");
    lab.dev(1)
        .get(&path)
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    assert_eq!(lab.dev(2).get(&path).await.body, json!([]));
}

#[tokio::test]
async fn adding_someone_who_asked_settles_the_request() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let path = format!("/groups/{acme}/access_requests");
    lab.dev(1).post(&path, json!(null)).await;
    lab.member("groups/acme", 1, 20).await;
    assert_eq!(lab.root().get(&path).await.body, json!([]));
}

#[tokio::test]
async fn a_removed_user_asks_no_longer() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let path = format!("/groups/{acme}/access_requests");
    lab.dev(1).post(&path, json!(null)).await;
    lab.root().delete("/users/2", json!(null)).await;
    let list = lab.root().get(&path).await;
    assert_eq!((list.header("x-total"), &list.body), (Some("0"), &json!([])));
}
