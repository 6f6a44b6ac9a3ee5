//! A ticket log as a dict: what `emit` takes, what `build` makes, and JSON's way back to Python.

use pyo3::{
    IntoPyObjectExt as _,
    prelude::*,
    types::{PyDict, PyList},
};
use serde_json::{Map, Value};
use ticketlens_ticket::{
    line::{FIELDS, LineError, Parsed, read, read_without_hints},
    spelling::TRACE,
};

use crate::{
    misuse::misuse,
    value::{BYTES, Reader, VALUES},
};

/// What is personal first: without it, what else is read would leave as it is.
const READ_FIRST: [&str; FIELDS.len() + 1] = {
    let mut first = ["known_pii"; FIELDS.len() + 1];
    let mut place = 0;
    while place < FIELDS.len() {
        first[place + 1] = FIELDS[place];
        place += 1;
    }
    first
};

/// What of a state was read, and how large it is.
pub struct State {
    pub map: Map<String, Value>,
    /// Whether walking it once more takes a while.
    pub is_large: bool,
}

/// Bytes and values at which that is so: below, giving up the interpreter costs more than it frees.
const LARGE: (usize, usize) = (256 * 1024, 8 * 1024);

/// A workflow's state as JSON: a dict, or whatever has fields.
pub fn state(state: &Bound<'_, PyAny>) -> PyResult<State> {
    let mut reader = Reader::new(BYTES, VALUES);
    let map = reader.map(state, &READ_FIRST)?;
    let map = map.ok_or_else(|| misuse("a ticket log is a dict, or something with fields"))?;
    let is_large = BYTES - reader.bytes_left() > LARGE.0 || VALUES - reader.values_left() > LARGE.1;
    Ok(State { map, is_large })
}

/// A ticket log's ticket. One without a time was finished now.
pub fn parse(mut map: Map<String, Value>, hints: bool) -> Result<Parsed, LineError> {
    if map.get("executed_at").is_none_or(Value::is_null) {
        map.insert("executed_at".to_owned(), jiff::Timestamp::now().to_string().into());
    }
    if hints { read(map) } else { read_without_hints(map) }
}

/// A workflow's state as a ticket log: plain dicts, lists, texts and numbers, in the order in which
/// lines are written. The trace's own keys move into `trace`, where `drop_messages` and the capture level
/// reach what was said; any other key is kept and becomes an attribute. Pure: no clock, nothing is sent,
/// and nothing is redacted yet.
///
/// Raises `TypeError` for what has no fields.
#[pyfunction]
#[pyo3(signature = (state, /))]
pub fn build<'py>(state: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = state.py();
    let read = Reader::new(BYTES, VALUES).map(state, &READ_FIRST)?;
    let Some(given) = read else {
        return Err(pyo3::exceptions::PyTypeError::new_err(
            "build() takes a dict, or something with fields",
        ));
    };
    let is_named = |key: &str| FIELDS.contains(&key) || TRACE.iter().any(|part| part.name == key);
    let (mut named, others): (Map<_, _>, Map<_, _>) =
        given.into_iter().partition(|(key, _)| is_named(key));
    let mut line = Map::new();
    for field in FIELDS {
        line.extend(named.remove_entry(field));
    }
    let mut trace = match line.remove("trace") {
        Some(Value::Object(trace)) => trace,
        Some(Value::Null) | None => Map::new(),
        Some(other) => Map::from_iter([("message".to_owned(), other)]),
    };
    for part in TRACE {
        if !trace.contains_key(part.name) {
            trace.extend(named.remove_entry(part.name));
        }
    }
    line.extend(named);
    line.extend(others);
    if !trace.is_empty() {
        line.insert("trace".to_owned(), trace.into());
    }
    to_python(py, &Value::Object(line))
}

/// JSON as Python has it.
pub fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Null => Ok(py.None().into_bound(py)),
        Value::Bool(truth) => truth.into_bound_py_any(py),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(n), _) => n.into_bound_py_any(py),
            (None, Some(n)) => n.into_bound_py_any(py),
            (None, None) => number.as_f64().into_bound_py_any(py),
        },
        Value::String(text) => text.into_bound_py_any(py),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(to_python(py, item)?)?;
            }
            Ok(list.into_any())
        }
        Value::Object(map) => {
            let dict = PyDict::new(py);
            for (key, item) in map {
                dict.set_item(key, to_python(py, item)?)?;
            }
            Ok(dict.into_any())
        }
    }
}
