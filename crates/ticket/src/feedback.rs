//! Feedback on a ticket that comes when the ticket is long stored: a customer's rating, a model's
//! evaluation. A record of its own, raw and through the gate; the ticket is never changed.

mod invalid;

use std::{
    fmt, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    str::FromStr,
};

use ticketlens_redact::{Gate, Known, Pass};

use crate::{ExecutionId, Timestamp, limits, redacted::id};

pub use invalid::{COMMENT, InvalidFeedback};

/// The name under which a customer's satisfaction is kept: a score from 1 to 5.
pub const CSAT: &str = "csat";

/// Whether a score may be a [`CSAT`]'s. A label alone is none: it would hide the number before it.
pub(crate) fn is_csat(score: f64) -> bool {
    (1.0..=5.0).contains(&score)
}

/// Who gives feedback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeedbackSource {
    /// A person: the customer, or one of the desk.
    Human,
    /// A language model.
    Model,
    /// A program's rule.
    Code,
}

/// The text is none of the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("source is none of HUMAN, MODEL, CODE")]
pub struct UnknownSource;

impl FeedbackSource {
    /// As it stands in `ticket.feedback.source`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "HUMAN",
            Self::Model => "MODEL",
            Self::Code => "CODE",
        }
    }
}

impl FromStr for FeedbackSource {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "HUMAN" => Ok(Self::Human),
            "MODEL" => Ok(Self::Model),
            "CODE" => Ok(Self::Code),
            _ => Err(UnknownSource),
        }
    }
}

/// One piece of feedback, raw. It can't be encoded: only what comes out of the gate can
/// ([`Feedback::redact`]). Its `Debug` shows no text of anyone's.
#[derive(Clone, PartialEq)]
pub struct Feedback {
    /// Its own id; sent again with the same one, it is stored once.
    pub id: String,
    /// The ticket's number in the help desk.
    pub ticket_id: String,
    /// The execution it is about, where that is known; otherwise the ticket as a whole.
    pub execution_id: Option<ExecutionId>,
    /// What is evaluated: [`CSAT`], `relevance`. The latest of a name and a source counts.
    pub name: String,
    /// Who gives it, where that is known.
    pub source: Option<FeedbackSource>,
    /// When it was given.
    pub given_at: Timestamp,
    /// The score as a number.
    pub score: Option<f64>,
    /// The score as a word.
    pub label: Option<String>,
    /// Why, in free text.
    pub comment: Option<String>,
    /// The customer, raw; the gate replaces it by a keyed hash.
    pub customer: Option<String>,
    /// What is known to be personal about this customer; never travels.
    pub known_pii: Vec<String>,
}

impl Feedback {
    /// Feedback with what all feedback has, given now; it says nothing before it has a score, a label
    /// or a comment.
    pub fn new(
        ticket_id: impl Into<String>,
        name: impl Into<String>,
        source: FeedbackSource,
    ) -> Self {
        Self {
            id: ExecutionId::fresh().to_string(),
            ticket_id: ticket_id.into(),
            execution_id: None,
            name: name.into(),
            source: Some(source),
            given_at: Timestamp::now(),
            score: None,
            label: None,
            comment: None,
            customer: None,
            known_pii: Vec::new(),
        }
    }

    /// Whether it says something.
    pub fn says_something(&self) -> bool {
        let is_text = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        self.score.is_some_and(f64::is_finite) || is_text(&self.label) || is_text(&self.comment)
    }

    /// About how many bytes of memory it holds.
    pub fn weight(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let known = |value: &String| size_of::<String>() + value.len();
        size_of::<Self>()
            + [&self.id, &self.ticket_id, &self.name].map(String::len).iter().sum::<usize>()
            + [&self.label, &self.comment, &self.customer].map(text).iter().sum::<usize>()
            + self.known_pii.iter().map(known).sum::<usize>()
    }

    /// Sends it through the gate. `keeps_comment` says whether text that somebody wrote may leave.
    /// `None` where the gate panics, or cannot take the known values: then nothing of it may leave.
    pub fn redact(mut self, gate: &Gate, keeps_comment: bool) -> Option<RedactedFeedback> {
        let pii = mem::take(&mut self.known_pii);
        let known = Known::new(&pii).ok()?;
        let known = (!pii.is_empty()).then_some(&known);
        if !keeps_comment {
            self.comment = None;
        }
        // Unwind safety: after a panic it is thrown away.
        let redact = AssertUnwindSafe(|| {
            let mut pass = gate.pass(known);
            clean(&mut self, &mut pass);
            pass.counts().total()
        });
        let redactions = catch_unwind(redact).ok()?;
        Some(RedactedFeedback { feedback: self, redactions })
    }
}

/// Every field is named, so that a new one can't leave unseen.
fn clean(feedback: &mut Feedback, pass: &mut Pass<'_>) {
    let Feedback {
        id: own_id,
        ticket_id,
        name,
        label,
        comment,
        customer,
        // Made by us, numbers and times.
        execution_id: _,
        source: _,
        given_at: _,
        score: _,
        // Never travels.
        known_pii: _,
    } = feedback;
    *own_id = id(pass, own_id);
    *ticket_id = id(pass, ticket_id);
    *name = pass.text(name).into_owned();
    for text in [label, comment].into_iter().flatten() {
        *text = pass.text(text).into_owned();
    }
    if let Some(customer) = customer {
        *customer = pass.hash(customer);
    }
}

/// Feedback on the other side of the gate: the only form that can be encoded.
#[derive(Clone, PartialEq)]
pub struct RedactedFeedback {
    pub(crate) feedback: Feedback,
    redactions: u32,
}

impl RedactedFeedback {
    /// How many values the gate removed.
    pub const fn redactions(&self) -> u32 {
        self.redactions
    }

    /// Whether what is left of it says something: a comment that is not kept doesn't.
    pub fn says_something(&self) -> bool {
        self.feedback.says_something()
    }

    /// What it says of the ticket, as much of it as is kept.
    pub(crate) fn comment(&self) -> Option<&str> {
        self.feedback.comment.as_deref().map(|text| limits::cut(text, limits::COMMENT_BYTES))
    }
}

impl fmt::Debug for Feedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feedback").field("source", &self.source).finish_non_exhaustive()
    }
}

impl fmt::Debug for RedactedFeedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactedFeedback")
            .field("feedback", &self.feedback)
            .field("redactions", &self.redactions)
            .finish()
    }
}
