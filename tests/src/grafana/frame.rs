//! What a panel is given: Grafana's data frames.

use serde_json::Value;

/// A table of named columns, and how it asks to be shown.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The columns.
    pub fields: Vec<Field>,
    /// `graph`, `table`, `logs` or `trace`.
    pub shown_as: String,
    /// The SQL that ran, its macros expanded.
    pub sql: String,
}

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its Go type, e.g. `uint64`, `time.Time`, `json.RawMessage`; `?` after it where values can be
    /// missing.
    pub kind: String,
    /// What tells it from others of the same name, as JSON; null without any.
    pub labels: Value,
    /// One for each row. Times are milliseconds since 1970; NaN and the infinities are null, as a
    /// missing value is, and listed in `not_finite`.
    pub values: Vec<Value>,
    /// The rows whose value is no finite number.
    pub not_finite: Vec<u64>,
}

impl Frame {
    pub(super) fn new(frame: &Value) -> Self {
        let schema = &frame["schema"];
        let described = schema["fields"].as_array().into_iter().flatten();
        let field = |(at, field): (usize, &Value)| Field::new(field, &frame["data"], at);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            fields: described.enumerate().map(field).collect(),
            shown_as: text(&schema["meta"]["preferredVisualisationType"]),
            sql: text(&schema["meta"]["executedQueryString"]),
        }
    }

    /// The column of this name.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn field(&self, name: &str) -> &Field {
        let found = self.fields.iter().find(|field| field.name == name);
        found.unwrap_or_else(|| panic!("`{name}` is among {:?}", self.names()))
    }

    /// The columns' names.
    pub fn names(&self) -> Vec<&str> {
        self.fields.iter().map(|field| field.name.as_str()).collect()
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.fields.first().map_or(0, |field| field.values.len())
    }
}

impl Field {
    fn new(field: &Value, data: &Value, at: usize) -> Self {
        let info = &field["typeInfo"];
        let mut kind = info["frame"].as_str().unwrap_or_default().to_owned();
        if info["nullable"] == true {
            kind.push('?');
        }
        let not_finite = data["entities"][at].as_object().into_iter().flat_map(|of| of.values());
        let mut not_finite: Vec<_> =
            not_finite.filter_map(Value::as_array).flatten().filter_map(Value::as_u64).collect();
        not_finite.sort_unstable();
        Self {
            name: field["name"].as_str().unwrap_or_default().to_owned(),
            kind,
            labels: field["labels"].clone(),
            values: data["values"][at].as_array().cloned().unwrap_or_default(),
            not_finite,
        }
    }
}
