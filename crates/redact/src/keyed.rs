//! Values that stand behind a key inside a text: `"dob": "1990-04-05"` in JSON (whole, cut off,
//! printed by Python, escaped once more), `token=…` in a URL, `password: …` in a log line.

use crate::{
    KeyClass,
    detector::{Detector, mark_at},
    finding::{Finding, Leave},
    gate::Gate,
    key::is_identifier,
    literal,
    look::{before, byte, is_alnum, is_at, is_word, run, run_of, skip_blanks},
    pass::is_gone,
};

/// Bytes of a key that are looked at.
const KEY_BYTES: usize = 96;

/// A value and what its key says.
struct Value {
    start: usize,
    class: KeyClass,
}

/// The findings behind the quoted key whose closing quote stands at `quote` (with the backslashes
/// before it, if its text was escaped). Returns where to go on.
pub(crate) fn quoted(
    gate: &Gate,
    text: &str,
    quote: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let slashes = run_of(bytes, quote, 8, |b| b == b'\\');
    let mark = byte(bytes, slashes);
    if !matches!(mark, b'"' | b'\'') {
        return None;
    }
    let depth = slashes - quote;
    // Most of these close a value: what follows tells before the key is looked for.
    separator(bytes, slashes + 1)?;
    let from = quote.saturating_sub(KEY_BYTES);
    let open = bytes[from..quote].iter().rposition(|b| *b == mark)? + from;
    let key = text.get(open + 1..quote)?;
    let class = gate.classify(key);
    if class == KeyClass::Plain {
        return None;
    }
    behind(gate, text, slashes + 1, class, depth, found)
}

/// The findings behind a key that was closed just before `after` and says `class`.
pub(crate) fn behind(
    gate: &Gate,
    text: &str,
    after: usize,
    class: KeyClass,
    depth: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let start = separator(text.as_bytes(), after)?;
    value(gate, text, &Value { start, class }, depth, found)
}

/// Past blanks and the `:`, `=` or `=>` between a key and its value.
fn separator(bytes: &[u8], from: usize) -> Option<usize> {
    let at = skip_space(bytes, from);
    let after = match (byte(bytes, at), byte(bytes, at + 1)) {
        (b'=', b'>') => at + 2,
        (b':' | b'=', _) => at + 1,
        _ => return None,
    };
    Some(skip_space(bytes, after))
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        at = run(bytes, at, |b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
        // Escaped once more, a line break is two letters.
        let escaped = byte(bytes, at) == b'\\' && matches!(byte(bytes, at + 1), b'n' | b't' | b'r');
        if !escaped {
            return at;
        }
        at += 2;
    }
}

fn value(
    gate: &Gate,
    text: &str,
    value: &Value,
    depth: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let slashes = run_of(bytes, value.start, 8, |b| b == b'\\');
    match byte(bytes, slashes) {
        quote @ (b'"' | b'\'') if slashes - value.start == depth => {
            let start = slashes + 1;
            let end = literal::end(bytes, start, quote, depth);
            found.extend(replaced(gate, text, start, end, value.class));
            Some(end)
        }
        b'{' | b'[' if slashes == value.start => {
            if mark_at(bytes, value.start).is_some() {
                return None;
            }
            Some(container(gate, text, value, depth, found))
        }
        _ => bare(gate, text, value, depth, found),
    }
}

/// A number or a word: `4711`, `true`. `null` says nothing.
fn bare(
    gate: &Gate,
    text: &str,
    value: &Value,
    depth: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let end = run(bytes, value.start, |b| is_alnum(b) || matches!(b, b'-' | b'+' | b'.' | b'_'));
    let word = text.get(value.start..end).filter(|word| !word.is_empty())?;
    // A word that is no JSON value is a name in code (`"name": user.name`).
    let value_like = word.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        || matches!(word, "true" | "false" | "True" | "False");
    if !value_like && (value.class != KeyClass::Secret || is_null(word)) {
        return None;
    }
    found.push(in_quotes(gate, text, value.start, end, value.class, depth));
    Some(end)
}

