//! The extension module behind `import ticketlens`: the Rust client, and Python values on their way
//! into it.
//!
//! What Python calls raises only what the package's own Python files catch (`python/ticketlens`):
//! they say it once in the log, and the workflow goes on. Their part is the shape (context managers,
//! decorators, the current ticket); what a ticket is and how it leaves is all here and below.
//!
//! Invariants: no text of a ticket is in an error, a `repr` or a log line. What was made before a
//! fork is touched by nobody after it (`process.rs`).

mod process;

mod value;

mod misuse;
mod options;

mod answer;
mod feedback;
mod gathered;
mod line;
mod pipeline;

mod pending;
mod room;
mod ticket;

mod step;

use pyo3::{panic::PanicException, prelude::*};

/// `ticketlens._core`.
#[pymodule(gil_used = false)]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    value::load(py)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("ConfigError", py.get_type::<misuse::ConfigError>())?;
    module.add("Misuse", py.get_type::<misuse::Misuse>())?;
    module.add("Panic", py.get_type::<PanicException>())?;
    module.add_class::<pipeline::Pipeline>()?;
    module.add_class::<ticket::Ticket>()?;
    module.add_class::<pending::Pending>()?;
    module.add_class::<step::Step>()?;
    module.add_class::<answer::Stats>()?;
    module.add_class::<answer::FlushReport>()?;
    module.add_class::<answer::ShutdownReport>()?;
    module.add_function(wrap_pyfunction!(process::forked, module)?)?;
    module.add_function(wrap_pyfunction!(line::build, module)?)
}
