use serde::Serialize;

use crate::http::Call;
use crate::resources::protected_branches::present::LineBody;
use crate::state::{ProtectedTag, State};

/// A protected tag.
#[derive(Debug, Serialize)]
pub(super) struct ProtectedTagBody {
    name: String,
    create_access_levels: Vec<LineBody>,
}

impl ProtectedTagBody {
    pub(super) fn of(call: &Call<'_>, state: &State, rule: &ProtectedTag) -> Self {
        Self {
            name: rule.name.clone(),
            create_access_levels: LineBody::all(call, state, &rule.create),
        }
    }
}
