//! Numbers: groups of digits with separators between, read once and offered to what knows numbers
//! by their form: cards, phones, the ids that states give.

use crate::{
    card, date,
    detector::Detector,
    look::{Cue, Outcome, before, byte, is_alnum},
    national, phone,
};

/// Groups that are looked at together; the longest forms have five.
const GROUPS: usize = 8;
/// Short groups that are looked at before the one a number was noticed by.
const BACK: usize = 4;

/// Groups of digits, in order.
pub(crate) struct Number<'t> {
    pub(crate) bytes: &'t [u8],
    groups: [(usize, usize); GROUPS],
    len: usize,
}

impl<'t> Number<'t> {
    /// The groups from `start`, where a digit stands.
    pub(crate) fn read(bytes: &'t [u8], start: usize) -> Self {
        let mut number = Self { bytes, groups: [(0, 0); GROUPS], len: 0 };
        let mut at = start;
        while number.len < GROUPS {
            let end = digits_end(bytes, at);
            number.groups[number.len] = (at, end);
            number.len += 1;
            match separator_end(bytes, end) {
                Some(next) => at = next,
                None => break,
            }
        }
        number
    }

    pub(crate) fn groups(&self) -> &[(usize, usize)] {
        &self.groups[..self.len]
    }

    pub(crate) fn start(&self) -> usize {
        self.groups[0].0
    }

    /// Digits of the group at `index`.
    pub(crate) fn width(&self, index: usize) -> usize {
        self.groups().get(index).map_or(0, |(start, end)| end - start)
    }

    /// Digits of the first `count` groups together.
    pub(crate) fn digits_in(&self, count: usize) -> usize {
        self.groups().iter().take(count).map(|(start, end)| end - start).sum()
    }

    /// Where the group at `index` ends.
    pub(crate) fn end_of(&self, index: usize) -> usize {
        self.groups().get(index).map_or(self.bytes.len(), |(_, end)| *end)
    }

    /// What separates the group at `index` from the next.
    pub(crate) fn separator(&self, index: usize) -> &'t [u8] {
        match (self.groups().get(index), self.groups().get(index + 1)) {
            (Some((_, end)), Some((next, _))) => &self.bytes[*end..*next],
            _ => b"",
        }
    }

    /// Whether the first `count` groups are separated alike.
    pub(crate) fn evenly(&self, count: usize) -> bool {
        (1..count.saturating_sub(1)).all(|index| self.separator(index) == self.separator(0))
    }

    /// The digits of the first `count` groups, at most nineteen, as numbers.
    pub(crate) fn digits(&self, count: usize) -> Digits {
        let mut digits = Digits { list: [0; 19], len: 0 };
        for (start, end) in self.groups().iter().take(count) {
            for digit in &self.bytes[*start..*end] {
                if digits.len < digits.list.len() {
                    digits.list[digits.len] = digit - b'0';
                    digits.len += 1;
                }
            }
        }
        digits
    }

    /// Whether the first `count` groups stand alone: no longer number, word or fraction around.
    pub(crate) fn stands_alone(&self, count: usize) -> bool {
        let (start, end) = (self.start(), self.end_of(count - 1));
        let (left, right) = (before(self.bytes, start), byte(self.bytes, end));
        let fraction = |dot: u8, digit: u8| matches!(dot, b'.' | b',') && digit.is_ascii_digit();
        !is_alnum(left)
            && !is_alnum(right)
            && left != b'_'
            && right != b'_'
            && !fraction(left, before(self.bytes, start.saturating_sub(1)))
            && !fraction(right, byte(self.bytes, end + 1))
    }

    /// Whether dashes tie the first `count` groups into something longer (a UUID, an order id).
    pub(crate) fn is_tied(&self, count: usize) -> bool {
        let (start, end) = (self.start(), self.end_of(count - 1));
        let tie = |b: u8| matches!(b, b'-' | b'/' | b'.' | b':' | b'_');
        let left = before(self.bytes, start);
        let left = tie(left) && is_alnum(before(self.bytes, start - 1));
        left || (tie(byte(self.bytes, end)) && is_alnum(byte(self.bytes, end + 1)))
    }
}

/// Digits as numbers.
pub(crate) struct Digits {
    list: [u8; 19],
    len: usize,
}

impl std::ops::Deref for Digits {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.list[..self.len]
    }
}

fn digits_end(bytes: &[u8], from: usize) -> usize {
    crate::look::run(bytes, from, |b| b.is_ascii_digit())
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')')
}

/// Where the next group starts, if at most three separators lie between.
fn separator_end(bytes: &[u8], from: usize) -> Option<usize> {
    let end = crate::look::run_of(bytes, from, 3, is_separator);
    (end > from && byte(bytes, end).is_ascii_digit()).then_some(end)
}

/// Looks at the number noticed at `at` (three digits in a row, or a short group that starts a
/// national phone number).
pub(crate) fn look(bytes: &[u8], at: usize) -> Outcome {
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
        let number = Number::read(bytes, start);
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

fn known_form(number: &Number<'_>) -> Option<(usize, usize, Detector)> {
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
