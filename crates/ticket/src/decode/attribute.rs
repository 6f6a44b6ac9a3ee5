//! One attribute to its place: read, through the gate, and cut to what is kept of it.

use std::borrow::Cow;

use ticketlens_redact::{Gate, KeyClass, Pass};

use super::{
    unread::Unread,
    values::{
        amount, capture, count, detector, duration, execution_id, number, small_count, status,
        text_of,
    },
};
use crate::{
    Capture, CurrencyCode, ExecutionId, Reject,
    body::{clean, gated},
    limits,
    meter::{Meter, lossy},
    model_call::{CountOf, TextOf, Told, told},
    names, redacted,
    wire::Any,
};

/// An attribute, ready for a record. A resource's are made once and lent to each of its records.
#[derive(Clone)]
pub(super) enum Part<'a> {
    /// One of the contract's texts.
    Text(TextField, Cow<'a, str>),
    ExecutionId(ExecutionId),
    Duration(f64),
    /// `None` for one that is not known.
    Capture(Option<Capture>),
    Count(CountField, Option<u64>),
    /// What calls of models used, and whether by a name that is in force.
    CallText(TextOf, Cow<'a, str>, bool),
    CallCount(CountOf, Option<u64>, bool),
    /// Billionths; `None` for what is no amount.
    Cost(Option<u64>),
    CostCurrency(Option<CurrencyCode>),
    Redactions(u32),
    /// How many values one detector found.
    RedactionsBy(Cow<'a, str>, u32),
    Metric(Cow<'a, str>, f64),
    /// A metric that is no finite number, or whose name is too long.
    NoMetric,
    /// Outside the contract: key and value.
    Other(Cow<'a, str>, Cow<'a, str>),
    /// Outside the contract, with a key that is too long.
    TooLong,
    /// Read elsewhere.
    EventName,
}

/// A field of the record that is a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextField {
    TicketId,
    Status,
    Category,
    Model,
    ErrorType,
    Customer,
    Conversation,
    Agent,
    AgentWorkflow,
    Workflow,
    WorkflowVersion,
    Instance,
    Environment,
    /// Where there is none under its newer name.
    EnvironmentOld,
}

/// A field of the record that is a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CountField {
    Sequence,
    Open,
    InputTokens,
    OutputTokens,
}

impl Part<'_> {
    /// The same, lent.
    pub(super) fn lend(&self) -> Part<'_> {
        match self {
            Self::Text(field, text) => Part::Text(*field, Cow::Borrowed(text)),
            Self::RedactionsBy(by, count) => Part::RedactionsBy(Cow::Borrowed(by), *count),
            Self::Metric(name, number) => Part::Metric(Cow::Borrowed(name), *number),
            Self::Other(key, value) => Part::Other(Cow::Borrowed(key), Cow::Borrowed(value)),
            Self::ExecutionId(id) => Part::ExecutionId(*id),
            Self::Duration(seconds) => Part::Duration(*seconds),
            Self::Capture(level) => Part::Capture(*level),
            Self::Count(field, number) => Part::Count(*field, *number),
            Self::CallText(of, text, is_in_force) => {
                Part::CallText(*of, Cow::Borrowed(text), *is_in_force)
            }
            Self::CallCount(of, count, is_in_force) => Part::CallCount(*of, *count, *is_in_force),
            Self::Cost(nanos) => Part::Cost(*nanos),
            Self::CostCurrency(code) => Part::CostCurrency(*code),
            Self::Redactions(count) => Part::Redactions(*count),
            Self::NoMetric => Part::NoMetric,
            Self::TooLong => Part::TooLong,
            Self::EventName => Part::EventName,
        }
    }

    /// With no more of its value than a resource's has.
    pub(super) fn of_resource(self) -> Self {
        match self {
            Self::Other(key, value) => Self::Other(key, cut(value, limits::RESOURCE_VALUE_BYTES)),
            other => other,
        }
    }

    /// Whether it has a place in the contract, of which there are few.
    pub(super) const fn is_contracts(&self) -> bool {
        !matches!(self, Self::Other(..) | Self::Metric(..) | Self::RedactionsBy(..))
    }

    /// What is shown of it among a ticket's attributes, too, beside the column that it has.
    pub(super) fn shown(&self) -> Option<Cow<'_, str>> {
        use TextField::{Agent, AgentWorkflow, Conversation};
        match self {
            Self::Text(Conversation | Agent | AgentWorkflow, text) | Self::CallText(_, text, _) => {
                Some(Cow::Borrowed(text))
            }
            Self::CallCount(_, Some(count), _) => Some(count.to_string().into()),
            _ => None,
        }
    }

    /// Bytes of text in it.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(_, text)
            | Self::CallText(_, text, _)
            | Self::RedactionsBy(text, _)
            | Self::Metric(text, _) => text.len(),
            Self::Other(key, value) => key.len() + value.len(),
            _ => 0,
        }
    }
}

