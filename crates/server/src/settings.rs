use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use domain::InstanceUrl;
use engine::vault::Vault;
use secrecy::SecretString;
use storage::Quota;
use url::Url;

use crate::metrics::Metrics;
use crate::nodes::Nodes;

/// How the server behaves. The names in quotes are those of the configuration; whoever starts the server
/// reads them, the server itself looks at no environment.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// `APP_ENV=production`: secure cookies, HSTS, no internal error texts.
    pub production: bool,
    /// `PUBLIC_URL`: how browsers reach the server; without it, the address it listens on.
    pub public_url: Option<Url>,
    /// `FRONTEND_URL` and `ALLOWED_ORIGINS`: further origins, as `https://console.example.com`.
    pub allowed_origins: Vec<String>,
    /// `TRUST_PROXY`: whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// Made from `SESSION_SECRET`; seals sessions and the credentials of jobs.
    pub vault: Vault,
    /// `SESSION_TIMEOUT_MS`: after this a session does not exist, whatever its use.
    pub session_lifetime: Duration,
    /// `SESSION_IDLE_TIMEOUT_MS`: after this without use a session does not exist.
    pub session_idle: Option<Duration>,
    /// `RATE_LIMIT_WINDOW_MS` and `RATE_LIMIT_MAX_REQUESTS`.
    pub inbound: InboundLimit,
    /// Attempts to sign in, per address.
    pub logins: InboundLimit,
    /// Wrong API keys, per address.
    pub key_guesses: InboundLimit,
    /// `MAX_SESSIONS_PER_USER`: how many sessions a user may have; beyond that, the one that was used longest ago ends.
    pub sessions_per_user: u32,
    /// "Sign in with GitLab", if it is turned on.
    pub oauth: Option<OAuthClient>,
    /// `MAX_KEYS_PER_USER`: how many API keys a user may have.
    pub keys_per_user: u32,
    /// `MAX_JOBS_PER_USER` and `MAX_ITEMS_PER_USER`: how much that has not ended.
    pub work_per_user: Quota,
    /// `MAX_SOCKETS_PER_USER`: how many open connections of Socket.IO a user may have to this process.
    pub sockets_per_user: usize,
    /// Names this node's chain in the audit trail; the same after a restart.
    pub node: String,
    /// `AUDIT_RETENTION_DAYS`.
    pub audit_retention: Duration,
    /// `MAX_REQUEST_SIZE` in bytes: JSON and form bodies.
    pub max_request_size: usize,
    /// `MAX_FILE_SIZE` in bytes: all files of one import together.
    pub max_file_size: usize,
    /// `CACHE_TTL`; `None` with `CACHE_ENABLED=false`.
    pub cache: Option<Duration>,
    /// `MAX_CONCURRENT_JOBS`, at least 1.
    pub max_concurrent_jobs: usize,
    /// What GitLab tells by itself, and is believed.
    pub webhooks: Webhooks,
    /// `METRICS_TOKEN`: who sends it may read `/metrics`; without one there is no such page.
    pub metrics_token: Option<SecretString>,
    /// What is counted, by the client of GitLab too.
    pub metrics: Metrics,
    /// How long open requests and items may take after the server was told to stop. What is not done by then is left as
    /// unknown.
    pub stop_within: Duration,
    /// How often what has expired is cleared away.
    pub tidy_every: Duration,
    /// `REDIS_URL`: the other nodes.
    pub nodes: Nodes,
}

impl ServerSettings {
    /// The documented defaults.
    pub fn new(vault: Vault) -> Self {
        Self {
            production: false,
            public_url: None,
            allowed_origins: Vec::new(),
            trusted_proxies: TrustedProxies::None,
            vault,
            session_lifetime: Duration::from_hours(24),
            session_idle: None,
            inbound: InboundLimit {
                window: Duration::from_mins(15),
                requests: 12_000,
            },
            logins: InboundLimit {
                window: Duration::from_mins(1),
                requests: 10,
            },
            key_guesses: InboundLimit {
                window: Duration::from_mins(1),
                requests: 60,
            },
            sessions_per_user: 20,
            oauth: None,
            keys_per_user: 50,
            work_per_user: Quota {
                jobs: 200,
                items: 1_000_000,
            },
            sockets_per_user: 100,
            node: "server".to_owned(),
            audit_retention: Duration::from_hours(365 * 24),
            max_request_size: 10 * 1024 * 1024,
            max_file_size: 50 * 1024 * 1024,
            cache: Some(Duration::from_mins(5)),
            max_concurrent_jobs: 5,
            webhooks: Webhooks::default(),
            metrics_token: None,
            stop_within: Duration::from_secs(10),
            tidy_every: Duration::from_secs(30),
            metrics: Metrics::new(),
            nodes: Nodes::alone(),
        }
    }
}

