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
    is_none: bool,
}

impl Description {
    /// Takes note of an entry. Whether the next one may matter.
    pub(crate) fn goes_on(&mut self, key: &[u8], text: Option<&[u8]>) -> bool {
        let is_in = |list: &[&str]| list.iter().any(|word| word.as_bytes() == key);
        let is_sample = is_in(&SAMPLES);
        let is_type = key != b"type" || text.is_none_or(is_type);
        self.entries += 1;
        self.samples |= is_sample;
        self.is_none |= self.entries > ENTRIES || !is_type || !(is_sample || is_in(&WORDS));
        self.describes |=
            matches!(key, b"$ref" | b"allOf" | b"anyOf" | b"oneOf" | b"enum" | b"type");
        !self.is_none
    }

    pub(crate) fn said<'t>(self) -> Said<'t> {
        if self.describes && !self.is_none {
            return Said::Schema { samples: self.samples };
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
    pub const fn described(self, class: KeyClass) -> KeyClass {
        match self {
            Self::Schema { samples: false } => KeyClass::Plain,
            _ => class,
        }
    }
}

fn is_type(text: &[u8]) -> bool {
    TYPES.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(text))
}
