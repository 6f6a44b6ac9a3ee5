//! A ticket under way. Python's class of that name adds `with`, and says what goes wrong.

use std::sync::{Arc, atomic::AtomicU64};

use pyo3::{exceptions::PyException, prelude::*, types::PyTuple};
use ticketlens::{ActiveTicket, Lens, Metric, Status, StepError};

use crate::{
    misuse::{Wrong, misuse, of_the_parent, unless_raised_on},
    options::capture,
    pending::Pending,
    pipeline::{Pipeline, Span, span_link},
    process::Own,
    room::Room,
};

/// One execution under way, of the process that began it.
///
/// Python's class has the weak references: what hears of their end is Python's, and must not be called
/// from a `drop`. In a daemon thread, when the interpreter ends, it would never return.
#[pyclass(subclass, frozen, module = "ticketlens._core")]
pub struct Ticket {
    id: String,
    active: Own<ActiveTicket>,
    lens: Own<Lens>,
    pub room: Arc<Room>,
    /// Tickets of its pipeline that wait for spans.
    waiting: Arc<AtomicU64>,
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
        let lens = pipeline.lens()?.clone();
        let active = lens.ticket(id.as_str());
        if let Some(span) = span_link(span) {
            active.set_span(span);
        }
        Ok(Self {
            id,
            active: Own::new(active),
            lens: Own::new(lens),
            room: Arc::new(room),
            waiting: Arc::clone(&pipeline.waiting),
        })
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

    #[pyo3(name = "_capture")]
    fn capture(&self, level: &Bound<'_, PyAny>) -> PyResult<()> {
        let level = capture(level).map_err(|wrong| wrong.raised(misuse))?;
        drop(self.open()?.clone().capture(level));
        Ok(())
    }

    #[pyo3(name = "_drop_messages")]
    fn drop_messages(&self) -> PyResult<()> {
        drop(self.open()?.clone().drop_messages());
        Ok(())
    }

    /// What can't be read to its end may be anybody's: nothing of the ticket's text leaves then.
    #[pyo3(signature = (*values))]
    fn known_pii(&self, values: &Bound<'_, PyTuple>) -> PyResult<()> {
        if self.room.knows_too_much() {
            return Ok(());
        }
        let mut known = Vec::new();
        let read = values.iter().try_fold(true, |all, value| {
            Ok::<_, PyErr>(self.room.know(&value, &mut known)? && all)
        });
        if !matches!(read, Ok(true)) && self.room.leave_known_out() {
            known.resize(known.len() + TOO_MANY, String::new());
        }
        self.open()?.add_known_pii(known);
        match read {
            Ok(true) => Ok(()),
            Ok(false) => Err(misuse("more than is taken: the ticket's text is left behind")),
            Err(error) if error.is_instance_of::<PyException>(values.py()) => {
                Err(misuse("it raised while it was read: the ticket's text is left behind"))
            }
            Err(error) => Err(error),
        }
    }

    fn metric(&self, name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let name = self.room.text(name)?;
        let none = |error| unless_raised_on(value.py(), error, "a metric's value is a number");
        let metric = match value.extract::<i64>().map_err(none) {
            Ok(n) => Metric::Int(n),
            Err(Wrong::Said(_)) => {
                Metric::Double(value.extract().map_err(|error| none(error).raised(misuse))?)
            }
            Err(Wrong::Raised(error)) => return Err(error),
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
        let open = self.open()?;
        if !self.room.has_step() {
            return Err(misuse("the ticket has no room for more"));
        }
        open.add_error(error);
        Ok(())
    }

    #[pyo3(name = "_error_type")]
    fn error_type(&self, error_type: &Bound<'_, PyAny>) -> PyResult<()> {
        self.open()?.set_error_type(self.room.text(error_type)?);
        Ok(())
    }

    /// Ends it with that status.
    fn finish(&self, py: Python<'_>, status: &str) -> PyResult<()> {
        let status: Status = status.parse().map_err(|_| no_status())?;
        let active = self.open()?.clone();
        // The interpreter is given up only for what takes longer than getting it back.
        if self.room.values_taken() > LARGE {
            py.detach(|| active.finish(status))
        } else {
            active.finish(status)
        }
        Ok(())
    }

    /// Ends it with that status, and keeps it until its spans have come.
    #[pyo3(name = "_take")]
    fn take(&self, status: &str) -> PyResult<Pending> {
        let status: Status = status.parse().map_err(|_| no_status())?;
        let lens = self.lens.get().ok_or_else(of_the_parent)?.clone();
        let finished = self.open()?.clone().build(status);
        let finished = finished.ok_or_else(|| misuse("the ticket is finished already"))?;
        Ok(Pending::new(finished, lens, &self.waiting))
    }

    /// Takes it back: nothing is sent, and it never was.
    #[pyo3(name = "_withdraw")]
    fn withdraw(&self) -> PyResult<()> {
        drop(self.active()?.clone().build(Status::Cancelled));
        Ok(())
    }
}

fn no_status() -> PyErr {
    misuse("a status is SUCCESS, FAILED, ESCALATED, CANCELLED or [A-Z][A-Z0-9_]{0,63}")
}

/// Values beyond which weighing a ticket takes longer than handing the interpreter over.
const LARGE: usize = 8 * 1024;

/// Known values that the gate takes no trace through.
const TOO_MANY: usize = 1025;
