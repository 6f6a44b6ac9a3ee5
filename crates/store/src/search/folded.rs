//! How texts are compared: without regard to upper and lower case, and what is no part of a word
//! beyond ASCII counts as a blank. ClickHouse has the same rules as one expression, made of the same
//! list.

use std::fmt::Write as _;

/// Characters beyond ASCII that are no part of a word: punctuation, signs, blanks, emoji. In every
/// other script what is not here is a word, so that no letter is missing.
const BETWEEN_WORDS: [(char, char); 21] = [
    ('\u{80}', '\u{a9}'),
    ('\u{ab}', '\u{b4}'),
    ('\u{b6}', '\u{b9}'),
    ('\u{bb}', '\u{bf}'),
    ('\u{d7}', '\u{d7}'),
    ('\u{f7}', '\u{f7}'),
    ('\u{2000}', '\u{206f}'),
    ('\u{20a0}', '\u{20cf}'),
    ('\u{2190}', '\u{2bff}'),
    ('\u{3000}', '\u{3004}'),
    ('\u{3008}', '\u{3020}'),
    ('\u{3030}', '\u{3030}'),
    ('\u{fe10}', '\u{fe6f}'),
    ('\u{ff01}', '\u{ff0f}'),
    ('\u{ff1a}', '\u{ff20}'),
    ('\u{ff3b}', '\u{ff40}'),
    ('\u{ff5b}', '\u{ff65}'),
    ('\u{fffd}', '\u{fffd}'),
    ('\u{1f000}', '\u{1faff}'),
    ('\u{e000}', '\u{f8ff}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// A key with its colon, in the JSON that the receiver writes: a value's quote is never followed by
/// a colon.
const KEY: &str = r#""(?:[^"\\]|\\.)*":"#;
/// An escape within a text, in the JSON that the receiver writes.
const ESCAPE: &str = r"\\(?:u....|.)";

/// Whether it is part of a word.
pub(super) fn is_word(c: char) -> bool {
    match c.is_ascii() {
        true => c.is_ascii_alphanumeric(),
        false => !BETWEEN_WORDS.iter().any(|(first, last)| (*first..=*last).contains(&c)),
    }
}

/// The character as it is compared: lower case, where that is one character.
pub(super) fn folded(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        // A sigma is the same wherever it stands.
        (Some('ς'), None) => 'σ',
        (Some(lower), None) => lower,
        _ => c,
    }
}

/// A text as [`text_expression`] has it: what an escape is for is a blank, and what is between words.
pub(super) fn flat(text: &str) -> String {
    let flat = |c: char| match c {
        '"' | '\\' => ' ',
        c if c < ' ' => ' ',
        c if c.is_ascii() || is_word(c) => c,
        _ => ' ',
    };
    text.chars().map(flat).collect::<String>().to_lowercase()
}

/// What a trace says, as ClickHouse compares it: values without keys, in lower case. The index has
/// the same expression; with another it is not used.
pub(crate) fn text_expression() -> String {
    let mut pattern = format!("{KEY}|{ESCAPE}|[");
    for (first, last) in BETWEEN_WORDS {
        // Writing into a String does not fail.
        let _ = write!(pattern, r"\x{{{:x}}}-\x{{{:x}}}", u32::from(first), u32::from(last));
    }
    let pattern = pattern.replace('\\', r"\\");
    format!("lowerUTF8(replaceRegexpAll(trace_json, '{pattern}]', ' '))")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_any_script_are_words_and_signs_are_not() {
        for c in "azAZ09äßéЖ東京ねこªµº\u{308}ﬁ٣".chars() {
            assert!(is_word(c), "{c:?}");
        }
        for c in "_-.,:;'\"„“”«»…–—·€¿¡×÷→✓🙂\u{a0}\u{200b}\u{3000}。、！\u{fffd}".chars()
        {
            assert!(!is_word(c), "{c:?}");
        }
    }

    #[test]
    fn the_list_is_in_pairs_that_are_in_order() {
        assert!(BETWEEN_WORDS.iter().all(|(first, last)| first <= last));
    }

    #[test]
    fn case_makes_no_difference() {
        for (a, b) in [("MÜNCHEN", "münchen"), ("ΟΔΟΣ", "οδος"), ("ЖУК", "жук")] {
            let fold = |text: &str| text.chars().map(folded).collect::<String>();
            assert_eq!(fold(a), fold(b));
        }
        assert_eq!(flat("Say \"Grüße\" –\nOK"), "say  grüße    ok");
    }
}
