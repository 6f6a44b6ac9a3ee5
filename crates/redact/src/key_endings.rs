//! Whether a key may be listed, by its last letters: nearly every key of a trace is done after this.

/// Letters of an ending.
const LETTERS: usize = 6;
/// Bytes that hold them, with what separates them.
pub(crate) const BYTES: usize = 16;
const SLOTS: usize = 1 << 15;
/// Five bits for each of three letters.
const THREES: usize = 1 << 15;

/// What the listed keys end in.
#[derive(Clone, Debug)]
pub(crate) struct Endings {
    /// A bit for the last letters of each listed key, and for each shorter key as a whole.
    six: Box<[u64; SLOTS / 64]>,
    /// A bit for the last three letters of each, and for the last two behind anything but a letter.
    three: Box<[u64; THREES / 64]>,
}

impl Endings {
    pub(crate) fn new() -> Self {
        Self { six: Box::new([0; SLOTS / 64]), three: Box::new([0; THREES / 64]) }
    }

    /// Adds a key, as its letters and digits in lower case.
    pub(crate) fn insert(&mut self, key: &[u8]) {
        let last = &key[key.len().saturating_sub(LETTERS)..];
        let ending = last.iter().rev().fold(0, |ending, b| ending << 8 | u64::from(*b));
        let slot = slot(ending);
        self.six[slot / 64] |= 1 << (slot % 64);
        let before = key.len().checked_sub(3).map_or(0, |at| key[at]);
        if let [.., a, b] = *key {
            for three in [three(before, a, b), three(0, a, b)] {
                self.three[three / 64] |= 1 << (three % 64);
            }
        }
    }

    /// Whether a listed key may be what `text` ends in. It is not if this says no.
    #[inline(always)]
    pub(crate) fn may_end(&self, text: &[u8]) -> bool {
        match text.last_chunk::<8>().and_then(|last| lower_case(*last)) {
            Some(ending) => self.has(ending),
            None => self.may_end_in_three(text) && self.may_end_otherwise(text),
        }
    }

    /// Apart, as where it is asked little more has room.
    #[inline(never)]
    fn may_end_otherwise(&self, text: &[u8]) -> bool {
        let in_two = text.last_chunk().and_then(|last| self.may_end_in_two(*last));
        in_two.unwrap_or_else(|| self.may_end_in_words(text))
    }

    /// As [`may_end`](Self::may_end), by as few letters as can tell.
    #[inline(always)]
    fn may_end_in_three(&self, text: &[u8]) -> bool {
        let [.., before, a, b] = *text else { return true };
        // Digits may count things, a hump begins a word, other letters are folded.
        if !a.is_ascii_lowercase() || !b.is_ascii_lowercase() || !before.is_ascii() {
            return true;
        }
        let three = three(before, a, b);
        self.three[three / 64] >> (three % 64) & 1 == 1
    }

    /// As [`may_end`](Self::may_end), where one thing stands between two words of lower case, of
    /// which the second may be capitalised.
    #[inline]
    fn may_end_in_two(&self, last: [u8; 8]) -> Option<bool> {
        let eight = u64::from_le_bytes(last);
        // The first of the eight is one more than both words have.
        let (lower, upper) = (of_range(eight, b'a', b'z'), of_range(eight, b'A', b'Z') & !0xff);
        let others = !(lower | upper) & HIGH_BITS & !0xff;
        let at = others.trailing_zeros() / 8;
        let is_one = others & others.wrapping_sub(1) == 0 && (2..=6).contains(&at);
        let separator = last[at as usize % 8];
        if !is_one || upper & !(0x80 << (8 * (at + 1))) != 0 || LOWER[usize::from(separator)] != 0 {
            return None;
        }
        let folded = eight | upper >> 2;
        let word = folded >> (8 * (at + 1));
        let before = folded >> 8 & ((1 << (8 * (at - 1))) - 1);
        // No key goes on over a quote.
        let both = separator != b'"' && self.has(before | word << (8 * (at - 1)));
        Some(both || self.has(word))
    }

    /// As [`may_end`](Self::may_end), where something else stands among the last letters.
    fn may_end_in_words(&self, text: &[u8]) -> bool {
        let last = &text[text.len().saturating_sub(BYTES)..];
        // `password1 =`
        let last = if last.ends_with(b" ") { last.trim_ascii_end() } else { last };
        let mut left = last.len() - uncounted(last);
        let (mut ending, mut is_begun) = (0_u64, false);
        while left > 0 {
            left -= 1;
            let byte = last[left];
            let letter = LOWER[usize::from(byte)];
            if letter == 0 {
                // A word began behind this, and no key goes on over a quote.
                if is_begun && self.has(ending) {
                    return true;
                }
                if byte == b'"' {
                    return false;
                }
                is_begun = false;
                continue;
            }
            // Accents and other scripts are folded elsewhere.
            if letter >= 0x80 {
                return true;
            }
            ending = ending << 8 | u64::from(letter);
            is_begun = true;
            let is_full = ending >> (8 * (LETTERS - 1)) != 0;
            // A word begins with a hump.
            if (is_full || letter != byte) && self.has(ending) {
                return true;
            }
            if is_full {
                return false;
            }
        }
        // All of a text, or too much between its letters to tell.
        text.len() > BYTES || self.has(ending)
    }

