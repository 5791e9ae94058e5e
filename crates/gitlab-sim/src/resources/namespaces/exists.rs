use serde::Serialize;

use crate::http::{Answer, Call, Reply};
use crate::ids::NamespaceId;
use crate::state::{Child, State};

#[derive(Debug, Serialize)]
struct Exists {
    exists: bool,
    suggests: Vec<String>,
}

/// `GET /namespaces/:path/exists`: groups and users only; a project is not seen.
pub(super) fn exists(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let parent = ask.id("parent_id").map(NamespaceId);
    call.admit(ask)?;
    let path = call.arg(0);
    let body = {
        let state = call.state();
        let exists = is_taken(&state, parent, path);
        let free = |number: &u32| !is_taken(&state, parent, &format!("{path}{number}"));
        let suggestion = exists.then(|| (1..=10_000).find(free)).flatten();
        Exists {
            exists,
            suggests: suggestion
                .map(|number| format!("{path}{number}"))
                .into_iter()
                .collect(),
        }
    };
    Ok(Reply::ok(&body))
}

fn is_taken(state: &State, parent: Option<NamespaceId>, path: &str) -> bool {
    matches!(state.tree.child(parent, path), Some(Child::Group(_)))
}
