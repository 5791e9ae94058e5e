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
mod security_headers;
mod session;
mod standing;
mod user_limit;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tower_http::catch_panic::CatchPanicLayer;

pub(crate) use context::{RequestContext, Untouched};
pub(crate) use origin::Origins;

use crate::app::App;

/// Wraps the routes into everything that a request passes before it reaches one.
///
/// Read from the last line to the first: a layer that is added later lies further outside. After these
/// come, in the route itself, authentication (401), permission (403), validation (400) and the handler:
/// a handler says what it needs by its extractors and cannot forget to ask.
pub(crate) fn wrap(routes: Router<Arc<App>>, app: &Arc<App>) -> Router {
    let state = || Arc::clone(app);
    routes
        .layer(from_fn_with_state(state(), origin::check))
        .layer(from_fn_with_state(state(), user_limit::count))
        // Checks the origin by itself: a refusal has to be told in Socket.IO's own way.
        .layer(app.live.layer())
        .layer(from_fn_with_state(state(), session::find))
        .layer(from_fn_with_state(state(), address_limit::count))
        // Outside of everything that refuses, so that refusals are seen.
        .layer(from_fn_with_state(state(), audit::keep))
        .layer(cors::layer(&app.origins))
        .layer(from_fn_with_state(state(), security_headers::add))
        .layer(compression::layer())
        .layer(from_fn_with_state(state(), bounds::keep))
        .layer(CatchPanicLayer::custom(panics::answer))
        .layer(from_fn_with_state(state(), identify::identify))
        .with_state(state())
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
