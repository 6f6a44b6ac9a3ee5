//! Base64 of a text: whatever it holds is found in it. Only the whole of it can be taken out.

use std::sync::LazyLock;

use data_encoding::{BASE64_NOPAD, Encoding, Translate};

use crate::{
    detector::Detector,
    finding::Outcome,
    lex::{before, byte, is_alnum, run, run_of},
};

/// Letters by whose bytes a text is told from anything else in base64, and from words that are none.
const HEAD: usize = 12;
/// Letters of a line that goes on in the next; the narrowest that is in use has 60.
const LINE: usize = 60;

/// Looks into the base64 that starts at `at`; it goes where `is_dirty` says that there is something to find in its text.
pub(crate) fn wrapped(bytes: &[u8], at: usize, is_dirty: impl FnOnce(&str) -> bool) -> Outcome {
    let head = bytes.get(at..at + HEAD);
    if is_base64(before(bytes, at)) && byte(bytes, at - 1) != b'/' || !head.is_some_and(is_text) {
        return Outcome::Nothing;
    }
    let (letters, end) = letters(bytes, at);
    let text = decode(&letters).and_then(|raw| {
        // What was cut off may end within a letter.
        let valid = raw.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        (valid.len() + 3 >= raw.len()).then(|| valid.to_owned())
    });
    match text {
        Some(text) if is_dirty(&text) => Outcome::mark(at, end, Detector::Encoded),
        _ => Outcome::Skip(end),
    }
}

/// Where the base64 that starts at `at` ends, with its padding and over its lines.
pub(crate) fn end(bytes: &[u8], at: usize) -> usize {
    letters(bytes, at).1
}

/// The letters from `at` on, of all lines that belong together, and where they end with their padding.
fn letters(bytes: &[u8], at: usize) -> (Vec<u8>, usize) {
    let mut letters = Vec::new();
    let mut start = at;
    loop {
        let end = run(bytes, start, is_base64);
        letters.extend_from_slice(&bytes[start..end]);
        let next = line_break(bytes, end);
        let goes_on = next > end && end - start >= LINE && is_base64(byte(bytes, next));
        if !goes_on || letters.len() > UNWRAP_BYTES {
            return (letters, run_of(bytes, end, 2, |b| b == b'='));
        }
        start = next;
    }
}

/// Past a line break, written out or as its escape, and what a next line is indented by.
fn line_break(bytes: &[u8], at: usize) -> usize {
    let breaks: [&[u8]; 4] = [b"\r\n", b"\n", b"\\r\\n", b"\\n"];
    let line = breaks.iter().find(|line| bytes[at..].starts_with(line));
    line.map_or(at, |line| run_of(bytes, at + line.len(), 16, |b| b == b' '))
}

/// Whether these letters, some times four, stand for the bytes of a text.
fn is_text(head: &[u8]) -> bool {
    // Words and hex digits have letters of one case alone.
    let cases = head.iter().any(u8::is_ascii_lowercase) && head.iter().any(u8::is_ascii_uppercase);
    if !cases {
        return false;
    }
    let mut raw = [0; HEAD / 4 * 3];
    for (four, three) in head.chunks_exact(4).zip(raw.chunks_exact_mut(3)) {
        let Some(bits) = four
            .iter()
            .try_fold(0_u32, |bits, letter| Some(bits << 6 | u32::from(value(*letter)?)))
        else {
            return false;
        };
        three.copy_from_slice(&bits.to_be_bytes()[1..]);
    }
    let shown = raw.iter().all(|b| *b >= b' ' && *b != 0x7f || matches!(b, b'\t' | b'\r' | b'\n'));
    shown && raw.utf8_chunks().next().is_some_and(|chunk| chunk.valid().len() + 3 >= raw.len())
}

/// What a letter of either alphabet stands for.
const fn value(letter: u8) -> Option<u8> {
    Some(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

pub(crate) fn is_base64(b: u8) -> bool {
    is_alnum(b) || matches!(b, b'+' | b'/' | b'-' | b'_')
}

/// Longest base64 that is looked into: what holds credentials is short.
const UNWRAP_BYTES: usize = 64 * 1024;

/// Either alphabet, both at once too; the last letter's spare bits may be anything.
static EITHER_BASE64: LazyLock<Encoding> = LazyLock::new(|| {
    let mut lenient = BASE64_NOPAD.specification();
    lenient.translate = Translate { from: "-_".to_owned(), to: "+/".to_owned() };
    lenient.check_trailing_bits = false;
    // A test reads both alphabets, so this does not occur.
    lenient.encoding().unwrap_or(BASE64_NOPAD)
});

/// Makes what is made once ([`tables`](crate::tables)).
pub(crate) fn make_tables() {
    LazyLock::force(&EITHER_BASE64);
}

/// Base64 without padding; `None` when it is none.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > UNWRAP_BYTES {
        return None;
    }
    EITHER_BASE64.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_either_alphabet_is_read() {
        let decoded = |text: &str| decode(text.as_bytes());
        assert_eq!(decoded("a+b/-_8"), Some(vec![0x6b, 0xe6, 0xff, 0xfb, 0xff]));
        // One byte, and four bits more that say nothing.
        assert_eq!(decoded("QQ"), Some(b"A".to_vec()));
        assert_eq!(decoded("QR"), Some(b"A".to_vec()));
        assert_eq!(decoded(""), Some(Vec::new()));
        for text in ["Q", "QUFBQ", "QQ==", "QU A", "Q\u{e4}"] {
            assert_eq!(decoded(text), None, "{text}");
        }
        assert!(decoded(&"A".repeat(UNWRAP_BYTES)).is_some());
        assert_eq!(decoded(&"A".repeat(UNWRAP_BYTES + 4)), None);
    }
}
