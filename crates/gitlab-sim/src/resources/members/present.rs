use serde::Serialize;

use super::rules;
use crate::access::AccessLevel;
use crate::http::Call;
use crate::options::Tier;
use crate::resources::users::present::UserBasic;
use crate::state::{Member, Source, State};
use crate::time_text::{Day, Moment};

/// A membership. `id` is the user's.
#[derive(Debug, Serialize)]
pub(in crate::resources) struct MemberBody {
    #[serde(flatten)]
    user: UserBasic,
    access_level: AccessLevel,
    created_at: Moment,
    created_by: Option<UserBasic>,
    expires_at: Option<Day>,
    membership_state: &'static str,
    #[serde(flatten)]
    licensed: Option<Licensed>,
}

/// What a paid licence adds for those who manage members. A custom role would be a key more; nobody has one.
#[derive(Debug, Serialize)]
struct Licensed {
    group_saml_identity: Option<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_using_seat: Option<bool>,
    /// Of members who come from a directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#override: Option<bool>,
}

/// How much of a membership is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::resources) struct Shown {
    licensed: bool,
    emails: bool,
    seats: bool,
}

impl Shown {
    /// What the viewer sees there.
    pub(in crate::resources) fn at(call: &Call<'_>, state: &State, source: Source, seats: bool) -> Self {
        let paid = call.instance.site.tier > Tier::Free;
        Self {
            licensed: paid && call.viewer.can_admin_members(state, source),
            emails: call.viewer.is_admin(),
            seats,
        }
    }
}

impl MemberBody {
    /// None when the user is gone.
    pub(in crate::resources) fn of(
        call: &Call<'_>,
        state: &State,
        member: &Member,
        shown: Shown,
    ) -> Option<Self> {
        let site = &call.instance.site;
        let creator = member.created_by.and_then(|id| state.users.get(id));
        let user = state.users.get(member.user)?;
        let licensed = shown.licensed.then(|| Licensed {
            group_saml_identity: None,
            email: shown.emails.then(|| user.email.clone()),
            is_using_seat: shown
                .seats
                .then(|| !user.is_bot() && member.level > AccessLevel::MinimalAccess),
            r#override: rules::comes_from_ldap(call, state, member.source, member.user)
                .then_some(member.overridden),
        });
        Some(Self {
            user: UserBasic::of(site, user),
            access_level: member.level,
            created_at: member.created_at,
            created_by: creator.map(|user| UserBasic::of(site, user)),
            expires_at: member.expires_on,
            membership_state: "active",
            licensed,
        })
    }
}
