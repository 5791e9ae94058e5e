//! ```text
//! any   = all { "or" all }
//! all   = one { ["and"] one }
//! one   = ( "not" | "-" ) one | "(" any ")" | term
//! term  = field operator value { "," value }
//! value = bare | "…" | '…'
//! ```

use winnow::combinator::{alt, cut_err, opt, separated};
use winnow::error::{ErrMode, ParserError};
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Location, Stateful};
use winnow::token::{any as any_char, literal, one_of, take_while};

use super::MOST_DEPTH;
use super::mistake::Mistake;
use super::raw::{Raw, RawTerm, RawValue, Word};
use crate::selector::expression::Op;
use crate::selector::pattern::{Pattern, is_bare};

/// What stops the reader, and where (in bytes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    at: usize,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// Something that cannot stand here; this could.
    Unexpected(&'static str),
    /// A word that is followed by no operator.
    NoOperator(String),
    Unclosed(char),
    TooDeep,
}

/// How deep the reader is in parentheses and negations.
type Depth = u32;
type Input<'s> = Stateful<LocatingSlice<&'s str>, Depth>;
type Parsed<T> = ModalResult<T, Fault>;

const A_TERM: &str = "a term such as `visibility=public`, `not`, or `(`";
const A_VALUE: &str = "a value; quote it (\"…\") if it has spaces or other signs in it";

impl ParserError<Input<'_>> for Fault {
    type Inner = Self;

    fn from_input(input: &Input<'_>) -> Self {
        Self {
            at: input.current_token_start(),
            what: What::Unexpected(A_TERM),
        }
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

/// Reads the whole text.
pub(super) fn parse(text: &str) -> Result<Raw, Fault> {
    let mut input = Input {
        input: LocatingSlice::new(text),
        state: 0,
    };
    let raw = any.parse_next(&mut input).map_err(inner)?;
    spaces(&mut input).map_err(inner)?;
    if input.input.is_empty() {
        return Ok(raw);
    }
    Err(Fault::from_input(&input))
}

fn inner(error: ErrMode<Fault>) -> Fault {
    match error {
        ErrMode::Backtrack(fault) | ErrMode::Cut(fault) => fault,
        // Of streams that may go on; a text does not.
        ErrMode::Incomplete(_) => Fault {
            at: 0,
            what: What::Unexpected(A_TERM),
        },
    }
}

fn stop<T>(at: usize, what: What) -> Parsed<T> {
    Err(ErrMode::Cut(Fault { at, what }))
}

fn any(input: &mut Input<'_>) -> Parsed<Raw> {
    let mut parts = vec![all.parse_next(input)?];
    while opt(keyword("or")).parse_next(input)?.is_some() {
        parts.push(cut_err(all).parse_next(input)?);
    }
    Ok(only(parts, Raw::Any))
}

fn all(input: &mut Input<'_>) -> Parsed<Raw> {
    let mut parts = vec![one.parse_next(input)?];
    loop {
        if opt(keyword("and")).parse_next(input)?.is_some() {
            parts.push(cut_err(one).parse_next(input)?);
        } else if let Some(part) = opt(one).parse_next(input)? {
            parts.push(part);
        } else {
            return Ok(only(parts, Raw::All));
        }
    }
}

fn only(mut parts: Vec<Raw>, several: fn(Vec<Raw>) -> Raw) -> Raw {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        several(parts)
    }
}

fn one(input: &mut Input<'_>) -> Parsed<Raw> {
    spaces(input)?;
    let at = input.current_token_start();
    if opt(alt((keyword("not"), literal("-").void())))
        .parse_next(input)?
        .is_some()
    {
        let part = deeper(at, input, |input| cut_err(one).parse_next(input))?;
        return Ok(Raw::Not(Box::new(part)));
    }
    if opt('(').parse_next(input)?.is_some() {
        let part = deeper(at, input, |input| cut_err(any).parse_next(input))?;
        spaces(input)?;
        if opt(')').parse_next(input)?.is_some() {
            return Ok(part);
        }
        if input.input.is_empty() {
            return stop(at, What::Unclosed('('));
        }
        return stop(
            input.current_token_start(),
            What::Unexpected("`)`, `or`, or a further term"),
        );
    }
    term.map(Raw::Term).parse_next(input)
}

