use std::fmt;
use std::str::FromStr;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};

/// Where Redis is, as `REDIS_URL` says: `redis://USER:PASSWORD@HOST:PORT/DATABASE`, `rediss://` over TLS, or
/// `unix:///PATH?db=DATABASE`.
///
/// Shown without what follows the scheme and comes before the host: never with a password.
#[derive(Clone)]
pub struct RedisAddress(ConnectionInfo);

/// The text is no address of a Redis.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedisAddress {
    /// Another scheme, or none.
    #[error("is not the address of a Redis")]
    Scheme,
    /// A certificate that nobody looks at protects nothing.
    #[error("asks for TLS without looking at the certificate")]
    Insecure,
    /// What the driver says of the rest; it repeats nothing of the text.
    #[error("is not the address of a Redis: {0}")]
    Form(String),
}

impl FromStr for RedisAddress {
    type Err = InvalidRedisAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        match text.split_once("://") {
            Some(("redis" | "rediss" | "unix" | "redis+unix", _)) => {}
            _ => return Err(InvalidRedisAddress::Scheme),
        }
        if text.ends_with("#insecure") {
            return Err(InvalidRedisAddress::Insecure);
        }
        let form = |error: redis::RedisError| {
            // "What is wrong - KindOfError"
            let said = error.to_string();
            InvalidRedisAddress::Form(said.split(" - ").next().unwrap_or_default().to_owned())
        };
        text.into_connection_info().map(Self).map_err(form)
    }
}

impl RedisAddress {
    pub(super) fn to_connection_info(&self) -> ConnectionInfo {
        self.0.clone()
    }

    /// The name of something of ours in Redis.
    pub(super) fn key(&self, parts: &[&str]) -> String {
        format!("gitlab-bulk:{}", parts.join(":"))
    }

    /// The name of a channel. Redis does not keep channels apart by database, so the name does.
    pub(super) fn channel(&self, name: &str) -> String {
        format!("gitlab-bulk:{}:{name}", self.0.redis_settings().db())
    }
}

impl fmt::Display for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = self.0.redis_settings().db();
        match self.0.addr() {
            ConnectionAddr::Tcp(host, port) => write!(f, "redis://{host}:{port}/{database}"),
            ConnectionAddr::TcpTls { host, port, .. } => write!(f, "rediss://{host}:{port}/{database}"),
            ConnectionAddr::Unix(path) => write!(f, "unix://{}?db={database}", path.display()),
            // The driver may learn further ways; none of them is read from an address here.
            _ => f.write_str("redis"),
        }
    }
}

impl fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        text.parse::<RedisAddress>()
            .map(|address| format!("{address} {address:?}"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn an_address_is_shown_without_who_and_how() {
        for (text, shown) in [
            ("redis://cache", "redis://cache:6379/0"),
            (
                "redis://bulk:hunter2@cache.example.com:6380/3",
                "redis://cache.example.com:6380/3",
            ),
            ("rediss://:hunter2@cache", "rediss://cache:6379/0"),
            (
                "unix:///run/redis.sock?db=2&pass=hunter2",
                "unix:///run/redis.sock?db=2",
            ),
        ] {
            assert_eq!(read(text), Ok(format!("{shown} {shown}")), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for (text, message) in [
            ("cache:6379", "is not the address of a Redis"),
            ("http://:hunter2@cache", "is not the address of a Redis"),
            (
                "rediss://:hunter2@cache#insecure",
                "asks for TLS without looking at the certificate",
            ),
        ] {
            assert_eq!(read(text), Err(message.to_owned()), "{text}");
        }
        for text in [
            "redis://:hunter2@cache/x",
            "redis://:hunter2@",
            "redis://:hunter2@cache:x",
        ] {
            let message = read(text).unwrap_err();
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
