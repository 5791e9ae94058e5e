//! Lists of projects (§7.2.2).

use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn lists_are_filtered_and_ordered() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let web = lab.group(Some(acme), "web", "public").await;
    for (namespace, path, visibility) in [
        (acme, "beta", "public"),
        (acme, "alpha", "private"),
        (web, "gamma", "public"),
    ] {
        lab.project(namespace, path, visibility).await;
    }
    let paths = async |query: &str| lab.root().get(query).await.column("path");
    assert_eq!(paths("/projects").await, ["gamma", "alpha", "beta"]);
    assert_eq!(
        paths("/projects?order_by=path&sort=asc").await,
        ["alpha", "beta", "gamma"]
    );
    assert_eq!(paths("/projects?visibility=private").await, ["alpha"]);
    assert_eq!(paths("/projects?search=AMM").await, ["gamma"]);
    assert_eq!(
        paths("/projects?search=web&search_namespaces=true").await,
        ["gamma"]
    );
    assert_eq!(
        paths("/projects?id_after=1&sort=asc&order_by=id").await,
        ["alpha", "gamma"]
    );
    assert_eq!(paths("/projects?id_after=2&id_before=2").await, [""; 0]);
    assert_eq!(paths("/groups/acme/projects").await, ["alpha", "beta"]);
    assert_eq!(
        paths("/groups/acme/projects?include_subgroups=true&order_by=id&sort=asc").await,
        ["beta", "alpha", "gamma"]
    );
    assert_eq!(
        lab.anonymous().get("/projects").await.column("path"),
        ["gamma", "beta"]
    );
    let unpaired = lab
        .root()
        .get("/projects?updated_after=2026-01-01T00:00:00Z")
        .await;
    let text = "400 Bad request - `updated_at` filter and `updated_at` sorting must be paired";
    unpaired.is(400, json!({"message": text}));
}

#[tokio::test]
async fn membership_narrows_a_list_to_ones_own() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    lab.project(acme, "open", "public").await;
    let own = lab.project(acme, "own", "private").await;
    lab.member(&format!("projects/{own}"), 1, 30).await;
    let dev = lab.dev(1);
    assert_eq!(dev.get("/projects").await.column("path"), ["own", "open"]);
    assert_eq!(dev.get("/projects?membership=true").await.column("path"), ["own"]);
    assert_eq!(
        dev.get("/projects?membership=true&min_access_level=40")
            .await
            .column("path"),
        [""; 0]
    );
    assert_eq!(dev.get("/projects?owned=true").await.column("path"), [""; 0]);
}

/// Three projects: `alpha`, `beta` and `gamma`, with the ids 1 to 3.
async fn three() -> (Lab, u64) {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    for path in ["alpha", "beta", "gamma"] {
        lab.project(acme, path, "public").await;
    }
    (lab, acme)
}

