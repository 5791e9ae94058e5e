//! What system hooks are told (§9.2).

use gitlab_sim::{Background, Options};
use serde_json::{Value, json};

use crate::client::{Lab, id_of};
use crate::examples::same_shape_of;
use crate::receiver::{Delivery, Receiver};

/// A lab in which everything that happens is told.
struct Heard {
    lab: Lab,
    receiver: Receiver,
}

impl Heard {
    async fn start() -> Self {
        let options = Options::empty().users(9).background(Background::IMMEDIATE);
        let lab = Lab::with(options).await;
        let receiver = Receiver::start().await;
        let answer = lab.root().post("/hooks", json!({"url": receiver.url("/")})).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        Self { lab, receiver }
    }

    /// A group, and nothing left to hear.
    async fn group(&mut self, path: &str) -> u64 {
        let id = self.lab.group(None, path, "private").await;
        assert_eq!(
            self.receiver.events(2).await,
            ["group_create", "user_add_to_group"]
        );
        id
    }

    async fn project(&mut self, namespace: u64, path: &str) -> u64 {
        let id = self.lab.project(namespace, path, "private").await;
        assert_eq!(self.next().await.event(), "project_create");
        id
    }

    async fn next(&mut self) -> Delivery {
        self.receiver.next().await
    }

    /// Does something that is told of, so that everything before it has been.
    async fn nothing_more(&mut self) {
        let variable = json!({"email": "mark@acme.example", "username": "mark", "name": "Mark",
            "password": "correct horse 9"});
        let answer = self.lab.root().post("/users", variable).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(self.next().await.event(), "user_create");
    }
}

fn keys(delivery: &Delivery, keys: &[(&str, Value)]) {
    for (key, value) in keys {
        assert_eq!(delivery.body.get(key), Some(value), "{key}: {}", delivery.text);
    }
}

#[tokio::test]
async fn a_new_project_is_told_with_its_owners() {
    let mut heard = Heard::start().await;
    let acme = heard.group("acme").await;
    let shop = heard.lab.project(acme, "shop", "internal").await;
    let told = heard.next().await;
    // More open than its group is lowered.
    same_shape_of(&told.text, "event_project_create");
    keys(
        &told,
        &[
            ("event_name", json!("project_create")),
            ("project_id", json!(shop)),
            ("path_with_namespace", json!("acme/shop")),
            ("project_visibility", json!("private")),
            ("owner_name", json!("acme")),
            ("owner_email", json!("")),
            (
                "owners",
                json!([{"name": "Administrator", "email": "admin@example.com"}]),
            ),
        ],
    );
    let own = heard.lab.dev(1).post("/projects", json!({"name": "own"})).await;
    assert_eq!(own.status, 201);
    let told = heard.next().await;
    assert_eq!(told.body["owner_email"], "dev-0001@example.com");
}

async fn remove_for_good(lab: &Lab, thing: &str) {
    let root = lab.root();
    assert_eq!(root.delete(thing, json!(null)).await.status, 202);
    let shown = root.get(thing).await.body;
    let path = shown.get("path_with_namespace").unwrap_or(&shown["full_path"]);
    let body = json!({"permanently_remove": true, "full_path": path});
    assert_eq!(root.delete(thing, body).await.status, 202);
}

#[tokio::test]
async fn a_project_that_went_for_good_is_told() {
    let mut heard = Heard::start().await;
    let acme = heard.group("acme").await;
    let shop = heard.project(acme, "shop").await;
    remove_for_good(&heard.lab, &format!("/projects/{shop}")).await;
    assert_eq!(heard.next().await.event(), "project_rename");
    let told = heard.next().await;
    same_shape_of(&told.text, "event_project_create");
    keys(
        &told,
        &[
            ("event_name", json!("project_destroy")),
            ("project_id", json!(shop)),
        ],
    );
}

