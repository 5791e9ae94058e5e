//! CI/CD variables (§7.11, §5.4).

use gitlab_sim::{Background, Options, Tier};
use serde_json::{Value, json};

use crate::client::Lab;
use crate::examples::same_shape;

/// A project in a group, both private, and where their variables are.
async fn lab() -> (Lab, String, String) {
    placed(Lab::start().await).await
}

async fn premium() -> (Lab, String, String) {
    let options = Options::empty().users(9).tier(Tier::Premium);
    placed(Lab::with(options.background(Background::IMMEDIATE)).await).await
}

async fn placed(lab: Lab) -> (Lab, String, String) {
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    (
        lab,
        format!("/projects/{site}/variables"),
        format!("/groups/{acme}/variables"),
    )
}

const INSTANCE: &str = "/admin/ci/variables";

fn field(name: &str, texts: &[&str]) -> Value {
    json!({"message": {name: texts}})
}

fn not_found() -> Value {
    json!({"message": "404 Variable Not Found"})
}

async fn make(lab: &Lab, place: &str, body: Value) -> Value {
    let answer = lab.root().post(place, body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body
}

async fn refused(lab: &Lab, place: &str, body: Value, message: Value) {
    lab.root().post(place, body).await.is(400, message);
}

#[tokio::test]
async fn a_variable_has_the_documented_keys() {
    let (lab, of_project, of_group) = lab().await;
    for place in [&of_project, &of_group] {
        let made = lab
            .root()
            .post(
                place,
                json!({"key": "DEPLOY_KEY", "value": "s3cr3t-value", "masked": true}),
            )
            .await;
        assert_eq!(made.status, 201);
        same_shape(&made, "variable");
        same_shape(&lab.root().get(place).await, "variable");
    }
    let made = make(&lab, &of_project, json!({"key": "PLAIN", "value": "x"})).await;
    assert_eq!(
        made,
        json!({
            "variable_type": "env_var", "key": "PLAIN", "value": "x", "hidden": false, "protected": false,
            "masked": false, "raw": false, "environment_scope": "*", "description": null,
        })
    );
}

#[tokio::test]
async fn variables_are_made_read_changed_and_removed() {
    let (lab, of_project, of_group) = lab().await;
    for place in [&of_project, &of_group, INSTANCE] {
        make(
            &lab,
            place,
            json!({"key": "COLOUR", "value": "red", "variable_type": "file", "protected": true, "raw": true}),
        )
        .await;
        let one = format!("{place}/COLOUR");
        let read = lab.root().get(&one).await;
        assert_eq!(
            (
                &read.body["value"],
                &read.body["variable_type"],
                &read.body["raw"]
            ),
            (&json!("red"), &json!("file"), &json!(true))
        );
        let body =
            json!({"value": "blue", "protected": false, "description": "a mood", "variable_type": "env_var"});
        let changed = lab.root().put(&one, body).await;
        assert_eq!(changed.status, 200);
        assert_eq!(
            (
                &changed.body["value"],
                &changed.body["protected"],
                &changed.body["description"]
            ),
            (&json!("blue"), &json!(false), &json!("a mood"))
        );
        assert_eq!(lab.root().get(place).await.body, json!([changed.body]));
        let gone = lab.root().delete(&one, json!(null)).await;
        assert_eq!((gone.status, gone.text.as_str()), (204, ""));
        lab.root().get(&one).await.is(404, not_found());
    }
}

#[tokio::test]
async fn an_instance_variable_has_no_scope_and_is_for_administrators() {
    let (lab, ..) = lab().await;
    let answer = lab
        .root()
        .post(
            INSTANCE,
            json!({"key": "PROXY", "value": "x", "environment_scope": "production"}),
        )
        .await;
    assert_eq!(answer.status, 201);
    same_shape(&answer, "variable_of_instance");
    lab.dev(1)
        .get(INSTANCE)
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    lab.anonymous()
        .get(INSTANCE)
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
}

#[tokio::test]
async fn a_key_and_a_value_are_needed() {
    let (lab, of_project, _) = lab().await;
    let error = |text: &str| json!({"error": text});
    refused(
        &lab,
        &of_project,
        json!({}),
        error("key is missing, value is missing"),
    )
    .await;
    refused(&lab, &of_project, json!({"key": "K"}), error("value is missing")).await;
    // An empty value is one.
    assert_eq!(
        make(&lab, &of_project, json!({"key": "K", "value": ""})).await["value"],
        ""
    );
}

#[tokio::test]
async fn a_type_that_is_none_is_refused() {
    let (lab, of_project, _) = lab().await;
    let body = json!({"key": "K", "value": "v", "variable_type": "secret"});
    let error = json!({"error": "variable_type does not have a valid value"});
    refused(&lab, &of_project, body, error).await;
}

#[tokio::test]
async fn a_key_is_letters_digits_and_underscores_up_to_255() {
    let (lab, of_project, _) = lab().await;
    let of = |key: &str| json!({"key": key, "value": "v"});
    let letters = "can contain only letters, digits and '_'.";
    for key in ["WITH-DASH", "WITH SPACE", "WITH.DOT", "ÄRGER"] {
        refused(&lab, &of_project, of(key), field("key", &[letters])).await;
    }
    refused(
        &lab,
        &of_project,
        of(""),
        field("key", &["can't be blank", letters]),
    )
    .await;
    let long = "K".repeat(256);
    let text = "is too long (maximum is 255 characters)";
    refused(&lab, &of_project, of(&long), field("key", &[text])).await;
    make(&lab, &of_project, of(&long[1..])).await;
    make(&lab, &of_project, of("1_a_Z")).await;
}

#[tokio::test]
async fn spaces_around_a_key_are_dropped() {
    let (lab, of_project, _) = lab().await;
    let made = make(&lab, &of_project, json!({"key": "  TIDY ", "value": "v"})).await;
    assert_eq!(made["key"], "TIDY");
}

#[tokio::test]
async fn a_value_has_at_most_10000_characters() {
    let (lab, of_project, of_group) = lab().await;
    for place in [&of_project, &of_group, INSTANCE] {
        let body = json!({"key": "LONG", "value": "ä".repeat(10_001)});
        let text = "is too long (maximum is 10000 characters)";
        refused(&lab, place, body, field("value", &[text])).await;
        make(&lab, place, json!({"key": "LONG", "value": "ä".repeat(10_000)})).await;
    }
}

#[tokio::test]
async fn a_description_has_at_most_255_characters() {
    let (lab, of_project, _) = lab().await;
    let body = json!({"key": "K", "value": "v", "description": "d".repeat(256)});
    let text = "is too long (maximum is 255 characters)";
    refused(&lab, &of_project, body, field("description", &[text])).await;
    make(
        &lab,
        &of_project,
        json!({"key": "K", "value": "v", "description": "d".repeat(255)}),
    )
    .await;
}

#[tokio::test]
async fn a_scope_has_an_alphabet_of_its_own() {
    let (lab, of_project, _) = lab().await;
    let of = |scope: &str| json!({"key": "K", "value": "v", "environment_scope": scope});
    let text = "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', '*' and spaces";
    refused(
        &lab,
        &of_project,
        of("pro,duction"),
        field("environment_scope", &[text]),
    )
    .await;
    for scope in ["*", "review/*", "eu west-1", "${REGION}"] {
        assert_eq!(
            make(&lab, &of_project, of(scope)).await["environment_scope"],
            scope
        );
    }
}

#[tokio::test]
async fn a_key_that_is_taken_is_refused_with_the_key() {
    let (lab, of_project, of_group) = lab().await;
    for place in [&of_project, &of_group, INSTANCE] {
        make(&lab, place, json!({"key": "TWICE", "value": "v"})).await;
        let text = "(TWICE) has already been taken";
        refused(
            &lab,
            place,
            json!({"key": "TWICE", "value": "w"}),
            field("key", &[text]),
        )
        .await;
    }
    assert_eq!(lab.gitlab.stats().writes.rejected_as_duplicate, 3);
}

#[tokio::test]
async fn a_key_in_another_case_is_another_key() {
    let (lab, of_project, _) = lab().await;
    make(&lab, &of_project, json!({"key": "Case", "value": "v"})).await;
    make(&lab, &of_project, json!({"key": "CASE", "value": "v"})).await;
    let other = lab.root().get(&format!("{of_project}/case")).await;
    other.is(404, not_found());
}

#[tokio::test]
async fn a_masked_value_is_one_line_of_eight_or_more_of_the_alphabet() {
    let (lab, of_project, _) = lab().await;
    for value in [
        "1234567",
        "with a space",
        "two\nlines!",
        "dollar$dollar",
        "brackets()",
    ] {
        let body = json!({"key": "M", "value": value, "masked": true});
        refused(&lab, &of_project, body, field("value", &["is invalid"])).await;
    }
    let body = json!({"key": "M", "value": "aZ9_+=/@:.~-", "masked": true});
    assert_eq!(make(&lab, &of_project, body).await["masked"], true);
}

#[tokio::test]
async fn a_masked_value_that_is_raw_may_hold_anything_but_spaces() {
    let (lab, of_project, _) = lab().await;
    let of = |value: &str| json!({"key": "M", "value": value, "masked": true, "raw": true});
    refused(
        &lab,
        &of_project,
        of("with a space"),
        field("value", &["is invalid"]),
    )
    .await;
    refused(&lab, &of_project, of("1234567"), field("value", &["is invalid"])).await;
    make(&lab, &of_project, of("dollar$and(more)")).await;
}

#[tokio::test]
async fn a_masked_value_is_not_the_name_of_another_variable() {
    let (lab, of_project, _) = lab().await;
    make(&lab, &of_project, json!({"key": "OTHER_NAME", "value": "v"})).await;
    let body = json!({"key": "M", "value": "OTHER_NAME", "masked": true});
    refused(&lab, &of_project, body, field("value", &["is invalid"])).await;
}

#[tokio::test]
async fn masking_later_looks_at_the_value_that_is_there() {
    let (lab, of_project, _) = lab().await;
    make(&lab, &of_project, json!({"key": "M", "value": "short"})).await;
    let one = format!("{of_project}/M");
    lab.root()
        .put(&one, json!({"masked": true}))
        .await
        .is(400, field("value", &["is invalid"]));
    let both = lab
        .root()
        .put(&one, json!({"masked": true, "value": "long-enough"}))
        .await;
    assert_eq!((both.status, &both.body["masked"]), (200, &json!(true)));
}

#[tokio::test]
async fn a_hidden_value_is_null_at_once_and_for_good() {
    let (lab, of_project, of_group) = lab().await;
    for place in [&of_project, &of_group] {
        let made = lab
            .root()
            .post(
                place,
                json!({"key": "H", "value": "secret_value", "masked_and_hidden": true}),
            )
            .await;
        same_shape(&made, "variable");
        assert_eq!(
            (&made.body["value"], &made.body["hidden"], &made.body["masked"]),
            (&json!(null), &json!(true), &json!(true))
        );
        let read = lab.root().get(&format!("{place}/H")).await;
        assert_eq!(read.body, made.body);
        assert!(!lab.root().get(place).await.text.contains("secret_value"));
    }
    let unfit = json!({"key": "H2", "value": "short", "masked_and_hidden": true});
    refused(&lab, &of_project, unfit, field("value", &["is invalid"])).await;
}

#[tokio::test]
async fn a_hidden_variable_can_be_changed_but_not_unhidden() {
    let (lab, of_project, _) = lab().await;
    make(
        &lab,
        &of_project,
        json!({"key": "H", "value": "secret_value", "masked_and_hidden": true}),
    )
    .await;
    let one = format!("{of_project}/H");
    let body = json!({"value": "another_value", "description": "still hidden", "hidden": false});
    let changed = lab.root().put(&one, body).await;
    assert_eq!(
        (
            changed.status,
            &changed.body["value"],
            &changed.body["description"]
        ),
        (200, &json!(null), &json!("still hidden"))
    );
    assert_eq!(changed.body["hidden"], true);
    let text = "The visibility setting cannot be changed for masked and hidden variables.";
    lab.root()
        .put(&one, json!({"masked": false}))
        .await
        .is(400, field("base", &[text]));
}

#[tokio::test]
async fn hiding_is_for_creation_only() {
    let (lab, of_project, _) = lab().await;
    make(
        &lab,
        &of_project,
        json!({"key": "K", "value": "long-enough", "masked": true}),
    )
    .await;
    let changed = lab
        .root()
        .put(&format!("{of_project}/K"), json!({"masked_and_hidden": true}))
        .await;
    assert_eq!(
        (changed.status, &changed.body["hidden"], &changed.body["value"]),
        (200, &json!(false), &json!("long-enough"))
    );
}

#[tokio::test]
async fn one_key_can_have_a_value_for_each_scope() {
    let (lab, of_project, _) = lab().await;
    for scope in ["*", "production", "staging"] {
        make(
            &lab,
            &of_project,
            json!({"key": "K", "value": scope, "environment_scope": scope}),
        )
        .await;
    }
    let rows = lab.root().get(&of_project).await;
    assert_eq!(rows.column("environment_scope"), ["*", "production", "staging"]);
}

#[tokio::test]
async fn a_key_of_several_scopes_needs_the_filter() {
    let (lab, of_project, _) = lab().await;
    for scope in ["production", "staging"] {
        let body = json!({"key": "K", "value": scope, "environment_scope": scope});
        make(&lab, &of_project, body).await;
    }
    let text =
        "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'";
    let several = json!({"message": text});
    let one = format!("{of_project}/K");
    let production = format!("{one}?filter[environment_scope]=production");
    let root = lab.root();
    root.get(&one).await.is(409, several.clone());
    root.put(&one, json!({"value": "x"}))
        .await
        .is(409, several.clone());
    root.delete(&one, json!(null)).await.is(409, several);
    assert_eq!(root.get(&production).await.body["value"], "production");
    let body = json!({"value": "x", "filter": {"environment_scope": "staging"}});
    assert_eq!(root.put(&one, body).await.body["environment_scope"], "staging");
    assert_eq!(root.delete(&production, json!(null)).await.status, 204);
    assert_eq!(root.get(&one).await.body["value"], "x");
    root.get(&production).await.is(404, not_found());
}

#[tokio::test]
async fn moving_into_a_taken_scope_is_refused() {
    let (lab, of_project, _) = lab().await;
    for scope in ["production", "staging"] {
        let body = json!({"key": "K", "value": scope, "environment_scope": scope});
        make(&lab, &of_project, body).await;
    }
    let one = format!("{of_project}/K?filter[environment_scope]=staging");
    lab.root()
        .put(&one, json!({"environment_scope": "production"}))
        .await
        .is(400, field("key", &["(K) has already been taken"]));
    let moved = lab.root().put(&one, json!({"environment_scope": "qa"})).await;
    assert_eq!(
        (moved.status, &moved.body["environment_scope"]),
        (200, &json!("qa"))
    );
}

#[tokio::test]
async fn a_missing_variable_is_404() {
    let (lab, of_project, of_group) = lab().await;
    for place in [&of_project, &of_group, INSTANCE] {
        let one = format!("{place}/NONE");
        lab.root().get(&one).await.is(404, not_found());
        lab.root()
            .put(&one, json!({"value": "x"}))
            .await
            .is(404, not_found());
        lab.root().delete(&one, json!(null)).await.is(404, not_found());
    }
}

#[tokio::test]
async fn a_group_has_scopes_with_premium_only() {
    let of = |scope: &str| json!({"key": "K", "value": "v", "environment_scope": scope});
    let (lab, _, of_group) = lab().await;
    assert_eq!(
        make(&lab, &of_group, of("production")).await["environment_scope"],
        "*"
    );
    let text = "(K) has already been taken";
    refused(&lab, &of_group, of("staging"), field("key", &[text])).await;

    let (lab, _, of_group) = premium().await;
    for scope in ["production", "staging"] {
        assert_eq!(make(&lab, &of_group, of(scope)).await["environment_scope"], scope);
    }
    assert_eq!(lab.root().get(&format!("{of_group}/K")).await.status, 409);
    let one = format!("{of_group}/K?filter[environment_scope]=staging");
    assert_eq!(lab.root().get(&one).await.body["environment_scope"], "staging");
}

#[tokio::test]
async fn variables_of_a_project_are_for_maintainers() {
    let (lab, of_project, _) = lab().await;
    let project = of_project
        .trim_start_matches('/')
        .trim_end_matches("/variables")
        .to_owned();
    make(&lab, &of_project, json!({"key": "K", "value": "v"})).await;
    lab.member(&project, 1, 30).await;
    lab.member(&project, 2, 40).await;
    let forbidden = json!({"message": "403 Forbidden"});
    lab.dev(1).get(&of_project).await.is(403, forbidden.clone());
    lab.dev(1)
        .get(&format!("{of_project}/K"))
        .await
        .is(403, forbidden);
    assert_eq!(lab.dev(2).get(&of_project).await.column("value"), ["v"]);
    assert_eq!(
        lab.dev(2)
            .post(&of_project, json!({"key": "L", "value": "v"}))
            .await
            .status,
        201
    );
    lab.dev(3)
        .get(&of_project)
        .await
        .is(404, json!({"message": "404 Project Not Found"}));
}

#[tokio::test]
async fn variables_of_a_group_are_for_owners() {
    let (lab, _, of_group) = lab().await;
    let group = of_group
        .trim_start_matches('/')
        .trim_end_matches("/variables")
        .to_owned();
    lab.member(&group, 1, 40).await;
    lab.member(&group, 2, 50).await;
    lab.dev(1)
        .get(&of_group)
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    assert_eq!(
        lab.dev(2)
            .post(&of_group, json!({"key": "K", "value": "v"}))
            .await
            .status,
        201
    );
    lab.dev(3)
        .get(&of_group)
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
}

#[tokio::test]
async fn whoever_may_not_is_told_before_the_parameters_are_read() {
    let (lab, of_project, _) = lab().await;
    let project = of_project
        .trim_start_matches('/')
        .trim_end_matches("/variables")
        .to_owned();
    lab.member(&project, 1, 30).await;
    lab.dev(1)
        .post(&of_project, json!({}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    lab.anonymous()
        .post(&of_project, json!({}))
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
}

#[tokio::test]
async fn an_archived_project_keeps_its_variables() {
    let (lab, of_project, _) = lab().await;
    make(&lab, &of_project, json!({"key": "K", "value": "v"})).await;
    let project = of_project.trim_end_matches("/variables");
    lab.root().post(&format!("{project}/archive"), json!(null)).await;
    assert_eq!(lab.root().get(&of_project).await.column("key"), ["K"]);
    let forbidden = json!({"message": "403 Forbidden"});
    lab.root()
        .put(&format!("{of_project}/K"), json!({"value": "w"}))
        .await
        .is(403, forbidden.clone());
    lab.root()
        .post(&of_project, json!({"key": "L", "value": "v"}))
        .await
        .is(403, forbidden);
}

#[tokio::test]
async fn a_project_holds_8000_variables_and_a_group_30000() {
    // Written into the state, as 38,000 requests would take a while.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let options = || Options::empty().state_file(&file);
    let (lab, of_project, of_group) = placed(Lab::with(options()).await).await;
    make(&lab, &of_project, json!({"key": "K", "value": "v"})).await;
    make(&lab, &of_group, json!({"key": "K", "value": "v"})).await;
    lab.gitlab.stop().await;
    let mut state: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let rows = state["belongings"]["variables"]["rows"].as_array_mut().unwrap();
    let (project, group) = (rows[0].clone(), rows[1].clone());
    for (row, count, first) in [(project, 7_998, 3), (group, 29_998, 8_001)] {
        rows.extend((first..first + count).map(|id| {
            let mut row = row.clone();
            row[0] = json!(id);
            row[2]["id"] = json!(id);
            row[2]["key"] = json!(format!("K{id}"));
            row
        }));
    }
    std::fs::write(&file, state.to_string()).unwrap();

    let lab = Lab::with(options()).await;
    for (place, text) in [
        (&of_project, "Maximum number of project variables (8000) exceeded"),
        (&of_group, "Maximum number of group variables (30000) exceeded"),
    ] {
        make(&lab, place, json!({"key": "LAST", "value": "v"})).await;
        let body = json!({"key": "ONE_MORE", "value": "v"});
        refused(&lab, place, body, field("base", &[text])).await;
        // What is there can still be changed.
        let changed = lab
            .root()
            .put(&format!("{place}/LAST"), json!({"value": "w"}))
            .await;
        assert_eq!(changed.status, 200);
    }
}

#[tokio::test]
async fn an_instance_holds_25_variables() {
    let (lab, ..) = lab().await;
    for number in 0..25 {
        make(&lab, INSTANCE, json!({"key": format!("K{number}"), "value": "v"})).await;
    }
    let text = "Maximum number of ci instance level variables (25) exceeded";
    refused(
        &lab,
        INSTANCE,
        json!({"key": "K25", "value": "v"}),
        field("base", &[text]),
    )
    .await;
}

#[tokio::test]
async fn an_update_that_changes_nothing_is_no_write() {
    let (lab, of_project, _) = lab().await;
    make(&lab, &of_project, json!({"key": "K", "value": "v"})).await;
    let before = lab.gitlab.stats().writes.applied;
    let same = lab
        .root()
        .put(&format!("{of_project}/K"), json!({"value": "v"}))
        .await;
    assert_eq!(same.status, 200);
    assert_eq!(lab.gitlab.stats().writes.applied, before);
}

#[tokio::test]
async fn variables_go_with_their_project() {
    let (lab, of_project, _) = lab().await;
    make(&lab, &of_project, json!({"key": "K", "value": "v"})).await;
    let project = of_project.trim_end_matches("/variables").to_owned();
    lab.root().delete(&project, json!(null)).await;
    let path = lab.root().get(&project).await.body["path_with_namespace"].clone();
    lab.root()
        .delete(&project, json!({"permanently_remove": true, "full_path": path}))
        .await;
    lab.root()
        .get(&of_project)
        .await
        .is(404, json!({"message": "404 Project Not Found"}));
}

#[tokio::test]
async fn variables_stay_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options::empty().state_file(folder.path().join("state.json"));
    let (lab, of_project, of_group) = placed(Lab::with(options()).await).await;
    for place in [&of_project, &of_group, INSTANCE] {
        make(
            &lab,
            place,
            json!({"key": "K", "value": "kept-value", "masked": true}),
        )
        .await;
    }
    lab.gitlab.stop().await;
    let lab = Lab::with(options()).await;
    for place in [&of_project, &of_group, INSTANCE] {
        assert_eq!(
            lab.root().get(&format!("{place}/K")).await.body["value"],
            "kept-value"
        );
    }
}

#[tokio::test]
async fn a_list_comes_in_pages() {
    let (lab, of_project, _) = lab().await;
    for key in ["A", "B", "C"] {
        make(&lab, &of_project, json!({"key": key, "value": "v"})).await;
    }
    let second = lab.root().get(&format!("{of_project}?per_page=2&page=2")).await;
    assert_eq!(second.column("key"), ["C"]);
    assert_eq!(second.header("x-total"), Some("3"));
}
