//! Commits of a repository (§7.16).

use serde_json::{Value, json};

use crate::examples::same_shape;
use crate::repository::{Code, message};

const COMMITS: &str = "/repository/commits";

fn commit(branch: &str, actions: Value) -> Value {
    json!({"branch": branch, "commit_message": "Change", "actions": actions})
}

#[tokio::test]
async fn many_actions_make_one_commit() {
    let code = Code::start().await;
    let head = code.get("/repository/branches/main").await.body["commit"]["id"].clone();
    let actions = json!([
        {"action": "create", "file_path": "docs/a.md", "content": "one\ntwo\n"},
        {"action": "create", "file_path": "run.sh", "content": "IyEvYmluL3NoCg==", "encoding": "base64"},
        {"action": "chmod", "file_path": "run.sh", "execute_filemode": true},
        {"action": "update", "file_path": "README.md", "content": "New\n"},
        {"action": "move", "file_path": "docs/b.md", "previous_path": "docs/a.md"},
    ]);
    let answer = code
        .maintainer()
        .post(&code.path(COMMITS), commit("main", actions))
        .await;
    assert_eq!(answer.status, 201);
    same_shape(&answer, "commit_detail");
    assert_eq!(answer.body["parent_ids"], json!([head]));
    assert_eq!(
        answer.body["stats"],
        json!({"additions": 4, "deletions": 1, "total": 5})
    );
    assert_eq!(answer.body["project_id"], code.project);
    let tree = code.get("/repository/tree?recursive=true").await;
    assert_eq!(tree.column("path"), ["docs", "README.md", "docs/b.md", "run.sh"]);
    assert_eq!(tree.column("mode"), ["040000", "100644", "100644", "100755"]);
    let raw = code.get("/repository/files/docs%2Fb.md/raw").await;
    assert_eq!(raw.text, "one\ntwo\n");
}

#[tokio::test]
async fn one_action_that_cannot_be_done_leaves_nothing_done() {
    let code = Code::start().await;
    let fresh = json!({"action": "create", "file_path": "a", "content": "a"});
    for (action, text) in [
        (
            json!({"action": "create", "file_path": "README.md", "content": "x"}),
            "A file with this name already exists",
        ),
        (
            json!({"action": "update", "file_path": "nothing", "content": "x"}),
            "A file with this name doesn't exist",
        ),
        (
            json!({"action": "delete", "file_path": "nothing"}),
            "A file with this name doesn't exist",
        ),
        (
            json!({"action": "move", "file_path": "b", "previous_path": "nothing"}),
            "A file with this name doesn't exist",
        ),
        (
            json!({"action": "chmod", "file_path": "nothing", "execute_filemode": true}),
            "A file with this name doesn't exist",
        ),
        (
            json!({"action": "create", "file_path": "../b", "content": "x"}),
            "Path cannot include directory traversal",
        ),
    ] {
        let body = commit("main", json!([fresh, action]));
        code.root()
            .post(&code.path(COMMITS), body)
            .await
            .is(400, message(text));
    }
    assert_eq!(code.get("/repository/tree").await.column("name"), ["README.md"]);
    assert_eq!(code.get(COMMITS).await.column("title"), ["Begin"]);
}

#[tokio::test]
async fn malformed_actions_are_told_with_their_place() {
    let code = Code::start().await;
    let actions = json!([
        {"action": "create", "file_path": "a", "content": "a"},
        {"action": "rename", "file_path": "b"},
        {"action": "create"},
    ]);
    code.root()
        .post(&code.path(COMMITS), commit("main", actions))
        .await
        .is(
            400,
            json!({"error": "actions[1][action] does not have a valid value, \
                actions[2][file_path] is missing, actions[2][content] is missing"}),
        );
    code.root().post(&code.path(COMMITS), json!({})).await.is(
        400,
        json!({"error": "branch is missing, commit_message is missing, actions is missing"}),
    );
}

#[tokio::test]
async fn a_commit_to_a_branch_that_is_not_there_needs_a_start() {
    let code = Code::start().await;
    let actions = json!([{"action": "create", "file_path": "a", "content": "a"}]);
    let mut body = commit("next", actions);
    let path = code.path(COMMITS);
    let text = "You can only create or edit files when you are on a branch";
    code.developer()
        .post(&path, body.clone())
        .await
        .is(400, message(text));
    body["start_branch"] = json!("nowhere");
    code.developer()
        .post(&path, body.clone())
        .await
        .is(400, message(text));
    body["start_branch"] = json!("main");
    assert_eq!(code.developer().post(&path, body.clone()).await.status, 201);
    // Now it is there, and would be left behind.
    code.developer().post(&path, body.clone()).await.is(
        400,
        message("A branch called 'next' already exists. Switch to that branch in order to make changes"),
    );
    body["force"] = json!(true);
    let forced = code.developer().post(&path, body).await;
    assert_eq!(forced.status, 201);
    let main = code.get("/repository/branches/main").await.body["commit"]["id"].clone();
    assert_eq!(forced.body["parent_ids"], json!([main]));
}

