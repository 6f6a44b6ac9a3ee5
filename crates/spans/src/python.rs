//! Python's literals, as `repr` writes them: some instrumentations put them where JSON belongs.

use std::str::CharIndices;

use serde_json::{Map, Number, Value};

use crate::limits::DEPTH;

/// The dict, list, tuple, text, number or constant that `text` is. `None` for any other expression,
/// such as an object's.
pub(crate) fn literal(text: &str) -> Option<Value> {
    let mut parser = Parser { rest: text.trim() };
    let value = parser.value(DEPTH)?;
    parser.rest.trim().is_empty().then_some(value)
}

struct Parser<'t> {
    rest: &'t str,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        self.blank();
        match self.rest.chars().next()? {
            '{' => self.dict(depth),
            '[' => self.items('[', ']', depth).map(Value::from),
            '(' => self.items('(', ')', depth).map(Value::from),
            '\'' | '"' => self.string().map(Value::from),
            _ => self.word(),
        }
    }

    fn dict(&mut self, depth: usize) -> Option<Value> {
        self.take('{')?;
        let mut map = Map::new();
        while self.take('}').is_none() {
            let key = match self.value(depth)? {
                Value::String(key) => key,
                other => other.to_string(),
            };
            self.take(':')?;
            map.insert(key, self.value(depth)?);
            if self.take(',').is_none() {
                self.take('}')?;
                break;
            }
        }
        Some(map.into())
    }

    fn items(&mut self, open: char, close: char, depth: usize) -> Option<Vec<Value>> {
        self.take(open)?;
        let mut items = Vec::new();
        while self.take(close).is_none() {
            items.push(self.value(depth)?);
            if self.take(',').is_none() {
                self.take(close)?;
                break;
            }
        }
        Some(items)
    }

    /// A text in either quotes, with Python's escapes.
    fn string(&mut self) -> Option<String> {
        let mut chars = self.rest.char_indices();
        let (_, quote) = chars.next()?;
        let mut text = String::new();
        while let Some((at, char)) = chars.next() {
            if char == quote {
                self.rest = &self.rest[at + quote.len_utf8()..];
                return Some(text);
            }
            if char != '\\' {
                text.push(char);
                continue;
            }
            let escaped = match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'x' => hex(&mut chars, 2)?,
                'u' => hex(&mut chars, 4)?,
                'U' => hex(&mut chars, 8)?,
                other => other,
            };
            text.push(escaped);
        }
        None
    }

    /// A number or a constant.
    fn word(&mut self) -> Option<Value> {
        let is_word = |char: char| char.is_ascii_alphanumeric() || "+-._".contains(char);
        let end = self.rest.find(|char| !is_word(char)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "None" => Some(Value::Null),
            "True" => Some(true.into()),
            "False" => Some(false.into()),
            "nan" | "inf" | "-inf" => Some(Value::Null),
            number => match number.parse::<i64>() {
                Ok(whole) => Some(whole.into()),
                Err(_) => Number::from_f64(number.parse().ok()?).map(Value::from),
            },
        }
    }

    fn take(&mut self, char: char) -> Option<()> {
        self.blank();
        self.rest = self.rest.strip_prefix(char)?;
        Some(())
    }

    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

/// The character that so many hexadecimal digits are.
fn hex(chars: &mut CharIndices<'_>, digits: usize) -> Option<char> {
    let number: String = chars.take(digits).map(|(_, digit)| digit).collect();
    u32::from_str_radix(&number, 16).ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn literals_are_read() {
        let text = r#"{'a': [1, -2.5, None, True], "it's": ('x\n\x41\u00e9', ), 3: {}}"#;
        let expected = json!({ "a": [1, -2.5, null, true], "it's": ["x\nA\u{e9}"], "3": {} });
        assert_eq!(literal(text), Some(expected));
    }

    #[test]
    fn what_is_no_literal_is_none() {
        let deep = "[".repeat(5000);
        for text in ["{'a': Interrupt(value=1)}", "{'a'", "[1 2]", "'open", "", &deep, "{1: }"] {
            assert_eq!(literal(text), None, "{text}");
        }
    }
}
