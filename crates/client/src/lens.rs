//! The lens: what a workflow holds.

use std::{
    fmt,
    sync::{Arc, mpsc as blocking},
    time::{Duration, Instant},
};

use opentelemetry::{Context, trace::TraceContextExt as _};
use ticketlens_redact::Gate;
use ticketlens_ticket::{Capture, Feedback, Resource, SpanLink};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    ConfigError, Dropped, Finished, Stats, handoff::Handoff, stats::Counters, worker::Command,
};

/// A workflow's handle on its pipeline. Cheap to clone; clones share the pipeline.
///
/// Nothing here waits, fails or panics but what says so: [`flush`](Self::flush) and
/// [`shutdown`](Self::shutdown) wait, no longer than they are told. When the last handle is
/// dropped without a shutdown, the library's thread sends what is left in the background; a
/// process that ends right then loses it.
#[derive(Clone)]
pub struct Lens {
    pipeline: Arc<Pipeline>,
    resource: Arc<Resource>,
}

struct Pipeline {
    handoff: Arc<Handoff>,
    /// Absent where the lens is off. Dropped with the last lens: the thread ends then.
    commands: Option<UnboundedSender<Command>>,
    redaction: Option<Redaction>,
    warnings: Vec<&'static str>,
}

/// What stands between a ticket and the wire.
#[derive(Clone)]
#[non_exhaustive]
pub struct Redaction {
    /// The gate that every ticket goes through.
    pub gate: Gate,
    /// The most of a ticket that may leave.
    pub capture: Capture,
    /// Whether what was said stays behind.
    pub drop_messages: bool,
}

/// What a flush came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlushReport {
    /// Taken by the receiver meanwhile.
    pub sent: u64,
    /// Waiting or under way when it ended.
    pub left: u64,
    /// Whether everything that was emitted before got its answer.
    pub complete: bool,
}

/// What a shutdown came to; the counts are the pipeline's whole life's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Taken by the receiver.
    pub sent: u64,
    /// Refused by the receiver one by one.
    pub rejected: u64,
    /// Given up, and why.
    pub dropped: Dropped,
    /// Never answered: lost, unless the receiver has stored what it could not acknowledge.
    pub left: u64,
    /// Whether nothing is left.
    pub complete: bool,
}

impl Lens {
    /// A lens that does nothing, and counts what it is given.
    pub fn off() -> Self {
        Self::assemble(Handoff::disabled().into(), None, Resource::default(), None, Vec::new())
    }

    pub(crate) fn off_because(error: &ConfigError) -> Self {
        let lens = Self::off();
        lens.pipeline.handoff.counters.failed(&error.to_string());
        lens
    }

    pub(crate) fn assemble(
        handoff: Arc<Handoff>,
        commands: Option<UnboundedSender<Command>>,
        resource: Resource,
        redaction: Option<Redaction>,
        warnings: Vec<&'static str>,
    ) -> Self {
        let pipeline = Pipeline { handoff, commands, redaction, warnings };
        Self { pipeline: Arc::new(pipeline), resource: Arc::new(resource) }
    }

    /// Whether tickets go anywhere.
    pub fn is_enabled(&self) -> bool {
        !self.pipeline.handoff.is_disabled()
    }

    /// What its tickets go through before they leave, to show it beforehand; `None` where the lens
    /// is off.
    pub fn redaction(&self) -> Option<&Redaction> {
        self.pipeline.redaction.as_ref()
    }

    /// What of its configuration is worth telling and no reason to stop. It was told as warnings
    /// of `tracing` already, for programs that listen to those.
    pub fn warnings(&self) -> &[&'static str] {
        &self.pipeline.warnings
    }

    /// A handle on the same pipeline for another workflow of this process.
    #[must_use]
    pub fn for_workflow(&self, workflow: &str, version: Option<&str>) -> Self {
        let mut resource = Resource::clone(&self.resource);
        workflow.clone_into(&mut resource.workflow);
        resource.version = version.map(str::to_owned);
        Self { pipeline: Arc::clone(&self.pipeline), resource: Arc::new(resource) }
    }

