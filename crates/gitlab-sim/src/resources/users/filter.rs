//! Which users a list shows, and in which order.

use std::cmp::Ordering;

use crate::http::{Call, Offset};
use crate::ids::UserId;
use crate::params::Ask;
use crate::state::{Search, Source, State, User, UserKind, UserOrder, UserState};
use crate::time_text::Moment;

/// What a request asks for.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) username: Option<String>,
    pub(super) search: Option<(Search, String)>,
    active: bool,
    blocked: bool,
    external: bool,
    not_external: bool,
    not_active: bool,
    humans: bool,
    not_humans: bool,
    without_token_bots: bool,
    without_projects: bool,
    admins: bool,
    identity: Option<(String, String)>,
    created_after: Option<Moment>,
    created_before: Option<Moment>,
    pub(super) order: UserOrder,
    pub(super) ascending: bool,
    pub(super) keyset: bool,
    /// The order is one that a keyset can follow.
    pub(super) by_key: bool,
    pub(super) cursor: Option<String>,
    pub(super) offset: Offset,
}

impl Wanted {
    pub(super) fn read(ask: &mut Ask<'_>) -> Self {
        ask.ignored(&["exclude_internal", "two_factor", "with_custom_attributes"]);
        ask.ignored(&["skip_ldap", "auditors", "saml_provider_id", "custom_attributes"]);
        let order = ask.choice(
            "order_by",
            &["id", "name", "username", "created_at", "updated_at"],
        );
        let identity = match (ask.filled("extern_uid"), ask.filled("provider")) {
            (Some(extern_uid), Some(provider)) => Some((provider, extern_uid)),
            (None, None) => None,
            _ => {
                ask.complain("extern_uid, provider provide all or none of parameters");
                None
            }
        };
        let mut is = |name| ask.flag(name).unwrap_or(false);
        Self {
            active: is("active"),
            blocked: is("blocked"),
            external: is("external"),
            not_external: is("exclude_external"),
            not_active: is("exclude_active"),
            humans: is("humans"),
            not_humans: is("exclude_humans"),
            without_token_bots: is("without_project_bots"),
            without_projects: is("without_projects"),
            admins: is("admins"),
            username: ask.filled("username"),
            search: ask.filled("search").map(|text| (Search::new(&text), text)),
            identity,
            created_after: ask.moment("created_after"),
            created_before: ask.moment("created_before"),
            order: match order {
                Some("name") => UserOrder::Name,
                Some("username") => UserOrder::Username,
                _ => UserOrder::Id,
            },
            ascending: ask.choice("sort", &["asc", "desc"]) == Some("asc"),
            by_key: !matches!(order, Some("created_at" | "updated_at")),
            keyset: ask.choice("pagination", &["keyset", "offset"]) == Some("keyset"),
            cursor: ask.filled("cursor"),
            offset: Offset::read(ask),
        }
    }

    /// Only administrators find accounts by what they are elsewhere.
    pub(super) fn needs_administrator(&self) -> bool {
        self.identity.is_some()
    }

    /// Drops what only administrators may ask for. Everyone else gets the newest first.
    pub(super) fn without_privileges(mut self) -> Self {
        self.created_after = None;
        self.created_before = None;
        self.without_projects = false;
        self.admins = false;
        if !self.keyset {
            self.order = UserOrder::Id;
            self.ascending = false;
        }
        self
    }

    pub(super) fn compare(&self, one: &User, other: &User) -> Ordering {
        let ascending = match self.order {
            UserOrder::Id => Ordering::Equal,
            UserOrder::Name => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
            UserOrder::Username => one.username.to_lowercase().cmp(&other.username.to_lowercase()),
        }
        .then(one.id.cmp(&other.id));
        if self.ascending {
            ascending
        } else {
            ascending.reverse()
        }
    }

    pub(super) fn matches(&self, call: &Call<'_>, state: &State, user: &User) -> bool {
        let is = |wish: bool, fact: bool| !wish || fact;
        let active = user.state == UserState::Active;
        let human = !user.is_bot();
        let named = self
            .username
            .as_ref()
            .is_none_or(|name| name.eq_ignore_ascii_case(&user.username));
        named
            && is(self.active, active)
            && is(self.not_active, !active)
            && is(self.blocked, user.state == UserState::Blocked)
            && is(self.external, user.external)
            && is(self.not_external, !user.external)
            && is(self.humans, human)
            && is(self.not_humans, !human)
            && is(
                self.without_token_bots,
                !matches!(user.kind, UserKind::TokenBot(_)),
            )
            && is(self.admins, user.admin)
            && self.created_after.is_none_or(|after| user.created_at > after)
            && self.created_before.is_none_or(|before| user.created_at < before)
            && self.is_found(call, state, user)
            && is(self.without_projects, !has_projects(state, user.id))
            && self.identity.as_ref().is_none_or(|(provider, extern_uid)| {
                let mut identities = user.profile().identities.iter();
                identities.any(|known| known.provider == *provider && known.extern_uid == *extern_uid)
            })
    }

    /// By a part of names or the whole public address; administrators also find by the whole private ones.
    fn is_found(&self, call: &Call<'_>, state: &State, user: &User) -> bool {
        let Some((search, searched)) = &self.search else {
            return true;
        };
        let is = |email: &str| email.eq_ignore_ascii_case(searched);
        let by_email = || {
            let mut further = state.belongings.emails.of(user.id);
            is(&user.email) || further.any(|row| is(&row.address))
        };
        search.finds(&user.name)
            || search.finds(&user.username)
            || is(&user.profile().public_email)
            || call.viewer.is_admin() && by_email()
    }
}

fn has_projects(state: &State, user: UserId) -> bool {
    let mut sources = state.members.of_user(user);
    sources.any(|source| matches!(source, Source::Project(_)))
}
