//! A line, field by field: the schema that `docs/logging.md` explains.

use std::borrow::Cow;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Map, Value};

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Somebody has to do something.
    Error,
    /// Somebody should look at it.
    Warn,
    /// What an operator wants to have read later.
    Info,
    /// For finding out what goes on.
    Debug,
    /// Everything.
    Trace,
}

impl Level {
    /// Its name, as lines have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
            Self::Trace => "TRACE",
        }
    }
}

impl From<tracing::Level> for Level {
    fn from(level: tracing::Level) -> Self {
        match level {
            tracing::Level::ERROR => Self::Error,
            tracing::Level::WARN => Self::Warn,
            tracing::Level::INFO => Self::Info,
            tracing::Level::DEBUG => Self::Debug,
            tracing::Level::TRACE => Self::Trace,
        }
    }
}

/// Where a worker is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WorkerState {
    /// It begins, for the first time or again.
    Starting,
    /// It does its work.
    Ready,
    /// It died, and waits for its next start.
    Backoff,
    /// It was told to end, and finishes what is under way.
    Draining,
    /// It has ended, and is not started any more.
    Stopped,
}

impl WorkerState {
    const ALL: [Self; 5] =
        [Self::Starting, Self::Ready, Self::Backoff, Self::Draining, Self::Stopped];

    /// Its name, as lines have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Backoff => "backoff",
            Self::Draining => "draining",
            Self::Stopped => "stopped",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// One line of a log of ours. Absent fields are left out. Fields of these names have these types and
/// meanings in every line; whatever else a line tells is under `extra`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Line<'a> {
    /// When, in UTC: ISO 8601 with microseconds, `2026-12-01T06:30:00.123456Z`.
    #[schemars(
        extend("format" = "date-time"),
        regex(pattern = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
    )]
    pub timestamp: String,
    /// How much it matters.
    pub level: Level,
    /// The part of the program that says it: `receiver.commit`; a library's name for its lines.
    #[schemars(regex(pattern = "^[a-z0-9_]+([.][a-z0-9_]+)?$"))]
    pub component: Cow<'a, str>,
    /// What happened, by a name that stays: `worker.backoff`. `log` for lines of libraries.
    #[schemars(regex(pattern = "^[a-z0-9_]+([.][a-z0-9_]+)*$"))]
    pub event: Cow<'a, str>,
    /// The same for people. It may change between versions.
    pub message: Cow<'a, str>,
    /// The request that it is about: as its sender named it (`x-request-id`), or made here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub req_id: Option<Cow<'a, str>>,
    /// The sender's trace, from `traceparent` (W3C Trace Context).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9a-f]{32}$"))]
    pub trace_id: Option<Cow<'a, str>>,
    /// The tenant whose key it was, or that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Cow<'a, str>>,
    /// The key by its id, which is no secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<Cow<'a, str>>,
    /// The route that was asked, never a path as it was sent: `POST /v1/logs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<Cow<'a, str>>,
    /// The answer: an HTTP status, or a gRPC code (0 to 16) where the route is gRPC's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u64>,
    /// How long it took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub latency_ms: Option<f64>,
    /// How many records, or rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
    /// How many bytes of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Where a worker is in its life.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_state: Option<WorkerState>,
    /// How often a worker was started again since the program began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart_count: Option<u64>,
    /// How long it waits before the next try, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff_ms: Option<u64>,
    /// What went wrong, by a name that stays: `wrong_key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[a-z0-9_]+$"))]
    pub error_code: Option<Cow<'a, str>>,
    /// Whether the same may succeed later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
    /// Whether the program is in maintenance.
    pub maintenance_mode: bool,
    /// The model that a ticket asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Cow<'a, str>>,
    /// Tokens that a ticket's models read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_prompt: Option<u64>,
    /// Tokens that they wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_response: Option<u64>,
    /// Lines of this kind that were left out before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<u64>,
    /// Whatever else the line tells.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// The JSON Schema of a line (draft 2020-12).
pub fn schema() -> Value {
    // Lines are written, never read by us.
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Line<'static>>().to_value();
    schema["title"] = "A line of a TicketLens log".into();
    schema
}
