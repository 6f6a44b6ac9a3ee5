//! Values beside an attribute that names them: `<add key="ApiKey" value="…"/>`,
//! `<input type="password" value="…">`, `<string name="api_key">…</string>`.

use memchr::memmem;

use super::{
    element,
    keyed_text::{KEY_BYTES, KeyedText},
};
use crate::{
    finding::Finding,
    key_class::KeyClass,
    lex::{byte, is_word, run, run_of, skip_blanks, skip_space},
    literal,
};

/// Bytes of a tag and of its attributes that are looked at.
const REACH: usize = 1024;
/// Attributes between the one that names a key and the one that has its value.
const BETWEEN: usize = 6;
/// Attributes that name what the value is, and those that hold it.
const NAMING: [&str; 8] = ["name", "key", "id", "type", "property", "field", "param", "itemprop"];
const HOLDING: [&str; 5] = ["value", "content", "val", "default", "defaultvalue"];
/// Kinds of an input that are keys.
const INPUTS: [&str; 3] = ["password", "email", "tel"];
/// Elements whose text is for people, whatever they are named.
const SHOWN: [&str; 6] = ["a", "label", "button", "option", "th", "h"];

/// The literal of an attribute: its quote, and the backslashes before that.
#[derive(Clone, Copy)]
struct Quote {
    mark: u8,
    depth: usize,
}

/// The finding beside the attribute whose closing quote, with the backslashes before it, stands at
/// `quote`. Returns where to go on.
pub(super) fn named(keyed: KeyedText<'_>, quote: usize, found: &mut Vec<Finding>) -> Option<usize> {
    let KeyedText { gate, text } = keyed;
    let bytes = text.as_bytes();
    let slashes = run_of(bytes, quote, 8, |b| b == b'\\');
    let marks = Quote { mark: byte(bytes, slashes), depth: slashes - quote };
    let after = skip_space(bytes, slashes + 1);
    if !matches!(byte(bytes, after), b'a'..=b'z' | b'A'..=b'Z' | b'>' | b'/') {
        return None;
    }
    let from = quote.saturating_sub(KEY_BYTES);
    let open = bytes[from..quote].iter().rposition(|b| *b == marks.mark)? + from;
    let sign = open.checked_sub(marks.depth + 1).filter(|sign| bytes[*sign] == b'=')?;
    let naming = word_before(text, sign);
    let key = text.get(open + 1..quote)?;
    let class = gate.classify(key);
    let names = match naming.to_ascii_lowercase().as_str() {
        "type" => INPUTS.iter().any(|kind| key.eq_ignore_ascii_case(kind)),
        name => NAMING.contains(&name),
    };
    if class == KeyClass::Plain || !names {
        return None;
    }
    let start = sign - naming.len();
    if let Some((start, end)) = holding_before(bytes, start, marks) {
        found.extend(keyed.replaced(start, end, class));
        return Some(slashes + 1);
    }
    let (start, end) = held(keyed, after, marks, naming)?;
    found.extend(keyed.replaced(start, end, class));
    Some(end)
}

/// The word that ends at `end`, without the prefix of a namespace.
fn word_before(text: &str, end: usize) -> &str {
    let from = text.ceil_char_boundary(end.saturating_sub(16));
    let before = text.get(from..end).unwrap_or_default();
    let start = before.bytes().rposition(|b| !is_word(b)).map_or(0, |at| at + 1);
    before.get(start..).unwrap_or_default()
}

/// The value in an attribute that follows at `at`, or in the element.
fn held(keyed: KeyedText<'_>, at: usize, marks: Quote, naming: &str) -> Option<(usize, usize)> {
    let bytes = &keyed.text.as_bytes()[..keyed.text.len().min(at + REACH)];
    let mut at = at;
    for _ in 0..BETWEEN {
        let name = run_of(bytes, at, KEY_BYTES, |b| is_word(b) || matches!(b, b':' | b'-' | b'.'));
        let sign = skip_blanks(bytes, name);
        if byte(bytes, sign) != b'=' || name == at {
            at = skip_space(bytes, sign);
            break;
        }
        let value = skip_blanks(bytes, sign + 1);
        let slashes = run_of(bytes, value, 8, |b| b == b'\\');
        if byte(bytes, slashes) != marks.mark || slashes - value != marks.depth {
            return None;
        }
        let end = literal::end(bytes, slashes + 1, marks.mark, marks.depth);
        if is_holding(keyed.text.get(at..name)?) {
            return Some((slashes + 1, end));
        }
        at = skip_space(bytes, (end + marks.depth + 1).min(bytes.len()));
    }
    // What is shown to people has an id as well.
    let shown = ["id", "type"].iter().any(|shown| naming.eq_ignore_ascii_case(shown));
    if byte(bytes, at) != b'>' || shown {
        return None;
    }
    let tag = bytes[at.saturating_sub(REACH)..at].iter().rposition(|b| *b == b'<')?;
    let tag = at.saturating_sub(REACH) + tag;
    let name = element::tag_name(keyed.text, tag + 1);
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let shown = SHOWN.iter().any(|shown| plain.eq_ignore_ascii_case(shown));
    let value = element::between(keyed.text, name, at + 1)?;
    (!shown && !name.is_empty()).then_some(value)
}

/// The value of an attribute of the same tag that ends before `end`.
fn holding_before(bytes: &[u8], end: usize, marks: Quote) -> Option<(usize, usize)> {
    let from = end.saturating_sub(REACH);
    let tag = bytes[from..end].iter().rposition(|b| matches!(b, b'<' | b'>'))? + from;
    if bytes[tag] != b'<' {
        return None;
    }
    let sign = HOLDING.iter().find_map(|name| {
        let at = memmem::rfind(&bytes[tag..end], name.as_bytes())? + tag;
        let sign = at + name.len();
        (bytes[at - 1].is_ascii_whitespace() && byte(bytes, sign) == b'=').then_some(sign)
    })?;
    let slashes = run(bytes, sign + 1, |b| b == b'\\');
    let start = slashes + 1;
    let fits = byte(bytes, slashes) == marks.mark && slashes - sign - 1 == marks.depth;
    let close = literal::end(&bytes[..end], start.min(end), marks.mark, marks.depth);
    // A quote of the text around would end a literal within the value.
    let whole = close < end && (marks.mark == b'"' || !bytes[start..close].contains(&b'"'));
    (fits && whole).then_some((start, close))
}

fn is_holding(name: &str) -> bool {
    HOLDING.iter().any(|holding| name.eq_ignore_ascii_case(holding))
}
