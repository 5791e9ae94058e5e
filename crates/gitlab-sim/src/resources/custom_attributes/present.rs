use serde::Serialize;

use crate::state::{CustomAttribute, Holder, State};

/// An attribute as bodies show it.
#[derive(Debug, Clone, Serialize)]
pub(in crate::resources) struct AttributeBody {
    key: String,
    value: String,
}

impl AttributeBody {
    pub(super) fn of(attribute: &CustomAttribute) -> Self {
        Self {
            key: attribute.key.clone(),
            value: attribute.value.clone(),
        }
    }
}

/// All attributes of something, oldest first.
pub(in crate::resources) fn attributes_of(state: &State, holder: Holder) -> Vec<AttributeBody> {
    let attributes = state.belongings.custom_attributes.of(holder);
    attributes.map(|attribute| AttributeBody::of(attribute)).collect()
}
