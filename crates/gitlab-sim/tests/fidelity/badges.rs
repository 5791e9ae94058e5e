//! Badges of groups and projects (§7.20).

use serde_json::{Value, json};

use crate::client::Lab;
use crate::examples::same_shape;

fn badge() -> Value {
    json!({"name": "pipeline", "link_url": "https://ci.example.org/%{project_path}",
        "image_url": "https://ci.example.org/%{project_id}/%{default_branch}.svg"})
}

#[tokio::test]
async fn a_badge_of_a_project_is_shown_with_its_placeholders_filled_in() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let made = lab.root().post(&format!("/projects/{id}/badges"), badge()).await;
    assert_eq!(made.status, 201);
    same_shape(&made, "badge");
    assert_eq!(made.body["kind"], "project");
    assert_eq!(made.body["link_url"], "https://ci.example.org/%{project_path}");
    assert_eq!(made.body["rendered_link_url"], "https://ci.example.org/acme/site");
    assert_eq!(
        made.body["rendered_image_url"],
        format!("https://ci.example.org/{id}/main.svg")
    );
}

#[tokio::test]
async fn every_documented_placeholder_is_filled_in() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let body =
        json!({"name": "The Site", "path": "site", "namespace_id": acme, "initialize_with_readme": true});
    let id = lab.root().post("/projects", body).await.body["id"].clone();
    let render = async |placeholder: &str| {
        let url = format!("https://x.example/{placeholder}").replace('%', "%25");
        let path = format!("/projects/{id}/badges/render?link_url={url}&image_url={url}");
        let answer = lab.root().get(&path).await;
        let rendered = answer.body["rendered_link_url"].as_str().unwrap();
        rendered.strip_prefix("https://x.example/").unwrap().to_owned()
    };
    assert_eq!(render("%{project_path}").await, "acme/site");
    assert_eq!(render("%{project_name}").await, "site");
    assert_eq!(render("%{project_title}").await, "The Site");
    assert_eq!(render("%{project_namespace}").await, "acme");
    assert_eq!(render("%{group_name}").await, "acme");
    assert_eq!(render("%{project_id}").await, id.to_string());
    assert_eq!(render("%{default_branch}").await, "main");
    assert_eq!(render("%{commit_sha}").await.len(), 40);
    assert_eq!(render("%{latest_tag}").await, "");
    assert_eq!(render("%{gitlab_server}").await, "127.0.0.1");
    assert_eq!(render("%{unheard_of}").await, "%{unheard_of}");
}

#[tokio::test]
async fn a_project_shows_the_badges_of_the_groups_above_it_too() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let id = lab.project(web, "site", "private").await;
    for path in [
        format!("groups/{acme}"),
        format!("groups/{web}"),
        format!("projects/{id}"),
    ] {
        let made = lab.root().post(&format!("/{path}/badges"), badge()).await;
        assert_eq!(made.status, 201);
    }
    let kinds = async |path: &str| lab.root().get(&format!("/{path}/badges")).await.column("kind");
    assert_eq!(
        kinds(&format!("projects/{id}")).await,
        ["group", "group", "project"]
    );
    assert_eq!(kinds(&format!("groups/{web}")).await, ["group"]);
}

#[tokio::test]
async fn badges_are_found_by_name_and_two_may_be_alike() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let path = format!("/projects/{id}/badges");
    for _ in 0..2 {
        assert_eq!(lab.root().post(&path, badge()).await.status, 201);
    }
    let mut other = badge();
    other["name"] = json!("coverage");
    lab.root().post(&path, other).await;
    assert_eq!(lab.root().get(&path).await.column("id"), ["1", "2", "3"]);
    let named = lab.root().get(&format!("{path}?name=coverage")).await;
    assert_eq!(named.column("id"), ["3"]);
}

#[tokio::test]
async fn a_badge_needs_two_addresses_that_lead_somewhere() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let path = format!("/projects/{id}/badges");
    lab.root()
        .post(&path, json!({}))
        .await
        .is(400, json!({"error": "link_url is missing, image_url is missing"}));
    for url in ["whatever", "javascript:alert(1)", "https://"] {
        let mut body = badge();
        body["link_url"] = json!(url);
        let refused = lab.root().post(&path, body).await;
        assert_eq!(refused.status, 400, "{url}");
        assert!(refused.body["message"]["link_url"].is_array(), "{refused:?}");
    }
}

#[tokio::test]
async fn a_badge_is_changed_and_removed() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/badges");
    lab.root().post(&path, badge()).await;
    let one = format!("{path}/1");
    let changed = lab.root().put(&one, json!({"name": "coverage"})).await;
    assert_eq!((changed.status, &changed.body["name"]), (200, &json!("coverage")));
    assert_eq!(changed.body["link_url"], badge()["link_url"]);
    assert_eq!(lab.root().get(&one).await.body["name"], "coverage");
    assert_eq!(lab.root().delete(&one, json!(null)).await.status, 204);
    lab.root()
        .get(&one)
        .await
        .is(404, json!({"message": "404 Not found"}));
}

#[tokio::test]
async fn badges_are_changed_by_maintainers_of_a_project_and_owners_of_a_group() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let id = lab.project(acme, "site", "public").await;
    lab.member(&format!("groups/{acme}"), 1, 40).await;
    lab.member(&format!("groups/{acme}"), 2, 30).await;
    let forbidden = json!({"message": "403 Forbidden"});
    let (group, project) = (format!("/groups/{acme}/badges"), format!("/projects/{id}/badges"));
    assert_eq!(lab.dev(1).post(&project, badge()).await.status, 201);
    lab.dev(1).post(&group, badge()).await.is(403, forbidden.clone());
    lab.dev(2)
        .post(&project, badge())
        .await
        .is(403, forbidden.clone());
    lab.dev(2)
        .get(&format!(
            "{project}/render?link_url=http://a.b&image_url=http://a.b"
        ))
        .await
        .is(403, forbidden);
    assert_eq!(lab.anonymous().get(&project).await.column("id"), ["1"]);
    lab.anonymous()
        .post(&project, badge())
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
}

#[tokio::test]
async fn a_badge_of_a_group_is_not_changed_through_a_project() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    lab.root().post(&format!("/groups/{acme}/badges"), badge()).await;
    let one = format!("/projects/{id}/badges/1");
    assert_eq!(lab.root().get(&one).await.body["kind"], "group");
    assert_eq!(lab.root().delete(&one, json!(null)).await.status, 403);
}

#[tokio::test]
async fn a_badge_can_be_tried_out_first() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let id = lab.project(acme, "site", "private").await;
    let path = format!("/projects/{id}/badges/render");
    let url = "https://ci.example.org/%25{project_name}";
    let shown = lab
        .root()
        .get(&format!("{path}?link_url={url}&image_url={url}"))
        .await;
    same_shape(&shown, "badge_rendered");
    lab.root()
        .get(&path)
        .await
        .is(400, json!({"error": "link_url is missing, image_url is missing"}));
    assert_eq!(
        lab.root().get(&format!("/projects/{id}/badges")).await.body,
        json!([])
    );
}
