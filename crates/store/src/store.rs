//! The handle on ClickHouse. Opening it does no I/O; clones share the connections.

use std::{sync::Arc, time::Duration};

use clickhouse::{Client, Compression, query::Query};
use hyper_util::{
    client::legacy::{Client as HttpClient, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use secrecy::ExposeSecret;

use crate::{Fault, FaultCounts, InsertCompression, StoreConfig};

/// ClickHouse closes idle connections after 3 s in old versions, 10 s in newer ones; the embedded
/// engine after 1 s. We close first, or a request meets a connection that is being closed.
const POOL_IDLE: Duration = Duration::from_millis(800);

/// Bytes that a query of the API may take in ClickHouse; it is refused beyond.
const MOST_MEMORY_OF_A_QUERY: &str = "4000000000";
/// Longest time for one piece of work on many stored rows: a month's deletion, a month's other clocks.
/// ClickHouse goes on with what was not waited for.
const LONG_WORK: Duration = Duration::from_mins(10);

/// The handle on ClickHouse. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) client: Client,
    pub(crate) config: Arc<StoreConfig>,
    /// Name of the database of the tables.
    pub(crate) tables: Arc<str>,
    pub(crate) faults: Arc<FaultCounts>,
}

impl Store {
    /// A handle; connects on first use.
    pub fn open(config: StoreConfig) -> Self {
        // No default database: ours may not exist yet, and every name in our SQL is qualified.
        let client = connection(config.connect_timeout)
            .with_url(config.url.as_str())
            .with_user(&config.user)
            .with_password(config.password.expose_secret())
            .with_product_info("ticketlens", env!("CARGO_PKG_VERSION"))
            .with_compression(Compression::None)
            // A commit is a commit: ClickHouse 26 inserts asynchronously by default.
            .with_setting("async_insert", "0")
            // A query nobody waits for any more is stopped.
            .with_setting("cancel_http_readonly_queries_on_client_close", "1");
        let tables = config.database.store().into();
        Self { client, config: Arc::new(config), tables, faults: Arc::default() }
    }

    /// How often ClickHouse failed this handle and its clones.
    pub fn faults(&self) -> &Arc<FaultCounts> {
        &self.faults
    }

    /// The checked configuration.
    pub fn config(&self) -> &StoreConfig {
        &self.config
    }

    /// Asks for a constant: reachable, the password right, queries answered.
    pub async fn ping(&self) -> Result<(), Fault> {
        self.in_time(self.sql("SELECT 1").fetch_one::<u8>()).await.map(drop)
    }

    /// ClickHouse's version, e.g. `26.7.2.1`.
    pub async fn version(&self) -> Result<String, Fault> {
        self.in_time(self.sql("SELECT version()").fetch_one::<String>()).await
    }

    /// A query; `{views}` and `{store}` become the databases' names, which are checked identifiers.
    /// Everything else that varies is a parameter (`{name:Type}`).
    pub(crate) fn sql(&self, text: &str) -> Query {
        self.client.query_raw(&self.named(text))
    }

    /// A query that only reads. ClickHouse stops no other when its caller goes away, and no caller
    /// may have it take more than a part of a server's memory.
    pub(crate) fn select(&self, text: &str) -> Query {
        self.sql(text)
            .with_setting("readonly", "2")
            .with_setting("max_memory_usage", MOST_MEMORY_OF_A_QUERY)
    }

    /// Runs one statement. The two cluster placeholders are filled in here, and are empty: one
    /// server. A cluster fills in `ON CLUSTER …` and `Replicated`, and changes no file.
    pub(crate) async fn run(&self, statement: &str) -> Result<(), Fault> {
        let sql = statement.replace("{on_cluster}", "").replace("{replicated}", "");
        let query = self.sql(&sql).with_setting("wait_end_of_query", "1");
        self.in_time(query.execute()).await
    }

    pub(crate) fn named(&self, text: &str) -> String {
        text.replace("{views}", self.config.database.views()).replace("{store}", &self.tables)
    }

    /// Waits for an answer at most the configured time.
    pub(crate) async fn in_time<T>(
        &self,
        answer: impl Future<Output = clickhouse::error::Result<T>>,
    ) -> Result<T, Fault> {
        self.within(self.config.query_timeout, answer).await
    }

    /// Waits for an answer as long as work on many stored rows may take, bounded piece by piece.
    pub(crate) async fn in_long_time<T>(
        &self,
        answer: impl Future<Output = clickhouse::error::Result<T>>,
    ) -> Result<T, Fault> {
        self.within(self.config.query_timeout.max(LONG_WORK), answer).await
    }

    async fn within<T>(
        &self,
        limit: Duration,
        answer: impl Future<Output = clickhouse::error::Result<T>>,
    ) -> Result<T, Fault> {
        self.fault_counted(within(limit, answer).await)
    }

    /// Of what our user may be without the right to see: `None` then, which is no fault that anybody
    /// should look at.
    pub(crate) async fn in_time_if_told<T>(
        &self,
        answer: impl Future<Output = clickhouse::error::Result<T>>,
    ) -> Result<Option<T>, Fault> {
        match within(self.config.query_timeout, answer).await {
            Err(fault) if fault.is_denied() => Ok(None),
            told => self.fault_counted(told).map(Some),
        }
    }

    /// The same, and a fault is counted.
    pub(crate) fn fault_counted<T, E: Into<Fault>>(
        &self,
        answer: Result<T, E>,
    ) -> Result<T, Fault> {
        answer.map_err(Into::into).inspect_err(|fault| self.faults.add(fault))
    }

    /// Whether inserts are compressed.
    pub(crate) fn compresses(&self) -> bool {
        match self.config.compression {
            InsertCompression::Auto => !self.config.url.is_loopback(),
            InsertCompression::None => false,
            InsertCompression::Lz4 => true,
        }
    }
}

async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = clickhouse::error::Result<T>>,
) -> Result<T, Fault> {
    let answer = tokio::time::timeout(limit, answer).await;
    answer.map_or(Err(Fault::TimedOut), |answer| answer.map_err(Fault::from))
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("config", &self.config).finish_non_exhaustive()
    }
}

/// A client on a connector of our own: without `TCP_NODELAY` the last, small chunk of an insert
/// waits for a delayed acknowledgement (40 ms).
fn connection(connect_timeout: Duration) -> Client {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(Duration::from_secs(60)));
    tcp.set_connect_timeout(Some(connect_timeout));
    let mut builder = HttpClient::builder(TokioExecutor::new());
    builder.pool_idle_timeout(POOL_IDLE).pool_timer(TokioTimer::new());
    #[cfg(feature = "rustls")]
    if let Some(tls) = over_tls(&tcp) {
        return Client::with_http_client(builder.build(tls));
    }
    // With an https URL this answers `Fault::NoTls`.
    Client::with_http_client(builder.build(tcp))
}

/// A connector that speaks TLS, and trusts whom the system trusts (`SSL_CERT_FILE` overrides). The
/// provider is named: with two in a program, rustls refuses to choose.
#[cfg(feature = "rustls")]
fn over_tls(tcp: &HttpConnector) -> Option<hyper_rustls::HttpsConnector<HttpConnector>> {
    let mut tcp = tcp.clone();
    tcp.enforce_http(false);
    let builder = hyper_rustls::HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
        .ok()?;
    Some(builder.https_or_http().enable_http1().wrap_connector(tcp))
}
