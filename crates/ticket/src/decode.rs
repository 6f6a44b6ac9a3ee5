//! From an `ExportLogsServiceRequest`'s bytes to [`Record`]s: validated, gated, borrowed.
//!
//! A record that can't be taken is rejected with a reason and its neighbours are not touched; what
//! can be taken with a little less (an attribute too many, a metric that is NaN, a body the gate
//! can't walk) is taken, and a warning says so.

use std::{
    borrow::Cow,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use ticketlens_redact::{Gate, KeyClass, Pass};

use crate::{
    Capture, ExecutionId, Record, Reject, Rejections, Status, Timestamp,
    body::{self, BodyError, clean},
    limits, names, redacted,
    wire::{Any, Malformed, Payload, Reader, key_value},
};

/// What the receiver asks of the records of one tenant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// The most that is stored of a ticket.
    pub capture: Capture,
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
    let mut resource = Vec::new();
    let mut group = Reader::new(bytes);
    while let Some(field) = group.next()? {
        if let (1, Payload::Bytes(message)) = field {
            read_resource(message, &mut resource)?;
        }
    }
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

/// Attributes as they stand: key and value's bytes.
type Pairs<'a> = Vec<(&'a [u8], &'a [u8])>;

fn read_resource<'a>(bytes: &'a [u8], pairs: &mut Pairs<'a>) -> Result<(), Malformed> {
    let mut reader = Reader::new(bytes);
    while let Some(field) = reader.next()? {
        if let (1, Payload::Bytes(pair)) = field {
            pairs.push(key_value(pair)?);
        }
    }
    Ok(())
}

/// Reads one record; a panic in the gate costs the body, and a second one the record.
fn read_guarded<'a>(
    bytes: &'a [u8],
    resource: &Pairs<'a>,
    gate: &Gate,
    policy: &Policy,
    warnings: &mut Warnings,
) -> Result<Record<'a>, Reject> {
    let fields = Fields::read(bytes).map_err(|Malformed| Reject::Malformed)?;
    let mut attempt = |policy: &Policy| {
        let mut fresh = Warnings::default();
        // Unwind safety: all that the attempt changed is thrown away with it.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            RecordReader::new(gate, &mut fresh).read(&fields, resource, policy)
        }));
        outcome.map(|record| (record, fresh))
    };
    let closed = Policy { capture: Capture::MetricsOnly, ..*policy };
    let (record, fresh) = match attempt(policy) {
        Ok(whole) => whole,
        Err(_panic) => attempt(&closed).map_err(|_panic| Reject::Malformed)?,
    };
    warnings.attributes_dropped += fresh.attributes_dropped;
    warnings.metrics_dropped += fresh.metrics_dropped;
    warnings.bodies_dropped += fresh.bodies_dropped;
    record
}

/// The fields of a `LogRecord` that matter, as they stand.
#[derive(Default)]
struct Fields<'a> {
    time: u64,
    observed: u64,
    event: &'a [u8],
    body: &'a [u8],
    attributes: Pairs<'a>,
    trace_id: &'a [u8],
    span_id: &'a [u8],
}

impl<'a> Fields<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Self { attributes: Vec::with_capacity(32), ..Self::default() };
        let mut reader = Reader::new(bytes);
        while let Some(field) = reader.next()? {
            match field {
                (1, Payload::Fixed64(time)) => fields.time = time,
                (5, Payload::Bytes(body)) => fields.body = body,
                (6, Payload::Bytes(pair)) => fields.attributes.push(key_value(pair)?),
                (9, Payload::Bytes(id)) => fields.trace_id = id,
                (10, Payload::Bytes(id)) => fields.span_id = id,
                (11, Payload::Fixed64(time)) => fields.observed = time,
                (12, Payload::Bytes(name)) => fields.event = name,
                (1 | 5 | 6 | 9..=12, _) => return Err(Malformed),
                _ => {}
            }
        }
        Ok(fields)
    }

    /// The event's name, which older SDKs put into an attribute.
    fn event(&self) -> Result<&'a [u8], Malformed> {
        if !self.event.is_empty() {
            return Ok(self.event);
        }
        let name = names::EVENT_NAME.as_bytes();
        match self.attributes.iter().find(|(key, _)| *key == name) {
            Some((_, value)) => match Any::read(value)? {
                Any::Text(event) => Ok(event),
                _ => Ok(&[]),
            },
            None => Ok(&[]),
        }
    }

    fn time(&self) -> Result<Timestamp, Reject> {
        let nanos = if self.time == 0 { self.observed } else { self.time };
        match nanos {
            0 => Err(Reject::MissingTime),
            // ClickHouse's DateTime64(9) counts in an i64.
            nanos if i64::try_from(nanos).is_err() => Err(Reject::TimeOutOfRange),
            nanos => Ok(Timestamp::from_unix_nanos(nanos)),
        }
    }
}

