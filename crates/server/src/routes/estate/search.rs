use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::{Problem, Problems};
use engine::operation::ObjectKind;
use engine::selector::{Kinds, Look, SelectError, Selected, Selector};
use futures::future::try_join;
use gitlab_client::{Gitlab, GitlabError, Lane};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Place;
use super::marks::Marks;
use super::row::{Found, FoundFacts, Kind};
use crate::app::App;
use crate::auth::{Read, Scoped, Session};
use crate::error::{ApiError, Result};
use crate::openapi::AsksGitlab;
use crate::overviews::{Wanted, of_groups, of_projects};
use crate::request::{List, Query};

/// GitLab does not look for less.
const SHORTEST: usize = 3;

/// What was found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FoundPage {
    entries: Vec<Found>,
    /// Null on the last page.
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct GroupRow {
    id: u64,
    full_path: String,
    visibility: Option<String>,
    #[serde(default)]
    archived: Option<bool>,
    marked_for_deletion_on: Option<String>,
}

#[derive(Deserialize)]
struct ProjectRow {
    id: u64,
    path_with_namespace: String,
    visibility: Option<String>,
    archived: Option<bool>,
    marked_for_deletion_on: Option<String>,
}

/// `GET /api/estate/search`: groups and projects by words, or by what they are.
///
/// Either `q`, in names and paths, or `selector`, in the language of jobs (docs/selectors.md). What a selector names is
/// looked for once; its pages are those of that moment for a minute.
#[utoipa::path(
    get, path = "/api/estate/search", operation_id = "searchEstate", tag = "Estate",
    params(
        ("q" = Option<String>, Query, min_length = 3, description = "Words in names and paths."),
        ("selector" = Option<String>, Query, description = "`group:acme/** archived=false` …"),
        ("archived" = Option<String>, Query, pattern = "^(true|false|both)$",
            description = "With `q`. `false`: without archived ones; `true`: nothing else; `both` unless told otherwise."),
        ("pendingDeletion" = Option<String>, Query, pattern = "^(true|false|both)$",
            description = "With `q`. The same of those marked for deletion."),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before, with the same question."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100,
            description = "Rows of a page; 100 unless told otherwise."),
    ),
    responses((status = 200, description = "A page.", body = FoundPage), AsksGitlab),
)]
pub(in crate::routes) async fn search(
    State(app): State<Arc<App>>,
    session: Scoped<Read>,
    mut query: Query,
) -> Result<Json<FoundPage>> {
    let words = query.value("q", "three letters or more", |text| {
        (text.trim().chars().count() >= SHORTEST).then(|| text.trim().to_owned())
    });
    let selector = query.text("selector");
    let marks = Marks::read(&mut query);
    let limit = query.limit(100, 100);
    let list = List::new("/api/estate/search")
        .filtered(words.as_deref().unwrap_or_default())
        .filtered(selector.as_deref().unwrap_or_default())
        .filtered(&format!("{marks:?}"))
        .filtered(&limit.to_string());
    match (words, selector) {
        (Some(words), None) => {
            let place = query.cursor(&list, Place::parse).unwrap_or(Place::FIRST);
            query.finish()?;
            let ask = |page: u32| by_words(&session, &words, place.projects, page, limit);
            let (mut entries, next) = place.rows(limit, |found: &Found| found.id, ask).await?;
            entries.retain(|found| marks.include(found.is_archived(), found.is_marked()));
            complete(&session.gitlab, &mut entries).await?;
            let next_cursor = next.map(|place| list.cursor(&place.text()));
            Ok(Json(FoundPage { entries, next_cursor }))
        }
        (None, Some(_)) if marks.filter() => {
            query.value("cursor", "", |_| Some(()));
            query.finish()?;
            Err(ApiError::invalid_field(
                "selector",
                "a selector says by itself what is wanted: archived=false pending_deletion=false",
            ))
        }
        (None, Some(selector)) => {
            let last = query.cursor(&list, |position| Some(position.to_owned()));
            query.finish()?;
            let wanted = if last.is_some() { Wanted::Rest } else { Wanted::Now };
            let mut entries = by_selector(&app, &session, &selector, wanted).await?;
            // In the order of their paths, also where they had to be asked for anew.
            let begin = last.map_or(0, |last| entries.partition_point(|entry| entry.full_path <= last));
            let mut page = entries.split_off(begin);
            let more = page.len() > limit as usize;
            page.truncate(limit as usize);
            complete(&session.gitlab, &mut page).await?;
            let last = page.last().filter(|_| more);
            let next_cursor = last.map(|last| list.cursor(&last.full_path));
            Ok(Json(FoundPage {
                entries: page,
                next_cursor,
            }))
        }
        (words, _) => {
            query.value("cursor", "", |_| Some(()));
            query.finish()?;
            let field = if words.is_some() { "selector" } else { "q" };
            Err(ApiError::invalid_field(field, "give either q or selector"))
        }
    }
}

