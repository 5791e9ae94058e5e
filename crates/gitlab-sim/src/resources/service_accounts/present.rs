use serde::Serialize;

use crate::state::User;

/// An account for a machine.
#[derive(Debug, Serialize)]
pub(super) struct ServiceAccount {
    id: u64,
    username: String,
    name: String,
    email: String,
    public_email: String,
}

impl ServiceAccount {
    pub(super) fn of(user: &User) -> Self {
        Self {
            id: user.id.0,
            username: user.username.clone(),
            name: user.name.clone(),
            email: user.email.clone(),
            public_email: user.profile().public_email.clone(),
        }
    }
}
