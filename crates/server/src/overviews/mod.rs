//! What takes many questions to GitLab: kept for a moment per credential, and asked once however many wait for it.

mod count;
mod facts;
mod until;

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::Clock;
use gitlab_client::{Fingerprint, Gitlab};
use http::header::CONTENT_TYPE;
use moka::future::Cache;
use serde::Serialize;

pub(crate) use count::{Counted, count};
pub(crate) use facts::{Facts, of_groups, of_projects};
pub(crate) use until::Until;

use crate::error::{ApiError, Result};
use crate::nodes::Nodes;
use crate::proxy::Writes;

/// As long as people look at one page of a dashboard.
const KEPT: Duration = Duration::from_mins(1);
/// In bytes, all overviews together.
const MOST: u64 = 64 * 1024 * 1024;

/// Overviews by credential and question, each so long as nothing that is known of here has made it untrue.
#[derive(Clone)]
pub(crate) struct Overviews {
    kept: Cache<(Fingerprint, String), Kept>,
    writes: Writes,
    nodes: Nodes,
    clock: Arc<dyn Clock>,
}

#[derive(Clone)]
struct Kept {
    text: Bytes,
    /// When GitLab began to be asked, on the monotonic clock.
    asked: Duration,
}

/// What the one who asks wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// How it is now.
    Now,
    /// The rest of what was begun to be told: as it was then, if that is still known.
    Rest,
}

impl fmt::Debug for Overviews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Overviews")
    }
}

impl Overviews {
    pub(crate) fn new(writes: Writes, nodes: Nodes, clock: Arc<dyn Clock>) -> Self {
        let kept = Cache::builder()
            .time_to_live(KEPT)
            .max_capacity(MOST)
            .weigher(|_, kept: &Kept| u32::try_from(kept.text.len()).unwrap_or(u32::MAX).max(1024))
            .build();
        Self {
            kept,
            writes,
            nodes,
            clock,
        }
    }

    /// The answer to a question, as JSON: what is kept, or what `ask` finds out now. Whoever asks the same meanwhile
    /// waits for that answer, unless something was written since it was begun with.
    ///
    /// # Errors
    /// Those of `ask`; they are not kept.
    pub(crate) async fn get<T: Serialize>(
        &self,
        gitlab: &Gitlab,
        question: &str,
        wanted: Wanted,
        ask: impl Future<Output = Result<T>>,
    ) -> Result<Bytes> {
        let key = (gitlab.credential(), question.to_owned());
        let came = self.clock.monotonic();
        let mut ask = pin!(ask);
        loop {
            if let Some(kept) = self.kept.get(&key).await {
                if self.is_good(gitlab, wanted, &kept) {
                    return Ok(kept.text);
                }
                self.kept.invalidate(&key).await;
            }
            let mut asks_itself = false;
            let asking = async {
                asks_itself = true;
                let asked = self.clock.monotonic();
                let found = ask.as_mut().await?;
                let text = serde_json::to_vec(&found).map_err(ApiError::internal)?;
                Ok::<_, ApiError>(Kept {
                    text: text.into(),
                    asked,
                })
            };
            let joined = self.kept.try_get_with(key.clone(), asking).await;
            let kept = joined.map_err(|error: Arc<ApiError>| (*error).clone())?;
            if asks_itself || kept.asked >= came || self.is_good(gitlab, wanted, &kept) {
                return Ok(kept.text);
            }
        }
    }

    fn is_good(&self, gitlab: &Gitlab, wanted: Wanted, kept: &Kept) -> bool {
        let age = self.clock.monotonic().saturating_sub(kept.asked);
        // What changes elsewhere is not known here while the other nodes are out of reach.
        let is_true = || self.nodes.are_heard() && self.writes.lists_are_true(gitlab.instance(), kept.asked);
        age < KEPT && (wanted == Wanted::Rest || is_true())
    }

    /// How it is now, as the answer to a request.
    ///
    /// # Errors
    /// Those of `ask`.
    pub(crate) async fn answer<T: Serialize>(
        &self,
        gitlab: &Gitlab,
        question: &str,
        ask: impl Future<Output = Result<T>>,
    ) -> Result<Response> {
        let found = self.get(gitlab, question, Wanted::Now, ask).await?;
        Ok(([(CONTENT_TYPE, "application/json")], found).into_response())
    }
}

#[cfg(test)]
mod tests {
    use domain::{ManualClock, Timestamp};
    use futures::channel::oneshot;
    use futures::poll;
    use gitlab_client::{GitlabClient, HostPolicy, SeededJitter, Settings, Token, install_crypto};

    use super::*;
    use crate::proxy::{Done, Stale};

    const SECOND: Duration = Duration::from_secs(1);

    struct Desk {
        overviews: Overviews,
        writes: Writes,
        gitlab: Gitlab,
        clock: Arc<ManualClock>,
    }

