//! One line of a file of ticket logs (`ticketlens send --help`) → one ticket, and back, with what was
//! said of it; or → feedback on one.
//!
//! No error quotes the line: what stands there may be anyone's.

mod entry;
mod feedback;
mod hint;
mod said;
mod written;

use std::time::Duration;

use crate::{
    Capture, ExecutionId, InvalidFeedback, Metric, Resource, Status, Ticket, Timestamp, Trace,
    is_no_error, limits, spelling,
};
use serde_json::{Map, Value};

pub use entry::{Entry, parse_entry};
pub use feedback::{ParsedFeedback, read_feedback};
pub use hint::Hint;
pub use written::{attribute, written};

use hint::Kind;

/// The fields of a line, in the order in which they are written.
pub const FIELDS: [&str; 19] = [
    "ticket_id",
    "execution_id",
    "executed_at",
    "execution_time_seconds",
    "status",
    "workflow",
    "workflow_version",
    "environment",
    "category",
    "customer",
    "model",
    "input_tokens",
    "output_tokens",
    "capture",
    "metrics",
    "known_pii",
    "error_type",
    "error",
    "trace",
];

/// A field that is read from nobody: the tenant comes from the key alone.
const CLIENT_ID: &str = "client_id";

/// What a line says: a ticket, and who sent it.
#[non_exhaustive]
#[derive(Debug, PartialEq)]
pub struct Parsed {
    /// The ticket, raw.
    pub ticket: Ticket,
    /// Its workflow, version and environment.
    pub resource: Resource,
    /// What was kept and is probably meant otherwise.
    pub hints: Vec<Hint>,
}

/// Why a line is no ticket log. Names fields, never what they hold.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Not JSON at all.
    #[error("not JSON: {what} at column {column}")]
    NotJson {
        /// What the parser expected.
        what: String,
        /// Where, in bytes from 1.
        column: usize,
    },
    /// JSON, but no object.
    #[error("not a JSON object")]
    NotAnObject,
    /// A field every ticket has is not there.
    #[error("{field} is missing{}", meant_by(.given))]
    Missing {
        /// Its name.
        field: &'static str,
        /// A field that is there and was probably meant to be it.
        given: Option<String>,
    },
    /// A field holds something else than it should.
    #[error("{field} is not {expected}")]
    Wrong {
        /// Where: `trace.steps[3].start_ms`.
        field: String,
        /// What should stand there: `a number`.
        expected: &'static str,
    },
    /// Feedback that can't be sent.
    #[error("feedback.{0}")]
    Feedback(InvalidFeedback),
    /// One of what was said of the line's ticket.
    #[error("feedback[{place}]: {why}")]
    Said {
        /// Its place in the list, from 0.
        place: usize,
        /// Why it is no feedback.
        why: Box<Self>,
    },
}

impl LineError {
    /// The same of every line that has it: without places in the line, and names of its own.
    pub fn kind(&self) -> String {
        match self {
            Self::NotJson { .. } => "not JSON".to_owned(),
            Self::Missing { field, .. } => format!("{field} is missing"),
            Self::Said { why, .. } => why.kind(),
            other => other.to_string(),
        }
    }
}

/// Reads one line that is a ticket log.
///
/// # Errors
///
/// What of it is no ticket log, by the field's name.
pub fn parse(line: &[u8]) -> Result<Parsed, LineError> {
    read(object(line)?)
}

fn object(line: &[u8]) -> Result<Map<String, Value>, LineError> {
    match serde_json::from_slice(line).map_err(|e| not_json(&e))? {
        Value::Object(map) => Ok(map),
        _ => Err(LineError::NotAnObject),
    }
}

/// Reads what a line says that is JSON already.
///
/// # Errors
///
/// What of it is no ticket log, by the field's name.
pub fn read(map: Map<String, Value>) -> Result<Parsed, LineError> {
    read_and(map, |left, ticket, resource| {
        let mut hints = misnamed(left, &ticket.trace);
        hints.extend(cut(left, ticket, resource));
        hints
    })
}

/// The same without hints, which take several times as long where a line has attributes of its own.
///
/// # Errors
///
/// What of it is no ticket log, by the field's name.
pub fn read_without_hints(map: Map<String, Value>) -> Result<Parsed, LineError> {
    read_and(map, |_, _, _| Vec::new())
}

fn read_and(
    map: Map<String, Value>,
    hints: impl FnOnce(&Map<String, Value>, &Ticket, &Resource) -> Vec<Hint>,
) -> Result<Parsed, LineError> {
    let mut fields = Fields { map };
    fields.map.remove(CLIENT_ID);
    let resource = Resource {
        workflow: fields.text("workflow")?.unwrap_or_else(|| "unknown".to_owned()),
        version: fields.text("workflow_version")?,
        environment: fields.text("environment")?,
        ..Resource::default()
    };
    let mut ticket = ticket(&mut fields, &resource)?;
    let hints = hints(&fields.map, &ticket, &resource);
    // What the contract does not name is kept as an attribute.
    ticket.attributes = fields.map.into_iter().collect();
    Ok(Parsed { ticket, resource, hints })
}

