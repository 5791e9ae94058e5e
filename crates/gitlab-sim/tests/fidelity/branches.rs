//! Branches of a repository (§7.16).

use gitlab_sim::Tier;
use hyper::Method;
use serde_json::json;

use crate::examples::same_shape;
use crate::repository::{Code, message};

#[tokio::test]
async fn a_branch_is_shown_with_its_commit_and_what_one_may_do_with_it() {
    let code = Code::start().await;
    let branch = code.get("/repository/branches/main").await;
    assert_eq!(branch.status, 200);
    same_shape(&branch, "branch");
    assert_eq!(branch.body["default"], true);
    assert_eq!(branch.body["protected"], true);
    assert_eq!(branch.body["merged"], false);
    assert_eq!(branch.body["can_push"], true);
    let seen = code
        .developer()
        .get(&code.path("/repository/branches/main"))
        .await;
    assert_eq!(seen.body["can_push"], false);
    assert_eq!(seen.body["developers_can_push"], false);
    assert_eq!(seen.body["developers_can_merge"], false);
    let url = branch.body["web_url"].as_str().unwrap();
    assert!(url.ends_with("/acme/ledger/-/tree/main"), "{url}");
}

#[tokio::test]
async fn what_developers_may_do_follows_from_the_protection() {
    let code = Code::start().await;
    code.branch("release/1", "main").await;
    let body = json!({"name": "release/*", "push_access_level": 0, "merge_access_level": 30});
    code.make("/protected_branches", body).await;
    let branch = code.get("/repository/branches/release%2F1").await.body;
    assert_eq!(branch["protected"], true);
    assert_eq!(branch["developers_can_push"], false);
    assert_eq!(branch["developers_can_merge"], true);
    assert_eq!(branch["can_push"], false);
}

#[tokio::test]
async fn a_branch_is_made_from_a_branch_a_tag_or_a_commit() {
    let code = Code::start().await;
    let main = code.get("/repository/branches/main").await.body["commit"]["id"].clone();
    code.make("/repository/tags", json!({"tag_name": "v1", "ref": "main"}))
        .await;
    for (name, from) in [
        ("one", json!("main")),
        ("two", json!("v1")),
        ("three", main.clone()),
    ] {
        let body = json!({"branch": name, "ref": from});
        let answer = code
            .developer()
            .post(&code.path("/repository/branches"), body)
            .await;
        assert_eq!(answer.status, 201);
        same_shape(&answer, "branch");
        assert_eq!(answer.body["commit"]["id"], main);
        assert_eq!(answer.body["name"], name);
    }
}

#[tokio::test]
async fn a_branch_that_is_there_is_refused_with_400() {
    let code = Code::start().await;
    let body = json!({"branch": "main", "ref": "main"});
    code.root()
        .post(&code.path("/repository/branches"), body)
        .await
        .is(400, message("Branch already exists"));
    assert_eq!(code.lab.gitlab.stats().writes.rejected_as_duplicate, 1);
}

#[tokio::test]
async fn a_ref_that_means_nothing_is_refused_with_400() {
    let code = Code::start().await;
    let body = json!({"branch": "next", "ref": "nowhere"});
    code.root()
        .post(&code.path("/repository/branches"), body)
        .await
        .is(400, message("Invalid reference name: nowhere"));
    code.root()
        .post(&code.path("/repository/branches"), json!({"branch": "next"}))
        .await
        .is(400, json!({"error": "ref is missing"}));
}

#[tokio::test]
async fn an_empty_repository_gets_its_default_branch_with_the_first_one() {
    let options = gitlab_sim::Options::empty().users(9);
    let code = Code::without_files(options).await;
    code.make("/repository/branches", json!({"branch": "next", "ref": "main"}))
        .await;
    assert_eq!(
        code.get("/repository/branches").await.column("name"),
        ["main", "next"]
    );
    let tree = code.get("/repository/tree?ref=next").await;
    assert_eq!(tree.column("path"), ["README.md"]);
    let commits = code.get("/repository/commits").await;
    assert_eq!(commits.column("title"), ["Add README.md"]);
    assert_eq!(
        code.get("/repository/files/README.md?ref=main").await.body["size"],
        0
    );
}

#[tokio::test]
async fn a_name_no_branch_can_have_is_refused_with_400() {
    let code = Code::start().await;
    code.get("/repository/branches/a%20b")
        .await
        .is(400, message("The branch refname is invalid"));
    let body = json!({"branch": "a..b", "ref": "main"});
    code.root()
        .post(&code.path("/repository/branches"), body)
        .await
        .is(400, message("Branch name is invalid"));
}

#[tokio::test]
async fn a_name_with_dots_or_slashes_works_when_encoded() {
    let code = Code::start().await;
    for (name, encoded) in [("my.branch.name", "my.branch.name"), ("feature/x", "feature%2Fx")] {
        code.branch(name, "main").await;
        let path = format!("/repository/branches/{encoded}");
        assert_eq!(code.get(&path).await.body["name"], name);
        let gone = code.root().delete(&code.path(&path), json!(null)).await;
        assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    }
}

#[tokio::test]
async fn a_missing_branch_is_404() {
    let code = Code::start().await;
    let path = "/repository/branches/nowhere";
    let text = message("404 Branch Not Found");
    code.get(path).await.is(404, text.clone());
    code.root()
        .delete(&code.path(path), json!(null))
        .await
        .is(404, text);
}

