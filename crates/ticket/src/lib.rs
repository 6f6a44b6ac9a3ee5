//! The ticket, its limits, and both directions of its OTLP mapping. No I/O, no async.
//!
//! A workflow's side builds a [`Ticket`], sends it through the gate ([`Ticket::redact`]) and
//! encodes the [`Redacted`] result; nothing else can be encoded. The receiver's side reads a
//! request's bytes into [`Record`]s, through the gate too, without building a tree of the body.

pub mod limits;
pub mod meter;
pub mod names;

pub mod wire;

mod capture;
mod cost;
mod execution;
mod metric;
mod status;
mod timestamp;

mod model_call;
mod no_error;
mod step_status;
mod weight;
mod whole;

mod resource;
mod ticket;
mod trace;

mod fold;
mod parse;

#[cfg(feature = "spelling")]
pub mod spelling;

#[cfg(feature = "line")]
pub mod line;

mod redacted;

mod feedback;

pub mod encode;
mod export_response;

pub mod json;

mod body;
pub mod decode;
mod feedback_record;
mod record;
mod reject;

pub use capture::{Capture, UnknownCapture};
pub use cost::{CurrencyCode, nanos_of_text};
pub use execution::ExecutionId;
pub use export_response::ExportResponse;
pub use feedback::{
    COMMENT, CSAT, Feedback, FeedbackSource, InvalidFeedback, RedactedFeedback, UnknownSource,
};
pub use feedback_record::FeedbackRecord;
pub use metric::Metric;
pub use model_call::ModelCall;
pub use no_error::is_no_error;
pub use record::{Record, StepLine};
pub use redacted::Redacted;
pub use reject::{Reject, Rejections};
pub use resource::{RedactedResource, Resource};
pub use status::{InvalidStatus, OwnStatus, Severity, Status};
pub use step_status::StepStatus;
pub use ticket::{SpanLink, Ticket};
pub use ticketlens_redact::{Subject, UnknownSubject};
pub use timestamp::Timestamp;
pub use trace::{MESSAGE_KEYS, Step, StepError, StepKind, Trace};