#[tokio::test]
async fn a_project_that_changed_is_an_update_and_a_new_path_a_rename() {
    let mut heard = Heard::start().await;
    let acme = heard.group("acme").await;
    let shop = format!("/projects/{}", heard.project(acme, "shop").await);
    for change in [
        json!({"description": "sells"}),
        json!({"name": "The shop"}),
        json!({"issues_access_level": "disabled"}),
    ] {
        heard.lab.root().put(&shop, change).await;
        let told = heard.next().await;
        same_shape_of(&told.text, "event_project_update");
        assert_eq!(told.event(), "project_update");
    }
    heard
        .lab
        .root()
        .put(&shop, json!({"path": "store", "description": "x"}))
        .await;
    let told = heard.next().await;
    same_shape_of(&told.text, "event_project_rename");
    keys(
        &told,
        &[
            ("event_name", json!("project_rename")),
            ("path_with_namespace", json!("acme/store")),
            ("old_path_with_namespace", json!("acme/shop")),
        ],
    );
    heard.nothing_more().await;
}

#[tokio::test]
async fn a_transfer_of_a_project_tells_where_it_was() {
    let mut heard = Heard::start().await;
    let (acme, apex) = (heard.group("acme").await, heard.group("apex").await);
    let shop = heard.project(acme, "shop").await;
    let answer = heard
        .lab
        .root()
        .put(&format!("/projects/{shop}/transfer"), json!({"namespace": apex}))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let told = heard.next().await;
    same_shape_of(&told.text, "event_project_rename");
    keys(
        &told,
        &[
            ("event_name", json!("project_transfer")),
            ("path_with_namespace", json!("apex/shop")),
            ("old_path_with_namespace", json!("acme/shop")),
            ("owner_name", json!("apex")),
        ],
    );
}

#[tokio::test]
async fn a_group_is_told_of_when_it_comes_is_renamed_and_goes() {
    let mut heard = Heard::start().await;
    let acme = heard.group("acme").await;
    let web = heard.lab.group(Some(acme), "web", "private").await;
    let told = heard.next().await;
    same_shape_of(&told.text, "event_group_create");
    keys(
        &told,
        &[("full_path", json!("acme/web")), ("group_id", json!(web))],
    );
    assert_eq!(heard.next().await.event(), "user_add_to_group");
    let web = format!("/groups/{web}");
    heard.lab.root().put(&web, json!({"path": "net"})).await;
    let told = heard.next().await;
    same_shape_of(&told.text, "event_group_rename");
    keys(
        &told,
        &[
            ("full_path", json!("acme/net")),
            ("old_path", json!("web")),
            ("old_full_path", json!("acme/web")),
        ],
    );
    remove_for_good(&heard.lab, &web).await;
    assert_eq!(heard.next().await.event(), "group_rename");
    let told = heard.next().await;
    same_shape_of(&told.text, "event_group_create");
    assert_eq!(told.event(), "group_destroy");
}

#[tokio::test]
async fn renaming_a_group_tells_nothing_of_its_projects() {
    let mut heard = Heard::start().await;
    let acme = heard.group("acme").await;
    heard.project(acme, "shop").await;
    heard
        .lab
        .root()
        .put(&format!("/groups/{acme}"), json!({"path": "apex"}))
        .await;
    assert_eq!(heard.next().await.event(), "group_rename");
    heard.nothing_more().await;
}

#[tokio::test]
async fn a_transfer_of_a_group_tells_nothing() {
    let mut heard = Heard::start().await;
    let (acme, apex) = (heard.group("acme").await, heard.group("apex").await);
    heard.project(acme, "shop").await;
    let answer = heard
        .lab
        .root()
        .post(&format!("/groups/{acme}/transfer"), json!({"group_id": apex}))
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
    heard.nothing_more().await;
}

#[tokio::test]
async fn scheduling_a_deletion_is_a_rename() {
    let mut heard = Heard::start().await;
    let acme = heard.group("acme").await;
    let shop = heard.project(acme, "shop").await;
    heard
        .lab
        .root()
        .delete(&format!("/projects/{shop}"), json!(null))
        .await;
    let told = heard.next().await;
    keys(
        &told,
        &[
            ("event_name", json!("project_rename")),
            ("path", json!(format!("shop-deletion_scheduled-{shop}"))),
            ("old_path_with_namespace", json!("acme/shop")),
        ],
    );
    heard
        .lab
        .root()
        .delete(&format!("/groups/{acme}"), json!(null))
        .await;
    let told = heard.next().await;
    keys(
        &told,
        &[
            ("event_name", json!("group_rename")),
            ("path", json!(format!("acme-deletion_scheduled-{acme}"))),
            ("old_path", json!("acme")),
        ],
    );
}

