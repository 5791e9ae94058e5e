//! `/version` and `/metadata` (GitLab API facts §2).

use serde::Serialize;

use crate::http::router::{Endpoint, get};
use crate::http::{Answer, Call, Reply};
use crate::instance::VERSION;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/version", show).also(&["read_user"]),
    get("/metadata", show).also(&["read_user"]),
];

#[derive(Serialize)]
struct Metadata {
    version: String,
    revision: &'static str,
    kas: Kas,
    enterprise: bool,
}

/// The agent server, which there is none of here.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kas {
    enabled: bool,
    external_url: Option<String>,
    #[serde(rename = "externalK8sProxyUrl")]
    external_proxy_url: Option<String>,
    version: Option<String>,
}

fn show(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    Ok(Reply::ok(&Metadata {
        version: format!("{VERSION}-ee"),
        revision: "0a1b2c3d4e5",
        kas: Kas {
            enabled: false,
            external_url: None,
            external_proxy_url: None,
            version: None,
        },
        enterprise: true,
    }))
}
