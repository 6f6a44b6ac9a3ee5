//! The receiver's configuration: checked, with typed units, and with secrets that never print.
//!
//! A file (TOML) and the environment (as a map) become a [`Config`], or every error at once.
//! Nothing is opened or resolved here: checking a configuration does no I/O.

mod file;
mod origin;
mod problems;
mod raw;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ticketlens_redact::GateConfig;
use ticketlens_store::{KeyDigest, StoreConfig};

pub use origin::{InvalidOrigin, Origin};
pub use problems::InvalidConfig;

pub use crate::{commit::CommitConfig, intake::IntakeConfig};

/// Everything the receiver needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where OTLP/gRPC and the query API are served. Port 0 is any free one.
    pub grpc_listen: SocketAddr,
    /// Where OTLP/HTTP is served. Port 0 is any free one.
    pub http_listen: SocketAddr,
    /// Pages of these origins may ask the query API from a browser; no others.
    pub cors_origins: Vec<Origin>,
    /// TLS on both; plain without.
    pub tls: Option<TlsConfig>,
    /// ClickHouse.
    pub store: StoreConfig,
    /// Whether pending migrations are applied at the start.
    pub migrate: bool,
    /// How long the start waits for ClickHouse.
    pub start_timeout: Duration,
    /// Digests of admin keys that need no database.
    pub admin_keys: Vec<KeyDigest>,
    /// Between two readings of the keys: how long a revoked key works at most.
    pub key_refresh: Duration,
    /// The gate.
    pub gate: GateConfig,
    /// What bounds a request.
    pub intake: IntakeConfig,
    /// How long a request's headers, and its body, may take to arrive.
    pub body_timeout: Duration,
    /// Connections of each listener; more wait to be accepted.
    pub max_connections: usize,
    /// When rows are committed.
    pub commit: CommitConfig,
    /// Who may read what is measured, and where.
    pub metrics: MetricsConfig,
    /// From the signal to the end, at most.
    pub shutdown_deadline: Duration,
}

/// Who may read what is measured, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricsConfig {
    /// Where `/metrics` is served, and nowhere else; on the HTTP port without. Port 0 is any free one.
    pub listen: Option<SocketAddr>,
    /// Digests of the keys that open it; with none, it is open.
    pub keys: Vec<KeyDigest>,
    /// Tenants that are named in it, at most.
    pub tenants: usize,
}

/// Certificate and key files, and whose clients are served, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsConfig {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
    /// The authorities that clients' certificates come from. With them nobody is served without such a
    /// certificate, but for questions of health: a platform's probes have none.
    pub client_ca: Option<PathBuf>,
}

impl Config {
    /// The defaults on all of this machine's addresses, with the given ClickHouse.
    pub fn new(store: StoreConfig) -> Self {
        Self {
            grpc_listen: ([0, 0, 0, 0], 4317).into(),
            http_listen: ([0, 0, 0, 0], 4318).into(),
            cors_origins: Vec::new(),
            tls: None,
            store,
            migrate: true,
            start_timeout: Duration::from_secs(60),
            admin_keys: Vec::new(),
            key_refresh: Duration::from_secs(2),
            gate: GateConfig::default(),
            intake: IntakeConfig::default(),
            body_timeout: Duration::from_secs(30),
            max_connections: 1024,
            commit: CommitConfig::default(),
            metrics: MetricsConfig::default(),
            shutdown_deadline: Duration::from_secs(25),
        }
    }
}

#[cfg(test)]
mod tests;
