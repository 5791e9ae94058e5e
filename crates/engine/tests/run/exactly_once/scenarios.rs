//! One scenario for each operation: what is there before, the item, and where to look afterwards.

use gitlab_client::WriteMethod::Post;
use serde_json::{Value, json};

use super::proves_exactly_once;
use super::scenario::{Given, Scenario};

/// A scenario; its test has the name of the operation.
macro_rules! scenarios {
    ($($operation:ident { given: $given:expr, params: $params:tt, look: $look:expr })+) => {
        /// The operations that have a scenario.
        pub(super) const ALL: &[&str] = &[$(stringify!($operation)),+];

        $(
            #[tokio::test]
            async fn $operation() {
                proves_exactly_once(Scenario {
                    operation: stringify!($operation),
                    given: $given,
                    params: json!($params),
                    look: &$look,
                })
                .await;
            }
        )+
    };
}

/// Nobody has done anything.
fn nothing() -> Vec<Given> {
    Vec::new()
}

/// A public group `acme`, group 22 of the simulator: its users have the numbers before.
fn acme() -> Vec<Given> {
    vec![given(
        "groups",
        json!({ "name": "Acme", "path": "acme", "visibility": "public" }),
    )]
}

/// The same with a project `acme/web`.
fn web() -> Vec<Given> {
    let project = json!({ "name": "Web", "path": "web", "namespace_id": 22, "visibility": "public" });
    [acme(), vec![given("projects", project)]].concat()
}

/// The same group with a label `bug`.
fn bug() -> Vec<Given> {
    let label = json!({ "name": "bug", "color": "#FF0000", "description": "Mend it" });
    [acme(), vec![given("groups/acme/labels", label)]].concat()
}

fn given(path: &'static str, body: Value) -> Given {
    Given {
        method: Post,
        path,
        body,
    }
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
}
