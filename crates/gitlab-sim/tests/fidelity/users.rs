//! Users (§1.4, §7.6, A.1).

use std::time::Duration;

use gitlab_sim::{Background, Options};
use hyper::Method;
use serde_json::json;

use crate::client::Lab;
use crate::clock::HandClock;
use crate::examples::same_shape;

#[tokio::test]
async fn seeded_users_are_numbered_and_have_tokens() {
    let lab = Lab::start().await;
    let users = lab.root().get("/users?order_by=id&sort=asc&per_page=3").await;
    assert_eq!(users.column("username"), ["root", "dev-0001", "dev-0002"]);
    assert_eq!(lab.dev(9).get("/user").await.body["username"], "dev-0009");
}

#[tokio::test]
async fn only_an_administrator_sees_who_is_one() {
    let lab = Lab::start().await;
    assert_eq!(lab.root().get("/user").await.body["is_admin"], true);
    let own = lab.dev(1).get("/user").await.body;
    assert_eq!(own.get("is_admin"), None);
    assert_eq!(own["email"], "dev-0001@example.com");
    assert_eq!(own["can_create_group"], true);
    assert_eq!(own["can_create_project"], true);
    assert_eq!(lab.root().get("/users/2").await.body["is_admin"], false);
    let other = lab.dev(1).get("/users/1").await.body;
    assert_eq!((other.get("email"), other.get("is_admin")), (None, None));
    assert_eq!(other["bio"], "");
}

#[tokio::test]
async fn rows_are_short_for_users_and_long_for_administrators() {
    let lab = Lab::start().await;
    let row = lab.dev(1).get("/users?username=DEV-0002").await.body[0].clone();
    let keys: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "avatar_url",
            "id",
            "locked",
            "name",
            "public_email",
            "state",
            "username",
            "web_url"
        ]
    );
    assert_eq!(
        lab.root().get("/users?username=dev-0002").await.body[0]["email"],
        "dev-0002@example.com"
    );
}

#[tokio::test]
async fn an_unknown_name_is_an_empty_list_and_an_unknown_id_404() {
    let lab = Lab::start().await;
    lab.dev(1).get("/users?username=nobody").await.is(200, json!([]));
    let not_found = json!({"message": "404 User Not Found"});
    lab.dev(1).get("/users/999").await.is(404, not_found.clone());
    lab.dev(1).get("/users/dev-0001").await.is(404, not_found);
}

#[tokio::test]
async fn a_stranger_must_name_whom_to_look_for() {
    let lab = Lab::start().await;
    lab.anonymous().get("/users").await.is(
        403,
        json!({"message": "403 Forbidden - Not authorized to access /api/v4/users"}),
    );
    assert_eq!(
        lab.anonymous()
            .get("/users?username=dev-0001")
            .await
            .column("username"),
        ["dev-0001"]
    );
}

#[tokio::test]
async fn search_finds_by_name_user_name_and_for_administrators_by_whole_address() {
    let lab = Lab::start().await;
    assert_eq!(
        lab.dev(1).get("/users?search=v-0003").await.column("username"),
        ["dev-0003"]
    );
    assert_eq!(
        lab.dev(1).get("/users?search=dev-0003@example.com").await.body,
        json!([])
    );
    let found = lab.root().get("/users?search=dev-0003@example.com").await;
    assert_eq!(found.column("username"), ["dev-0003"]);
}

#[tokio::test]
async fn an_administrator_creates_users_and_nobody_else() {
    let lab = Lab::start().await;
    let body =
        json!({"email": "ada@acme.example", "username": "ada", "name": "Ada North", "password": "12345678"});
    lab.dev(1)
        .post("/users", body.clone())
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    let answer = lab.root().post("/users", body.clone()).await;
    assert_eq!(
        (answer.status, answer.body["username"].as_str()),
        (201, Some("ada"))
    );
    assert_eq!(answer.body["created_by"]["username"], "root");
    lab.root()
        .post("/users", body.clone())
        .await
        .is(409, json!({"message": "Email has already been taken"}));
    let mut other = body;
    other["email"] = json!("other@acme.example");
    lab.root()
        .post("/users", other)
        .await
        .is(409, json!({"message": "Username has already been taken"}));
    assert_eq!(lab.gitlab.stats().writes.rejected_as_duplicate, 2);
    let missing = lab.root().post("/users", json!({"username": "bo"})).await;
    missing.is(
        400,
        json!({"error": "email is missing, name is missing, password, reset_password, force_random_password are \
            missing, at least one parameter must be provided"}),
    );
}

