//! One form for all ways to write the same letters: decomposed, without accents, in lower case.
//! What is found in the folded text is mapped back to the text itself.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A folded text and where each of its bytes comes from.
pub(crate) struct Folded {
    pub(crate) text: String,
    /// No text that is looked at is longer than a `u32` counts ([`crate::TEXT_BYTES`]).
    origin: Vec<u32>,
}

/// Whether folding `text` could change what is found in it: letters beyond ASCII, marks on
/// letters, letters in other widths, characters that don't show.
pub(crate) fn matters(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    text.chars().any(|letter| {
        !letter.is_ascii()
            && (letter.is_alphanumeric() || is_combining_mark(letter) || is_hidden(letter))
    })
}

/// Folds `text`; letters and digits stay apart from each other as they were.
pub(crate) fn fold(text: &str) -> Folded {
    let mut folded = Folded {
        text: String::with_capacity(text.len()),
        origin: Vec::with_capacity(text.len() + 1),
    };
    for (at, letter) in text.char_indices() {
        if letter.is_ascii() {
            folded.push(letter.to_ascii_lowercase(), at);
        } else {
            folded.push_wide(letter, at);
        }
    }
    folded.ends_with(text);
    folded
}

/// The ASCII of a dash, hyphen or blank of typesetting.
fn ascii(letter: char) -> Option<char> {
    match letter {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => Some('-'),
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Some(' '),
        _ => None,
    }
}

/// Whether any of those stands between digits: numbers are grouped with them too.
pub(crate) fn has_separators(text: &str) -> bool {
    let beside_digit = |at: usize, letter: char| {
        let before = text.as_bytes()[..at].last();
        let after = text.as_bytes().get(at + letter.len_utf8());
        before.is_some_and(u8::is_ascii_alphanumeric) || after.is_some_and(u8::is_ascii_digit)
    };
    let is = |(at, letter): (usize, char)| ascii(letter).is_some() && beside_digit(at, letter);
    !text.is_ascii() && text.char_indices().any(is)
}

/// `text` with ASCII in place of them.
pub(crate) fn separators(text: &str) -> Folded {
    let mut folded = Folded {
        text: String::with_capacity(text.len()),
        origin: Vec::with_capacity(text.len() + 1),
    };
    for (at, letter) in text.char_indices() {
        folded.push(ascii(letter).unwrap_or(letter), at);
    }
    folded.ends_with(text);
    folded
}

impl Folded {
    /// The bytes of the text that `start..end` of the folded text comes from.
    pub(crate) fn origin(&self, start: usize, end: usize) -> (usize, usize) {
        let at = |index: usize| {
            let origin = self.origin.get(index).or(self.origin.last());
            origin.map_or(0, |origin| *origin as usize)
        };
        let from = at(start);
        // The end is where the next letter starts; several folded bytes may come from one letter.
        let last = at(end.saturating_sub(1));
        let rest = self.origin.get(end..).unwrap_or_default();
        let to = rest.iter().map(|origin| *origin as usize).find(|origin| *origin > last);
        (from, to.unwrap_or_else(|| at(usize::MAX)))
    }

    fn push(&mut self, letter: char, at: usize) {
        self.text.push(letter);
        self.origin.resize(self.text.len(), u32::try_from(at).unwrap_or(u32::MAX));
    }

    fn ends_with(&mut self, text: &str) {
        self.origin.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
    }

    fn push_wide(&mut self, letter: char, at: usize) {
        if is_hidden(letter) {
            return;
        }
        let plain: &str = match letter {
            'ß' | 'ẞ' => "ss",
            'æ' | 'Æ' => "ae",
            'œ' | 'Œ' => "oe",
            'ø' | 'Ø' => "o",
            'đ' | 'Đ' | 'ð' | 'Ð' => "d",
            'ł' | 'Ł' => "l",
            'ı' => "i",
            'þ' | 'Þ' => "th",
            _ => "",
        };
        for letter in plain.chars() {
            self.push(letter, at);
        }
        if !plain.is_empty() {
            return;
        }
        for part in std::iter::once(letter).nfkd().filter(|part| !is_combining_mark(*part)) {
            for lower in part.to_lowercase().filter(|lower| !is_combining_mark(*lower)) {
                let plain =
                    if lower.is_ascii() || lower.is_alphanumeric() { lower } else { sign(lower) };
                self.push(plain, at);
            }
        }
    }
}

/// What a character that is no letter stands for, in ASCII: beyond that it separates.
fn sign(sign: char) -> char {
    match sign {
        '\u{2010}'..='\u{2015}' => '-',
        '\u{2018}' | '\u{2019}' => '\'',
        space if space.is_whitespace() => ' ',
        _ => '"',
    }
}

/// Soft hyphens, zero-width characters, marks of direction.
fn is_hidden(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_fold_and_map_back() {
        let text = "Grüße, José Ångström – Łódź ﬁn";
        let folded = fold(text);
        assert_eq!(folded.text, "grusse, jose angstrom - lodz fin");
        let at = folded.text.find("angstrom").unwrap();
        let (start, end) = folded.origin(at, at + 8);
        assert_eq!(&text[start..end], "Ångström");
        let (start, end) = folded.origin(0, 6);
        assert_eq!(&text[start..end], "Grüße");
    }

    #[test]
    fn a_mark_goes_with_its_letter() {
        let text = "Jose\u{301} x";
        let folded = fold(text);
        assert_eq!(folded.text, "jose x");
        assert_eq!(folded.origin(0, 4), (0, 6));
        assert!(matters(text) && !matters("plain") && !matters("“quoted” – dash"));
    }
}
