//! Access tokens of groups and projects (§7.19).

use std::time::Duration;

use gitlab_sim::{Background, Options};
use serde_json::{Value, json};

use crate::client::{Actor, Lab};
use crate::clock::HandClock;
use crate::examples::same_shape;

fn new(name: &str, level: u64) -> Value {
    json!({"name": name, "scopes": ["api"], "access_level": level})
}

fn holder(lab: &Lab, made: &Value) -> Actor {
    lab.bearer_of(Some(made["token"].as_str().unwrap().to_owned()))
}

/// A project of `root` with the maintainer `dev-0001`, the developer `dev-0002`, and the path of its tokens.
async fn project(lab: &Lab) -> (u64, String) {
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    lab.member(&format!("projects/{site}"), 1, 40).await;
    lab.member(&format!("projects/{site}"), 2, 30).await;
    (site, format!("/projects/{site}/access_tokens"))
}

#[tokio::test]
async fn a_token_is_told_once_and_acts_as_a_bot_that_is_a_member() {
    let lab = Lab::start().await;
    let (site, path) = project(&lab).await;
    let made = lab.dev(1).post(&path, new("harbour", 30)).await;
    assert_eq!(made.status, 201);
    same_shape(&made, "resource_access_token_created");
    let list = lab.dev(1).get(&path).await;
    same_shape(&list, "resource_access_token");
    let bot = holder(&lab, &made.body).get("/user").await.body;
    let username = bot["username"].as_str().unwrap();
    let digits = username.strip_prefix(&format!("project_{site}_bot_")).unwrap();
    assert!(digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    assert_eq!((&bot["bot"], &bot["name"]), (&json!(true), &json!("harbour")));
    assert_eq!(bot["id"], made.body["user_id"]);
    let members = lab.root().get(&format!("/projects/{site}/members")).await;
    assert!(members.column("name").contains(&"harbour".to_owned()));
    let own = holder(&lab, &made.body).get("/personal_access_tokens/self").await;
    assert_eq!((own.status, &own.body["id"]), (200, &made.body["id"]));
}

#[tokio::test]
async fn a_token_of_a_group_is_the_same_for_owners() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.member("groups/acme", 1, 40).await;
    let path = format!("/groups/{acme}/access_tokens");
    let refused = "400 Bad request - User does not have permission to create group access token";
    lab.dev(1)
        .post(&path, new("n", 30))
        .await
        .is(400, json!({"message": refused}));
    let made = lab.root().post(&path, new("crane", 50)).await;
    assert_eq!(made.status, 201);
    same_shape(&made, "resource_access_token_created");
    assert_eq!(made.body["access_level"], 50);
    let bot = holder(&lab, &made.body);
    let username = bot.get("/user").await.body["username"].clone();
    assert!(
        username
            .as_str()
            .unwrap()
            .starts_with(&format!("group_{acme}_bot_"))
    );
    assert_eq!(
        bot.post(
            "/groups",
            json!({"name": "Web", "path": "web", "parent_id": acme})
        )
        .await
        .status,
        201
    );
}

#[tokio::test]
async fn left_out_a_level_is_maintainer_and_an_end_is_a_year_away() {
    let clock = HandClock::new();
    let lab = Lab::with(Options::empty().users(3).clock(clock)).await;
    let (_, path) = project(&lab).await;
    let made = lab
        .dev(1)
        .post(&path, json!({"name": "n", "scopes": ["api"]}))
        .await
        .body;
    assert_eq!(
        (&made["access_level"], &made["expires_at"]),
        (&json!(40), &json!("2027-03-02"))
    );
    let late = json!({"name": "n", "scopes": ["api"], "expires_at": "2027-03-03"});
    let text = "400 Bad request - Expiration date must be before 2027-03-02";
    lab.dev(1)
        .post(&path, late)
        .await
        .is(400, json!({"message": text}));
}