    #[inline]
    fn has(&self, ending: u64) -> bool {
        let slot = slot(ending);
        self.six[slot / 64] >> (slot % 64) & 1 == 1
    }
}

/// Three letters in any case as a number; the first may be something else.
#[inline]
fn three(before: u8, a: u8, b: u8) -> usize {
    let five = |letter: u8| usize::from(letter & 31);
    let before = if before.is_ascii_alphabetic() { five(before) } else { 0 };
    before << 10 | five(a) << 5 | five(b)
}

const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// The high bit of each byte that is one of `first` to `last`, both ASCII.
#[inline]
const fn of_range(eight: u64, first: u8, last: u8) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let low = eight & !HIGH_BITS;
    let from = low + ONES * (0x80 - first) as u64;
    let past = low + ONES * (0x7f - last) as u64;
    from & !past & !eight & HIGH_BITS
}

/// The last letters among these, if nothing but letters in lower case is.
#[inline]
fn lower_case(last: [u8; 8]) -> Option<u64> {
    const ONES: u64 = 0x0101_0101_0101;
    let ending = u64::from_le_bytes(last) >> (8 * (8 - LETTERS));
    // Of a to z the first three bits are 011, and the other five 1 to 26.
    let rest = ending ^ (0x60 * ONES);
    let is_lower = rest & (0xe0 * ONES) == 0
        && (rest + 5 * ONES) & (0x20 * ONES) == 0
        && (rest + 31 * ONES) & (0x20 * ONES) == 0x20 * ONES;
    is_lower.then_some(ending)
}

#[inline]
fn slot(ending: u64) -> usize {
    (ending.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 49) as usize
}

/// Digits at the end that count things (`address1`): one or two.
#[inline]
fn uncounted(text: &[u8]) -> usize {
    if !text.last().is_some_and(u8::is_ascii_digit) {
        return 0;
    }
    let digits = text.iter().rev().take(3).take_while(|b| b.is_ascii_digit()).count();
    if digits > 2 || digits == text.len() { 0 } else { digits }
}

/// Letters in lower case and digits; 0 for what separates.
pub(crate) const LOWER: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let letter = byte as u8;
        if letter.is_ascii_alphanumeric() || !letter.is_ascii() {
            table[byte] = letter.to_ascii_lowercase();
        }
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_way_says_more_than_letter_by_letter(
            text in "[ -~]{0,4}[a-zA-Z]{0,6}[ -~é]{0,2}[A-Za-z]{0,6}[0-9]{0,2}",
            keys in prop::collection::vec("[a-c]{1,7}|user|id", 1..9),
            word in "[a-cA-C]{0,6}[ _.\"-]?[a-cA-C]{1,6}",
        ) {
            let mut endings = Endings::new();
            keys.iter().for_each(|key| endings.insert(key.as_bytes()));
            for text in [text.as_str(), &word, &format!("{text} {word}"), &format!("{text}{word}")] {
                let text = text.as_bytes();
                let by_letters = endings.may_end_in_words(text);
                prop_assert!(by_letters || !endings.may_end(text));
                let in_two = text.last_chunk().and_then(|last| endings.may_end_in_two(*last));
                prop_assert!(in_two.is_none_or(|in_two| in_two == by_letters));
            }
        }
    }

    #[test]
    fn what_is_listed_may_end_whatever_stands_before_it() {
        let mut endings = Endings::new();
        for key in ["pin", "name", "userid", "phonenumber", "muller", "x"] {
            endings.insert(key.as_bytes());
        }
        for text in [
            "pin",
            "my_pin",
            "userPin",
            "\"pin",
            "PIN",
            "pin1",
            "name",
            "x name",
            "aName",
            "user_id",
            "theUserId",
            "user id",
            "USER-ID",
            "phone number",
            "phoneNumber12",
            "pin1 ",
            "user_id_1  ",
            "x.phone.number",
            "müller",
            "Müller",
            "x",
            "seatX",
            "seat_x",
            "a - - - - - - - - pin",
        ] {
            assert!(endings.may_end(text.as_bytes()), "{text}");
        }
        for text in ["spin", "rename", "order_id", "id", "", "umber", "pin123"] {
            assert!(!endings.may_end(text.as_bytes()), "{text}");
        }
    }
}
