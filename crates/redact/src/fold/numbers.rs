//! Numbers as other scripts and typesetting write them: their digits, the letters of full width that
//! stand with them, and the dashes and blanks that group them, in ASCII. Letter case and accents stay:
//! what knows numbers by their form reads ASCII.

use super::{Folded, digit, letter::is_hidden, place};

/// Whether a number may be written otherwise than in ASCII. Prose in other scripts has none.
pub(crate) fn has_separators(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(next) = beyond_ascii(bytes, at) {
        at = next
            + match plain_width(&bytes[next..]) {
                Some(width) => width,
                None => match text.get(next..).and_then(|rest| rest.chars().next()) {
                    Some(letter) if is_of_number(text, next, letter) => return true,
                    letter => letter.map_or(1, char::len_utf8),
                },
            };
    }
    false
}

fn is_of_number(text: &str, at: usize, letter: char) -> bool {
    is_digit_or_wide(letter)
        || (grouping(letter).is_some() || is_hidden(letter)) && beside_digit(text, at, letter)
        || grouping(letter) == Some('-') && between_digits(text, at, letter)
}

/// The first byte from `from` on that is not ASCII. Eight are looked at at once.
fn beyond_ascii(bytes: &[u8], from: usize) -> Option<usize> {
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let mut at = from;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let marked = u64::from_le_bytes(*eight) & HIGH;
        if marked != 0 {
            return Some(at + marked.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    bytes.get(at..)?.iter().position(|b| !b.is_ascii()).map(|next| at + next)
}

/// The length of a letter that its first bytes tell to be of no number: most of what there is beyond
/// ASCII.
fn plain_width(rest: &[u8]) -> Option<usize> {
    match *rest {
        // Latin, Greek, Cyrillic, Armenian, Hebrew.
        [0xc3..=0xd7, ..] => Some(2),
        // Chinese, Japanese and Korean.
        [0xe4..=0xe9 | 0xeb..=0xec, ..] | [0xe3, 0x81..=0xbf, ..] => Some(3),
        [0xe3, 0x80, last, ..] if last != 0x80 => Some(3),
        // Arrows, signs and pictures.
        [0xe2, 0x82..=0x87 | 0x89..=0xbf, ..] => Some(3),
        [0xf0, 0x9f, 0x80..=0xae, ..] => Some(4),
        _ => None,
    }
}

/// `text` with ASCII in place of them.
pub(crate) fn separators(text: &str) -> Folded {
    let mut folded = Folded::of(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < text.len() {
        let run = at + bytes[at..].iter().take_while(|b| b.is_ascii()).count();
        if run > at {
            folded.step(at, true);
            folded.text.push_str(&text[at..run]);
        }
        at = run;
        if let Some(letter) = text[at..].chars().next() {
            if !(is_hidden(letter) && beside_digit(text, at, letter)) {
                folded.step(at, false);
                folded.text.push(ascii(letter).unwrap_or(letter));
            }
            at += letter.len_utf8();
        }
    }
    folded.end = place(text.len());
    folded
}

/// What a character of a number is in ASCII.
fn ascii(letter: char) -> Option<char> {
    grouping(letter).or_else(|| match letter {
        'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(u32::from(letter) - 0xfee0),
        _ => digit::ascii(letter),
    })
}

/// The ASCII of what groups a number's digits: a dash, hyphen or blank of typesetting, a sign of full
/// width.
fn grouping(letter: char) -> Option<char> {
    match letter {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' => Some('-'),
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Some(' '),
        '（' | '）' | '＋' | '－' | '．' | '／' => char::from_u32(u32::from(letter) - 0xfee0),
        _ => None,
    }
}

fn is_digit_or_wide(letter: char) -> bool {
    matches!(letter, 'Ａ'..='Ｚ' | 'ａ'..='ｚ') || digit::ascii(letter).is_some()
}

/// Whether digits, or a letter before, stand right beside.
fn beside_digit(text: &str, at: usize, letter: char) -> bool {
    let before = text.as_bytes()[..at].last();
    let after = text.as_bytes().get(at + letter.len_utf8());
    before.is_some_and(u8::is_ascii_alphanumeric) || after.is_some_and(u8::is_ascii_digit)
}

/// Whether digits stand on both sides of a dash, with a blank between: `(202) 555 – 0143`.
fn between_digits(text: &str, at: usize, letter: char) -> bool {
    let blank = |b: &u8| *b == b' ';
    let before = text.as_bytes()[..at].iter().rev().take(2).find(|b| !blank(b));
    let after = text.as_bytes()[at + letter.len_utf8()..].iter().take(2).find(|b| !blank(b));
    before.is_some_and(u8::is_ascii_digit) && after.is_some_and(u8::is_ascii_digit)
}
