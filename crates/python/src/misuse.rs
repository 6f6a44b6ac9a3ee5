//! What goes wrong at the border to Python, in words that hold nobody's text.

use pyo3::{
    PyErr, create_exception,
    exceptions::{PyException, PyValueError},
};

create_exception!(
    ticketlens,
    ConfigError,
    PyValueError,
    "What was given to configure() or Lens() is no configuration. Names every setting that is wrong, and shows no value."
);

create_exception!(
    ticketlens,
    Misuse,
    PyException,
    "A call that could not be followed. Caught by this package, which logs its text."
);

/// A call that can't be followed; `why` goes into a log line.
pub fn misuse(why: impl Into<String>) -> PyErr {
    Misuse::new_err(why.into())
}

/// For a ticket or a step that was begun before a fork.
pub fn of_the_parent() -> PyErr {
    misuse("it was begun before this process was forked, and is its parent's to finish")
}
