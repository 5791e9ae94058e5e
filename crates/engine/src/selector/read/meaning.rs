//! Which field a word is, and what its values are.

use domain::AccessLevel;

use super::mistake::{Mistake, Mistakes};
use super::raw::{Raw, RawTerm, RawValue};
use crate::operation::ObjectKind;
use crate::selector::expression::{Expression, Op, Term, Value};
use crate::selector::field::{Field, Holds};
use crate::selector::when::When;

/// What the words mean, or every one that means nothing.
pub(super) fn of(raw: &Raw, text: &str) -> Result<Expression, Mistakes> {
    let mut reader = Reader {
        text,
        mistakes: Vec::new(),
    };
    match reader.expression(raw) {
        Some(expression) if reader.mistakes.is_empty() => Ok(expression),
        _ => Err(Mistakes(reader.mistakes)),
    }
}

struct Reader<'t> {
    text: &'t str,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    /// `None` when something in it is a mistake.
    fn expression(&mut self, raw: &Raw) -> Option<Expression> {
        match raw {
            Raw::All(parts) => Some(Expression::all(self.parts(parts)?)),
            Raw::Any(parts) => Some(Expression::any(self.parts(parts)?)),
            Raw::Not(part) => Some(Expression::Not(Box::new(self.expression(part)?))),
            Raw::Term(term) => self.term(term).map(Expression::Term),
        }
    }

    /// Looks at all of them, also after a mistake.
    fn parts(&mut self, parts: &[Raw]) -> Option<Vec<Expression>> {
        let read: Vec<Option<Expression>> = parts.iter().map(|part| self.expression(part)).collect();
        read.into_iter().collect()
    }

    fn term(&mut self, raw: &RawTerm) -> Option<Term> {
        let Some(field) = Field::named(&raw.field.text) else {
            let mistake = Mistake::no_field(self.text, raw.field.at, &raw.field.text);
            self.mistakes.push(mistake);
            return None;
        };
        let op = self.operator(raw, field);
        let values: Vec<Option<Value>> = raw
            .values
            .iter()
            .map(|value| self.value(field, raw.op, value))
            .collect();
        Some(Term {
            field,
            op: op?,
            values: values.into_iter().collect::<Option<_>>()?,
        })
    }

    fn operator(&mut self, raw: &RawTerm, field: Field) -> Option<Op> {
        let allowed = field.definition().holds.operators();
        if !allowed.contains(&raw.op) {
            let symbols: Vec<&str> = allowed.iter().map(|op| op.symbol()).collect();
            let message = format!(
                "`{}` ({}) cannot be asked with `{}`",
                field.name(),
                field.definition().holds.name(),
                raw.op.symbol()
            );
            let mistake =
                Mistake::at(self.text, raw.op_at, raw.op.symbol(), message).allowed(symbols.join(" "));
            self.mistakes.push(mistake);
            return None;
        }
        if raw.op.orders()
            && let Some(second) = raw.values.get(1)
        {
            let message = format!("`{}` compares with one value only", raw.op.symbol());
            self.wrong(second, message, None);
            return None;
        }
        Some(raw.op)
    }

    fn value(&mut self, field: Field, op: Op, raw: &RawValue) -> Option<Value> {
        let holds = field.definition().holds;
        if matches!(holds, Holds::Path | Holds::Text | Holds::Texts | Holds::Paths) {
            return Some(Value::Pattern(raw.pattern.clone()));
        }
        let value = raw.pattern.literal().and_then(|text| plain(holds, text));
        match value {
            Some(Value::When(when)) if !op.orders() && !when.is_day() => {
                let message =
                    format!("`{when}` is a moment, in which hardly anything happens; ask with < or >");
                self.wrong(raw, message, Some("a day such as 2024-01-31, today, yesterday"));
                None
            }
            None => {
                let shown = self.shown(raw);
                let message = format!("`{shown}` is not a value of `{}`", field.name());
                self.wrong(raw, message, Some(holds.values()));
                None
            }
            value => value,
        }
    }

    fn shown(&self, raw: &RawValue) -> String {
        let shown = self.text.get(raw.at..raw.end).unwrap_or_default();
        shown.chars().take(60).collect()
    }

    fn wrong(&mut self, raw: &RawValue, message: String, allowed: Option<&str>) {
        let mistake = Mistake::at(self.text, raw.at, &self.shown(raw), message);
        self.mistakes.push(match allowed {
            Some(allowed) => mistake.allowed(allowed),
            None => mistake,
        });
    }
}

/// A value that is no pattern.
fn plain(holds: Holds, text: &str) -> Option<Value> {
    let folded = text.to_ascii_lowercase();
    match holds {
        Holds::Path | Holds::Text | Holds::Texts | Holds::Paths => None,
        Holds::Kind => match folded.as_str() {
            "group" | "groups" => Some(Value::Kind(ObjectKind::Group)),
            "project" | "projects" => Some(Value::Kind(ObjectKind::Project)),
            _ => None,
        },
        Holds::Flag => match folded.as_str() {
            "true" | "yes" => Some(Value::Flag(true)),
            "false" | "no" => Some(Value::Flag(false)),
            _ => None,
        },
        Holds::Number => (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().ok().map(Value::Number))?,
        Holds::Size => text.parse().ok().map(Value::Size),
        Holds::Date => text.parse::<When>().ok().map(Value::When),
        Holds::Visibility => text.parse().ok().map(Value::Visibility),
        Holds::Role if folded == "none" => Some(Value::Role(None)),
        // GitLab's lists cannot be asked for minimal access.
        Holds::Role => text
            .parse()
            .ok()
            .filter(|level| *level > AccessLevel::MinimalAccess)
            .map(|level| Value::Role(Some(level))),
    }
}
