//! Whether a row is what a selector wants.

use domain::{AccessLevel, Timestamp, Visibility};
use regex::{Regex, RegexBuilder};

use super::expression::{Expression, Op, Term, Value};
use super::field::{Field, Holds};
use super::row::{Fact, Row};
use super::truth::Truth;
use crate::operation::ObjectKind;

/// An expression made ready to be asked many times.
#[derive(Debug)]
pub(crate) enum Check {
    All(Vec<Check>),
    Any(Vec<Check>),
    Not(Box<Check>),
    Test(Test),
}

/// A term made ready.
#[derive(Debug)]
pub(crate) struct Test {
    field: Field,
    op: Op,
    operand: Operand,
}

#[derive(Debug)]
enum Operand {
    /// Any of the patterns; and the numbers that a group may be meant by.
    Texts(Box<Regex>, Vec<u64>),
    Kinds(Vec<ObjectKind>),
    Flags(Vec<bool>),
    Numbers(Vec<u64>),
    /// First moment and the first one after it.
    Spans(Vec<(Timestamp, Timestamp)>),
    Visibilities(Vec<Visibility>),
    /// None is 0.
    Levels(Vec<u8>),
}

/// What is known of an object besides its row.
pub(crate) trait Standing {
    /// Whether the caller has at least this level there.
    fn at_least(&self, id: u64, level: AccessLevel) -> Truth;
}

impl Check {
    /// Relative dates count from `now`.
    ///
    /// # Errors
    /// The patterns of a term are more than can be matched in reasonable memory: that term.
    pub(crate) fn of(expression: &Expression, now: Timestamp) -> Result<Self, &Term> {
        Ok(match expression {
            Expression::All(parts) => Self::All(several(parts, now)?),
            Expression::Any(parts) => Self::Any(several(parts, now)?),
            Expression::Not(part) => Self::Not(Box::new(Self::of(part, now)?)),
            Expression::Term(term) => Self::Test(Test::of(term, now).ok_or(term)?),
        })
    }

    pub(crate) fn holds(&self, row: &Row, kind: ObjectKind, standing: &impl Standing) -> Truth {
        match self {
            Self::All(parts) => Truth::all(parts.iter().map(|part| part.holds(row, kind, standing))),
            Self::Any(parts) => Truth::any(parts.iter().map(|part| part.holds(row, kind, standing))),
            Self::Not(part) => part.holds(row, kind, standing).not(),
            Self::Test(test) => test.holds(row, kind, standing),
        }
    }
}

fn several(parts: &[Expression], now: Timestamp) -> Result<Vec<Check>, &Term> {
    parts.iter().map(|part| Check::of(part, now)).collect()
}

impl Test {
    fn of(term: &Term, now: Timestamp) -> Option<Self> {
        let values = term.values.as_slice();
        let operand = match term.field.definition().holds {
            Holds::Path | Holds::Text | Holds::Texts | Holds::Paths => texts(term)?,
            Holds::Kind => Operand::Kinds(each(values, |value| match value {
                Value::Kind(kind) => Some(*kind),
                _ => None,
            })),
            Holds::Flag => Operand::Flags(each(values, |value| match value {
                Value::Flag(flag) => Some(*flag),
                _ => None,
            })),
            Holds::Number | Holds::Size => Operand::Numbers(each(values, |value| match value {
                Value::Number(number) => Some(*number),
                Value::Size(size) => Some(size.0),
                _ => None,
            })),
            Holds::Date => Operand::Spans(each(values, |value| match value {
                Value::When(when) => Some(when.span(now)),
                _ => None,
            })),
            Holds::Visibility => Operand::Visibilities(each(values, |value| match value {
                Value::Visibility(visibility) => Some(*visibility),
                _ => None,
            })),
            Holds::Role => Operand::Levels(each(values, |value| match value {
                Value::Role(level) => Some(level.map_or(0, AccessLevel::number)),
                _ => None,
            })),
        };
        Some(Self {
            field: term.field,
            op: term.op,
            operand,
        })
    }

