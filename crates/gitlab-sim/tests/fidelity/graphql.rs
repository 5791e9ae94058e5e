//! GraphQL (§8).

use gitlab_sim::{Background, Options, RateLimit, Tier};
use hyper::Method;
use serde_json::{Value, json};

use crate::client::{Actor, Answer, Lab, id_of};

const JSON: &str = "application/json";

async fn send(actor: &Actor, body: Value) -> Answer {
    actor
        .send(Method::POST, "/api/graphql", JSON, body.to_string())
        .await
        .unwrap()
}

async fn ask(actor: &Actor, query: &str) -> Answer {
    send(actor, json!({ "query": query })).await
}

fn error(message: &str) -> Value {
    json!({ "errors": [{ "message": message }] })
}

#[tokio::test]
async fn a_personal_token_works_as_bearer_and_as_private_token() {
    let lab = Lab::start().await;
    let me = json!({"data": {"currentUser": {"username": "root", "active": true}}});
    let query = "{ currentUser { username active } }";
    ask(&lab.root(), query).await.is(200, me.clone());
    let bearer = format!("Bearer {}", lab.gitlab.root_token());
    let actor = lab.anonymous().with_header("Authorization", &bearer);
    ask(&actor, query).await.is(200, me);
    ask(&lab.anonymous(), query)
        .await
        .is(200, json!({"data": {"currentUser": null}}));
}

#[tokio::test]
async fn only_post_is_answered() {
    let lab = Lab::start().await;
    let path = "/api/graphql?query=%7BcurrentUser%7Busername%7D%7D";
    let answer = lab
        .root()
        .send(Method::GET, path, JSON, String::new())
        .await
        .unwrap();
    assert_eq!(answer.status, 405);
    ask(&lab.root(), " ")
        .await
        .is(200, error("No query string was present"));
}

#[tokio::test]
async fn several_operations_come_in_an_array_and_their_complexity_is_summed() {
    let lab = Lab::start().await;
    let one = json!({"query": "{ echo(text: \"a\") queryComplexity { score } }"});
    send(&lab.root(), json!([one, one])).await.is(
        200,
        json!([
            {"data": {"echo": "\"root\" says: a", "queryComplexity": {"score": 3}}},
            {"data": {"echo": "\"root\" says: a", "queryComplexity": {"score": 6}}},
        ]),
    );
    let dear = json!({"query": format!("{{ {} }}", fields(150))});
    let answer = send(&lab.root(), json!([dear, dear])).await;
    assert_eq!(answer.body[0]["data"]["f0"], "\"root\" says: x");
    let text = "Query has complexity of 300, which exceeds max complexity of 250";
    assert_eq!(answer.body[1], error(text));
}

#[tokio::test]
async fn a_bad_token_is_told_in_graphqls_own_shape() {
    let lab = Lab::start().await;
    let stranger = lab.bearer_of(Some("glpat-nobody".to_owned()));
    ask(&stranger, "{ currentUser { id } }")
        .await
        .is(401, error("Invalid token"));
}

#[tokio::test]
async fn errors_come_with_status_200() {
    let lab = Lab::start().await;
    let answer = ask(&lab.root(), "{ user { id } }").await;
    answer.is(
        200,
        json!({
            "data": {"user": null},
            "errors": [{
                "message": "Provide either a single username or id",
                "locations": [{"line": 1, "column": 3}],
                "path": ["user"],
            }],
        }),
    );
}

#[tokio::test]
async fn graphql_counts_in_the_same_throttle_as_rest() {
    let lab = Lab::with(Options::empty().rate_limit(RateLimit {
        requests: 2,
        seconds: 3_600,
    }))
    .await;
    lab.root().get("/version").await;
    let second = ask(&lab.root(), "{ currentUser { id } }").await;
    assert_eq!(second.header("ratelimit-remaining"), Some("0"));
    assert_eq!(
        second.header("ratelimit-name"),
        Some("throttle_authenticated_api")
    );
    let third = ask(&lab.root(), "{ currentUser { id } }").await;
    assert_eq!((third.status, third.text.as_str()), (429, "Retry later\n"));
}

#[tokio::test]
async fn a_page_has_at_most_a_hundred_nodes() {
    let lab = Lab::with(Options::empty().users(120)).await;
    for query in [
        "{ users { count nodes { id } } }",
        "{ users(first: 500) { count nodes { id } } }",
    ] {
        let answer = ask(&lab.root(), query).await;
        let users = &answer.body["data"]["users"];
        assert_eq!(users["count"], 121);
        assert_eq!(users["nodes"].as_array().unwrap().len(), 100);
    }
}

