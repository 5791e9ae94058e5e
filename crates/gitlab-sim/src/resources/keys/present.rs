use serde::Serialize;

use crate::http::Call;
use crate::resources::users::present::UserBody;
use crate::state::{DeployKeyAt, Key, State, User};
use crate::time_text::Moment;

/// A key of a user.
#[derive(Debug, Serialize)]
pub(in crate::resources) struct KeyBody {
    id: u64,
    title: String,
    created_at: Moment,
    expires_at: Option<Moment>,
    last_used_at: Option<Moment>,
    key: String,
    usage_type: String,
}

impl KeyBody {
    /// GitLab writes whose key it is where the comment was.
    pub(super) fn of(call: &Call<'_>, key: &Key, user: &User) -> Self {
        let bare: Vec<&str> = key.text.split_ascii_whitespace().take(2).collect();
        let host = call.instance.site.host.split(':').next().unwrap_or_default();
        Self {
            key: format!("{} {} ({host})", bare.join(" "), user.name),
            ..Self::as_sent(key)
        }
    }

    /// A deploy key keeps its comment.
    pub(super) fn as_sent(key: &Key) -> Self {
        Self {
            id: key.id,
            title: key.title.clone(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: None,
            key: key.text.clone(),
            usage_type: key.usage.clone(),
        }
    }
}

/// A key with whom it lets in, for administrators.
#[derive(Debug, Serialize)]
pub(super) struct KeyWithUser {
    #[serde(flatten)]
    key: KeyBody,
    user: Option<UserBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deploy_keys_projects: Option<Vec<AtProject>>,
}

#[derive(Debug, Serialize)]
struct AtProject {
    id: u64,
    deploy_key_id: u64,
    project_id: u64,
    created_at: Moment,
    updated_at: Moment,
    can_push: bool,
}

impl KeyWithUser {
    pub(super) fn of_user(call: &Call<'_>, state: &State, key: &Key, user: &std::sync::Arc<User>) -> Self {
        Self {
            key: KeyBody::of(call, key, user),
            user: Some(UserBody::everything(call, state, user)),
            deploy_keys_projects: None,
        }
    }

    pub(super) fn for_deploying<'s>(
        call: &Call<'_>,
        state: &State,
        key: &Key,
        places: impl Iterator<Item = &'s DeployKeyAt>,
    ) -> Self {
        let place = |at: &DeployKeyAt| AtProject {
            id: at.id,
            deploy_key_id: at.key,
            project_id: at.project.0,
            created_at: at.created_at,
            updated_at: at.created_at,
            can_push: at.can_push,
        };
        Self {
            key: KeyBody::as_sent(key),
            user: state
                .users
                .get(key.by)
                .map(|user| UserBody::everything(call, state, user)),
            deploy_keys_projects: Some(places.map(place).collect()),
        }
    }
}
