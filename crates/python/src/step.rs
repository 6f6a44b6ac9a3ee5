//! A step under way. Python's class of that name adds `with`, and says what goes wrong.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use pyo3::prelude::*;
use ticketlens::{StepKind, StepScope};

use crate::{
    misuse::{misuse, of_the_parent},
    process::Own,
    room::Room,
    ticket::Ticket,
};

/// One step, of the process that began it. It times itself from here to its end.
#[pyclass(subclass, frozen, module = "ticketlens._core")]
pub struct Step {
    /// `None` once it has ended.
    scope: Own<Mutex<Option<StepScope>>>,
    id: String,
    /// The same as its scope tells, without a lock: spans that begin ask for it, wherever that is.
    ended: AtomicBool,
    room: Arc<Room>,
}

impl Step {
    fn scope(&self) -> PyResult<&Mutex<Option<StepScope>>> {
        self.scope.get().ok_or_else(of_the_parent)
    }

    /// Changes the step, if it has not ended.
    fn change(&self, change: impl FnOnce(StepScope) -> StepScope) -> PyResult<()> {
        let mut scope = self.scope()?.lock().unwrap_or_else(PoisonError::into_inner);
        let open = scope.take().ok_or_else(|| misuse("the step has ended already"))?;
        *scope = Some(change(open));
        Ok(())
    }

    /// A step within this one, while it is under way.
    fn within(&self, kind: StepKind, name: &str) -> Option<StepScope> {
        let scope = self.scope.get()?.lock().unwrap_or_else(PoisonError::into_inner);
        scope.as_ref().map(|scope| scope.start_step(kind, name))
    }

    /// Takes the step out, to end it.
    fn take(&self) -> PyResult<Option<StepScope>> {
        self.ended.store(true, Relaxed);
        Ok(self.scope()?.lock().unwrap_or_else(PoisonError::into_inner).take())
    }

    fn texts<const N: usize>(&self, any: [&Bound<'_, PyAny>; N]) -> PyResult<[String; N]> {
        let mut texts = [const { String::new() }; N];
        for (text, any) in texts.iter_mut().zip(any) {
            *text = self.room.text(any)?;
        }
        Ok(texts)
    }
}

#[pymethods]
impl Step {
    /// Begins a step of `ticket`, within `parent` if that is under way. One of a ticket that is
    /// finished has ended already, and so has one that there is no room for.
    #[new]
    #[pyo3(signature = (ticket, kind, name, parent=None))]
    fn new(
        ticket: &Ticket,
        kind: &str,
        name: &Bound<'_, PyAny>,
        parent: Option<&Self>,
    ) -> PyResult<Self> {
        let room = Arc::clone(&ticket.room);
        let (kind, name) = (StepKind::from_name(kind), room.text(name)?);
        let open = ticket.open().ok().filter(|_| room.has_step());
        let scope = open.map(|active| {
            let within = parent.and_then(|parent| parent.within(kind, &name));
            within.unwrap_or_else(|| active.start_step(kind, name))
        });
        let id = scope.as_ref().map(|scope| scope.id().to_owned()).unwrap_or_default();
        let ended = AtomicBool::new(scope.is_none());
        Ok(Self { scope: Own::new(Mutex::new(scope)), id, ended, room })
    }

    /// Its id within the ticket; `None` once it has ended.
    #[getter]
    fn id(&self) -> Option<&str> {
        (!self.ended()).then_some(&*self.id)
    }

    /// Whether it has ended, or is another process's.
    #[getter]
    fn ended(&self) -> bool {
        self.scope.get().is_none() || self.ended.load(Relaxed)
    }

    fn iteration(&self, iteration: u32) -> PyResult<()> {
        self.change(|scope| scope.iteration(iteration))
    }

    #[pyo3(signature = (action, input=None))]
    fn action(&self, action: &Bound<'_, PyAny>, input: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let [action] = self.texts([action])?;
        let input = input.map(|input| self.room.read(input)).transpose()?.unwrap_or_default();
        self.change(|scope| scope.action(action, input))
    }

    fn input(&self, input: &Bound<'_, PyAny>) -> PyResult<()> {
        let input = self.room.read(input)?;
        self.change(|scope| scope.input(input))
    }

    fn output(&self, output: &Bound<'_, PyAny>) -> PyResult<()> {
        let output = self.room.read(output)?;
        self.change(|scope| scope.output(output))
    }

    fn attribute(&self, name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let [name] = self.texts([name])?;
        let value = self.room.read(value)?;
        self.change(|scope| scope.attribute(name, value))
    }

    #[pyo3(signature = (error_type, message=None, stack=None))]
    fn error(
        &self,
        error_type: &Bound<'_, PyAny>,
        message: Option<&Bound<'_, PyAny>>,
        stack: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let [error_type] = self.texts([error_type])?;
        let text = |any: Option<&Bound<'_, PyAny>>| any.map(|any| self.room.text(any)).transpose();
        let (message, stack) = (text(message)?.unwrap_or_default(), text(stack)?);
        self.change(|scope| {
            let scope = scope.failed(error_type, message);
            match stack {
                Some(stack) => scope.stack(stack),
                None => scope,
            }
        })
    }

    /// It ends here.
    fn end(&self) -> PyResult<()> {
        self.take().map(|scope| scope.map(StepScope::end).unwrap_or_default())
    }

    /// It was not run after all.
    fn skip(&self) -> PyResult<()> {
        self.take().map(|scope| scope.map(StepScope::skip).unwrap_or_default())
    }
}
