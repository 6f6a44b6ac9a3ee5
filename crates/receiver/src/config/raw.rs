//! The file as it stands, every name known and nothing checked yet; and how it is checked.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de};
use ticketlens_redact::{Gate, HashKey};
use ticketlens_store::{KeyDigest, ServerUrl, StoreConfig};

use super::{
    Config, TlsConfig, file,
    problems::{InvalidConfig, Problems},
};

const MIB: u64 = 1 << 20;

impl Config {
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
        let (mut raw, unread) = file::read::<Raw>(file);
        raw.put_on_top(env);
        raw.check(unread)
    }
}

/// The file's form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    grpc_listen: Option<String>,
    http_listen: Option<String>,
    hash_key: Option<RawSecret>,
    admin_key_sha256: Option<OneOrMore>,
    cors_origins: Vec<String>,
    /// `reject` or `ignore`.
    other_events: Option<String>,
    migrate: Option<bool>,
    start_timeout_seconds: Option<u64>,
    shutdown_deadline_seconds: Option<u64>,
    key_refresh_seconds: Option<u64>,
    clickhouse: RawClickHouse,
    tls: Option<RawTls>,
    limits: RawLimits,
    commit: RawCommit,
    gate: RawGate,
    metrics: RawMetrics,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawClickHouse {
    url: Option<String>,
    database: Option<String>,
    user: Option<String>,
    password: Option<RawSecret>,
    compression: Option<String>,
    fsync: Option<bool>,
    search_index: Option<bool>,
    connect_timeout_seconds: Option<u64>,
    query_timeout_seconds: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawTls {
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    client_ca: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawLimits {
    max_request_mib: Option<u64>,
    budget_mib: Option<u64>,
    tenant_share_mib: Option<u64>,
    max_connections: Option<u64>,
    body_timeout_seconds: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawCommit {
    window_ms: Option<u64>,
    inserters: Option<u64>,
    max_mib: Option<u64>,
    max_rows: Option<u64>,
    deadline_seconds: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawGate {
    secret_keys: Vec<String>,
    personal_keys: Vec<String>,
    exempt_keys: Vec<String>,
    ip_addresses: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawMetrics {
    listen: Option<String>,
    key_sha256: Option<OneOrMore>,
    tenants: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "must be a text, or a list of texts")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    /// The digests that it holds; in one text they stand between commas.
    fn digests(self, setting: &str, problems: &mut Problems) -> Vec<KeyDigest> {
        let texts = match self {
            Self::One(one) => one.split(',').map(|text| text.trim().to_owned()).collect(),
            Self::More(more) => more,
        };
        if texts.is_empty() {
            problems.add(setting, "names no key; leave it out where none is asked for");
        }
        let nothing = KeyDigest::of("");
        let mut digests = Vec::new();
        for text in texts {
            let Some(digest) = problems.check(setting, text.parse()) else { continue };
            if nothing.is(&digest) {
                problems.add(setting, "is the SHA-256 of nothing; hash the key itself");
            }
            digests.push(digest);
        }
        digests
    }
}

/// A text that is in no message, not even where it is no text.
#[derive(Debug)]
struct RawSecret(SecretString);

impl<'de> Deserialize<'de> for RawSecret {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let text = String::deserialize(reader).map_err(|_| de::Error::custom("must be a text"))?;
        Ok(Self(SecretString::from(text)))
    }
}

impl Raw {
    /// What the environment says, over what the file does.
    fn put_on_top(&mut self, env: &BTreeMap<String, String>) {
        let get = |name: &str| env.get(name).filter(|value| !value.is_empty()).cloned();
        let secret = |name: &str| get(name).map(|text| RawSecret(SecretString::from(text)));
        let clickhouse = &mut self.clickhouse;
        over(&mut self.grpc_listen, get("TICKETLENS_GRPC_LISTEN"));
        over(&mut self.http_listen, get("TICKETLENS_HTTP_LISTEN"));
        over(&mut self.hash_key, secret("TICKETLENS_HASH_KEY"));
        over(&mut clickhouse.url, get("TICKETLENS_CLICKHOUSE_URL"));
        over(&mut clickhouse.database, get("TICKETLENS_CLICKHOUSE_DATABASE"));
        over(&mut clickhouse.user, get("TICKETLENS_CLICKHOUSE_USER"));
        over(&mut clickhouse.password, secret("TICKETLENS_CLICKHOUSE_PASSWORD"));
        let digests = get("TICKETLENS_ADMIN_KEY_SHA256");
        over(&mut self.admin_key_sha256, digests.map(OneOrMore::One));
        over(&mut self.metrics.listen, get("TICKETLENS_METRICS_LISTEN"));
    }

    /// Checks everything that could be read.
    fn check(self, unread: Vec<String>) -> Result<Config, InvalidConfig> {
        let mut problems = Problems::new(unread);
        let tls = self.tls.as_ref().and_then(|tls| tls.check(&mut problems));
        let config = self.check_into(tls.clone(), &mut problems);
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(InvalidConfig { problems: problems.into_lines(), tls }),
        }
    }

    fn check_into(self, tls: Option<TlsConfig>, problems: &mut Problems) -> Option<Config> {
        let mut config = Config::new(self.clickhouse.check(problems)?);
        problems.parse("grpc_listen", self.grpc_listen.as_ref(), &mut config.grpc_listen);
        problems.parse("http_listen", self.http_listen.as_ref(), &mut config.http_listen);
        if is_same_port(config.grpc_listen, config.http_listen) {
            problems.add("http_listen", "must differ from grpc_listen");
        }
        let origins = self.cors_origins.iter();
        let origins = origins.map(|text| problems.check("cors_origins", text.parse()));
        config.cors_origins = origins.collect::<Vec<_>>().into_iter().flatten().collect();
        config.tls = tls;
        config.migrate = self.migrate.unwrap_or(config.migrate);
        problems.seconds(
            "start_timeout_seconds",
            self.start_timeout_seconds,
            0..=3600,
            &mut config.start_timeout,
        );
        problems.seconds(
            "key_refresh_seconds",
            self.key_refresh_seconds,
            1..=3600,
            &mut config.key_refresh,
        );
        if let Some(digests) = self.admin_key_sha256 {
            config.admin_keys = digests.digests("admin_key_sha256", problems);
        }
        config.intake.ignore_other_events = match self.other_events.as_deref() {
            None | Some("reject") => false,
            Some("ignore") => true,
            Some(_) => {
                problems.add("other_events", "must be \"reject\" or \"ignore\"");
                false
            }
        };
        config.gate.hash_key = self.hash_key.and_then(|RawSecret(text)| {
            problems.check("hash_key", HashKey::from_text(text.expose_secret()))
        });
        self.gate.check(problems, &mut config);
        self.limits.check(problems, &mut config);
        self.commit.check(problems, &mut config);
        self.metrics.check(problems, &mut config);
        problems.seconds(
            "shutdown_deadline_seconds",
            self.shutdown_deadline_seconds,
            1..=3600,
            &mut config.shutdown_deadline,
        );
        if config.shutdown_deadline < config.commit.deadline {
            problems.add(
                "shutdown_deadline_seconds",
                "must not be less than commit.deadline_seconds, or what is being committed goes unanswered",
            );
        }
        Some(config)
    }
}

impl RawClickHouse {
    fn check(self, problems: &mut Problems) -> Option<StoreConfig> {
        let url = match &self.url {
            Some(text) => problems.check("clickhouse.url", text.parse()),
            None => {
                problems.add("clickhouse.url", "is missing; e.g. \"http://127.0.0.1:8123\"");
                None
            }
        };
        let mut store = StoreConfig::new(url.or_else(unset_url)?);
        problems.parse("clickhouse.database", self.database.as_ref(), &mut store.database);
        problems.parse("clickhouse.compression", self.compression.as_ref(), &mut store.compression);
        store.user = self.user.unwrap_or(store.user);
        store.password = self.password.map_or(store.password, |RawSecret(password)| password);
        store.fsync = self.fsync.unwrap_or(store.fsync);
        store.search_index = self.search_index.unwrap_or(store.search_index);
        problems.seconds(
            "clickhouse.connect_timeout_seconds",
            self.connect_timeout_seconds,
            1..=600,
            &mut store.connect_timeout,
        );
        problems.seconds(
            "clickhouse.query_timeout_seconds",
            self.query_timeout_seconds,
            1..=3600,
            &mut store.query_timeout,
        );
        Some(store)
    }
}

impl RawTls {
    fn check(&self, problems: &mut Problems) -> Option<TlsConfig> {
        let Self { certificate, key, client_ca } = self.clone();
        // A section that says nothing is no choice for plain text.
        for (setting, is_missing) in
            [("tls.certificate", certificate.is_none()), ("tls.key", key.is_none())]
        {
            if is_missing {
                problems.add(setting, "is missing; [tls] needs certificate and key");
            }
        }
        Some(TlsConfig { certificate: certificate?, key: key?, client_ca })
    }
}

impl RawLimits {
    fn check(self, problems: &mut Problems, config: &mut Config) {
        let intake = &mut config.intake;
        problems.number("limits.max_request_mib", self.max_request_mib, 1..=1024, |mib| {
            intake.max_request_bytes = bytes(mib * MIB);
        });
        problems.number("limits.budget_mib", self.budget_mib, 8..=65_536, |mib| {
            intake.budget_bytes = bytes(mib * MIB);
        });
        intake.tenant_share_bytes = share_of(intake.budget_bytes);
        problems.number("limits.tenant_share_mib", self.tenant_share_mib, 4..=65_536, |mib| {
            intake.tenant_share_bytes = bytes(mib * MIB);
        });
        if intake.tenant_share_bytes > intake.budget_bytes {
            problems.add("limits.tenant_share_mib", "must not be more than limits.budget_mib");
        }
        let max_connections = &mut config.max_connections;
        problems.number("limits.max_connections", self.max_connections, 1..=1_000_000, |most| {
            *max_connections = bytes(most);
        });
        problems.seconds(
            "limits.body_timeout_seconds",
            self.body_timeout_seconds,
            1..=3600,
            &mut config.body_timeout,
        );
    }
}

/// Half; of little all, or no ordinary ticket would fit.
fn share_of(budget: usize) -> usize {
    (budget / 2).max(budget.min(16 << 20))
}

impl RawCommit {
    fn check(self, problems: &mut Problems, config: &mut Config) {
        let commit = &mut config.commit;
        problems.number("commit.window_ms", self.window_ms, 0..=10_000, |ms| {
            commit.window = Duration::from_millis(ms);
        });
        problems.number("commit.inserters", self.inserters, 1..=64, |inserters| {
            commit.inserters = bytes(inserters);
        });
        problems.number("commit.max_mib", self.max_mib, 1..=1024, |mib| {
            commit.max_bytes = bytes(mib * MIB);
        });
        problems.number("commit.max_rows", self.max_rows, 1..=10_000_000, |rows| {
            commit.max_rows = rows;
        });
        problems.seconds(
            "commit.deadline_seconds",
            self.deadline_seconds,
            1..=600,
            &mut commit.deadline,
        );
    }
}

/// Whether two listeners would want one port: of one address, or of all of the machine's.
fn is_same_port(one: SocketAddr, other: SocketAddr) -> bool {
    let everywhere = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && one.port() != 0 && (everywhere || one.ip() == other.ip())
}

impl RawMetrics {
    fn check(self, problems: &mut Problems, config: &mut Config) {
        let mut listen = ([127, 0, 0, 1], 0).into();
        problems.parse("metrics.listen", self.listen.as_ref(), &mut listen);
        let is_taken = |other| self.listen.is_some() && is_same_port(other, listen);
        if is_taken(config.grpc_listen) || is_taken(config.http_listen) {
            problems.add("metrics.listen", "must differ from grpc_listen and http_listen");
        }
        let metrics = &mut config.metrics;
        metrics.listen = self.listen.map(|_| listen);
        if let Some(digests) = self.key_sha256 {
            metrics.keys = digests.digests("metrics.key_sha256", problems);
        }
        problems.number("metrics.tenants", self.tenants, 0..=100, |tenants| {
            metrics.tenants = bytes(tenants);
        });
    }
}

impl RawGate {
    fn check(self, problems: &mut Problems, config: &mut Config) {
        config.gate.secret_keys = self.secret_keys;
        config.gate.personal_keys = self.personal_keys;
        config.gate.exempt_keys = self.exempt_keys;
        config.gate.ip_addresses = self.ip_addresses;
        problems.check("gate", Gate::new(config.gate.clone()));
    }
}

/// The placeholder a missing URL is checked against, so that everything else is checked too.
fn unset_url() -> Option<ServerUrl> {
    "http://127.0.0.1:8123".parse().ok()
}

fn over<T>(target: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *target = value;
    }
}

fn bytes(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
