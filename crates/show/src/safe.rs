//! Text that others wrote, made safe to print.
//!
//! What a model, a customer or a workflow wrote goes to a terminal, and a terminal obeys control
//! characters: it can be told to rewrite lines above, change its title, answer as if the user had
//! typed. Nothing of theirs is printed before it went through here; what would act is shown as
//! `\u{1b}` instead. Direction overrides and invisible characters are treated alike, because they
//! make a line read as something it is not.

use std::borrow::Cow;

/// One line: line breaks and tabs are shown as well, so that the text can't leave its line.
pub fn line(text: &str) -> Cow<'_, str> {
    escape(text, |c| acts(c) || matches!(c, '\n' | '\t'))
}

/// A block of lines: `\n` stays, `\r\n` becomes one, a tab becomes four spaces.
pub fn block(text: &str) -> Cow<'_, str> {
    if !text.contains(['\r', '\t']) {
        return escape(text, acts);
    }
    let text = text.replace("\r\n", "\n").replace('\t', "    ");
    Cow::Owned(escape(&text, acts).into_owned())
}

/// A document of JSON: what serde_json leaves as it is and a terminal would obey becomes `\u009b`.
/// Such characters only ever stand inside strings, where the escape means the same.
pub fn json(document: &str) -> Cow<'_, str> {
    if !document.contains(obeyed_in_json) {
        return Cow::Borrowed(document);
    }
    let mut out = String::with_capacity(document.len() + 16);
    for c in document.chars() {
        if obeyed_in_json(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

fn escape(text: &str, is_shown: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_shown) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' if is_shown(c) => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' if is_shown(c) => out.push_str("\\t"),
            c if is_shown(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Whether a terminal does something with the character other than draw it.
fn acts(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t')) || deceives(c)
}

/// serde_json escapes U+0000 to U+001F itself; line breaks outside strings are its own layout.
fn obeyed_in_json(c: char) -> bool {
    (c.is_control() && u32::from(c) >= 0x7f) || deceives(c)
}

/// Changes the direction of what follows, or is there and not seen.
fn deceives(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_terminal_obeys_gets_through() {
        let hostile = "a\u{1b}[2J\u{1b}]0;title\u{7}b\u{9b}31mc\u{8}\rd\u{202e}e\u{0}f\u{7f}";
        for shown in [line(hostile), block(hostile)] {
            assert!(!shown.contains(acts), "{shown:?}");
            assert!(shown.starts_with("a\\u{1b}[2J"), "{shown}");
        }
        assert_eq!(line("one\ntwo\tthree"), "one\\ntwo\\tthree");
        assert_eq!(block("one\r\ntwo\tthree\r"), "one\ntwo    three\\r");
    }

    #[test]
    fn harmless_text_is_not_copied() {
        let text = "Grüße aus Köln — 日本語 👍";
        assert!(matches!(line(text), Cow::Borrowed(_)));
        assert!(matches!(block("a\nb"), Cow::Borrowed(_)));
        assert!(matches!(json("{\n  \"a\": \"é\"\n}"), Cow::Borrowed(_)));
    }

    #[test]
    fn escaped_json_means_the_same() {
        let value = serde_json::json!({ "t": "\u{9b}31m \u{e0041} \u{1b}[0m \u{202e}" });
        let raw = value.to_string();
        let safe = json(&raw);
        assert!(!safe.contains(acts), "{safe:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