fn is_null(word: &str) -> bool {
    matches!(word, "null" | "None" | "nil" | "undefined")
}

/// Replaces a value that is no string by a string, quoted as the text quotes.
fn in_quotes(
    gate: &Gate,
    text: &str,
    start: usize,
    end: usize,
    class: KeyClass,
    depth: usize,
) -> Finding {
    let escape = "\\".repeat(depth);
    let quote = |inner: &str| format!("{escape}\"{inner}{escape}\"");
    let (detector, leave) = match class {
        KeyClass::Secret if depth == 0 => (Detector::Secret, Leave::Quoted),
        KeyClass::Secret => (Detector::Secret, Leave::Hash(quote(Detector::Secret.mark()))),
        _ => (
            Detector::Personal,
            Leave::Hash(quote(&gate.hash(text.get(start..end).unwrap_or_default()))),
        ),
    };
    Finding { start, end, detector, leave }
}

/// The inside of a string, replaced as its key's class says.
fn replaced(gate: &Gate, text: &str, start: usize, end: usize, class: KeyClass) -> Option<Finding> {
    let inside = text.get(start..end)?;
    if is_gone(class, inside) || (class == KeyClass::Name && is_identifier(inside)) {
        return None;
    }
    Some(match class {
        KeyClass::Secret => Finding::mark(start, end, Detector::Secret),
        _ => {
            let hash = gate.hash(&literal::decode(inside));
            Finding { start, end, detector: Detector::Personal, leave: Leave::Hash(hash) }
        }
    })
}

/// An object or list: removed whole under a secret key; under a personal key every leaf in it is
/// replaced and its structure stays.
fn container(
    gate: &Gate,
    text: &str,
    value: &Value,
    depth: usize,
    found: &mut Vec<Finding>,
) -> usize {
    let bytes = text.as_bytes();
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
                match separator(bytes, after) {
                    Some(_) if byte(bytes, skip_space(bytes, after)) == b':' => {
                        let own =
                            text.get(start..end).map_or(KeyClass::Plain, |key| gate.classify(key));
                        class = if own == KeyClass::Secret { own } else { value.class };
                    }
                    _ => leaves.extend(replaced(gate, text, start, end, class)),
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
                let end =
                    run(bytes, slashes, |b| is_alnum(b) || matches!(b, b'-' | b'+' | b'.' | b'_'));
                if !matches!(
                    &bytes[slashes..end],
                    b"null" | b"None" | b"true" | b"false" | b"True" | b"False"
                ) {
                    leaves.push(in_quotes(gate, text, slashes, end, class, depth));
                }
                at = end;
            }
            _ => at = slashes + 1,
        }
    }
    if value.class == KeyClass::Secret {
        found.push(in_quotes(gate, text, value.start, at, value.class, depth));
    } else {
        found.extend(leaves);
    }
    at
}

