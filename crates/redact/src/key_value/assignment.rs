//! Values that are assigned: `token=…` in a URL or a setting, `password: …` in a log line or a
//! header. Code, sentences and placeholders look alike and stay.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::{
    element, entity, json,
    keyed_text::{KEY_BYTES, KeyedText},
};
use crate::{
    detector::{Detector, mark_at},
    finding::{Finding, Replacement},
    gate::Gate,
    key_class::{KeyClass, is_gone},
    lex::{before, byte, is_at, is_word, run, run_of, skip_blanks},
    literal, placeholder, spoken,
};

/// Blanks before a setting in a file that are looked at.
const INDENT: usize = 32;

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
    let value = value_start(bytes, &sign);
    if let Some(quote) = opening(bytes, value) {
        return quoted(keyed, &key, quote, found);
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
        if is_gone(key.class, &decoded) {
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

/// The finding in the literal that `quote` opens.
fn quoted(
    keyed: KeyedText<'_>,
    key: &Key,
    quote: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = keyed.text.as_bytes();
    // `"no private key: " + text`
    if key.spaced && !is_word(byte(bytes, quote + 1)) {
        return None;
    }
    let end = literal::end(bytes, quote + 1, byte(bytes, quote), 0);
    found.extend(keyed.replaced(quote + 1, end, key.class));
    Some(end)
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
        // Marks that close an emphasis around the key: `**Token**: …`.
        let end = bytes[..sign].iter().rposition(|b| !matches!(b, b' ' | b'*' | b'`'))? + 1;
        let from = text.ceil_char_boundary(end.saturating_sub(KEY_BYTES));
        let part = |b: &u8| is_word(*b) || matches!(b, b'-' | b'.' | b'$');
        let start =
            bytes[from..end].iter().rposition(|b| !part(b)).map_or(from, |at| from + at + 1);
        // `${NAME:-value}` and `/etc/passwd:` are no keys.
        let path = matches!(before(bytes, start), b'/') && bytes[start..end] == *b"passwd";
        if path || bytes[..start].ends_with(b"{") && bytes[..start - 1].ends_with(b"$") {
            return None;
        }
        let own = gate.classify(text.get(start..end)?);
        let spaced = own == KeyClass::Plain && is_spaced_secret(gate, text, start, end);
        let class = if spaced { KeyClass::Secret } else { own };
        let in_query = matches!(before(bytes, start), b'?' | b'&' | b';');
        Some(Self { start, end, class, spaced, in_query })
    }

    /// Whether it stands alone at the start of a line, as settings do: `client_secret: sunshine`.
    fn is_setting(&self, bytes: &[u8]) -> bool {
        let from = self.start.saturating_sub(INDENT);
        let indent = bytes[from..self.start].iter().rev();
        let blanks = indent.take_while(|b| matches!(b, b' ' | b'-' | b'\t')).count();
        let begins = matches!(before(bytes, self.start - blanks), 0 | b'\n' | b'\r');
        begins && self.class == KeyClass::Secret && !self.spaced
    }

    /// Whether it says anything before this sign: `name: …` is a sentence more often than a person.
    fn counts_before(&self, sign: &Sign) -> bool {
        match self.class {
            KeyClass::Plain => false,
            KeyClass::Secret => true,
            KeyClass::Personal => sign.equals,
            KeyClass::Name => sign.equals && self.in_query,
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
            0xef if bytes[start..].starts_with("：".as_bytes()) => (start + 3, false),
            0xef if bytes[start..].starts_with("＝".as_bytes()) => (start + 3, true),
            0xef => return None,
            b'=' if byte(bytes, start + 1) == b'>' => (start + 2, true),
            b':' if byte(bytes, start + 1) == b'=' => (start + 2, true),
            sign => (start + 1, sign == b'='),
        };
        Some(Self { start, end, equals, apart: before(bytes, start) == b' ' })
    }
}

/// From where to where a value stands.
struct Value {
    start: usize,
    end: usize,
}

/// The value without quotes, if it is one. `blanks` is where those behind the sign end.
fn unquoted(keyed: KeyedText<'_>, key: &Key, sign: &Sign, blanks: usize) -> Option<Value> {
    let bytes = keyed.text.as_bytes();
    let start = if sign.equals && key.in_query { sign.end } else { blanks };
    // Before the value is read to its end: a text full of placeholders would be read again and again.
    let marked = mark_at(bytes, start).is_some();
    let hashed = marked && byte(bytes, start) == b'h';
    if (marked && !(hashed && key.class == KeyClass::Secret)) || byte(bytes, start) == 0 {
        return None;
    }
    if let Some(value) = within_signs(keyed, key, start) {
        return Some(value);
    }
    let header = is_header(keyed.text.get(key.start..key.end)?) && !sign.equals && !sign.apart;
    let signed = byte(bytes, sign.start);
    if names_a_value(bytes, start, header) || names_itself(keyed.text, key, sign, start) {
        return None;
    }
    let query = key.in_query || signed == b'%';
    let end = unquoted_end(bytes, start, header, query);
    let setting = sign.equals && !sign.apart && blanks == sign.end && !query;
    // In a setting a last `!` is the secret's own, in a sentence the sentence's.
    let end = if setting { run_of(bytes, end, 8, |b| b == b'!') } else { end };
    let inside = keyed.text.get(start..end)?;
    if begins_oddly(bytes, start) && (inside.len() < 4 || !looks_secret(inside)) {
        return None;
    }
    // `token = next` is code, `token=next` is a setting.
    let sure = header || (sign.equals && blanks == sign.end && !sign.apart);
    let mut likely = key.class == KeyClass::Secret && looks_secret(inside);
    // `token : Kind` declares, "private key: InvalidEncoding" reports.
    if key.spaced || (sign.apart && signed == b':') {
        likely &= inside.bytes().any(|b| b.is_ascii_digit());
    }
    let colon = signed == b':' && !sign.apart && !sign.equals;
    let told = colon && !likely && key.is_setting(bytes) && is_only_word(bytes, start, end);
    (sure || likely || told).then_some(Value { start, end })
}

/// A secret's value with signs of its own around it: `${NAME:-value}`, `<b>value</b>`, `**value**`.
fn within_signs(keyed: KeyedText<'_>, key: &Key, at: usize) -> Option<Value> {
    let bytes = keyed.text.as_bytes();
    let (start, end) = match byte(bytes, at) {
        _ if key.class != KeyClass::Secret => return None,
        b'$' => placeholder::default(bytes, at)?,
        b'<' => element::inside(keyed.text, at)?,
        b'*' if byte(bytes, at + 1) == b'*' => {
            let end = run_of(bytes, at + 2, KEY_BYTES, |b| b > b' ' && b != b'*');
            (bytes.get(end..end + 2) == Some(b"**") && end > at + 2).then_some((at + 2, end))?
        }
        _ => return None,
    };
    let inside = keyed.text.get(start..end)?;
    (!is_gone(key.class, inside)).then_some(Value { start, end })
}

/// Headers whose value is the rest of the line.
fn is_header(key: &str) -> bool {
    let names = ["authorization", "proxy-authorization", "cookie", "set-cookie"];
    names.iter().any(|name| key.eq_ignore_ascii_case(name))
}

/// Whether a placeholder stands at `at`; of a header's value, also behind its scheme (`Bearer …`),
/// and to the end.
fn names_a_value(bytes: &[u8], at: usize, header: bool) -> bool {
    if !header {
        return placeholder::stands_at(bytes, at);
    }
    let scheme = run_of(bytes, at, 16, |b| b.is_ascii_alphabetic());
    let value = if byte(bytes, scheme) == b' ' { scheme + 1 } else { at };
    placeholder::placeholder(bytes, value).is_some_and(|end| {
        matches!(byte(bytes, end), 0 | b'\r' | b'\n' | b'"' | b'\'' | b'\\' | b'`')
    })
}

/// `connect(token=token)`: an argument of code.
fn names_itself(text: &str, key: &Key, sign: &Sign, start: usize) -> bool {
    let name = text.get(key.start..key.end).unwrap_or_default();
    let rest = text.get(start..).unwrap_or_default().strip_prefix(name);
    sign.equals && rest.is_some_and(|rest| rest.starts_with([',', ')']))
}

fn unquoted_end(bytes: &[u8], start: usize, line: bool, query: bool) -> usize {
    if line {
        return run(bytes, start, |b| !matches!(b, b'\r' | b'\n' | b'"' | b'\'' | b'\\' | b'<'));
    }
    // What a secret begins with may be a sign that ends others: `<Xy9!k`, `{SSHA}…`.
    let first = if begins_oddly(bytes, start) { start + 1 } else { start };
    let first = placeholder::placeholder(bytes, start).unwrap_or(first);
    let crypt = placeholder::is_crypt(bytes, start);
    let mut end = run(bytes, first, |b| {
        // Signs of typesetting (`，`) end it, and so does the next one's `：`.
        b > b' '
            && b != 0xef
            && (!b"\"'`<>,;)}\\".contains(&b) || (crypt && b == b','))
            && !(b == b'&' || (query && b == b'#'))
    });
    while end > start && matches!(byte(bytes, end - 1), b'.' | b'!' | b'?' | b':') {
        end -= 1;
    }
    end
}

/// Whether all that is left of the line is a word that is no ordinary one (`required`, `string`).
fn is_only_word(bytes: &[u8], start: usize, end: usize) -> bool {
    let word = &bytes[start..end];
    word.len() >= 4
        && word.iter().all(u8::is_ascii_lowercase)
        && matches!(byte(bytes, skip_blanks(bytes, end)), 0 | b'\r' | b'\n')
        && !spoken::is_ordinary(word)
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

/// Whether what starts here could be a placeholder.
fn begins_oddly(bytes: &[u8], start: usize) -> bool {
    matches!(byte(bytes, start), b'$' | b'<' | b'{' | b'*')
        || (byte(bytes, start) == b'%' && !is_escape(bytes, start))
}

/// `%24`: a letter of a URL.
fn is_escape(bytes: &[u8], at: usize) -> bool {
    bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
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
