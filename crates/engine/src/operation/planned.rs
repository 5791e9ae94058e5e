use domain::{Action, Change, ItemError, ItemResult, JobOptions};
use serde_json::Value;

/// What an item would do, as [`Operation::plan`](super::Operation::plan) found it.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The action.
    pub action: Action,
    /// Field by field, from what GitLab has to what is wanted. Values of secrets are `***`.
    pub changes: Vec<Change>,
    /// Why it is a conflict, or is skipped.
    pub error: Option<ItemError>,
    /// The object that is there already.
    pub present: Option<ItemResult>,
    /// What a person should know before it runs, a sentence each.
    pub notes: Vec<String>,
    /// What the call or the undo needs to know of what was there (numbers, a before-image); never a secret.
    pub remember: Option<Value>,
}

impl Planned {
    /// What `action` does to `present`.
    fn new(action: Action, present: Option<ItemResult>, changes: Vec<Change>) -> Self {
        Self {
            action,
            changes,
            error: None,
            present,
            notes: Vec::new(),
            remember: None,
        }
    }

    /// Nothing is there; it will be made.
    pub fn create(changes: Vec<Change>) -> Self {
        Self::new(Action::Create, None, changes)
    }

    /// It is there and will be changed; unchanged when there is nothing to change.
    pub fn update(present: ItemResult, changes: Vec<Change>) -> Self {
        let action = if changes.is_empty() {
            Action::Unchanged
        } else {
            Action::Update
        };
        Self::new(action, Some(present), changes)
    }

    /// It is there and will be removed. `changes` is what is lost: each field from its value to null.
    pub fn delete(present: ItemResult, changes: Vec<Change>) -> Self {
        Self::new(Action::Delete, Some(present), changes)
    }

    /// It is as wanted already, or was never there.
    pub fn unchanged(present: Option<ItemResult>) -> Self {
        Self::new(Action::Unchanged, present, Vec::new())
    }

    /// Something is there that `options` and `changes` decide about: skipped, unchanged, updated or a conflict.
    pub fn existing(options: &JobOptions, present: ItemResult, changes: Vec<Change>, what: &str) -> Self {
        if changes.is_empty() || options.update_existing {
            return Self::update(present, changes);
        }
        if options.skip_existing {
            return Self::new(Action::Skip, Some(present), changes);
        }
        let fields: Vec<&str> = changes.iter().map(|change| change.field.as_str()).collect();
        Self::conflict(
            "ALREADY_EXISTS",
            format!(
                "{what} exists already with another {}; set skipExisting or updateExisting",
                fields.join(", ")
            ),
        )
    }

    /// Something stands in the way.
    pub fn conflict(code: &str, message: impl Into<String>) -> Self {
        let error = ItemError {
            code: code.to_owned(),
            message: message.into(),
            gitlab_status: None,
            details: None,
        };
        Self {
            error: Some(error),
            ..Self::new(Action::Conflict, None, Vec::new())
        }
    }

    /// The same with a sentence for people.
    #[must_use]
    pub fn note(mut self, sentence: impl Into<String>) -> Self {
        self.notes.push(sentence.into());
        self
    }

    /// The same with something to remember for the call and the undo.
    #[must_use]
    pub fn remember(mut self, what: impl Into<Value>) -> Self {
        self.remember = Some(what.into());
        self
    }
}
