//! Phone numbers: international ones, the national forms that are written with separators, and any
//! number that follows a word such as "phone". Order numbers, dates and ids look alike, so a form
//! must be one that people write.

use std::ops::Range;

use crate::{
    cue::{Cue, Words},
    detector::Detector,
    digit_groups::DigitGroups,
    finding::Outcome,
    lex::{before, byte, is_alnum, run_of},
};

/// Words that announce a phone number.
#[rustfmt::skip]
static CUES: Words = Words::new(&[
    "cell", "cellphone", "call me", "call us", "callback", "call back", "call", "contact number",
    "contact me", "dial", "fax", "handy", "mobile", "mobile number", "my number", "mobil", "phone",
    "phone number", "phones", "reach me", "reach us", "rufnummer", "sms", "signal", "telephone",
    "tel", "text me", "telefon", "tél", "téléphone", "telefono", "telefonnummer", "whatsapp",
]);

/// Words between a cue and a number that make it another kind of number.
#[rustfmt::skip]
static OTHERS: Words = Words::new(&[
    "account", "amount", "booking", "case", "flight", "id", "invoice", "imei", "item", "model",
    "order", "price", "product", "reference", "ref", "reservation", "serial", "sku", "ticket",
    "tracking", "version",
]);

/// `+` and seven to fifteen digits, from the `+` at `at`.
pub(crate) fn international(bytes: &[u8], at: usize) -> Outcome {
    let sign = before(bytes, at);
    let start = at + 1 + usize::from(byte(bytes, at + 1) == b'(');
    if sign == b'+' || !matches!(byte(bytes, start), b'1'..=b'9') || !is_word_end(bytes, at) {
        return Outcome::Nothing;
    }
    let number = DigitGroups::read(bytes, start);
    // A date or an amount that follows is not the number's.
    let count = number.within(DIGITS);
    let end = number.end_of(count - 1);
    match (8..=DIGITS).contains(&number.digits_in(count)) && is_word_start(bytes, end) {
        true => Outcome::mark(at, end, Detector::Phone),
        false => Outcome::Nothing,
    }
}

/// Digits of the longest numbers, with their country's (ITU-T E.164).
const DIGITS: usize = 15;
/// Letters of a word that touches a number.
const WORD: usize = 24;

/// Whether what ends at `at` is a word of letters, or nothing: not an id, nor base64.
fn is_word_end(bytes: &[u8], at: usize) -> bool {
    if !is_alnum(before(bytes, at)) {
        return true;
    }
    let word = bytes[..at].iter().rev().take(WORD).take_while(|b| is_alnum(**b)).count();
    let letters = bytes[at - word..at].iter().all(u8::is_ascii_alphabetic);
    word > 1 && letters && !matches!(before(bytes, at - word), b'+' | b'/')
}

/// Whether what starts at `at` is a word of letters, or nothing.
fn is_word_start(bytes: &[u8], at: usize) -> bool {
    let end = run_of(bytes, at, WORD, is_alnum);
    let letters = bytes[at..end].iter().all(u8::is_ascii_alphabetic);
    end == at || (end > at + 1 && letters && !matches!(byte(bytes, end), b'+' | b'/' | b'='))
}

impl Cue {
    /// Whether what stands before a number says that it is a phone's.
    pub(crate) fn announces_phone(&self) -> bool {
        self.says(&CUES) && !self.says(&OTHERS)
    }
}

/// The national number at the start of `number`, from where to where.
pub(crate) fn span(number: &DigitGroups<'_>, cue: &Cue) -> Option<Range<usize>> {
    let form = written(number).or_else(|| parenthesised(number));
    let announced = || cue.announces_phone();
    let count = form.or_else(|| any(number).filter(|_| announced()))?;
    if !is_free(number, count, announced) {
        return None;
    }
    // The parenthesis around an area code goes with it, that around the whole number stays.
    let (start, end) = (number.start(), number.end_of(count - 1));
    let opens = before(number.bytes, start) == b'(' && number.bytes[start..end].contains(&b')');
    Some(start - usize::from(opens)..end)
}

/// The number that `word` touches which announces it (`Phone2025550143`), to where.
pub(crate) fn glued(number: &DigitGroups<'_>, word: &[u8]) -> Option<usize> {
    if !CUES.has(word) {
        return None;
    }
    let count = written(number).or_else(|| any(number))?;
    let end = number.end_of(count - 1);
    let (left, right) = number.ties(count);
    let is_free = left.is_none() && right.is_none() && !number.is_fraction(count);
    (is_free && is_word_start(number.bytes, end)).then_some(end)
}

/// Whether it is no part of anything longer. Once it is announced, words may touch it.
fn is_free(number: &DigitGroups<'_>, count: usize, announced: impl Fn() -> bool) -> bool {
    if number.is_fraction(count) {
        return false;
    }
    let (left, right) = number.ties(count);
    if number.stands_alone(count) && left.is_none() && right.is_none() {
        return true;
    }
    let digit = |tie: Option<u8>| tie.is_some_and(|b| b.is_ascii_digit());
    let start = number.start();
    let touched = is_alnum(before(number.bytes, start));
    !digit(left)
        && !digit(right)
        && !touched
        && is_word_start(number.bytes, number.end_of(count - 1))
        && announced()
}

