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

/// A public group `acme`, group 1 of the simulator's.
fn acme() -> Vec<Given> {
    vec![given(
        "groups",
        json!({ "name": "Acme", "path": "acme", "visibility": "public" }),
    )]
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
        params: { "name": "Acme", "path": "acme", "visibility": "internal", "description": "All of it" },
        look: ["groups/acme"]
    }
    create_project {
        given: acme(),
        params: { "name": "Web", "group": "acme", "topics": ["rust", "demo"], "wiki_access_level": "disabled" },
        look: ["projects/acme%2Fweb"]
    }
    add_member {
        given: acme(),
        params: { "username": "dev-0001", "group": "acme", "access_level": "developer", "expires_at": "2099-12-31" },
        look: ["groups/acme/members"]
    }
}
