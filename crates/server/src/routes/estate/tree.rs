use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use gitlab_api::ApiPath;
use gitlab_api::resources::{Group, Project};
use gitlab_client::{GitlabError, Lane};

use super::marks::Marks;
use super::row::EstateRow;
use super::{EstatePage, Place};
use crate::app::App;
use crate::auth::{Read, Scoped, Session};
use crate::error::Result;
use crate::openapi::AsksGitlab;
use crate::overviews::{of_groups, of_projects};
use crate::request::{List, Query};

/// `GET /api/estate/tree`: what is directly in a group, or at the top.
///
/// Groups first, then projects. What is archived or marked for deletion can be left out, or shown alone; a page may have
/// fewer rows than `limit` then.
#[utoipa::path(
    get, path = "/api/estate/tree", operation_id = "listTree", tag = "Estate",
    params(
        ("parent" = Option<u64>, Query, minimum = 1, description = "The group's number; without it, the top."),
        ("archived" = Option<String>, Query, pattern = "^(true|false|both)$",
            description = "`false`: without archived ones; `true`: nothing else; `both` unless told otherwise."),
        ("pendingDeletion" = Option<String>, Query, pattern = "^(true|false|both)$",
            description = "The same of those marked for deletion."),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before, with the same filters."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100,
            description = "Rows of a page; 100 unless told otherwise."),
    ),
    responses((status = 200, description = "A page.", body = EstatePage), AsksGitlab),
)]
pub(in crate::routes) async fn tree(
    State(_): State<Arc<App>>,
    session: Scoped<Read>,
    mut query: Query,
) -> Result<Json<EstatePage>> {
    let parent = query.value("parent", "the number of a group", |text| {
        text.parse::<u64>().ok().filter(|id| *id > 0)
    });
    let wanted = Marks::read(&mut query);
    let limit = query.limit(100, 100);
    let list = List::new("/api/estate/tree")
        .filtered(&parent.map(|id| id.to_string()).unwrap_or_default())
        .filtered(&format!("{wanted:?} {limit}"));
    let place = query.cursor(&list, Place::parse).unwrap_or(Place::FIRST);
    query.finish()?;
    let ask = |page: u32| rows(&session, parent, place.projects, page, limit);
    let (rows, next) = place.rows(limit, EstateRow::id, ask).await?;
    // There are no projects at the top.
    let next = next.filter(|next| parent.is_some() || !next.projects);
    let mut shown: Vec<EstateRow> = rows
        .into_iter()
        .filter(|row| wanted.include(row.is_archived(), row.is_marked()))
        .collect();
    // One question for the whole page.
    let ids: Vec<u64> = shown.iter().map(EstateRow::id).collect();
    let mut facts = if place.projects {
        of_projects(&session.gitlab, &ids).await?
    } else {
        of_groups(&session.gitlab, &ids).await?
    };
    for row in &mut shown {
        if let Some(facts) = facts.remove(&row.id()) {
            row.complete(facts);
        }
    }
    Ok(Json(EstatePage {
        entries: shown,
        next_cursor: next.map(|place| list.cursor(&place.text())),
    }))
}

async fn rows(
    session: &Session,
    parent: Option<u64>,
    projects: bool,
    page: u32,
    limit: u32,
) -> Result<Vec<EstateRow>, GitlabError> {
    let gitlab = &session.gitlab;
    let mut query = vec![
        ("per_page", limit.to_string()),
        ("page", page.to_string()),
        ("order_by", "id".to_owned()),
        ("sort", "asc".to_owned()),
    ];
    let rows = match parent {
        Some(id) if projects => {
            let path = ApiPath::group(id).join("projects");
            let projects: Vec<Project> = gitlab.get(path, &query, Lane::People).await?;
            projects.into_iter().map(EstateRow::from).collect()
        }
        Some(id) => {
            let path = ApiPath::group(id).join("subgroups");
            let groups: Vec<Group> = gitlab.get(path, &query, Lane::People).await?;
            groups.into_iter().map(EstateRow::from).collect()
        }
        None => {
            query.push(("top_level_only", "true".to_owned()));
            let groups: Vec<Group> = gitlab.get("groups", &query, Lane::People).await?;
            groups.into_iter().map(EstateRow::from).collect()
        }
    };
    Ok(rows)
}
