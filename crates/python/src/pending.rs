//! A ticket that has ended while spans of it may still come: they become its timeline.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use pyo3::{prelude::*, pybacked::PyBackedBytes};
use ticketlens::{Finished, Lens};
use ticketlens_spans::told;

use crate::{
    gathered::{Told, gathered, said},
    misuse::of_the_parent,
    pipeline::Pipeline,
    process::Own,
};

/// A ticket that has ended and waits for the last of its spans. Dropped before they come, as where an
/// interrupt strikes, it is handed over without.
#[pyclass(frozen, module = "ticketlens._core")]
pub struct Pending(Own<Waiting>);

struct Waiting {
    finished: Mutex<Option<(Finished, Place)>>,
    weight: usize,
    lens: Lens,
}

/// A place among those that wait, until the ticket is handed over.
struct Place(Arc<AtomicU64>);

impl Place {
    fn among(count: &Arc<AtomicU64>) -> Self {
        count.fetch_add(1, Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Waiting {
    fn take(&self) -> Option<(Finished, Place)> {
        self.finished.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((finished, _place)) = self.take() {
            self.lens.emit(finished);
        }
    }
}

impl Pending {
    pub fn new(finished: Finished, lens: Lens, count: &Arc<AtomicU64>) -> Self {
        let weight = finished.weight();
        let finished = Mutex::new(Some((finished, Place::among(count))));
        Self(Own::new(Waiting { finished, weight, lens }))
    }
}

#[pymethods]
impl Pending {
    /// About how many bytes of memory it holds.
    #[getter]
    fn weight(&self) -> usize {
        self.0.get().map_or(0, |waiting| waiting.weight)
    }

    /// Hands the ticket over, with what was seen of it; `within` has the step that each span began in.
    /// Once; a second time does nothing.
    #[pyo3(signature = (pipeline, traces, logs, left_out, within=HashMap::new()))]
    fn emit(
        &self,
        py: Python<'_>,
        pipeline: &Pipeline,
        traces: Vec<PyBackedBytes>,
        logs: Vec<PyBackedBytes>,
        left_out: usize,
        within: HashMap<u64, String>,
    ) -> PyResult<Option<Told>> {
        let waiting = self.0.get().ok_or_else(of_the_parent)?;
        let lens = pipeline.lens()?;
        let Some((finished, _place)) = waiting.take() else { return Ok(None) };
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
            lens.emit(Finished::from(told(ticket, seen, &within)));
            Some(said)
        }))
    }
}
