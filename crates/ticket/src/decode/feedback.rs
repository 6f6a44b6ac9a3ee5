//! Feedback from fields to a record: each attribute to its place, every text through the gate.

use std::borrow::Cow;

use ticketlens_redact::{Counts, Gate};

use super::{
    attribute::{AttributeReader, Part, TextField, cut},
    fields::Fields,
    identity::{Identity, is_something},
    policy::Policy,
    resource::Resource,
    summary::Warnings,
    unread::Unread,
    values::{number, text_of},
};
use crate::{
    Capture, FeedbackRecord, FeedbackSource, Reject,
    feedback::{CSAT, is_csat},
    limits,
    meter::{Meter, lossy},
    names, redacted,
    wire::Any,
};

/// Bytes of a resource's attribute that its records get. They are read for each of them: without an end
/// to them a request would become the square of its size.
const LENT_BYTES: usize = limits::LABEL_BYTES + 16;

/// Reads one record of feedback.
pub(super) struct FeedbackReader<'g, 'w, 'm, 'a> {
    gate: &'g Gate,
    warnings: &'w mut Warnings,
    found: &'w mut Counts,
    meter: &'w mut Meter<'m>,
    resource: &'g Resource<'a>,
}

/// An attribute of feedback, in its place.
enum Said<'a> {
    Name(Cow<'a, str>),
    Label(Cow<'a, str>),
    Comment(Cow<'a, str>),
    /// A comment where the tenant keeps none.
    Unkept,
    Id(Cow<'a, str>),
    Source(Option<FeedbackSource>),
    Score(Option<f64>),
    /// What tickets have, too.
    Shared(Part<'a>),
}

impl<'g, 'w, 'm, 'a: 'g> FeedbackReader<'g, 'w, 'm, 'a> {
    pub(super) fn new(
        gate: &'g Gate,
        resource: &'g Resource<'a>,
        (warnings, found): (&'w mut Warnings, &'w mut Counts),
        meter: &'w mut Meter<'m>,
    ) -> Self {
        Self { gate, warnings, found, meter, resource }
    }

    pub(super) fn read(
        self,
        fields: &Fields<'a>,
        policy: &Policy,
    ) -> Result<FeedbackRecord<'g>, Unread> {
        let mut record = empty(fields.time()?);
        if policy.latest_feedback.is_some_and(|latest| record.given_at > latest) {
            return Err(Reject::FeedbackInFuture.into());
        }
        self.meter.making("feedback");
        let own = fields.attributes.of_each_key();
        let are_renamed = self.resource.is_renamed_with(&fields.attributes);
        // No record claims a tenant, wherever it does.
        let lent = self.resource.parts(are_renamed, self.gate, self.meter)?;
        if lent.parts.iter().any(|lent| matches!(lent.part, Err(Reject::TenantClaimed))) {
            return Err(Reject::TenantClaimed.into());
        }
        let lent = self.resource.pairs().filter(|(key, value)| {
            !own.has(key) && value.len() <= LENT_BYTES && is_lent(key, are_renamed)
        });
        let mut identity = Identity::of_feedback(are_renamed);
        let mut reader = AttributeReader::new(self.gate, are_renamed);
        let mut says_something = false;
        let keeps_comment = policy.capture == Capture::FullTrace && !policy.drop_messages;
        for (key, value) in lent.chain(own.pairs(&fields.attributes).iter().copied()) {
            identity.attribute(key, value, self.meter)?;
            let said = reader.read_feedback(key, value, keeps_comment, self.meter)?;
            says_something |= said.is_score();
            place(&mut record, said, self.warnings);
        }
        self.warnings.attributes_dropped += fields.attributes.unread;
        self.warnings.keys_doubled += own.doubles();
        check(&record, says_something)?;
        if record.id.is_empty() {
            record.id = identity.of_time(record.given_at).to_string().into();
        }
        let found = reader.pass.counts();
        record.redactions = record.redactions.saturating_add(found.total());
        self.found.add(found);
        Ok(record)
    }
}

/// Whether a resource's attribute of this key is each of its records': Collectors group records by
/// such.
fn is_lent(key: &[u8], are_renamed: bool) -> bool {
    const LENT: [&str; 4] =
        [names::TICKET_ID, names::EXECUTION_ID, names::EVALUATION_NAME, names::FEEDBACK_SOURCE];
    let is =
        |name: &&str| key == name.as_bytes() || (are_renamed && names::is_underscored(key, name));
    LENT.iter().any(is)
}

const fn empty<'a>(given_at: crate::Timestamp) -> FeedbackRecord<'a> {
    const NONE: Cow<'static, str> = Cow::Borrowed("");
    FeedbackRecord {
        id: NONE,
        ticket_id: NONE,
        execution_id: None,
        name: NONE,
        source: None,
        given_at,
        score: None,
        label: NONE,
        comment: NONE,
        customer: NONE,
        attributes: Vec::new(),
        redactions: 0,
    }
}

/// What is required.
fn check(record: &FeedbackRecord<'_>, says_something: bool) -> Result<(), Reject> {
    if record.ticket_id.trim().is_empty() {
        return Err(Reject::MissingTicketId);
    }
    if record.name.trim().is_empty() {
        return Err(Reject::MissingEvaluationName);
    }
    match record.score {
        Some(score) if record.name == CSAT && !is_csat(score) => Err(Reject::InvalidScore),
        None if record.name == CSAT || !says_something => Err(Reject::MissingScore),
        _ => Ok(()),
    }
}

impl Said<'_> {
    /// Whether feedback has said something with it.
    fn is_score(&self) -> bool {
        match self {
            Self::Label(text) | Self::Comment(text) => !text.is_empty(),
            Self::Score(score) => score.is_some(),
            Self::Unkept => true,
            _ => false,
        }
    }
}

impl<'g> AttributeReader<'g> {
    /// Reads one attribute of feedback; what it takes is held with `meter`.
    fn read_feedback<'a>(
        &mut self,
        key: &'a [u8],
        value: &'a [u8],
        keeps_comment: bool,
        meter: &mut Meter<'_>,
    ) -> Result<Said<'a>, Unread> {
        meter.work(key.len() + value.len())?;
        let any = Any::read(value)?;
        let mut name = lossy(key, meter)?;
        if self.are_renamed
            && let Some(dotted) = names::with_dots(&name)
        {
            name = dotted;
        }
        Ok(match &*name {
            names::EVALUATION_NAME => {
                Said::Name(self.said(&name, any, limits::LABEL_BYTES, meter)?)
            }
            names::SCORE_LABEL => Said::Label(self.said(&name, any, limits::LABEL_BYTES, meter)?),
            names::EXPLANATION if !keeps_comment && is_something(any) => Said::Unkept,
            names::EXPLANATION => {
                Said::Comment(self.said(&name, any, limits::COMMENT_BYTES, meter)?)
            }
            names::FEEDBACK_ID => Said::Id(self.feedback_id(any, meter)?),
            names::FEEDBACK_SOURCE => Said::Source(source(any, meter)?),
            names::SCORE_VALUE => Said::Score(score(any)?),
            names::TICKET_ID | names::EXECUTION_ID | names::CUSTOMER | names::REDACTIONS => {
                Said::Shared(self.read(key, value, meter)?)
            }
            detector if detector.starts_with(names::REDACTIONS_PREFIX) => {
                Said::Shared(Part::EventName)
            }
            names::EVENT_NAME => Said::Shared(Part::EventName),
            claim if names::TENANT_CLAIMS.contains(&claim) => {
                return Err(Reject::TenantClaimed.into());
            }
            _ => Said::Shared(self.other(name, any, meter)?),
        })
    }

    /// A text, through the gate as a whole before it is cut: a secret cut in two is no pattern.
    fn said<'a>(
        &mut self,
        key: &str,
        any: Any<'a>,
        most: usize,
        meter: &mut Meter<'_>,
    ) -> Result<Cow<'a, str>, Unread> {
        let text = text_of(any, meter)?;
        Ok(cut(self.text(key, text, meter)?, most))
    }

    fn feedback_id<'a>(
        &mut self,
        any: Any<'a>,
        meter: &mut Meter<'_>,
    ) -> Result<Cow<'a, str>, Unread> {
        let id = text_of(any, meter)?;
        if id.len() > limits::FEEDBACK_ID_BYTES {
            return Err(Reject::FeedbackIdTooLong.into());
        }
        Ok(match redacted::id(&mut self.pass, &id) {
            same if same == id => id,
            hash => hash.into(),
        })
    }
}

