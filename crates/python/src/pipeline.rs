//! The lens of one process, and what Python asks of it.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use pyo3::{prelude::*, pybacked::PyBackedBytes, types::PyDict};
use ticketlens::{Finished, Lens, SpanLink};
use ticketlens_redact::{Gate, GateConfig};
use ticketlens_show::preview::{Preview, document};
use ticketlens_ticket::{
    Capture, Resource,
    line::{Parsed, ParsedFeedback},
};

use crate::{
    answer::{FlushReport, ShutdownReport, Stats},
    feedback,
    gathered::{Told, emit, gathered},
    line::{parse, state, to_python},
    misuse::{ConfigError, misuse, of_the_parent},
    options::{Options, seconds},
    process::Own,
    room::Room,
};

/// A lens that starts when it is first used: a thread, in the process that uses it.
#[pyclass(frozen, module = "ticketlens._core")]
pub struct Pipeline {
    options: Arc<Options>,
    lens: Own<OnceLock<Lens>>,
    emits: AtomicU64,
    malformed: AtomicU64,
    /// Tickets that have ended and wait for spans.
    pub waiting: Arc<AtomicU64>,
}

/// Ticket logs that are looked at for what was probably meant otherwise: those of one workflow are alike.
const HINTED: u64 = 64;

impl Pipeline {
    fn of(options: Arc<Options>) -> Self {
        Self {
            options,
            lens: Own::new(OnceLock::new()),
            emits: AtomicU64::new(0),
            malformed: AtomicU64::new(0),
            waiting: Arc::default(),
        }
    }

    /// The lens, started.
    pub fn lens(&self) -> PyResult<&Lens> {
        let slot = self.lens.get().ok_or_else(of_the_parent)?;
        Ok(slot.get_or_init(|| self.options.builder().build_or_off()))
    }

    /// A handle with what a line says of its sender; what it leaves out is the lens's own.
    fn handle(&self, line: &Resource, says_workflow: bool) -> PyResult<Lens> {
        let mut lens = self.lens()?.clone();
        if says_workflow || line.version.is_some() {
            let own = lens.resource().clone();
            let workflow = if says_workflow { &line.workflow } else { &own.workflow };
            // Another workflow's version is not this one's.
            let own_version = own.version.as_deref().filter(|_| *workflow == own.workflow);
            lens = lens.for_workflow(workflow, line.version.as_deref().or(own_version));
        }
        if let Some(environment) = &line.environment {
            lens = lens.for_environment(environment);
        }
        Ok(lens)
    }
}

/// How long a flush waits before it looks whether Python was asked to stop.
const SLICE: Duration = Duration::from_millis(200);

/// Trace id and span id, as OpenTelemetry's Python API has them.
pub type Span = (u128, u64);

/// A span to link to; `None` for ids that name none.
pub fn span_link(span: Option<Span>) -> Option<SpanLink> {
    let (trace, span) = span.filter(|(trace, span)| *trace != 0 && *span != 0)?;
    Some(SpanLink { trace_id: trace.to_be_bytes(), span_id: span.to_be_bytes() })
}

#[pymethods]
impl Pipeline {
    #[new]
    fn new(options: &Bound<'_, PyDict>) -> PyResult<Self> {
        Ok(Self::of(Arc::new(Options::read(options)?)))
    }

    /// One of the same options for a process that came of a fork.
    fn again(&self) -> Self {
        Self::of(Arc::clone(&self.options))
    }

    /// Starts the lens. Raises `ConfigError` with all that is wrong.
    fn start(&self) -> PyResult<()> {
        let slot = self.lens.get().ok_or_else(of_the_parent)?;
        if slot.get().is_none() {
            let lens = self.options.builder().build();
            let lens = lens.map_err(|error| ConfigError::new_err(error.to_string()))?;
            let _ = slot.set(lens);
        }
        Ok(())
    }

