//! From the queue to requests: each ticket, and each feedback, through the gate, encoded, into a
//! batch cut by bytes.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering::Relaxed},
};

use ticketlens_redact::Gate;
use ticketlens_ticket::{
    Capture, ExecutionId, Feedback, Redacted, RedactedResource, Resource, Ticket, Trace,
    encode::{self, Request},
    limits,
};

use crate::{
    batch::Batch,
    handoff::{Handoff, Held, Item, Taken},
    stats::Outcome,
};

/// Redacts and encodes, one after the other.
pub(crate) struct Packing {
    handoff: Arc<Handoff>,
    gate: Gate,
    /// Whether no ticket's messages leave, whatever it says itself.
    drop_messages: bool,
    /// Who sends, before and after the gate: few, and the same again and again.
    resources: Vec<(Arc<Resource>, Arc<RedactedResource>)>,
    gate_failure_told: bool,
}

/// Resources remembered; a process runs a handful of workflows.
const RESOURCES: usize = 32;

/// One encoded `LogRecord`, and what it holds of the queue's bytes: its own length.
pub(crate) struct PackedRecord {
    pub(crate) resource: Arc<RedactedResource>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) held: Held,
}

/// Takes packed records to the application's own pipeline.
pub(crate) type RecordSink = Box<dyn FnMut(&PackedRecord) + Send>;

impl Packing {
    pub(crate) fn new(handoff: Arc<Handoff>, gate: Gate, drop_messages: bool) -> Self {
        Self { handoff, gate, drop_messages, resources: Vec::new(), gate_failure_told: false }
    }

    /// Takes the next through the gate. `None` where nothing of it may leave; it is counted then, and
    /// its bytes given back.
    pub(crate) fn pack(&mut self, taken: Taken) -> Option<PackedRecord> {
        let Taken { item, resource, mut held } = taken;
        let record = match item {
            Item::Ticket(ticket) => self.pack_ticket(*ticket),
            Item::Feedback(feedback) => self.pack_feedback(*feedback),
        };
        let bytes = match record {
            Ok(bytes) => bytes,
            Err(unpacked) => {
                self.handoff.counters.settle(1, unpacked.outcome);
                self.handoff.counters.failed(&unpacked.why);
                return None;
            }
        };
        held.exchange(bytes.len());
        Some(PackedRecord { resource: self.redact_resource(resource), bytes, held })
    }

    fn pack_ticket(&mut self, ticket: Ticket) -> Result<Vec<u8>, Unpacked> {
        let redacted = self.redact(ticket);
        redacted
            .and_then(|redacted| self.encode(&redacted))
            .ok_or_else(|| Unpacked::unredactable("a ticket"))
    }

    /// Feedback has no bare facts to leave without its texts: a score is no score of a name that the
    /// gate could not read.
    fn pack_feedback(&self, feedback: Feedback) -> Result<Vec<u8>, Unpacked> {
        let counters = &self.handoff.counters;
        let keeps_comment = self.handoff.capture() == Capture::FullTrace && !self.drop_messages;
        let feedback = feedback.checked().map_err(|why| Unpacked::invalid(why.to_string()))?;
        let redacted = feedback.redact(&self.gate, keeps_comment).ok_or_else(|| {
            counters.gate_failures.fetch_add(1, Relaxed);
            Unpacked::unredactable("feedback")
        })?;
        counters.redactions.fetch_add(redacted.redactions().into(), Relaxed);
        if !redacted.says_something() {
            let why = "it is a comment, which this lens's capture level keeps here";
            return Err(Unpacked::invalid(why.to_owned()));
        }
        let mut bytes = Vec::new();
        let encoded = AssertUnwindSafe(|| encode::feedback_record(&redacted, &mut bytes));
        catch_unwind(encoded).map_err(|_| Unpacked::unredactable("feedback"))?;
        bytes.shrink_to_fit();
        Ok(bytes)
    }

    fn redact_resource(&mut self, resource: Arc<Resource>) -> Arc<RedactedResource> {
        if let Some((_, redacted)) =
            self.resources.iter().find(|(raw, _)| Arc::ptr_eq(raw, &resource))
        {
            return Arc::clone(redacted);
        }
        let redacted = Arc::new(resource.redact(&self.gate));
        if self.resources.len() == RESOURCES {
            self.resources.remove(0);
        }
        self.resources.push((resource, Arc::clone(&redacted)));
        redacted
    }

