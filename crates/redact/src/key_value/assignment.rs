//! Values that are assigned: `token=…` in a URL or a setting, `password: …` in a log line or a
//! header. Code, sentences and placeholders look alike and stay.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::keyed_text::{KEY_BYTES, KeyedText};
use crate::{
    detector::{Detector, mark_at},
    finding::{Finding, Replacement},
    gate::Gate,
    key_class::KeyClass,
    lex::{before, byte, is_alnum, is_at, is_word, run, run_of, skip_blanks},
    literal,
};

/// The finding behind `key=`, `key:` or `key%3D`, whose sign stands at `sign`. Returns where to go
/// on.
pub(crate) fn assigned(
    keyed: KeyedText<'_>,
    sign: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = keyed.text.as_bytes();
    let key = Key::before(keyed, sign)?;
    let sign = Sign::read(bytes, sign)?;
    // `==` compares, `::` is a path.
    if matches!(byte(bytes, sign.end), b'=' | b':') || !key.counts_before(&sign) {
        return None;
    }
    let blanks = skip_blanks(bytes, sign.end);
    if let quote @ (b'"' | b'\'' | b'`') = byte(bytes, blanks) {
        // `"no private key: " + text`
        if key.spaced && !is_word(byte(bytes, blanks + 1)) {
            return None;
        }
        let end = literal::end(bytes, blanks + 1, quote, 0);
        let finding = keyed.replaced(blanks + 1, end, key.class);
        let kept = finding.is_none() && key.class.keeps_numbers();
        found.extend(finding);
        return (!kept).then_some(end);
    }
    let (start, end) = unquoted(keyed, &key, &sign, blanks)?;
    if key.in_query && key.class != KeyClass::Secret {
        let hash = keyed.gate.hash(&percent_decoded(keyed.text.get(start..end)?));
        found.push(Finding {
            start,
            end,
            detector: Detector::Personal,
            replacement: Replacement::Hash(hash),
        });
    } else {
        found.extend(keyed.replaced(start, end, key.class));
    }
    Some(end)
}

/// The key before a sign.
struct Key {
    start: usize,
    end: usize,
    class: KeyClass,
    /// It is a secret's with the words before it only.
    spaced: bool,
    /// It is one of a URL's query.
    in_query: bool,
}

impl Key {
    fn before(keyed: KeyedText<'_>, sign: usize) -> Option<Self> {
        let KeyedText { gate, text } = keyed;
        let bytes = text.as_bytes();
        let end = bytes[..sign].iter().rposition(|b| *b != b' ')? + 1;
        let from = end.saturating_sub(KEY_BYTES);
        let part = |b: &u8| is_alnum(*b) || matches!(b, b'_' | b'-' | b'.' | b'$');
        let start =
            bytes[from..end].iter().rposition(|b| !part(b)).map_or(from, |at| from + at + 1);
        let own = gate.classify(text.get(start..end)?);
        let spaced = own == KeyClass::Plain && is_spaced_secret(gate, text, start, end);
        let class = if spaced { KeyClass::Secret } else { own };
        let in_query = matches!(before(bytes, start), b'?' | b'&' | b';');
        Some(Self { start, end, class, spaced, in_query })
    }

    /// Whether it says anything before this sign: `name: …` is a sentence more often than a person.
    fn counts_before(&self, sign: &Sign) -> bool {
        match self.class {
            KeyClass::Plain => false,
            KeyClass::Secret => true,
            KeyClass::Personal => sign.equals,
            KeyClass::Name | KeyClass::Label => sign.equals && self.in_query,
        }
    }
}

/// `API key: …`: with the word or two before it, the key that ends at `end` is a secret's.
fn is_spaced_secret(gate: &Gate, text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let mut from = start;
    for _ in 0..2 {
        if before(bytes, from) != b' ' {
            return false;
        }
        let word = bytes[..from - 1].iter().rev().take(KEY_BYTES).take_while(|b| is_word(**b));
        from -= 1 + word.count();
        if text.get(from..end).is_some_and(|key| gate.classify(key) == KeyClass::Secret) {
            return true;
        }
    }
    false
}

