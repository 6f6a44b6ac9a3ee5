//! Numbers that states give people. What a checksum or a form of its own tells apart goes
//! anywhere; what looks like any other number goes after a word that announces it.

mod lettered;

pub(crate) use lettered::{around, beside, grouped_british};

use crate::{card::luhn, detector::Detector, look::Cue, number::Number};

/// Where the id at the start of `number` ends.
pub(crate) fn end(number: &Number<'_>, cue: &Cue) -> Option<(usize, Detector)> {
    let us = social_security(number, cue).map(|count| (count, Detector::Ssn));
    let (count, detector) = us.or_else(|| {
        let form = FORMS.iter().find_map(|form| form.count(number, cue));
        form.map(|count| (count, Detector::NationalId))
    })?;
    let alone = number.stands_alone(count) && !number.is_tied(count);
    alone.then(|| (number.end_of(count - 1), detector))
}

/// `123-45-6789`, `123.45.6789`; with spaces or without separators after its name. Areas 000, 666
/// and 9xx, group 00 and serial 0000 are never given (SSA).
fn social_security(number: &Number<'_>, cue: &Cue) -> Option<usize> {
    let named = || cue.says(&["ssn", "social security", "social security number", "social"]);
    let grouped = [number.width(0), number.width(1), number.width(2)] == [3, 2, 4];
    let dashed = grouped && number.evenly(3) && matches!(number.separator(0), b"-" | b".");
    let count = match () {
        () if dashed => 3,
        () if grouped && number.evenly(3) && named() => 3,
        () if number.width(0) == 9 && named() => 1,
        () => return None,
    };
    let digits = number.digits(count);
    let value =
        |from: usize, to: usize| digits[from..to].iter().fold(0, |sum, d| sum * 10 + u32::from(*d));
    let (area, group, serial) = (value(0, 3), value(3, 5), value(5, 9));
    (area != 0 && area != 666 && area < 900 && group != 0 && serial != 0).then_some(count)
}

/// One state's form.
struct Form {
    /// Widths of its groups, as it is written.
    widths: &'static [usize],
    /// The separator between its first groups.
    separator: &'static [u8],
    /// Words that announce it when it is written without separators; none: it needs no word.
    cues: Option<&'static [&'static str]>,
    check: fn(&[u8]) -> bool,
}

impl Form {
    /// How many groups of `number` are this form.
    fn count(&self, number: &Number<'_>, cue: &Cue) -> Option<usize> {
        let groups = self.widths.len();
        let digits: usize = self.widths.iter().sum();
        let written = groups > 1
            && number.groups().len() >= groups
            && (0..groups).all(|index| number.width(index) == self.widths[index])
            && number.separator(0) == self.separator
            && !self.is_amid(number);
        let count = match self.cues {
            _ if written => groups,
            None => (number.width(0) == digits).then_some(1)?,
            // After its name it may be grouped in any way.
            Some(cues) => {
                let count = (1..=number.groups().len()).find(|n| number.digits_in(*n) >= digits)?;
                (number.digits_in(count) == digits && cue.says(cues)).then_some(count)?
            }
        };
        (self.check)(&number.digits(count)).then_some(count)
    }
}

impl Form {
    /// Whether more groups like these stand before or after them, as in an account's number.
    fn is_amid(&self, number: &Number<'_>) -> bool {
        let (first, groups) = (self.widths[0], self.widths.len());
        let alike = self.widths.iter().all(|width| *width == first);
        let separators = self.separator.len();
        let back = number.start().checked_sub(separators + 1);
        let before_it = back.is_some_and(|at| {
            number.bytes[at].is_ascii_digit() && number.bytes[at + 1..].starts_with(self.separator)
        });
        let after_it = number.separator(groups - 1) == self.separator;
        alike && (before_it || (after_it && number.width(groups) > 0))
    }
}

const NEVER: Option<&[&str]> = Some(&[]);

const SWEDISH: Option<&[&str]> = Some(&["personnummer", "personal identity", "pnr"]);
const KOREAN: Option<&[&str]> = Some(&["rrn", "resident registration", "resident number"]);

