//! From a body to committed rows: decompress, decode, validate, gate, commit.
//!
//! Both protocols end here. Bytes are reserved as they arrive, and what becomes of them before it is
//! made; rows take their part of the reservation with them into the commit.

mod arrival;
mod grant;
mod in_flight;
mod outcome;
mod rows;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::HeaderMap;
use ticketlens_redact::Gate;
use ticketlens_store::{PricesOf, TenantSettings, Usage};
use ticketlens_ticket::{
    Reject, Rejections, Timestamp,
    decode::{Item, Policy, Summary, UnreadRequest, is_request, read_within},
    meter::Meter,
};
use tokio::{sync::Semaphore, task::spawn_blocking};
use tracing::{Instrument, Span};

use crate::{
    auth::Sender,
    budget::{Budget, Limits, Reservation},
    commit::Committer,
    gates::Gates,
    ledger::Ledger,
    listen::weight_of,
    metrics::Metrics,
    payload::{
        encoding::{Encoding, decompress},
        json::{self, Converted, Diagnostics},
    },
    prices::Prices,
    readiness::Readiness,
    reply::{Accepted, Refusal, TooLarge, web::Format},
    request_id::RequestId,
};
pub(crate) use arrival::{Arrival, Cost};
use grant::{Grant, Shared};
use in_flight::InFlight;
use rows::{PIECE, Rows};

/// Bodies up to this size are decoded where they arrive: less than what it would cost others to
/// wait for. Larger ones go to a thread of their own.
const DECODED_IN_PLACE: usize = 64 << 10;

/// What bounds a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntakeConfig {
    /// Bytes of one request, as sent and decompressed.
    pub max_request_bytes: usize,
    /// Bytes of all requests in flight, and of what is made of them.
    pub budget_bytes: usize,
    /// Bytes of these that one tenant may hold.
    pub tenant_share_bytes: usize,
    /// Whether logs that are no tickets are ignored instead of rejected.
    pub ignore_other_events: bool,
}

impl Default for IntakeConfig {
    /// 64 MiB a request; 160 MiB in flight, half of that by one tenant, which with an eighth for what
    /// nobody has read yet keeps the process below 256 MiB.
    fn default() -> Self {
        Self {
            max_request_bytes: 64 << 20,
            budget_bytes: 160 << 20,
            tenant_share_bytes: 80 << 20,
            ignore_other_events: false,
        }
    }
}

impl IntakeConfig {
    /// An empty budget of these bytes.
    pub(crate) fn budget(&self) -> Budget {
        Budget::new(Limits { total: self.budget_bytes, share: self.tenant_share_bytes })
    }

    /// Bytes that senders may be ahead of us, beside the budget: of all connections together.
    pub(crate) fn unread_bytes(&self) -> usize {
        self.budget_bytes / 8
    }
}

/// A body that has arrived whole.
#[derive(Debug)]
pub(crate) struct Payload {
    pub(crate) wire: Bytes,
    pub(crate) encoding: Encoding,
    pub(crate) format: Format,
}

/// What is to be said about a request, and its rows on their way.
struct Decoded {
    /// As they were after decompression.
    bytes: usize,
    summary: Summary,
    /// What its JSON was like.
    diagnostics: Option<Diagnostics>,
    in_flight: InFlight,
}

/// Takes bodies in.
#[derive(Debug)]
pub struct Intake {
    config: IntakeConfig,
    budget: Budget,
    gates: Gates,
    decoders: Arc<Semaphore>,
    committer: Committer,
    ledger: Arc<Ledger>,
    readiness: Readiness,
    metrics: Arc<Metrics>,
    prices: Arc<Prices>,
}

