//! While the receiver serves: its parts, and the end in order.
//!
//! The end: not ready → ports closed, connections told to end → what is in flight committed and
//! answered → commit loop closed → counts written. The front ends before the back does, because
//! a request that is in flight needs the commit loop to be answered.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, http::StatusCode, middleware::from_fn_with_state, routing::post};
use opentelemetry::global;
use ticketlens_api::{
    DESCRIPTOR, admin_service_server::AdminServiceServer,
    ticket_service_server::TicketServiceServer,
};
use ticketlens_store::Store;
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, timeout_at},
};
use tonic::service::Routes;
use tonic_reflection::server as reflection;

use super::{Bind, Bound};
use crate::{
    access,
    api::{
        Admin, BegunBackups, Maintenance, Reads, TenantsChanged, Tickets,
        scope::{self, MESSAGE_BYTES, PRICES_BYTES},
    },
    auth::{Keys, StoredKeys},
    commit::CommitLoop,
    config::Origin,
    database_watch,
    health::Health,
    intake::Intake,
    key_expiry::Warned,
    ledger::Ledger,
    listen::Listener,
    mcp,
    metrics::{Metrics, Sources},
    metrics_door::MetricsDoor,
    otlp::{admission::Admission, grpc, http},
    prices::Prices,
    rest,
    supervise::{Broken, End, Over, Parts},
    webhooks,
};

/// For the last counts of rejected records.
const LAST_WRITE_WITHIN: Duration = Duration::from_secs(2);

/// Why the receiver ended though nobody told it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// A part kept dying. What was acknowledged is committed; start it again.
    #[error("a part of the receiver cannot go on: {0}")]
    Broken(#[from] Broken),
}

impl Bound {
    /// Serves until `shutdown` is done, then ends in order, within the configured deadline.
    /// Dropping the future ends everything at once.
    ///
    /// # Errors
    /// [`ServeError`] where a part of it kept dying; it has ended in order then too, as far as it
    /// could.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
        let Self { config, store, gates, keys, prices, grpc, http, bind, beside, .. } = self;
        let tenants_changed = self.tenants_changed;
        let (workers, readiness) = beside;
        let own_metrics = self.metrics;
        let budget = config.intake.budget();
        let sources = Sources {
            budget: budget.clone(),
            faults: Arc::clone(store.faults()),
            key_failures: Arc::clone(keys.failures()),
            tenants_named: config.metrics.tenants,
            ..Sources::default()
        };
        let metrics = Arc::new(Metrics::new(sources, &global::meter("ticketlens")));
        let ledger = Arc::new(Ledger::default());
        let mut parts = Parts::beside(workers, readiness, Arc::clone(&metrics));
        let (committer, commit_loop) = CommitLoop::start(
            Arc::new(store.clone()),
            config.commit,
            Arc::clone(&metrics),
            &mut parts,
        );
        let readiness = parts.readiness().clone();
        let (counts, measures) = (Arc::clone(&ledger), Arc::clone(&metrics));
        let is_ready = readiness.clone();
        let through = (gates, Arc::clone(&prices));
        let intake =
            Intake::new(config.intake, budget, through, committer, counts, is_ready, measures);
        let admission =
            Admission { keys, intake: Arc::new(intake), body_timeout: config.body_timeout };
        let keys = Arc::clone(&admission.keys);
        keep_keys(&mut parts, &keys, &store, config.key_refresh, &metrics);
        let (kept, kept_in) = (Arc::clone(&ledger), store.clone());
        parts.keep("ledger", move || {
            let (ledger, store) = (Arc::clone(&kept), kept_in.clone());
            async move {
                ledger.keep(&store).await;
                End::Unasked
            }
        });
        if let Some(certificate) = bind.certificate.clone() {
            parts.keep("watch of the certificate", move || {
                let certificate = Arc::clone(&certificate);
                async move {
                    certificate.follow().await;
                    End::Unasked
                }
            });
        }
        let (watched, measures) = (store.clone(), Arc::clone(&metrics));
        parts.keep("watch of the tables", move || {
            let (store, metrics) = (watched.clone(), Arc::clone(&measures));
            async move {
                database_watch::keep(&store, &metrics).await;
                End::Unasked
            }
        });
        let (kept, kept_in) = (Arc::clone(&prices), store.clone());
        parts.keep("watch of the prices", move || {
            let (prices, store) = (Arc::clone(&kept), kept_in.clone());
            async move {
                prices.keep(&store).await;
                End::Unasked
            }
        });
        let cors_origins = config.cors_origins;
        let front = Front {
            admission,
            store: store.clone(),
            prices,
            migrates: config.migrate,
            tenants_changed,
            cors_origins,
        };
        let health = Health {
            readiness: readiness.clone(),
            workers: parts.workers().clone(),
            intake: Arc::clone(&front.admission.intake),
        };
        let metrics_routes = MetricsDoor { metrics, keys: config.metrics.keys.into() }.routes();
        let (on_http, on_its_own) = match own_metrics {
            Some(own) => (Router::new(), Some((own, metrics_routes))),
            None => (metrics_routes, None),
        };
        let (grpc_routes, http_routes) = front.routes(health, on_http);
        let (stop, stopping) = watch::channel(false);
        let mut listeners = Vec::new();
        if let Some((own, routes)) = on_its_own {
            let routes = routes.fallback(|| async { StatusCode::NOT_FOUND });
            let part = "metrics listener";
            listeners.push(listen(&mut parts, part, &bind, own, routes, &stopping));
        }
        for (part, port, routes) in
            [("gRPC listener", grpc, grpc_routes), ("HTTP listener", http, http_routes)]
        {
            listeners.push(listen(&mut parts, part, &bind, port, routes, &stopping));
        }