#[tokio::test]
async fn nobody_makes_a_token_above_the_own_level() {
    let lab = Lab::start().await;
    let (_, path) = project(&lab).await;
    let text =
        "400 Bad request - Access level of the token contains permissions not held by the creating user";
    lab.dev(1)
        .post(&path, new("n", 50))
        .await
        .is(400, json!({"message": text}));
    let refused = "400 Bad request - User does not have permission to create project access token";
    lab.dev(2)
        .post(&path, new("n", 30))
        .await
        .is(400, json!({"message": refused}));
}

#[tokio::test]
async fn a_token_of_a_project_makes_no_other() {
    let lab = Lab::start().await;
    let (_, path) = project(&lab).await;
    let made = lab.root().post(&path, new("n", 50)).await.body;
    let text = "400 Bad request - User does not have permission to create project access token";
    holder(&lab, &made)
        .post(&path, new("child", 30))
        .await
        .is(400, json!({"message": text}));
}

#[tokio::test]
async fn wrong_parameters_of_a_token_are_refused() {
    let lab = Lab::start().await;
    let (_, path) = project(&lab).await;
    let root = lab.root();
    root.post(&path, json!({"access_level": 33})).await.is(
        400,
        json!({"error": "name is missing, scopes is missing, access_level does not have a valid value"}),
    );
    root.post(&path, json!({"name": "n", "scopes": ["sudo"]}))
        .await
        .is(400, json!({"error": "scopes does not have a valid value"}));
}

#[tokio::test]
async fn only_who_manages_members_sees_tokens() {
    let lab = Lab::start().await;
    let (_, path) = project(&lab).await;
    let made = lab.dev(1).post(&path, new("n", 30)).await.body;
    let one = format!("{path}/{}", made["id"]);
    for refused in [lab.dev(2).get(&path).await, lab.dev(2).get(&one).await] {
        refused.is(401, json!({"message": "401 Unauthorized"}));
    }
    assert_eq!(lab.dev(1).get(&one).await.body["name"], "n");
    lab.dev(1)
        .get(&format!("{path}/1"))
        .await
        .is(404, json!({"message": "404 project Access Token Not Found"}));
    assert_eq!(lab.dev(3).get(&path).await.status, 404);
}

#[tokio::test]
async fn a_revoked_token_ends_at_once_and_its_bot_stays_a_member_until_a_worker_comes() {
    let clock = HandClock::new();
    let options = Options::empty().users(3).clock(clock.clone());
    let lab = Lab::with(options.background(Background::After(Duration::from_secs(5)))).await;
    let (site, path) = project(&lab).await;
    let made = lab.dev(1).post(&path, new("harbour", 30)).await.body;
    let one = format!("{path}/{}", made["id"]);
    let text = "400 Bad request - ";
    let refused = lab.dev(2).delete(&one, json!(null)).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body["message"].as_str().unwrap().starts_with(text));
    assert_eq!(lab.dev(1).delete(&one, json!(null)).await.status, 204);
    assert_eq!(holder(&lab, &made).get("/user").await.status, 401);
    let names = async || {
        let members = lab.root().get(&format!("/projects/{site}/members")).await;
        members.column("name")
    };
    assert!(names().await.contains(&"harbour".to_owned()));
    clock.advance(Duration::from_secs(5));
    assert!(!names().await.contains(&"harbour".to_owned()));
    lab.dev(1)
        .delete(&one, json!(null))
        .await
        .is(404, json!({"message": "404 project Access Token Not Found"}));
}

#[tokio::test]
async fn a_rotation_keeps_the_bot_and_a_second_one_of_the_same_ends_the_family() {
    let clock = HandClock::new();
    let lab = Lab::with(Options::empty().users(3).clock(clock)).await;
    let (_, path) = project(&lab).await;
    let old = lab.dev(1).post(&path, new("n", 30)).await.body;
    let rotate = format!("{path}/{}/rotate", old["id"]);
    let answer = lab.dev(1).post(&rotate, json!(null)).await;
    assert_eq!(answer.status, 200);
    same_shape(&answer, "resource_access_token_created");
    let new = answer.body;
    assert_eq!(
        (&new["user_id"], &new["access_level"], &new["expires_at"]),
        (&old["user_id"], &json!(30), &json!("2026-03-09"))
    );
    assert_eq!(holder(&lab, &old).get("/user").await.status, 401);
    assert_eq!(holder(&lab, &new).get("/user").await.status, 200);
    let text = "400 Bad request - Token already revoked";
    lab.dev(1)
        .post(&rotate, json!(null))
        .await
        .is(400, json!({"message": text}));
    assert_eq!(holder(&lab, &new).get("/user").await.status, 401);
}