/// Nothing where it does not say.
fn source(any: Any<'_>, meter: &mut Meter<'_>) -> Result<Option<FeedbackSource>, Unread> {
    match text_of(any, meter)?.trim() {
        "" => Ok(None),
        text => match text.parse() {
            Ok(source) => Ok(Some(source)),
            Err(_) => Err(Reject::InvalidFeedbackSource.into()),
        },
    }
}

/// Nothing where there is no value.
fn score(any: Any<'_>) -> Result<Option<f64>, Reject> {
    match any {
        Any::Empty | Any::Text([]) => Ok(None),
        any => match number(any).filter(|score| score.is_finite()) {
            Some(score) => Ok(Some(score)),
            None => Err(Reject::InvalidScore),
        },
    }
}

/// Puts an attribute where it belongs.
fn place<'a>(record: &mut FeedbackRecord<'a>, said: Said<'a>, warnings: &mut Warnings) {
    match said {
        Said::Name(text) => record.name = text,
        Said::Label(text) => record.label = text,
        Said::Comment(text) => record.comment = text,
        Said::Id(text) => record.id = text,
        Said::Source(source) => record.source = source,
        Said::Score(score) => record.score = score,
        Said::Shared(Part::Text(TextField::TicketId, text)) => record.ticket_id = text,
        Said::Shared(Part::Text(TextField::Customer, text)) => record.customer = text,
        Said::Shared(Part::ExecutionId(id)) => record.execution_id = Some(id),
        Said::Shared(Part::Redactions(count)) => record.redactions = count,
        Said::Shared(Part::Other(key, value)) if record.attributes.len() < limits::ATTRIBUTES => {
            record.attributes.push((key, value));
        }
        Said::Shared(Part::Other(..) | Part::TooLong) => warnings.attributes_dropped += 1,
        Said::Unkept | Said::Shared(_) => {}
    }
}
