//! Members (§7.3, §5.4, B.2).

use gitlab_sim::{Options, Tier};
use serde_json::json;

use crate::client::{Lab, id_of};
use crate::examples::same_shape;

#[tokio::test]
async fn a_single_addition_answers_201_with_the_membership() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let body = json!({"user_id": id_of(1), "access_level": 30, "expires_at": "2999-12-31"});
    let answer = lab.root().post(&format!("/groups/{acme}/members"), body).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.body["id"], id_of(1));
    assert_eq!(answer.body["username"], "dev-0001");
    assert_eq!(answer.body["access_level"], 30);
    assert_eq!(answer.body["expires_at"], "2999-12-31");
    assert_eq!(answer.body["created_by"]["username"], "root");
    assert_eq!(answer.body["membership_state"], "active");
    assert_eq!(answer.body.get("email"), None);
}

#[tokio::test]
async fn a_direct_member_is_409_before_rights_are_looked_at() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    let body = json!({"user_id": id_of(1), "access_level": 40});
    let path = format!("/groups/{acme}/members");
    lab.root()
        .post(&path, body.clone())
        .await
        .is(409, json!({"message": "Member already exists"}));
    lab.dev(2)
        .post(&path, body)
        .await
        .is(409, json!({"message": "Member already exists"}));
    assert_eq!(lab.gitlab.stats().writes.rejected_as_duplicate, 2);
}

#[tokio::test]
async fn an_unknown_user_is_404_and_a_missing_one_400() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/members");
    let root = lab.root();
    root.post(&path, json!({"username": "nobody", "access_level": 30}))
        .await
        .is(404, json!({"message": "404 User Not Found"}));
    root.post(&path, json!({"access_level": 30})).await.is(
        400,
        json!({"error": "user_id, username are missing, at least one parameter must be provided"}),
    );
    root.post(
        &path,
        json!({"access_level": 30, "user_id": 2, "username": "dev-0001"}),
    )
    .await
    .is(400, json!({"error": "user_id, username are mutually exclusive"}));
    root.post(&path, json!({"user_id": 2}))
        .await
        .is(400, json!({"error": "access_level is missing"}));
}

