use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use http::Method;

use crate::app::App;
use crate::auth::Scoped;
use crate::routes;

/// A question that is handed on to GitLab: most of what a console sends, and the only thing that comes by the thousand a
/// second.
///
/// It passes everything that other requests pass, but not the router: each layer there is copied, and each answer kept
/// in a box of its own, for every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passage {
    Proxy,
    Gateway,
}

impl Passage {
    /// The way of a request, where the router would lead it to the same.
    pub(super) fn of<B>(request: &http::Request<B>) -> Option<Self> {
        // What is asked with HEAD the router answers in a way of its own.
        if request.method() != Method::GET {
            return None;
        }
        let path = request.uri().path();
        if let Some(below) = path.strip_prefix("/api/gitlab/") {
            let is_ours = below.is_empty() || below == "graphql" || below.starts_with("bulk/");
            (!is_ours).then_some(Self::Proxy)
        } else {
            let below = path.strip_prefix("/gitlab/api/v4/")?;
            (!below.is_empty()).then_some(Self::Gateway)
        }
    }

    /// The pattern of its route.
    pub(super) fn route(self) -> &'static str {
        match self {
            Self::Proxy => "/api/gitlab/{*path}",
            Self::Gateway => "/gitlab/api/v4/{*path}",
        }
    }

    /// What the route does. Such a request is counted by GitLab's budget and not by ours, and as it changes nothing it
    /// may come from anywhere.
    pub(super) async fn answer(self, app: Arc<App>, request: Request) -> Response {
        let (mut head, body) = request.into_parts();
        let answer = match self {
            Self::Proxy => match Scoped::from_request_parts(&mut head, &()).await {
                Ok(session) => routes::proxy(State(app), session, Request::from_parts(head, body)).await,
                Err(refused) => Err(refused),
            },
            Self::Gateway => match Scoped::from_request_parts(&mut head, &()).await {
                Ok(key) => routes::gateway(State(app), key, Request::from_parts(head, body)).await,
                Err(refused) => Err(refused),
            },
        };
        answer.into_response()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn questions_to_gitlab_pass_and_nothing_else() {
        for (method, path, passage) in [
            ("GET", "/api/gitlab/projects?x=1", Some(Passage::Proxy)),
            ("GET", "/api/gitlab/graphql/", Some(Passage::Proxy)),
            ("GET", "/gitlab/api/v4/groups/a%2Fb", Some(Passage::Gateway)),
            ("POST", "/api/gitlab/projects", None),
            ("HEAD", "/api/gitlab/projects", None),
            ("GET", "/api/gitlab/graphql?query=x", None),
            ("GET", "/api/gitlab/bulk/members", None),
            ("GET", "/api/gitlab/", None),
            ("GET", "/api/gitlab", None),
            ("GET", "/gitlab/api/v4/", None),
            ("GET", "/gitlab/api/graphql", None),
            ("GET", "/api/gitlabs/x", None),
        ] {
            let request = Request::builder().method(method).uri(path).body(()).unwrap();
            assert_eq!(Passage::of(&request), passage, "{method} {path}");
        }
    }
}
