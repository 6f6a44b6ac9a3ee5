//! How new connections are met: a listener takes from here what `tls` has read of its files.

use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

/// What a TLS handshake of this moment is held with.
pub(crate) struct Handshake {
    current: RwLock<Arc<ServerConfig>>,
    asks_clients: bool,
}

impl Handshake {
    /// With a first configuration. Where `asks_clients` is set, it asks clients for a certificate and takes those of
    /// its authorities, or none.
    pub(crate) fn new(first: Arc<ServerConfig>, asks_clients: bool) -> Arc<Self> {
        Arc::new(Self { current: RwLock::new(first), asks_clients })
    }

    /// For one connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.current().into()
    }

    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// For connections from now on.
    pub(crate) fn replace(&self, new: Arc<ServerConfig>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
    }

    /// Whether only clients with a certificate are served.
    pub(crate) fn asks_clients(&self) -> bool {
        self.asks_clients
    }
}
