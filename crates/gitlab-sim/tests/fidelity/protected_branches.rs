//! Protected branches of projects and groups (§7.8, §6.6, §5.4).

use gitlab_sim::{Background, Options, Tier};
use serde_json::{Value, json};

use crate::client::id_of;
use crate::examples::same_shape;
use crate::repository::{Code, message};

const RULES: &str = "/protected_branches";
const MAIN: &str = "/protected_branches/main";

/// The values of one key of the lines of one kind.
fn lines(rule: &Value, kind: &str, key: &str) -> Vec<Value> {
    let lines = rule[format!("{kind}_access_levels")].as_array().unwrap();
    lines.iter().map(|line| line[key].clone()).collect()
}

#[tokio::test]
async fn a_branch_need_not_be_there_to_be_protected() {
    let code = Code::start().await;
    let answer = code
        .maintainer()
        .post(&code.path(RULES), json!({"name": "later"}))
        .await;
    assert_eq!(answer.status, 201);
    assert_eq!(code.get(RULES).await.column("name"), ["main", "later"]);
}

#[tokio::test]
async fn levels_are_maintainers_unless_said_otherwise() {
    let code = Code::start().await;
    let rule = code.make(RULES, json!({"name": "later"})).await;
    for kind in ["push", "merge"] {
        assert_eq!(lines(&rule, kind, "access_level"), [json!(40)]);
        assert_eq!(
            lines(&rule, kind, "access_level_description"),
            [json!("Maintainers")]
        );
    }
    assert_eq!(rule["allow_force_push"], false);
}

#[tokio::test]
async fn every_level_has_its_description() {
    let code = Code::start().await;
    for (level, description) in [
        (0, "No one"),
        (30, "Developers + Maintainers"),
        (40, "Maintainers"),
        (60, "Administrators"),
    ] {
        let body = json!({"name": format!("b{level}"), "push_access_level": level});
        let rule = code.make(RULES, body).await;
        assert_eq!(
            lines(&rule, "push", "access_level_description"),
            [json!(description)]
        );
    }
}

#[tokio::test]
async fn other_levels_are_refused_with_400() {
    let code = Code::start().await;
    let body = json!({"name": "later", "push_access_level": 50, "merge_access_level": 10, "unprotect_access_level": 0});
    code.root().post(&code.path(RULES), body).await.is(
        400,
        json!({"error": "push_access_level does not have a valid value, \
            merge_access_level does not have a valid value, unprotect_access_level does not have a valid value"}),
    );
    code.root()
        .post(&code.path(RULES), json!({}))
        .await
        .is(400, json!({"error": "name is missing"}));
}

#[tokio::test]
async fn a_branch_protected_twice_is_refused_with_409() {
    let code = Code::start().await;
    code.root()
        .post(&code.path(RULES), json!({"name": "main"}))
        .await
        .is(409, message("Protected branch 'main' already exists"));
    assert_eq!(code.lab.gitlab.stats().writes.rejected_as_duplicate, 1);
}

#[tokio::test]
async fn one_is_found_by_its_name_as_it_was_given_wildcards_included() {
    let code = Code::start().await;
    code.make(RULES, json!({"name": "release/*"})).await;
    let rule = code.get("/protected_branches/release%2F*").await;
    assert_eq!((rule.status, &rule.body["name"]), (200, &json!("release/*")));
    code.get("/protected_branches/release%2F1")
        .await
        .is(404, message("404 Not found"));
    assert_eq!(
        code.get(&format!("{RULES}?search=LEASE")).await.column("name"),
        ["release/*"]
    );
}

#[tokio::test]
async fn a_wildcard_protects_every_branch_it_fits() {
    let code = Code::start().await;
    code.make(RULES, json!({"name": "*-stable"})).await;
    code.branch("17-stable", "main").await;
    code.branch("stable", "main").await;
    let protected = async |name: &str| {
        let path = format!("/repository/branches/{name}");
        code.get(&path).await.body["protected"].clone()
    };
    assert_eq!(protected("17-stable").await, true);
    assert_eq!(protected("stable").await, false);
}

#[tokio::test]
async fn without_a_licence_only_levels_are_shown() {
    let code = Code::start().await;
    let rule = code.get(MAIN).await;
    same_shape(&rule, "protected_branch_free");
}

