//! The limits that are settings of the instance (GitLab API facts §4.3, §4.5).

use std::collections::HashMap;

use super::EndpointLimit;
use super::endpoints::is_named;
use crate::http::router;
use crate::options::RateLimit;
use crate::state::InstanceSettings;

/// Which endpoints a setting limits together, and in which window. 0 turns one off.
struct Limiter {
    setting: &'static str,
    seconds: u64,
    who: Whom,
    endpoints: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whom {
    Users,
    Strangers,
}

const fn per_minute(setting: &'static str, endpoints: &'static [&'static str]) -> Limiter {
    Limiter {
        setting,
        seconds: 60,
        who: Whom::Users,
        endpoints,
    }
}

static LIMITERS: &[Limiter] = &[
    Limiter {
        setting: "projects_api_limit",
        seconds: 600,
        who: Whom::Users,
        endpoints: &["GET /projects"],
    },
    Limiter {
        setting: "projects_api_rate_limit_unauthenticated",
        seconds: 600,
        who: Whom::Strangers,
        endpoints: &["GET /projects"],
    },
    Limiter {
        setting: "users_get_by_id_limit",
        seconds: 600,
        who: Whom::Users,
        endpoints: &["GET /users/:id"],
    },
    per_minute("project_api_limit", &["GET /projects/:id"]),
    per_minute("groups_api_limit", &["GET /groups"]),
    per_minute("group_api_limit", &["GET /groups/:id"]),
    per_minute("group_projects_api_limit", &["GET /groups/:id/projects"]),
    per_minute(
        "group_invited_groups_api_limit",
        &["GET /groups/:id/invited_groups"],
    ),
    per_minute(
        "group_shared_groups_api_limit",
        &["GET /groups/:id/groups/shared"],
    ),
    per_minute(
        "group_archive_unarchive_api_limit",
        &["POST /groups/:id/archive", "POST /groups/:id/unarchive"],
    ),
    per_minute(
        "project_invited_groups_api_limit",
        &["GET /projects/:id/invited_groups"],
    ),
    per_minute(
        "project_members_api_limit",
        &["GET /groups/:id/members/all", "GET /projects/:id/members/all"],
    ),
    per_minute("user_projects_api_limit", &["GET /users/:id/projects"]),
    per_minute(
        "user_contributed_projects_api_limit",
        &["GET /users/:id/contributed_projects"],
    ),
    per_minute(
        "user_starred_projects_api_limit",
        &["GET /users/:id/starred_projects"],
    ),
    per_minute("users_api_limit_followers", &["GET /users/:id/followers"]),
    per_minute("users_api_limit_following", &["GET /users/:id/following"]),
    per_minute("users_api_limit_status", &["GET /users/:id/status"]),
    per_minute("users_api_limit_ssh_keys", &["GET /users/:id/keys"]),
    per_minute("users_api_limit_ssh_key", &["GET /users/:id/keys/:key_id"]),
    per_minute("users_api_limit_gpg_keys", &["GET /users/:id/gpg_keys"]),
    per_minute("users_api_limit_gpg_key", &["GET /users/:id/gpg_keys/:key_id"]),
    per_minute("issues_create_limit", &["POST /projects/:id/issues"]),
];

/// What the settings say at one time.
#[derive(Debug, Default)]
pub(super) struct SetLimits {
    users: Option<RateLimit>,
    strangers: Option<RateLimit>,
    /// What the request throttle answers, when it is not the usual.
    pub(super) throttle_text: Option<String>,
    by_endpoint: HashMap<(usize, bool), (&'static str, EndpointLimit)>,
}

impl SetLimits {
    pub(super) fn of(settings: &InstanceSettings) -> Self {
        let mut by_endpoint = HashMap::new();
        for limiter in LIMITERS {
            let limit = EndpointLimit {
                limit: settings.number(limiter.setting),
                seconds: limiter.seconds,
            };
            if limit.limit == 0 {
                continue;
            }
            for (index, endpoint) in router::endpoints().iter().enumerate() {
                if limiter.endpoints.iter().any(|name| is_named(endpoint, name)) {
                    let key = (index, limiter.who == Whom::Users);
                    by_endpoint.insert(key, (limiter.setting, limit));
                }
            }
        }
        Self {
            users: settings.throttle(true),
            strangers: settings.throttle(false),
            throttle_text: settings.text("rate_limiting_response_text").map(str::to_owned),
            by_endpoint,
        }
    }

    pub(super) fn throttle(&self, signed_in: bool) -> Option<RateLimit> {
        if signed_in { self.users } else { self.strangers }
    }

    pub(super) fn has_endpoints(&self) -> bool {
        !self.by_endpoint.is_empty()
    }

    /// The setting that limits calls of an endpoint, and how.
    pub(super) fn of_endpoint(
        &self,
        endpoint: usize,
        signed_in: bool,
    ) -> Option<(&'static str, EndpointLimit)> {
        self.by_endpoint.get(&(endpoint, signed_in)).copied()
    }
}