#[tokio::test]
async fn a_new_user_has_a_namespace_that_no_group_can_take() {
    let lab = Lab::start().await;
    let body =
        json!({"email": "ada@x.example", "username": "ada", "name": "Ada", "force_random_password": true});
    assert_eq!(lab.root().post("/users", body).await.status, 201);
    assert_eq!(lab.root().get("/namespaces/ada").await.body["kind"], "user");
    assert_eq!(
        lab.root()
            .post("/groups", json!({"name": "Ada", "path": "Ada"}))
            .await
            .status,
        400
    );
    lab.group(None, "bo", "private").await;
    let body =
        json!({"email": "bo@x.example", "username": "bo", "name": "Bo", "force_random_password": true});
    lab.root()
        .post("/users", body)
        .await
        .is(400, json!({"message": {"username": ["has already been taken"]}}));
}

#[tokio::test]
async fn a_blocked_user_is_refused() {
    let lab = Lab::start().await;
    lab.root()
        .post("/users/2/block", json!(null))
        .await
        .is(201, json!(true));
    let refused = json!({"message": "403 Forbidden - Your account has been blocked."});
    lab.dev(1).get("/user").await.is(403, refused);
    lab.root()
        .post("/users/2/block", json!(null))
        .await
        .is(201, json!(null));
    lab.root()
        .post("/users/2/unblock", json!(null))
        .await
        .is(201, json!(true));
    assert_eq!(lab.dev(1).get("/user").await.status, 200);
    lab.root()
        .post("/users/2/unblock", json!(null))
        .await
        .is(201, json!(false));
    lab.root()
        .post("/users/2/unban", json!(null))
        .await
        .is(403, json!({"message": "You cannot unban active users."}));
}

#[tokio::test]
async fn a_deleted_user_is_gone_with_own_projects_and_memberships_but_not_as_sole_owner() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    lab.dev(1).post("/projects", json!({"path": "notes"})).await;
    assert_eq!(lab.root().delete("/users/2", json!(null)).await.status, 204);
    lab.dev(1)
        .get("/user")
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
    lab.root()
        .get("/users/2")
        .await
        .is(404, json!({"message": "404 User Not Found"}));
    assert!(lab.gitlab.project("dev-0001/notes").is_none());
    assert_eq!(lab.gitlab.members("acme").len(), 1);
    // The path is free again, the id is not.
    lab.group(None, "dev-0001", "private").await;

    lab.dev(2)
        .post("/groups", json!({"name": "Own", "path": "own"}))
        .await;
    let text = "User cannot be removed while is the sole-owner of a group";
    lab.root()
        .delete("/users/3", json!(null))
        .await
        .is(409, json!({"message": text}));
    assert_eq!(
        lab.root()
            .delete("/users/3?hard_delete=true", json!(null))
            .await
            .status,
        204
    );
    assert!(lab.gitlab.group("own").is_none());
}

#[tokio::test]
async fn the_picture_of_a_user_is_for_anyone_who_knows_its_address() {
    let lab = Lab::start().await;
    let body =
        "--X\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"me.png\"\r\n\r\npng\r\n--X--\r\n";
    let kind = "multipart/form-data; boundary=X";
    let answer = lab
        .root()
        .send(Method::PUT, "/api/v4/users/2", kind, body.to_owned())
        .await
        .unwrap();
    let path = "/uploads/-/system/user/avatar/2/me.png";
    assert_eq!(answer.body["avatar_url"], format!("{}{path}", lab.gitlab.url()));
    let fetch = async |path| {
        lab.anonymous()
            .send(Method::GET, path, "", String::new())
            .await
            .unwrap()
    };
    let picture = fetch(path).await;
    assert_eq!(
        (picture.text.as_str(), picture.header("content-type")),
        ("png", Some("image/png"))
    );
    assert_eq!(
        fetch("/uploads/-/system/user/avatar/2/other.png").await.status,
        404
    );
}