    /// What is worth telling of the configuration.
    fn warnings(&self) -> PyResult<Vec<&'static str>> {
        Ok(self.lens()?.warnings().to_vec())
    }

    fn is_enabled(&self) -> PyResult<bool> {
        Ok(self.lens()?.is_enabled())
    }

    fn queued_bytes(&self) -> PyResult<usize> {
        Ok(self.lens()?.queued_bytes())
    }

    /// The last thing that went wrong, in a few words.
    fn last_error(&self) -> PyResult<Option<String>> {
        Ok(self.lens()?.stats().last_error)
    }

    /// Reads a ticket log and hands it over. What it hints at is returned.
    #[pyo3(signature = (log, span=None))]
    fn emit(
        &self,
        py: Python<'_>,
        log: &Bound<'_, PyAny>,
        span: Option<Span>,
    ) -> PyResult<Vec<String>> {
        let refused = |error: PyErr| {
            self.malformed.fetch_add(1, Relaxed);
            error
        };
        let state = state(log).map_err(refused)?;
        let says_workflow = state.map.get("workflow").is_some_and(|name| !name.is_null());
        let hints = self.emits.fetch_add(1, Relaxed) < HINTED;
        let Parsed { mut ticket, resource, hints, .. } =
            parse(state.map, hints).map_err(|error| refused(misuse(error.to_string())))?;
        ticket.span = span_link(span);
        let lens = self.handle(&resource, says_workflow)?;
        let hand_over = move || lens.emit(Finished::from(ticket));
        if state.is_large {
            py.detach(hand_over)
        } else {
            hand_over()
        }
        Ok(hints.iter().map(ToString::to_string).collect())
    }

    /// Hands feedback over. What it hints at is returned.
    fn feedback(
        &self,
        given: &Bound<'_, PyDict>,
        known_pii: &Bound<'_, PyAny>,
    ) -> PyResult<Vec<String>> {
        let ParsedFeedback { feedback, hints, .. } = feedback::parse(given, known_pii)
            .inspect_err(|_| {
                self.malformed.fetch_add(1, Relaxed);
            })?;
        self.lens()?.emit_feedback(feedback);
        Ok(hints.iter().map(ToString::to_string).collect())
    }

    /// What would leave of a ticket log.
    fn preview<'py>(
        &self,
        py: Python<'py>,
        log: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let state = state(log)?;
        let says_workflow = state.map.get("workflow").is_some_and(|name| !name.is_null());
        let Parsed { mut ticket, resource, .. } =
            parse(state.map, false).map_err(|error| misuse(error.to_string()))?;
        let lens = self.handle(&resource, says_workflow)?;
        let shown = py.detach(move || {
            let off;
            let (gate, capture) = match lens.redaction() {
                Some(redaction) => {
                    ticket.drop_messages |= redaction.drop_messages;
                    (&redaction.gate, redaction.capture)
                }
                None => {
                    off = Gate::new(GateConfig::default()).ok()?;
                    (&off, Capture::FullTrace)
                }
            };
            Some(document(&Preview::of(1, ticket, lens.resource(), gate, capture)))
        });
        to_python(py, &shown.ok_or_else(|| misuse("there is no gate to show it with"))?)
    }

    /// Hands over the tickets that spans alone tell of; some may have been left out.
    #[pyo3(signature = (traces, logs, left_out=0, key=None, id=None))]
    fn emit_spans(
        &self,
        py: Python<'_>,
        traces: Vec<PyBackedBytes>,
        logs: Vec<PyBackedBytes>,
        left_out: usize,
        key: Option<&Bound<'_, PyAny>>,
        id: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<Told>> {
        // As a ticket's id is read: a lone surrogate costs nobody the run.
        let room = Room::new();
        let text = |any: Option<&Bound<'_, PyAny>>| any.map(|any| room.text(any)).transpose();
        let (key, id) = (text(key)?, text(id)?);
        let lens = self.lens()?;
        Ok(py.detach(|| {
            let mut spans = gathered(&traces, &logs);
            spans.leave_out(left_out);
            emit(lens, spans, key, id)
        }))
    }

    /// Runs that may become tickets wait too, where nothing of them is here yet.
    fn stats(&self, py: Python<'_>, runs_waiting: u64) -> PyResult<Stats> {
        let (malformed, waiting) = (self.malformed.load(Relaxed), self.waiting.load(Relaxed));
        Stats::new(py, self.lens()?.stats(), malformed, waiting + runs_waiting)
    }

    /// Tickets that have ended and wait for spans.
    fn waiting(&self) -> u64 {
        self.waiting.load(Relaxed)
    }

    /// Waits in slices, so that Ctrl-C is heard. `gathered` is whether all that waited for spans before
    /// was handed over.
    fn flush(
        &self,
        py: Python<'_>,
        deadline: &Bound<'_, PyAny>,
        gathered: bool,
    ) -> PyResult<FlushReport> {
        let deadline = seconds(deadline).map_err(|wrong| wrong.raised(misuse))?;
        let lens = self.lens()?;
        let (started, mut sent) = (Instant::now(), 0);
        loop {
            let left = deadline.saturating_sub(started.elapsed());
            let report = py.detach(|| lens.flush(left.min(SLICE)));
            sent += report.sent;
            if report.complete || left <= SLICE {
                let complete = report.complete && gathered;
                return Ok(FlushReport { sent, left: report.left, complete });
            }
            py.check_signals()?;
        }
    }

    fn shutdown(
        &self,
        py: Python<'_>,
        deadline: &Bound<'_, PyAny>,
        gathered: bool,
    ) -> PyResult<ShutdownReport> {
        let deadline = seconds(deadline).map_err(|wrong| wrong.raised(misuse))?;
        let lens = self.lens()?;
        let report = py.detach(|| lens.shutdown(deadline));
        ShutdownReport::new(py, &report, gathered)
    }
}
