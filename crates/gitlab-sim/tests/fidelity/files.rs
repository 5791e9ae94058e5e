//! Files of a repository (§7.16).

use gitlab_sim::Tier;
use hyper::Method;
use serde_json::{Value, json};

use crate::examples::same_shape;
use crate::repository::{Code, message};

const README: &str = "/repository/files/README.md";

fn write(content: &str) -> Value {
    json!({"branch": "main", "commit_message": "Change", "content": content})
}

#[tokio::test]
async fn a_file_is_read_at_a_ref_with_its_content_in_base64() {
    let code = Code::start().await;
    let file = code.get(&format!("{README}?ref=main")).await;
    assert_eq!(file.status, 200);
    same_shape(&file, "repository_file");
    let head = code.get("/repository/branches/main").await.body["commit"]["id"].clone();
    let body = file.body;
    assert_eq!(body["content"], "SGVsbG8gd29ybGQh");
    assert_eq!((&body["size"], &body["encoding"]), (&json!(12), &json!("base64")));
    // What `git hash-object` and `sha256sum` say of it.
    assert_eq!(body["blob_id"], "6769dd60bdf536a83c9353272157893043e9f7d0");
    assert_eq!(
        body["content_sha256"],
        "c0535e4be2b79ffd93291305436bf889314e4a3faec05ecffcbb7df31ad9e51a"
    );
    assert_eq!(
        (&body["ref"], &body["commit_id"], &body["last_commit_id"]),
        (&json!("main"), &head, &head)
    );
}

#[tokio::test]
async fn the_ref_has_to_be_said_and_to_be_there_and_the_file_too() {
    let code = Code::start().await;
    code.get(README).await.is(400, json!({"error": "ref is missing"}));
    code.get(&format!("{README}?ref=nowhere"))
        .await
        .is(404, message("404 Commit Not Found"));
    code.get("/repository/files/nothing?ref=main")
        .await
        .is(404, message("404 File Not Found"));
}

#[tokio::test]
async fn a_path_is_encoded_with_its_slashes_and_dots_may_be() {
    let code = Code::start().await;
    let answer = code
        .root()
        .post(&code.path("/repository/files/docs%2Fapi%2Findex.md"), write("x"))
        .await;
    answer.is(201, json!({"file_path": "docs/api/index.md", "branch": "main"}));
    for path in ["docs%2Fapi%2Findex.md", "docs%2Fapi%2Findex%2Emd"] {
        let file = code.get(&format!("/repository/files/{path}?ref=main")).await;
        assert_eq!(file.body["file_name"], "index.md");
        assert_eq!(file.body["file_path"], "docs/api/index.md");
    }
    code.get("/repository/files/docs/api/index.md?ref=main")
        .await
        .is(404, json!({"error": "404 Not Found"}));
}

#[tokio::test]
async fn a_path_that_leads_outside_is_refused_with_400() {
    let code = Code::start().await;
    code.get("/repository/files/..%2Fetc%2Fpasswd?ref=main")
        .await
        .is(400, json!({"error": "file_path should be a valid file path"}));
}