/// Reads one record's attributes and body.
struct RecordReader<'g, 'w> {
    gate: &'g Gate,
    pass: Pass<'g>,
    warnings: &'w mut Warnings,
}

impl<'g, 'w> RecordReader<'g, 'w> {
    fn new(gate: &'g Gate, warnings: &'w mut Warnings) -> Self {
        Self { gate, pass: gate.pass(None), warnings }
    }

    fn read<'a>(
        mut self,
        fields: &Fields<'a>,
        resource: &Pairs<'a>,
        policy: &Policy,
    ) -> Result<Record<'a>, Reject> {
        if fields.event().map_err(|Malformed| Reject::Malformed)? != names::EVENT.as_bytes() {
            return Err(Reject::OtherEvent);
        }
        let mut draft = Draft::new(fields.time()?);
        for (key, value) in resource {
            self.resource_attribute(&mut draft, key, value)?;
        }
        for (key, value) in &fields.attributes {
            self.attribute(&mut draft, key, value)?;
        }
        let mut record = draft.finish()?;
        record.trace_id = fields.trace_id.try_into().ok().filter(|id| *id != [0; 16]);
        record.span_id = fields.span_id.try_into().ok().filter(|id| *id != [0; 8]);
        record.capture = record.capture.min(policy.capture);
        self.body(&mut record, fields.body)?;
        record.redactions = record.redactions.saturating_add(self.pass.redactions());
        Ok(record)
    }

    fn body<'a>(&mut self, record: &mut Record<'a>, bytes: &'a [u8]) -> Result<(), Reject> {
        if bytes.is_empty() {
            record.capture = Capture::MetricsOnly;
        }
        if record.capture == Capture::MetricsOnly {
            return Ok(());
        }
        let body = if bytes.len() > limits::BODY_BYTES {
            Err(BodyError::Unwalkable)
        } else {
            body::read(bytes, record.capture, self.gate, &mut self.pass)
        };
        match body {
            Ok(body) => (record.trace_json, record.steps) = (body.json, body.steps),
            Err(BodyError::Malformed) => return Err(Reject::Malformed),
            Err(BodyError::Unwalkable) => {
                record.capture = Capture::MetricsOnly;
                self.warnings.bodies_dropped += 1;
            }
        }
        Ok(())
    }

    fn resource_attribute<'a>(
        &mut self,
        draft: &mut Draft<'a>,
        key: &'a [u8],
        value: &'a [u8],
    ) -> Result<(), Reject> {
        let any = Any::read(value).map_err(|Malformed| Reject::Malformed)?;
        let key = String::from_utf8_lossy(key);
        match &*key {
            names::SERVICE_NAME => draft.record.workflow = self.label(any),
            names::SERVICE_VERSION => draft.record.workflow_version = self.label(any),
            names::SERVICE_INSTANCE_ID => draft.record.instance = self.label(any),
            names::ENVIRONMENT => draft.record.environment = self.label(any),
            names::ENVIRONMENT_OLD if draft.record.environment.is_empty() => {
                draft.record.environment = self.label(any);
            }
            names::ENVIRONMENT_OLD => {}
            claim if names::TENANT_CLAIMS.contains(&claim) => return Err(Reject::TenantClaimed),
            _ => self.other(draft, key, any),
        }
        Ok(())
    }

    fn attribute<'a>(
        &mut self,
        draft: &mut Draft<'a>,
        key: &'a [u8],
        value: &'a [u8],
    ) -> Result<(), Reject> {
        let any = Any::read(value).map_err(|Malformed| Reject::Malformed)?;
        let key = String::from_utf8_lossy(key);
        let record = &mut draft.record;
        match &*key {
            names::TICKET_ID => draft.ticket_id(any, &mut self.pass)?,
            names::EXECUTION_ID => draft.execution_id = Some(execution_id(any)?),
            names::STATUS => record.status = status(any)?,
            names::DURATION => draft.duration = Some(duration(any)?),
            names::CAPTURE => record.capture = capture(any),
            names::CATEGORY => record.category = self.label(any),
            names::MODEL => record.model = self.label(any),
            names::ERROR_TYPE => record.error_type = self.label(any),
            names::CUSTOMER => record.customer = self.customer(any),
            names::SEQUENCE => record.sequence = count(any),
            names::INPUT_TOKENS => record.input_tokens = count(any),
            names::OUTPUT_TOKENS => record.output_tokens = count(any),
            names::REDACTIONS => {
                let sent = count(any).unwrap_or_default();
                record.redactions = u32::try_from(sent).unwrap_or(u32::MAX);
            }
            names::EVENT_NAME => {}
            claim if names::TENANT_CLAIMS.contains(&claim) => return Err(Reject::TenantClaimed),
            metric if metric.starts_with(names::METRICS_PREFIX) => self.metric(draft, key, any),
            _ => self.other(draft, key, any),
        }
        Ok(())
    }

    /// A short text, through the gate.
    fn label<'a>(&mut self, any: Any<'a>) -> Cow<'a, str> {
        let text = match text_of(any) {
            Cow::Borrowed(text) => Cow::Borrowed(limits::cut(text, limits::LABEL_BYTES)),
            Cow::Owned(text) => Cow::Owned(limits::cut(&text, limits::LABEL_BYTES).to_owned()),
        };
        clean(&mut self.pass, text)
    }

    /// A hash stays what it is; anything else becomes one.
    fn customer<'a>(&mut self, any: Any<'a>) -> Cow<'a, str> {
        match text_of(any) {
            empty if empty.is_empty() => empty,
            text => match self.pass.field(KeyClass::Personal, &text) {
                same if same == text => text,
                hash => hash.into_owned().into(),
            },
        }
    }

    fn metric<'a>(&mut self, draft: &mut Draft<'a>, key: Cow<'a, str>, any: Any<'_>) {
        #[expect(clippy::cast_precision_loss, reason = "metrics are stored as doubles")]
        let number = match any {
            Any::Int(n) => Some(n as f64),
            Any::Double(x) if x.is_finite() => Some(x),
            _ => None,
        };
        let metrics = &mut draft.record.metrics;
        let fits = metrics.len() < limits::METRICS
            && key.len() <= names::METRICS_PREFIX.len() + limits::LABEL_BYTES;
        match number {
            Some(number) if fits => metrics.push((self.metric_name(key), number)),
            _ => self.warnings.metrics_dropped += 1,
        }
    }

    fn metric_name<'a>(&mut self, key: Cow<'a, str>) -> Cow<'a, str> {
        let prefix = names::METRICS_PREFIX.len();
        match key {
            Cow::Borrowed(key) => self.pass.key(&key[prefix..]),
            Cow::Owned(key) => self.pass.key(&key[prefix..]).into_owned().into(),
        }
    }

    /// An attribute outside the contract.
    fn other<'a>(&mut self, draft: &mut Draft<'a>, key: Cow<'a, str>, any: Any<'a>) {
        let attributes = &mut draft.record.attributes;
        if attributes.len() >= limits::ATTRIBUTES || key.len() > limits::ATTRIBUTE_KEY_BYTES {
            self.warnings.attributes_dropped += 1;
            return;
        }
        let value = match (self.gate.classify(&key), text_of(any)) {
            // The gate looks at all of it before it is cut: a secret cut in two is no pattern.
            (KeyClass::Plain, text) => clean(&mut self.pass, text),
            (class, text) => self.pass.field(class, &text).into_owned().into(),
        };
        let value = match value {
            Cow::Borrowed(text) => Cow::Borrowed(limits::cut(text, limits::ATTRIBUTE_VALUE_BYTES)),
            Cow::Owned(mut text) => {
                text.truncate(limits::cut(&text, limits::ATTRIBUTE_VALUE_BYTES).len());
                Cow::Owned(text)
            }
        };
        let key = match key {
            Cow::Borrowed(key) => self.pass.key(key),
            Cow::Owned(key) => self.pass.key(&key).into_owned().into(),
        };
        attributes.push((key, value));
    }
}

