//! The groups and projects of the instance, as the signed-in user sees them.

mod marks;
mod place;
mod row;
mod search;
mod tree;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use self::place::Place;
use self::row::EstateRow;
pub(super) use self::row::own_level;
use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(tree::tree))
        .with(routes!(search::search))
}

/// Groups first, then projects.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EstatePage {
    entries: Vec<EstateRow>,
    /// Null on the last page.
    next_cursor: Option<String>,
}
