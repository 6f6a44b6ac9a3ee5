//! Validated, redacted feedback, ready to become a row.

use std::{borrow::Cow, fmt};

use crate::{ExecutionId, FeedbackSource, Timestamp};

/// Feedback ready to become a row. Absent texts are empty. Its `Debug` shows no text of anyone's.
#[derive(Clone, PartialEq)]
pub struct FeedbackRecord<'a> {
    /// Its own id, sent or derived from what it says.
    pub id: Cow<'a, str>,
    /// The ticket's number in the help desk.
    pub ticket_id: Cow<'a, str>,
    /// The execution it is about; absent where it is about the ticket.
    pub execution_id: Option<ExecutionId>,
    /// What is evaluated.
    pub name: Cow<'a, str>,
    /// Who gives it; absent where its sender does not say.
    pub source: Option<FeedbackSource>,
    /// When it was given.
    pub given_at: Timestamp,
    /// The score as a number, finite.
    pub score: Option<f64>,
    /// The score as a word.
    pub label: Cow<'a, str>,
    /// Why, in free text; empty too where the tenant keeps none.
    pub comment: Cow<'a, str>,
    /// Keyed hash of the customer.
    pub customer: Cow<'a, str>,
    /// Every other attribute, as text.
    pub attributes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Values removed by the gate, in the client and here.
    pub redactions: u32,
}

impl fmt::Debug for FeedbackRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedbackRecord")
            .field("source", &self.source)
            .field("attributes", &self.attributes.len())
            .finish_non_exhaustive()
    }
}
