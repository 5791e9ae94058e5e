//! The other ways in which operations do what they do: where the thing is there already, where an address stands for a
//! user, with a licence, for a project instead of a group, for good, queued.

use gitlab_client::WriteMethod::{Delete, Post};
use gitlab_sim::Tier;
use serde_json::json;

use super::proves_exactly_once;
use super::scenario::{Given, Kept, Scenario};
use super::scenarios::{
    TEAM, acme, bug, estate, estate_after, furnished, given, tier_of, web, web_with, with_member,
    with_variable,
};

/// A scenario with a name of its own.
macro_rules! ways {
    ($($name:ident: $operation:ident { $(tier: $tier:expr,)? given: $given:expr, params: $params:tt, look: $look:expr })+) => {
        $(
            #[tokio::test]
            async fn $name() {
                let tier = tier_of(stringify!($operation));
                $(let tier = Tier::max(tier, $tier);)?
                proves_exactly_once(Scenario {
                    name: stringify!($name),
                    operation: stringify!($operation),
                    tier,
                    given: $given,
                    params: json!($params),
                    look: &$look,
                    kept: Kept::Embedded,
                })
                .await;
            }
        )+
    };
}

/// `acme` with an open invitation.
fn with_invitation() -> Vec<Given> {
    let invitation = json!({ "email": "lee@example.org", "access_level": 20 });
    [acme(), vec![given("groups/acme/invitations", invitation)]].concat()
}

/// The [`estate`] in a GitLab 19, where a worker does the transfers.
fn queued() -> Vec<Given> {
    let flag = "features/groups_and_projects_async_transfer";
    estate_after(Post, flag, json!({ "value": "true" }))
}

