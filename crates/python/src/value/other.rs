//! Values that are none of JSON's own kinds: what each becomes.
//!
//! Methods are looked for on the class, never on the value: a mock or a proxy has every attribute.

use pyo3::{
    exceptions::{PyBaseException, PyException},
    prelude::*,
    types::{PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple, PyType},
};
use serde_json::{Map, Value};

use super::{
    CUT, Item, Reader, START, classes,
    mark::{mark, name},
    start_of, taken,
};

impl Reader {
    pub(super) fn other(&mut self, any: &Bound<'_, PyAny>) -> PyResult<Value> {
        if any.is_instance_of::<PyType>() {
            let name = any.cast::<PyType>().map(name).unwrap_or_default();
            return Ok(format!("[class {name}]").into());
        }
        if let Some(value) = self.scalar(any)? {
            return Ok(value);
        }
        match self.record(any)? {
            Some(value) => Ok(value),
            None => self.container(any),
        }
    }

    /// Texts, numbers, times and bytes of other classes.
    fn scalar(&mut self, any: &Bound<'_, PyAny>) -> PyResult<Option<Value>> {
        if classes::is_enum(any)? {
            let value = any.getattr("value")?;
            return self.within(any, |reader| reader.read(&value)).map(Some);
        }
        // Classes of the workflow's own that are texts and numbers too.
        if let Ok(text) = any.cast::<PyString>() {
            return Ok(Some(self.text(text).into()));
        }
        if let Ok(int) = any.cast::<PyInt>() {
            return self.int(int).map(Some);
        }
        if let Ok(float) = any.cast::<PyFloat>() {
            return Ok(Some(float.value().into()));
        }
        if let Ok(bytes) = any.cast::<PyBytes>() {
            let bytes = bytes.as_bytes();
            return Ok(Some(self.bytes(&bytes[..bytes.len().min(START)], bytes.len())));
        }
        if let Ok(bytes) = any.cast::<PyByteArray>() {
            let len = bytes.len();
            let start = start_of(bytes.as_any(), START)?;
            return Ok(Some(self.bytes(&start.cast::<PyByteArray>()?.to_vec(), len)));
        }
        let class = any.get_type();
        if class.hasattr("isoformat")? {
            return self.text_of(&any.call_method0("isoformat")?).map(Some);
        }
        if class.hasattr("total_seconds")? {
            return Ok(Some(any.call_method0("total_seconds")?.extract::<f64>()?.into()));
        }
        if class.hasattr("tolist")? {
            return self.array(any).map(Some);
        }
        Ok(None)
    }

    /// Text where it is text, for the gate to read; pictures and the like by their size.
    fn bytes(&mut self, start: &[u8], len: usize) -> Value {
        match std::str::from_utf8(start) {
            Ok(text) => self.cut(text).into(),
            // A letter that goes on where the start ends.
            Err(error) if error.error_len().is_none() && start.len() < len => {
                let (text, _) = start.split_at(error.valid_up_to());
                self.cut(&String::from_utf8_lossy(text)).into()
            }
            Err(_) => format!("[{len} bytes]").into(),
        }
    }

    /// A scalar or an array of numpy, a tensor: as lists, unless it has more than may be read.
    fn array(&mut self, any: &Bound<'_, PyAny>) -> PyResult<Value> {
        let size = match any.getattr("size")?.extract::<usize>() {
            Ok(size) => size,
            // PyTorch has a method of that name.
            Err(_) => any.call_method0("numel")?.extract()?,
        };
        if size > self.values {
            return Ok(mark("large ", any));
        }
        let lists = any.call_method0("tolist")?;
        self.within(any, |reader| reader.read(&lists))
    }

    /// Classes with fields: pydantic's models, dataclasses, named tuples, attrs.
    fn record(&mut self, any: &Bound<'_, PyAny>) -> PyResult<Option<Value>> {
        if is_model(any)? {
            let fields = dumped(any)?;
            return self.within(any, |reader| reader.read(&fields)).map(Some);
        }
        match field_names(any)? {
            Some(names) => {
                let pairs = names.into_iter().map(|name| field(any, name));
                self.within(any, |reader| reader.items(pairs)).map(Some)
            }
            None => Ok(None),
        }
    }

