use std::net::IpAddr;

use http::HeaderMap;
use http::header::USER_AGENT;
use serde::{Deserialize, Serialize};

/// Longer names of programs are cut: they are for people to recognise.
const LONGEST_CLIENT: usize = 200;

/// From where a session was opened, and with what. Lies sealed with the session, and goes with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OpenedFrom {
    pub(crate) address: IpAddr,
    /// What the program called itself.
    pub(crate) client: Option<String>,
}

impl OpenedFrom {
    pub(crate) fn new(address: IpAddr, headers: &HeaderMap) -> Self {
        let client = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        Self {
            address,
            client: client.map(|client| client.chars().take(LONGEST_CLIENT).collect()),
        }
    }
}