        let ended = tokio::select! {
            () = shutdown => Ok(()),
            broken = parts.broken() => Err(ServeError::Broken(broken)),
        };
        let deadline = Instant::now() + config.shutdown_deadline;
        tracing::info!(name: "receiver.draining", "going down: committing what is in flight");
        readiness.going_down();
        parts.workers().draining();
        stop.send_replace(true);
        for listener in listeners {
            if timeout_at(deadline, listener.wait()).await.is_err() {
                tracing::warn!(
                    name: "receiver.cut_off", "connections are cut off: the deadline has passed"
                );
            }
        }
        if timeout_at(deadline, commit_loop.close()).await.is_err() {
            tracing::warn!(
                name: "receiver.cut_off", "the commit loop is cut off: the deadline has passed"
            );
        }
        let last = Instant::now() + LAST_WRITE_WITHIN;
        if !matches!(timeout_at(last, ledger.write(&store)).await, Ok(true)) {
            tracing::warn!(
                name: "ledger.last_not_written",
                "the last counts of rejected records are not written"
            );
        }
        if !matches!(timeout_at(last, keys.uses().write(&store)).await, Ok(true)) {
            tracing::warn!(
                name: "key_uses.last_not_written", "the last uses of keys are not written"
            );
        }
        ended
    }
}

/// What keeps the keys up to date, and what is known of them.
fn keep_keys(
    parts: &mut Parts,
    keys: &Arc<Keys<StoredKeys>>,
    store: &Store,
    every: Duration,
    metrics: &Arc<Metrics>,
) {
    let refreshed = Arc::clone(keys);
    parts.keep("key refresh", move || {
        let keys = Arc::clone(&refreshed);
        async move {
            keys.refresh(every).await;
            End::Unasked
        }
    });
    let (used, store) = (Arc::clone(keys), store.clone());
    parts.keep("key uses", move || {
        let (keys, store) = (Arc::clone(&used), store.clone());
        async move {
            keys.uses().keep(&store).await;
            End::Unasked
        }
    });
    let (ending, metrics) = (Arc::clone(keys), Arc::clone(metrics));
    parts.keep("watch of ending keys", move || {
        let (keys, metrics) = (Arc::clone(&ending), Arc::clone(&metrics));
        async move {
            Warned::default().keep(&keys, &metrics).await;
            End::Unasked
        }
    });
}

/// A listener as a part: started again, it binds its port again. Connections that stand go on, each
/// on a task of its own, and are told of the end like the others.
fn listen(
    parts: &mut Parts,
    part: &'static str,
    bind: &Bind,
    (listener, address): (Listener, SocketAddr),
    routes: Router,
    stopping: &watch::Receiver<bool>,
) -> Over {
    let (bind, stopping) = (bind.clone(), stopping.clone());
    let mut bound = Some(listener);
    parts.keep(part, move || {
        let (bind, routes, stopping) = (bind.clone(), routes.clone(), stopping.clone());
        let bound = bound.take();
        async move {
            if *stopping.borrow() {
                return End::Asked;
            }
            let listener = match bound {
                Some(listener) => Ok(listener),
                None => bind.listener(address).await,
            };
            match listener {
                Ok(listener) => listener.serve(routes, stopping.clone()).await,
                Err(error) => {
                    tracing::error!(
                        name: "listener.bind_failed", kind = ?error.kind(), %address,
                        "cannot listen again"
                    );
                }
            }
            if *stopping.borrow() { End::Asked } else { End::Unasked }
        }
    })
}

/// What the ports serve.
struct Front {
    admission: Admission<StoredKeys>,
    store: Store,
    prices: Arc<Prices>,
    migrates: bool,
    tenants_changed: TenantsChanged,
    cors_origins: Vec<Origin>,
}

