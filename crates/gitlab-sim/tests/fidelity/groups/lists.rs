//! Lists of groups and what they can be asked for (§7.1.2, §7.1.11).

use serde_json::{Value, json};

use crate::client::{Lab, id_of};

/// `acme` with `web` below, and `apex`; all public.
async fn three_groups() -> (Lab, [u64; 3]) {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let web = lab.group(Some(acme), "web-shop", "public").await;
    let apex = lab.group(None, "apex", "public").await;
    (lab, [acme, web, apex])
}

async fn paths(lab: &Lab, query: &str) -> Vec<String> {
    lab.root().get(&format!("/groups?{query}")).await.column("path")
}

#[tokio::test]
async fn a_list_is_by_name_unless_another_order_is_asked_for() {
    let lab = Lab::start().await;
    for (name, path) in [("beta", "aa"), ("Alpha", "cc"), ("gamma", "bb")] {
        lab.root()
            .post("/groups", json!({"name": name, "path": path}))
            .await;
    }
    assert_eq!(paths(&lab, "").await, ["cc", "aa", "bb"]);
    assert_eq!(paths(&lab, "sort=desc").await, ["bb", "aa", "cc"]);
    assert_eq!(paths(&lab, "order_by=path").await, ["aa", "bb", "cc"]);
    assert_eq!(paths(&lab, "order_by=id&sort=desc").await, ["bb", "cc", "aa"]);
    let refused = lab.root().get("/groups?order_by=created_at").await;
    refused.is(400, json!({"error": "order_by does not have a valid value"}));
}

#[tokio::test]
async fn similarity_puts_the_best_match_first_and_counts_with_a_search_only() {
    let lab = Lab::start().await;
    for path in ["payments-api", "ledger", "old-payments", "payments"] {
        lab.group(None, path, "private").await;
    }
    assert_eq!(
        paths(&lab, "order_by=similarity&search=payments").await,
        ["payments", "payments-api", "old-payments"]
    );
    assert_eq!(
        paths(&lab, "order_by=similarity").await,
        ["ledger", "old-payments", "payments", "payments-api"]
    );
}

#[tokio::test]
async fn a_search_finds_names_and_short_paths_from_three_characters_on() {
    let (lab, _) = three_groups().await;
    assert_eq!(paths(&lab, "search=SHO").await, ["web-shop"]);
    assert_eq!(paths(&lab, "search=sh").await, [""; 0]);
    // Not whole paths.
    assert_eq!(paths(&lab, "search=acme%2Fweb").await, [""; 0]);
    lab.group(None, "qa", "public").await;
    assert_eq!(paths(&lab, "search=qa").await, ["qa"]);
    let below = lab.root().get("/groups/acme/descendant_groups?search=acme").await;
    assert_eq!(below.column("path"), [""; 0]);
}

#[tokio::test]
async fn groups_can_be_skipped_and_narrowed_by_visibility_and_level_of_the_tree() {
    let (lab, [acme, _, apex]) = three_groups().await;
    lab.group(None, "hidden", "private").await;
    assert_eq!(
        paths(&lab, &format!("skip_groups[]={acme}&skip_groups[]={apex}")).await,
        ["hidden", "web-shop"]
    );
    assert_eq!(paths(&lab, "visibility=private").await, ["hidden"]);
    assert_eq!(
        paths(&lab, "top_level_only=true").await,
        ["acme", "apex", "hidden"]
    );
}

#[tokio::test]
async fn archived_groups_are_listed_alone_or_left_out_with_all_below_them() {
    let (lab, _) = three_groups().await;
    lab.root().post("/groups/acme/archive", Value::Null).await;
    assert_eq!(paths(&lab, "archived=true").await, ["acme", "web-shop"]);
    assert_eq!(paths(&lab, "archived=false").await, ["apex"]);
    assert_eq!(paths(&lab, "active=true").await, ["apex"]);
    assert_eq!(paths(&lab, "active=false").await, ["acme", "web-shop"]);
}

#[tokio::test]
async fn the_day_of_a_mark_finds_the_groups_marked_on_it() {
    let (lab, [_, _, apex]) = three_groups().await;
    lab.root().delete("/groups/apex", Value::Null).await;
    let marked = lab.root().get(&format!("/groups/{apex}")).await.body;
    let day = marked["marked_for_deletion_on"].as_str().unwrap();
    let found = lab
        .root()
        .get(&format!("/groups?marked_for_deletion_on={day}"))
        .await;
    assert_eq!(found.column("id"), [apex.to_string()]);
    assert_eq!(paths(&lab, "marked_for_deletion_on=2001-01-01").await, [""; 0]);
    lab.root()
        .get("/groups?marked_for_deletion_on=soon")
        .await
        .is(400, json!({"error": "marked_for_deletion_on is invalid"}));
}

