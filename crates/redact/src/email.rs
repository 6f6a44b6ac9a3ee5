//! Mail addresses, also with their at sign encoded.

use memchr::memchr_iter;

use crate::{
    allowance::Allowance,
    detector::Detector,
    finding::Finding,
    lex::{byte, is_at, run},
};

/// Bytes that are looked at before an `@`: a local part has at most 64 characters, and what is
/// longer is taken whole as far as this.
const LOCAL_BYTES: usize = 320;

/// The addresses around every `@` outside of `inside`, which was looked at apart.
pub(crate) fn all(
    text: &str,
    inside: &[(usize, usize)],
    found: &mut Vec<Finding>,
    allowance: &mut Allowance<'_>,
) {
    let mut inside = inside.iter().peekable();
    let mut floor = 0;
    for at in memchr_iter(b'@', text.as_bytes()) {
        while inside.next_if(|(_, end)| *end <= at).is_some() {}
        if inside.peek().is_some_and(|(start, _)| *start <= at) {
            continue;
        }
        if !allowance.finding(found.len()) {
            return;
        }
        found.extend(address(text, at, 1, floor));
        floor = at + 1;
    }
}

/// The address around the at sign (`@`, `%40`, `&#64;`, `\u0040`) that stands at `at` and has
/// `width` bytes. `floor` is where the text before may be looked at from.
pub(crate) fn address(text: &str, at: usize, width: usize, floor: usize) -> Option<Finding> {
    let bytes = text.as_bytes();
    if floor > at {
        return None;
    }
    let start = local_start(text, at, floor.max(at.saturating_sub(LOCAL_BYTES)))?;
    let end = domain_end(text, at + width)?;
    // The user of every Git remote is nobody.
    let git = &bytes[start..at] == b"git";
    (!git).then(|| Finding::mark(start, end, Detector::Email))
}

fn local_start(text: &str, at: usize, floor: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    if byte(bytes, at.wrapping_sub(1)) == b'"' {
        // "mia li"@example.com
        let from = floor.max(at.saturating_sub(66));
        let open = bytes[from..at - 1].iter().rposition(|b| matches!(b, b'"' | b'\n'))? + from;
        // Between two literals of JSON there is always another sign.
        let name = &bytes[(open + 1).min(at - 1)..at - 1];
        let fits = |b: &u8| *b >= 0x80 || b.is_ascii_alphanumeric() || b" ._+-".contains(b);
        let quoted = bytes[open] == b'"' && name.iter().all(fits);
        return (quoted && name.iter().any(u8::is_ascii_alphanumeric)).then_some(open);
    }
    let local = text.get(text.ceil_char_boundary(floor)..at)?;
    let mut start = at;
    for (offset, letter) in local.char_indices().rev() {
        let fits = letter.is_alphanumeric() || "._+-%'~!#$*^`|".contains(letter);
        if !fits {
            break;
        }
        start = at - (local.len() - offset);
    }
    // `\nmia@…` in a text that shows its escapes: the letter is the escape's.
    if byte(bytes, start.wrapping_sub(1)) == b'\\' && start < at {
        start += usize::from(matches!(bytes[start], b'n' | b't' | b'r'));
    }
    // Punctuation before an address is not its own.
    while start < at && bytes[start].is_ascii_punctuation() && !matches!(bytes[start], b'_' | b'+')
    {
        start += 1;
    }
    (start < at).then_some(start)
}

/// Where the domain ends, if it is one: labels, the last of letters (or punycode).
fn domain_end(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    if byte(bytes, from) == b'[' {
        let end = run(bytes, from + 1, |b| b.is_ascii_hexdigit() || b".:IPv".contains(&b));
        return (byte(bytes, end) == b']' && end > from + 6).then_some(end + 1);
    }
    let rest = text.get(from..)?;
    let fits = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
    let length = rest.find(|c| !fits(c)).unwrap_or(rest.len());
    let mut domain = rest[..length].trim_end_matches(['.', '-']);
    loop {
        let (name, top) = domain.rsplit_once('.')?;
        let letters = top.chars().count() >= 2 && top.chars().all(char::is_alphabetic);
        if !name.is_empty() && !name.starts_with('.') && (letters || top.starts_with("xn--")) {
            return (!is_picture(name, top)).then_some(from + domain.len());
        }
        // "mia@example.com.2nd time": what follows the address was glued to it.
        domain = name.trim_end_matches(['.', '-']);
    }
}

/// `icon@2x.png`
fn is_picture(name: &str, top: &str) -> bool {
    let scale = name.len() <= 3 && name.ends_with('x') && name.as_bytes()[0].is_ascii_digit();
    scale && ["png", "jpg", "jpeg", "gif", "svg", "webp", "avif"].contains(&top)
}

/// The width of an at sign written otherwise, at `at`.
pub(crate) fn encoded_at(bytes: &[u8], at: usize) -> Option<usize> {
    let forms: [&[u8]; 4] = [b"%40", b"&#64;", b"&#x40;", b"\\u0040"];
    forms.iter().find(|form| is_at(bytes, at, form)).map(|form| form.len())
}
