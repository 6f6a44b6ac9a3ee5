//! From an `ExportLogsServiceRequest`'s bytes to [`Record`]s: validated, gated, borrowed.
//!
//! A record that can't be taken is rejected with a reason and its neighbours are not touched; what
//! can be taken with a little less (an attribute too many, a metric that is NaN, a body the gate
//! can't walk) is taken, and a warning says so.

mod attribute;
mod draft;
mod fields;
mod identity;
mod reader;
mod resource;
mod values;

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use ticketlens_redact::Gate;

use attribute::Unread;
use fields::Fields;
use reader::RecordReader;
use resource::Resource;

use crate::{
    Capture, Record, Reject, Rejections,
    body::Changes,
    json::Broken,
    meter::{Meter, Outgrown, Unlimited},
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
    /// Bodies over [`limits::BODY_BYTES`](crate::limits::BODY_BYTES), or that the gate could not walk.
    pub bodies_dropped: u64,
    /// Bodies left out because there were more attributes than are read: the level may be among them.
    pub bodies_behind_attributes: u64,
    /// Levels that are none: taken for the strictest.
    pub levels_unknown: u64,
    /// Bodies that begin like JSON and are none: kept as text.
    pub bodies_not_json: u64,
    /// Where the first of them breaks, and what was expected there.
    pub first_broken: Option<Broken>,
    /// Steps beyond [`limits::STEPS`](crate::limits::STEPS): in the trace, not on the timeline.
    pub steps_beyond: u64,
    /// Keys given twice: the last of them is kept.
    pub keys_doubled: u64,
    /// Lists and maps nested deeper than [`limits::BODY_DEPTH`](crate::limits::BODY_DEPTH).
    pub values_too_deep: u64,
    /// Numbers in bodies that are NaN or infinite: null.
    pub numbers_lost: u64,
    /// Texts in bodies with half a character, or with bytes that are no UTF-8.
    pub texts_mended: u64,
    /// Records from before the year 2000.
    pub early: u64,
}

impl Warnings {
    fn add(&mut self, other: &Self) {
        self.attributes_dropped += other.attributes_dropped;
        self.metrics_dropped += other.metrics_dropped;
        self.bodies_dropped += other.bodies_dropped;
        self.bodies_behind_attributes += other.bodies_behind_attributes;
        self.levels_unknown += other.levels_unknown;
        self.bodies_not_json += other.bodies_not_json;
        self.first_broken = self.first_broken.or(other.first_broken);
        self.steps_beyond += other.steps_beyond;
        self.keys_doubled += other.keys_doubled;
        self.values_too_deep += other.values_too_deep;
        self.numbers_lost += other.numbers_lost;
        self.texts_mended += other.texts_mended;
        self.early += other.early;
    }

