//! A text of JSON: as it stands between its quotes, and what it says.

use std::borrow::Cow;

/// A text as it stands between its quotes; its escapes are whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    raw: &'a [u8],
    /// Whether there is a backslash in it.
    is_escaped: bool,
}

impl<'a> Text<'a> {
    pub(super) const fn new(raw: &'a [u8], is_escaped: bool) -> Self {
        Self { raw, is_escaped }
    }

    /// What it says, bytes that are no UTF-8 replaced; borrowed where it is written as it is.
    pub fn to_str(&self) -> Cow<'a, str> {
        if !self.is_escaped {
            return String::from_utf8_lossy(self.raw);
        }
        let mut said = Vec::with_capacity(self.raw.len());
        self.bytes(|piece| said.extend_from_slice(piece));
        match String::from_utf8(said) {
            Ok(said) => said.into(),
            Err(said) => String::from_utf8_lossy(said.as_bytes()).into_owned().into(),
        }
    }

    /// Whether it says `name`.
    pub fn is(&self, name: &str) -> bool {
        /// Of an escape: `\u0061` for one byte.
        const LONGEST_ESCAPE: usize = 6;
        if self.is_escaped {
            self.raw.len() <= LONGEST_ESCAPE * name.len() && self.to_str() == name
        } else {
            self.raw == name.as_bytes()
        }
    }

    /// Bytes of what it says, at most: nothing that is escaped is longer than its escape.
    pub const fn most(&self) -> usize {
        self.raw.len()
    }

    /// Hands over what it says, piece by piece, and bytes that are no UTF-8 as they stand, for whoever
    /// reads them further. Whether half a surrogate pair in it was replaced.
    pub fn bytes(&self, mut take: impl FnMut(&[u8])) -> bool {
        let mut rest = self.raw;
        let mut is_mended = false;
        while !rest.is_empty() {
            let plain = match self.is_escaped {
                true => rest.iter().position(|byte| *byte == b'\\').unwrap_or(rest.len()),
                false => rest.len(),
            };
            let (head, tail) = rest.split_at(plain);
            take(head);
            rest = tail;
            if let Some((said, used)) = escape(tail) {
                rest = tail.get(used..).unwrap_or_default();
                is_mended |= said.is_none();
                let said = said.unwrap_or(char::REPLACEMENT_CHARACTER);
                take(said.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        is_mended
    }
}

/// What the escape that `bytes` begin with says, `None` for half a surrogate pair; and its length.
fn escape(bytes: &[u8]) -> Option<(Option<char>, usize)> {
    let character = match bytes.get(1)? {
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => return Some(unicode(bytes)),
        // The reader lets no other through but `"`, `\` and `/`.
        other => char::from(*other),
    };
    Some((Some(character), 2))
}

/// `\uXXXX`, or two of them that are one character (RFC 8259 §7).
fn unicode(bytes: &[u8]) -> (Option<char>, usize) {
    let first = unit(bytes).unwrap_or_default();
    if !(0xd800..0xdc00).contains(&first) {
        return (char::from_u32(first), 6);
    }
    match bytes.get(6..).and_then(unit) {
        Some(second) if (0xdc00..0xe000).contains(&second) => {
            (char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)), 12)
        }
        _ => (None, 6),
    }
}

/// The UTF-16 unit of a `\uXXXX`.
pub(super) fn unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |value, byte| Some(value << 4 | char::from(*byte).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(raw: &[u8]) -> (String, bool) {
        let text = Text::new(raw, raw.contains(&b'\\'));
        let mut said = Vec::new();
        let is_mended = text.bytes(|piece| said.extend_from_slice(piece));
        assert_eq!(text.to_str(), String::from_utf8_lossy(&said));
        assert!(said.len() <= text.most());
        (text.to_str().into_owned(), is_mended)
    }

    #[test]
    fn half_a_character_is_replaced_and_the_rest_is_kept() {
        for (raw, expected, is_mended) in [
            (&br"cut \ud83d"[..], "cut \u{fffd}", true),
            (br"\ud83d and on", "\u{fffd} and on", true),
            (br"\ude00\ud83d", "\u{fffd}\u{fffd}", true),
            (br"\ud83d\ud83d\ude00", "\u{fffd}😀", true),
            (br"\uD83D\uDE00", "😀", false),
            (br"\ud83d\n", "\u{fffd}\n", true),
            (br"\ud83d\\ude00", "\u{fffd}\\ude00", true),
            (b"caf\xe9!", "caf\u{fffd}!", false),
            (b"caf\xe9\\n", "caf\u{fffd}\n", false),
            // A surrogate in UTF-8's own bytes, as Python's "surrogatepass" writes it.
            (b"\xed\xa0\xbd", "\u{fffd}\u{fffd}\u{fffd}", false),
            (b"two\nlines\x00", "two\nlines\0", false),
            (br#"\"\\\/\b\f\n\r\t\u0041"#, "\"\\/\u{8}\u{c}\n\r\tA", false),
            ("ü😀".as_bytes(), "ü😀", false),
            (b"", "", false),
        ] {
            assert_eq!(said(raw), (expected.to_owned(), is_mended), "{raw:?}");
        }
    }

    #[test]
    fn a_name_is_compared_by_what_it_says() {
        assert!(Text::new(b"steps", false).is("steps"));
        assert!(Text::new(br"st\u0065ps", true).is("steps"));
        assert!(!Text::new(br"step\ud83d", true).is("steps"));
    }
}
