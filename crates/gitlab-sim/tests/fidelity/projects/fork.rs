//! Forks (§5.4, §7.2.5, §7.2.8).

use std::time::Duration;

use serde_json::json;

use super::slow_lab;
use crate::client::Lab;

#[tokio::test]
async fn a_fork_is_made_in_the_own_namespace_and_filled_later() {
    let (lab, clock) = slow_lab().await;
    let acme = lab.group(None, "acme", "public").await;
    let body = json!({"path": "site", "namespace_id": acme, "visibility": "public",
        "initialize_with_readme": true, "default_branch": "trunk"});
    let origin = lab.root().post("/projects", body).await.body["id"].clone();
    let fork = lab
        .dev(1)
        .post(&format!("/projects/{origin}/fork"), json!({}))
        .await;
    assert_eq!(fork.status, 201);
    assert_eq!(fork.body["path_with_namespace"], "dev-0001/site");
    assert_eq!(
        (&fork.body["import_status"], &fork.body["empty_repo"]),
        (&json!("scheduled"), &json!(true))
    );
    assert_eq!(fork.body["forked_from_project"]["id"], origin);
    clock.advance(Duration::from_secs(5));
    lab.dev(1).get("/version").await;
    clock.advance(Duration::from_secs(5));
    let fork = lab.dev(1).get("/projects/dev-0001%2Fsite").await.body;
    assert_eq!(
        (
            &fork["import_status"],
            &fork["empty_repo"],
            &fork["default_branch"]
        ),
        (&json!("finished"), &json!(false), &json!("trunk"))
    );
}

#[tokio::test]
async fn a_fork_goes_to_a_namespace_by_id_by_path_or_by_either() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let net = lab.group(None, "net", "private").await;
    let id = lab.project(acme, "site", "private").await;
    for (number, target) in [
        json!({"namespace_id": net}),
        json!({"namespace_path": "net"}),
        json!({"namespace": "net"}),
        json!({"namespace": net}),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = target;
        body["path"] = json!(format!("fork-{number}"));
        body["name"] = json!(format!("Fork {number}"));
        let fork = lab.root().post(&format!("/projects/{id}/fork"), body).await;
        assert_eq!(fork.status, 201, "{fork:?}");
        assert_eq!(fork.body["path_with_namespace"], format!("net/fork-{number}"));
    }
}

#[tokio::test]
async fn a_fork_takes_name_path_description_and_features_unless_told_otherwise() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let settings = json!({"description": "The site", "wiki_access_level": "disabled"});
    lab.root().put(&format!("/projects/{id}"), settings).await;
    let like = lab
        .root()
        .post(&format!("/projects/{id}/fork"), json!({}))
        .await
        .body;
    assert_eq!(
        (&like["description"], &like["wiki_access_level"]),
        (&json!("The site"), &json!("disabled"))
    );
    let body = json!({"name": "Mine", "path": "mine", "description": "Mine", "mr_default_target_self": true});
    let other = lab.root().post(&format!("/projects/{id}/fork"), body).await.body;
    assert_eq!(
        (&other["name"], &other["path"], &other["description"]),
        (&json!("Mine"), &json!("mine"), &json!("Mine"))
    );
    assert_eq!(other["mr_default_target_self"], true);
}

#[tokio::test]
async fn a_fork_is_at_most_as_open_as_its_origin_its_namespace_and_the_wish() {
    let lab = Lab::start().await;
    let open = lab.group(None, "open", "public").await;
    let inside = lab.group(None, "inside", "internal").await;
    let id = lab.project(open, "site", "public").await;
    let fork = async |body| lab.root().post(&format!("/projects/{id}/fork"), body).await.body;
    assert_eq!(
        fork(json!({"namespace_id": inside})).await["visibility"],
        "internal"
    );
    let wish = json!({"visibility": "private", "path": "other", "name": "Other"});
    assert_eq!(fork(wish).await["visibility"], "private");
}

#[tokio::test]
async fn a_fork_at_a_path_that_is_taken_is_409_with_sentences() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.root()
        .post(&format!("/projects/{id}/fork"), json!({"namespace_id": acme}))
        .await
        .is(
            409,
            json!({"message": ["Project namespace name has already been taken", "Name has already been taken",
                "Path has already been taken"]}),
        );
    assert_eq!(lab.gitlab.stats().writes.rejected_as_duplicate, 1);
}