/// The sign between a key and its value.
struct Sign {
    start: usize,
    end: usize,
    /// It is one that assigns, not a colon.
    equals: bool,
    /// A blank stands before it.
    apart: bool,
}

impl Sign {
    fn read(bytes: &[u8], start: usize) -> Option<Self> {
        let (end, equals) = match byte(bytes, start) {
            b'%' if is_at(bytes, start, b"%3d") || is_at(bytes, start, b"%3a") => (start + 3, true),
            b'%' => return None,
            b'=' if byte(bytes, start + 1) == b'>' => (start + 2, true),
            b':' if byte(bytes, start + 1) == b'=' => (start + 2, true),
            sign => (start + 1, sign == b'='),
        };
        Some(Self { start, end, equals, apart: before(bytes, start) == b' ' })
    }
}

/// From where to where a value without quotes stands, if it is one. `blanks` is where those behind
/// the sign end.
fn unquoted(keyed: KeyedText<'_>, key: &Key, sign: &Sign, blanks: usize) -> Option<(usize, usize)> {
    let bytes = keyed.text.as_bytes();
    let header = is_header(keyed.text.get(key.start..key.end)?) && !sign.equals && !sign.apart;
    let start = if sign.equals && key.in_query { sign.end } else { blanks };
    // Before the value is read to its end: a text full of placeholders would be read again and again.
    let marked = mark_at(bytes, start).is_some();
    let hashed = marked && byte(bytes, start) == b'h';
    if (marked && !(hashed && key.class == KeyClass::Secret)) || is_placeholder(bytes, start) {
        return None;
    }
    let signed = byte(bytes, sign.start);
    let end = unquoted_end(bytes, start, header, key.in_query || signed == b'%');
    let inside = keyed.text.get(start..end)?;
    // `token = next` is code, `token=next` is a setting.
    let sure = header || (sign.equals && blanks == sign.end && !sign.apart);
    let mut likely = key.class == KeyClass::Secret && looks_secret(inside);
    // `token : Kind` declares, "private key: InvalidEncoding" reports.
    if key.spaced || (sign.apart && signed == b':') {
        likely &= inside.bytes().any(|b| b.is_ascii_digit());
    }
    (sure || likely).then_some((start, end))
}

/// Headers whose value is the rest of the line.
fn is_header(key: &str) -> bool {
    let names = ["authorization", "proxy-authorization", "cookie", "set-cookie"];
    names.iter().any(|name| key.eq_ignore_ascii_case(name))
}

fn unquoted_end(bytes: &[u8], start: usize, line: bool, query: bool) -> usize {
    if line {
        return run(bytes, start, |b| !matches!(b, b'\r' | b'\n' | b'"' | b'\'' | b'\\' | b'<'));
    }
    let mut end = run(bytes, start, |b| {
        b > b' ' && !b"\"'`<>,;)}\\".contains(&b) && !(b == b'&' || (query && b == b'#'))
    });
    while end > start && matches!(byte(bytes, end - 1), b'.' | b'!' | b'?' | b':') {
        end -= 1;
    }
    end
}

/// After `token:` in a sentence, what is no ordinary word.
fn looks_secret(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = bytes.iter().any(u8::is_ascii_digit);
    let signs = bytes.iter().any(|b| b.is_ascii_punctuation() && *b != b'-');
    let mixed = bytes.iter().skip(1).any(u8::is_ascii_uppercase)
        && bytes.iter().any(u8::is_ascii_lowercase);
    bytes.len() >= 6 && (digits || signs || mixed)
}

/// `${TOKEN}`, `<password>`, `{{secret}}`, `$VAR`, `getenv("X")`: a name where the value would be.
pub(super) fn is_placeholder(bytes: &[u8], start: usize) -> bool {
    let name = run_of(bytes, start, KEY_BYTES, |b| is_word(b) || matches!(b, b'.' | b':'));
    let call = name > start && matches!(byte(bytes, name), b'(' | b'[');
    call || matches!(byte(bytes, start), b'$' | b'<' | b'{' | b'%' | b'*' | 0)
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
