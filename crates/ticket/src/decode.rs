//! From an `ExportLogsServiceRequest`'s bytes to [`Record`]s and [`FeedbackRecord`]s: validated, gated,
//! borrowed.
//!
//! A record that can't be taken is rejected with a reason and its neighbours are not touched; what
//! can be taken with a little less (an attribute too many, a metric that is NaN, a body the gate
//! can't walk) is taken, and a warning says so.

mod policy;
mod summary;
mod unread;

mod attribute;
mod attribute_list;
mod draft;
mod feedback;
mod fields;
mod identity;
mod reader;
mod resource;
mod values;

use std::panic::{AssertUnwindSafe, catch_unwind};

use ticketlens_redact::{Counts, Gate};

use feedback::FeedbackReader;
use fields::Fields;
use reader::RecordReader;
use resource::Resource;
use unread::Unread;

pub use policy::Policy;
pub use summary::{Summary, Warnings};

use crate::{
    Capture, FeedbackRecord, Record, Reject,
    meter::{Meter, Outgrown, Unlimited},
    names,
    wire::{Malformed, Payload, Reader},
};

/// What a log record says.
#[expect(clippy::large_enum_variant, reason = "one at a time, on its way to a row")]
#[derive(Clone, Debug, PartialEq)]
pub enum Item<'a> {
    /// A finished ticket.
    Ticket(Record<'a>),
    /// Feedback on one.
    Feedback(FeedbackRecord<'a>),
}

/// Why a request as a whole is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadRequest {
    /// It is none.
    #[error("the body is not a protobuf ExportLogsServiceRequest")]
    Malformed,
    /// More would be made of it than it may become.
    #[error(transparent)]
    Outgrown(#[from] Outgrown),
}

impl From<Malformed> for UnreadRequest {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// Reads an encoded `ExportLogsServiceRequest`; each good record goes to `sink`, through the gate.
/// Empty requests are good ones (OTLP specification, "OTLP/gRPC Request"). What becomes of it is
/// not bounded: for whoever reads what is its own.
///
/// # Errors
///
/// If the bytes are not such a request. What the sink got until then is to be thrown away.
pub fn read_request(
    bytes: &[u8],
    gate: &Gate,
    policy: &Policy,
    sink: &mut dyn FnMut(Item<'_>),
) -> Result<Summary, UnreadRequest> {
    let mut unlimited = Unlimited;
    let mut meter = Meter::new(&mut unlimited);
    read_within(bytes, gate, policy, &mut meter, &mut |item, _| {
        sink(item);
        Ok(())
    })
}

/// The same, within what `meter` is granted. The sink holds with it what it makes of a record.
///
/// # Errors
///
/// If the bytes are not such a request, or more would be made of it than is granted. What the sink
/// got until then is to be thrown away.
pub fn read_within(
    bytes: &[u8],
    gate: &Gate,
    policy: &Policy,
    meter: &mut Meter<'_>,
    sink: &mut dyn FnMut(Item<'_>, &mut Meter<'_>) -> Result<(), Outgrown>,
) -> Result<Summary, UnreadRequest> {
    let mut summary = Summary::default();
    let mut request = Reader::new(bytes);
    while let Some(field) = request.next()? {
        match field {
            (1, Payload::Bytes(group)) => {
                Group { gate, policy, meter, sink, summary: &mut summary }.read(group)?;
            }
            (1, _) => return Err(UnreadRequest::Malformed),
            _ => {}
        }
    }
    Ok(summary)
}

/// Whether the bytes are an `ExportLogsServiceRequest`, whatever its records are: one that is read
/// whole, or not at all for what is made of it.
pub fn is_request(bytes: &[u8]) -> bool {
    let walk = || -> Result<(), Malformed> {
        let mut request = Reader::new(bytes);
        while let Some(field) = request.next()? {
            let (1, Payload::Bytes(group)) = field else { continue };
            Resource::of_group(group)?;
            let mut group = Reader::new(group);
            while let Some(field) = group.next()? {
                let (2, Payload::Bytes(scope_logs)) = field else { continue };
                let mut scope_logs = Reader::new(scope_logs);
                while scope_logs.next()?.is_some() {}
            }
        }
        Ok(())
    };
    walk().is_ok()
}

/// Reads the `ResourceLogs` of a request.
struct Group<'r, 'm> {
    gate: &'r Gate,
    policy: &'r Policy,
    meter: &'r mut Meter<'m>,
    sink: &'r mut dyn FnMut(Item<'_>, &mut Meter<'_>) -> Result<(), Outgrown>,
    summary: &'r mut Summary,
}

impl Group<'_, '_> {
    fn read(mut self, bytes: &[u8]) -> Result<(), UnreadRequest> {
        let resource = Resource::of_group(bytes)?;
        let mut group = Reader::new(bytes);
        while let Some(field) = group.next()? {
            let (2, Payload::Bytes(scope_logs)) = field else { continue };
            let mut scope_logs = Reader::new(scope_logs);
            while let Some(field) = scope_logs.next()? {
                let (2, Payload::Bytes(record)) = field else { continue };
                self.record(record, &resource)?;
            }
        }
        self.summary.warnings.attributes_dropped += resource.dropped();
        self.meter.release(resource.held());
        Ok(())
    }

    fn record<'a>(&mut self, bytes: &'a [u8], resource: &Resource<'a>) -> Result<(), Outgrown> {
        let before = self.meter.held();
        let outcome = self.read_guarded(bytes, resource);
        let own = self.meter.held() - before - resource.take_newly_held();
        match outcome {
            Ok(item) => {
                self.summary.accepted += 1;
                self.summary.feedback += u64::from(matches!(item, Item::Feedback(_)));
                (self.sink)(item, self.meter)?;
            }
            Err(Unread::Outgrown(outgrown)) => return Err(outgrown),
            Err(Unread::Reject(Reject::OtherEvent)) if self.policy.ignore_other_events => {
                self.summary.ignored += 1;
            }
            Err(Unread::Reject(reason)) => self.summary.rejections.add(reason),
        }
        // What the sink made of it stays held.
        self.meter.release(own);
        Ok(())
    }

    /// Reads one record; a panic in the gate costs the body, and a second one the record.
    fn read_guarded<'r, 'a: 'r>(
        &mut self,
        bytes: &'a [u8],
        resource: &'r Resource<'a>,
    ) -> Result<Item<'r>, Unread>
    where
        Self: 'r,
    {
        let fields = Fields::read(bytes, self.meter)?;
        let (gate, policy) = (self.gate, self.policy);
        let is_feedback = match fields.event()? {
            event if event == names::EVENT.as_bytes() => false,
            event if event == names::EVALUATION.as_bytes() => true,
            _ => return Err(Reject::OtherEvent.into()),
        };
        let mut attempt = |policy: &Policy| {
            let mut fresh = (Warnings::default(), Counts::default());
            // Unwind safety: all that the attempt changed is thrown away with it.
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let told = (&mut fresh.0, &mut fresh.1);
                if is_feedback {
                    let reader = FeedbackReader::new(gate, resource, told, self.meter);
                    return reader.read(&fields, policy).map(Item::Feedback);
                }
                let reader = RecordReader::new(gate, resource, told, self.meter);
                reader.read(&fields, policy).map(Item::Ticket)
            }));
            outcome.map(|record| (record, fresh))
        };
        let closed = Policy { capture: Capture::MetricsOnly, ..*policy };
        // A capture level may be among what was not read.
        let is_whole = fields.attributes.unread == 0 && resource.unread() == 0;
        let (item, (warnings, found)) = match attempt(if is_whole { policy } else { &closed }) {
            Ok(whole) => whole,
            Err(_panic) => attempt(&closed).map_err(|_panic| Reject::Malformed)?,
        };
        self.summary.warnings.add(&warnings);
        if item.is_ok() {
            self.summary.found.add(&found);
        }
        if !is_whole && matches!(item, Ok(Item::Ticket(_))) && !fields.body.is_empty() {
            self.summary.warnings.bodies_behind_attributes += 1;
        }
        item
    }
}
