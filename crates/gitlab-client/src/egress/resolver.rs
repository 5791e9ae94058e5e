use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use hyper_util::client::legacy::connect::dns::Name;

use super::host_policy::{HostPolicy, HostRefused};

/// Turns names into addresses. Handed in, so that a test can point a name anywhere.
#[async_trait]
pub trait Resolve: Send + Sync + Debug + 'static {
    /// Every address of `host`.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The machine's own resolver.
#[derive(Debug, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0))
            .await?
            .map(|address| address.ip())
            .collect())
    }
}

/// Resolves, and hands on only the addresses that the policy lets be reached.
///
/// The connection is made to one of exactly these addresses: nobody asks the name a second time between
/// the check and the connection.
#[derive(Clone, Debug)]
pub(crate) struct GuardedResolver {
    policy: Arc<HostPolicy>,
    names: Arc<dyn Resolve>,
}

impl GuardedResolver {
    pub(crate) fn new(policy: Arc<HostPolicy>, names: Arc<dyn Resolve>) -> Self {
        Self { policy, names }
    }

    /// The addresses of `host` that may be reached; never an empty list.
    async fn addresses(&self, host: &str) -> Result<std::vec::IntoIter<SocketAddr>, BoxError> {
        let mut refused: Option<HostRefused> = None;
        let mut fine = Vec::new();
        for address in self.names.resolve(host).await? {
            match self.policy.check_address(host, address) {
                Ok(()) => fine.push(SocketAddr::new(address, 0)),
                Err(why) => refused = refused.or(Some(why)),
            }
        }
        match refused {
            Some(why) if fine.is_empty() => Err(why.into()),
            _ if fine.is_empty() => {
                Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into())
            }
            _ => Ok(fine.into_iter()),
        }
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl reqwest::dns::Resolve for GuardedResolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let this = self.clone();
        Box::pin(async move {
            let addresses: reqwest::dns::Addrs = Box::new(this.addresses(name.as_str()).await?);
            Ok(addresses)
        })
    }
}

impl tower::Service<Name> for GuardedResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let this = self.clone();
        Box::pin(async move { this.addresses(name.as_str()).await })
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[derive(Debug)]
    struct Answers(Vec<IpAddr>);

    #[async_trait]
    impl Resolve for Answers {
        async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
            Ok(self.0.clone())
        }
    }

    fn resolve(addresses: &[&str]) -> Result<Vec<String>, String> {
        let policy = HostPolicy::listed(["gitlab.test".parse().unwrap()]);
        let names = Answers(addresses.iter().map(|text| text.parse().unwrap()).collect());
        GuardedResolver::new(Arc::new(policy), Arc::new(names))
            .addresses("gitlab.test")
            .now_or_never()
            .unwrap()
            .map(|found| found.map(|address| address.ip().to_string()).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_that_leads_only_to_a_metadata_service_is_refused() {
        assert_eq!(
            resolve(&["169.254.169.254"]),
            Err(
                "the host `gitlab.test` has the address 169.254.169.254, which must not be reached"
                    .to_owned()
            )
        );
        assert_eq!(resolve(&[]), Err("the name has no address".to_owned()));
    }

    #[test]
    fn of_several_addresses_only_the_harmless_ones_are_handed_on() {
        assert_eq!(
            resolve(&["::ffff:169.254.169.254", "10.0.0.1", "8.8.8.8"]),
            Ok(vec!["10.0.0.1".to_owned(), "8.8.8.8".to_owned()])
        );
    }
}
