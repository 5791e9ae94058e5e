use serde::Serialize;

use crate::http::Call;
use crate::state::{Group, State};

/// A group as those see it who may know that it is there.
#[derive(Debug, Serialize)]
pub(super) struct PublicGroup {
    id: u64,
    web_url: String,
    name: String,
    avatar_url: Option<String>,
    full_name: String,
    full_path: String,
}

impl PublicGroup {
    pub(super) fn of(call: &Call<'_>, state: &State, group: &Group) -> Self {
        let full_path = state.full_path(group.id);
        Self {
            id: group.id.0,
            web_url: format!("{}/groups/{full_path}", call.instance.site.url),
            name: group.name.clone(),
            avatar_url: None,
            full_name: state.full_name(group.id),
            full_path,
        }
    }
}