#[tokio::test]
async fn lists_are_filtered_by_what_users_are() {
    let lab = Lab::start().await;
    let root = lab.root();
    root.post("/users/2/block", json!(null)).await;
    root.post("/users/3/deactivate", json!(null)).await;
    root.put("/users/4", json!({"external": true})).await;
    root.put("/users/5", json!({"admin": true})).await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    lab.member(&format!("projects/{site}"), 5, 30).await;
    let names = async |query: &str| {
        let path = format!("/users?sort=asc&order_by=id&{query}");
        lab.root().get(&path).await.column("username")
    };
    assert_eq!(names("blocked=true").await, ["dev-0001"]);
    assert_eq!(names("exclude_active=true").await, ["dev-0001", "dev-0002"]);
    assert_eq!(names("external=true").await, ["dev-0003"]);
    assert_eq!(names("admins=true").await, ["root", "dev-0004"]);
    assert_eq!(names("active=true").await.len(), 8);
    assert_eq!(names("exclude_external=true").await.len(), 9);
    assert!(
        !names("without_projects=true")
            .await
            .contains(&"dev-0005".to_owned())
    );
    root.get("/users?provider=ldap").await.is(
        400,
        json!({"error": "extern_uid, provider provide all or none of parameters"}),
    );
}

#[tokio::test]
async fn only_administrators_order_lists_and_filter_them_by_time() {
    let lab = Lab::start().await;
    let first = async |actor: crate::client::Actor, query: &str| {
        let rows = actor.get(&format!("/users?{query}")).await;
        rows.column("username").first().cloned()
    };
    let ascending = "order_by=id&sort=asc";
    assert_eq!(first(lab.root(), ascending).await.as_deref(), Some("root"));
    assert_eq!(first(lab.dev(1), ascending).await.as_deref(), Some("dev-0009"));
    let later = "created_after=2999-01-01";
    assert_eq!(first(lab.root(), later).await, None);
    assert_eq!(first(lab.dev(1), later).await.as_deref(), Some("dev-0009"));
}

#[tokio::test]
async fn an_account_elsewhere_is_kept_found_and_taken_away() {
    let lab = Lab::start().await;
    let root = lab.root();
    let identity = json!({"provider": "ldap", "extern_uid": "cn=ada"});
    let changed = root.put("/users/2", identity.clone()).await;
    assert_eq!(
        changed.body["identities"],
        json!([{"provider": "ldap", "extern_uid": "cn=ada", "saml_provider_id": null}])
    );
    let found = "/users?provider=ldap&extern_uid=cn%3Dada";
    assert_eq!(root.get(found).await.column("username"), ["dev-0001"]);
    lab.dev(1)
        .get(found)
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    assert_eq!(root.put("/users/3", identity).await.status, 400);
    let path = "/users/2/identities/ldap";
    assert_eq!(root.delete(path, json!(null)).await.status, 204);
    root.delete(path, json!(null))
        .await
        .is(404, json!({"message": "404 Identity Not Found"}));
}

