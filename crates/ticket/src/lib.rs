//! The ticket, its limits, and both directions of its OTLP mapping. No I/O, no async.
//!
//! A workflow's side builds a [`Ticket`], sends it through the gate ([`Ticket::redact`]) and
//! encodes the [`Redacted`] result; nothing else can be encoded. The receiver's side reads a
//! request's bytes into [`Record`]s, through the gate too, without building a tree of the body.

pub mod limits;
pub mod meter;
pub mod names;

mod capture;
mod execution;
mod metric;
mod status;

mod resource;
mod ticket;
mod trace;

mod fold;
mod parse;
mod went;

#[cfg(feature = "line")]
pub mod line;

mod redacted;

pub mod encode;

pub mod json;
mod wire;

mod body;
pub mod decode;
mod record;
mod reject;

pub use capture::{Capture, UnknownCapture};
pub use execution::ExecutionId;
pub use metric::Metric;
pub use record::{Record, StepLine};
pub use redacted::Redacted;
pub use reject::{Reject, Rejections};
pub use resource::{RedactedResource, Resource};
pub use status::{InvalidStatus, OwnStatus, Severity, Status};
pub use ticket::{SpanLink, Ticket, Timestamp};
pub use trace::{MESSAGE_KEYS, Step, StepError, StepKind, StepStatus, Trace};
pub use went::is_no_error;
