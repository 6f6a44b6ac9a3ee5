//! TLS from PEM files.

use std::{path::Path, sync::Arc};

use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring},
};

use crate::config::TlsConfig;

/// Why TLS could not be set up. Names the file; never quotes it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate chain.
    #[error("{file} holds no certificate chain in PEM, or cannot be read")]
    Certificate {
        /// Its path.
        file: String,
    },
    /// The key.
    #[error("{file} holds no private key in PEM, or cannot be read")]
    Key {
        /// Its path.
        file: String,
    },
    /// They do not fit together, or are of a kind not known here.
    #[error("the certificate and the key cannot be used: {0}")]
    Unusable(#[from] tokio_rustls::rustls::Error),
}

pub(crate) fn acceptor(config: &TlsConfig) -> Result<TlsAcceptor, TlsError> {
    let chain = chain(&config.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&config.key)
        .map_err(|_| TlsError::Key { file: config.key.display().to_string() })?;
    let provider = Arc::new(ring::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(server).into())
}

fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unreadable = || TlsError::Certificate { file: file.display().to_string() };
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(file).map_err(|_| unreadable())?.collect();
    chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(unreadable)
}
