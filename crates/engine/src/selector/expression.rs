//! What a selector says, as data. Printed, it reads the same again.

use std::fmt::{self, Display};

use domain::{AccessLevel, Visibility};

use super::field::Field;
use super::pattern::Pattern;
use super::size::Size;
use super::when::When;
use crate::operation::ObjectKind;

/// What is asked of each object.
///
/// `All` and `Any` have at least two parts, none of them of their own sort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// Every part holds.
    All(Vec<Self>),
    /// One part at least holds.
    Any(Vec<Self>),
    /// The part does not hold.
    Not(Box<Self>),
    /// One question.
    Term(Term),
}

/// One question: `visibility=public,internal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What of.
    pub field: Field,
    /// How it is compared.
    pub op: Op,
    /// With what: one, or any of several.
    pub values: Vec<Value>,
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// `=` or `:`, any of the values.
    Is,
    /// `!=`, none of the values.
    IsNot,
    /// `~`, any of the values is in it.
    Contains,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Op {
    /// As it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Is => "=",
            Self::IsNot => "!=",
            Self::Contains => "~",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }

    /// Whether it compares with one value only.
    pub const fn orders(self) -> bool {
        matches!(self, Self::Less | Self::AtMost | Self::More | Self::AtLeast)
    }
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// For paths and texts.
    Pattern(Pattern),
    /// For `kind`.
    Kind(ObjectKind),
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Number(u64),
    /// Bytes.
    Size(Size),
    /// A moment.
    When(When),
    /// Who may see it.
    Visibility(Visibility),
    /// A level of access, or none.
    Role(Option<AccessLevel>),
}

impl Expression {
    /// That all parts hold.
    pub(crate) fn all(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 {
            flat.remove(0)
        } else {
            Self::All(flat)
        }
    }

    /// That one of the parts holds.
    pub(crate) fn any(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 {
            flat.remove(0)
        } else {
            Self::Any(flat)
        }
    }

    /// All its terms.
    pub fn terms(&self) -> Vec<&Term> {
        let mut terms = Vec::new();
        let mut left = vec![self];
        while let Some(expression) = left.pop() {
            match expression {
                Self::All(parts) | Self::Any(parts) => left.extend(parts.iter().rev()),
                Self::Not(part) => left.push(part),
                Self::Term(term) => terms.push(term),
            }
        }
        terms
    }
}

impl Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => separated(f, parts, " ", |f, part| match part {
                Self::Any(_) => write!(f, "({part})"),
                _ => Display::fmt(part, f),
            }),
            Self::Any(parts) => separated(f, parts, " or ", |f, part| Display::fmt(part, f)),
            Self::Not(part) => match &**part {
                Self::All(_) | Self::Any(_) => write!(f, "not ({part})"),
                _ => write!(f, "not {part}"),
            },
            Self::Term(term) => Display::fmt(term, f),
        }
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.field.name(), self.op.symbol())?;
        separated(f, &self.values, ",", |f, value| Display::fmt(value, f))
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pattern(pattern) => Display::fmt(pattern, f),
            Self::Kind(kind) => f.write_str(kind.name()),
            Self::Flag(flag) => Display::fmt(flag, f),
            Self::Number(number) => Display::fmt(number, f),
            Self::Size(size) => Display::fmt(size, f),
            Self::When(when) => Display::fmt(when, f),
            Self::Visibility(visibility) => Display::fmt(visibility, f),
            Self::Role(Some(level)) => Display::fmt(level, f),
            Self::Role(None) => f.write_str("none"),
        }
    }
}

fn separated<T>(
    f: &mut fmt::Formatter<'_>,
    parts: &[T],
    separator: &str,
    write: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            f.write_str(separator)?;
        }
        write(f, part)?;
    }
    Ok(())
}
