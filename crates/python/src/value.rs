//! Python values → JSON, within bounds of depth, bytes and values.
//!
//! Nothing of the workflow's may break here and nothing here may break the workflow: what raises
//! while it is read becomes a mark that names its class. Generators and other iterators are never
//! read: that would take from the workflow what it has yet to see.
//!
//! Only what is no failure of ours is raised on: a `KeyboardInterrupt` and its like, which strike
//! wherever Python code runs.

mod classes;
mod mark;
mod other;

use std::cell::RefCell;

use pyo3::{
    exceptions::PyException,
    prelude::*,
    types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyNone, PySlice, PyString, PyTuple},
};
use serde_json::{Map, Value};
use ticketlens_ticket::limits;

use crate::misuse::misuse;

/// Bytes of text of one value that are read: more than a record may have (3 MiB, which the client
/// cuts to size with a sense for what matters).
pub const BYTES: usize = 4 * 1024 * 1024;
/// Values within one value that are read. Each takes about 100 bytes of memory.
pub const VALUES: usize = 128 * 1024;

/// Bytes of one text that are read.
const TEXT_BYTES: usize = 1024 * 1024;
/// That many of a value that may be a text, and the rest of a letter.
const START: usize = TEXT_BYTES + 4;

/// Bits of a number that is read: about the digits that Python writes unless it is told otherwise.
const INT_BITS: usize = 14_284;

pub use classes::load;
pub use other::is_only_iterable;

const TOO_DEEP: &str = "[too deep]";
const CYCLE: &str = "[cycle]";
/// Stands for what is beyond the bounds.
const CUT: &str = "[cut]";

/// Reads one value, or several that share the bounds.
pub struct Reader {
    /// Bytes of text that may still be read.
    bytes: usize,
    /// Values that may still be read.
    values: usize,
    /// The containers around the one that is read: what is among them again is a cycle.
    path: Vec<usize>,
}

impl Reader {
    pub const fn new(bytes: usize, values: usize) -> Self {
        Self { bytes, values, path: Vec::new() }
    }

    /// Bytes of text that may still be read.
    pub const fn bytes_left(&self) -> usize {
        self.bytes
    }

    /// Values that may still be read.
    pub const fn values_left(&self) -> usize {
        self.values
    }

    /// The value as JSON.
    ///
    /// # Errors
    ///
    /// What no code may catch: an exception that is no `Exception`.
    pub fn read(&mut self, any: &Bound<'_, PyAny>) -> PyResult<Value> {
        let Some(values) = self.values.checked_sub(1) else { return Ok(CUT.into()) };
        self.values = values;
        if let Ok(text) = any.cast_exact::<PyString>() {
            return Ok(self.text(text).into());
        }
        if let Ok(dict) = any.cast_exact::<PyDict>() {
            return self.within(any, |reader| reader.dict(dict));
        }
        if let Ok(list) = any.cast_exact::<PyList>() {
            return self.within(any, |reader| reader.list(list.iter()));
        }
        if let Ok(int) = any.cast_exact::<PyInt>() {
            return self.int(int);
        }
        if let Ok(float) = any.cast_exact::<PyFloat>() {
            return Ok(float.value().into());
        }
        if let Ok(truth) = any.cast_exact::<PyBool>() {
            return Ok(truth.is_true().into());
        }
        if any.cast_exact::<PyNone>().is_ok() {
            return Ok(Value::Null);
        }
        if let Ok(tuple) = any.cast_exact::<PyTuple>() {
            return self.within(any, |reader| reader.list(tuple.iter()));
        }
        match self.other(any) {
            Err(error) if error.is_instance_of::<PyException>(any.py()) => {
                Ok(mark::mark("unreadable ", any))
            }
            read => read,
        }
    }

