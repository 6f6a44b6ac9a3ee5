//! What tells the numbers of states from any other: check digits, and dates of birth within them.
//! Digits are numbers here, and as many as the form has.

use crate::card::luhn;

pub(super) fn weighed(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
}

pub(super) fn value(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(*digit))
}

fn varied(digits: &[u8]) -> bool {
    digits.iter().any(|digit| *digit != digits[0])
}

/// Two digits of the month, two of the day.
pub(super) fn month_day(digits: &[u8]) -> bool {
    (1..=12).contains(&value(&digits[..2])) && (1..=31).contains(&value(&digits[2..4]))
}

pub(super) fn day_month(digits: &[u8]) -> bool {
    (1..=31).contains(&value(&digits[..2])) && (1..=12).contains(&value(&digits[2..4]))
}

pub(super) fn cpf(d: &[u8]) -> bool {
    let check = |sum: u32| u8::try_from(sum * 10 % 11 % 10).unwrap_or(0);
    varied(d)
        && check(weighed(&d[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2])) == d[9]
        && check(weighed(&d[..10], &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])) == d[10]
}

/// The dihedral group's check: products and permutations.
pub(super) fn verhoeff(d: &[u8]) -> bool {
    const PERMUTATION: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let product = |a: u8, b: u8| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a - b) % 5,
        (false, false) => (5 + a - b) % 5,
    };
    let mut sum = 0;
    for (place, &digit) in d.iter().rev().enumerate() {
        let permuted = (0..place % 8).fold(digit, |digit, _| PERMUTATION[usize::from(digit)]);
        sum = product(sum, permuted);
    }
    sum == 0 && d[0] >= 2
}

pub(super) fn sin(d: &[u8]) -> bool {
    luhn(d) && !matches!(d[0], 0 | 8)
}

pub(super) fn nir(d: &[u8]) -> bool {
    let month = value(&d[3..5]);
    matches!(d[0], 1 | 2)
        && (matches!(month, 1..=12 | 20..=42 | 50..=99))
        && 97 - value(&d[..13]) % 97 == value(&d[13..15])
}

/// ISO 7064, MOD 11,10; one digit occurs twice or thrice.
pub(super) fn steuer_id(d: &[u8]) -> bool {
    let product = d[..10].iter().fold(10u32, |product, digit| {
        let sum = (u32::from(*digit) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    d[0] != 0 && (11 - product) % 10 == u32::from(d[10])
}

pub(super) fn pesel(d: &[u8]) -> bool {
    let month = value(&d[2..4]);
    matches!(month % 20, 1..=12)
        && month < 40
        && (1..=31).contains(&value(&d[4..6]))
        && (10 - weighed(&d[..10], &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10 == u32::from(d[10])
}

pub(super) fn norwegian(d: &[u8]) -> bool {
    let first = (11 - weighed(&d[..9], &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11;
    let second = (11 - weighed(&d[..10], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    day_month(&d[..4]) && first == u32::from(d[9]) && second == u32::from(d[10])
}

pub(super) fn swedish(d: &[u8]) -> bool {
    let d = &d[d.len() - 10..];
    month_day(&d[2..6]) && luhn(d)
}

/// Twelve digits that start with the year 2013 or a later one are a time more often.
pub(super) fn swedish_of_last_century(d: &[u8]) -> bool {
    (1890..=2012).contains(&value(&d[..4])) && swedish(d)
}

pub(super) fn belgian(d: &[u8]) -> bool {
    let (body, check) = (value(&d[..9]), value(&d[9..11]));
    97 - body % 97 == check || 97 - (2_000_000_000 + body) % 97 == check
}

pub(super) fn ean(d: &[u8]) -> bool {
    weighed(d, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
}

/// ISO 7064, MOD 11-2, over China's first seventeen digits; ten is written X.
pub(super) fn chinese_check(d: &[u8]) -> u32 {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    (12 - weighed(d, &WEIGHTS) % 11) % 11
}

pub(super) fn chinese(d: &[u8]) -> bool {
    let year = value(&d[6..10]);
    d[0] != 0
        && (1900..=2100).contains(&year)
        && month_day(&d[10..14])
        && chinese_check(&d[..17]) == u32::from(d[17])
}

pub(super) fn korean(d: &[u8]) -> bool {
    let sum = weighed(&d[..12], &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    month_day(&d[2..6]) && (11 - sum % 11) % 10 == u32::from(d[12])
}

/// Milliseconds since 1970, of 2017 to 2027: thirteen digits too, and many more of them.
fn is_time(d: &[u8]) -> bool {
    d[0] == 1 && matches!(d[1], 5..=8)
}

/// Of a number that nothing announces: an article's number has thirteen digits too.
pub(super) fn south_african_alone(d: &[u8]) -> bool {
    !ean(d) && south_african(d)
}

/// As [`south_african_alone`].
pub(super) fn romanian_alone(d: &[u8]) -> bool {
    !ean(d) && romanian(d)
}

pub(super) fn south_african(d: &[u8]) -> bool {
    !is_time(d) && month_day(&d[2..6]) && d[10] <= 2 && d[11] >= 8 && luhn(d)
}

pub(super) fn romanian(d: &[u8]) -> bool {
    let rest = weighed(&d[..12], &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    let check = if rest == 10 { 1 } else { rest };
    let county = value(&d[7..9]);
    matches!(d[0], 1..=8)
        && !is_time(d)
        && month_day(&d[3..7])
        && matches!(county, 1..=48 | 51 | 52)
        && check == u32::from(d[12])
}

pub(super) fn bsn(d: &[u8]) -> bool {
    let sum = weighed(&d[..8], &[9, 8, 7, 6, 5, 4, 3, 2]);
    varied(d) && (sum + 10 * 11 - u32::from(d[8])).is_multiple_of(11)
}

pub(super) fn turkish(d: &[u8]) -> bool {
    let odd: u32 = d[..9].iter().step_by(2).map(|d| u32::from(*d)).sum();
    let even: u32 = d[1..8].iter().step_by(2).map(|d| u32::from(*d)).sum();
    let all: u32 = d[..10].iter().map(|d| u32::from(*d)).sum();
    d[0] != 0 && (odd * 7 + 90 - even) % 10 == u32::from(d[9]) && all % 10 == u32::from(d[10])
}

pub(super) fn nhs(d: &[u8]) -> bool {
    let check = 11 - weighed(&d[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    varied(d) && check % 11 == u32::from(d[9])
}

pub(super) fn tfn(d: &[u8]) -> bool {
    weighed(d, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}
