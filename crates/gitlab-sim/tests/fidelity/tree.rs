//! Folders, contents by id, archives, and what two states have in common (§7.16).

use serde_json::json;

use crate::examples::same_shape;
use crate::repository::{Code, message};

async fn code_with_folders() -> Code {
    let code = Code::start().await;
    let create = |path: &str| json!({"action": "create", "file_path": path, "content": path});
    let actions = [create("zoo/ape"), create("zoo/deep/bee"), create("alpha")];
    let body = json!({"branch": "main", "commit_message": "More", "actions": actions});
    code.make("/repository/commits", body).await;
    code
}

#[tokio::test]
async fn a_tree_lists_folders_before_files() {
    let code = code_with_folders().await;
    let tree = code.get("/repository/tree").await;
    same_shape(&tree, "tree_object");
    assert_eq!(tree.column("path"), ["zoo", "README.md", "alpha"]);
    assert_eq!(tree.column("type"), ["tree", "blob", "blob"]);
    assert_eq!(tree.column("mode"), ["040000", "100644", "100644"]);
}

#[tokio::test]
async fn a_tree_can_be_of_a_folder_and_of_everything_below() {
    let code = code_with_folders().await;
    let below = code.get("/repository/tree?path=zoo").await;
    assert_eq!(below.column("path"), ["zoo/deep", "zoo/ape"]);
    assert_eq!(below.column("name"), ["deep", "ape"]);
    let all = code.get("/repository/tree?recursive=true").await;
    assert_eq!(
        all.column("path"),
        ["zoo", "zoo/deep", "README.md", "alpha", "zoo/ape", "zoo/deep/bee"]
    );
}

#[tokio::test]
async fn a_tree_of_an_older_state_shows_that_state() {
    let code = code_with_folders().await;
    let first = code.get("/repository/commits").await.column("id")[1].clone();
    let tree = code.get(&format!("/repository/tree?ref={first}")).await;
    assert_eq!(tree.column("path"), ["README.md"]);
}

#[tokio::test]
async fn a_tree_of_a_ref_or_path_that_is_not_there_is_404() {
    let code = Code::start().await;
    code.get("/repository/tree?ref=nowhere")
        .await
        .is(404, message("404 Tree Not Found"));
    code.get("/repository/tree?path=nowhere")
        .await
        .is(404, message("404 invalid revision or path Not Found"));
}

#[tokio::test]
async fn a_tree_is_walked_by_page_or_by_the_id_of_the_last_row() {
    let code = code_with_folders().await;
    let page = code
        .get("/repository/tree?recursive=true&per_page=4&page=2")
        .await;
    assert_eq!(page.column("path"), ["zoo/ape", "zoo/deep/bee"]);
    assert_eq!(page.header("x-total"), Some("6"));
    let first = code
        .get("/repository/tree?recursive=true&pagination=keyset&per_page=4")
        .await;
    let next = first.next().unwrap();
    let last = first.column("id")[3].clone();
    assert!(next.contains(&format!("page_token={last}")), "{next}");
    let second = code.root().get(&next).await;
    assert_eq!(second.column("path"), ["zoo/ape", "zoo/deep/bee"]);
    assert_eq!((second.next(), second.header("x-total")), (None, None));
}

#[tokio::test]
async fn a_content_is_found_by_its_id_in_whatever_commit() {
    let code = code_with_folders().await;
    let id = "6769dd60bdf536a83c9353272157893043e9f7d0";
    code.root()
        .delete(
            &code.path("/repository/files/README.md"),
            json!({"branch": "main", "commit_message": "Remove"}),
        )
        .await;
    let blob = code.get(&format!("/repository/blobs/{id}")).await;
    same_shape(&blob, "blob");
    assert_eq!(blob.body["content"], "SGVsbG8gd29ybGQh");
    let raw = code.get(&format!("/repository/blobs/{id}/raw")).await;
    assert_eq!(raw.text, "Hello world!");
    code.get("/repository/blobs/0000000000000000000000000000000000000000")
        .await
        .is(404, message("404 Blob Not Found"));
}

