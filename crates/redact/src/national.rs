//! Numbers that states give people. What a checksum or a form of its own tells apart goes
//! anywhere; what looks like any other number goes after a word that announces it.

use crate::{
    card::luhn,
    detector::Detector,
    look::{Cue, before, is_alnum},
    number::Number,
};

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

/// `123-45-6789`; with spaces or without separators after its name. Areas 000, 666 and 9xx, group
/// 00 and serial 0000 are never given (SSA).
fn social_security(number: &Number<'_>, cue: &Cue) -> Option<usize> {
    let named = || cue.says(&["ssn", "social security", "social security number", "social"]);
    let grouped = [number.width(0), number.width(1), number.width(2)] == [3, 2, 4];
    let dashed = grouped && number.evenly(3) && number.separator(0) == b"-";
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
            && number.separator(0) == self.separator;
        let plain = || number.width(0) == digits && self.cues.is_none_or(|cues| cue.says(cues));
        let count = match () {
            () if written => groups,
            () if plain() => 1,
            () => return None,
        };
        (self.check)(&number.digits(count)).then_some(count)
    }
}

const NEVER: Option<&[&str]> = Some(&[]);

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
    Form { widths: &[6, 4], separator: b"-", cues: Some(&["personnummer"]), check: swedish },
    Form { widths: &[8, 4], separator: b"-", cues: NEVER, check: swedish },
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
    // South Korea: 900101-1234568
    Form { widths: &[6, 7], separator: b"-", cues: NEVER, check: korean },
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
    Form { widths: &[11], separator: b"", cues: Some(&["tc", "kimlik", "tckn"]), check: turkish },
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
    !is_time(d) && month_day(&d[2..6]) && d[10] <= 1 && d[11] >= 8 && luhn(d)
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

/// The id of letters and digits that `number` is part of, from where to where.
pub(crate) fn around(number: &Number<'_>) -> Option<(usize, usize)> {
    let bytes = number.bytes;
    let back = bytes[..number.start()].iter().rev().take(20).take_while(|b| is_alnum(**b)).count();
    let start = number.start() - back;
    // The letter of an escape (`\n`) is no letter of an id.
    let start = start + usize::from(matches!(before(bytes, start + 1), b'\n'));
    let end = crate::look::run_of(bytes, start, 20, is_alnum);
    let id: Vec<u8> = bytes[start..end].to_ascii_uppercase();
    let tied = matches!(before(bytes, start), b'_' | b'-' | b'/' | b'.')
        || matches!(crate::look::byte(bytes, end), b'_' | b'-' | b'/');
    let known = match id.len() {
        9 => spanish(&id) || singaporean(&id) || british(&id),
        10 => taiwanese(&id),
        16 => italian(&id),
        18 => mexican(&id) || (id[17] == b'X' && chinese_x(&id)),
        _ => false,
    };
    (known && !tied).then_some((start, end))
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
        _ => return false,
    };
    letters[((sum + more) % 11) as usize] == id[8]
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
    month_day(&list[10..14]) && (12 - weighed(&list, &CHINESE) % 11) % 11 == 10
}
