//! Answers of GitLab, kept for a while.

mod flight;
mod rules;
mod staleness;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::{Clock, InstanceUrl};
use gitlab_client::Fingerprint;
use http::header::{ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE};
use http::{HeaderMap, HeaderName, Method, StatusCode};
use moka::future::Cache;

pub(super) use flight::Fetched;
pub(crate) use rules::has_it;
pub(super) use rules::wants_fresh;
pub(crate) use staleness::Stale;
pub(crate) use writes::{Done, Writes};

use self::flight::Flights;
use self::staleness::Part;
use super::address::Address;

/// Larger answers are not worth their memory.
pub(super) const LARGEST: usize = 256 * 1024;

/// All kept answers together.
const WHOLE: u64 = 16 * 1024 * 1024;

/// Answers of GitLab, each for the credential that got it, so long as nothing that is known of here has made
/// them untrue.
///
/// Bounded in memory and in time. What has become untrue stays in memory until its time is over, and is never
/// given to anybody.
#[derive(Clone, Debug)]
pub(crate) struct AnswerCache {
    answers: Cache<Key, Arc<Kept>>,
    /// How long an answer is given out; after about as much it leaves the memory as well.
    lifetime: Duration,
    writes: Writes,
    flights: Flights,
    clock: Arc<dyn Clock>,
}

/// One answer, as GitLab gave it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    part: Part,
    asked: Duration,
}

/// A request whose answer may come from here or be kept.
#[derive(Clone, Debug)]
pub(super) struct Question {
    key: Key,
    part: Part,
    /// When it was asked, on the monotonic clock.
    asked: Duration,
}

/// What an answer is kept by: whose it is, what was asked, and what GitLab's form of the answer depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    instance: InstanceUrl,
    credential: Fingerprint,
    path_and_query: Box<str>,
    accepted: [Option<Box<[u8]>>; 3],
}

const ACCEPTED: [HeaderName; 3] = [ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE];

impl AnswerCache {
    /// A cache whose answers live as long as `lifetime`.
    pub(super) fn new(lifetime: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            answers: Cache::builder()
                .max_capacity(WHOLE)
                .weigher(weight)
                .time_to_live(lifetime)
                .support_invalidation_closures()
                .build(),
            lifetime,
            writes: Writes::new(Arc::clone(&clock)),
            flights: Flights::default(),
            clock,
        }
    }

    /// What a request asks, if its answer may come from here or be kept.
    pub(super) fn question(
        &self,
        instance: &InstanceUrl,
        credential: Fingerprint,
        path_and_query: &str,
        method: &Method,
        headers: &HeaderMap,
    ) -> Option<Question> {
        let address = Address::of(path_and_query);
        rules::is_plain(method, headers, &address).then(|| Question {
            key: Key {
                instance: instance.clone(),
                credential,
                path_and_query: path_and_query.into(),
                accepted: ACCEPTED.map(|name| headers.get(name).map(|value| value.as_bytes().into())),
            },
            part: Part::of(address),
            asked: self.clock.monotonic(),
        })
    }

    /// The answer that was kept, and for how long it has been.
    pub(super) async fn get(&self, question: &Question) -> Option<(Arc<Kept>, Duration)> {
        let kept = self.answers.get(&question.key).await?;
        let age = question.asked.saturating_sub(kept.asked);
        if age < self.lifetime && self.is_true(&question.key.instance, &kept.part, kept.asked) {
            return Some((Arc::clone(&kept), age));
        }
        self.answers.invalidate(&question.key).await;
        None
    }

    /// Whether an answer with this head may be kept.
    pub(super) fn may_keep(status: StatusCode, headers: &HeaderMap) -> bool {
        rules::may_keep(status, headers)
    }

    /// Keeps an answer, unless something was written since it was asked for. Returns it in any case.
    pub(super) async fn put(&self, question: Question, headers: HeaderMap, body: Bytes) -> Arc<Kept> {
        let Question { key, part, asked } = question;
        let is_true = self.is_true(&key.instance, &part, asked);
        let kept = Arc::new(Kept {
            headers,
            body,
            part,
            asked,
        });
        if is_true {
            self.answers.insert(key, Arc::clone(&kept)).await;
        }
        kept
    }

    /// Nothing that this credential was answered is given to it again.
    pub(super) fn forget(&self, credential: Fingerprint) {
        let of_it = move |key: &Key, _: &Arc<Kept>| key.credential == credential;
        if self.answers.invalidate_entries_if(of_it).is_err() {
            self.answers.invalidate_all();
        }
    }

    /// What is known to have been written, and makes answers untrue.
    pub(crate) fn writes(&self) -> &Writes {
        &self.writes
    }

    /// Lets go of the memory of all that was answered: none of it is true any more.
    pub(crate) fn empty(&self) {
        self.answers.invalidate_all();
    }

    fn is_true(&self, instance: &InstanceUrl, part: &Part, asked: Duration) -> bool {
        self.writes.is_true(instance, part, asked)
    }
}

/// What an answer costs in memory, in bytes.
fn weight(key: &Key, kept: &Arc<Kept>) -> u32 {
    let headers: usize = kept
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 64)
        .sum();
    u32::try_from(kept.body.len() + headers + key.path_and_query.len() + 256).unwrap_or(u32::MAX)
}
