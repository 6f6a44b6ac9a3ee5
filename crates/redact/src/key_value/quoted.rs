//! Quoted keys: what they say, alone and with what stands beside them.

use super::{
    around::{Around, said},
    attribute,
    json::{Value, after_separator, value},
    keyed_text::{KEY_BYTES, KeyedText},
    named_apart,
    tokens::Tokens,
};
use crate::{
    finding::Finding,
    key_class::KeyClass,
    lex::{byte, run_of},
};

/// Bytes of a value that are looked at to tell what it is.
const VALUE_BYTES: usize = 1 << 10;

/// The findings behind the quoted key whose closing quote stands at `quote` (with the backslashes
/// before it, if its text was escaped). Returns where to go on.
pub(crate) fn quoted(
    keyed: KeyedText<'_>,
    quote: usize,
    around: &mut Around,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = keyed.text.as_bytes();
    let slashes = run_of(bytes, quote, 8, |b| b == b'\\');
    let mark = byte(bytes, slashes);
    if !matches!(mark, b'"' | b'\'') {
        return None;
    }
    let depth = slashes - quote;
    // Most of these close a value: what follows tells before the key is looked for.
    let Some(start) = after_separator(bytes, slashes + 1) else {
        let end = attribute::named(keyed, quote, found);
        return end.or_else(|| named_apart::named(keyed, (quote, slashes + 1), around, found));
    };
    let from = quote.saturating_sub(KEY_BYTES);
    let opening = Tokens { bytes, depth }.opening(quote, mark, from);
    // Of a key that was cut, or escaped by halves, the nearest.
    let nearest = || memchr::memrchr(mark, &bytes[from..quote]).map(|at| from + at);
    let open = opening.or_else(nearest)?;
    let key = keyed.text.get(open + 1..quote)?;
    let mut class = keyed.gate.classify(key);
    if class == KeyClass::Name && open >= depth {
        let said = said(keyed, Tokens { bytes, depth }, start, start + VALUE_BYTES);
        let object = around.object(keyed, open + 1, depth);
        class = object.siblings.class(keyed.gate, key, class, said);
    } else if class != KeyClass::Plain && may_be_described(bytes, start) {
        let said = said(keyed, Tokens { bytes, depth }, start, start + VALUE_BYTES);
        class = said.described(class);
    }
    if class == KeyClass::Plain {
        return None;
    }
    value(keyed, Value { start, class, depth, quote: mark }, &mut around.named, found)
}

/// Whether a value may tell that it is none: it opens a map, or is a text that starts as a range of
/// versions does.
fn may_be_described(bytes: &[u8], start: usize) -> bool {
    let inside = run_of(bytes, start, 8, |b| matches!(b, b'\\' | b'"' | b'\''));
    byte(bytes, start) == b'{' || matches!(byte(bytes, inside), b'^' | b'~' | b'>')
}
