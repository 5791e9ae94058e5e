//! The limiters of single endpoints that GitLab has (GitLab API facts §4.3, §4.4).

/// Which calls are counted together, and how many may be in which window.
#[derive(Debug)]
pub(super) struct Limiter {
    /// The setting's name, or GitLab's word for the limiter.
    pub(super) key: &'static str,
    pub(super) amount: Amount,
    /// What GitLab.com has, where that is known to be something else.
    pub(super) on_gitlab_com: Option<u64>,
    pub(super) seconds: u64,
    pub(super) callers: Callers,
    pub(super) per: Per,
    /// What the simulator does not have is passed over.
    pub(super) endpoints: &'static [&'static str],
}

/// How many calls may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    /// As the setting says. New instances have this number, upgraded ones 0, which is off.
    Setting(u64),
    /// As the setting says, which is on everywhere.
    AlwaysOn,
    /// This many.
    Fixed(u64),
}

/// Whose calls are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Callers {
    Users,
    Strangers,
    Everyone,
}

/// What gets a window of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Per {
    /// Each caller.
    Caller,
    /// Each caller in each group or project.
    Source,
}

impl Limiter {
    const fn new(key: &'static str, amount: Amount, endpoints: &'static [&'static str]) -> Self {
        Self {
            key,
            amount,
            on_gitlab_com: None,
            seconds: 60,
            callers: Callers::Users,
            per: Per::Caller,
            endpoints,
        }
    }

    const fn window(mut self, seconds: u64) -> Self {
        self.seconds = seconds;
        self
    }

    const fn callers(mut self, callers: Callers) -> Self {
        self.callers = callers;
        self
    }

    const fn per_source(mut self) -> Self {
        self.per = Per::Source;
        self
    }

    const fn on_gitlab_com(mut self, amount: u64) -> Self {
        self.on_gitlab_com = Some(amount);
        self
    }
}

/// One that new instances have on.
const fn api(key: &'static str, usual: u64, endpoints: &'static [&'static str]) -> Limiter {
    Limiter::new(key, Amount::Setting(usual), endpoints)
}

/// One that every instance has, adjustable.
const fn always(key: &'static str, endpoints: &'static [&'static str]) -> Limiter {
    Limiter::new(key, Amount::AlwaysOn, endpoints)
}

/// One that every instance has as it is.
const fn fixed(key: &'static str, amount: u64, endpoints: &'static [&'static str]) -> Limiter {
    Limiter::new(key, Amount::Fixed(amount), endpoints).callers(Callers::Everyone)
}

pub(super) static LIMITERS: &[Limiter] = &[
    api("projects_api_limit", 2_000, &["GET /projects"]).window(600),
    api("projects_api_rate_limit_unauthenticated", 400, &["GET /projects"])
        .window(600)
        .callers(Callers::Strangers),
    api("users_get_by_id_limit", 300, &["GET /users/:id"]).window(600),
    api("project_api_limit", 400, &["GET /projects/:id"]),
    api("groups_api_limit", 200, &["GET /groups"]),
    api("group_api_limit", 400, &["GET /groups/:id"]),
    api("group_projects_api_limit", 600, &["GET /groups/:id/projects"]),
    api(
        "group_invited_groups_api_limit",
        60,
        &["GET /groups/:id/invited_groups"],
    ),
    api(
        "group_shared_groups_api_limit",
        60,
        &["GET /groups/:id/groups/shared"],
    ),
    api(
        "group_archive_unarchive_api_limit",
        60,
        &["POST /groups/:id/archive", "POST /groups/:id/unarchive"],
    ),
    api(
        "project_invited_groups_api_limit",
        60,
        &["GET /projects/:id/invited_groups"],
    ),
    api(
        "project_members_api_limit",
        200,
        &["GET /groups/:id/members/all", "GET /projects/:id/members/all"],
    ),
    api("user_projects_api_limit", 300, &["GET /users/:id/projects"]),
    api(
        "user_contributed_projects_api_limit",
        100,
        &["GET /users/:id/contributed_projects"],
    ),
    api(
        "user_starred_projects_api_limit",
        100,
        &["GET /users/:id/starred_projects"],
    ),
    api("users_api_limit_followers", 100, &["GET /users/:id/followers"]),
    api("users_api_limit_following", 100, &["GET /users/:id/following"]),
    api("users_api_limit_status", 240, &["GET /users/:id/status"]),
    api("users_api_limit_ssh_keys", 120, &["GET /users/:id/keys"]),
    api("users_api_limit_ssh_key", 120, &["GET /users/:id/keys/:key_id"]),
    api("users_api_limit_gpg_keys", 120, &["GET /users/:id/gpg_keys"]),
    api(
        "users_api_limit_gpg_key",
        120,
        &["GET /users/:id/gpg_keys/:key_id"],
    ),
    always("issues_create_limit", &["POST /projects/:id/issues"]).on_gitlab_com(200),
    always(
        "notes_create_limit",
        &[
            "POST /projects/:id/issues/:iid/notes",
            "POST /projects/:id/merge_requests/:iid/notes",
        ],
    )
    .on_gitlab_com(60),
    always(
        "members_delete_limit",
        &[
            "DELETE /groups/:id/members/:user_id",
            "DELETE /projects/:id/members/:user_id",
        ],
    )
    .per_source(),
    always(
        "search_rate_limit",
        &[
            "GET /search",
            "GET /groups/:id/search",
            "GET /projects/:id/search",
        ],
    )
    .on_gitlab_com(10),
    always("project_export_limit", &["POST /projects/:id/export"]),
    always(
        "project_download_export_limit",
        &["GET /projects/:id/export/download"],
    )
    .per_source(),
    always(
        "project_import_limit",
        &[
            "POST /projects/import",
            "POST /projects/remote-import",
            "POST /projects/remote-import-s3",
        ],
    ),
    always("group_export_limit", &["POST /groups/:id/export"]),
    always(
        "group_download_export_limit",
        &["GET /groups/:id/export/download"],
    )
    .per_source(),
    always("group_import_limit", &["POST /groups/import"]),
    fixed("bulk_import", 6, &["POST /bulk_imports"]),
    fixed("github_import", 6, &["POST /import/github"]),
    fixed("bitbucket_server_import", 6, &["POST /import/bitbucket_server"]),
    fixed("namespace_exists", 20, &["GET /namespaces/:id/exists"]),
    fixed(
        "web_hook_test",
        5,
        &[
            "POST /projects/:id/hooks/:hook_id/test/:trigger",
            "POST /groups/:id/hooks/:hook_id/test/:trigger",
        ],
    ),
    fixed(
        "web_hook_event_resend",
        5,
        &[
            "POST /projects/:id/hooks/:hook_id/events/:event_id/resend",
            "POST /groups/:id/hooks/:hook_id/events/:event_id/resend",
        ],
    ),
    fixed(
        "project_repositories_archive",
        5,
        &["GET /projects/:id/repository/archive"],
    )
    .per_source(),
    fixed(
        "project_repositories_changelog",
        5,
        &[
            "GET /projects/:id/repository/changelog",
            "POST /projects/:id/repository/changelog",
        ],
    )
    .per_source(),
    fixed(
        "project_repositories_health",
        5,
        &["GET /projects/:id/repository/health"],
    )
    .window(3_600)
    .per_source(),
    fixed(
        "play_pipeline_schedule",
        1,
        &["POST /projects/:id/pipeline_schedules/:schedule_id/play"],
    ),
    fixed(
        "service_account_creation",
        10,
        &["POST /service_accounts", "POST /groups/:id/service_accounts"],
    ),
    fixed(
        "deployment_delete",
        500,
        &["DELETE /projects/:id/deployments/:deployment_id"],
    ),
    fixed("offline_export", 6, &["POST /offline_exports"]),
    fixed("offline_import", 6, &["POST /offline_imports"]),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::endpoints::is_named;
    use super::*;
    use crate::http::router;

    #[test]
    fn no_endpoint_has_two_limiters_for_the_same_callers() {
        let mut seen = HashSet::new();
        for limiter in LIMITERS {
            for endpoint in limiter.endpoints {
                let kinds: &[bool] = match limiter.callers {
                    Callers::Users => &[true],
                    Callers::Strangers => &[false],
                    Callers::Everyone => &[true, false],
                };
                for signed_in in kinds {
                    assert!(seen.insert((endpoint, signed_in)), "{endpoint}");
                }
            }
        }
    }

    #[test]
    fn the_endpoints_that_a_bulk_client_needs_are_found() {
        for key in [
            "projects_api_limit",
            "group_projects_api_limit",
            "members_delete_limit",
            "namespace_exists",
        ] {
            let limiter = LIMITERS.iter().find(|limiter| limiter.key == key).unwrap();
            for name in limiter.endpoints {
                let found = router::endpoints()
                    .iter()
                    .any(|endpoint| is_named(endpoint, name));
                assert!(found, "{name}");
            }
        }
    }
}
