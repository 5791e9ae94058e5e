//! The caller's own level, which no list of a group shows: lists can only be asked for what one has it in.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::AccessLevel;
use futures::TryStreamExt;

use super::SelectError;
use super::list::Lists;
use super::narrow::Narrowed;
use crate::selector::check::{Standing, thresholds};
use crate::selector::expression::Expression;
use crate::selector::field::Field;
use crate::selector::row::Row;
use crate::selector::truth::Truth;

/// Where the caller has which level, as far as a selector asks.
#[derive(Debug, Default)]
pub(super) struct Roles {
    /// All rows have this one.
    all: Option<AccessLevel>,
    /// The objects in which the caller has at least a level.
    holders: HashMap<AccessLevel, HashSet<u64>>,
}

impl Roles {
    /// One list for each level that the rows themselves do not decide; none for `my_role>=maintainer` alone.
    pub(super) async fn load(
        lists: &Lists<'_>,
        narrowed: &Narrowed,
        expression: &Expression,
    ) -> Result<Self, SelectError> {
        let asked: BTreeSet<AccessLevel> = expression
            .terms()
            .into_iter()
            .filter(|term| term.field == Field::MyRole)
            .flat_map(thresholds)
            .collect();
        let mut roles = Self {
            all: narrowed.at_least(),
            ..Self::default()
        };
        for level in asked.into_iter().filter(|level| Some(*level) > roles.all) {
            let rows = lists.short().rows::<Row>(&narrowed.clone().with_level(level));
            futures::pin_mut!(rows);
            let mut ids = HashSet::new();
            while let Some(page) = rows.try_next().await? {
                ids.extend(page.into_iter().map(|row| row.id));
            }
            roles.holders.insert(level, ids);
        }
        Ok(roles)
    }
}

impl Standing for Roles {
    fn at_least(&self, id: u64, level: AccessLevel) -> Truth {
        if Some(level) <= self.all {
            return Truth::Yes;
        }
        self.holders
            .get(&level)
            .map_or(Truth::Unknown, |ids| ids.contains(&id).into())
    }
}
