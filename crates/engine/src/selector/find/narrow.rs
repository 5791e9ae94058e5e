//! What everything that is selected has in common, as far as GitLab can be asked for it.
//!
//! Nothing here decides: rows are judged by [`Check`](crate::selector::check::Check). What is asked of GitLab may
//! leave more than is selected, never less.

use std::collections::BTreeSet;

use domain::{AccessLevel, Timestamp, Visibility};

use super::conditions::Conditions;
use super::places::{Holder, Place, cost, few, in_lists};
use crate::operation::ObjectKind;
use crate::selector::expression::{Expression, Op, Term, Value};
use crate::selector::field::Field;
use crate::selector::pattern::Pattern;
use crate::selector::row::Row;

/// GitLab compares moments more finely than it shows them.
const BLUR_MILLIS: i64 = 1_000;

/// Where the selected objects of one kind can be, and what is the same for all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Narrowed {
    /// `None`: anywhere.
    pub(super) places: Option<BTreeSet<Place>>,
    pub(super) conditions: Conditions,
}

impl Narrowed {
    /// For objects of one kind; `None` when no such object can be selected.
    pub(super) fn of(expression: &Expression, kind: ObjectKind, now: Timestamp) -> Option<Self> {
        Narrowing { kind, now }.narrow(expression, false)
    }

    /// The only visibility there can be.
    pub(super) fn visibility(&self) -> Option<Visibility> {
        self.conditions.visibility
    }

    /// The level that all have at least.
    pub(super) fn at_least(&self) -> Option<AccessLevel> {
        self.conditions.at_least
    }

    /// The single objects that have to exist.
    pub(super) fn named(&self) -> impl Iterator<Item = &Place> {
        let places = self.places.iter().flatten();
        places.filter(|place| matches!(place, Place::Path(_) | Place::Id(_)))
    }

    /// Older instances leave the visibility out of short rows; that it was asked for says it as well.
    pub(super) fn complete(&self, row: &mut Row) {
        row.visibility = row.visibility.or(self.conditions.visibility);
    }

    /// The same without looking objects up: lists can be asked what an object by itself does not tell.
    pub(super) fn in_lists(mut self) -> Self {
        self.places = self.places.and_then(in_lists);
        self
    }

    /// The same with at least this level.
    pub(super) fn with_level(mut self, level: AccessLevel) -> Self {
        self.conditions.at_least = self.conditions.at_least.max(Some(level));
        self
    }

    /// Both hold.
    fn and(self, other: Self) -> Self {
        let places = match (self.places, other.places) {
            (Some(one), Some(other)) => Some(if cost(&one) <= cost(&other) { one } else { other }),
            (one, other) => one.or(other),
        };
        Self {
            places,
            conditions: self.conditions.and(other.conditions),
        }
    }

    /// One of them holds.
    fn or(self, other: Self) -> Self {
        let places = self
            .places
            .zip(other.places)
            .and_then(|(one, other)| few(one.into_iter().chain(other).collect()));
        Self {
            places,
            conditions: self.conditions.or(&other.conditions),
        }
    }
}

struct Narrowing {
    kind: ObjectKind,
    now: Timestamp,
}

impl Narrowing {
    /// `None` when nothing can be selected. A negation is carried down to the terms.
    fn narrow(&self, expression: &Expression, negated: bool) -> Option<Narrowed> {
        match expression {
            Expression::Not(part) => self.narrow(part, !negated),
            Expression::Term(term) => self.term(term, negated),
            Expression::All(parts) | Expression::Any(parts) => {
                let narrowed = parts.iter().map(|part| self.narrow(part, negated));
                if matches!(expression, Expression::All(_)) == negated {
                    narrowed.flatten().reduce(Narrowed::or)
                } else {
                    narrowed
                        .collect::<Option<Vec<_>>>()?
                        .into_iter()
                        .reduce(Narrowed::and)
                }
            }
        }
    }

    fn term(&self, term: &Term, negated: bool) -> Option<Narrowed> {
        if !term.field.definition().kinds.include(self.kind) {
            return None;
        }
        let op = if negated { opposite(term.op) } else { Some(term.op) };
        let Some(op) = op else {
            return Some(Narrowed::default());
        };
        let mut narrowed = Narrowed::default();
        match term.field {
            Field::Kind => {
                let named = term.values.contains(&Value::Kind(self.kind));
                return (named == (op == Op::Is)).then_some(narrowed);
            }
            Field::Path | Field::Group | Field::Id if op == Op::Is => narrowed.places = self.places(term),
            _ => {}
        }
        self.conditions(term, op, &mut narrowed.conditions);
        Some(narrowed)
    }

