//! `POST /api/graphql`: the queries of GitLab's GraphQL API that tools for groups, projects and members use
//! (GitLab API facts §8).
//!
//! The library parses, validates and executes; here are GitLab's types, limits and words.

mod asker;
mod branch_rule;
mod complexity;
mod group;
mod level;
mod member;
mod metadata;
mod page;
mod project;
mod query;
mod scalar;
mod storage;
mod user;
mod variable;
mod words;

use std::sync::{Arc, LazyLock};

use async_graphql::{EmptyMutation, EmptySubscription, Request, Response, Schema, ServerError};
use bytes::Bytes;
use futures::FutureExt;
use hyper::StatusCode;
use serde_json::json;

use self::asker::Asker;
use self::complexity::Limit;
use self::query::Query;
use crate::access::Viewer;
use crate::http::Reply;
use crate::http::reply::BodyKind;
use crate::http::router::{Endpoint, post};
use crate::instance::Instance;
use crate::time_text::Moment;

/// Where it is.
pub(crate) const PATH: &str = "/api/graphql";

/// The route, which the request's way takes apart itself: a body may hold several operations.
pub(crate) const ENDPOINTS: &[Endpoint] =
    &[post(PATH, |_| Ok(refused(StatusCode::BAD_REQUEST, EMPTY))).of_site()];

/// A query's text has at most this many characters.
const LONGEST: usize = 10_000;

const EMPTY: &str = "No query string was present";

static SCHEMA: LazyLock<Schema<Query, EmptyMutation, EmptySubscription>> = LazyLock::new(|| {
    Schema::build(Query, EmptyMutation, EmptySubscription)
        .extension(Limit)
        .finish()
});

/// Answers one operation, or several in an array.
pub(crate) fn answer(instance: &Arc<Instance>, viewer: Viewer, body: &Bytes, now: Moment) -> Reply {
    let requests: Vec<Request> = match serde_json::from_slice(body) {
        Ok(Body::One(request)) => vec![*request],
        Ok(Body::Several(requests)) => requests,
        Err(_) => return refused(StatusCode::BAD_REQUEST, EMPTY),
    };
    if requests
        .iter()
        .any(|request| request.query.chars().count() > LONGEST)
    {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, "Query too large");
    }
    let several = body.trim_ascii_start().first() == Some(&b'[');
    let asker = Asker::new(Arc::clone(instance), viewer, now);
    let answers: Vec<serde_json::Value> = requests
        .into_iter()
        .map(|request| words::as_gitlab_says(&execute(request.data(asker.clone()))))
        .collect();
    match answers.as_slice() {
        [one] if !several => Reply::ok(one),
        all => Reply::ok(&all),
    }
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Body {
    Several(Vec<Request>),
    One(Box<Request>),
}

/// Everything asked is in memory, so that nothing is ever waited for.
fn execute(request: Request) -> Response {
    if request.query.trim().is_empty() {
        return Response::from_errors(vec![ServerError::new(EMPTY, None)]);
    }
    let never = || Response::from_errors(vec![ServerError::new("Internal server error", None)]);
    SCHEMA.execute(request).now_or_never().unwrap_or_else(never)
}

/// A refusal before any query ran.
pub(crate) fn refused(status: StatusCode, message: &str) -> Reply {
    let body = json!({ "errors": [{ "message": message }] });
    Reply::raw(status, BodyKind::Json, body.to_string().into())
}
