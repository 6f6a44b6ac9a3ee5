//! What is handed over: a ticket, or feedback on one.

use ticketlens_ticket::{Feedback, Ticket};

/// Boxed: what is handed over is a pointer.
pub(crate) enum Item {
    Ticket(Box<Ticket>),
    Feedback(Box<Feedback>),
}

/// What feedback takes of the queue's bound: about what it holds and what the allocator adds, as a
/// ticket is weighed, and no less than an empty ticket, by which the queue's places are counted.
pub(super) fn weight_of(feedback: &Feedback) -> usize {
    let weight = feedback.weight();
    (weight + weight / 3).max(size_of::<Ticket>())
}
