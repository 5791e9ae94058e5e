use std::collections::VecDeque;
use std::sync::Arc;

use async_stream::try_stream;
use futures::Stream;
use gitlab_api::page::Links;
use http::HeaderMap;
use http::header::LINK;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::task::JoinHandle;
use url::Url;

use crate::attempt::Exchange;
use crate::error::GitlabError;
use crate::pace::Lane;
use crate::read::{encode, unreadable};
use crate::session::{Gitlab, Inner};

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows, in GitLab's order.
    pub items: Vec<T>,
    /// Rows of the whole list. GitLab does not count keyset lists, nor more than 10,000 rows.
    pub total: Option<u64>,
}

/// A list this long is a circle: a million pages are a hundred million rows.
const MOST_PAGES: u64 = 1_000_000;

/// Pages under way at a time where their addresses are known.
const AT_ONCE: usize = 4;

/// GitLab refuses pages that begin behind this row of some lists (API facts §3.2), also where the list has ended before.
const MOST_FORESEEN_ROWS: u64 = 50_000;

impl Gitlab {
    /// Reads a list page by page, by GitLab's own links, offset and keyset alike.
    ///
    /// `per_page=100`, GitLab's largest, unless the query says otherwise. Each page is read as [`Gitlab::get`]
    /// reads. The second one is asked for when the stream is polled again, and from then on the next one (of a
    /// counted list the next few) is under way while the last is looked at. A list that is changed meanwhile may
    /// show a row twice or skip one, except in keyset order.
    ///
    /// # Errors
    /// As [`Gitlab::get`]; the stream ends with the first error.
    pub fn pages<T: DeserializeOwned + Send + 'static>(
        &self,
        path: impl AsRef<str>,
        query: &(impl Serialize + ?Sized),
        lane: Lane,
    ) -> impl Stream<Item = Result<Page<T>, GitlabError>> + Send + 'static {
        self.pages_by(path, query, lane, 0, |body| serde_json::from_slice(body))
    }

    /// As [`Gitlab::pages`], with `read` for the body of a page: for those who keep little of long lists. Pages that are
    /// under way together are also read together.
    ///
    /// `foreseen`: so many rows the list probably has. Where GitLab does not count a list that it numbers (above 10,000
    /// rows), pages up to there are asked for ahead; is it shorter after all, a few requests were in vain. Those behind
    /// are asked for one after the other.
    ///
    /// # Errors
    /// As [`Gitlab::pages`].
    pub fn pages_by<T: Send + 'static>(
        &self,
        path: impl AsRef<str>,
        query: &(impl Serialize + ?Sized),
        lane: Lane,
        foreseen: u64,
        read: impl Fn(&[u8]) -> serde_json::Result<Vec<T>> + Send + Sync + 'static,
    ) -> impl Stream<Item = Result<Page<T>, GitlabError>> + Send + 'static {
        let inner = Arc::clone(&self.inner);
        let first = encode(query).and_then(|mut query| {
            if !query.split('&').any(|pair| pair.starts_with("per_page=")) {
                let separator = if query.is_empty() { "" } else { "&" };
                query = format!("{query}{separator}per_page=100");
            }
            inner.url(path.as_ref(), Some(&query))
        });
        try_stream! {
            let (answer, url) = inner.read(first?, lane).await?;
            let counted = number(&answer.headers, "x-total-pages");
            let mut walk = Walk {
                next: inner.next_page(&url, &answer.headers)?,
                last: counted.or_else(|| foreseen_page(&answer.headers, foreseen)),
                is_counted: counted.is_some(),
                under_way: VecDeque::new(),
                pages: 1,
                read: Arc::new(read),
                lane,
                inner,
            };
            yield page(&answer, &*walk.read)?;
            while let Some(page) = walk.next().await? {
                yield page;
            }
        }
    }
}

fn page<T>(
    answer: &Exchange,
    read: &impl Fn(&[u8]) -> serde_json::Result<Vec<T>>,
) -> Result<Page<T>, GitlabError> {
    Ok(Page {
        items: read(&answer.body).map_err(unreadable)?,
        total: number(&answer.headers, "x-total"),
    })
}

