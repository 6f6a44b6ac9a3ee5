//! TLS from PEM files, which may be replaced while connections stand.
//!
//! A handshake takes the certificate, and the authorities of clients, that hold at that moment; a
//! connection keeps those it began with. Files that make none change nothing: the last ones hold on.

use std::{
    fmt, fs,
    hash::{DefaultHasher, Hasher},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{sync::Notify, task::spawn_blocking, time::sleep};
use tokio_rustls::rustls::{
    self, RootCertStore, ServerConfig,
    crypto::ring,
    server::WebPkiClientVerifier,
    sign::{CertifiedKey, SingleCertAndKey},
};

use crate::{config::TlsConfig, handshake::Handshake};

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
    /// The authorities of clients.
    #[error("{file} holds no certificates of authorities in PEM, or cannot be read")]
    ClientCa {
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

/// The certificate that new connections are shown, and the authorities of their clients.
pub(crate) struct Certificate {
    files: TlsConfig,
    handshake: Arc<Handshake>,
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
            handshake: Handshake::new(read?, files.client_ca.is_some()),
            seen: Mutex::new(seen),
            look: Notify::new(),
        }))
    }

    /// For listeners.
    pub(crate) fn handshake(&self) -> Arc<Handshake> {
        Arc::clone(&self.handshake)
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
                self.handshake.replace(new);
                tracing::info!(
                    name: "certificate.replaced",
                    "new connections are shown the certificate that was read now"
                );
            }
            Err(error) => {
                tracing::error!(
                    name: "certificate.not_replaced", %error,
                    "the certificate is not replaced; the last one holds on"
                );
            }
        }
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

/// What the files make, and a mark of their bytes; none where one can't be read.
fn read(files: &TlsConfig) -> (Option<u64>, Result<Arc<ServerConfig>, TlsError>) {
    let TlsConfig { certificate, key, client_ca } = files;
    let Ok(chain) = fs::read(certificate) else {
        return (None, Err(TlsError::Certificate { file: shown(certificate) }));
    };
    let Ok(private) = fs::read(key) else {
        return (None, Err(TlsError::Key { file: shown(key) }));
    };
    let authorities = match client_ca.as_ref().map(|file| fs::read(file).map_err(|_| file)) {
        None => None,
        Some(Ok(authorities)) => Some(authorities),
        Some(Err(file)) => return (None, Err(TlsError::ClientCa { file: shown(file) })),
    };
    let mut mark = DefaultHasher::new();
    mark.write(&chain);
    mark.write(&private);
    mark.write(authorities.as_deref().unwrap_or_default());
    let made = || {
        let chain = certificates(&chain)
            .ok_or_else(|| TlsError::Certificate { file: shown(certificate) })?;
        let private = PrivateKeyDer::from_pem_slice(&private)
            .map_err(|_| TlsError::Key { file: shown(key) })?;
        let shown_to_all = CertifiedKey::from_der(chain, private, &ring::default_provider())?;
        let clients = match (client_ca, &authorities) {
            (Some(file), Some(pem)) => {
                Some(roots(pem).ok_or_else(|| TlsError::ClientCa { file: shown(file) })?)
            }
            _ => None,
        };
        server(shown_to_all, clients)
    };
    (Some(mark.finish()), made())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// All of a file's certificates, of which there is one at least.
fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    chain.ok().filter(|chain| !chain.is_empty())
}

fn roots(pem: &[u8]) -> Option<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(pem)? {
        roots.add(authority).ok()?;
    }
    Some(roots)
}

/// A new one whenever a file changes, so that no session is resumed that began under other authorities.
fn server(
    certificate: CertifiedKey,
    clients: Option<RootCertStore>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let builder = match clients {
        None => builder.with_no_client_auth(),
        // Whoever shows none is told so by the listener, which lets probes ask for health.
        Some(roots) => builder.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .allow_unauthenticated()
                .build()
                .map_err(|e| rustls::Error::General(e.to_string()))?,
        ),
    };
    let mut server = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certificate)));
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(server))
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;

    /// Writes a new certificate.
    fn write(files: &TlsConfig) {
        let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(&files.certificate, made.cert.pem()).unwrap();
        fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    }

    /// What a handshake of this moment is held with: another one for other files.
    fn current(certificate: &Certificate) -> Arc<ServerConfig> {
        certificate.handshake.current()
    }

    #[tokio::test(start_paused = true)]
    async fn files_that_change_are_taken_over_and_bad_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsConfig {
            certificate: folder.path().join("c.pem"),
            key: folder.path().join("k.pem"),
            client_ca: Some(folder.path().join("ca.pem")),
        };
        let authority = || {
            let made = generate_simple_self_signed(["an authority".to_owned()]).unwrap();
            fs::write(files.client_ca.as_ref().unwrap(), made.cert.pem()).unwrap();
        };
        authority();
        write(&files);
        let certificate = Certificate::read(&files).unwrap();
        let first = current(&certificate);
        certificate.look(false);
        assert!(Arc::ptr_eq(&current(&certificate), &first), "nothing has changed");
        write(&files);
        certificate.look(false);
        let second = current(&certificate);
        assert!(!Arc::ptr_eq(&second, &first), "another certificate");
        authority();
        certificate.look(false);
        let third = current(&certificate);
        assert!(!Arc::ptr_eq(&third, &second), "another authority of clients");
        // A certificate without its key, half a file, none: the last good one holds on.
        let key = fs::read(&files.key).unwrap();
        write(&files);
        fs::write(&files.key, &key).unwrap();
        certificate.look(false);
        fs::write(&files.certificate, "-----BEGIN CERTIFICATE-----\nMIIB").unwrap();
        certificate.look(false);
        fs::remove_file(&files.key).unwrap();
        certificate.look(true);
        write(&files);
        fs::write(files.client_ca.as_ref().unwrap(), "no authority").unwrap();
        certificate.look(false);
        assert!(Arc::ptr_eq(&current(&certificate), &third));
        // By itself.
        authority();
        let following = tokio::spawn(Arc::clone(&certificate).follow());
        while Arc::ptr_eq(&current(&certificate), &third) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        following.abort();
    }
}
