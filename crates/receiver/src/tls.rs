//! TLS from PEM files, which may be replaced while connections stand.
//!
//! A handshake takes the certificate that holds at that moment; a connection keeps the one it began
//! with. Files that make no certificate change nothing: the last one holds on.

use std::{
    fmt, fs,
    hash::{DefaultHasher, Hasher},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{sync::Notify, task::spawn_blocking, time::sleep};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
};

use crate::config::TlsConfig;

/// Between two looks at the files.
const LOOK_EVERY: Duration = Duration::from_secs(10);

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

impl TlsConfig {
    /// Reads the files as a start does.
    ///
    /// # Errors
    /// Which of them is wrong, or that they don't fit together.
    pub fn check(&self) -> Result<(), TlsError> {
        read(self).1.map(drop)
    }
}

/// The certificate that new connections are shown.
pub(crate) struct Certificate {
    files: TlsConfig,
    current: RwLock<Arc<CertifiedKey>>,
    /// What was last read, good or not: files that have not changed are not told of twice.
    seen: Mutex<Option<u64>>,
    look: Notify,
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// Which of them is wrong.
    pub(crate) fn read(files: &TlsConfig) -> Result<Arc<Self>, TlsError> {
        let (seen, read) = read(files);
        Ok(Arc::new(Self {
            files: files.clone(),
            current: RwLock::new(Arc::new(read?)),
            seen: Mutex::new(seen),
            look: Notify::new(),
        }))
    }

    /// Shows whoever connects the certificate of that moment.
    pub(crate) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(server).into())
    }

    /// Follows the files. Never ends.
    pub(crate) async fn follow(self: Arc<Self>) {
        loop {
            let is_asked = tokio::select! {
                () = sleep(LOOK_EVERY) => false,
                () = self.look.notified() => true,
            };
            let certificate = Arc::clone(&self);
            // Files may lie on a disk that takes its time. A panic there is ours.
            if let Err(error) = spawn_blocking(move || certificate.look(is_asked)).await
                && error.is_panic()
            {
                return;
            }
        }
    }

    /// Takes over what stands in the files, if that has changed.
    fn look(&self, is_asked: bool) {
        let (now, read) = read(&self.files);
        let before = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *seen, now)
        };
        if now == before && !is_asked {
            return;
        }
        match read {
            Ok(new) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
                tracing::info!(name: "certificate.replaced", "new connections are shown the certificate that was read now");
            }
            Err(error) => {
                tracing::error!(name: "certificate.not_replaced", %error, "the certificate is not replaced; the last one holds on");
            }
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("files", &self.files).finish_non_exhaustive()
    }
}

/// Asks a receiver to look at its certificate's files now.
#[derive(Clone, Debug)]
pub struct CertificateFiles(pub(crate) Arc<Certificate>);

impl CertificateFiles {
    /// Reads them now; what comes of it is told in the log.
    pub fn look(&self) {
        self.0.look.notify_one();
    }
}

/// What the files hold, and a mark of their bytes; none where one can't be read.
fn read(files: &TlsConfig) -> (Option<u64>, Result<CertifiedKey, TlsError>) {
    let TlsConfig { certificate, key } = files;
    let shown = |path: &std::path::Path| path.display().to_string();
    let Ok(chain) = fs::read(certificate) else {
        return (None, Err(TlsError::Certificate { file: shown(certificate) }));
    };
    let Ok(private) = fs::read(key) else {
        return (None, Err(TlsError::Key { file: shown(key) }));
    };
    let mut mark = DefaultHasher::new();
    mark.write(&chain);
    mark.write(&private);
    let made = || {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
        let chain = chain
            .ok()
            .filter(|chain| !chain.is_empty())
            .ok_or_else(|| TlsError::Certificate { file: shown(certificate) })?;
        let private = PrivateKeyDer::from_pem_slice(&private)
            .map_err(|_| TlsError::Key { file: shown(key) })?;
        Ok(CertifiedKey::from_der(chain, private, &ring::default_provider())?)
    };
    (Some(mark.finish()), made())
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;

    /// Writes a new certificate and gives its bytes.
    fn write(files: &TlsConfig) -> CertificateDer<'static> {
        let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(&files.certificate, made.cert.pem()).unwrap();
        fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        made.cert.der().clone()
    }

    fn shown(certificate: &Certificate) -> CertificateDer<'static> {
        certificate.current.read().unwrap().cert[0].clone()
    }

    #[tokio::test(start_paused = true)]
    async fn files_that_change_are_taken_over_and_bad_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsConfig {
            certificate: folder.path().join("c.pem"),
            key: folder.path().join("k.pem"),
        };
        let first = write(&files);
        let certificate = Certificate::read(&files).unwrap();
        assert_eq!(shown(&certificate), first);
        let second = write(&files);
        certificate.look(false);
        assert_eq!(shown(&certificate), second);
        // A certificate without its key, half a file, none: the last good one holds on.
        let key = fs::read(&files.key).unwrap();
        write(&files);
        fs::write(&files.key, key).unwrap();
        certificate.look(false);
        fs::write(&files.certificate, "-----BEGIN CERTIFICATE-----\nMIIB").unwrap();
        certificate.look(false);
        fs::remove_file(&files.key).unwrap();
        certificate.look(true);
        assert_eq!(shown(&certificate), second);
        // By itself.
        let third = write(&files);
        let following = tokio::spawn(Arc::clone(&certificate).follow());
        while shown(&certificate) != third {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        following.abort();
    }
}
