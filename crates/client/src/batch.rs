//! A request under way: its bytes, and what can be done when they are too many.

use bytes::Bytes;
use prost::Message as _;
use ticketlens_ticket::{Capture, names};

use crate::handoff::Held;

/// An encoded request and what it holds.
#[derive(Debug)]
pub(crate) struct Batch {
    /// An `ExportLogsServiceRequest`. Clones share it.
    pub(crate) body: Bytes,
    pub(crate) records: u64,
    /// What it holds of the queue's bytes.
    pub(crate) held: Held,
}

/// What became of a batch that was too large.
pub(crate) enum Smaller {
    /// Two of about the same number of records.
    Halves(Batch, Batch),
    /// The one record without its body.
    Lighter(Batch),
    /// Nothing more can be taken away.
    Smallest(Batch),
}

impl Batch {
    /// Splits it, or takes away the body of its only record. Each step makes it smaller, so that
    /// whoever repeats this comes to an end.
    pub(crate) fn shrink(self) -> Smaller {
        let Ok(request) = RawRequest::decode(self.body.clone()) else {
            return Smaller::Smallest(self);
        };
        let Self { records, mut held, .. } = self;
        if records > 1 {
            let (first, second) = request.halve(records / 2);
            let share = held.halve();
            return Smaller::Halves(
                Self { body: first, records: records / 2, held: share },
                Self { body: second, records: records - records / 2, held },
            );
        }
        match request.without_bodies() {
            Some(body) => Smaller::Lighter(Self { body, records, held }),
            None => Smaller::Smallest(Self { body: self.body, records, held }),
        }
    }
}

/// `ExportLogsServiceRequest` down to its records, which stay bytes: on the wire a message and a
/// byte string are the same (opentelemetry-proto, `collector/logs/v1`).
#[derive(Clone, PartialEq, prost::Message)]
struct RawRequest {
    #[prost(message, repeated, tag = "1")]
    resource_logs: Vec<RawResourceLogs>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RawResourceLogs {
    #[prost(bytes = "bytes", optional, tag = "1")]
    resource: Option<Bytes>,
    #[prost(message, repeated, tag = "2")]
    scope_logs: Vec<RawScopeLogs>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RawScopeLogs {
    #[prost(bytes = "bytes", optional, tag = "1")]
    scope: Option<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "2")]
    log_records: Vec<Bytes>,
}

/// `LogRecord` without field 5, the body: what is not named here is left out when it is written
/// again.
#[derive(Clone, PartialEq, prost::Message)]
struct BodilessRecord {
    #[prost(fixed64, tag = "1")]
    time_unix_nano: u64,
    #[prost(int32, tag = "2")]
    severity_number: i32,
    #[prost(string, tag = "3")]
    severity_text: String,
    #[prost(message, repeated, tag = "6")]
    attributes: Vec<RawPair>,
    #[prost(uint32, tag = "7")]
    dropped_attributes_count: u32,
    #[prost(bytes = "bytes", tag = "9")]
    trace_id: Bytes,
    #[prost(bytes = "bytes", tag = "10")]
    span_id: Bytes,
    #[prost(string, tag = "12")]
    event_name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RawPair {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(bytes = "bytes", tag = "2")]
    value: Bytes,
}

/// `AnyValue` that is a string.
#[derive(Clone, PartialEq, prost::Message)]
struct TextValue {
    #[prost(string, tag = "1")]
    string_value: String,
}

impl RawRequest {
    /// The first `count` records, and the rest.
    fn halve(self, count: u64) -> (Bytes, Bytes) {
        let (mut first, mut second) = (Self::default(), Self::default());
        let mut left = usize::try_from(count).unwrap_or(usize::MAX);
        for group in self.resource_logs {
            let mut scopes = [Vec::new(), Vec::new()];
            for mut scope in group.scope_logs {
                let here = left.min(scope.log_records.len());
                left -= here;
                let rest = RawScopeLogs {
                    log_records: scope.log_records.split_off(here),
                    ..scope.clone()
                };
                for (side, part) in scopes.iter_mut().zip([scope, rest]) {
                    if !part.log_records.is_empty() {
                        side.push(part);
                    }
                }
            }
            for (side, scope_logs) in [&mut first, &mut second].into_iter().zip(scopes) {
                if !scope_logs.is_empty() {
                    let resource = group.resource.clone();
                    side.resource_logs.push(RawResourceLogs { resource, scope_logs });
                }
            }
        }
        (first.encode_to_vec().into(), second.encode_to_vec().into())
    }

    /// With attributes only; `None` if that makes it no smaller.
    fn without_bodies(mut self) -> Option<Bytes> {
        let before = self.encoded_len();
        let scopes = self.resource_logs.iter_mut().flat_map(|group| &mut group.scope_logs);
        for record in scopes.flat_map(|scope| &mut scope.log_records) {
            let mut bodiless = BodilessRecord::decode(record.clone()).ok()?;
            let capture = TextValue { string_value: Capture::MetricsOnly.as_str().to_owned() };
            for pair in &mut bodiless.attributes {
                if pair.key == names::CAPTURE {
                    pair.value = capture.encode_to_vec().into();
                }
            }
            *record = bodiless.encode_to_vec().into();
        }
        (self.encoded_len() + 16 < before).then(|| self.encode_to_vec().into())
    }
}

#[cfg(test)]
#[path = "batch/tests.rs"]
mod tests;