#[tokio::test]
async fn owned_and_a_least_level_win_over_all_available() {
    let (lab, _) = three_groups().await;
    lab.member("groups/acme", 1, 30).await;
    lab.member("groups/apex", 1, 50).await;
    let dev = lab.dev(1);
    let list = async |query: &str| dev.get(&format!("/groups?{query}")).await.column("path");
    assert_eq!(
        list("min_access_level=30&all_available=true").await,
        ["acme", "apex", "web-shop"]
    );
    assert_eq!(list("min_access_level=40").await, ["apex"]);
    assert_eq!(list("owned=true&all_available=true").await, ["apex"]);
    dev.get("/groups?min_access_level=45").await.is(
        400,
        json!({"error": "min_access_level does not have a valid value"}),
    );
}

#[tokio::test]
async fn an_administrators_list_holds_everything_unless_it_is_not_asked_for() {
    let lab = Lab::start().await;
    lab.group(None, "own", "private").await;
    lab.dev(1)
        .post("/groups", json!({"name": "foreign", "path": "foreign"}))
        .await;
    assert_eq!(paths(&lab, "").await, ["foreign", "own"]);
    assert_eq!(paths(&lab, "all_available=false").await, ["own"]);
    assert_eq!(paths(&lab, "owned=true").await, ["own"]);
}

#[tokio::test]
async fn without_a_token_a_list_holds_what_is_public() {
    let (lab, _) = three_groups().await;
    lab.group(None, "inside", "internal").await;
    let seen = lab.anonymous().get("/groups").await;
    assert_eq!(seen.column("path"), ["acme", "apex", "web-shop"]);
}

#[tokio::test]
async fn groups_are_found_by_their_custom_attributes_by_administrators() {
    let (lab, [acme, web, apex]) = three_groups().await;
    for (group, key, value) in [
        (acme, "tier", "gold"),
        (apex, "tier", "gold"),
        (apex, "region", "eu"),
        (web, "tier", "tin"),
    ] {
        let path = format!("/groups/{group}/custom_attributes/{key}");
        lab.root().put(&path, json!({"value": value})).await;
    }
    let gold = "custom_attributes[tier]=gold";
    assert_eq!(paths(&lab, gold).await, ["acme", "apex"]);
    assert_eq!(
        paths(&lab, &format!("{gold}&custom_attributes[region]=eu")).await,
        ["apex"]
    );
    let dev = lab
        .dev(1)
        .get(&format!("/groups?all_available=true&{gold}"))
        .await;
    assert_eq!(dev.column("path"), ["acme", "apex", "web-shop"]);
}

#[tokio::test]
async fn lists_below_a_group_hold_ones_own_unless_all_are_asked_for() {
    let (lab, [acme, web, _]) = three_groups().await;
    lab.group(Some(acme), "other", "public").await;
    lab.member(&format!("groups/{web}"), 1, 20).await;
    let dev = lab.dev(1);
    for list in ["subgroups", "descendant_groups"] {
        let path = format!("/groups/acme/{list}");
        assert_eq!(dev.get(&path).await.column("path"), ["web-shop"]);
        let all = dev.get(&format!("{path}?all_available=true")).await;
        assert_eq!(all.column("path"), ["other", "web-shop"]);
        let owned = dev.get(&format!("{path}?owned=true")).await;
        assert_eq!(owned.column("path"), [""; 0]);
    }
}

#[tokio::test]
async fn projects_of_a_group_can_come_with_those_below_and_above() {
    let (lab, [acme, web, _]) = three_groups().await;
    lab.project(acme, "above", "public").await;
    lab.project(web, "own", "public").await;
    let ui = lab.group(Some(web), "ui", "public").await;
    lab.project(ui, "below", "public").await;
    let list = async |query: &str| {
        let path = format!("/groups/{web}/projects?order_by=path&sort=asc&{query}");
        lab.root().get(&path).await.column("path")
    };
    assert_eq!(list("").await, ["own"]);
    assert_eq!(list("include_subgroups=true").await, ["below", "own"]);
    assert_eq!(list("include_ancestor_groups=true").await, ["above", "own"]);
}

#[tokio::test]
async fn projects_of_a_group_come_newest_first_and_without_permissions() {
    let (lab, [acme, ..]) = three_groups().await;
    lab.project(acme, "first", "public").await;
    lab.project(acme, "second", "public").await;
    let seen = lab.root().get("/groups/acme/projects").await;
    assert_eq!(seen.column("path"), ["second", "first"]);
    assert_eq!(seen.body[0].get("permissions"), None);
    let simple = lab.root().get("/groups/acme/projects?simple=true").await;
    assert_eq!(simple.body[0].get("archived"), None);
}

#[tokio::test]
async fn a_member_of_a_project_sees_its_groups_in_lists() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    let body = json!({"user_id": id_of(1), "access_level": 30});
    lab.root().post(&format!("/projects/{site}/members"), body).await;
    assert_eq!(lab.dev(1).get("/groups").await.column("path"), ["acme"]);
}
