//! What everything that is selected has in common, as far as GitLab can be asked for it.
//!
//! Nothing here decides: rows are judged by [`Check`](crate::selector::check::Check). What is asked of GitLab may
//! leave more than is selected, never less.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{AccessLevel, Timestamp, Visibility};

use crate::operation::ObjectKind;
use crate::selector::expression::{Expression, Op, Term, Value};
use crate::selector::field::Field;
use crate::selector::pattern::Pattern;
use crate::selector::row::Row;

/// Single objects are looked up, and not lists read, up to this many.
const MOST_LOOK_UPS: usize = 100;
/// GitLab compares moments more finely than it shows them.
const BLUR: Duration = Duration::from_secs(1);

/// Where the selected objects of one kind can be, and what is the same for all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Narrowed {
    /// `None`: anywhere.
    pub(super) places: Option<BTreeSet<Place>>,
    pub(super) conditions: Conditions,
}

/// A part of the estate. Paths are in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Everything below a group, at any depth.
    Below(Holder),
    /// What lies directly in a group.
    In(Holder),
    /// The object of this path.
    Path(String),
    /// The same, of which it is known that there may be none.
    Itself(String),
    /// The object of this number.
    Id(u64),
}

impl Place {
    /// Whether it is looked up by itself.
    pub(super) fn is_single(&self) -> bool {
        matches!(self, Self::Path(_) | Self::Itself(_) | Self::Id(_))
    }
}

/// A group, or what may be a user's own namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Holder {
    /// Full path, or a number in digits.
    pub(super) path: String,
    /// It may be a user's, too.
    pub(super) user: bool,
}

/// What holds for all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Conditions {
    visibility: Option<Visibility>,
    archived: Option<bool>,
    pending: Option<bool>,
    top_level: Option<bool>,
    at_least: Option<AccessLevel>,
    activity_after: Option<Timestamp>,
    activity_before: Option<Timestamp>,
    id_after: Option<u64>,
    id_before: Option<u64>,
    topics: BTreeSet<String>,
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

impl Conditions {
    fn and(self, other: Self) -> Self {
        Self {
            visibility: self.visibility.or(other.visibility),
            archived: self.archived.or(other.archived),
            pending: self.pending.or(other.pending),
            top_level: self.top_level.or(other.top_level),
            at_least: self.at_least.max(other.at_least),
            activity_after: self.activity_after.max(other.activity_after),
            activity_before: least(self.activity_before, other.activity_before),
            id_after: self.id_after.max(other.id_after),
            id_before: least(self.id_before, other.id_before),
            topics: self.topics.into_iter().chain(other.topics).collect(),
        }
    }

    fn or(&self, other: &Self) -> Self {
        Self {
            visibility: same(self.visibility, other.visibility),
            archived: same(self.archived, other.archived),
            pending: same(self.pending, other.pending),
            top_level: same(self.top_level, other.top_level),
            at_least: self.at_least.min(other.at_least),
            activity_after: self.activity_after.min(other.activity_after),
            activity_before: self
                .activity_before
                .zip(other.activity_before)
                .map(|(one, other)| one.max(other)),
            id_after: self.id_after.min(other.id_after),
            id_before: self
                .id_before
                .zip(other.id_before)
                .map(|(one, other)| one.max(other)),
            topics: self.topics.intersection(&other.topics).cloned().collect(),
        }
    }

