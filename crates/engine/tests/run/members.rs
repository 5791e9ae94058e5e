//! Adding, updating and removing members; inviting by address.

use domain::{JobOptions, JobStatus};
use engine::operation::{ObjectKind, Undo};
use gitlab_client::WriteRequest;
use gitlab_sim::Fault;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::bodies::{changes, lines, sentence};
use crate::world::World;

/// `root` owns `acme`; `dev-0001` is a developer of it, `dev-0002` a maintainer of `acme/platform`.
async fn acme() -> World {
    let world = World::new().await;
    let acme = world
        .by_hand("groups", json!({ "name": "Acme", "path": "acme" }))
        .await;
    let platform = json!({ "name": "Platform", "path": "platform", "parent_id": acme });
    world.by_hand("groups", platform).await;
    world
        .by_hand("projects", json!({ "name": "web", "namespace_id": acme }))
        .await;
    let developer = json!({ "username": "dev-0001", "access_level": 30 });
    world.by_hand("groups/acme/members", developer).await;
    let maintainer = json!({ "username": "dev-0002", "access_level": 40, "expires_at": "2099-06-30" });
    world.by_hand("groups/acme%2Fplatform/members", maintainer).await;
    world
}

fn members(world: &World, of: &str) -> String {
    let members = world.sim.members(of).into_iter();
    let members = members.map(|member| {
        let end = member.expires_at.map(|day| format!(" until {day}"));
        format!(
            "{} {:?}{}",
            member.username,
            member.access_level,
            end.unwrap_or_default()
        )
    });
    members.collect::<Vec<_>>().join(", ")
}

async fn user(world: &World, name: &str) -> u64 {
    world.seen(&format!("users?username={name}")).await[0]["id"]
        .as_u64()
        .unwrap()
}