#[tokio::test]
async fn head_says_whether_a_branch_is_there() {
    let code = Code::start().await;
    let head = async |name: &str| {
        let path = code.path(&format!("/repository/branches/{name}"));
        let answer = code.root().json(Method::HEAD, &path, json!(null)).await.unwrap();
        (answer.status, answer.text)
    };
    assert_eq!(head("main").await, (204, String::new()));
    assert_eq!(head("nowhere").await, (404, String::new()));
}

#[tokio::test]
async fn a_protected_branch_is_not_deleted_and_the_default_one_neither() {
    let code = Code::start().await;
    let main = code.path("/repository/branches/main");
    code.root()
        .delete(&main, json!(null))
        .await
        .is(403, message("403 Forbidden"));
    let protection = code.path("/protected_branches/main");
    assert_eq!(code.root().delete(&protection, json!(null)).await.status, 204);
    code.root()
        .delete(&main, json!(null))
        .await
        .is(400, message("Cannot remove HEAD branch"));
}

#[tokio::test]
async fn a_deleted_branch_leaves_its_commits_behind() {
    let code = Code::start().await;
    code.branch("next", "main").await;
    let id = code.commit("next", "b.txt", "More").await;
    let path = code.path("/repository/branches/next");
    code.developer().delete(&path, json!(null)).await;
    assert_eq!(code.get("/repository/branches").await.column("name"), ["main"]);
    assert_eq!(
        code.get(&format!("/repository/commits/{id}")).await.body["title"],
        "More"
    );
}

#[tokio::test]
async fn deleting_merged_branches_answers_202_and_spares_protected_ones() {
    let code = Code::start().await;
    for name in ["done", "kept", "ahead"] {
        code.branch(name, "main").await;
    }
    code.commit("ahead", "b.txt", "More").await;
    code.make("/protected_branches", json!({"name": "kept"})).await;
    assert_eq!(code.get("/repository/branches/done").await.body["merged"], true);
    assert_eq!(code.get("/repository/branches/ahead").await.body["merged"], false);
    code.developer()
        .delete(&code.path("/repository/merged_branches"), json!(null))
        .await
        .is(202, message("202 Accepted"));
    assert_eq!(
        code.get("/repository/branches").await.column("name"),
        ["ahead", "kept", "main"]
    );
}

#[tokio::test]
async fn branches_are_searched_by_part_by_start_by_end_and_by_pattern() {
    let code = Code::start().await;
    for name in ["feature/main", "main-2", "release"] {
        code.branch(name, "main").await;
    }
    let found = async |query: &str| {
        let list = code.get(&format!("/repository/branches?{query}")).await;
        list.column("name").join(" ")
    };
    assert_eq!(found("search=MAIN").await, "feature/main main main-2");
    assert_eq!(found("search=%5Emain").await, "main main-2");
    assert_eq!(found("search=main%24").await, "feature/main main");
    assert_eq!(found("regex=%5Emain%28-%5Cd%2B%29%3F%24").await, "main main-2");
    assert_eq!(found("search=nothing").await, "");
}

#[tokio::test]
async fn a_pattern_that_is_none_is_refused_with_400() {
    let code = Code::start().await;
    let answer = code.get("/repository/branches?regex=%5B").await;
    assert_eq!(answer.status, 400);
    let text = answer.body["error"].as_str().unwrap();
    assert!(text.starts_with("regex is an invalid regex: "), "{text}");
}

#[tokio::test]
async fn branches_come_by_name_or_by_age_and_in_pages() {
    let code = Code::start().await;
    for name in ["b", "a", "c"] {
        code.branch(name, "main").await;
    }
    let all = code.get("/repository/branches").await;
    assert_eq!(all.column("name"), ["a", "b", "c", "main"]);
    let page = code.get("/repository/branches?per_page=3&page=2").await;
    assert_eq!(page.column("name"), ["main"]);
    assert_eq!(page.header("x-total"), Some("4"));
    let first = code
        .get("/repository/branches?pagination=keyset&per_page=2")
        .await;
    assert_eq!(first.column("name"), ["a", "b"]);
    let second = code.root().get(&first.next().unwrap()).await;
    assert_eq!(second.column("name"), ["c", "main"]);
    assert_eq!(second.next(), None);
}

#[tokio::test]
async fn the_old_way_to_protect_and_unprotect_still_works() {
    let code = Code::start().await;
    code.branch("next", "main").await;
    let path = code.path("/repository/branches/next");
    let answer = code
        .maintainer()
        .put(&format!("{path}/protect"), json!({"developers_can_merge": true}))
        .await;
    assert_eq!(answer.status, 200);
    same_shape(&answer, "branch");
    assert_eq!(answer.body["protected"], true);
    assert_eq!(answer.body["developers_can_push"], false);
    assert_eq!(answer.body["developers_can_merge"], true);
    code.developer()
        .put(&format!("{path}/protect"), json!({}))
        .await
        .is(403, message("403 Forbidden"));
    let answer = code
        .maintainer()
        .put(&format!("{path}/unprotect"), json!(null))
        .await;
    assert_eq!((answer.status, &answer.body["protected"]), (200, &json!(false)));
}

#[tokio::test]
async fn a_branch_that_would_be_protected_is_not_made_by_who_may_not_push_to_it() {
    let code = Code::on(Tier::Premium).await;
    code.make("/protected_branches", json!({"name": "release/*"}))
        .await;
    let body = json!({"branch": "release/1", "ref": "main"});
    let path = code.path("/repository/branches");
    let refused = code.developer().post(&path, body.clone()).await;
    assert_eq!(refused.status, 403);
    assert_eq!(code.maintainer().post(&path, body).await.status, 201);
}