    /// As parameters of a list. Filters that only the list of all projects knows are left out below a group.
    pub(super) fn parameters(&self, kind: ObjectKind, everywhere: bool) -> Vec<(&'static str, String)> {
        let mut parameters = Vec::new();
        let mut ask = |name, value: Option<String>| parameters.extend(value.map(|value| (name, value)));
        ask(
            "visibility",
            self.visibility.map(|visibility| visibility.to_string()),
        );
        ask(
            "min_access_level",
            self.at_least.map(|level| level.number().to_string()),
        );
        let archived = match (kind, self.archived) {
            // GitLab leaves projects that are scheduled for deletion out as well.
            (ObjectKind::Project, Some(false)) if self.pending != Some(false) => None,
            (_, archived) => archived,
        };
        ask("archived", archived.map(|archived| archived.to_string()));
        if !everywhere {
            return parameters;
        }
        match kind {
            ObjectKind::Group => ask(
                "top_level_only",
                self.top_level.filter(|only| *only).map(|_| "true".into()),
            ),
            ObjectKind::Project => {
                ask(
                    "last_activity_after",
                    self.activity_after.map(|at| at.to_string()),
                );
                ask(
                    "last_activity_before",
                    self.activity_before.map(|at| at.to_string()),
                );
                ask("id_after", self.id_after.map(|id| id.to_string()));
                ask("id_before", self.id_before.map(|id| id.to_string()));
                let topics: Vec<&str> = self.topics.iter().map(String::as_str).collect();
                ask(
                    "topic",
                    Some(topics.join(",")).filter(|topics| !topics.is_empty()),
                );
            }
        }
        parameters
    }
}

fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn same<T: PartialEq>(one: Option<T>, other: Option<T>) -> Option<T> {
    if one == other { one } else { None }
}

/// Roughly, how much there is to read.
fn cost(places: &BTreeSet<Place>) -> usize {
    places
        .iter()
        .map(|place| match place {
            Place::Path(_) | Place::Itself(_) | Place::Id(_) => 1,
            Place::In(_) => 10,
            // The deeper the group, the less is below it.
            Place::Below(holder) => 1_000 / (1 + holder.path.matches('/').count()).min(10),
        })
        .sum()
}

/// Without doubles, and in lists where there are too many to be looked up.
fn few(places: BTreeSet<Place>) -> Option<BTreeSet<Place>> {
    let places = without_doubles(places);
    if places.iter().filter(|place| place.is_single()).count() > MOST_LOOK_UPS {
        return in_lists(places).map(without_doubles);
    }
    Some(places)
}

/// What lists these places; `None`: only the list of everything.
fn in_lists(places: BTreeSet<Place>) -> Option<BTreeSet<Place>> {
    let list = |place| match place {
        Place::Path(path) | Place::Itself(path) => {
            let (parent, _) = path.rsplit_once('/')?;
            Some(Place::In(Holder {
                path: parent.to_owned(),
                user: true,
            }))
        }
        Place::Id(_) => None,
        place => Some(place),
    };
    places.into_iter().map(list).collect()
}

/// Leaves out what lies in another one of the places.
fn without_doubles(places: BTreeSet<Place>) -> BTreeSet<Place> {
    let whole: BTreeSet<String> = places
        .iter()
        .filter_map(|place| match place {
            Place::Below(holder) => Some(holder.path.clone()),
            _ => None,
        })
        .collect();
    let above = |path: &str| {
        path.match_indices('/')
            .any(|(end, _)| whole.contains(&path[..end]))
    };
    places
        .into_iter()
        .filter(|place| match place {
            Place::Below(holder) => !above(&holder.path),
            Place::In(holder) => !above(&holder.path) && !whole.contains(&holder.path),
            Place::Path(path) | Place::Itself(path) => !above(path),
            Place::Id(_) => true,
        })
        .collect()
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
                conditions.archived = Some(*flag == (op == Op::Is))
            }
            (Field::PendingDeletion, Value::Flag(flag)) if one => {
                conditions.pending = Some(*flag == (op == Op::Is));
            }
            (Field::TopLevel, Value::Flag(flag)) if one => {
                conditions.top_level = Some(*flag == (op == Op::Is))
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
                let earlier = |at: Timestamp| {
                    Timestamp::from_millis(at.as_millis().saturating_sub(BLUR.as_millis() as i64))
                };
                match op {
                    Op::Less => conditions.activity_before = Some(from.plus(BLUR)),
                    Op::AtMost => conditions.activity_before = Some(to.plus(BLUR)),
                    Op::More => conditions.activity_after = Some(earlier(to)),
                    Op::AtLeast => conditions.activity_after = Some(earlier(from)),
                    Op::Is => {
                        conditions.activity_after = Some(earlier(from));
                        conditions.activity_before = Some(to.plus(BLUR));
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
