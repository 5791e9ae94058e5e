use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use http::{Extensions, HeaderMap, StatusCode};

use super::{AnswerCache, Kept, Key, Question};
use crate::error::ApiError;

/// What asking GitLab has led to, for everybody who asked the same at that time.
#[derive(Clone, Debug)]
pub(in crate::proxy) enum Fetched {
    /// Small and whole: each has it.
    Kept(Arc<Kept>),
    /// GitLab said no, in our envelope: each is told.
    Refused(Arc<Refused>),
    /// GitLab could not be asked: each is told, and whoever comes later asks again.
    Failed(ApiError),
    /// It passes through, and so is for the one who takes it first. The others ask for themselves.
    One(Arc<Mutex<Option<Response>>>),
}

/// An answer without a body of its own.
#[derive(Debug)]
pub(in crate::proxy) struct Refused {
    status: StatusCode,
    headers: HeaderMap,
    extensions: Extensions,
}

impl Fetched {
    pub(in crate::proxy) fn refused(response: Response) -> Self {
        let (head, _) = response.into_parts();
        Self::Refused(Arc::new(Refused {
            status: head.status,
            headers: head.headers,
            extensions: head.extensions,
        }))
    }

    pub(in crate::proxy) fn one(response: Response) -> Self {
        Self::One(Arc::new(Mutex::new(Some(response))))
    }
}

impl Refused {
    pub(in crate::proxy) fn response(&self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        *response.extensions_mut() = self.extensions.clone();
        response
    }
}

/// Questions that are under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Flights(Arc<Mutex<Flying>>);

#[derive(Debug, Default)]
struct Flying {
    by_key: HashMap<Key, Flight>,
    /// How many there were.
    serial: u64,
}

#[derive(Debug)]
struct Flight {
    serial: u64,
    /// When it was asked, on the monotonic clock.
    asked: Duration,
    answer: WeakShared<BoxFuture<'static, Fetched>>,
}

impl Flights {
    fn lock(&self) -> MutexGuard<'_, Flying> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a flight off the list when it has landed, or when nobody waits for it any more.
struct Landing {
    flights: Flights,
    key: Key,
    serial: u64,
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut flying = self.flights.lock();
        if flying
            .by_key
            .get(&self.key)
            .is_some_and(|flight| flight.serial == self.serial)
        {
            flying.by_key.remove(&self.key);
        }
    }
}

impl AnswerCache {
    /// Asks together with everybody who asks the same at this moment: `fetch` of the first is done, once, as long as
    /// any of them waits for it. Says whether it was this one's.
    ///
    /// Nobody joins a question that was asked before something was written that its answer may not show.
    pub(in crate::proxy) async fn together(
        &self,
        question: &Question,
        fetch: impl Future<Output = Fetched> + Send + 'static,
    ) -> (Fetched, bool) {
        match self.join(question) {
            Ok(answer) => (answer.await, false),
            Err(_) => (self.take_off(question, fetch).await, true),
        }
    }

    fn join(&self, question: &Question) -> Result<Shared<BoxFuture<'static, Fetched>>, NotThere> {
        let flight = {
            let flying = self.flights.lock();
            let flight = flying.by_key.get(&question.key).ok_or(NotThere)?;
            (flight.asked, flight.answer.upgrade().ok_or(NotThere)?)
        };
        // Not under the lock: whoever lets go of a flight last takes it off the list.
        let (asked, answer) = flight;
        self.is_true(&question.key.instance, &question.part, asked)
            .then_some(answer)
            .ok_or(NotThere)
    }

    fn take_off(
        &self,
        question: &Question,
        fetch: impl Future<Output = Fetched> + Send + 'static,
    ) -> Shared<BoxFuture<'static, Fetched>> {
        let mut flying = self.flights.lock();
        flying.serial += 1;
        let serial = flying.serial;
        let landing = Landing {
            flights: self.flights.clone(),
            key: question.key.clone(),
            serial,
        };
        let answer = async move {
            let _landing = landing;
            fetch.await
        };
        let answer = answer.boxed().shared();
        if let Some(weak) = answer.downgrade() {
            let flight = Flight {
                serial,
                asked: question.asked,
                answer: weak,
            };
            flying.by_key.insert(question.key.clone(), flight);
        }
        answer
    }
}