#[tokio::test]
async fn without_a_licence_whom_one_names_is_dropped_silently() {
    let code = Code::start().await;
    let body = json!({
        "name": "later", "allowed_to_push": [{"user_id": id_of(2)}, {"access_level": 30}],
        "code_owner_approval_required": true, "unprotect_access_level": 60,
    });
    let rule = code.make(RULES, body).await;
    assert_eq!(lines(&rule, "push", "access_level"), [json!(40)]);
    assert_eq!(rule.get("code_owner_approval_required"), None);
}

#[tokio::test]
async fn without_a_licence_a_deploy_key_of_the_project_may_be_named_all_the_same() {
    let code = Code::start().await;
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIEcMwiV0VoOhOiE+GBoxTnJuQj1Vc1dMkJGZcQV3k2r";
    let body = json!({"title": "Deployer", "key": key, "can_push": true});
    let id = code.make("/deploy_keys", body).await["id"].clone();
    let body = json!({"name": "later", "allowed_to_push": [{"deploy_key_id": id}]});
    let rule = code.make(RULES, body).await;
    assert_eq!(lines(&rule, "push", "deploy_key_id"), [id]);
    assert_eq!(lines(&rule, "push", "access_level"), [json!(null)]);
    assert_eq!(
        lines(&rule, "push", "access_level_description"),
        [json!("Deployer")]
    );
    let body = json!({"name": "next", "allowed_to_push": [{"deploy_key_id": 999}]});
    code.root().post(&code.path(RULES), body).await.is(
        422,
        json!({"message": ["Push access levels deploy key is not enabled for this project"]}),
    );
}

#[tokio::test]
async fn with_a_licence_users_and_groups_may_be_named() {
    let code = Code::on(Tier::Premium).await;
    let body = json!({
        "name": "later", "unprotect_access_level": 40, "code_owner_approval_required": true,
        "allowed_to_push": [{"user_id": id_of(2)}],
        "allowed_to_merge": [{"group_id": code.group}, {"access_level": 30}],
    });
    let answer = code.root().post(&code.path(RULES), body).await;
    assert_eq!(answer.status, 201);
    same_shape(&answer, "protected_branch_premium");
    let rule = answer.body;
    assert_eq!(lines(&rule, "push", "user_id"), [json!(id_of(2))]);
    let name = code.root().get(&format!("/users/{}", id_of(2))).await.body["name"].clone();
    assert_eq!(lines(&rule, "push", "access_level_description"), [name]);
    assert_eq!(
        lines(&rule, "merge", "access_level_description"),
        [json!("acme"), json!("Developers + Maintainers")]
    );
    assert_eq!(lines(&rule, "merge", "access_level"), [json!(null), json!(30)]);
    assert_eq!(rule["code_owner_approval_required"], true);
    assert_eq!(rule["inherited"], false);
}

#[tokio::test]
async fn whoever_has_no_access_to_the_project_is_refused_with_422() {
    let code = Code::on(Tier::Premium).await;
    let path = code.path(RULES);
    let body = json!({"name": "later", "allowed_to_push": [{"user_id": id_of(9)}]});
    code.root().post(&path, body).await.is(
        422,
        json!({"message": ["Push access levels user is not a member of the project"]}),
    );
    let other = code.lab.group(None, "other", "private").await;
    let body = json!({"name": "later", "allowed_to_merge": [{"group_id": other}]});
    code.root().post(&path, body).await.is(
        422,
        json!({"message": ["Merge access levels group does not have access to the project"]}),
    );
}

#[tokio::test]
async fn a_level_named_twice_is_refused_with_422() {
    let code = Code::on(Tier::Premium).await;
    let body = json!({"name": "later", "allowed_to_push": [{"access_level": 40}, {"access_level": 40}]});
    code.root().post(&code.path(RULES), body).await.is(
        422,
        json!({"message": ["Push access levels access level has already been taken"]}),
    );
    let body = json!({"allowed_to_merge": [{"access_level": 40}]});
    code.root().patch(&code.path(MAIN), body).await.is(
        422,
        json!({"message": ["Merge access levels access level has already been taken"]}),
    );
}

