//! Repositories as a whole: empty ones, those of the seed, and what happens to them with their project (§7.16).

use gitlab_sim::{Background, Options, Tier};
use serde_json::{Value, json};

use crate::client::{Actor, Answer, Lab};

/// A project with one file, and the people around it: `dev-0001` maintains, `dev-0002` develops, `dev-0003` reports
/// and `dev-0004` is a guest.
pub(crate) struct Code {
    pub(crate) lab: Lab,
    pub(crate) group: u64,
    pub(crate) project: u64,
}

impl Code {
    pub(crate) async fn start() -> Self {
        Self::on(Tier::Free).await
    }

    pub(crate) async fn on(tier: Tier) -> Self {
        let options = Options::empty().users(9).background(Background::IMMEDIATE);
        let code = Self::without_files(options.tier(tier)).await;
        let body = json!({"branch": "main", "commit_message": "Begin", "content": "Hello world!"});
        let answer = code
            .root()
            .post(&code.path("/repository/files/README.md"), body)
            .await;
        assert_eq!(answer.status, 201, "{answer:?}");
        code
    }

    pub(crate) async fn without_files(options: Options) -> Self {
        let lab = Lab::with(options).await;
        let group = lab.group(None, "acme", "private").await;
        let project = lab.project(group, "ledger", "private").await;
        for (number, level) in [(1, 40), (2, 30), (3, 20), (4, 10)] {
            lab.member(&format!("groups/{group}"), number, level).await;
        }
        Self { lab, group, project }
    }

    pub(crate) fn root(&self) -> Actor {
        self.lab.root()
    }

    pub(crate) fn maintainer(&self) -> Actor {
        self.lab.dev(1)
    }

    pub(crate) fn developer(&self) -> Actor {
        self.lab.dev(2)
    }

    pub(crate) fn reporter(&self) -> Actor {
        self.lab.dev(3)
    }

    pub(crate) fn guest(&self) -> Actor {
        self.lab.dev(4)
    }

    /// Below the project.
    pub(crate) fn path(&self, below: &str) -> String {
        format!("/projects/{}{below}", self.project)
    }

    pub(crate) async fn get(&self, below: &str) -> Answer {
        self.root().get(&self.path(below)).await
    }