const FORMS: &[Form] = &[
    // Brazil, CPF: 123.456.789-09
    Form { widths: &[3, 3, 3, 2], separator: b".", cues: Some(&["cpf"]), check: cpf },
    // India, Aadhaar: 2345 6789 0124
    Form {
        widths: &[4, 4, 4],
        separator: b" ",
        cues: Some(&["aadhaar", "aadhar", "uidai"]),
        check: verhoeff,
    },
    Form { widths: &[4, 4, 4], separator: b"-", cues: NEVER, check: verhoeff },
    // Canada, SIN: 046 454 286
    Form {
        widths: &[3, 3, 3],
        separator: b" ",
        cues: Some(&["sin", "social insurance", "social insurance number"]),
        check: sin,
    },
    Form { widths: &[3, 3, 3], separator: b"-", cues: NEVER, check: sin },
    // France, NIR: 1 85 05 78 006 084 36
    Form { widths: &[1, 2, 2, 2, 3, 3, 2], separator: b" ", cues: None, check: nir },
    // Germany, tax id: 12 345 678 903
    Form {
        widths: &[2, 3, 3, 3],
        separator: b" ",
        cues: Some(&[
            "steuer",
            "steuer-id",
            "steuerid",
            "steuernummer",
            "idnr",
            "tin",
            "tax id",
            "identifikationsnummer",
        ]),
        check: steuer_id,
    },
    // Poland, PESEL
    Form { widths: &[11], separator: b"", cues: None, check: pesel },
    // Norway: 010190 12345
    Form { widths: &[6, 5], separator: b" ", cues: None, check: norwegian },
    // Sweden: 811228-9874
    Form { widths: &[6, 4], separator: b"-", cues: SWEDISH, check: swedish },
    Form { widths: &[8, 4], separator: b"-", cues: SWEDISH, check: swedish },
    Form { widths: &[12], separator: b"", cues: None, check: swedish_of_last_century },
    // Denmark, CPR: 010190-1234, without a checksum since 2007
    Form { widths: &[6, 4], separator: b"-", cues: Some(&["cpr"]), check: |d| day_month(&d[..4]) },
    // Belgium: 85.07.30-033.28
    Form {
        widths: &[2, 2, 2, 3, 2],
        separator: b".",
        cues: Some(&["rijksregister", "registre national", "national number"]),
        check: belgian,
    },
    // Switzerland, AHV: 756.9217.0769.85
    Form {
        widths: &[3, 4, 4, 2],
        separator: b".",
        cues: None,
        check: |d| d.starts_with(&[7, 5, 6]) && ean(d),
    },
    // China
    Form { widths: &[18], separator: b"", cues: None, check: chinese },
    // South Korea: 900101-1234568; since October 2020 without a checksum
    Form { widths: &[6, 7], separator: b"-", cues: NEVER, check: korean },
    Form { widths: &[13], separator: b"", cues: KOREAN, check: |d| month_day(&d[2..6]) },
    // South Africa
    Form { widths: &[13], separator: b"", cues: None, check: south_african },
    // Romania, CNP
    Form { widths: &[13], separator: b"", cues: None, check: romanian },
    // Netherlands, BSN
    Form {
        widths: &[9],
        separator: b"",
        cues: Some(&["bsn", "burgerservicenummer", "sofinummer"]),
        check: bsn,
    },
    // Turkey
    Form {
        widths: &[11],
        separator: b"",
        cues: Some(&["tc", "kimlik", "tckn", "turkish id"]),
        check: turkish,
    },
    // United Kingdom, NHS: 943 476 5919
    Form {
        widths: &[3, 3, 4],
        separator: b" ",
        cues: Some(&["nhs", "nhs number", "nhs no"]),
        check: nhs,
    },
    // Australia, TFN: 123 456 782
    Form { widths: &[9], separator: b"", cues: Some(&["tfn", "tax file number"]), check: tfn },
];

fn weighed(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
}

fn value(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(*digit))
}

fn varied(digits: &[u8]) -> bool {
    digits.iter().any(|digit| *digit != digits[0])
}

/// Two digits of the month, two of the day.
fn month_day(digits: &[u8]) -> bool {
    (1..=12).contains(&value(&digits[..2])) && (1..=31).contains(&value(&digits[2..4]))
}

fn day_month(digits: &[u8]) -> bool {
    (1..=31).contains(&value(&digits[..2])) && (1..=12).contains(&value(&digits[2..4]))
}

fn cpf(d: &[u8]) -> bool {
    let check = |sum: u32| u8::try_from(sum * 10 % 11 % 10).unwrap_or(0);
    varied(d)
        && check(weighed(&d[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2])) == d[9]
        && check(weighed(&d[..10], &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])) == d[10]
}

