//! Keys for programs.

use std::time::Duration;

use domain::{KeyId, Timestamp, UserKey};
use uuid::Uuid;

use super::World;
use super::actors::user;
use crate::ApiKeyRecord;

/// A key of dev-0001's that lasts until it is revoked.
fn key(world: &World, number: u8) -> ApiKeyRecord {
    ApiKeyRecord {
        id: KeyId(Uuid::from_u128(u128::from(number))),
        key_hash: [number; 32],
        user: dev(),
        name: format!("key {number}"),
        scopes: "read gateway".parse().unwrap(),
        sealed: vec![0, number, 255],
        created_at: world.now(),
        expires_at: None,
        last_used_at: None,
    }
}

fn dev() -> UserKey {
    user("https://gitlab.example.com", 1)
}

async fn found(world: &World, number: u8, at: Timestamp) -> Option<String> {
    let key = world.storage.api_key(&[number; 32], at).await.unwrap();
    key.map(|key| key.name)
}

async fn names(world: &World, user: &UserKey) -> Vec<String> {
    let keys = world.storage.api_keys(user).await.unwrap();
    keys.into_iter().map(|key| key.name).collect()
}

pub async fn a_key_comes_back_as_it_was_given(world: World) {
    let mut given = key(&world, 1);
    given.expires_at = Some(world.in_a_while(Duration::from_hours(1)));
    assert!(world.storage.add_api_key(&given, 10, world.now()).await.unwrap());
    let used = world.a_second_passes();
    world.storage.touch_api_key(given.id, used).await.unwrap();
    let found = world.storage.api_key(&[1; 32], used).await.unwrap().unwrap();
    given.last_used_at = Some(used);
    assert_eq!(format!("{found:?}"), format!("{given:?}"));
}

pub async fn a_key_is_found_until_it_expires_and_listed_until_it_is_purged(world: World) {
    let mut short = key(&world, 1);
    let end = world.in_a_while(Duration::from_hours(1));
    short.expires_at = Some(end);
    for given in [&short, &key(&world, 2)] {
        assert!(world.storage.add_api_key(given, 10, world.now()).await.unwrap());
    }
    let before = Timestamp::from_millis(end.as_millis() - 1);
    assert_eq!(found(&world, 1, before).await.as_deref(), Some("key 1"));
    assert_eq!(found(&world, 1, end).await, None);
    assert_eq!(names(&world, &dev()).await, ["key 2", "key 1"]);
    assert_eq!(world.storage.purge_api_keys(end).await.unwrap(), 0);
    assert_eq!(
        world
            .storage
            .purge_api_keys(end.plus(Duration::from_millis(1)))
            .await
            .unwrap(),
        1
    );
    assert_eq!(names(&world, &dev()).await, ["key 2"]);
    assert_eq!(found(&world, 2, end).await.as_deref(), Some("key 2"));
}

pub async fn only_its_owner_revokes_a_key(world: World) {
    let given = key(&world, 1);
    world.storage.add_api_key(&given, 10, world.now()).await.unwrap();
    for other in [
        user("https://gitlab.example.com", 2),
        user("https://other.example.com", 1),
    ] {
        assert_eq!(
            world.storage.revoke_api_key(&other, given.id).await.unwrap(),
            None
        );
        assert_eq!(names(&world, &other).await, [""; 0]);
    }
    assert!(found(&world, 1, world.now()).await.is_some());
    assert_eq!(
        world.storage.revoke_api_key(&dev(), given.id).await.unwrap(),
        Some([1; 32])
    );
    assert_eq!(
        world.storage.revoke_api_key(&dev(), given.id).await.unwrap(),
        None
    );
    assert_eq!(found(&world, 1, world.now()).await, None);
}

pub async fn a_user_has_no_more_living_keys_than_allowed(world: World) {
    let mut short = key(&world, 1);
    let end = world.in_a_while(Duration::from_hours(1));
    short.expires_at = Some(end);
    let add = async |given: &ApiKeyRecord, at| world.storage.add_api_key(given, 2, at).await.unwrap();
    let now = world.now();
    assert!(add(&short, now).await && add(&key(&world, 2), now).await);
    assert!(!add(&key(&world, 3), now).await);
    let mut another = key(&world, 4);
    another.user = user("https://gitlab.example.com", 2);
    assert!(add(&another, now).await, "another user has a quota of their own");
    assert!(add(&key(&world, 3), end).await, "what has expired does not count");
    assert_eq!(names(&world, &dev()).await, ["key 3", "key 2", "key 1"]);
}

pub async fn of_many_keys_made_at_once_no_more_are_made_than_allowed(world: World) {
    let keys: Vec<_> = (1..=10).map(|number| key(&world, number)).collect();
    let adding = keys
        .iter()
        .map(|key| world.storage.add_api_key(key, 3, world.now()));
    let added = futures::future::join_all(adding).await;
    assert_eq!(
        added.iter().filter(|added| matches!(added, Ok(true))).count(),
        3,
        "{added:?}"
    );
    assert_eq!(
        added.iter().filter(|added| matches!(added, Ok(false))).count(),
        7,
        "{added:?}"
    );
    assert_eq!(names(&world, &dev()).await.len(), 3);
}
