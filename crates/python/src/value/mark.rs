//! What stands for a value that can't be shown.

use pyo3::{prelude::*, types::PyType};
use serde_json::Value;

/// Its class, and what is to be said of it.
pub fn mark(what: &str, any: &Bound<'_, PyAny>) -> Value {
    format!("[{what}{}]", name(&any.get_type())).into()
}

/// `module.Class`, and of what is built in the class alone.
pub fn name(class: &Bound<'_, PyType>) -> String {
    let Ok(name) = class.qualname() else { return "object".to_owned() };
    match class.module() {
        Ok(module) if module != "builtins" => format!("{module}.{name}"),
        _ => name.to_string(),
    }
}
