//! The audit trail.

use std::time::Duration;

use domain::UserKey;
use serde_json::value::RawValue;

use super::World;
use super::actors::user;
use crate::{AuditEntry, AuditFilter, AuditOutcome};

fn dev(number: u64) -> UserKey {
    user("https://gitlab.example.com", number)
}

/// What dev-000N did to a target.
fn entry(world: &World, number: u64, target: &str) -> AuditEntry {
    AuditEntry {
        at: world.now(),
        instance: Some(dev(number).instance),
        user_id: Some(number),
        username: Some(format!("dev-000{number}")),
        via: Some("session".to_owned()),
        address: Some("2001:db8::1".to_owned()),
        action: "write".to_owned(),
        target: target.to_owned(),
        outcome: AuditOutcome::Succeeded,
        status: Some(201),
        request_id: Some("6ef3".to_owned()),
        details: Some(RawValue::from_string("{\"a\":[1, 2]}".to_owned()).unwrap()),
    }
}

async fn targets(world: &World, filter: AuditFilter) -> Vec<String> {
    let filter = AuditFilter { limit: 100, ..filter };
    let page = world.storage.audit(&filter).await.unwrap();
    assert_eq!(page.next, None);
    page.rows.into_iter().map(|row| row.entry.target).collect()
}

pub async fn a_row_comes_back_as_it_was_given(world: World) {
    let given = entry(&world, 1, "/api/gitlab/groups");
    let nobodys = AuditEntry {
        instance: None,
        user_id: None,
        username: None,
        via: None,
        address: None,
        status: None,
        request_id: None,
        details: None,
        ..given.clone()
    };
    world
        .storage
        .append_audit("node", &[given.clone(), nobodys.clone()])
        .await
        .unwrap();
    world.storage.append_audit("node", &[]).await.unwrap();
    let filter = AuditFilter {
        limit: 10,
        ..AuditFilter::default()
    };
    let rows = world.storage.audit(&filter).await.unwrap().rows;
    assert_eq!(format!("{:?}", rows[1].entry), format!("{given:?}"));
    assert_eq!(format!("{:?}", rows[0].entry), format!("{nobodys:?}"));
    assert_eq!((rows[1].node.as_str(), rows[1].seq, rows[0].seq), ("node", 1, 2));
}

pub async fn rows_come_newest_first_and_pages_stay_while_rows_are_added(world: World) {
    for (node, target) in [("a", "one"), ("b", "two"), ("a", "three"), ("b", "four")] {
        world
            .storage
            .append_audit(node, &[entry(&world, 1, target)])
            .await
            .unwrap();
        world.a_second_passes();
    }
    let mut filter = AuditFilter {
        limit: 3,
        ..AuditFilter::default()
    };
    let first = world.storage.audit(&filter).await.unwrap();
    let told: Vec<&str> = first.rows.iter().map(|row| row.entry.target.as_str()).collect();
    assert_eq!(told, ["four", "three", "two"]);
    world
        .storage
        .append_audit("a", &[entry(&world, 1, "five")])
        .await
        .unwrap();
    filter.before = first.next;
    assert_eq!(targets(&world, filter).await, ["one"]);
}

pub async fn rows_are_filtered(world: World) {
    let begun = world.now();
    let refused = AuditEntry {
        outcome: AuditOutcome::Refused,
        action: "sign_in".to_owned(),
        ..entry(&world, 1, "refused")
    };
    let elsewhere = AuditEntry {
        instance: Some(user("https://other.example.com", 1).instance),
        ..entry(&world, 1, "elsewhere")
    };
    let nobodys = AuditEntry {
        instance: None,
        user_id: None,
        ..entry(&world, 1, "nobody's")
    };
    let rows = [
        entry(&world, 1, "mine"),
        refused,
        entry(&world, 2, "another's"),
        elsewhere,
        nobodys,
    ];
    world.storage.append_audit("node", &rows).await.unwrap();
    let later = world.a_second_passes();
    world
        .storage
        .append_audit("node", &[entry(&world, 1, "later")])
        .await
        .unwrap();

    let all = AuditFilter::default;
    assert_eq!(
        targets(
            &world,
            AuditFilter {
                user: Some(dev(1)),
                ..all()
            }
        )
        .await,
        ["later", "refused", "mine"]
    );
    assert_eq!(
        targets(
            &world,
            AuditFilter {
                instance: Some(dev(1).instance),
                ..all()
            }
        )
        .await,
        ["later", "nobody's", "another's", "refused", "mine"]
    );
    for (filter, found) in [
        (
            AuditFilter {
                outcome: Some(AuditOutcome::Refused),
                ..all()
            },
            "refused",
        ),
        (
            AuditFilter {
                action: Some("sign_in".to_owned()),
                ..all()
            },
            "refused",
        ),
        (
            AuditFilter {
                since: Some(later),
                ..all()
            },
            "later",
        ),
    ] {
        assert_eq!(targets(&world, filter).await, [found]);
    }
    let until = AuditFilter {
        since: Some(begun),
        until: Some(later),
        ..all()
    };
    assert_eq!(targets(&world, until).await.len(), 5);
}

pub async fn what_is_old_is_purged_and_the_rest_can_be_verified(world: World) {
    for number in 0..150 {
        world
            .storage
            .append_audit("a", &[entry(&world, 1, &number.to_string())])
            .await
            .unwrap();
        world.a_second_passes();
    }
    world
        .storage
        .append_audit("b", &[entry(&world, 1, "b")])
        .await
        .unwrap();
    let verdict = world.storage.verify_audit().await.unwrap();
    assert_eq!((verdict.chains, verdict.rows, verdict.flaws.len()), (2, 151, 0));

    let begun = world.now().as_millis() - 150_000;
    let moment = domain::Timestamp::from_millis(begun).plus(Duration::from_secs(100));
    assert_eq!(world.storage.purge_audit(moment).await.unwrap(), 100);
    assert_eq!(world.storage.purge_audit(moment).await.unwrap(), 0);
    let verdict = world.storage.verify_audit().await.unwrap();
    assert_eq!((verdict.chains, verdict.rows, verdict.flaws.len()), (2, 51, 0));
    assert_eq!(targets(&world, AuditFilter::default()).await.len(), 51);

    // A chain of which nothing is left goes on where it was.
    assert_eq!(
        world.storage.purge_audit(world.a_second_passes()).await.unwrap(),
        51
    );
    world
        .storage
        .append_audit("a", &[entry(&world, 1, "next")])
        .await
        .unwrap();
    let verdict = world.storage.verify_audit().await.unwrap();
    assert_eq!((verdict.chains, verdict.rows, verdict.flaws.len()), (2, 1, 0));
}

pub async fn many_processes_write_one_chain(world: World) {
    let entries: Vec<AuditEntry> = (0..70)
        .map(|number| entry(&world, 1, &number.to_string()))
        .collect();
    let appending = (0..20).map(|_| world.storage.append_audit("node", &entries));
    let checkpoints: Vec<_> = futures::future::join_all(appending)
        .await
        .into_iter()
        .filter_map(|appended| appended.unwrap())
        .collect();
    let verdict = world.storage.verify_audit().await.unwrap();
    assert_eq!((verdict.chains, verdict.rows, verdict.flaws.len()), (1, 1400, 0));
    let seqs: Vec<u64> = checkpoints.iter().map(|checkpoint| checkpoint.seq).collect();
    assert_eq!(seqs, [1050], "the first end of an append beyond 1000");
}