/// Reads attributes.
pub(super) struct AttributeReader<'g> {
    pub(super) gate: &'g Gate,
    pub(super) pass: Pass<'g>,
    /// The names' dots are underscores.
    pub(super) are_renamed: bool,
}

impl<'g> AttributeReader<'g> {
    pub(super) fn new(gate: &'g Gate, are_renamed: bool) -> Self {
        Self { gate, pass: gate.pass(None), are_renamed }
    }

    /// Reads one. What it makes on the way is held with `meter` as long as it is there; what is
    /// returned is the caller's to hold.
    pub(super) fn read<'a>(
        &mut self,
        key: &'a [u8],
        value: &'a [u8],
        meter: &mut Meter<'_>,
    ) -> Result<Part<'a>, Unread> {
        let before = meter.held();
        meter.work(key.len() + value.len())?;
        let part = self.part(key, value, meter)?;
        meter.release(meter.held() - before);
        Ok(part)
    }

    fn part<'a>(
        &mut self,
        key: &'a [u8],
        value: &'a [u8],
        meter: &mut Meter<'_>,
    ) -> Result<Part<'a>, Unread> {
        let any = Any::read(value)?;
        let mut key = lossy(key, meter)?;
        if self.are_renamed
            && let Some(name) = names::with_dots(&key)
        {
            key = name;
        }
        Ok(match &*key {
            names::SERVICE_NAME => self.label(TextField::Workflow, &key, any, meter)?,
            names::SERVICE_VERSION => self.label(TextField::WorkflowVersion, &key, any, meter)?,
            names::SERVICE_INSTANCE_ID => self.label(TextField::Instance, &key, any, meter)?,
            names::ENVIRONMENT => self.label(TextField::Environment, &key, any, meter)?,
            names::ENVIRONMENT_OLD => self.label(TextField::EnvironmentOld, &key, any, meter)?,
            names::TICKET_ID => self.ticket_id(any, meter)?,
            names::EXECUTION_ID => Part::ExecutionId(execution_id(any)?),
            names::STATUS => self.status(any, meter)?,
            names::DURATION => Part::Duration(duration(any)?),
            names::CAPTURE => Part::Capture(capture(any, meter)?),
            names::CATEGORY => self.label(TextField::Category, &key, any, meter)?,
            names::MODEL => self.label(TextField::Model, &key, any, meter)?,
            names::ERROR_TYPE => self.label(TextField::ErrorType, &key, any, meter)?,
            names::CUSTOMER => self.customer(any, meter)?,
            names::CONVERSATION => self.label(TextField::Conversation, &key, any, meter)?,
            names::AGENT => self.label(TextField::Agent, &key, any, meter)?,
            names::AGENT_WORKFLOW => self.label(TextField::AgentWorkflow, &key, any, meter)?,
            names::COST => Part::Cost(amount(any)),
            names::COST_CURRENCY => {
                Part::CostCurrency(CurrencyCode::of(text_of(any, meter)?.trim()))
            }
            names::SEQUENCE => Part::Count(CountField::Sequence, count(any)),
            names::OPEN => Part::Count(CountField::Open, count(any)),
            names::INPUT_TOKENS => Part::Count(CountField::InputTokens, count(any)),
            names::OUTPUT_TOKENS => Part::Count(CountField::OutputTokens, count(any)),
            names::REDACTIONS => Part::Redactions(small_count(any)),
            found if found.starts_with(names::REDACTIONS_PREFIX) => match detector(&key) {
                Some(detector) => Part::RedactionsBy(detector, small_count(any)),
                None => Part::EventName,
            },
            names::EVENT_NAME => Part::EventName,
            claim if names::TENANT_CLAIMS.contains(&claim) => {
                return Err(Reject::TenantClaimed.into());
            }
            metric if metric.starts_with(names::METRICS_PREFIX) => self.metric(key, any),
            name => match told(name) {
                Some((Told::Count(of), is_in_force)) => {
                    Part::CallCount(of, count(any), is_in_force)
                }
                Some((Told::Text(of), is_in_force)) => {
                    let text = cut(text_of(any, meter)?, limits::LABEL_BYTES);
                    Part::CallText(of, self.text(&key, text, meter)?, is_in_force)
                }
                None => self.other(key, any, meter)?,
            },
        })
    }

    fn ticket_id<'a>(&mut self, any: Any<'a>, meter: &mut Meter<'_>) -> Result<Part<'a>, Unread> {
        let id = text_of(any, meter)?;
        if id.len() > limits::TICKET_ID_BYTES {
            return Err(Reject::TicketIdTooLong.into());
        }
        let id = match redacted::id(&mut self.pass, &id) {
            same if same == id => id,
            hash => hash.into(),
        };
        Ok(Part::Text(TextField::TicketId, id))
    }

    /// A short text, through the gate. Its key is the contract's and says nothing, unless a list
    /// says it is a secret's.
    fn label<'a>(
        &mut self,
        field: TextField,
        key: &str,
        any: Any<'a>,
        meter: &mut Meter<'_>,
    ) -> Result<Part<'a>, Unread> {
        let text = text_of(any, meter)?;
        Ok(Part::Text(field, self.text(key, cut(text, limits::LABEL_BYTES), meter)?))
    }

    /// A text of the contract.
    pub(super) fn text<'a>(
        &mut self,
        key: &str,
        text: Cow<'a, str>,
        meter: &mut Meter<'_>,
    ) -> Result<Cow<'a, str>, Unread> {
        Ok(match self.gate.classify(key) {
            KeyClass::Secret => self.pass.field(KeyClass::Secret, &text).into_owned().into(),
            _ => clean(&mut self.pass, text, meter)?,
        })
    }

    /// A status is checked, and a key can look like one: what the gate finds is none.
    fn status<'a>(&mut self, any: Any<'a>, meter: &mut Meter<'_>) -> Result<Part<'a>, Unread> {
        let status = status(any, meter)?;
        if gated(&mut self.pass, KeyClass::Plain, &status, meter)? != status {
            return Err(Reject::InvalidStatus.into());
        }
        Ok(Part::Text(TextField::Status, status))
    }

    /// A hash stays what it is; anything else becomes one.
    fn customer<'a>(&mut self, any: Any<'a>, meter: &mut Meter<'_>) -> Result<Part<'a>, Unread> {
        let class = KeyClass::Personal.or(self.gate.classify(names::CUSTOMER));
        let customer = match text_of(any, meter)? {
            empty if empty.is_empty() => empty,
            text => match self.pass.field(class, &text) {
                same if same == text => text,
                hash => hash.into_owned().into(),
            },
        };
        Ok(Part::Text(TextField::Customer, customer))
    }

    fn metric<'a>(&mut self, key: Cow<'a, str>, any: Any<'_>) -> Part<'a> {
        let prefix = names::METRICS_PREFIX.len();
        match number(any).filter(|number| number.is_finite()) {
            Some(number) if key.len() <= prefix + limits::LABEL_BYTES => {
                let name = match key {
                    Cow::Borrowed(key) => self.pass.key(&key[prefix..]),
                    Cow::Owned(key) => self.pass.key(&key[prefix..]).into_owned().into(),
                };
                Part::Metric(name, number)
            }
            _ => Part::NoMetric,
        }
    }

    /// An attribute outside the contract.
    pub(super) fn other<'a>(
        &mut self,
        key: Cow<'a, str>,
        any: Any<'a>,
        meter: &mut Meter<'_>,
    ) -> Result<Part<'a>, Unread> {
        if key.len() > limits::ATTRIBUTE_KEY_BYTES {
            return Ok(Part::TooLong);
        }
        let value = match (self.gate.classify(&key), text_of(any, meter)?) {
            // The gate looks at all of it before it is cut: a secret cut in two is no pattern.
            (KeyClass::Plain, text) => clean(&mut self.pass, text, meter)?,
            (class, text) => self.pass.field(class, &text).into_owned().into(),
        };
        let value = cut(value, limits::ATTRIBUTE_VALUE_BYTES);
        let key = match key {
            Cow::Borrowed(key) => self.pass.key(key),
            Cow::Owned(key) => self.pass.key(&key).into_owned().into(),
        };
        Ok(Part::Other(key, value))
    }
}

/// The start of a text. What is cut off is not held.
pub(super) fn cut(text: Cow<'_, str>, bytes: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(limits::cut(text, bytes)),
        Cow::Owned(text) if text.len() <= bytes => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(limits::cut(&text, bytes).to_owned()),
    }
}
