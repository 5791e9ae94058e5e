//! Pages of lists, as GitLab cuts and links them (GitLab API facts §3).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gitlab_api::page::{COUNTED_ROWS, DEFAULT_PER_PAGE, Links, MAX_PER_PAGE, OFFSET_CAP};
use hyper::StatusCode;
use hyper::header::{HeaderName, LINK};

use super::call::Call;
use super::reply::{Refusal, Reply};
use crate::params::Ask;

/// Which page of an offset list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offset {
    page: u64,
    per_page: u64,
    /// How many rows have gone (or, negative, come) before a later page since the one before it.
    shift: i64,
}

impl Offset {
    /// Reads `page` and `per_page`. A page above 100 rows is cut to 100, silently.
    pub(crate) fn read(ask: &mut Ask<'_>) -> Self {
        let page = ask.integer("page").unwrap_or(1).max(1);
        let per_page = ask.integer("per_page").unwrap_or_else(|| DEFAULT_PER_PAGE.into());
        if per_page == 0 {
            ask.complain("per_page has a value not allowed");
        }
        Self {
            page: page.unsigned_abs(),
            per_page: u64::try_from(per_page).unwrap_or(1).clamp(1, MAX_PER_PAGE.into()),
            shift: if page > 1 { ask.shift() } else { 0 },
        }
    }

    pub(crate) fn per_page(self) -> usize {
        usize::try_from(self.per_page).unwrap_or(usize::MAX)
    }

    fn skipped(self) -> u64 {
        let before = (self.page - 1).saturating_mul(self.per_page);
        before.saturating_add_signed(self.shift)
    }

    /// Refuses a page too deep in a list that can be walked by keyset.
    pub(crate) fn within_cap(self, kind: &str) -> Result<(), Refusal> {
        if self.page.saturating_mul(self.per_page) <= OFFSET_CAP {
            return Ok(());
        }
        let text = format!(
            "Offset pagination has a maximum allowed offset of {OFFSET_CAP} for requests that return objects \
             of type {kind}. Remaining records can be retrieved using keyset pagination."
        );
        Reply::error(StatusCode::METHOD_NOT_ALLOWED, &text).refuse()
    }

    /// Cuts the page out of rows that are found one by one. Looks at no more rows than the page and the count
    /// that GitLab shows need.
    pub(crate) fn cut<T>(self, rows: impl IntoIterator<Item = T>) -> Page<T> {
        let mut rows = rows.into_iter();
        let mut seen = 0;
        while seen < self.skipped() && rows.next().is_some() {
            seen += 1;
        }
        let mut taken = Vec::new();
        if seen == self.skipped() {
            taken.extend(rows.by_ref().take(self.per_page()));
            seen += taken.len() as u64;
        }
        let mut more = false;
        while (seen <= COUNTED_ROWS || !more) && rows.next().is_some() {
            seen += 1;
            more = true;
        }
        Page {
            rows: taken,
            total: (seen <= COUNTED_ROWS).then_some(seen),
            more,
            at: self,
        }
    }

    /// Cuts the page out of rows whose number is known, which looks at no row after the page.
    pub(crate) fn cut_of<T>(self, rows: impl IntoIterator<Item = T>, total: usize) -> Page<T> {
        let skipped = usize::try_from(self.skipped()).unwrap_or(usize::MAX);
        let rows: Vec<T> = if skipped < total {
            rows.into_iter().skip(skipped).take(self.per_page()).collect()
        } else {
            Vec::new()
        };
        let more = skipped.saturating_add(rows.len()) < total && !rows.is_empty();
        let total = total as u64;
        Page {
            rows,
            total: (total <= COUNTED_ROWS).then_some(total),
            more,
            at: self,
        }
    }

    /// Cuts the page out of a list that is there as a whole.
    pub(crate) fn slice<T: Copy>(self, rows: &[T]) -> Page<T> {
        let start = usize::try_from(self.skipped())
            .unwrap_or(usize::MAX)
            .min(rows.len());
        let end = start.saturating_add(self.per_page()).min(rows.len());
        let total = rows.len() as u64;
        Page {
            rows: rows[start..end].to_vec(),
            total: (total <= COUNTED_ROWS).then_some(total),
            more: end < rows.len(),
            at: self,
        }
    }
}

/// One page of an offset list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) rows: Vec<T>,
    /// None above 10,000 rows.
    total: Option<u64>,
    more: bool,
    at: Offset,
}

impl<T> Page<T> {
    /// The page of a list that GitLab never counts.
    pub(crate) fn uncounted(mut self) -> Self {
        self.total = None;
        self
    }

    /// The same page with each row turned into something else; rows that vanished are left out.
    pub(crate) fn map<U>(self, turn: impl FnMut(T) -> Option<U>) -> Page<U> {
        Page {
            rows: self.rows.into_iter().filter_map(turn).collect(),
            total: self.total,
            more: self.more,
            at: self.at,
        }
    }

