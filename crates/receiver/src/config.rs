//! The receiver's configuration: checked, with typed units, and with secrets that never print.
//!
//! A file (TOML) and the environment (as a map) become a [`Config`], or every error at once.
//! Nothing is opened or resolved here: checking a configuration does no I/O.

mod raw;

use std::{collections::BTreeMap, fmt, net::SocketAddr, path::PathBuf, time::Duration};

use ticketlens_redact::GateConfig;
use ticketlens_store::{KeyDigest, ServerUrl, StoreConfig};

pub use crate::{commit::CommitConfig, intake::IntakeConfig};

/// Everything the receiver needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where OTLP/gRPC and the query API are served. Port 0 is any free one.
    pub grpc_listen: SocketAddr,
    /// Where OTLP/HTTP is served. Port 0 is any free one.
    pub http_listen: SocketAddr,
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
    /// From the signal to the end, at most.
    pub shutdown_deadline: Duration,
}

/// Certificate and key files, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsConfig {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

impl Config {
    /// The defaults on all of this machine's addresses, with the given ClickHouse.
    pub fn new(store: StoreConfig) -> Self {
        Self {
            grpc_listen: ([0, 0, 0, 0], 4317).into(),
            http_listen: ([0, 0, 0, 0], 4318).into(),
            tls: None,
            store,
            migrate: true,
            start_timeout: Duration::from_secs(60),
            admin_keys: Vec::new(),
            key_refresh: Duration::from_secs(5),
            gate: GateConfig::default(),
            intake: IntakeConfig::default(),
            body_timeout: Duration::from_secs(30),
            max_connections: 1024,
            commit: CommitConfig::default(),
            shutdown_deadline: Duration::from_secs(25),
        }
    }

    /// From the text of a file and the environment, which wins.
    ///
    /// ```
    /// use std::{collections::BTreeMap, time::Duration};
    /// use ticketlens_receiver::Config;
    ///
    /// let file = r#"
    ///     hash_key = "a secret of at least sixteen bytes"
    ///     [clickhouse]
    ///     url = "http://127.0.0.1:8123"
    ///     [commit]
    ///     window_ms = 20
    /// "#;
    /// let password = ("TICKETLENS_CLICKHOUSE_PASSWORD".to_owned(), "secret".to_owned());
    /// let config = Config::parse(file, &BTreeMap::from([password]))?;
    /// assert_eq!(config.commit.window, Duration::from_millis(20));
    /// assert!(!format!("{config:?}").contains("secret of"));
    /// # Ok::<(), ticketlens_receiver::InvalidConfig>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidConfig`] with everything that is wrong.
    pub fn parse(file: &str, env: &BTreeMap<String, String>) -> Result<Self, InvalidConfig> {
        raw::Raw::read(file, env)?.check()
    }
}

/// Everything that is wrong with a configuration. Names settings; never quotes a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct InvalidConfig {
    /// One line for each.
    pub problems: Vec<String>,
}

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

/// Collects problems beside what could be checked.
#[derive(Debug, Default)]
struct Problems(Vec<String>);

impl Problems {
    fn add(&mut self, setting: &str, what: impl fmt::Display) {
        self.0.push(format!("{setting}: {what}"));
    }

    fn check<T, E: fmt::Display>(&mut self, setting: &str, checked: Result<T, E>) -> Option<T> {
        checked.map_err(|error| self.add(setting, error)).ok()
    }

    fn parse<T: std::str::FromStr<Err: fmt::Display>>(
        &mut self,
        setting: &str,
        text: Option<&String>,
        target: &mut T,
    ) {
        if let Some(value) = text.and_then(|text| self.check(setting, text.parse())) {
            *target = value;
        }
    }

    fn number(
        &mut self,
        setting: &str,
        value: Option<u64>,
        bounds: std::ops::RangeInclusive<u64>,
        set: impl FnOnce(u64),
    ) {
        match value {
            Some(value) if bounds.contains(&value) => set(value),
            Some(_) => {
                self.add(setting, format!("must be from {} to {}", bounds.start(), bounds.end()));
            }
            None => {}
        }
    }
}

/// The placeholder a missing URL is checked against, so that everything else is checked too.
fn unset_url() -> Option<ServerUrl> {
    "http://127.0.0.1:8123".parse().ok()
}

#[cfg(test)]
mod tests;
