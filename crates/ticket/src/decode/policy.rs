//! What the receiver asks of a tenant's records.

use crate::{Capture, Timestamp};

/// What the receiver asks of the records of one tenant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// The most that is stored of a ticket.
    pub capture: Capture,
    /// What was said is left out: the request, the answer, and the bodies of message steps.
    pub drop_messages: bool,
    /// Logs that are no tickets are counted as ignored instead of rejected.
    pub ignore_other_events: bool,
    /// Feedback that was given later is rejected: until then it would hide every correction.
    pub latest_feedback: Option<Timestamp>,
}