#[tokio::test]
async fn a_level_below_the_inherited_one_is_refused_and_an_equal_one_is_not() {
    let lab = Lab::start().await;
    let acme = lab
        .root()
        .post("/groups", json!({"name": "Acme", "path": "acme"}))
        .await
        .body["id"]
        .clone();
    let site = lab.project(acme.as_u64().unwrap(), "site", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    let path = format!("/projects/{site}/members");
    let text = "should be greater than or equal to Developer inherited membership from group Acme";
    lab.root()
        .post(&path, json!({"user_id": 2, "access_level": 20}))
        .await
        .is(400, json!({"message": {"access_level": [text]}}));
    assert_eq!(
        lab.root()
            .post(&path, json!({"user_id": 2, "access_level": 30}))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn levels_and_dates_are_checked_by_the_model() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/members");
    lab.root()
        .post(&path, json!({"user_id": 2, "access_level": 33}))
        .await
        .is(
            400,
            json!({"message": {"access_level": ["is not included in the list"]}}),
        );
    lab.root()
        .post(
            &path,
            json!({"user_id": 2, "access_level": 30, "expires_at": "2020-01-01"}),
        )
        .await
        .is(
            400,
            json!({"message": {"expires_at": ["cannot be a date in the past"]}}),
        );
    lab.root()
        .post(
            &path,
            json!({"user_id": 2, "access_level": 30, "expires_at": "soon"}),
        )
        .await
        .is(400, json!({"error": "expires_at is invalid"}));
}

#[tokio::test]
async fn a_list_with_commas_is_always_201_and_succeeds_in_part() {
    let lab = Lab::start().await;
    let acme = lab
        .root()
        .post("/groups", json!({"name": "Acme", "path": "acme"}))
        .await
        .body["id"]
        .clone();
    let site = lab.project(acme.as_u64().unwrap(), "site", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    let path = format!("/projects/{site}/members");
    let text =
        "Access level should be greater than or equal to Developer inherited membership from group Acme";
    lab.root()
        .post(
            &path,
            json!({"username": "dev-0001,dev-0002", "access_level": 20}),
        )
        .await
        .is(201, json!({"status": "error", "message": {"dev-0001": text}}));
    assert_eq!(lab.root().get(&path).await.column("username"), ["dev-0002"]);
    lab.root()
        .post(&path, json!({"user_id": "3,4", "access_level": 30}))
        .await
        .is(201, json!({"status": "success"}));
    // The member that was there already has the new level.
    assert_eq!(lab.root().get(&path).await.column("access_level"), ["30", "30"]);
    lab.root()
        .post(&path, json!({"user_id": "3,999", "access_level": 30}))
        .await
        .is(
            201,
            json!({"status": "error", "message": "Unable to find User ID"}),
        );
}

#[tokio::test]
async fn direct_lists_hold_direct_members_and_all_holds_each_once_with_the_highest_level() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let site = lab.project(web, "site", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    lab.member(&format!("groups/{web}"), 1, 40).await;
    lab.member(&format!("projects/{site}"), 2, 20).await;
    let root = lab.root();
    assert_eq!(
        root.get(&format!("/projects/{site}/members"))
            .await
            .column("username"),
        ["dev-0002"]
    );
    let all = root.get(&format!("/projects/{site}/members/all")).await;
    assert_eq!(all.column("username"), ["root", "dev-0001", "dev-0002"]);
    assert_eq!(all.column("access_level"), ["50", "40", "20"]);
    let path = format!("/projects/{site}/members");
    root.get(&format!("{path}/{}", id_of(1)))
        .await
        .is(404, json!({"message": "404 Not found"}));
    assert_eq!(
        root.get(&format!("{path}/all/{}", id_of(1))).await.body["access_level"],
        40
    );
    assert_eq!(
        root.get(&format!("{path}/all?query=0002"))
            .await
            .column("username"),
        ["dev-0002"]
    );
    assert_eq!(
        root.get(&format!("{path}/all?user_ids[]=1"))
            .await
            .column("username"),
        ["root"]
    );
    assert_eq!(
        root.get(&format!("{path}/all?skip_users[]=1"))
            .await
            .body
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn an_update_changes_direct_members_only() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    lab.member(&format!("groups/{acme}"), 1, 30).await;
    let user = id_of(1);
    let answer = lab
        .root()
        .put(
            &format!("/groups/{acme}/members/{user}"),
            json!({"access_level": 40}),
        )
        .await;
    assert_eq!(
        (answer.status, answer.body["access_level"].as_u64()),
        (200, Some(40))
    );
    lab.root()
        .put(
            &format!("/projects/{site}/members/{user}"),
            json!({"access_level": 40}),
        )
        .await
        .is(404, json!({"message": "404 Not found"}));
    lab.root()
        .put(&format!("/groups/{acme}/members/{user}"), json!({}))
        .await
        .is(400, json!({"error": "access_level is missing"}));
}

#[tokio::test]
async fn removing_from_a_group_removes_below_unless_told_otherwise() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let site = lab.project(web, "site", "private").await;
    for number in [1, 2] {
        lab.member(&format!("groups/{acme}"), number, 30).await;
        lab.member(&format!("projects/{site}"), number, 30).await;
    }
    let (one, two) = (id_of(1), id_of(2));
    let answer = lab
        .root()
        .delete(&format!("/groups/{acme}/members/{one}"), json!(null))
        .await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(answer.header("content-type"), None);
    lab.root()
        .delete(
            &format!("/groups/{acme}/members/{two}?skip_subresources=true"),
            json!(null),
        )
        .await;
    let left: Vec<String> = lab
        .gitlab
        .members("acme/web/site")
        .into_iter()
        .map(|member| member.username)
        .collect();
    assert_eq!(left, ["dev-0002"]);
    lab.root()
        .delete(&format!("/groups/{acme}/members/{one}"), json!(null))
        .await
        .is(404, json!({"message": "404 Not found"}));
}

#[tokio::test]
async fn the_last_owner_stays() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/members/1");
    lab.root()
        .delete(&path, json!(null))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    lab.root()
        .put(&path, json!({"access_level": 30}))
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    lab.member(&format!("groups/{acme}"), 1, 50).await;
    assert_eq!(lab.root().delete(&path, json!(null)).await.status, 204);
}

#[tokio::test]
async fn members_need_a_signed_in_viewer() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let path = format!("/groups/{acme}/members");
    lab.anonymous()
        .get(&path)
        .await
        .is(401, json!({"message": "401 Unauthorized"}));
    assert_eq!(lab.dev(1).get(&path).await.column("username"), ["root"]);
}

#[tokio::test]
async fn members_of_invited_groups_are_in_the_list_of_all_with_the_lower_level() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    let crew = lab.group(None, "crew", "private").await;
    lab.member(&format!("groups/{crew}"), 1, 40).await;
    lab.member(&format!("groups/{crew}"), 2, 20).await;
    lab.member(&format!("groups/{acme}"), 2, 10).await;
    let share = json!({"group_id": crew, "group_access": 30});
    assert_eq!(
        lab.root()
            .post(&format!("/groups/{acme}/share"), share)
            .await
            .status,
        201
    );
    for of in [format!("groups/{acme}"), format!("projects/{site}")] {
        let all = lab.root().get(&format!("/{of}/members/all")).await;
        assert_eq!(all.column("username"), ["root", "dev-0001", "dev-0002"], "{of}");
        assert_eq!(all.column("access_level"), ["50", "30", "20"], "{of}");
        let one = lab.root().get(&format!("/{of}/members/all/{}", id_of(1))).await;
        assert_eq!(one.body["access_level"], 30);
    }
    let direct = lab.root().get(&format!("/groups/{acme}/members")).await;
    assert_eq!(direct.column("username"), ["root", "dev-0002"]);
    assert_eq!(lab.dev(1).get(&format!("/projects/{site}")).await.status, 200);
}