/// Nobody asks that at this moment.
#[derive(Debug)]
struct NotThere;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;
    use domain::{Clock, ManualClock, Timestamp};
    use futures::channel::oneshot;
    use futures::poll;
    use gitlab_client::Token;
    use http::Method;

    use super::super::{Done, Stale};
    use super::*;

    struct Hangar {
        cache: AnswerCache,
        clock: Arc<ManualClock>,
        flown: Arc<AtomicUsize>,
    }

    impl Hangar {
        fn new() -> Self {
            let clock = Arc::new(ManualClock::at(Timestamp::default()));
            clock.advance(Duration::from_secs(100));
            let handed_in = Arc::<ManualClock>::clone(&clock) as Arc<dyn Clock>;
            Self {
                cache: AnswerCache::new(Duration::from_mins(5), handed_in),
                clock,
                flown: Arc::default(),
            }
        }

        fn question(&self, path: &str) -> Question {
            let instance = "https://gitlab.example.com".parse().unwrap();
            let credential = Token::personal("glpat-x").unwrap().fingerprint();
            let headers = HeaderMap::new();
            self.cache
                .question(&instance, credential, path, &Method::GET, &headers)
                .unwrap()
        }

        /// Asks; GitLab answers when `answer` is sent.
        async fn ask(&self, path: &str, answer: oneshot::Receiver<&'static str>) -> String {
            let (question, cache) = (self.question(path), self.cache.clone());
            let (asked, flown) = (question.clone(), Arc::clone(&self.flown));
            let fetch = async move {
                flown.fetch_add(1, Ordering::Relaxed);
                match answer.await {
                    Ok("large") => Fetched::one(Response::new(Body::empty())),
                    Ok(text) => Fetched::Kept(
                        cache
                            .put(asked, HeaderMap::new(), Bytes::from_static(text.as_bytes()))
                            .await,
                    ),
                    Err(_) => Fetched::Failed(ApiError::internal("GitLab is gone")),
                }
            };
            let (fetched, first) = self.cache.together(&question, fetch).await;
            let what = match fetched {
                Fetched::Kept(kept) => String::from_utf8(kept.body.to_vec()).unwrap(),
                Fetched::Refused(refused) => refused.status.to_string(),
                Fetched::Failed(error) => error.to_string(),
                Fetched::One(one) => match one.lock().unwrap().take() {
                    Some(_) => "has it".to_owned(),
                    None => "is left alone".to_owned(),
                },
            };
            format!("{what}, {}", if first { "asked" } else { "joined" })
        }

        fn flown(&self) -> usize {
            self.flown.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn who_asks_the_same_at_the_same_time_asks_once() {
        let hangar = Hangar::new();
        let (send, answer) = oneshot::channel();
        let mut first = std::pin::pin!(hangar.ask("groups", answer));
        assert!(poll!(first.as_mut()).is_pending());
        let mut second = std::pin::pin!(hangar.ask("groups", oneshot::channel().1));
        assert!(poll!(second.as_mut()).is_pending());
        let (other, elsewhere) = oneshot::channel();
        let mut third = std::pin::pin!(hangar.ask("projects", elsewhere));
        assert!(poll!(third.as_mut()).is_pending());
        other.send("projects").unwrap();
        send.send("groups").unwrap();
        assert_eq!(third.await, "projects, asked");
        assert_eq!(second.await, "groups, joined");
        assert_eq!(first.await, "groups, asked");
        assert_eq!(hangar.flown(), 2);
        assert!(hangar.cache.get(&hangar.question("groups")).await.is_some());
        assert!(hangar.cache.flights.lock().by_key.is_empty());
    }

    #[tokio::test]
    async fn the_first_may_leave_and_the_others_have_their_answer() {
        let hangar = Hangar::new();
        let (send, answer) = oneshot::channel();
        let mut first = Box::pin(hangar.ask("groups", answer));
        assert!(poll!(first.as_mut()).is_pending());
        let mut second = std::pin::pin!(hangar.ask("groups", oneshot::channel().1));
        assert!(poll!(second.as_mut()).is_pending());
        drop(first);
        send.send("groups").unwrap();
        assert_eq!(second.await, "groups, joined");
        assert_eq!(hangar.flown(), 1);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_given_up() {
        let hangar = Hangar::new();
        let (send, answer) = oneshot::channel::<&str>();
        let mut only = Box::pin(hangar.ask("groups", answer));
        assert!(poll!(only.as_mut()).is_pending());
        drop(only);
        assert!(send.is_canceled());
        assert!(hangar.cache.flights.lock().by_key.is_empty());
    }

    #[tokio::test]
    async fn a_failure_is_told_to_those_who_asked_and_not_kept() {
        let hangar = Hangar::new();
        let (send, answer) = oneshot::channel();
        let mut first = std::pin::pin!(hangar.ask("groups", answer));
        assert!(poll!(first.as_mut()).is_pending());
        let mut second = std::pin::pin!(hangar.ask("groups", oneshot::channel().1));
        assert!(poll!(second.as_mut()).is_pending());
        drop(send);
        assert_eq!(first.await, "500 INTERNAL_ERROR, asked");
        assert_eq!(second.await, "500 INTERNAL_ERROR, joined");
        let (send, answer) = oneshot::channel();
        send.send("groups").unwrap();
        assert_eq!(hangar.ask("groups", answer).await, "groups, asked");
    }

    #[tokio::test]
    async fn what_passes_through_is_one_ones() {
        let hangar = Hangar::new();
        let (send, answer) = oneshot::channel();
        let mut first = std::pin::pin!(hangar.ask("groups", answer));
        assert!(poll!(first.as_mut()).is_pending());
        let mut second = std::pin::pin!(hangar.ask("groups", oneshot::channel().1));
        assert!(poll!(second.as_mut()).is_pending());
        send.send("large").unwrap();
        assert_eq!(first.await, "has it, asked");
        assert_eq!(second.await, "is left alone, joined");
    }

    #[tokio::test]
    async fn nobody_joins_what_was_asked_before_a_write() {
        let hangar = Hangar::new();
        let (send, answer) = oneshot::channel();
        let mut before = std::pin::pin!(hangar.ask("groups", answer));
        assert!(poll!(before.as_mut()).is_pending());
        let instance = "https://gitlab.example.com".parse().unwrap();
        hangar.cache.writes.note(&instance, &Stale::Around, Done::Now);
        hangar.clock.advance(Duration::from_secs(2));
        let (later, answer) = oneshot::channel();
        let mut after = std::pin::pin!(hangar.ask("groups", answer));
        assert!(poll!(after.as_mut()).is_pending());
        send.send("old").unwrap();
        later.send("new").unwrap();
        assert_eq!(before.await, "old, asked");
        assert_eq!(after.await, "new, asked");
        let (kept, _) = hangar.cache.get(&hangar.question("groups")).await.unwrap();
        assert_eq!(kept.body, "new");
    }
}
