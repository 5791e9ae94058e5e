//! OAuth grants.

use std::time::Duration;

use domain::{KeyId, Timestamp};
use uuid::Uuid;

use super::World;
use super::actors::user;
use crate::{ApiKeyRecord, GrantHolder, GrantRecord, RevocationRecord, SessionRecord};

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

async fn granted(world: &World, number: u128) -> GrantRecord {
    let grant = GrantRecord {
        id: id(number),
        sealed: vec![0, 1, 255],
        version: 0,
        created_at: world.now(),
    };
    world.storage.add_grant(&grant).await.unwrap();
    grant
}

async fn session(world: &World, number: u8) -> GrantHolder {
    let session = SessionRecord {
        id_hash: [number; 32],
        user: user("https://gitlab.example.com", 1),
        sealed: vec![1],
        created_at: world.now(),
        last_activity: world.now(),
        expires_at: world.in_a_while(Duration::from_hours(1)),
    };
    world.storage.put_session(&session).await.unwrap();
    GrantHolder::Session(session.id_hash)
}

pub async fn a_grant_is_renewed_by_one_at_a_time(world: World) {
    let given = granted(&world, 1).await;
    assert_eq!(world.storage.grant(id(1)).await.unwrap().unwrap(), given);
    let (now, until) = (world.now(), world.in_a_while(Duration::from_secs(30)));
    let claims = (0..10).map(|_| world.storage.claim_renewal(id(1), 0, now, until));
    let won = futures::future::join_all(claims).await;
    assert_eq!(won.iter().filter(|won| *won.as_ref().unwrap()).count(), 1);
    assert!(world.storage.renew_grant(id(1), 0, b"next").await.unwrap());
    assert!(!world.storage.renew_grant(id(1), 0, b"late").await.unwrap());
    let renewed = world.storage.grant(id(1)).await.unwrap().unwrap();
    assert_eq!(
        (renewed.version, renewed.sealed.as_slice()),
        (1, b"next".as_slice())
    );
    assert!(
        !world.storage.claim_renewal(id(1), 0, now, until).await.unwrap(),
        "it was renewed"
    );
    assert!(world.storage.claim_renewal(id(1), 1, now, until).await.unwrap());
}

pub async fn a_renewal_that_was_given_up_is_somebody_elses(world: World) {
    granted(&world, 1).await;
    let (now, until) = (world.now(), world.in_a_while(Duration::from_secs(30)));
    let claim = async |now: Timestamp| world.storage.claim_renewal(id(1), 0, now, until).await.unwrap();
    assert!(claim(now).await && !claim(now).await);
    assert!(claim(until).await, "whoever had it is gone");
    world.storage.give_renewal_back(id(1), 0).await.unwrap();
    assert!(claim(now).await);
}

pub async fn a_grant_that_nobody_holds_any_more_goes(world: World) {
    for number in 1..=4 {
        granted(&world, number).await;
    }
    let holder = session(&world, 1).await;
    world.storage.hold_grant(id(1), holder).await.unwrap();
    let key = ApiKeyRecord {
        id: KeyId(id(9)),
        key_hash: [9; 32],
        user: user("https://gitlab.example.com", 1),
        name: "key".to_owned(),
        scopes: "read".parse().unwrap(),
        sealed: vec![1],
        created_at: world.now(),
        expires_at: None,
        last_used_at: None,
    };
    world.storage.add_api_key(&key, 10, world.now()).await.unwrap();
    world
        .storage
        .hold_grant(id(2), GrantHolder::Key(key.id))
        .await
        .unwrap();
    let job = world.job(1).await;
    world.storage.put_credential(job, b"sealed").await.unwrap();
    world
        .storage
        .hold_grant(id(3), GrantHolder::Job(job))
        .await
        .unwrap();

    assert_eq!(
        world.storage.purge_grants(world.now()).await.unwrap(),
        0,
        "young ones stay"
    );
    let later = world.a_second_passes();
    assert_eq!(world.storage.purge_grants(later).await.unwrap(), 1, "the fourth");
    world.storage.delete_session(&[1; 32]).await.unwrap();
    world.storage.revoke_api_key(&key.user, key.id).await.unwrap();
    assert!(!world.storage.is_grant_held(id(1), world.now()).await.unwrap());
    assert!(world.storage.is_grant_held(id(3), world.now()).await.unwrap());
    assert_eq!(world.storage.purge_grants(later).await.unwrap(), 2);
    world.storage.erase_credential(job).await.unwrap();
    assert_eq!(world.storage.purge_grants(later).await.unwrap(), 1);
    assert_eq!(world.storage.grant(id(3)).await.unwrap(), None);
}

