use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use domain::{InstanceUrl, SystemClock};
use gitlab_client::{
    GitlabClient, GitlabError, HostPolicy, HostRefused, Resolve, SeededJitter, Settings, Token,
    install_crypto,
};

use crate::loopback::{Loopback, json};

/// Knows every name, at one address.
#[derive(Debug)]
struct Everything(IpAddr);

#[async_trait::async_trait]
impl Resolve for Everything {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec![self.0])
    }
}

fn client(policy: HostPolicy, everything_at: &str) -> GitlabClient {
    install_crypto();
    let mut settings = Settings::new(policy);
    settings.max_retries = 0;
    GitlabClient::with_resolver(
        settings,
        Arc::new(SystemClock::new()),
        Arc::new(SeededJitter::new(1)),
        Arc::new(Everything(everything_at.parse().unwrap())),
    )
    .unwrap()
}

fn listed(host: &str) -> HostPolicy {
    HostPolicy::listed([host.parse().unwrap()])
}

fn token() -> Token {
    Token::personal("glpat-abc").unwrap()
}

async fn ask(client: &GitlabClient, url: String) -> Result<(), GitlabError> {
    let instance: InstanceUrl = url.parse().unwrap();
    let session = client.session(&instance, None, token())?;
    session.current_user().await.map(|_| ())
}

#[tokio::test]
async fn a_server_that_is_not_listed_is_never_connected_to() {
    let server = Loopback::always(json(r#"{"id":1,"username":"root"}"#)).await;
    let client = client(listed("gitlab.test"), "127.0.0.1");
    for host in ["127.0.0.1", "localhost", "other.test", "[::1]"] {
        let error = ask(&client, format!("http://{host}:{}", server.port))
            .await
            .unwrap_err();
        assert!(
            matches!(error, GitlabError::HostRefused(HostRefused::NotAllowed(_))),
            "{host}: {error}"
        );
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_listed_name_is_connected_to_at_the_address_that_was_checked() {
    let server = Loopback::always(json(r#"{"id":1,"username":"root"}"#)).await;
    ask(
        &client(listed("gitlab.test"), "127.0.0.1"),
        format!("http://gitlab.test:{}", server.port),
    )
    .await
    .unwrap();
    assert_eq!(
        server.seen()[0].header("host"),
        Some(format!("gitlab.test:{}", server.port).as_str())
    );
}

#[tokio::test]
async fn a_listed_name_that_leads_to_a_metadata_service_is_refused_before_connecting() {
    for address in ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "0.0.0.0"] {
        let error = ask(
            &client(listed("gitlab.test"), address),
            "http://gitlab.test".to_owned(),
        )
        .await
        .unwrap_err();
        let GitlabError::HostRefused(HostRefused::Address { host, .. }) = &error else {
            panic!("{address}: {error:?}");
        };
        assert_eq!(host, "gitlab.test");
    }
}

#[tokio::test]
async fn a_name_that_is_only_implied_may_not_lead_inside() {
    let server = Loopback::always(json("{}")).await;
    let development = client(HostPolicy::default().with_development(), "127.0.0.1");
    let error = ask(&development, format!("http://gitlab.com:{}", server.port))
        .await
        .unwrap_err();
    assert!(
        matches!(error, GitlabError::HostRefused(HostRefused::Address { .. })),
        "{error}"
    );
    assert_eq!(server.connections(), 0);
    ask(&development, format!("http://localhost:{}", server.port))
        .await
        .unwrap_err();
    assert_eq!(server.connections(), 1);
}
