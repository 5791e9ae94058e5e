//! Selectors: groups and projects by what they are, not by name.
//!
//! `group:platform/** visibility=public last_activity<90d -topic:keep` is read ([`Selector::parse`]) into data that
//! prints as it was meant, asked of GitLab as far as GitLab can answer it, and decided here for the rest
//! ([`Selector::select`]). The language is described in `docs/selectors.md`; its fields are one table, [`FIELDS`].

mod check;
#[cfg(test)]
mod documented;
mod expression;
mod field;
mod find;
mod pattern;
mod read;
mod row;
#[cfg(test)]
mod samples;
mod size;
mod truth;
mod when;

use std::fmt::{self, Display};
use std::str::FromStr;

use domain::Timestamp;
use gitlab_client::Gitlab;

pub use expression::{Expression, Op, Term, Value};
pub use field::{Definition, FIELDS, Field, Holds, Kinds};
pub use find::{Look, SelectError, Selected};
pub use pattern::Pattern;
pub use read::{MOST_CHARACTERS, MOST_DEPTH, Mistake, Mistakes};
pub use size::Size;
pub use when::{Unit, When};

use crate::estate::Known;
use crate::estate::look_up::Wants;
use crate::operation::ObjectKind;
use field::Body;

/// A filter over the groups and projects of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    expression: Expression,
}

impl Selector {
    /// Reads what a person wrote.
    ///
    /// # Errors
    /// What is wrong with it, with places: the first mistake of grammar, or every term that makes no sense.
    pub fn parse(text: &str) -> Result<Self, Mistakes> {
        Ok(Self {
            expression: read::read(text)?,
        })
    }

    /// What it says.
    pub fn expression(&self) -> &Expression {
        &self.expression
    }

    /// The kinds of object that it can select at all.
    pub fn kinds(&self) -> Option<Kinds> {
        let groups = find::can_select(&self.expression, ObjectKind::Group);
        let projects = find::can_select(&self.expression, ObjectKind::Project);
        match (groups, projects) {
            (true, true) => Some(Kinds::Both),
            (true, false) => Some(Kinds::Groups),
            (false, true) => Some(Kinds::Projects),
            (false, false) => None,
        }
    }

    /// What its relative dates are when they count from `now`: as they are written, and the moment.
    pub fn moments(&self, now: Timestamp) -> Vec<(String, Timestamp)> {
        let values = self.expression.terms().into_iter().flat_map(|term| &term.values);
        let relative = values.filter_map(|value| match value {
            Value::When(when) if !matches!(when, When::Day(_) | When::Moment(_)) => {
                Some((when.to_string(), when.span(now).0))
            }
            _ => None,
        });
        let mut moments: Vec<_> = relative.collect();
        moments.dedup();
        moments
    }

    /// Finds what is selected, by path, each object once: in as few requests as GitLab allows, and keeping
    /// nothing of an object but its number, its path and its marks.
    ///
    /// # Errors
    /// GitLab could not be asked, or the selector names what does not exist.
    pub async fn select(&self, gitlab: &Gitlab, look: &Look) -> Result<Vec<Selected>, SelectError> {
        find::find(self, gitlab, look).await
    }

    /// The same, with what a plan wants to know of each: it need not be listed again.
    ///
    /// # Errors
    /// As [`Selector::select`].
    pub(crate) async fn select_for(
        &self,
        gitlab: &Gitlab,
        look: &Look,
        wants: &Wants,
    ) -> Result<(Vec<Selected>, Vec<Known>), SelectError> {
        find::find_for(self, gitlab, look, wants).await
    }

    fn asks(&self, field: Field) -> bool {
        self.expression.terms().iter().any(|term| term.field == field)
    }

    /// The shortest rows that tell everything it asks of objects of a kind.
    fn body(&self, kind: ObjectKind, visibility_is_asked_for: bool) -> Body {
        let terms = self.expression.terms();
        let fields = terms.iter().map(|term| term.field.definition());
        fields
            .filter(|definition| definition.kinds.include(kind))
            .map(|definition| match definition.field {
                // Short rows show it since GitLab 18 only (GitLab API facts §7.2.1).
                Field::Visibility if !visibility_is_asked_for => Body::Full,
                _ => definition.body,
            })
            .max()
            .unwrap_or(Body::Simple)
    }
}

impl FromStr for Selector {
    type Err = Mistakes;

    fn from_str(text: &str) -> Result<Self, Mistakes> {
        Self::parse(text)
    }
}

/// In one way of the several in which it could be written; read again, it is the same.
impl Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.expression, f)
    }
}
