use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use domain::Clock;
use gitlab_client::passthrough::{Forwarded, Passthrough, Target, check};
use gitlab_client::{Gitlab, GitlabClient};
use http::header::{AGE, CONTENT_LENGTH};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, response};
use http_body::Body as _;

use super::cache::{Kept, LARGEST, Question, has_it, wants_fresh};
use super::copying::Copying;
use super::effect::Effect;
use super::graphql;
use super::refusal::in_our_words;
use super::writing::Writing;
use super::{AnswerCache, Entrance};
use crate::auth::Session;
use crate::chain::Untouched;
use crate::changes::Changes;
use crate::error::Result;

const X_CACHE: HeaderName = HeaderName::from_static("x-cache");

/// Hands requests on to GitLab, and remembers answers.
pub(crate) struct Proxy {
    out: Passthrough<Body>,
    cache: Option<AnswerCache>,
    changes: Changes,
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
    pub(crate) fn new(client: &GitlabClient, cache: Option<AnswerCache>, changes: Changes) -> Self {
        Self {
            out: client.passthrough(),
            cache,
            changes,
        }
    }

    /// Forwards below `/api/v4/`; `raw` is the path and query as they came over the wire.
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
            let effect = Effect::of(request.method(), raw);
            return self
                .write(session, Target::Rest(raw), entrance, request, effect)
                .await;
        }
        let question = self.question(gitlab, raw, entrance, &request);
        if let Some((cache, question)) = &question
            && !wants_fresh(request.headers())
            && let Some((kept, age)) = cache.get(question).await
        {
            return Ok(remembered(request.headers(), &kept, age));
        }
        let answer = self.out.forward(gitlab, Target::Rest(raw), request).await?;
        let (head, body) = self.arrived(gitlab, entrance, answer);
        if entrance.knows_us && is_refusal(head.status) {
            return in_our_words(head, body).await;
        }
        Ok(keeping(head, body, question))
    }

    /// Forwards to `/api/graphql`.
    ///
    /// # Errors
    /// GitLab cannot be reached.
    pub(crate) async fn graphql(
        &self,
        session: &Session,
        entrance: &Entrance,
        request: Request,
    ) -> Result<Response> {
        let gitlab = &session.gitlab;
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

/// Whether a request to GraphQL may change something; the request is whole afterwards. A body that is large, or does
/// not say how long it is, is not waited for.
async fn looked_into(request: Request) -> (bool, Request) {
    let (head, body) = request.into_parts();
    let is_small = body
        .size_hint()
        .exact()
        .is_some_and(|length| length <= graphql::LARGEST as u64);
    if head.method.is_safe() || !is_small {
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
