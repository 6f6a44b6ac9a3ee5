//! Values behind keys in text whose quotes are escaped for HTML or a URL:
//! `&quot;password&quot;:&quot;…&quot;`, `%22password%22%3A%22…%22`.

use memchr::memmem;

use super::keyed_text::{KEY_BYTES, KeyedText};
use crate::{
    finding::Finding,
    key_class::KeyClass,
    lex::{byte, is_alnum, is_at, run_of, skip_blanks},
};

/// How quotes are escaped.
const QUOTES: [&[u8]; 9] =
    [b"&quot;", b"&#34;", b"&#39;", b"&#039;", b"&apos;", b"&#x22;", b"&#x27;", b"%22", b"%27"];
/// Bytes of a value that are looked at for its end.
const VALUE_BYTES: usize = 4096;

/// The escaped quote that stands at `at`.
fn quote_at(bytes: &[u8], at: usize) -> Option<&'static [u8]> {
    QUOTES.into_iter().find(|quote| is_at(bytes, at, quote))
}

/// The finding behind the key that the escaped quote at `at` closes. Returns where to go on.
pub(crate) fn entity_quoted(
    keyed: KeyedText<'_>,
    at: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let KeyedText { gate, text } = keyed;
    let bytes = text.as_bytes();
    let quote = quote_at(bytes, at)?;
    let behind = skip_blanks(bytes, at + quote.len());
    let from = at.saturating_sub(KEY_BYTES);
    let open = memmem::rfind(&bytes[from..at], quote)? + from;
    let class = gate.classify(text.get(open + quote.len()..at)?);
    let sign = match separator(bytes, behind) {
        _ if class == KeyClass::Plain => return None,
        Some(sign) => sign,
        // `key=&quot;password&quot; value=&quot;…&quot;`
        None if is_at(bytes, behind, b"value=") && byte(bytes, open.wrapping_sub(1)) == b'=' => {
            behind + 6
        }
        None => return None,
    };
    let value = skip_blanks(bytes, sign);
    let (start, end) = literal(bytes, value).or_else(|| {
        let end = run_of(bytes, value, VALUE_BYTES, |b| is_alnum(b) || b"+-._".contains(&b));
        (end > value).then_some((value, end))
    })?;
    found.extend(keyed.replaced(start, end, class));
    Some(end)
}

/// Past the sign between a key and its value.
fn separator(bytes: &[u8], at: usize) -> Option<usize> {
    match byte(bytes, at) {
        b':' | b'=' => Some(at + 1),
        b'%' if is_at(bytes, at, b"%3a") => Some(run_of(bytes, at + 3, 1, |b| b == b'+')),
        _ => None,
    }
}

/// From where to where what stands between two escaped quotes stands, the first at `at`.
pub(super) fn literal(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let quote = quote_at(bytes, at)?;
    let start = at + quote.len();
    let reach = &bytes[start..bytes.len().min(start + VALUE_BYTES)];
    Some((start, start + memmem::find(reach, quote)?))
}
