//! What the estate is like: counts, levels, search, health.

use std::time::Duration;

use gitlab_sim::{Options, Simulator};
use serde_json::{Value, json};

use crate::front::Front;
use crate::world::{Person, World, groups};

/// After so long GitLab's lists show what was written, and what they say is kept.
const GITLAB_SHOWS: Duration = Duration::from_secs(2);

/// `acme` with `acme/web`, and `other`.
async fn estate(world: &World) -> Person {
    let root = world.root().await;
    let mut body = groups(&["acme", "other"]);
    let below = json!({ "name": "web", "path": "web", "parent": "acme" });
    body["data"]["items"].as_array_mut().unwrap().push(below);
    let made = root.post("/api/jobs", body).await.json();
    let id = made["id"].as_str().unwrap().to_owned();
    world.job_when(&root, &id, "completed").await;
    root
}

fn paths(page: &Value) -> Vec<&str> {
    let entries = page["entries"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| entry["fullPath"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_quick_look_costs_gitlab_one_request() {
    let world = World::new().await;
    let root = world.root().await;
    let before = world.sim.stats().requests.total;
    let quick = root.get("/api/health/quick").await.json();
    assert_eq!(world.sim.stats().requests.total, before + 1);
    assert_eq!(
        (&quick["connection"]["status"], &quick["session"]["status"]),
        (&json!("healthy"), &json!("healthy"))
    );
    assert!(quick["connection"]["gitlabVersion"].is_string(), "{quick}");
    assert!(
        quick["session"]["expiresInMinutes"].as_u64().unwrap() > 1000,
        "{quick}"
    );
    let user = root.get("/api/health/user").await.json();
    assert_eq!(
        (&user["username"], &user["isAdmin"]),
        (&json!("root"), &json!(true))
    );
}

#[tokio::test]
async fn a_gitlab_that_refuses_is_told_as_unhealthy_and_not_as_an_error_of_ours() {
    let world = World::new().await;
    let root = world.root().await;
    world
        .sim
        .fault(gitlab_sim::Fault::get("/api/v4/version").status(403));
    let answer = root.get("/api/health/connection").await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["status"]),
        (200, &json!("unhealthy"))
    );
}

#[tokio::test]
async fn counts_are_true_and_kept_for_a_moment() {
    let world = World::new().await;
    let root = estate(&world).await;
    world.clock.advance(GITLAB_SHOWS);
    let overview = root.get("/api/stats/overview").await.json();
    assert_eq!(
        overview["groups"],
        json!({ "total": 3, "topLevel": 2, "subgroups": 1 })
    );
    let asked = world.sim.stats().requests.total;
    assert_eq!(root.get("/api/stats/overview").await.json(), overview);
    assert_eq!(world.sim.stats().requests.total, asked);
    let hierarchy = root.get("/api/stats/groups/hierarchy").await.json();
    assert_eq!(
        (&hierarchy["maxDepth"], &hierarchy["groupsByDepth"]),
        (&json!(2), &json!([2, 1]))
    );
}

#[tokio::test]
async fn what_is_written_through_us_shows_in_every_overview_at_once() {
    let world = World::new().await;
    let root = estate(&world).await;
    world.clock.advance(GITLAB_SHOWS);
    let looks = async || {
        [
            root.get("/api/stats/overview").await.json()["groups"]["total"].clone(),
            root.get("/api/stats/groups/hierarchy").await.json()["totalGroups"].clone(),
            root.get("/api/health/stats").await.json()["groupCount"].clone(),
            root.get("/api/permissions/overview").await.json()["summary"]["groups"]["owner"].clone(),
            json!(paths(&root.get("/api/estate/search?selector=kind%3Dgroup").await.json()).len()),
        ]
    };
    assert_eq!(looks().await, [3; 5].map(|count: u64| json!(count)));
    let made = root
        .post("/api/gitlab/groups", json!({ "name": "new", "path": "new" }))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(
        looks().await,
        [4; 5].map(|count: u64| json!(count)),
        "by the proxy"
    );
    world.clock.advance(GITLAB_SHOWS);
    assert_eq!(looks().await, [4; 5].map(|count: u64| json!(count)));
    let made = root.create_groups(&["newer"]).await;
    world.job_when(&root, &made, "completed").await;
    assert_eq!(looks().await, [5; 5].map(|count: u64| json!(count)), "by a job");
}

#[tokio::test]
async fn pages_of_a_selection_go_on_where_the_last_one_ended() {
    let world = World::new().await;
    let root = estate(&world).await;
    let asked = "/api/estate/search?selector=kind%3Dgroup&limit=1";
    let page = async |query: &str| root.get(&format!("{asked}{query}")).await.json();
    let first = page("").await;
    assert_eq!(paths(&first), ["acme"]);
    let behind_acme = format!("&cursor={}", first["nextCursor"].as_str().unwrap());
    let made = root
        .post("/api/gitlab/groups", json!({ "name": "a", "path": "aaa" }))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let second = page(&behind_acme).await;
    assert_eq!(paths(&second), ["acme/web"], "of what was found at first");
    world.clock.advance(Duration::from_mins(1));
    let asked_anew = page(&behind_acme).await;
    assert_eq!(paths(&asked_anew), ["acme/web"], "with one more before it");
    let last = page(&format!("&cursor={}", asked_anew["nextCursor"].as_str().unwrap())).await;
    assert_eq!((paths(&last), &last["nextCursor"]), (vec!["other"], &Value::Null));
}

#[tokio::test]
async fn counts_are_true_where_gitlab_no_longer_counts() {
    let world = World::new().await;
    let large = Simulator::start_with(Options::empty().users(1).groups(10_250))
        .await
        .unwrap();
    let root = world.server.signed_in(&large, "root").await;
    let before = large.stats().requests.total;
    let stats = root.get("/api/health/stats").await.json();
    assert_eq!(stats["groupCount"], 10_250);
    let asked = large.stats().requests.total - before;
    assert!(asked < 25, "{asked} requests for a count");
}

#[tokio::test]
async fn the_tree_is_read_level_by_level() {
    let world = World::new().await;
    let root = estate(&world).await;
    let first = root.get("/api/estate/tree?limit=1").await.json();
    assert_eq!(paths(&first), ["acme"]);
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = root
        .get(&format!("/api/estate/tree?limit=1&cursor={cursor}"))
        .await
        .json();
    assert_eq!(paths(&second), ["other"]);
    let acme = world.sim.group_id("acme").unwrap().0;
    let below = root.get(&format!("/api/estate/tree?parent={acme}")).await.json();
    assert_eq!(paths(&below), ["acme/web"]);
    let foreign = root
        .get(&format!("/api/estate/tree?parent={acme}&cursor={cursor}"))
        .await;
    assert_eq!(foreign.error(), "400 VALIDATION_ERROR cursor cannot be this");
}

#[tokio::test]
async fn what_goes_away_between_two_pages_takes_nothing_else_along() {
    let world = World::new().await;
    let root = world.root().await;
    let made = root
        .create_groups(&["team-a", "team-b", "team-c", "team-d"])
        .await;
    world.job_when(&root, &made, "completed").await;
    for asked in ["/api/estate/tree?limit=2", "/api/estate/search?q=team&limit=2"] {
        let first = root.get(asked).await.json();
        let [one, other] = paths(&first)[..] else {
            panic!("{first}")
        };
        // The first one moves below the second, behind a name that is not looked for.
        let (one, other) = (
            world.sim.group_id(one).unwrap().0,
            world.sim.group_id(other).unwrap().0,
        );
        let moved = if asked.contains("tree") {
            let below = json!({ "group_id": other });
            root.post(&format!("/api/gitlab/groups/{one}/transfer"), below)
                .await
        } else {
            let name = json!({ "name": "other", "path": "other" });
            root.request(reqwest::Method::PUT, &format!("/api/gitlab/groups/{one}"))
                .json(&name)
                .send()
                .await
                .unwrap();
            root.get("/api/gitlab/version").await
        };
        assert!(moved.status.is_success(), "{}", moved.text);
        let (mut rest, mut cursor) = (Vec::new(), first["nextCursor"].clone());
        while let Some(next) = cursor.as_str() {
            let page = root.get(&format!("{asked}&cursor={next}")).await.json();
            rest.extend(paths(&page).into_iter().map(str::to_owned));
            cursor = page["nextCursor"].clone();
        }
        rest.retain(|path| path.matches('/').count() == 0);
        assert_eq!(rest, ["team-c", "team-d"], "{asked}");
    }
}

#[tokio::test]
async fn projects_that_are_public_and_nobodys_own_are_not_counted() {
    let world = World::new().await;
    let root = estate(&world).await;
    let open = json!({ "name": "open", "path": "open", "visibility": "public" });
    assert_eq!(root.post("/api/gitlab/projects", open).await.status, 201);
    let dev = world.signed_in("dev-0001").await;
    let own = json!({ "name": "mine", "path": "mine" });
    assert_eq!(dev.post("/api/gitlab/projects", own).await.status, 201);
    let stats = dev.get("/api/health/stats").await.json();
    assert_eq!(
        (&stats["projectCount"], &stats["complete"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(root.get("/api/health/stats").await.json()["projectCount"], 2);
}

#[tokio::test]
async fn what_cannot_be_counted_in_time_is_counted_as_far_as_possible() {
    let world = World::new().await;
    let large = Simulator::start_with(Options::empty().users(1).groups(10_250))
        .await
        .unwrap();
    // Every answer of this GitLab takes a good while.
    let clock = std::sync::Arc::clone(&world.clock);
    let slow = Front::watched(
        large.url(),
        |_| unreachable!("nothing is asked there"),
        move |path| {
            if path.starts_with("/api/v4/groups") {
                clock.advance(Duration::from_secs(15));
            }
        },
    )
    .await;
    let mut root = world.stranger();
    root.log_in(&slow.url, &large.token_of("root")).await;
    let stats = root.get("/api/health/stats").await.json();
    let counted = stats["groupCount"].as_u64().unwrap();
    assert_eq!(stats["complete"], false, "{stats}");
    assert!((100..10_250).contains(&counted), "{stats}");
    let hierarchy = root.get("/api/stats/groups/hierarchy").await.json();
    let counted = hierarchy["totalGroups"].as_u64().unwrap();
    assert_eq!(hierarchy["complete"], false, "{hierarchy}");
    assert!((100..10_250).contains(&counted), "{hierarchy}");
}

#[tokio::test]
async fn the_estate_is_searched_by_words_or_by_what_things_are() {
    let world = World::new().await;
    let root = estate(&world).await;
    assert_eq!(
        paths(&root.get("/api/estate/search?q=other").await.json()),
        ["other"]
    );
    let selected = root
        .get("/api/estate/search?selector=group%3Aacme%2F**&limit=1")
        .await
        .json();
    assert_eq!(paths(&selected), ["acme/web"]);
    for (query, said) in [
        ("", "400 VALIDATION_ERROR give either q or selector"),
        (
            "?q=other&selector=x",
            "400 VALIDATION_ERROR give either q or selector",
        ),
        ("?q=ab", "400 VALIDATION_ERROR q cannot be this"),
    ] {
        let answer = root.get(&format!("/api/estate/search{query}")).await;
        assert_eq!(answer.error(), said, "{query}");
    }
    let wrong = root.get("/api/estate/search?selector=visibilty%3Dpublic").await;
    assert_eq!(
        (
            wrong.status.as_u16(),
            &wrong.json()["error"]["details"][0]["field"]
        ),
        (400, &json!("selector"))
    );
}

#[tokio::test]
async fn the_tree_says_what_one_may_do_and_how_much_there_is_in_one_question_more() {
    let world = World::new().await;
    let root = estate(&world).await;
    let acme = world.sim.group_id("acme").unwrap().0;
    let dev = world.signed_in("dev-0001").await;
    let member = json!({ "username": "dev-0001", "access_level": 40 });
    root.post(&format!("/api/gitlab/groups/{acme}/members"), member)
        .await;
    for path in ["a", "b"] {
        let project = json!({ "name": path, "path": path, "namespace_id": acme });
        let made = root.post("/api/gitlab/projects", project).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    let before = world.sim.stats().requests.total;
    let top = dev.get("/api/estate/tree").await.json();
    assert_eq!(world.sim.stats().requests.total, before + 2);
    let row = &top["entries"][0];
    assert_eq!(
        (
            &row["fullPath"],
            &row["accessLevel"],
            &row["projectCount"],
            &row["subgroupCount"],
            &row["memberCount"]
        ),
        (&json!("acme"), &json!(40), &json!(2), &json!(1), &json!(2))
    );
    let page = dev
        .get(&format!("/api/estate/tree?parent={acme}&limit=1"))
        .await
        .json();
    assert_eq!(
        (
            &page["entries"][0]["fullPath"],
            &page["entries"][0]["accessLevel"]
        ),
        (&json!("acme/web"), &json!(40))
    );
    let cursor = page["nextCursor"].as_str().unwrap();
    let page = dev
        .get(&format!("/api/estate/tree?parent={acme}&limit=1&cursor={cursor}"))
        .await
        .json();
    let cursor = page["nextCursor"].as_str().unwrap();
    let page = dev
        .get(&format!("/api/estate/tree?parent={acme}&limit=1&cursor={cursor}"))
        .await
        .json();
    let row = &page["entries"][0];
    assert_eq!(
        (&row["kind"], &row["accessLevel"]),
        (&json!("project"), &json!(40)),
        "{page}"
    );
    let found = dev.get("/api/estate/search?q=acme").await.json();
    assert_eq!(found["entries"][0]["accessLevel"], 40, "{found}");
}

#[tokio::test]
async fn permissions_are_told_as_a_tree_without_asking_one_by_one() {
    let world = World::new().await;
    let root = estate(&world).await;
    let (acme, web) = (
        world.sim.group_id("acme").unwrap().0,
        world.sim.group_id("acme/web").unwrap().0,
    );
    for path in ["a", "b", "c"] {
        let project = json!({ "name": path, "path": path, "namespace_id": web });
        root.post("/api/gitlab/projects", project).await;
    }
    let dev = world.signed_in("dev-0001").await;
    let own = dev
        .post("/api/gitlab/projects", json!({ "name": "mine", "path": "mine" }))
        .await;
    assert_eq!(own.status, 201, "{}", own.text);
    let member = json!({ "username": "dev-0001", "access_level": 30 });
    root.post(&format!("/api/gitlab/groups/{acme}/members"), member)
        .await;

    world.clock.advance(GITLAB_SHOWS);
    let before = world.sim.stats().requests.total;
    let seen = dev.get("/api/permissions/overview").await.json();
    let asked = world.sim.stats().requests.total - before;
    assert!(asked <= 3, "{asked} requests for two groups and four projects");
    assert_eq!(seen["user"]["username"], "dev-0001");
    let group = &seen["groups"][0];
    assert_eq!(
        (&group["fullPath"], &group["memberCount"], &group["userAccess"]),
        (
            &json!("acme"),
            &json!(2),
            &json!({ "accessLevel": 30, "accessLevelName": "developer" })
        )
    );
    let below = &group["subgroups"][0];
    assert_eq!(
        (&below["fullPath"], &below["userAccess"]["accessLevel"]),
        (&json!("acme/web"), &json!(30))
    );
    assert_eq!(below["projects"].as_array().unwrap().len(), 3);
    assert_eq!(below["projects"][0]["userAccess"]["accessLevelName"], "developer");
    assert_eq!(seen["projects"][0]["fullPath"], "dev-0001/mine");
    assert_eq!(
        (
            &seen["summary"]["groups"],
            &seen["summary"]["projects"],
            &seen["truncated"]
        ),
        (
            &json!({ "developer": 2 }),
            &json!({ "developer": 3, "owner": 1 }),
            &json!(false)
        )
    );
    // Kept for a moment.
    dev.get("/api/permissions/overview").await;
    assert_eq!(world.sim.stats().requests.total - before, asked);
}

fn marks_of(row: &Value) -> String {
    format!(
        "{} archived={} deleted={}",
        row["kind"].as_str().unwrap(),
        row["archived"],
        row["markedForDeletionOn"].is_string()
    )
}

#[tokio::test]
async fn what_is_archived_or_about_to_be_deleted_is_shown_with_its_mark_and_left_out_on_request() {
    let world = World::new().await;
    let root = estate(&world).await;
    let acme = world.sim.group_id("acme").unwrap().0;
    for path in ["kept", "archived"] {
        let project = json!({ "name": path, "path": path, "namespace_id": acme });
        assert_eq!(root.post("/api/gitlab/projects", project).await.status, 201);
    }
    let archived = root
        .post("/api/gitlab/projects/acme%2Farchived/archive", json!({}))
        .await;
    assert_eq!(archived.status, 201, "{}", archived.text);
    let marked = root.delete("/api/gitlab/groups/acme%2Fweb").await;
    assert_eq!(marked.status, 202, "{}", marked.text);

    // Groups, and on the next page the projects.
    let listed = async |query: &str| {
        let mut marks = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = root
                .get(&format!("/api/estate/tree?parent={acme}{query}{cursor}"))
                .await;
            assert_eq!(page.status, 200, "{}", page.text);
            let page = page.json();
            for row in page["entries"].as_array().unwrap() {
                marks.push(marks_of(row));
            }
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return marks,
            }
        }
    };
    let (group, kept, archived) = (
        "group archived=false deleted=true",
        "project archived=false deleted=false",
        "project archived=true deleted=false",
    );
    assert_eq!(listed("").await, [group, kept, archived]);
    assert_eq!(listed("&archived=both").await, [group, kept, archived]);
    assert_eq!(listed("&archived=false").await, [group, kept]);
    assert_eq!(listed("&archived=true").await, [archived]);
    assert_eq!(listed("&pendingDeletion=false").await, [kept, archived]);
    assert_eq!(listed("&pendingDeletion=true").await, [group]);
    assert_eq!(listed("&pendingDeletion=false&archived=false").await, [kept]);
    let odd = root.get("/api/estate/tree?archived=perhaps").await;
    assert_eq!(odd.error(), "400 VALIDATION_ERROR archived cannot be this");

    let search = async |query: &str| {
        let page = root.get(&format!("/api/estate/search?{query}")).await.json();
        page["entries"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(search("q=web").await, 1);
    assert_eq!(search("q=web&pendingDeletion=false").await, 0);
    // Selectors that ask for the marks, and one that does not.
    for selector in [
        "group:acme",
        "group:acme archived=true",
        "group:acme/** pending_deletion=true",
    ] {
        let query: String = form_urlencoded::byte_serialize(selector.as_bytes()).collect();
        let page = root
            .get(&format!("/api/estate/search?selector={query}"))
            .await
            .json();
        let entries = page["entries"].as_array().unwrap();
        let mut marks: Vec<String> = entries.iter().map(marks_of).collect();
        marks.sort_unstable();
        let expected: &[&str] = match selector {
            "group:acme" => &[group, kept, archived],
            "group:acme archived=true" => &[archived],
            _ => &[group],
        };
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(marks, expected, "{selector}: {page}");
    }
    let both = root
        .get("/api/estate/search?selector=path%3Aacme&archived=false")
        .await;
    assert_eq!(
        both.error(),
        "400 VALIDATION_ERROR a selector says by itself what is wanted: archived=false pending_deletion=false"
    );
}

#[tokio::test]
async fn a_row_of_the_estate_says_where_and_what_it_is() {
    let world = World::new().await;
    let root = estate(&world).await;
    let page = root.get("/api/estate/tree?limit=1").await.json();
    let row = page["entries"][0].as_object().unwrap();
    for (field, value) in [
        ("kind", json!("group")),
        ("id", json!(world.sim.group_id("acme").unwrap().0)),
        ("name", json!("acme")),
        ("path", json!("acme")),
        ("fullPath", json!("acme")),
        ("parentId", Value::Null),
        ("visibility", json!("private")),
        ("archived", json!(false)),
        ("markedForDeletionOn", Value::Null),
        ("accessLevel", json!(50)),
        ("projectCount", json!(0)),
        ("subgroupCount", json!(1)),
        ("memberCount", json!(1)),
    ] {
        assert_eq!(row.get(field), Some(&value), "{field}: {page}");
    }
}

#[tokio::test]
async fn the_hierarchy_says_how_much_there_is_and_which_groups_hold_most() {
    let world = World::new().await;
    let root = estate(&world).await;
    let (web, other) = (
        world.sim.group_id("acme/web").unwrap().0,
        world.sim.group_id("other").unwrap().0,
    );
    for (path, group) in [("a", web), ("b", web), ("c", other)] {
        let project = json!({ "name": path, "path": path, "namespace_id": group });
        assert_eq!(root.post("/api/gitlab/projects", project).await.status, 201);
    }
    let seen = root.get("/api/stats/groups/hierarchy").await.json();
    assert_eq!(
        (&seen["totalGroups"], &seen["totalProjects"], &seen["maxDepth"]),
        (&json!(3), &json!(3), &json!(2))
    );
    let largest: Vec<(&str, u64)> = seen["largestGroups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| {
            (
                group["fullPath"].as_str().unwrap(),
                group["projectCount"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(largest, [("acme", 2), ("acme/web", 2), ("other", 1)]);
    let overview = root.get("/api/stats/overview").await.json();
    assert_eq!(overview["projects"], json!({ "total": 3 }));
    assert!(overview["timestamp"].is_string());
}
