//! A ticket while its workflow runs: it measures its own time, and is reported however it ends.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Instant,
};

use serde_json::Value;
use ticketlens_ticket::{Capture, Metric, SpanLink, Status, Step, StepError, StepStatus};

use crate::{Finished, Lens, TicketBuilder, lens::active_span, step::milliseconds};

/// One execution under way. A cheap handle: clones are the same ticket, for other threads and
/// tasks. What finishes it first counts; what comes later changes nothing.
///
/// When the last handle goes without a word (an early return, a cancelled future) the ticket is
/// still sent: as CANCELLED, or as FAILED with `error.type` "panic" while its thread unwinds.
#[derive(Clone)]
#[must_use = "a ticket that is dropped at once is reported as cancelled"]
pub struct ActiveTicket(Arc<Run>);

/// What the handles share. Dropped with the last of them.
struct Run {
    lens: Lens,
    started: Instant,
    /// The span that was active at the start, for a ticket that finishes outside of any.
    span: Option<SpanLink>,
    /// `None` once finished.
    draft: Mutex<Option<TicketBuilder>>,
    /// Counted as open no more.
    is_over: AtomicBool,
}

impl Lens {
    /// Starts a ticket, and its clock.
    pub fn ticket(&self, id: impl Into<String>) -> ActiveTicket {
        ActiveTicket::start(self.clone(), id)
    }
}

impl ActiveTicket {
    pub(crate) fn start(lens: Lens, id: impl Into<String>) -> Self {
        let draft = Mutex::new(Some(TicketBuilder::new(id)));
        let (started, span) = (Instant::now(), active_span());
        lens.counters().begin();
        Self(Arc::new(Run { lens, started, span, draft, is_over: AtomicBool::new(false) }))
    }

    /// What the ticket is about, e.g. `PRODUCT_SUPPORT`.
    pub fn category(self, category: impl Into<String>) -> Self {
        let category = category.into();
        self.with(|draft| draft.category(category))
    }

    /// The customer, raw: only a keyed hash leaves.
    pub fn customer(self, customer: impl Into<String>) -> Self {
        let customer = customer.into();
        self.with(|draft| draft.customer(customer))
    }

    /// How much of this ticket may leave; the stricter of this and the lens's own level holds.
    pub fn capture(self, capture: Capture) -> Self {
        self.with(|draft| draft.capture(capture))
    }

    /// What was said in this ticket stays behind: the request, the answer, and the bodies of message
    /// steps.
    pub fn drop_messages(self) -> Self {
        self.with(TicketBuilder::drop_messages)
    }

    /// What is known to be personal about this customer; every occurrence is removed.
    pub fn known_pii(self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.add_known_pii(values);
        self
    }

    /// A number the workflow measured.
    pub fn metric(self, name: impl Into<String>, value: impl Into<Metric>) -> Self {
        self.set_metric(name, value);
        self
    }

    /// The model asked for.
    pub fn model(self, model: impl Into<String>) -> Self {
        let model = model.into();
        self.with(|draft| draft.model(model))
    }

    /// Adds tokens read and written.
    pub fn tokens(self, input: u64, output: u64) -> Self {
        self.add_tokens(input, output);
        self
    }

    /// Any other attribute.
    pub fn attribute(self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.set_attribute(key, value);
        self
    }

    /// What was asked.
    pub fn request(self, request: impl Into<Value>) -> Self {
        let request = request.into();
        self.with(|draft| draft.request(request))
    }

    /// How the agent means to go about it.
    pub fn planning(self, planning: impl Into<Value>) -> Self {
        let planning = planning.into();
        self.with(|draft| draft.planning(planning))
    }

    /// What came out.
    pub fn output(self, output: impl Into<Value>) -> Self {
        let output = output.into();
        self.with(|draft| draft.output(output))
    }

    /// Adds a step that is already over.
    pub fn step(self, step: impl Into<Step>) -> Self {
        self.add_step(step);
        self
    }

    /// [`category`](Self::category), where the ticket is only borrowed.
    pub fn set_category(&self, category: impl Into<String>) {
        let category = category.into();
        self.change(|draft| draft.category(category));
    }

    /// [`customer`](Self::customer), where the ticket is only borrowed.
    pub fn set_customer(&self, customer: impl Into<String>) {
        let customer = customer.into();
        self.change(|draft| draft.customer(customer));
    }

    /// [`known_pii`](Self::known_pii), where the ticket is only borrowed.
    pub fn add_known_pii(&self, values: impl IntoIterator<Item = impl Into<String>>) {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        self.change(|draft| draft.known_pii(values));
    }

    /// [`metric`](Self::metric), where the ticket is only borrowed.
    pub fn set_metric(&self, name: impl Into<String>, value: impl Into<Metric>) {
        let (name, value) = (name.into(), value.into());
        self.change(|draft| draft.metric(name, value));
    }

    /// [`model`](Self::model), where the ticket is only borrowed.
    pub fn set_model(&self, model: impl Into<String>) {
        let model = model.into();
        self.change(|draft| draft.model(model));
    }

