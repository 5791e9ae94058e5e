use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::{Action, Item, ItemStatus, JobId};
use serde::Serialize;
use storage::ItemFilter;
use utoipa::ToSchema;

use super::ITEM_STATUSES;
use crate::app::App;
use crate::auth::{Read, Scoped};
use crate::error::Result;
use crate::request::{JobPath, List, Query};

/// Items, in the order of the input.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::routes) struct ItemPage {
    items: Vec<Item>,
    /// Null on the last page.
    next_cursor: Option<String>,
}

/// `GET /api/jobs/:id/items?status&action&code&q&cursor&limit`: in the order of the input.
#[utoipa::path(
    get, path = "/api/jobs/{id}/items", operation_id = "listItems", tag = "Jobs",
    params(
        ("id" = JobId, Path, description = "The job."),
        ("status" = Option<Vec<ItemStatus>>, Query, style = Form, explode = false,
            description = "Only items that stand like this."),
        ("action" = Option<Vec<Action>>, Query, style = Form, explode = false,
            description = "Only items for which the plan says this."),
        ("code" = Option<String>, Query, description = "Only items with this code of an error."),
        ("q" = Option<String>, Query, description = "Only items whose target has this in it."),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before, with the same filters."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Rows of a page; 100 unless told otherwise."),
    ),
    responses((status = 200, description = "A page.", body = ItemPage)),
)]
pub(in crate::routes) async fn items(
    State(app): State<Arc<App>>,
    session: Scoped<Read>,
    JobPath(id): JobPath,
    mut query: Query,
) -> Result<Json<ItemPage>> {
    let mut filter = ItemFilter {
        status: query.values("status", ITEM_STATUSES, ItemStatus::from_name),
        action: query.values(
            "action",
            "create, update, delete, skip, unchanged, conflict",
            Action::from_name,
        ),
        code: query.text("code"),
        text: query.text("q"),
        after: None,
        limit: query.limit(100, 1000),
    };
    let list = list_of(id, &filter);
    filter.after = query.cursor(&list, |position| position.parse().ok());
    query.finish()?;
    let page = app.engine.items(id, &filter, &session.actor).await?;
    Ok(Json(ItemPage {
        items: page.items,
        next_cursor: page.next.map(|index| list.cursor(&index.to_string())),
    }))
}

fn list_of(id: JobId, filter: &ItemFilter) -> List {
    let statuses: Vec<&str> = filter.status.iter().map(|status| status.name()).collect();
    let actions: Vec<&str> = filter.action.iter().map(|action| action.name()).collect();
    List::new("/api/jobs/items")
        .filtered(&id.to_string())
        .filtered(&statuses.join(","))
        .filtered(&actions.join(","))
        .filtered(filter.code.as_deref().unwrap_or_default())
        .filtered(filter.text.as_deref().unwrap_or_default())
}
