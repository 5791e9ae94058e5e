//! `/version` and `/metadata` (GitLab API facts §2).

use serde_json::json;

use crate::http::router::{Endpoint, get};
use crate::http::{Answer, Call, Reply};
use crate::instance::VERSION;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/version", show).also(&["read_user"]),
    get("/metadata", show).also(&["read_user"]),
];

fn show(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    Ok(Reply::ok(&json!({
        "version": format!("{VERSION}-ee"),
        "revision": "0a1b2c3d4e5",
        "kas": {"enabled": false, "externalUrl": null, "externalK8sProxyUrl": null, "version": null},
        "enterprise": true,
    })))
}
