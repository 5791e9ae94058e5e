//! The groups and projects of the instance, as the signed-in user sees them.

mod marks;
mod row;
mod search;
mod tree;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

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

/// One page of one of the two lists that an answer is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    projects: bool,
    page: u32,
}

impl Place {
    const FIRST: Self = Self {
        projects: false,
        page: 1,
    };

    fn text(self) -> String {
        format!("{}{}", if self.projects { 'p' } else { 'g' }, self.page)
    }

    fn parse(text: &str) -> Option<Self> {
        let projects = match text.get(..1)? {
            "g" => false,
            "p" => true,
            _ => return None,
        };
        let page = text.get(1..)?.parse().ok()?;
        Some(Self { projects, page })
    }

    /// What follows a page with so many rows.
    fn next(self, rows: usize, limit: u32) -> Option<Self> {
        if rows >= limit as usize {
            Some(Self {
                page: self.page + 1,
                ..self
            })
        } else {
            (!self.projects).then_some(Self {
                projects: true,
                page: 1,
            })
        }
    }
}