/// What is left of a line, and of its trace, and nearly one of ours. An attribute may have any name:
/// only its spelling counts, not another product's word.
fn misnamed(left: &Map<String, Value>, trace: &Trace) -> Vec<Hint> {
    let of_line = left.keys().filter_map(|key| {
        let name = key.clone();
        let kind = match spelling::spelled(key, spelling::TRACE) {
            Some(meant) => Kind::InsideTrace { name, meant: meant.name },
            None => Kind::Field { name, meant: spelling::spelled(key, spelling::LINE)?.name },
        };
        Some(Hint(kind))
    });
    let of_trace = trace.other.keys().filter_map(|key| {
        let meant = spelling::misspelt(key, spelling::TRACE)?.name;
        Some(Hint(Kind::OfTrace { name: key.clone(), meant }))
    });
    of_line.chain(of_trace).collect()
}

/// What is too long, or too much, to be kept whole (docs/record.md).
fn cut(left: &Map<String, Value>, ticket: &Ticket, resource: &Resource) -> Vec<Hint> {
    use limits::{ATTRIBUTE_VALUE_BYTES, ATTRIBUTES, LABEL_BYTES, METRICS};
    let labels = [
        ("category", ticket.category.as_ref()),
        ("model", ticket.model.as_ref()),
        ("error_type", ticket.error_type.as_ref()),
        ("workflow", Some(&resource.workflow)),
        ("workflow_version", resource.version.as_ref()),
        ("environment", resource.environment.as_ref()),
    ];
    let is_cut = |text: &&String| text.len() > LABEL_BYTES;
    let labels = labels.into_iter().filter(|(_, text)| text.as_ref().is_some_and(is_cut));
    let label = |(what, _)| Hint(Kind::Cut { what, bytes: LABEL_BYTES });
    let mut hints: Vec<_> = labels.map(label).collect();
    let is_cut =
        |value: &Value| value.as_str().is_some_and(|text| text.len() > ATTRIBUTE_VALUE_BYTES);
    if left.values().any(is_cut) {
        hints.push(Hint(Kind::Cut { what: "an attribute", bytes: ATTRIBUTE_VALUE_BYTES }));
    }
    let counts =
        [("attributes", left.len(), ATTRIBUTES), ("metrics", ticket.metrics.len(), METRICS)];
    let too_many = counts.into_iter().filter(|(_, count, most)| count > most);
    hints.extend(too_many.map(|(what, _, most)| Hint(Kind::TooMany { what, most })));
    hints
}

fn meant_by(given: &Option<String>) -> String {
    given.as_ref().map_or_else(String::new, |name| format!("; is it {name}?"))
}

fn ticket(fields: &mut Fields, resource: &Resource) -> Result<Ticket, LineError> {
    let id = fields.id()?.filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| fields.missing("ticket_id"))?;
    let executed_at = executed_at(fields)?;
    let duration = duration(fields)?;
    let status = fields.text("status")?.ok_or_else(|| fields.missing("status"))?;
    let status: Status = status.parse().map_err(|_| {
        wrong("status", "SUCCESS, FAILED, ESCALATED, CANCELLED or [A-Z][A-Z0-9_]{0,63}")
    })?;
    let execution_id = match fields.text("execution_id")? {
        Some(given) => given.parse().map_err(|_| wrong("execution_id", "a UUID"))?,
        None => derived(resource, &id, executed_at),
    };
    let mut ticket = Ticket::new(id, status, duration);
    ticket.execution_id = execution_id;
    ticket.executed_at = executed_at;
    ticket.category = fields.text("category")?;
    ticket.customer = fields.text("customer")?;
    ticket.model = fields.text("model")?;
    ticket.input_tokens = fields.count("input_tokens")?;
    ticket.output_tokens = fields.count("output_tokens")?;
    if let Some(capture) = fields.text("capture")? {
        let expected = "METRICS_ONLY, TIMELINE or FULL_TRACE";
        ticket.capture = capture.parse::<Capture>().map_err(|_| wrong("capture", expected))?;
    }
    ticket.metrics = metrics(fields)?;
    ticket.known_pii = known_pii(fields)?;
    ticket.trace = fields.take("trace").map(Trace::from).unwrap_or_default();
    error(fields, &mut ticket)?;
    Ok(ticket)
}

/// The same line gives the same execution, however often it is sent: it is stored once.
fn derived(resource: &Resource, ticket_id: &str, executed_at: Timestamp) -> ExecutionId {
    let nanos = executed_at.as_unix_nanos().to_le_bytes();
    let environment = resource.environment.as_deref().unwrap_or_default();
    let parts =
        [resource.workflow.as_bytes(), environment.as_bytes(), ticket_id.as_bytes(), &nanos[..]];
    ExecutionId::derived(executed_at, parts)
}

fn executed_at(fields: &mut Fields) -> Result<Timestamp, LineError> {
    let value = fields.take("executed_at").ok_or_else(|| fields.missing("executed_at"))?;
    time(&value, "executed_at")
}

