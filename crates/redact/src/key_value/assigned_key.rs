//! The key and the sign of an assignment: `token=`, `API key: `, `**Token**: `, `?token%3D`.

use super::keyed_text::{KEY_BYTES, KeyedText};
use crate::{
    gate::Gate,
    key_class::KeyClass,
    key_lists::TYPES,
    lex::{before, byte, is_at, is_word, run_of},
};

/// Blanks before a setting in a file that are looked at.
const INDENT: usize = 32;
/// What stands before a `=` that assigns as well: `?=`, `.=`, `||=`.
const COMPOUND: &[u8] = b"?.|";

/// The key before a sign.
pub(super) struct Key {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) class: KeyClass,
    /// It is a secret's with the words before it only.
    pub(super) spaced: bool,
    /// It is one of a URL's query.
    pub(super) in_query: bool,
    /// The name of a type stands behind it: `password: str = …`.
    pub(super) typed: bool,
}

impl Key {
    pub(super) fn before(keyed: KeyedText<'_>, sign: usize) -> Option<Self> {
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
        if is_type(&bytes[start..end])
            && let Some(declared) = Self::declared(keyed, start)
        {
            return Some(declared);
        }
        let own = gate.classify(text.get(start..end)?);
        let spaced = own == KeyClass::Plain && is_spaced_secret(gate, text, start, end);
        let class = if spaced { KeyClass::Secret } else { own };
        let in_query = matches!(before(bytes, start), b'?' | b'&' | b';');
        Some(Self { start, end, class, spaced, in_query, typed: false })
    }

    /// The secret's key before the type that starts at `at`: `var token string`, `token: &str`.
    fn declared(keyed: KeyedText<'_>, at: usize) -> Option<Self> {
        let bytes = keyed.text.as_bytes();
        let from = keyed.text.ceil_char_boundary(at.saturating_sub(KEY_BYTES));
        let before = bytes[from..at].trim_ascii_end();
        let before = before.strip_suffix(b"&'static").unwrap_or(before);
        let end = before.iter().rposition(|b| !b" &:?*".contains(b))? + 1;
        let start = before[..end].iter().rposition(|b| !is_word(*b)).map_or(0, |start| start + 1);
        let (start, end) = (from + start, from + end);
        let class = keyed.gate.classify(keyed.text.get(start..end)?);
        let apart = end < at && class == KeyClass::Secret;
        apart.then_some(Self { start, end, class, spaced: false, in_query: false, typed: true })
    }

    /// Whether it stands alone at the start of a line, as settings do: `client_secret: sunshine`.
    pub(super) fn is_setting(&self, bytes: &[u8]) -> bool {
        let from = self.start.saturating_sub(INDENT);
        let indent = bytes[from..self.start].iter().rev();
        let blanks = indent.take_while(|b| matches!(b, b' ' | b'-' | b'\t')).count();
        let begins = matches!(before(bytes, self.start - blanks), 0 | b'\n' | b'\r');
        begins && self.class == KeyClass::Secret && !self.spaced
    }

    /// Whether it says anything before this sign: `name: …` is a sentence more often than a person.
    pub(super) fn counts_before(&self, sign: &Sign) -> bool {
        match self.class {
            KeyClass::Plain => false,
            KeyClass::Secret => true,
            KeyClass::Personal => sign.equals,
            KeyClass::Name | KeyClass::Label => sign.equals && self.in_query,
        }
    }
}

/// Types that a secret has in code.
fn is_type(word: &[u8]) -> bool {
    TYPES.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// `API key: …`: with the word or two before it, the key that ends at `end` is a secret's.
fn is_spaced_secret(gate: &Gate, text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let mut from = start;
    for count in 0..2 {
        if before(bytes, from) != b' ' {
            return false;
        }
        if count == 0 && !gate.may_end_in(&bytes[..from - 1], &bytes[start..end]) {
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
pub(super) struct Sign {
    pub(super) start: usize,
    pub(super) end: usize,
    /// It is one that assigns, not a colon.
    pub(super) equals: bool,
    /// A blank stands before it.
    pub(super) apart: bool,
    /// It compares: `==`.
    pub(super) compares: bool,
}

impl Sign {
    pub(super) fn read(bytes: &[u8], at: usize) -> Option<Self> {
        let start = match byte(bytes, at) {
            b'=' => {
                at - bytes[..at].iter().rev().take(2).take_while(|b| COMPOUND.contains(b)).count()
            }
            _ => at,
        };
        if start < at {
            let apart = before(bytes, start) == b' ';
            return Some(Self { start, end: at + 1, equals: true, apart, compares: false });
        }
        let (end, equals) = match byte(bytes, start) {
            b'%' if is_at(bytes, start, b"%3d") || is_at(bytes, start, b"%3a") => (start + 3, true),
            b'%' => return None,
            0xef if bytes[start..].starts_with("：".as_bytes()) => (start + 3, false),
            0xef if bytes[start..].starts_with("＝".as_bytes()) => (start + 3, true),
            0xef => return None,
            b'=' if byte(bytes, start + 1) == b'>' => (start + 2, true),
            // `:=`, and `::=` and `:::=` of make.
            b':' => match run_of(bytes, start, 3, |b| b == b':') {
                end if byte(bytes, end) == b'=' => (end + 1, true),
                _ => (start + 1, false),
            },
            b'=' => (run_of(bytes, start, 3, |b| b == b'='), true),
            _ => (start + 1, false),
        };
        let compares = byte(bytes, start) == b'=' && byte(bytes, start + 1) == b'=';
        Some(Self { start, end, equals, apart: before(bytes, start) == b' ', compares })
    }
}
