use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One mistake in what a person gave us: what, where, why, and what is allowed instead.
///
/// The value of a secret is never put here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Path of the field in a JSON body: `items[3].visibility`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<String>,
    /// Name of the file as it was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file: Option<String>,
    /// Row of data in the file; row 1 is the first after the header.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub row: Option<u32>,
    /// Column as the file spells it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<String>,
    /// Line of the file, from 1, in formats whose lines people count.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u32>,
    /// Character of the line, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub character: Option<u32>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
    /// What would have been accepted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub allowed: Option<String>,
    /// One sentence for a person.
    pub message: String,
    /// Whether it would be no obstacle by itself: it stands beside mistakes that it may explain.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub warning: bool,
}

impl Problem {
    /// A problem with nothing but its sentence.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// The same problem, as something that would be no obstacle by itself.
    #[must_use]
    pub const fn as_warning(mut self) -> Self {
        self.warning = true;
        self
    }

    /// The same problem, of this column (or field).
    #[must_use]
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }

    /// The same problem, at this line and character of its file, both from 1.
    #[must_use]
    pub const fn position(mut self, line: u32, character: u32) -> Self {
        self.line = Some(line);
        self.character = Some(character);
        self
    }

    /// The same problem, showing the offending value, cut to 120 characters.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        let mut shown: String = value.chars().take(120).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        self.value = Some(shown);
        self
    }

    /// The same problem, saying what would be accepted.
    #[must_use]
    pub fn allowed(mut self, allowed: impl Into<String>) -> Self {
        self.allowed = Some(allowed.into());
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let row = self.row.map(|row| format!("row {row}"));
        // The path of a field says more than row and column do.
        let (row, column) = match &self.field {
            Some(field) => (None, Some(field)),
            None => (row, self.column.as_ref()),
        };
        let file = match (&self.file, self.line, self.character) {
            (Some(file), Some(line), Some(character)) => Some(format!("{file}:{line}:{character}")),
            // Where the file is said before.
            (None, Some(line), Some(character)) => Some(format!("{line}:{character}")),
            (file, ..) => file.clone(),
        };
        if self.warning {
            f.write_str("warning: ")?;
        }
        let mut place = false;
        for part in [file.as_ref(), row.as_ref(), column].into_iter().flatten() {
            write!(f, "{}{part}", if place { ", " } else { "" })?;
            place = true;
        }
        if place {
            f.write_str(": ")?;
        }
        f.write_str(&self.message)?;
        if let Some(value) = &self.value {
            write!(f, " (found `{value}`")?;
            if let Some(allowed) = &self.allowed {
                write!(f, "; allowed: {allowed}")?;
            }
            f.write_str(")")?;
        } else if let Some(allowed) = &self.allowed {
            write!(f, " (allowed: {allowed})")?;
        }
        Ok(())
    }
}

/// Every mistake found, in the order of the input. Never empty when used as an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{} problems found, the first: {}", .0.len(), .0.first().map(ToString::to_string).unwrap_or_default())]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// How many of them are mistakes, and not only warnings beside them.
    pub fn mistakes(&self) -> usize {
        self.0.iter().filter(|problem| !problem.warning).count()
    }

    /// `Ok` when nothing was found wrong.
    ///
    /// # Errors
    /// At least one problem was found: all of them.
    pub fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}
