//! A key in plain letters: without accents, with what joins words as `_`. Its capitals stay, as they
//! begin words.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

const ROOM: usize = 128;

/// A key's folded bytes; of a long key, what fits.
pub(super) struct Folded {
    buffer: [u8; ROOM],
    len: usize,
}

impl Folded {
    /// The last `window` bytes of `key`, folded.
    pub(super) fn of(key: &str, window: usize) -> Self {
        let mut folded = Self { buffer: [0; ROOM], len: 0 };
        let from = key.ceil_char_boundary(key.len().saturating_sub(window));
        let mut before = '_';
        for letter in key[from..].chars() {
            // Words end where the script changes, and may end at each letter that is a word:
            // `数据库password`, `登录密码`.
            let changes = letter.is_alphanumeric() && is_other(letter) != is_other(before);
            let hump = !letter.is_ascii() && letter.is_uppercase() && before.is_lowercase();
            if (changes && before.is_alphanumeric()) || hump || letter >= '\u{2e80}' {
                folded.push('_');
            }
            folded.fold(letter);
            before = letter;
        }
        folded
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.len]
    }

    fn fold(&mut self, letter: char) {
        if letter.is_ascii() {
            return self.push(letter);
        }
        let plain = match letter {
            'ß' | 'ẞ' => "ss",
            'æ' | 'Æ' => "ae",
            'œ' | 'Œ' => "oe",
            'ø' | 'Ø' => "o",
            'đ' | 'Đ' => "d",
            'ł' | 'Ł' => "l",
            'ı' => "i",
            'ς' => "σ",
            _ => "",
        };
        plain.chars().for_each(|plain| self.push(plain));
        if !plain.is_empty() {
            return;
        }
        for part in std::iter::once(letter).nfkd().filter(|part| !is_combining_mark(*part)) {
            match part {
                part if part.is_ascii() => self.push(part),
                part if part.is_alphanumeric() || part == 'ー' => {
                    part.to_lowercase().for_each(|lower| self.push(lower));
                }
                // A soft hyphen, a joiner: they don't show.
                '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => {}
                _ => self.push('_'),
            }
        }
    }

    fn push(&mut self, letter: char) {
        if self.len + letter.len_utf8() <= ROOM {
            self.len += letter.encode_utf8(&mut self.buffer[self.len..]).len();
        }
    }
}

/// Whether `letter` is of a script that is not folded to ASCII.
fn is_other(letter: char) -> bool {
    letter.is_alphabetic() && letter > '\u{24f}'
}