#[tokio::test]
async fn a_commit_can_start_from_the_id_of_another() {
    let code = Code::start().await;
    let first = code.get(COMMITS).await.column("id")[0].clone();
    code.commit("main", "a", "More").await;
    let actions = json!([{"action": "create", "file_path": "b", "content": "b"}]);
    let mut body = commit("next", actions);
    body["start_sha"] = json!(first);
    assert_eq!(
        code.developer()
            .post(&code.path(COMMITS), body.clone())
            .await
            .status,
        201
    );
    assert_eq!(
        code.get("/repository/tree?ref=next").await.column("name"),
        ["README.md", "b"]
    );
    body["start_branch"] = json!("main");
    code.developer().post(&code.path(COMMITS), body).await.is(
        400,
        json!({"error": "start_branch, start_sha are mutually exclusive"}),
    );
}

#[tokio::test]
async fn a_file_changed_since_it_was_seen_is_not_written_over() {
    let code = Code::start().await;
    let seen = code.get(COMMITS).await.column("id")[0].clone();
    let update = |content: &str| {
        commit(
            "main",
            json!([{"action": "update", "file_path": "README.md", "content": content, "last_commit_id": seen}]),
        )
    };
    assert_eq!(
        code.root().post(&code.path(COMMITS), update("1")).await.status,
        201
    );
    code.root().post(&code.path(COMMITS), update("2")).await.is(
        400,
        message("You are attempting to update a file that has changed since you started editing it."),
    );
}

#[tokio::test]
async fn who_may_not_push_to_a_protected_branch_commits_nothing_to_it() {
    let code = Code::start().await;
    let actions = json!([{"action": "create", "file_path": "a", "content": "a"}]);
    code.developer()
        .post(&code.path(COMMITS), commit("main", actions.clone()))
        .await
        .is(
            403,
            message("403 Forbidden - You are not allowed to push into this branch"),
        );
    code.reporter()
        .post(&code.path(COMMITS), commit("main", actions))
        .await
        .is(403, message("403 Forbidden"));
}

#[tokio::test]
async fn ids_are_those_git_would_give() {
    let clock = crate::clock::HandClock::new();
    let options = gitlab_sim::Options::empty().users(9).clock(clock);
    let code = Code::without_files(options).await;
    let body = json!({
        "branch": "main", "commit_message": "Begin\n",
        "actions": [
            {"action": "create", "file_path": "a.txt", "content": "a\n"},
            {"action": "create", "file_path": "a/b.txt", "content": "b\n"},
            {"action": "create", "file_path": "run.sh", "content": "#!/bin/sh\n", "execute_filemode": true},
        ],
    });
    let made = code.make(COMMITS, body).await;
    // `git commit-tree` says the same of the same files, people and second.
    assert_eq!(made["id"], "72b8d3ffb0f26c46a2e4a7217fb52693597dba1b");
    assert_eq!(made["short_id"], "72b8d3ff");
    assert_eq!(made["created_at"], "2026-03-02T09:14:07.000+00:00");
}

#[tokio::test]
async fn a_list_is_newest_first_and_never_counted() {
    let code = Code::start().await;
    for number in 1..=4 {
        code.commit("main", &format!("f{number}"), &format!("Commit {number}"))
            .await;
    }
    let list = code.get(&format!("{COMMITS}?per_page=2")).await;
    same_shape(&list, "commit");
    assert_eq!(list.column("title"), ["Commit 4", "Commit 3"]);
    assert_eq!(
        (list.header("x-total"), list.header("x-next-page")),
        (None, Some("2"))
    );
    let next = code.root().get(&list.next().unwrap()).await;
    assert_eq!(next.column("title"), ["Commit 2", "Commit 1"]);
}

