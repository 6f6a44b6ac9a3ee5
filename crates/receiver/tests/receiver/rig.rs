//! A receiver with a tenant, its keys and a database of its own.

use std::{net::SocketAddr, path::Path, sync::OnceLock, time::Duration};

use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse, logs_service_client::LogsServiceClient,
};
use secrecy::{ExposeSecret, SecretString};
use ticketlens_engine::{Engine, EngineConfig};
use ticketlens_receiver::{CertificateFiles, Config, Receiver, ServeError};
use ticketlens_store::{
    KeyRequest, Scope, Store, StoreConfig, TenantSettings, TicketFilter, Visibility,
};
use tokio::{sync::oneshot, task::JoinHandle, time::Instant};
use tonic::{Request, Status, metadata::MetadataValue, transport::Channel};

/// How long any condition may take to come true; reached only when a test fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Ends with this process.
static ENGINE: OnceLock<Engine> = OnceLock::new();

fn engine() -> &'static Engine {
    ENGINE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("receiver");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("an old test folder that can be removed");
        }
        Engine::start(EngineConfig::temporary(folder)).expect("an engine that starts")
    })
}

/// How to reach the engine, with that database.
pub fn store_config(database: &str) -> StoreConfig {
    let engine = engine();
    StoreConfig {
        database: database.parse().unwrap(),
        user: engine.admin_user().to_owned(),
        password: SecretString::from(engine.admin_password().expose_secret()),
        ..StoreConfig::new(engine.http_url().parse().unwrap())
    }
}

pub struct Rig {
    pub grpc: SocketAddr,
    pub http: SocketAddr,
    pub metrics: Option<SocketAddr>,
    pub store: Store,
    pub ingest: String,
    pub read: String,
    pub admin: String,
    pub certificate: Option<CertificateFiles>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<Result<(), ServeError>>,
}

/// A receiver with the defaults.
pub async fn start(database: &str) -> Rig {
    start_with(database, |_| {}).await
}

/// A receiver with a changed configuration.
pub async fn start_with(database: &str, change: impl FnOnce(&mut Config)) -> Rig {
    let store = {
        let database = database.to_owned();
        let config = tokio::task::spawn_blocking(move || store_config(&database)).await.unwrap();
        Store::open(config)
    };
    store.migrate().await.unwrap();
    let ingest = tenant(&store, "acme", Scope::Ingest).await;
    let read = key(&store, Some("acme"), Scope::Read).await;
    let admin = key(&store, None, Scope::Admin).await;
    serve(store, [ingest, read, admin], change).await
}

/// Another receiver on the database of the first, with the defaults.
pub async fn beside(first: &Rig) -> Rig {
    let keys = [first.ingest.clone(), first.read.clone(), first.admin.clone()];
    serve(Store::open(first.store.config().clone()), keys, |_| {}).await
}

async fn serve(
    store: Store,
    [ingest, read, admin]: [String; 3],
    change: impl FnOnce(&mut Config),
) -> Rig {
    let mut config = Config::new(store.config().clone());
    config.grpc_listen = ([127, 0, 0, 1], 0).into();
    config.http_listen = ([127, 0, 0, 1], 0).into();
    change(&mut config);
    let bound = Receiver::bind(config).await.unwrap();
    let (grpc, http, metrics) = (bound.grpc_addr, bound.http_addr, bound.metrics_addr);
    let certificate = bound.certificate_files();
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(bound.serve(async {
        let _ = stopped.await;
    }));
    Rig { grpc, http, metrics, store, ingest, read, admin, certificate, stop: Some(stop), served }
}

/// A new tenant's key.
pub async fn tenant(store: &Store, name: &str, scope: Scope) -> String {
    store.create_tenant(&TenantSettings::new(name.parse().unwrap())).await.unwrap();
    key(store, Some(name), scope).await
}

/// A new key.
pub async fn key(store: &Store, tenant: Option<&str>, scope: Scope) -> String {
    let tenant = tenant.map(|name| name.parse().unwrap());
    let request = KeyRequest { tenant, scope, note: String::new(), expires_at: None };
    store.create_key(request).await.unwrap().secret.expose_secret().to_owned()
}

impl Rig {
    /// Tells the receiver to end.
    pub fn stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    /// Waits until it has.
    pub async fn ended(self) {
        tokio::time::timeout(PATIENCE, self.served).await.unwrap().unwrap().unwrap();
    }

    pub async fn channel(&self) -> Channel {
        let endpoint = Channel::from_shared(format!("http://{}", self.grpc)).unwrap();
        endpoint.connect().await.unwrap()
    }

    /// A stock client of `LogsService`.
    pub async fn logs(&self) -> LogsServiceClient<Channel> {
        LogsServiceClient::new(self.channel().await)
    }

    /// Sends records with the tenant's ingest key over gRPC.
    pub async fn export(
        &self,
        request: ExportLogsServiceRequest,
    ) -> Result<ExportLogsServiceResponse, Status> {
        let request = with_key(request, &self.ingest);
        self.logs().await.export(request).await.map(tonic::Response::into_inner)
    }

    pub async fn count(&self) -> u64 {
        let all = TicketFilter::default();
        self.store.count_tickets(&Visibility::All, &all).await.unwrap()
    }

    /// Polls until there are tickets.
    pub async fn wait_for_some(&self) {
        let deadline = Instant::now() + PATIENCE;
        while self.count().await == 0 {
            assert!(Instant::now() < deadline, "no ticket ever");
        }
    }

    /// Polls until there are so many tickets.
    pub async fn wait_for_count(&self, wanted: u64) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let count = self.count().await;
            if count == wanted {
                return;
            }
            assert!(Instant::now() < deadline, "{count} tickets, waiting for {wanted}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// A request with a key.
pub fn with_key<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = MetadataValue::try_from(format!("Bearer {key}")).unwrap();
    request.metadata_mut().insert("authorization", bearer);
    request
}
