//! Two nodes of one installation: one database, one Redis, one GitLab.

mod ended;
mod events;
mod gone;
mod grants;
mod hooks;
mod kept;
mod limits;
mod pace;
mod redis;
mod versions;

use std::time::Duration;

use domain::Clock;
use gitlab_client::Rate;
use gitlab_sim::Simulator;
use server::ServerSettings;

use self::redis::Redis;
use crate::world::{Person, Server, World};

/// Sooner than anything that is only forgotten in time: sessions are remembered for 5 s, answers for minutes.
const AT_ONCE: Duration = Duration::from_secs(2);

struct Pair {
    /// The first node is its server. It runs the jobs.
    world: World,
    /// The second, which takes no jobs.
    other: Server,
    redis: Redis,
}

impl Pair {
    async fn new() -> Option<Self> {
        Self::with(|_| {}).await
    }

    async fn with(change: impl Fn(&mut ServerSettings)) -> Option<Self> {
        Self::paced(Rate::Unlimited, change).await
    }

    /// The same with so many requests to GitLab per second and user.
    async fn paced(rate: Rate, change: impl Fn(&mut ServerSettings)) -> Option<Self> {
        Self::at(rate, |settings, _| change(settings)).await
    }

    async fn at(rate: Rate, change: impl Fn(&mut ServerSettings, &Simulator)) -> Option<Self> {
        let redis = Redis::start().await?;
        let world = World::at(rate, |settings, sim| {
            redis.shared_by(settings);
            change(settings, sim);
        })
        .await;
        let other = world
            .another_server_with(|settings| {
                redis.shared_by(settings);
                settings.max_concurrent_jobs = 0;
                change(settings, &world.sim);
            })
            .await;
        let pair = Self { world, other, redis };
        pair.when_redis_is(true).await;
        Some(pair)
    }

    /// The same person at the other node.
    fn at_other(&self, person: &Person) -> Person {
        Person {
            url: self.other.url.clone(),
            ..person.clone()
        }
    }

    /// Waits until both nodes say so.
    async fn when_redis_is(&self, there: bool) {
        for node in [self.world.stranger(), self.other.stranger()] {
            self.world
                .until(async || {
                    let health = node.get("/health").await;
                    assert_eq!(health.status, 200, "{}", health.text);
                    (health.json()["redis"] == there).then_some(())
                })
                .await;
        }
    }

    /// Waits until `look` finds something, and not for long.
    async fn at_once<T>(&self, look: impl AsyncFnMut() -> Option<T>) -> T {
        let asked = self.world.clock.monotonic();
        let found = self.world.until(look).await;
        let took = self.world.clock.monotonic().saturating_sub(asked);
        assert!(took < AT_ONCE, "{took:?}");
        found
    }
}
