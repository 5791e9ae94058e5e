use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::{Action, ItemStatus};
use serde_json::{Value, json};
use storage::ItemFilter;

use super::ITEM_STATUSES;
use crate::app::App;
use crate::auth::{Read, Scoped};
use crate::error::Result;
use crate::request::{JobPath, Query};

/// `GET /api/jobs/:id/items?status&action&code&q&cursor&limit`: in the order of the input.
pub(in crate::routes) async fn items(
    State(app): State<Arc<App>>,
    session: Scoped<Read>,
    JobPath(id): JobPath,
    mut query: Query,
) -> Result<Json<Value>> {
    let filter = ItemFilter {
        status: query.values("status", ITEM_STATUSES, ItemStatus::from_name),
        action: query.values(
            "action",
            "create, update, delete, skip, unchanged, conflict",
            Action::from_name,
        ),
        code: query.text("code"),
        text: query.text("q"),
        after: query.value("cursor", "the nextCursor of the page before", |text| {
            text.parse().ok()
        }),
        limit: query.limit(100, 1000),
    };
    query.finish()?;
    let page = app.engine.items(id, &filter, &session.actor).await?;
    let next = page.next.map(|index| index.to_string());
    Ok(Json(json!({ "items": page.items, "nextCursor": next })))
}
