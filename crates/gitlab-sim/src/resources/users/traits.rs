//! What can be said of a user at creation and later alike.

#![expect(
    clippy::option_option,
    reason = "a picture is left as it is, taken away, or new"
)]

use std::sync::Arc;

use crate::http::refuse::Complaints;
use crate::params::{Ask, Upload};
use crate::resources::avatar;
use crate::state::{Identity, Secret, User};

/// The attributes a request names; what is left out stays.
#[derive(Debug)]
pub(super) struct Traits {
    texts: Vec<(&'static str, Option<String>)>,
    admin: Option<bool>,
    can_create_group: Option<bool>,
    external: Option<bool>,
    private_profile: Option<bool>,
    projects_limit: Option<u64>,
    theme_id: Option<i64>,
    color_scheme_id: Option<i64>,
    password: Option<String>,
    identity: Option<Identity>,
    /// Taken away, or a new one.
    avatar: Option<Option<Upload>>,
}

/// Texts of the profile, under the names the API has for them.
const TEXTS: [&str; 14] = [
    "bio",
    "note",
    "public_email",
    "commit_email",
    "location",
    "linkedin",
    "twitter",
    "discord",
    "website_url",
    "github",
    "job_title",
    "pronouns",
    "organization",
    "skype",
];

impl Traits {
    pub(super) fn read(ask: &mut Ask<'_>) -> Self {
        let texts = TEXTS
            .into_iter()
            .filter_map(|name| Some((name, ask.text(name)?)))
            .collect();
        let identity = match (ask.filled("provider"), ask.filled("extern_uid")) {
            (Some(provider), Some(extern_uid)) => Some(Identity {
                provider,
                extern_uid,
                saml_provider_id: None,
            }),
            (None, None) => None,
            _ => {
                ask.complain("extern_uid, provider provide all or none of parameters");
                None
            }
        };
        ask.ignored(&[
            "view_diffs_file_by_file",
            "shared_runners_minutes_limit",
            "extra_shared_runners_minutes_limit",
            "group_id_for_saml",
            "auditor",
        ]);
        Self {
            texts,
            admin: ask.flag("admin"),
            can_create_group: ask.flag("can_create_group"),
            external: ask.flag("external"),
            private_profile: ask.flag("private_profile"),
            projects_limit: ask.id("projects_limit"),
            theme_id: ask.integer("theme_id"),
            color_scheme_id: ask.integer("color_scheme_id"),
            password: ask.filled("password"),
            identity,
            avatar: ask.file("avatar"),
        }
    }

    pub(super) fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// What the model refuses.
    pub(super) fn check(&self, complaints: &mut Complaints) {
        /// Characters; GitLab's least for passwords.
        const SHORTEST: usize = 8;
        if self
            .password
            .as_ref()
            .is_some_and(|password| password.chars().count() < SHORTEST)
        {
            complaints.add("password", "is too short (minimum is 8 characters)");
        }
        if let Some(Some(upload)) = &self.avatar {
            avatar::check(upload, complaints);
        }
    }

    /// The account elsewhere that is to sign in as this user.
    pub(super) fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Puts everything that was named in place.
    pub(super) fn apply(self, user: &mut User) {
        for (name, text) in self.texts {
            set_text(user, name, text);
        }
        user.admin = self.admin.unwrap_or(user.admin);
        user.can_create_group = self.can_create_group.unwrap_or(user.can_create_group);
        user.external = self.external.unwrap_or(user.external);
        user.private_profile = self.private_profile.unwrap_or(user.private_profile);
        user.projects_limit = self.projects_limit.unwrap_or(user.projects_limit);
        if let Some(password) = self.password {
            user.password = Some(Secret(password));
        }
        if self.theme_id.is_some() || self.color_scheme_id.is_some() {
            let profile = user.profile_mut();
            profile.theme_id = self.theme_id.or(profile.theme_id);
            profile.color_scheme_id = self.color_scheme_id.or(profile.color_scheme_id);
        }
        if let Some(upload) = self.avatar {
            let avatar = upload.map(|upload| avatar::check(&upload, &mut Complaints::default()));
            user.profile_mut().avatar = avatar.map(Arc::new);
        }
        if let Some(identity) = self.identity {
            let identities = &mut user.profile_mut().identities;
            identities.retain(|known| known.provider != identity.provider);
            identities.push(identity);
        }
    }
}

fn set_text(user: &mut User, name: &str, text: Option<String>) {
    match name {
        "bio" => user.bio = text.unwrap_or_default(),
        "note" => user.note = text,
        "commit_email" => user.profile_mut().commit_email = text.filter(|text| !text.is_empty()),
        _ => {
            let text = text.unwrap_or_default();
            let profile = user.profile_mut();
            let field = match name {
                "public_email" => &mut profile.public_email,
                "location" => &mut profile.location,
                "linkedin" => &mut profile.linkedin,
                "twitter" => &mut profile.twitter,
                "discord" => &mut profile.discord,
                "website_url" => &mut profile.website_url,
                "github" => &mut profile.github,
                "job_title" => &mut profile.job_title,
                "pronouns" => &mut profile.pronouns,
                "organization" => &mut profile.organization,
                _ => return,
            };
            *field = text;
        }
    }
}
