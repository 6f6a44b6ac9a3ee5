//! A JSON value as text. JSON stays JSON: on one line, or laid out where all is shown; so does JSON
//! that travelled in a string, as results of tools often do.

use serde::de::IgnoredAny;
use serde_json::Value;

use crate::{parts::Part, safe, text::View};

/// Levels that are indented; what is deeper stands at this one.
const LEVELS: usize = 10;

/// The value. A blank text is quoted, so that it is seen.
pub fn as_text(value: &Value, view: View) -> String {
    match value {
        Value::String(text) if text.trim().is_empty() => value.to_string(),
        Value::String(text) if view.full && is_json(text) => spaced(text, true),
        Value::String(text) => text.clone(),
        other => spaced(&other.to_string(), view.full),
    }
}

/// Entries as labels and texts.
pub fn entries<'p, 't: 'p>(
    parts: impl IntoIterator<Item = &'p Part<'t>>,
    view: View,
) -> Vec<(String, String)> {
    parts.into_iter().map(|part| (label(&part.label), as_text(part.value, view))).collect()
}

/// The same of what stands beside what matters: without what is null, unless all is shown.
pub fn details(parts: &[Part<'_>], view: View) -> Vec<(String, String)> {
    entries(parts.iter().filter(|part| view.full || !part.value.is_null()), view)
}

/// A key as a label. One without characters is quoted, so that it is seen.
pub fn label(key: &str) -> String {
    if key.trim().is_empty() { format!("{key:?}") } else { safe::line(key).into_owned() }
}

fn is_json(text: &str) -> bool {
    text.starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// JSON with spaces to wrap at, on one line or one entry a line. It is laid out as it was written,
/// not read and written again: that would round numbers, and drop a key that is given twice.
fn spaced(json: &str, in_lines: bool) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 4);
    let (mut depth, mut in_text, mut is_escaped) = (0usize, false, false);
    let mut before = ' ';
    let line = |out: &mut String, depth: usize| {
        if in_lines {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth.min(LEVELS)));
        }
    };
    for c in json.chars() {
        if in_text {
            out.push(c);
            in_text = is_escaped || c != '"';
            is_escaped = c == '\\' && !is_escaped;
            continue;
        }
        if c.is_ascii_whitespace() {
            continue;
        }
        if matches!(c, '}' | ']') {
            depth = depth.saturating_sub(1);
            if !matches!(before, '{' | '[') {
                line(&mut out, depth);
            }
        } else if matches!(before, '{' | '[') {
            line(&mut out, depth);
        }
        out.push(c);
        match c {
            '"' => in_text = true,
            '{' | '[' => depth += 1,
            ':' => out.push(' '),
            ',' if in_lines => line(&mut out, depth),
            ',' => out.push(' '),
            _ => {}
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(value: &Value, full: bool) -> String {
        as_text(value, View { width: 80, full, now: jiff::Timestamp::UNIX_EPOCH })
    }

    #[test]
    fn json_is_on_one_line_or_laid_out() {
        let value = json!({ "a": [1, { "b": "x, y: {\"" }], "none": {}, "no": [] });
        assert_eq!(shown(&value, false), r#"{"a": [1, {"b": "x, y: {\""}], "none": {}, "no": []}"#);
        assert_eq!(shown(&value, true), format!("{value:#}"));
    }

    #[test]
    fn json_in_a_string_keeps_what_reading_it_would_lose() {
        let sent = json!(r#"{"n":1.10,"big":12345678901234567890123,"n":2}"#);
        assert_eq!(
            shown(&sent, true),
            "{\n  \"n\": 1.10,\n  \"big\": 12345678901234567890123,\n  \"n\": 2\n}"
        );
        assert_eq!(shown(&json!("{not json}"), true), "{not json}");
    }

    #[test]
    fn what_is_blank_is_seen() {
        assert_eq!([shown(&json!(""), false), shown(&json!(" \n"), true)], ["\"\"", "\" \\n\""]);
        assert_eq!([label(""), label(" "), label("a b")], ["\"\"", "\" \"", "a b"]);
    }

    #[test]
    fn depth_costs_neither_the_stack_nor_much_room() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let text = shown(&Value::from(deep.clone()), true);
        assert!(text.len() < deep.len() * (2 + 2 * LEVELS), "{}", text.len());
    }
}
