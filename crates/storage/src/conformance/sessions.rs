//! Sessions of signed-in people.

use std::time::Duration;

use domain::UserKey;

use super::World;
use super::actors::user;
use crate::SessionRecord;

/// A session that lasts an hour.
fn session(world: &World, id: u8, user: UserKey) -> SessionRecord {
    SessionRecord {
        id_hash: [id; 32],
        user,
        sealed: vec![0, id, 255],
        created_at: world.now(),
        last_activity: world.now(),
        expires_at: world.in_a_while(Duration::from_hours(1)),
    }
}

fn dev() -> UserKey {
    user("https://gitlab.example.com", 1)
}

pub async fn a_session_is_found_until_it_expires(world: World) {
    let given = session(&world, 1, dev());
    world.storage.put_session(&given).await.unwrap();
    let just_before = world.in_a_while(Duration::from_millis(3_599_999));
    let found = world
        .storage
        .session(&[1; 32], just_before)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.id_hash, &found.user, &found.sealed),
        (given.id_hash, &given.user, &given.sealed)
    );
    assert_eq!(
        (found.created_at, found.last_activity),
        (given.created_at, given.last_activity)
    );
    assert_eq!(found.expires_at, given.expires_at);
    assert!(
        world
            .storage
            .session(&[1; 32], given.expires_at)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        world
            .storage
            .session(&[2; 32], just_before)
            .await
            .unwrap()
            .is_none()
    );
}

pub async fn a_session_is_replaced_touched_and_ended(world: World) {
    let mut given = session(&world, 1, dev());
    world.storage.put_session(&given).await.unwrap();
    given.sealed = b"renewed".to_vec();
    world.storage.put_session(&given).await.unwrap();
    let now = world.a_second_passes();
    world.storage.touch_session(&[1; 32], now).await.unwrap();
    world.storage.touch_session(&[9; 32], now).await.unwrap();
    let found = world.storage.session(&[1; 32], now).await.unwrap().unwrap();
    assert_eq!(
        (found.sealed.as_slice(), found.last_activity),
        (b"renewed".as_slice(), now)
    );

    assert!(world.storage.delete_session(&[1; 32]).await.unwrap());
    assert!(!world.storage.delete_session(&[1; 32]).await.unwrap());
    assert!(world.storage.session(&[1; 32], now).await.unwrap().is_none());
    assert!(
        world.storage.session(&[9; 32], now).await.unwrap().is_none(),
        "touching makes none"
    );
}

pub async fn sessions_are_known_by_instance_and_user(world: World) {
    let given = session(&world, 1, dev());
    world.storage.put_session(&given).await.unwrap();
    let now = world.now();
    assert!(world.storage.has_session(&dev(), now).await.unwrap());
    assert!(!world.storage.has_session(&dev(), given.expires_at).await.unwrap());
    for other in [
        user("https://gitlab.example.com", 2),
        user("https://other.example.com", 1),
    ] {
        assert!(
            !world.storage.has_session(&other, now).await.unwrap(),
            "{other:?}"
        );
    }
}

pub async fn those_of_a_user_are_listed_by_their_last_use(world: World) {
    let first = session(&world, 1, dev());
    world.storage.put_session(&first).await.unwrap();
    world.a_second_passes();
    for (id, owner) in [(2, dev()), (3, dev()), (9, user("https://gitlab.example.com", 2))] {
        let given = session(&world, id, owner);
        world.storage.put_session(&given).await.unwrap();
        world.a_second_passes();
    }
    world.storage.touch_session(&[2; 32], world.now()).await.unwrap();
    let listed = async |now| {
        let listed = world.storage.sessions_of(&dev(), now).await.unwrap();
        listed.iter().map(|one| one.id_hash[0]).collect::<Vec<u8>>()
    };
    assert_eq!(listed(world.now()).await, [2, 3, 1]);
    assert_eq!(listed(first.expires_at).await, [2, 3]);
}

pub async fn expired_sessions_are_purged(world: World) {
    let short = session(&world, 1, dev());
    let mut long = session(&world, 2, dev());
    long.expires_at = world.in_a_while(Duration::from_hours(2));
    world.storage.put_session(&short).await.unwrap();
    world.storage.put_session(&long).await.unwrap();
    let purge = async |now| {
        let gone = world.storage.purge_sessions(now, 10).await.unwrap();
        gone.into_iter()
            .map(|session| (session.id_hash, session.sealed))
            .collect::<Vec<_>>()
    };
    assert_eq!(purge(world.now()).await, []);
    assert_eq!(
        purge(short.expires_at).await,
        [(short.id_hash, short.sealed.clone())]
    );
    assert!(
        world
            .storage
            .session(&[2; 32], short.expires_at)
            .await
            .unwrap()
            .is_some()
    );
}

pub async fn those_of_a_user_are_ended_but_for_the_last_used(world: World) {
    for id in 1..=4 {
        let given = session(&world, id, dev());
        world.storage.put_session(&given).await.unwrap();
        world.a_second_passes();
    }
    let others = session(&world, 9, user("https://gitlab.example.com", 2));
    world.storage.put_session(&others).await.unwrap();
    world.storage.touch_session(&[1; 32], world.now()).await.unwrap();

    let ended = async |keep| {
        let ended = world.storage.end_sessions(&dev(), keep).await.unwrap();
        let mut ids: Vec<u8> = ended.iter().map(|session| session.id_hash[0]).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(ended(4).await, [0; 0]);
    assert_eq!(ended(2).await, [2, 3]);
    assert_eq!(ended(0).await, [1, 4]);
    assert!(
        world
            .storage
            .session(&[9; 32], world.now())
            .await
            .unwrap()
            .is_some()
    );
}
