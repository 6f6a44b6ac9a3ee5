//! Alive, ready, and how much: what orchestrators and Prometheus ask.
//!
//! Ready means that a ticket sent now would be committed: the database takes rows and the
//! receiver is not going down. gRPC health says the same.

use std::sync::Arc;

use axum::{Router, extract::State, response::Response, routing::get};
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use tokio::sync::watch;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{commit::Committer, intake::Intake};

/// The services whose health is told; the empty name is the whole.
const SERVICES: [&str; 4] = [
    "",
    "opentelemetry.proto.collector.logs.v1.LogsService",
    "ticketlens.v1.TicketService",
    "ticketlens.v1.AdminService",
];

/// What readiness depends on.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    pub(crate) committer: Committer,
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) intake: Arc<Intake>,
}

impl Health {
    fn why_not_ready(&self) -> Option<&'static str> {
        if *self.stopping.borrow() {
            return Some("going down");
        }
        (!self.committer.is_available()).then_some("the database is not available")
    }

    /// Tells gRPC health whenever readiness changes. Never ends.
    pub(crate) async fn report(self, reporter: HealthReporter) {
        let (mut available, mut stopping) = (self.committer.availability(), self.stopping.clone());
        loop {
            let status = match self.why_not_ready() {
                None => ServingStatus::Serving,
                Some(_) => ServingStatus::NotServing,
            };
            for service in SERVICES {
                reporter.set_service_status(service, status).await;
            }
            let changed = tokio::select! {
                changed = available.changed() => changed,
                changed = stopping.changed() => changed,
            };
            if changed.is_err() {
                // One of the two has ended, so the receiver has.
                return;
            }
        }
    }

    /// `/healthz`, `/readyz` and `/metrics`.
    pub(crate) fn routes(self) -> Router {
        Router::new()
            .route("/healthz", get(|| async { "alive\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .with_state(self)
    }
}

async fn ready(State(health): State<Health>) -> (StatusCode, String) {
    match health.why_not_ready() {
        None => (StatusCode::OK, "ready\n".into()),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")),
    }
}

async fn metrics(State(health): State<Health>) -> Response {
    let mut response = Response::new(health.intake.metrics().into());
    let media_type = HeaderValue::from_static("text/plain; version=0.0.4");
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}