#[tokio::test]
async fn an_administrator_changes_everything_about_a_user() {
    let lab = Lab::start().await;
    let body = json!({"name": "Ada North", "bio": "sails", "location": "Quay 3", "public_email": "ada@x.example",
        "website_url": "https://ada.example", "job_title": "pilot", "pronouns": "she", "organization": "Harbour",
        "note": "careful", "projects_limit": 3, "can_create_group": false, "private_profile": true,
        "theme_id": 7, "color_scheme_id": 2, "commit_email": "ada@commit.example"});
    let changed = lab.root().put("/users/2", body.clone()).await;
    assert_eq!(changed.status, 200);
    for (key, value) in body.as_object().unwrap() {
        assert_eq!(changed.body[key], *value, "{key}");
    }
    assert_eq!(lab.gitlab.stats().writes.applied, 1);
    lab.root().put("/users/2", body).await;
    assert_eq!(lab.gitlab.stats().writes.applied, 1);
    lab.dev(2)
        .put("/users/2", json!({"name": "x"}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    let public = lab.dev(2).get("/users/2").await.body;
    assert_eq!(
        (&public["public_email"], &public["location"]),
        (&json!("ada@x.example"), &json!("Quay 3"))
    );
}

#[tokio::test]
async fn a_name_or_address_of_someone_else_is_409_and_a_bad_one_400() {
    let lab = Lab::start().await;
    let root = lab.root();
    root.put("/users/2", json!({"email": "dev-0002@example.com"}))
        .await
        .is(409, json!({"message": "Email has already been taken"}));
    root.put("/users/2", json!({"username": "DEV-0002"}))
        .await
        .is(409, json!({"message": "Username has already been taken"}));
    root.put("/users/2", json!({"email": "nowhere"}))
        .await
        .is(400, json!({"message": {"email": ["is invalid"]}}));
    root.put("/users/2", json!({"password": "short"})).await.is(
        400,
        json!({"message": {"password": ["is too short (minimum is 8 characters)"]}}),
    );
    lab.group(None, "taken", "private").await;
    root.put("/users/2", json!({"username": "taken"}))
        .await
        .is(400, json!({"message": {"username": ["has already been taken"]}}));
    assert_eq!(
        root.put("/users/2", json!({"username": "Dev-0001"})).await.status,
        200
    );
}

#[tokio::test]
async fn a_new_user_name_moves_the_own_namespace_too() {
    let lab = Lab::start().await;
    lab.dev(1).post("/projects", json!({"path": "notes"})).await;
    let changed = lab.root().put("/users/2", json!({"username": "ada"})).await;
    assert_eq!(changed.body["username"], "ada");
    assert!(lab.gitlab.project("ada/notes").is_some());
    lab.group(None, "dev-0001", "private").await;
    assert_eq!(lab.root().get("/namespaces/ada").await.body["kind"], "user");
}

#[tokio::test]
async fn a_state_turns_into_another_only_from_the_right_one() {
    let lab = Lab::start().await;
    let turn = async |what: &str| lab.root().post(&format!("/users/2/{what}"), json!(null)).await;
    let because = |text: &str| json!({"message": format!("403 Forbidden - {text}")});
    turn("activate").await.is(201, json!(false));
    turn("deactivate").await.is(201, json!(true));
    turn("deactivate").await.is(201, json!(null));
    turn("unblock")
        .await
        .is(403, because("Deactivated users cannot be unblocked by the API"));
    turn("ban")
        .await
        .is(403, json!({"message": "You cannot ban deactivated users."}));
    turn("activate").await.is(201, json!(true));
    turn("ban").await.is(201, json!(true));
    assert_eq!(lab.root().get("/users/2").await.body["state"], "banned");
    turn("deactivate").await.is(
        403,
        json!({"message": "Error occurred. A blocked user cannot be deactivated"}),
    );
    turn("activate")
        .await
        .is(403, because("A blocked user must be unblocked to be activated"));
    turn("unban").await.is(201, json!(true));
    lab.root().post("/users/1/block", json!(null)).await.is(
        403,
        because("The API initiating user cannot be blocked by the API"),
    );
    lab.dev(1)
        .post("/users/3/block", json!(null))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    lab.root()
        .post("/users/99/ban", json!(null))
        .await
        .is(404, json!({"message": "404 User Not Found"}));
}

#[tokio::test]
async fn who_did_not_sign_up_is_neither_approved_nor_rejected() {
    let lab = Lab::start().await;
    let root = lab.root();
    let text = "The user you are trying to approve is not pending approval";
    root.post("/users/2/approve", json!(null))
        .await
        .is(409, json!({"message": text}));
    root.post("/users/2/reject", json!(null))
        .await
        .is(409, json!({"message": "User does not have a pending request"}));
    lab.dev(1)
        .post("/users/3/approve", json!(null))
        .await
        .is(403, json!({"message": "You are not allowed to approve a user"}));
}

#[tokio::test]
async fn a_deletion_is_answered_at_once_and_done_later() {
    let clock = HandClock::new();
    let options = Options::empty().users(2).clock(clock.clone());
    let lab = Lab::with(options.background(Background::After(Duration::from_secs(2)))).await;
    let answer = lab.root().delete("/users/2", json!(null)).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(lab.root().get("/users/2").await.status, 200);
    clock.advance(Duration::from_secs(2));
    assert_eq!(lab.root().get("/users/2").await.status, 404);
    lab.dev(2)
        .delete("/users/1", json!(null))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}

#[tokio::test]
async fn an_administrator_sees_what_a_user_is_a_member_of() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    lab.member("groups/acme", 1, 20).await;
    lab.member(&format!("projects/{site}"), 1, 40).await;
    let rows = lab.root().get("/users/2/memberships").await;
    same_shape(&rows, "membership");
    assert_eq!(rows.column("source_type"), ["Namespace", "Project"]);
    assert_eq!(rows.column("access_level"), ["20", "40"]);
    let projects = lab.root().get("/users/2/memberships?type=Project").await;
    assert_eq!(projects.column("source_name"), ["site"]);
    lab.root()
        .get("/users/2/memberships?type=Group")
        .await
        .is(400, json!({"error": "type does not have a valid value"}));
    lab.dev(1)
        .get("/users/2/memberships")
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}

#[tokio::test]
async fn one_counts_what_one_belongs_to() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "site", "private").await;
    lab.member("groups/acme", 1, 20).await;
    let counts = lab.dev(1).get("/users/2/associations_count").await;
    same_shape(&counts, "associations_count");
    assert_eq!(
        (&counts.body["groups_count"], &counts.body["projects_count"]),
        (&json!(1), &json!(0))
    );
    lab.dev(2)
        .get("/users/2/associations_count")
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}

