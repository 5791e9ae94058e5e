use std::net::SocketAddr;

use secrecy::{ExposeSecret as _, SecretString};

use crate::reader::Reader;
use crate::variable::Variable;

/// Anything shorter could be guessed.
const TOKEN_BYTES: usize = 16;

const METRICS_TOKEN: Variable = Variable::new("METRICS_TOKEN", "")
    .without("none: `serve` has no `/metrics`")
    .allowed("at least 16 bytes, random: `openssl rand -hex 16`")
    .means("Prometheus reads `/metrics` of `serve` with `Authorization: Bearer` and this token.")
    .secret();
const METRICS_LISTEN: Variable = Variable::new("METRICS_LISTEN", "")
    .allowed("an address and port like 127.0.0.1:9464")
    .means("A listener of its own for `/metrics`, which asks for no token: only for addresses that only Prometheus reaches.");

pub(crate) const VARIABLES: &[Variable] = &[METRICS_TOKEN, METRICS_LISTEN];

/// Who may read what is counted.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// What Prometheus shows; `None`: nobody may, by that way.
    pub token: Option<SecretString>,
    /// A listener that asks for no token.
    pub listen: Option<SocketAddr>,
}

impl Metrics {
    pub(crate) fn read(read: &mut Reader<'_>) -> Self {
        let token = read.secret(&METRICS_TOKEN);
        if token
            .as_ref()
            .is_some_and(|token| token.expose_secret().len() < TOKEN_BYTES)
        {
            read.wrong(&METRICS_TOKEN, "is too short");
        }
        Self {
            token,
            listen: read.optional(&METRICS_LISTEN, |text| {
                text.parse().map_err(|_| "is not an address and port".to_owned())
            }),
        }
    }
}
