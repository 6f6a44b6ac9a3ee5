//! Dates: what a number must not be mistaken for, and what is personal after "born".

use crate::{
    detector::Detector,
    digit_groups::DigitGroups,
    finding::Outcome,
    lex::{before, byte, is_alnum, is_at, run_of},
};

/// Whether three groups are a date: `2024-05-20`, `05/20/2024`, `20.5.24`.
pub(crate) fn starts(number: &DigitGroups<'_>) -> bool {
    let (first, last) = (number.width(0), number.width(2));
    let even = number.evenly(3) && matches!(number.separator(0), b"-" | b"/" | b".");
    if !even || !(1..=2).contains(&number.width(1)) {
        return false;
    }
    let value = |index: usize| {
        let (start, end) = number.groups()[index];
        value(&number.bytes[start..end])
    };
    let year = |value: u32| (1900..=2100).contains(&value);
    match (first, last) {
        (4, 1..=2) => year(value(0)) && is_month_day(value(1), value(2)),
        (1..=2, 4) => year(value(2)) && is_month_day_either(value(0), value(1)),
        (1..=2, 2) => is_month_day_either(value(0), value(1)),
        _ => false,
    }
}

/// The number that a few digits say.
fn value(digits: &[u8]) -> u32 {
    digits.iter().fold(0u32, |sum, b| sum * 10 + u32::from(b - b'0'))
}

