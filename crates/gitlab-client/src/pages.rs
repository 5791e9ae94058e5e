use async_stream::try_stream;
use futures::Stream;
use gitlab_api::page::Links;
use http::HeaderMap;
use http::header::LINK;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::error::GitlabError;
use crate::pace::Lane;
use crate::read::{encode, parse};
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
const MOST_PAGES: u32 = 1_000_000;

impl Gitlab {
    /// Reads a list page by page, by GitLab's own links, offset and keyset alike.
    ///
    /// `per_page=100`, GitLab's largest, unless the query says otherwise. Each page is read as [`Gitlab::get`]
    /// reads; the next one is asked for when the stream is polled again. A list that is changed meanwhile may
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
        let inner = std::sync::Arc::clone(&self.inner);
        let first = encode(query).and_then(|mut query| {
            if !query.split('&').any(|pair| pair.starts_with("per_page=")) {
                let separator = if query.is_empty() { "" } else { "&" };
                query = format!("{query}{separator}per_page=100");
            }
            inner.url(path.as_ref(), Some(&query))
        });
        try_stream! {
            let mut next = Some(first?);
            let mut pages = 0;
            while let Some(asked) = next {
                let (answer, url) = inner.read(asked, lane).await?;
                pages += 1;
                next = inner.next_page(&url, &answer.headers)?.filter(|_| pages < MOST_PAGES);
                yield Page {
                    items: parse(&answer.body)?,
                    total: number(&answer.headers, "x-total"),
                };
            }
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
