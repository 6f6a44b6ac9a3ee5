//! The receiver of a `dev`, in this process: configured as `serve` is, watched, stopped before the
//! database.

use std::net::{Ipv4Addr, SocketAddr};

use ticketlens_receiver::{Bound, Config, Receiver, ServeError, TenantFeed};
use ticketlens_store::{KeyDigest, Store};
use tokio::{
    sync::oneshot,
    task::{JoinError, JoinHandle},
};

use super::database::{Database, PART};
use crate::{
    exit::{Exit, Failure, Result},
    instance::{Instance, Running},
    serving::{broken, not_started},
};

/// Where it is to listen, on 127.0.0.1; 0 is any free port.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// OTLP/gRPC and queries.
    pub grpc: u16,
    /// OTLP/HTTP.
    pub http: u16,
}

/// The receiver while it serves.
pub struct Served {
    /// Where it is.
    pub at: At,
    /// Its task.
    pub task: Serving,
}

/// Where it is, and what it has for us.
pub struct At {
    /// Where it listens.
    pub running: Running,
    /// The database it writes to.
    pub store: Store,
    /// Tells when tenants come and go.
    pub tenants: TenantFeed,
}

/// Its task, and how it is told to end.
pub struct Serving {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Served {
    /// Starts it on these ports.
    pub async fn start(ports: Ports, database: &Database, instance: &Instance) -> Result<Self> {
        let config = config(ports, database, instance)?;
        let bound: Bound = Receiver::bind(config).await.map_err(|e| not_started(&e))?;
        let running = Running {
            pid: std::process::id(),
            grpc_endpoint: format!("http://{}", bound.grpc_addr),
            http_endpoint: format!("http://{}", bound.http_addr),
            clickhouse_url: database.url(),
        };
        let (store, tenants) = (bound.store().clone(), bound.tenant_feed());
        database.is_told_as(bound.beside(PART));
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(bound.serve(async {
            // A sender that is gone means the end as well.
            stopped.await.ok();
        }));
        Ok(Self { at: At { running, store, tenants }, task: Serving { stop, task } })
    }

    /// Ends in order; the receiver keeps its own deadline.
    pub async fn stop(self) -> Result<()> {
        let Serving { stop, task } = self.task;
        drop(stop);
        // One that went down by itself was waited for, and told of.
        if task.is_finished() { Ok(()) } else { how_it_ended(task.await) }
    }
}

impl Serving {
    /// Waits until it goes down by itself.
    pub async fn down(&mut self) -> Failure {
        match how_it_ended((&mut self.task).await) {
            Err(failure) => failure,
            Ok(()) => Failure::new(Exit::Failed, "the receiver ended by itself"),
        }
    }
}

fn how_it_ended(ended: Result<Result<(), ServeError>, JoinError>) -> Result<()> {
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(broken(&error)),
        Err(_) => {
            let what = "the receiver did not end in order; what was acknowledged is safe";
            Err(Failure::new(Exit::Failed, what))
        }
    }
}

/// As if from the environment of a `serve`: one way to read and check a configuration.
fn config(ports: Ports, database: &Database, instance: &Instance) -> Result<Config> {
    let store = database.login();
    let settings = [
        ("TICKETLENS_GRPC_LISTEN", address(ports.grpc).to_string()),
        ("TICKETLENS_HTTP_LISTEN", address(ports.http).to_string()),
        ("TICKETLENS_HASH_KEY", instance.hash_key.clone()),
        ("TICKETLENS_ADMIN_KEY_SHA256", KeyDigest::of(&instance.admin_key).to_string()),
        ("TICKETLENS_CLICKHOUSE_URL", store.url),
        ("TICKETLENS_CLICKHOUSE_USER", store.user),
        ("TICKETLENS_CLICKHOUSE_PASSWORD", store.password),
    ];
    let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Config::parse("", &settings).map_err(|invalid| {
        Failure::new(Exit::Failed, format!("dev.json holds no configuration: {invalid}"))
            .next("move it away to have new keys made")
    })
}

fn address(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
