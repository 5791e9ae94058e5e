//! What every request passes, from outside to inside.

mod address_limit;
mod bounds;
mod compression;
mod context;
mod cors;
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
        .layer(cors::layer(&app.origins))
        .layer(from_fn_with_state(state(), security_headers::add))
        .layer(compression::layer())
        .layer(from_fn_with_state(state(), bounds::keep))
        .layer(CatchPanicLayer::custom(panics::answer))
        .layer(from_fn_with_state(state(), identify::identify))
        .with_state(state())
}
