//! What a key says about its value, and which values stay all the same.
//!
//! A bare `name` names a person, a tool, a model or a hotel. It is [`KeyClass::Name`]: personal,
//! unless its value reads like an identifier of code (`get_user_details`).

use crate::detector::is_mark;

/// What a key says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyClass {
    /// Nothing: the value is judged by its form.
    Plain,
    /// The value is removed whole.
    Secret,
    /// The value is replaced by a keyed hash.
    Personal,
    /// As [`Personal`](Self::Personal), but a value that is an identifier of code stays.
    Name,
}

impl KeyClass {
    /// The stricter of two: a key's, and that of what cleaning left of it.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let strictest = [Self::Secret, Self::Personal, Self::Name];
        let either = strictest.into_iter().find(|class| self == *class || other == *class);
        either.unwrap_or(Self::Plain)
    }
}

/// Whether the value of a key of that class is removed already, or there never was one. A keyed
/// hash stays but under a secret key: who has one denied wants no pseudonym of its value either.
pub(crate) fn is_gone(class: KeyClass, text: &str) -> bool {
    let is_left = |text: &str| class != KeyClass::Secret || text.starts_with('[');
    text.trim().is_empty() || (is_mark(text) && is_left(text))
}

/// Whether `text` reads like an identifier of code: what stays under a bare `name`.
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
