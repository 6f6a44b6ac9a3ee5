//! The table of states' numbers of digits alone.

use std::sync::LazyLock;

use crate::cue::Words;

use super::{
    checks::{
        belgian, bsn, chinese, cpf, day_month, ean, korean, month_day, nhs, nir, norwegian, pesel,
        romanian, romanian_alone, sin, south_african, south_african_alone, steuer_id, swedish,
        swedish_of_last_century, tfn, turkish, verhoeff,
    },
    form::Form,
};

/// Digits that a form has at most.
const MOST: usize = 18;

static BY_DIGITS: LazyLock<[Vec<&Form>; MOST + 1]> = LazyLock::new(|| {
    std::array::from_fn(|digits| FORMS.iter().filter(|form| form.digits() == digits).collect())
});

/// Makes what is made once ([`tables`](crate::tables)).
pub(super) fn make_tables() {
    LazyLock::force(&BY_DIGITS);
}

/// The forms of so many digits, in the table's order.
pub(super) fn of_digits(digits: u8) -> &'static [&'static Form] {
    BY_DIGITS.get(usize::from(digits)).map_or(&[], Vec::as_slice)
}

const NEVER: Option<Words> = Some(Words::new(&[]));

const SWEDISH: Option<Words> = Some(Words::new(&["personnummer", "personal identity", "pnr"]));
const KOREAN: Option<Words> =
    Some(Words::new(&["rrn", "resident registration", "resident number"]));

static FORMS: &[Form] = &[
    // Brazil, CPF: 123.456.789-09
    Form { widths: &[3, 3, 3, 2], separator: b".", cues: Some(Words::new(&["cpf"])), check: cpf },
    // India, Aadhaar: 2345 6789 0124
    Form {
        widths: &[4, 4, 4],
        separator: b" ",
        cues: Some(Words::new(&["aadhaar", "aadhar", "uidai"])),
        check: verhoeff,
    },
    Form { widths: &[4, 4, 4], separator: b"-", cues: NEVER, check: verhoeff },
    // Canada, SIN: 046 454 286
    Form {
        widths: &[3, 3, 3],
        separator: b" ",
        cues: Some(Words::new(&["sin", "social insurance", "social insurance number"])),
        check: sin,
    },
    Form { widths: &[3, 3, 3], separator: b"-", cues: NEVER, check: sin },
    // France, NIR: 1 85 05 78 006 084 36
    Form { widths: &[1, 2, 2, 2, 3, 3, 2], separator: b" ", cues: None, check: nir },
    // Germany, tax id: 12 345 678 903
    Form {
        widths: &[2, 3, 3, 3],
        separator: b" ",
        cues: Some(Words::new(&[
            "idnr",
            "identifikationsnummer",
            "steuer",
            "steuer-id",
            "steuerid",
            "steuernummer",
            "tin",
            "tax id",
        ])),
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
    Form {
        widths: &[6, 4],
        separator: b"-",
        cues: Some(Words::new(&["cpr"])),
        check: |d| day_month(&d[..4]),
    },
    // Belgium: 85.07.30-033.28
    Form {
        widths: &[2, 2, 2, 3, 2],
        separator: b".",
        cues: Some(Words::new(&["national number", "rijksregister", "registre national"])),
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
    Form { widths: &[13], separator: b"", cues: None, check: south_african_alone },
    Form {
        widths: &[13],
        separator: b"",
        cues: Some(Words::new(&[
            "id number",
            "identity number",
            "rsa id",
            "sa id",
            "south african id",
        ])),
        check: south_african,
    },
    // Romania, CNP
    Form { widths: &[13], separator: b"", cues: None, check: romanian_alone },
    Form {
        widths: &[13],
        separator: b"",
        cues: Some(Words::new(&["cnp", "cod numeric", "cod numeric personal"])),
        check: romanian,
    },
    // Netherlands, BSN
    Form {
        widths: &[9],
        separator: b"",
        cues: Some(Words::new(&["bsn", "burgerservicenummer", "sofinummer"])),
        check: bsn,
    },
    // Turkey
    Form {
        widths: &[11],
        separator: b"",
        cues: Some(Words::new(&["kimlik", "tc", "tckn", "turkish id"])),
        check: turkish,
    },
    // United Kingdom, NHS: 943 476 5919
    Form {
        widths: &[3, 3, 4],
        separator: b" ",
        cues: Some(Words::new(&["nhs", "nhs number", "nhs no"])),
        check: nhs,
    },
    // Australia, TFN: 123 456 782
    Form {
        widths: &[9],
        separator: b"",
        cues: Some(Words::new(&["tfn", "tax file number"])),
        check: tfn,
    },
];
