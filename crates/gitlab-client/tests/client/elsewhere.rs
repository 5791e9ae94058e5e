//! What another process that keeps the same budgets was told by GitLab.

use std::time::Duration;

use domain::UserKey;
use gitlab_client::{Lane, Token, WaitReason};

use crate::loopback::{Loopback, json};
use crate::{NOON, World};

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn what_another_process_is_to_wait_for_is_waited_for_here_and_never_longer_than_a_day() {
    let minute = Duration::from_mins(1);
    for (told, waited) in [
        (minute, minute),
        (DAY, DAY),
        (DAY + Duration::from_millis(1), DAY),
        (Duration::from_millis(u64::MAX), DAY),
    ] {
        let server = Loopback::always(json("{}")).await;
        let world = World::new();
        let gitlab = world.session(&server);
        let user = UserKey {
            instance: server.instance(),
            user_id: 1,
        };
        world.client.shut_elsewhere(&user, told);
        for lane in [Lane::People, Lane::Jobs] {
            let waiting = gitlab.waiting(lane).unwrap();
            assert_eq!(
                (waiting.until.since(NOON), waiting.reason),
                (waited, WaitReason::Throttled),
                "{told:?}"
            );
        }
        let token = Token::personal("glpat-other").unwrap();
        let other_user = world.client.session(&server.instance(), Some(2), token).unwrap();
        assert_eq!(other_user.waiting(Lane::Jobs), None);
    }
}