/// The finding behind `key=`, `key:` or `key%3D`, whose sign stands at `sign`.
pub(crate) fn assigned(
    gate: &Gate,
    text: &str,
    sign: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let key_end = bytes[..sign].iter().rposition(|b| *b != b' ')? + 1;
    let from = key_end.saturating_sub(KEY_BYTES);
    let part = |b: &u8| is_alnum(*b) || matches!(b, b'_' | b'-' | b'.' | b'$');
    let key_start =
        bytes[from..key_end].iter().rposition(|b| !part(b)).map_or(from, |at| from + at + 1);
    let own = gate.classify(text.get(key_start..key_end)?);
    let spaced = own == KeyClass::Plain && is_spaced_secret(gate, text, key_start, key_end);
    let class = if spaced { KeyClass::Secret } else { own };
    let in_query = matches!(before(bytes, key_start), b'?' | b'&' | b';');
    let (sign_end, equals) = match byte(bytes, sign) {
        b'%' if is_at(bytes, sign, b"%3d") || is_at(bytes, sign, b"%3a") => (sign + 3, true),
        b'%' => return None,
        b'=' if byte(bytes, sign + 1) == b'>' => (sign + 2, true),
        b':' if byte(bytes, sign + 1) == b'=' => (sign + 2, true),
        sign_byte => (sign + 1, sign_byte == b'='),
    };
    // `==` compares, `::` is a path, and `name: …` is a sentence more often than a person.
    if matches!(byte(bytes, sign_end), b'=' | b':') || class == KeyClass::Plain {
        return None;
    }
    if class != KeyClass::Secret && !(equals && (in_query || class == KeyClass::Personal)) {
        return None;
    }
    let blanks = skip_blanks(bytes, sign_end);
    if let quote @ (b'"' | b'\'' | b'`') = byte(bytes, blanks) {
        // `"no private key: " + text`
        if spaced && !is_word(byte(bytes, blanks + 1)) {
            return None;
        }
        let end = literal::end(bytes, blanks + 1, quote, 0);
        found.extend(replaced(gate, text, blanks + 1, end, class));
        return Some(end);
    }
    let key = text.get(key_start..key_end)?;
    let header = is_header(key) && !equals && before(bytes, sign) != b' ';
    let start = if equals && in_query { sign_end } else { blanks };
    // Before the value is read to its end: a text full of placeholders would be read again and again.
    let marked = mark_at(bytes, start).is_some();
    let hashed = marked && byte(bytes, start) == b'h';
    if (marked && !(hashed && class == KeyClass::Secret)) || is_placeholder(bytes, start) {
        return None;
    }
    let end = unquoted_end(bytes, start, header, in_query || byte(bytes, sign) == b'%');
    let inside = text.get(start..end)?;
    // `token = next` is code, `token=next` is a setting.
    let sure = header || (equals && blanks == sign_end && before(bytes, sign) != b' ');
    let mut likely = class == KeyClass::Secret && looks_secret(inside);
    // `token : Kind` declares, "private key: InvalidEncoding" reports.
    if spaced || (before(bytes, sign) == b' ' && byte(bytes, sign) == b':') {
        likely &= inside.bytes().any(|b| b.is_ascii_digit());
    }
    if !sure && !likely {
        return None;
    }
    if in_query && class != KeyClass::Secret {
        let hash = gate.hash(&percent_decoded(inside));
        found.push(Finding { start, end, detector: Detector::Personal, leave: Leave::Hash(hash) });
    } else {
        found.extend(replaced(gate, text, start, end, class));
    }
    Some(end)
}

/// The finding in `<key>value</key>`, whose first `>` stands at `sign`.
pub(crate) fn element(
    gate: &Gate,
    text: &str,
    sign: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let from = sign.saturating_sub(KEY_BYTES);
    let open = bytes[from..sign].iter().rposition(|b| !is_tag(*b))? + from;
    let name = text.get(open + 1..sign).filter(|_| bytes[open] == b'<')?;
    let key = name.rsplit_once(':').map_or(name, |(_, key)| key);
    let class = gate.classify(key);
    if class == KeyClass::Plain {
        return None;
    }
    let end = run(bytes, sign + 1, |b| b != b'<');
    let closed = text.get(end + 2..).is_some_and(|rest| rest.starts_with(name));
    let inside = text.get(sign + 1..end).filter(|_| closed && byte(bytes, end + 1) == b'/')?;
    let start = end - inside.trim_start().len();
    found.extend(replaced(gate, text, start, start + inside.trim().len(), class));
    Some(end)
}

fn is_tag(b: u8) -> bool {
    is_word(b) || matches!(b, b':' | b'-' | b'.')
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

/// A query's value as it was meant, so that it has the same hash as elsewhere.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
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
fn is_placeholder(bytes: &[u8], start: usize) -> bool {
    let name = run_of(bytes, start, KEY_BYTES, |b| is_word(b) || matches!(b, b'.' | b':'));
    let call = name > start && matches!(byte(bytes, name), b'(' | b'[');
    call || matches!(byte(bytes, start), b'$' | b'<' | b'{' | b'%' | b'*' | 0)
}