#[tokio::test]
async fn storage_branch_rules_variables_and_approval_rules_are_reachable() {
    let lab = Lab::with(
        Options::empty()
            .users(9)
            .tier(Tier::Premium)
            .background(Background::IMMEDIATE),
    )
    .await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    let root = lab.root();
    let protected = json!({"name": "main", "push_access_level": 40, "merge_access_level": 30});
    let branch = root
        .post(&format!("/projects/{site}/protected_branches"), protected)
        .await;
    assert_eq!(branch.status, 201, "{}", branch.text);
    let rule =
        json!({"name": "Security", "approvals_required": 2, "protected_branch_ids": [branch.body["id"]]});
    let rule = root.post(&format!("/projects/{site}/approval_rules"), rule).await;
    assert_eq!(rule.status, 201, "{}", rule.text);
    for (of, key) in [
        (format!("groups/{acme}"), "REGION"),
        (format!("projects/{site}"), "STAGE"),
    ] {
        let variable = json!({"key": key, "value": "eu-west"});
        assert_eq!(root.post(&format!("/{of}/variables"), variable).await.status, 201);
    }
    let readme = json!({"branch": "main", "content": "hello", "commit_message": "Say hello"});
    let file = root
        .post(&format!("/projects/{site}/repository/files/README"), readme)
        .await;
    assert_eq!(file.status, 201, "{}", file.text);
    let query = "{ group(fullPath: \"acme\") { rootStorageStatistics { storageSize } ciVariables { nodes { key value } } } \
                 project(fullPath: \"acme/site\") { statistics { commitCount repositorySize } ciVariables { nodes { key \
                 variableType } } branchRules { nodes { name isProtected branchProtection { allowForcePush \
                 pushAccessLevels { nodes { accessLevel } } mergeAccessLevels { nodes { accessLevelDescription } } } \
                 approvalRules { nodes { name approvalsRequired type } } } } } }";
    let branch = json!({
        "name": "main",
        "isProtected": true,
        "branchProtection": {
            "allowForcePush": false,
            "pushAccessLevels": {"nodes": [{"accessLevel": 40}]},
            "mergeAccessLevels": {"nodes": [{"accessLevelDescription": "Developers + Maintainers"}]},
        },
        "approvalRules": {"nodes": [{"name": "Security", "approvalsRequired": 2, "type": "REGULAR"}]},
    });
    ask(&root, query).await.is(
        200,
        json!({"data": {
            "group": {
                "rootStorageStatistics": {"storageSize": 40_965.0},
                "ciVariables": {"nodes": [{"key": "REGION", "value": "eu-west"}]},
            },
            "project": {
                "statistics": {"commitCount": 1.0, "repositorySize": 40_965.0},
                "ciVariables": {"nodes": [{"key": "STAGE", "variableType": "ENV_VAR"}]},
                "branchRules": {"nodes": [branch]},
            },
        }}),
    );
    lab.member(&format!("groups/{acme}"), 1, 20).await;
    let reporter = "{ project(fullPath: \"acme/site\") { ciVariables { nodes { key } } branchRules { nodes { name } } } }";
    ask(&lab.dev(1), reporter).await.is(
        200,
        json!({"data": {"project": {"ciVariables": null, "branchRules": null}}}),
    );
}

