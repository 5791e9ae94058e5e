use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use domain::Clock;
use gitlab_client::passthrough::{Forwarded, Passthrough, Target, check};
use gitlab_client::{Gitlab, GitlabClient};
use http::header::{AGE, CONTENT_LENGTH, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, response};
use http_body::Body as _;

use super::cache::{Fetched, Kept, LARGEST, Question, has_it, wants_fresh};
use super::copying::Copying;
use super::effect::Effect;
use super::gathered::Gathered;
use super::refusal::in_our_words;
use super::writing::Writing;
use super::{AnswerCache, Entrance};
use super::{graphql, hidden};
use crate::auth::Session;
use crate::chain::Untouched;
use crate::changes::Changes;
use crate::error::Result;

const X_CACHE: HeaderName = HeaderName::from_static("x-cache");

/// Hands requests on to GitLab, and remembers answers.
#[derive(Clone)]
pub(crate) struct Proxy {
    out: Arc<Passthrough<Body>>,
    cache: Option<AnswerCache>,
    changes: Changes,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("cache", &self.cache.is_some())
            .finish_non_exhaustive()
    }
}

/// A cache whose answers live as long as `lifetime`, if answers are to be kept at all.
pub(crate) fn answer_cache(lifetime: Option<Duration>, clock: &Arc<dyn Clock>) -> Option<AnswerCache> {
    lifetime.map(|lifetime| AnswerCache::new(lifetime, Arc::clone(clock)))
}

