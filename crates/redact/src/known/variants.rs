//! The ways to write a known value: a name by its parts and the other way round, a date as other
//! countries write it, an umlaut in two letters.

use crate::fold;

/// How a word is written, or must be written at least to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Case {
    Any,
    /// With a capital: it is an everyday word too.
    Capital,
    /// As a name, with one capital: so short, it is an abbreviation too (MIA, an airport).
    Name,
}

impl Case {
    pub(super) fn of(first_upper: bool, second_upper: bool) -> Self {
        match (first_upper, second_upper) {
            (false, _) => Self::Any,
            (true, true) => Self::Capital,
            (true, false) => Self::Name,
        }
    }
}

/// Letters a part of a name has at least to be looked for alone; so short, in a name's case only.
const PART_LETTERS: usize = 3;
/// Digits that a number among other words (a payment's) has at least to be looked for alone.
const NUMBER_DIGITS: usize = 7;

/// Short parts that begin sentences too.
#[rustfmt::skip]
const SHORT_EVERYDAY: &[&str] = &[
    "all", "and", "any", "art", "can", "day", "der", "die", "for", "gay", "guy", "has", "her", "his",
    "hot", "how", "jan", "joy", "may", "new", "not", "old", "one", "our", "pat", "red", "sky", "son",
    "sun", "the", "too", "two", "van", "von", "way", "web", "who", "why", "you",
];

/// What ends a street's name: its words are no person's.
#[rustfmt::skip]
const STREETS: &[&str] = &[
    "avenue", "ave", "boulevard", "blvd", "circle", "close", "court", "crescent", "drive", "gasse",
    "highway", "lane", "parkway", "place", "platz", "plaza", "road", "rue", "square", "strasse",
    "street", "terrace", "trail", "via", "way",
];

/// Parts of names that are everyday words too: alone they count with a capital only.
#[rustfmt::skip]
const EVERYDAY: &[&str] = &[
    "able", "angel", "april", "august", "baker", "bell", "best", "bill", "black", "blue", "brown",
    "case", "chase", "christian", "church", "cook", "cooper", "cross", "drew", "early", "english",
    "faith", "field", "fine", "fisher", "forest", "frank", "french", "good", "grace", "grant",
    "gray", "green", "hall", "heart", "hill", "holiday", "hope", "hunter", "jack", "joseph", "june",
    "justice", "king", "lake", "lane", "last", "little", "long", "love", "major", "mark",
    "mason", "melody", "mercy", "mills", "miller", "more", "nice", "page", "park", "parker",
    "paris", "patience", "pearl", "penny", "price", "prince", "rain", "rich", "river", "rivers",
    "robin", "rose", "ruby", "sharp", "short", "small", "smart", "smith", "snow", "star", "stone",
    "street", "strong", "summer", "summers", "swift", "taylor", "trip", "turner", "victor",
    "violet", "walker", "ward", "water", "waters", "weaver", "west", "white", "wild", "will",
    "winter", "wise", "wolf", "wood", "woods", "word", "young",
];

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

/// Gives every way to write `value` to `take`: its words, folded, and the case they count in.
pub(super) fn of(value: &str, take: &mut dyn FnMut(&[&str], Case)) {
    let folded = fold::fold(value).text;
    let words: Vec<&str> =
        folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return;
    }
    take(&words, Case::Any);
    if let Some(spelled) = spelled_out(value) {
        of(&spelled, take);
    }
    if let [year, month, day] = words[..] {
        date(year, month, day, take);
    }
    if !value.contains(['@', '/', ':']) && is_name(&words) {
        name(&words, take);
    }
    // `gift_card_6136092` is also "Gift Card (6136092)".
    let is_number = |word: &&&str| word.bytes().all(|b| b.is_ascii_digit());
    if words.len() > 1 && !words.iter().all(|word| is_number(&word)) {
        let numbers = words.iter().filter(is_number);
        numbers
            .filter(|word| word.len() >= NUMBER_DIGITS)
            .for_each(|word| take(&[word], Case::Any));
    }
}

/// German umlauts in two letters.
fn spelled_out(value: &str) -> Option<String> {
    let umlauts = ["ä", "ö", "ü", "Ä", "Ö", "Ü"];
    umlauts.iter().any(|umlaut| value.contains(umlaut)).then(|| {
        let plain = ["ae", "oe", "ue", "Ae", "Oe", "Ue"];
        umlauts.iter().zip(plain).fold(value.to_owned(), |text, (from, to)| text.replace(from, to))
    })
}

fn is_name(words: &[&str]) -> bool {
    (2..=5).contains(&words.len())
        && words.iter().all(|word| word.chars().all(char::is_alphabetic))
        && !words.iter().any(|word| STREETS.contains(word))
}

fn name(words: &[&str], take: &mut dyn FnMut(&[&str], Case)) {
    if let [first, .., last] = *words {
        take(&[last, first], Case::Any);
        if words.len() > 2 {
            take(&[first, last], Case::Any);
        }
    }
    for word in words {
        match word.chars().count() {
            PART_LETTERS if !SHORT_EVERYDAY.contains(word) => take(&[word], Case::Name),
            letters if letters > PART_LETTERS && EVERYDAY.contains(word) => {
                take(&[word], Case::Capital);
            }
            letters if letters > PART_LETTERS => take(&[word], Case::Any),
            _ => {}
        }
    }
}

/// `1990-04-05` is also 04/05/1990, 5.4.1990, April 5th, 1990 and 5 Apr 1990.
fn date(year: &str, month: &str, day: &str, take: &mut dyn FnMut(&[&str], Case)) {
    let number = |text: &str| text.parse::<usize>().ok();
    let (Some(_), Some(m), Some(d)) = (number(year), number(month), number(day)) else { return };
    if year.len() != 4 || !(1..=12).contains(&m) || !(1..=31).contains(&d) {
        return;
    }
    let (long_month, long_day) = (format!("{m:02}"), format!("{d:02}"));
    let (short_month, short_day) = (m.to_string(), d.to_string());
    take(&[&long_month, &long_day, year], Case::Any);
    take(&[&long_day, &long_month, year], Case::Any);
    if short_month != long_month || short_day != long_day {
        take(&[&short_month, &short_day, year], Case::Any);
        take(&[&short_day, &short_month, year], Case::Any);
        take(&[year, &short_month, &short_day], Case::Any);
    }
    let ordinal = format!("{d}{}", ordinal(d));
    for name in [MONTHS[m - 1], &MONTHS[m - 1][..3]] {
        for day in [&*short_day, &*long_day, &*ordinal] {
            take(&[name, day, year], Case::Any);
            take(&[day, name, year], Case::Any);
        }
        take(&[&ordinal, "of", name, year], Case::Any);
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
