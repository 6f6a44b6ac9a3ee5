//! A file of prices: an array of entries, or an entry a line. What is wrong is told by line and field.

use serde_json::{Map, Value, json, value::RawValue};
use ticketlens_prices::{InvalidBook, MOST_ENTRIES, PriceBook, PriceEntry};

/// What a file holds.
#[derive(Debug, Default)]
pub struct PricesFile {
    /// The entries, each with the line that it begins in.
    pub entries: Vec<(usize, PriceEntry)>,
    /// What is wrong, by line.
    pub refused: Vec<(usize, String)>,
}

impl PricesFile {
    /// Reads a file to its end, whatever is wrong on the way.
    pub fn read(text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut file = Self::default();
        if text.trim_start().starts_with('[') {
            file.array(text);
        } else {
            for (at, line) in text.lines().enumerate() {
                if !line.trim().is_empty() {
                    file.entry(at + 1, line);
                }
            }
        }
        if file.refused.is_empty() {
            file.together();
        }
        file
    }

    fn array(&mut self, text: &str) {
        match serde_json::from_str::<Vec<&RawValue>>(text) {
            Ok(values) => {
                // Each is a part of the text.
                let (mut line, mut counted) = (1, 0);
                for value in values {
                    let at = value.get().as_ptr().addr() - text.as_ptr().addr();
                    line += newlines(text.get(counted..at));
                    counted = at;
                    self.entry(line, value.get());
                }
            }
            Err(error) => {
                self.refused.push((error.line(), format!("not JSON: {}", without_place(&error))));
            }
        }
    }

    fn entry(&mut self, line: usize, text: &str) {
        let read = serde_json::from_str::<PriceEntry>(text);
        match read {
            Ok(entry) => match entry.check() {
                Ok(()) => self.entries.push((line, entry)),
                Err(why) => self.refused.push((line, why.to_string())),
            },
            Err(error) => {
                let line = line + error.line().saturating_sub(1);
                self.refused.push((line, what_is_wrong(text, &error)));
            }
        }
    }

    /// Whether all of them make one list.
    fn together(&mut self) {
        let entries = self.entries.iter().map(|(_, entry)| entry.clone()).collect();
        let line = |at: usize| self.entries.get(at).map_or(0, |(line, _)| *line);
        let refused = match PriceBook::new(entries) {
            Ok(_) => return,
            Err(InvalidBook::Twice { at, first }) => {
                (line(at), format!("is for the same calls as the entry of line {}", line(first)))
            }
            Err(InvalidBook::TooMany) => {
                (line(MOST_ENTRIES), format!("a list has at most {MOST_ENTRIES} entries"))
            }
            Err(why) => (0, why.to_string()),
        };
        self.refused.push(refused);
    }
}

fn newlines(text: Option<&str>) -> usize {
    text.map_or(0, |text| text.bytes().filter(|byte| *byte == b'\n').count())
}

/// What is wrong with an entry, and with which of its fields.
fn what_is_wrong(text: &str, error: &serde_json::Error) -> String {
    let said = without_place(error);
    // It names the field by itself.
    if ["missing", "unknown", "duplicate"].iter().any(|word| said.starts_with(word)) {
        return said;
    }
    let Ok(fields) = serde_json::from_str::<Map<String, Value>>(text) else {
        return format!("not a JSON object: {said}");
    };
    for (name, value) in fields {
        // An entry that would be one, but for this field.
        let mut entry = json!({
            "provider": "x", "model": "x", "currency": "USD", "input": "0", "output": "0",
        });
        entry[&name] = value;
        if let Err(error) = serde_json::from_value::<PriceEntry>(entry) {
            return format!("{name}: {}", without_place(&error));
        }
    }
    said
}

/// An error without its line and column, which are of the entry.
fn without_place(error: &serde_json::Error) -> String {
    let said = error.to_string();
    said.rfind(" at line ").map_or(said.as_str(), |at| &said[..at]).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        r#"{"provider":"openai","model":"a","currency":"USD","input":"1","output":"2"}"#;

    fn with(field: &str, value: &str) -> String {
        let mut entry: Value = serde_json::from_str(GOOD).unwrap();
        entry[field] = serde_json::from_str(value).unwrap();
        entry.to_string()
    }

    #[test]
    fn an_array_and_an_entry_a_line_are_read_alike() {
        let lines = format!("\u{feff}{GOOD}\r\n\n{}\n", with("model", r#""b""#));
        let array = format!("[\n  {GOOD},\n\n  {}\n]\n", with("model", r#""b""#));
        for (text, at) in [(lines, [1, 3]), (array, [2, 4])] {
            let file = PricesFile::read(&text);
            assert_eq!(file.refused, []);
            let read: Vec<_> = file.entries.iter().map(|(l, e)| (*l, e.model.as_str())).collect();
            assert_eq!(read, [(at[0], "a"), (at[1], "b")]);
        }
        for nothing in ["", " \n", "[]"] {
            let file = PricesFile::read(nothing);
            assert!(file.entries.is_empty() && file.refused.is_empty());
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_line_and_field() {
        for (field, value, says) in [
            ("input", "2.5", "input: invalid type: floating point `2.5`, expected the price of"),
            ("output", r#""1,5""#, "output: "),
            ("cache_read", r#""0.0000001""#, "cache_read: "),
            ("currency", r#""dollars""#, "currency: a currency is three capitals of ISO 4217"),
            ("valid_from", r#""soon""#, "valid_from: not a day"),
            ("above_input_tokens", r#""200k""#, "above_input_tokens: "),
            ("service_tier", r#""standard""#, "service_tier of the standard price is empty"),
            ("model", r#""GPT-4o""#, "model "),
            ("provider", r#""vertex_ai""#, "provider is called `google` here"),
            ("price", r#""1""#, "unknown field `price`"),
        ] {
            let file = PricesFile::read(&format!("{GOOD}\n{}\n", with(field, value)));
            let [(2, said)] = &file.refused[..] else { panic!("{field}: {:?}", file.refused) };
            assert!(said.starts_with(says), "{said}");
            assert!(!said.contains(" at line "), "{said}");
        }
        let file = PricesFile::read(r#"{"provider": "openai"}"#);
        assert_eq!(file.refused, [(1, "missing field `model`".to_owned())]);
        for (text, line) in [("[\n{},\n", 3), ("nonsense", 1), ("[1,\n2]", 1), ("{\n}", 1)] {
            assert_eq!(PricesFile::read(text).refused[0].0, line, "{text:?}");
        }
        let twice = PricesFile::read(&format!("{GOOD}\n\n{GOOD}\n"));
        let said = "is for the same calls as the entry of line 1".to_owned();
        assert_eq!(twice.refused, [(3, said)]);
    }
}
