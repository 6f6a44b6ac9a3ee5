//! Which field became what: two records walked side by side.
//!
//! The gate keeps the shape (maps keep their entries and order, lists their lengths), so that
//! entries are paired by key, and by place where the key itself was cleaned. Only what a capture
//! level or a limit leaves out has no counterpart.

use std::collections::HashMap;

use serde_json::Value;

use super::{path::Path, record::Record};

/// What becomes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It leaves as it is.
    Same,
    /// It leaves with something taken out.
    Changed,
    /// It does not leave.
    LeftOut,
}

/// One field: a text, a number; or the key of a map, where that is cleaned itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Where it stands, by the names it leaves under.
    pub path: String,
    /// Whether this is the key and not its value.
    pub is_key: bool,
    /// What becomes of it.
    pub outcome: Outcome,
    /// As it is: anyone's text. For a field that is left out, all of it as JSON.
    pub before: String,
    /// As it would leave; empty where it is left out.
    pub after: String,
}

/// What to call the key of something that is left out.
type Clean<'c> = &'c mut dyn FnMut(&str) -> String;

/// Every field of both records.
pub(super) fn compare(raw: &Record, sent: &Record, clean: Clean<'_>) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut walk = Walk { fields: &mut fields, clean };
    for (before, after) in [(&raw.resource, &sent.resource), (&raw.attributes, &sent.attributes)] {
        let before: Vec<_> = before.iter().map(|(key, value)| (key.as_str(), value)).collect();
        let after: Vec<_> = after.iter().map(|(key, value)| (key.as_str(), value)).collect();
        walk.entries(&before, &after, &|key| Path::root(key));
    }
    match (&raw.body, &sent.body) {
        (Some(before), Some(after)) => walk.value(Path::root("body"), before, after),
        (Some(Value::Object(parts)), None) => {
            for (key, part) in parts {
                let path = Path::root("body").key(&(walk.clean)(key));
                walk.left_out(path, part);
            }
        }
        (Some(before), None) => walk.left_out(Path::root("body"), before),
        (None, _) => {}
    }
    fields
}

struct Walk<'w> {
    fields: &'w mut Vec<Field>,
    clean: Clean<'w>,
}

impl Walk<'_> {
    fn value(&mut self, path: Path, before: &Value, after: &Value) {
        match (before, after) {
            (Value::Object(before), Value::Object(after)) if !before.is_empty() => {
                let before: Vec<_> = before.iter().map(|(k, v)| (k.as_str(), v)).collect();
                let after: Vec<_> = after.iter().map(|(k, v)| (k.as_str(), v)).collect();
                self.entries(&before, &after, &|key| path.key(key));
            }
            (Value::Array(before), Value::Array(after)) if !before.is_empty() => {
                for (index, item) in before.iter().enumerate() {
                    match after.get(index) {
                        Some(left) => self.value(path.index(index), item, left),
                        None => self.left_out(path.index(index), item),
                    }
                }
            }
            (before, after) => {
                let outcome = if before == after { Outcome::Same } else { Outcome::Changed };
                self.push(path, false, outcome, text(before), text(after));
            }
        }
    }

    /// Pairs the entries of two maps and walks each pair.
    fn entries(
        &mut self,
        before: &[(&str, &Value)],
        after: &[(&str, &Value)],
        path: &dyn Fn(&str) -> Path,
    ) {
        let mut last: HashMap<&str, usize> = HashMap::new();
        last.extend(before.iter().enumerate().map(|(at, (key, _))| (*key, at)));
        let mut left = after.iter();
        let mut next = left.next();
        for (at, (key, value)) in before.iter().enumerate() {
            let Some((new, remains)) = next else {
                let path = path(&(self.clean)(key));
                self.left_out(path, value);
                continue;
            };
            // What leaves under a later key of before is that one's: this one is left out.
            let is_later = key != new && last.get(new).is_some_and(|place| *place > at);
            if is_later {
                let path = path(&(self.clean)(key));
                self.left_out(path, value);
                continue;
            }
            if key != new {
                self.push(path(new), true, Outcome::Changed, (*key).to_owned(), (*new).to_owned());
            }
            self.value(path(new), value, remains);
            next = left.next();
        }
    }

    fn left_out(&mut self, path: Path, value: &Value) {
        self.push(path, false, Outcome::LeftOut, text(value), String::new());
    }

    fn push(&mut self, path: Path, is_key: bool, outcome: Outcome, before: String, after: String) {
        self.fields.push(Field { path: path.into_text(), is_key, outcome, before, after });
    }
}

/// A text as it is, anything else as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(body: Value) -> Record {
        Record { body: Some(body), ..Record::default() }
    }

    fn outcomes(before: Value, after: Value) -> Vec<(String, Outcome)> {
        let fields = compare(&record(before), &record(after), &mut |key| format!("<{key}>"));
        fields.into_iter().map(|field| (field.path, field.outcome)).collect()
    }

    #[test]
    fn fields_are_paired_by_key_and_by_place_where_the_key_was_cleaned() {
        let before = json!({"a": 1, "mia@example.com": {"x": "y"}, "two words": [1, "b"], "z": {}});
        let after = json!({"a": 1, "[email]": {"x": "z"}, "two words": [1, "c"], "z": {}});
        assert_eq!(
            outcomes(before, after),
            [
                ("body.a".to_owned(), Outcome::Same),
                ("body[\"[email]\"]".to_owned(), Outcome::Changed),
                ("body[\"[email]\"].x".to_owned(), Outcome::Changed),
                ("body[\"two words\"][0]".to_owned(), Outcome::Same),
                ("body[\"two words\"][1]".to_owned(), Outcome::Changed),
                ("body.z".to_owned(), Outcome::Same),
            ]
        );
    }

    #[test]
    fn what_is_left_out_is_told_as_a_whole_and_its_key_is_cleaned() {
        let before = json!({"ticket": {"q": 1}, "steps": [{"id": "s", "input": 1, "kind": "x"}, 2], "last": 1});
        let after = json!({"steps": [{"id": "s", "kind": "x"}]});
        assert_eq!(
            outcomes(before, after),
            [
                ("body[\"<ticket>\"]".to_owned(), Outcome::LeftOut),
                ("body.steps[0].id".to_owned(), Outcome::Same),
                ("body.steps[0][\"<input>\"]".to_owned(), Outcome::LeftOut),
                ("body.steps[0].kind".to_owned(), Outcome::Same),
                ("body.steps[1]".to_owned(), Outcome::LeftOut),
                ("body[\"<last>\"]".to_owned(), Outcome::LeftOut),
            ]
        );
    }

    #[test]
    fn a_value_that_became_a_mark_is_one_change() {
        let fields = compare(
            &record(json!({"card": {"number": 4, "cvc": 5}})),
            &record(json!({"card": "[secret]"})),
            &mut str::to_owned,
        );
        assert_eq!(fields.len(), 1);
        assert_eq!(fields[0].before, r#"{"number":4,"cvc":5}"#);
        assert_eq!(fields[0].after, "[secret]");
    }
}
