//! What every request passes, from outside to inside.

mod address_limit;
mod audit;
mod bounds;
mod compression;
mod context;
mod cors;
mod framing;
mod identify;
mod inside;
mod origin;
mod panics;
mod security_headers;
mod session;
mod standing;
mod user_limit;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;

pub(crate) use context::{RequestContext, Untouched};
pub(crate) use origin::Origins;

use self::compression::Ours;
use crate::app::App;
use crate::live::lean;

/// Everything that a request passes before Socket.IO, and what it is done with.
#[derive(Clone)]
struct Outside {
    app: Arc<App>,
    compression: CompressionLayer<Ours>,
    cors: CorsLayer,
}

/// Wraps the routes into everything that a request passes before it reaches one: [`outside`], Socket.IO, [`within`].
///
/// After these come, in the route itself, authentication (401), permission (403), validation (400) and the handler:
/// a handler says what it needs by its extractors and cannot forget to ask.
pub(crate) fn wrap(routes: Router<Arc<App>>, app: &Arc<App>) -> Router {
    let state = || Arc::clone(app);
    let outermost = Arc::new(Outside {
        app: state(),
        compression: compression::layer(),
        cors: cors::layer(&app.origins),
    });
    // A layer that is added later lies further outside. One for each step would be told more shortly, but each costs a
    // copy of all that lie inside it, for every request.
    routes
        .layer(from_fn_with_state(state(), within))
        // Checks the origin by itself: a refusal has to be told in Socket.IO's own way.
        .layer(app.live.layer())
        .layer(from_fn_with_state(outermost, outside))
        .with_state(state())
}

/// What a listener with nothing but one page has of it: names, guards, and errors in their one form.
pub(crate) fn wrap_alone(routes: Router<Arc<App>>, app: &Arc<App>) -> Router {
    routes
        .layer(from_fn_with_state(Arc::clone(app), alone))
        .with_state(Arc::clone(app))
}

/// From the connection to Socket.IO, each step inside the one above it.
async fn outside(State(chain): State<Arc<Outside>>, request: Request, next: Next) -> Response {
    let Outside {
        app,
        compression,
        cors,
    } = &*chain;
    let signed = |context: Arc<RequestContext>, request| async move {
        // Outside of everything that refuses, so that refusals are seen.
        audit::keep(app, &context, request, |request| {
            address_limit::count(app, &context, request, |request| {
                session::find(app, &context, request, |request| next.run(lean(request)))
            })
        })
        .await
    };
    identify::identify(app, request, |request, context| {
        // These two only add to answers (and answer a browser that asks beforehand). They stand this far out so that what is
        // too large, and our own defects, are guarded as well and can be read by a page of a listed origin.
        security_headers::add(app, request, |request| {
            inside::through(cors, request, |request| {
                panics::guard(bounds::keep(app, request, |request| {
                    compression::compress(compression, request, |request| signed(context, request))
                }))
            })
        })
    })
    .await
}

async fn alone(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    identify::identify(&app, request, |request, _| {
        security_headers::add(&app, request, |request| panics::guard(next.run(request)))
    })
    .await
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
    use tower::ServiceExt;

    use super::*;

    async fn asked(production: bool) -> (StatusCode, Value) {
        let app = App::for_tests(production).await;
        let routes = Router::new().route("/boom", get(async || -> () { panic!("the secret plan") }));
        let answer = wrap(routes, &app)
            .oneshot(Request::get("/boom").body(Body::empty()).unwrap())
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
