//! The receiver as a whole: what it needs before it serves anyone. `serve` has the rest.

mod serve;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use ticketlens_redact::InvalidGate;
use ticketlens_store::{ColumnsError, Fault, MigrateError, Store};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep},
};

pub use serve::ServeError;

use crate::{
    api::TenantsChanged,
    auth::{Keys, KeysUnreadable, StoredKeys},
    config::Config,
    gates::Gates,
    listen::{Listener, Unread},
    prices::Prices,
    readiness::Readiness,
    tls::{Certificate, CertificateFiles, TlsError},
    workers::{Beside, Workers},
};

/// Between two tries to reach ClickHouse at the start.
const START_PAUSE: Duration = Duration::from_millis(250);

/// Why the receiver could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A port is taken, or not ours to take.
    #[error("cannot listen on {address} ({setting})")]
    Bind {
        /// The setting to change.
        setting: &'static str,
        /// What it says.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Certificate or key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The gate's configuration.
    #[error("the gate cannot be built: {0}")]
    Gate(#[from] InvalidGate),
    /// ClickHouse did not answer in time.
    #[error("clickhouse cannot be reached")]
    Store(#[source] Fault),
    /// A migration failed.
    #[error("clickhouse cannot be migrated")]
    Migrate(#[source] MigrateError),
    /// The tables are not what this version writes.
    #[error("the tables in clickhouse do not fit this version")]
    Columns(#[source] ColumnsError),
    /// The keys could not be read.
    #[error(transparent)]
    Keys(#[from] KeysUnreadable),
}

/// Starts receivers.
#[derive(Debug)]
pub struct Receiver;

impl Receiver {
    /// Takes the ports, reaches ClickHouse, migrates and reads the keys. Nothing is served yet.
    ///
    /// # Errors
    /// [`StartError`]; the ports are given back.
    pub async fn bind(config: Config) -> Result<Bound, StartError> {
        // What needs no database first: a typo should not wait for one.
        let certificate = config.tls.as_ref().map(Certificate::read).transpose()?;
        let gates = gates(&config)?;
        let unread = Unread::new(config.intake.unread_bytes());
        let bind = Bind { certificate, max_connections: config.max_connections, unread };
        let listen = async |setting, address| {
            let bound = async {
                let listener = bind.listener(address).await?;
                let address = listener.address()?;
                Ok((listener, address))
            };
            bound.await.map_err(|source| StartError::Bind { setting, address, source })
        };
        let grpc = listen("grpc_listen", config.grpc_listen).await?;
        let http = listen("http_listen", config.http_listen).await?;
        let metrics = match config.metrics.listen {
            Some(address) => Some(listen("metrics.listen", address).await?),
            None => None,
        };
        let (grpc_addr, http_addr) = (grpc.1, http.1);
        let metrics_addr = metrics.as_ref().map(|(_, address)| *address);
        let store = Store::open(config.store.clone());
        prepare(&store, &config).await?;
        let source = StoredKeys { store: store.clone(), bootstrap: config.admin_keys.clone() };
        let keys = Arc::new(Keys::open(source).await?);
        let prices = Arc::new(Prices::open(&store).await);
        let tenants_changed = TenantsChanged::default();
        Ok(Bound {
            config,
            store,
            gates,
            keys,
            prices,
            bind,
            grpc,
            http,
            metrics,
            grpc_addr,
            http_addr,
            metrics_addr,
            beside: Default::default(),
            tenants_changed,
        })
    }
}

fn gates(config: &Config) -> Result<Gates, InvalidGate> {
    if config.gate.hash_key.is_none() {
        tracing::warn!(name: "config.no_hash_key",
            "no hash_key is set: personal values that a client left in are hashed with a random \
             key and will not correlate across restarts"
        );
    }
    Gates::new(config.gate.clone())
}

/// Waits for ClickHouse and brings its tables up to date.
async fn prepare(store: &Store, config: &Config) -> Result<(), StartError> {
    let deadline = Instant::now() + config.start_timeout;
    let mut is_said = false;
    while let Err(fault) = store.ping().await {
        if !fault.is_retryable() || Instant::now() >= deadline {
            return Err(StartError::Store(fault));
        }
        if !is_said {
            tracing::warn!(name: "database.waiting", %fault, "waiting for clickhouse");
            is_said = true;
        }
        sleep(START_PAUSE).await;
    }
    if config.migrate {
        let applied = store.migrate().await.map_err(StartError::Migrate)?;
        for migration in &applied {
            tracing::info!(
                name: "store.migrated", number = migration.number, "migrated: {}", migration.name
            );
        }
        if !applied.is_empty()
            && let Err(error) = store.record_migrations("serve", &applied).await
        {
            tracing::error!(
                name: "audit.not_written", %error, "the audit does not tell of the migrations"
            );
        }
    }
    store.check_columns().await.map_err(StartError::Columns)
}

/// A receiver that has its ports and its database, and serves nobody yet.
pub struct Bound {
    config: Config,
    store: Store,
    gates: Gates,
    keys: Arc<Keys<StoredKeys>>,
    prices: Arc<Prices>,
    bind: Bind,
    grpc: (Listener, SocketAddr),
    http: (Listener, SocketAddr),
    metrics: Option<(Listener, SocketAddr)>,
    /// For what runs beside it: where it is told, and whom it keeps from being ready.
    beside: (Workers, Readiness),
    tenants_changed: TenantsChanged,
    /// Where OTLP/gRPC and the query API will be served.
    pub grpc_addr: SocketAddr,
    /// Where OTLP/HTTP will be served.
    pub http_addr: SocketAddr,
    /// Where `/metrics` will be served, if not there.
    pub metrics_addr: Option<SocketAddr>,
}

impl std::fmt::Debug for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { grpc_addr, http_addr, .. } = self;
        f.debug_struct("Bound")
            .field("grpc_addr", grpc_addr)
            .field("http_addr", http_addr)
            .finish_non_exhaustive()
    }
}

/// Tells of tenants that are added and removed through the API, once it is subscribed to.
#[derive(Clone, Debug)]
pub struct TenantFeed(TenantsChanged);

impl TenantFeed {
    /// Every change from now on; `None` when somebody else has it. Whoever has it must keep
    /// receiving: a change is answered to its caller when it was dealt with.
    pub fn subscribe(&self) -> Option<TenantChanges> {
        let (changed, changes) = mpsc::channel(1);
        self.0.set(changed).ok().map(|()| TenantChanges(changes))
    }
}

/// Tenants added and removed through the API.
#[derive(Debug)]
pub struct TenantChanges(mpsc::Receiver<oneshot::Sender<()>>);

/// Somebody waits for this change to be dealt with; dropping it tells that it was.
#[derive(Debug)]
#[must_use = "dropping it answers the caller"]
pub struct TenantChange {
    _done: oneshot::Sender<()>,
}

impl TenantChanges {
    /// The next change; `None` when the receiver has ended.
    pub async fn next(&mut self) -> Option<TenantChange> {
        self.0.recv().await.map(|done| TenantChange { _done: done })
    }
}

impl Bound {
    /// The handle on ClickHouse, for whoever makes tenants and keys beside the receiver.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// For whoever keeps something for each tenant beside the receiver.
    pub fn tenant_feed(&self) -> TenantFeed {
        TenantFeed(Arc::clone(&self.tenants_changed))
    }

    /// For whoever runs something beside the receiver that it can't do without: told as its own parts are.
    pub fn beside(&self, name: &'static str) -> Beside {
        Beside::new(name, self.beside.clone())
    }

    /// For whoever is told that the certificate's files have changed; `None` without TLS.
    pub fn certificate_files(&self) -> Option<CertificateFiles> {
        self.bind.certificate.clone().map(CertificateFiles)
    }
}

/// How a port is bound, the first time and again.
#[derive(Clone)]
struct Bind {
    certificate: Option<Arc<Certificate>>,
    max_connections: usize,
    unread: Arc<Unread>,
}

impl Bind {
    async fn listener(&self, address: SocketAddr) -> io::Result<Listener> {
        let handshake = self.certificate.as_ref().map(|certificate| certificate.handshake());
        let unread = Arc::clone(&self.unread);
        Listener::bind(address, handshake, self.max_connections, unread).await
    }
}