/// The paths in a list that `root` asks for, the oldest first.
async fn paths(lab: &Lab, query: &str) -> Vec<String> {
    let path = format!("/projects?order_by=id&sort=asc&{query}");
    let answer = lab.root().get(&path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.column("path")
}

const NOTHING: [&str; 0] = [];

#[tokio::test]
async fn archived_ones_are_wanted_not_wanted_or_both() {
    let (lab, _) = three().await;
    lab.root().post("/projects/2/archive", json!(null)).await;
    assert_eq!(paths(&lab, "archived=true").await, ["beta"]);
    assert_eq!(paths(&lab, "archived=false").await, ["alpha", "gamma"]);
    assert_eq!(paths(&lab, "").await, ["alpha", "beta", "gamma"]);
}

#[tokio::test]
async fn active_ones_are_neither_archived_nor_marked_nor_below_what_is() {
    let (lab, acme) = three().await;
    let sub = lab.group(Some(acme), "sub", "public").await;
    lab.project(sub, "delta", "public").await;
    lab.root().post("/projects/1/archive", json!(null)).await;
    lab.root().delete("/projects/2", json!(null)).await;
    lab.root()
        .post(&format!("/groups/{sub}/archive"), json!(null))
        .await;
    assert_eq!(paths(&lab, "active=true").await, ["gamma"]);
    assert_eq!(
        paths(&lab, "active=false").await,
        ["alpha", "beta-deletion_scheduled-2", "delta"]
    );
}

#[tokio::test]
async fn those_marked_on_a_day_are_found_by_it() {
    let (lab, _) = three().await;
    lab.root().delete("/projects/2", json!(null)).await;
    let day = lab.root().get("/projects/2").await.body["marked_for_deletion_on"].clone();
    let day = day.as_str().unwrap();
    let found = paths(&lab, &format!("marked_for_deletion_on={day}")).await;
    assert_eq!(found, ["beta-deletion_scheduled-2"]);
    assert_eq!(paths(&lab, "marked_for_deletion_on=2020-01-01").await, NOTHING);
}

#[tokio::test]
async fn features_that_are_on_narrow_a_list() {
    let (lab, _) = three().await;
    let off = json!({"issues_access_level": "disabled"});
    lab.root().put("/projects/1", off).await;
    let off = json!({"merge_requests_access_level": "disabled"});
    lab.root().put("/projects/2", off).await;
    assert_eq!(paths(&lab, "with_issues_enabled=true").await, ["beta", "gamma"]);
    assert_eq!(
        paths(&lab, "with_merge_requests_enabled=true").await,
        ["alpha", "gamma"]
    );
}

#[tokio::test]
async fn ids_narrow_a_list_from_both_sides() {
    let (lab, _) = three().await;
    assert_eq!(paths(&lab, "id_after=1").await, ["beta", "gamma"]);
    assert_eq!(paths(&lab, "id_before=3").await, ["alpha", "beta"]);
    assert_eq!(paths(&lab, "id_after=1&id_before=3").await, ["beta"]);
}

#[tokio::test]
async fn all_topics_of_a_list_with_commas_must_be_there() {
    let (lab, _) = three().await;
    lab.root().put("/projects/1", json!({"topics": ["tides"]})).await;
    lab.root()
        .put("/projects/2", json!({"topics": ["tides", "maps"]}))
        .await;
    assert_eq!(paths(&lab, "topic=tides").await, ["alpha", "beta"]);
    assert_eq!(paths(&lab, "topic=tides,maps").await, ["beta"]);
    assert_eq!(paths(&lab, "topic=unknown").await, NOTHING);
}

#[tokio::test]
async fn a_topic_can_be_named_by_its_id() {
    let (lab, _) = three().await;
    lab.root().put("/projects/3", json!({"topics": ["tides"]})).await;
    assert_eq!(paths(&lab, "topic_id=1").await, ["gamma"]);
    assert_eq!(paths(&lab, "topic_id=9").await, NOTHING);
}

#[tokio::test]
async fn moments_of_activity_and_of_change_narrow_a_list() {
    let (lab, clock) = super::slow_lab().await;
    let acme = lab.group(None, "acme", "public").await;
    lab.project(acme, "alpha", "public").await;
    clock.advance(std::time::Duration::from_hours(1));
    lab.project(acme, "beta", "public").await;
    lab.root().put("/projects/1", json!({"description": "x"})).await;
    let noon = "2026-03-02T09:30:00Z";
    assert_eq!(
        paths(&lab, &format!("last_activity_after={noon}")).await,
        ["beta"]
    );
    assert_eq!(
        paths(&lab, &format!("last_activity_before={noon}")).await,
        ["alpha"]
    );
    let changed = async |query: &str| {
        let path = format!("/projects?order_by=updated_at&sort=asc&{query}");
        lab.root().get(&path).await.column("path")
    };
    assert_eq!(changed(&format!("updated_after={noon}")).await, ["alpha", "beta"]);
    assert_eq!(changed(&format!("updated_before={noon}")).await, NOTHING);
}

#[tokio::test]
async fn a_moment_of_change_goes_with_the_order_by_change_only() {
    let (lab, _) = three().await;
    let text = "400 Bad request - `updated_at` filter and `updated_at` sorting must be paired";
    for query in [
        "updated_after=2026-01-01",
        "updated_before=2026-01-01&order_by=last_activity_at",
    ] {
        lab.root()
            .get(&format!("/projects?{query}"))
            .await
            .is(400, json!({"message": text}));
    }
}

#[tokio::test]
async fn imported_ones_are_those_the_viewer_imported() {
    let (lab, _) = three().await;
    let body = json!({"path": "mine", "import_url": "https://git.example.org/a.git"});
    lab.dev(1).post("/projects", body).await;
    lab.dev(1).post("/projects/1/fork", json!({})).await;
    let imported = async |number: u32| {
        lab.dev(number)
            .get("/projects?imported=true")
            .await
            .column("path")
    };
    assert_eq!(imported(1).await, ["mine"]);
    assert_eq!(imported(2).await, NOTHING);
}

#[tokio::test]
async fn owned_ones_are_those_with_the_owners_level() {
    let (lab, _) = three().await;
    lab.member("projects/1", 1, 50).await;
    lab.member("projects/2", 1, 40).await;
    let owned = lab.dev(1).get("/projects?owned=true").await;
    assert_eq!(owned.column("path"), ["alpha"]);
}

#[tokio::test]
async fn a_language_narrows_a_list_to_what_is_written_in_it() {
    let (lab, _) = three().await;
    let body = json!({"branch": "main", "commit_message": "Add", "content": "x"});
    let written = lab
        .root()
        .post("/projects/2/repository/files/main.rs", body)
        .await;
    assert_eq!(written.status, 201);
    assert_eq!(paths(&lab, "with_programming_language=Rust").await, ["beta"]);
    assert_eq!(paths(&lab, "with_programming_language=Go").await, NOTHING);
}

#[tokio::test]
async fn where_repositories_are_stored_is_a_filter_for_administrators() {
    let (lab, _) = three().await;
    assert_eq!(paths(&lab, "repository_storage=elsewhere").await, NOTHING);
    assert_eq!(paths(&lab, "repository_storage=default").await.len(), 3);
    let users = lab.dev(1).get("/projects?repository_storage=elsewhere").await;
    assert_eq!(users.column("path").len(), 3);
}

#[tokio::test]
async fn custom_attributes_are_a_filter_for_administrators() {
    let (lab, _) = three().await;
    lab.root()
        .put("/projects/2/custom_attributes/team", json!({"value": "tides"}))
        .await;
    assert_eq!(paths(&lab, "custom_attributes[team]=tides").await, ["beta"]);
    assert_eq!(paths(&lab, "custom_attributes[team]=maps").await, NOTHING);
    let users = lab.dev(1).get("/projects?custom_attributes[team]=maps").await;
    assert_eq!(users.column("path").len(), 3);
}

#[tokio::test]
async fn the_newest_come_first_unless_told_otherwise() {
    let (lab, _) = three().await;
    let order = async |query: &str| lab.root().get(&format!("/projects{query}")).await.column("path");
    assert_eq!(order("").await, ["gamma", "beta", "alpha"]);
    assert_eq!(
        order("?order_by=created_at&sort=asc").await,
        ["alpha", "beta", "gamma"]
    );
    assert_eq!(order("?order_by=name").await, ["gamma", "beta", "alpha"]);
}

#[tokio::test]
async fn projects_are_ordered_by_stars() {
    let (lab, _) = three().await;
    lab.dev(1).post("/projects/2/star", json!(null)).await;
    let order = lab.root().get("/projects?order_by=star_count").await;
    assert_eq!(order.column("path"), ["beta", "gamma", "alpha"]);
}

#[tokio::test]
async fn sizes_are_an_order_for_administrators() {
    let (lab, _) = three().await;
    let body = json!({"path": "large", "initialize_with_readme": true, "visibility": "public"});
    lab.dev(1).post("/projects", body).await;
    lab.dev(1)
        .post("/projects", json!({"path": "small", "visibility": "public"}))
        .await;
    let order = async |actor: crate::client::Actor| {
        let answer = actor.get("/projects?order_by=repository_size").await;
        answer.column("path")[0].clone()
    };
    assert_eq!(order(lab.root()).await, "large");
    assert_eq!(order(lab.dev(2)).await, "small");
}

#[tokio::test]
async fn likeness_orders_a_search_among_the_viewers_own() {
    let (lab, acme) = three().await;
    for path in ["tide-tables", "tide", "low-tide"] {
        lab.project(acme, path, "public").await;
    }
    for id in [4, 5] {
        lab.member(&format!("projects/{id}"), 1, 30).await;
    }
    let found = lab.dev(1).get("/projects?search=tide&order_by=similarity").await;
    assert_eq!(found.column("path"), ["tide", "tide-tables"]);
    let without = lab.dev(1).get("/projects?order_by=similarity").await;
    assert_eq!(without.column("path").len(), 6);
}

#[tokio::test]
async fn a_search_looks_for_all_words_in_name_path_or_description() {
    let (lab, _) = three().await;
    lab.root()
        .put("/projects/1", json!({"description": "Tables of the tides"}))
        .await;
    assert_eq!(paths(&lab, "search=tides%20tables").await, ["alpha"]);
    assert_eq!(paths(&lab, "search=tides%20maps").await, NOTHING);
    assert_eq!(paths(&lab, "search=acme").await, NOTHING);
    assert_eq!(paths(&lab, "search=acme&search_namespaces=true").await.len(), 3);
}

#[tokio::test]
async fn keyset_goes_on_after_or_before_the_last_id() {
    let (lab, _) = three().await;
    let first = lab
        .root()
        .get("/projects?pagination=keyset&order_by=id&sort=asc&per_page=2")
        .await;
    assert_eq!(first.column("path"), ["alpha", "beta"]);
    assert_eq!(first.header("x-total"), None);
    let next = first.next().unwrap();
    assert!(next.contains("id_after=2"), "{next}");
    assert_eq!(lab.root().get(&next).await.column("path"), ["gamma"]);
    let first = lab
        .root()
        .get("/projects?pagination=keyset&order_by=id&sort=desc&per_page=2")
        .await;
    assert!(first.next().unwrap().contains("id_before=2"));
}

#[tokio::test]
async fn the_projects_of_a_user_are_those_in_the_own_namespace() {
    let (lab, _) = three().await;
    lab.dev(1)
        .post("/projects", json!({"path": "own", "visibility": "public"}))
        .await;
    lab.member("projects/1", 1, 50).await;
    assert_eq!(lab.root().get("/users/2/projects").await.column("path"), ["own"]);
    lab.root()
        .get("/users/nobody/projects")
        .await
        .is(404, json!({"message": "404 User Not Found"}));
}