    /// A map's, or that of something with fields; `None` if it is neither. The keys named are read
    /// first, and in that order: what is beyond the bounds is none of them.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn map(
        &mut self,
        any: &Bound<'_, PyAny>,
        first: &[&str],
    ) -> PyResult<Option<Map<String, Value>>> {
        let pairs = match self.pairs(any) {
            Err(error) if error.is_instance_of::<PyException>(any.py()) => return Ok(None),
            pairs => pairs?,
        };
        let read = match pairs {
            Some(mut pairs) => self.within(any, |reader| {
                let is_cut = pairs.len() > reader.values;
                if let (true, Ok(dict)) = (is_cut, any.cast::<PyDict>()) {
                    // They may stand behind what is beyond the bounds.
                    let named = first.iter().filter_map(|name| {
                        let value = dict.get_item(*name).ok()??;
                        Some((PyString::new(any.py(), name).into_any(), value))
                    });
                    pairs.splice(..0, named.collect::<Vec<_>>());
                }
                let place = |key: &Bound<'_, PyAny>| {
                    let key = key.cast_exact::<PyString>().ok();
                    let key = key.and_then(|key| key.to_str().ok());
                    key.and_then(|key| first.iter().position(|first| *first == key))
                };
                pairs.sort_by_cached_key(|(key, _)| place(key).unwrap_or(first.len()));
                reader.items(pairs.into_iter().map(Ok))
            }),
            None => self.read(any),
        };
        match read? {
            Value::Object(map) => Ok(Some(map)),
            _ => Ok(None),
        }
    }

    /// Whether no more may be read.
    const fn is_full(&self) -> bool {
        self.values == 0 || self.bytes == 0
    }

    /// A text, cut to what may still be read. Lone surrogates become U+FFFD.
    pub fn text(&mut self, text: &Bound<'_, PyString>) -> String {
        // Python keeps the bytes of a text that was asked for them: not of all of a very long one.
        let is_long = text.is_exact_instance_of::<PyString>()
            && text.len().is_ok_and(|letters| letters > TEXT_BYTES);
        let start = if is_long { start_of(text.as_any(), TEXT_BYTES + 1).ok() } else { None };
        let start = start.and_then(|start| start.cast_into::<PyString>().ok());
        let text = start.as_ref().unwrap_or(text);
        match text.to_str() {
            Ok(text) => self.cut(text),
            Err(_) => self.cut(&text.to_string_lossy()),
        }
    }

    fn cut(&mut self, text: &str) -> String {
        let kept = limits::cut(text, self.bytes.min(TEXT_BYTES));
        self.bytes -= kept.len();
        if kept.len() == text.len() { kept.to_owned() } else { format!("{kept}… {CUT}") }
    }

    /// Beyond 64 bits: its decimal text. Python refuses to write thousands of digits.
    fn int(&mut self, int: &Bound<'_, PyInt>) -> PyResult<Value> {
        if let Ok(n) = int.extract::<i64>() {
            return Ok(n.into());
        }
        if let Ok(n) = int.extract::<u64>() {
            return Ok(n.into());
        }
        // Where that is allowed, it takes the square of their number.
        let bits = int.py().get_type::<PyInt>().call_method1("bit_length", (int,));
        if bits.and_then(|bits| bits.extract::<usize>()).is_ok_and(|bits| bits > INT_BITS) {
            return Ok("[int]".into());
        }
        match int.str() {
            Ok(text) => Ok(self.text(&text).into()),
            Err(error) if error.is_instance_of::<PyException>(int.py()) => Ok("[int]".into()),
            Err(error) => Err(error),
        }
    }

    /// Reads what is in a container, unless it is in itself or too deep.
    fn within(
        &mut self,
        any: &Bound<'_, PyAny>,
        read: impl FnOnce(&mut Self) -> PyResult<Value>,
    ) -> PyResult<Value> {
        let place = any.as_ptr().addr();
        if self.path.contains(&place) {
            return Ok(CYCLE.into());
        }
        if self.path.len() >= limits::DEPTH {
            return Ok(TOO_DEEP.into());
        }
        self.path.push(place);
        let read = read(self);
        self.path.pop();
        read
    }

    fn list<'py>(&mut self, items: impl Iterator<Item = Bound<'py, PyAny>>) -> PyResult<Value> {
        let mut list = Vec::with_capacity(items.size_hint().0.min(self.values));
        for item in items {
            if self.is_full() {
                list.push(CUT.into());
                break;
            }
            list.push(self.read(&item)?);
        }
        Ok(list.into())
    }

    fn dict(&mut self, dict: &Bound<'_, PyDict>) -> PyResult<Value> {
        self.items(taken(dict, self.values)?.into_iter().map(Ok))
    }

    fn items<'py>(&mut self, items: impl Iterator<Item = PyResult<Item<'py>>>) -> PyResult<Value> {
        let mut map = Map::with_capacity(items.size_hint().0.min(self.values));
        for item in items {
            let (key, item) = item?;
            if self.is_full() {
                map.insert(CUT.to_owned(), Value::Null);
                break;
            }
            let key = self.key(&key)?;
            map.insert(key, self.read(&item)?);
        }
        Ok(map.into())
    }

    /// A map's key as a text: as `json.dumps` writes it, and what that refuses as it would be read.
    fn key(&mut self, key: &Bound<'_, PyAny>) -> PyResult<String> {
        if let Ok(text) = key.cast_exact::<PyString>() {
            return Ok(self.text(text));
        }
        Ok(match self.read(key)? {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }
}

type Item<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// The first so many of a text or of bytes.
fn start_of<'py>(any: &Bound<'py, PyAny>, most: usize) -> PyResult<Bound<'py, PyAny>> {
    let end = isize::try_from(most).unwrap_or(isize::MAX);
    any.get_item(PySlice::new(any.py(), 0, end, 1))
}

/// A dict's items, and no more of them than may be read and one. Code that runs while one of them is
/// read may change the dict: they are taken first.
fn taken<'py>(dict: &Bound<'py, PyDict>, most: usize) -> PyResult<Vec<Item<'py>>> {
    let items = RefCell::new(Vec::with_capacity(dict.len().min(most.saturating_add(1))));
    let all = dict.locked_for_each(|key, item| {
        let mut items = items.borrow_mut();
        items.push((key, item));
        if items.len() > most { Err(misuse(CUT)) } else { Ok(()) }
    });
    let items = items.into_inner();
    match all {
        Err(error) if items.len() <= most => Err(error),
        _ => Ok(items),
    }
}
