//! Bank accounts.

use crate::{
    detector::Detector,
    finding::Outcome,
    lex::{before, byte, is_alnum},
};

/// IBAN: the country's own length, and 97 divides it.
pub(crate) fn detect(bytes: &[u8], at: usize) -> Outcome {
    if is_alnum(before(bytes, at)) || !byte(bytes, at + 3).is_ascii_digit() {
        return Outcome::Nothing;
    }
    let country = [bytes[at].to_ascii_uppercase(), byte(bytes, at + 1).to_ascii_uppercase()];
    let Ok(found) = LENGTHS.binary_search_by(|(code, _)| (*code).cmp(&country)) else {
        return Outcome::Nothing;
    };
    let length = LENGTHS[found].1;
    let (mut remainder, mut seen, mut end) = (0u32, 0usize, at);
    let mut moved = [0u8; 4];
    while seen < length {
        let letter = byte(bytes, end);
        if is_alnum(letter) {
            let letter = letter.to_ascii_uppercase();
            match moved.get_mut(seen) {
                Some(place) => *place = letter,
                None => remainder = mod_97(remainder, letter),
            }
            seen += 1;
        } else if !(matches!(letter, b' ' | b'-') && is_alnum(byte(bytes, end + 1))) {
            return Outcome::Nothing;
        }
        end += 1;
    }
    let remainder = moved.iter().fold(remainder, |remainder, letter| mod_97(remainder, *letter));
    match remainder == 1 && !is_alnum(byte(bytes, end)) {
        true => Outcome::mark(at, end, Detector::Iban),
        false => Outcome::Nothing,
    }
}

fn mod_97(remainder: u32, letter: u8) -> u32 {
    match letter {
        b'0'..=b'9' => (remainder * 10 + u32::from(letter - b'0')) % 97,
        _ => (remainder * 100 + u32::from(letter - b'A') + 10) % 97,
    }
}

/// Countries and lengths of the IBAN registry (SWIFT, release 99).
#[rustfmt::skip]
pub(crate) const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16),
    (b"BG", 22), (b"BH", 22), (b"BI", 27), (b"BR", 29), (b"BY", 28), (b"CH", 21), (b"CR", 22),
    (b"CY", 28), (b"CZ", 24), (b"DE", 22), (b"DJ", 27), (b"DK", 18), (b"DO", 28), (b"EE", 20),
    (b"EG", 29), (b"ES", 24), (b"FI", 18), (b"FK", 18), (b"FO", 18), (b"FR", 27), (b"GB", 22),
    (b"GE", 22), (b"GI", 23), (b"GL", 18), (b"GR", 27), (b"GT", 28), (b"HN", 28), (b"HR", 21),
    (b"HU", 28), (b"IE", 22), (b"IL", 23), (b"IQ", 23), (b"IS", 26), (b"IT", 27), (b"JO", 30),
    (b"KW", 30), (b"KZ", 20), (b"LB", 28), (b"LC", 32), (b"LI", 21), (b"LT", 20), (b"LU", 20),
    (b"LV", 21), (b"LY", 25), (b"MC", 27), (b"MD", 24), (b"ME", 22), (b"MK", 19), (b"MN", 20),
    (b"MR", 27), (b"MT", 31), (b"MU", 30), (b"NI", 28), (b"NL", 18), (b"NO", 15), (b"OM", 23),
    (b"PK", 24), (b"PL", 28), (b"PS", 29), (b"PT", 25), (b"QA", 29), (b"RO", 24), (b"RS", 22),
    (b"RU", 33), (b"SA", 24), (b"SC", 31), (b"SD", 18), (b"SE", 24), (b"SI", 19), (b"SK", 24),
    (b"SM", 27), (b"SO", 23), (b"ST", 25), (b"SV", 28), (b"TL", 23), (b"TN", 24), (b"TR", 26),
    (b"UA", 29), (b"VA", 22), (b"VG", 24), (b"XK", 20), (b"YE", 30),
];
