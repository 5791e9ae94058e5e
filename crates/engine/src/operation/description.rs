use schemars::Schema;
use serde::Serialize;
use utoipa::ToSchema;

use super::{AnyOperation, job_type};

/// An operation as API, command line and generated pages tell of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// `create_group`.
    #[serde(rename = "type")]
    pub name: &'static str,
    /// `bulk_create_groups`.
    pub job_type: String,
    /// "Create a group".
    pub title: &'static str,
    /// `groups`.
    pub items: &'static str,
    /// The level one has to have on what it needs.
    pub permission: &'static str,
    /// The tier from which on GitLab can do it.
    pub tier: &'static str,
    /// Whether it removes something.
    pub destructive: bool,
    /// Whether `undo` can reverse it.
    pub undoable: bool,
    /// JSON Schema of one item.
    #[schema(value_type = Object)]
    pub schema: Schema,
}

impl Description {
    /// What there is to say of an operation.
    pub fn of(operation: &dyn AnyOperation) -> Self {
        Self {
            name: operation.name(),
            job_type: job_type(operation.name()),
            title: operation.title(),
            items: operation.items(),
            permission: operation.permission().name(),
            tier: operation.tier().name(),
            destructive: operation.destructive(),
            undoable: operation.undoable(),
            schema: operation.schema(),
        }
    }
}
