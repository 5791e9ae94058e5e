//! What hooks of groups are told (§9.3).

use gitlab_sim::{Background, Options, Tier};
use serde_json::{Value, json};

use crate::client::{Lab, id_of};
use crate::examples::same_shape_of;
use crate::receiver::Receiver;

async fn lab(tier: Tier) -> Lab {
    let options = Options::empty().users(9).tier(tier);
    let lab = Lab::with(options.background(Background::IMMEDIATE)).await;
    let body = json!({"allow_local_requests_from_web_hooks_and_services": true});
    assert_eq!(lab.root().put("/application/settings", body).await.status, 200);
    lab
}

/// Someone who hears of that, and of nothing else, from a group or project.
async fn listening(lab: &Lab, place: &str, events: &[&str]) -> Receiver {
    let receiver = Receiver::start().await;
    let mut body = json!({"url": receiver.url("/"), "push_events": false});
    for event in events {
        body[*event] = json!(true);
    }
    let answer = lab.root().post(&format!("/{place}/hooks"), body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    receiver
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
async fn a_subgroup_that_comes_and_goes_is_told_above() {
    let lab = lab(Tier::Premium).await;
    let acme = lab.group(None, "acme", "private").await;
    let mut receiver = listening(&lab, &format!("groups/{acme}"), &["subgroup_events"]).await;
    let web = lab.group(Some(acme), "web", "private").await;
    let told = receiver.next().await;
    same_shape_of(&told.text, "hook_event_subgroup");
    assert_eq!(told.header("x-gitlab-event"), Some("Subgroup Hook"));
    assert_eq!(
        (
            told.event(),
            &told.body["group_id"],
            &told.body["parent_group_id"]
        ),
        ("subgroup_create", &json!(web), &json!(acme))
    );
    remove_for_good(&lab, &format!("/groups/{web}")).await;
    let told = receiver.next().await;
    same_shape_of(&told.text, "hook_event_subgroup");
    assert_eq!(told.event(), "subgroup_destroy");
}

#[tokio::test]
async fn a_member_of_a_group_is_told_with_the_plan_and_the_end() {
    let lab = lab(Tier::Premium).await;
    let acme = lab.group(None, "acme", "private").await;
    let mut receiver = listening(&lab, &format!("groups/{acme}"), &["member_events"]).await;
    let members = format!("/groups/{acme}/members");
    let body = json!({"username": "dev-0001", "access_level": 30, "expires_at": "2099-12-14"});
    assert_eq!(lab.root().post(&members, body).await.status, 201);
    let told = receiver.next().await;
    same_shape_of(&told.text, "hook_event_member");
    assert_eq!(told.header("x-gitlab-event"), Some("Member Hook"));
    for (key, value) in [
        ("event_name", json!("user_add_to_group")),
        ("group_access", json!("Developer")),
        ("group_plan", json!("premium")),
        ("expires_at", json!("2099-12-14T00:00:00Z")),
    ] {
        assert_eq!(told.body[key], value, "{key}");
    }
    let one = format!("{members}/{}", id_of(1));
    lab.root()
        .put(&one, json!({"access_level": 40, "expires_at": ""}))
        .await;
    let told = receiver.next().await;
    same_shape_of(&told.text, "hook_event_member");
    assert_eq!(
        (told.event(), &told.body["expires_at"]),
        ("user_update_for_group", &json!(null))
    );
    lab.root().delete(&one, json!(null)).await;
    assert_eq!(receiver.next().await.event(), "user_remove_from_group");
}

#[tokio::test]
async fn a_project_that_comes_and_goes_is_told_without_its_owner() {
    let lab = lab(Tier::Premium).await;
    let acme = lab.group(None, "acme", "private").await;
    let mut receiver = listening(&lab, &format!("groups/{acme}"), &["project_events"]).await;
    let shop = lab.project(acme, "shop", "private").await;
    let told = receiver.next().await;
    same_shape_of(&told.text, "hook_event_project");
    assert_eq!(told.header("x-gitlab-event"), Some("Project Hook"));
    assert_eq!(
        (told.event(), &told.body["project_id"]),
        ("project_create", &json!(shop))
    );
    // A change is no news here.
    lab.root()
        .put(&format!("/projects/{shop}"), json!({"description": "d"}))
        .await;
    remove_for_good(&lab, &format!("/projects/{shop}")).await;
    assert_eq!(receiver.next().await.event(), "project_destroy");
}

#[tokio::test]
async fn events_below_reach_the_hooks_of_all_ancestors() {
    let lab = lab(Tier::Premium).await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let other = lab.group(None, "other", "private").await;
    let wanted = ["project_events", "subgroup_events", "member_events"];
    let mut above = listening(&lab, &format!("groups/{acme}"), &wanted).await;
    let mut near = listening(&lab, &format!("groups/{web}"), &wanted).await;
    let mut beside = listening(&lab, &format!("groups/{other}"), &wanted).await;
    lab.project(web, "shop", "private").await;
    lab.member(&format!("groups/{web}"), 1, 30).await;
    for receiver in [&mut above, &mut near] {
        assert_eq!(receiver.events(2).await, ["project_create", "user_add_to_group"]);
    }
    lab.group(Some(web), "deep", "private").await;
    for receiver in [&mut above, &mut near] {
        assert_eq!(receiver.events(2).await, ["subgroup_create", "user_add_to_group"]);
    }
    lab.project(other, "own", "private").await;
    assert_eq!(beside.next().await.body["name"], "own");
}

#[tokio::test]
async fn a_hook_hears_only_what_it_wants() {
    let lab = lab(Tier::Premium).await;
    let acme = lab.group(None, "acme", "private").await;
    let mut receiver = listening(&lab, &format!("groups/{acme}"), &["project_events"]).await;
    lab.group(Some(acme), "web", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    lab.project(acme, "shop", "private").await;
    assert_eq!(receiver.next().await.event(), "project_create");
}

#[tokio::test]
async fn addresses_are_hidden_from_group_hooks() {
    let lab = lab(Tier::Premium).await;
    let acme = lab.group(None, "acme", "private").await;
    let wanted = ["project_events", "member_events"];
    let mut receiver = listening(&lab, &format!("groups/{acme}"), &wanted).await;
    lab.project(acme, "shop", "private").await;
    let told = receiver.next().await;
    assert_eq!(
        told.body["owners"],
        json!([{"name": "Administrator", "email": "[REDACTED]"}])
    );
    assert_eq!(told.body.get("owner_name"), None);
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    let told = receiver.next().await;
    assert_eq!(told.body["user_email"], "[REDACTED]");
    assert!(!told.text.contains("example.com"));
}

#[tokio::test]
async fn asking_for_access_to_a_group_is_told_and_its_denial() {
    let lab = lab(Tier::Premium).await;
    let acme = lab.group(None, "acme", "public").await;
    let mut receiver = listening(&lab, &format!("groups/{acme}"), &["member_events"]).await;
    let requests = format!("/groups/{acme}/access_requests");
    lab.dev(1).post(&requests, json!(null)).await;
    assert_eq!(receiver.next().await.event(), "user_access_request_to_group");
    lab.root()
        .delete(&format!("{requests}/{}", id_of(1)), json!(null))
        .await;
    assert_eq!(
        receiver.next().await.event(),
        "user_access_request_denied_for_group"
    );
}

#[tokio::test]
async fn members_of_projects_are_no_news_to_groups() {
    let lab = lab(Tier::Premium).await;
    let acme = lab.group(None, "acme", "private").await;
    let shop = lab.project(acme, "shop", "private").await;
    let mut receiver = listening(&lab, &format!("groups/{acme}"), &["member_events"]).await;
    lab.member(&format!("projects/{shop}"), 1, 30).await;
    lab.member(&format!("groups/{acme}"), 2, 30).await;
    assert_eq!(receiver.next().await.body["user_username"], "dev-0002");
}

#[tokio::test]
async fn a_hook_of_a_project_does_not_hear_of_its_group() {
    let lab = lab(Tier::Premium).await;
    let acme = lab.group(None, "acme", "private").await;
    let shop = lab.project(acme, "shop", "private").await;
    let place = format!("projects/{shop}");
    let receiver = listening(&lab, &place, &["issues_events"]).await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    lab.member(&place, 2, 30).await;
    let hook = lab.root().get(&format!("/{place}/hooks")).await.body[0]["id"].clone();
    let log = lab.root().get(&format!("/{place}/hooks/{hook}/events")).await;
    assert_eq!(log.body, Value::Array(Vec::new()));
    drop(receiver);
}

/// A project with a file in it, by its place.
async fn begun(lab: &Lab) -> String {
    let acme = lab.group(None, "acme", "private").await;
    let body = json!({"path": "site", "namespace_id": acme, "initialize_with_readme": true});
    let site = lab.root().post("/projects", body).await.body["id"].clone();
    format!("projects/{site}")
}

async fn write(lab: &Lab, site: &str, branch: &str, path: &str, start: Option<&str>) {
    let body = json!({"branch": branch, "content": "x", "commit_message": "Write", "start_branch": start});
    let file = format!("/{site}/repository/files/{path}");
    let answer = lab.root().post(&file, body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

#[tokio::test]
async fn commits_made_through_the_api_are_told_as_pushes() {
    let lab = lab(Tier::Premium).await;
    let site = begun(&lab).await;
    let mut receiver = listening(&lab, &site, &["push_events"]).await;
    write(&lab, &site, "main", "one.txt", None).await;
    let first = receiver.next().await;
    assert_eq!(first.header("x-gitlab-event"), Some("Push Hook"));
    for (key, value) in [
        ("object_kind", json!("push")),
        ("ref", json!("refs/heads/main")),
        ("user_username", json!("root")),
        ("total_commits_count", json!(1)),
    ] {
        assert_eq!(first.body[key], value, "{key}");
    }
    let commit = &first.body["commits"][0];
    assert_eq!(
        (&commit["message"], &commit["added"], &commit["id"]),
        (&json!("Write"), &json!(["one.txt"]), &first.body["after"])
    );
    write(&lab, &site, "main", "two.txt", None).await;
    assert_eq!(receiver.next().await.body["before"], first.body["after"]);
}

#[tokio::test]
async fn branches_and_tags_that_come_and_go_are_told() {
    let lab = lab(Tier::Premium).await;
    let site = begun(&lab).await;
    let mut receiver = listening(&lab, &site, &["push_events", "tag_push_events"]).await;
    let zeros = json!("0".repeat(40));
    for (things, name, kind, reference) in [
        ("branches", "branch", "Push Hook", "refs/heads/topic"),
        ("tags", "tag_name", "Tag Push Hook", "refs/tags/topic"),
    ] {
        let place = format!("/{site}/repository/{things}");
        let made = lab
            .root()
            .post(&place, json!({name: "topic", "ref": "main"}))
            .await;
        assert_eq!(made.status, 201, "{made:?}");
        let come = receiver.next().await;
        assert_eq!(come.header("x-gitlab-event"), Some(kind));
        assert_eq!(
            (&come.body["ref"], &come.body["before"]),
            (&json!(reference), &zeros)
        );
        lab.root().delete(&format!("{place}/topic"), json!(null)).await;
        let gone = receiver.next().await;
        assert_eq!(
            (&gone.body["after"], &gone.body["checkout_sha"]),
            (&zeros, &json!(null))
        );
        assert_eq!(gone.body["before"], come.body["after"]);
    }
}

#[tokio::test]
async fn pushes_are_told_of_chosen_branches_only() {
    let lab = lab(Tier::Premium).await;
    let site = begun(&lab).await;
    for (strategy, filter) in [("wildcard", "release/*"), ("regex", "^release/")] {
        let receiver = Receiver::start().await;
        let body = json!({
            "url": receiver.url("/"), "branch_filter_strategy": strategy, "push_events_branch_filter": filter,
        });
        let mut receiver = receiver;
        assert_eq!(lab.root().post(&format!("/{site}/hooks"), body).await.status, 201);
        write(&lab, &site, "main", &format!("{strategy}.txt"), None).await;
        let branch = format!("release/{strategy}");
        write(&lab, &site, &branch, "notes.txt", Some("main")).await;
        assert_eq!(receiver.next().await.body["ref"], format!("refs/heads/{branch}"));
    }
}
