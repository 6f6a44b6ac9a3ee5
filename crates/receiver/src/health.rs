//! Alive and ready: what orchestrators ask.
//!
//! Ready means that a ticket sent now would be committed. `/readyz` and gRPC health are two ways to
//! read one value ([`Readiness`]) at the moment they are asked: neither keeps a copy, so they say
//! the same. Nothing here waits for the data path: no budget, no decoder, no lock that is held for
//! longer than a look.

use std::{pin::Pin, sync::Arc};

use axum::{Json, Router, extract::State, routing::get};
use http::StatusCode;
use serde::Serialize;
use tokio_stream::{Stream, StreamExt, wrappers::WatchStream};
use tonic::{Request, Status};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse,
    health_check_response::ServingStatus,
    health_server::{Health as Service, HealthServer},
};

use crate::{
    intake::Intake,
    readiness::Readiness,
    workers::{Worker, Workers},
};

/// The services whose health is told; the empty name is the whole.
const SERVICES: [&str; 4] = [
    "",
    "opentelemetry.proto.collector.logs.v1.LogsService",
    "ticketlens.v1.TicketService",
    "ticketlens.v1.AdminService",
];

/// What is told of the receiver.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    pub(crate) readiness: Readiness,
    pub(crate) workers: Workers,
    pub(crate) intake: Arc<Intake>,
}

impl Health {
    /// `/healthz`, `/readyz` and `/statusz`.
    pub(crate) fn routes(self) -> Router {
        Router::new()
            .route("/healthz", get(|| async { "alive\n" }))
            .route("/readyz", get(ready))
            .route("/statusz", get(stated))
            .with_state(self)
    }

    /// `grpc.health.v1.Health`.
    pub(crate) fn service(&self) -> HealthServer<GrpcHealth> {
        HealthServer::new(GrpcHealth(self.readiness.clone()))
    }
}

async fn ready(State(health): State<Health>) -> (StatusCode, String) {
    match health.readiness.why_not() {
        None => (StatusCode::OK, "ready\n".into()),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")),
    }
}

/// What `/statusz` says: how the receiver is, and nothing of what it holds.
#[derive(Debug, Serialize)]
struct Stated {
    version: &'static str,
    ready: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    maintenance_mode: bool,
    /// Bytes that requests in flight hold.
    bytes_in_flight: usize,
    workers: Vec<Worker>,
}

async fn stated(State(health): State<Health>) -> Json<Stated> {
    let why_not = health.readiness.why_not();
    Json(Stated {
        version: env!("CARGO_PKG_VERSION"),
        ready: why_not.is_none(),
        reason: why_not.map(|why| why.to_string()),
        maintenance_mode: ticketlens_log::is_maintenance(),
        bytes_in_flight: health.intake.bytes_in_flight(),
        workers: health.workers.list(),
    })
}

/// Readiness as gRPC has it (grpc/doc/health-checking.md).
#[derive(Debug)]
pub(crate) struct GrpcHealth(Readiness);

type Answer = Result<HealthCheckResponse, Status>;

#[tonic::async_trait]
impl Service for GrpcHealth {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<tonic::Response<HealthCheckResponse>, Status> {
        if !is_served(&request) {
            return Err(Status::not_found("no such service here"));
        }
        Ok(tonic::Response::new(answer(status(self.0.why_not().is_none()))))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Answer> + Send>>;

    /// Every change, until the end has begun: a stream that stayed open would hold it up.
    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<tonic::Response<Self::WatchStream>, Status> {
        let is_served = is_served(&request);
        let mut told = None;
        let states = WatchStream::new(self.0.follow());
        let readiness = states
            .take_while(|state| !state.is_going_down())
            .map(|state| state.why_not().is_none())
            .chain(tokio_stream::once(false));
        let statuses = readiness.filter_map(move |is_ready| {
            let status = if is_served { status(is_ready) } else { ServingStatus::ServiceUnknown };
            (told.replace(status) != Some(status)).then(|| Ok(answer(status)))
        });
        Ok(tonic::Response::new(Box::pin(statuses)))
    }
}

fn is_served(request: &Request<HealthCheckRequest>) -> bool {
    SERVICES.contains(&request.get_ref().service.as_str())
}

fn status(is_ready: bool) -> ServingStatus {
    if is_ready { ServingStatus::Serving } else { ServingStatus::NotServing }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(service: &str) -> Request<HealthCheckRequest> {
        Request::new(HealthCheckRequest { service: service.into() })
    }

    #[tokio::test]
    async fn a_watch_tells_changes_and_ends_with_the_receiver() {
        let readiness = Readiness::default();
        let health = GrpcHealth(readiness.clone());
        let mut watched = health.watch(ask("")).await.unwrap().into_inner();
        let mut unknown = health.watch(ask("nobody")).await.unwrap().into_inner();
        let mut next = async || watched.next().await.map(|told| told.unwrap().status());
        assert_eq!(next().await, Some(ServingStatus::Serving));
        readiness.part_is_down("ledger");
        assert_eq!(next().await, Some(ServingStatus::NotServing));
        let checked = health.check(ask("ticketlens.v1.TicketService")).await.unwrap();
        assert_eq!(checked.into_inner().status(), ServingStatus::NotServing);
        readiness.part_is_up("ledger");
        assert_eq!(next().await, Some(ServingStatus::Serving));
        readiness.going_down();
        assert_eq!(next().await, Some(ServingStatus::NotServing));
        assert_eq!(next().await, None);
        let first = unknown.next().await.unwrap().unwrap();
        assert_eq!(first.status(), ServingStatus::ServiceUnknown);
        assert_eq!(health.check(ask("nobody")).await.unwrap_err().code(), tonic::Code::NotFound);
    }
}
