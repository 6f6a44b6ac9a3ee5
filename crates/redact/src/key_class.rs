//! What a key says about its value, and which values stay all the same.
//!
//! A bare `name` names a person, a tool, a model or a hotel. It is [`KeyClass::Name`] until
//! [`Siblings`](crate::Siblings) tell whose it is, and where they don't, the value's own look decides.

use crate::{
    detector::is_mark,
    name_look::{names_a_person, names_a_thing},
};

/// What a key says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyClass {
    /// Nothing: the value is judged by its form.
    Plain,
    /// The value is removed whole.
    Secret,
    /// The value is replaced by a keyed hash.
    Personal,
    /// As [`Personal`](Self::Personal), but a value that nobody is called stays (`get_user`,
    /// `Water Bottle`).
    Name,
    /// As [`Plain`](Self::Plain), but a value that looks like a person's full name is personal.
    Label,
}

impl KeyClass {
    /// The stricter of two: a key's, and that of what cleaning left of it.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let strictest = [Self::Secret, Self::Personal, Self::Name, Self::Label];
        let either = strictest.into_iter().find(|class| self == *class || other == *class);
        either.unwrap_or(Self::Plain)
    }

    /// Whether a text under such a key is judged by its form alone.
    pub(crate) fn keeps(self, text: &str) -> bool {
        match self {
            Self::Plain => true,
            Self::Name => names_a_thing(in_brackets(text)),
            Self::Label => !names_a_person(in_brackets(text)),
            Self::Secret | Self::Personal => false,
        }
    }

    /// Whether numbers under such a key stay numbers.
    #[must_use]
    pub const fn keeps_numbers(self) -> bool {
        matches!(self, Self::Plain | Self::Name | Self::Label)
    }
}

/// The words in `<Jane Roe>` and `{Jane Roe}`.
fn in_brackets(text: &str) -> &str {
    let inside = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    let inside = inside.or_else(|| text.strip_prefix('{')?.strip_suffix('}'));
    inside.filter(|inside| inside.contains(' ')).unwrap_or(text)
}

/// Whether the value of a key of that class is removed already, or there never was one. A keyed
/// hash stays but under a secret key: who has one denied wants no pseudonym of its value either.
pub(crate) fn is_gone(class: KeyClass, text: &str) -> bool {
    let is_left = |text: &str| class != KeyClass::Secret || text.starts_with('[');
    text.trim().is_empty() || (is_mark(text) && is_left(text))
}
