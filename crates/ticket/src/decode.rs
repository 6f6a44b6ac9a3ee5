//! From an `ExportLogsServiceRequest`'s bytes to [`Record`]s: validated, gated, borrowed.
//!
//! A record that can't be taken is rejected with a reason and its neighbours are not touched; what
//! can be taken with a little less (an attribute too many, a metric that is NaN, a body the gate
//! can't walk) is taken, and a warning says so.

mod draft;
mod fields;
mod reader;
mod values;

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use ticketlens_redact::Gate;

use fields::Fields;
use reader::RecordReader;

use crate::{
    Capture, Record, Reject, Rejections, limits,
    wire::{Malformed, Payload, Reader, key_value},
};

/// What the receiver asks of the records of one tenant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// The most that is stored of a ticket.
    pub capture: Capture,
    /// What was said is left out: the request, the answer, and the bodies of message steps.
    pub drop_messages: bool,
    /// Logs that are no tickets are counted as ignored instead of rejected.
    pub ignore_other_events: bool,
}

/// What became of a request's records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Records handed to the sink.
    pub accepted: u64,
    /// Records rejected, by reason.
    pub rejections: Rejections,
    /// Logs that are no tickets, where the policy ignores them.
    pub ignored: u64,
    /// What was accepted with a little less.
    pub warnings: Warnings,
}

/// What was accepted with a little less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    /// Attributes and metrics over the limits.
    pub attributes_dropped: u64,
    /// Metrics that are NaN or infinite, or no numbers.
    pub metrics_dropped: u64,
    /// Bodies over [`limits::BODY_BYTES`], or that the gate could not walk.
    pub bodies_dropped: u64,
}

impl Warnings {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (count, what) in [
            (
                self.attributes_dropped,
                "attributes dropped (a record keeps 256 of at most 256 bytes' key)",
            ),
            (self.metrics_dropped, "metrics dropped (they must be finite numbers, at most 128)"),
            (self.bodies_dropped, "traces dropped (over 16 MiB, or the gate could not walk them)"),
        ] {
            if count > 0 {
                write!(f, "{separator}{count} {what}")?;
                separator = "; ";
            }
        }
        Ok(())
    }
}

/// The request as a whole is not an `ExportLogsServiceRequest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is not a protobuf ExportLogsServiceRequest")]
pub struct MalformedRequest;

impl From<Malformed> for MalformedRequest {
    fn from(_: Malformed) -> Self {
        Self
    }
}

/// Reads an encoded `ExportLogsServiceRequest`; each good record goes to `sink`, through the gate.
/// Empty requests are good ones (OTLP specification, "OTLP/gRPC Request").
///
/// # Errors
///
/// If the bytes are not such a request. What the sink got until then is to be thrown away.
pub fn read_request(
    bytes: &[u8],
    gate: &Gate,
    policy: &Policy,
    sink: &mut dyn FnMut(Record<'_>),
) -> Result<Summary, MalformedRequest> {
    let mut summary = Summary::default();
    let mut request = Reader::new(bytes);
    while let Some(field) = request.next()? {
        match field {
            (1, Payload::Bytes(group)) => read_group(group, gate, policy, &mut summary, sink)?,
            (1, _) => return Err(MalformedRequest),
            _ => {}
        }
    }
    Ok(summary)
}

/// A `ResourceLogs`: its resource may stand behind its records, so it is looked for first.
fn read_group(
    bytes: &[u8],
    gate: &Gate,
    policy: &Policy,
    summary: &mut Summary,
    sink: &mut dyn FnMut(Record<'_>),
) -> Result<(), MalformedRequest> {
    let mut resource = Attributes::default();
    let mut group = Reader::new(bytes);
    while let Some(field) = group.next()? {
        if let (1, Payload::Bytes(message)) = field {
            read_resource(message, &mut resource)?;
        }
    }
    summary.warnings.attributes_dropped += resource.unread;
    let mut group = Reader::new(bytes);
    while let Some(field) = group.next()? {
        let (2, Payload::Bytes(scope_logs)) = field else { continue };
        let mut scope_logs = Reader::new(scope_logs);
        while let Some(field) = scope_logs.next()? {
            let (2, Payload::Bytes(record)) = field else { continue };
            match read_guarded(record, &resource, gate, policy, &mut summary.warnings) {
                Ok(record) => {
                    summary.accepted += 1;
                    sink(record);
                }
                Err(Reject::OtherEvent) if policy.ignore_other_events => summary.ignored += 1,
                Err(reason) => summary.rejections.add(reason),
            }
        }
    }
    Ok(())
}

/// Attributes as they stand, as many of them as are read.
#[derive(Default)]
struct Attributes<'a> {
    /// Key and value's bytes.
    pairs: Vec<(&'a [u8], &'a [u8])>,
    /// How many there are besides.
    unread: u64,
}

impl<'a> Attributes<'a> {
    fn push(&mut self, pair: &'a [u8], most: usize) -> Result<(), Malformed> {
        let pair = key_value(pair)?;
        if self.pairs.len() < most {
            self.pairs.push(pair);
        } else {
            self.unread += 1;
        }
        Ok(())
    }

    fn sorted_keys(&self) -> Vec<&'a [u8]> {
        let mut keys: Vec<_> = self.pairs.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys
    }
}

fn read_resource<'a>(bytes: &'a [u8], attributes: &mut Attributes<'a>) -> Result<(), Malformed> {
    let mut reader = Reader::new(bytes);
    while let Some(field) = reader.next()? {
        if let (1, Payload::Bytes(pair)) = field {
            attributes.push(pair, limits::RESOURCE_ATTRIBUTES_READ)?;
        }
    }
    Ok(())
}

/// Reads one record; a panic in the gate costs the body, and a second one the record.
fn read_guarded<'a>(
    bytes: &'a [u8],
    resource: &Attributes<'a>,
    gate: &Gate,
    policy: &Policy,
    warnings: &mut Warnings,
) -> Result<Record<'a>, Reject> {
    let fields = Fields::read(bytes).map_err(|Malformed| Reject::Malformed)?;
    let attempt = |policy: &Policy| {
        let mut fresh = Warnings::default();
        // Unwind safety: all that the attempt changed is thrown away with it.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            RecordReader::new(gate, &mut fresh).read(&fields, resource, policy)
        }));
        outcome.map(|record| (record, fresh))
    };
    let closed = Policy { capture: Capture::MetricsOnly, ..*policy };
    // A capture level may be among what was not read.
    let is_whole = fields.attributes.unread == 0 && resource.unread == 0;
    let (record, fresh) = match attempt(if is_whole { policy } else { &closed }) {
        Ok(whole) => whole,
        Err(_panic) => attempt(&closed).map_err(|_panic| Reject::Malformed)?,
    };
    warnings.attributes_dropped += fresh.attributes_dropped;
    warnings.metrics_dropped += fresh.metrics_dropped;
    warnings.bodies_dropped += fresh.bodies_dropped;
    record
}