impl Proxy {
    /// A proxy with a connection pool of its own.
    pub(crate) fn new(
        client: &GitlabClient,
        cache: Option<AnswerCache>,
        changes: Changes,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            out: Arc::new(client.passthrough()),
            cache,
            changes,
            clock,
        }
    }

    /// Forwards below `/api/v4/`; `raw` is the path and query as they came over the wire.
    ///
    /// What a question that is not kept does not come to is boxed: this future is copied when it is made, with room for the
    /// largest of what it may wait for.
    ///
    /// # Errors
    /// The path is refused, or GitLab cannot be reached. Whatever GitLab answers is an answer.
    pub(crate) async fn rest(
        &self,
        session: &Session,
        raw: &str,
        entrance: &Entrance,
        request: Request,
    ) -> Result<Response> {
        check(raw)?;
        let gitlab = &session.gitlab;
        if !request.method().is_safe() {
            let (request, is_known) = hidden::look(request, self.clock.as_ref()).await?;
            let effect = if is_known {
                Effect::of(request.method(), raw)
            } else {
                Effect::unknown()
            };
            return Box::pin(self.write(session, Target::Rest(raw), entrance, request, effect)).await;
        }
        let question = self.question(gitlab, raw, entrance, &request);
        if let Some((cache, question)) = &question
            && !wants_fresh(request.headers())
        {
            if let Some((kept, age)) = cache.get(question).await {
                return Ok(remembered(request.headers(), &kept, age));
            }
            // An answer of 304 would be for this one alone.
            if !request.headers().contains_key(IF_NONE_MATCH)
                && !request.headers().contains_key(IF_MODIFIED_SINCE)
            {
                let fetch = Box::pin(self.clone().fetch(
                    (cache.clone(), question.clone()),
                    gitlab.clone(),
                    raw.to_owned(),
                    entrance.clone(),
                    without_body(&request),
                ));
                match cache.together(question, fetch).await {
                    (Fetched::Kept(kept), true) => return Ok(answered(&kept)),
                    (Fetched::Kept(kept), false) => {
                        return Ok(remembered(request.headers(), &kept, Duration::ZERO));
                    }
                    (Fetched::Refused(refused), _) => return Ok(refused.response()),
                    (Fetched::Failed(error), _) => return Err(error),
                    (Fetched::One(one), _) => {
                        let taken = one.lock().unwrap_or_else(PoisonError::into_inner).take();
                        if let Some(response) = taken {
                            return Ok(response);
                        }
                    }
                }
            }
        }
        let answer = self.out.forward(gitlab, Target::Rest(raw), request).await?;
        let (head, body) = self.arrived(gitlab, entrance, answer);
        if entrance.knows_us && is_refusal(head.status) {
            return in_our_words(head, body).await;
        }
        Ok(keeping(head, body, question))
    }

    /// Asks GitLab for everybody who asks the same: what is small and may be kept is read whole.
    async fn fetch(
        self,
        (cache, question): (AnswerCache, Question),
        gitlab: Gitlab,
        raw: String,
        entrance: Entrance,
        request: Request,
    ) -> Fetched {
        let answer = match self.out.forward(&gitlab, Target::Rest(&raw), request).await {
            Ok(answer) => answer,
            Err(error) => return Fetched::Failed(error.into()),
        };
        let (mut head, body) = self.arrived(&gitlab, &entrance, answer);
        if is_refusal(head.status) {
            return match in_our_words(head, body).await {
                Ok(response) => Fetched::refused(response),
                Err(error) => Fetched::Failed(error),
            };
        }
        if !AnswerCache::may_keep(head.status, &head.headers) {
            head.headers.insert(X_CACHE, HeaderValue::from_static("MISS"));
            return Fetched::one(Response::from_parts(head, Body::new(body)));
        }
        match Gathered::of(body, LARGEST).await {
            Ok(Gathered::Whole(body)) => Fetched::Kept(cache.put(question, head.headers, body).await),
            Ok(Gathered::Larger(body)) => {
                head.headers.insert(X_CACHE, HeaderValue::from_static("MISS"));
                Fetched::one(Response::from_parts(head, Body::new(body)))
            }
            Err(error) => Fetched::Failed(error.into()),
        }
    }

    /// Forwards to `/api/graphql`.
    ///
    /// # Errors
    /// The body hides something; GitLab cannot be reached.
    pub(crate) async fn graphql(
        &self,
        session: &Session,
        entrance: &Entrance,
        request: Request,
    ) -> Result<Response> {
        let gitlab = &session.gitlab;
        let (request, _) = hidden::look(request, self.clock.as_ref()).await?;
        let (writes, request) = looked_into(request).await;
        if writes {
            let effect = Effect::unknown();
            return self
                .write(session, Target::Graphql, entrance, request, effect)
                .await;
        }
        let answer = self.out.forward(gitlab, Target::Graphql, request).await?;
        let (head, body) = self.arrived(gitlab, entrance, answer);
        if entrance.knows_us && is_refusal(head.status) {
            return in_our_words(head, body).await;
        }
        Ok(Response::from_parts(head, Body::new(body)))
    }

    async fn write(
        &self,
        session: &Session,
        target: Target<'_>,
        entrance: &Entrance,
        request: Request,
        effect: Effect,
    ) -> Result<Response> {
        let gitlab = &session.gitlab;
        let by = session.actor.user.clone();
        let writing = Writing::new(self.changes.clone(), gitlab.instance().clone(), by, effect);
        let answer = self.out.forward(gitlab, target, request).await;
        let writing = writing.ended(answer.as_ref().map(http::Response::status));
        let (head, body) = self.arrived(gitlab, entrance, answer?);
        if entrance.knows_us && is_refusal(head.status) {
            return in_our_words(head, body).await;
        }
        if !(head.status.is_success() && writing.has_event()) {
            return Ok(Response::from_parts(head, Body::new(body)));
        }
        let telling = Copying::new(body, LARGEST, move |answer| {
            tokio::spawn(async move { writing.tell(&answer.unwrap_or_default()).await });
        });
        Ok(Response::from_parts(head, Body::new(telling)))
    }

    /// The answer as it goes to the client, apart from what may still be kept of it.
    fn arrived(
        &self,
        gitlab: &Gitlab,
        entrance: &Entrance,
        answer: http::Response<Forwarded>,
    ) -> (response::Parts, Forwarded) {
        let (mut head, body) = answer.into_parts();
        if head.status == StatusCode::UNAUTHORIZED
            && let Some(cache) = &self.cache
        {
            // Revoked or expired: what it was answered before is no longer its to see.
            cache.forget(gitlab.credential());
        }
        entrance.lead_here(&mut head.headers, gitlab.api_root());
        head.extensions.insert(Untouched);
        (head, body)
    }

    fn question(
        &self,
        gitlab: &Gitlab,
        raw: &str,
        entrance: &Entrance,
        request: &Request,
    ) -> Option<(AnswerCache, Question)> {
        // A body may ask for anything.
        let cache = self
            .cache
            .as_ref()
            // What changes elsewhere is not known here while the other nodes are out of reach.
            .filter(|_| entrance.knows_us && request.body().is_end_stream() && self.changes.are_heard())?;
        let (instance, credential) = (gitlab.instance(), gitlab.credential());
        let question = cache.question(instance, credential, raw, request.method(), request.headers())?;
        Some((cache.clone(), question))
    }
}