#[tokio::test]
async fn lists_are_narrowed_by_query_and_ids() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    for number in [1, 2, 3] {
        lab.member("groups/acme", number, 30).await;
    }
    let names = async |query: &str| {
        let path = format!("/groups/{acme}/members?{query}");
        lab.root().get(&path).await.column("username")
    };
    assert_eq!(names("query=0002").await, ["dev-0002"]);
    assert_eq!(names("user_ids[]=2&user_ids[]=99999").await, ["dev-0001"]);
    assert_eq!(names("user_ids=2,3").await, ["dev-0001", "dev-0002"]);
    assert_eq!(
        names("skip_users[]=2&skip_users[]=1").await,
        ["dev-0002", "dev-0003"]
    );
    let page = lab
        .root()
        .get(&format!("/groups/{acme}/members?per_page=2&page=2"))
        .await;
    assert_eq!(page.column("username"), ["dev-0002", "dev-0003"]);
    assert_eq!(page.header("x-total"), Some("4"));
}

#[tokio::test]
async fn a_locked_group_lets_no_new_members_into_its_projects() {
    let options = Options::empty().users(3).tier(Tier::Premium);
    let lab = Lab::with(options).await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    lab.root()
        .put(&format!("/groups/{acme}"), json!({"membership_lock": true}))
        .await;
    let path = format!("/projects/{site}/members");
    let locked = json!({"message": "405 Method Not Allowed"});
    let one = json!({"user_id": 2, "access_level": 30});
    lab.root().post(&path, one).await.is(405, locked.clone());
    let several = json!({"user_id": "2,3", "access_level": 30});
    lab.root().post(&path, several).await.is(405, locked.clone());
    let invited = json!({"email": "a@x.example", "access_level": 30});
    lab.root()
        .post(&format!("/projects/{site}/invitations"), invited)
        .await
        .is(405, locked);
    lab.member("groups/acme", 1, 30).await;
}