/// The dihedral group's check: products and permutations.
fn verhoeff(d: &[u8]) -> bool {
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

fn sin(d: &[u8]) -> bool {
    luhn(d) && !matches!(d[0], 0 | 8)
}

fn nir(d: &[u8]) -> bool {
    let month = value(&d[3..5]);
    matches!(d[0], 1 | 2)
        && (matches!(month, 1..=12 | 20..=42 | 50..=99))
        && 97 - value(&d[..13]) % 97 == value(&d[13..15])
}

/// ISO 7064, MOD 11,10; one digit occurs twice or thrice.
fn steuer_id(d: &[u8]) -> bool {
    let product = d[..10].iter().fold(10u32, |product, digit| {
        let sum = (u32::from(*digit) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    d[0] != 0 && (11 - product) % 10 == u32::from(d[10])
}

fn pesel(d: &[u8]) -> bool {
    let month = value(&d[2..4]);
    matches!(month % 20, 1..=12)
        && month < 40
        && (1..=31).contains(&value(&d[4..6]))
        && (10 - weighed(&d[..10], &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10 == u32::from(d[10])
}

fn norwegian(d: &[u8]) -> bool {
    let first = (11 - weighed(&d[..9], &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11;
    let second = (11 - weighed(&d[..10], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    day_month(&d[..4]) && first == u32::from(d[9]) && second == u32::from(d[10])
}

fn swedish(d: &[u8]) -> bool {
    let d = &d[d.len() - 10..];
    month_day(&d[2..6]) && luhn(d)
}

/// Twelve digits that start with the year 2013 or a later one are a time more often.
fn swedish_of_last_century(d: &[u8]) -> bool {
    (1890..=2012).contains(&value(&d[..4])) && swedish(d)
}

fn belgian(d: &[u8]) -> bool {
    let (body, check) = (value(&d[..9]), value(&d[9..11]));
    97 - body % 97 == check || 97 - (2_000_000_000 + body) % 97 == check
}

fn ean(d: &[u8]) -> bool {
    weighed(d, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
}

const CHINESE: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

fn chinese(d: &[u8]) -> bool {
    let year = value(&d[6..10]);
    let check = (12 - weighed(&d[..17], &CHINESE) % 11) % 11;
    d[0] != 0 && (1900..=2100).contains(&year) && month_day(&d[10..14]) && check == u32::from(d[17])
}

fn korean(d: &[u8]) -> bool {
    let sum = weighed(&d[..12], &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    month_day(&d[2..6]) && (11 - sum % 11) % 10 == u32::from(d[12])
}

/// Milliseconds since 1970, of 2017 to 2027: thirteen digits too, and many more of them.
fn is_time(d: &[u8]) -> bool {
    d[0] == 1 && matches!(d[1], 5..=8)
}

fn south_african(d: &[u8]) -> bool {
    !is_time(d) && month_day(&d[2..6]) && d[10] <= 2 && d[11] >= 8 && luhn(d)
}

fn romanian(d: &[u8]) -> bool {
    let rest = weighed(&d[..12], &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    let check = if rest == 10 { 1 } else { rest };
    let county = value(&d[7..9]);
    matches!(d[0], 1..=8)
        && !is_time(d)
        && month_day(&d[3..7])
        && matches!(county, 1..=48 | 51 | 52)
        && check == u32::from(d[12])
}

fn bsn(d: &[u8]) -> bool {
    let sum = weighed(&d[..8], &[9, 8, 7, 6, 5, 4, 3, 2]);
    varied(d) && (sum + 10 * 11 - u32::from(d[8])).is_multiple_of(11)
}

fn turkish(d: &[u8]) -> bool {
    let odd: u32 = d[..9].iter().step_by(2).map(|d| u32::from(*d)).sum();
    let even: u32 = d[1..8].iter().step_by(2).map(|d| u32::from(*d)).sum();
    let all: u32 = d[..10].iter().map(|d| u32::from(*d)).sum();
    d[0] != 0 && (odd * 7 + 90 - even) % 10 == u32::from(d[9]) && all % 10 == u32::from(d[10])
}

fn nhs(d: &[u8]) -> bool {
    let check = 11 - weighed(&d[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    varied(d) && check % 11 == u32::from(d[9])
}

fn tfn(d: &[u8]) -> bool {
    weighed(d, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}
