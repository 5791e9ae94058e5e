//! Groups invited to groups (§7.1.10, §5.4).

use std::time::Duration;

use gitlab_sim::{Background, Options};
use serde_json::{Value, json};

use crate::client::{Answer, Lab};
use crate::clock::HandClock;

async fn share(lab: &Lab, group: u64, with: u64, level: u64) -> Answer {
    let body = json!({"group_id": with, "group_access": level});
    lab.root().post(&format!("/groups/{group}/share"), body).await
}

#[tokio::test]
async fn an_invited_group_shows_in_the_body_of_the_group() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let pilots = lab.group(None, "pilots", "private").await;
    let body = json!({"group_id": pilots, "group_access": 30, "expires_at": "2030-01-31"});
    let answer = lab.root().post("/groups/acme/share", body).await;
    assert_eq!((answer.status, &answer.body["id"]), (201, &json!(acme)));
    assert_eq!(
        answer.body["shared_with_groups"],
        json!([{
            "group_id": pilots, "group_name": "pilots", "group_full_path": "pilots", "group_access_level": 30,
            "expires_at": "2030-01-31", "member_role_id": null,
        }])
    );
}

#[tokio::test]
async fn inviting_twice_is_409_with_gitlabs_sentence() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let pilots = lab.group(None, "pilots", "private").await;
    share(&lab, acme, pilots, 30).await;
    let text = "Shared group The group has already been shared with this group";
    share(&lab, acme, pilots, 40)
        .await
        .is(409, json!({"message": text}));
    assert_eq!(lab.gitlab.stats().writes.rejected_as_duplicate, 1);
}

#[tokio::test]
async fn group_and_level_are_needed_and_the_level_is_one_of_six() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.root().post("/groups/acme/share", json!({})).await.is(
        400,
        json!({"error": "group_id is missing, group_access is missing"}),
    );
    for level in [0, 5, 60] {
        share(&lab, acme, acme, level)
            .await
            .is(400, json!({"error": "group_access does not have a valid value"}));
    }
}

#[tokio::test]
async fn a_group_that_the_inviter_does_not_see_is_not_found() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    let hidden = lab.group(None, "hidden", "private").await;
    lab.member("groups/acme", 1, 50).await;
    let body = json!({"group_id": hidden, "group_access": 30});
    lab.dev(1)
        .post("/groups/acme/share", body)
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
}

#[tokio::test]
async fn inviting_without_the_right_to_is_not_found_either() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "public").await;
    let pilots = lab.group(None, "pilots", "public").await;
    lab.member("groups/acme", 1, 40).await;
    let body = json!({"group_id": pilots, "group_access": 30});
    lab.dev(1)
        .post("/groups/acme/share", body.clone())
        .await
        .is(404, json!({"message": "Not Found"}));
    lab.anonymous()
        .post("/groups/acme/share", body)
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
}

#[tokio::test]
async fn a_tree_can_keep_to_itself() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let ops = lab.group(Some(acme), "ops", "private").await;
    let pilots = lab.group(None, "pilots", "private").await;
    let keep = json!({"prevent_sharing_groups_outside_hierarchy": true});
    lab.root().put("/groups/acme", keep).await;
    share(&lab, web, pilots, 30)
        .await
        .is(404, json!({"message": "Not Found"}));
    assert_eq!(share(&lab, web, ops, 30).await.status, 201);
}

#[tokio::test]
async fn taking_an_invitation_back_is_204_and_404_when_there_is_none() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let pilots = lab.group(None, "pilots", "private").await;
    share(&lab, acme, pilots, 30).await;
    let path = format!("/groups/acme/share/{pilots}");
    let answer = lab.root().delete(&path, Value::Null).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    lab.root()
        .delete(&path, Value::Null)
        .await
        .is(404, json!({"message": "404 Group Link Not Found"}));
    assert_eq!(
        lab.root().get("/groups/acme").await.body["shared_with_groups"],
        json!([])
    );
    share(&lab, acme, pilots, 20).await;
    lab.member("groups/acme", 1, 40).await;
    lab.dev(1)
        .delete(&path, Value::Null)
        .await
        .is(404, json!({"message": "Not Found"}));
}

#[tokio::test]
async fn invited_groups_that_the_viewer_may_not_see_are_left_out() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let open = lab.group(None, "open", "public").await;
    let closed = lab.group(None, "closed", "private").await;
    share(&lab, acme, open, 30).await;
    share(&lab, acme, closed, 30).await;
    let seen = lab.dev(1).get("/groups/acme").await.body;
    let ids: Vec<&Value> = seen["shared_with_groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| &link["group_id"])
        .collect();
    assert_eq!(ids, [&json!(open)]);
    assert_eq!(
        lab.dev(1).get("/groups/acme/invited_groups").await.column("path"),
        ["open"]
    );
}

