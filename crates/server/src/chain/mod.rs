//! What every request passes, from outside to inside.

mod address_limit;
mod audit;
mod bounds;
mod compression;
mod context;
mod cors;
mod framing;
mod identify;
mod origin;
mod panics;
mod passage;
mod security_headers;
mod session;
mod standing;
mod user_limit;

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use http::Method;
use tower::ServiceExt;
use tower_http::compression::CompressionLayer;

pub(crate) use context::{RequestContext, Untouched};
pub(crate) use origin::Origins;

use self::cors::Cors;
use self::identify::{Named, Route};
use self::passage::Passage;
use crate::app::App;
use crate::error::ApiError;
use crate::live::lean;

/// What a listener answers with.
#[derive(Clone)]
pub(crate) struct Answers {
    routes: Router,
    /// The way of questions that are handed on to GitLab, where it is open.
    past_routes: Option<Arc<Outside>>,
}

/// Everything that a request passes before Socket.IO, and what it is done with.
struct Outside {
    app: Arc<App>,
    compression: CompressionLayer,
    cors: Cors,
}

/// Wraps the routes into everything that a request passes before it reaches one: [`Outside`], Socket.IO, [`within`].
///
/// After these come, in the route itself, authentication (401), permission (403), validation (400) and the handler:
/// a handler says what it needs by its extractors and cannot forget to ask.
pub(crate) fn wrap(routes: Router<Arc<App>>, app: &Arc<App>) -> Answers {
    let state = || Arc::clone(app);
    let outermost = Arc::new(Outside {
        app: state(),
        compression: CompressionLayer::new(),
        cors: Cors::new(&app.origins),
    });
    // A layer that is added later lies further outside. One for each step would be told more shortly, but each costs a
    // copy of all that lie inside it, for every request.
    let routes = routes
        .layer(from_fn_with_state(state(), within))
        // Checks the origin by itself: a refusal has to be told in Socket.IO's own way.
        .layer(app.live.layer())
        .layer(from_fn_with_state(Arc::clone(&outermost), outside))
        .with_state(state());
    Answers {
        routes,
        past_routes: Some(outermost),
    }
}

/// What a listener with nothing but one page has of it: names, guards, and errors in their one form.
pub(crate) fn wrap_alone(routes: Router<Arc<App>>, app: &Arc<App>) -> Answers {
    Answers {
        routes: routes
            .layer(from_fn_with_state(Arc::clone(app), alone))
            .with_state(Arc::clone(app)),
        past_routes: None,
    }
}

impl Answers {
    pub(crate) fn answer(&self, request: Request) -> BoxFuture<'static, Result<Response, Infallible>> {
        if let Some(outside) = &self.past_routes
            && let Some(passage) = Passage::of(&request)
        {
            let outside = Arc::clone(outside);
            return Box::pin(async move {
                let route = Some(Route::Fixed(passage.route()));
                let app = &outside.app;
                let passed = |request| passage.answer(Arc::clone(app), request);
                Ok(outside.answer(route, request, passed).await)
            });
        }
        Box::pin(self.routes.clone().oneshot(request))
    }
}

/// From the connection to Socket.IO.
async fn outside(State(outside): State<Arc<Outside>>, request: Request, next: Next) -> Response {
    let route = Route::of(&request);
    outside
        .answer(route, request, |request| next.run(lean(request)))
        .await
}

/// One after the other: were each step a function around the next, every request would be copied from each to the next.
impl Outside {
    async fn answer<F: Future<Output = Response>>(
        &self,
        route: Option<Route>,
        mut request: Request,
        inside: impl FnOnce(Request) -> F,
    ) -> Response {
        let app = &self.app;
        let named = Named::new(app, route, &mut request);
        // These two only add to answers (and answer a browser that asks beforehand). They stand this far out so that what is
        // too large, and our own defects, are guarded as well and can be read by a page of a listed origin.
        let is_personal = security_headers::is_personal(request.uri().path());
        let mut response = if request.method() == Method::OPTIONS {
            named.traced(self.cors.before(request)).await
        } else {
            let listed = self.cors.listed(&request);
            let answering = pin!(self.guarded(&named.context, request, inside));
            let mut response = named.traced(panics::guard(answering)).await;
            self.cors.add(listed, response.headers_mut());
            response
        };
        security_headers::add(app, is_personal, &mut response);
        named.answered(app, response)
    }

    /// What is within limits, compressed as asked.
    async fn guarded<F: Future<Output = Response>>(
        &self,
        context: &Arc<RequestContext>,
        request: Request,
        inside: impl FnOnce(Request) -> F,
    ) -> Response {
        let kind = match bounds::check(&self.app, &request) {
            Ok(kind) => kind,
            Err(refused) => return refused.into_response(),
        };
        let accepted = compression::accepted(&request);
        let answering = pin!(self.signed(context, request, inside));
        let response = bounds::in_time(&self.app, kind, answering).await;
        compression::compress(&self.compression, accepted, response).await
    }

    /// What is taken down, counted, and known whose it is.
    async fn signed<F: Future<Output = Response>>(
        &self,
        context: &Arc<RequestContext>,
        mut request: Request,
        inside: impl FnOnce(Request) -> F,
    ) -> Response {
        let app = &self.app;
        // Outside of everything that refuses, so that refusals are seen.
        let witness = audit::watch(app, context, &request);
        let (path, headers) = (request.uri().path(), request.headers());
        let standing = address_limit::count(app, context, path, headers).await;
        let mut response = match standing {
            Some(beyond) if !beyond.within => ApiError::rate_limited(beyond.reset).into_response(),
            _ => match session::find(app, context, &mut request).await {
                Ok(()) => inside(request).await,
                Err(refused) => refused.into_response(),
            },
        };
        if let Some(standing) = standing {
            standing::tell(&mut response, standing);
        }
        if let Some(witness) = witness {
            let is_gitlabs = response.extensions().get::<Untouched>().is_some();
            witness.saw(response.status(), is_gitlabs).await;
        }
        response
    }
}

async fn alone(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let named = Named::new(&app, Route::of(&request), &mut request);
    let is_personal = security_headers::is_personal(request.uri().path());
    let mut response = named.traced(panics::guard(next.run(request))).await;
    security_headers::add(&app, is_personal, &mut response);
    named.answered(&app, response)
}

/// From Socket.IO to the routes.
async fn within(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    user_limit::count(&app, request, |request| {
        origin::check(&app, request, |request| next.run(request))
    })
    .await
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http::{Request, StatusCode};
    use http_body_util::BodyExt;
    use serde_json::Value;

    use super::*;

    async fn asked(production: bool) -> (StatusCode, Value) {
        let app = App::for_tests(production).await;
        let routes = Router::new().route("/boom", get(async || -> () { panic!("the secret plan") }));
        let answer = wrap(routes, &app)
            .answer(Request::get("/boom").body(Body::empty()).unwrap())
            .await
            .unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_panic_costs_its_own_request_and_in_production_tells_nothing() {
        let (status, body) = asked(true).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(body["error"]["code"], "INTERNAL_ERROR");
        assert_eq!(body["error"]["message"], "An unexpected error occurred");
        assert!(!body.to_string().contains("secret plan"));
        let (_, body) = asked(false).await;
        assert_eq!(body["error"]["message"], "the handler panicked: the secret plan");
        assert_eq!(body["error"]["stack"][0], "the handler panicked: the secret plan");
    }
}
