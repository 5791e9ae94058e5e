//! Who may see and do what, by access level (§0.5, §6.4, §7).

use serde_json::{Value, json};

use crate::client::{Actor, Lab, id_of};

/// An own group `acme` with a project `site` for each level: `dev-000N` has the Nth level on `acme`.
async fn one_of_each(visibility: &str) -> (Lab, u64, u64) {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", visibility).await;
    let site = lab.project(acme, "site", visibility).await;
    for (number, level) in [(1, 10), (2, 20), (3, 30), (4, 40), (5, 50)] {
        lab.member(&format!("groups/{acme}"), number, level).await;
    }
    (lab, acme, site)
}

/// The statuses of guest, reporter, developer, maintainer, owner and a stranger, in this order.
async fn statuses(lab: &Lab, call: impl AsyncFn(Actor, u32) -> u16) -> Vec<u16> {
    let mut statuses = Vec::new();
    for number in 1..=6 {
        statuses.push(call(lab.dev(number), number).await);
    }
    statuses
}

#[tokio::test]
async fn a_private_thing_is_404_for_strangers_and_anonymous() {
    let (lab, acme, site) = one_of_each("private").await;
    let see = async |path: &str| statuses(&lab, async |dev, _| dev.get(path).await.status).await;
    assert_eq!(
        see(&format!("/groups/{acme}")).await,
        [200, 200, 200, 200, 200, 404]
    );
    assert_eq!(
        see(&format!("/projects/{site}")).await,
        [200, 200, 200, 200, 200, 404]
    );
    let anonymous = lab.anonymous();
    anonymous
        .get("/groups/acme")
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
    anonymous
        .get("/projects/acme%2Fsite")
        .await
        .is(404, json!({"message": "404 Project Not Found"}));
}

#[tokio::test]
async fn internal_is_for_signed_in_users_who_are_not_external() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "internal").await;
    assert_eq!(lab.dev(1).get("/groups/acme").await.status, 200);
    assert_eq!(lab.anonymous().get("/groups/acme").await.status, 404);
    lab.root().put("/users/2", json!({"external": true})).await;
    assert_eq!(lab.dev(1).get("/groups/acme").await.status, 404);
}

#[tokio::test]
async fn public_is_for_everyone() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "public").await;
    assert_eq!(lab.anonymous().get("/groups/acme").await.status, 200);
    assert_eq!(lab.anonymous().get("/groups").await.column("path"), ["acme"]);
}

#[tokio::test]
async fn a_member_below_sees_the_groups_above_but_not_beside() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    lab.group(Some(acme), "hidden", "private").await;
    let site = lab.project(web, "site", "private").await;
    lab.member(&format!("projects/{site}"), 1, 10).await;
    let dev = lab.dev(1);
    assert_eq!(dev.get("/groups").await.column("full_path"), ["acme", "acme/web"]);
    assert_eq!(dev.get("/groups/acme").await.status, 200);
    assert_eq!(dev.get("/groups/acme%2Fhidden").await.status, 404);
    assert_eq!(
        dev.get("/groups?min_access_level=10").await.column("full_path"),
        [""; 0]
    );
}

#[tokio::test]
async fn for_users_lists_hold_their_own_groups_unless_all_are_asked_for() {
    let lab = Lab::start().await;
    lab.group(None, "open", "public").await;
    lab.dev(1)
        .post("/groups", json!({"name": "Own", "path": "own"}))
        .await;
    let dev = lab.dev(1);
    assert_eq!(dev.get("/groups").await.column("path"), ["own"]);
    assert_eq!(
        dev.get("/groups?all_available=true").await.column("path"),
        ["open", "own"]
    );
    assert_eq!(
        dev.get("/groups?owned=true&all_available=true")
            .await
            .column("path"),
        ["own"]
    );
    assert_eq!(lab.root().get("/groups").await.column("path"), ["open", "own"]);
}

#[tokio::test]
async fn subgroups_are_created_by_maintainers_unless_the_group_wants_owners() {
    let (lab, acme, _) = one_of_each("private").await;
    let create = async |dev: Actor, number: u32| {
        let path = format!("sub-{number}");
        dev.post("/groups", json!({"name": path, "path": path, "parent_id": acme}))
            .await
            .status
    };
    assert_eq!(statuses(&lab, create).await, [403, 403, 403, 201, 201, 404]);
    lab.root()
        .put("/groups/acme", json!({"subgroup_creation_level": "owner"}))
        .await;
    let again = async |dev: Actor, number: u32| create(dev, number + 10).await;
    assert_eq!(statuses(&lab, again).await, [403, 403, 403, 403, 201, 404]);
}

#[tokio::test]
async fn projects_are_created_by_developers_unless_the_group_says_otherwise() {
    let (lab, acme, _) = one_of_each("private").await;
    let create = async |dev: Actor, path: String| {
        dev.post("/projects", json!({"path": path, "namespace_id": acme}))
            .await
            .status
    };
    let first = statuses(&lab, async |dev, number| {
        create(dev, format!("one-{number}")).await
    })
    .await;
    assert_eq!(first, [400, 400, 201, 201, 201, 400]);
    lab.root()
        .put("/groups/acme", json!({"project_creation_level": "maintainer"}))
        .await;
    let second = statuses(&lab, async |dev, number| {
        create(dev, format!("two-{number}")).await
    })
    .await;
    assert_eq!(second, [400, 400, 400, 201, 201, 400]);
    lab.root()
        .put("/groups/acme", json!({"project_creation_level": "noone"}))
        .await;
    let third = statuses(&lab, async |dev, number| {
        create(dev, format!("three-{number}")).await
    })
    .await;
    assert_eq!(third, [400; 6]);
}

