//! Payment cards: a range an issuer has, a length its cards have, a grouping cards are written in,
//! and Luhn's check. What passes all of these is a card whatever touches it.

use crate::{
    cue::{Cue, Words},
    digit_groups::DigitGroups,
};

/// Words that announce a card.
#[rustfmt::skip]
static CUES: Words = Words::new(&[
    "card", "card number", "card no", "cc", "credit", "credit card", "debit", "debit card",
    "mastercard", "payment card", "pan", "visa",
]);

/// Digits of the cards that Visa gave until the nineties, and of every article's number (EAN).
const OLD_VISA: usize = 13;

/// Where the card at the start of `number` ends, if there is one.
pub(crate) fn end(number: &DigitGroups<'_>, cue: &Cue) -> Option<usize> {
    if !number.sums().iter().any(|digits| (12..=19).contains(digits)) {
        return None;
    }
    let mut count = 1;
    while count <= number.groups().len() && number.digits_in(count) < 12 {
        count += 1;
    }
    // A card's last group may be short (4-4-4-4-3).
    let counts = (count..=count + 2).rev();
    counts.into_iter().find(|count| is_card(number, *count, cue)).map(|c| number.end_of(c - 1))
}

fn is_card(number: &DigitGroups<'_>, count: usize, cue: &Cue) -> bool {
    if count > number.groups().len() || !(12..=19).contains(&number.digits_in(count)) {
        return false;
    }
    // In one group, twelve digits are a parcel's number more often than a card's.
    if number.digits_in(count) == 12 && count == 1 {
        return false;
    }
    let digits = number.digits(count);
    is_grouped(number, count)
        && is_issued(&digits)
        && luhn(&digits)
        && !number.is_fraction_by(b".", count)
        && !number.goes_on_alike(count)
        && (digits.len() != OLD_VISA || cue.says(&CUES))
}
/// One group; or groups of 4-4-4-4(-1 to 3), 4-6-5, 4-6-4 and the like, separated alike.
fn is_grouped(number: &DigitGroups<'_>, count: usize) -> bool {
    let even = number.evenly(count) && matches!(number.separator(0), b" " | b"  " | b"-" | b".");
    let middle = (1..count.saturating_sub(1)).all(|index| (3..=7).contains(&number.width(index)));
    count == 1 || (count <= 5 && even && middle && number.width(0) == 4)
}

/// Issuer ranges and the lengths of their cards (ISO/IEC 7812 registrations, as the networks
/// publish them).
fn is_issued(digits: &[u8]) -> bool {
    let prefix = |n: usize| digits[..n].iter().fold(0u32, |sum, d| sum * 10 + u32::from(*d));
    let (two, three, four, six) = (prefix(2), prefix(3), prefix(4), prefix(6));
    match digits.len() {
        13 => digits[0] == 4,
        14 => matches!(three, 300..=305 | 309) || matches!(two, 36 | 38 | 39),
        15 => matches!(two, 34 | 37) || matches!(four, 2014 | 2149 | 1800 | 2131),
        16 => {
            digits[0] == 4
                || matches!(two, 50..=55 | 56..=58 | 62 | 65 | 67)
                || matches!(four, 2221..=2720 | 6011 | 3528..=3589 | 2200..=2204)
                || matches!(three, 644..=649 | 300..=305)
                || matches!(two, 36 | 38 | 39 | 60 | 63 | 64 | 66 | 81 | 82)
        }
        17..=19 => {
            (digits.len() == 19 && digits[0] == 4)
                || matches!(two, 62 | 50 | 56..=58 | 67 | 65)
                || matches!(four, 6011 | 3528..=3589)
                || matches!(six, 639_000..=639_099)
        }
        12 => matches!(two, 50 | 56..=58 | 67) && matches!(six, 500_000..=679_999),
        _ => false,
    }
}

/// ISO/IEC 7812-1, annex B.
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let mut sum = 0u32;
    for (place, digit) in digits.iter().rev().enumerate() {
        let doubled = u32::from(*digit) << (place % 2);
        sum += if doubled > 9 { doubled - 9 } else { doubled };
    }
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != digits[0])
}