impl Front {
    fn routes(&self, health: Health, metrics: Router) -> (Router, Router) {
        let keys = &self.admission.keys;
        let reads = Arc::new(Reads::new());
        let tickets = Tickets { keys: Arc::clone(keys), store: self.store.clone() };
        let admin = Admin {
            keys: Arc::clone(keys),
            store: self.store.clone(),
            prices: Arc::clone(&self.prices),
            tenants_changed: Arc::clone(&self.tenants_changed),
            backups: BegunBackups::default(),
            cleaning: Mutex::default(),
            maintenance: Maintenance {
                readiness: health.readiness.clone(),
                intake: Arc::clone(&self.admission.intake),
                reads: Arc::clone(&reads),
            },
            checking: Mutex::default(),
            migrates: self.migrates,
        };
        let (tickets, admin) = (Arc::new(tickets), Arc::new(admin));
        let served = TicketServiceServer::from_arc(Arc::clone(&tickets));
        let administered = AdminServiceServer::from_arc(Arc::clone(&admin));
        let mut api = Routes::builder();
        api.add_service(served.max_decoding_message_size(MESSAGE_BYTES))
            .add_service(administered.max_decoding_message_size(PRICES_BYTES));
        // Before a call's message is read: who has no key shall not have it held.
        let body_timeout = self.admission.body_timeout;
        let readiness = health.readiness.clone();
        let door = scope::Door { keys: Arc::clone(keys), reads, readiness, body_timeout };
        let keyed = from_fn_with_state(door.clone(), scope::keyed::<StoredKeys>);
        let api = api.routes().into_axum_router().reset_fallback().layer(keyed);
        let described = from_fn_with_state(door.clone(), scope::described::<StoredKeys>);
        let described = descriptions().into_axum_router().reset_fallback().layer(described);
        let mut open = Routes::builder();
        open.add_service(health.service());
        let export = post(grpc::export::<StoredKeys>).with_state(self.admission.clone());
        let grpc = open
            .routes()
            .into_axum_router()
            .reset_fallback()
            .merge(api)
            .merge(described)
            .route(grpc::EXPORT, export)
            .fallback(grpc::misdirected);
        let origins = &self.cors_origins;
        let mcp = mcp::routes(Arc::clone(&tickets), door.clone(), origins);
        let services = rest::Services { tickets, admin };
        let rest = rest::routes(services, door, origins, webhooks::described());
        let http = http::routes(self.admission.clone())
            .merge(health.routes())
            .merge(metrics)
            .merge(webhooks::routes(self.admission.clone()))
            .merge(rest)
            .merge(mcp)
            .fallback(http::misdirected);
        let logged = from_fn_with_state(self.admission.intake.own_gate(), access::logged);
        (grpc.layer(logged.clone()), http.layer(logged))
    }
}

/// gRPC reflection, in both versions that tools ask for.
fn descriptions() -> Routes {
    let builder =
        || reflection::Builder::configure().register_encoded_file_descriptor_set(DESCRIPTOR);
    let mut routes = Routes::builder();
    if let (Ok(v1), Ok(v1alpha)) = (builder().build_v1(), builder().build_v1alpha()) {
        routes.add_service(v1).add_service(v1alpha);
    }
    routes.routes()
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;
    use crate::listen::Unread;

    async fn answer(address: SocketAddr) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        Ok(text)
    }

    #[tokio::test]
    async fn a_listener_that_died_listens_on_its_port_again_and_ends_when_told() {
        let mut parts = Parts::new(Arc::default());
        let unread = Unread::new(1 << 20);
        let bind = Bind { certificate: None, max_connections: 8, unread };
        let listener = bind.listener(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = listener.address().unwrap();
        let routes = Router::new().route("/", get(|| async { "served" }));
        let (stop, stopping) = watch::channel(false);
        // Its first life is over before it began, and gives the port back.
        drop(listener);
        let taken = std::net::TcpListener::bind(address).unwrap();
        let mut states = parts.readiness().follow();
        let gone = bind.listener(([127, 0, 0, 1], 0).into()).await.unwrap();
        let dying = watch::channel(false).1;
        let over =
            listen(&mut parts, "HTTP listener", &bind, (gone, address), routes.clone(), &dying);
        let down = states.wait_for(|state| state.why_not().is_some()).await.unwrap().why_not();
        assert_eq!(down.unwrap().to_string(), "a part has died: HTTP listener");
        drop((over, taken));

        let mut parts = Parts::new(Arc::default());
        let first = bind.listener(address).await.unwrap();
        let over = listen(&mut parts, "HTTP listener", &bind, (first, address), routes, &stopping);
        assert!(answer(address).await.unwrap().ends_with("served"));
        stop.send_replace(true);
        over.wait().await;
        assert!(answer(address).await.is_err(), "the port is closed");
        assert_eq!(parts.readiness().why_not(), None);
    }
}
