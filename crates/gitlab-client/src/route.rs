/// Words of GitLab's addresses that say nothing about whose they are. Everything else is a value.
const WORDS: [&str; 69] = [
    "access_requests",
    "access_tokens",
    "all",
    "application",
    "approval_rules",
    "approvals",
    "archive",
    "branches",
    "commits",
    "compare",
    "contributors",
    "deploy_keys",
    "deploy_tokens",
    "deployments",
    "descendant_groups",
    "environments",
    "events",
    "export",
    "files",
    "fork",
    "graphql",
    "groups",
    "hooks",
    "housekeeping",
    "import",
    "invitations",
    "invited_groups",
    "issues",
    "jobs",
    "keys",
    "labels",
    "languages",
    "members",
    "memberships",
    "merge_requests",
    "metadata",
    "milestones",
    "namespaces",
    "notes",
    "packages",
    "personal_access_tokens",
    "pipelines",
    "projects",
    "protected_branches",
    "protected_tags",
    "push_rule",
    "push_rules",
    "raw",
    "registry",
    "releases",
    "repository",
    "restore",
    "runners",
    "search",
    "self",
    "settings",
    "share",
    "snippets",
    "statistics",
    "subgroups",
    "tags",
    "transfer",
    "tree",
    "unarchive",
    "user",
    "users",
    "variables",
    "version",
    "wikis",
];

/// The endpoint that a path below `/api/v4/` belongs to, with `:id` for every value in it: what may be told to a
/// collector of traces.
pub(crate) fn template(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let mut route = String::with_capacity(path.len());
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let shown = match WORDS.binary_search(&segment) {
            Ok(found) => WORDS[found],
            Err(_) => ":id",
        };
        route.push('/');
        route.push_str(shown);
    }
    route
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_in_a_route() {
        for (path, route) in [
            (
                "/projects/acme%2Fweb/variables/TOKEN?value=x",
                "/projects/:id/variables/:id",
            ),
            ("groups/12/members/all", "/groups/:id/members/all"),
            (
                "projects/7/repository/files/src%2Fmain.rs/raw",
                "/projects/:id/repository/files/:id/raw",
            ),
            ("version", "/version"),
            ("", ""),
        ] {
            assert_eq!(template(path), route, "{path}");
        }
    }

    #[test]
    fn the_words_are_found_by_halving() {
        assert!(WORDS.is_sorted());
    }
}
