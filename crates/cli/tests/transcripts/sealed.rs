//! A Redis behind TLS, whose certificate an authority of the test's own has signed.

use std::net::Ipv4Addr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use url::Url;

use crate::office::Office;

/// Decrypts for another server, as long as it lives.
struct Sealed {
    port: u16,
    /// Who has signed its certificate, as PEM.
    authority: String,
    _runtime: Runtime,
}

impl Sealed {
    /// In front of a server on this port of this machine; good for `localhost`.
    fn before(behind: u16) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let runtime = Runtime::new().unwrap();
        let listener = runtime
            .block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .unwrap();
        let port = listener.local_addr().unwrap().port();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // Who does not trust us is gone already.
                    let mut open = acceptor.accept(stream).await?;
                    let mut there = TcpStream::connect((Ipv4Addr::LOCALHOST, behind)).await?;
                    copy_bidirectional(&mut open, &mut there).await
                });
            }
        });
        Self {
            port,
            authority: authority.as_ref().pem(),
            _runtime: runtime,
        }
    }
}

#[test]
fn redis_over_tls_is_trusted_if_its_authority_is_and_its_name_is_right() {
    let Ok(there) = std::env::var("TEST_REDIS_URL") else {
        eprintln!("skipped: TEST_REDIS_URL is not set (`cargo xtask test` sets it)");
        return;
    };
    let there: Url = there.parse().unwrap();
    let sealed = Sealed::before(there.port().unwrap());
    let office = Office::with_files();
    let trusted = office.path("authority.pem");
    std::fs::write(&trusted, &sealed.authority).unwrap();
    let trusted = trusted.to_str().unwrap().to_owned();
    let at = |host: &str| {
        let password = there.password().unwrap_or_default();
        format!("rediss://default:{password}@{host}:{}/", sealed.port)
    };
    let ran = office.run_with(
        &[("REDIS_URL", &at("localhost")), ("SSL_CERT_FILE", &trusted)],
        &["doctor"],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("ok       redis          rediss://localhost:"),
        "{}",
        ran.stdout
    );

    let stranger = Sealed::before(there.port().unwrap());
    let another = office.path("another.pem");
    std::fs::write(&another, &stranger.authority).unwrap();
    let another = another.to_str().unwrap().to_owned();
    for (host, trusts) in [("localhost", &another), ("127.0.0.1", &trusted)] {
        let ran = office.run_with(
            &[("REDIS_URL", &at(host)), ("SSL_CERT_FILE", trusts)],
            &["doctor"],
        );
        assert_eq!(ran.code, Some(3), "{}", ran.stdout);
        let line = ran.stdout.lines().find(|line| line.contains(" redis ")).unwrap();
        assert!(
            line.starts_with("failed ") && line.contains("certificate"),
            "{line}"
        );
        assert!(
            !ran.stdout.contains(there.password().unwrap_or("\0")),
            "{}",
            ran.stdout
        );
    }
}
