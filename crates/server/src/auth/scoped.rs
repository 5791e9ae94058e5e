use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use domain::{KeyScope, KeyScopes};
use http::Method;
use http::request::Parts;

use super::Session;
use crate::error::ApiError;

/// What an API key has to be allowed to do for a route. People who have signed in may do all of it.
pub(crate) trait Scope: Send + Sync {
    /// The scope that a refusal names.
    const NEEDED: KeyScope;

    /// Whether a key with these scopes may send this method.
    fn allowed(scopes: KeyScopes, _: &Method) -> bool {
        scopes.allow(Self::NEEDED)
    }

    /// Whether the request only reads in GitLab, so that a token which may change nothing is enough.
    fn only_reads(_: &Parts) -> bool {
        true
    }
}

/// Looks at something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Read;
/// Looks after jobs: pauses, cancels, verifies them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jobs;
/// Makes jobs or lets them go on: the token has to be one that may change something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work;
/// The gateway, for GitLab's own clients.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gateway;
/// The proxy: whoever may read may read there, the rest is as in the gateway.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proxied;

impl Scope for Read {
    const NEEDED: KeyScope = KeyScope::Read;
}

impl Scope for Jobs {
    const NEEDED: KeyScope = KeyScope::Jobs;
}

impl Scope for Work {
    const NEEDED: KeyScope = KeyScope::Jobs;

    fn only_reads(_: &Parts) -> bool {
        false
    }
}

impl Scope for Gateway {
    const NEEDED: KeyScope = KeyScope::Gateway;
}

impl Scope for Proxied {
    const NEEDED: KeyScope = KeyScope::Gateway;

    fn allowed(scopes: KeyScopes, method: &Method) -> bool {
        scopes.allow(KeyScope::Gateway) || method.is_safe() && scopes.allow(KeyScope::Read)
    }

    fn only_reads(parts: &Parts) -> bool {
        // Most questions of GraphQL are reads; which are, only GitLab knows.
        parts.method.is_safe() || parts.uri.path() == "/api/gitlab/graphql"
    }
}

/// The route is for signed-in users, and for API keys with this scope.
///
/// Without either, 401 before anything else is looked at; a key without the scope, 403.
pub(crate) struct Scoped<S>(pub(crate) Arc<Session>, PhantomData<S>);

impl<S> Deref for Scoped<S> {
    type Target = Arc<Session>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<S> fmt::Debug for Scoped<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scoped").field(&self.0.id).finish()
    }
}

impl<S: Scope, State: Send + Sync> FromRequestParts<State> for Scoped<S> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, ApiError> {
        let session = parts
            .extensions
            .get::<Arc<Session>>()
            .ok_or_else(ApiError::unauthorized)?;
        match &session.key {
            Some(key) if !S::allowed(key.scopes, &parts.method) => Err(ApiError::forbidden(format!(
                "the API key has no scope `{}`",
                S::NEEDED
            ))),
            _ if !session.may_write && !S::only_reads(parts) => Err(ApiError::forbidden(
                "the token has no scope that lets it change anything; `api` is needed",
            )),
            _ => Ok(Self(Arc::clone(session), PhantomData)),
        }
    }
}
