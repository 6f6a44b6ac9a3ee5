//! What a name looks like: a person's, a thing's, or an identifier of code.

use std::borrow::Cow;

use memchr::memchr2_iter;

use crate::{detector::mark_at, place_names::is_place, thing_words::is_thing_word};

/// Bytes of a name that are looked at: what is longer is a text.
const NAME_BYTES: usize = 96;
/// No person is called by more words.
const MOST_WORDS: usize = 5;
/// Letters from which a word without capitals may be two (`mypropertygroup`), and those of the last.
const GLUED: usize = 10;
const LAST_GLUED: std::ops::RangeInclusive<usize> = 5..=10;

/// Whether `text` reads like an identifier of code (`get_user_details`).
pub(crate) fn is_identifier(text: &str) -> bool {
    let bytes = text.as_bytes();
    let joined = bytes.iter().any(|b| matches!(b, b'_' | b'/')) || text.contains("::");
    let camel = bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.iter().any(u8::is_ascii_uppercase);
    let shaped = bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"_./:-".contains(b));
    // A number at the end is a person's more often than a tool's (`mia_li_3668`).
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    shaped && (joined || camel) && digits <= 2
}

/// Whether nobody is meant by `text` even where people are: a number, an account of a service, a
/// company. Marks in it say nothing: it was kept before they came.
pub(crate) fn names_nobody(text: &str) -> bool {
    if text.len() > NAME_BYTES {
        return false;
    }
    let unmarked = without_marks(text);
    let text = unmarked.trim();
    let words = || text.split([' ', '-', '_']).filter(|word| !word.is_empty());
    let last = words().next_back().unwrap_or_default().trim_end_matches('.');
    let is_one = words().nth(1).is_none() && !matches!(unmarked, Cow::Owned(_));
    let has_thing_words = || words().all(|word| is_in(word, &SMALL) || is_thing_word(word));
    match is_one {
        true => is_number(text) || is_in(text, &NOBODY),
        false => is_number(text) || is_in(last, &COMPANY) || has_thing_words(),
    }
}

fn without_marks(text: &str) -> Cow<'_, str> {
    if !has_mark(text) {
        return text.into();
    }
    let (mut left, mut at) = (String::new(), 0);
    while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
        at += mark_at(text.as_bytes(), at).unwrap_or_else(|| {
            left.push(letter);
            letter.len_utf8()
        });
    }
    left.into()
}

/// Who a program writes where a name is asked for.
const NOBODY: [&str; 9] = [
    "admin",
    "administrator",
    "anonymous",
    "assistant",
    "bot",
    "guest",
    "operator",
    "support",
    "system",
];
/// What the names of companies and of their parts end in.
const COMPANY: [&str; 8] = ["ag", "corp", "gmbh", "inc", "llc", "ltd", "support", "team"];
const SMALL: [&str; 8] = ["a", "and", "for", "my", "of", "our", "the", "your"];

fn is_in(word: &str, list: &[&str]) -> bool {
    list.iter().any(|listed| listed.eq_ignore_ascii_case(word))
}

/// `#1001`, `#D1`, `2026-11/4`, and what had nothing else but what went.
fn is_number(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    letters == 0 || (letters <= 2 && text.starts_with('#') && text.is_ascii())
}

/// Whether no person is called `text`, whatever stands around it: what stays under a bare `name`.
pub(crate) fn names_a_thing(text: &str) -> bool {
    let text = text.trim();
    is_identifier(text)
        || has_mark(text)
        || text.starts_with(|c: char| c.is_ascii_digit() || "#$€£%+<{".contains(c))
        || has_thing_word(text)
        || is_sentence(text)
        || is_place(text)
        || is_label(text)
        || is_size(text)
        || is_owned(text)
}

/// Whether `text` looks like a person's full name, which goes even where things are named.
pub(crate) fn names_a_person(text: &str) -> bool {
    let text = text.trim();
    if text.len() > NAME_BYTES || names_a_thing(text) {
        return false;
    }
    let mut words = 0;
    for word in text.split([' ', ',', '\u{a0}']).filter(|word| !word.is_empty()) {
        let bare = word.trim_matches(|c: char| "().\"'’".contains(c));
        if !is_particle(bare) && !is_name_word(bare) {
            return false;
        }
        words += usize::from(!is_particle(bare));
    }
    // Scripts without capitals have no blanks either.
    (2..=MOST_WORDS).contains(&words) || (words == 1 && is_east_asian(text))
}

/// `Mia`, `O'Neill`, `Anne-Marie`, `J`, `LI`.
fn is_name_word(word: &str) -> bool {
    let mut letters = word.chars();
    let capital = letters.next().is_some_and(|c| c.is_alphabetic() && !c.is_lowercase());
    capital && letters.all(|c| c.is_alphabetic() || "'’-.\u{301}".contains(c))
}

fn is_particle(word: &str) -> bool {
    let particles = [
        "al", "ap", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos",
        "du", "e", "el", "ibn", "la", "le", "ten", "ter", "van", "von", "y", "zu",
    ];
    particles.contains(&word)
}

fn is_east_asian(text: &str) -> bool {
    let count = text.chars().count();
    let fits = |c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}');
    (2..=4).contains(&count) && text.chars().all(fits)
}

/// What was cleaned was kept: without the words that went it may look like somebody's.
fn has_mark(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr2_iter(b'[', b'h', bytes).any(|at| mark_at(bytes, at).is_some())
}

fn has_thing_word(text: &str) -> bool {
    let words = || text.split(|c: char| !c.is_alphanumeric());
    let is_thing = |word: &str| {
        let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
        is_thing_word(bare) || last_hump_is_thing(bare) || last_glued_is_thing(bare)
    };
    text.len() <= NAME_BYTES && words().any(is_thing)
}

/// `mypropertygroup`.
fn last_glued_is_thing(word: &str) -> bool {
    let is_long = word.len() > GLUED && word.bytes().all(|b| b.is_ascii_lowercase());
    is_long && { LAST_GLUED }.any(|letters| is_thing_word(&word[word.len() - letters..]))
}

/// `PROJ-007`, `claude-3-sonnet`: what is counted, or has its version in the middle.
fn is_label(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let Some((first, rest)) = text.split_once('-') else { return false };
    let is_counted = first.len() > 1 && first.bytes().all(|b| b.is_ascii_uppercase());
    let middle =
        || rest.rsplit_once('-').is_some_and(|(middle, _)| middle.split('-').any(is_number));
    let shaped = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
    shaped && ((is_counted && is_number(rest)) || middle())
}

/// `XXS`.
fn is_size(text: &str) -> bool {
    let many = text.strip_suffix(['S', 'L']);
    many.is_some_and(|xs| !xs.is_empty() && xs.bytes().all(|b| b == b'X'))
}

/// `Joe's Fresh Seafood`: somebody's, so not somebody.
fn is_owned(text: &str) -> bool {
    let owner = text.split_once(' ').map(|(first, _)| first);
    owner.is_some_and(|word| word.ends_with("'s") || word.ends_with("’s"))
}

/// `ValidationError`.
fn last_hump_is_thing(word: &str) -> bool {
    let hump = word.bytes().rposition(|b| b.is_ascii_uppercase()).filter(|at| *at > 0);
    hump.is_some_and(|at| is_thing_word(&word[at..]))
}

/// Words in a row that nobody is called by: "Get the weather of a city".
fn is_sentence(text: &str) -> bool {
    let words = || text.split_ascii_whitespace();
    let small = words()
        .filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()) && !is_particle(word));
    words().nth(MOST_WORDS).is_some() || small.take(4).count() == 4
}

#[cfg(test)]
mod tests;