#[tokio::test]
async fn an_archive_holds_every_file_and_is_always_the_same() {
    let code = code_with_folders().await;
    let get = async |ending: &str| {
        let path = code.path(&format!("/repository/archive{ending}"));
        code.root().get(&path).await
    };
    let answer = get("").await;
    let packed = answer.bytes.clone();
    assert_eq!(packed[..2], [0x1f, 0x8b]);
    assert_eq!(get(".tar.gz?sha=main").await.bytes, packed);
    let named = answer.header("content-disposition").unwrap();
    assert!(
        named.starts_with("attachment; filename=\"ledger-main-"),
        "{named}"
    );
    assert!(named.ends_with(".tar.gz\""), "{named}");
    for ending in [".tar.bz2", ".tbz", ".tbz2", ".tb2", ".bz2"] {
        assert_eq!(get(ending).await.bytes[..3], *b"BZh", "{ending}");
    }
    let tar = get(".tar").await.bytes;
    assert_eq!(&tar[257..262], b"ustar");
    assert_eq!(tar.len() % 512, 0);
    let files = tar
        .chunks(512)
        .filter(|block| &block[257..262] == b"ustar")
        .count();
    assert_eq!(files, 4);
    let zip = get(".zip").await.bytes;
    assert_eq!(&zip[..4], b"PK\x03\x04");
    let entries = zip.windows(4).filter(|part| part == b"PK\x01\x02").count();
    assert_eq!(entries, 4);
    let folder = get(".tar?path=zoo").await.bytes;
    let files = folder
        .chunks(512)
        .filter(|block| &block[257..262] == b"ustar")
        .count();
    assert_eq!(files, 2);
}

#[tokio::test]
async fn two_states_are_compared_from_where_they_parted() {
    let code = Code::start().await;
    code.branch("next", "main").await;
    code.commit("next", "b.txt", "Two").await;
    code.commit("next", "c.txt", "Three").await;
    code.commit("main", "d.txt", "Aside").await;
    let compare = async |query: &str| code.get(&format!("/repository/compare?{query}")).await;
    let answer = compare("from=main&to=next").await;
    same_shape(&answer, "compare");
    let body = answer.body;
    let titles: Vec<&str> = body["commits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|commit| commit["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles, ["Two", "Three"]);
    assert_eq!(body["commit"]["title"], "Three");
    assert_eq!(body["diffs"].as_array().unwrap().len(), 2);
    assert_eq!(body["compare_same_ref"], false);
    let straight = compare("from=main&to=next&straight=true").await.body;
    assert_eq!(straight["diffs"].as_array().unwrap().len(), 3);
    let same = compare("from=main&to=main").await.body;
    assert_eq!(
        (&same["compare_same_ref"], &same["commits"], &same["commit"]),
        (&json!(true), &json!([]), &json!(null))
    );
    compare("from=main&to=nowhere")
        .await
        .is(404, message("404 Ref Not Found"));
}

#[tokio::test]
async fn the_merge_base_is_where_two_branches_parted() {
    let code = Code::start().await;
    code.branch("next", "main").await;
    let start = code.get("/repository/branches/main").await.body["commit"]["id"].clone();
    code.commit("next", "b.txt", "Two").await;
    code.commit("main", "c.txt", "Three").await;
    let base = async |query: &str| code.get(&format!("/repository/merge_base?{query}")).await;
    let found = base("refs[]=main&refs[]=next").await;
    assert_eq!((found.status, &found.body["id"]), (200, &start));
    base("refs[]=main")
        .await
        .is(400, message("Provide at least 2 refs"));
    base("refs[]=main&refs[]=nowhere")
        .await
        .is(400, message("Could not find ref: nowhere"));
}

#[tokio::test]
async fn contributors_are_told_with_the_number_of_their_commits() {
    let code = Code::start().await;
    code.commit("main", "b.txt", "Two").await;
    let body = json!({"branch": "main", "commit_message": "x", "content": "x"});
    code.maintainer()
        .post(&code.path("/repository/files/c"), body)
        .await;
    let list = code
        .get("/repository/contributors?order_by=commits&sort=desc")
        .await;
    same_shape(&list, "contributor");
    assert_eq!(
        list.column("email"),
        ["admin@example.com", "dev-0001@example.com"]
    );
    assert_eq!(list.column("commits"), ["2", "1"]);
}