#[tokio::test]
async fn a_group_is_changed_and_deleted_by_owners() {
    let (lab, acme, _) = one_of_each("public").await;
    let change = async |dev: Actor, number: u32| {
        dev.put(&format!("/groups/{acme}"), json!({"description": number}))
            .await
            .status
    };
    assert_eq!(statuses(&lab, change).await, [403, 403, 403, 403, 200, 403]);
    let delete = async |dev: Actor, _| dev.delete(&format!("/groups/{acme}"), Value::Null).await.status;
    assert_eq!(statuses(&lab, delete).await, [403, 403, 403, 403, 202, 403]);
    lab.anonymous()
        .put(&format!("/groups/{acme}"), json!({"description": "x"}))
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
}

#[tokio::test]
async fn a_project_is_changed_by_maintainers_and_opened_archived_and_deleted_by_owners() {
    let (lab, _, site) = one_of_each("public").await;
    let path = format!("/projects/{site}");
    let change = async |dev: Actor, number: u32| dev.put(&path, json!({"description": number})).await.status;
    assert_eq!(statuses(&lab, change).await, [403, 403, 403, 200, 200, 403]);
    let open = async |dev: Actor, _| dev.put(&path, json!({"visibility": "internal"})).await.status;
    assert_eq!(statuses(&lab, open).await, [403, 403, 403, 403, 200, 403]);
    let archive = async |dev: Actor, _| dev.post(&format!("{path}/archive"), Value::Null).await.status;
    assert_eq!(statuses(&lab, archive).await, [403, 403, 403, 403, 201, 403]);
    lab.root().post(&format!("{path}/unarchive"), Value::Null).await;
    let delete = async |dev: Actor, _| dev.delete(&path, Value::Null).await.status;
    assert_eq!(statuses(&lab, delete).await, [403, 403, 403, 403, 202, 403]);
}

#[tokio::test]
async fn members_of_a_group_are_managed_by_owners_and_of_a_project_by_maintainers() {
    let (lab, acme, site) = one_of_each("public").await;
    let target = id_of(7);
    let add = async |dev: Actor, of: String| {
        let status = dev
            .post(
                &format!("/{of}/members"),
                json!({"user_id": target, "access_level": 10}),
            )
            .await
            .status;
        if status == 201 {
            lab.root()
                .delete(&format!("/{of}/members/{target}"), Value::Null)
                .await;
        }
        status
    };
    let group = statuses(&lab, async |dev, _| add(dev, format!("groups/{acme}")).await).await;
    assert_eq!(group, [403, 403, 403, 403, 201, 403]);
    let project = statuses(&lab, async |dev, _| add(dev, format!("projects/{site}")).await).await;
    assert_eq!(project, [403, 403, 403, 201, 201, 403]);
}

#[tokio::test]
async fn nobody_gives_or_takes_more_than_one_has() {
    let (lab, _, site) = one_of_each("private").await;
    let path = format!("/projects/{site}/members");
    let maintainer = lab.dev(4);
    let forbidden = json!({"message": "403 Forbidden"});
    maintainer
        .post(&path, json!({"user_id": id_of(7), "access_level": 50}))
        .await
        .is(403, forbidden.clone());
    lab.member(&format!("projects/{site}"), 7, 50).await;
    let owner = format!("{path}/{}", id_of(7));
    maintainer
        .put(&owner, json!({"access_level": 30}))
        .await
        .is(403, forbidden.clone());
    maintainer.delete(&owner, Value::Null).await.is(403, forbidden);
}

#[tokio::test]
async fn everyone_may_leave() {
    let (lab, acme, _) = one_of_each("private").await;
    let path = format!("/groups/{acme}/members/{}", id_of(1));
    assert_eq!(lab.dev(1).delete(&path, Value::Null).await.status, 204);
}

#[tokio::test]
async fn top_level_groups_need_the_right_to_create_groups() {
    let lab = Lab::start().await;
    lab.root()
        .put("/users/2", json!({"can_create_group": false}))
        .await;
    lab.dev(1)
        .post("/groups", json!({"name": "X", "path": "xx"}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    assert_eq!(lab.dev(1).get("/user").await.body["can_create_group"], false);
}

#[tokio::test]
async fn an_expired_membership_gives_nothing() {
    let clock = crate::clock::HandClock::new();
    let lab = Lab::with(gitlab_sim::Options::empty().users(2).clock(clock.clone())).await;
    let acme = lab.group(None, "acme", "private").await;
    let body = json!({"user_id": id_of(1), "access_level": 30, "expires_at": "2026-03-04"});
    lab.root().post(&format!("/groups/{acme}/members"), body).await;
    assert_eq!(lab.dev(1).get("/groups/acme").await.status, 200);
    clock.advance(std::time::Duration::from_hours(48));
    assert_eq!(lab.dev(1).get("/groups/acme").await.status, 404);
    let members = lab.root().get(&format!("/groups/{acme}/members")).await;
    assert_eq!(members.column("username"), ["root"]);
}
