//! Finding what a selector selects, in as few requests as GitLab allows.
//!
//! For each kind of object: what GitLab has to be asked ([`narrow`]), which levels of the caller have to be known
//! ([`roles`]), then the lists themselves ([`list`]), a hundred rows to a page, each row judged as it comes and
//! only its number and path kept.

mod conditions;
mod list;
mod narrow;
mod places;
mod roles;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};

use domain::Timestamp;
use futures::TryStreamExt;
use gitlab_client::{Gitlab, GitlabError};

use super::check::Check;
use super::expression::Expression;
use super::field::{Body, Field};
use super::row::Row;
use super::truth::Truth;
use super::{Kinds, Selector};
use crate::estate::Known;
use crate::estate::look_up::Wants;
use crate::operation::ObjectKind;
use list::{Listed, Lists, WithBody};
use narrow::Narrowed;
use places::Place;
use roles::Roles;

/// Who looks, and when.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Which kinds are wanted, whatever else the selector says.
    pub kinds: Kinds,
    /// Relative dates count from here.
    pub now: Timestamp,
    /// An administrator chooses among everything; other people, where they name no group, among what they are
    /// members of.
    pub administrator: bool,
}

/// A group or project that was selected.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selected {
    /// Its full path as GitLab spells it.
    pub full_path: String,
    /// Which of the two.
    pub kind: ObjectKind,
    /// GitLab's number.
    pub id: u64,
    /// Whether it or a group that it lies in is archived; `None` where nothing but the path was asked for.
    pub archived: Option<bool>,
    /// The day on which it was marked for deletion, if it was and that was asked for.
    pub marked_for_deletion_on: Option<String>,
}

/// Why nothing could be selected.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// GitLab could not be asked.
    #[error(transparent)]
    Gitlab(#[from] GitlabError),
    /// The selector names a group that is not there.
    #[error("the selector names the group `{0}`, which does not exist or which you may not see")]
    NoGroup(String),
    /// The selector names an object that is not there.
    #[error("the selector names {what}, which does not exist or which you may not see")]
    NoObject {
        /// By path or number.
        what: String,
    },
    /// The patterns of a term are more than can be matched in reasonable memory.
    #[error("the patterns of `{0}` are too many to be matched; name fewer")]
    TooMuch(&'static str),
}

/// Whether an object of this kind can be selected at all.
pub(super) fn can_select(expression: &Expression, kind: ObjectKind) -> bool {
    Narrowed::of(expression, kind, Timestamp::default()).is_some()
}

/// Finds what is selected, by path, each object once.
///
/// # Errors
/// GitLab could not be asked, or the selector names what does not exist.
pub(super) async fn find(
    selector: &Selector,
    gitlab: &Gitlab,
    look: &Look,
) -> Result<Vec<Selected>, SelectError> {
    // Short rows of projects do not show the marks (GitLab API facts §7.2.1).
    find_in::<Row>(
        selector,
        gitlab,
        look,
        (Body::Full, &Wants::default()),
        &mut Vec::new(),
    )
    .await
}

/// The same, with what a plan wants to know of what is selected: it need not be listed again.
pub(super) async fn find_for(
    selector: &Selector,
    gitlab: &Gitlab,
    look: &Look,
    wants: &Wants,
) -> Result<(Vec<Selected>, Vec<Known>), SelectError> {
    let mut known = Vec::new();
    let least = if wants.are_short() {
        Body::Simple
    } else {
        Body::Full
    };
    let selected = find_in::<WithBody>(selector, gitlab, look, (least, wants), &mut known).await?;
    Ok((selected, known))
}

async fn find_in<R: Listed>(
    selector: &Selector,
    gitlab: &Gitlab,
    look: &Look,
    (least, wants): (Body, &Wants),
    known: &mut Vec<Known>,
) -> Result<Vec<Selected>, SelectError> {
    let check =
        Check::of(selector.expression(), look.now).map_err(|term| SelectError::TooMuch(term.field.name()))?;
    let mut selected = Vec::new();
    let mut missing = Missing::default();
    for kind in [ObjectKind::Group, ObjectKind::Project] {
        if !look.kinds.include(kind) {
            continue;
        }
        let Some(mut narrowed) = Narrowed::of(selector.expression(), kind, look.now) else {
            continue;
        };
        if selector.asks(Field::MyRole) {
            narrowed = narrowed.in_lists();
        }
        missing.expect(&narrowed);
        let lists = Lists {
            gitlab,
            kind,
            body: selector.body(kind, narrowed.visibility().is_some()).max(least),
            administrator: look.administrator,
            wanted: look.kinds,
        };
        let roles = Roles::load(&lists, &narrowed, selector.expression()).await?;
        let mut seen = HashSet::new();
        let rows = lists.rows::<R>(&narrowed);
        futures::pin_mut!(rows);
        while let Some(page) = rows.try_next().await? {
            for listed in page {
                let (mut row, body) = listed.parts();
                narrowed.complete(&mut row);
                missing.found(&row);
                if check.holds(&row, kind, &roles) == Truth::Yes && seen.insert(row.id) {
                    known.extend(body.and_then(|body| wants.listed(kind, &body)));
                    selected.push(Selected {
                        full_path: row.full_path,
                        kind,
                        id: row.id,
                        archived: row.archived,
                        marked_for_deletion_on: row.marked_for_deletion_on,
                    });
                }
            }
        }
    }
    missing.none()?;
    selected.sort_unstable();
    Ok(selected)
}

/// Objects that the selector names one by one, of which there has to be each: one that is missing is a slip of the
/// pen, and silence would hide it.
#[derive(Default)]
struct Missing {
    expected: BTreeSet<Place>,
    found: BTreeSet<Place>,
}

impl Missing {
    fn expect(&mut self, narrowed: &Narrowed) {
        self.expected.extend(narrowed.named().cloned());
    }

    fn found(&mut self, row: &Row) {
        if !self.expected.is_empty() {
            let places = [Place::Path(row.full_path.to_lowercase()), Place::Id(row.id)];
            let expected = places.into_iter().filter(|place| self.expected.contains(place));
            self.found.extend(expected);
        }
    }

    /// A path may be of either kind, and so may a number.
    fn none(&self) -> Result<(), SelectError> {
        let what = self
            .expected
            .difference(&self.found)
            .find_map(|place| match place {
                Place::Path(path) => Some(format!("`{path}`")),
                Place::Id(id) => Some(format!("number {id}")),
                _ => None,
            });
        what.map_or(Ok(()), |what| Err(SelectError::NoObject { what }))
    }
}