    /// A handle on the same pipeline for another environment.
    #[must_use]
    pub fn for_environment(&self, environment: &str) -> Self {
        let mut resource = Resource::clone(&self.resource);
        resource.environment = Some(environment.to_owned());
        Self { pipeline: Arc::clone(&self.pipeline), resource: Arc::new(resource) }
    }

    /// Who this handle's tickets are from.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Hands a finished ticket over: a move into the queue. What does not fit is dropped and
    /// counted. A ticket without a span is linked to the active one.
    pub fn emit(&self, finished: impl Into<Finished>) {
        let mut finished = finished.into();
        if finished.ticket.span.is_none() {
            finished.ticket.span = active_span();
        }
        self.pipeline.handoff.put(finished, &self.resource);
    }

    /// Hands feedback over, as [`emit`](Self::emit) does a ticket. What can't be sent is counted
    /// ([`Dropped::invalid`]).
    pub fn emit_feedback(&self, feedback: impl Into<Box<Feedback>>) {
        self.pipeline.handoff.put_feedback(feedback.into(), &self.resource);
    }

    /// Waits until everything that was emitted before is answered, but no longer than `deadline`.
    /// Blocks its thread; the sending thread is the library's own.
    pub fn flush(&self, deadline: Duration) -> FlushReport {
        let before = self.stats().sent;
        let (done, answered) = blocking::sync_channel(1);
        let complete = self.tell(Command::Flush { done }, &answered, deadline);
        let stats = self.stats();
        // Without a thread to answer, what is left is what is lost.
        let complete = complete.unwrap_or(stats.left == 0);
        FlushReport { sent: stats.sent - before, left: stats.left, complete }
    }

    /// Takes no more tickets and no feedback, sends what there is, and ends the library's thread, no later than
    /// `deadline`. Blocks its thread. Called again, it reports again.
    pub fn shutdown(&self, deadline: Duration) -> ShutdownReport {
        self.pipeline.handoff.close();
        let (done, answered) = blocking::sync_channel(1);
        // A deadline beyond what a clock can show is none that is met.
        let now = Instant::now();
        let by = now.checked_add(deadline).unwrap_or(now + Duration::from_secs(365 * 24 * 3600));
        self.tell(Command::ShutDown { by, done: Some(done) }, &answered, deadline);
        let Stats { sent, rejected, dropped, left, .. } = self.stats();
        ShutdownReport { sent, rejected, dropped, left, complete: left == 0 }
    }

    /// Waits for the thread: whether it answered in time, or `None` where it is gone already.
    fn tell(
        &self,
        command: Command,
        answered: &blocking::Receiver<()>,
        deadline: Duration,
    ) -> Option<bool> {
        self.pipeline.commands.as_ref()?.send(command).ok()?;
        // A thread that ends meanwhile drops the sender without a word.
        Some(answered.recv_timeout(deadline).is_ok())
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.pipeline.handoff.counters
    }

    /// What became of the tickets and the feedback so far.
    pub fn stats(&self) -> Stats {
        self.counters().snapshot()
    }

    /// Bytes of tickets and feedback waiting and under way, by their weight: never more than the queue's bound.
    pub fn queued_bytes(&self) -> usize {
        self.pipeline.handoff.held()
    }
}

impl fmt::Debug for Lens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lens")
            .field("workflow", &self.resource.workflow)
            .field("enabled", &self.is_enabled())
            .finish_non_exhaustive()
    }
}

/// The span that is active on this thread.
pub(crate) fn active_span() -> Option<SpanLink> {
    // A ticket that a thread's last destructors drop finds its context gone, which panics.
    let read = || {
        Context::map_current(|context| {
            if !context.has_active_span() {
                return None;
            }
            let span = context.span();
            let span = span.span_context();
            span.is_valid().then(|| SpanLink {
                trace_id: span.trace_id().to_bytes(),
                span_id: span.span_id().to_bytes(),
            })
        })
    };
    std::panic::catch_unwind(read).ok().flatten()
}
