use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use domain::InstanceUrl;
use gitlab_client::Fingerprint;
use http::header::{ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_TYPE, IF_NONE_MATCH, RANGE};
use http::{HeaderMap, Method, StatusCode};
use moka::future::Cache;

/// Larger answers are not worth their memory.
pub(super) const LARGEST: usize = 256 * 1024;
/// All kept answers together.
const WHOLE: u64 = 16 * 1024 * 1024;

/// Answers of GitLab, kept for a while, each for the credential that got it.
///
/// A write through us makes everything kept of its instance unreachable, by raising the instance's
/// generation: what exactly a write changes, only GitLab knows.
#[derive(Clone, Debug)]
pub(crate) struct AnswerCache {
    answers: Cache<Key, Arc<Kept>>,
    generations: Arc<RwLock<HashMap<InstanceUrl, Arc<AtomicU64>>>>,
}

/// One answer.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// What an answer is kept by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    instance: InstanceUrl,
    generation: u64,
    credential: Fingerprint,
    path_and_query: Box<str>,
    /// GitLab answers in different forms and encodings.
    accepted: [Option<Box<[u8]>>; 2],
}

impl AnswerCache {
    /// A cache whose answers live as long as `lifetime`.
    pub(super) fn new(lifetime: Duration) -> Self {
        let weight = |key: &Key, kept: &Arc<Kept>| {
            let headers: usize = kept
                .headers
                .iter()
                .map(|(name, value)| name.as_str().len() + value.len() + 64)
                .sum();
            u32::try_from(kept.body.len() + headers + key.path_and_query.len() + 256).unwrap_or(u32::MAX)
        };
        Self {
            answers: Cache::builder()
                .max_capacity(WHOLE)
                .weigher(weight)
                .time_to_live(lifetime)
                .build(),
            generations: Arc::default(),
        }
    }

    /// The key of a request, if its answer may come from here or be kept.
    pub(super) fn key(
        &self,
        instance: &InstanceUrl,
        credential: Fingerprint,
        path_and_query: &str,
        method: &Method,
        headers: &HeaderMap,
    ) -> Option<Key> {
        // `Sudo` makes another user of the same credential.
        let plain = method == Method::GET && !headers.contains_key(RANGE) && !headers.contains_key("sudo");
        (plain && !has_word(headers, "no-store")).then(|| Key {
            instance: instance.clone(),
            generation: self.generation(instance).load(Ordering::Acquire),
            credential,
            path_and_query: path_and_query.into(),
            accepted: [ACCEPT, ACCEPT_ENCODING]
                .map(|name| headers.get(name).map(|value| value.as_bytes().into())),
        })
    }

    pub(super) async fn get(&self, key: &Key) -> Option<Arc<Kept>> {
        self.answers.get(key).await
    }

    pub(super) async fn put(&self, key: Key, kept: Kept) {
        self.answers.insert(key, Arc::new(kept)).await;
    }

    /// Everything kept of this instance may be stale.
    pub(crate) fn forget(&self, instance: &InstanceUrl) {
        self.generation(instance).fetch_add(1, Ordering::AcqRel);
    }

    fn generation(&self, instance: &InstanceUrl) -> Arc<AtomicU64> {
        if let Some(found) = self
            .generations
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(instance)
        {
            return Arc::clone(found);
        }
        let mut generations = self.generations.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(generations.entry(instance.clone()).or_default())
    }
}

/// Whether an answer may be kept once its body turns out to be small and complete.
pub(super) fn may_keep(status: StatusCode, headers: &HeaderMap) -> bool {
    let is_json = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    status == StatusCode::OK && is_json && !has_word(headers, "no-store")
}

/// Whether the client has this very answer already.
pub(super) fn has_it(request: &HeaderMap, kept: &Kept) -> bool {
    match (request.get(IF_NONE_MATCH), kept.headers.get(http::header::ETAG)) {
        (Some(known), Some(tag)) => known.to_str().is_ok_and(|known| {
            known
                .split(',')
                .any(|known| weak(known.trim().as_bytes()) == weak(tag.as_bytes()))
        }),
        _ => false,
    }
}

fn weak(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

/// Whether the client wants GitLab asked anew. What it then answers is kept.
pub(super) fn wants_fresh(request: &HeaderMap) -> bool {
    has_word(request, "no-cache")
}

fn has_word(headers: &HeaderMap, wanted: &str) -> bool {
    headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|word| word.trim().eq_ignore_ascii_case(wanted))
}