pub async fn whoever_holds_another_grant_lets_go_of_the_first(world: World) {
    let holder = session(&world, 1).await;
    for number in 1..=2 {
        granted(&world, number).await;
        world.storage.hold_grant(id(number), holder).await.unwrap();
        world.storage.hold_grant(id(number), holder).await.unwrap();
    }
    assert!(!world.storage.is_grant_held(id(1), world.now()).await.unwrap());
    world.storage.remove_grant(id(2)).await.unwrap();
    assert!(!world.storage.is_grant_held(id(2), world.now()).await.unwrap());
    assert_eq!(world.storage.grant(id(2)).await.unwrap(), None);
}

/// What revokes a grant of this number, whose last holder lets go now.
fn revocation(world: &World, number: u128) -> RevocationRecord {
    RevocationRecord {
        id: id(number),
        instance: "https://gitlab.example.com".parse().unwrap(),
        sealed: vec![0, 2, 255],
        ended_at: world.now(),
    }
}

pub async fn a_grant_is_ended_once_and_by_nobody_while_it_is_held(world: World) {
    granted(&world, 1).await;
    let holder = session(&world, 1).await;
    world.storage.hold_grant(id(1), holder).await.unwrap();
    let wish = revocation(&world, 1);
    let end = async |version| {
        world
            .storage
            .end_grant(&wish, version, world.now())
            .await
            .unwrap()
    };
    assert!(!end(0).await, "the session holds it");
    world.storage.delete_session(&[1; 32]).await.unwrap();
    assert!(!end(1).await, "of this version there is none");
    assert!(world.storage.grant(id(1)).await.unwrap().is_some());
    let ended = futures::future::join_all((0..10).map(|_| end(0))).await;
    assert_eq!(ended.iter().filter(|ended| **ended).count(), 1);
    assert_eq!(world.storage.grant(id(1)).await.unwrap(), None);
}

/// It is listed for a while, and holds nothing.
pub async fn an_expired_key_does_not_keep_a_grant_from_ending(world: World) {
    granted(&world, 1).await;
    let key = ApiKeyRecord {
        id: KeyId(id(9)),
        key_hash: [9; 32],
        user: user("https://gitlab.example.com", 1),
        name: "key".to_owned(),
        scopes: "read".parse().unwrap(),
        sealed: vec![1],
        created_at: world.now(),
        expires_at: Some(world.in_a_while(Duration::from_secs(1))),
        last_used_at: None,
    };
    world.storage.add_api_key(&key, 10, world.now()).await.unwrap();
    let holder = GrantHolder::Key(key.id);
    world.storage.hold_grant(id(1), holder).await.unwrap();
    let early = revocation(&world, 1);
    assert!(!world.storage.end_grant(&early, 0, world.now()).await.unwrap());
    world.a_second_passes();
    let late = revocation(&world, 1);
    assert!(world.storage.end_grant(&late, 0, world.now()).await.unwrap());
}

pub async fn a_revocation_is_one_nodes_until_it_is_done_or_due_again(world: World) {
    for number in 1..=3 {
        granted(&world, number).await;
        let wish = revocation(&world, number);
        assert!(world.storage.end_grant(&wish, 0, world.now()).await.unwrap());
        world.a_second_passes();
    }
    let (now, until) = (world.now(), world.in_a_while(Duration::from_mins(5)));
    let take = async |at, most| {
        let mut taken = world.storage.take_revocations(at, until, most).await.unwrap();
        taken.sort_by_key(|revocation| revocation.id);
        taken
    };
    let first = take(now, 2).await;
    let names = first.iter().map(|revocation| revocation.id).collect::<Vec<_>>();
    assert_eq!(names, [id(1), id(2)], "they have waited longest");
    assert_eq!(first[0].sealed, [0, 2, 255]);
    assert_eq!(
        first[0].instance.as_str(),
        revocation(&world, 1).instance.as_str()
    );
    assert!(first[0].ended_at < first[1].ended_at);
    let nodes = futures::future::join_all((0..10).map(|_| take(now, 2))).await;
    let taken = nodes.iter().flatten().collect::<Vec<_>>();
    assert_eq!(taken.len(), 1, "one node has the third: {taken:?}");
    world.storage.remove_revocation(id(2)).await.unwrap();
    let again = take(until, 10).await;
    let names = again.iter().map(|revocation| revocation.id).collect::<Vec<_>>();
    assert_eq!(names, [id(1), id(3)], "whoever had them did not come to it");
}