    /// What a map or something with fields holds, not yet read; `None` of anything else. No more of it
    /// than may be read.
    pub(super) fn pairs<'py>(&self, any: &Bound<'py, PyAny>) -> PyResult<Option<Vec<Item<'py>>>> {
        let most = self.values_left();
        if let Ok(dict) = any.cast_exact::<PyDict>() {
            return taken(dict, most).map(Some);
        }
        if any.is_instance_of::<PyType>() {
            return Ok(None);
        }
        if is_model(any)? {
            let fields = dumped(any)?;
            return fields.cast::<PyDict>().ok().map(|fields| taken(fields, most)).transpose();
        }
        if let Some(names) = field_names(any)? {
            let pairs = names.into_iter().take(most).map(|name| field(any, name));
            return pairs.collect::<PyResult<_>>().map(Some);
        }
        if let Ok(dict) = any.cast::<PyDict>() {
            return taken(dict, most).map(Some);
        }
        if classes::is_mapping(any)? {
            let items = any.call_method0("items")?;
            let pairs = items.try_iter()?.take(most).map(|pair| pair?.extract());
            return pairs.collect::<PyResult<_>>().map(Some);
        }
        Ok(None)
    }

    fn container(&mut self, any: &Bound<'_, PyAny>) -> PyResult<Value> {
        if let Ok(list) = any.cast::<PyList>() {
            return self.within(any, |reader| reader.list(list.iter()));
        }
        if let Ok(dict) = any.cast::<PyDict>() {
            return self.within(any, |reader| reader.dict(dict));
        }
        if any.is_instance_of::<PyBaseException>() {
            return self.exception(any);
        }
        if classes::is_mapping(any)? {
            let items = any.call_method0("items")?;
            let pairs = items.try_iter()?.map(|pair| pair?.extract());
            return self.within(any, |reader| reader.items(pairs));
        }
        let is_list = classes::is_sequence(any)?
            || classes::is_set(any)?
            || (classes::is_collection(any)? && !classes::is_iterator(any)?);
        if is_list {
            return self.within(any, |reader| reader.elements(any));
        }
        self.by_its_text(any)
    }

    fn elements(&mut self, any: &Bound<'_, PyAny>) -> PyResult<Value> {
        let mut list = Vec::new();
        for item in any.try_iter()? {
            if self.is_full() {
                list.push(CUT.into());
                break;
            }
            list.push(self.read(&item?)?);
        }
        Ok(list.into())
    }

    fn exception(&mut self, any: &Bound<'_, PyAny>) -> PyResult<Value> {
        let mut map = Map::new();
        map.insert("type".to_owned(), name(&any.get_type()).into());
        map.insert("message".to_owned(), self.text_of(any.str()?.as_any())?);
        Ok(map.into())
    }

    /// A class that says how it reads as a text is shown so (UUID, Decimal, Path, a URL); of any
    /// other only the class.
    fn by_its_text(&mut self, any: &Bound<'_, PyAny>) -> PyResult<Value> {
        let plain = any.py().get_type::<PyAny>().getattr("__str__")?;
        if any.get_type().getattr("__str__")?.is(&plain) {
            return Ok(mark("", any));
        }
        self.text_of(any.str()?.as_any())
    }

    fn text_of(&mut self, any: &Bound<'_, PyAny>) -> PyResult<Value> {
        Ok(self.text(any.cast::<PyString>()?).into())
    }
}

/// Whether it is a model of pydantic's.
fn is_model(any: &Bound<'_, PyAny>) -> PyResult<bool> {
    let class = any.get_type();
    Ok(class.hasattr("__pydantic_fields__")? || class.hasattr("model_fields")?)
}

fn dumped<'py>(model: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let quietly = PyDict::new(model.py());
    quietly.set_item("warnings", false)?;
    model.call_method("model_dump", (), Some(&quietly))
}

/// The names of a dataclass's fields, a named tuple's, attrs'.
fn field_names<'py>(any: &Bound<'py, PyAny>) -> PyResult<Option<Vec<Bound<'py, PyAny>>>> {
    let class = any.get_type();
    if class.hasattr("__dataclass_fields__")? {
        let fields = class.getattr("__dataclass_fields__")?.cast_into::<PyDict>()?;
        return Ok(Some(fields.keys().iter().collect()));
    }
    if class.hasattr("__attrs_attrs__")? {
        let fields = class.getattr("__attrs_attrs__")?.try_iter()?;
        let names = fields.take(FIELDS).map(|field| field?.getattr("name"));
        return names.collect::<PyResult<_>>().map(Some);
    }
    if any.is_instance_of::<PyTuple>() && class.hasattr("_fields")? {
        let names = class.getattr("_fields")?.cast_into::<PyTuple>()?;
        return Ok(Some(names.iter().collect()));
    }
    Ok(None)
}

/// More fields than any class has.
const FIELDS: usize = 64 * 1024;

/// A field by its name; one that was never set, or raises, does not cost the others.
fn field<'py>(any: &Bound<'py, PyAny>, name: Bound<'py, PyAny>) -> PyResult<Item<'py>> {
    let py = any.py();
    let value = any.getattr(name.cast::<PyString>()?);
    let value = value.or_else(|error| match error.is_instance_of::<PyException>(py) {
        true => Ok(PyString::new(py, "[unreadable]").into_any()),
        false => Err(error),
    })?;
    Ok((name, value))
}

/// Whether it can be iterated over and is nothing that is read otherwise.
pub fn is_only_iterable(any: &Bound<'_, PyAny>) -> PyResult<bool> {
    let class = any.get_type();
    Ok(class.hasattr("__iter__")?
        && !class.hasattr("tolist")?
        && !is_model(any)?
        && field_names(any)?.is_none()
        && (classes::is_iterator(any)? || !classes::is_collection(any)?))
}