impl Intake {
    pub(crate) fn new(
        config: IntakeConfig,
        budget: Budget,
        (gates, prices): (Gates, Arc<Prices>),
        committer: Committer,
        ledger: Arc<Ledger>,
        readiness: Readiness,
        metrics: Arc<Metrics>,
    ) -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let decoders = Arc::new(Semaphore::new(threads));
        Self { config, budget, gates, decoders, committer, ledger, readiness, metrics, prices }
    }

    /// Bytes of one request.
    pub(crate) fn limit(&self) -> usize {
        self.config.max_request_bytes
    }

    /// The receiver's own gate, without what tenants set.
    pub(crate) fn own_gate(&self) -> Gate {
        self.gates.own()
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Bytes that requests in flight hold.
    pub(crate) fn bytes_in_flight(&self) -> usize {
        self.budget.reserved()
    }

    /// Whether a request should be read at all, and its place in the budget. Its head is held there
    /// from now on, however long its body takes to come.
    pub(crate) async fn admit(
        &self,
        sender: &Sender,
        headers: &HeaderMap,
        declared: usize,
        cost: Cost,
    ) -> Result<Arrival, Refusal> {
        if declared > self.limit() {
            return Err(Refusal::TooLarge(TooLarge::Request { limit: self.limit() }));
        }
        if self.readiness.maintenance_since().is_some() {
            return Err(Refusal::Maintenance);
        }
        self.ledger.throttle.admit(&sender.tenant).inspect_err(|_| {
            let usage = Usage { throttled: 1, ..Usage::default() };
            self.ledger.add(&sender.tenant, usage, &Rejections::default());
        })?;
        if !self.committer.lets_in() {
            return Err(Refusal::StoreUnavailable);
        }
        let (tenant, head) = (&sender.tenant.name, weight_of(headers));
        let reservation = self.budget.begin(tenant, head, cost.of(declared)).await?;
        Ok(Arrival::new(reservation, cost))
    }

    /// Decodes a body and commits what is good in it. Who hangs up does not end it.
    pub(crate) async fn take(
        self: &Arc<Self>,
        sender: Sender,
        payload: Payload,
        arrival: Arrival,
    ) -> Result<Accepted, Refusal> {
        let intake = Arc::clone(self);
        let work = async move { intake.process(sender, payload, arrival).await };
        tokio::spawn(work.in_current_span()).await.unwrap_or(Err(Refusal::Internal))
    }

    async fn process(
        self: Arc<Self>,
        Sender { tenant, request_id, .. }: Sender,
        payload: Payload,
        arrival: Arrival,
    ) -> Result<Accepted, Refusal> {
        let in_place = payload.encoding == Encoding::Identity
            && payload.format == Format::Protobuf
            && payload.wire.len() <= DECODED_IN_PLACE;
        let sent = payload.wire.len();
        let decoded = if in_place {
            self.decode(&tenant, &request_id, payload, arrival, false)
        } else {
            let decoders = Arc::clone(&self.decoders);
            let turn = decoders.acquire_owned().await.map_err(|_| Refusal::ShuttingDown)?;
            let (intake, tenant) = (Arc::clone(&self), Arc::clone(&tenant));
            // The turn and the bytes go with the work.
            let span = Span::current();
            let work = move || {
                let (_turn, _within) = (turn, span.entered());
                intake.decode(&tenant, &request_id, payload, arrival, true)
            };
            spawn_blocking(work).await.unwrap_or(Err(Refusal::Internal))
        };
        let ledger = &self.ledger;
        // What is refused was work too.
        let decoded = decoded.inspect_err(|_| ledger.throttle.sent(&tenant, 0, sent));
        let Decoded { bytes, summary, diagnostics, in_flight } = decoded?;
        let Summary { accepted, ref rejections, ignored, .. } = summary;
        let records = accepted + rejections.total() + ignored;
        Span::current().record("records", records).record("bytes", bytes);
        ledger.throttle.sent(&tenant, records, bytes);
        ledger.add(&tenant, Usage::default(), rejections);
        in_flight.all().await?;
        ledger.throttle.stored(&tenant, accepted);
        let usage = Usage { records: accepted, bytes: bytes as u64, throttled: 0 };
        ledger.add(&tenant, usage, &Rejections::default());
        Ok(outcome::accepted(&summary, diagnostics.as_ref()))
    }

    fn decode(
        &self,
        tenant: &TenantSettings,
        request_id: &RequestId,
        payload: Payload,
        arrival: Arrival,
        may_wait: bool,
    ) -> Result<Decoded, Refusal> {
        let (mut reservation, mut prepaid) = arrival.into_parts();
        let Payload { wire, encoding, format } = payload;
        let body = match encoding {
            Encoding::Identity => wire,
            _ => {
                let body = decompress(encoding, &wire, self.limit(), 1, &mut reservation)?;
                // It is gone before what was reserved for it is used again.
                prepaid += wire.len();
                drop(wire);
                body.into()
            }
        };
        let sent = body.len();
        let (protobuf, diagnostics): (Bytes, _) = match format {
            Format::Protobuf => (body, None),
            Format::Json => {
                // Names and braces go, so that what is written is never longer.
                prepaid = reserve(&mut reservation, prepaid, body.len())?;
                let Converted { protobuf, diagnostics } = json::to_protobuf(&body)?;
                prepaid += body.len();
                drop(body);
                (protobuf.into(), Some(diagnostics))
            }
        };
        if sent > PIECE && !is_request(&protobuf) {
            // Seen before the first piece is on its way.
            return Err(malformed());
        }
        let gate = self.gates.of(tenant).map_err(|error| {
            // The store has checked the keys; without the tenant's gate nothing of it is stored.
            tracing::error!(
                name: "gates.not_built", %error, tenant = %tenant.name,
                "the tenant's gate cannot be built"
            );
            Refusal::Internal
        })?;
        let policy = Policy {
            capture: tenant.capture,
            drop_messages: tenant.drop_messages,
            ignore_other_events: self.config.ignore_other_events,
            latest_feedback: Some(latest_feedback()),
        };
        let in_flight = InFlight::new(self.committer.clone(), may_wait);
        let grant = Grant::new(reservation, in_flight, sent, prepaid);
        let mut allowance = Shared(&grant);
        let mut meter = Meter::new(&mut allowance);
        let prices = self.prices.current();
        let list = prices.as_of.map(|as_of| PricesOf { book: &prices.book, as_of });
        let mut rows = Rows::new(tenant, request_id.as_str(), &grant, list);
        let read = rows.expect(protobuf.len(), &mut meter).map_err(UnreadRequest::Outgrown);
        let read = read.and_then(|()| {
            let mut sink = |item: Item<'_>, meter: &mut Meter<'_>| rows.append(&item, meter);
            read_within(&protobuf, &gate, &policy, &mut meter, &mut sink)
        });
        let mut summary = read.map_err(|unread| match unread {
            UnreadRequest::Outgrown(outgrown) => grant.borrow_mut().refusal(outgrown.part),
            UnreadRequest::Malformed => malformed(),
        })?;
        rows.finish(&mut meter);
        let no_records = diagnostics.as_ref().map_or(0, Diagnostics::rejected);
        summary.rejections.add_all(Reject::Malformed, no_records);
        self.metrics.decoded(protobuf.len(), &summary);
        let in_flight = grant.into_inner().in_flight;
        Ok(Decoded { bytes: sent, summary, diagnostics, in_flight })
    }
}

/// Clocks differ, by a day at most.
fn latest_feedback() -> Timestamp {
    (SystemTime::now() + Duration::from_secs(86_400)).into()
}

fn malformed() -> Refusal {
    Refusal::Malformed { expected: "an ExportLogsServiceRequest in protobuf" }
}

/// Takes `bytes` from what is prepaid, or reserves what is missing; what is left of it.
fn reserve(reservation: &mut Reservation, prepaid: usize, bytes: usize) -> Result<usize, Refusal> {
    reservation.grow(bytes.saturating_sub(prepaid))?;
    Ok(prepaid.saturating_sub(bytes))
}