#[tokio::test]
async fn a_list_can_be_of_another_branch_of_all_and_of_a_path() {
    let code = Code::start().await;
    code.branch("next", "main").await;
    code.commit("next", "docs/a", "On next").await;
    code.commit("main", "b", "On main").await;
    let titles = async |query: &str| {
        let list = code.get(&format!("{COMMITS}?{query}")).await;
        list.column("title").join(", ")
    };
    assert_eq!(titles("").await, "On main, Begin");
    assert_eq!(titles("ref_name=next").await, "On next, Begin");
    let all = titles("all=true").await;
    assert!(all.contains("On next") && all.contains("On main"), "{all}");
    assert_eq!(titles("ref_name=next&path=docs").await, "On next");
    assert_eq!(titles("path=README.md").await, "Begin");
    assert_eq!(titles("author=admin%40example.com").await, "On main, Begin");
    assert_eq!(titles("author=nobody").await, "");
    assert_eq!(titles("since=2000-01-01T00:00:00Z").await, "On main, Begin");
    assert_eq!(titles("until=2000-01-01T00:00:00Z").await, "");
}

#[tokio::test]
async fn lines_are_counted_when_asked_for() {
    let code = Code::start().await;
    let list = code.get(&format!("{COMMITS}?with_stats=true")).await;
    assert_eq!(
        list.body[0]["stats"],
        json!({"additions": 1, "deletions": 0, "total": 1})
    );
    assert_eq!(code.get(COMMITS).await.body[0].get("stats"), None);
    let one = code.get(&format!("{COMMITS}/main?stats=false")).await.body;
    assert_eq!(one.get("stats"), None);
}

#[tokio::test]
async fn a_commit_is_found_by_id_short_id_branch_or_tag() {
    let code = Code::start().await;
    code.make("/repository/tags", json!({"tag_name": "v1", "ref": "main"}))
        .await;
    let id = code.get(COMMITS).await.column("id")[0].clone();
    for reference in [id.as_str(), &id[..8], "main", "v1"] {
        let found = code.get(&format!("{COMMITS}/{reference}")).await;
        assert_eq!(
            (found.status, &found.body["id"]),
            (200, &json!(id)),
            "{reference}"
        );
        same_shape(&found, "commit_detail");
    }
    code.get(&format!("{COMMITS}/nowhere"))
        .await
        .is(404, message("404 Commit Not Found"));
}

#[tokio::test]
async fn trailers_are_read_from_the_end_of_the_message() {
    let code = Code::start().await;
    let text = "Fix it\n\nReviewed-by: Ada\nReviewed-by: Bo";
    let id = code.commit("main", "a", text).await;
    let commit = code.get(&format!("{COMMITS}/{id}")).await.body;
    assert_eq!(commit["title"], "Fix it");
    assert_eq!(commit["trailers"], json!({"Reviewed-by": "Bo"}));
    assert_eq!(commit["extended_trailers"], json!({"Reviewed-by": ["Ada", "Bo"]}));
    assert_eq!(code.get(COMMITS).await.body[0]["trailers"], json!({}));
    let list = code.get(&format!("{COMMITS}?trailers=true")).await;
    assert_eq!(list.body[0]["trailers"], json!({"Reviewed-by": "Bo"}));
}

#[tokio::test]
async fn a_diff_tells_every_file_that_changed() {
    let code = Code::start().await;
    let actions = json!([
        {"action": "create", "file_path": "new", "content": "one\n"},
        {"action": "move", "file_path": "READ.md", "previous_path": "README.md"},
    ]);
    let made = code.make(COMMITS, commit("main", actions)).await;
    let id = made["id"].as_str().unwrap();
    let diff = code.get(&format!("{COMMITS}/{id}/diff")).await;
    same_shape(&diff, "diff");
    assert_eq!(diff.column("new_path"), ["READ.md", "new"]);
    assert_eq!(diff.column("old_path"), ["README.md", "new"]);
    assert_eq!(diff.column("renamed_file"), ["true", "false"]);
    assert_eq!(diff.column("new_file"), ["false", "true"]);
    assert_eq!(diff.body[1]["diff"], "@@ -0,0 +1 @@\n+one\n");
    let unified = code.get(&format!("{COMMITS}/{id}/diff?unidiff=true")).await;
    assert_eq!(
        unified.body[1]["diff"],
        "--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+one\n"
    );
}

#[tokio::test]
async fn the_branches_and_tags_a_commit_is_part_of_are_told() {
    let code = Code::start().await;
    let first = code.get(COMMITS).await.column("id")[0].clone();
    code.make("/repository/tags", json!({"tag_name": "v1", "ref": "main"}))
        .await;
    code.branch("next", "main").await;
    let second = code.commit("next", "a", "More").await;
    let refs = async |id: &str, query: &str| {
        let list = code.get(&format!("{COMMITS}/{id}/refs{query}")).await;
        list.column("name").join(" ")
    };
    assert_eq!(refs(&first, "").await, "main next v1");
    assert_eq!(refs(&first, "?type=tag").await, "v1");
    assert_eq!(refs(&second, "").await, "next");
    let count = code.get(&format!("{COMMITS}/{second}/sequence")).await;
    count.is(200, json!({"count": 2}));
}

