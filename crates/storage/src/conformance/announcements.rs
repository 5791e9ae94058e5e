//! What is told through the database.

use futures::FutureExt;

use super::World;
use crate::Announcement;

pub async fn a_doubt_is_heard_by_whoever_listens(world: World) {
    let mut one = world.storage.announced().unwrap();
    let mut other = world.storage.announced().unwrap();
    for heard in [&mut one, &mut other] {
        // Who has just begun to listen may not be there yet.
        loop {
            world.storage.announce_doubt().await.unwrap();
            match heard.next().now_or_never() {
                Some(Announcement::Doubt) => break,
                _ => tokio::task::yield_now().await,
            }
        }
    }
}
