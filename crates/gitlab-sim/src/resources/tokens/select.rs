//! Which tokens a list shows, and in which order.

use std::sync::Arc;

use crate::http::Offset;
use crate::http::page::Page;
use crate::params::Ask;
use crate::resources::holds;
use crate::state::Token;
use crate::time_text::{Day, Moment};

/// The filters that all lists of tokens share.
#[derive(Debug)]
pub(in crate::resources) struct Select {
    revoked: Option<bool>,
    state: Option<&'static str>,
    search: Option<String>,
    created: (Option<Moment>, Option<Moment>),
    last_used: (Option<Moment>, Option<Moment>),
    expires: (Option<Day>, Option<Day>),
    sort: Option<&'static str>,
}

const ORDERS: [&str; 8] = [
    "created_asc",
    "created_desc",
    "expires_asc",
    "expires_desc",
    "last_used_asc",
    "last_used_desc",
    "name_asc",
    "name_desc",
];

impl Select {
    pub(in crate::resources) fn read(ask: &mut Ask<'_>) -> Self {
        Self {
            revoked: ask.flag("revoked"),
            state: ask
                .choice("state", &["active", "inactive", "all"])
                .filter(|state| *state != "all"),
            search: ask.filled("search"),
            created: (ask.moment("created_after"), ask.moment("created_before")),
            last_used: (ask.moment("last_used_after"), ask.moment("last_used_before")),
            expires: (
                ask.day("expires_after").flatten(),
                ask.day("expires_before").flatten(),
            ),
            sort: ask.choice("sort", &ORDERS),
        }
    }

    fn matches(&self, token: &Token, now: Moment) -> bool {
        fn within<T: PartialOrd + Copy>(value: Option<T>, (after, before): (Option<T>, Option<T>)) -> bool {
            let late_enough = after.is_none_or(|after| value.is_some_and(|value| value >= after));
            late_enough && before.is_none_or(|before| value.is_some_and(|value| value <= before))
        }
        self.revoked.is_none_or(|revoked| token.revoked == revoked)
            && self
                .state
                .is_none_or(|wanted| (wanted == "active") == token.is_active(now))
            && self
                .search
                .as_ref()
                .is_none_or(|searched| holds(&token.name, searched))
            && within(Some(token.created_at), self.created)
            && within(token.last_used.get(), self.last_used)
            && within(token.expires_on, self.expires)
    }

    /// The page of those that match, in the order that was asked for: by default the oldest first.
    pub(in crate::resources) fn page<'s>(
        &self,
        tokens: impl Iterator<Item = &'s Arc<Token>>,
        offset: Offset,
        now: Moment,
    ) -> Page<Arc<Token>> {
        let matching = tokens.filter(|token| self.matches(token, now)).cloned();
        let Some(sort) = self.sort else {
            return offset.cut(matching);
        };
        let mut rows: Vec<Arc<Token>> = matching.collect();
        match sort.rsplit_once('_').map_or(sort, |(key, _)| key) {
            "expires" => rows.sort_by_key(|token| (token.expires_on.is_none(), token.expires_on)),
            "last_used" => rows.sort_by_key(|token| token.last_used.get()),
            "name" => rows.sort_by_key(|token| token.name.to_lowercase()),
            _ => rows.sort_by_key(|token| token.created_at),
        }
        if sort.ends_with("desc") {
            rows.reverse();
        }
        let total = rows.len();
        offset.cut_of(rows, total)
    }
}
