//! Pages of GraphQL lists: at most a hundred nodes, and a cursor to go on from.

use std::borrow::Cow;

use async_graphql::{OutputType, SimpleObject, TypeName};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Rows of one page at most.
pub(super) const MOST: usize = 100;

/// Where in a list a page lies.
#[derive(Debug, SimpleObject)]
pub(super) struct PageInfo {
    has_next_page: bool,
    has_previous_page: bool,
    start_cursor: Option<String>,
    end_cursor: Option<String>,
}

/// One row with its cursor. Its type is called after the row's.
#[derive(Debug, SimpleObject)]
#[graphql(name_type)]
pub(super) struct Edge<T: OutputType> {
    cursor: String,
    node: T,
}

impl<T: OutputType> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }
}

/// One page of a list. Its type is called after the rows'.
#[derive(Debug, SimpleObject)]
#[graphql(name_type)]
pub(super) struct Connection<T: OutputType> {
    nodes: Vec<T>,
    edges: Vec<Edge<T>>,
    page_info: PageInfo,
    /// How many rows there are on all pages.
    count: usize,
}

impl<T: OutputType> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

/// Which page is wanted.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

impl Wanted {
    /// Cuts the page out of a list of ids, and turns its ids into nodes.
    pub(super) fn cut<T: OutputType + Clone>(
        &self,
        all: &[u64],
        node: impl Fn(u64) -> Option<T>,
    ) -> Connection<T> {
        let place = |cursor: &Option<String>| {
            let id = read(cursor.as_deref()?)?;
            all.iter().position(|known| *known == id)
        };
        let rows = |wish: Option<i32>| wish.map_or(MOST, |rows| usize::try_from(rows).unwrap_or(0).min(MOST));
        let start = place(&self.after).map_or(0, |at| at + 1);
        let end = place(&self.before).unwrap_or(all.len()).max(start);
        let (start, end) = match (self.first, self.last) {
            (None, Some(_)) => (end.saturating_sub(rows(self.last)).max(start), end),
            _ => (start, end.min(start + rows(self.first))),
        };
        let page = &all[start..end];
        let rows = page.iter().filter_map(|id| Some((cursor(*id), node(*id)?)));
        let edges: Vec<Edge<T>> = rows.map(|(cursor, node)| Edge { cursor, node }).collect();
        Connection {
            nodes: edges.iter().map(|edge| edge.node.clone()).collect(),
            edges,
            page_info: PageInfo {
                has_next_page: end < all.len(),
                has_previous_page: start > 0,
                start_cursor: page.first().copied().map(cursor),
                end_cursor: page.last().copied().map(cursor),
            },
            count: all.len(),
        }
    }
}

fn cursor(id: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{{\"id\":\"{id}\"}}"))
}

fn read(cursor: &str) -> Option<u64> {
    let json: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    json.get("id")?.as_str()?.parse().ok()
}