async fn by_words(
    session: &Session,
    words: &str,
    projects: bool,
    page: u32,
    limit: u32,
) -> Result<Vec<Found>, GitlabError> {
    let gitlab = &session.gitlab;
    let mut query = vec![
        ("search", words.to_owned()),
        ("per_page", limit.to_string()),
        ("page", page.to_string()),
        ("order_by", "id".to_owned()),
        ("sort", "asc".to_owned()),
    ];
    if projects {
        query.push(("search_namespaces", "true".to_owned()));
        if !session.actor.administrator {
            query.push(("membership", "true".to_owned()));
        }
        let rows: Vec<ProjectRow> = gitlab.get("projects", &query, Lane::People).await?;
        return Ok(rows
            .into_iter()
            .map(|row| Found {
                kind: Kind::Project,
                id: row.id,
                full_path: row.path_with_namespace,
                facts: FoundFacts {
                    visibility: row.visibility,
                    archived: row.archived,
                    marked_for_deletion_on: row.marked_for_deletion_on,
                    ..FoundFacts::default()
                },
            })
            .collect());
    }
    let rows: Vec<GroupRow> = gitlab.get("groups", &query, Lane::People).await?;
    Ok(rows
        .into_iter()
        .map(|row| Found {
            kind: Kind::Group,
            id: row.id,
            full_path: row.full_path,
            facts: FoundFacts {
                visibility: row.visibility,
                archived: row.archived,
                marked_for_deletion_on: row.marked_for_deletion_on,
                ..FoundFacts::default()
            },
        })
        .collect())
}

/// Adds what was not asked for with the list: for a whole page at once.
async fn complete(gitlab: &Gitlab, page: &mut [Found]) -> Result<(), GitlabError> {
    let ids = |kind: Kind| -> Vec<u64> {
        let of_kind = page.iter().filter(|found| found.kind == kind);
        of_kind.map(|found| found.id).collect()
    };
    let (groups, projects) = (ids(Kind::Group), ids(Kind::Project));
    let (mut groups, mut projects) =
        try_join(of_groups(gitlab, &groups), of_projects(gitlab, &projects)).await?;
    for found in page {
        let facts = match found.kind {
            Kind::Group => groups.remove(&found.id),
            Kind::Project => projects.remove(&found.id),
        };
        if let Some(facts) = facts {
            found.complete(facts);
        }
    }
    Ok(())
}

/// What a selector names, in the order of full paths.
async fn by_selector(app: &App, session: &Session, text: &str, wanted: Wanted) -> Result<Vec<Found>> {
    let selector = Selector::parse(text).map_err(|mistakes| Problems(mistakes.problems("selector")))?;
    let look = Look {
        kinds: Kinds::Both,
        now: app.clock.now(),
        administrator: session.actor.administrator,
    };
    let question = format!("estate/search {selector}");
    let asked = async {
        let selected = selector.select(&session.gitlab, &look).await.map_err(refused)?;
        Ok(selected.into_iter().map(found).collect::<Vec<Found>>())
    };
    let kept = app
        .overviews
        .get(&session.gitlab, &question, wanted, asked)
        .await?;
    serde_json::from_slice(&kept).map_err(ApiError::internal)
}

fn found(selected: Selected) -> Found {
    Found {
        kind: match selected.kind {
            ObjectKind::Group => Kind::Group,
            ObjectKind::Project => Kind::Project,
        },
        id: selected.id,
        full_path: selected.full_path,
        facts: FoundFacts {
            archived: selected.archived,
            marked_for_deletion_on: selected.marked_for_deletion_on,
            ..FoundFacts::default()
        },
    }
}

fn refused(error: SelectError) -> ApiError {
    match error {
        SelectError::Gitlab(error) => error.into(),
        error => {
            let problem = Problem {
                field: Some("selector".to_owned()),
                ..Problem::new(error.to_string())
            };
            ApiError::invalid(problem.into())
        }
    }
}
