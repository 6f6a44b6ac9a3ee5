//! An object's entries, taken out one by one by those who know them. What nobody took is still
//! there at the end, and is shown as it came: nothing that was sent is lost on the way to the page.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// The entries nobody has taken yet, in the order they were sent.
#[derive(Debug, Default)]
pub struct Parts<'t> {
    left: Vec<Part<'t>>,
}

/// An entry.
#[derive(Debug, PartialEq)]
pub struct Part<'t> {
    /// Its name on the page, with those of the objects around it: `metadata.page`.
    pub label: Cow<'t, str>,
    /// Its own name.
    pub key: &'t str,
    /// What it holds.
    pub value: &'t Value,
}

impl<'t> Parts<'t> {
    /// All of an object.
    pub fn of(map: &'t Map<String, Value>) -> Self {
        let part = |(key, value): (&'t String, _)| Part { label: key.into(), key, value };
        Self { left: map.iter().map(part).collect() }
    }

    /// The first of these that says something. One that is null says that there is none.
    pub fn any(&mut self, keys: &[&str]) -> Option<&'t Value> {
        self.left.retain(|part| !(part.value.is_null() && keys.contains(&part.key)));
        self.take(keys, says_something)
    }

    /// The first of these that is a text.
    pub fn text(&mut self, keys: &[&str]) -> Option<&'t str> {
        self.take(keys, |value| value.is_string() && says_something(value))?.as_str()
    }

    /// The first of these that is a number and not negative.
    pub fn number(&mut self, keys: &[&str]) -> Option<f64> {
        self.take(keys, |value| value.as_f64().is_some_and(|x| x >= 0.0))?.as_f64()
    }

    /// The first of these that passes the test; the others stay.
    pub fn take(&mut self, keys: &[&str], is_it: impl Fn(&Value) -> bool) -> Option<&'t Value> {
        let at = keys.iter().find_map(|key| {
            self.left.iter().position(|part| part.key == *key && is_it(part.value))
        })?;
        Some(self.left.remove(at).value)
    }

    /// Takes the entries of an object that stands under this key: they count like those around it,
    /// after them.
    pub fn open(&mut self, key: &str) {
        let at = self.left.iter().position(|part| part.key == key && part.value.is_object());
        let Some(Part { label, value: Value::Object(map), .. }) = at.map(|at| self.left.remove(at))
        else {
            return;
        };
        let inner = map.iter().map(|(key, value)| Part {
            label: format!("{label}.{key}").into(),
            key,
            value,
        });
        self.left.extend(inner);
    }

    /// What nobody took.
    pub fn rest(self) -> Vec<Part<'t>> {
        self.left
    }
}

/// Neither null nor a blank text.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_nobody_takes_is_left_in_its_order() {
        let value = json!({ "z": 1, "name": 7, "model": "m", "gone": null, "blank": " ", "a": [] });
        let mut parts = Parts::of(value.as_object().unwrap());
        assert_eq!(parts.text(&["name", "model"]), Some("m"));
        assert_eq!(parts.any(&["gone", "blank"]), None);
        let left: Vec<_> = parts.rest().iter().map(|part| part.key).collect();
        assert_eq!(left, ["z", "name", "blank", "a"]);
    }

    #[test]
    fn an_opened_object_counts_after_what_is_around_it() {
        let value = json!({ "metadata": { "title": "inner", "page": 3 }, "title": "outer" });
        let mut parts = Parts::of(value.as_object().unwrap());
        parts.open("metadata");
        assert_eq!(parts.text(&["title"]), Some("outer"));
        let left: Vec<_> = parts.rest().into_iter().map(|part| part.label).collect();
        assert_eq!(left, ["metadata.title", "metadata.page"]);
    }
}