#[tokio::test]
async fn a_token_rotates_itself_at_its_own_place_only() {
    let lab = Lab::start().await;
    let (_, path) = project(&lab).await;
    let other = lab.group(None, "other", "public").await;
    let body = json!({"name": "n", "scopes": ["api", "self_rotate"], "access_level": 20});
    let made = lab.dev(1).post(&path, body).await.body;
    let bot = holder(&lab, &made);
    let own = format!("{path}/self/rotate");
    lab.dev(1)
        .post(&own, json!(null))
        .await
        .is(405, json!({"message": "405 Method Not Allowed"}));
    bot.post("/personal_access_tokens/self/rotate", json!(null))
        .await
        .is(405, json!({"message": "405 Method Not Allowed"}));
    bot.post(&format!("/groups/{other}/access_tokens/self/rotate"), json!(null))
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
    assert_eq!(bot.post(&own, json!(null)).await.status, 200);
}

#[tokio::test]
async fn whether_a_token_exists_is_told_to_administrators_only() {
    let lab = Lab::start().await;
    let (_, path) = project(&lab).await;
    let rotate = format!("{path}/99/rotate");
    lab.root()
        .post(&rotate, json!(null))
        .await
        .is(404, json!({"message": "404 Not Found"}));
    lab.dev(1)
        .post(&rotate, json!(null))
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
}

#[tokio::test]
async fn tokens_of_a_project_are_listed_by_state_and_name() {
    let lab = Lab::start().await;
    let (_, path) = project(&lab).await;
    let old = lab.dev(1).post(&path, new("tide", 30)).await.body;
    lab.dev(1).post(&path, new("moon", 30)).await;
    lab.dev(1)
        .post(&format!("{path}/{}/rotate", old["id"]), json!(null))
        .await;
    let list = async |query: &str| lab.dev(1).get(&format!("{path}?{query}")).await.column("name");
    assert_eq!(list("state=active&sort=name_asc").await, ["moon", "tide"]);
    assert_eq!(list("state=inactive").await, ["tide"]);
    assert_eq!(list("search=moo").await, ["moon"]);
    assert_eq!(list("revoked=true").await, ["tide"]);
}

#[tokio::test]
async fn a_bot_is_no_member_anywhere_else() {
    let lab = Lab::start().await;
    let (_, path) = project(&lab).await;
    let made = lab.dev(1).post(&path, new("n", 30)).await.body;
    let other = lab.group(None, "other", "private").await;
    let text = "project bots cannot be added to other groups / projects";
    lab.root()
        .post(
            &format!("/groups/{other}/members"),
            json!({"user_id": made["user_id"], "access_level": 30}),
        )
        .await
        .is(400, json!({"message": {"user_id": [text]}}));
}

#[tokio::test]
async fn bots_can_be_left_out_of_lists_of_users() {
    let lab = Lab::start().await;
    let (_, path) = project(&lab).await;
    lab.dev(1).post(&path, new("n", 30)).await;
    let names = async |query: &str| lab.root().get(&format!("/users?{query}")).await.column("name");
    assert_eq!(names("exclude_humans=true").await, ["n"]);
    assert!(!names("without_project_bots=true").await.contains(&"n".to_owned()));
    assert!(!names("humans=true").await.contains(&"n".to_owned()));
    assert!(names("").await.contains(&"n".to_owned()));
}

#[tokio::test]
async fn one_seed_and_the_same_requests_give_the_same_tokens() {
    let mut made = Vec::new();
    for _ in 0..2 {
        let lab = Lab::start().await;
        let (_, path) = project(&lab).await;
        made.push(lab.dev(1).post(&path, new("n", 30)).await.body["token"].clone());
    }
    assert_eq!(made[0], made[1]);
}
