use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use domain::{InstanceUrl, SystemClock};
use gitlab_client::passthrough::Target;
use gitlab_client::{
    Answer, Gitlab, GitlabClient, GitlabError, HostPolicy, Lane, Resolve, SeededJitter, Settings, Token,
    WriteRequest, install_crypto,
};
use http_body_util::Full;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

fn certificate(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/client/certificates")
        .join(name)
}

/// Serves `{"id":1,…}` over TLS as `gitlab.test`, and counts the requests that it could read.
async fn serve() -> (u16, Arc<AtomicUsize>) {
    install_crypto();
    let chain = vec![CertificateDer::from_pem_file(certificate("gitlab.test.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(certificate("gitlab.test.key.pem")).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut head = [0; 4096];
            if stream.read(&mut head).await.is_ok_and(|read| read > 0) {
                counted.fetch_add(1, Ordering::SeqCst);
                let body = r#"{"id":1,"username":"root"}"#;
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (port, requests)
}

#[derive(Debug)]
struct EverythingIsHere;

#[async_trait::async_trait]
impl Resolve for EverythingIsHere {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec![Ipv4Addr::LOCALHOST.into()])
    }
}

fn session(host: &str, port: u16, ca_file: Option<PathBuf>) -> (GitlabClient, Gitlab) {
    let mut settings = Settings::new(HostPolicy::listed([host.parse().unwrap()]));
    settings.max_retries = 0;
    settings.ca_file = ca_file;
    let client = GitlabClient::with_resolver(
        settings,
        Arc::new(SystemClock::new()),
        Arc::new(SeededJitter::new(1)),
        Arc::new(EverythingIsHere),
    )
    .unwrap();
    let instance: InstanceUrl = format!("https://{host}:{port}").parse().unwrap();
    let token = Token::personal("glpat-abc").unwrap();
    let session = client.session(&instance, None, token).unwrap();
    (client, session)
}

fn get() -> http::Request<Full<Bytes>> {
    http::Request::new(Full::default())
}

#[tokio::test]
async fn a_server_whose_certificate_nobody_vouches_for_is_told_nothing() {
    let (port, requests) = serve().await;
    let (client, gitlab) = session("gitlab.test", port, None);
    let error = gitlab.current_user().await.unwrap_err();
    assert!(matches!(error, GitlabError::Unreachable(_)), "{error:?}");
    let answer = gitlab.send(&WriteRequest::post("groups"), Lane::Jobs).await;
    assert!(
        matches!(answer, Answer::NotSent(GitlabError::Unreachable(_))),
        "{answer:?}"
    );
    let error = client
        .passthrough()
        .forward(&gitlab, Target::Rest("user"), get())
        .await
        .unwrap_err();
    assert!(matches!(error, GitlabError::Unreachable(_)), "{error:?}");
    assert_eq!(requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_server_with_the_certificate_of_another_is_told_nothing() {
    let (port, requests) = serve().await;
    let (_, gitlab) = session("other.test", port, Some(certificate("ca.pem")));
    let error = gitlab.current_user().await.unwrap_err();
    assert!(matches!(error, GitlabError::Unreachable(_)), "{error:?}");
    assert_eq!(requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_server_that_the_extra_ca_vouches_for_is_talked_to() {
    let (port, requests) = serve().await;
    let (client, gitlab) = session("gitlab.test", port, Some(certificate("ca.pem")));
    assert_eq!(gitlab.current_user().await.unwrap().username, "root");
    client
        .passthrough()
        .forward(&gitlab, Target::Rest("user"), get())
        .await
        .unwrap();
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}
