//! Ids that have letters too.

use std::ops::Range;

use super::checks::{chinese_check, month_day, weighed};
use crate::{
    digit_groups::DigitGroups,
    lex::{before, byte, is_alnum},
};

/// The id of letters and digits that `word` is, or starts, from where to where. `digits` are the
/// first ones in it.
pub(crate) fn lettered(
    bytes: &[u8],
    word: &Range<usize>,
    digits: &Range<usize>,
) -> Option<(usize, usize)> {
    let Range { start, end } = *word;
    let check: fn(&[u8]) -> bool = match (word.len(), digits.start - start, digits.len()) {
        (9, 0, 8) => spanish,
        (9, 1, 7) => |id| spanish(id) || singaporean(id),
        (9, 2, 6) => british,
        (10, 1, 9) => taiwanese,
        (16, 6, 2) => italian,
        (18, 4, 6) => mexican,
        (18, 0, 17) => |id| id[17] == b'X' && chinese_x(id),
        // `X1234567-L`
        (8, 1, 7) => return dashed_spanish(bytes, start).map(|end| (start, end)),
        // `JK123456 C`
        (8, 2, 6) => return grouped_british(bytes, start + 2),
        // `JK 123456C`
        (7, 0, 6) => return grouped_british(bytes, start),
        _ => return None,
    };
    let mut id = [0; 18];
    let id = &mut id[..word.len()];
    id.copy_from_slice(&bytes[start..end]);
    id.make_ascii_uppercase();
    (!is_tied(bytes, start, end) && check(id)).then_some((start, end))
}

/// Whether signs tie a word into something longer: a path, a name, base64.
fn is_tied(bytes: &[u8], start: usize, end: usize) -> bool {
    matches!(before(bytes, start), b'_' | b'-' | b'/' | b'.' | b'+')
        || matches!(byte(bytes, end), b'_' | b'-' | b'/' | b'+' | b'=')
}

/// The id of letters and digits that signs set apart from `number`, from where to where.
pub(crate) fn beside(number: &DigitGroups<'_>) -> Option<(usize, usize)> {
    let (bytes, start) = (number.bytes, number.start());
    let spanish = match number.width(0) {
        7 => start.checked_sub(2),
        8 => Some(start),
        _ => None,
    };
    let spanish = spanish.and_then(|start| Some((start, dashed_spanish(bytes, start)?)));
    let british = || (number.width(0) == 6).then(|| grouped_british(bytes, start)).flatten();
    spanish.or_else(british)
}

fn digits(id: &[u8]) -> Option<u32> {
    id.iter().try_fold(0u32, |sum, b| {
        b.is_ascii_digit().then(|| sum.wrapping_mul(10).wrapping_add(u32::from(b - b'0')))
    })
}

/// DNI and NIE: the letter says what 23 leaves.
fn spanish(id: &[u8]) -> bool {
    let number = match id[0] {
        b'X' => digits(&id[1..8]),
        b'Y' => digits(&id[1..8]).map(|n| n + 10_000_000),
        b'Z' => digits(&id[1..8]).map(|n| n + 20_000_000),
        _ => digits(&id[..8]),
    };
    number.is_some_and(|n| b"TRWAGMYFPDXBNJZSQVHLCKE"[n as usize % 23] == id[8])
}

/// `12345678-Z`, `X-1234567-L`: where it ends.
fn dashed_spanish(bytes: &[u8], start: usize) -> Option<usize> {
    let mut id = [0; 9];
    let (mut seen, mut dashes, mut at) = (0, 0, start);
    while seen < id.len() {
        match byte(bytes, at) {
            b'-' if matches!(seen, 1 | 8) => dashes += 1,
            letter if is_alnum(letter) => {
                id[seen] = letter.to_ascii_uppercase();
                seen += 1;
            }
            _ => return None,
        }
        at += 1;
    }
    let tied = matches!(before(bytes, start), b'-' | b'_' | b'/' | b'.');
    let alone = !tied && !is_alnum(byte(bytes, at)) && !matches!(byte(bytes, at), b'-' | b'_');
    (dashes > 0 && alone && spanish(&id)).then_some(at)
}

