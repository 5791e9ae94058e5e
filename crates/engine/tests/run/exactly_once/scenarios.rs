//! One scenario for each operation: what is there before, the item, and where to look afterwards.

use gitlab_client::WriteMethod::{self, Delete, Post};
use gitlab_sim::Tier;
use serde_json::{Value, json};

use super::proves_exactly_once;
use super::scenario::{Given, Kept, Scenario};

/// A scenario; its test has the name of the operation.
macro_rules! scenarios {
    ($($operation:ident { given: $given:expr, params: $params:tt, look: $look:expr })+) => {
        /// The operations that have a scenario.
        pub(super) const ALL: &[&str] = &[$(stringify!($operation)),+];

        /// The scenario of an operation that has one.
        pub(super) fn scenario(operation: &str) -> Scenario {
            match operation {
                $(stringify!($operation) => Scenario {
                    name: stringify!($operation),
                    operation: stringify!($operation),
                    tier: tier_of(stringify!($operation)),
                    given: $given,
                    params: json!($params),
                    look: &$look,
                    kept: Kept::Embedded,
                },)+
                other => panic!("no scenario for {other}"),
            }
        }

        $(
            #[tokio::test]
            async fn $operation() {
                proves_exactly_once(scenario(stringify!($operation))).await;
            }
        )+
    };
}

/// The least licence with which an operation can be tried.
pub(super) fn tier_of(operation: &str) -> Tier {
    match engine::operations::registry().get(operation) {
        Some(operation) if operation.tier().name() != "free" => Tier::Premium,
        _ => Tier::Free,
    }
}

/// Nobody has done anything.
pub(super) fn nothing() -> Vec<Given> {
    Vec::new()
}

/// A public group `acme`, group 22 of the simulator: its users have the numbers before.
pub(super) fn acme() -> Vec<Given> {
    vec![given(
        "groups",
        json!({ "name": "Acme", "path": "acme", "visibility": "public" }),
    )]
}

/// The same with a project `acme/web`.
pub(super) fn web() -> Vec<Given> {
    let project = json!({ "name": "Web", "path": "web", "namespace_id": 22, "visibility": "public" });
    [acme(), vec![given("projects", project)]].concat()
}

/// The same group with a label `bug`.
pub(super) fn bug() -> Vec<Given> {
    let label = json!({ "name": "bug", "color": "#FF0000", "description": "Mend it" });
    [acme(), vec![given("groups/acme/labels", label)]].concat()
}

/// The project with one thing more, which is posted there.
pub(super) fn web_with(path: &'static str, body: Value) -> Vec<Given> {
    [web(), vec![given(path, body)]].concat()
}

/// `acme` with a developer for some time.
pub(super) fn with_member() -> Vec<Given> {
    let member = json!({ "username": "dev-0001", "access_level": 30, "expires_at": "2099-12-31" });
    [acme(), vec![given("groups/acme/members", member)]].concat()
}

/// `acme` with a variable.
pub(super) fn with_variable() -> Vec<Given> {
    let variable = json!({ "key": "TOKEN", "value": "a value" });
    [acme(), vec![given("groups/acme/variables", variable)]].concat()
}

pub(super) fn given(path: &'static str, body: Value) -> Given {
    Given {
        method: Post,
        path,
        body,
    }
}

/// GitLab's number of the first group; users' own namespaces come before it.
const ACME: u64 = 22;
/// That of the first subgroup of [`estate`].
pub(super) const TEAM: u64 = 24;

/// `acme` with its subgroup `acme/team` and the project `acme/web`, number 1; beside it the group `partners`.
pub(super) fn estate() -> Vec<Given> {
    let project = json!({
        "name": "Web", "path": "web", "namespace_id": ACME, "visibility": "public", "merge_method": "ff"
    });
    let partners = json!({ "name": "Partners", "path": "partners", "visibility": "public" });
    let team = json!({ "name": "Team", "path": "team", "parent_id": ACME, "visibility": "public" });
    let mut estate = acme();
    estate.push(given("groups", partners));
    estate.push(given("groups", team));
    estate.push(given("projects", project));
    estate
}

