//! What the model of a variable refuses.

use crate::http::refuse::{Complaints, TAKEN};
use crate::params::Ask;
use crate::state::{Source, State, Variable, VariableKind, VariableOwner};

const MAX_KEY: usize = 255;
const MAX_VALUE: usize = 10_000;
const MAX_TEXT: usize = 255;

/// `variable_type`
pub(super) fn kind(ask: &mut Ask<'_>) -> Option<VariableKind> {
    ask.choice("variable_type", &["env_var", "file"])
        .map(|word| match word {
            "file" => VariableKind::File,
            _ => VariableKind::EnvVar,
        })
}

/// Everything that is wrong with a variable that is new or changed.
pub(super) fn variable(state: &State, owner: VariableOwner, variable: &Variable) -> Complaints {
    let mut complaints = Complaints::default();
    key(&variable.key, &mut complaints);
    let others = || {
        let all = state.belongings.variables.of(owner);
        all.filter(|other| other.id != variable.id)
    };
    if others().any(|other| other.key == variable.key && other.scope == variable.scope) {
        complaints.add("key", format!("({}) {TAKEN}", variable.key));
    }
    let value = &variable.value.0;
    too_long("value", value, MAX_VALUE, &mut complaints);
    if variable.masked && (!is_maskable(value, variable.raw) || others().any(|other| other.key == *value)) {
        complaints.add("value", "is invalid");
    }
    scope(&variable.scope, &mut complaints);
    let description = variable.description.as_deref().unwrap_or_default();
    too_long("description", description, MAX_TEXT, &mut complaints);
    complaints
}

/// How many variables there may be.
pub(super) fn limit(state: &State, owner: VariableOwner, complaints: &mut Complaints) {
    let (most, what) = match owner {
        VariableOwner::Instance => (25, "ci instance level variables"),
        VariableOwner::Of(Source::Group(_)) => (30_000, "group variables"),
        VariableOwner::Of(Source::Project(_)) => (8_000, "project variables"),
    };
    if state.belongings.variables.count(owner) >= most {
        complaints.add("base", format!("Maximum number of {what} ({most}) exceeded"));
    }
}

/// What was hidden is never shown again.
pub(super) fn stays_hidden(old: &Variable, new: &Variable, complaints: &mut Complaints) {
    if old.hidden && !new.masked {
        let text = "The visibility setting cannot be changed for masked and hidden variables.";
        complaints.add("base", text);
    }
}

fn key(key: &str, complaints: &mut Complaints) {
    if key.is_empty() {
        complaints.add("key", "can't be blank");
    }
    too_long("key", key, MAX_KEY, complaints);
    let fits = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'_';
    if key.is_empty() || !key.bytes().all(fits) {
        complaints.add("key", "can contain only letters, digits and '_'.");
    }
}

/// One line without spaces that a log can be searched for. What is expanded has a smaller alphabet.
fn is_maskable(value: &str, raw: bool) -> bool {
    let fits = |letter: char| {
        if raw {
            !letter.is_whitespace()
        } else {
            letter.is_ascii_alphanumeric() || "_+=/@:.~-".contains(letter)
        }
    };
    value.chars().count() >= 8 && value.chars().all(fits)
}

fn scope(scope: &str, complaints: &mut Complaints) {
    too_long("environment_scope", scope, MAX_TEXT, complaints);
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "_/\\${}. -*".contains(letter);
    if !scope.chars().all(fits) {
        complaints.add(
            "environment_scope",
            "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', '*' and spaces",
        );
    }
}

fn too_long(field: &'static str, text: &str, most: usize, complaints: &mut Complaints) {
    if text.chars().count() > most {
        complaints.add(field, format!("is too long (maximum is {most} characters)"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_expanded_may_be_masked_only_in_a_small_alphabet() {
        for (value, expanded, raw) in [
            ("s3cr3t-value", true, true),
            ("dollar$sign", false, true),
            ("short12", false, false),
            ("with space", false, false),
            ("two\nlines", false, false),
            ("übermäßig", false, true),
        ] {
            assert_eq!(
                (is_maskable(value, false), is_maskable(value, true)),
                (expanded, raw),
                "{value}"
            );
        }
    }
}
