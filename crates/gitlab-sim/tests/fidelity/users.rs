//! Users (§1.4, §7.6, A.1).

use serde_json::json;

use crate::client::Lab;

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
        .send(hyper::Method::PUT, "/api/v4/users/2", kind, body.to_owned())
        .await
        .unwrap();
    let path = "/uploads/-/system/user/avatar/2/me.png";
    assert_eq!(answer.body["avatar_url"], format!("{}{path}", lab.gitlab.url()));
    let fetch = async |path| {
        lab.anonymous()
            .send(hyper::Method::GET, path, "", String::new())
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
