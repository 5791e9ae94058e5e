//! Who has to approve merge requests (§7.10, A.6).

use gitlab_sim::Tier;
use serde_json::{Value, json};

use crate::client::id_of;
use crate::examples::same_shape;
use crate::repository::{Code, message};

const CONFIGURATION: &str = "/approvals";
const RULES: &str = "/approval_rules";
const SETTING: &str = "/merge_request_approval_setting";

fn of_group(code: &Code, below: &str) -> String {
    format!("/groups/{}{below}", code.group)
}

fn ids(rows: &Value) -> Vec<u64> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn without_a_licence_projects_have_none_of_it() {
    let code = Code::start().await;
    for below in [CONFIGURATION, RULES, SETTING] {
        code.get(below).await.is(404, message("404 Not Found"));
    }
    code.root()
        .get(&of_group(&code, RULES))
        .await
        .is(404, message("404 Not Found"));
}

#[tokio::test]
async fn a_configuration_is_changed_by_post_which_answers_201() {
    let code = Code::on(Tier::Premium).await;
    let before = code.get(CONFIGURATION).await;
    assert_eq!(before.status, 200);
    same_shape(&before, "approval_configuration");
    assert_eq!(before.body["reset_approvals_on_push"], true);
    assert_eq!(before.body["merge_requests_author_approval"], false);
    let body = json!({
        "reset_approvals_on_push": false, "merge_requests_author_approval": true,
        "merge_requests_disable_committers_approval": true,
        "disable_overriding_approvers_per_merge_request": true,
    });
    let answer = code
        .maintainer()
        .post(&code.path(CONFIGURATION), body.clone())
        .await;
    assert_eq!(answer.status, 201);
    same_shape(&answer, "approval_configuration");
    for (key, value) in body.as_object().unwrap() {
        assert_eq!(answer.body[key], *value, "{key}");
    }
    assert_eq!(code.get(CONFIGURATION).await.body, answer.body);
    code.developer()
        .post(&code.path(CONFIGURATION), body)
        .await
        .is(403, message("403 Forbidden"));
}

#[tokio::test]
async fn selective_removals_need_approvals_that_are_kept_on_push() {
    let code = Code::on(Tier::Premium).await;
    let path = code.path(CONFIGURATION);
    let body = json!({"selective_code_owner_removals": true});
    assert_eq!(code.root().post(&path, body).await.status, 400);
    let body = json!({"selective_code_owner_removals": true, "reset_approvals_on_push": false});
    let answer = code.root().post(&path, body).await;
    assert_eq!(
        (answer.status, &answer.body["selective_code_owner_removals"]),
        (201, &json!(true))
    );
}

#[tokio::test]
async fn the_old_name_for_signing_in_again_still_works() {
    let code = Code::on(Tier::Premium).await;
    let body = json!({"require_password_to_approve": true});
    let answer = code.root().post(&code.path(CONFIGURATION), body).await.body;
    assert_eq!(answer["require_password_to_approve"], true);
    assert_eq!(answer["require_reauthentication_to_approve"], true);
}

#[tokio::test]
async fn a_rule_names_users_and_groups_and_tells_who_may_approve() {
    let code = Code::on(Tier::Premium).await;
    let branch = code.get("/protected_branches/main").await.body["id"].clone();
    let body = json!({
        "name": "Two", "approvals_required": 2, "user_ids": [id_of(2)], "usernames": ["dev-0003"],
        "group_ids": [code.group], "protected_branch_ids": [branch],
    });
    let answer = code.maintainer().post(&code.path(RULES), body).await;
    assert_eq!(answer.status, 201);
    same_shape(&answer, "approval_rule");
    let rule = answer.body;
    assert_eq!(
        (&rule["rule_type"], &rule["report_type"]),
        (&json!("regular"), &json!(null))
    );
    assert_eq!(ids(&rule["users"]), [id_of(2), id_of(3)]);
    assert_eq!(ids(&rule["groups"]), [code.group]);
    assert_eq!(rule["groups"][0]["full_path"], "acme");
    // `root` made the group and is its owner.
    assert_eq!(
        ids(&rule["eligible_approvers"]),
        [1, id_of(1), id_of(2), id_of(3), id_of(4)]
    );
    assert_eq!(rule["protected_branches"][0]["name"], "main");
    let path = code.path(&format!("{RULES}/{}", rule["id"]));
    code.maintainer().get(&path).await.is(200, rule.clone());
    code.maintainer()
        .get(&code.path(RULES))
        .await
        .is(200, json!([rule]));
}

#[tokio::test]
async fn name_and_number_have_to_be_said() {
    let code = Code::on(Tier::Premium).await;
    let path = code.path(RULES);
    code.root().post(&path, json!({})).await.is(
        400,
        json!({"error": "name is missing, approvals_required is missing"}),
    );
    code.root()
        .post(&path, json!({"name": "x", "approvals_required": 101}))
        .await
        .is(
            400,
            json!({"message": {"approvals_required": ["must be less than or equal to 100"]}}),
        );
    code.root()
        .post(
            &path,
            json!({"name": "x", "approvals_required": 1, "rule_type": "some"}),
        )
        .await
        .is(400, json!({"error": "rule_type does not have a valid value"}));
}

#[tokio::test]
async fn a_name_is_there_once() {
    let code = Code::on(Tier::Premium).await;
    let path = code.path(RULES);
    let body = json!({"name": "Two", "approvals_required": 2});
    code.make(RULES, body.clone()).await;
    let text = json!({"message": {"name": ["has already been taken"]}});
    code.root().post(&path, body).await.is(400, text.clone());
    let other = code
        .make(RULES, json!({"name": "One", "approvals_required": 1}))
        .await;
    let path = format!("{path}/{}", other["id"]);
    code.root().put(&path, json!({"name": "Two"})).await.is(400, text);
    assert_eq!(code.root().put(&path, json!({"name": "One"})).await.status, 200);
}

