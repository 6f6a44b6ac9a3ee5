//! The ways to write a known value: a name by its parts and the other way round, a date as other
//! countries write it, an umlaut in two letters.

use crate::fold;

/// Letters a part of a name has at least to be looked for alone.
const PART_LETTERS: usize = 4;

/// Parts of names that are everyday words too: alone they count with a capital only.
#[rustfmt::skip]
const EVERYDAY: &[&str] = &[
    "able", "angel", "april", "august", "baker", "bell", "best", "bill", "black", "blue", "brown",
    "case", "chase", "christian", "church", "cook", "cooper", "cross", "drew", "early", "english",
    "faith", "field", "fine", "fisher", "forest", "frank", "french", "good", "grace", "grant",
    "gray", "green", "hall", "heart", "hill", "holiday", "hope", "hunter", "jack", "joseph", "june",
    "june", "justice", "king", "lake", "lane", "last", "little", "long", "love", "major", "mark",
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

/// Gives every way to write `value` to `take`: its words, folded, and whether its first letter
/// must be a capital.
pub(crate) fn of(value: &str, take: &mut dyn FnMut(&[&str], bool)) {
    let folded = fold::fold(value).text;
    let words: Vec<&str> =
        folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return;
    }
    take(&words, false);
    if let Some(spelled) = spelled_out(value) {
        of(&spelled, take);
    }
    if let [year, month, day] = words[..] {
        date(year, month, day, take);
    }
    if is_name(&words) {
        name(&words, take);
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
    (2..=5).contains(&words.len()) && words.iter().all(|word| word.chars().all(char::is_alphabetic))
}

fn name(words: &[&str], take: &mut dyn FnMut(&[&str], bool)) {
    if let [first, .., last] = *words {
        take(&[last, first], false);
        if words.len() > 2 {
            take(&[first, last], false);
        }
    }
    for word in words {
        if word.chars().count() >= PART_LETTERS {
            take(&[word], EVERYDAY.contains(word));
        }
    }
}

/// `1990-04-05` is also 04/05/1990, 5.4.1990, April 5th, 1990 and 5 Apr 1990.
fn date(year: &str, month: &str, day: &str, take: &mut dyn FnMut(&[&str], bool)) {
    let number = |text: &str| text.parse::<usize>().ok();
    let (Some(_), Some(m), Some(d)) = (number(year), number(month), number(day)) else { return };
    if year.len() != 4 || !(1..=12).contains(&m) || !(1..=31).contains(&d) {
        return;
    }
    let (long_month, long_day) = (format!("{m:02}"), format!("{d:02}"));
    let (short_month, short_day) = (m.to_string(), d.to_string());
    take(&[&long_month, &long_day, year], false);
    take(&[&long_day, &long_month, year], false);
    if short_month != long_month || short_day != long_day {
        take(&[&short_month, &short_day, year], false);
        take(&[&short_day, &short_month, year], false);
        take(&[year, &short_month, &short_day], false);
    }
    let ordinal = format!("{d}{}", ordinal(d));
    for name in [MONTHS[m - 1], &MONTHS[m - 1][..3]] {
        for day in [&*short_day, &*long_day, &*ordinal] {
            take(&[name, day, year], false);
            take(&[day, name, year], false);
        }
        take(&[&ordinal, "of", name, year], false);
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