    /// Something made by `root` that must work.
    pub(crate) async fn make(&self, below: &str, body: Value) -> Value {
        let answer = self.root().post(&self.path(below), body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body
    }

    /// A branch that starts where another one is.
    pub(crate) async fn branch(&self, name: &str, from: &str) -> Value {
        let body = json!({"branch": name, "ref": from});
        self.make("/repository/branches", body).await
    }

    /// A commit of one new file on a branch: its id.
    pub(crate) async fn commit(&self, branch: &str, file: &str, message: &str) -> String {
        let actions = json!([{"action": "create", "file_path": file, "content": file}]);
        let body = json!({"branch": branch, "commit_message": message, "actions": actions});
        let made = self.make("/repository/commits", body).await;
        made["id"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn message(text: &str) -> Value {
    json!({"message": text})
}

#[tokio::test]
async fn a_project_without_files_has_no_branches_no_tags_and_no_commits() {
    let code = Code::without_files(Options::empty().users(9)).await;
    for list in ["branches", "tags", "commits", "contributors"] {
        code.get(&format!("/repository/{list}")).await.is(200, json!([]));
    }
    assert_eq!(code.get("").await.body["empty_repo"], true);
}

#[tokio::test]
async fn an_empty_repository_answers_404_for_trees_files_and_commits() {
    let code = Code::without_files(Options::empty().users(9)).await;
    for (below, what) in [
        ("tree", "Tree"),
        ("files/README.md?ref=main", "Commit"),
        ("commits/main", "Commit"),
        ("branches/main", "Branch"),
        ("archive", "File"),
    ] {
        let text = format!("404 {what} Not Found");
        code.get(&format!("/repository/{below}"))
            .await
            .is(404, message(&text));
    }
}

#[tokio::test]
async fn the_first_file_can_go_to_any_branch_which_becomes_the_default() {
    let options = Options::empty().users(9).background(Background::IMMEDIATE);
    let code = Code::without_files(options).await;
    let body = json!({"branch": "trunk", "commit_message": "Begin", "content": "x"});
    code.make("/repository/files/a.txt", body).await;
    let project = code.get("").await.body;
    assert_eq!(
        (&project["default_branch"], &project["empty_repo"]),
        (&json!("trunk"), &json!(false))
    );
    assert_eq!(code.get("/repository/branches/trunk").await.body["default"], true);
}

#[tokio::test]
async fn a_readme_that_was_asked_for_is_the_first_commit() {
    let lab = Lab::start().await;
    let body = json!({"name": "Ledger", "description": "Books", "initialize_with_readme": true});
    let project = lab.root().post("/projects", body).await.body;
    let base = format!("/projects/{}/repository", project["id"]);
    let raw = lab.root().get(&format!("{base}/files/README.md/raw")).await;
    assert_eq!(raw.text, "# Ledger\n\nBooks\n");
    let commits = lab.root().get(&format!("{base}/commits")).await;
    assert_eq!(commits.column("title"), ["Initial commit"]);
    assert_eq!(commits.column("author_name"), ["Administrator"]);
}

#[tokio::test]
async fn every_project_of_the_seed_that_is_not_empty_has_a_commit() {
    let lab = Lab::with(Options::empty().users(3).groups(4).projects(6)).await;
    let mut ids = Vec::new();
    for project in lab.root().get("/projects").await.column("id") {
        let branch = lab
            .root()
            .get(&format!("/projects/{project}/repository/branches/main"))
            .await;
        ids.push(branch.body["commit"]["id"].as_str().unwrap().to_owned());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "one commit for all: {ids:?}");
    // What one of them gets, the others do not.
    let body = json!({"branch": "main", "commit_message": "More", "content": "x"});
    let made = lab
        .root()
        .post("/projects/1/repository/files/more.txt", body)
        .await;
    assert_eq!(made.status, 201);
    assert_eq!(
        lab.root()
            .get("/projects/1/repository/commits")
            .await
            .column("title")
            .len(),
        2
    );
    assert_eq!(
        lab.root()
            .get("/projects/2/repository/commits")
            .await
            .column("title")
            .len(),
        1
    );
}

#[tokio::test]
async fn who_sees_a_private_project_as_a_guest_does_not_see_its_code() {
    let code = Code::start().await;
    for below in ["branches", "tree", "commits", "tags", "files/README.md?ref=main"] {
        let path = code.path(&format!("/repository/{below}"));
        code.guest().get(&path).await.is(403, message("403 Forbidden"));
        assert_eq!(code.reporter().get(&path).await.status, 200);
        code.lab
            .anonymous()
            .get(&path)
            .await
            .is(404, message("404 Project Not Found"));
    }
}

#[tokio::test]
async fn the_code_of_a_public_project_is_everyones_to_read() {
    let lab = Lab::start().await;
    let body = json!({"name": "Open", "visibility": "public", "initialize_with_readme": true});
    let id = lab.root().post("/projects", body).await.body["id"].clone();
    let path = format!("/projects/{id}/repository/branches");
    assert_eq!(lab.anonymous().get(&path).await.column("name"), ["main"]);
    let body = json!({"repository_access_level": "private"});
    lab.root().put(&format!("/projects/{id}"), body).await;
    assert_eq!(lab.dev(1).get(&path).await.status, 403);
    let body = json!({"repository_access_level": "disabled"});
    lab.root().put(&format!("/projects/{id}"), body).await;
    lab.root()
        .get(&path)
        .await
        .is(404, message("404 Repository Not Found"));
}

#[tokio::test]
async fn reporters_do_not_push_and_nobody_pushes_to_an_archived_project() {
    let code = Code::start().await;
    let branch = json!({"branch": "next", "ref": "main"});
    let path = code.path("/repository/branches");
    code.lab
        .anonymous()
        .post(&path, branch.clone())
        .await
        .is(401, message("401 Unauthorized"));
    code.reporter()
        .post(&path, branch.clone())
        .await
        .is(403, message("403 Forbidden"));
    code.root().post(&code.path("/archive"), json!(null)).await;
    code.root()
        .post(&path, branch)
        .await
        .is(403, message("403 Forbidden"));
    let body = json!({"branch": "main", "commit_message": "x", "content": "x"});
    let refused = code.root().post(&code.path("/repository/files/x"), body).await;
    refused.is(403, message("403 Forbidden"));
    assert_eq!(code.get("/repository/branches").await.status, 200);
}

#[tokio::test]
async fn the_default_branch_is_protected_some_time_after_it_came_to_be() {
    let clock = crate::clock::HandClock::new();
    let options = Options::empty()
        .users(9)
        .clock(clock.clone())
        .background(Background::After(std::time::Duration::from_secs(2)));
    let code = Code::without_files(options).await;
    let body = json!({"branch": "main", "commit_message": "Begin", "content": "x"});
    code.make("/repository/files/a", body).await;
    code.get("/protected_branches").await.is(200, json!([]));
    clock.advance(std::time::Duration::from_secs(2));
    let rules = code.get("/protected_branches").await;
    assert_eq!(rules.column("name"), ["main"]);
    assert_eq!(rules.body[0]["push_access_levels"][0]["access_level"], 40);
    assert_eq!(rules.body[0]["merge_access_levels"][0]["access_level"], 40);
}

#[tokio::test]
async fn a_branch_protected_by_hand_in_the_meantime_stays_as_it_is() {
    let clock = crate::clock::HandClock::new();
    let options = Options::empty()
        .users(9)
        .clock(clock.clone())
        .background(Background::After(std::time::Duration::from_secs(2)));
    let code = Code::without_files(options).await;
    let body = json!({"branch": "main", "commit_message": "Begin", "content": "x"});
    code.make("/repository/files/a", body).await;
    let body = json!({"name": "main", "push_access_level": 30});
    code.make("/protected_branches", body).await;
    clock.advance(std::time::Duration::from_secs(5));
    let rules = code.get("/protected_branches").await;
    assert_eq!(rules.column("name"), ["main"]);
    assert_eq!(rules.body[0]["push_access_levels"][0]["access_level"], 30);
}

#[tokio::test]
async fn the_group_says_how_default_branches_are_protected() {
    let lab = Lab::start().await;
    for (protection, push, merge, force) in [(1, 30, 40, false), (2, 40, 40, false), (3, 40, 30, false)] {
        let path = format!("group-{protection}");
        let body = json!({"name": path, "path": path, "default_branch_protection": protection});
        let group = lab.root().post("/groups", body).await.body["id"].clone();
        let body = json!({"path": "site", "namespace_id": group, "initialize_with_readme": true});
        let project = lab.root().post("/projects", body).await.body["id"].clone();
        let rule = lab
            .root()
            .get(&format!("/projects/{project}/protected_branches/main"))
            .await
            .body;
        assert_eq!(rule["push_access_levels"][0]["access_level"], push);
        assert_eq!(rule["merge_access_levels"][0]["access_level"], merge);
        assert_eq!(rule["allow_force_push"], force);
    }
    let body = json!({"name": "Open", "path": "open", "default_branch_protection": 0});
    let group = lab.root().post("/groups", body).await.body["id"].clone();
    let body = json!({"path": "site", "namespace_id": group, "initialize_with_readme": true});
    let project = lab.root().post("/projects", body).await.body["id"].clone();
    lab.root()
        .get(&format!("/projects/{project}/protected_branches"))
        .await
        .is(200, json!([]));
}

#[tokio::test]
async fn developers_make_the_first_push_only_where_the_group_lets_them() {
    let lab = Lab::start().await;
    for (protection, status) in [(0, 201), (1, 201), (2, 403), (3, 403), (4, 201)] {
        let path = format!("group-{protection}");
        let body = json!({"name": path, "path": path, "default_branch_protection": protection});
        let group = lab.root().post("/groups", body).await.body["id"]
            .as_u64()
            .unwrap();
        lab.member(&format!("groups/{group}"), 1, 30).await;
        let project = lab.project(group, "site", "private").await;
        let body = json!({"branch": "main", "commit_message": "Begin", "content": "x"});
        let answer = lab
            .dev(1)
            .post(&format!("/projects/{project}/repository/files/a"), body)
            .await;
        assert_eq!(answer.status, status, "{protection}");
    }
}

#[tokio::test]
async fn repositories_and_what_protects_them_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::empty()
        .users(9)
        .background(Background::IMMEDIATE)
        .tier(Tier::Premium)
        .state_file(folder.path().join("state.json"));
    let code = Code::without_files(options.clone()).await;
    let body = json!({"branch": "main", "commit_message": "Begin", "content": "x"});
    code.make("/repository/files/docs%2Fa.txt", body).await;
    code.make(
        "/repository/tags",
        json!({"tag_name": "v1", "ref": "main", "message": "One"}),
    )
    .await;
    code.make("/protected_tags", json!({"name": "v*"})).await;
    code.make("/push_rule", json!({"member_check": true})).await;
    code.make("/approval_rules", json!({"name": "Two", "approvals_required": 2}))
        .await;
    let lists = [
        "/repository/commits",
        "/repository/branches",
        "/repository/tags",
        "/repository/tree?recursive=true",
        "/protected_branches",
        "/protected_tags",
        "/push_rule",
        "/approval_rules",
    ];
    let mut before = Vec::new();
    for list in lists {
        before.push(code.get(list).await.body);
    }
    let project = code.project;
    code.lab.gitlab.stop().await;
    let lab = Lab::with(options).await;
    for (list, before) in lists.iter().zip(before) {
        // Addresses hold the port, which is another one now.
        let text = |body: &Value| {
            body.to_string()
                .split("127.0.0.1:")
                .map(|part| {
                    part.trim_start_matches(|digit: char| digit.is_ascii_digit())
                        .to_owned()
                })
                .collect::<String>()
        };
        let after = lab.root().get(&format!("/projects/{project}{list}")).await.body;
        assert_eq!(text(&after), text(&before), "{list}");
    }
}

#[tokio::test]
async fn a_repository_goes_with_its_project_and_moves_with_it() {
    let code = Code::start().await;
    code.root().put(&code.path(""), json!({"path": "books"})).await;
    let branch = code
        .root()
        .get("/projects/acme%2Fbooks/repository/branches/main")
        .await;
    assert_eq!(branch.status, 200);
    let url = branch.body["web_url"].as_str().unwrap().to_owned();
    assert!(url.ends_with("/acme/books/-/tree/main"), "{url}");
}

#[tokio::test]
async fn an_administrator_gets_the_bare_repository_as_a_tar_file() {
    let code = Code::start().await;
    let commit = code.get("/repository/branches/main").await.body["commit"]["id"].clone();
    let snapshot = code.get("/snapshot").await;
    assert_eq!(
        (snapshot.status, snapshot.header("content-type")),
        (200, Some("application/x-tar"))
    );
    let (folder, file) = commit.as_str().unwrap().split_at(2);
    for path in [
        "./HEAD".to_owned(),
        "./refs/heads/main".to_owned(),
        format!("./objects/{folder}/{file}"),
    ] {
        assert!(snapshot.text.contains(&path), "{path}");
    }
    let path = code.path("/snapshot");
    code.maintainer()
        .get(&path)
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}