#[tokio::test]
async fn an_id_in_a_new_protection_means_nothing_and_is_404() {
    let code = Code::on(Tier::Premium).await;
    let body = json!({"name": "later", "allowed_to_push": [{"id": 1, "access_level": 40}]});
    code.root()
        .post(&code.path(RULES), body)
        .await
        .is(404, message("404 Not found"));
}

#[tokio::test]
async fn a_change_adds_lines_and_leaves_those_that_are_there() {
    let code = Code::on(Tier::Premium).await;
    let body = json!({"allowed_to_push": [{"access_level": 30}], "allow_force_push": true});
    let answer = code.maintainer().patch(&code.path(MAIN), body).await;
    assert_eq!(answer.status, 200);
    same_shape(&answer, "protected_branch_premium");
    assert_eq!(
        lines(&answer.body, "push", "access_level"),
        [json!(40), json!(30)]
    );
    assert_eq!(lines(&answer.body, "merge", "access_level"), [json!(40)]);
    assert_eq!(answer.body["allow_force_push"], true);
}

#[tokio::test]
async fn a_line_is_changed_or_removed_by_its_id() {
    let code = Code::on(Tier::Premium).await;
    let rule = code.get(MAIN).await.body;
    let id = lines(&rule, "push", "id")[0].clone();
    let body = json!({"allowed_to_push": [{"id": id, "access_level": 0}]});
    let rule = code.root().patch(&code.path(MAIN), body).await.body;
    assert_eq!(lines(&rule, "push", "access_level"), [json!(0)]);
    assert_eq!(lines(&rule, "push", "id"), std::slice::from_ref(&id));
    let body = json!({"allowed_to_push": [{"id": id, "_destroy": true}, {"access_level": 30}]});
    let rule = code.root().patch(&code.path(MAIN), body).await.body;
    assert_eq!(lines(&rule, "push", "access_level"), [json!(30)]);
    let body = json!({"allowed_to_push": [{"id": 999, "_destroy": true}]});
    code.root()
        .patch(&code.path(MAIN), body)
        .await
        .is(404, message("404 Not found"));
}

#[tokio::test]
async fn a_plain_level_is_not_taken_by_a_change_but_for_unprotecting() {
    let code = Code::on(Tier::Premium).await;
    let body = json!({"push_access_level": 30, "merge_access_level": 30, "unprotect_access_level": 60});
    let rule = code.root().patch(&code.path(MAIN), body).await.body;
    assert_eq!(lines(&rule, "push", "access_level"), [json!(40)]);
    assert_eq!(lines(&rule, "merge", "access_level"), [json!(40)]);
    assert_eq!(lines(&rule, "unprotect", "access_level"), [json!(60)]);
}

#[tokio::test]
async fn put_is_not_the_verb_of_a_change() {
    let code = Code::start().await;
    code.root()
        .put(&code.path(MAIN), json!({"allow_force_push": true}))
        .await
        .is(405, json!({"error": "405 Not Allowed"}));
}

#[tokio::test]
async fn taking_a_protection_away_answers_204_and_leaves_the_branch() {
    let code = Code::start().await;
    let gone = code.maintainer().delete(&code.path(MAIN), json!(null)).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    code.maintainer()
        .delete(&code.path(MAIN), json!(null))
        .await
        .is(404, message("404 Not found"));
    assert_eq!(
        code.get("/repository/branches/main").await.body["protected"],
        false
    );
}

#[tokio::test]
async fn who_may_not_unprotect_is_refused_with_403() {
    let code = Code::on(Tier::Premium).await;
    code.make(RULES, json!({"name": "later", "unprotect_access_level": 60}))
        .await;
    let path = code.path("/protected_branches/later");
    let text = message("403 Forbidden");
    code.maintainer()
        .delete(&path, json!(null))
        .await
        .is(403, text.clone());
    code.maintainer()
        .patch(&path, json!({"allow_force_push": true}))
        .await
        .is(403, text);
    assert_eq!(code.root().delete(&path, json!(null)).await.status, 204);
}

#[tokio::test]
async fn developers_neither_see_nor_set_protections() {
    let code = Code::start().await;
    let text = message("403 Forbidden");
    code.developer()
        .get(&code.path(RULES))
        .await
        .is(403, text.clone());
    code.developer()
        .post(&code.path(RULES), json!({"name": "x"}))
        .await
        .is(403, text);
    code.lab
        .anonymous()
        .get(&code.path(RULES))
        .await
        .is(401, message("401 Unauthorized"));
}