/// A record whose required parts may still be missing.
struct Draft<'a> {
    record: Record<'a>,
    execution_id: Option<ExecutionId>,
    duration: Option<f64>,
}

impl<'a> Draft<'a> {
    fn new(executed_at: Timestamp) -> Self {
        const NONE: Cow<'static, str> = Cow::Borrowed("");
        let record = Record {
            // Replaced in `finish`.
            execution_id: ExecutionId::derived(executed_at, []),
            ticket_id: NONE,
            executed_at,
            duration_seconds: 0.0,
            status: NONE,
            category: NONE,
            error_type: NONE,
            capture: Capture::FullTrace,
            customer: NONE,
            sequence: None,
            workflow: NONE,
            workflow_version: NONE,
            environment: NONE,
            instance: NONE,
            model: NONE,
            input_tokens: None,
            output_tokens: None,
            redactions: 0,
            trace_id: None,
            span_id: None,
            metrics: Vec::new(),
            attributes: Vec::new(),
            steps: Vec::new(),
            trace_json: String::new(),
        };
        Self { record, execution_id: None, duration: None }
    }

    fn ticket_id(&mut self, any: Any<'a>, pass: &mut Pass<'_>) -> Result<(), Reject> {
        let id = text_of(any);
        if id.len() > limits::TICKET_ID_BYTES {
            return Err(Reject::TicketIdTooLong);
        }
        self.record.ticket_id = match redacted::id(pass, &id) {
            same if same == id => id,
            hash => hash.into(),
        };
        Ok(())
    }