/// `acme` with dev-0001, who has an account in the directory, and dev-0002, who has none; then it follows the directory.
async fn following_a_directory() -> (Lab, u64) {
    let lab = Lab::with(Options::empty().users(3).tier(Tier::Premium)).await;
    let acme = lab.group(None, "acme", "private").await;
    let identity = json!({"provider": "ldapmain", "extern_uid": "cn=ada"});
    lab.root().put("/users/2", identity).await;
    lab.member("groups/acme", 1, 30).await;
    lab.member("groups/acme", 2, 30).await;
    let link = json!({"ldap_cn": "staff", "ldap_access": 30});
    lab.root().put(&format!("/groups/{acme}"), link).await;
    (lab, acme)
}

#[tokio::test]
async fn nobody_is_taken_out_of_a_group_that_follows_a_directory() {
    let (lab, acme) = following_a_directory().await;
    let member = format!("/groups/{acme}/members/2");
    let forbidden = json!({"message": "403 Forbidden"});
    lab.root().delete(&member, json!(null)).await.is(403, forbidden);
    assert_eq!(
        lab.dev(1).delete(&member, json!(null)).await.status,
        204,
        "everybody may leave"
    );
}

#[tokio::test]
async fn nobody_is_let_into_a_group_that_follows_a_directory() {
    let (lab, acme) = following_a_directory().await;
    lab.dev(3)
        .post(&format!("/groups/{acme}/access_requests"), json!({}))
        .await;
    let forbidden = json!({"message": "403 Forbidden"});
    for (path, body) in [
        ("members", json!({"user_id": 4, "access_level": 30})),
        (
            "members",
            json!({"username": "dev-0003,dev-0002", "access_level": 30}),
        ),
        ("invitations", json!({"email": "a@x.example", "access_level": 30})),
    ] {
        let path = format!("/groups/{acme}/{path}");
        lab.root().post(&path, body).await.is(403, forbidden.clone());
    }
    let request = format!("/groups/{acme}/access_requests/4/approve");
    let answer = lab.root().put(&request, json!({})).await;
    assert!([403, 404].contains(&answer.status), "{answer:?}");
}

#[tokio::test]
async fn a_directory_may_be_overridden() {
    let (lab, acme) = following_a_directory().await;
    let root = lab.root();
    let members = format!("/groups/{acme}/members");
    let shown = async |user: u64| {
        let member = lab.root().get(&format!("{members}/{user}")).await;
        member.body.get("override").cloned()
    };
    assert_eq!(shown(2).await, Some(json!(false)));
    assert_eq!(shown(3).await, None, "who does not come from the directory");

    let one = format!("{members}/2");
    let forbidden = json!({"message": "403 Forbidden"});
    let level = json!({"access_level": 40});
    root.put(&one, level.clone()).await.is(403, forbidden.clone());
    assert_eq!(root.put(&format!("{members}/3"), level.clone()).await.status, 200);

    let overriding = format!("{one}/override");
    lab.dev(2)
        .post(&overriding, json!({}))
        .await
        .is(403, forbidden.clone());
    root.post(&format!("{members}/3/override"), json!({}))
        .await
        .is(403, forbidden.clone());
    assert_eq!(
        root.post(&format!("{members}/4/override"), json!({}))
            .await
            .status,
        404
    );
    let overridden = root.post(&overriding, json!({})).await;
    assert_eq!(
        (overridden.status, &overridden.body["override"]),
        (201, &json!(true))
    );
    assert_eq!(root.put(&one, level.clone()).await.status, 200);
    assert_eq!(shown(2).await, Some(json!(true)), "a new level leaves it so");

    let followed = root.delete(&overriding, json!(null)).await;
    assert_eq!(
        (followed.status, &followed.body["override"]),
        (200, &json!(false))
    );
    root.put(&one, json!({"access_level": 20}))
        .await
        .is(403, forbidden);
}