fn is_month_day(month: u32, day: u32) -> bool {
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

fn is_month_day_either(a: u32, b: u32) -> bool {
    is_month_day(a, b) || is_month_day(b, a)
}

/// What announces a date of birth.
#[rustfmt::skip]
const CUES: &[&[u8]] = &[
    b"dob", b"d.o.b.", b"d.o.b", b"date of birth", b"date-of-birth", b"date_of_birth",
    b"dateofbirth", b"birth date", b"birthdate", b"birth_date", b"birthday", b"birth day",
    b"born on", b"born", b"birth", b"geburtsdatum", b"geboren am", b"geboren", b"geb.",
    b"date de naissance", b"fecha de nacimiento", b"data di nascita",
];

/// How far after its cue a date may start.
const REACH: usize = 24;
/// How far one may that is long past: "your date of birth, as in your profile, is 1990-04-05".
const LONG_REACH: usize = 64;
/// Years in which people who write to a help desk were born. What is no older is a date of today's
/// business.
const BIRTH_YEARS: std::ops::RangeInclusive<u32> = 1900..=2012;

/// A date shortly after the cue at `at`; only the date goes.
pub(crate) fn of_birth(bytes: &[u8], at: usize) -> Outcome {
    if before(bytes, at).is_ascii_alphabetic() {
        return Outcome::Nothing;
    }
    let first = byte(bytes, at).to_ascii_lowercase();
    // Every other "date" is nobody's birth.
    let is_date = is_at(bytes, at, b"dat");
    if is_date && !matches!(byte(bytes, at + 4), b' ' | b'-' | b'_' | b'o' | b'O') {
        return Outcome::Nothing;
    }
    let mut cues = CUES.iter().filter(|cue| cue[0] == first);
    let Some(cue) = cues.find(|cue| is_at(bytes, at, cue)) else { return Outcome::Nothing };
    let from = at + cue.len();
    // A quote right behind the cue closes a key: that is read elsewhere.
    if byte(bytes, from).is_ascii_alphabetic() || matches!(byte(bytes, from), b'"' | b'\'' | b'\\')
    {
        return Outcome::Nothing;
    }
    let mut start = from;
    while start < bytes.len().min(from + LONG_REACH) {
        // Another sentence, value or mark is another matter.
        if matches!(byte(bytes, start), b'[' | b']' | b'{' | b'}' | b';') {
            break;
        }
        if !is_alnum(before(bytes, start))
            && let Some(end) = end(bytes, start)
            && (start < from + REACH || is_long_past(&bytes[start..end]))
        {
            return Outcome::mark(start, end, Detector::BirthDate);
        }
        start += 1;
    }
    Outcome::Nothing
}

/// Whether a date's year is one to be born in.
fn is_long_past(date: &[u8]) -> bool {
    let is_digit = |b: &u8| b.is_ascii_digit();
    let years = date.chunk_by(|a, b| is_digit(a) && is_digit(b)).filter(|group| group.len() == 4);
    let mut years = years.filter(|group| group.iter().all(is_digit));
    years.any(|year| BIRTH_YEARS.contains(&value(year)))
}

/// Whether a date stands in parentheses after a name: `Sophia Silva (1957-10-05)`.
pub(crate) fn follows_a_name(number: &DigitGroups<'_>) -> bool {
    let (start, end) = (number.start(), number.end_of(2));
    if before(number.bytes, start) != b'(' || byte(number.bytes, end) != b')' {
        return false;
    }
    let name = number.bytes[..start - 1].trim_ascii_end();
    let name = &name[name.len().saturating_sub(NAME_BYTES)..];
    let mut words = name.rsplit(|b| *b == b' ').take(2);
    let mut is_capital =
        || words.next().and_then(<[u8]>::first).is_some_and(u8::is_ascii_uppercase);
    is_capital() && is_capital() && is_long_past(&number.bytes[start..end])
}

/// Bytes of a name that are looked at.
const NAME_BYTES: usize = 48;

/// Where the date that starts at `start` ends.
fn end(bytes: &[u8], start: usize) -> Option<usize> {
    let end = match byte(bytes, start) {
        b'0'..=b'9' => digits_first(bytes, start)?,
        b'A'..=b'Z' | b'a'..=b'z' => {
            let day = after_month(bytes, start)?;
            let end = after_day(bytes, day)?;
            after_year(bytes, end)?
        }
        _ => return None,
    };
    (!is_alnum(byte(bytes, end))).then_some(end)
}

fn digits_first(bytes: &[u8], start: usize) -> Option<usize> {
    let number = DigitGroups::read(bytes, start);
    if starts(&number) {
        return Some(number.end_of(2));
    }
    if number.width(0) == 8 {
        // 19900405
        return (1900..=2100).contains(&value(&bytes[start..start + 4])).then_some(start + 8);
    }
    let day = after_day(bytes, start)?;
    let of = if is_at(bytes, day, b"of ") { day + 3 } else { day };
    let month = after_month(bytes, of)?;
    after_year(bytes, month)
}

#[rustfmt::skip]
const MONTHS: &[&[u8]] = &[
    b"january", b"february", b"march", b"april", b"may", b"june", b"july", b"august", b"september",
    b"october", b"november", b"december", b"januar", b"februar", b"juni", b"juli", b"oktober",
    b"dezember", b"sept", b"jan", b"feb", b"mar", b"apr", b"jun", b"jul", b"aug", b"sep", b"oct",
    b"okt", b"nov", b"dec", b"dez",
];

fn blanks(bytes: &[u8], from: usize) -> usize {
    run_of(bytes, from, 3, |b| matches!(b, b' ' | b',' | b'.' | b'-' | b'/'))
}

fn after_month(bytes: &[u8], at: usize) -> Option<usize> {
    let month = MONTHS.iter().find(|month| is_at(bytes, at, month))?;
    Some(blanks(bytes, at + month.len()))
}

fn after_day(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = run_of(bytes, at, 2, |b| b.is_ascii_digit());
    if end == at {
        return None;
    }
    let ordinals: [&[u8]; 4] = [b"st", b"nd", b"rd", b"th"];
    if ordinals.iter().any(|ordinal| is_at(bytes, end, ordinal)) {
        end += 2;
    }
    Some(blanks(bytes, end))
}

fn after_year(bytes: &[u8], at: usize) -> Option<usize> {
    let end = run_of(bytes, at, 4, |b| b.is_ascii_digit());
    matches!(end - at, 2 | 4).then_some(end)
}
