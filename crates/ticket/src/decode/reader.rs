//! From fields to a record: each attribute to its place, every text through the gate.

use std::borrow::Cow;

use ticketlens_redact::{Gate, KeyClass, Pass};

use super::{
    Attributes, Policy, Warnings,
    draft::Draft,
    fields::Fields,
    values::{
        capture, count, detector, duration, execution_id, number, small_count, status, text_of,
    },
};
use crate::{
    Capture, Record, Reject,
    body::{self, BodyError, Kept, clean},
    limits, names,
    wire::{Any, Malformed},
};

/// Reads one record's attributes and body.
pub(super) struct RecordReader<'g, 'w> {
    gate: &'g Gate,
    pass: Pass<'g>,
    warnings: &'w mut Warnings,
    /// The names' dots are underscores.
    are_renamed: bool,
}

impl<'g, 'w> RecordReader<'g, 'w> {
    pub(super) fn new(gate: &'g Gate, warnings: &'w mut Warnings) -> Self {
        Self { gate, pass: gate.pass(None), warnings, are_renamed: false }
    }

    pub(super) fn read<'a>(
        mut self,
        fields: &Fields<'a>,
        resource: &Attributes<'a>,
        policy: &Policy,
    ) -> Result<Record<'a>, Reject> {
        if fields.event().map_err(|Malformed| Reject::Malformed)? != names::EVENT.as_bytes() {
            return Err(Reject::OtherEvent);
        }
        let mut draft = Draft::new(fields.time()?);
        self.are_renamed = fields.are_renamed(resource);
        // Collectors move attributes between the two, so either may hold any of them. Where both
        // have one, the record's own counts.
        let own = fields.attributes.sorted_keys();
        let of_resource = resource.pairs.iter().filter(|(key, _)| own.binary_search(key).is_err());
        for (key, value) in of_resource.chain(&fields.attributes.pairs) {
            self.attribute(&mut draft, key, value)?;
        }
        self.warnings.attributes_dropped += fields.attributes.unread;
        let mut record = draft.finish()?;
        record.trace_id = fields.trace_id.try_into().ok().filter(|id| *id != [0; 16]);
        record.span_id = fields.span_id.try_into().ok().filter(|id| *id != [0; 8]);
        record.capture = record.capture.min(policy.capture);
        self.body(&mut record, fields.body, policy)?;
        self.account(&mut record);
        Ok(record)
    }

    /// Adds what the gate found here to what the client's found.
    fn account(&self, record: &mut Record<'_>) {
        let counts = self.pass.counts();
        record.redactions = record.redactions.saturating_add(counts.total());
        for (detector, count) in counts.iter() {
            let known = record.redactions_by.iter_mut().find(|(name, _)| name == detector);
            match known {
                Some((_, sum)) => *sum = sum.saturating_add(count),
                None => record.redactions_by.push((detector.into(), count)),
            }
        }
    }

    fn body<'a>(
        &mut self,
        record: &mut Record<'a>,
        bytes: &'a [u8],
        policy: &Policy,
    ) -> Result<(), Reject> {
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
            body::read(bytes, kept, self.gate, &mut self.pass)
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

    fn attribute<'a>(
        &mut self,
        draft: &mut Draft<'a>,
        key: &'a [u8],
        value: &'a [u8],
    ) -> Result<(), Reject> {
        let any = Any::read(value).map_err(|Malformed| Reject::Malformed)?;
        let mut key = String::from_utf8_lossy(key);
        if self.are_renamed
            && let Some(name) = names::with_dots(&key)
        {
            key = name;
        }
        let record = &mut draft.record;
        match &*key {
            names::SERVICE_NAME => record.workflow = self.label(&key, any),
            names::SERVICE_VERSION => record.workflow_version = self.label(&key, any),
            names::SERVICE_INSTANCE_ID => record.instance = self.label(&key, any),
            names::ENVIRONMENT => record.environment = self.label(&key, any),
            names::ENVIRONMENT_OLD if record.environment.is_empty() => {
                record.environment = self.label(&key, any);
            }
            names::ENVIRONMENT_OLD => {}
            names::TICKET_ID => draft.ticket_id(any, &mut self.pass)?,
            names::EXECUTION_ID => draft.execution_id = Some(execution_id(any)?),
            names::STATUS => record.status = self.status(any)?,
            names::DURATION => draft.duration = Some(duration(any)?),
            names::CAPTURE => record.capture = capture(any),
            names::CATEGORY => record.category = self.label(&key, any),
            names::MODEL => record.model = self.label(&key, any),
            names::ERROR_TYPE => record.error_type = self.label(&key, any),
            names::CUSTOMER => record.customer = self.customer(any),
            names::SEQUENCE => record.sequence = count(any),
            names::INPUT_TOKENS => record.input_tokens = count(any),
            names::OUTPUT_TOKENS => record.output_tokens = count(any),
            names::REDACTIONS => {
                record.redactions = small_count(any);
            }
            found if found.starts_with(names::REDACTIONS_PREFIX) => {
                let by = &mut record.redactions_by;
                if by.len() < limits::DETECTORS
                    && let Some(detector) = detector(&key)
                {
                    by.push((detector, small_count(any)));
                }
            }
            names::EVENT_NAME => {}
            claim if names::TENANT_CLAIMS.contains(&claim) => return Err(Reject::TenantClaimed),
            metric if metric.starts_with(names::METRICS_PREFIX) => self.metric(draft, key, any),
            _ => self.other(draft, key, any),
        }
        Ok(())
    }

    /// A short text, through the gate. Its key is the contract's and says nothing, unless a list
    /// says it is a secret's.
    fn label<'a>(&mut self, key: &str, any: Any<'a>) -> Cow<'a, str> {
        if self.gate.classify(key) == KeyClass::Secret {
            return self.pass.field(KeyClass::Secret, &text_of(any)).into_owned().into();
        }
        let text = match text_of(any) {
            Cow::Borrowed(text) => Cow::Borrowed(limits::cut(text, limits::LABEL_BYTES)),
            Cow::Owned(text) => Cow::Owned(limits::cut(&text, limits::LABEL_BYTES).to_owned()),
        };
        clean(&mut self.pass, text)
    }

    /// A status is checked, and a key can look like one: what the gate finds is none.
    fn status<'a>(&mut self, any: Any<'a>) -> Result<Cow<'a, str>, Reject> {
        let status = status(any)?;
        let clean = self.pass.text(&status) == status;
        clean.then_some(status).ok_or(Reject::InvalidStatus)
    }

    /// A hash stays what it is; anything else becomes one.
    fn customer<'a>(&mut self, any: Any<'a>) -> Cow<'a, str> {
        let class = KeyClass::Personal.or(self.gate.classify(names::CUSTOMER));
        match text_of(any) {
            empty if empty.is_empty() => empty,
            text => match self.pass.field(class, &text) {
                same if same == text => text,
                hash => hash.into_owned().into(),
            },
        }
    }

    fn metric<'a>(&mut self, draft: &mut Draft<'a>, key: Cow<'a, str>, any: Any<'_>) {
        let number = number(any).filter(|number| number.is_finite());
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
