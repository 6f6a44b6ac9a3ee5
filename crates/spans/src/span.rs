//! A span as it came, whatever wrote it: the names in it are still its instrumentation's.

use std::{fmt, sync::Arc};

use serde_json::Value;

/// Identifies a span: its trace and itself.
pub(crate) type SpanKey = ([u8; 16], [u8; 8]);

/// One finished span. Its `Debug` shows no text of anyone's.
#[derive(Clone)]
pub(crate) struct Span {
    pub(crate) key: SpanKey,
    pub(crate) parent: Option<[u8; 8]>,
    /// Whether its parent is another process's, as far as the flags tell (trace.proto, `SpanFlags`).
    pub(crate) has_remote_parent: bool,
    pub(crate) name: String,
    pub(crate) kind: SpanKind,
    /// Nanoseconds since the Unix epoch.
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) status: SpanStatus,
    pub(crate) attributes: Attributes,
    /// What happened within it, content that came as log records included.
    pub(crate) events: Vec<Event>,
    /// Attributes that the sender's limits have cost.
    pub(crate) dropped_attributes: u64,
    pub(crate) source: Arc<Source>,
}

/// Who made a span: an instrumentation within a process.
#[derive(Default)]
pub(crate) struct Source {
    pub(crate) scope: String,
    pub(crate) scope_version: String,
    pub(crate) resource: Arc<Attributes>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SpanKind {
    #[default]
    Unspecified,
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

#[derive(Clone, Default)]
pub(crate) struct SpanStatus {
    pub(crate) code: StatusCode,
    pub(crate) message: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum StatusCode {
    #[default]
    Unset,
    Ok,
    Error,
}

/// A span's event, or a log record that belongs to a span.
#[derive(Clone, PartialEq, Hash)]
pub(crate) struct Event {
    /// Of a log record, in nanoseconds since the Unix epoch; 0 if it is not known. A span's own
    /// events stand in the order in which they happened.
    pub(crate) time: u64,
    pub(crate) name: String,
    pub(crate) attributes: Attributes,
    /// What only a log record has.
    pub(crate) body: Value,
}

/// Attributes in the order of their keys; of a key that comes twice, the last.
#[derive(Clone, Default, PartialEq, Hash)]
pub(crate) struct Attributes(Vec<(String, Value)>);

impl Span {
    /// A time that is missing, or before the beginning, is the other one.
    pub(crate) fn settle_times(&mut self) {
        if self.start == 0 {
            self.start = self.end;
        }
        self.end = self.end.max(self.start);
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.attributes.text(key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.attributes.get(key)
    }

    /// The first of these attributes that says something.
    pub(crate) fn any_text(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.text(key)).map(str::to_owned)
    }

    /// The first of these attributes that is a count.
    pub(crate) fn any_count(&self, keys: &[&str]) -> Option<u64> {
        keys.iter().find_map(|key| self.attributes.count(key))
    }

    pub(crate) fn events<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Event> {
        self.events.iter().filter(move |event| event.name == name)
    }
}

impl Attributes {
    pub(crate) fn new(mut pairs: Vec<(String, Value)>) -> Self {
        // Stable, so that of equal keys the last stays last.
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        pairs.reverse();
        pairs.dedup_by(|next, kept| next.0 == kept.0);
        pairs.reverse();
        Self(pairs)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        let at = self.0.binary_search_by(|(known, _)| known.as_str().cmp(key)).ok()?;
        Some(&self.0[at].1).filter(|value| !value.is_null())
    }

    /// A text that says something.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    /// A count, which some write as text or as a float.
    pub(crate) fn count(&self, key: &str) -> Option<u64> {
        match self.get(key)? {
            Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The attributes whose keys begin so, by the rest of their keys.
    pub(crate) fn under<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let from = self.0.partition_point(|(key, _)| key.as_str() < prefix);
        self.0[from..]
            .iter()
            .map_while(move |(key, value)| key.strip_prefix(prefix).map(|rest| (rest, value)))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
fn whole(number: f64) -> Option<u64> {
    ((0.0..9e15).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Span").field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_key_that_comes_twice_the_last_counts() {
        let pair = |key: &str, value: Value| (key.to_owned(), value);
        let attributes = Attributes::new(vec![
            pair("b.1", json!(1)),
            pair("a", json!("first")),
            pair("a", json!("last")),
            pair("b.0", json!("7")),
            pair("c", json!("")),
        ]);
        assert_eq!(attributes.text("a"), Some("last"));
        assert_eq!(attributes.text("c"), None);
        assert_eq!(attributes.count("b.0"), Some(7));
        let under: Vec<_> = attributes.under("b.").map(|(rest, _)| rest).collect();
        assert_eq!(under, ["0", "1"]);
    }
}
