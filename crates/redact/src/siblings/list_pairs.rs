//! Names and values side by side in lists: headers as they were received
//! (`["Host", "x", "Cookie", "a=b"]`), and lists of pairs (`[["password", "hunter2"], …]`).

use super::{Above, is_key_like, may_name};
use crate::{detector::is_mark, gate::Gate, key_class::KeyClass};

/// Headers whose value is a secret, whatever it looks like.
const HEADERS: [&str; 7] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "x-amz-security-token",
    "x-api-key",
    "x-auth-token",
];
/// Longer than any header's name: what a list of such names does not hold.
const LONG: usize = 24;

/// What the items of a list say of those behind them. Asked for each item in order.
#[derive(Clone, Copy)]
pub struct ListPairs {
    /// The list is one of two items, in a list.
    is_pair: bool,
    told: KeyClass,
}

impl ListPairs {
    /// Of a list of so many items, itself in a list where `above` says so.
    pub fn new(items: usize, above: Above<'_>) -> Self {
        Self { is_pair: items == 2 && above.listed, told: KeyClass::Plain }
    }

    /// What the item before says of the next one: a text, or something else.
    #[inline]
    pub fn next(&mut self, gate: &Gate, item: Option<&str>) -> KeyClass {
        let told = std::mem::replace(&mut self.told, KeyClass::Plain);
        if told != KeyClass::Plain {
            return item.map_or(KeyClass::Plain, |text| self.class(gate, told, text));
        }
        if let Some(text) = item {
            self.told = match text {
                text if self.is_pair && may_name(text) => gate.classify(text),
                text if is_header(text) => KeyClass::Secret,
                _ => KeyClass::Plain,
            };
        }
        KeyClass::Plain
    }

    fn class(self, gate: &Gate, told: KeyClass, text: &str) -> KeyClass {
        let is_value = match self.is_pair {
            // The heads of two columns are no pair.
            true => {
                gate.classify(text) == KeyClass::Plain
                    && (told == KeyClass::Secret || !is_key_like(text))
            }
            // Names of headers are listed too (`Access-Control-Allow-Headers`), and what was a name of
            // something else is a hash.
            false if is_mark(text) => false,
            false => {
                text.len() > LONG || text.bytes().any(|b| b.is_ascii_digit() || b" =".contains(&b))
            }
        };
        if is_value { told } else { KeyClass::Plain }
    }
}

/// Whether `text` is the name of such a header.
pub(crate) fn is_header(text: &str) -> bool {
    HEADERS.iter().any(|name| name.eq_ignore_ascii_case(text))
}
