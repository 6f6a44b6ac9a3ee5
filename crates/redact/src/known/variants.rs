//! The ways to write a known value: as it is, a name in part, a date as other countries write it, an
//! umlaut in two letters.

use super::{
    pattern::{Joint, When},
    person::Person,
    tail::Tail,
    words::is_letter,
};
use crate::fold;

/// Digits that a number among other words (a payment's) has at least to be looked for alone.
const NUMBER_DIGITS: usize = 7;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Gives every way to write `value` to `take`: its words, folded, and when they count.
pub(super) fn of(value: &str, take: &mut dyn FnMut(&[&str], When)) {
    let folded = fold::fold(value).text;
    written(value, &folded, take);
    if let Some(spelled) = spelled_out(value) {
        written(value, &fold::fold(&spelled).text, take);
    }
    if let Some(contracted) = contracted(&folded) {
        written(value, &contracted, &mut |words, when| {
            // Initials are the same, and no user name has an umlaut.
            if matches!(when.joint, Joint::Loose) {
                take(words, When { wide: true, ..when });
            }
        });
    }
}

fn written(value: &str, folded: &str, take: &mut dyn FnMut(&[&str], When)) {
    let words: Vec<&str> =
        folded.split(|c| !is_letter(c)).filter(|word| !word.is_empty()).collect();
    let person = Person::read(folded, value);
    match &person {
        Some(person) if !words.is_empty() => {
            let capital = value.chars().next().is_some_and(|c| !c.is_lowercase());
            person.whole(capital, take);
            person.names(capital, take);
            person.initials(take);
        }
        _ if !words.is_empty() => take(&words, When::ALWAYS),
        _ => return,
    }
    if let [year, month, day] = words[..] {
        date(year, month, day, take);
    }
    if words.iter().all(|word| word.bytes().all(|b| b.is_ascii_digit())) {
        phone(value, &words.concat(), take);
    }
    // `gift_card_6136092` is also "Gift Card (6136092)".
    let is_number = |word: &&&str| word.bytes().all(|b| b.is_ascii_digit());
    if words.len() > 1 && !words.iter().all(|word| is_number(&word)) {
        let numbers = words.iter().filter(is_number);
        numbers
            .filter(|word| word.len() >= NUMBER_DIGITS)
            .for_each(|word| take(&[word], When::ALWAYS));
    }
}

/// Digits of the shortest number that is looked for without its country.
const NATIONAL: usize = 9;
/// Digits of a country at most.
const COUNTRY: usize = 3;

/// A phone number without its country, and with a zero in its place.
fn phone(value: &str, digits: &str, take: &mut dyn FnMut(&[&str], When)) {
    if value.trim_start().starts_with('+') {
        let nationals = (1..=COUNTRY).filter_map(|code| digits.get(code..));
        for national in nationals.filter(|rest| rest.len() >= NATIONAL) {
            take(&[national], When::ALWAYS);
            take(&[&format!("0{national}")], When::ALWAYS);
        }
    } else if digits.len() == 10 && !digits.starts_with('0') {
        take(&[&format!("1{digits}")], When::ALWAYS);
    }
}

/// German umlauts and their northern neighbours in two letters.
fn spelled_out(value: &str) -> Option<String> {
    const LETTERS: [(char, &str); 10] = [
        ('ä', "ae"),
        ('ö', "oe"),
        ('ü', "ue"),
        ('Ä', "Ae"),
        ('Ö', "Oe"),
        ('Ü', "Ue"),
        ('ø', "oe"),
        ('Ø', "Oe"),
        ('å', "aa"),
        ('Å', "Aa"),
    ];
    use unicode_normalization::UnicodeNormalization;
    let composed: String = value.nfc().collect();
    LETTERS
        .iter()
        .any(|(letter, _)| composed.contains(*letter))
        .then(|| LETTERS.iter().fold(composed, |text, (letter, two)| text.replace(*letter, two)))
}

/// The other way: a value whose two letters may be an umlaut's, with one.
fn contracted(folded: &str) -> Option<String> {
    const LETTERS: [(&str, &str); 4] = [("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a")];
    LETTERS.iter().any(|(two, _)| folded.contains(two)).then(|| {
        LETTERS.iter().fold(folded.to_owned(), |text, (two, letter)| text.replace(two, letter))
    })
}

/// `1990-04-05` is also 04/05/1990, 5.4.1990, April 5th, 1990, 5 Apr 1990 and 1990年4月5日.
fn date(year: &str, month: &str, day: &str, take: &mut dyn FnMut(&[&str], When)) {
    let number = |text: &str| text.parse::<usize>().ok();
    let (Some(_), Some(m), Some(d)) = (number(year), number(month), number(day)) else { return };
    if year.len() != 4 || !(1..=12).contains(&m) || !(1..=31).contains(&d) {
        return;
    }
    let (long_month, long_day) = (format!("{m:02}"), format!("{d:02}"));
    let (short_month, short_day) = (m.to_string(), d.to_string());
    take(&[&long_month, &long_day, year], When::ALWAYS);
    take(&[&long_day, &long_month, year], When::ALWAYS);
    if short_month != long_month || short_day != long_day {
        let apart = When { joint: Joint::Apart, ..When::ALWAYS };
        take(&[&short_month, &short_day, year], apart);
        take(&[&short_day, &short_month, year], apart);
        take(&[year, &short_month, &short_day], apart);
    }
    for (month, day) in [(&short_month, &short_day), (&long_month, &long_day)] {
        take(&[&format!("{year}年{month}月{day}日")], When::ALWAYS);
        let korean = [&*format!("{year}년"), &format!("{month}월"), &format!("{day}일")];
        take(&korean, When { tail: Tail::Anything, ..When::ALWAYS });
    }
    let ordinal = format!("{d}{}", ordinal(d));
    for name in [MONTHS[m - 1], &MONTHS[m - 1][..3]] {
        for day in [&*short_day, &*long_day, &*ordinal] {
            take(&[name, day, year], When::ALWAYS);
            take(&[day, name, year], When::ALWAYS);
        }
        take(&[&ordinal, "of", name, year], When::ALWAYS);
    }
}

fn ordinal(day: usize) -> &'static str {
    match (day % 10, day) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}