#[tokio::test]
async fn members_of_groups_are_told_with_names_of_levels() {
    let mut heard = Heard::start().await;
    let acme = heard.group("acme").await;
    heard.lab.member(&format!("groups/{acme}"), 1, 30).await;
    let told = heard.next().await;
    same_shape_of(&told.text, "event_member_of_group");
    keys(
        &told,
        &[
            ("event_name", json!("user_add_to_group")),
            ("group_access", json!("Developer")),
            ("user_username", json!("dev-0001")),
            ("user_id", json!(id_of(1))),
        ],
    );
    let one = format!("/groups/{acme}/members/{}", id_of(1));
    heard.lab.root().put(&one, json!({"access_level": 50})).await;
    keys(
        &heard.next().await,
        &[
            ("event_name", json!("user_update_for_group")),
            ("group_access", json!("Owner")),
        ],
    );
    heard.lab.root().delete(&one, json!(null)).await;
    assert_eq!(heard.next().await.event(), "user_remove_from_group");
}

#[tokio::test]
async fn members_of_projects_are_told_with_names_of_levels() {
    let mut heard = Heard::start().await;
    let acme = heard.group("acme").await;
    let shop = heard.project(acme, "shop").await;
    heard.lab.member(&format!("projects/{shop}"), 1, 40).await;
    let told = heard.next().await;
    same_shape_of(&told.text, "event_member_of_project");
    keys(
        &told,
        &[
            ("event_name", json!("user_add_to_team")),
            ("access_level", json!("Maintainer")),
        ],
    );
    let one = format!("/projects/{shop}/members/{}", id_of(1));
    heard.lab.root().put(&one, json!({"access_level": 20})).await;
    keys(
        &heard.next().await,
        &[
            ("event_name", json!("user_update_for_team")),
            ("access_level", json!("Reporter")),
        ],
    );
    heard.lab.root().delete(&one, json!(null)).await;
    assert_eq!(heard.next().await.event(), "user_remove_from_team");
}