    fn conditions(&self, term: &Term, op: Op, conditions: &mut Conditions) {
        let (Some(value), one) = (term.values.first(), term.values.len() == 1) else {
            return;
        };
        match (term.field, value) {
            (Field::Visibility, Value::Visibility(visibility)) if op == Op::Is && one => {
                conditions.visibility = Some(*visibility);
            }
            (Field::Archived, Value::Flag(flag)) if one => {
                conditions.archived = Some(*flag == (op == Op::Is));
            }
            (Field::PendingDeletion, Value::Flag(flag)) if one => {
                conditions.pending = Some(*flag == (op == Op::Is));
            }
            (Field::TopLevel, Value::Flag(flag)) if one => {
                conditions.top_level = Some(*flag == (op == Op::Is));
            }
            (Field::Id, Value::Number(number)) if one => match op {
                Op::More => conditions.id_after = Some(*number),
                Op::AtLeast => conditions.id_after = number.checked_sub(1),
                Op::Less => conditions.id_before = Some(*number),
                Op::AtMost => conditions.id_before = number.checked_add(1),
                _ => {}
            },
            (Field::MyRole, Value::Role(_)) => conditions.at_least = least_level(term, op),
            (Field::LastActivity, Value::When(when)) if one => {
                let (from, to) = when.span(self.now);
                let earlier =
                    |at: Timestamp| Timestamp::from_millis(at.as_millis().saturating_sub(BLUR_MILLIS));
                let later =
                    |at: Timestamp| Timestamp::from_millis(at.as_millis().saturating_add(BLUR_MILLIS));
                match op {
                    Op::Less => conditions.activity_before = Some(later(from)),
                    Op::AtMost => conditions.activity_before = Some(later(to)),
                    Op::More => conditions.activity_after = Some(earlier(to)),
                    Op::AtLeast => conditions.activity_after = Some(earlier(from)),
                    Op::Is => {
                        conditions.activity_after = Some(earlier(from));
                        conditions.activity_before = Some(later(to));
                    }
                    Op::IsNot | Op::Contains => {}
                }
            }
            (Field::Topic, Value::Pattern(pattern)) if op == Op::Is && one => {
                // A comma would be read as two topics.
                let topic = pattern
                    .literal()
                    .filter(|topic| !topic.is_empty() && !topic.contains(','));
                conditions.topics.extend(topic.map(str::to_owned));
            }
            _ => {}
        }
    }

    /// Where the values of a term can be; `None`: anywhere.
    fn places(&self, term: &Term) -> Option<BTreeSet<Place>> {
        let places = term
            .values
            .iter()
            .map(|value| match value {
                Value::Pattern(pattern) if term.field == Field::Group => in_group(pattern),
                Value::Pattern(pattern) => self.at_path(pattern),
                Value::Number(number) => Some(vec![Place::Id(*number)]),
                _ => None,
            })
            .collect::<Option<Vec<_>>>()?;
        few(places.into_iter().flatten().collect())
    }

    fn at_path(&self, pattern: &Pattern) -> Option<Vec<Place>> {
        let holder = |path: &str| Holder {
            path: path.to_lowercase(),
            user: true,
        };
        if let Some(path) = pattern.literal() {
            return Some(vec![Place::Path(path.to_lowercase())]);
        }
        if let Some(path) = pattern.everything_below() {
            // Everything below `acme` is not `acme` itself, which `path:acme/**` is as well.
            let itself = (self.kind == ObjectKind::Group).then(|| Place::Itself(path.to_lowercase()));
            return Some(
                std::iter::once(Place::Below(holder(path)))
                    .chain(itself)
                    .collect(),
            );
        }
        let (above, _) = pattern.start().rsplit_once('/')?;
        let place = if pattern.ends_in_one_segment() {
            Place::In
        } else {
            Place::Below
        };
        Some(vec![place(holder(above))])
    }
}

/// Where what lies in a group of this pattern is.
fn in_group(pattern: &Pattern) -> Option<Vec<Place>> {
    let holder = |path: &str| Holder {
        path: path.to_lowercase(),
        user: false,
    };
    if let Some(path) = pattern.literal() {
        return Some(vec![Place::In(holder(path))]);
    }
    if let Some(path) = pattern.everything_below() {
        return Some(vec![Place::Below(holder(path))]);
    }
    let (path, _) = pattern.start().rsplit_once('/')?;
    Some(vec![Place::Below(holder(path))])
}

/// The operator that says the contrary.
fn opposite(op: Op) -> Option<Op> {
    match op {
        Op::Is => Some(Op::IsNot),
        Op::IsNot => Some(Op::Is),
        Op::Contains => None,
        Op::Less => Some(Op::AtLeast),
        Op::AtMost => Some(Op::More),
        Op::More => Some(Op::AtMost),
        Op::AtLeast => Some(Op::Less),
    }
}

/// The level that everything has that a term selects.
fn least_level(term: &Term, op: Op) -> Option<AccessLevel> {
    let levels = || {
        term.values.iter().filter_map(|value| match value {
            Value::Role(level) => Some(*level),
            _ => None,
        })
    };
    match op {
        Op::Is => levels().min().flatten(),
        Op::AtLeast => levels().next().flatten(),
        Op::More => match levels().next()? {
            None => Some(AccessLevel::Guest),
            Some(level) => AccessLevel::ALL.into_iter().find(|higher| *higher > level),
        },
        Op::IsNot if levels().any(|level| level.is_none()) => Some(AccessLevel::Guest),
        Op::IsNot | Op::Contains | Op::Less | Op::AtMost => None,
    }
}
