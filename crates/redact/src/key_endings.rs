//! Whether a key may be listed, by its last letters: nearly every key of a trace is done after this.

/// Letters of an ending.
const LETTERS: usize = 6;
/// Bytes that hold them, with what separates them.
pub(crate) const BYTES: usize = 16;
const SLOTS: usize = 1 << 15;

/// A bit for the last letters of each listed key, and for each shorter key as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Endings(Box<[u64; SLOTS / 64]>);

impl Endings {
    pub(crate) fn new() -> Self {
        Self(Box::new([0; SLOTS / 64]))
    }

    /// Adds a key, as its letters and digits in lower case.
    pub(crate) fn insert(&mut self, key: &[u8]) {
        let last = &key[key.len().saturating_sub(LETTERS)..];
        let ending = last.iter().rev().fold(0, |ending, b| ending << 8 | u64::from(*b));
        let slot = slot(ending);
        self.0[slot / 64] |= 1 << (slot % 64);
    }

    /// Whether a listed key may be what `text` ends in. It is not if this says no.
    #[inline]
    pub(crate) fn may_end(&self, text: &[u8]) -> bool {
        match text.last_chunk::<8>().and_then(|last| lower_case(*last)) {
            Some(ending) => self.has(ending),
            None => self.may_end_in_words(text),
        }
    }

    /// As [`may_end`](Self::may_end), where something else stands among the last letters.
    fn may_end_in_words(&self, text: &[u8]) -> bool {
        let last = &text[text.len().saturating_sub(BYTES)..];
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
        last.len() < text.len() || self.has(ending)
    }

    #[inline]
    fn has(&self, ending: u64) -> bool {
        let slot = slot(ending);
        self.0[slot / 64] >> (slot % 64) & 1 == 1
    }
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
    use super::*;

    #[test]
    fn what_is_listed_may_end_whatever_stands_before_it() {
        let mut endings = Endings::new();
        for key in ["pin", "name", "userid", "phonenumber"] {
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
            "x.phone.number",
            "müller",
            "a - - - - - - - - pin",
        ] {
            assert!(endings.may_end(text.as_bytes()), "{text}");
        }
        for text in ["spin", "rename", "order_id", "id", "", "umber", "pin123"] {
            assert!(!endings.may_end(text.as_bytes()), "{text}");
        }
    }
}
