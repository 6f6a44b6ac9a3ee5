//! Numbers: what was noticed by its digits is asked of everything that knows numbers by their form:
//! cards, dates, phones, the ids that states give.

use std::ops::Range;

use crate::{
    card,
    cue::Cue,
    date,
    detector::Detector,
    digit_groups::{DigitGroups, GROUPS, digits_end, is_separator, separator_end},
    finding::Outcome,
    iban,
    lex::{before, byte, is_alnum, run_of},
    national, phone,
};

/// Digits that the shortest number we know has; most numbers have fewer.
const FEWEST: usize = 7;
/// A National Insurance number has one fewer, and letters around them.
const BRITISH: usize = 6;

/// Letters and digits of a word that are looked at around digits: no id that we know has as many.
const WORD: usize = 24;

/// Looks at the number whose first digit stands at `at`. Says how far it was looked at, if it is
/// nothing.
pub(crate) fn detect(bytes: &[u8], at: usize) -> Outcome {
    let end = digits_end(bytes, at);
    let lead = bytes[..at].iter().rev().take(WORD).take_while(|b| is_alnum(**b)).count();
    // The letter of an escape (`\n`) is no letter of a word.
    let escape = lead > 0 && before(bytes, at + 1 - lead) == b'\n';
    let lead = lead - usize::from(escape);
    let word = at - lead..run_of(bytes, end, WORD, is_alnum);
    if word.start < at || end < word.end {
        return in_word(bytes, at..end, &word);
    }
    if is_iso_date(bytes, at, end) {
        return Outcome::Skip(at + 10);
    }
    let mut cue = None;
    if !is_shaped(bytes, at, end) && cue.insert(Cue::before(bytes, at)).says_nothing() {
        return Outcome::Skip(end);
    }
    let number = DigitGroups::read(bytes, at);
    let digits = number.digits_in(GROUPS);
    if digits < FEWEST {
        return match digits == BRITISH && before(bytes, at) == b' ' {
            true => id(national::grouped_british(bytes, at), end),
            false => Outcome::Skip(end),
        };
    }
    if date::starts(&number) {
        return match date::follows_a_name(&number) {
            true => Outcome::mark(at, number.end_of(2), Detector::BirthDate),
            // The groups of a date are no beginning of anything else.
            false => Outcome::Skip(number.end_of(2)),
        };
    }
    if let Some(beside) = national::beside(&number) {
        return id(Some(beside), end);
    }
    let cue = cue.unwrap_or_else(|| Cue::before(bytes, at));
    by_form(&number, &cue).map_or(Outcome::Skip(end), |(range, detector)| {
        Outcome::mark(range.start, range.end, detector)
    })
}

fn id(found: Option<(usize, usize)>, skipped: usize) -> Outcome {
    found.map_or(Outcome::Skip(skipped), |(start, end)| {
        Outcome::mark(start, end, Detector::NationalId)
    })
}

fn by_form(number: &DigitGroups<'_>, cue: &Cue) -> Option<(Range<usize>, Detector)> {
    let start = number.start();
    if let Some(end) = card::end(number, cue) {
        return Some((start..end, Detector::Card));
    }
    // `credit_card_4421486`: part of a name, whatever it is.
    if before(number.bytes, start) == b'_' && !cue.announces_phone() {
        return None;
    }
    if let Some((end, detector)) = national::end(number, cue) {
        return Some((start..end, detector));
    }
    phone::span(number, cue).map(|range| (range, Detector::Phone))
}

/// Digits of the shortest number of one group that needs no word to announce it.
const ALONE: usize = 11;
/// Digits of a second group, as bits, that numbers go on with after a first one of so many, and
/// dates.
const SECOND: [u16; 9] = {
    const fn bits(widths: &[u16]) -> u16 {
        let (mut bits, mut at) = (0, 0);
        while at < widths.len() {
            bits |= 1 << widths[at];
            at += 1;
        }
        bits
    }
    [
        0,
        bits(&[1, 2, 3]),
        bits(&[1, 2, 3, 4]),
        bits(&[2, 3, 4]),
        bits(&[1, 2, 3, 4, 5, 6, 7]),
        0,
        bits(&[4, 5, 7]),
        0,
        bits(&[4]),
    ]
};

/// Whether the first groups of a number are as wide as those of any that needs no word to announce
/// it. The first stands from `at` to `end`.
fn is_shaped(bytes: &[u8], at: usize, end: usize) -> bool {
    let Some(next) = separator_end(bytes, end) else {
        // `12345678-Z`
        let has_letter = matches!(end - at, 7 | 8) && byte(bytes, end) == b'-';
        return end - at >= ALONE || has_letter;
    };
    let second = digits_end(bytes, next) - next;
    let follows = SECOND.get(end - at).copied().unwrap_or(0);
    // Telephones are written in too many ways.
    let may_be_phone = bytes[at] == b'0' || before(bytes, at) == b'(';
    may_be_phone || end - at >= ALONE || (second < 16 && follows >> second & 1 == 1)
}

/// Looks at digits that letters touch: an account, an id that has letters, a card or a phone that
/// was glued to a word.
fn in_word(bytes: &[u8], digits: Range<usize>, word: &Range<usize>) -> Outcome {
    let (at, end) = (digits.start, digits.end);
    if at == word.start + 2
        && let found @ Outcome::Found(_) = iban::detect(bytes, word.start)
    {
        return found;
    }
    if let Some((start, end)) = national::lettered(bytes, word, &digits) {
        return Outcome::mark(start, end, Detector::NationalId);
    }
    let lead = &bytes[word.start..at];
    let is_word = |part: &[u8]| part.iter().all(u8::is_ascii_alphabetic);
    if !is_word(lead) || !is_word(&bytes[end..word.end]) {
        return Outcome::Skip(word.end);
    }
    let number = DigitGroups::read(bytes, at);
    // A part of a UUID.
    let in_hex = number.groups().len() > 1 && bytes[word.clone()].iter().all(u8::is_ascii_hexdigit);
    if number.digits_in(GROUPS) >= FEWEST && !in_hex {
        let cue = Cue::before(bytes, at);
        if let Some(end) = card::end(&number, &cue) {
            return Outcome::mark(at, end, Detector::Card);
        }
        if let Some(end) = phone::glued(&number, lead) {
            return Outcome::mark(at, end, Detector::Phone);
        }
    }
    Outcome::Skip(word.end)
}

/// `2024-05-20` and then no digit: the commonest of all numbers in a trace, told at a glance.
fn is_iso_date(bytes: &[u8], at: usize, end: usize) -> bool {
    let Some(&[a, b, _, _, b'-', c, d, b'-', e, f]) = bytes.get(at..at + 10) else { return false };
    let year = end == at + 4 && matches!((a, b), (b'1', b'9') | (b'2', b'0'));
    let digits = c <= b'1' && e <= b'3' && [c, d, e, f].iter().all(u8::is_ascii_digit);
    let before_it = before(bytes, at);
    let alone =
        !is_alnum(before_it) && !is_separator(before_it) && !byte(bytes, at + 10).is_ascii_digit();
    // A number that goes on after a blank is no part of it; one after a dash may be an id.
    year && digits && alone && !is_separator(byte(bytes, at + 10))
}
