//! What a text weighs in an answer: at most the bytes it takes there, as a string of JSON within a
//! string of JSON. A weight depends on one character alone, so that a text can be cut at any.

use ticketlens_show::safe;

use crate::seen::smuggles;

/// Bytes of a character that is shown as `\u{1b}`, at most, its backslash escaped twice.
const SHOWN: usize = 14;

/// What a character weighs.
pub(crate) fn of_char(c: char) -> usize {
    match c {
        '"' | '\\' | '\t' => 4,
        '\n' => 3,
        ' '..='~' => 1,
        c if c.is_control() || smuggles(c) => SHOWN,
        c => match safe::line(c.encode_utf8(&mut [0; 4])) {
            std::borrow::Cow::Borrowed(_) => c.len_utf8(),
            std::borrow::Cow::Owned(_) => SHOWN,
        },
    }
}

/// What a text weighs.
pub(crate) fn of(text: &str) -> usize {
    text.chars().map(of_char).sum()
}

/// What a line of JSON of ours weighs: it is within one string more.
pub(crate) fn of_json(json: &str) -> usize {
    json.len() + json.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count()
}

/// The beginning of a text that weighs no more than this, and how many characters are left.
pub(crate) fn cut(text: &str, most: usize) -> (&str, usize) {
    let mut weight = 0;
    for (at, c) in text.char_indices() {
        weight += of_char(c);
        if weight > most {
            return (&text[..at], text[at..].chars().count());
        }
    }
    (text, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seen::shown;

    /// The bytes a text takes: a string of JSON, and that once more.
    fn taken(text: &str) -> usize {
        let once = serde_json::to_string(&shown(text)).unwrap();
        let once = &once[1..once.len() - 1];
        serde_json::to_string(once).unwrap().len() - 2
    }

    #[test]
    fn no_character_takes_more_than_it_weighs() {
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            let text = c.to_string();
            assert!(taken(&text) <= of(&text), "{c:?} takes {} of {}", taken(&text), of(&text));
        }
        assert_eq!(of("Grüße, \"Köln\""), taken("Grüße, \"Köln\""));
    }

    #[test]
    fn a_cut_counts_what_is_left() {
        assert_eq!(cut("Grüße", 4), ("Grü", 2));
        assert_eq!(cut("Grüße", 3), ("Gr", 3));
        assert_eq!(cut("Grüße", 7), ("Grüße", 0));
        assert_eq!(cut("", 0), ("", 0));
    }
}