    /// [`tokens`](Self::tokens), where the ticket is only borrowed.
    pub fn add_tokens(&self, input: u64, output: u64) {
        self.change(|draft| draft.tokens(input, output));
    }

    /// [`attribute`](Self::attribute), where the ticket is only borrowed.
    pub fn set_attribute(&self, key: impl Into<String>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        self.change(|draft| draft.attribute(key, value));
    }

    /// What was asked, where the ticket is only borrowed.
    pub fn set_request(&self, request: impl Into<Value>) {
        let request = request.into();
        self.change(|draft| draft.request(request));
    }

    /// Low-cardinality reason of a failure (`error.type`); [`fail`](Self::fail) sets it too.
    pub fn set_error_type(&self, error_type: impl Into<String>) {
        let error_type = error_type.into();
        self.change(|draft| draft.error_type(error_type));
    }

    /// Adds an error that belongs to no single step.
    pub fn add_error(&self, error: StepError) {
        self.change(|draft| draft.error(error));
    }

    /// The span to link to, where none of this library's OpenTelemetry is active.
    pub fn set_span(&self, span: SpanLink) {
        self.change(|draft| draft.span(span));
    }

    /// Whether it has ended: nothing changes it any more.
    pub fn is_finished(&self) -> bool {
        self.lock().is_none()
    }

    /// [`planning`](Self::planning), where the ticket is only borrowed.
    pub fn set_planning(&self, planning: impl Into<Value>) {
        let planning = planning.into();
        self.change(|draft| draft.planning(planning));
    }

    /// [`output`](Self::output), where the ticket is only borrowed.
    pub fn set_output(&self, output: impl Into<Value>) {
        let output = output.into();
        self.change(|draft| draft.output(output));
    }

    /// [`step`](Self::step), where the ticket is only borrowed.
    pub fn add_step(&self, step: impl Into<Step>) {
        let step = step.into();
        self.change(|draft| draft.step(step));
    }

    /// The agent did what was asked.
    pub fn succeed(self) {
        self.finish(Status::Success);
    }

    /// The agent failed: a low-cardinality reason (`error.type`).
    pub fn fail(self, error_type: impl Into<String>) {
        self.set_error_type(error_type);
        self.finish(Status::Failed);
    }

    /// Handed to a person.
    pub fn escalate(self) {
        self.finish(Status::Escalated);
    }

    /// Ended without an outcome.
    pub fn cancel(self) {
        self.finish(Status::Cancelled);
    }

    /// Ended with that status.
    pub fn finish(self, status: Status) {
        self.0.finish(status);
    }

    /// Takes the ticket out instead of sending it: to look at, to change, to emit elsewhere.
    /// `None` if it is finished already.
    pub fn build(self, status: Status) -> Option<Finished> {
        self.0.take(status)
    }

    fn with(self, change: impl FnOnce(TicketBuilder) -> TicketBuilder) -> Self {
        self.change(change);
        self
    }

    fn change(&self, change: impl FnOnce(TicketBuilder) -> TicketBuilder) {
        let mut draft = self.lock();
        *draft = draft.take().map(change);
    }

    pub(crate) fn started(&self) -> Instant {
        self.0.started
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Option<TicketBuilder>> {
        self.0.lock()
    }
}

impl Run {
    /// A panic while the lock was held leaves a draft that is still worth sending.
    fn lock(&self) -> MutexGuard<'_, Option<TicketBuilder>> {
        self.draft.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, status: Status) -> Option<Finished> {
        let mut draft = self.lock().take()?.duration(self.started.elapsed());
        self.over();
        if let Some(span) = active_span().or(self.span)
            && !draft.has_span()
        {
            draft = draft.span(span);
        }
        close_open_steps(&mut draft, milliseconds(self.started.elapsed()));
        Some(draft.build(status))
    }

    fn over(&self) {
        if !self.is_over.swap(true, Relaxed) {
            self.lens.counters().end();
        }
    }

    fn finish(&self, status: Status) {
        if let Some(finished) = self.take(status) {
            self.lens.emit(finished);
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.over();
        if !thread::panicking() {
            return self.finish(Status::Cancelled);
        }
        let mut draft = self.lock();
        *draft = draft.take().map(|draft| draft.error_type("panic"));
        drop(draft);
        self.finish(Status::Failed);
    }
}

/// Marks a step that is still running; no finished one has it.
pub(crate) const RUNNING: f64 = -1.0;

/// A step that outlives its ticket (another task's, a forgotten one) is shown up to here.
fn close_open_steps(draft: &mut TicketBuilder, now_ms: f64) {
    for place in 0..draft.step_count() {
        let Some(step) = draft.step_mut(place) else { continue };
        if step.duration_ms == RUNNING {
            step.duration_ms = (now_ms - step.start_ms).max(0.0);
            step.status = StepStatus::Error;
            let kind = Some("unfinished".to_owned());
            step.error = Some(StepError { kind, ..StepError::default() });
        }
    }
}

impl fmt::Debug for ActiveTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ActiveTicket").field(&*self.0.lock()).finish()
    }
}