/// The last page of so many foreseen rows, where GitLab numbers its pages.
fn foreseen_page(headers: &HeaderMap, rows: u64) -> Option<u64> {
    number(headers, "x-next-page")?;
    let per_page = number(headers, "x-per-page").filter(|rows| *rows > 0)?;
    Some(rows.min(MOST_FORESEEN_ROWS).div_ceil(per_page))
}

/// The way through a list behind its first page.
struct Walk<T, R> {
    inner: Arc<Inner>,
    lane: Lane,
    read: Arc<R>,
    /// The first page that is not under way, as far as that is known.
    next: Option<Url>,
    /// The number of the last page that may be asked for ahead.
    last: Option<u64>,
    /// Whether GitLab has counted.
    is_counted: bool,
    /// In their order.
    under_way: VecDeque<UnderWay<T>>,
    /// How many have come.
    pages: u64,
}

/// A page, its address and what GitLab said besides.
type Come<T> = (Page<T>, Url, HeaderMap);

/// Given up when dropped.
struct UnderWay<T>(JoinHandle<Result<Come<T>, GitlabError>>);

impl<T> Drop for UnderWay<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<T, R> Walk<T, R>
where
    T: Send + 'static,
    R: Fn(&[u8]) -> serde_json::Result<Vec<T>> + Send + Sync + 'static,
{
    /// The next page.
    async fn next(&mut self) -> Result<Option<Page<T>>, GitlabError> {
        self.go_ahead();
        let Some(mut first) = self.under_way.pop_front() else {
            return Ok(None);
        };
        let (page, url, headers) = match (&mut first.0).await {
            Ok(come) => come?,
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The program ends.
                Err(_) => return Ok(None),
            },
        };
        self.pages += 1;
        if !self.is_counted && number(&headers, "x-next-page").is_none() {
            // Nothing is behind the end, whatever was foreseen.
            self.next = None;
            self.under_way.clear();
        }
        if self.under_way.is_empty() && self.next.is_none() && self.pages < MOST_PAGES {
            self.next = self.inner.next_page(&url, &headers)?;
        }
        self.go_ahead();
        Ok(Some(page))
    }

    /// Asks for as many pages as may be under way.
    fn go_ahead(&mut self) {
        while self.under_way.len() < AT_ONCE
            && let Some(url) = self.next.take()
        {
            // Behind a page with a number come those with the next ones.
            self.next = self
                .last
                .zip(page_number(&url))
                .filter(|(last, page)| page < last)
                .map(|(_, page)| with_page(&url, page + 1));
            let (inner, read, lane) = (Arc::clone(&self.inner), Arc::clone(&self.read), self.lane);
            self.under_way.push_back(UnderWay(tokio::spawn(async move {
                let (answer, url) = inner.read(url, lane).await?;
                Ok((page(&answer, &*read)?, url, answer.headers))
            })));
        }
    }
}

impl Inner {
    /// The address of the page after `current`. A link that leads elsewhere is not followed; the page's number
    /// is used instead, where GitLab gives one.
    fn next_page(&self, current: &Url, headers: &HeaderMap) -> Result<Option<Url>, GitlabError> {
        let link = headers
            .get_all(LINK)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(|value| Links::parse(value).next);
        let linked = link.as_deref().and_then(|link| current.join(link).ok());
        let numbered = || number(headers, "x-next-page").map(|page| with_page(current, page));
        let next = match linked {
            Some(linked) if self.holds(&linked) => Some(linked),
            // An instance behind a proxy may not know its own name; its page numbers are right all the same.
            Some(linked) => Some(
                numbered().ok_or_else(|| GitlabError::Redirected(linked.origin().ascii_serialization()))?,
            ),
            None => numbered(),
        };
        match next {
            Some(next) if next == *current => Err(GitlabError::InvalidBody(
                "a page that names itself as the next one".to_owned(),
            )),
            next => Ok(next),
        }
    }
}

fn page_number(url: &Url) -> Option<u64> {
    let (_, page) = url.query_pairs().find(|(name, _)| name == "page")?;
    page.parse().ok()
}

fn with_page(current: &Url, page: u64) -> Url {
    let kept: Vec<(String, String)> = current
        .query_pairs()
        .filter(|(name, _)| name != "page")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let mut next = current.clone();
    next.query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .append_pair("page", &page.to_string());
    next
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}
