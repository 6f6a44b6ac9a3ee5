//! Where a word is somebody's user name: an initial and a surname make many an ordinary word (`flight`,
//! `price`), so a text must say so.

use super::edge::past_number;
use crate::lex::byte;

/// Letters of a surname and its initial together that are no ordinary word by chance.
const LONG: usize = 7;

/// Words before a user name.
const CUES: &[&[u8]] = &[b"user", b"users", b"username", b"user_name", b"login", b"home", b"uid"];

/// Whether the word from `start` to `end` is written as a user name.
pub(super) fn is_meant(bytes: &[u8], start: usize, end: usize) -> bool {
    let number = past_number(bytes, end) > end;
    let sign = matches!(byte(bytes, start.wrapping_sub(1)), b'@' | b'~');
    number || sign || end - start >= LONG || follows_cue(&bytes[start.saturating_sub(16)..start])
}

fn follows_cue(before: &[u8]) -> bool {
    let sign = |b: &u8| matches!(b, b' ' | b':' | b'=' | b'"' | b'\'' | b'`' | b'/' | b'\\');
    let signs = before.iter().rev().take(4).take_while(|b| sign(b)).count();
    let words = &before[..before.len() - signs];
    signs > 0
        && CUES.iter().any(|cue| {
            let start = words.len().saturating_sub(cue.len());
            words[start..].eq_ignore_ascii_case(cue)
                && !start.checked_sub(1).is_some_and(|at| words[at].is_ascii_alphabetic())
        })
}
