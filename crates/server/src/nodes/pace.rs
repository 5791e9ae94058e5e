use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use domain::UserKey;
use gitlab_client::{Lanes, QuotaReport, Reserved, SharedPace, Wish};
use redis::Script;

use super::{Nodes, Shared, Word};

/// Redis keeps the time, so that nodes need not agree about it.
static RESERVE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("pace.lua")));

#[async_trait]
impl SharedPace for Nodes {
    fn is_reached(&self) -> bool {
        let shared = self.0.as_ref();
        shared.is_some_and(|shared| shared.hears() && shared.line.is_up())
    }

    fn processes(&self) -> u32 {
        self.0.as_ref().map_or(1, |shared| shared.nodes())
    }

    async fn reserve(&self, wish: &Wish) -> Option<Reserved> {
        let shared = self.0.as_ref()?;
        let [due, places, askers] = keys(shared, &wish.budget);
        let claim = wish.places;
        let number = |of: fn(gitlab_client::Claim) -> u32| claim.map_or(0, of);
        let (turns, first_in, people, jobs): (u32, i64, u32, u32) = shared
            .line
            .ask(async |connection| {
                RESERVE
                    .key(due)
                    .key(places)
                    .key(askers)
                    .arg(shared.own)
                    .arg(micros(wish.interval))
                    .arg(wish.turns)
                    .arg(micros(wish.ahead))
                    .arg(micros(wish.late))
                    .arg(number(|claim| claim.all))
                    .arg(number(|claim| claim.for_jobs))
                    .arg(number(|claim| claim.in_flight.people))
                    .arg(number(|claim| claim.in_flight.jobs))
                    .arg(number(|claim| claim.wanted.people))
                    .arg(number(|claim| claim.wanted.jobs))
                    .invoke_async(connection)
                    .await
            })
            .await?;
        Some(Reserved {
            turns,
            first_in,
            places: Lanes { people, jobs },
        })
    }

    fn tell_shut(&self, user: &UserKey, wait: Duration) {
        self.say(|| Word::Shut {
            user: user.clone(),
            millis: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
        });
    }

    fn tell_quota(&self, user: &UserKey, left: &QuotaReport) {
        self.say(|| Word::Quota {
            user: user.clone(),
            left: *left,
        });
    }
}

fn keys(shared: &Shared, budget: &str) -> [String; 3] {
    ["turns", "places", "askers"].map(|what| shared.address.key(&[what, budget]))
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