#[tokio::test]
async fn a_commit_is_made_once_more_on_another_branch_but_not_twice() {
    let code = Code::start().await;
    code.branch("next", "main").await;
    let id = code.commit("main", "a", "More").await;
    let path = code.path(&format!("{COMMITS}/{id}/cherry_pick"));
    let body = json!({"branch": "next"});
    let picked = code.developer().post(&path, body.clone()).await;
    assert_eq!(picked.status, 201);
    same_shape(&picked, "commit_detail");
    assert_eq!(
        picked.body["message"],
        format!("More\n\n(cherry picked from commit {id})")
    );
    let again = code.developer().post(&path, body).await;
    assert_eq!((again.status, &again.body["error_code"]), (400, &json!("empty")));
    let text = again.body["message"].as_str().unwrap();
    assert!(
        text.starts_with("Sorry, we cannot cherry-pick this commit automatically."),
        "{text}"
    );
    code.developer()
        .post(&path, json!({"branch": "nowhere"}))
        .await
        .is(404, message("404 Branch Not Found"));
}

#[tokio::test]
async fn a_commit_is_taken_back_but_not_twice() {
    let code = Code::start().await;
    let id = code.commit("main", "a", "More").await;
    let path = code.path(&format!("{COMMITS}/{id}/revert"));
    let body = json!({"branch": "main"});
    let taken = code.maintainer().post(&path, body.clone()).await;
    assert_eq!(taken.status, 201);
    assert_eq!(
        taken.body["message"],
        format!("Revert \"More\"\n\nThis reverts commit {id}")
    );
    assert_eq!(code.get("/repository/tree").await.column("name"), ["README.md"]);
    let again = code.maintainer().post(&path, body).await;
    assert_eq!((again.status, &again.body["error_code"]), (400, &json!("empty")));
}

#[tokio::test]
async fn what_was_changed_meanwhile_is_a_conflict() {
    let code = Code::start().await;
    let update = |content: &str| {
        commit(
            "main",
            json!([{"action": "update", "file_path": "README.md", "content": content}]),
        )
    };
    let made = code.make(COMMITS, update("1")).await;
    code.make(COMMITS, update("2")).await;
    let path = code.path(&format!("{COMMITS}/{}/revert", made["id"].as_str().unwrap()));
    let answer = code.root().post(&path, json!({"branch": "main"})).await;
    assert_eq!(
        (answer.status, &answer.body["error_code"]),
        (400, &json!("conflict"))
    );
}

#[tokio::test]
async fn commits_are_not_signed() {
    let code = Code::start().await;
    code.get(&format!("{COMMITS}/main/signature"))
        .await
        .is(404, message("404 Signature Not Found"));
}

#[tokio::test]
async fn people_comment_on_commits() {
    let code = Code::start().await;
    let path = code.path(&format!("{COMMITS}/main/comments"));
    let body = json!({"note": "Well done", "path": "README.md", "line": 1, "line_type": "new"});
    let answer = code.reporter().post(&path, body).await;
    assert_eq!(answer.status, 201);
    same_shape(&answer, "commit_comment");
    assert_eq!(answer.body["author"]["username"], "dev-0003");
    assert_eq!(code.root().get(&path).await.column("note"), ["Well done"]);
    code.root()
        .post(&path, json!({}))
        .await
        .is(400, json!({"error": "note is missing"}));
}

#[tokio::test]
async fn programs_say_how_a_commit_fared() {
    let code = Code::start().await;
    let id = code.get(COMMITS).await.column("id")[0].clone();
    let path = code.path(&format!("/statuses/{id}"));
    let body = json!({"state": "pending", "name": "build"});
    let answer = code.developer().post(&path, body).await;
    assert_eq!(answer.status, 201);
    same_shape(&answer, "commit_status");
    let body = json!({"state": "success", "name": "build"});
    code.developer().post(&path, body).await;
    let list = code.get(&format!("{COMMITS}/{id}/statuses")).await;
    assert_eq!(list.column("status"), ["success"]);
    code.reporter()
        .post(&path, json!({"state": "success"}))
        .await
        .is(403, message("403 Forbidden"));
}
