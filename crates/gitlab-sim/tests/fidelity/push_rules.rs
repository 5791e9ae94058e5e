//! Push rules of projects and groups, and what they refuse (§7.9, A.5).

use gitlab_sim::Tier;
use serde_json::{Value, json};

use crate::client::Answer;
use crate::examples::same_shape;
use crate::repository::{Code, message};

const RULE: &str = "/push_rule";

fn of_group(code: &Code) -> String {
    format!("/groups/{}/push_rule", code.group)
}

#[tokio::test]
async fn without_a_licence_there_are_none() {
    let code = Code::start().await;
    let text = message("404 Not Found");
    code.get(RULE).await.is(404, text.clone());
    code.root()
        .post(&code.path(RULE), json!({"member_check": true}))
        .await
        .is(404, text.clone());
    code.root().get(&of_group(&code)).await.is(404, text);
}

#[tokio::test]
async fn where_there_is_none_a_project_answers_null_and_a_group_404() {
    let code = Code::on(Tier::Premium).await;
    let none = code.get(RULE).await;
    assert_eq!((none.status, none.text.as_str()), (200, "null"));
    code.root()
        .get(&of_group(&code))
        .await
        .is(404, message("404 Not Found"));
}

#[tokio::test]
async fn a_rule_is_made_changed_and_taken_away() {
    let code = Code::on(Tier::Premium).await;
    for (path, example) in [
        (code.path(RULE), "push_rule_project"),
        (of_group(&code), "push_rule_group"),
    ] {
        let made = code.root().post(&path, json!({"deny_delete_tag": true})).await;
        assert_eq!(made.status, 201);
        same_shape(&made, example);
        assert_eq!(made.body["deny_delete_tag"], true);
        assert_eq!(made.body["commit_message_regex"], "");
        assert_eq!(made.body["max_file_size"], 0);
        let changed = code.root().put(&path, json!({"max_file_size": 5})).await;
        assert_eq!(changed.status, 200);
        assert_eq!(
            (&changed.body["max_file_size"], &changed.body["deny_delete_tag"]),
            (&json!(5), &json!(true))
        );
        assert_eq!(code.root().get(&path).await.body, changed.body);
        let gone = code.root().delete(&path, json!(null)).await;
        assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    }
}

#[tokio::test]
async fn there_is_one_each_and_a_second_is_refused_with_422() {
    let code = Code::on(Tier::Premium).await;
    let body = json!({"member_check": true});
    for (path, text) in [
        (code.path(RULE), "Project push rule exists"),
        (of_group(&code), "Group push rule exists"),
    ] {
        assert_eq!(code.root().post(&path, body.clone()).await.status, 201);
        code.root().post(&path, body.clone()).await.is(422, message(text));
    }
}

#[tokio::test]
async fn what_is_not_there_is_neither_changed_nor_taken_away() {
    let code = Code::on(Tier::Premium).await;
    let text = message("404 Push Rule Not Found");
    for path in [code.path(RULE), of_group(&code)] {
        let body = json!({"member_check": true});
        code.root().put(&path, body).await.is(404, text.clone());
        code.root().delete(&path, json!(null)).await.is(404, text.clone());
    }
}

#[tokio::test]
async fn at_least_one_rule_has_to_be_said() {
    let code = Code::on(Tier::Premium).await;
    let answer = code.root().post(&code.path(RULE), json!({})).await;
    let error = answer.body["error"].as_str().unwrap();
    assert_eq!(answer.status, 400);
    assert!(
        error.starts_with("deny_delete_tag, member_check, prevent_secrets, "),
        "{error}"
    );
    assert!(
        error.ends_with("are missing, at least one parameter must be provided"),
        "{error}"
    );
    assert_eq!(code.root().put(&code.path(RULE), json!({})).await.status, 400);
}

#[tokio::test]
async fn a_pattern_has_to_be_re2_and_not_too_long() {
    let code = Code::on(Tier::Premium).await;
    let path = code.path(RULE);
    let answer = code
        .root()
        .post(&path, json!({"commit_message_regex": "("}))
        .await;
    let text = answer.body["message"]["commit_message_regex"][0]
        .as_str()
        .unwrap();
    assert_eq!(answer.status, 400);
    assert!(text.starts_with("not valid RE2 syntax: "), "{text}");
    // RE2 cannot look ahead.
    let answer = code
        .root()
        .post(&path, json!({"branch_name_regex": "^(?!main)"}))
        .await;
    assert_eq!(answer.status, 400);
    code.root()
        .post(&path, json!({"file_name_regex": "x".repeat(512)}))
        .await
        .is(
            400,
            json!({"message": {"file_name_regex": ["is too long (maximum is 511 characters)"]}}),
        );
}

#[tokio::test]
async fn maintainers_set_those_of_projects_and_owners_those_of_groups() {
    let code = Code::on(Tier::Premium).await;
    let body = json!({"member_check": true});
    code.developer()
        .post(&code.path(RULE), body.clone())
        .await
        .is(403, message("403 Forbidden"));
    assert_eq!(
        code.maintainer()
            .post(&code.path(RULE), body.clone())
            .await
            .status,
        201
    );
    code.maintainer()
        .post(&of_group(&code), body)
        .await
        .is(403, message("403 Forbidden"));
}