/// Whether a request to GraphQL may change something; the request is whole afterwards. A body that is large, does not
/// say how long it is or is no JSON, is not waited for; what is was read before, and is here.
async fn looked_into(request: Request) -> (bool, Request) {
    let (head, body) = request.into_parts();
    let is_small = body
        .size_hint()
        .exact()
        .is_some_and(|length| length <= graphql::LARGEST as u64);
    if head.method.is_safe() || !is_small || !graphql::is_json(&head.headers) {
        let writes = graphql::may_write(&head.method, None);
        return (writes, Request::from_parts(head, body));
    }
    match axum::body::to_bytes(body, graphql::LARGEST).await {
        Ok(bytes) => {
            let writes = graphql::may_write(&head.method, Some(&bytes));
            (writes, Request::from_parts(head, Body::from(bytes)))
        }
        Err(error) => {
            // The client is gone in the middle of it: GitLab is told the same.
            let broken = futures::stream::once(async move { Err::<bytes::Bytes, _>(error) });
            (true, Request::from_parts(head, Body::from_stream(broken)))
        }
    }
}

/// The same request once more: a question has no body.
fn without_body(request: &Request) -> Request {
    let mut copy = Request::new(Body::empty());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    copy
}

fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// The answer, of which a copy is kept once it has come through whole, where it may be.
fn keeping(
    mut head: response::Parts,
    body: Forwarded,
    question: Option<(AnswerCache, Question)>,
) -> Response {
    let Some((cache, question)) = question else {
        return Response::from_parts(head, Body::new(body));
    };
    let kept = AnswerCache::may_keep(head.status, &head.headers).then(|| head.headers.clone());
    head.headers.insert(X_CACHE, HeaderValue::from_static("MISS"));
    let Some(headers) = kept else {
        return Response::from_parts(head, Body::new(body));
    };
    let copying = Copying::new(body, LARGEST, move |body| {
        if let Some(body) = body {
            tokio::spawn(async move { cache.put(question, headers, body).await });
        }
    });
    Response::from_parts(head, Body::new(copying))
}

/// An answer that GitLab has just given.
fn answered(kept: &Kept) -> Response {
    let mut response = Response::new(Body::from(kept.body.clone()));
    *response.headers_mut() = kept.headers.clone();
    response
        .headers_mut()
        .insert(X_CACHE, HeaderValue::from_static("MISS"));
    response.extensions_mut().insert(Untouched);
    response
}

fn remembered(request: &HeaderMap, kept: &Arc<Kept>, age: Duration) -> Response {
    let unchanged = has_it(request, &kept.headers);
    let mut response = Response::new(if unchanged {
        Body::empty()
    } else {
        Body::from(kept.body.clone())
    });
    *response.headers_mut() = kept.headers.clone();
    let headers = response.headers_mut();
    headers.insert(X_CACHE, HeaderValue::from_static("HIT"));
    headers.insert(AGE, HeaderValue::from(age.as_secs()));
    if unchanged {
        headers.remove(CONTENT_LENGTH);
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    response.extensions_mut().insert(Untouched);
    response
}
