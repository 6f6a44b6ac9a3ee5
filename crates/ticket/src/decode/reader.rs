//! From fields to a record: each attribute to its place, every text through the gate.

use std::borrow::Cow;

use ticketlens_redact::{Counts, FORMER_DETECTORS, Gate};

use super::{
    attribute::{AttributeReader, CountField, Part, TextField},
    attribute_list::OfEachKey,
    draft::Draft,
    fields::Fields,
    identity::Identity,
    policy::Policy,
    resource::Resource,
    summary::Warnings,
    unread::Unread,
};
use crate::{
    Capture, ExecutionId, ModelCall, Record, Reject,
    body::{self, BodyError, Kept},
    limits,
    meter::{Meter, lossy},
    names,
};

/// Nanoseconds from 1970 to 2000. No ticket is that old; a time in seconds, milli- or microseconds
/// that is taken for nanoseconds is.
const YEAR_2000: u64 = 946_684_800_000_000_000;

/// Reads one record's attributes and body.
pub(super) struct RecordReader<'g, 'w, 'm, 'a> {
    gate: &'g Gate,
    warnings: &'w mut Warnings,
    /// What the gate found here, of a record that is read.
    found: &'w mut Counts,
    meter: &'w mut Meter<'m>,
    resource: &'g Resource<'a>,
}

impl<'g, 'w, 'm, 'a> RecordReader<'g, 'w, 'm, 'a> {
    pub(super) fn new(
        gate: &'g Gate,
        resource: &'g Resource<'a>,
        (warnings, found): (&'w mut Warnings, &'w mut Counts),
        meter: &'w mut Meter<'m>,
    ) -> Self {
        Self { gate, warnings, found, meter, resource }
    }

    pub(super) fn read(mut self, fields: &Fields<'a>, policy: &Policy) -> Result<Record<'g>, Unread>
    where
        'a: 'g,
    {
        let mut draft = Draft::new(fields.time()?);
        let are_renamed = self.resource.is_renamed_with(&fields.attributes);
        let mut attributes = AttributeReader::new(self.gate, are_renamed);
        self.meter.making("a record's attributes");
        let own = fields.attributes.of_each_key();
        let found = self.lend(&mut draft, &own, are_renamed)?;
        for (key, value) in own.pairs(&fields.attributes) {
            let part = attributes.read(key, value, self.meter)?;
            self.meter.hold(part.len())?;
            if let Some(text) = part.shown() {
                let text = text.into_owned();
                self.meter.hold(key.len() + text.len())?;
                let key = lossy(key, self.meter)?;
                let key = if are_renamed { names::with_dots(&key).unwrap_or(key) } else { key };
                place(&mut draft, Part::Other(key, text.into()), self.warnings);
            }
            place(&mut draft, part, self.warnings);
        }
        self.warnings.attributes_dropped += fields.attributes.unread;
        self.warnings.keys_doubled += own.doubles();
        self.warnings.costs_dropped += u64::from(draft.has_no_cost);
        let (mut record, execution_id) = draft.finish()?;
        record.trace_id = fields.trace_id.try_into().ok().filter(|id| *id != [0; 16]);
        record.span_id = fields.span_id.try_into().ok().filter(|id| *id != [0; 8]);
        record.capture = record.capture.min(policy.capture);
        if fields.body.is_empty() {
            record.capture = Capture::MetricsOnly;
        }
        self.meter.making("a trace");
        let body = self.open(&mut record, fields.body, execution_id.is_none())?;
        record.execution_id = match execution_id {
            Some(id) => id,
            None => self.identity(&record, fields, &own, are_renamed, body.as_ref())?,
        };
        let AttributeReader { mut pass, .. } = attributes;
        if let Some(body) = body {
            if record.capture > Capture::MetricsOnly {
                let kept = Kept { capture: record.capture, messages: !policy.drop_messages };
                let read = body.read(kept, self.gate, &mut pass, self.meter);
                self.take(&mut record, read)?;
            }
            body.close(self.meter);
        }
        sum_up(&mut record);
        for found in [found, pass.counts()] {
            account(&mut record, found);
            self.found.add(found);
        }
        self.warnings.early += u64::from(record.executed_at.as_unix_nanos() < YEAR_2000);
        Ok(record)
    }

    /// Opens the body, where what is in it is stored or is the record's identity.
    fn open(
        &mut self,
        record: &mut Record<'g>,
        bytes: &'a [u8],
        is_identity: bool,
    ) -> Result<Option<body::Opened<'a>>, Unread> {
        let is_stored = record.capture > Capture::MetricsOnly;
        if !is_stored && !is_identity {
            return Ok(None);
        }
        let opened = if bytes.len() > limits::BODY_BYTES {
            Err(BodyError::Unwalkable)
        } else {
            body::open(bytes, self.meter)
        };
        match opened {
            Ok(opened) => Ok(Some(opened)),
            Err(BodyError::Outgrown(outgrown)) => Err(outgrown.into()),
            Err(_) if !is_stored => Ok(None),
            Err(BodyError::Malformed) => Err(Reject::Malformed.into()),
            Err(BodyError::Unwalkable) => {
                self.without_body(record);
                Ok(None)
            }
        }
    }

