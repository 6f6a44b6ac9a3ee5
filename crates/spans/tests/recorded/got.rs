//! The ticket's steps, as the judge reads them.

use ticketlens_ticket::{Step, Ticket};

/// Where a handoff goes; no other step has it.
pub const HANDOFF: &str = "gen_ai.handoff.to";

/// A step of the ticket, with its kind as the recordings call it.
pub struct Got<'a> {
    pub step: &'a Step,
    pub kind: &'static str,
}

impl<'a> Got<'a> {
    /// The ticket's steps in order of time.
    pub fn all(ticket: &'a Ticket) -> Vec<Self> {
        let mut steps: Vec<_> = ticket.trace.steps.iter().map(Self::new).collect();
        steps.sort_by(|a, b| a.step.start_ms.total_cmp(&b.step.start_ms));
        steps
    }

    fn new(step: &'a Step) -> Self {
        let handoff = step.attributes.contains_key(HANDOFF);
        Self { step, kind: if handoff { "handoff" } else { step.kind.as_str() } }
    }

    pub fn title(&self) -> String {
        format!("{} {} ({})", self.kind, self.step.name, self.step.id)
    }

    pub fn iteration(&self) -> Option<u64> {
        self.step.iteration.map(u64::from)
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        self.step.attributes.get(key)?.as_str()
    }

    pub fn number(&self, key: &str) -> Option<u64> {
        self.step.attributes.get(key)?.as_u64()
    }
}
