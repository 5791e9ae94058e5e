use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

/// TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// `GITLAB_CA_FILE` cannot be read, or holds no certificate in PEM form.
    #[error("the certificates in {} cannot be read", .path.display())]
    CaFile {
        /// The file as it was given.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        cause: pem::Error,
    },
    /// The certificates are readable but not usable.
    #[error("TLS cannot be set up")]
    Rustls(#[from] rustls::Error),
}

/// Makes ring this process's cryptography. Harmless when done twice; to be called first thing in `main`.
pub fn install_crypto() {
    // An error means that a provider is installed already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The configuration of both clients: the system's roots and those of `ca_file`.
///
/// A machine without any root certificates still gets a configuration, because a GitLab may be reached by
/// plain HTTP; an HTTPS one is then refused with "unknown issuer".
pub(crate) fn config(ca_file: Option<&Path>) -> Result<ClientConfig, TlsError> {
    let extra = ca_file.map(read).transpose()?.unwrap_or_default();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::<CryptoProvider>::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let config = match Verifier::new_with_extra_roots(extra.iter().cloned(), provider) {
        Ok(verifier) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth(),
        Err(error) => {
            tracing::warn!(%error, "The system has no usable root certificates; set GITLAB_CA_FILE for HTTPS");
            let mut roots = RootCertStore::empty();
            for certificate in extra {
                roots.add(certificate)?;
            }
            builder.with_root_certificates(roots).with_no_client_auth()
        }
    };
    Ok(config)
}

/// Whether this can be `GITLAB_CA_FILE`: certificates in PEM form, and at least one.
///
/// # Errors
/// It cannot.
pub fn check_ca_file(path: &Path) -> Result<(), TlsError> {
    read(path).map(drop)
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |cause| TlsError::CaFile {
        path: path.to_owned(),
        cause,
    };
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .map_err(failed)?
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    if certificates.is_empty() {
        return Err(failed(pem::Error::NoItemsFound));
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_file_that_does_not_exist_is_named() {
        let error = config(Some(Path::new("no-such-ca.pem"))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the certificates in no-such-ca.pem cannot be read"
        );
    }

    #[test]
    fn a_ca_file_without_a_certificate_is_refused() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        assert!(matches!(
            config(Some(&here)),
            Err(TlsError::CaFile {
                cause: pem::Error::NoItemsFound,
                ..
            })
        ));
    }
}