#[tokio::test]
async fn who_does_not_exist_or_is_blocked_is_told_before_anything_is_sent() {
    let world = acme().await;
    let blocked = user(&world, "dev-0004").await;
    world
        .write(WriteRequest::post(format!("users/{blocked}/block")))
        .await;
    let applied = world.sim.stats().writes.applied;

    let (job, items) = world
        .done(
            "bulk_add_members",
            json!([
                { "group": "acme", "username": "nobody", "access_level": "guest" },
                { "group": "acme", "user_id": 999_999, "access_level": "guest" },
                { "group": "acme", "username": "dev-0004", "access_level": "guest" },
                { "project": "acme/web", "username": "dev-0001", "access_level": "guest" },
            ]),
        )
        .await;

    assert_eq!((job.status, job.failure_count), (JobStatus::Completed, 4));
    let sentences: Vec<String> = items
        .iter()
        .map(|item| format!("{}: {}", item.error.as_ref().unwrap().code, sentence(item)))
        .collect();
    assert_snapshot!(sentences.join("\n"), @r"
    USER_NOT_FOUND: there is no user nobody; correct the name, or invite by email
    USER_NOT_FOUND: there is no user with the number 999999
    USER_BLOCKED: dev-0004 is blocked; unblock the user first
    INHERITED_HIGHER: dev-0001 is developer here by way of `acme`, and GitLab gives nobody less than that; give developer or more, or change the membership of `acme`
    ");
    assert_eq!(world.sim.stats().writes.applied, applied, "nothing was sent");
}

#[tokio::test]
async fn many_people_who_are_unknown_cost_one_list_and_those_who_are_members_nothing() {
    let world = acme().await;
    let names: Vec<String> = (1..=20).map(|number| format!("dev-{number:04}")).collect();
    let rows = json!([{ "projects": "acme/web", "groups": "acme", "usernames": names, "access_level": 30 }]);
    // Not both: the row says so once for all twenty.
    let both = engine::import::read_body(
        world.engine.registry(),
        "bulk_add_members",
        &json!({ "items": rows }),
        world.engine.now(),
    );
    assert_eq!(both.unwrap_err().0.len(), 1);

    let rows = json!([{ "groups": "acme, acme/platform", "usernames": names, "access_level": "maintainer" }]);
    let before = world.now();
    let job = world
        .ordered("bulk_add_members", rows.clone(), JobOptions::default())
        .await;

    assert_eq!(job.total, 40, "two groups, twenty people");
    assert_eq!(world.asked("GET", before, "/users"), 1, "one list for all names");
    let (job, _) = world.started(&job).await;
    assert_eq!(
        (job.success_count, job.skipped_count),
        (38, 2),
        "two were there with another level or as wanted"
    );

    let again = json!([{ "groups": "acme/platform", "usernames": names, "access_level": "maintainer" }]);
    let before = world.now();
    let (job, _) = world.done("bulk_add_members", again).await;
    assert_eq!(job.skipped_count, 20);
    assert_eq!(world.asked("GET", before, "/users"), 0);
}

#[tokio::test]
async fn an_address_that_somebody_has_makes_a_member_and_another_is_invited() {
    let world = acme().await;
    let rows = json!([
        { "group": "acme", "emails": "dev-0003@example.com; new@example.com", "access_level": "reporter", "expires_at": "2099-12-31" },
    ]);

    let planned = world
        .ordered("bulk_add_members", rows.clone(), JobOptions::default())
        .await;
    let items = world.items(planned.id).await;
    assert_snapshot!(items.iter().flat_map(|item| item.notes.clone()).collect::<Vec<_>>().join("\n"), @r"
    dev-0003@example.com is the user dev-0003
    GitLab knows nobody with the address new@example.com, or does not tell: unless somebody has it, an invitation is sent
    ");
    let (job, items) = world.started(&planned).await;

    assert_eq!(job.success_count, 2, "{}", lines(&items));
    assert_eq!(
        members(&world, "acme"),
        "dev-0001 Developer, dev-0003 Reporter until 2099-12-31, root Owner"
    );
    let invitations = world.seen("groups/acme/invitations").await;
    assert_eq!(invitations[0]["invite_email"], "new@example.com");
    assert_eq!(
        items[0].result.as_ref().unwrap().id,
        Some(user(&world, "dev-0003").await)
    );

    let (again, items) = world.done("bulk_add_members", rows).await;
    assert_eq!(again.skipped_count, 2, "{}", lines(&items));

    // The invitation is changed and withdrawn like a membership.
    let change = json!([{ "group": "acme", "email": "new@example.com", "access_level": "developer", "never_expires": true }]);
    let (_, items) = world.done("bulk_update_members", change).await;
    assert_snapshot!(changes(&items[0]), @r#"
    access_level: "reporter" → "developer"
    expires_at: "2099-12-31" → null
    "#);
    let invitations = world.seen("groups/acme/invitations").await;
    assert_eq!(
        (&invitations[0]["access_level"], &invitations[0]["expires_at"]),
        (&json!(30), &Value::Null)
    );
    let withdrawn = json!([{ "group": "acme", "email": "NEW@example.com" }]);
    let (job, _) = world.done("bulk_remove_members", withdrawn).await;
    assert_eq!(job.success_count, 1);
    assert_eq!(world.seen("groups/acme/invitations").await, json!([]));
}

#[tokio::test]
async fn what_gitlab_refuses_in_the_body_of_a_201_is_a_failure_with_its_words() {
    let world = acme().await;
    let strict = JobOptions {
        skip_existing: false,
        ..JobOptions::default()
    };
    let row = json!([{ "group": "acme", "email": "new@example.com", "access_level": "reporter" }]);
    let planned = world.ordered("bulk_add_members", row, strict).await;
    let invite = json!({ "email": "new@example.com", "access_level": 10 });
    world
        .write(WriteRequest::post("groups/acme/invitations").body(invite))
        .await;

    let (job, items) = world.started(&planned).await;

    assert_eq!(job.failure_count, 1);
    let error = items[0].error.as_ref().unwrap();
    assert_eq!(
        (error.code.as_str(), error.gitlab_status, error.message.as_str()),
        (
            "GITLAB_INVALID",
            Some(201),
            "GitLab: new@example.com: The member's email address has already been taken"
        )
    );
    assert_eq!(items[0].attempts, 1);
}

#[tokio::test]
async fn an_invitation_whose_answer_was_lost_is_found_and_sent_once() {
    let world = acme().await;
    world.sim.fault(
        Fault::post("/api/v4/groups/*/invitations")
            .nth(1)
            .accept_then_drop(),
    );

    let row = json!([{ "group": "acme", "email": "new@example.com", "access_level": "reporter" }]);
    let (job, items) = world.done("bulk_add_members", row).await;

    assert_eq!(
        (job.success_count, items[0].attempts),
        (1, 1),
        "{}",
        lines(&items)
    );
    assert_eq!(
        world
            .seen("groups/acme/invitations")
            .await
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn only_a_direct_membership_is_updated_and_it_is_told_where_another_comes_from() {
    let world = acme().await;

    let (job, items) = world
        .done(
            "bulk_update_members",
            json!([
                { "group": "acme/platform", "username": "dev-0002", "access_level": "developer", "never_expires": true },
                { "group": "acme", "username": "dev-0001", "access_level": "developer" },
                { "project": "acme/web", "username": "dev-0001", "access_level": "maintainer" },
                { "project": "acme/web", "username": "dev-0005", "access_level": "maintainer" },
                { "project": "acme/web", "username": "nobody", "access_level": "maintainer" },
            ]),
        )
        .await;

    assert_eq!(
        (job.success_count, job.skipped_count, job.failure_count),
        (1, 1, 3)
    );
    assert_eq!(members(&world, "acme/platform"), "dev-0002 Developer, root Owner");
    assert_snapshot!(items[2..].iter().map(sentence).collect::<Vec<_>>().join("\n"), @r"
    dev-0001 is developer of `acme/web` only by way of `acme`; change it there, or add a direct membership (add_member)
    dev-0005 is no member of `acme/web`; add the membership instead (add_member)
    there is no user nobody; correct the name, or invite by email
    ");
}

#[tokio::test]
async fn removing_who_is_no_member_changes_nothing_and_a_bot_is_protected() {
    let world = acme().await;
    let token = json!({ "name": "ci", "scopes": ["api"], "access_level": 30, "expires_at": "2026-12-31" });
    world
        .write(WriteRequest::post("groups/acme/access_tokens").body(token))
        .await;
    let bot = world
        .sim
        .members("acme")
        .into_iter()
        .map(|member| member.username)
        .find(|name| name.starts_with("group_"))
        .unwrap();

    let (job, items) = world
        .done(
            "bulk_remove_members",
            json!([
                { "project": "acme/web", "username": "dev-0001" },
                { "group": "acme", "username": "dev-0005" },
                { "group": "acme", "username": bot },
                { "group": "acme", "username": "dev-0001", "unassign_issuables": true },
            ]),
        )
        .await;

    assert_eq!(
        (job.success_count, job.skipped_count, job.failure_count),
        (1, 2, 1)
    );
    assert_eq!(
        items[0].notes,
        ["dev-0001 has no direct membership of `acme/web`, and keeps access by way of `acme`"]
    );
    assert_eq!(items[2].error.as_ref().unwrap().code, "PROTECTED_BOT");
    assert!(
        world
            .sim
            .members("acme")
            .iter()
            .any(|member| member.username == bot)
    );
    let all_the_same = json!([{ "group": "acme", "username": bot, "include_bots": true }]);
    let (job, _) = world.done("bulk_remove_members", all_the_same).await;
    assert_eq!(job.success_count, 1);
    assert_eq!(members(&world, "acme"), "root Owner");
}

#[tokio::test]
async fn memberships_below_end_too_unless_they_are_to_be_left_alone() {
    for (skip, left) in [(false, "root Owner"), (true, "dev-0001 Maintainer, root Owner")] {
        let world = acme().await;
        let below = json!({ "username": "dev-0001", "access_level": 40 });
        world.by_hand("groups/acme%2Fplatform/members", below).await;
        let second = json!([{ "group": "acme/platform", "username": "dev-0002" }]);
        world.done("bulk_remove_members", second).await;

        let row = json!([{ "group": "acme", "username": "dev-0001", "skip_subresources": skip }]);
        world.done("bulk_remove_members", row).await;

        assert_eq!(members(&world, "acme/platform"), left, "skip_subresources={skip}");
    }
}

#[tokio::test]
async fn the_last_owner_of_a_group_is_neither_removed_nor_lowered() {
    let world = acme().await;
    let lowered = json!([{ "group": "acme", "username": "root", "access_level": "maintainer" }]);
    let (_, items) = world.done("bulk_update_members", lowered).await;
    assert_eq!(
        sentence(&items[0]),
        "`acme#root` is the last owner of the group; make somebody else an owner first"
    );

    // Of two owners one may go, not both.
    world
        .by_hand(
            "groups/acme/members",
            json!({ "username": "dev-0003", "access_level": 50 }),
        )
        .await;
    let both = json!([{ "group": "acme", "usernames": ["dev-0003", "root"] }]);
    let (job, items) = world.done("bulk_remove_members", both).await;
    assert_eq!(job.success_count, 1);
    assert_snapshot!(lines(&items), @r"
    acme#dev-0003 delete succeeded
    acme#root conflict failed LAST_OWNER
    ");
    // Below, an owner is inherited.
    let below = json!([{ "group": "acme/platform", "username": "root" }]);
    let (job, _) = world.done("bulk_remove_members", below).await;
    assert_eq!(job.success_count, 1);
}

#[tokio::test]
async fn an_owner_who_is_made_by_the_same_job_takes_over_first() {
    let world = acme().await;
    let item = |operation: &str, params: Value| {
        let Value::Object(params) = params else {
            panic!("parameters are an object")
        };
        let operation = world.engine.registry().get(operation).unwrap();
        operation
            .validate(params, domain::Source::default(), world.engine.now())
            .unwrap()
    };
    let remove = item("remove_member", json!({ "group": "acme", "username": "root" }));
    let add = item(
        "add_member",
        json!({ "group": "acme", "username": "dev-0003", "access_level": 50 }),
    );
    let request = engine::JobRequest {
        kind: "mixed".to_owned(),
        source: engine::JobSource::Items(vec![remove, add]),
        options: JobOptions::default(),
        origin: domain::Origin::Cli,
        start: true,
        idempotency: None,
        retry_of: None,
        undo_of: None,
    };
    let job = world.engine.create_job(request, &world.actor).await.unwrap();

    let job = world.work(job.id).await;

    assert_eq!(job.success_count, 2, "{}", world.ledger(job.id).await);
    assert_eq!(world.items(job.id).await[0].depends_on, [1]);
    assert_eq!(members(&world, "acme"), "dev-0001 Developer, dev-0003 Owner");
}

#[tokio::test]
async fn removing_ten_members_asks_for_a_typed_confirmation_and_nine_do_not() {
    let world = acme().await;
    let names: Vec<String> = (3..=12).map(|number| format!("dev-{number:04}")).collect();
    let added = json!([{ "group": "acme", "usernames": names, "access_level": 10 }]);
    world.done("bulk_add_members", added).await;

    let nine = json!([{ "group": "acme", "usernames": names[1..] }]);
    let nine = world
        .ordered("bulk_remove_members", nine, JobOptions::default())
        .await;
    assert_eq!(nine.confirmation, None);
    let ten = json!([{ "group": "acme", "usernames": names }]);
    let ten = world
        .ordered("bulk_remove_members", ten, JobOptions::default())
        .await;
    assert_eq!(ten.confirmation.as_deref(), Some("remove 10 members"));
}

#[tokio::test]
async fn what_was_done_to_a_member_is_undone_with_level_and_end() {
    let world = acme().await;
    let platform = world.sim.group_id("acme/platform").unwrap().0;
    let id = user(&world, "dev-0002").await;
    let of = |undo: Undo| match undo {
        Undo::Items(items) => items
            .into_iter()
            .map(|item| (item.operation, item.params))
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };

    let update = json!([{ "group": "acme/platform", "username": "dev-0002", "access_level": "owner", "never_expires": true }]);
    let (job, _) = world.done("bulk_update_members", update).await;
    let back = of(world.undo_of(&job, 0, ObjectKind::Group, platform).await);
    let as_before =
        json!({ "group": platform, "user_id": id, "access_level": "maintainer", "expires_at": "2099-06-30" });
    assert_eq!(back, [("update_member", as_before.clone())]);
    world.done("bulk_update_members", json!([as_before])).await;
    assert_eq!(
        members(&world, "acme/platform"),
        "dev-0002 Maintainer until 2099-06-30, root Owner"
    );

    let remove = json!([{ "group": "acme/platform", "username": "dev-0002" }]);
    let (job, _) = world.done("bulk_remove_members", remove).await;
    let back = of(world.undo_of(&job, 0, ObjectKind::Group, platform).await);
    assert_eq!(back, [("add_member", as_before.clone())]);
    let (job, _) = world.done("bulk_add_members", json!([as_before])).await;
    assert_eq!(
        members(&world, "acme/platform"),
        "dev-0002 Maintainer until 2099-06-30, root Owner"
    );

    let back = of(world.undo_of(&job, 0, ObjectKind::Group, platform).await);
    assert_eq!(
        back,
        [("remove_member", json!({ "group": platform, "user_id": id }))]
    );
}

/// `acme` with a project, on an instance with a licence.
async fn licensed() -> (World, u64) {
    let world = World::of_tier(gitlab_sim::Tier::Premium).await;
    let acme = world
        .by_hand("groups", json!({"name": "Acme", "path": "acme"}))
        .await;
    world
        .by_hand("projects", json!({"name": "web", "namespace_id": acme}))
        .await;
    (world, acme)
}

#[tokio::test]
async fn a_group_that_locks_memberships_is_said_to_before_anything_is_sent() {
    let (world, acme) = licensed().await;
    let member = json!({"user_id": 2, "access_level": 20});
    world.by_hand("projects/acme%2Fweb/members", member).await;
    world
        .change_by_hand(&format!("groups/{acme}"), json!({"membership_lock": true}))
        .await;
    let files = [(
        "members.csv",
        "username,group,project,access_level\ndev-0001,,acme/web,developer\ndev-0002,,acme/web,developer\ndev-0002,acme,,developer\n",
    )];
    let updating = JobOptions {
        update_existing: true,
        ..JobOptions::default()
    };
    let before = world.sim.stats().writes.applied;
    let job = world.apply(&files, updating).await;
    assert_snapshot!(world.ledger(job.id).await, @r"
    add_member acme/web#dev-0001 update succeeded attempts=1
    add_member acme/web#dev-0002 conflict failed attempts=0 MEMBERSHIP_LOCKED
    add_member acme#dev-0002 create succeeded attempts=1
    ");
    assert_eq!(
        world.items(job.id).await[1].error.as_ref().unwrap().message,
        "`acme` lets nobody be added to its projects (membership lock); add dev-0002 to a group"
    );
    assert_eq!(
        world.sim.stats().writes.applied - before,
        2,
        "who is there stays changeable"
    );
}

#[tokio::test]
async fn the_lock_is_known_also_of_a_project_that_is_given_by_number() {
    let (world, acme) = licensed().await;
    let tools = json!({"name": "Tools", "path": "tools", "parent_id": acme});
    let tools = world.by_hand("groups", tools).await;
    let cli = json!({"name": "cli", "namespace_id": tools});
    let cli = world.by_hand("projects", cli).await;
    let member = json!({"user_id": 2, "access_level": 20});
    world.by_hand(&format!("projects/{cli}/members"), member).await;
    let lock = json!({"membership_lock": true});
    world.change_by_hand(&format!("groups/{acme}"), lock).await;
    let asked = || {
        let routes = world.sim.stats().requests.by_route;
        routes.get("GET /groups/:id").copied().unwrap_or_default()
    };

    let before = asked();
    let there = json!([{"project": cli, "username": "dev-0001", "access_level": "reporter"}]);
    let job = world.planned("add_member", &there, JobOptions::default()).await;
    assert_snapshot!(world.ledger(job.id).await, @"add_member 2#dev-0001 unchanged skipped attempts=0");
    assert_eq!(asked() - before, 0, "whoever is there already may stay");

    let before = asked();
    let new = json!([
        {"project": cli, "username": "dev-0002", "access_level": "reporter"},
        {"project": cli, "email": "lee@example.com", "access_level": "reporter"},
        {"project": "acme/web", "username": "dev-0002", "access_level": "reporter"},
        {"project": "acme/new", "username": "dev-0002", "access_level": "reporter"},
    ]);
    let job = world.planned("add_member", &new, JobOptions::default()).await;
    assert_snapshot!(world.ledger(job.id).await, @r"
    add_member 2#dev-0002 conflict failed attempts=0 MEMBERSHIP_LOCKED
    add_member 2#lee@example.com conflict failed attempts=0 MEMBERSHIP_LOCKED
    add_member acme/web#dev-0002 conflict failed attempts=0 MEMBERSHIP_LOCKED
    add_member acme/new#dev-0002 conflict failed attempts=0 PARENT_NOT_FOUND
    ");
    assert_eq!(
        asked() - before,
        2,
        "the group above `web` and `new`, and the top-level group whole, once"
    );
}

/// `acme` with dev-0001, who has an account in the directory, and dev-0002, who has none; then it follows the directory.
async fn following_ldap() -> (World, u64) {
    let (world, acme) = licensed().await;
    let identity = json!({"provider": "ldapmain", "extern_uid": "cn=ada"});
    world.change_by_hand("users/2", identity).await;
    for user in [2, 3] {
        let member = json!({"user_id": user, "access_level": 20});
        world.by_hand("groups/acme/members", member).await;
    }
    let link = json!({"ldap_cn": "staff", "ldap_access": 30});
    world.change_by_hand(&format!("groups/{acme}"), link).await;
    (world, acme)
}

#[tokio::test]
async fn nobody_is_added_to_or_removed_from_a_group_whose_members_come_from_ldap() {
    let (world, _) = following_ldap().await;
    let sentence = async |operation: &str, item: Value| {
        let job = world
            .planned(operation, &json!([item]), JobOptions::default())
            .await;
        let error = world.items(job.id).await.remove(0).error.unwrap();
        format!("{}: {}", error.code, error.message)
    };
    assert_eq!(
        sentence("remove_member", json!({"group": "acme", "username": "dev-0001"})).await,
        "LDAP_MEMBERS: the members of `acme` come from LDAP, and GitLab lets nobody be removed there by hand; take \
         dev-0001 out of the group in LDAP, or end the link"
    );
    for who in [json!("dev-0003"), json!("lee@example.com")] {
        let item = json!({"group": "acme", "username": who, "access_level": "developer"});
        let who = who.as_str().unwrap();
        assert_eq!(
            sentence("add_member", item).await,
            format!(
                "LDAP_MEMBERS: the members of `acme` come from LDAP, and GitLab lets nobody be added there by hand; add \
                 {who} to the group in LDAP, or end the link"
            )
        );
    }
}

#[tokio::test]
async fn a_member_who_comes_from_ldap_is_changed_only_once_that_is_overridden() {
    let (world, acme) = following_ldap().await;
    let levels = json!([
        {"group": "acme", "username": "dev-0001", "access_level": "developer"},
        {"group": "acme", "username": "dev-0002", "access_level": "developer"},
    ]);
    let updating = JobOptions {
        update_existing: true,
        ..JobOptions::default()
    };
    for operation in ["update_member", "add_member"] {
        let job = world.planned(operation, &levels, updating.clone()).await;
        let items = world.items(job.id).await;
        let error = items[0].error.as_ref().unwrap();
        assert_eq!(
            format!("{}: {}", error.code, error.message),
            format!(
                "LDAP_MEMBERS: dev-0001 is a member of `acme` by way of LDAP, and GitLab changes that only where LDAP is \
                 overridden: do so first (`POST /groups/{acme}/members/2/override`, or the pencil beside the member in \
                 GitLab), or change it in LDAP"
            ),
            "{operation}"
        );
        assert_eq!(
            items[1].notes,
            ["the members of `acme` come from LDAP: the next synchronisation may take this back"],
            "{operation}"
        );
    }

    world
        .write(WriteRequest::post(format!("groups/{acme}/members/2/override")))
        .await;
    let (job, items) = world.done("bulk_update_members", levels).await;
    assert_eq!(job.success_count, 2, "{}", world.ledger(job.id).await);
    assert_eq!(items[0].notes, [""; 0], "what is overridden lasts");
    assert_eq!(
        members(&world, "acme"),
        "dev-0001 Developer, dev-0002 Developer, root Owner"
    );
}
