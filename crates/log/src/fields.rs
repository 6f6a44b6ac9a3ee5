//! What spans and events carry: the schema's fields by their types, the rest beside them.

use std::fmt::{Debug, Write as _};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};

use crate::line::{Line, WorkerState};

/// Bytes of one text of a line; what is longer is cut.
const TEXT_BYTES: usize = 2 << 10;
/// Bytes of a text that is one of the schema's names or ids.
const NAME_BYTES: usize = 256;
/// Bytes of all that is under `extra`, names with values: a line is bounded in bytes, not in fields.
const EXTRA_BYTES: usize = 4 << 10;

/// What has been told so far. What was told first stays: an event can't replace what its spans say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    message: String,
    req_id: Option<String>,
    trace_id: Option<String>,
    tenant: Option<String>,
    key_id: Option<String>,
    route: Option<String>,
    status_code: Option<u64>,
    latency_ms: Option<f64>,
    records: Option<u64>,
    bytes: Option<u64>,
    worker_state: Option<WorkerState>,
    restart_count: Option<u64>,
    backoff_ms: Option<u64>,
    error_code: Option<String>,
    retryable: Option<bool>,
    model: Option<String>,
    tokens_prompt: Option<u64>,
    tokens_response: Option<u64>,
    extra: Map<String, Value>,
    extra_bytes: usize,
}

impl Fields {
    /// Puts what these tell behind what is told already.
    pub(crate) fn and(&mut self, inner: &Self) {
        /// Takes each that is not there yet; one that is goes to the extras.
        macro_rules! take {
            ($($name:ident),*) => {$(
                if let Some(value) = inner.$name.clone() {
                    match &self.$name {
                        None => self.$name = Some(value),
                        Some(told) if *told == value => {}
                        Some(_) => self.extra(stringify!($name), told_as(value)),
                    }
                }
            )*};
        }
        take!(
            req_id,
            trace_id,
            tenant,
            key_id,
            route,
            status_code,
            latency_ms,
            records,
            bytes,
            worker_state,
            restart_count,
            backoff_ms,
            error_code,
            retryable,
            model,
            tokens_prompt,
            tokens_response
        );
        for (name, value) in &inner.extra {
            self.extra(name, value.clone());
        }
    }

    /// What `message` says.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Puts all of it into a line.
    pub(crate) fn into_line(self, line: &mut Line<'_>) {
        line.message = self.message.into();
        line.req_id = self.req_id.map(Into::into);
        line.trace_id = self.trace_id.map(Into::into);
        line.tenant = self.tenant.map(Into::into);
        line.key_id = self.key_id.map(Into::into);
        line.route = self.route.map(Into::into);
        line.status_code = self.status_code;
        line.latency_ms = self.latency_ms;
        line.records = self.records;
        line.bytes = self.bytes;
        line.worker_state = self.worker_state;
        line.restart_count = self.restart_count;
        line.backoff_ms = self.backoff_ms;
        line.error_code = self.error_code.map(Into::into);
        line.retryable = self.retryable;
        line.model = self.model.map(Into::into);
        line.tokens_prompt = self.tokens_prompt;
        line.tokens_response = self.tokens_response;
        line.extra = self.extra;
    }

    fn extra(&mut self, name: &str, value: Value) {
        /// Of a number or a truth, with what stands around it.
        const SCALAR: usize = 24;
        let bytes = name.len() + value.as_str().map_or(0, str::len) + SCALAR;
        if self.extra_bytes + bytes <= EXTRA_BYTES {
            self.extra_bytes += bytes;
            self.extra.insert(name.to_owned(), value);
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        let slot = match name {
            "message" => {
                self.message = cut(text, TEXT_BYTES);
                return;
            }
            "req_id" => &mut self.req_id,
            "trace_id" if is_trace_id(text) => &mut self.trace_id,
            "tenant" => &mut self.tenant,
            "key_id" => &mut self.key_id,
            "route" => &mut self.route,
            "error_code" if is_code(text) => &mut self.error_code,
            "model" => &mut self.model,
            "worker_state" if WorkerState::parse(text).is_some() => {
                self.worker_state = WorkerState::parse(text);
                return;
            }
            other => return self.extra(other, cut(text, TEXT_BYTES).into()),
        };
        *slot = Some(cut(text, NAME_BYTES));
    }

    fn number(&mut self, name: &str, number: u64) {
        let slot = match name {
            "status_code" => &mut self.status_code,
            "records" => &mut self.records,
            "bytes" => &mut self.bytes,
            "restart_count" => &mut self.restart_count,
            "backoff_ms" => &mut self.backoff_ms,
            "tokens_prompt" => &mut self.tokens_prompt,
            "tokens_response" => &mut self.tokens_response,
            "latency_ms" => return self.float(name, number as f64),
            other => return self.extra(other, number.into()),
        };
        *slot = Some(number);
    }

    fn float(&mut self, name: &str, number: f64) {
        if name == "latency_ms" && number.is_finite() && number >= 0.0 {
            // Microseconds are enough.
            self.latency_ms = Some((number * 1e3).round() / 1e3);
        } else {
            self.extra(name, number.into());
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.float(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        match u64::try_from(value) {
            Ok(number) => self.number(field.name(), number),
            Err(_) => self.extra(field.name(), value.into()),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.number(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        match field.name() {
            "retryable" => self.retryable = Some(value),
            other => self.extra(other, value.into()),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = Bounded(String::new());
        // It ends early where the text is longer than what is kept of it.
        let _ = write!(text, "{value:?}");
        self.text(field.name(), &text.0);
    }
}

/// Text up to what is kept of it: what a value would print beyond is not made.
struct Bounded(String);

impl std::fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let left = TEXT_BYTES - self.0.len();
        self.0.push_str(&text[..floor(text, left)]);
        if text.len() > left { Err(std::fmt::Error) } else { Ok(()) }
    }
}

/// The beginning of a text, with spaces for signs that JSON would write six bytes for.
fn cut(text: &str, bytes: usize) -> String {
    let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    text[..floor(text, bytes)].replace(is_odd, " ")
}

/// The last end of a character within so many bytes.
fn floor(text: &str, bytes: usize) -> usize {
    (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn is_trace_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'_'))
}

fn told_as(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