    fn finish(self) -> Result<Record<'a>, Reject> {
        let Self { mut record, execution_id, duration } = self;
        if record.ticket_id.trim().is_empty() {
            return Err(Reject::MissingTicketId);
        }
        if record.status.is_empty() {
            return Err(Reject::MissingStatus);
        }
        record.duration_seconds = duration.ok_or(Reject::MissingDuration)?;
        record.execution_id = execution_id.unwrap_or_else(|| derive(&record));
        Ok(record)
    }
}

/// The identity of a record that was sent without one: what the execution is, and nothing that a
/// Collector on the way may change.
fn derive(record: &Record<'_>) -> ExecutionId {
    let time = record.executed_at.as_unix_nanos().to_le_bytes();
    let duration = record.duration_seconds.to_bits().to_le_bytes();
    let sequence = record.sequence.unwrap_or_default().to_le_bytes();
    let parts: [&[u8]; 7] = [
        record.ticket_id.as_bytes(),
        &time,
        record.status.as_bytes(),
        &duration,
        record.workflow.as_bytes(),
        record.instance.as_bytes(),
        &sequence,
    ];
    ExecutionId::derived(record.executed_at, parts)
}

/// A value as text: texts as they are, the rest as JSON.
fn text_of<'a>(any: Any<'a>) -> Cow<'a, str> {
    match any {
        Any::Empty => "".into(),
        Any::Text(text) => String::from_utf8_lossy(text),
        Any::Bool(truth) => if truth { "true" } else { "false" }.into(),
        Any::Int(n) => n.to_string().into(),
        Any::Double(x) => x.to_string().into(),
        Any::List(_) | Any::Map(_) | Any::Bytes(_) => {
            body::tree_of(any).map_or_else(|Malformed| "".into(), |tree| tree.to_string().into())
        }
    }
}

fn execution_id(any: Any<'_>) -> Result<ExecutionId, Reject> {
    let Any::Text(text) = any else { return Err(Reject::InvalidExecutionId) };
    let text = std::str::from_utf8(text).map_err(|_| Reject::InvalidExecutionId)?;
    text.parse().map_err(|_| Reject::InvalidExecutionId)
}

fn status<'a>(any: Any<'a>) -> Result<Cow<'a, str>, Reject> {
    let text = text_of(any);
    if text.is_empty() {
        return Err(Reject::MissingStatus);
    }
    Status::is_valid(&text).then_some(text).ok_or(Reject::InvalidStatus)
}

fn duration(any: Any<'_>) -> Result<f64, Reject> {
    #[expect(clippy::cast_precision_loss, reason = "seconds below 2^53")]
    let seconds = match any {
        Any::Double(x) => x,
        Any::Int(n) => n as f64,
        _ => return Err(Reject::InvalidDuration),
    };
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds).ok_or(Reject::InvalidDuration)
}

/// A level this version does not know is taken as the strictest.
fn capture(any: Any<'_>) -> Capture {
    text_of(any).parse().unwrap_or(Capture::MetricsOnly)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked here")]
fn count(any: Any<'_>) -> Option<u64> {
    match any {
        Any::Int(n) => u64::try_from(n).ok(),
        Any::Double(x) if (0.0..9e15).contains(&x) => Some(x as u64),
        _ => None,
    }
}
