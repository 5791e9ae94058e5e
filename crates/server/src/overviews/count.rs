use futures::TryStreamExt;
use gitlab_client::{Gitlab, GitlabError, Lane};
use serde::Deserialize;

use super::Until;

/// GitLab's largest page.
const PAGE: u64 = 100;
/// Where GitLab's offset pages of projects end (GitLab API facts §3.2): 50,000 rows.
const LAST_PAGE_OF_PROJECTS: u64 = 500;

/// A list that can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Groups,
    Projects,
}

#[derive(Deserialize)]
struct Row {
    id: u64,
}

/// What was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) rows: u64,
    /// Whether these are all; otherwise there are at least so many.
    pub(crate) complete: bool,
}

impl Counted {
    const fn path(self) -> &'static str {
        match self {
            Self::Groups => "groups",
            Self::Projects => "projects",
        }
    }
}

/// How many rows a list of groups or projects has, in one request where GitLab counts them.
///
/// Above 10,000 rows GitLab does not. Then the last page is looked for by halving, which takes some twenty requests and
/// not one for every hundred rows; where pages of projects end, the next stretch begins behind the last id. An estate of
/// millions takes longer than a request may: then what is known by `until` is said.
///
/// # Errors
/// GitLab could not be asked.
pub(crate) async fn count(
    gitlab: &Gitlab,
    what: Counted,
    filters: &[(&str, String)],
    until: &Until,
) -> Result<Tally, GitlabError> {
    let mut query = filters.to_vec();
    query.push(("per_page", "1".to_owned()));
    let mut pages = std::pin::pin!(gitlab.pages::<Row>(what.path(), &query, Lane::People));
    if let Some(total) = pages.try_next().await?.and_then(|page| page.total) {
        return Ok(Tally {
            rows: total,
            complete: true,
        });
    }
    let (mut total, mut behind) = (0, None);
    loop {
        let (stretch, last) = stretch(gitlab, what, filters, behind, until).await?;
        total += stretch.rows;
        let is_last =
            what == Counted::Groups || stretch.rows < LAST_PAGE_OF_PROJECTS * PAGE || last.is_none();
        if is_last || !stretch.complete {
            return Ok(Tally {
                rows: total,
                complete: stretch.complete,
            });
        }
        behind = last;
    }
}

/// The rows of one stretch of pages, and the id of the last.
async fn stretch(
    gitlab: &Gitlab,
    what: Counted,
    filters: &[(&str, String)],
    behind: Option<u64>,
    until: &Until,
) -> Result<(Tally, Option<u64>), GitlabError> {
    let all = |rows| Tally { rows, complete: true };
    let ask = async |page: u64| -> Result<Vec<Row>, GitlabError> {
        let mut query = filters.to_vec();
        query.extend([
            ("per_page", PAGE.to_string()),
            ("page", page.to_string()),
            ("order_by", "id".to_owned()),
            ("sort", "asc".to_owned()),
        ]);
        if what == Counted::Projects {
            query.push(("simple", "true".to_owned()));
        }
        query.extend(behind.map(|id| ("id_after", id.to_string())));
        gitlab.get(what.path(), &query, Lane::People).await
    };
    let most = match what {
        Counted::Groups => u64::MAX / PAGE,
        Counted::Projects => LAST_PAGE_OF_PROJECTS,
    };
    // Every page up to `full` is full; those from `beyond` on are empty.
    let (mut full, mut beyond, mut end) = (0, None, None);
    let mut page = 1;
    loop {
        if until.is_over() {
            let known = Tally {
                rows: full * PAGE,
                complete: false,
            };
            return Ok((known, end));
        }
        let rows = ask(page).await?;
        let length = rows.len() as u64;
        if length > 0 {
            end = end.max(rows.last().map(|row| row.id));
        }
        if length == PAGE {
            full = page;
        } else if length > 0 {
            return Ok((all((page - 1) * PAGE + length), end));
        } else {
            beyond = Some(page);
        }
        page = match beyond {
            Some(beyond) if beyond == full + 1 => return Ok((all(full * PAGE), end)),
            Some(beyond) => full + (beyond - full) / 2,
            None if full == most => return Ok((all(full * PAGE), end)),
            None => (full * 2).clamp(2, most),
        };
    }
}
