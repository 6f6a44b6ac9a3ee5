//! What goes wrong at the border to Python, in words that hold nobody's text.

use pyo3::{
    PyErr, Python, create_exception,
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

/// Why a value is not taken.
pub enum Wrong {
    /// It is not what is asked for.
    Said(&'static str),
    /// What struck while it was read, and is no failure of it: a `KeyboardInterrupt`, a cancellation.
    Raised(PyErr),
}

impl Wrong {
    /// The exception to raise; `of` makes one of words.
    pub fn raised(self, of: impl FnOnce(&'static str) -> PyErr) -> PyErr {
        match self {
            Self::Said(why) => of(why),
            Self::Raised(error) => error,
        }
    }
}

impl From<&'static str> for Wrong {
    fn from(why: &'static str) -> Self {
        Self::Said(why)
    }
}

/// `why` for an `Exception`; nothing else is ours to catch.
pub fn unless_raised_on(py: Python<'_>, error: PyErr, why: &'static str) -> Wrong {
    if error.is_instance_of::<PyException>(py) { Wrong::Said(why) } else { Wrong::Raised(error) }
}

/// For a ticket or a step that was begun before a fork.
pub fn of_the_parent() -> PyErr {
    misuse("it was begun before this process was forked, and is its parent's to finish")
}
