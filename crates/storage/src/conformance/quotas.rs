//! What is known of GitLab's limits by the day.

use std::time::Duration;

use super::World;
use super::actors::user;
use crate::QuotaRecord;

pub async fn what_was_learned_of_a_limit_is_replaced_and_is_one_users_own(world: World) {
    let anna = user("https://gitlab.example.com", 7);
    assert_eq!(world.storage.quotas(&anna).await.unwrap(), []);
    world.storage.put_quotas(&anna, &[]).await.unwrap();

    let groups = QuotaRecord {
        endpoint: "POST /groups".to_owned(),
        opened_at: world.now(),
        length: Duration::from_hours(24),
        passed: 3,
        most: None,
        measured: 0,
        refused: false,
        shut_until: world.now(),
    };
    let projects = QuotaRecord {
        endpoint: "POST /projects".to_owned(),
        passed: u32::MAX,
        most: Some(200),
        measured: 2,
        refused: true,
        shut_until: world.now().plus(Duration::from_hours(24)),
        ..groups.clone()
    };
    let both = [projects.clone(), groups.clone()];
    world.storage.put_quotas(&anna, &both).await.unwrap();
    let by_endpoint = [groups.clone(), projects.clone()];
    assert_eq!(world.storage.quotas(&anna).await.unwrap(), by_endpoint);

    let later = QuotaRecord {
        opened_at: world.a_second_passes(),
        passed: 0,
        most: None,
        ..projects
    };
    let replaced = [later.clone()];
    world.storage.put_quotas(&anna, &replaced).await.unwrap();
    assert_eq!(world.storage.quotas(&anna).await.unwrap(), [groups, later]);

    for other in [
        user("https://gitlab.example.com", 8),
        user("https://gitlab.example.org", 7),
    ] {
        assert_eq!(world.storage.quotas(&other).await.unwrap(), []);
    }
}
