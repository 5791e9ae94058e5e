//! The client against servers that behave, and servers that do not. Time stands still unless a test moves it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod accounts;
mod elsewhere;
mod hosts;
mod loopback;
mod pages;
mod passthrough;
mod people;
mod reads;
mod secrets;
mod simulator;
mod tls;
mod writes;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use domain::{Clock, ManualClock, Timestamp};
use gitlab_client::{Gitlab, GitlabClient, HostPolicy, Jitter, Rate, Settings, Token, install_crypto};

use loopback::Loopback;

pub(crate) const TOKEN: &str = "glpat-canary-0123456789";

/// The moment at which every test's clock stands at first: 2026-11-22T12:00:00Z.
pub(crate) const NOON: Timestamp = Timestamp::from_millis(1_795_348_800_000);

#[derive(Debug)]
struct NoJitter;

impl Jitter for NoJitter {
    fn fraction(&self) -> f64 {
        0.0
    }
}

/// A client on a clock of its own, without a rate.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) client: GitlabClient,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(settings())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        install_crypto();
        let clock = Arc::new(ManualClock::at(NOON));
        let client = GitlabClient::new(settings, Arc::clone(&clock) as _, Arc::new(NoJitter)).unwrap();
        Self { clock, client }
    }

    pub(crate) fn session(&self, server: &Loopback) -> Gitlab {
        let token = Token::personal(TOKEN).unwrap();
        self.client.session(&server.instance(), Some(1), token).unwrap()
    }

    /// Lets pauses between attempts pass, up to 29 s each, but no attempt time out, and returns what came of it
    /// and how long it took.
    pub(crate) async fn pausing<T>(&self, work: impl Future<Output = T>) -> (T, Duration) {
        let from = self.clock.monotonic();
        let mut work = pin!(work);
        loop {
            if let Poll::Ready(outcome) = futures::poll!(&mut work) {
                return (outcome, self.clock.monotonic().saturating_sub(from));
            }
            if let Some(wake) = self
                .clock
                .next_wake()
                .filter(|wake| *wake < Duration::from_secs(30))
            {
                self.clock.advance(wake);
            }
            tokio::task::yield_now().await;
        }
    }
}

pub(crate) fn settings() -> Settings {
    let mut settings = Settings::new(HostPolicy::listed(
        ["127.0.0.1", "127.0.0.1/git/lab"].map(|host| host.parse().unwrap()),
    ));
    settings.rate = Rate::Unlimited;
    settings
}
