//! Values that are assigned: `token=…` in a URL or a setting, `password: …` in a log line or a
//! header.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::{
    assigned_key::{Key, Sign},
    entity, json,
    keyed_text::{KEY_BYTES, KeyedText},
    unquoted::{Value, looks_secret, unquoted},
};
use crate::{
    detector::Detector,
    finding::{Finding, Replacement},
    key_class::KeyClass,
    lex::{byte, is_at, is_word, run_of, skip_blanks},
    literal, placeholder,
};

/// Bytes between escaped quotes that are looked at.
const ESCAPED: usize = 1024;

/// The finding behind `key=`, `key:` or `key%3D`, whose sign stands at `sign`. Returns where to go
/// on.
pub(crate) fn assigned(
    keyed: KeyedText<'_>,
    sign: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = keyed.text.as_bytes();
    let at = sign;
    let sign = Sign::read(bytes, at)?;
    // `::` is a path: code is full of them.
    if matches!(byte(bytes, sign.end), b'=' | b':') {
        return None;
    }
    let key = Key::before(keyed, sign.start)?;
    if !key.counts_before(&sign) || (key.typed && !sign.equals) {
        return None;
    }
    let value = value_start(bytes, &sign);
    if sign.compares {
        return compared(keyed, &key, &sign, value, found);
    }
    if let Some(quote) = opening(bytes, value) {
        return quoted(keyed, &key, quote, found);
    }
    if let Some((start, end)) = in_escaped_quotes(bytes, value) {
        found.extend(keyed.replaced(start, end, key.class));
        return Some(end);
    }
    if key.class == KeyClass::Secret
        && let Some((start, end)) = second_of_pair(bytes, value)
    {
        found.extend(keyed.replaced(start, end, key.class));
        return Some(end);
    }
    if key.typed || is_tuple(bytes, value) {
        return None;
    }
    if let Some((start, end)) = entity::literal(bytes, value) {
        found.extend(keyed.replaced(start, end, key.class));
        return Some(end);
    }
    if key.class == KeyClass::Secret
        && let Some(quote) = held_quote(bytes, value)
    {
        return json::secrets(keyed, value, quote, found);
    }
    let Value { start, end } = unquoted(keyed, &key, &sign, value)?;
    let inside = keyed.text.get(start..end)?;
    if key.in_query && key.class != KeyClass::Secret {
        let decoded = percent_decoded(inside);
        if keyed.gate.is_gone(key.class, &decoded) {
            return None;
        }
        found.push(Finding {
            start,
            end,
            detector: Detector::Personal,
            replacement: Replacement::Hash(keyed.gate.hash(&decoded)),
        });
    } else {
        found.extend(keyed.replaced(start, end, key.class));
    }
    Some(end)
}

/// The inside of `\"…\"` in a literal of the text around: `out="login password=\"…\""`.
fn in_escaped_quotes(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let quote = byte(bytes, at + 1);
    let opens = byte(bytes, at) == b'\\' && matches!(quote, b'"' | b'\'');
    let reach = bytes.len().min(at + ESCAPED);
    let end = if opens { literal::end(&bytes[..reach], at + 2, quote, 1) } else { reach };
    (end < reach).then_some((at + 2, end))
}

/// The finding in what a secret is compared with: `password=="hunter2x9"`, `password==abc123`. Code
/// compares with names and states, and installs versions.
fn compared(
    keyed: KeyedText<'_>,
    key: &Key,
    sign: &Sign,
    value: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = keyed.text.as_bytes();
    let (start, end) = match byte(bytes, value) {
        quote @ (b'"' | b'\'') => (value + 1, literal::end(bytes, value + 1, quote, 0)),
        _ if sign.apart || value > sign.end => return None,
        _ => (
            value,
            run_of(bytes, value, KEY_BYTES, |b| b > b' ' && !b"\"'`<>,;)}&|\\".contains(&b)),
        ),
    };
    let inside = keyed.text.get(start..end)?;
    let is_version = inside.bytes().all(|b| b.is_ascii_digit() || b".*,<>=".contains(&b));
    let has_digit = inside.bytes().any(|b| b.is_ascii_digit());
    let secret = key.class == KeyClass::Secret && !key.spaced && has_digit && !is_version;
    if !secret || !looks_secret(inside) || placeholder::is_name(inside) {
        return None;
    }
    found.extend(keyed.replaced(start, end, key.class));
    Some(end)
}