#[tokio::test]
async fn a_namespace_the_viewer_may_not_use_is_404() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    let path = format!("/projects/{id}/fork");
    lab.dev(1)
        .post(&path, json!({"namespace_id": acme}))
        .await
        .is(404, json!({"message": "404 Target Namespace Not Found"}));
    lab.dev(1)
        .post(&path, json!({"namespace_id": 999}))
        .await
        .is(404, json!({"message": "404 Namespace Not Found"}));
    lab.dev(1)
        .post(&path, json!({"branches": "nope"}))
        .await
        .is(404, json!({"message": "404 Source Branch Not Found"}));
}

#[tokio::test]
async fn a_project_whose_forking_is_off_is_404() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    let off = json!({"forking_access_level": "disabled"});
    lab.root().put(&format!("/projects/{id}"), off).await;
    lab.dev(1)
        .post(&format!("/projects/{id}/fork"), json!({}))
        .await
        .is(404, json!({"message": "404 Not Found"}));
}

#[tokio::test]
async fn forks_are_listed_and_counted() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    for number in [1, 2] {
        let fork = lab
            .dev(number)
            .post(&format!("/projects/{id}/fork"), json!({}))
            .await;
        assert_eq!(fork.status, 201);
    }
    let forks = lab
        .root()
        .get(&format!("/projects/{id}/forks?order_by=id&sort=asc"))
        .await;
    assert_eq!(
        forks.column("path_with_namespace"),
        ["dev-0001/site", "dev-0002/site"]
    );
    assert_eq!(forks.header("x-total"), Some("2"));
    assert_eq!(
        lab.root().get(&format!("/projects/{id}")).await.body["forks_count"],
        2
    );
    let owned = lab.dev(2).get(&format!("/projects/{id}/forks?owned=true")).await;
    assert_eq!(owned.column("path_with_namespace"), ["dev-0002/site"]);
}

#[tokio::test]
async fn what_a_project_is_a_fork_of_is_shown_to_those_who_may_see_it() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let net = lab.group(None, "net", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let body = json!({"namespace_id": net});
    let fork = lab.root().post(&format!("/projects/{id}/fork"), body).await.body["id"].clone();
    lab.member(&format!("projects/{fork}"), 1, 30).await;
    let seen = lab.dev(1).get(&format!("/projects/{fork}")).await.body;
    assert_eq!(seen.get("forked_from_project"), None);
    assert_eq!(seen["mr_default_target_self"], false);
}

#[tokio::test]
async fn a_relation_is_made_once_and_ended_once() {
    let lab = Lab::start().await;
    let root = lab.root();
    let acme = lab.group(None, "acme", "private").await;
    let origin = lab.project(acme, "site", "private").await;
    let copy = lab.project(acme, "copy", "private").await;
    let link = format!("/projects/{copy}/fork/{origin}");
    let linked = root.post(&link, json!(null)).await;
    assert_eq!(
        (linked.status, &linked.body["forked_from_project"]["id"]),
        (201, &json!(origin))
    );
    root.post(&link, json!(null))
        .await
        .is(409, json!({"message": "Project already forked"}));
    let unlink = format!("/projects/{copy}/fork");
    assert_eq!(root.delete(&unlink, json!(null)).await.status, 204);
    let again = root.delete(&unlink, json!(null)).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    assert_eq!(
        root.get(&format!("/projects/{origin}")).await.body["forks_count"],
        0
    );
}

#[tokio::test]
async fn a_relation_is_for_owners_to_a_project_that_is_seen() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let origin = lab.project(acme, "site", "private").await;
    let own = lab.dev(1).post("/projects", json!({"path": "own"})).await.body["id"].clone();
    lab.dev(1)
        .post(&format!("/projects/{own}/fork/{origin}"), json!(null))
        .await
        .is(404, json!({"message": "404 Project Not Found"}));
    lab.member(&format!("projects/{origin}"), 1, 40).await;
    lab.dev(1)
        .delete(&format!("/projects/{origin}/fork"), json!(null))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}

#[tokio::test]
async fn a_fork_of_something_gone_stays_without_an_origin() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let fork = lab
        .root()
        .post(&format!("/projects/{id}/fork"), json!({}))
        .await
        .body["id"]
        .clone();
    lab.root().delete(&format!("/projects/{id}"), json!(null)).await;
    let full_path = format!("acme/site-deletion_scheduled-{id}");
    let body = json!({"permanently_remove": true, "full_path": full_path});
    lab.root().delete(&format!("/projects/{id}"), body).await;
    let seen = lab.root().get(&format!("/projects/{fork}")).await;
    assert_eq!((seen.status, seen.body.get("forked_from_project")), (200, None));
}
