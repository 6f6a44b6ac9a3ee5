//! Numbers: what was noticed by its digits is asked of everything that knows numbers by their form:
//! cards, dates, phones, the ids that states give.

use crate::{
    card,
    cue::Cue,
    date,
    detector::Detector,
    digit_groups::{DigitGroups, GROUPS, digits_end, is_separator, separator_end},
    finding::Outcome,
    lex::{before, byte, is_alnum},
    national, phone,
};

/// Short groups that are looked at before the one a number was noticed by.
const BACK: usize = 4;

/// Looks at the number noticed at `at` (three digits in a row, or a short group that starts a
/// national phone number).
pub(crate) fn detect(bytes: &[u8], at: usize) -> Outcome {
    let noticed_end = digits_end(bytes, at);
    let before_it = before(bytes, at);
    // `credit_card_4421486`: part of a name, whatever it is.
    if before_it == b'_' {
        return Outcome::Skip(noticed_end);
    }
    if is_iso_date(bytes, at, noticed_end) {
        return Outcome::Skip(at + 10);
    }
    let short = noticed_end - at < 7 && separator_end(bytes, noticed_end).is_none();
    if short
        && !is_alnum(byte(bytes, noticed_end))
        && !is_separator(before_it)
        && !is_alnum(before_it)
    {
        return Outcome::Skip(noticed_end);
    }
    let mut start = first_group(bytes, at);
    loop {
        let number = DigitGroups::read(bytes, start);
        let is_date = date::starts(&number);
        if is_date && date::follows_a_name(&number) {
            return Outcome::mark(start, number.end_of(2), Detector::BirthDate);
        }
        if !is_date && let Some((start, end, detector)) = known_form(&number) {
            return Outcome::mark(start, end, detector);
        }
        // The groups of a date are no beginning of anything else.
        let skipped = number.end_of(if is_date { 2 } else { 0 });
        if skipped >= noticed_end {
            return Outcome::Skip(skipped);
        }
        match separator_end(bytes, skipped) {
            Some(next) => start = next,
            None => return Outcome::Skip(noticed_end),
        }
    }
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

/// Looks at pairs of digits (`AB 12 34 56 C`), the second of the first pair at `at`.
pub(crate) fn pairs(bytes: &[u8], at: usize) -> Outcome {
    let found = at.checked_sub(1).and_then(|first| national::grouped_british(bytes, first));
    match found {
        Some((start, end)) => Outcome::mark(start, end, Detector::NationalId),
        None => Outcome::Nothing,
    }
}

fn known_form(number: &DigitGroups<'_>) -> Option<(usize, usize, Detector)> {
    let (start, end) = number.groups()[0];
    if is_alnum(before(number.bytes, start)) || is_alnum(byte(number.bytes, end)) {
        return national::around(number).map(|(start, end)| (start, end, Detector::NationalId));
    }
    if let Some((start, end)) = national::beside(number) {
        return Some((start, end, Detector::NationalId));
    }
    // Nothing else we know has fewer digits than this; most numbers are done here.
    if number.digits_in(GROUPS) < 7 {
        return None;
    }
    if let Some(end) = card::end(number) {
        return Some((start, end, Detector::Card));
    }
    let cue = Cue::before(number.bytes, start);
    if let Some((end, detector)) = national::end(number, &cue) {
        return Some((start, end, detector));
    }
    phone::span(number, &cue).map(|(start, end)| (start, end, Detector::Phone))
}

/// The first of the short groups that lead up to `at`: `01 23 456`, `1-800`.
fn first_group(bytes: &[u8], at: usize) -> usize {
    let mut start = at;
    for _ in 0..BACK {
        let mut separators = 0;
        while separators < 3 && is_separator(byte(bytes, start.wrapping_sub(separators + 1))) {
            separators += 1;
        }
        let end = start - separators;
        let digits = bytes[..end].iter().rev().take(4).take_while(|b| b.is_ascii_digit()).count();
        if separators == 0 || digits == 0 || digits > 3 {
            break;
        }
        start = end - digits;
    }
    start
}