#[tokio::test]
async fn a_rule_for_any_approver_is_there_once() {
    let code = Code::on(Tier::Premium).await;
    let body = json!({"name": "All Members", "approvals_required": 1, "rule_type": "any_approver"});
    let rule = code.make(RULES, body).await;
    assert_eq!(
        (&rule["rule_type"], &rule["eligible_approvers"]),
        (&json!("any_approver"), &json!([]))
    );
    let body = json!({"name": "Others", "approvals_required": 1, "rule_type": "any_approver"});
    code.root().post(&code.path(RULES), body).await.is(
        400,
        json!({"message": {"rule_type": ["any-approver for the project already exists"]}}),
    );
}

#[tokio::test]
async fn an_empty_list_empties_and_what_is_not_said_stays() {
    let code = Code::on(Tier::Premium).await;
    let body = json!({
        "name": "Two", "approvals_required": 2, "user_ids": [id_of(2)], "group_ids": [code.group],
    });
    let rule = code.make(RULES, body).await;
    let path = code.path(&format!("{RULES}/{}", rule["id"]));
    let kept = code
        .root()
        .put(&path, json!({"approvals_required": 1}))
        .await
        .body;
    assert_eq!(kept["approvals_required"], 1);
    assert_eq!(
        (ids(&kept["users"]), ids(&kept["groups"])),
        (vec![id_of(2)], vec![code.group])
    );
    let body = json!({"user_ids": [], "group_ids": []});
    let emptied = code.root().put(&path, body).await;
    assert_eq!(emptied.status, 200);
    assert_eq!(
        (&emptied.body["users"], &emptied.body["groups"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(emptied.body["name"], "Two");
}

#[tokio::test]
async fn groups_the_viewer_does_not_see_stay_unless_they_are_to_go() {
    let code = Code::on(Tier::Premium).await;
    let hidden = code.lab.group(None, "hidden", "private").await;
    let body = json!({"name": "Two", "approvals_required": 2, "group_ids": [hidden, code.group]});
    let rule = code.make(RULES, body).await;
    let path = code.path(&format!("{RULES}/{}", rule["id"]));
    let seen = code.maintainer().get(&path).await.body;
    assert_eq!(
        (&seen["contains_hidden_groups"], ids(&seen["groups"])),
        (&json!(true), vec![code.group])
    );
    code.maintainer().put(&path, json!({"group_ids": []})).await;
    assert_eq!(ids(&code.root().get(&path).await.body["groups"]), [hidden]);
    let body = json!({"group_ids": [], "remove_hidden_groups": true});
    code.maintainer().put(&path, body).await;
    assert_eq!(code.root().get(&path).await.body["groups"], json!([]));
}

#[tokio::test]
async fn who_is_no_member_is_left_out_silently() {
    let code = Code::on(Tier::Premium).await;
    let body = json!({"name": "Two", "approvals_required": 2, "user_ids": [id_of(9), id_of(2), 999]});
    let rule = code.make(RULES, body).await;
    assert_eq!(ids(&rule["users"]), [id_of(2)]);
}

#[tokio::test]
async fn a_rule_is_taken_away_with_204() {
    let code = Code::on(Tier::Premium).await;
    let rule = code
        .make(RULES, json!({"name": "Two", "approvals_required": 2}))
        .await;
    let path = code.path(&format!("{RULES}/{}", rule["id"]));
    code.developer()
        .delete(&path, json!(null))
        .await
        .is(403, message("403 Forbidden"));
    assert_eq!(code.root().delete(&path, json!(null)).await.status, 204);
    code.root().get(&path).await.is(404, message("404 Not found"));
    code.get(RULES).await.is(200, json!([]));
}

#[tokio::test]
async fn groups_have_rules_too() {
    let code = Code::on(Tier::Premium).await;
    let path = of_group(&code, RULES);
    let body = json!({"name": "Two", "approvals_required": 2, "user_ids": [id_of(2)]});
    let made = code.root().post(&path, body).await;
    assert_eq!(made.status, 201);
    same_shape(&made, "approval_rule_group");
    let one = format!("{path}/{}", made.body["id"]);
    let changed = code.root().put(&one, json!({"approvals_required": 3})).await;
    assert_eq!(
        (changed.status, &changed.body["approvals_required"]),
        (200, &json!(3))
    );
    code.maintainer()
        .get(&path)
        .await
        .is(403, message("403 Forbidden"));
    assert_eq!(code.root().delete(&one, json!(null)).await.status, 204);
}

#[tokio::test]
async fn what_a_group_forbids_is_locked_below_it() {
    let code = Code::on(Tier::Premium).await;
    let of_project = code.path(SETTING);
    let before = code.root().get(&of_project).await;
    same_shape(&before, "approval_setting");
    let body = json!({"allow_committer_approval": false, "require_password_to_approve": true});
    let answer = code.root().put(&of_group(&code, SETTING), body).await;
    assert_eq!(answer.status, 200);
    same_shape(&answer, "approval_setting");
    let own = json!({"value": false, "locked": false, "inherited_from": null});
    assert_eq!(answer.body["allow_committer_approval"], own);
    let below = code.root().get(&of_project).await.body;
    let forced = json!({"value": false, "locked": true, "inherited_from": "group"});
    assert_eq!(below["allow_committer_approval"], forced);
    let configuration = code.get(CONFIGURATION).await.body;
    assert_eq!(configuration["merge_requests_disable_committers_approval"], true);
    assert_eq!(configuration["require_reauthentication_to_approve"], true);
}
