use std::fmt::{self, Display};

use domain::Problem;

use crate::selector::field::{FIELDS, Field};

/// One thing that is wrong in a selector: where, what was found, what may stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The character with which it begins; the first is 1.
    pub position: usize,
    /// How many characters it is about; 0 at the end of the text.
    pub length: usize,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub allowed: Option<String>,
    /// One sentence for a person.
    pub message: String,
}

/// Every mistake that was found, in the order of the text. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes(pub Vec<Mistake>);

impl Mistake {
    pub(super) fn new(position: usize, found: &str, message: String) -> Self {
        Self {
            position,
            length: found.chars().count(),
            found: found.to_owned(),
            allowed: None,
            message,
        }
    }

    /// At a place in bytes.
    pub(super) fn at(text: &str, at: usize, found: &str, message: String) -> Self {
        let skipped = text
            .get(at..)
            .map_or(0, |rest| rest.len() - rest.trim_start().len());
        let before = text.get(..at + skipped).unwrap_or(text);
        Self::new(before.chars().count() + 1, found, message)
    }

    #[must_use]
    pub(super) fn allowed(mut self, allowed: impl Into<String>) -> Self {
        self.allowed = Some(allowed.into());
        self
    }

    /// A word by itself: a field without a value, or a value without a field.
    pub(super) fn no_operator(text: &str, at: usize, word: &str) -> Self {
        let message = match Field::named(word) {
            Some(field) => format!(
                "`{word}` is asked nothing; write `{}`",
                field.definition().example
            ),
            None => format!("`{word}` stands alone; say what it is, as `path:{word}` or `name~{word}`"),
        };
        Self::at(text, at, word, message).allowed("FIELD OPERATOR VALUE")
    }

    /// A word that is no field.
    pub(super) fn no_field(text: &str, at: usize, word: &str) -> Self {
        let hint = Field::likely(word).map(|field| format!("; did you mean `{}`?", field.name()));
        let message = format!("`{word}` is not a field{}", hint.unwrap_or_default());
        let names: Vec<&str> = FIELDS.iter().map(|definition| definition.name).collect();
        Self::at(text, at, word, message).allowed(names.join(", "))
    }

    /// The same for a list of problems.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(format!("at character {}: {}", self.position, self.message));
        let problem = if self.found.is_empty() {
            problem
        } else {
            problem.value(&self.found)
        };
        match &self.allowed {
            Some(allowed) => problem.allowed(allowed.clone()),
            None => problem,
        }
    }
}

impl Mistakes {
    /// A line of `^` to be printed below the text, under everything that is wrong.
    pub fn marks(&self) -> String {
        let marked = |place: usize| {
            let mut mistakes = self.0.iter();
            mistakes.any(|m| (m.position..m.position + m.length.max(1)).contains(&place))
        };
        let end = self.0.iter().map(|m| m.position + m.length.max(1)).max();
        (1..end.unwrap_or(1))
            .map(|place| if marked(place) { '^' } else { ' ' })
            .collect()
    }

    /// The same as problems of the field `field`.
    pub fn problems(&self, field: &str) -> Vec<Problem> {
        self.0
            .iter()
            .map(|mistake| Problem {
                field: Some(field.to_owned()),
                ..mistake.problem()
            })
            .collect()
    }
}

impl Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: {}", self.position, self.message)?;
        match &self.allowed {
            Some(allowed) => write!(f, " (allowed: {allowed})"),
            None => Ok(()),
        }
    }
}

impl Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, mistake) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("; ")?;
            }
            Display::fmt(mistake, f)?;
        }
        Ok(())
    }
}