/// So many fields, each of which costs one.
fn fields(count: usize) -> String {
    (0..count)
        .map(|number| format!("f{number}: echo(text: \"x\")"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test]
async fn a_query_that_costs_more_than_250_is_refused_and_200_for_strangers() {
    let lab = Lab::start().await;
    for (actor, limit) in [(lab.root(), 250), (lab.anonymous(), 200)] {
        let allowed = ask(&actor, &format!("{{ {} }}", fields(limit))).await;
        assert!(allowed.body["errors"].is_null(), "{}", allowed.text);
        let cost = limit + 1;
        let text = format!("Query has complexity of {cost}, which exceeds max complexity of {limit}");
        ask(&actor, &format!("{{ {} }}", fields(cost)))
            .await
            .is(200, error(&text));
    }
}

#[tokio::test]
async fn a_query_can_ask_what_it_costs() {
    let lab = Lab::start().await;
    // A page of a hundred costs twice what its one row does: users 1, nodes 1, id 1; then the three of the question.
    ask(
        &lab.root(),
        "{ users { nodes { id } } queryComplexity { score limit } }",
    )
    .await
    .body["data"]["queryComplexity"]
        .as_object()
        .map(|cost| assert_eq!(Value::from(cost.clone()), json!({"score": 9, "limit": 250})))
        .unwrap();
}

#[tokio::test]
async fn a_query_text_has_at_most_ten_thousand_characters() {
    let lab = Lab::start().await;
    let padded = |length: usize| format!("{:length$}", "{ currentUser { id } }");
    assert_eq!(ask(&lab.root(), &padded(10_000)).await.status, 200);
    ask(&lab.root(), &padded(10_001))
        .await
        .is(422, error("Query too large"));
}

#[tokio::test]
async fn read_api_is_enough_for_queries() {
    let lab = Lab::start().await;
    let token = |scope: &str| {
        let body = json!({"name": scope, "scopes": [scope], "expires_at": "2026-12-01"});
        let root = lab.root();
        let path = format!("/users/{}/personal_access_tokens", id_of(1));
        async move {
            let made = root.post(&path, body).await;
            made.body["token"]
                .as_str()
                .unwrap_or_else(|| panic!("{}", made.text))
                .to_owned()
        }
    };
    let reader = lab.bearer_of(Some(token("read_api").await));
    ask(&reader, "{ currentUser { username } }")
        .await
        .is(200, json!({"data": {"currentUser": {"username": "dev-0001"}}}));
    let other = lab.bearer_of(Some(token("read_user").await));
    assert_eq!(ask(&other, "{ currentUser { username } }").await.status, 403);
}

#[tokio::test]
async fn ids_are_global_and_end_in_the_rest_id() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    let query = r#"{ group(fullPath: "acme") { id } project(fullPath: "ACME/site") { id fullPath } currentUser { id } }"#;
    ask(&lab.root(), query).await.is(
        200,
        json!({"data": {
            "group": {"id": format!("gid://gitlab/Group/{acme}")},
            "project": {"id": format!("gid://gitlab/Project/{site}"), "fullPath": "acme/site"},
            "currentUser": {"id": "gid://gitlab/User/1"},
        }}),
    );
}

#[tokio::test]
async fn a_groups_projects_at_all_depths_are_walked_by_cursor() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    for (group, path) in [(acme, "a"), (web, "b"), (web, "c"), (acme, "d"), (web, "e")] {
        lab.project(group, path, "private").await;
    }
    let query = "query($p: ID!, $after: String) { group(fullPath: $p) { projects(includeSubgroups: true, first: 2, \
                 after: $after) { nodes { fullPath } pageInfo { hasNextPage endCursor } } } }";
    let (mut after, mut seen, mut pages) = (Value::Null, Vec::new(), 0);
    loop {
        let body = json!({"query": query, "variables": {"p": "acme", "after": after}});
        let answer = send(&lab.root(), body).await;
        let projects = &answer.body["data"]["group"]["projects"];
        for node in projects["nodes"]
            .as_array()
            .unwrap_or_else(|| panic!("{}", answer.text))
        {
            seen.push(node["fullPath"].as_str().unwrap().to_owned());
        }
        pages += 1;
        if projects["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
        after = projects["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(
        seen,
        ["acme/a", "acme/web/b", "acme/web/c", "acme/d", "acme/web/e"]
    );
    assert_eq!(pages, 3);
    let direct = ask(
        &lab.root(),
        r#"{ group(fullPath: "acme") { projects { nodes { path } } } }"#,
    )
    .await;
    let paths = &direct.body["data"]["group"]["projects"]["nodes"];
    assert_eq!(paths, &json!([{"path": "a"}, {"path": "d"}]));
}

#[tokio::test]
async fn the_groups_below_a_group_come_at_all_depths_or_only_direct() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    lab.group(Some(web), "shop", "private").await;
    let below = |arguments: &str| {
        format!(
            "{{ group(fullPath: \"acme\") {{ descendantGroups{arguments} {{ nodes {{ fullPath }} }} }} }}"
        )
    };
    let paths = |answer: &Answer| answer.body["data"]["group"]["descendantGroups"]["nodes"].clone();
    let all = ask(&lab.root(), &below("")).await;
    assert_eq!(
        paths(&all),
        json!([{"fullPath": "acme/web"}, {"fullPath": "acme/web/shop"}])
    );
    let direct = ask(&lab.root(), &below("(includeParentDescendants: false)")).await;
    assert_eq!(paths(&direct), json!([{"fullPath": "acme/web"}]));
}

#[tokio::test]
async fn a_list_tells_how_many_rows_there_are() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    for path in ["a", "b", "c"] {
        lab.project(acme, path, "private").await;
    }
    let query = r#"{ group(fullPath: "acme") { projects(first: 1) { count nodes { path } } } }"#;
    let projects = json!({"count": 3, "nodes": [{"path": "a"}]});
    ask(&lab.root(), query)
        .await
        .is(200, json!({"data": {"group": {"projects": projects}}}));
}