fn deeper<T>(
    at: usize,
    input: &mut Input<'_>,
    inside: impl FnOnce(&mut Input<'_>) -> Parsed<T>,
) -> Parsed<T> {
    if input.state >= MOST_DEPTH {
        return stop(at, What::TooDeep);
    }
    input.state += 1;
    let result = inside(input);
    input.state -= 1;
    result
}

fn term(input: &mut Input<'_>) -> Parsed<RawTerm> {
    let at = input.current_token_start();
    let text: &str = word.parse_next(input)?;
    if ["or", "and", "not"]
        .iter()
        .any(|keyword| text.eq_ignore_ascii_case(keyword))
    {
        return Err(ErrMode::Backtrack(Fault {
            at,
            what: What::Unexpected(A_TERM),
        }));
    }
    let field = Word {
        at,
        text: text.to_owned(),
    };
    spaces(input)?;
    let op_at = input.current_token_start();
    let Some(op) = opt(operator).parse_next(input)? else {
        return stop(at, What::NoOperator(field.text));
    };
    let comma = (spaces, ',', spaces);
    spaces(input)?;
    let values = cut_err(separated(1.., value, comma)).parse_next(input)?;
    Ok(RawTerm {
        field,
        op_at,
        op,
        values,
    })
}

fn operator(input: &mut Input<'_>) -> Parsed<Op> {
    alt((
        "!=".value(Op::IsNot),
        "<=".value(Op::AtMost),
        ">=".value(Op::AtLeast),
        one_of(['=', ':']).value(Op::Is),
        '~'.value(Op::Contains),
        '<'.value(Op::Less),
        '>'.value(Op::More),
    ))
    .parse_next(input)
}

fn value(input: &mut Input<'_>) -> Parsed<RawValue> {
    let at = input.current_token_start();
    let pattern = match opt(one_of(['"', '\''])).parse_next(input)? {
        Some(quote) => quoted(at, quote, input)?,
        None => bare(at, input)?,
    };
    Ok(RawValue {
        at,
        end: input.current_token_start(),
        pattern,
    })
}

fn bare(at: usize, input: &mut Input<'_>) -> Parsed<Pattern> {
    let text: &str = take_while(0.., is_bare).parse_next(input)?;
    if text.is_empty() {
        return stop(at, What::Unexpected(A_VALUE));
    }
    let mut pattern = Pattern::default();
    for c in text.chars() {
        match c {
            '*' => pattern.push_star(),
            c => pattern.push(c),
        }
    }
    Ok(pattern)
}

fn quoted(at: usize, quote: char, input: &mut Input<'_>) -> Parsed<Pattern> {
    let mut pattern = Pattern::default();
    loop {
        match opt(any_char).parse_next(input)? {
            None => return stop(at, What::Unclosed(quote)),
            Some(c) if c == quote => return Ok(pattern),
            Some('\\') => match opt(any_char).parse_next(input)? {
                None => return stop(at, What::Unclosed(quote)),
                Some(c) => pattern.push(c),
            },
            Some('*') => pattern.push_star(),
            Some(c) => pattern.push(c),
        }
    }
}

fn word<'s>(input: &mut Input<'s>) -> Parsed<&'s str> {
    (one_of(is_word_start), take_while(0.., is_word))
        .take()
        .parse_next(input)
}

fn is_word_start(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '*')
}

/// A word of the language, in any case, that no operator makes a field.
fn keyword<'s>(name: &'static str) -> impl Parser<Input<'s>, (), ErrMode<Fault>> {
    move |input: &mut Input<'s>| {
        (spaces, word.verify(|text: &str| text.eq_ignore_ascii_case(name)))
            .void()
            .parse_next(input)
    }
}

fn spaces(input: &mut Input<'_>) -> Parsed<()> {
    take_while(0.., char::is_whitespace).void().parse_next(input)
}

impl Fault {
    /// For the person who wrote it.
    pub(super) fn explain(self, text: &str) -> Mistake {
        let found = found_at(text, self.at);
        match self.what {
            What::Unexpected(_) if text.trim().is_empty() => Mistake::new(
                1,
                "",
                "the selector is empty; it would select everything".to_owned(),
            )
            .allowed("kind:group or kind:project selects all of them"),
            What::Unexpected(allowed) if found.is_empty() => {
                Mistake::at(text, self.at, "", "the selector ends too early".to_owned()).allowed(allowed)
            }
            What::Unexpected(allowed) => {
                let before = text.get(..self.at).unwrap_or_default().trim_end();
                let message = match found {
                    ")" if before.ends_with('(') => "nothing stands between `(` and `)`".to_owned(),
                    ")" => "`)` closes nothing that was opened".to_owned(),
                    "|" | "||" => "`or` is written as a word".to_owned(),
                    "&" | "&&" | ";" => "terms that have to hold together just follow each other".to_owned(),
                    "!" => "`not` is written as a word, or as `-` before the term".to_owned(),
                    _ => format!("`{found}` cannot stand here"),
                };
                Mistake::at(text, self.at, found, message).allowed(allowed)
            }
            What::NoOperator(word) => Mistake::no_operator(text, self.at, &word),
            What::Unclosed(sign) => Mistake::at(
                text,
                self.at,
                found,
                format!("`{sign}` is opened here and never closed"),
            ),
            What::TooDeep => Mistake::at(
                text,
                self.at,
                found,
                format!("at most {MOST_DEPTH} parentheses and negations within each other"),
            ),
        }
    }
}

/// The word or sign at a place.
fn found_at(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default().trim_start();
    let end = match rest.chars().next() {
        Some(first) if is_word(first) => rest.find(|c| !is_word(c)),
        Some(first) => rest.find(|c| c != first),
        None => None,
    };
    &rest[..end.unwrap_or(rest.len()).min(limit(rest))]
}

/// Nobody wants to read more than this of what is wrong.
fn limit(text: &str) -> usize {
    text.char_indices().nth(40).map_or(text.len(), |(end, _)| end)
}
