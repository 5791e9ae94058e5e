use serde::Serialize;

use crate::access::AccessLevel;
use crate::http::Call;
use crate::resources::users::present::UserBasic;
use crate::state::{Member, State};
use crate::time_text::{Day, Moment};

/// A membership. `id` is the user's.
#[derive(Debug, Serialize)]
pub(super) struct MemberBody {
    #[serde(flatten)]
    user: UserBasic,
    access_level: AccessLevel,
    created_at: Moment,
    created_by: Option<UserBasic>,
    expires_at: Option<Day>,
    membership_state: &'static str,
}

impl MemberBody {
    /// None when the user is gone.
    pub(super) fn of(call: &Call<'_>, state: &State, member: &Member) -> Option<Self> {
        let site = &call.instance.site;
        let creator = member.created_by.and_then(|id| state.users.get(id));
        Some(Self {
            user: UserBasic::of(site, state.users.get(member.user)?),
            access_level: member.level,
            created_at: member.created_at,
            created_by: creator.map(|user| UserBasic::of(site, user)),
            expires_at: member.expires_on,
            membership_state: "active",
        })
    }
}