#[tokio::test]
async fn the_creator_of_a_group_is_told_as_its_owner() {
    let mut heard = Heard::start().await;
    heard
        .lab
        .dev(2)
        .post("/groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    assert_eq!(heard.next().await.event(), "group_create");
    keys(
        &heard.next().await,
        &[
            ("event_name", json!("user_add_to_group")),
            ("group_access", json!("Owner")),
            ("user_username", json!("dev-0002")),
        ],
    );
}

#[tokio::test]
async fn asking_for_access_is_told_and_taking_it_back() {
    let mut heard = Heard::start().await;
    let acme = heard.lab.group(None, "acme", "public").await;
    heard.receiver.events(2).await;
    let shop = heard.lab.project(acme, "shop", "public").await;
    heard.receiver.events(1).await;
    for (place, asked, revoked) in [
        (
            format!("/groups/{acme}"),
            "user_access_request_to_group",
            "user_access_request_revoked_for_group",
        ),
        (
            format!("/projects/{shop}"),
            "user_access_request_to_project",
            "user_access_request_revoked_for_project",
        ),
    ] {
        let requests = format!("{place}/access_requests");
        heard.lab.dev(1).post(&requests, json!(null)).await;
        let told = heard.next().await;
        keys(
            &told,
            &[("event_name", json!(asked)), ("user_username", json!("dev-0001"))],
        );
        heard
            .lab
            .dev(1)
            .delete(&format!("{requests}/{}", id_of(1)), json!(null))
            .await;
        assert_eq!(heard.next().await.event(), revoked);
    }
}

#[tokio::test]
async fn users_are_told_of_when_they_come_are_renamed_and_go() {
    let mut heard = Heard::start().await;
    let body = json!({"email": "bo@acme.example", "username": "bo", "name": "Bo Reed", "password": "correct horse 9"});
    let bo = heard.lab.root().post("/users", body).await.body["id"].clone();
    let told = heard.next().await;
    same_shape_of(&told.text, "event_user_create");
    keys(
        &told,
        &[("user_id", bo.clone()), ("email", json!("bo@acme.example"))],
    );
    let one = format!("/users/{bo}");
    heard.lab.root().put(&one, json!({"username": "bo.reed"})).await;
    keys(
        &heard.next().await,
        &[
            ("event_name", json!("user_rename")),
            ("username", json!("bo.reed")),
            ("old_username", json!("bo")),
        ],
    );
    heard.lab.root().delete(&one, json!(null)).await;
    let told = heard.next().await;
    same_shape_of(&told.text, "event_user_create");
    assert_eq!(told.event(), "user_destroy");
}

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqbfdMGe9JpDZvIcSxUvLBzQkc8V0rdqGZPwQfJyfkL ada@acme";

#[tokio::test]
async fn keys_are_told_of_when_they_come_and_go() {
    let mut heard = Heard::start().await;
    let key = heard
        .lab
        .dev(1)
        .post("/user/keys", json!({"title": "laptop", "key": KEY}))
        .await;
    assert_eq!(key.status, 201, "{key:?}");
    let told = heard.next().await;
    same_shape_of(&told.text, "event_key_create");
    keys(
        &told,
        &[
            ("username", json!("dev-0001")),
            ("key", json!(KEY)),
            ("id", key.body["id"].clone()),
        ],
    );
    heard
        .lab
        .dev(1)
        .delete(&format!("/user/keys/{}", key.body["id"]), json!(null))
        .await;
    assert_eq!(heard.next().await.event(), "key_destroy");
}

#[tokio::test]
async fn addresses_are_real_in_system_hooks() {
    let mut heard = Heard::start().await;
    let acme = heard.group("acme").await;
    heard.lab.member(&format!("groups/{acme}"), 1, 30).await;
    assert_eq!(heard.next().await.body["user_email"], "dev-0001@example.com");
}

#[tokio::test]
async fn every_system_hook_has_one_kind() {
    let mut heard = Heard::start().await;
    heard.lab.group(None, "acme", "private").await;
    for _ in 0..2 {
        assert_eq!(heard.next().await.header("x-gitlab-event"), Some("System Hook"));
    }
}

#[tokio::test]
async fn a_change_that_changes_nothing_tells_nothing() {
    let mut heard = Heard::start().await;
    let acme = heard.group("acme").await;
    let shop = heard.project(acme, "shop").await;
    let root = heard.lab.root();
    root.put(&format!("/projects/{shop}"), json!({"name": "shop"}))
        .await;
    root.put(&format!("/groups/{acme}"), json!({"description": "d"}))
        .await;
    root.post(&format!("/projects/{shop}/star"), json!(null)).await;
    heard.nothing_more().await;
}

#[tokio::test]
async fn times_have_no_milliseconds() {
    let mut heard = Heard::start().await;
    heard.lab.group(None, "acme", "private").await;
    let told = heard.next().await;
    let time = told.body["created_at"].as_str().unwrap();
    assert_eq!((time.len(), &time[19..]), (20, "Z"), "{time}");
}

#[tokio::test]
async fn pushes_come_to_system_hooks_that_want_them() {
    let mut heard = Heard::start().await;
    let acme = heard.group("acme").await;
    let shop = heard.project(acme, "shop").await;
    let branches = format!("/projects/{shop}/repository/files");
    let write = |path: &str| {
        let body = json!({"branch": "main", "content": "x", "commit_message": "Write"});
        (format!("{branches}/{path}"), body)
    };
    let (path, body) = write("one");
    assert_eq!(heard.lab.root().post(&path, body).await.status, 201);
    let told = heard.next().await;
    keys(
        &told,
        &[
            ("event_name", json!("repository_update")),
            ("project_id", json!(shop)),
            ("refs", json!(["refs/heads/main"])),
        ],
    );
    let hook = heard.lab.root().get("/hooks").await.body[0]["id"].clone();
    let wants = json!({"push_events": true, "repository_update_events": false});
    heard.lab.root().put(&format!("/hooks/{hook}"), wants).await;
    let (path, body) = write("two");
    heard.lab.root().post(&path, body).await;
    let told = heard.next().await;
    assert_eq!(
        (told.event(), told.header("x-gitlab-event")),
        ("push", Some("System Hook"))
    );
    heard.nothing_more().await;
}
