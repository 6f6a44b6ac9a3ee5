//! The table of states' numbers of digits alone.

use super::{
    checks::{
        belgian, bsn, chinese, cpf, day_month, ean, korean, month_day, nhs, nir, norwegian, pesel,
        romanian, sin, south_african, steuer_id, swedish, swedish_of_last_century, tfn, turkish,
        verhoeff,
    },
    form::Form,
};

const NEVER: Option<&[&str]> = Some(&[]);

const SWEDISH: Option<&[&str]> = Some(&["personnummer", "personal identity", "pnr"]);
const KOREAN: Option<&[&str]> = Some(&["rrn", "resident registration", "resident number"]);

pub(super) const FORMS: &[Form] = &[
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
