//! Values of people: addresses, cards, numbers, dates of birth, each with a checksum that fits.

use super::{
    Random,
    values::{after, plain},
};

fn luhn_digit(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, b)| {
            let digit = u32::from(b - b'0') << (1 - place % 2);
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    char::from(b'0' + ((10 - sum % 10) % 10) as u8)
}

pub fn card(random: &mut Random) -> String {
    let (prefix, length) = *random.pick(&[
        &("4", 16),
        &("51", 16),
        &("2221", 16),
        &("34", 15),
        &("37", 15),
        &("6011", 16),
        &("3530", 16),
        &("36", 14),
        &("62", 16),
    ]);
    let mut digits = format!("{prefix}{}", random.digits(length - prefix.len() - 1));
    digits.push(luhn_digit(&digits));
    let separator = *random.pick(&[&"", &" ", &"-"]);
    let widths: &[usize] = if length == 15 {
        &[4, 6, 5]
    } else if length == 14 {
        &[4, 6, 4]
    } else {
        &[4, 4, 4, 4]
    };
    let mut groups = Vec::new();
    let mut rest = digits.as_str();
    for width in widths {
        let (group, more) = rest.split_at(*width);
        groups.push(group);
        rest = more;
    }
    groups.join(separator)
}

pub fn iban(random: &mut Random) -> String {
    let (country, bban) = match random.between(0, 3) {
        0 => ("DE", random.digits(18)),
        1 => ("GB", format!("{}{}", random.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 4), random.digits(14))),
        2 => ("FR", random.digits(23)),
        _ => ("NL", format!("{}{}", random.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 4), random.digits(10))),
    };
    let number = |text: &str| {
        text.bytes().fold(0u64, |sum, b| {
            if b.is_ascii_digit() {
                (sum * 10 + u64::from(b - b'0')) % 97
            } else {
                (sum * 100 + u64::from(b - b'A') + 10) % 97
            }
        })
    };
    let check = 98 - number(&format!("{bban}{country}00"));
    let whole = format!("{country}{check:02}{bban}");
    if random.between(0, 1) == 0 {
        return whole;
    }
    whole
        .as_bytes()
        .chunks(4)
        .map(|four| std::str::from_utf8(four).unwrap())
        .collect::<Vec<_>>()
        .join(" ")
}

pub fn email(random: &mut Random) -> String {
    let user = match random.between(0, 3) {
        0 => format!("{}.{}", random.lower(5), random.lower(6)),
        1 => format!("{}{}", random.lower(6), random.digits(3)),
        2 => format!("{}+{}", random.lower(5), random.lower(4)),
        _ => format!("{}_{}", random.lower(3), random.lower(7)),
    };
    let host = match random.between(0, 2) {
        0 => format!("{}.com", random.lower(7)),
        1 => format!("mail.{}.co.uk", random.lower(5)),
        _ => format!("{}-{}.org", random.lower(4), random.lower(4)),
    };
    format!("{user}{}{host}", random.pick(&["@", "@", "@", "%40"]))
}

pub fn phone(random: &mut Random) -> (String, String) {
    let area = random.between(201, 989);
    let (a, b) = (random.between(200, 999), random.digits(4));
    match random.between(0, 11) {
        0 => plain(format!("+1 ({area}) {a}-{b}")),
        1 => plain(format!("({area}) {a}-{b}")),
        2 => plain(format!("{area}-{a}-{b}")),
        3 => plain(format!("+1{area}{a}{b}")),
        4 => plain(format!("+44 20 {} {}", random.digits(4), random.digits(4))),
        5 => plain(format!("+49 30 {}", random.digits(7))),
        6 => plain(format!(
            "+33 6 {} {} {} {}",
            random.digits(2),
            random.digits(2),
            random.digits(2),
            random.digits(2)
        )),
        7 => plain(format!("07{} {}", random.digits(3), random.digits(6))),
        8 => plain(
            format!(
                "01{} {} {} {} {}",
                "",
                random.digits(2),
                random.digits(2),
                random.digits(2),
                random.digits(2)
            )
            .replace("01 ", "01 "),
        ),
        9 => plain(format!("+91 {} {}", random.between(60000, 99999), random.digits(5))),
        10 => after(
            random.pick(&["phone: ", "call me at ", "my number is ", "Tel. "]),
            format!("{area}{a}{b}"),
        ),
        _ => plain(format!("1-800-{a}-{b}")),
    }
}

pub fn birth(random: &mut Random) -> (String, String) {
    let (year, month, day) =
        (random.between(1940, 2010), random.between(1, 12), random.between(1, 28));
    let months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let name = months[month as usize - 1];
    let date = match random.between(0, 4) {
        0 => format!("{year}-{month:02}-{day:02}"),
        1 => format!("{month:02}/{day:02}/{year}"),
        2 => format!("{name} {day}, {year}"),
        3 => format!("{day} {name} {year}"),
        _ => format!("{day}.{month}.{year}"),
    };
    after(
        random.pick(&[
            "DOB: ",
            "date of birth: ",
            "born on ",
            "Date of birth is ",
            "birthday ",
            "born ",
        ]),
        date,
    )
}

pub fn national(random: &mut Random) -> String {
    match random.between(0, 4) {
        0 => {
            let number = random.between(10_000_000, 99_999_999);
            format!("{number}{}", char::from(b"TRWAGMYFPDXBNJZSQVHLCKE"[(number % 23) as usize]))
        }
        1 => loop {
            let base = random.digits(9);
            let digit = |text: &str, from: u32| {
                let sum: u32 = text
                    .bytes()
                    .enumerate()
                    .map(|(at, b)| u32::from(b - b'0') * (from - at as u32))
                    .sum();
                sum * 10 % 11 % 10
            };
            let first = digit(&base, 10);
            let second = digit(&format!("{base}{first}"), 11);
            if base.bytes().any(|b| b != base.as_bytes()[0]) {
                return format!("{}.{}.{}-{first}{second}", &base[..3], &base[3..6], &base[6..]);
            }
        },
        2 => {
            let base = format!(
                "{}{:02}{:02}{}",
                random.digits(2),
                random.between(1, 12),
                random.between(1, 28),
                random.digits(3)
            );
            format!("{}-{}{}", &base[..6], &base[6..], luhn_digit(&base))
        }
        3 => {
            let (area, letter) =
                (random.pick(&["AB", "CE", "JK", "PR", "WX"]), random.of("ABCD", 1));
            let pairs = [random.digits(2), random.digits(2), random.digits(2)];
            match random.between(0, 2) {
                0 => format!("{area}{}{letter}", pairs.concat()),
                1 => format!("{area} {} {letter}", pairs.concat()),
                _ => format!("{area} {} {letter}", pairs.join(" ")),
            }
        }
        _ => {
            let base = format!("756{}", random.digits(9));
            let sum: u32 = base
                .bytes()
                .enumerate()
                .map(|(at, b)| u32::from(b - b'0') * if at % 2 == 0 { 1 } else { 3 })
                .sum();
            let check = (10 - sum % 10) % 10;
            format!("{}.{}.{}.{}{check}", &base[..3], &base[3..7], &base[7..11], &base[11..])
        }
    }
}

/// `value` in the digits of another script, and in full width.
pub fn in_other_digits(random: &mut Random, value: &str) -> String {
    let zero = *random.pick(&[&'０', &'٠', &'۰', &'०', &'০', &'๐', &'𝟎', &'𝟶']);
    let digit = |letter: char| {
        let value = letter.to_digit(10)?;
        char::from_u32(u32::from(zero) + value)
    };
    value.chars().map(|letter| digit(letter).unwrap_or(letter)).collect()
}
