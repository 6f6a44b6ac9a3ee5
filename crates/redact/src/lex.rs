//! Reading a text byte by byte: nothing stands before its start and after its end, and it is made of
//! runs of bytes of a kind. Every detector reads with these.

/// The byte at `at`; 0 after the end.
#[inline]
pub(crate) fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// The byte before `at`; 0 before the start. The letter of an escape (`\n`) is a line break.
#[inline]
pub(crate) fn before(bytes: &[u8], at: usize) -> u8 {
    let byte = at.checked_sub(1).map_or(0, |at| byte(bytes, at));
    if matches!(byte, b'n' | b't' | b'r') && at >= 2 && bytes[at - 2] == b'\\' {
        return b'\n';
    }
    byte
}

/// Whether a word goes on here: letters of any script, digits, underscore.
#[inline]
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Whether a token could go on here: ASCII letters and digits.
#[inline]
pub(crate) fn is_alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Where the run of bytes that `fit` ends.
#[inline]
pub(crate) fn run(bytes: &[u8], from: usize, fit: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|b| !fit(*b)).unwrap_or(rest.len())
}

/// As [`run`], at most `most` bytes.
pub(crate) fn run_of(bytes: &[u8], from: usize, most: usize, fit: impl Fn(u8) -> bool) -> usize {
    let end = bytes.len().min(from.saturating_add(most));
    run(&bytes[..end], from.min(end), fit)
}

/// Whether `word` stands at `at`, in any case. `word` is lower-case.
pub(crate) fn is_at(bytes: &[u8], at: usize, word: &[u8]) -> bool {
    // Most are told by their first letters.
    word.iter().enumerate().all(|(n, letter)| byte(bytes, at + n).to_ascii_lowercase() == *letter)
}

/// Skips blanks and tabs.
pub(crate) fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    run_of(bytes, from, 16, |b| matches!(b, b' ' | b'\t'))
}

/// Skips what JSON calls whitespace.
pub(crate) fn skip_space(bytes: &[u8], from: usize) -> usize {
    run(bytes, from, |b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Skips blanks and line breaks, escaped ones too.
pub(crate) fn skip_any_space(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        at = skip_space(bytes, at);
        // Escaped once more, a line break is two letters.
        let escaped = byte(bytes, at) == b'\\' && matches!(byte(bytes, at + 1), b'n' | b't' | b'r');
        if !escaped {
            return at;
        }
        at += 2;
    }
}
