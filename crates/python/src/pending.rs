//! A ticket that has ended while spans of it may still come: they become its timeline.

use std::sync::{Mutex, PoisonError};

use pyo3::{prelude::*, pybacked::PyBackedBytes};
use ticketlens::Finished;
use ticketlens_spans::told;

use crate::{
    gathered::{Told, gathered, said},
    misuse::of_the_parent,
    pipeline::Pipeline,
    process::Own,
};

/// A ticket that has ended and waits for the last of its spans.
#[pyclass(frozen, module = "ticketlens._core")]
pub struct Pending(Own<Mutex<Option<Finished>>>);

impl Pending {
    pub fn new(finished: Finished) -> Self {
        Self(Own::new(Mutex::new(Some(finished))))
    }
}

#[pymethods]
impl Pending {
    /// Hands the ticket over, with what was seen of it. Once; a second time does nothing.
    fn emit(
        &self,
        py: Python<'_>,
        pipeline: &Pipeline,
        traces: Vec<PyBackedBytes>,
        logs: Vec<PyBackedBytes>,
        left_out: usize,
    ) -> PyResult<Option<Told>> {
        let waiting = self.0.get().ok_or_else(of_the_parent)?;
        let Some(finished) = waiting.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return Ok(None);
        };
        let lens = pipeline.lens()?;
        Ok(py.detach(|| {
            if traces.is_empty() {
                lens.emit(finished);
                return None;
            }
            let ticket = finished.into_ticket();
            let mut spans = gathered(&traces, &logs);
            spans.leave_out(left_out);
            let seen = spans.into_run().ticket(ticket.id.clone());
            let said = said(&seen);
            lens.emit(Finished::from(told(ticket, seen)));
            Some(said)
        }))
    }
}
