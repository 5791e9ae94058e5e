use std::sync::Arc;

use serde::Serialize;

use crate::http::Call;
use crate::instance::Site;
use crate::resources::avatar;
use crate::state::{Identity, State, User, UserState};
use crate::time_text::{Day, Moment};

/// What every signed-in user may know of another.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct UserBasic {
    id: u64,
    username: String,
    public_email: String,
    name: String,
    state: UserState,
    locked: bool,
    avatar_url: Option<String>,
    web_url: String,
}

impl UserBasic {
    pub(crate) fn of(site: &Site, user: &User) -> Self {
        let profile = user.profile();
        Self {
            id: user.id.0,
            username: user.username.clone(),
            public_email: profile.public_email.clone(),
            name: user.name.clone(),
            state: user.state,
            locked: false,
            avatar_url: profile
                .avatar
                .as_ref()
                .map(|picture| avatar::url(site, "user", user.id.0, picture)),
            web_url: format!("{}/{}", site.url, user.username),
        }
    }
}

/// The profile: what `GET /users/:id` shows.
#[derive(Debug, Serialize)]
pub(in crate::resources) struct UserPublic {
    #[serde(flatten)]
    basic: UserBasic,
    created_at: Moment,
    bio: String,
    location: String,
    linkedin: String,
    twitter: String,
    discord: String,
    website_url: String,
    github: String,
    job_title: String,
    pronouns: String,
    organization: String,
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
    theme_id: i64,
    color_scheme_id: i64,
    projects_limit: u64,
    current_sign_in_at: Option<Moment>,
    identities: Vec<Identity>,
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
pub(in crate::resources) enum UserBody {
    Basic(UserBasic),
    Public(Box<UserPublic>),
    Private(Box<UserWithEverything>),
}

#[derive(Debug, Serialize)]
pub(in crate::resources) struct UserWithEverything {
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
    pub(in crate::resources) fn everything(call: &Call<'_>, state: &State, user: &Arc<User>) -> Self {
        let site = &call.instance.site;
        let for_administrators = call.viewer.is_admin().then(|| UserForAdministrators {
            is_admin: user.admin,
            note: user.note.clone(),
            namespace_id: user.namespace.0,
            created_by: user
                .created_by
                .and_then(|id| state.users.get(id))
                .map(|creator| UserBasic::of(site, creator)),
            using_license_seat: !user.is_bot(),
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
    let profile = user.profile();
    UserPublic {
        basic: UserBasic::of(site, user),
        created_at: user.created_at,
        bio: user.bio.clone(),
        location: profile.location.clone(),
        linkedin: profile.linkedin.clone(),
        twitter: profile.twitter.clone(),
        discord: profile.discord.clone(),
        website_url: profile.website_url.clone(),
        github: profile.github.clone(),
        job_title: profile.job_title.clone(),
        pronouns: profile.pronouns.clone(),
        organization: profile.organization.clone(),
        bot: user.is_bot(),
        work_information: None,
        local_time: None,
        followers: 0,
        following: 0,
        is_followed: false,
    }
}

fn private(user: &User) -> UserPrivate {
    let profile = user.profile();
    UserPrivate {
        last_sign_in_at: None,
        confirmed_at: user.created_at,
        last_activity_on: None,
        email: user.email.clone(),
        theme_id: profile.theme_id.unwrap_or(3),
        color_scheme_id: profile.color_scheme_id.unwrap_or(1),
        projects_limit: user.projects_limit,
        current_sign_in_at: None,
        identities: profile.identities.clone(),
        can_create_group: user.can_create_group && !user.external,
        can_create_project: user.projects_limit > 0,
        two_factor_enabled: false,
        external: user.external,
        private_profile: user.private_profile,
        commit_email: profile.commit_email.clone().unwrap_or_else(|| user.email.clone()),
        preferred_language: "en",
        shared_runners_minutes_limit: None,
        extra_shared_runners_minutes_limit: None,
        scim_identities: [],
    }
}
