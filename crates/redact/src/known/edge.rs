//! Where words begin and end in a text, and what may stand between two of them.

use crate::{
    fold::is_mark,
    lex::{byte, is_word, run_of},
};
use unicode_normalization::char::is_combining_mark;

/// Separators between two words of a value that are passed over, at most.
const GAP: usize = 4;

/// Past what may stand between two words. Quotes and brackets may not: they belong to the
/// structure around, which stays; but for those around an area code in `numbers`.
pub(super) fn gap_after(bytes: &[u8], from: usize, numbers: bool) -> usize {
    let (mut at, mut blank, mut sign) = (from, false, false);
    for _ in 0..GAP {
        let rest = &bytes[at.min(bytes.len())..];
        let width = match *rest {
            [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => 3,
            [b'\\', b'n' | b't' | b'r' | b'_', ..] => 2,
            [0xc2, 0xa0, ..] => 2,
            // Typographic blanks, what doesn't show, dashes, an apostrophe; not quotes.
            [0xe2, 0x80, 0x80..=0x8f | 0xaf, ..] => 3,
            [0xe2, 0x80, 0x90..=0x95, ..] if !blank => 3,
            [0xe2, 0x80, 0x98 | 0x99, ..] if at == from => return at + 3,
            [b'\'' | b'`', ..] if at == from => return at + 1,
            [b' ' | b'\t' | b'\r' | b'\n', ..] => 1,
            [b'(', ..] if numbers && !sign => 1,
            // "Li, Mia", not "Li , Mia": a sign after a blank begins something else, but emphasis.
            [b'*', ..] if !sign => 1,
            [other, ..] if is_separator(other) && !blank => 1,
            _ => break,
        };
        blank |= rest[0].is_ascii_whitespace();
        sign |= !rest[0].is_ascii_whitespace() && rest[0] != b'*';
        at += width;
    }
    at
}

/// The two bytes with which what stands between two words mostly begins, where it is more than one
/// sign. The others are written nowhere: each costs a place in the filter.
pub(super) fn gap_pairs() -> impl Iterator<Item = (u8, u8)> {
    const OTHERS: &[(u8, u8)] = &[
        (b' ', b' '),
        (b' ', b'\n'),
        (b'\n', b'\n'),
        (b'\n', b' '),
        (b'\r', b'\n'),
        (b' ', b'('),
        (b' ', b'*'),
        (b'*', b'*'),
        (b'-', b'-'),
        (b'%', b'2'),
        (b'%', b'0'),
        (b'%', b'C'),
        (b'\\', b'n'),
        (b'\\', b'_'),
        (0xc2, 0xa0),
        (0xe2, 0x80),
    ];
    SEPARATORS.iter().map(|sign| (*sign, b' ')).chain(OTHERS.iter().copied())
}

/// The single bytes that may stand between two words.
pub(super) fn gap_signs() -> impl Iterator<Item = u8> {
    SEPARATORS.iter().chain(b" \t\r\n'`").copied()
}

const SEPARATORS: &[u8] = b"_-.,+/@()*|#&";

fn is_separator(byte: u8) -> bool {
    SEPARATORS.contains(&byte)
}

/// Past the number that makes a name a user name (`mia_li_3668`): it tells people apart as the
/// name does.
pub(super) fn past_number(bytes: &[u8], from: usize) -> usize {
    let escape = from + usize::from(byte(bytes, from) == b'\\' && byte(bytes, from + 1) == b'_');
    let digits = escape + usize::from(byte(bytes, escape) == b'_');
    let end = run_of(bytes, digits, 8, |b| b.is_ascii_digit());
    if end == digits || is_word(byte(bytes, end)) { from } else { end }
}

/// Whether a word may begin or end at `at`: letters don't go on as letters, nor digits as digits.
pub(super) fn is_edge(bytes: &[u8], at: usize) -> bool {
    let (Some(&left), Some(&right)) = (bytes.get(at.wrapping_sub(1)), bytes.get(at)) else {
        return true;
    };
    if left.is_ascii() && right.is_ascii() {
        let letters = left.is_ascii_alphabetic() && right.is_ascii_alphabetic();
        let digits = left.is_ascii_digit() && right.is_ascii_digit();
        return !letters && !digits || letters && is_escape(bytes, at);
    }
    let after = letter_after(bytes, at);
    if after.is_some_and(is_combining_mark) {
        return false;
    }
    let before = letter_before(bytes, at);
    let hangul =
        |letter: Option<char>| letter.is_some_and(|c| matches!(c, '\u{ac00}'..='\u{d7a3}'));
    // "Mia님": what is written together is no word of one script.
    hangul(before) != hangul(after) || !(goes_on(after) && goes_on(before)) || is_escape(bytes, at)
}

/// Whether an escape ends at `at`: the letter of `\n` is none.
fn is_escape(bytes: &[u8], at: usize) -> bool {
    matches!(bytes[..at], [.., b'\\', b'n' | b't' | b'r'])
}

/// Whether a letter is of a script that writes words apart.
fn goes_on(letter: Option<char>) -> bool {
    letter.is_some_and(|letter| match letter {
        // The common ones, without the tables.
        'a'..='z' | '\u{c0}'..='\u{24f}' | '\u{388}'..='\u{481}' => true,
        // Words in katakana stand out.
        '\u{30a1}'..='\u{30fa}' | '\u{30fc}' => true,
        // Chinese, Japanese and Thai write words without spaces.
        '\u{e00}'..='\u{e7f}' | '\u{2e80}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' => false,
        _ => letter.is_alphabetic() || is_mark(letter),
    })
}

/// The letter that begins at `at`. What is read is a text: its bytes are whole letters, but the first
/// and the last of a part.
#[inline]
pub(super) fn letter_after(bytes: &[u8], at: usize) -> Option<char> {
    let rest = bytes.get(at..)?;
    let low = |at: usize| rest.get(at).map(|b| u32::from(b & 0x3f));
    let code = match *rest.first()? {
        first @ 0..=0x7f => return Some(char::from(first)),
        first @ 0xc2..=0xdf => u32::from(first & 0x1f) << 6 | low(1)?,
        first @ 0xe0..=0xef => u32::from(first & 0x0f) << 12 | low(1)? << 6 | low(2)?,
        first @ 0xf0..=0xf4 => {
            u32::from(first & 0x07) << 18 | low(1)? << 12 | low(2)? << 6 | low(3)?
        }
        _ => return None,
    };
    char::from_u32(code)
}

fn letter_before(bytes: &[u8], at: usize) -> Option<char> {
    let goes_on = bytes[..at].iter().rev().take(3).take_while(|b| matches!(b, 0x80..=0xbf)).count();
    letter_after(bytes, at.checked_sub(goes_on + 1)?)
}