ways! {
    a_group_that_is_there: create_group {
        given: acme(),
        params: { "name": "The Acme", "path": "acme", "description": "All of it", "lfs_enabled": false },
        look: ["groups/acme"]
    }
    a_project_that_is_there: create_project {
        given: web(),
        params: { "name": "Web", "path": "web", "group": "acme", "topics": ["rust"], "ci_default_git_depth": 5 },
        look: ["projects/acme%2Fweb"]
    }
    a_label_that_is_there: create_label {
        given: bug(),
        params: { "group": "acme", "name": "bug", "color": "#d9534f" },
        look: ["groups/acme/labels"]
    }
    a_label_of_a_project: create_label {
        given: web(),
        params: { "project": "acme/web", "name": "bug", "color": "#d9534f", "priority": 3 },
        look: ["projects/acme%2Fweb/labels"]
    }
    a_label_of_a_project_that_changes: update_label {
        given: web_with("projects/acme%2Fweb/labels", json!({ "name": "bug", "color": "#FF0000" })),
        params: { "project": "acme/web", "name": "bug", "color": "#aa0000", "priority": 3 },
        look: ["projects/acme%2Fweb/labels"]
    }
    a_label_of_a_project_that_goes: delete_label {
        given: web_with("projects/acme%2Fweb/labels", json!({ "name": "bug", "color": "#FF0000" })),
        params: { "project": "acme/web", "name": "bug" },
        look: ["projects/acme%2Fweb/labels"]
    }
    a_member_who_is_there: add_member {
        given: with_member(),
        params: { "username": "dev-0001", "group": "acme", "access_level": "maintainer" },
        look: ["groups/acme/members"]
    }
    a_member_of_a_project: add_member {
        given: web(),
        params: { "username": "dev-0001", "project": "acme/web", "access_level": "developer" },
        look: ["projects/acme%2Fweb/members"]
    }
    an_address_that_somebody_has: add_member {
        given: acme(),
        params: { "email": "dev-0001@example.com", "group": "acme", "access_level": "developer" },
        look: ["groups/acme/members", "groups/acme/invitations"]
    }
    an_invitation: add_member {
        given: acme(),
        params: {
            "email": "lee@example.org", "group": "acme", "access_level": "developer", "expires_at": "2099-12-31"
        },
        look: ["groups/acme/members", "groups/acme/invitations"]
    }
    an_invitation_that_is_there: add_member {
        given: with_invitation(),
        params: { "email": "lee@example.org", "group": "acme", "access_level": "developer" },
        look: ["groups/acme/members", "groups/acme/invitations"]
    }
    an_invitation_that_changes: update_member {
        given: with_invitation(),
        params: { "email": "lee@example.org", "group": "acme", "expires_at": "2099-12-31" },
        look: ["groups/acme/members", "groups/acme/invitations"]
    }
    an_invitation_that_is_taken_back: remove_member {
        given: with_invitation(),
        params: { "email": "lee@example.org", "group": "acme" },
        look: ["groups/acme/members", "groups/acme/invitations"]
    }
    a_variable_that_is_there: set_variable {
        given: with_variable(),
        params: { "group": "acme", "key": "TOKEN", "value": "another-value", "masked": true },
        look: ["groups/acme/variables"]
    }
    a_variable_of_a_project: set_variable {
        given: web(),
        params: { "project": "acme/web", "key": "TOKEN", "value": "a value", "environment_scope": "production" },
        look: ["projects/acme%2Fweb/variables"]
    }
    a_variable_of_a_project_that_goes: delete_variable {
        given: web_with(
            "projects/acme%2Fweb/variables",
            json!({ "key": "TOKEN", "value": "a value", "environment_scope": "production" })
        ),
        params: { "project": "acme/web", "key": "TOKEN", "environment_scope": "production" },
        look: ["projects/acme%2Fweb/variables"]
    }
    a_push_rule_that_is_there: set_push_rule {
        given: web_with("projects/acme%2Fweb/push_rule", json!({ "prevent_secrets": true })),
        params: { "project": "acme/web", "prevent_secrets": false, "commit_message_regex": "^A" },
        look: ["projects/acme%2Fweb/push_rule"]
    }
    a_push_rule_of_a_group: set_push_rule {
        given: acme(),
        params: { "group": "acme", "prevent_secrets": true },
        look: ["groups/acme/push_rule"]
    }
    an_approval_rule_that_is_there: set_approval_rule {
        given: web_with(
            "projects/acme%2Fweb/approval_rules",
            json!({ "name": "Security", "approvals_required": 1 })
        ),
        params: { "project": "acme/web", "name": "Security", "approvals_required": 2, "groups": ["acme"] },
        look: ["projects/acme%2Fweb/approval_rules"]
    }
    a_branch_that_nobody_protects: protect_branch {
        given: web(),
        params: { "project": "acme/web", "name": "release/*", "push_access_level": "no_one" },
        look: ["projects/acme%2Fweb/protected_branches"]
    }
    a_branch_whose_levels_are_changed_in_place: protect_branch {
        tier: Tier::Premium,
        given: web_with("projects/acme%2Fweb/protected_branches", json!({ "name": "main", "merge_access_level": 30 })),
        params: { "project": "acme/web", "name": "main", "push_access_level": "no_one", "allow_force_push": true },
        look: ["projects/acme%2Fweb/protected_branches"]
    }
    a_branch_of_a_group: protect_branch {
        tier: Tier::Premium,
        given: acme(),
        params: { "group": "acme", "name": "main", "push_access_level": "maintainer" },
        look: ["groups/acme/protected_branches"]
    }
    a_project_shared_at_another_level: share_project {
        given: estate_after(Post, "projects/1/share", json!({ "group_id": 23, "group_access": 20 })),
        params: { "project": "acme/web", "invited_group": "partners", "group_access": "developer" },
        look: ["projects/1"]
    }
    a_group_that_is_not_shared_yet: share_group {
        given: estate(),
        params: { "group": "acme", "invited_group": "partners", "group_access": "developer" },
        look: ["groups/acme"]
    }
    a_group_that_waits_for_its_end: delete_group {
        given: estate(),
        params: { "group": "acme" },
        look: ["groups/22", "groups/acme"]
    }
    a_project_that_goes_for_good: delete_project {
        given: estate(),
        params: { "project": "acme/web", "permanently_remove": true },
        look: ["projects/1", "projects/acme%2Fweb"]
    }
    a_marked_project_that_goes_for_good: delete_project {
        given: estate_after(Delete, "projects/1", json!({})),
        params: { "project": 1, "permanently_remove": true },
        look: ["projects/1", "projects/acme%2Fweb"]
    }
    a_group_that_moves_to_the_top: transfer_group {
        given: estate(),
        params: { "group": "acme/team", "top_level": true },
        look: ["groups/team", "groups/acme%2Fteam"]
    }
    a_group_that_a_worker_moves: transfer_group {
        given: queued(),
        params: { "group": TEAM, "parent": "partners" },
        look: ["groups/partners%2Fteam", "groups/acme%2Fteam"]
    }
    a_project_that_a_worker_moves: transfer_project {
        given: queued(),
        params: { "project": "acme/web", "namespace": "acme/team" },
        look: ["projects/1", "projects/acme%2Fteam%2Fweb"]
    }
    a_group_copied_with_all_that_comes_with_it: clone_group {
        given: {
            let mut estate = estate_after(Post, "groups/acme/labels", json!({ "name": "bug", "color": "#ff0000" }));
            estate.push(given("groups/acme/variables", json!({ "key": "REGION", "value": "eu" })));
            estate.push(given("groups/acme/members", json!({ "username": "dev-0001", "access_level": 30 })));
            estate
        },
        params: { "group": "acme", "include": ["labels", "variables", "members"] },
        look: [
            "groups/acme_copy",
            "groups/acme_copy/labels",
            "groups/acme_copy/variables",
            "groups/acme_copy/members"
        ]
    }
    a_project_copied_elsewhere: clone_project {
        given: furnished(),
        params: { "project": "acme/web", "namespace": "partners", "path": "site", "include": ["members"] },
        look: ["projects/partners%2Fsite", "projects/partners%2Fsite/members"]
    }
}
