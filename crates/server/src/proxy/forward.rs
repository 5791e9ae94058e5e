use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use gitlab_client::passthrough::{Passthrough, Target, check, rewrite_links};
use gitlab_client::{Gitlab, GitlabClient};
use http::header::{CONTENT_LENGTH, LINK, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::AnswerCache;
use super::cache::{Kept, has_it, may_keep, wants_fresh};
use super::keep::Keeping;
use crate::chain::Untouched;
use crate::error::Result;

const X_CACHE: HeaderName = HeaderName::from_static("x-cache");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// GitLab's name for the request; ours takes its place.
const GITLAB_REQUEST_ID: HeaderName = HeaderName::from_static("x-gitlab-request-id");

/// Hands requests on to GitLab, and remembers answers.
pub(crate) struct Proxy {
    out: Passthrough<Body>,
    cache: Option<AnswerCache>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("cache", &self.cache.is_some())
            .finish_non_exhaustive()
    }
}

impl Proxy {
    /// A proxy that keeps answers as long as `lifetime`, if at all.
    pub(crate) fn new(client: &GitlabClient, lifetime: Option<std::time::Duration>) -> Self {
        Self {
            out: client.passthrough(),
            cache: lifetime.map(AnswerCache::new),
        }
    }

    /// What is remembered, for those who know that it has become stale.
    pub(crate) fn cache(&self) -> Option<&AnswerCache> {
        self.cache.as_ref()
    }

    /// Forwards below `/api/v4/`; `raw` is the path and query as they came over the wire. Links in the
    /// answer that lead to the instance's API lead to `root` instead.
    ///
    /// # Errors
    /// The path is refused, or GitLab cannot be reached. Whatever GitLab answers is an answer.
    pub(crate) async fn rest(
        &self,
        gitlab: &Gitlab,
        raw: &str,
        root: &str,
        request: Request,
    ) -> Result<Response> {
        check(raw)?;
        let cache = self.cache.as_ref();
        let is_read = request.method().is_safe();
        let key = cache.and_then(|cache| {
            let credential = gitlab.credential();
            cache.key(
                gitlab.instance(),
                credential,
                raw,
                request.method(),
                request.headers(),
            )
        });
        if let (Some(cache), Some(key)) = (cache, &key)
            && !wants_fresh(request.headers())
            && let Some(kept) = cache.get(key).await
        {
            return Ok(remembered(request.headers(), &kept));
        }
        let answer = self.out.forward(gitlab, Target::Rest(raw), request).await;
        if let (false, Some(cache)) = (is_read, cache) {
            // Also when the answer was lost: GitLab may have done it.
            cache.forget(gitlab.instance());
        }
        let mut answer = answer?;
        lead_here(answer.headers_mut(), gitlab.api_root(), root);
        let (mut head, body) = answer.into_parts();
        head.extensions.insert(Untouched);
        if let Some(key) = key {
            let kept = may_keep(head.status, &head.headers).then(|| head.headers.clone());
            head.headers.insert(X_CACHE, HeaderValue::from_static("MISS"));
            if let (Some(headers), Some(cache)) = (kept, cache) {
                let keeping = Keeping::new(body, cache.clone(), key, headers);
                return Ok(Response::from_parts(head, Body::new(keeping)));
            }
        }
        Ok(Response::from_parts(head, Body::new(body)))
    }

    /// Forwards to `/api/graphql`.
    ///
    /// # Errors
    /// GitLab cannot be reached.
    pub(crate) async fn graphql(&self, gitlab: &Gitlab, request: Request) -> Result<Response> {
        let answer = self.out.forward(gitlab, Target::Graphql, request).await;
        if let Some(cache) = &self.cache {
            // Whether it was a mutation stands in a body that nobody reads here.
            cache.forget(gitlab.instance());
        }
        let mut answer = answer?;
        answer
            .headers_mut()
            .remove(X_REQUEST_ID)
            .map(|id| answer.headers_mut().insert(GITLAB_REQUEST_ID, id));
        let (mut head, body) = answer.into_parts();
        head.extensions.insert(Untouched);
        Ok(Response::from_parts(head, Body::new(body)))
    }
}

/// Makes what GitLab says about itself lead to the proxy.
fn lead_here(headers: &mut HeaderMap, from: &str, to: &str) {
    if let Some(id) = headers.remove(X_REQUEST_ID) {
        headers.insert(GITLAB_REQUEST_ID, id);
    }
    for name in [LINK, LOCATION] {
        let rewritten = headers
            .get(&name)
            .and_then(|value| rewrite_links(value.to_str().ok()?, from, to))
            .and_then(|value| HeaderValue::try_from(value).ok());
        if let Some(value) = rewritten {
            headers.insert(name, value);
        }
    }
}

fn remembered(request: &HeaderMap, kept: &Arc<Kept>) -> Response {
    let unchanged = has_it(request, kept);
    let mut response = Response::new(if unchanged {
        Body::empty()
    } else {
        Body::from(kept.body.clone())
    });
    *response.headers_mut() = kept.headers.clone();
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    response
        .headers_mut()
        .insert(X_CACHE, HeaderValue::from_static("HIT"));
    response.extensions_mut().insert(Untouched);
    response
}
