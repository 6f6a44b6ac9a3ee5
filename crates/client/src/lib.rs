//! What a workflow links: every finished ticket leaves one structured log, fire-and-forget.
//!
//! ```no_run
//! use serde_json::json;
//! use ticketlens::{Lens, StepKind};
//!
//! let lens = Lens::from_env();
//!
//! let ticket = lens.ticket("12345").category("PRODUCT_SUPPORT").customer("c-42");
//! let step = ticket.start_step(StepKind::Tool, "lookup_order").input(json!({"order": 7}));
//! step.output(json!({"state": "in transit"})).end();
//! ticket.metric("react_iterations", 3).succeed();
//!
//! lens.shutdown(std::time::Duration::from_secs(5));
//! ```
//!
//! A ticket's way: it is built ([`ActiveTicket`], [`TicketBuilder`]), handed over
//! ([`Lens::emit`]: a move into a queue bounded in bytes), and on the library's own thread goes
//! through the redaction gate, is encoded and sent. The workflow is never slowed, blocked or
//! failed by it; what is lost is counted ([`Lens::stats`]).
//!
//! # Feedback
//!
//! What a ticket was worth is known later: the customer's rating, a model's evaluation. It is a record of
//! its own, handed over the same way, before its ticket or after it ([`Lens::feedback`]):
//!
//! ```no_run
//! # let lens = ticketlens::Lens::off();
//! lens.feedback("12345").csat(4).comment("quick, and it helped").send();
//! ```
//!
//! # Environment
//!
//! | variable | meaning |
//! |---|---|
//! | `TICKETLENS_KEY` | the key, sent as `authorization: Bearer …`; wins over a header of that name |
//! | `TICKETLENS_ENABLED` | `false` turns it off |
//! | `TICKETLENS_CAPTURE` | `METRICS_ONLY`, `TIMELINE` or `FULL_TRACE` |
//! | `TICKETLENS_DROP_MESSAGES` | `true` leaves out what was asked, said and answered |
//! | `TICKETLENS_SUBJECT` | `HASH`, or `IN_PLACE` for subject lines that stay readable, redacted |
//! | `TICKETLENS_HASH_KEY` | the key customers are hashed with, 16 bytes or more |
//! | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | the workflow, its version and environment |
//! | `TICKETLENS_ENDPOINT` | where to, e.g. `https://tickets.example.com:4317`, beside an OpenTelemetry backend of yours: of its variables, then, only `…_COMPRESSION` and `…_TIMEOUT` are read |
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | where to; `http://localhost:4317` if unset |
//! | `OTEL_EXPORTER_OTLP_PROTOCOL` | `grpc` or `http/protobuf`; if unset gRPC, but HTTP for port 4318 |
//! | `OTEL_EXPORTER_OTLP_HEADERS`, `…_COMPRESSION` (`gzip`, `zstd`, `none`), `…_TIMEOUT` (ms), `…_INSECURE` | as OpenTelemetry specifies them |
//! | `OTEL_EXPORTER_OTLP_CERTIFICATE`, `…_CLIENT_CERTIFICATE`, `…_CLIENT_KEY` | PEM files for TLS |
//! | `OTEL_SDK_DISABLED` | `true` turns it off |
//!
//! Each `OTEL_EXPORTER_OTLP_X` has an `OTEL_EXPORTER_OTLP_LOGS_X` that wins over it; that
//! endpoint is taken as it is, where the other gets `/v1/logs` added for HTTP.
//!
//! # Features
//!
//! | feature | by default | what it adds |
//! |---|---|---|
//! | `logger-provider` | off | `LensBuilder::with_logger_provider`: rides on the application's own OpenTelemetry pipeline; builds `opentelemetry_sdk` |
//!
//! Both transports (gRPC, HTTP), TLS (rustls, on ring) and both compressions are always there: which
//! of them is used is the environment's to say, when it is built already.
//!
//! # OpenTelemetry's version
//!
//! | ticketlens | opentelemetry |
//! |---|---|
//! | 0.1 | 0.33 |
//!
//! `opentelemetry` breaks with every minor number, and cargo takes two of them into one program as two
//! libraries that know nothing of each other. In an application that has another one:
//!
//! - **Works as ever**: building, redacting and sending tickets. Our pipeline is our own, and what is on
//!   the wire is OTLP.
//! - **Is not seen**: the application's active span. A ticket worked on within it carries no trace and
//!   span id, and nothing says so.
//! - **Does not compile**: [`LensBuilder::with_meter`] and `LensBuilder::with_logger_provider`, which
//!   take the types of ours ("multiple different versions of crate `opentelemetry`").
//!
//! `cargo tree --duplicates` shows whether there are two.
//!
//! # Limits
//!
//! A process that forks has a working lens in the parent only. The bytes of the queue count what
//! the tickets hold; the copies of two requests (of at most 3.5 MiB) in the transport's buffers
//! come on top while they travel. A ticket of tens of KiB is hundreds of allocations: dropped for
//! a full queue faster than the library's thread can free them, it is freed by its emitter, which
//! then takes tens of microseconds.

mod config;
mod lens;
mod lens_builder;
mod meter;
mod stats;

mod active;
mod builder;
mod feedback;
mod finished;
mod scope;
mod step;

mod handoff;

mod poll_interval;
mod worker;

mod packing;

#[cfg(feature = "logger-provider")]
mod bridge;

mod batch;
mod delivery;
mod export;
mod retry;

pub use active::ActiveTicket;
pub use builder::TicketBuilder;
pub use config::{Compression, ConfigError, Problem, Protocol};
pub use feedback::FeedbackBuilder;
pub use finished::Finished;
pub use lens::{FlushReport, Lens, Redaction, ShutdownReport};
pub use lens_builder::LensBuilder;
pub use scope::StepScope;
pub use stats::{Degraded, Dropped, Stats};
pub use step::StepBuilder;

pub use ticketlens_ticket::{
    COMMENT, CSAT, Capture, ExecutionId, Feedback, FeedbackSource, InvalidFeedback, InvalidStatus,
    Metric, Resource, SpanLink, Status, Step, StepError, StepKind, StepStatus, Subject, Ticket,
    Timestamp, Trace, UnknownCapture, UnknownSource, UnknownSubject,
};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
