use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use domain::InstanceUrl;
use url::{Host, Url};

use super::address::Reach;

/// One entry of `GITLAB_ALLOWED_HOSTS`: a host, perhaps with a port and with the path below which GitLab lives.
///
/// Without a port every port of the host is meant; without a path, a GitLab at its root. Spelled like
/// `gitlab.example.com`, `10.0.0.7:8080`, `[::1]`, `example.com/gitlab`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    host: Host,
    port: Option<u16>,
    /// Empty, or with a slash before each of its names and none behind.
    path: String,
}

/// The text is not a host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a host; give it like gitlab.example.com, gitlab.example.com:8443 or example.com/gitlab"
)]
pub struct InvalidAllowedHost(pub String);

/// Which servers may be talked to. Decided before a connection is made, and again for every address that a
/// name resolves to, so that a name cannot be pointed at something inside later.
#[derive(Clone, Debug, Default)]
pub struct HostPolicy {
    listed: Vec<AllowedHost>,
    development: bool,
    offered: Option<InstanceUrl>,
}

/// The server is not one that may be talked to. Nothing was sent and no connection was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostRefused {
    /// Not among the allowed hosts.
    #[error("the host `{0}` is not allowed; an operator can add it to GITLAB_ALLOWED_HOSTS")]
    NotAllowed(String),
    /// Among the allowed hosts, but GitLab is not known to live at this path of it. Whoever may put a file on a web
    /// server could play GitLab there otherwise.
    #[error("`{host}{path}` is not where GitLab is; an operator can add it to GITLAB_ALLOWED_HOSTS")]
    Path {
        /// The host as it was asked for.
        host: String,
        /// The path, which begins with a slash.
        path: String,
    },
    /// Resolves only to addresses that nobody may be sent to, or only to inner ones while it is not listed by name.
    #[error("the host `{host}` has the address {address}, which must not be reached")]
    Address {
        /// The host as it was asked for.
        host: String,
        /// The first address that was refused.
        address: IpAddr,
    },
}

impl FromStr for AllowedHost {
    type Err = InvalidAllowedHost;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidAllowedHost(text.to_owned());
        let trimmed = text.trim();
        let (authority, path) = trimmed.split_at(trimmed.find('/').unwrap_or(trimmed.len()));
        let path = path.trim_end_matches('/');
        let named = |name: &str| {
            !matches!(name, "" | "." | "..")
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        };
        if !path.split('/').skip(1).all(named) {
            return Err(invalid());
        }
        let (host, port) = match authority.rsplit_once(':') {
            // `::1` is an address without a port; `[::1]:80` one with.
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                (host, Some(port.parse().map_err(|_| invalid())?))
            }
            _ => (authority, None),
        };
        let host = match host.parse::<std::net::Ipv6Addr>() {
            Ok(address) => Host::Ipv6(address),
            Err(_) => Host::parse(host).map_err(|_| invalid())?,
        };
        // The URL standard lets `*` be part of a name; here they would be read as a pattern.
        if matches!(&host, Host::Domain(name) if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')))
        {
            return Err(invalid());
        }
        Ok(Self {
            host,
            port,
            path: path.to_owned(),
        })
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))?;
        f.write_str(&self.path)
    }
}

impl AllowedHost {
    /// The entry that stands for the server of `url`, whatever its port; `None` when it names no host.
    pub fn of(url: &Url) -> Option<Self> {
        Some(Self {
            host: url.host()?.to_owned(),
            port: None,
            path: path_of(url).to_owned(),
        })
    }

    fn is(&self, host: &Host, port: Option<u16>) -> bool {
        self.host == *host && (self.port.is_none() || self.port == port)
    }
}

