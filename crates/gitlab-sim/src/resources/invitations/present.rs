use serde::Serialize;

use crate::access::AccessLevel;
use crate::http::Call;
use crate::state::{Invitation, State};
use crate::time_text::{Day, Moment};

/// An invitation that waits. Its token is for administrators.
#[derive(Debug, Serialize)]
pub(super) struct InvitationBody {
    id: u64,
    invite_email: String,
    created_at: Moment,
    access_level: AccessLevel,
    expires_at: Option<Moment>,
    user_name: &'static str,
    created_by_name: Option<String>,
    invite_token: Option<String>,
}

impl InvitationBody {
    pub(super) fn of(call: &Call<'_>, state: &State, row: &Invitation) -> Self {
        let by = row.by.and_then(|id| state.users.get(id));
        Self {
            id: row.id,
            invite_email: row.email.clone(),
            created_at: row.created_at,
            access_level: row.level,
            expires_at: row.expires_on.map(Day::begins),
            user_name: "",
            created_by_name: by.map(|user| user.name.clone()),
            invite_token: call.viewer.is_admin().then(|| row.token.0.clone()),
        }
    }
}
