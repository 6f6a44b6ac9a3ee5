//! Values behind quoted keys: JSON, whole or cut off, escaped once more, or as Python prints it.

use super::keyed_text::KeyedText;
use crate::{
    absence::is_absent,
    detector::mark_at,
    finding::Finding,
    key_class::KeyClass,
    lex::{byte, is_alnum, run, run_of, skip_any_space, skip_blanks},
    literal,
};

/// Where a value starts and what its key says.
#[derive(Clone, Copy)]
pub(super) struct Value {
    pub(super) start: usize,
    pub(super) class: KeyClass,
    /// Backslashes before each quote of the text around.
    pub(super) depth: usize,
    /// The quote its key has: in a string of JSON another would end that.
    pub(super) quote: u8,
}

/// The findings behind a key that was closed just before `after` and says `class`.
pub(crate) fn behind(
    keyed: KeyedText<'_>,
    after: usize,
    class: KeyClass,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let start = after_separator(keyed.text.as_bytes(), after)?;
    value(keyed, Value { start, class, depth: 0, quote: b'"' }, &mut 0, found)
}

/// The finding that is all of the object or list of a secret at `start`, which quotes with `quote`.
pub(super) fn secrets(
    keyed: KeyedText<'_>,
    start: usize,
    quote: u8,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    value(keyed, Value { start, class: KeyClass::Secret, depth: 0, quote }, &mut 0, found)
}

/// Past blanks and the `:`, `=` or `=>` between a key and its value.
pub(super) fn after_separator(bytes: &[u8], from: usize) -> Option<usize> {
    let at = skip_any_space(bytes, from);
    let after = match (byte(bytes, at), byte(bytes, at + 1)) {
        (b'=', b'>') | (b':', b'=') => at + 2,
        (b':' | b'=', _) => at + 1,
        // `os.environ["TOKEN"] = "…"`
        (b']', _) => return behind_index(bytes, at),
        _ => return None,
    };
    Some(skip_any_space(bytes, after))
}

/// Where the text starts that is assigned behind the `]` at `at`.
fn behind_index(bytes: &[u8], at: usize) -> Option<usize> {
    let sign = skip_blanks(bytes, at + 1);
    let start = skip_blanks(bytes, sign + 1);
    let quote = run_of(bytes, start, 8, |b| b == b'\\');
    (byte(bytes, sign) == b'=' && matches!(byte(bytes, quote), b'"' | b'\'')).then_some(start)
}

pub(super) fn value(
    keyed: KeyedText<'_>,
    value: Value,
    named: &mut usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = keyed.text.as_bytes();
    // Python's `b'…'` and `u"…"`.
    let lettered = b"bBuUrR".contains(&byte(bytes, value.start))
        && matches!(byte(bytes, value.start + 1), b'"' | b'\'');
    let value = Value { start: value.start + usize::from(lettered), ..value };
    let slashes = run_of(bytes, value.start, 8, |b| b == b'\\');
    match byte(bytes, slashes) {
        quote @ (b'"' | b'\'') if slashes - value.start == value.depth => {
            let start = slashes + 1;
            let end = literal::end(bytes, start, quote, value.depth);
            let finding = keyed.replaced(start, end, value.class);
            // What is kept is a text as any other.
            let kept = finding.is_none();
            found.extend(finding);
            (!kept).then_some(end)
        }
        b'{' | b'[' if slashes == value.start => {
            let empty = matches!(byte(bytes, skip_any_space(bytes, slashes + 1)), b'}' | b']');
            let empty = empty && keyed.gate.keeps_absence(value.class);
            if empty || mark_at(bytes, value.start).is_some() {
                return None;
            }
            if !value.class.keeps_numbers() {
                return Some(container(keyed, value, found));
            }
            // What is kept in it is looked at as any text, but judged as names once.
            if value.start >= *named {
                *named = container(keyed, value, found);
            }
            None
        }
        _ => bare(keyed, value, found),
    }
}

/// A number or a word: `4711`. `null` and `true` say nothing.
fn bare(keyed: KeyedText<'_>, value: Value, found: &mut Vec<Finding>) -> Option<usize> {
    let end = word_end(keyed.text.as_bytes(), value.start);
    let word = keyed.text.get(value.start..end).filter(|word| !word.is_empty())?;
    // A word that is no JSON value is a name in code (`"name": user.name`).
    let value_like = word.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    if value.class.keeps_numbers()
        || (!value_like && value.class != KeyClass::Secret)
        || says_nothing(keyed, value.class, word)
    {
        return None;
    }
    found.push(keyed.in_quotes(value.start, end, value.class, value.depth, value.quote));
    Some(end)
}

/// Whether a word says that there is no value.
fn says_nothing(keyed: KeyedText<'_>, class: KeyClass, word: &str) -> bool {
    let is_null = matches!(word, "null" | "None" | "nil" | "undefined");
    is_null || (keyed.gate.keeps_absence(class) && is_absent(word))
}

/// Where a value without quotes ends.
fn word_end(bytes: &[u8], from: usize) -> usize {
    run(bytes, from, |b| is_alnum(b) || matches!(b, b'-' | b'+' | b'.' | b'_'))
}

/// An object or list: removed whole under a secret key; under a personal key every leaf in it is
/// replaced and its structure stays.
fn container(keyed: KeyedText<'_>, value: Value, found: &mut Vec<Finding>) -> usize {
    let KeyedText { gate, text } = keyed;
    let (bytes, depth) = (text.as_bytes(), value.depth);
    let (mut at, mut open) = (value.start, 0usize);
    let mut leaves = Vec::new();
    let mut class = value.class;
    while at < bytes.len() {
        let slashes = run_of(bytes, at, 8, |b| b == b'\\');
        match byte(bytes, slashes) {
            quote @ (b'"' | b'\'') if slashes - at == depth => {
                let start = slashes + 1;
                let end = literal::end(bytes, start, quote, depth);
                let after = (end + depth + 1).min(bytes.len());
                if byte(bytes, skip_any_space(bytes, after)) == b':' {
                    let own =
                        text.get(start..end).map_or(KeyClass::Plain, |key| gate.classify(key));
                    // Whose name it is, its own siblings tell where it is met itself.
                    class = if own == KeyClass::Name { value.class } else { value.class.or(own) };
                } else {
                    leaves.extend(keyed.replaced(start, end, class));
                }
                at = after;
            }
            b'{' | b'[' => {
                open += 1;
                at = slashes + 1;
            }
            b'}' | b']' => {
                open = open.saturating_sub(1);
                at = slashes + 1;
                if open == 0 {
                    break;
                }
            }
            b',' => {
                class = value.class;
                at = slashes + 1;
            }
            letter if is_alnum(letter) || letter == b'-' => {
                let end = word_end(bytes, slashes);
                let word = text.get(slashes..end).unwrap_or_default();
                if !class.keeps_numbers() && !says_nothing(keyed, class, word) {
                    leaves.push(keyed.in_quotes(slashes, end, class, depth, value.quote));
                }
                at = end;
            }
            _ => at = slashes + 1,
        }
    }
    if value.class == KeyClass::Secret {
        found.push(keyed.in_quotes(value.start, at, value.class, depth, value.quote));
    } else {
        found.extend(leaves);
    }
    at
}
