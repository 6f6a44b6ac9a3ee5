//! A finished ticket, weighed, ready for hand-off.

use std::fmt;

use ticketlens_ticket::Ticket;

/// One finished execution, still raw: it goes through the gate on the library's own thread. Its
/// weight is taken once, here, so that [`Lens::emit`](crate::Lens::emit) is a move and no walk.
#[derive(Clone, PartialEq)]
pub struct Finished {
    /// Boxed: what is handed over is a pointer.
    pub(crate) ticket: Box<Ticket>,
    pub(crate) weight: usize,
}

impl Finished {
    /// The ticket as it will go through the gate.
    pub fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// The ticket, to be changed: weighed again when it is [`Finished`] again.
    pub fn into_ticket(self) -> Ticket {
        *self.ticket
    }

    /// About how many bytes of memory it holds: what it takes of the queue's bound.
    pub const fn weight(&self) -> usize {
        self.weight
    }
}

impl From<Box<Ticket>> for Finished {
    fn from(ticket: Box<Ticket>) -> Self {
        // What it holds, and about a third more for the allocator's own part and for the room that
        // vectors and maps keep: measured, 1.26 times its weight.
        let weight = ticket.weight();
        Self { ticket, weight: weight + weight / 3 }
    }
}

impl From<Ticket> for Finished {
    fn from(ticket: Ticket) -> Self {
        Box::new(ticket).into()
    }
}

impl fmt::Debug for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finished")
            .field("ticket", &self.ticket)
            .field("weight", &self.weight)
            .finish()
    }
}
