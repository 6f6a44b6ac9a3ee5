//! What a recording says at all. A name, an id or a text that occurs nowhere in what was exported
//! can't be in the ticket, and is not asked for; each is counted.

use serde_json::Value;

/// Every text of a recording's requests.
pub struct Evidence {
    texts: String,
    /// The same without backslashes: JSON and Python texts within texts.
    unescaped: String,
}

impl Evidence {
    pub fn of(requests: &[Value]) -> Self {
        let mut texts = String::new();
        for request in requests {
            leaves(request, &mut |text| {
                texts.push_str(text);
                texts.push('\n');
            });
        }
        let unescaped = texts.replace('\\', "");
        Self { texts, unescaped }
    }

    /// Whether the name or id stands there by itself: `gpt-4o` is not said by `gpt-4o-2024-08-06`.
    pub fn says(&self, name: &str) -> bool {
        self.texts.match_indices(name).any(|(at, _)| {
            let before = self.texts[..at].chars().next_back();
            let after = self.texts[at + name.len()..].chars().next();
            let goes_on = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
            !before.is_some_and(|c| goes_on(c) || c == '.') && !after.is_some_and(goes_on)
        })
    }

    /// Whether the text occurs there.
    pub fn holds(&self, text: &str) -> bool {
        self.texts.contains(text) || self.unescaped.contains(text)
    }
}

/// Hands over every key and text of a value.
pub fn leaves(value: &Value, take: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => take(text),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, take)),
        Value::Object(map) => {
            for (key, value) in map {
                take(key);
                leaves(value, take);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
