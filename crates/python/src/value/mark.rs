//! What stands for a value that can't be shown.

use pyo3::{prelude::*, types::PyType};
use serde_json::Value;
use ticketlens_ticket::limits::{LABEL_BYTES, cut};

/// Its class, and what is to be said of it.
pub fn mark(what: &str, any: &Bound<'_, PyAny>) -> Value {
    format!("[{what}{}]", name(&any.get_type())).into()
}

/// `module.Class`, and of what is built in the class alone. Not more of it than a label may have: a
/// class that was made at run time has any name.
pub fn name(class: &Bound<'_, PyType>) -> String {
    let Ok(name) = class.qualname() else { return "object".to_owned() };
    let name = match class.module() {
        Ok(module) if module != "builtins" => format!("{module}.{name}"),
        _ => name.to_string(),
    };
    cut(&name, LABEL_BYTES).to_owned()
}
