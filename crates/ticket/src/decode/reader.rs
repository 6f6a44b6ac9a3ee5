//! From fields to a record: each attribute to its place, every text through the gate.

use ticketlens_redact::{Counts, Gate};

use super::{
    Policy, Warnings,
    attribute::{AttributeReader, Counter, Part, Place, Unread},
    draft::Draft,
    fields::Fields,
    resource::Resource,
};
use crate::{
    Capture, Record, Reject,
    body::{self, BodyError, Kept},
    limits,
    meter::Meter,
    names,
};

/// Reads one record's attributes and body.
pub(super) struct RecordReader<'g, 'w, 'm, 'a> {
    gate: &'g Gate,
    warnings: &'w mut Warnings,
    meter: &'w mut Meter<'m>,
    resource: &'g Resource<'a>,
}

impl<'g, 'w, 'm, 'a> RecordReader<'g, 'w, 'm, 'a> {
    pub(super) fn new(
        gate: &'g Gate,
        resource: &'g Resource<'a>,
        warnings: &'w mut Warnings,
        meter: &'w mut Meter<'m>,
    ) -> Self {
        Self { gate, warnings, meter, resource }
    }

    pub(super) fn read(mut self, fields: &Fields<'a>, policy: &Policy) -> Result<Record<'g>, Unread>
    where
        'a: 'g,
    {
        if fields.event()? != names::EVENT.as_bytes() {
            return Err(Reject::OtherEvent.into());
        }
        let mut draft = Draft::new(fields.time()?);
        let are_renamed = self.resource.is_renamed_with(&fields.attributes);
        let mut attributes = AttributeReader::new(self.gate, are_renamed);
        self.meter.making("a record's attributes");
        let found = self.lend(&mut draft, fields, are_renamed)?;
        for (key, value) in &fields.attributes.pairs {
            let part = attributes.read(key, value, self.meter)?;
            self.meter.hold(part.len())?;
            place(&mut draft, part, self.warnings);
        }
        self.warnings.attributes_dropped += fields.attributes.unread;
        let mut record = draft.finish()?;
        record.trace_id = fields.trace_id.try_into().ok().filter(|id| *id != [0; 16]);
        record.span_id = fields.span_id.try_into().ok().filter(|id| *id != [0; 8]);
        record.capture = record.capture.min(policy.capture);
        let AttributeReader { mut pass, .. } = attributes;
        self.meter.making("a trace");
        let Self { gate, warnings, meter, .. } = self;
        read_body(&mut record, fields.body, policy, gate, &mut pass, warnings, meter)?;
        account(&mut record, found);
        account(&mut record, pass.counts());
        Ok(record)
    }

    /// Gives the record what its resource holds. Collectors move attributes between the two, so
    /// either may hold any of them; where both have one, the record's own counts.
    fn lend(
        &mut self,
        draft: &mut Draft<'g>,
        fields: &Fields<'a>,
        are_renamed: bool,
    ) -> Result<&'g Counts, Unread>
    where
        'a: 'g,
    {
        let own = fields.attributes.sorted_keys();
        let resource = self.resource.parts(are_renamed, self.gate, self.meter)?;
        for (key, part) in &resource.parts {
            if own.binary_search(key).is_err() {
                let part = part.as_ref().map_err(|reject| *reject)?;
                place(draft, part.lend(), self.warnings);
            }
        }
        Ok(&resource.found)
    }
}

/// Puts an attribute where it belongs.
fn place<'a>(draft: &mut Draft<'a>, part: Part<'a>, warnings: &mut Warnings) {
    let record = &mut draft.record;
    match part {
        Part::Text(place, text) => match place {
            Place::TicketId => record.ticket_id = text,
            Place::Status => record.status = text,
            Place::Category => record.category = text,
            Place::Model => record.model = text,
            Place::ErrorType => record.error_type = text,
            Place::Customer => record.customer = text,
            Place::Workflow => record.workflow = text,
            Place::WorkflowVersion => record.workflow_version = text,
            Place::Instance => record.instance = text,
            Place::Environment => record.environment = text,
            Place::EnvironmentOld if record.environment.is_empty() => record.environment = text,
            Place::EnvironmentOld => {}
        },
        Part::ExecutionId(id) => draft.execution_id = Some(id),
        Part::Duration(seconds) => draft.duration = Some(seconds),
        Part::Capture(level) => record.capture = level,
        Part::Count(Counter::Sequence, number) => record.sequence = number,
        Part::Count(Counter::InputTokens, number) => record.input_tokens = number,
        Part::Count(Counter::OutputTokens, number) => record.output_tokens = number,
        Part::Redactions(count) => record.redactions = count,
        Part::RedactionsBy(by, count) => {
            if record.redactions_by.len() < limits::DETECTORS {
                record.redactions_by.push((by, count));
            }
        }
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

fn read_body<'a>(
    record: &mut Record<'a>,
    bytes: &'a [u8],
    policy: &Policy,
    gate: &Gate,
    pass: &mut ticketlens_redact::Pass<'_>,
    warnings: &mut Warnings,
    meter: &mut Meter<'_>,
) -> Result<(), Unread> {
    if bytes.is_empty() {
        record.capture = Capture::MetricsOnly;
    }
    if record.capture == Capture::MetricsOnly {
        return Ok(());
    }
    let body = if bytes.len() > limits::BODY_BYTES {
        Err(BodyError::Unwalkable)
    } else {
        let kept = Kept { capture: record.capture, messages: !policy.drop_messages };
        body::read(bytes, kept, gate, pass, meter)
    };
    match body {
        Ok(body) => (record.trace_json, record.steps) = (body.json, body.steps),
        Err(BodyError::Malformed) => return Err(Reject::Malformed.into()),
        Err(BodyError::Outgrown(outgrown)) => return Err(outgrown.into()),
        Err(BodyError::Unwalkable) => {
            record.capture = Capture::MetricsOnly;
            warnings.bodies_dropped += 1;
        }
    }
    Ok(())
}