#[tokio::test]
async fn a_status_is_set_seen_by_all_and_goes_in_time() {
    let clock = HandClock::new();
    let lab = Lab::with(Options::empty().users(2).clock(clock.clone())).await;
    let body = json!({"emoji": "anchor", "message": "at sea", "availability": "busy",
        "clear_status_after": "30_minutes"});
    let set = lab.dev(1).put("/user/status", body).await;
    assert_eq!(set.status, 200);
    same_shape(&set, "user_status");
    for path in ["/users/2/status", "/users/dev-0001/status"] {
        let seen = lab.anonymous().get(path).await;
        assert_eq!((seen.status, &seen.body["emoji"]), (200, &json!("anchor")));
    }
    let patched = json!({"message": "in port"});
    let patched = lab
        .dev(1)
        .json(Method::PATCH, "/user/status", patched)
        .await
        .unwrap();
    assert_eq!(
        (&patched.body["emoji"], &patched.body["message"]),
        (&json!("anchor"), &json!("in port"))
    );
    clock.advance(Duration::from_mins(30));
    let gone = lab.dev(1).get("/user/status").await;
    same_shape(&gone, "user_status");
    assert_eq!(gone.body["message"], json!(null));
}

#[tokio::test]
async fn one_has_more_addresses_than_one() {
    let lab = Lab::start().await;
    let dev = lab.dev(1);
    let made = dev.post("/user/emails", json!({"email": "more@x.example"})).await;
    assert_eq!((made.status, &made.body["confirmed_at"]), (201, &json!(null)));
    same_shape(&dev.get("/user/emails").await, "email");
    dev.post("/user/emails", json!({"email": "more@x.example"}))
        .await
        .is(400, json!({"message": {"email": ["has already been taken"]}}));
    dev.post("/user/emails", json!({"email": "nowhere"}))
        .await
        .is(400, json!({"message": {"email": ["is invalid"]}}));
    let confirmed = json!({"email": "again@x.example", "skip_confirmation": true});
    let made = lab.root().post("/users/2/emails", confirmed).await;
    assert!(made.body["confirmed_at"].is_string());
    assert_eq!(
        lab.root().get("/users?search=again@x.example").await.column("id"),
        ["2"]
    );
    let taken = json!({"email": "again@x.example", "username": "ada", "name": "Ada", "reset_password": true});
    lab.root()
        .post("/users", taken)
        .await
        .is(409, json!({"message": "Email has already been taken"}));
    let path = format!("/users/2/emails/{}", made.body["id"]);
    assert_eq!(lab.dev(2).delete(&path, json!(null)).await.status, 403);
    assert_eq!(lab.root().delete(&path, json!(null)).await.status, 204);
    lab.root()
        .delete(&path, json!(null))
        .await
        .is(404, json!({"message": "404 Email Not Found"}));
}

#[tokio::test]
async fn preferences_are_ones_own() {
    let lab = Lab::start().await;
    let dev = lab.dev(1);
    let shown = dev.get("/user/preferences").await;
    same_shape(&shown, "user_preferences");
    let changed = dev
        .put("/user/preferences", json!({"view_diffs_file_by_file": true}))
        .await;
    assert_eq!(changed.body["view_diffs_file_by_file"], true);
    assert_eq!(dev.put("/user/preferences", json!({})).await.status, 400);
}

#[tokio::test]
async fn a_limit_of_projects_is_kept_for_a_new_user() {
    let lab = Lab::start().await;
    let body = json!({"email": "ada@x.example", "username": "ada", "name": "Ada", "password": "12345678",
        "projects_limit": 0, "bio": "sails", "external": true});
    let made = lab.root().post("/users", body).await.body;
    assert_eq!(
        (
            &made["projects_limit"],
            &made["can_create_project"],
            &made["can_create_group"]
        ),
        (&json!(0), &json!(false), &json!(false))
    );
    assert_eq!((&made["bio"], &made["external"]), (&json!("sails"), &json!(true)));
}

#[tokio::test]
async fn a_profile_is_for_the_signed_in() {
    let lab = Lab::start().await;
    lab.anonymous()
        .get("/users/2")
        .await
        .is(403, json!({"message": "403 Forbidden - Not authorized!"}));
}
