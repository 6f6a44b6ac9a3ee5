//! Spans as they arrive, until they are made a ticket of.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
};

use serde_json::Value;

use crate::{
    Group, Run, SpansError, dialect,
    limits::SPANS_BYTES,
    read::{Grant, Read, json, protobuf},
    runs,
    seen::Seen,
    span::{Event, Span, SpanKey},
};

/// Spans, and the log records that hold their content, in whatever order and however many requests
/// they came. What they take is bounded ([`crate::limits::SPANS_BYTES`]); what does not fit is left
/// out, counted, and told on the ticket.
///
/// ```
/// use ticketlens_spans::Spans;
///
/// let mut spans = Spans::new();
/// spans.add_json(&serde_json::json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
///     "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174",
///     "name": "chat gpt-4o", "startTimeUnixNano": "1000000000", "endTimeUnixNano": "3500000000",
///     "attributes": [
///         { "key": "gen_ai.operation.name", "value": { "stringValue": "chat" } },
///         { "key": "gen_ai.request.model", "value": { "stringValue": "gpt-4o" } },
///         { "key": "gen_ai.usage.input_tokens", "value": { "intValue": "412" } }
///     ]
/// }]}]}]}))?;
/// let ticket = spans.into_run().ticket("4711");
/// assert_eq!(ticket.model.as_deref(), Some("gpt-4o"));
/// assert_eq!(ticket.input_tokens, Some(412));
/// # Ok::<(), ticketlens_spans::SpansError>(())
/// ```
#[derive(Clone)]
pub struct Spans {
    spans: Vec<Span>,
    events: Vec<(SpanKey, Event)>,
    left: usize,
    left_out: usize,
}

impl Default for Spans {
    fn default() -> Self {
        Self { spans: Vec::new(), events: Vec::new(), left: SPANS_BYTES, left_out: 0 }
    }
}

impl Spans {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// None yet, and no more than `bytes` of memory for those that come.
    pub fn with_room(bytes: usize) -> Self {
        Self { left: bytes, ..Self::default() }
    }

    /// Counts spans that were left out before they came here, so that the ticket tells of them.
    pub fn leave_out(&mut self, count: usize) {
        self.left_out = self.left_out.saturating_add(count);
    }

    /// Adds an `ExportTraceServiceRequest` in protobuf.
    ///
    /// # Errors
    ///
    /// The bytes are no such request. Nothing of it is kept.
    pub fn add_traces(&mut self, request: &[u8]) -> Result<(), SpansError> {
        let mut grant = Grant::new(self.left);
        let read = protobuf::traces(request, &mut grant).map_err(SpansError::traces)?;
        self.add(read, &grant);
        Ok(())
    }

    /// Adds an `ExportLogsServiceRequest` in protobuf: of its records, those that name a span hold
    /// content of that span.
    ///
    /// # Errors
    ///
    /// The bytes are no such request. Nothing of it is kept.
    pub fn add_logs(&mut self, request: &[u8]) -> Result<(), SpansError> {
        let mut grant = Grant::new(self.left);
        let read = protobuf::logs(request, &mut grant).map_err(SpansError::logs)?;
        self.add(read, &grant);
        Ok(())
    }

    /// Adds a request of traces or of logs in OTLP/JSON.
    ///
    /// # Errors
    ///
    /// The value is neither.
    pub fn add_json(&mut self, request: &Value) -> Result<(), SpansError> {
        let mut grant = Grant::new(self.left);
        let read = json::request(request, &mut grant).ok_or(SpansError::NeitherInJson)?;
        self.add(read, &grant);
        Ok(())
    }

    fn add(&mut self, read: Read, grant: &Grant) {
        self.left = grant.left();
        self.spans.extend(read.spans);
        self.events.extend(read.events);
        self.left_out += read.left_out;
    }

    /// How many spans there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Spans and records that were left out, as they did not fit.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// All of them as one execution: who gathered them knows that they belong together.
    pub fn into_run(self) -> Run {
        let left_out = self.left_out;
        Run::new(self.seen(), left_out)
    }

    /// Split into executions, in the order in which they began. Spans that belong to no agent's run
    /// are in none.
    pub fn into_runs(self, by: &Group) -> Vec<Run> {
        let left_out = self.left_out;
        runs::split(self.seen(), by, left_out)
    }

    /// Gives each span its content that came apart, and reads it.
    fn seen(self) -> Vec<(Span, Seen)> {
        let spans = distinct(self.spans);
        let meant = model_calls(&spans);
        let mut events: HashMap<SpanKey, Vec<Event>> = HashMap::new();
        for (key, event) in self.events {
            let key = meant.get(&key).copied().flatten().unwrap_or(key);
            events.entry(key).or_default().push(event);
        }
        let with_content = spans.into_iter().map(|mut span| {
            span.events.extend(in_order(events.remove(&span.key).unwrap_or_default()));
            let seen = dialect::read(&span);
            (span, seen)
        });
        with_content.collect()
    }
}

/// Each span once, with times that can be reckoned with: a request that was sent again is the same
/// request. Of a span that comes twice, the one that ended later stays, or else the one that says more.
fn distinct(spans: Vec<Span>) -> Vec<Span> {
    let says = |span: &Span| (span.end, span.attributes.iter().count(), span.events.len());
    let digest = |span: &Span| {
        let mut hasher = std::hash::DefaultHasher::new();
        (&span.name, &span.attributes, &span.events, &span.parent).hash(&mut hasher);
        (&span.status.message, span.start).hash(&mut hasher);
        hasher.finish()
    };
    let mut places: HashMap<SpanKey, usize> = HashMap::with_capacity(spans.len());
    let mut kept: Vec<Span> = Vec::with_capacity(spans.len());
    for mut span in spans {
        span.settle_times();
        let place = *places.entry(span.key).or_insert(kept.len());
        match kept.get_mut(place) {
            None => kept.push(span),
            // Whichever comes first.
            Some(known) => {
                let order = says(known).cmp(&says(&span));
                if order.then_with(|| digest(known).cmp(&digest(&span))).is_lt() {
                    *known = span;
                }
            }
        }
    }
    kept
}

/// Log records of one span in the order in which they were written, each once.
fn in_order(mut events: Vec<Event>) -> Vec<Event> {
    // Stable: where no times are known, they stay as they came.
    events.sort_by_key(|event| event.time);
    events.dedup_by(|next, kept| next.time > 0 && next == kept);
    events
}

/// For each span that is around exactly one model call, that call. Content in log records may name the
/// span that was current when it was written, which is the call's parent.
fn model_calls(spans: &[Span]) -> HashMap<SpanKey, Option<SpanKey>> {
    let is_model = |span: &&Span| span.get("gen_ai.request.model").is_some();
    let mut calls: HashMap<SpanKey, Option<SpanKey>> = HashMap::new();
    for span in spans.iter().filter(is_model) {
        let Some(parent) = span.parent else { continue };
        let only = |call: &mut Option<SpanKey>| *call = None;
        calls.entry((span.key.0, parent)).and_modify(only).or_insert(Some(span.key));
    }
    for span in spans.iter().filter(is_model) {
        calls.remove(&span.key);
    }
    calls
}
