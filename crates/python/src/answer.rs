//! What Python is told: counters, and what a flush or a shutdown came to.

use pyo3::{prelude::*, types::PyDict};
use ticketlens::Dropped;

/// What became of the tickets and the feedback of this process so far.
#[pyclass(frozen, get_all, module = "ticketlens")]
pub struct Stats {
    open: u64,
    emitted: u64,
    /// Of these, the feedback.
    feedback: u64,
    sent: u64,
    rejected: u64,
    dropped: Py<PyDict>,
    left: u64,
    degraded: Py<PyDict>,
    redactions: u64,
    gate_failures: u64,
    retries: u64,
    /// What was given to `emit` and was no ticket log, or to `feedback` and was none.
    malformed: u64,
    /// Tickets that have ended and wait for spans, and runs that may become tickets; not emitted yet.
    waiting: u64,
    last_error: Option<String>,
    messages: Vec<String>,
}

impl Stats {
    pub fn new(
        py: Python<'_>,
        stats: ticketlens::Stats,
        malformed: u64,
        waiting: u64,
    ) -> PyResult<Self> {
        let degraded = PyDict::new(py);
        degraded.set_item("shortened", stats.degraded.shortened)?;
        degraded.set_item("timeline", stats.degraded.timeline)?;
        degraded.set_item("metrics_only", stats.degraded.metrics_only)?;
        Ok(Self {
            open: stats.open,
            emitted: stats.emitted,
            feedback: stats.feedback,
            sent: stats.sent,
            rejected: stats.rejected,
            dropped: by_reason(py, &stats.dropped)?,
            left: stats.left,
            degraded: degraded.unbind(),
            redactions: stats.redactions,
            gate_failures: stats.gate_failures,
            retries: stats.retries,
            malformed,
            waiting,
            last_error: stats.last_error,
            messages: stats.messages,
        })
    }
}

#[pymethods]
impl Stats {
    fn __repr__(&self, py: Python<'_>) -> String {
        let Self { emitted, sent, rejected, left, .. } = self;
        let dropped: u64 = self.dropped.bind(py).values().iter().filter_map(number).sum();
        format!(
            "Stats(emitted={emitted}, sent={sent}, rejected={rejected}, dropped={dropped}, left={left})"
        )
    }
}

fn number(any: Bound<'_, PyAny>) -> Option<u64> {
    any.extract().ok()
}

fn by_reason(py: Python<'_>, dropped: &Dropped) -> PyResult<Py<PyDict>> {
    let counts = PyDict::new(py);
    for (reason, count) in dropped.by_reason() {
        counts.set_item(reason, count)?;
    }
    Ok(counts.unbind())
}

/// What a flush came to.
#[pyclass(frozen, get_all, module = "ticketlens")]
pub struct FlushReport {
    pub sent: u64,
    pub left: u64,
    pub complete: bool,
}

#[pymethods]
impl FlushReport {
    fn __repr__(&self) -> String {
        let complete = python(self.complete);
        format!("FlushReport(sent={}, left={}, complete={complete})", self.sent, self.left)
    }
}

/// What a shutdown came to; the counts are the lens's whole life's.
#[pyclass(frozen, get_all, module = "ticketlens")]
pub struct ShutdownReport {
    sent: u64,
    rejected: u64,
    dropped: Py<PyDict>,
    left: u64,
    complete: bool,
}

impl ShutdownReport {
    pub fn new(
        py: Python<'_>,
        report: &ticketlens::ShutdownReport,
        gathered: bool,
    ) -> PyResult<Self> {
        Ok(Self {
            sent: report.sent,
            rejected: report.rejected,
            dropped: by_reason(py, &report.dropped)?,
            left: report.left,
            complete: report.complete && gathered,
        })
    }
}

#[pymethods]
impl ShutdownReport {
    fn __repr__(&self) -> String {
        let Self { sent, rejected, left, .. } = self;
        let complete = python(self.complete);
        format!(
            "ShutdownReport(sent={sent}, rejected={rejected}, left={left}, complete={complete})"
        )
    }
}

fn python(truth: bool) -> &'static str {
    if truth { "True" } else { "False" }
}
