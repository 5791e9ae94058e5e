use serde::Serialize;

use crate::instance::Site;
use crate::resources::users::present::UserBasic;
use crate::state::{AccessRequest, State};
use crate::time_text::Moment;

/// Someone who asked.
#[derive(Debug, Serialize)]
pub(super) struct Requester {
    #[serde(flatten)]
    user: UserBasic,
    requested_at: Moment,
}

impl Requester {
    /// None when the user is gone.
    pub(super) fn of(site: &Site, state: &State, request: &AccessRequest) -> Option<Self> {
        Some(Self {
            user: UserBasic::of(site, state.users.get(request.user)?),
            requested_at: request.requested_at,
        })
    }
}
