use domain::{Action, Change, ItemError, ItemResult, JobOptions};

/// What an item would do, as [`Operation::plan`](super::Operation::plan) found it.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The action.
    pub action: Action,
    /// Field by field, from what GitLab has to what is wanted.
    pub changes: Vec<Change>,
    /// Why it is a conflict.
    pub error: Option<ItemError>,
    /// The object that is there already.
    pub present: Option<ItemResult>,
}

impl Planned {
    /// Nothing is there; it will be made.
    pub fn create(changes: Vec<Change>) -> Self {
        Self {
            action: Action::Create,
            changes,
            error: None,
            present: None,
        }
    }

    /// Something is there that `options` and `changes` decide about: skipped, unchanged, updated or a conflict.
    pub fn existing(options: &JobOptions, present: ItemResult, changes: Vec<Change>, what: &str) -> Self {
        if changes.is_empty() {
            return Self {
                action: Action::Unchanged,
                changes,
                error: None,
                present: Some(present),
            };
        }
        if options.update_existing {
            return Self {
                action: Action::Update,
                changes,
                error: None,
                present: Some(present),
            };
        }
        if options.skip_existing {
            return Self {
                action: Action::Skip,
                changes,
                error: None,
                present: Some(present),
            };
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
    pub fn conflict(code: &str, message: String) -> Self {
        Self {
            action: Action::Conflict,
            changes: Vec::new(),
            error: Some(ItemError {
                code: code.to_owned(),
                message,
                gitlab_status: None,
                details: None,
            }),
            present: None,
        }
    }
}
