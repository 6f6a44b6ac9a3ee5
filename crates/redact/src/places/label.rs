//! Labels: texts of a few letters, which most texts of a ticket are (`tool`, `s1`, `lookup_order`). They
//! are told byte by byte before a block of 64 is made of them.

use crate::filter::{Bits, three};

/// Bytes of the longest label: of base64 no less is looked at.
const LONGEST: usize = 15;
/// Digits that may be a number.
const DIGITS: usize = 6;

/// Whether `text` is a label, and none of its words starts like something. It has no place then, by
/// whatever way one looks for them.
pub(crate) fn is_plain(text: &[u8], starts: &Bits) -> bool {
    if text.len() > LONGEST {
        return false;
    }
    // Letters of the word so far, and digits of the text.
    let (mut letters, mut digits) = (0, 0);
    let mut before = b' ';
    for (at, &byte) in text.iter().enumerate() {
        let is_start = byte.is_ascii_alphanumeric() && !before.is_ascii_alphanumeric();
        if is_start {
            if starts.has(three(text, at)) {
                return false;
            }
            letters = 0;
        }
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => letters += 1,
            b'0'..=b'9' => {
                digits += 1;
                // Two letters and two digits may begin the number of an account.
                let is_account = letters == 2 && before.is_ascii_digit();
                if digits == DIGITS || is_account {
                    return false;
                }
            }
            b'_' | b'.' => {}
            // A dash behind a blank is an option's.
            b' ' | b'-' if before != b' ' => {}
            _ => return false,
        }
        before = byte;
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Gate, GateConfig,
        places::{Places, Tests},
    };

    fn agree(text: &str, gate: &Gate) -> bool {
        let filter = gate.filter();
        let (starts, ends, keys) = (filter.starts(), filter.ends(), gate.key_endings());
        let tests = Tests { starts, ends, keys, with_edges: false };
        !is_plain(text.as_bytes(), starts) || Places::new(text.as_bytes(), tests).is_plain()
    }

    proptest! {
        #[test]
        fn a_plain_label_is_plain_however_it_is_looked_at(
            label in "[A-Za-z]{0,4}[0-9]{0,4}[A-Za-z_. -]{0,4}[0-9]{0,3}",
            text in "[ -~]{0,15}",
        ) {
            let gate = Gate::new(GateConfig::default()).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert!(agree(&label, &gate), "{label}");
            prop_assert!(agree(&text, &gate), "{text}");
        }
    }

    #[test]
    fn most_labels_are_plain() {
        let gate = Gate::new(GateConfig::default()).unwrap();
        let is_plain = |text: &str| is_plain(text.as_bytes(), gate.filter().starts());
        for text in ["", "s1", "tool", "lookup_order", "OK", "gpt-4o", "step 12", "2024"] {
            assert!(is_plain(text), "{text}");
        }
        for text in ["--token", "a@b", "AKIA", "123456", "DE12", "sk-1", "x=1", "lookup_order_of_1"]
        {
            assert!(!is_plain(text), "{text}");
        }
    }
}