/// In a form that phone numbers are written in.
fn written(number: &DigitGroups<'_>) -> Option<usize> {
    match number.bytes[number.start()] {
        b'0' => exit_code(number).or_else(|| trunk_zero(number)),
        _ => nanp(number).or_else(|| chinese(number)),
    }
}

/// `(415) 555-0132`, `415-555-0132`, `415.555.0132`, `1-800-555-0199`.
fn nanp(number: &DigitGroups<'_>) -> Option<usize> {
    let country = usize::from(number.width(0) == 1 && number.bytes[number.start()] == b'1');
    let widths = [number.width(country), number.width(country + 1), number.width(country + 2)];
    if widths != [3, 3, 4] {
        return None;
    }
    let digit = |index: usize| number.bytes[number.groups()[country + index].0];
    let area = matches!(digit(0), b'2'..=b'9');
    let exchange = matches!(digit(1), b'2'..=b'9');
    let opened = before(number.bytes, number.groups()[country].0) == b'(';
    let (first, second) = (number.separator(country), number.separator(country + 1));
    let form = match (first, second) {
        (b") " | b")" | b")-", b"-" | b"." | b" ") => opened,
        (b"-", b"-") => true,
        (b"." | b" ", _) => first == second && exchange,
        _ => false,
    };
    (area && form).then_some(country + 3)
}

/// A trunk zero, then the area and the number: `020 7946 0958`, `0171-1234567`, `030/1234567`,
/// `01 23 45 67 89`, `(020) 7946 0958`; and British mobiles without separators.
fn trunk_zero(number: &DigitGroups<'_>) -> Option<usize> {
    let start = number.start();
    if number.bytes[start] != b'0' || !matches!(byte(number.bytes, start + 1), b'1'..=b'9') {
        return None;
    }
    if number.width(0) == 11 && number.bytes[start + 1] == b'7' {
        return Some(1);
    }
    let count = number.within(12).min(6);
    let fits = |count: usize| {
        let wide = (1..count).all(|index| (2..=8).contains(&number.width(index)));
        let long = (9..=11).contains(&number.digits_in(count))
            || (count == 2 && number.digits_in(2) == 12);
        // Nine digits after a code of five are a place's in the United States (ZIP+4).
        let is_zip = count == 2 && [number.width(0), number.width(1)] == [5, 4];
        let joined =
            (1..count - 1).all(|index| matches!(number.separator(index), b" " | b"-" | b"."));
        let opened = before(number.bytes, start) == b'(';
        let first = match number.separator(0) {
            b" " | b"-" | b"/" => true,
            b") " | b")" => opened,
            b"." => count == 5,
            _ => false,
        };
        (2..=5).contains(&number.width(0)) && wide && long && joined && first && !is_zip
    };
    (2..=count).rev().find(|count| fits(*count))
}

/// `(11) 91234-5678`
fn parenthesised(number: &DigitGroups<'_>) -> Option<usize> {
    if before(number.bytes, number.start()) != b'(' {
        return None;
    }
    let closed = matches!(number.separator(0), b") " | b")" | b")-");
    let area = (2..=4).contains(&number.width(0));
    let groups = (3..=5).contains(&number.width(1)) && (3..=4).contains(&number.width(2));
    let joined = matches!(number.separator(1), b"-" | b" " | b".");
    let long = (9..=12).contains(&number.digits_in(3));
    (closed && area && groups && joined && long).then_some(3)
}

/// `138 1234 5678`
fn chinese(number: &DigitGroups<'_>) -> Option<usize> {
    let widths = [number.width(0), number.width(1), number.width(2)] == [3, 4, 4];
    let even = number.evenly(3) && matches!(number.separator(0), b" " | b"-");
    let start = number.start();
    let mobile =
        number.bytes[start] == b'1' && matches!(byte(number.bytes, start + 1), b'3'..=b'9');
    (widths && even && mobile).then_some(3)
}

/// What is dialled before a country's number: `00` nearly everywhere, `011` in North America, `0011`
/// in Australia.
const EXIT_CODES: [&[u8]; 3] = [b"0011", b"011", b"00"];

/// `00 49 30 1234567`, `0044 20 7946 0958`, `011 44 20 7946 0958`
fn exit_code(number: &DigitGroups<'_>) -> Option<usize> {
    let start = number.start();
    let first = &number.bytes[start..number.end_of(0)];
    let code = EXIT_CODES.iter().find(|code| {
        let country = match first.len() == code.len() {
            true => number.groups().get(1).map_or(0, |group| number.bytes[group.0]),
            false => byte(number.bytes, start + code.len()),
        };
        first.starts_with(code) && matches!(country, b'1'..=b'9')
    })?;
    let count = number.within(code.len() + DIGITS);
    let separated = count > 1 && first.len() <= code.len() + 3;
    let digits = number.digits_in(count).saturating_sub(code.len());
    (separated && (9..=DIGITS).contains(&digits)).then_some(count)
}

/// After a cue: seven to fifteen digits in any grouping.
fn any(number: &DigitGroups<'_>) -> Option<usize> {
    let count = number.within(13);
    (7..=DIGITS).contains(&number.digits_in(count)).then_some(count)
}
