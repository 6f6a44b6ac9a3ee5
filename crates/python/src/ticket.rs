//! A ticket under way. Python's class of that name adds `with`, and says what goes wrong.

use std::sync::Arc;

use pyo3::{
    prelude::*,
    types::{PyString, PyTuple},
};
use ticketlens::{ActiveTicket, Metric, Status, StepError};

use crate::{
    misuse::{misuse, of_the_parent},
    options::capture,
    pipeline::{Pipeline, Span, span_link},
    process::Own,
    room::Room,
};

/// One execution under way, of the process that began it.
#[pyclass(subclass, frozen, weakref, module = "ticketlens._core")]
pub struct Ticket {
    id: String,
    active: Own<ActiveTicket>,
    pub room: Arc<Room>,
}

impl Ticket {
    fn active(&self) -> PyResult<&ActiveTicket> {
        self.active.get().ok_or_else(of_the_parent)
    }

    /// The ticket, if something may still be said of it.
    pub fn open(&self) -> PyResult<&ActiveTicket> {
        let active = self.active()?;
        if active.is_finished() {
            Err(misuse("the ticket is finished already"))
        } else {
            Ok(active)
        }
    }
}

#[pymethods]
impl Ticket {
    #[new]
    #[pyo3(signature = (pipeline, id, span=None))]
    fn new(pipeline: &Pipeline, id: &Bound<'_, PyAny>, span: Option<Span>) -> PyResult<Self> {
        let room = Room::new();
        let id = room.text(id)?;
        let active = pipeline.lens()?.ticket(id.as_str());
        if let Some(span) = span_link(span) {
            active.set_span(span);
        }
        Ok(Self { id, active: Own::new(active), room: Arc::new(room) })
    }

    /// The ticket's number in the help desk.
    #[getter]
    fn id(&self) -> &str {
        &self.id
    }

    /// Whether it has ended, or is another process's: nothing changes it any more.
    #[getter]
    fn finished(&self) -> bool {
        self.active.get().is_none_or(ActiveTicket::is_finished)
    }

    fn category(&self, category: &Bound<'_, PyAny>) -> PyResult<()> {
        self.open()?.set_category(self.room.text(category)?);
        Ok(())
    }

    fn customer(&self, customer: &Bound<'_, PyAny>) -> PyResult<()> {
        self.open()?.set_customer(self.room.text(customer)?);
        Ok(())
    }

    fn capture(&self, level: &Bound<'_, PyAny>) -> PyResult<()> {
        let level = capture(level).map_err(misuse)?;
        drop(self.open()?.clone().capture(level));
        Ok(())
    }

    fn drop_messages(&self) -> PyResult<()> {
        drop(self.open()?.clone().drop_messages());
        Ok(())
    }

    #[pyo3(signature = (*values))]
    fn known_pii(&self, values: &Bound<'_, PyTuple>) -> PyResult<()> {
        let mut known = Vec::new();
        for value in values {
            // A text is a list of its letters, which nobody means.
            let is_one = value.is_instance_of::<PyString>() || value.try_iter().is_err();
            if is_one {
                self.know(&value, &mut known)?;
                continue;
            }
            for value in value.try_iter()? {
                self.know(&value?, &mut known)?;
            }
        }
        self.open()?.add_known_pii(known);
        Ok(())
    }

    fn metric(&self, name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let name = self.room.text(name)?;
        let metric = match value.extract::<i64>() {
            Ok(n) => Metric::Int(n),
            Err(_) => {
                Metric::Double(value.extract().map_err(|_| misuse("a metric's value is a number"))?)
            }
        };
        self.open()?.set_metric(name, metric);
        Ok(())
    }

    fn model(&self, model: &Bound<'_, PyAny>) -> PyResult<()> {
        self.open()?.set_model(self.room.text(model)?);
        Ok(())
    }

    #[pyo3(signature = (input=0, output=0))]
    fn tokens(&self, input: u64, output: u64) -> PyResult<()> {
        self.open()?.add_tokens(input, output);
        Ok(())
    }

    fn attribute(&self, name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let (name, value) = (self.room.text(name)?, self.room.read(value)?);
        self.open()?.set_attribute(name, value);
        Ok(())
    }

    fn request(&self, request: &Bound<'_, PyAny>) -> PyResult<()> {
        self.open()?.set_request(self.room.read(request)?);
        Ok(())
    }

    fn planning(&self, planning: &Bound<'_, PyAny>) -> PyResult<()> {
        self.open()?.set_planning(self.room.read(planning)?);
        Ok(())
    }

    fn output(&self, output: &Bound<'_, PyAny>) -> PyResult<()> {
        self.open()?.set_output(self.room.read(output)?);
        Ok(())
    }

    #[pyo3(signature = (error_type, message=None, stack=None))]
    fn error(
        &self,
        error_type: &Bound<'_, PyAny>,
        message: Option<&Bound<'_, PyAny>>,
        stack: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let text = |any: Option<&Bound<'_, PyAny>>| any.map(|any| self.room.text(any)).transpose();
        let kind = Some(self.room.text(error_type)?);
        let (message, stack) = (text(message)?, text(stack)?);
        let error = StepError { kind, message, stack, ..StepError::default() };
        self.open()?.add_error(error);
        Ok(())
    }

    fn error_type(&self, error_type: &Bound<'_, PyAny>) -> PyResult<()> {
        self.open()?.set_error_type(self.room.text(error_type)?);
        Ok(())
    }

    /// Ends it with that status.
    fn finish(&self, py: Python<'_>, status: &str) -> PyResult<()> {
        let status: Status = status.parse().map_err(|_| {
            misuse("a status is SUCCESS, FAILED, ESCALATED, CANCELLED or [A-Z][A-Z0-9_]{0,63}")
        })?;
        let active = self.open()?.clone();
        // The interpreter is given up only for what takes longer than getting it back.
        if self.room.values_taken() > LARGE {
            py.detach(|| active.finish(status))
        } else {
            active.finish(status)
        }
        Ok(())
    }

    /// Takes it back: nothing is sent, and it never was.
    fn withdraw(&self) -> PyResult<()> {
        drop(self.active()?.clone().build(Status::Cancelled));
        Ok(())
    }
}

/// Values beyond which weighing a ticket takes longer than handing the interpreter over.
const LARGE: usize = 8 * 1024;

impl Ticket {
    /// One value that is personal; none at all is none.
    fn know(&self, value: &Bound<'_, PyAny>, known: &mut Vec<String>) -> PyResult<()> {
        if !value.is_none() {
            known.push(self.room.text(value)?);
        }
        Ok(())
    }
}