#[tokio::test]
async fn head_tells_everything_but_the_content_in_headers() {
    let code = Code::start().await;
    let path = code.path(&format!("{README}?ref=main"));
    let answer = code.root().json(Method::HEAD, &path, json!(null)).await.unwrap();
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    let head = code.get("/repository/branches/main").await.body["commit"]["id"].clone();
    let id = head.as_str().unwrap();
    for (name, value) in [
        ("x-gitlab-blob-id", "6769dd60bdf536a83c9353272157893043e9f7d0"),
        ("x-gitlab-commit-id", id),
        ("x-gitlab-last-commit-id", id),
        (
            "x-gitlab-content-sha256",
            "c0535e4be2b79ffd93291305436bf889314e4a3faec05ecffcbb7df31ad9e51a",
        ),
        ("x-gitlab-size", "12"),
        ("x-gitlab-file-name", "README.md"),
        ("x-gitlab-file-path", "README.md"),
        ("x-gitlab-ref", "main"),
        ("x-gitlab-encoding", "base64"),
        ("x-gitlab-execute-filemode", "false"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn raw_is_the_content_itself_on_the_default_branch_when_nothing_is_said() {
    let code = Code::start().await;
    for path in ["/raw", "/raw?ref=main", "/raw?ref=HEAD"] {
        let raw = code.get(&format!("{README}{path}")).await;
        assert_eq!((raw.status, raw.text.as_str()), (200, "Hello world!"));
        assert_eq!(raw.header("content-type"), Some("text/plain"));
        assert_eq!(raw.header("x-gitlab-size"), Some("12"));
    }
    code.get("/repository/files/nothing/raw")
        .await
        .is(404, message("404 File Not Found"));
}

#[tokio::test]
async fn a_file_that_is_there_is_not_created_again() {
    let code = Code::start().await;
    code.root()
        .post(&code.path(README), write("x"))
        .await
        .is(400, message("A file with this name already exists"));
}

#[tokio::test]
async fn a_file_that_is_not_there_is_neither_updated_nor_deleted() {
    let code = Code::start().await;
    let path = code.path("/repository/files/nothing");
    let text = message("A file with this name doesn't exist");
    code.root().put(&path, write("x")).await.is(400, text.clone());
    code.root().delete(&path, write("x")).await.is(400, text);
}

#[tokio::test]
async fn a_file_is_updated_with_200_and_deleted_with_204() {
    let code = Code::start().await;
    let path = code.path(README);
    code.root()
        .put(&path, write("Better"))
        .await
        .is(200, json!({"file_path": "README.md", "branch": "main"}));
    assert_eq!(code.get(&format!("{README}/raw")).await.text, "Better");
    let gone = code
        .root()
        .delete(&format!("{path}?branch=main&commit_message=Remove"), json!(null))
        .await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    assert_eq!(code.get(&format!("{README}?ref=main")).await.status, 404);
    assert_eq!(
        code.get("/repository/commits").await.column("title"),
        ["Remove", "Change", "Begin"]
    );
}

#[tokio::test]
async fn branch_message_and_content_have_to_be_said() {
    let code = Code::start().await;
    code.root()
        .post(&code.path("/repository/files/a"), json!({}))
        .await
        .is(
            400,
            json!({"error": "branch is missing, commit_message is missing, content is missing"}),
        );
    code.root().delete(&code.path(README), json!({})).await.is(
        400,
        json!({"error": "branch is missing, commit_message is missing"}),
    );
}

#[tokio::test]
async fn content_comes_as_text_or_base64() {
    let code = Code::start().await;
    let body = json!({
        "branch": "main", "commit_message": "Add", "encoding": "base64", "content": "AAEC\n/w=="
    });
    code.make("/repository/files/data.bin", body).await;
    let file = code.get("/repository/files/data.bin?ref=main").await.body;
    assert_eq!((&file["content"], &file["size"]), (&json!("AAEC/w=="), &json!(4)));
    let body = json!({"branch": "main", "commit_message": "x", "encoding": "rot13", "content": "x"});
    code.root()
        .post(&code.path("/repository/files/b"), body)
        .await
        .is(400, json!({"error": "encoding does not have a valid value"}));
}

#[tokio::test]
async fn a_stale_last_commit_id_is_refused_with_400_and_the_current_one_is_not() {
    let code = Code::start().await;
    let first = code.get(&format!("{README}?ref=main")).await.body["last_commit_id"].clone();
    let mut body = write("One");
    body["last_commit_id"] = first;
    let path = code.path(README);
    assert_eq!(code.root().put(&path, body.clone()).await.status, 200);
    let text = "You are attempting to update a file that has changed since you started editing it.";
    body["content"] = json!("Two");
    code.root().put(&path, body).await.is(400, message(text));
}

#[tokio::test]
async fn a_new_branch_starts_where_start_branch_says() {
    let code = Code::start().await;
    let mut body = write("x");
    body["branch"] = json!("next");
    let path = code.path("/repository/files/a.txt");
    code.developer().post(&path, body.clone()).await.is(
        400,
        message("You can only create or edit files when you are on a branch"),
    );
    body["start_branch"] = json!("main");
    assert_eq!(code.developer().post(&path, body).await.status, 201);
    let tree = code.get("/repository/tree?ref=next").await;
    assert_eq!(tree.column("name"), ["README.md", "a.txt"]);
    assert_eq!(
        code.get("/repository/tree?ref=main").await.column("name"),
        ["README.md"]
    );
}

#[tokio::test]
async fn a_file_can_be_made_executable() {
    let code = Code::start().await;
    let mut body = write("#!/bin/sh\n");
    body["execute_filemode"] = json!(true);
    code.make("/repository/files/run.sh", body).await;
    let file = code.get("/repository/files/run.sh?ref=main").await.body;
    assert_eq!(file["execute_filemode"], true);
    let tree = code.get("/repository/tree").await;
    assert_eq!(tree.column("mode"), ["100644", "100755"]);
}

#[tokio::test]
async fn who_may_not_push_to_a_protected_branch_is_refused_with_403() {
    let code = Code::start().await;
    let path = code.path("/repository/files/a.txt");
    code.developer().post(&path, write("x")).await.is(
        403,
        message("403 Forbidden - You are not allowed to push into this branch"),
    );
    assert_eq!(code.maintainer().post(&path, write("x")).await.status, 201);
    let protection = code.path("/protected_branches/main");
    code.root().delete(&protection, json!(null)).await;
    assert_eq!(code.developer().put(&path, write("y")).await.status, 200);
}

#[tokio::test]
async fn someone_else_can_be_named_as_the_author() {
    let code = Code::start().await;
    let mut body = write("x");
    body["author_name"] = json!("Ada North");
    body["author_email"] = json!("ada@example.com");
    code.maintainer()
        .post(&code.path("/repository/files/a.txt"), body)
        .await;
    let commit = &code.get("/repository/commits").await.body[0];
    assert_eq!(commit["author_name"], "Ada North");
    assert_eq!(commit["author_email"], "ada@example.com");
    assert_eq!(commit["committer_email"], "dev-0001@example.com");
}

#[tokio::test]
async fn blame_tells_with_which_commit_each_line_came() {
    let code = Code::start().await;
    code.root().put(&code.path(README), write("one\ntwo\n")).await;
    code.root()
        .put(&code.path(README), write("one\n1.5\ntwo\n"))
        .await;
    let blame = code.get(&format!("{README}/blame?ref=main")).await;
    assert_eq!(blame.status, 200);
    same_shape(&blame, "blame");
    let lines: Vec<&Value> = blame
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|range| &range["lines"])
        .collect();
    assert_eq!(lines, [&json!(["one"]), &json!(["1.5"]), &json!(["two"])]);
    assert_eq!(blame.body[0]["commit"]["id"], blame.body[2]["commit"]["id"]);
    assert_ne!(blame.body[0]["commit"]["id"], blame.body[1]["commit"]["id"]);
}

#[tokio::test]
async fn a_file_and_a_folder_cannot_have_one_name() {
    let code = Code::on(Tier::Premium).await;
    code.make("/repository/files/docs%2Fa", write("x")).await;
    code.root()
        .post(&code.path("/repository/files/docs"), write("x"))
        .await
        .is(400, message("A directory with this name already exists"));
    let answer = code
        .root()
        .post(&code.path("/repository/files/README.md%2Fa"), write("x"))
        .await;
    assert_eq!(answer.status, 400);
}