#[tokio::test]
async fn members_of_an_invited_group_have_the_lower_of_both_levels() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    lab.project(web, "site", "private").await;
    let pilots = lab.group(None, "pilots", "private").await;
    lab.member("groups/pilots", 1, 50).await;
    lab.member("groups/pilots", 2, 20).await;
    share(&lab, acme, pilots, 40).await;
    // A maintainer by the invitation, though owner of the invited group.
    let describe = json!({"description": "x"});
    assert_eq!(
        lab.dev(1)
            .put("/projects/acme%2Fweb%2Fsite", describe.clone())
            .await
            .status,
        200
    );
    assert_eq!(lab.dev(1).put("/groups/acme", describe.clone()).await.status, 403);
    assert_eq!(lab.dev(2).get("/groups/acme%2Fweb").await.status, 200);
    assert_eq!(
        lab.dev(2)
            .put("/projects/acme%2Fweb%2Fsite", describe)
            .await
            .status,
        403
    );
    assert_eq!(
        lab.dev(1)
            .get("/groups?min_access_level=40")
            .await
            .column("full_path"),
        ["acme", "pilots", "acme/web"]
    );
    assert_eq!(
        lab.dev(2).get("/projects").await.body[0]["permissions"]["group_access"]["access_level"],
        20
    );
}

#[tokio::test]
async fn only_direct_members_of_an_invited_group_come_along_to_a_group() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let pilots = lab.group(None, "pilots", "private").await;
    let night = lab.group(Some(pilots), "night", "private").await;
    lab.member("groups/pilots", 1, 30).await;
    share(&lab, acme, night, 30).await;
    assert_eq!(lab.dev(1).get("/groups/acme").await.status, 404);
    assert_eq!(
        lab.dev(1).get("/groups").await.column("path"),
        ["night", "pilots"]
    );
    lab.member(&format!("groups/{night}"), 1, 30).await;
    assert_eq!(lab.dev(1).get("/groups/acme").await.status, 200);
    assert_eq!(
        lab.dev(1).get("/groups").await.column("path"),
        ["acme", "night", "pilots"]
    );
}

#[tokio::test]
async fn an_invitation_ends_on_its_day() {
    let clock = HandClock::new();
    let options = Options::empty().users(2).clock(clock.clone());
    let lab = Lab::with(options.background(Background::IMMEDIATE)).await;
    lab.group(None, "acme", "private").await;
    let pilots = lab.group(None, "pilots", "private").await;
    lab.member("groups/pilots", 1, 30).await;
    let body = json!({"group_id": pilots, "group_access": 30, "expires_at": "2026-03-04"});
    lab.root().post("/groups/acme/share", body).await;
    assert_eq!(lab.dev(1).get("/groups/acme").await.status, 200);
    clock.advance(Duration::from_hours(48));
    assert_eq!(lab.dev(1).get("/groups/acme").await.status, 404);
    assert_eq!(
        lab.root().get("/groups/acme").await.body["shared_with_groups"],
        json!([])
    );
}

#[tokio::test]
async fn an_invited_group_that_goes_for_good_is_invited_no_more() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let pilots = lab.group(None, "pilots", "private").await;
    let night = lab.group(Some(pilots), "night", "private").await;
    share(&lab, acme, night, 30).await;
    let path = format!("/groups/{night}");
    lab.root().delete(&path, Value::Null).await;
    let full_path = format!("pilots/night-deletion_scheduled-{night}");
    lab.root()
        .delete(&path, json!({"permanently_remove": true, "full_path": full_path}))
        .await;
    assert_eq!(
        lab.root().get("/groups/acme").await.body["shared_with_groups"],
        json!([])
    );
}

#[tokio::test]
async fn shared_groups_are_those_a_group_was_invited_to() {
    let lab = Lab::start().await;
    let pilots = lab.group(None, "pilots", "public").await;
    let acme = lab.group(None, "acme", "public").await;
    let apex = lab.group(None, "apex", "private").await;
    for group in [apex, acme] {
        share(&lab, group, pilots, 30).await;
    }
    let list = async |query: &str| {
        let path = format!("/groups/pilots/groups/shared?{query}");
        lab.root().get(&path).await.column("path")
    };
    assert_eq!(list("").await, ["acme", "apex"]);
    assert_eq!(list("sort=desc").await, ["apex", "acme"]);
    assert_eq!(list("order_by=id").await, ["acme", "apex"]);
    assert_eq!(list("visibility=private").await, ["apex"]);
    assert_eq!(list("search=ape").await, ["apex"]);
    assert_eq!(list(&format!("skip_groups[]={acme}")).await, ["apex"]);
    let dev = lab.dev(1).get("/groups/pilots/groups/shared").await;
    assert_eq!(dev.column("path"), ["acme"]);
    lab.member("groups/acme", 1, 30).await;
    let own = lab
        .dev(1)
        .get("/groups/pilots/groups/shared?min_access_level=30")
        .await;
    assert_eq!(own.column("path"), ["acme"]);
}

