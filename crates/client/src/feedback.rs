//! Feedback on a ticket, which comes when that is long sent.

use std::fmt;

use ticketlens_ticket::{CSAT, ExecutionId, Feedback, FeedbackSource, Timestamp};

use crate::Lens;

impl Lens {
    /// Begins feedback on a ticket, by its number in the help desk. It may come before its ticket, and
    /// days later; of a ticket, a name and a source the latest counts.
    pub fn feedback(&self, ticket_id: impl Into<String>) -> FeedbackBuilder<'_> {
        let feedback = Feedback::new(ticket_id, "", FeedbackSource::Human);
        FeedbackBuilder { lens: self, feedback: Box::new(feedback) }
    }
}

/// Feedback in the making: given by a person, now, until it says otherwise.
///
/// It needs a [`csat`](Self::csat), or an [`evaluation`](Self::evaluation) with a score or a label; a
/// comment goes with either, or alone. What can't be sent (a `csat` that is not 1 to 5, nothing said at
/// all) is dropped and counted as [`Dropped::invalid`](crate::Dropped::invalid);
/// [`Stats::last_error`](crate::Stats::last_error) names the field.
///
/// ```
/// use ticketlens::{FeedbackSource, Lens};
///
/// let lens = Lens::off();
/// // The customer's rating. Sent again with the same id, it is stored once.
/// lens.feedback("4711").csat(4).comment("quick, and it helped").id("survey-90210").send();
/// // A model's.
/// lens.feedback("4711")
///     .evaluation("relevance")
///     .source(FeedbackSource::Model)
///     .score(0.82)
///     .label("relevant")
///     .send();
/// assert_eq!(lens.stats().feedback, 2);
/// ```
#[must_use = "feedback is given when it is sent"]
pub struct FeedbackBuilder<'l> {
    lens: &'l Lens,
    feedback: Box<Feedback>,
}

impl FeedbackBuilder<'_> {
    /// The customer's satisfaction, from 1 to 5: the evaluation `csat`, given by a person.
    pub fn csat(self, score: u8) -> Self {
        self.evaluation(CSAT).source(FeedbackSource::Human).score(score.into())
    }

    /// What is evaluated (`gen_ai.evaluation.name`), e.g. `relevance`.
    pub fn evaluation(mut self, name: impl Into<String>) -> Self {
        self.feedback.name = name.into();
        self
    }

    /// The score as a number (`gen_ai.evaluation.score.value`), on the evaluation's own scale.
    pub fn score(mut self, score: f64) -> Self {
        self.feedback.score = Some(score);
        self
    }

    /// The score as a word (`gen_ai.evaluation.score.label`), e.g. `good`.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.feedback.label = Some(label.into());
        self
    }

    /// Why, in free text (`gen_ai.evaluation.explanation`). It goes through the gate, and leaves at the
    /// capture level `FULL_TRACE` only, and not with `drop_messages`.
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.feedback.comment = Some(comment.into());
        self
    }

    /// Who gives it (`ticket.feedback.source`).
    pub fn source(mut self, source: FeedbackSource) -> Self {
        self.feedback.source = Some(source);
        self
    }

    /// The execution it is about, where it is about one; otherwise it is about the ticket.
    pub fn execution(mut self, id: ExecutionId) -> Self {
        self.feedback.execution_id = Some(id);
        self
    }

    /// Its own id (`ticket.feedback.id`), e.g. that of the survey's answer: given twice with it, it is
    /// stored once. By default a new one.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.feedback.id = id.into();
        self
    }

    /// When it was given, where that is not now.
    pub fn given_at(mut self, at: impl Into<Timestamp>) -> Self {
        self.feedback.given_at = at.into();
        self
    }

    /// The customer, raw: only a keyed hash leaves. With it, erasing a customer erases feedback that
    /// has no ticket, too.
    pub fn customer(mut self, customer: impl Into<String>) -> Self {
        self.feedback.customer = Some(customer.into());
        self
    }

    /// What is known to be personal about this customer: every occurrence is removed from what is
    /// said; the values themselves never travel.
    pub fn known_pii(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.feedback.known_pii.extend(values.into_iter().map(Into::into));
        self
    }

    /// Hands it over, as [`Lens::emit`] does a ticket: a move into the queue. Never waits.
    pub fn send(self) {
        self.lens.emit_feedback(self.feedback);
    }
}

impl fmt::Debug for FeedbackBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FeedbackBuilder").field(&self.feedback).finish()
    }
}
