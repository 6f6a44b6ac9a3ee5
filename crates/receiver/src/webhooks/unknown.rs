//! The name of a field that a body has and should not: a slip, which nobody finds who is not told.

use std::{borrow::Cow, fmt};

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

/// No field's name is longer, in bytes.
const LONGEST: usize = 64;

/// The first field of a JSON object that is none of these, if it has a field's name: whatever else stands
/// there may be anyone's text.
pub(super) fn unknown(body: &[u8], known: &[&str]) -> Option<String> {
    let mut json = serde_json::Deserializer::from_slice(body);
    json.deserialize_map(Names(known)).ok().flatten().filter(|name| is_name(name))
}

fn is_name(name: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (1..=LONGEST).contains(&name.len()) && name.bytes().all(is_sign)
}

/// Reads an object for the first name that is not among its own.
struct Names<'k>(&'k [&'k str]);

impl<'de> Visitor<'de> for Names<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut first = None;
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            map.next_value::<IgnoredAny>()?;
            if first.is_none() && !self.0.contains(&&*name) {
                first = Some(name.into_owned());
            }
        }
        Ok(first)
    }
}