#[tokio::test]
async fn no_one_beside_others_counts_for_nothing() {
    let code = Code::on(Tier::Premium).await;
    let body = json!({"name": "next", "allowed_to_push": [{"access_level": 0}, {"user_id": id_of(2)}]});
    code.make(RULES, body).await;
    let branch = json!({"branch": "next", "ref": "main"});
    let path = code.path("/repository/branches");
    let refused = code.maintainer().post(&path, branch.clone()).await;
    assert_eq!(refused.status, 403);
    assert_eq!(code.developer().post(&path, branch).await.status, 201);
}

#[tokio::test]
async fn of_several_protections_of_a_branch_the_most_permissive_wins() {
    let code = Code::start().await;
    code.make(RULES, json!({"name": "rel*", "push_access_level": 0}))
        .await;
    code.make(RULES, json!({"name": "*ease", "push_access_level": 30}))
        .await;
    let branch = json!({"branch": "release", "ref": "main"});
    let made = code
        .developer()
        .post(&code.path("/repository/branches"), branch)
        .await;
    assert_eq!(made.status, 201);
}

#[tokio::test]
async fn what_a_group_protects_holds_in_its_projects_and_cannot_be_changed_there() {
    let code = Code::on(Tier::Premium).await;
    let path = format!("/groups/{}/protected_branches", code.group);
    let body = json!({"name": "release", "push_access_level": 0});
    let answer = code.root().post(&path, body).await;
    assert_eq!(answer.status, 201);
    same_shape(&answer, "protected_branch_group");
    let rules = code.get(RULES).await;
    assert_eq!(rules.column("name"), ["main", "release"]);
    assert_eq!(rules.column("inherited"), ["false", "true"]);
    let below = code.path("/protected_branches/release");
    let text = message("403 Forbidden");
    code.root()
        .delete(&below, json!(null))
        .await
        .is(403, text.clone());
    code.root()
        .patch(&below, json!({"allow_force_push": true}))
        .await
        .is(403, text);
    let branch = json!({"branch": "release", "ref": "main"});
    let refused = code
        .maintainer()
        .post(&code.path("/repository/branches"), branch)
        .await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn a_group_has_the_same_verbs() {
    let code = Code::on(Tier::Premium).await;
    let path = format!("/groups/{}/protected_branches", code.group);
    let body = json!({"name": "release"});
    code.root().post(&path, body.clone()).await;
    code.root()
        .post(&path, body)
        .await
        .is(409, message("Protected branch 'release' already exists"));
    let one = format!("{path}/release");
    let body = json!({"allowed_to_merge": [{"access_level": 30}]});
    let rule = code.root().patch(&one, body).await.body;
    assert_eq!(lines(&rule, "merge", "access_level"), [json!(40), json!(30)]);
    assert_eq!(code.root().get(&one).await.body, rule);
    assert_eq!(code.root().delete(&one, json!(null)).await.status, 204);
    code.root().get(&path).await.is(200, json!([]));
}

#[tokio::test]
async fn only_groups_at_the_top_have_protections_and_only_with_a_licence() {
    let code = Code::on(Tier::Premium).await;
    let below = code.lab.group(Some(code.group), "below", "private").await;
    let answer = code
        .root()
        .get(&format!("/groups/{below}/protected_branches"))
        .await;
    assert_eq!(answer.status, 404);
    let code = Code::start().await;
    code.root()
        .get(&format!("/groups/{}/protected_branches", code.group))
        .await
        .is(404, message("404 Not Found"));
}

#[tokio::test]
async fn removing_the_protection_before_the_worker_ran_is_404_and_it_comes_all_the_same() {
    let clock = crate::clock::HandClock::new();
    let delay = std::time::Duration::from_secs(2);
    let options = Options::empty()
        .users(9)
        .clock(clock.clone())
        .background(Background::After(delay));
    let code = Code::without_files(options).await;
    let body = json!({"branch": "main", "commit_message": "Begin", "content": "x"});
    code.make("/repository/files/a", body).await;
    code.root()
        .delete(&code.path(MAIN), json!(null))
        .await
        .is(404, message("404 Not found"));
    clock.advance(delay);
    assert_eq!(code.get(MAIN).await.status, 200);
}
