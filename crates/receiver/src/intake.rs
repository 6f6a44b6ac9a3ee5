//! From a body to committed rows: decompress, decode, validate, gate, commit.
//!
//! Both protocols end here. A reservation in the budget is made before the body is read and goes
//! with the rows into the commit.

use std::sync::Arc;

use bytes::Bytes;
use ticketlens_store::{TenantSettings, rows};
use ticketlens_ticket::{
    Timestamp,
    decode::{Policy, Summary, read_request},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{
    auth::Sender,
    budget::{Budget, Reservation},
    commit::Committer,
    gates::Gates,
    ledger::Ledger,
    otlp::{
        encoding::{Encoding, decompress},
        json,
    },
    reply::{Accepted, Refusal, web::Format},
    stats::Stats,
};

/// Bodies up to this size are decoded where they arrive: about a millisecond at most, less than
/// what it would cost others to wait for. Larger ones go to a thread of their own.
const DECODED_IN_PLACE: usize = 256 << 10;

/// What bounds a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntakeConfig {
    /// Bytes of one request, as sent and decompressed.
    pub max_request_bytes: usize,
    /// Bytes of all requests in flight.
    pub budget_bytes: usize,
    /// Whether logs that are no tickets are ignored instead of rejected.
    pub ignore_other_events: bool,
}

impl Default for IntakeConfig {
    /// 64 MiB a request; 80 MiB in flight, which keeps the process below 256 MiB.
    fn default() -> Self {
        Self { max_request_bytes: 64 << 20, budget_bytes: 80 << 20, ignore_other_events: false }
    }
}

/// A body that has arrived whole.
#[derive(Debug)]
pub(crate) struct Payload {
    pub(crate) wire: Bytes,
    pub(crate) encoding: Encoding,
    pub(crate) format: Format,
}

/// Rows of one request, and what is to be said about it.
struct Decoded {
    rows: Bytes,
    summary: Summary,
    reservation: Reservation,
}

/// Takes bodies in.
#[derive(Debug)]
pub struct Intake {
    config: IntakeConfig,
    budget: Budget,
    gates: Gates,
    decoders: Semaphore,
    committer: Committer,
    ledger: Arc<Ledger>,
    stats: Arc<Stats>,
}

impl Intake {
    pub(crate) fn new(
        config: IntakeConfig,
        gates: Gates,
        committer: Committer,
        ledger: Arc<Ledger>,
        stats: Arc<Stats>,
    ) -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let budget = Budget::new(config.budget_bytes);
        let decoders = Semaphore::new(threads);
        Self { config, budget, gates, decoders, committer, ledger, stats }
    }

    /// Bytes of one request.
    pub(crate) fn limit(&self) -> usize {
        self.config.max_request_bytes
    }

    pub(crate) fn stats(&self) -> &Stats {
        &self.stats
    }

    /// All counters, for Prometheus.
    pub(crate) fn metrics(&self) -> String {
        self.stats.prometheus(self.budget.reserved())
    }

    /// Whether a request should be read at all, and its place in the budget.
    pub(crate) async fn admit(&self, declared: usize, cost: Cost) -> Result<Reservation, Refusal> {
        if declared > self.limit() {
            return Err(Refusal::TooLarge { limit: self.limit() });
        }
        if !self.committer.lets_in() {
            return Err(Refusal::StoreUnavailable);
        }
        self.budget.reserve_in_time(declared.saturating_mul(cost.on_the_wire())).await
    }

    /// Decodes a body and commits what is good in it.
    pub(crate) async fn take(
        self: &Arc<Self>,
        sender: Sender,
        payload: Payload,
        reservation: Reservation,
    ) -> Result<Accepted, Refusal> {
        let in_place = payload.encoding == Encoding::Identity
            && payload.format == Format::Protobuf
            && payload.wire.len() <= DECODED_IN_PLACE;
        let Decoded { rows, summary, reservation } = if in_place {
            self.decode(&sender.tenant, payload, reservation)?
        } else {
            let _turn = self.decoders.acquire().await.map_err(|_| Refusal::ShuttingDown)?;
            let (intake, tenant) = (Arc::clone(self), Arc::clone(&sender.tenant));
            spawn_blocking(move || intake.decode(&tenant, payload, reservation))
                .await
                .map_err(|_| Refusal::Internal)??
        };
        self.ledger.add(&sender.tenant.name, &summary.rejections);
        if summary.accepted > 0 {
            self.committer.commit(rows, summary.accepted, reservation).await?;
        }
        Ok(accepted(&summary))
    }

    fn decode(
        &self,
        tenant: &TenantSettings,
        payload: Payload,
        mut reservation: Reservation,
    ) -> Result<Decoded, Refusal> {
        let Payload { wire, encoding, format } = payload;
        let weight = Cost { encoding, format }.decompressed();
        let body = match encoding {
            Encoding::Identity => wire,
            _ => decompress(encoding, &wire, self.limit(), weight, &mut reservation)?.into(),
        };
        let protobuf = match format {
            Format::Protobuf => body,
            Format::Json => json::to_protobuf(&body)?.into(),
        };
        let policy = Policy {
            capture: tenant.capture,
            drop_messages: tenant.drop_messages,
            ignore_other_events: self.config.ignore_other_events,
        };
        let gate = self.gates.denying(&tenant.deny_keys).map_err(|error| {
            // The store has checked the keys; without the tenant's gate nothing of it is stored.
            tracing::error!(%error, tenant = %tenant.name, "the tenant's gate cannot be built");
            Refusal::Internal
        })?;
        let received_at = Timestamp::now();
        let mut rows = Vec::with_capacity(protobuf.len());
        let summary = read_request(&protobuf, &gate, &policy, &mut |record| {
            rows::append(&mut rows, tenant, received_at, &record);
        })
        .map_err(|_| Refusal::Malformed { expected: "an ExportLogsServiceRequest in protobuf" })?;
        let rejected = summary.rejections.total();
        self.stats.decoded(protobuf.len(), summary.accepted, rejected, summary.ignored);
        if rows.capacity() > rows.len().saturating_mul(2) {
            rows.shrink_to_fit();
        }
        reservation.settle(rows.len());
        Ok(Decoded { rows: rows.into(), summary, reservation })
    }
}

/// What a byte of a body costs in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) encoding: Encoding,
    pub(crate) format: Format,
}

impl Cost {
    /// For each byte on the wire: itself, and what is made of it where it is not compressed.
    pub(crate) fn on_the_wire(self) -> usize {
        match self.encoding {
            Encoding::Identity => self.decompressed(),
            _ => 1,
        }
    }

    /// For each decompressed byte: itself, its row, and protobuf in between for JSON.
    fn decompressed(self) -> usize {
        match self.format {
            Format::Protobuf => 2,
            Format::Json => 3,
        }
    }
}

/// What the sender is told of a request whose good records are committed.
fn accepted(summary: &Summary) -> Accepted {
    let rejected = summary.rejections.total();
    let mut message = String::new();
    if rejected > 0 {
        message = format!("rejected: {}", summary.rejections);
    }
    if !summary.warnings.is_empty() {
        let separator = if message.is_empty() { "" } else { "; " };
        message = format!("{message}{separator}stored with less: {}", summary.warnings);
    }
    Accepted::new(rejected, &message)
}