/// Hooks of GitLab.
#[derive(Clone, Debug)]
pub struct Webhooks {
    /// `GITLAB_WEBHOOK_SECRET` and, while it is being changed, `GITLAB_WEBHOOK_SECRET_PREVIOUS`. Without any, hooks
    /// are refused.
    pub secrets: Vec<SecretString>,
    /// `GITLAB_URL`: whose hooks they are when they do not say.
    pub instance: InstanceUrl,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            instance: "https://gitlab.com"
                .parse()
                .unwrap_or_else(|_| unreachable!("an address")),
        }
    }
}

/// How this installation is known to GitLab as an OAuth client.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    /// Where people sign in: `GITLAB_URL`.
    pub instance: InstanceUrl,
    /// `GITLAB_OAUTH_CLIENT_ID`
    pub id: String,
    /// `GITLAB_OAUTH_CLIENT_SECRET`; a client that cannot keep one has none.
    pub secret: Option<SecretString>,
}

/// So many requests in a window that begins with the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboundLimit {
    /// How long the window is.
    pub window: Duration,
    /// Requests in it.
    pub requests: u32,
}

/// Whose word about the address of a client is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TrustedProxies {
    /// Nobody's: the client is who connects.
    #[default]
    None,
    /// So many hops before us, counted from us.
    Hops(usize),
    /// Whoever has an address in one of these.
    Networks(Vec<Network>),
}

/// A range of addresses: `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: u128,
    bits: u32,
}

/// The text says neither a number of hops nor networks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not possible; give false, a number of hops, or networks like 10.0.0.0/8,::1")]
pub struct InvalidTrustedProxies(pub String);

impl FromStr for TrustedProxies {
    type Err = InvalidTrustedProxies;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "" | "false" | "0" => return Ok(Self::None),
            "true" => return Ok(Self::Hops(1)),
            text => {
                if let Ok(hops) = text.parse() {
                    return Ok(Self::Hops(hops));
                }
            }
        }
        text.split(',')
            .map(|part| Network::parse(part.trim()))
            .collect::<Option<_>>()
            .map(Self::Networks)
            .ok_or_else(|| InvalidTrustedProxies(text.to_owned()))
    }
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let (width, offset) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let bits = bits.unwrap_or(width);
        (bits <= width).then(|| Self {
            base: number(address),
            bits: bits + offset,
        })
    }

    /// Whether the address lies in this network.
    pub fn contains(&self, address: IpAddr) -> bool {
        let differing = self.base ^ number(address);
        self.bits == 0 || differing.leading_zeros() >= self.bits
    }
}

/// IPv4 addresses as IPv6 has them, so that both spellings of one are equal.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_is_a_number_of_hops_or_networks() {
        assert_eq!("false".parse(), Ok(TrustedProxies::None));
        assert_eq!("2".parse(), Ok(TrustedProxies::Hops(2)));
        let Ok(TrustedProxies::Networks(networks)) = "10.0.0.0/8, ::1".parse() else {
            panic!("networks")
        };
        let inside = |address: &str| {
            networks
                .iter()
                .any(|network| network.contains(address.parse().unwrap()))
        };
        assert!(inside("10.200.3.4") && inside("::ffff:10.1.1.1") && inside("::1"));
        assert!(!inside("11.0.0.1") && !inside("::2"));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["maybe", "10.0.0.0/33", "10.0.0.0/x", "1,2"] {
            assert!(text.parse::<TrustedProxies>().is_err(), "{text}");
        }
    }
}