    fn holds(&self, row: &Row, kind: ObjectKind, standing: &impl Standing) -> Truth {
        if let Operand::Levels(levels) = &self.operand {
            return level_holds(self.op, levels, |level| standing.at_least(row.id, level));
        }
        let holds = match (&self.operand, row.fact(self.field, kind)) {
            (Operand::Texts(regex, _), Fact::Text(text)) => regex.is_match(&text),
            (Operand::Texts(regex, _), Fact::Texts(texts)) => texts.iter().any(|text| regex.is_match(text)),
            (Operand::Texts(regex, numbers), Fact::Within(path, id)) => {
                regex.is_match(path) || id.is_some_and(|id| numbers.contains(&id))
            }
            (Operand::Kinds(kinds), Fact::Kind(kind)) => kinds.contains(&kind),
            (Operand::Flags(flags), Fact::Flag(flag)) => flags.contains(&flag),
            (Operand::Numbers(numbers), Fact::Number(number)) => self.compare(numbers, number),
            (Operand::Visibilities(values), Fact::Visibility(value)) => self.compare(values, value),
            (Operand::Spans(spans), Fact::Moment(at)) => self.within(spans, at),
            _ => return Truth::Unknown,
        };
        Truth::from(holds != (self.op == Op::IsNot))
    }

    /// For orders, and whether it is one of the values.
    fn compare<T: Ord + Copy>(&self, values: &[T], fact: T) -> bool {
        values.iter().any(|&value| match self.op {
            Op::Is | Op::IsNot | Op::Contains => fact == value,
            Op::Less => fact < value,
            Op::AtMost => fact <= value,
            Op::More => fact > value,
            Op::AtLeast => fact >= value,
        })
    }

    /// Before a day is before its first moment, after it from the next day's on.
    fn within(&self, spans: &[(Timestamp, Timestamp)], at: Timestamp) -> bool {
        spans.iter().any(|&(from, to)| {
            let is_moment = from == to;
            match self.op {
                Op::Is | Op::IsNot | Op::Contains => from <= at && at < to || is_moment && at == from,
                Op::Less => at < from,
                Op::AtMost => at < to || is_moment && at == from,
                Op::More if is_moment => at > from,
                Op::More => at >= to,
                Op::AtLeast => at >= from,
            }
        })
    }
}

/// A question about levels, put as questions of "at least".
fn level_holds(op: Op, levels: &[u8], at_least: impl Fn(AccessLevel) -> Truth) -> Truth {
    let from = |level: u8| threshold(level).map_or(Truth::Yes, &at_least);
    let above = |level: u8| threshold(level.saturating_add(1)).map_or(Truth::No, &at_least);
    let is = |level: u8| Truth::all([from(level), above(level).not()].into_iter());
    let first = || levels.first().copied().unwrap_or_default();
    match op {
        Op::Is | Op::Contains => Truth::any(levels.iter().map(|level| is(*level))),
        Op::IsNot => Truth::any(levels.iter().map(|level| is(*level))).not(),
        Op::Less => from(first()).not(),
        Op::AtMost => above(first()).not(),
        Op::More => above(first()),
        Op::AtLeast => from(first()),
    }
}

/// The lowest level of at least this number that GitLab's lists can be asked for; the first is guest. `None` for 0,
/// which everybody has, and beyond the last, which nobody has.
fn threshold(number: u8) -> Option<AccessLevel> {
    let number = (number > 0).then(|| number.max(AccessLevel::Guest.number()))?;
    AccessLevel::ALL
        .into_iter()
        .find(|level| level.number() >= number)
}