#[tokio::test]
async fn a_new_project_copies_the_nearest_groups_rule_and_then_goes_its_own_way() {
    let code = Code::on(Tier::Premium).await;
    let below = code.lab.group(Some(code.group), "below", "private").await;
    let body = json!({"commit_message_regex": "^Fix"});
    code.root().post(&of_group(&code), body).await;
    let project = code.lab.project(below, "site", "private").await;
    let path = format!("/projects/{project}/push_rule");
    let copied = code.root().get(&path).await;
    assert_eq!(copied.body["commit_message_regex"], "^Fix");
    assert_eq!(copied.body["project_id"], project);
    let body = json!({"commit_message_regex": "^Mend"});
    code.root().put(&of_group(&code), body).await;
    assert_eq!(code.root().get(&path).await.body["commit_message_regex"], "^Fix");
    assert_eq!(code.get(RULE).await.text, "null");
}

async fn commit(code: &Code, message: &str, path: &str, content: &str) -> Answer {
    let body = json!({"branch": "main", "commit_message": message, "content": content});
    let path = code.path(&format!("/repository/files/{path}"));
    code.maintainer().post(&path, body).await
}

async fn code_with(rule: Value) -> Code {
    let code = Code::on(Tier::Premium).await;
    code.make(RULE, rule).await;
    code
}

#[tokio::test]
async fn a_message_that_does_not_fit_is_not_committed() {
    let code = code_with(json!({
        "commit_message_regex": "^(feat|fix): ", "commit_message_negative_regex": "secret",
    }))
    .await;
    commit(&code, "Mend it", "a", "x").await.is(
        400,
        message("Commit message does not follow the pattern '^(feat|fix): '"),
    );
    commit(&code, "fix: a secret", "a", "x").await.is(
        400,
        message("Commit message contains the forbidden pattern 'secret'"),
    );
    assert_eq!(commit(&code, "fix: it", "a", "x").await.status, 201);
}

#[tokio::test]
async fn a_commit_without_a_signoff_is_refused_where_one_is_asked_for() {
    let code = code_with(json!({"reject_non_dco_commits": true})).await;
    commit(&code, "Mend it", "a", "x")
        .await
        .is(400, message("Commit message must contain a DCO signoff"));
    let signed = "Mend it\n\nSigned-off-by: Ada <ada@example.com>";
    assert_eq!(commit(&code, signed, "a", "x").await.status, 201);
}

#[tokio::test]
async fn a_file_with_a_forbidden_name_or_size_is_not_committed() {
    let code = code_with(json!({
        "file_name_regex": r"\.exe$", "prevent_secrets": true, "max_file_size": 1,
    }))
    .await;
    commit(&code, "Add", "a.exe", "x").await.is(
        400,
        message("File name a.exe was prohibited by the pattern \"\\.exe$\"."),
    );
    let secret = commit(&code, "Add", "keys%2Fid_rsa", "x").await;
    assert_eq!(secret.status, 400);
    commit(&code, "Add", "large", &"x".repeat(1024 * 1024 + 1))
        .await
        .is(
            400,
            message(
                "File \"large\" is larger than the allowed size of 1 MiB. Use Git LFS to manage this file.",
            ),
        );
    assert_eq!(commit(&code, "Add", "small", "x").await.status, 201);
}

#[tokio::test]
async fn an_author_who_does_not_fit_or_is_unknown_is_refused() {
    let code = code_with(json!({"author_email_regex": "@example\\.com$", "member_check": true})).await;
    let by = async |email: &str| {
        let body = json!({
            "branch": "main", "commit_message": "Add", "content": email,
            "author_email": email, "author_name": "Ada",
        });
        let path = code.path("/repository/files/a");
        code.maintainer().post(&path, body).await
    };
    by("ada@elsewhere.example").await.is(
        400,
        message(
            "Author's commit email 'ada@elsewhere.example' does not follow the pattern '@example\\.com$'",
        ),
    );
    by("stranger@example.com").await.is(
        400,
        message("Author 'stranger@example.com' is not a member of team"),
    );
    assert_eq!(by("dev-0005@example.com").await.status, 201);
}

#[tokio::test]
async fn a_branch_whose_name_does_not_fit_is_not_made_unless_it_is_the_default_one() {
    let code = code_with(json!({"branch_name_regex": "^feature/"})).await;
    let make = async |name: &str| {
        let body = json!({"branch": name, "ref": "main"});
        let path = code.path("/repository/branches");
        code.developer().post(&path, body).await
    };
    make("next").await.is(
        400,
        message("Branch name 'next' does not follow the pattern '^feature/'"),
    );
    assert_eq!(make("feature/next").await.status, 201);
    assert_eq!(commit(&code, "Add", "a", "x").await.status, 201);
}
