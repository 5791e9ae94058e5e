mod create;
mod list;
mod revoke;

use domain::{KeyId, KeyScopes, Timestamp};
use serde::Serialize;
use storage::ApiKeyRecord;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(list::list, create::create))
        .with(routes!(revoke::revoke))
}

/// A key as it is shown: everything but the key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    #[schema(value_type = String, format = Uuid)]
    id: KeyId,
    name: &'a str,
    /// `read`, `jobs`, `gateway`.
    #[schema(value_type = Vec<String>)]
    scopes: KeyScopes,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
}

impl<'a> From<&'a ApiKeyRecord> for Shown<'a> {
    fn from(key: &'a ApiKeyRecord) -> Self {
        Self {
            id: key.id,
            name: &key.name,
            scopes: key.scopes,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        }
    }
}
