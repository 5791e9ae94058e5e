//! From text to [`Expression`](super::Expression): the grammar first, then the meaning of each term.

mod grammar;
mod meaning;
mod mistake;
mod raw;
#[cfg(test)]
mod tests;

pub use mistake::{Mistake, Mistakes};

use super::expression::Expression;

/// A selector is a line or two, not a program.
pub const MOST_CHARACTERS: usize = 8_000;
/// Parentheses and negations within each other.
pub const MOST_DEPTH: u32 = 32;

/// Reads a selector.
///
/// # Errors
/// What is wrong with it: the first mistake of grammar, or every term that makes no sense.
pub(super) fn read(text: &str) -> Result<Expression, Mistakes> {
    let characters = text.chars().count();
    if characters > MOST_CHARACTERS {
        let mistake = Mistake::new(
            MOST_CHARACTERS,
            "",
            format!("a selector has at most {MOST_CHARACTERS} characters, this one has {characters}"),
        );
        return Err(Mistakes(vec![mistake]));
    }
    let raw = grammar::parse(text).map_err(|fault| Mistakes(vec![fault.explain(text)]))?;
    meaning::of(&raw, text)
}