    /// Takes in what a body was changed by.
    fn changed(&mut self, changes: &Changes) {
        self.bodies_not_json += u64::from(changes.broken.is_some());
        self.first_broken = self.first_broken.or(changes.broken);
        self.steps_beyond += u64::from(changes.steps_beyond);
        self.keys_doubled += changes.keys;
        self.values_too_deep += changes.deep;
        self.numbers_lost += changes.numbers;
        self.texts_mended += changes.texts;
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let broken = self.first_broken.map(|broken| format!(" (the first: {broken})"));
        let not_json = format!(
            "traces are no JSON and kept as text under message{}",
            broken.unwrap_or_default()
        );
        for (count, what) in [
            (
                self.early,
                "records have a time before the year 2000; is time_unix_nano (timeUnixNano) in \
                 nanoseconds?",
            ),
            (
                self.bodies_behind_attributes,
                "traces dropped (of more attributes than 16384, or 512 of a resource, the capture \
                 level may be among those that are not read)",
            ),
            (
                self.levels_unknown,
                "unknown ticket.capture, taken for METRICS_ONLY (there are METRICS_ONLY, TIMELINE \
                 and FULL_TRACE)",
            ),
            (self.bodies_dropped, "traces dropped (over 16 MiB, or the gate could not walk them)"),
            (self.bodies_not_json, &not_json),
            (
                self.attributes_dropped,
                "attributes dropped (a record keeps 256 of at most 256 bytes' key, and of its resource's 4 KiB)",
            ),
            (self.metrics_dropped, "metrics dropped (they must be finite numbers, at most 128)"),
            (self.steps_beyond, "steps are in the trace and not on the timeline, which has 16384"),
            (self.keys_doubled, "keys given twice, of which the last is kept"),
            (
                self.values_too_deep,
                "lists and maps nested deeper than 64 levels, replaced by a mark",
            ),
            (self.numbers_lost, "numbers that JSON does not have (NaN, Infinity, 1e999), now null"),
            (self.texts_mended, "texts with half a character or no UTF-8, mended with U+FFFD"),
        ] {
            if count > 0 {
                write!(f, "{separator}{count} {what}")?;
                separator = "; ";
            }
        }
        Ok(())
    }
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
    sink: &mut dyn FnMut(Record<'_>),
) -> Result<Summary, UnreadRequest> {
    let mut unlimited = Unlimited;
    let mut meter = Meter::new(&mut unlimited);
    read_within(bytes, gate, policy, &mut meter, &mut |record, _| {
        sink(record);
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
    sink: &mut dyn FnMut(Record<'_>, &mut Meter<'_>) -> Result<(), Outgrown>,
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
    sink: &'r mut dyn FnMut(Record<'_>, &mut Meter<'_>) -> Result<(), Outgrown>,
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
            Ok(record) => {
                self.summary.accepted += 1;
                (self.sink)(record, self.meter)?;
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
    ) -> Result<Record<'r>, Unread>
    where
        Self: 'r,
    {
        let fields = Fields::read(bytes, self.meter)?;
        let (gate, policy) = (self.gate, self.policy);
        let mut attempt = |policy: &Policy| {
            let mut fresh = Warnings::default();
            // Unwind safety: all that the attempt changed is thrown away with it.
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                RecordReader::new(gate, resource, &mut fresh, self.meter).read(&fields, policy)
            }));
            outcome.map(|record| (record, fresh))
        };
        let closed = Policy { capture: Capture::MetricsOnly, ..*policy };
        // A capture level may be among what was not read.
        let is_whole = fields.attributes.unread == 0 && resource.unread() == 0;
        let (record, fresh) = match attempt(if is_whole { policy } else { &closed }) {
            Ok(whole) => whole,
            Err(_panic) => attempt(&closed).map_err(|_panic| Reject::Malformed)?,
        };
        self.summary.warnings.add(&fresh);
        if !is_whole && record.is_ok() && !fields.body.is_empty() {
            self.summary.warnings.bodies_behind_attributes += 1;
        }
        record
    }
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

    /// Which there are, and of each key the last.
    fn of_each_key(&self) -> OfEachKey<'a> {
        let mut keys: Vec<_> = self.pairs.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        let has_doubles = keys.windows(2).any(|pair| pair[0] == pair[1]);
        let last = has_doubles.then(|| self.last_of_each_key().collect());
        OfEachKey { keys, last }
    }

    /// In the order they stand, and of those with the same key the last.
    fn last_of_each_key(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let mut order: Vec<usize> = (0..self.pairs.len()).collect();
        order.sort_by_key(|&at| self.pairs[at].0);
        let mut is_last = vec![true; self.pairs.len()];
        for pair in order.windows(2) {
            is_last[pair[0]] = self.pairs[pair[0]].0 != self.pairs[pair[1]].0;
        }
        self.pairs.iter().zip(is_last).filter(|(_, is_last)| *is_last).map(|(pair, _)| *pair)
    }
}

/// Attributes by key.
struct OfEachKey<'a> {
    /// Sorted.
    keys: Vec<&'a [u8]>,
    /// Where a key stands twice: the pairs without the first of the two.
    last: Option<Vec<(&'a [u8], &'a [u8])>>,
}

impl<'a> OfEachKey<'a> {
    fn has(&self, key: &[u8]) -> bool {
        self.keys.binary_search(&key).is_ok()
    }

    /// The pairs that count, of these attributes.
    fn pairs<'s>(&'s self, of: &'s Attributes<'a>) -> &'s [(&'a [u8], &'a [u8])] {
        self.last.as_deref().unwrap_or(&of.pairs)
    }

    /// How many do not count.
    fn doubles(&self) -> u64 {
        self.last.as_ref().map_or(0, |last| (self.keys.len() - last.len()) as u64)
    }
}
