use serde::Serialize;

use crate::state::{Variable, VariableKind, VariableOwner};

/// A variable as whoever may change it sees it.
#[derive(Debug, Serialize)]
pub(super) struct VariableBody {
    variable_type: VariableKind,
    key: String,
    /// Null once it is hidden.
    value: Option<Value>,
    hidden: bool,
    protected: bool,
    masked: bool,
    raw: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment_scope: Option<String>,
    description: Option<String>,
}

/// Written into bodies, and nowhere else.
#[derive(Serialize)]
#[serde(transparent)]
struct Value(String);

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl VariableBody {
    pub(super) fn of(owner: VariableOwner, variable: &Variable) -> Self {
        Self {
            variable_type: variable.kind,
            key: variable.key.clone(),
            value: (!variable.hidden).then(|| Value(variable.value.0.clone())),
            hidden: variable.hidden,
            protected: variable.protected,
            masked: variable.masked,
            raw: variable.raw,
            // An instance has no environments.
            environment_scope: (owner != VariableOwner::Instance).then(|| variable.scope.clone()),
            description: variable.description.clone(),
        }
    }
}