#[tokio::test]
async fn invited_groups_are_direct_or_inherited() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let web = lab.group(Some(acme), "web", "public").await;
    let pilots = lab.group(None, "pilots", "public").await;
    let cooks = lab.group(None, "cooks", "public").await;
    share(&lab, acme, pilots, 30).await;
    share(&lab, web, cooks, 30).await;
    let list = async |query: &str| {
        let path = format!("/groups/{web}/invited_groups?{query}");
        lab.anonymous().get(&path).await.column("path")
    };
    assert_eq!(list("").await, ["pilots", "cooks"]);
    assert_eq!(list("relation[]=direct").await, ["cooks"]);
    assert_eq!(list("relation[]=inherited").await, ["pilots"]);
    assert_eq!(list("search=coo").await, ["cooks"]);
    lab.root()
        .get(&format!("/groups/{web}/invited_groups?relation[]=foreign"))
        .await
        .is(400, json!({"error": "relation does not have a valid value"}));
}

/// `acme/site`, to which `pilots` is invited with that level.
async fn with_a_shared_project(level: u64) -> (Lab, u64, u64) {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    let pilots = lab.group(None, "pilots", "private").await;
    let body = json!({"group_id": pilots, "group_access": level});
    let answer = lab.root().post(&format!("/projects/{site}/share"), body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    (lab, site, pilots)
}

#[tokio::test]
async fn members_of_a_group_invited_to_a_project_have_the_lower_of_both_levels() {
    let (lab, site, pilots) = with_a_shared_project(30).await;
    let night = lab.group(Some(pilots), "night", "private").await;
    lab.member("groups/pilots", 1, 50).await;
    lab.member("groups/pilots", 2, 20).await;
    lab.member(&format!("groups/{night}"), 3, 50).await;
    let path = format!("/projects/{site}");
    for (number, status) in [(1, 200), (2, 200), (3, 404)] {
        assert_eq!(lab.dev(number).get(&path).await.status, status, "{number}");
    }
    let describe = json!({"description": "x"});
    assert_eq!(lab.dev(1).put(&path, describe).await.status, 403);
    let listed = lab
        .dev(1)
        .get("/projects?membership=true&min_access_level=30")
        .await;
    assert_eq!(listed.column("path"), ["site"]);
    // The groups around the project can be seen, too.
    assert_eq!(lab.dev(1).get("/groups/acme").await.status, 200);
    assert_eq!(lab.dev(3).get("/groups/acme").await.status, 404);
}

#[tokio::test]
async fn who_inherits_a_level_on_the_invited_group_has_it_on_the_project_too() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    let pilots = lab.group(None, "pilots", "private").await;
    let night = lab.group(Some(pilots), "night", "private").await;
    lab.member("groups/pilots", 1, 30).await;
    let body = json!({"group_id": night, "group_access": 20});
    lab.root().post(&format!("/projects/{site}/share"), body).await;
    assert_eq!(lab.dev(1).get(&format!("/projects/{site}")).await.status, 200);
    assert_eq!(lab.dev(1).get("/projects").await.column("path"), ["site"]);
}

#[tokio::test]
async fn a_lock_of_sharing_takes_the_levels_of_invited_groups_away() {
    let (lab, site, _) = with_a_shared_project(30).await;
    lab.member("groups/pilots", 1, 50).await;
    let path = format!("/projects/{site}");
    assert_eq!(lab.dev(1).get(&path).await.status, 200);
    let lock = json!({"share_with_group_lock": true});
    lab.root().put("/groups/acme", lock).await;
    assert_eq!(lab.dev(1).get(&path).await.status, 404);
}

#[tokio::test]
async fn projects_shared_with_a_group_are_among_its_own_unless_they_are_not_wanted() {
    let (lab, site, pilots) = with_a_shared_project(30).await;
    lab.project(pilots, "own", "private").await;
    let list = async |query: &str| {
        let path = format!("/groups/pilots/projects?order_by=path&sort=asc&{query}");
        lab.root().get(&path).await.column("path")
    };
    assert_eq!(list("").await, ["own", "site"]);
    assert_eq!(list("with_shared=false").await, ["own"]);
    let shared = lab.root().get("/groups/pilots/projects/shared").await;
    assert_eq!(shared.column("id"), [site.to_string()]);
    let stranger = lab.dev(1);
    lab.member("groups/pilots", 1, 10).await;
    assert_eq!(
        stranger.get("/groups/pilots/projects/shared").await.column("id"),
        [site.to_string()]
    );
}

#[tokio::test]
async fn projects_shared_with_groups_below_come_with_those_below() {
    let (lab, site, pilots) = with_a_shared_project(30).await;
    let night = lab.group(Some(pilots), "night", "private").await;
    let above = lab.group(None, "above", "private").await;
    let moved = lab
        .root()
        .post(&format!("/groups/{pilots}/transfer"), json!({"group_id": above}))
        .await;
    assert_eq!(moved.status, 201);
    let list = async |query: &str| {
        let path = format!("/groups/above/projects?{query}");
        lab.root().get(&path).await.column("id")
    };
    assert_eq!(list("").await, [""; 0]);
    assert_eq!(list("include_subgroups=true").await, [site.to_string()]);
    assert_eq!(list("include_subgroups=true&with_shared=false").await, [""; 0]);
    assert_eq!(
        lab.root()
            .get(&format!("/groups/{night}/projects"))
            .await
            .column("id"),
        [""; 0]
    );
}