fn time(value: &Value, field: &str) -> Result<Timestamp, LineError> {
    let expected = "a time with its zone, like 2026-11-09T08:13:51Z";
    // A number could be in any unit.
    let text = value.as_str().ok_or_else(|| wrong(field, expected))?;
    let at: jiff::Timestamp = text.parse().map_err(|_| wrong(field, expected))?;
    let nanos = u64::try_from(at.as_nanosecond());
    let nanos = nanos.map_err(|_| wrong(field, "between the years 1970 and 2262"))?;
    // What ClickHouse's DateTime64(9) can hold.
    if nanos > i64::MAX.unsigned_abs() {
        return Err(wrong(field, "between the years 1970 and 2262"));
    }
    Ok(Timestamp::from_unix_nanos(nanos))
}

fn duration(fields: &mut Fields) -> Result<Duration, LineError> {
    let name = "execution_time_seconds";
    let value = fields.take(name).ok_or_else(|| fields.missing(name))?;
    let seconds = value.as_f64().ok_or_else(|| wrong(name, "a number"))?;
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong(name, "a number of seconds, 0 or more"))
}

fn metrics(fields: &mut Fields) -> Result<Vec<(String, Metric)>, LineError> {
    let mut metrics = Vec::new();
    for (name, value) in fields.object("metrics")? {
        let metric = match (value.as_i64(), value.as_f64()) {
            (Some(n), _) => Metric::from(n),
            (None, Some(x)) => Metric::from(x),
            (None, None) if value.is_null() => continue,
            (None, None) => return Err(wrong("metrics", "an object of numbers")),
        };
        metrics.push((name, metric));
    }
    Ok(metrics)
}

fn known_pii(fields: &mut Fields) -> Result<Vec<String>, LineError> {
    let expected = "a list of texts";
    let Some(value) = fields.take("known_pii") else { return Ok(Vec::new()) };
    let Value::Array(items) = value else { return Err(wrong("known_pii", expected)) };
    let text = |item| match item {
        Value::String(text) => Ok(text),
        _ => Err(wrong("known_pii", expected)),
    };
    items.into_iter().map(text).collect()
}

/// `error` is the whole execution's: its type becomes `error.type`, itself goes into the trace. One
/// that says there is none (`""`, `false`, `{"type": null}`) is none.
fn error(fields: &mut Fields, ticket: &mut Ticket) -> Result<(), LineError> {
    ticket.error_type = fields.text("error_type")?;
    let error = fields.take("error").filter(|error| !is_no_error(error));
    let Some(error) = error else { return Ok(()) };
    let kind = match &error {
        Value::Object(map) => map.get("type").and_then(Value::as_str),
        Value::String(_) => None,
        _ => return Err(wrong("error", "an object with type and message, or a text")),
    };
    if ticket.error_type.is_none() {
        ticket.error_type = kind.map(str::to_owned);
    }
    match &mut ticket.trace.errors {
        None => ticket.trace.errors = Some(Value::Array(vec![error])),
        Some(Value::Array(errors)) => errors.push(error),
        Some(_) => {}
    }
    Ok(())
}

/// The line's own fields, taken out one after the other.
struct Fields {
    map: Map<String, Value>,
}

impl Fields {
    /// The field; `None` where it is absent or null. Order of the others is not kept.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.map.swap_remove(name).filter(|value| !value.is_null())
    }

    /// The ticket's number: help desks that count have it as one.
    fn id(&mut self) -> Result<Option<String>, LineError> {
        match self.take("ticket_id") {
            None => Ok(None),
            // Cut, it would be another ticket's.
            Some(Value::String(text)) if text.len() > limits::TICKET_ID_BYTES => {
                Err(wrong("ticket_id", "a text of at most 256 bytes"))
            }
            Some(Value::String(text)) => Ok(Some(text)),
            Some(Value::Number(n)) if n.is_u64() => Ok(Some(n.to_string())),
            Some(_) => Err(wrong("ticket_id", "a text like \"4711\", or a whole number")),
        }
    }

    /// That a field is not there, and which may be it.
    fn missing(&self, field: &'static str) -> LineError {
        let is_meant = |key: &&String| {
            spelling::meant(key, spelling::LINE).is_some_and(|meant| meant.name == field)
        };
        let given = self.map.keys().find(is_meant).cloned();
        LineError::Missing { field, given }
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, LineError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "a text")),
        }
    }

    fn count(&mut self, name: &str) -> Result<Option<u64>, LineError> {
        match self.take(name) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or_else(|| wrong(name, "a count")),
        }
    }

    fn object(&mut self, name: &str) -> Result<Map<String, Value>, LineError> {
        match self.take(name) {
            None => Ok(Map::new()),
            Some(Value::Object(map)) => Ok(map),
            Some(_) => Err(wrong(name, "an object")),
        }
    }
}

fn wrong(field: &str, expected: &'static str) -> LineError {
    LineError::Wrong { field: field.to_owned(), expected }
}

/// The parser's messages name what it expected and never what it found; its place is told apart.
fn not_json(error: &serde_json::Error) -> LineError {
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or_default().to_owned();
    LineError::NotJson { what, column: error.column() }
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
