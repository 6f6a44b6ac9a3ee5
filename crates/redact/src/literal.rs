//! JSON string literals: where they end, what they say, and which of a text have escapes in them.
//! The text around need not be whole: tool results are cut off, printed by Python, or embedded in
//! a sentence.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use crate::lex::{byte, run, skip_space};

/// Where the string whose inside starts at `start` ends: at the first `quote` that is not escaped
/// (with exactly `depth` backslashes before it, in text that was escaped itself), or at the end.
pub(crate) fn end(bytes: &[u8], start: usize, quote: u8, depth: usize) -> usize {
    let mut at = start;
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr2(quote, b'\\', rest)) {
        at += next;
        let slashes = run(bytes, at, |b| b == b'\\') - at;
        let closes = byte(bytes, at + slashes) == quote;
        if closes && (slashes == depth || (depth == 0 && slashes.is_multiple_of(2))) {
            return if depth == 0 { at + slashes } else { at };
        }
        at += slashes + 1;
    }
    bytes.len()
}

/// Tells what stands inside a text's literals from what stands between them. Asked for rising
/// positions, it reads the text once.
#[derive(Default)]
pub(crate) struct Literals {
    /// Where the literal before the last one ended.
    from: usize,
    /// The literal that was found last, and where what follows it begins.
    start: usize,
    end: usize,
    next: usize,
}

impl Literals {
    /// Whether a literal holds the position `at`.
    pub(crate) fn hold(&mut self, bytes: &[u8], at: usize) -> bool {
        if at < self.from {
            *self = Self::default();
        }
        while self.next <= at {
            self.from = self.next;
            let rest = bytes.get(self.next..).unwrap_or_default();
            let Some(quote) = memchr(b'"', rest).map(|quote| self.next + quote) else {
                (self.start, self.end, self.next) = (usize::MAX, usize::MAX, usize::MAX);
                return false;
            };
            // Escaped once more, a literal begins and ends with a backslash and a quote.
            let slashes = bytes[self.next..quote].iter().rev().take_while(|b| **b == b'\\').count();
            self.start = quote + 1;
            self.end = end(bytes, self.start, b'"', slashes);
            self.next = self.end + slashes + 1;
        }
        (self.start..self.end).contains(&at)
    }
}

/// What a literal says. Escapes that are none stay as they are.
pub(crate) fn decode(inside: &str) -> Cow<'_, str> {
    if memchr(b'\\', inside.as_bytes()).is_none() {
        return inside.into();
    }
    let mut out = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (letter, length) = unescape(rest);
        match letter {
            Some(letter) => out.push(letter),
            None => out.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    out.push_str(rest);
    out.into()
}

/// The escape at the start of `text`: what it says, and its length.
fn unescape(text: &str) -> (Option<char>, usize) {
    let simple = |letter| (Some(letter), 2);
    match text.as_bytes().get(1) {
        Some(b'n') => simple('\n'),
        Some(b't') => simple('\t'),
        Some(b'r') => simple('\r'),
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(letter @ (b'"' | b'\\' | b'/' | b'\'')) => simple(char::from(*letter)),
        Some(b'u') => {
            unescape_unicode(text).map_or((None, 2), |(letter, length)| (Some(letter), length))
        }
        Some(letter) if letter.is_ascii() => (None, 2),
        _ => (None, 1),
    }
}

fn unescape_unicode(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 4)?;
        let hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
        hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    };
    let high = unit(2)?;
    if (0xd800..0xdc00).contains(&high) && text.get(6..8) == Some("\\u") {
        let low = unit(8)?;
        let code = 0x1_0000 + ((high - 0xd800) << 10) + low.checked_sub(0xdc00)?;
        return char::from_u32(code).map(|letter| (letter, 12));
    }
    char::from_u32(high).map(|letter| (letter, 6))
}

/// A literal with escapes in it.
pub(crate) struct Escaped {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// It is a key: a `:` follows.
    pub(crate) is_key: bool,
}

impl Escaped {
    fn new(bytes: &[u8], start: usize, end: usize, is_key: bool) -> Option<Self> {
        let inside = &bytes[start..end];
        let has_escape = memchr(b'\\', inside).is_some();
        // One that spans lines is none: code with a stray quote.
        (has_escape && memchr(b'\n', inside).is_none()).then_some(Self { start, end, is_key })
    }
}

/// The literals with escapes in the JSON (or what looks like it) in `text`.
pub(crate) fn escaped(text: &str) -> Vec<Escaped> {
    let bytes = text.as_bytes();
    let mut literals = Vec::new();
    let mut from = 0;
    while let Some(open) = memchr2(b'{', b'[', &bytes[from..]) {
        let open = from + open;
        let inside = skip_space(bytes, open + 1);
        from = match byte(bytes, inside) {
            b'"' | b'\'' | b'{' | b'[' | b'}' | b']' => walk(bytes, open, &mut literals),
            // A list that starts with a number or a word, when it is the whole text.
            _ if open == skip_space(bytes, 0) => walk(bytes, open, &mut literals),
            _ => open + 1,
        };
    }
    let first = skip_space(bytes, 0);
    if from == 0 && byte(bytes, first) == b'"' {
        let end = end(bytes, first + 1, b'"', 0);
        if skip_space(bytes, end + 1) >= bytes.len() {
            literals.extend(Escaped::new(bytes, first + 1, end, false));
        }
    }
    literals
}

/// Walks what looks like JSON from its opening bracket until it closes or stops looking like it.
fn walk(bytes: &[u8], open: usize, literals: &mut Vec<Escaped>) -> usize {
    let (mut at, mut depth) = (open, 0usize);
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'') => {
                let start = at + 1;
                let end = end(bytes, start, quote, 0);
                let is_key = byte(bytes, skip_space(bytes, end + 1)) == b':';
                literals.extend(Escaped::new(bytes, start, end, is_key));
                at = end + 1;
            }
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth -= 1;
                at += 1;
                if depth == 0 {
                    return at;
                }
            }
            b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'+' | b'.' => at += 1,
            _ => return at.max(open + 1),
        }
    }
    bytes.len()
}

/// `text` as the inside of a literal that closes with `quote`.
pub(crate) fn encode(text: &str, quote: u8) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inside = quoted.get(1..quoted.len() - 1).unwrap_or_default();
    if quote == b'\'' { inside.replace('\'', "\\'") } else { inside.to_owned() }
}
