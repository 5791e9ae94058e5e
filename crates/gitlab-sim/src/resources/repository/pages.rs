//! Lists out of a repository go by page number, or by the name of the last row.

use serde::Serialize;

use crate::http::page::keyset_reply;
use crate::http::{Call, Offset, Reply};
use crate::params::Ask;

/// How a list is walked.
#[derive(Debug)]
pub(super) struct Walk {
    offset: Offset,
    keyset: bool,
    after: Option<String>,
}

impl Walk {
    pub(super) fn read(ask: &mut Ask<'_>) -> Self {
        let kind = ask.choice("pagination", &["legacy", "keyset", "none"]);
        let after = ask.filled("page_token");
        Self {
            offset: Offset::read(ask),
            keyset: kind == Some("keyset") || (after.is_some() && kind.is_none()),
            after,
        }
    }

    /// One page: rows are named by `key`, and made into bodies only when they are on the page.
    pub(super) fn reply<T, B: Serialize>(
        &self,
        call: &Call<'_>,
        rows: Vec<T>,
        key: impl Fn(&T) -> String,
        mut body: impl FnMut(T) -> B,
    ) -> Reply {
        if !self.keyset {
            let total = rows.len();
            let page = self.offset.cut_of(rows, total);
            return page.map(|row| Some(body(row))).reply(call);
        }
        let start = match &self.after {
            Some(after) => rows
                .iter()
                .position(|row| key(row) == *after)
                .map_or(rows.len(), |at| at + 1),
            None => 0,
        };
        let left = rows.len() - start;
        let per_page = self.offset.per_page();
        let taken: Vec<T> = rows.into_iter().skip(start).take(per_page).collect();
        // There is no link to an empty page here, unlike in lists out of the database.
        let next = (left > per_page)
            .then(|| taken.last().map(&key))
            .flatten()
            .map(|last| ("page_token", last));
        let bodies: Vec<B> = taken.into_iter().map(body).collect();
        keyset_reply(call, &bodies, per_page, next)
    }
}