impl HostPolicy {
    /// Only the listed hosts.
    pub fn listed(hosts: impl IntoIterator<Item = AllowedHost>) -> Self {
        Self {
            listed: hosts.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The instance that is offered to people: where its host is listed without its path, it is meant all the same.
    #[must_use]
    pub fn offering(mut self, instance: InstanceUrl) -> Self {
        self.offered = Some(instance);
        self
    }

    /// Also gitlab.com and this machine, as development needs them.
    #[must_use]
    pub fn with_development(mut self) -> Self {
        self.development = true;
        self
    }

    /// May this server be talked to, as far as its URL tells?
    ///
    /// # Errors
    /// The host is not allowed, or it is written as an address that must not be reached.
    pub fn check(&self, url: &Url) -> Result<(), HostRefused> {
        let Some(host) = url.host().map(|host| host.to_owned()) else {
            return Err(HostRefused::NotAllowed(url.as_str().to_owned()));
        };
        let port = url.port_or_known_default();
        let listed = self.listed.iter().any(|allowed| allowed.is(&host, port));
        if !listed && !self.implied(&host) {
            return Err(HostRefused::NotAllowed(host.to_string()));
        }
        match host {
            Host::Domain(_) => Ok(()),
            Host::Ipv4(address) => self.check_address(&host.to_string(), address.into()),
            Host::Ipv6(address) => self.check_address(&host.to_string(), address.into()),
        }
    }

    /// May there be sessions of this instance, as far as its address tells?
    ///
    /// Who its users are and what they may do is taken from its answers. So it has to be a GitLab, and not a folder of a
    /// server that others may write to: only the root of a host, or a path that was configured.
    ///
    /// # Errors
    /// As [`HostPolicy::check`]; or the path is not one where GitLab is known to live.
    pub fn check_instance(&self, instance: &InstanceUrl) -> Result<(), HostRefused> {
        let url = instance.to_url();
        self.check(&url)?;
        let (path, port) = (path_of(&url), url.port_or_known_default());
        let meant = |host: &Host| {
            let mut listed = self.listed.iter().filter(|allowed| allowed.is(host, port));
            listed.any(|allowed| allowed.path == path) || (path.is_empty() && self.implied(host))
        };
        if self.offered.as_ref() == Some(instance) || url.host().is_some_and(|host| meant(&host.to_owned())) {
            return Ok(());
        }
        Err(HostRefused::Path {
            host: url.host_str().unwrap_or_default().to_owned(),
            path: url.path().trim_end_matches('/').to_owned(),
        })
    }

    /// May `host`, which [`HostPolicy::check`] let pass, be reached at `address`?
    ///
    /// # Errors
    /// The address is never reached, or it is an inner one and the host is not listed by name.
    pub fn check_address(&self, host: &str, address: IpAddr) -> Result<(), HostRefused> {
        let by_name =
            || Host::parse(host).is_ok_and(|host| self.listed.iter().any(|allowed| allowed.host == host));
        let fine = match Reach::of(address) {
            Reach::Public => true,
            Reach::Private => by_name(),
            Reach::Loopback => {
                by_name() || (self.development && Host::parse(host).is_ok_and(|h| is_this_machine(&h)))
            }
            Reach::Never => false,
        };
        if fine {
            Ok(())
        } else {
            Err(HostRefused::Address {
                host: host.to_owned(),
                address,
            })
        }
    }

    fn implied(&self, host: &Host) -> bool {
        self.development && (is_this_machine(host) || *host == Host::Domain("gitlab.com".to_owned()))
    }
}

/// Without a slash at its end; empty at the root.
fn path_of(url: &Url) -> &str {
    url.path().trim_end_matches('/')
}

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => Reach::of((*address).into()) == Reach::Loopback,
        Host::Ipv6(address) => Reach::of((*address).into()) == Reach::Loopback,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(hosts: &[&str]) -> HostPolicy {
        HostPolicy::listed(hosts.iter().map(|host| host.parse().unwrap()))
    }

    fn check(policy: &HostPolicy, url: &str) -> Result<(), HostRefused> {
        policy.check(&url.parse().unwrap())
    }

    #[test]
    fn a_host_that_is_not_listed_is_refused() {
        let policy = policy(&["gitlab.example.com", "[::1]:8929", "10.0.0.7"]);
        for url in [
            "https://gitlab.com/",
            "https://gitlab.example.com.evil.test/",
            "https://evil.test/?gitlab.example.com",
            "https://sub.gitlab.example.com/",
            "https://gitlab.example.com./",
            "http://127.0.0.1/",
            "http://0x7f.1/",
            "http://localhost/",
            "http://[::1]/",
            "http://[::1]:8930/",
            "http://10.0.0.8/",
        ] {
            assert!(
                matches!(check(&policy, url), Err(HostRefused::NotAllowed(_))),
                "{url}"
            );
        }
        for url in [
            "https://GITLAB.example.com/sub",
            "https://gitlab.example.com:8443/",
            "http://[::1]:8929/",
            "http://10.0.0.7/",
        ] {
            assert_eq!(check(&policy, url), Ok(()), "{url}");
        }
    }

    #[test]
    fn gitlab_is_at_the_root_of_a_host_or_where_it_was_said_to_be() {
        let policy = policy(&["gitlab.example.com", "example.com/gitlab", "[::1]:8929/a/b"])
            .offering("https://gitlab.example.com/offered".parse().unwrap())
            .with_development();
        let check = |url: &str| policy.check_instance(&url.parse().unwrap());
        for url in [
            "https://gitlab.example.com",
            "https://gitlab.example.com:8443/",
            "https://gitlab.example.com/offered",
            "https://example.com/gitlab/",
            "http://[::1]:8929/a/b",
            "http://127.0.0.1:1",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        for url in [
            "https://gitlab.example.com/me/repo/-/raw/main",
            "https://gitlab.example.com/offered/me",
            "https://gitlab.example.com:8443/offered",
            "https://example.com",
            "https://example.com/GitLab",
            "https://example.com/gitlab/me/repo/-/raw/main",
            "http://127.0.0.1:1/me",
        ] {
            assert!(matches!(check(url), Err(HostRefused::Path { .. })), "{url}");
        }
        assert!(matches!(
            check("https://gitlab.test/gitlab"),
            Err(HostRefused::NotAllowed(_))
        ));
    }

    #[test]
    fn metadata_addresses_are_refused_even_when_listed() {
        let policy = policy(&["169.254.169.254", "[::ffff:169.254.169.254]", "0.0.0.0"]).with_development();
        for url in [
            "http://169.254.169.254/",
            "http://2852039166/",
            "http://[::ffff:a9fe:a9fe]/",
            "http://0.0.0.0/",
        ] {
            assert!(
                matches!(check(&policy, url), Err(HostRefused::Address { .. })),
                "{url}"
            );
        }
    }

    #[test]
    fn a_name_may_lead_inside_only_when_it_is_listed() {
        let policy = policy(&["git.corp"]).with_development();
        let at = |host: &str, address: &str| policy.check_address(host, address.parse().unwrap()).is_ok();
        assert!(at("git.corp", "10.1.2.3"));
        assert!(at("git.corp", "127.0.0.1"));
        assert!(!at("git.corp", "169.254.169.254"));
        assert!(at("gitlab.com", "172.65.251.78"));
        assert!(!at("gitlab.com", "10.1.2.3"));
        assert!(!at("gitlab.com", "127.0.0.1"));
        assert!(at("localhost", "127.0.0.1"));
        assert!(!at("localhost", "10.1.2.3"));
    }

    #[test]
    fn development_adds_this_machine_and_gitlab_com_only() {
        let plain = policy(&[]);
        let development = policy(&[]).with_development();
        for url in [
            "http://127.0.0.1:8929/",
            "http://localhost:1/",
            "http://[::1]:8929/",
            "https://gitlab.com/",
        ] {
            assert!(check(&plain, url).is_err(), "{url}");
            assert_eq!(check(&development, url), Ok(()), "{url}");
        }
        assert!(check(&development, "http://192.168.0.1/").is_err());
    }

    #[test]
    fn entries_are_read_as_people_write_them() {
        for (text, shown) in [
            ("GitLab.Example.com", "gitlab.example.com"),
            (" gitlab.example.com:8443 ", "gitlab.example.com:8443"),
            ("::1", "[::1]"),
            ("[::1]:80", "[::1]:80"),
            ("127.0.0.1:8929", "127.0.0.1:8929"),
            ("Example.com/GitLab/", "example.com/GitLab"),
            ("[::1]:80/a/b", "[::1]:80/a/b"),
        ] {
            assert_eq!(text.parse::<AllowedHost>().unwrap().to_string(), shown);
        }
        for text in [
            "",
            "https://gitlab.com",
            "gitlab.com//x",
            "gitlab.com/../x",
            "gitlab.com/a b",
            "gitlab.com/%2e",
            "/gitlab",
            "a b",
            "gitlab.com:http",
            "gitlab.com:99999",
            "*",
        ] {
            assert!(text.parse::<AllowedHost>().is_err(), "{text}");
        }
    }
}
