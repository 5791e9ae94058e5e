//! Templates of files.

use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn templates_are_listed_in_pages_for_anyone() {
    let lab = Lab::start().await;
    for kind in ["dockerfiles", "gitignores", "gitlab_ci_ymls", "licenses"] {
        let page = lab
            .anonymous()
            .get(&format!("/templates/{kind}?per_page=3"))
            .await;
        assert_eq!((page.status, page.column("key").len()), (200, 3), "{kind}");
        assert!(page.header("x-total").unwrap().parse::<u32>().unwrap() > 10);
    }
    let first = &lab.anonymous().get("/templates/gitlab_ci_ymls").await.body[0];
    assert_eq!(first, &json!({"key": "Android", "name": "Android"}));
}

#[tokio::test]
async fn a_template_is_found_whatever_its_case_and_an_unknown_one_is_404() {
    let lab = Lab::start().await;
    let node = lab.anonymous().get("/templates/gitignores/node").await;
    assert_eq!((node.status, &node.body["name"]), (200, &json!("Node")));
    for (kind, name) in [
        ("dockerfiles", "dockerfile"),
        ("gitignores", "gitignore"),
        ("gitlab_ci_ymls", "gitlab_ci_yml"),
        ("licenses", "License"),
    ] {
        lab.anonymous()
            .get(&format!("/templates/{kind}/none"))
            .await
            .is(404, json!({"message": format!("404 {name} Not Found")}));
    }
}

#[tokio::test]
async fn a_licence_names_its_author_and_the_year() {
    let lab = Lab::start().await;
    let text = async |answer: crate::client::Answer| answer.body["content"].as_str().unwrap().to_owned();
    let named = lab
        .root()
        .get("/templates/licenses/mit?fullname=Acme+Works")
        .await;
    assert_eq!(named.body["html_url"], "http://choosealicense.com/licenses/mit/");
    assert!(text(named).await.ends_with("Acme Works\n"));
    let own = text(lab.root().get("/templates/licenses/MIT").await).await;
    assert!(
        own.ends_with("Administrator\n") && !own.contains("[year]"),
        "{own}"
    );
    let nobody = text(lab.anonymous().get("/templates/licenses/mit").await).await;
    assert!(nobody.ends_with("[fullname]\n"), "{nobody}");
}

#[tokio::test]
async fn popular_licences_can_be_asked_for_alone() {
    let lab = Lab::start().await;
    let popular = lab.root().get("/templates/licenses?popular=true").await;
    assert_eq!(popular.column("key"), ["apache-2.0", "gpl-3.0", "mit"]);
}
