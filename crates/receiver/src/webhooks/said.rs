//! What a body says, whoever's it is.

use ticketlens_ticket::{CSAT, ExecutionId, Feedback, FeedbackSource, Timestamp};

/// What a body says.
pub(super) enum Said {
    /// Feedback.
    Feedback(Box<Feedback>),
    /// A notification that is none, which its sender need not send again.
    Nothing,
}

/// A customer's rating from 1 to 5, given now unless something else is said.
pub(super) fn rating(ticket_id: String, score: Option<f64>) -> Box<Feedback> {
    let mut feedback = Feedback::new(ticket_id, CSAT, FeedbackSource::Human);
    feedback.score = score;
    feedback.id.clear();
    Box::new(feedback)
}

/// Gives feedback without an id of its own one that follows from what it rates: sent again, it is the
/// same. Not from what was written, in whatever words: ids are shown, and would let anyone try out what
/// the gate has removed.
pub(super) fn named(mut feedback: Box<Feedback>) -> Said {
    if feedback.id.is_empty() {
        let score = feedback.score.map(|score| score.to_string()).unwrap_or_default();
        let execution = feedback.execution_id.map(|id| id.to_string()).unwrap_or_default();
        let source = feedback.source.map_or("", FeedbackSource::as_str);
        let Feedback { ticket_id, name, .. } = &*feedback;
        let parts = [ticket_id, &*execution, name, source, &score];
        let id = ExecutionId::derived(Timestamp::default(), parts.map(str::as_bytes));
        feedback.id = id.to_string();
    }
    Said::Feedback(feedback)
}