/// The second text of the pair at `at`: `('user', '…')`, `HTTPBasicAuth("user", "…")`.
fn second_of_pair(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let open = run_of(bytes, at, KEY_BYTES, |b| is_word(b) || b == b'.');
    let first = skip_blanks(bytes, open + 1);
    let quote = byte(bytes, first);
    if byte(bytes, open) != b'(' || !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let comma = run_of(bytes, first + 1, KEY_BYTES, |b| b != quote && b >= b' ') + 1;
    let second = skip_blanks(bytes, comma + 1);
    let fits = byte(bytes, comma) == b',' && byte(bytes, second) == quote;
    let end = literal::end(bytes, (second + 1).min(bytes.len()), quote, 0);
    (fits && byte(bytes, skip_blanks(bytes, end + 1)) == b')').then_some((second + 1, end))
}

/// `(user, password)`: code.
fn is_tuple(bytes: &[u8], at: usize) -> bool {
    let is_part = |b| is_word(b) || matches!(b, b'.' | b'"' | b'\'');
    let end = run_of(bytes, at + 1, KEY_BYTES, is_part);
    byte(bytes, at) == b'(' && byte(bytes, end) == b',' && byte(bytes, end + 1) == b' '
}

/// Past blanks, and past the marks that close an emphasis around the key: `**Token:** …`.
fn value_start(bytes: &[u8], sign: &Sign) -> usize {
    let marks = run_of(bytes, sign.end, 2, |b| b == b'*');
    let behind = if matches!(byte(bytes, marks), b' ' | b'\t') { marks } else { sign.end };
    skip_blanks(bytes, behind)
}

/// The quote that opens a literal at `at`, behind the letter of its kind (`N'…'`, `b"…"`), or in
/// the call that makes a secret of it (`PASSWORD('…')`).
fn opening(bytes: &[u8], at: usize) -> Option<usize> {
    const MAKERS: [&[u8]; 6] =
        [b"password(", b"secretstr(", b"secret(", b"str(", b"string(", b"convertto-securestring "];
    let maker = MAKERS.iter().find(|maker| is_at(bytes, at, maker)).map_or(0, |maker| maker.len());
    let at = at + maker;
    let letter = usize::from(b"NnBbUuRrEeL@".contains(&byte(bytes, at)));
    [at, at + letter].into_iter().find(|at| matches!(byte(bytes, *at), b'"' | b'\'' | b'`'))
}

/// Whether `quote` closes the literal that a key stands in: `input("Password: ")`.
fn closes_prompt(bytes: &[u8], key: &Key, quote: usize) -> bool {
    let from = key.start.saturating_sub(KEY_BYTES);
    let before = &bytes[from..key.start];
    let open =
        before.iter().rposition(|b| !is_word(*b) && !b" -'".contains(b) || *b == bytes[quote]);
    let opens = open.is_some_and(|open| {
        before[open] == bytes[quote]
            && open.checked_sub(1).is_none_or(|at| b"(=,[{ \t\n".contains(&before[at]))
    });
    opens
        && matches!(
            byte(bytes, skip_blanks(bytes, quote + 1)),
            0 | b')' | b',' | b']' | b'}' | b';' | b'\n'
        )
}

/// The finding in the literal that `quote` opens.
fn quoted(
    keyed: KeyedText<'_>,
    key: &Key,
    quote: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = keyed.text.as_bytes();
    // `"no private key: " + text`
    if (key.spaced && !is_word(byte(bytes, quote + 1))) || closes_prompt(bytes, key, quote) {
        return None;
    }
    let end = literal::end(bytes, quote + 1, byte(bytes, quote), 0);
    let finding = keyed.replaced(quote + 1, end, key.class);
    let kept = finding.is_none();
    found.extend(finding);
    (!kept).then_some(end)
}

/// The quotes of the object or list of strings that stands at `at`.
fn held_quote(bytes: &[u8], at: usize) -> Option<u8> {
    let first = skip_blanks(bytes, at + 1);
    let quote = byte(bytes, first);
    let end = run_of(bytes, first + 1, KEY_BYTES, |b| b != quote && b >= b' ');
    let after = byte(bytes, skip_blanks(bytes, end + 1));
    let fits = match byte(bytes, at) {
        b'{' => after == b':',
        b'[' => matches!(after, b',' | b']'),
        _ => false,
    };
    (fits && matches!(quote, b'"' | b'\'') && byte(bytes, end) == quote).then_some(quote)
}

/// A query's value as it was meant, so that it has the same hash as elsewhere.
fn percent_decoded(text: &str) -> String {
    // A copy only where there is something to change.
    let spaced = if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { text.into() };
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_escape_stays() {
        assert_eq!(percent_decoded("Mia+Li%20%C3%89%2B"), "Mia Li É+");
        assert_eq!(percent_decoded("100%, %zz, %4"), "100%, %zz, %4");
        assert_eq!(percent_decoded("%FF"), "\u{fffd}");
        assert_eq!(percent_decoded("%+F"), "% F");
    }
}