    /// The gate guards itself; what gets past that takes the ticket's texts with it and leaves
    /// the bare facts, through the gate again.
    fn redact(&mut self, mut ticket: Ticket) -> Option<Redacted> {
        ticket.drop_messages |= self.drop_messages;
        let (bare, execution_id) = (bare(&ticket), ticket.execution_id);
        let gate = &self.gate;
        let whole = catch_unwind(AssertUnwindSafe(|| ticket.redact(gate)));
        let failed = whole.as_ref().map_or(true, Redacted::gate_failed);
        let redacted = whole.or_else(|_| catch_unwind(AssertUnwindSafe(|| bare.redact(gate)))).ok();
        if failed {
            self.gate_failed(execution_id);
        }
        let counters = &self.handoff.counters;
        let redactions = redacted.as_ref().map_or(0, Redacted::redactions);
        counters.redactions.fetch_add(redactions.into(), Relaxed);
        redacted
    }

    fn encode(&self, redacted: &Redacted) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let encoded =
            AssertUnwindSafe(|| encode::log_record(redacted, limits::RECORD_BYTES, &mut bytes));
        let fit = catch_unwind(encoded).ok()?;
        self.handoff.counters.fitted(fit);
        bytes.shrink_to_fit();
        Some(bytes)
    }

    fn gate_failed(&mut self, execution_id: ExecutionId) {
        self.handoff.counters.gate_failures.fetch_add(1, Relaxed);
        if !self.gate_failure_told {
            self.gate_failure_told = true;
            tracing::warn!(name: "gate.not_read",
                "the redaction gate could not read all of the ticket's execution {execution_id}; \
                 what it could not read was left out. Further ones are only counted"
            );
        }
    }
}

/// What did not leave, and why; nobody's text is in that.
struct Unpacked {
    outcome: Outcome,
    why: String,
}

impl Unpacked {
    fn unredactable(what: &str) -> Self {
        let why = format!("{what} could not be redacted, and did not leave");
        Self { outcome: Outcome::Unredactable, why }
    }

    fn invalid(why: String) -> Self {
        Self { outcome: Outcome::Invalid, why: format!("feedback was not sent: {why}") }
    }
}

/// What a ticket has without anyone's text but its id.
fn bare(ticket: &Ticket) -> Ticket {
    Ticket {
        id: ticket.id.clone(),
        execution_id: ticket.execution_id,
        status: ticket.status.clone(),
        executed_at: ticket.executed_at,
        duration: ticket.duration,
        category: None,
        capture: Capture::MetricsOnly,
        drop_messages: ticket.drop_messages,
        customer: None,
        sequence: ticket.sequence,
        open: ticket.open,
        metrics: Vec::new(),
        model: None,
        input_tokens: ticket.input_tokens,
        output_tokens: ticket.output_tokens,
        error_type: None,
        attributes: Vec::new(),
        span: ticket.span,
        known_pii: Vec::new(),
        trace: Trace::default(),
    }
}

/// A batch under construction.
#[derive(Default)]
pub(crate) struct OpenBatch {
    request: Request,
    held: Option<Held>,
}

impl OpenBatch {
    /// Whether a record still fits under the cut.
    pub(crate) fn has_room_for(&self, record: &PackedRecord, batch_bytes: usize) -> bool {
        self.request.is_empty() || self.request.len_bytes() + record.bytes.len() <= batch_bytes
    }

    pub(crate) fn push(&mut self, record: PackedRecord) {
        self.request.push(&record.resource, &record.bytes);
        match &mut self.held {
            Some(held) => held.join(record.held),
            None => self.held = Some(record.held),
        }
    }

    /// The batch, unless nothing was put in.
    pub(crate) fn close(self) -> Option<Batch> {
        let held = self.held?;
        let records = self.request.records() as u64;
        Some(Batch { records, held, body: self.request.finish().into() })
    }
}

#[cfg(test)]
#[path = "packing/tests.rs"]
mod tests;
