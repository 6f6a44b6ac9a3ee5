//! What of a ticket would leave: the ticket as it is and the record that would be sent, compared.
//!
//! What would be sent is read back from the very bytes the client would put on the wire, so that
//! nothing can be shown here that the wire does not say.

mod record;

mod path;

mod field;

mod parts;

mod columns;
mod page;

mod json;
mod total;

#[cfg(test)]
mod tests;

use ticketlens_redact::{Counts, Gate, Known};
use ticketlens_ticket::{
    Capture, Resource, Ticket,
    encode::{self, Fit, Request},
    limits,
};

pub use field::{Field, Outcome};
pub use json::document;
pub use page::{Layout, page};
pub use total::Total;

use record::Record;

/// One ticket, before and after.
pub struct Preview {
    /// Where it stands in the file, from 1.
    pub line: u64,
    /// How much of it may leave, which the gate may have lowered.
    pub capture: Capture,
    /// What each detector found.
    pub found: Counts,
    /// Whether the gate met something it can't read, and left it behind.
    pub gate_failed: bool,
    /// How much of the record fits one message.
    pub fit: Fit,
    /// Everything there was and everything that is left, side by side.
    pub fields: Vec<Field>,
    /// The record as it would leave.
    sent: Record,
}

impl Preview {
    /// Takes a ticket the way the client does: its level lowered to `most`, through the gate,
    /// encoded for the wire.
    pub fn of(
        line: u64,
        mut ticket: Ticket,
        resource: &Resource,
        gate: &Gate,
        most: Capture,
    ) -> Self {
        ticket.capture = ticket.capture.min(most);
        // The gate folds first: what is compared has the same steps.
        ticket.trace.fold();
        let raw = Record::raw(&ticket, resource);
        let known = Known::new(&ticket.known_pii).ok();
        let redacted = ticket.redact(gate);
        let mut bytes = Vec::new();
        let fit = encode::log_record(&redacted, limits::RECORD_BYTES, &mut bytes);
        let mut request = Request::new();
        request.push(&resource.redact(gate), &bytes);
        let sent = Record::sent(&request.finish());
        // What is left out leaves its key behind as well, and a key can be anyone's.
        let mut pass = gate.pass(known.as_ref());
        let fields = field::compare(&raw, &sent, &mut |key| match known {
            Some(_) => pass.key(key).into_owned(),
            None => "[unreadable]".to_owned(),
        });
        Self {
            line,
            capture: redacted.capture(),
            found: redacted.found().clone(),
            gate_failed: redacted.gate_failed(),
            fit,
            fields,
            sent,
        }
    }

    /// Whether anything of it would leave changed, or not at all.
    pub fn is_changed(&self) -> bool {
        self.fields.iter().any(|field| field.outcome != Outcome::Same)
    }

    /// An attribute of the record, as a text.
    fn attribute(&self, name: &str) -> &str {
        let found = self.sent.attributes.iter().find(|(key, _)| key == name);
        found.and_then(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

/// What a record that does not fit loses; nothing for one that does.
fn lost(fit: Fit) -> Option<&'static str> {
    match fit {
        Fit::Whole => None,
        Fit::Shortened => Some("its longest texts"),
        Fit::Timeline => Some("its texts"),
        Fit::MetricsOnly => Some("its trace"),
    }
}
