//! Certificates of a TLS client: which authorities are believed, and what is shown when the server asks.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CertificateError, ClientConfig, RootCertStore};

use super::error::OpenError;
use super::secret::exposed;

/// The files of a `[[sink]]` table.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Files {
    /// Certificates of the authorities to believe, PEM; `None`: those of the system.
    pub(super) authorities: Option<PathBuf>,
    /// The client's own certificate with the chain behind it, PEM, and its key, PEM.
    pub(super) client: Option<(PathBuf, PathBuf)>,
}

/// What is in them.
pub(super) struct Certificates {
    /// The authorities to believe.
    pub(super) authorities: Vec<CertificateDer<'static>>,
    /// What the client shows.
    pub(super) client: Option<Client>,
}

/// A client's certificate.
pub(super) struct Client {
    /// The certificate, and the chain behind it.
    pub(super) chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    /// The key as it was read.
    pub(super) key_pem: Vec<u8>,
}

impl Files {
    /// Whether any is named.
    pub(super) fn any(&self) -> bool {
        *self != Self::default()
    }

    /// A key that everybody may read.
    pub(super) fn exposed(&self) -> Option<String> {
        self.client.as_ref().and_then(|(_, key)| exposed(key))
    }

    /// Reads them.
    pub(super) fn read(&self) -> Result<Certificates, OpenError> {
        let authorities = match &self.authorities {
            Some(path) => certificates(path, "the authorities' certificates in")?,
            None => rustls_native_certs::load_native_certs().certs,
        };
        let client = match &self.client {
            Some((chain, key)) => Some(client(chain, key)?),
            None => None,
        };
        Ok(Certificates { authorities, client })
    }
}

impl Certificates {
    /// How a client with these speaks TLS: 1.2 or 1.3, the server's certificate and name verified.
    ///
    /// # Errors
    /// No authority is known, or the client's key is not that of its certificate.
    pub(super) fn client_config(&self) -> Result<Arc<ClientConfig>, OpenError> {
        let wrong = |error: rustls::Error| OpenError::Wrong(format!("TLS cannot be set up: {error}"));
        let mut roots = RootCertStore::empty();
        let (known, _) = roots.add_parsable_certificates(self.authorities.iter().cloned());
        if known == 0 {
            let why = "no authority's certificate is known, so no server can be verified; install the system's \
                       (Debian: package ca-certificates) or set ca_file";
            return Err(OpenError::Wrong(why.to_owned()));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(wrong)?
            .with_root_certificates(roots);
        let config = match &self.client {
            None => builder.with_no_client_auth(),
            Some(Client { chain, key, .. }) => {
                builder.with_client_auth_cert(chain.clone(), key.clone_key()).map_err(|error| {
                    OpenError::Wrong(format!(
                        "client_certificate and client_key do not go together ({error}); name the key that the \
                         certificate was made for"
                    ))
                })?
            }
        };
        Ok(Arc::new(config))
    }
}

fn certificates(path: &Path, what: &'static str) -> Result<Vec<CertificateDer<'static>>, OpenError> {
    let pem = fs::read(path).map_err(|source| OpenError::Read { what, path: path.to_owned(), source })?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| {
        let path = path.display();
        OpenError::Wrong(format!("{path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"))
    })
}

fn client(chain: &Path, key: &Path) -> Result<Client, OpenError> {
    let chain = certificates(chain, "the client certificate in")?;
    let what = "the client's key in";
    let key_pem = fs::read(key).map_err(|source| OpenError::Read { what, path: key.to_owned(), source })?;
    // The reader's own words could quote the key.
    let key = PrivateKeyDer::from_pem_slice(&key_pem).map_err(|_| {
        let path = key.display();
        OpenError::Wrong(format!(
            "{path} holds no key in PEM form without a password (-----BEGIN PRIVATE KEY-----)"
        ))
    })?;
    Ok(Client { chain, key, key_pem })
}

/// What to do where a server that speaks TLS hangs up.
pub(super) const HUNG_UP: &str =
    "the server hung up: does it want another client_certificate and client_key, and is it alive?";

/// What to do about an error that TLS made; nothing where it was not TLS.
pub(super) fn hint(error: &rustls::Error) -> Option<&'static str> {
    Some(match error {
        rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        ) => {
            "the server's certificate is of an authority that is not known here: set ca_file to that authority's \
             certificate"
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "the server's certificate is for another name: write the name that stands in it",
        rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => "the server's certificate has expired: renew it there",
        rustls::Error::AlertReceived(_) => HUNG_UP,
        rustls::Error::InvalidMessage(_) => "the other side does not speak TLS there: check scheme and port",
        _ => return None,
    })
}

/// The error of TLS in an error of input and output, if it is one.
pub(super) fn tls_error(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
