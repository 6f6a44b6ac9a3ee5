//! What a name looks like: a person's, a thing's, or an identifier of code.

use memchr::memchr2_iter;

use crate::{detector::mark_at, thing_words::is_thing_word};

/// Bytes of a name that are looked at: what is longer is a text.
const NAME_BYTES: usize = 96;
/// No person is called by more words.
const MOST_WORDS: usize = 5;

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

/// Whether no person is called `text`, whatever stands around it: what stays under a bare `name`.
pub(crate) fn names_a_thing(text: &str) -> bool {
    let text = text.trim();
    is_identifier(text)
        || has_mark(text)
        || text.starts_with(|c: char| c.is_ascii_digit() || "#$€£%+<{".contains(c))
        || has_thing_word(text)
        || is_sentence(text)
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
    text.len() <= NAME_BYTES && words().any(|word| is_thing_word(word) || last_hump_is_thing(word))
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
