//! GitLab through the server.

mod events;
mod headers;
mod kept;
mod paths;
mod refusals;
mod smuggling;
mod streams;
mod together;

use std::time::Duration;

use serde_json::json;

use crate::world::World;

/// `acme`, `beta` and `gamma`, and `acme/web`.
async fn world_with_groups() -> World {
    let world = World::new().await;
    let root = world.root().await;
    for path in ["acme", "beta", "gamma"] {
        let answer = root
            .post(
                "/api/gitlab/groups",
                json!({ "name": path, "path": path, "visibility": "private" }),
            )
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    let parent = world.sim.group_id("acme").unwrap().0;
    let answer = root
        .post(
            "/api/gitlab/groups",
            json!({ "name": "Web", "path": "web", "parent_id": parent }),
        )
        .await;
    assert_eq!(answer.status, 201);
    // What is asked for directly after a write is not kept.
    world.clock.advance(Duration::from_secs(2));
    world
}