/// The levels of which it has to be known, to answer a term, whether the caller has at least them.
pub(crate) fn thresholds(term: &Term) -> Vec<AccessLevel> {
    let asked = std::cell::RefCell::new(Vec::new());
    let levels = each(&term.values, |value| match value {
        Value::Role(level) => Some(level.map_or(0, AccessLevel::number)),
        _ => None,
    });
    level_holds(term.op, &levels, |level| {
        asked.borrow_mut().push(level);
        Truth::Unknown
    });
    asked.into_inner()
}

fn each<T>(values: &[Value], read: impl Fn(&Value) -> Option<T>) -> Vec<T> {
    values.iter().filter_map(read).collect()
}

/// `None` when the patterns are too much.
fn texts(term: &Term) -> Option<Operand> {
    let paths = matches!(term.field.definition().holds, Holds::Path | Holds::Paths);
    let mut numbers = Vec::new();
    let mut parts = Vec::with_capacity(term.values.len());
    for value in &term.values {
        let Value::Pattern(pattern) = value else { continue };
        if let Some(number) = pattern.literal().and_then(|text| text.parse().ok()) {
            numbers.push(number);
        }
        parts.push(if paths {
            pattern.path_regex()
        } else {
            pattern.text_regex()
        });
    }
    let parts = parts.join("|");
    let whole = match term.op {
        Op::Contains => parts,
        _ => format!("^(?:{parts})$"),
    };
    let regex = RegexBuilder::new(&whole)
        .case_insensitive(true)
        .dot_matches_new_line(true)
        .build()
        .ok()?;
    Some(Operand::Texts(Box::new(regex), numbers))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::selector::Selector;

    /// The caller has one level everywhere.
    struct Everywhere(Option<AccessLevel>);

    impl Standing for Everywhere {
        fn at_least(&self, _: u64, level: AccessLevel) -> Truth {
            Truth::from(self.0 >= Some(level))
        }
    }

    fn asked(selector: &str, kind: ObjectKind, row: &Json, level: Option<AccessLevel>) -> Truth {
        let now = Timestamp::parse("2026-11-22T12:00:00Z").unwrap();
        let selector = Selector::parse(selector).unwrap();
        let row: Row = serde_json::from_value(row.clone()).unwrap();
        Check::of(selector.expression(), now)
            .unwrap()
            .holds(&row, kind, &Everywhere(level))
    }

    fn project() -> Json {
        json!({
            "id": 12, "name": "Billing Service", "path_with_namespace": "Acme/Platform/billing",
            "namespace": {"id": 4, "kind": "group"}, "visibility": "internal", "archived": false,
            "marked_for_deletion_on": null, "created_at": "2024-01-01T00:00:00.000Z",
            "last_activity_at": "2024-01-31T23:59:59.999Z", "topics": ["Legacy", "rust"], "description": null,
            "empty_repo": false, "default_branch": "main", "forks_count": 0, "star_count": 3,
            "forked_from_project": {"id": 1}, "shared_with_groups": [{"group_id": 9, "group_full_path": "ext/qa"}],
            "request_access_enabled": null,
            "statistics": {"storage_size": 2_097_152, "repository_size": 1024, "commit_count": 7},
        })
    }

    fn group() -> Json {
        json!({
            "id": 4, "name": "Platform", "full_path": "acme/platform", "parent_id": 2, "visibility": "private",
            "archived": true, "marked_for_deletion_on": "2026-12-01", "created_at": "2023-05-05T10:00:00.000Z",
            "require_two_factor_authentication": true,
        })
    }

    #[test]
    fn a_project_is_asked_for_everything_that_it_has() {
        for selector in [
            "kind:project",
            "path=acme/platform/*",
            "path~PLATFORM",
            "group:acme/**",
            "group:acme/platform",
            "group:4",
            "name='billing *'",
            "name~service",
            "name!=other",
            "id=1,12",
            "id>=12",
            "visibility=internal",
            "visibility<public",
            "archived=false",
            "pending_deletion=no",
            "created=2024-01-01",
            "created>2023-12-31",
            "created<=2024-01-01",
            "last_activity=2024-01-31",
            "last_activity<2024-02-01",
            "last_activity<=2024-01-31",
            "last_activity<90d",
            "topic:legacy",
            "topic:other,RUST",
            "topic!=other,none",
            "description=\"\"",
            "empty_repo=false",
            "default_branch=main",
            "fork=true",
            "forks=0",
            "stars>2",
            "stars!=2,4",
            "shared_with:ext/**",
            "request_access=false",
            "personal=false",
            "storage=2mb",
            "storage>1mb",
            "commits<10",
            "my_role>=developer",
            "my_role=guest,maintainer",
            "my_role<owner",
            "my_role!=none",
            "not my_role=owner",
        ] {
            let answer = asked(
                selector,
                ObjectKind::Project,
                &project(),
                Some(AccessLevel::Maintainer),
            );
            assert_eq!(answer, Truth::Yes, "{selector}");
        }
    }

    #[test]
    fn and_what_is_not_so_is_not() {
        for selector in [
            "kind:group",
            "path=acme/platform",
            "group:acme",
            "group:acme/platform/billing/**",
            "name=billing",
            "id=13",
            "visibility>internal",
            "created<2024-01-01",
            "created>2024-01-01",
            "last_activity>=2024-02-01",
            "last_activity>90d",
            "topic:leg",
            "topic!=legacy",
            "description~x",
            "stars=2,4",
            "my_role>maintainer",
            "my_role<=developer",
            "my_role=none",
        ] {
            let answer = asked(
                selector,
                ObjectKind::Project,
                &project(),
                Some(AccessLevel::Maintainer),
            );
            assert_eq!(answer, Truth::No, "{selector}");
        }
    }

    #[test]
    fn what_a_group_does_not_have_is_neither_so_nor_not_so() {
        for selector in [
            "topic:legacy",
            "-topic:legacy",
            "stars<5",
            "not stars<5",
            "topic!=legacy",
        ] {
            assert_eq!(
                asked(selector, ObjectKind::Group, &group(), None),
                Truth::Unknown,
                "{selector}"
            );
        }
        assert_eq!(
            asked("topic:x or archived=true", ObjectKind::Group, &group(), None),
            Truth::Yes
        );
        assert_eq!(
            asked("topic:x archived=false", ObjectKind::Group, &group(), None),
            Truth::No
        );
        assert_eq!(
            asked(
                "two_factor=true pending_deletion=true",
                ObjectKind::Group,
                &group(),
                None
            ),
            Truth::Yes
        );
        assert_eq!(
            asked(
                "group:acme top_level=false my_role=none",
                ObjectKind::Group,
                &group(),
                None
            ),
            Truth::Yes
        );
    }

    #[test]
    fn what_gitlab_does_not_say_selects_nothing() {
        let mut silent = project();
        for key in ["visibility", "statistics", "last_activity_at"] {
            silent.as_object_mut().unwrap().remove(key);
        }
        for selector in [
            "visibility=public",
            "-visibility=public",
            "storage<1",
            "storage>=1",
            "last_activity<1d",
        ] {
            assert_eq!(
                asked(selector, ObjectKind::Project, &silent, None),
                Truth::Unknown,
                "{selector}"
            );
        }
    }

    #[test]
    fn a_project_of_a_users_own_lies_in_no_group() {
        let own = json!({"id": 1, "name": "dotfiles", "path_with_namespace": "ada/dotfiles",
            "namespace": {"id": 30, "kind": "user"}});
        for (selector, answer) in [
            ("personal=true", Truth::Yes),
            ("path:ada/**", Truth::Yes),
            ("group:ada", Truth::No),
            ("group:**", Truth::No),
            ("-group:acme/**", Truth::Yes),
        ] {
            assert_eq!(
                asked(selector, ObjectKind::Project, &own, None),
                answer,
                "{selector}"
            );
        }
    }
}