    impl Desk {
        fn new() -> Self {
            install_crypto();
            let clock = Arc::new(ManualClock::at(Timestamp::default()));
            clock.advance(100 * SECOND);
            let handed_in = || Arc::<ManualClock>::clone(&clock) as Arc<dyn Clock>;
            let writes = Writes::new(handed_in());
            let policy = HostPolicy::listed(["gitlab.example.com".parse().unwrap()]);
            let jitter = Arc::new(SeededJitter::new(1));
            let client = GitlabClient::new(Settings::new(policy), handed_in(), jitter).unwrap();
            let instance = "https://gitlab.example.com".parse().unwrap();
            let token = Token::personal("glpat-x").unwrap();
            Self {
                overviews: Overviews::new(writes.clone(), Nodes::default(), handed_in()),
                writes,
                gitlab: client.session(&instance, Some(1), token).unwrap(),
                clock,
            }
        }

        /// Asks; where GitLab has to be asked, it says this.
        async fn ask(&self, wanted: Wanted, gitlab_says: &'static str) -> String {
            let found = async { Ok(gitlab_says) };
            text(self.overviews.get(&self.gitlab, "counts", wanted, found).await)
        }

        /// Asks; where GitLab has to be asked, it answers when `answer` is sent.
        async fn wait(&self, answer: oneshot::Receiver<&'static str>) -> String {
            let found = async { answer.await.map_err(ApiError::internal) };
            text(
                self.overviews
                    .get(&self.gitlab, "counts", Wanted::Now, found)
                    .await,
            )
        }

        fn write(&self, done: Done) {
            self.writes.note(self.gitlab.instance(), &Stale::Around, done);
        }
    }

    fn text(answer: Result<Bytes>) -> String {
        serde_json::from_slice(&answer.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn an_answer_is_given_for_a_minute() {
        let desk = Desk::new();
        assert_eq!(desk.ask(Wanted::Now, "first").await, "first");
        desk.clock.advance(Duration::from_millis(59_999));
        assert_eq!(desk.ask(Wanted::Now, "later").await, "first");
        desk.clock.advance(Duration::from_millis(1));
        assert_eq!(desk.ask(Wanted::Rest, "later").await, "later");
    }

    #[tokio::test]
    async fn a_write_makes_it_untrue_until_gitlab_surely_shows_it() {
        for (done, seconds) in [(Done::Now, 1), (Done::Later, 60)] {
            let desk = Desk::new();
            desk.ask(Wanted::Now, "before").await;
            desk.write(done);
            assert_eq!(desk.ask(Wanted::Now, "not yet").await, "not yet", "{done:?}");
            desk.clock.advance(seconds * SECOND);
            assert_eq!(desk.ask(Wanted::Now, "perhaps").await, "perhaps", "{done:?}");
            desk.clock.advance(Duration::from_millis(1));
            assert_eq!(desk.ask(Wanted::Now, "after").await, "after", "{done:?}");
            assert_eq!(desk.ask(Wanted::Now, "again").await, "after", "{done:?}");
        }
    }

    #[tokio::test]
    async fn whoever_reads_on_reads_what_was_begun_with() {
        let desk = Desk::new();
        desk.ask(Wanted::Now, "before").await;
        desk.write(Done::Now);
        assert_eq!(desk.ask(Wanted::Rest, "after").await, "before");
        assert_eq!(desk.ask(Wanted::Now, "after").await, "after");
    }

    #[tokio::test]
    async fn nobody_waits_for_what_was_asked_before_a_write() {
        let desk = Desk::new();
        let (send, answer) = oneshot::channel();
        let mut first = pin!(desk.wait(answer));
        assert!(poll!(first.as_mut()).is_pending());
        let mut joins = pin!(desk.ask(Wanted::Now, "asked by itself"));
        assert!(poll!(joins.as_mut()).is_pending());
        desk.write(Done::Now);
        desk.clock.advance(2 * SECOND);
        let mut after = pin!(desk.ask(Wanted::Now, "after"));
        assert!(poll!(after.as_mut()).is_pending());
        send.send("before").unwrap();
        assert_eq!(first.await, "before");
        let (joined, asked) = futures::join!(joins, after);
        assert_eq!((joined.as_str(), asked.as_str()), ("before", "after"));
    }

    #[tokio::test]
    async fn whoever_asks_the_same_waits_for_one_answer() {
        let desk = Desk::new();
        let (send, answer) = oneshot::channel();
        let mut first = pin!(desk.wait(answer));
        assert!(poll!(first.as_mut()).is_pending());
        desk.clock.advance(SECOND);
        let mut joins = pin!(desk.ask(Wanted::Now, "asked by itself"));
        assert!(poll!(joins.as_mut()).is_pending());
        send.send("once").unwrap();
        assert_eq!(
            futures::join!(first, joins),
            ("once".to_owned(), "once".to_owned())
        );
    }
}