    fn take(
        &mut self,
        record: &mut Record<'g>,
        body: Result<body::Body<'g>, BodyError>,
    ) -> Result<(), Unread> {
        match body {
            Ok(body) => {
                (record.trace_json, record.steps) = (body.json, body.steps);
                record.steps_beyond = body.changes.steps_beyond;
                self.warnings.changed(&body.changes);
            }
            Err(BodyError::Malformed) => return Err(Reject::Malformed.into()),
            Err(BodyError::Outgrown(outgrown)) => return Err(outgrown.into()),
            Err(BodyError::Unwalkable) => self.without_body(record),
        }
        Ok(())
    }

    const fn without_body(&mut self, record: &mut Record<'_>) {
        record.capture = Capture::MetricsOnly;
        self.warnings.bodies_dropped += 1;
    }

    /// What a record without an id of its own is.
    fn identity(
        &mut self,
        record: &Record<'_>,
        fields: &Fields<'_>,
        own: &OfEachKey<'_>,
        are_renamed: bool,
        body: Option<&body::Opened<'_>>,
    ) -> Result<ExecutionId, Unread> {
        let mut identity = Identity::new(are_renamed);
        let resource = self.resource.parts(are_renamed, self.gate, self.meter)?;
        for lent in resource.parts.iter().filter(|lent| !own.has(lent.key)) {
            identity.add(lent.said);
        }
        for (key, value) in own.pairs(&fields.attributes) {
            identity.attribute(key, value, self.meter)?;
        }
        identity.of(record.executed_at, fields, body, self.meter)
    }

    /// Gives the record what its resource holds. Collectors move attributes between the two, so
    /// either may hold any of them; where both have one, the record's own counts.
    fn lend(
        &mut self,
        draft: &mut Draft<'g>,
        own: &OfEachKey<'a>,
        are_renamed: bool,
    ) -> Result<&'g Counts, Unread>
    where
        'a: 'g,
    {
        let resource = self.resource.parts(are_renamed, self.gate, self.meter)?;
        for lent in resource.parts.iter().filter(|lent| !own.has(lent.key)) {
            let part = lent.part.as_ref().map_err(|reject| *reject)?;
            place(draft, part.lend(), self.warnings);
        }
        Ok(&resource.found)
    }
}

/// What a ticket does not say of its calls together, its steps do.
fn sum_up<'a>(record: &mut Record<'a>) {
    let sums = |of: fn(&ModelCall<'_>) -> Option<u64>| {
        let calls = record.steps.iter().filter_map(|step| of(step.call.as_deref()?));
        calls.reduce(u64::saturating_add)
    };
    let sums = [
        sums(|call| call.input),
        sums(|call| call.output),
        sums(|call| call.cache_read),
        sums(|call| call.cache_write),
        sums(|call| call.reasoning),
    ];
    let calls = &mut record.calls;
    // Told by names that were, they stand there.
    let input = record.input_tokens.or(calls.input.take());
    let output = record.output_tokens.or(calls.output.take());
    (record.input_tokens, record.output_tokens) = (input.or(sums[0]), output.or(sums[1]));
    calls.cache_read = calls.cache_read.or(sums[2]);
    calls.cache_write = calls.cache_write.or(sums[3]);
    calls.reasoning = calls.reasoning.or(sums[4]);
    if let Some((step, first)) =
        record.steps.iter().find_map(|step| Some((step, step.call.as_deref()?)))
    {
        let or = |text: &mut Cow<'a, str>, other: &Cow<'a, str>| {
            if text.is_empty() {
                text.clone_from(other);
            }
        };
        or(
            &mut record.model,
            if first.request_model.is_empty() { &step.name } else { &first.request_model },
        );
        or(&mut calls.provider, &first.provider);
        or(&mut calls.response_model, &first.response_model);
    }
}