#[tokio::test]
async fn a_licence_shows_more_to_those_who_manage_members() {
    let options = Options::empty().users(3).tier(Tier::Premium);
    let lab = Lab::with(options).await;
    let acme = lab.group(None, "acme", "private").await;
    lab.member("groups/acme", 1, 30).await;
    let path = format!("/groups/{acme}/members?show_seat_info=true");
    same_shape(&lab.root().get(&path).await, "member_licensed");
    same_shape(&lab.dev(1).get(&path).await, "member");
}

#[tokio::test]
async fn who_costs_a_seat_is_listed_for_top_level_groups() {
    let options = Options::empty().users(4).tier(Tier::Premium);
    let lab = Lab::with(options).await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let site = lab.project(web, "site", "private").await;
    lab.member(&format!("projects/{site}"), 1, 30).await;
    lab.member(&format!("groups/{web}"), 2, 20).await;
    let path = format!("/groups/{acme}/billable_members");
    let rows = lab.root().get(&path).await;
    same_shape(&rows, "billable_member");
    let mut names = rows.column("username");
    names.sort();
    assert_eq!(names, ["dev-0001", "dev-0002", "root"]);
    assert_eq!(
        lab.root()
            .get(&format!("{path}?search=0001"))
            .await
            .column("membership_type"),
        ["project_member"]
    );
    assert_eq!(
        lab.root()
            .get(&format!("/groups/{web}/billable_members"))
            .await
            .status,
        400
    );
    assert_eq!(lab.dev(2).get(&path).await.status, 403);
    let pending = lab.root().get(&format!("/groups/{acme}/pending_members")).await;
    assert_eq!((pending.status, pending.body), (200, json!([])));
    let free = Lab::start().await;
    let acme = free.group(None, "acme", "private").await;
    free.root()
        .get(&format!("/groups/{acme}/billable_members"))
        .await
        .is(404, json!({"message": "404 Not Found"}));
}

#[tokio::test]
async fn an_update_below_the_inherited_level_is_refused() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    lab.member("groups/acme", 1, 30).await;
    lab.member(&format!("projects/{site}"), 1, 40).await;
    let path = format!("/projects/{site}/members/{}", id_of(1));
    let text = "should be greater than or equal to Developer inherited membership from group acme";
    lab.root()
        .put(&path, json!({"access_level": 20}))
        .await
        .is(400, json!({"message": {"access_level": [text]}}));
    lab.root()
        .put(&path, json!({}))
        .await
        .is(400, json!({"error": "access_level is missing"}));
    let changed = json!({"access_level": 30, "expires_at": "2999-01-01"});
    assert_eq!(
        lab.root().put(&path, changed).await.body["expires_at"],
        "2999-01-01"
    );
    let endless = json!({"access_level": 30, "expires_at": ""});
    assert_eq!(
        lab.root().put(&path, endless).await.body["expires_at"],
        json!(null)
    );
}

#[tokio::test]
async fn minimal_access_is_for_groups_with_a_licence() {
    let refused = json!({"message": {"access_level": ["is not included in the list"]}});
    let free = Lab::start().await;
    let acme = free.group(None, "acme", "private").await;
    let path = format!("/groups/{acme}/members");
    let body = json!({"user_id": 2, "access_level": 5});
    free.root()
        .post(&path, body.clone())
        .await
        .is(400, refused.clone());
    let lab = Lab::with(Options::empty().users(3).tier(Tier::Premium)).await;
    let acme = lab.group(None, "acme", "private").await;
    let site = lab.project(acme, "site", "private").await;
    assert_eq!(
        lab.root()
            .post(&format!("/groups/{acme}/members"), body.clone())
            .await
            .status,
        201
    );
    let body = json!({"user_id": 3, "access_level": 5});
    lab.root()
        .post(&format!("/projects/{site}/members"), body)
        .await
        .is(400, refused);
}
