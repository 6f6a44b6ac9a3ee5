//! Maps that say what a value must be instead of being one: JSON Schema, and what tools make of it.
//! `{"password": {"type": "string"}}` holds no password.

use super::Said;
use crate::key_class::KeyClass;

/// Entries of a map that are looked at.
const ENTRIES: usize = 16;

/// What `type` says there, in any case.
const TYPES: [&str; 14] = [
    "any", "array", "bool", "boolean", "dict", "enum", "float", "int", "integer", "list", "number",
    "object", "str", "string",
];

/// What else stands there.
#[rustfmt::skip]
const WORDS: [&str; 36] = [
    "$ref", "additionalProperties", "allOf", "anyOf", "deprecated", "description", "exclusiveMaximum",
    "exclusiveMinimum", "format", "items", "maxItems", "maxLength", "maxProperties", "maximum",
    "minItems", "minLength", "minProperties", "minimum", "multipleOf", "not", "nullable", "oneOf",
    "optional", "pattern", "properties", "propertyOrdering", "readOnly", "required", "strict", "title",
    "type", "unevaluatedProperties", "uniqueItems", "writeOnly", "x-order", "$schema",
];

/// And what holds values.
const SAMPLES: [&str; 5] = ["const", "default", "enum", "example", "examples"];

/// A map, as far as its entries say that it describes a value.
#[derive(Default)]
pub(crate) struct Description {
    entries: usize,
    describes: bool,
    samples: bool,
    properties: bool,
    is_none: bool,
}

impl Description {
    /// Takes note of an entry. Whether the next one may matter.
    pub(crate) fn goes_on(&mut self, key: &[u8], text: Option<&[u8]>) -> bool {
        let is_in = |list: &[&str]| list.iter().any(|word| word.as_bytes() == key);
        let is_sample = is_in(&SAMPLES);
        let is_type = key != b"type" || text.is_none_or(is_type);
        self.entries += 1;
        let is_word = is_sample || is_in(&WORDS) || key.starts_with(b"x-");
        self.samples |= is_sample;
        self.properties |= key == b"properties";
        self.is_none |= self.entries > ENTRIES || !is_type || !is_word;
        self.describes |=
            matches!(key, b"$ref" | b"allOf" | b"anyOf" | b"oneOf" | b"enum" | b"type");
        !self.is_none
    }

    pub(crate) fn said<'t>(self) -> Said<'t> {
        if self.describes && !self.is_none {
            // A sample of a map has keys of its own to say what it holds.
            return Said::Schema { samples: self.samples && !self.properties };
        }
        Said::Other
    }
}

impl Said<'_> {
    /// What a map says, by its entries' keys and texts.
    pub fn of_map<'e>(mut entries: impl Iterator<Item = (&'e [u8], Option<&'e [u8]>)>) -> Self {
        let mut description = Description::default();
        let _ = entries.any(|(key, text)| !description.goes_on(key, text));
        description.said()
    }

    /// What the key of the value says of it: nothing where it is described and not there.
    #[must_use]
    pub fn described(self, class: KeyClass) -> KeyClass {
        match self {
            Self::Schema { samples: false } => KeyClass::Plain,
            // What a package is called may be a key: `"cookie": "^0.7.1"`.
            Self::Text(text) if is_range_of_versions(text) => KeyClass::Plain,
            _ => class,
        }
    }
}

fn is_type(text: &[u8]) -> bool {
    TYPES.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(text))
}

/// `^0.7.1`, `~2.0`, `>=1.4.2`.
fn is_range_of_versions(text: &str) -> bool {
    let after = ["~>", "^", "~", ">="].into_iter().find_map(|sign| text.strip_prefix(sign));
    let is_number =
        |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    after.is_some_and(|rest| {
        let parts = || rest.trim_start().split('.');
        (2..=3).contains(&parts().count()) && parts().all(is_number)
    })
}