    /// The same page, with a total or without.
    pub(crate) fn counted(mut self, counted: bool) -> Self {
        self.total = self.total.filter(|_| counted);
        self
    }

    /// The page as an answer, with `X-…` and `Link`.
    pub(crate) fn reply(&self, call: &Call<'_>) -> Reply
    where
        T: serde::Serialize,
    {
        self.headers(call, Reply::ok(&self.rows))
    }

    /// Adds the headers of this page to an answer made otherwise.
    pub(crate) fn headers(&self, call: &Call<'_>, reply: Reply) -> Reply {
        let Offset {
            page,
            per_page,
            shift,
        } = self.at;
        let total = self.total.map(|total| total.saturating_sub_signed(shift));
        let link = |page: u64| {
            Some(call.link(
                &[("page", &page.to_string()), ("per_page", &per_page.to_string())],
                &[],
            ))
        };
        let pages = total.map(|total| total.div_ceil(per_page).max(1));
        let links = Links {
            prev: if page > 1 { link(page - 1) } else { None },
            next: if self.more { link(page + 1) } else { None },
            first: link(1),
            last: pages.and_then(link),
        };
        let number = |page: u64, there: bool| if there { page.to_string() } else { String::new() };
        let reply = reply
            .header(LINK, links.to_string())
            .header(X_PAGE, page)
            .header(X_PER_PAGE, per_page)
            .header(X_NEXT_PAGE, number(page + 1, self.more))
            .header(X_PREV_PAGE, number(page.saturating_sub(1), page > 1));
        match total {
            Some(total) => reply
                .header(X_TOTAL, total)
                .header(X_TOTAL_PAGES, pages.unwrap_or(1)),
            None => reply,
        }
    }
}

const X_PAGE: HeaderName = HeaderName::from_static("x-page");
const X_PER_PAGE: HeaderName = HeaderName::from_static("x-per-page");
const X_NEXT_PAGE: HeaderName = HeaderName::from_static("x-next-page");
const X_PREV_PAGE: HeaderName = HeaderName::from_static("x-prev-page");
pub(super) const X_TOTAL: HeaderName = HeaderName::from_static("x-total");
pub(super) const X_TOTAL_PAGES: HeaderName = HeaderName::from_static("x-total-pages");

/// A keyset page: only the way on is linked, and a full last page links to an empty one, as GitLab's does.
pub(crate) fn keyset_reply<T: serde::Serialize>(
    call: &Call<'_>,
    rows: &[T],
    per_page: usize,
    next: Option<(&str, String)>,
) -> Reply {
    let reply = Reply::ok(&rows);
    match next {
        Some((name, value)) if rows.len() == per_page => {
            let links = Links {
                next: Some(call.link(&[(name, &value)], &["page"])),
                ..Links::default()
            };
            reply.header(LINK, links.to_string())
        }
        _ => reply,
    }
}

/// Where a keyset list goes on: after this id. Opaque to clients.
pub(crate) fn cursor(last: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{{\"id\":\"{last}\",\"_kd\":\"n\"}}"))
}

/// The id of a cursor; none when it is not one of ours.
pub(crate) fn read_cursor(cursor: &str) -> Option<u64> {
    let json: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    json.get("id")?.as_str()?.parse().ok()
}

/// The refusal of an order that keyset does not know.
pub(crate) fn keyset_not_available() -> Refusal {
    Reply::error(
        StatusCode::METHOD_NOT_ALLOWED,
        "Keyset pagination is not yet available for this type of request",
    )
    .into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn offset(page: u64, per_page: u64) -> Offset {
        Offset {
            page,
            per_page,
            shift: 0,
        }
    }

    #[test]
    fn above_ten_thousand_rows_there_is_no_total() {
        let page = offset(1, 100).cut(0..10_000);
        assert_eq!((page.total, page.more), (Some(10_000), true));
        let page = offset(1, 100).cut(0..10_001);
        assert_eq!((page.total, page.more), (None, true));
        let page = offset(101, 100).cut(0..10_001);
        assert_eq!((page.rows, page.total, page.more), (vec![10_000], None, false));
    }

    proptest! {
        #[test]
        fn all_ways_to_cut_agree(rows in 0_u64..300, page in 1_u64..9, per_page in 1_u64..50) {
            let list: Vec<u64> = (0..rows).collect();
            let (one, other) = (offset(page, per_page).cut(0..rows), offset(page, per_page).slice(&list));
            prop_assert_eq!(&one.rows, &other.rows);
            prop_assert_eq!((one.total, one.more), (other.total, other.more));
            let third = offset(page, per_page).cut_of(0..rows, list.len());
            prop_assert_eq!((third.rows, third.total, third.more), (other.rows, other.total, other.more));
        }
    }
}