fn singaporean(id: &[u8]) -> bool {
    if digits(&id[1..8]).is_none() {
        return false;
    }
    let list: Vec<u8> = id[1..8].iter().map(|b| b - b'0').collect();
    let sum = weighed(&list, &[2, 7, 6, 5, 4, 3, 2]);
    let (more, letters) = match id[0] {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"KLJNPQRTUWX"),
        _ => return false,
    };
    let place = ((sum + more) % 11) as usize;
    // The series of 2022 counts from the end.
    letters[if id[0] == b'M' { 10 - place } else { place }] == id[8]
}

/// National Insurance: no checksum, but letters that are never given.
fn british(id: &[u8]) -> bool {
    let letters = id[0].is_ascii_alphabetic() && id[1].is_ascii_alphabetic();
    let never = b"DFIQUV".contains(&id[0]) || b"DFIOQUV".contains(&id[1]);
    let pairs: [&[u8]; 7] = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];
    letters
        && !never
        && !pairs.contains(&&id[..2])
        && digits(&id[2..8]).is_some()
        && matches!(id[8], b'A'..=b'D')
}

/// A National Insurance number in groups, whose first digit stands at `at`: `AB 12 34 56 C`,
/// `AB 123456 C`, `AB123456 C`, `AB 123456C`. In capitals: "at 10 20 30 a" is one otherwise.
pub(crate) fn grouped_british(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let start = at.checked_sub(2 + usize::from(before(bytes, at) == b' '))?;
    let mut id = [bytes[start], bytes[start + 1], 0, 0, 0, 0, 0, 0, 0];
    let mut end = at;
    for (place, letter) in id.iter_mut().enumerate().skip(2) {
        if place % 2 == 0 && place > 2 {
            end += usize::from(byte(bytes, end) == b' ');
        }
        *letter = byte(bytes, end);
        end += 1;
    }
    let alone = !is_alnum(before(bytes, start)) && !is_alnum(byte(bytes, end));
    let capitals = id[0].is_ascii_uppercase() && id[1].is_ascii_uppercase();
    (alone && capitals && british(&id)).then_some((start, end))
}

fn taiwanese(id: &[u8]) -> bool {
    if !id[0].is_ascii_alphabetic()
        || !matches!(id[1], b'1' | b'2' | b'8' | b'9')
        || digits(&id[1..]).is_none()
    {
        return false;
    }
    let Some(letter) = b"ABCDEFGHJKLMNPQRSTUVXYWZIO".iter().position(|b| *b == id[0]) else {
        return false;
    };
    let letter = letter + 10;
    let list: Vec<u8> = id[1..].iter().map(|b| b - b'0').collect();
    let sum = weighed(&list, &[8, 7, 6, 5, 4, 3, 2, 1, 1]) as usize;
    (sum + letter / 10 + letter % 10 * 9).is_multiple_of(10)
}

/// Codice fiscale.
fn italian(id: &[u8]) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let shape = id[..6].iter().all(u8::is_ascii_alphabetic)
        && id[8].is_ascii_alphabetic()
        && id[15].is_ascii_alphabetic();
    let sum: u32 = id[..15]
        .iter()
        .enumerate()
        .map(|(place, b)| {
            let index = if b.is_ascii_digit() { b - b'0' } else { b - b'A' };
            if place % 2 == 0 { ODD[usize::from(index)] } else { u32::from(index) }
        })
        .sum();
    shape && sum % 26 == u32::from(id[15] - b'A')
}

/// CURP.
fn mexican(id: &[u8]) -> bool {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMN\xD1OPQRSTUVWXYZ";
    let shape = id[..4].iter().all(u8::is_ascii_alphabetic)
        && digits(&id[4..10]).is_some()
        && matches!(id[10], b'H' | b'M' | b'X');
    let place = |b: &u8| LETTERS.iter().position(|letter| letter == b).unwrap_or(0);
    let sum: usize = id[..17].iter().enumerate().map(|(at, b)| place(b) * (18 - at)).sum();
    shape && id[17].is_ascii_digit() && (10 - sum % 10) % 10 == usize::from(id[17] - b'0')
}

fn chinese_x(id: &[u8]) -> bool {
    if digits(&id[..17]).is_none() {
        return false;
    }
    let list: Vec<u8> = id[..17].iter().map(|b| b - b'0').collect();
    month_day(&list[10..14]) && chinese_check(&list) == 10
}