/// Puts an attribute where it belongs.
fn place<'a>(draft: &mut Draft<'a>, part: Part<'a>, warnings: &mut Warnings) {
    let record = &mut draft.record;
    match part {
        Part::Text(field, text) => match field {
            TextField::TicketId => record.ticket_id = text,
            TextField::Status => record.status = text,
            TextField::Category => record.category = text,
            TextField::Model => record.model = text,
            TextField::ErrorType => record.error_type = text,
            TextField::Customer => record.customer = text,
            TextField::Conversation => record.conversation = text,
            TextField::Agent => record.agent = text,
            TextField::AgentWorkflow => record.agent_workflow = text,
            TextField::Workflow => record.workflow = text,
            TextField::WorkflowVersion => record.workflow_version = text,
            TextField::Instance => record.instance = text,
            TextField::Environment => record.environment = text,
            TextField::EnvironmentOld if record.environment.is_empty() => record.environment = text,
            TextField::EnvironmentOld => {}
        },
        Part::ExecutionId(id) => draft.execution_id = Some(id),
        Part::Duration(seconds) => draft.duration = Some(seconds),
        // What is not known is taken for the strictest.
        Part::Capture(level) => {
            warnings.levels_unknown += u64::from(level.is_none());
            record.capture = level.unwrap_or(Capture::MetricsOnly);
        }
        Part::Count(CountField::Sequence, number) => record.sequence = number,
        Part::Count(CountField::Open, number) => record.open = number,
        Part::Count(CountField::InputTokens, number) => record.input_tokens = number,
        Part::Count(CountField::OutputTokens, number) => record.output_tokens = number,
        Part::CallText(of, text, is_in_force) => record.calls.text(of, text, is_in_force),
        Part::CallCount(of, count, is_in_force) => record.calls.count(of, count, is_in_force),
        Part::Cost(Some(nanos)) => record.cost = Some(nanos),
        Part::CostCurrency(Some(code)) => record.cost_currency = code,
        // An amount of who knows what is none.
        Part::Cost(None) | Part::CostCurrency(None) => draft.has_no_cost = true,
        Part::Redactions(count) => record.redactions = count,
        Part::RedactionsBy(by, count) => counted(record, by, count),
        Part::Metric(name, number) if record.metrics.len() < limits::METRICS => {
            record.metrics.push((name, number));
        }
        Part::Metric(..) | Part::NoMetric => warnings.metrics_dropped += 1,
        Part::Other(key, value) if record.attributes.len() < limits::ATTRIBUTES => {
            record.attributes.push((key, value));
        }
        Part::Other(..) | Part::TooLong => warnings.attributes_dropped += 1,
        Part::EventName => {}
    }
}

/// Adds what the client's gate found, by detector. Each is there once, but one that had another name
/// may be there by both.
fn counted<'a>(record: &mut Record<'a>, by: Cow<'a, str>, count: u32) {
    let by_detector = &mut record.redactions_by;
    if FORMER_DETECTORS.iter().any(|(_, now)| *now == by)
        && let Some((_, sum)) = by_detector.iter_mut().find(|(name, _)| *name == by)
    {
        *sum = sum.saturating_add(count);
    } else if by_detector.len() < limits::DETECTORS {
        by_detector.push((by, count));
    }
}

/// Adds what the gate found here to what the client's found.
fn account(record: &mut Record<'_>, found: &Counts) {
    record.redactions = record.redactions.saturating_add(found.total());
    for (detector, count) in found.iter() {
        let known = record.redactions_by.iter_mut().find(|(name, _)| name == detector);
        match known {
            Some((_, sum)) => *sum = sum.saturating_add(count),
            None => record.redactions_by.push((detector.into(), count)),
        }
    }
}
