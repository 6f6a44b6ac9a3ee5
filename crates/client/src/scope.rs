//! A step while it runs.

use std::{fmt, mem, thread, time::Instant};

use serde_json::Value;
use ticketlens_ticket::{Step, StepKind};

use crate::{ActiveTicket, StepBuilder, active::RUNNING, builder::step_id};

/// A step under way. It ends with [`end`](Self::end), with [`error`](Self::error), or when it is
/// dropped: as it should, or with the error "panic" while its thread unwinds.
#[must_use = "a step that is dropped at once took no time"]
pub struct StepScope {
    ticket: ActiveTicket,
    started: Instant,
    /// Where it stands in the ticket's steps: where it began, so that a parent comes before the
    /// steps within it.
    place: usize,
    id: String,
    step: StepBuilder,
}

impl ActiveTicket {
    /// Starts a step that times itself.
    pub fn start_step(&self, kind: StepKind, name: impl Into<String>) -> StepScope {
        StepScope::start(self, StepBuilder::new(kind, name))
    }
}

impl StepScope {
    pub(crate) fn start(ticket: &ActiveTicket, step: StepBuilder) -> Self {
        let started = Instant::now();
        let step = step.started(started.saturating_duration_since(ticket.started()));
        let mut scope =
            Self { ticket: ticket.clone(), started, place: usize::MAX, id: String::new(), step };
        let mut draft = ticket.lock();
        if let Some(open) = draft.take() {
            scope.place = open.step_count();
            scope.id = step_id(scope.place);
            scope.step = mem::take(&mut scope.step).id(scope.id.clone());
            let running = Step { duration_ms: RUNNING, ..scope.step.so_far() };
            *draft = Some(open.step(running));
        }
        drop(draft);
        scope
    }

    /// Starts a step within this one.
    pub fn start_step(&self, kind: StepKind, name: impl Into<String>) -> Self {
        let step = StepBuilder::new(kind, name).parent(self.id.clone());
        Self::start(&self.ticket, step)
    }

    /// Its id within the ticket.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The ReACT iteration, from 1.
    pub fn iteration(self, iteration: u32) -> Self {
        self.with(|step| step.iteration(iteration))
    }

    /// The tool the agent chose, and what it gave it.
    pub fn action(self, action: impl Into<String>, input: impl Into<Value>) -> Self {
        self.with(|step| step.action(action, input))
    }

    /// What went in.
    pub fn input(self, input: impl Into<Value>) -> Self {
        self.with(|step| step.input(input))
    }

    /// What came out.
    pub fn output(self, output: impl Into<Value>) -> Self {
        self.with(|step| step.output(output))
    }

    /// Anything else: tokens, scores, model parameters.
    pub fn attribute(self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with(|step| step.attribute(key, value))
    }

    /// It failed, and goes on: a low-cardinality type, and what was said.
    pub fn failed(self, error_type: impl Into<String>, message: impl Into<String>) -> Self {
        self.with(|step| step.failed(error_type, message))
    }

    /// Where it failed.
    pub fn stack(self, stack: impl Into<String>) -> Self {
        self.with(|step| step.stack(stack))
    }

    /// It went as it should.
    pub fn end(self) {}

    /// It failed: a low-cardinality type, and what was said.
    pub fn error(self, error_type: impl Into<String>, message: impl Into<String>) {
        drop(self.with(|step| step.failed(error_type, message)));
    }

    /// It was not run after all.
    pub fn skip(self) {
        drop(self.with(StepBuilder::skipped));
    }

    fn with(mut self, change: impl FnOnce(StepBuilder) -> StepBuilder) -> Self {
        self.step = change(mem::take(&mut self.step));
        self
    }
}

impl Drop for StepScope {
    fn drop(&mut self) {
        let mut step = mem::take(&mut self.step).took(self.started.elapsed());
        if thread::panicking() && !step.has_failed() {
            step = step.failed("panic", "the step's thread panicked");
        }
        if let Some(draft) = self.ticket.lock().as_mut()
            && let Some(place) = draft.step_mut(self.place)
        {
            *place = step.into();
        }
    }
}

impl fmt::Debug for StepScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepScope").field("step", &self.step).finish_non_exhaustive()
    }
}
