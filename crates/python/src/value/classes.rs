//! Classes of Python's library that values are compared with.
//!
//! They are imported with the module, and nothing is later: an import runs Python code, during which
//! another thread may fork. What is half done then stays so in the child, and waits for ever.

use pyo3::{prelude::*, sync::PyOnceLock, types::PyType};

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $module:literal, $class:literal;)*) => {
        /// Imports them.
        pub fn load(py: Python<'_>) -> PyResult<()> {
            let none = py.None().into_bound(py);
            $($name(&none)?;)*
            Ok(())
        }

        $($(#[$doc])* pub fn $name(any: &Bound<'_, PyAny>) -> PyResult<bool> {
            static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
            any.is_instance(CLASS.import(any.py(), $module, $class)?)
        })*
    };
}

classes! {
    /// A member of an enumeration.
    is_enum = "enum", "Enum";
    /// A map of any kind.
    is_mapping = "collections.abc", "Mapping";
    /// A list of any kind.
    is_sequence = "collections.abc", "Sequence";
    /// A set of any kind, a dict's keys and items among them.
    is_set = "collections.abc", "Set";
    /// A dict's values, a deque: sized, and read without being used up.
    is_collection = "collections.abc", "Collection";
    /// An iterator, which reading would use up.
    is_iterator = "collections.abc", "Iterator";
}
