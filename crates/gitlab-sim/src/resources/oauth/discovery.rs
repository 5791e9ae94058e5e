use serde::Serialize;
use serde_json::{Value, json};

use super::preauthorize;
use crate::http::{Answer, Call, Reply};

/// `GET /.well-known/openid-configuration`
pub(super) fn configuration(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let site = &call.instance.site.url;
    let at = |path: &str| format!("{site}{path}");
    let scopes: Vec<&str> = preauthorize::scopes().collect();
    let body: Value = json!({
        "issuer": site,
        "authorization_endpoint": at("/oauth/authorize"),
        "token_endpoint": at("/oauth/token"),
        "revocation_endpoint": at("/oauth/revoke"),
        "device_authorization_endpoint": at("/oauth/authorize_device"),
        "userinfo_endpoint": at("/oauth/userinfo"),
        "jwks_uri": at("/oauth/discovery/keys"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claim_types_supported": ["normal"],
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "name", "nickname", "preferred_username", "email", "email_verified",
            "profile", "picture", "groups",
        ],
        "code_challenge_methods_supported": ["plain", "S256"],
    });
    Ok(Reply::ok(&body))
}

#[derive(Debug, Serialize)]
struct Keys {
    keys: [(); 0],
}

/// `GET /oauth/discovery/keys`: nothing here is signed.
pub(super) fn keys(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    Ok(Reply::ok(&Keys { keys: [] }))
}
