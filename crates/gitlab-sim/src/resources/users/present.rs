use std::sync::Arc;

use serde::Serialize;

use crate::http::Call;
use crate::instance::Site;
use crate::state::{State, User, UserState};
use crate::time_text::{Day, Moment};

/// What every signed-in user may know of another.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct UserBasic {
    id: u64,
    username: String,
    public_email: &'static str,
    name: String,
    state: UserState,
    locked: bool,
    avatar_url: Option<String>,
    web_url: String,
}

impl UserBasic {
    pub(crate) fn of(site: &Site, user: &User) -> Self {
        Self {
            id: user.id.0,
            username: user.username.clone(),
            public_email: "",
            name: user.name.clone(),
            state: user.state,
            locked: false,
            avatar_url: None,
            web_url: format!("{}/{}", site.url, user.username),
        }
    }
}

/// The profile: what `GET /users/:id` shows.
#[derive(Debug, Serialize)]
pub(super) struct UserPublic {
    #[serde(flatten)]
    basic: UserBasic,
    created_at: Moment,
    bio: String,
    location: &'static str,
    linkedin: &'static str,
    twitter: &'static str,
    discord: &'static str,
    website_url: &'static str,
    github: &'static str,
    job_title: &'static str,
    pronouns: &'static str,
    organization: &'static str,
    bot: bool,
    work_information: Option<String>,
    local_time: Option<String>,
    followers: u64,
    following: u64,
    is_followed: bool,
}

/// What only the user and administrators see.
#[derive(Debug, Serialize)]
struct UserPrivate {
    last_sign_in_at: Option<Moment>,
    confirmed_at: Moment,
    last_activity_on: Option<Day>,
    email: String,
    theme_id: u8,
    color_scheme_id: u8,
    projects_limit: u64,
    current_sign_in_at: Option<Moment>,
    identities: [(); 0],
    can_create_group: bool,
    can_create_project: bool,
    two_factor_enabled: bool,
    external: bool,
    private_profile: bool,
    commit_email: String,
    preferred_language: &'static str,
    shared_runners_minutes_limit: Option<u64>,
    extra_shared_runners_minutes_limit: Option<u64>,
    scim_identities: [(); 0],
}

/// What only administrators see. For anyone else the keys are absent.
#[derive(Debug, Serialize)]
struct UserForAdministrators {
    is_admin: bool,
    note: Option<String>,
    namespace_id: u64,
    created_by: Option<UserBasic>,
    using_license_seat: bool,
    is_auditor: bool,
    provisioned_by_group_id: Option<u64>,
    enterprise_group_id: Option<u64>,
    enterprise_group_associated_at: Option<Moment>,
}

/// A user in as much detail as the one who asks may see.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum UserBody {
    Basic(UserBasic),
    Public(Box<UserPublic>),
    Private(Box<UserWithEverything>),
}

#[derive(Debug, Serialize)]
pub(super) struct UserWithEverything {
    #[serde(flatten)]
    public: UserPublic,
    #[serde(flatten)]
    private: UserPrivate,
    #[serde(flatten)]
    for_administrators: Option<UserForAdministrators>,
}

impl UserBody {
    /// A row of a list.
    pub(super) fn row(call: &Call<'_>, state: &State, user: &Arc<User>) -> Self {
        if call.viewer.is_admin() {
            Self::everything(call, state, user)
        } else {
            Self::Basic(UserBasic::of(&call.instance.site, user))
        }
    }

    /// A profile.
    pub(super) fn profile(call: &Call<'_>, state: &State, user: &Arc<User>) -> Self {
        if call.viewer.is_admin() {
            Self::everything(call, state, user)
        } else {
            Self::Public(Box::new(public(&call.instance.site, user)))
        }
    }

    /// Everything the viewer, who is the user or an administrator, may see.
    pub(super) fn everything(call: &Call<'_>, state: &State, user: &Arc<User>) -> Self {
        let site = &call.instance.site;
        let for_administrators = call.viewer.is_admin().then(|| UserForAdministrators {
            is_admin: user.admin,
            note: user.note.clone(),
            namespace_id: user.namespace.0,
            created_by: user
                .created_by
                .and_then(|id| state.users.get(id))
                .map(|creator| UserBasic::of(site, creator)),
            using_license_seat: true,
            is_auditor: false,
            provisioned_by_group_id: None,
            enterprise_group_id: None,
            enterprise_group_associated_at: None,
        });
        Self::Private(Box::new(UserWithEverything {
            public: public(site, user),
            private: private(user),
            for_administrators,
        }))
    }
}

fn public(site: &Site, user: &User) -> UserPublic {
    UserPublic {
        basic: UserBasic::of(site, user),
        created_at: user.created_at,
        bio: user.bio.clone(),
        location: "",
        linkedin: "",
        twitter: "",
        discord: "",
        website_url: "",
        github: "",
        job_title: "",
        pronouns: "",
        organization: "",
        bot: false,
        work_information: None,
        local_time: None,
        followers: 0,
        following: 0,
        is_followed: false,
    }
}

fn private(user: &User) -> UserPrivate {
    UserPrivate {
        last_sign_in_at: None,
        confirmed_at: user.created_at,
        last_activity_on: None,
        email: user.email.clone(),
        theme_id: 3,
        color_scheme_id: 1,
        projects_limit: user.projects_limit,
        current_sign_in_at: None,
        identities: [],
        can_create_group: user.can_create_group && !user.external,
        can_create_project: user.projects_limit > 0,
        two_factor_enabled: false,
        external: user.external,
        private_profile: user.private_profile,
        commit_email: user.email.clone(),
        preferred_language: "en",
        shared_runners_minutes_limit: None,
        extra_shared_runners_minutes_limit: None,
        scim_identities: [],
    }
}