#[tokio::test]
async fn several_known_paths_are_asked_by_alias_or_by_a_list_of_up_to_fifty() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    for path in ["a", "b"] {
        lab.project(acme, path, "private").await;
    }
    let aliases = r#"{ a: project(fullPath: "acme/a") { path } b: project(fullPath: "acme/b") { path } }"#;
    ask(&lab.root(), aliases)
        .await
        .is(200, json!({"data": {"a": {"path": "a"}, "b": {"path": "b"}}}));
    let listed = r#"{ projects(fullPaths: ["acme/a", "acme/none", "acme/b"]) { nodes { path } } }"#;
    ask(&lab.root(), listed).await.is(
        200,
        json!({"data": {"projects": {"nodes": [{"path": "b"}, {"path": "a"}]}}}),
    );
    let many: Vec<String> = (0..51).map(|number| format!("\"acme/{number}\"")).collect();
    let refused = ask(
        &lab.root(),
        &format!("{{ projects(fullPaths: [{}]) {{ count }} }}", many.join(",")),
    )
    .await;
    assert_eq!(
        refused.body["errors"][0]["message"],
        "You cannot provide more than 50 full_paths"
    );
}

#[tokio::test]
async fn groups_are_asked_by_their_ids() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.group(None, "globex", "private").await;
    let query =
        format!("{{ groups(ids: [\"gid://gitlab/Group/{acme}\"]) {{ nodes {{ path parent {{ id }} }} }} }}");
    ask(&lab.root(), &query).await.is(
        200,
        json!({"data": {"groups": {"nodes": [{"path": "acme", "parent": null}]}}}),
    );
}

#[tokio::test]
async fn users_are_found_by_a_list_of_names() {
    let lab = Lab::start().await;
    let query = r#"{ users(usernames: ["dev-0002", "nobody", "DEV-0001"], first: 100) { nodes { username state } } }"#;
    let nodes = json!([
        {"username": "dev-0002", "state": "active"},
        {"username": "dev-0001", "state": "active"},
    ]);
    ask(&lab.dev(3), query)
        .await
        .is(200, json!({"data": {"users": {"nodes": nodes}}}));
}

#[tokio::test]
async fn members_come_with_levels_as_number_and_word() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    lab.member(&format!("groups/{web}"), 2, 40).await;
    let members = |relations: &str| {
        format!(
            "{{ group(fullPath: \"acme/web\") {{ groupMembers(relations: [{relations}], first: 100) {{ nodes {{ user \
             {{ username }} accessLevel {{ integerValue stringValue }} expiresAt }} }} }} }}"
        )
    };
    let row = |name: &str, number: u8, word: &str| json!({"user": {"username": name}, "accessLevel": {"integerValue": number, "stringValue": word}, "expiresAt": null});
    let nodes = |answer: &Answer| answer.body["data"]["group"]["groupMembers"]["nodes"].clone();
    let direct = ask(&lab.root(), &members("DIRECT")).await;
    let (own, second) = (row("root", 50, "OWNER"), row("dev-0002", 40, "MAINTAINER"));
    assert_eq!(nodes(&direct), json!([own, second]));
    let inherited = ask(&lab.root(), &members("INHERITED")).await;
    assert_eq!(nodes(&inherited), json!([own, row("dev-0001", 30, "DEVELOPER")]));
}

#[tokio::test]
async fn what_is_absent_or_invisible_is_null() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "site", "private").await;
    let query = r#"{ group(fullPath: "acme") { id } project(fullPath: "acme/site") { id } none: group(fullPath: "none") { id } }"#;
    ask(&lab.dev(1), query).await.is(
        200,
        json!({"data": {"group": null, "project": null, "none": null}}),
    );
}

#[tokio::test]
async fn an_unknown_field_is_named_with_its_type() {
    let lab = Lab::start().await;
    let answer = ask(&lab.root(), r#"{ project(fullPath: "a/b") { fullPth } }"#).await;
    assert_eq!(answer.status, 200);
    let error = &answer.body["errors"][0];
    assert_eq!(
        error["message"],
        "Field 'fullPth' doesn't exist on type 'Project'"
    );
    assert_eq!(error["locations"], json!([{"line": 1, "column": 30}]));
    assert_eq!(
        error["extensions"],
        json!({"code": "undefinedField", "typeName": "Project", "fieldName": "fullPth"})
    );
    assert!(answer.body.get("data").is_none());
}
