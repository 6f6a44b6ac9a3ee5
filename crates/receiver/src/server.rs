//! The receiver as a whole: bind, serve, and end in order.
//!
//! The end: not ready → ports closed, connections told to end → what is in flight committed and
//! answered → commit loop closed → counts written. The front ends before the back does, because
//! a request that is in flight needs the commit loop to be answered.

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, routing::post};
use ticketlens_redact::InvalidGate;
use ticketlens_store::{ColumnsError, Fault, MigrateError, Store};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};
use tonic::service::Routes;

use crate::{
    api::{
        Admin, TenantsChanged, Tickets, admin_service_server::AdminServiceServer,
        ticket_service_server::TicketServiceServer,
    },
    auth::{Keys, KeysUnreadable, StoredKeys},
    commit::{CommitLoop, Committer},
    config::Config,
    gates::Gates,
    health::Health,
    intake::Intake,
    ledger::Ledger,
    listen::{Listener, Unread},
    otlp::{door::Door, grpc, http},
    stats::Stats,
    tls::{self, TlsError},
};

/// Between two tries to reach ClickHouse at the start.
const START_PAUSE: Duration = Duration::from_millis(250);
/// For the last counts of rejected records.
const LAST_WRITE_WITHIN: Duration = Duration::from_secs(2);

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
        let tls = config.tls.as_ref().map(tls::acceptor).transpose()?;
        let gates = gates(&config)?;
        let unread = Unread::new(config.intake.unread_bytes());
        let listen = async |setting, address| {
            let bound = async {
                let (tls, places) = (tls.clone(), config.max_connections);
                let listener = Listener::bind(address, tls, places, Arc::clone(&unread)).await?;
                let address = listener.address()?;
                Ok((listener, address))
            };
            bound.await.map_err(|source| StartError::Bind { setting, address, source })
        };
        let (grpc, grpc_addr) = listen("grpc_listen", config.grpc_listen).await?;
        let (http, http_addr) = listen("http_listen", config.http_listen).await?;
        let store = Store::open(config.store.clone());
        prepare(&store, &config).await?;
        let source = StoredKeys { store: store.clone(), bootstrap: config.admin_keys.clone() };
        let keys = Arc::new(Keys::open(source).await?);
        let tenants_changed = TenantsChanged::default();
        Ok(Bound { config, store, gates, keys, grpc, http, grpc_addr, http_addr, tenants_changed })
    }
}

fn gates(config: &Config) -> Result<Gates, InvalidGate> {
    if config.gate.hash_key.is_none() {
        tracing::warn!(
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
            tracing::warn!(%fault, "waiting for clickhouse");
            is_said = true;
        }
        sleep(START_PAUSE).await;
    }
    if config.migrate {
        for migration in store.migrate().await.map_err(StartError::Migrate)? {
            tracing::info!(number = migration.number, name = migration.name, "migrated");
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
    grpc: Listener,
    http: Listener,
    tenants_changed: TenantsChanged,
    /// Where OTLP/gRPC and the query API will be served.
    pub grpc_addr: SocketAddr,
    /// Where OTLP/HTTP will be served.
    pub http_addr: SocketAddr,
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

    /// Serves until `shutdown` is done, then ends in order, within the configured deadline.
    /// Dropping the future ends everything at once.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let Self { config, store, gates, keys, grpc, http, tenants_changed, .. } = self;
        let stats = Arc::new(Stats::default());
        let ledger = Arc::new(Ledger::default());
        let (committer, commit_loop) =
            CommitLoop::start(Arc::new(store.clone()), config.commit, Arc::clone(&stats));
        let intake =
            Intake::new(config.intake, gates, committer.clone(), Arc::clone(&ledger), stats);
        let front = Front {
            door: Door { keys, intake: Arc::new(intake), body_timeout: config.body_timeout },
            committer,
            store: store.clone(),
            tenants_changed,
        };
        let (stop, stopping) = watch::channel(false);
        let mut beside = JoinSet::new();
        let keys = Arc::clone(&front.door.keys);
        beside.spawn(async move { keys.refresh(config.key_refresh).await });
        let (kept, kept_in) = (Arc::clone(&ledger), store.clone());
        beside.spawn(async move { kept.keep(&kept_in).await });
        let (grpc_routes, http_routes) = front.routes(&mut beside, &stopping);
        let mut listeners = JoinSet::new();
        listeners.spawn(grpc.serve(grpc_routes, stopping.clone()));
        listeners.spawn(http.serve(http_routes, stopping));

        shutdown.await;
        let deadline = Instant::now() + config.shutdown_deadline;
        tracing::info!("going down: committing what is in flight");
        stop.send_replace(true);
        let drained = async { while listeners.join_next().await.is_some() {} };
        if timeout_at(deadline, drained).await.is_err() {
            tracing::warn!("connections are cut off: the deadline has passed");
        }
        if timeout_at(deadline, commit_loop.close()).await.is_err() {
            tracing::warn!("the commit loop is cut off: the deadline has passed");
        }
        let last = timeout_at(Instant::now() + LAST_WRITE_WITHIN, ledger.write(&store)).await;
        if !matches!(last, Ok(true)) {
            tracing::warn!("the last counts of rejected records are not written");
        }
    }
}

/// What the ports serve.
struct Front {
    door: Door<StoredKeys>,
    committer: Committer,
    store: Store,
    tenants_changed: TenantsChanged,
}

impl Front {
    fn routes(
        &self,
        beside: &mut JoinSet<()>,
        stopping: &watch::Receiver<bool>,
    ) -> (Router, Router) {
        let health = Health {
            committer: self.committer.clone(),
            stopping: stopping.clone(),
            intake: Arc::clone(&self.door.intake),
        };
        let (reporter, grpc_health) = tonic_health::server::health_reporter();
        beside.spawn(health.clone().report(reporter));
        let keys = &self.door.keys;
        let tickets = Tickets { keys: Arc::clone(keys), store: self.store.clone() };
        let admin = Admin {
            keys: Arc::clone(keys),
            store: self.store.clone(),
            tenants_changed: Arc::clone(&self.tenants_changed),
        };
        let mut services = Routes::builder();
        services
            .add_service(grpc_health)
            .add_service(TicketServiceServer::new(tickets))
            .add_service(AdminServiceServer::new(admin));
        let export = post(grpc::export::<StoredKeys>).with_state(self.door.clone());
        let grpc = services
            .routes()
            .into_axum_router()
            .route(grpc::EXPORT, export)
            .fallback(grpc::misdirected);
        let http =
            http::routes(self.door.clone()).merge(health.routes()).fallback(http::misdirected);
        (grpc, http)
    }
}
