//! Invitations by address (§7.4).

use gitlab_sim::Options;
use serde_json::json;

use crate::client::{Lab, id_of};
use crate::examples::same_shape;

#[tokio::test]
async fn an_unknown_address_waits_and_is_no_member() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/invitations");
    let body = json!({"email": "Pilot@harbour.example", "access_level": 30, "expires_at": "2999-12-31"});
    lab.root()
        .post(&path, body)
        .await
        .is(201, json!({"status": "success"}));
    let list = lab.root().get(&path).await;
    same_shape(&list, "invitation");
    assert_eq!(list.column("invite_email"), ["pilot@harbour.example"]);
    assert_eq!(list.body[0]["expires_at"], "2999-12-31T00:00:00.000Z");
    assert_eq!(list.body[0]["created_by_name"], "Administrator");
    assert_eq!(
        lab.root()
            .get(&format!("/groups/{acme}/members"))
            .await
            .column("username"),
        ["root"]
    );
}

#[tokio::test]
async fn an_address_of_a_user_makes_a_membership_at_once() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/invitations");
    lab.root()
        .post(
            &path,
            json!({"email": "dev-0001@example.com", "access_level": 30}),
        )
        .await
        .is(201, json!({"status": "success"}));
    assert_eq!(lab.root().get(&path).await.body, json!([]));
    let member = lab
        .root()
        .get(&format!("/groups/{acme}/members/{}", id_of(1)))
        .await;
    assert_eq!(member.body["access_level"], 30);
}

#[tokio::test]
async fn addresses_come_in_lists_with_ids_beside_them() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    let path = format!("/projects/{site}/invitations");
    let body = json!({"email": "a@x.example,b@x.example", "user_id": "3,4", "access_level": 20});
    lab.root()
        .post(&path, body)
        .await
        .is(201, json!({"status": "success"}));
    assert_eq!(
        lab.root().get(&path).await.column("invite_email"),
        ["a@x.example", "b@x.example"]
    );
    assert_eq!(
        lab.root()
            .get(&format!("{path}?query=b@x"))
            .await
            .column("invite_email"),
        ["b@x.example"]
    );
    let members = lab.root().get(&format!("/projects/{site}/members")).await;
    assert_eq!(members.column("username"), ["dev-0002", "dev-0003"]);
}

#[tokio::test]
async fn what_is_refused_stands_in_a_201_and_the_rest_is_invited() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/invitations");
    lab.root()
        .post(&path, json!({"email": "a@x.example", "access_level": 30}))
        .await;
    let body = json!({"email": ["a@x.example", "no address", "admin@example.com", "new@x.example"],
        "access_level": 30});
    let taken = "The member's email address has already been taken";
    lab.root().post(&path, body).await.is(
        201,
        json!({"status": "error", "message": {
            "a@x.example": taken, "admin@example.com": taken, "no address": "Invite email is invalid"}}),
    );
    assert_eq!(
        lab.root().get(&path).await.column("invite_email"),
        ["a@x.example", "new@x.example"]
    );
}

#[tokio::test]
async fn a_level_below_the_inherited_one_is_refused_in_a_whole_sentence() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    lab.member("groups/acme", 1, 30).await;
    let text =
        "Access level should be greater than or equal to Developer inherited membership from group acme";
    lab.root()
        .post(
            &format!("/projects/{site}/invitations"),
            json!({"email": "dev-0001@example.com", "access_level": 20}),
        )
        .await
        .is(
            201,
            json!({"status": "error", "message": {"dev-0001@example.com": text}}),
        );
}

#[tokio::test]
async fn an_invitation_needs_a_level_and_someone() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/invitations");
    lab.root().post(&path, json!({})).await.is(
        400,
        json!({"error": "access_level is missing, email, user_id are missing, at least one parameter must be \
            provided"}),
    );
    lab.root()
        .post(&path, json!({"email": "a@x.example", "access_level": 33}))
        .await
        .is(400, json!({"error": "access_level does not have a valid value"}));
}

#[tokio::test]
async fn an_invitation_is_changed_and_taken_back_by_its_address() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/invitations");
    lab.root()
        .post(&path, json!({"email": "a@x.example", "access_level": 20}))
        .await;
    let one = format!("{path}/A%40x.example");
    let changed = lab
        .root()
        .put(&one, json!({"access_level": 40, "expires_at": "2999-01-01"}))
        .await;
    assert_eq!((changed.status, &changed.body["access_level"]), (200, &json!(40)));
    lab.root()
        .put(&one, json!({}))
        .await
        .is(400, json!({"message": "400 Bad request"}));
    assert_eq!(lab.root().delete(&one, json!(null)).await.status, 204);
    let gone = json!({"message": "404 Not Found"});
    lab.root().delete(&one, json!(null)).await.is(404, gone.clone());
    lab.root()
        .put(&one, json!({"access_level": 40}))
        .await
        .is(404, gone);
}

#[tokio::test]
async fn only_who_manages_members_invites_and_sees_invitations() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    lab.member("groups/acme", 1, 40).await;
    let path = format!("/groups/{acme}/invitations");
    let body = json!({"email": "a@x.example", "access_level": 10});
    lab.dev(1)
        .post(&path, body.clone())
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    lab.root().post(&path, body.clone()).await;
    assert_eq!(lab.dev(1).get(&path).await.body, json!([]));
    let one = format!("{path}/a@x.example");
    assert_eq!(lab.dev(1).delete(&one, json!(null)).await.status, 403);
    assert_eq!(
        lab.dev(1).put(&one, json!({"access_level": 20})).await.status,
        403
    );
    lab.anonymous()
        .post(&path, body)
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
}

#[tokio::test]
async fn the_token_of_an_invitation_is_for_administrators() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.member("groups/acme", 1, 50).await;
    let path = format!("/groups/{acme}/invitations");
    lab.root()
        .post(&path, json!({"email": "a@x.example", "access_level": 20}))
        .await;
    assert!(lab.root().get(&path).await.body[0]["invite_token"].is_string());
    assert!(lab.dev(1).get(&path).await.body[0]["invite_token"].is_null());
}

#[tokio::test]
async fn a_new_user_with_the_address_becomes_a_member_everywhere() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    for (of, level) in [(format!("groups/{acme}"), 20), (format!("projects/{site}"), 40)] {
        let body = json!({"email": "ada@x.example", "access_level": level});
        lab.root().post(&format!("/{of}/invitations"), body).await;
    }
    let body =
        json!({"email": "Ada@x.example", "username": "ada", "name": "Ada", "force_random_password": true});
    let ada = lab.root().post("/users", body).await.body["id"].clone();
    let rows = lab.root().get(&format!("/users/{ada}/memberships")).await;
    assert_eq!(rows.column("access_level"), ["20", "40"]);
    assert_eq!(
        lab.root().get(&format!("/groups/{acme}/invitations")).await.body,
        json!([])
    );
}

#[tokio::test]
async fn invitations_and_requests_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let options = || Options::empty().users(3).state_file(&file);
    let lab = Lab::with(options()).await;
    let acme = lab.group(None, "acme", "public").await;
    let path = format!("/groups/{acme}/invitations");
    lab.root()
        .post(&path, json!({"email": "a@x.example", "access_level": 20}))
        .await;
    let asked = format!("/groups/{acme}/access_requests");
    lab.dev(1).post(&asked, json!(null)).await;
    lab.gitlab.stop().await;
    let lab = Lab::with(options()).await;
    assert_eq!(
        lab.root().get(&path).await.column("invite_email"),
        ["a@x.example"]
    );
    assert_eq!(lab.root().get(&asked).await.column("username"), ["dev-0001"]);
}
