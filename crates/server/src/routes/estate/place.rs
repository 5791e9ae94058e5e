use gitlab_client::GitlabError;

/// How far one has come in the two lists that an answer is made of, both in the order of their numbers.
///
/// GitLab gives these lists in pages only (GitLab API facts §3.3), and a page moves when something before it goes away.
/// So what counts is the number that was seen last; the page is only where to look for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) projects: bool,
    /// The page on which the last row was.
    page: u32,
    /// The number of the last row; 0 before the first.
    after: u64,
}

impl Place {
    pub(super) const FIRST: Self = Self {
        projects: false,
        page: 1,
        after: 0,
    };

    pub(super) fn text(self) -> String {
        let kind = if self.projects { 'p' } else { 'g' };
        format!("{kind}{}.{}", self.page, self.after)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let projects = match text.get(..1)? {
            "g" => false,
            "p" => true,
            _ => return None,
        };
        let (page, after) = text.get(1..)?.split_once('.')?;
        Some(Self {
            projects,
            page: page.parse().ok().filter(|page| *page > 0)?,
            after: after.parse().ok()?,
        })
    }

    /// The rows behind this place, of which `ask` gives a page, and the place behind them.
    ///
    /// # Errors
    /// Those of `ask`.
    pub(super) async fn rows<T, F>(
        self,
        limit: u32,
        id: impl Fn(&T) -> u64,
        ask: impl Fn(u32) -> F,
    ) -> Result<(Vec<T>, Option<Self>), GitlabError>
    where
        F: Future<Output = Result<Vec<T>, GitlabError>>,
    {
        let mut page = self.page;
        let mut rows = ask(page).await?;
        // Something before went away: what was to follow stands further up.
        while page > 1 && rows.first().is_none_or(|row| id(row) > self.after) {
            page -= 1;
            rows = ask(page).await?;
        }
        let mut is_full = rows.len() >= limit as usize;
        rows.retain(|row| id(row) > self.after);
        if rows.is_empty() && is_full {
            page += 1;
            rows = ask(page).await?;
            is_full = rows.len() >= limit as usize;
            rows.retain(|row| id(row) > self.after);
        }
        let next = match rows.last() {
            Some(last) if is_full => Some(Self {
                page,
                after: id(last),
                ..self
            }),
            _ => (!self.projects).then_some(Self {
                projects: true,
                ..Self::FIRST
            }),
        };
        Ok((rows, next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that is read in pages of two, while the list changes to the next of these after each.
    async fn read(lists: &[&[u64]]) -> Vec<u64> {
        let (mut seen, mut place) = (Vec::new(), Place::FIRST);
        for turn in 0.. {
            let list = lists[lists.len().min(turn + 1) - 1];
            let ask = |page: u32| {
                let pages = list.chunks(2).nth(page as usize - 1);
                std::future::ready(Ok(pages.unwrap_or_default().to_vec()))
            };
            let (rows, next) = place.rows(2, |id| *id, ask).await.unwrap();
            seen.extend(rows);
            match next {
                Some(next) if !next.projects => place = Place::parse(&next.text()).unwrap(),
                _ => break,
            }
        }
        seen
    }

    #[tokio::test]
    async fn nothing_is_left_out_or_shown_twice_while_rows_come_and_go() {
        assert_eq!(read(&[&[1, 2, 3, 4, 5]]).await, [1, 2, 3, 4, 5]);
        assert_eq!(read(&[&[1, 2, 3, 4]]).await, [1, 2, 3, 4]);
        // One before goes, all before go, the last one goes.
        assert_eq!(read(&[&[1, 2, 3, 4, 5], &[2, 3, 4, 5]]).await, [1, 2, 3, 4, 5]);
        assert_eq!(
            read(&[&[1, 2, 3, 4, 5], &[1, 2, 3, 4, 5], &[5, 6]]).await,
            [1, 2, 3, 4, 5, 6]
        );
        assert_eq!(read(&[&[1, 2, 3], &[1, 3]]).await, [1, 2, 3]);
        // One comes before, as a group that was moved here, and one behind.
        assert_eq!(read(&[&[2, 3, 5, 6], &[1, 2, 3, 5, 6, 7]]).await, [2, 3, 5, 6, 7]);
        assert_eq!(read(&[&[1, 2, 3, 4], &[]]).await, [1, 2]);
        assert_eq!(read(&[&[]]).await, [0; 0]);
    }

    #[test]
    fn a_place_is_no_page_number() {
        for text in ["g", "g1", "g0.0", "x1.1", "g1.", "g-1.1", "p1.x", ""] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
