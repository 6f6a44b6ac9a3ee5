//! Values without quotes: where they end, and whether they are one. Code, sentences and placeholders
//! look alike.

use super::{
    assigned_key::{Key, Sign},
    element,
    keyed_text::{KEY_BYTES, KeyedText},
};
use crate::{
    absence::is_absent,
    detector::mark_at,
    finding::Outcome,
    iban,
    key_class::KeyClass,
    lex::{before, byte, is_alnum, run, run_of, skip_blanks},
    number, phone, placeholder, spoken,
};

/// From where to where a value stands.
pub(super) struct Value {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The value without quotes, if it is one. `blanks` is where those behind the sign end.
pub(super) fn unquoted(
    keyed: KeyedText<'_>,
    key: &Key,
    sign: &Sign,
    blanks: usize,
) -> Option<Value> {
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
    let none = !header && keyed.gate.keeps_absence(key.class) && says_none(bytes, start);
    if none || names_a_value(bytes, start, header) || names_itself(keyed.text, key, sign, start) {
        return None;
    }
    let query = key.in_query || signed == b'%';
    let end = match is_in_connection(bytes, key, sign) {
        true => connection_end(bytes, start),
        false => unquoted_end(bytes, start, header, query),
    };
    let setting = sign.equals && !sign.apart && blanks == sign.end && !query;
    // In a setting a last `!` is the secret's own, in a sentence the sentence's.
    let end = if setting { run_of(bytes, end, 8, |b| b == b'!') } else { end };
    let end = if query { end } else { whole(bytes, start, end) };
    let inside = keyed.text.get(start..end)?;
    if begins_oddly(bytes, start) && (inside.len() < 4 || !looks_secret(inside)) {
        return None;
    }
    // `token = next` is code, `token=next` is a setting.
    let compound = matches!(signed, b'?' | b'.' | b'|');
    let sure = header || (sign.equals && blanks == sign.end && !sign.apart && !compound);
    let mut likely = key.class == KeyClass::Secret && looks_secret(inside);
    // `token : Kind` declares, "private key: InvalidEncoding" reports.
    if key.spaced || (sign.apart && signed == b':') {
        likely &= inside.bytes().any(|b| b.is_ascii_digit());
    }
    let colon = signed == b':' && !sign.apart && !sign.equals;
    let told = colon && !likely && key.is_setting(bytes) && is_only_word(bytes, start, end);
    (sure || likely || told).then_some(Value { start, end })
}

/// Where a number ends whose first group ends at `end`: of `card=4111 1111 1111 1111` no part is left.
fn whole(bytes: &[u8], start: usize, end: usize) -> usize {
    let outcome = match byte(bytes, start) {
        b'0'..=b'9' => number::detect(bytes, start),
        b'(' if byte(bytes, start + 1).is_ascii_digit() => number::detect(bytes, start + 1),
        b'+' => phone::international(bytes, start),
        _ => iban::detect(bytes, start),
    };
    match outcome {
        Outcome::Found(found) if found.start <= start => found.end.max(end),
        _ => end,
    }
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
    (!keyed.gate.is_gone(key.class, inside)).then_some(Value { start, end })
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
    if placeholder::is_call(bytes, at) {
        return true;
    }
    let scheme = run_of(bytes, at, 16, |b| b.is_ascii_alphabetic());
    let value = if byte(bytes, scheme) == b' ' { scheme + 1 } else { at };
    if placeholder::is_reference(bytes, value) || is_scheme_alone(bytes, at, scheme) {
        return true;
    }
    placeholder::placeholder(bytes, value).is_some_and(|end| {
        matches!(byte(bytes, end), 0 | b'\r' | b'\n' | b'"' | b'\'' | b'\\' | b'`')
    })
}

/// `Authorization: Bearer`, and nothing behind it.
fn is_scheme_alone(bytes: &[u8], at: usize, end: usize) -> bool {
    const SCHEMES: [&[u8]; 5] = [b"basic", b"bearer", b"digest", b"negotiate", b"token"];
    let is_one = SCHEMES.iter().any(|scheme| bytes[at..end].eq_ignore_ascii_case(scheme));
    let after = skip_blanks(bytes, end);
    is_one && matches!(byte(bytes, after), 0 | b'\r' | b'\n' | b'"' | b'\'' | b'\\')
}

/// `(not set)`, `<not provided>`: none, with a blank in it.
fn says_none(bytes: &[u8], at: usize) -> bool {
    let end = run_of(bytes, at, 24, |b| b >= b' ' && !matches!(b, b')' | b'>' | b']')) + 1;
    let text = bytes.get(at..end).and_then(|text| std::str::from_utf8(text).ok());
    matches!(byte(bytes, at), b'(' | b'<' | b'[') && text.is_some_and(is_absent)
}

/// `connect(token=token)`: an argument of code.
fn names_itself(text: &str, key: &Key, sign: &Sign, start: usize) -> bool {
    let name = text.get(key.start..key.end).unwrap_or_default();
    let rest = text.get(start..).unwrap_or_default().strip_prefix(name);
    sign.equals && rest.is_some_and(|rest| rest.starts_with([',', ')']))
}

fn unquoted_end(bytes: &[u8], start: usize, line: bool, query: bool) -> usize {
    if line {
        return line_end(bytes, start);
    }
    // What a secret begins with may be a sign that ends others: `<Xy9!k`, `{SSHA}…`.
    let first = if begins_oddly(bytes, start) { start + 1 } else { start };
    let first = placeholder::placeholder(bytes, start)
        .or_else(|| placeholder::bracketed(bytes, start))
        .unwrap_or(first);
    let crypt = placeholder::is_crypt(bytes, start);
    let is_inside = |b: u8| {
        // Signs of typesetting (`，`) end it, and so does the next one's `：`.
        b > b' '
            && b != 0xef
            && (!b"\"'`<>,;)}\\".contains(&b) || (crypt && b == b','))
            && !(b == b'&' || (query && b == b'#'))
    };
    let mut end = run(bytes, first, is_inside);
    while !query && byte(bytes, end) == b'&' && is_own_ampersand(&bytes[end + 1..]) {
        end = run(bytes, end + 1, is_inside);
    }
    while end > start && matches!(byte(bytes, end - 1), b'.' | b'!' | b'?' | b':') {
        end -= 1;
    }
    end
}

/// Whether a key stands among others of a connection string: `Server=db;Password=…;Encrypt=True`.
fn is_in_connection(bytes: &[u8], key: &Key, sign: &Sign) -> bool {
    let opens = before(bytes, key.start) == b';' && !bytes[..key.start].ends_with(b"&amp;");
    opens && key.class == KeyClass::Secret && sign.equals && byte(bytes, sign.start) == b'='
}

/// There only a semicolon ends a value, or what ends all of it.
fn connection_end(bytes: &[u8], start: usize) -> usize {
    run(bytes, start, |b| b > b' ' && !b"\"';\\".contains(&b))
}

/// Where a header's value ends, with the parameters it may have: `Digest username="bob", nonce="…"`.
fn line_end(bytes: &[u8], start: usize) -> usize {
    let is_inside = |b: u8| !matches!(b, b'\r' | b'\n' | b'"' | b'\'' | b'\\' | b'<');
    let mut end = run(bytes, start, is_inside);
    while byte(bytes, end) == b'"' && end > start + 1 && before(bytes, end) == b'=' {
        let close = run_of(bytes, end + 1, PARAMETER, |b| b >= b' ' && b != b'"' && b != b'\\');
        let is_last = byte(bytes, close + 1) == 0 || b", \r\n".contains(&byte(bytes, close + 1));
        if byte(bytes, close) != b'"' || !is_last {
            break;
        }
        end = run(bytes, close + 1, is_inside);
    }
    end
}

/// Bytes of a header's parameter.
const PARAMETER: usize = 1024;

/// Bytes of a name in a query that is looked for.
const QUERY_NAME: usize = 24;

/// Whether an ampersand outside of a query is the value's own, by what stands behind it: no entity, no
/// pair of a query, no other ampersand.
fn is_own_ampersand(rest: &[u8]) -> bool {
    if matches!(byte(rest, 0), 0..=b' ' | b'&') || is_entity(rest) {
        return false;
    }
    let end = run_of(rest, 0, QUERY_NAME, |b| is_alnum(b) || b"_-.%[]".contains(&b));
    end == 0 || byte(rest, end) != b'=' || byte(rest, end + 1) == b'='
}

fn is_entity(rest: &[u8]) -> bool {
    let names: [&[u8]; 6] = [b"amp;", b"apos;", b"gt;", b"lt;", b"nbsp;", b"quot;"];
    rest.starts_with(b"#") || names.iter().any(|name| rest.starts_with(name))
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
pub(super) fn looks_secret(text: &str) -> bool {
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