/// The [`estate`] after one more write.
pub(super) fn estate_after(method: WriteMethod, path: &'static str, body: Value) -> Vec<Given> {
    let mut estate = estate();
    estate.push(Given { method, path, body });
    estate
}

/// The [`estate`] in which `acme/web` has a label, a protected branch, a variable and a member.
pub(super) fn furnished() -> Vec<Given> {
    let mut estate = estate_after(
        Post,
        "projects/1/labels",
        json!({ "name": "bug", "color": "#ff0000" }),
    );
    for (path, body) in [
        (
            "projects/1/protected_branches",
            json!({ "name": "release/*", "push_access_level": 0 }),
        ),
        ("projects/1/variables", json!({ "key": "REGION", "value": "eu" })),
        (
            "projects/1/members",
            json!({ "username": "dev-0001", "access_level": 30 }),
        ),
    ] {
        estate.push(given(path, body));
    }
    estate
}

scenarios! {
    create_group {
        given: nothing(),
        params: { "name": "Acme", "path": "acme", "visibility": "internal", "description": "All of it",
            "math_rendering_limits_enabled": false },
        look: ["groups/acme"]
    }
    create_project {
        given: acme(),
        params: { "name": "Web", "group": "acme", "topics": ["rust", "demo"], "wiki_access_level": "disabled",
            "ci_default_git_depth": 5 },
        look: ["projects/acme%2Fweb"]
    }
    update_group {
        given: acme(),
        params: { "group": "acme", "path": "umbrella", "visibility": "internal", "lfs_enabled": false },
        look: ["groups/umbrella", "groups/acme"]
    }
    update_project {
        given: web(),
        params: { "project": "acme/web", "path": "site", "topics": ["rust"], "show_default_award_emojis": false },
        look: ["projects/acme%2Fsite"]
    }
    create_label {
        given: acme(),
        params: { "group": "acme", "name": "bug", "color": "#d9534f", "description": "Mend it" },
        look: ["groups/acme/labels"]
    }
    update_label {
        given: bug(),
        params: { "group": "acme", "name": "bug", "new_name": "kind::bug", "color": "#aa0000" },
        look: ["groups/acme/labels"]
    }
    delete_label {
        given: bug(),
        params: { "group": "acme", "name": "bug" },
        look: ["groups/acme/labels"]
    }
    add_member {
        given: acme(),
        params: { "username": "dev-0001", "group": "acme", "access_level": "developer", "expires_at": "2099-12-31" },
        look: ["groups/acme/members"]
    }
    transfer_group {
        given: estate(),
        params: { "group": "acme/team", "parent": "partners" },
        look: ["groups/partners%2Fteam", "groups/acme%2Fteam"]
    }
    transfer_project {
        given: estate(),
        params: { "project": "acme/web", "namespace": "acme/team" },
        look: ["projects/1"]
    }
    archive_group {
        given: estate(),
        params: { "group": "acme/team" },
        look: ["groups/acme%2Fteam"]
    }
    unarchive_group {
        given: estate_after(Post, "groups/acme%2Fteam/archive", json!({})),
        params: { "group": "acme/team" },
        look: ["groups/acme%2Fteam"]
    }
    archive_project {
        given: estate(),
        params: { "project": "acme/web" },
        look: ["projects/1"]
    }
    unarchive_project {
        given: estate_after(Post, "projects/1/archive", json!({})),
        params: { "project": "acme/web" },
        look: ["projects/1"]
    }
    delete_group {
        given: estate(),
        params: { "group": TEAM, "permanently_remove": true },
        look: ["groups/24", "groups/acme%2Fteam"]
    }
    delete_project {
        given: estate(),
        params: { "project": "acme/web" },
        look: ["projects/1", "projects/acme%2Fweb"]
    }
    restore_group {
        given: estate_after(Delete, "groups/acme%2Fteam", json!({})),
        params: { "group": "acme/team" },
        look: ["groups/acme%2Fteam"]
    }
    restore_project {
        given: estate_after(Delete, "projects/1", json!({})),
        params: { "project": "acme/web" },
        look: ["projects/1"]
    }
    share_group {
        given: estate_after(Post, "groups/acme/share", json!({ "group_id": 23, "group_access": 20 })),
        params: { "group": "acme", "invited_group": "partners", "group_access": "developer" },
        look: ["groups/acme"]
    }
    share_project {
        given: estate(),
        params: {
            "project": "acme/web", "invited_group": "partners", "group_access": "developer", "expires_at": "2099-12-31"
        },
        look: ["projects/1"]
    }
    unshare_group {
        given: estate_after(Post, "groups/acme/share", json!({ "group_id": 23, "group_access": 20 })),
        params: { "group": "acme", "invited_group": "partners" },
        look: ["groups/acme"]
    }
    unshare_project {
        given: estate_after(Post, "projects/1/share", json!({ "group_id": 23, "group_access": 20 })),
        params: { "project": "acme/web", "invited_group": "partners" },
        look: ["projects/1"]
    }
    fork_project {
        given: estate(),
        params: { "project": "acme/web", "namespace": "partners" },
        look: ["projects/partners%2Fweb"]
    }
    clone_group {
        given: estate_after(Post, "groups/acme/labels", json!({ "name": "bug", "color": "#ff0000" })),
        params: { "group": "acme" },
        look: ["groups/acme_copy", "groups/acme_copy/labels"]
    }
    clone_project {
        given: furnished(),
        params: {
            "project": "acme/web", "include": ["labels", "protected_branches", "variables", "members"]
        },
        look: [
            "projects/acme%2Fweb_copy",
            "projects/acme%2Fweb_copy/labels",
            "projects/acme%2Fweb_copy/protected_branches",
            "projects/acme%2Fweb_copy/variables",
            "projects/acme%2Fweb_copy/members"
        ]
    }
    protect_branch {
        given: web_with("projects/acme%2Fweb/protected_branches", json!({ "name": "main", "merge_access_level": 30 })),
        params: { "project": "acme/web", "name": "main", "push_access_level": "no_one", "allow_force_push": true },
        look: ["projects/acme%2Fweb/protected_branches"]
    }
    unprotect_branch {
        given: web_with("projects/acme%2Fweb/protected_branches", json!({ "name": "release/*" })),
        params: { "project": "acme/web", "name": "release/*" },
        look: ["projects/acme%2Fweb/protected_branches"]
    }
    set_push_rule {
        given: web(),
        params: { "project": "acme/web", "prevent_secrets": true, "commit_message_regex": "^A" },
        look: ["projects/acme%2Fweb/push_rule"]
    }
    delete_push_rule {
        given: web_with("projects/acme%2Fweb/push_rule", json!({ "prevent_secrets": true })),
        params: { "project": "acme/web" },
        look: ["projects/acme%2Fweb/push_rule"]
    }
    set_approval_rule {
        given: web(),
        params: { "project": "acme/web", "name": "Security", "approvals_required": 2, "groups": ["acme"] },
        look: ["projects/acme%2Fweb/approval_rules"]
    }
    delete_approval_rule {
        given: web_with("projects/acme%2Fweb/approval_rules", json!({ "name": "Security", "approvals_required": 1 })),
        params: { "project": "acme/web", "name": "Security" },
        look: ["projects/acme%2Fweb/approval_rules"]
    }
    update_member {
        given: with_member(),
        params: { "username": "dev-0001", "group": "acme", "access_level": "maintainer", "never_expires": true },
        look: ["groups/acme/members"]
    }
    remove_member {
        given: with_member(),
        params: { "username": "dev-0001", "group": "acme" },
        look: ["groups/acme/members"]
    }
    set_variable {
        given: acme(),
        params: { "group": "acme", "key": "TOKEN", "value": "a-value-to-mask", "masked": true },
        look: ["groups/acme/variables"]
    }
    delete_variable {
        given: with_variable(),
        params: { "group": "acme", "key": "TOKEN" },
        look: ["groups/acme/variables"]
    }
}
