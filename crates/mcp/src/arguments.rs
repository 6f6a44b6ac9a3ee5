//! A tool's arguments as its type has them; what can't be is named.

use rmcp::{handler::server::tool::schema_for_input, model::JsonObject};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use crate::refusal::Refusal;

/// How much of a name that a caller made up is told back.
const TOLD: usize = 40;

/// Reads the arguments of a tool. A name that their type does not have is refused:
/// mistyped, a filter would select everything. What is null is not given.
pub(crate) fn read<A: DeserializeOwned + JsonSchema + 'static>(
    mut given: JsonObject,
) -> Result<A, Refusal> {
    let schema = schema_for_input::<A>().unwrap_or_default();
    let known = schema.get("properties").and_then(Value::as_object);
    let is_known = |name: &str| known.is_some_and(|known| known.contains_key(name));
    if let Some(unknown) = given.keys().find(|name| !is_known(name)) {
        let unknown: String = unknown.chars().take(TOLD).collect();
        let known: Vec<_> = known.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        return Err(Refusal::Argument(format!(
            "there is no argument {unknown:?}; this tool takes {}",
            known.join(", ")
        )));
    }
    given.retain(|_, value| !value.is_null());
    serde_json::from_value(Value::Object(given.clone())).map_err(|error| {
        let error = error.to_string();
        Refusal::Argument(match culprit::<A>(&given, &error) {
            Some(name) => format!("{name}: {error}"),
            None => error,
        })
    })
}

/// The argument without which there is another error, or none.
fn culprit<'a, A: DeserializeOwned>(given: &'a JsonObject, error: &str) -> Option<&'a str> {
    let names = given.keys().map(String::as_str);
    names.into_iter().find(|name| {
        let mut less = given.clone();
        less.remove(*name);
        let read = serde_json::from_value::<A>(Value::Object(less));
        // What is missing is no fault of what is there.
        read.err().is_none_or(|other| {
            let other = other.to_string();
            other != error && !other.starts_with("missing field")
        })
    })
}

/// Page and part numbers, and how many: models send them as text, too.
pub(crate) fn number<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<u32>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Sent {
        Number(u32),
        Text(String),
    }
    let wrong = || serde::de::Error::custom("must be a whole number, 0 or more");
    match Sent::deserialize(reader).map_err(|_| wrong())? {
        Sent::Number(number) => Ok(Some(number)),
        Sent::Text(text) if text.trim().is_empty() => Ok(None),
        Sent::Text(text) => text.trim().parse().map(Some).map_err(|_| wrong()),
    }
}

/// How many are on a page: what was asked for, within what there may be.
pub(crate) fn limit(asked: Option<u32>, default: u32, most: u32) -> Result<u32, Refusal> {
    match asked {
        None => Ok(default),
        Some(limit) if (1..=most).contains(&limit) => Ok(limit),
        Some(_) => Err(Refusal::Argument(format!("limit: must be 1 to {most}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, Deserialize, JsonSchema, PartialEq)]
    #[serde(default)]
    struct Asked {
        name: Option<String>,
        #[serde(deserialize_with = "number")]
        limit: Option<u32>,
    }

    fn asked(given: Value) -> Result<Asked, String> {
        let Value::Object(given) = given else { panic!() };
        read(given).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn arguments_are_read_as_models_send_them() {
        let both = Asked { name: Some("a".into()), limit: Some(5) };
        assert_eq!(asked(json!({ "name": "a", "limit": "5" })), Ok(both));
        assert_eq!(asked(json!({ "name": null, "limit": null })), Ok(Asked::default()));
        assert_eq!(asked(json!({ "limit": "" })), Ok(Asked::default()));
    }

    #[test]
    fn what_can_not_be_is_named() {
        let told = asked(json!({ "naem": "a" })).unwrap_err();
        assert_eq!(told, "there is no argument \"naem\"; this tool takes name, limit");
        for wrong in [json!(-1), json!(1.5), json!("many"), json!([])] {
            let told = asked(json!({ "name": "a", "limit": wrong })).unwrap_err();
            assert_eq!(told, "limit: must be a whole number, 0 or more");
        }
        let told = asked(json!({ "name": 5, "limit": 1 })).unwrap_err();
        assert!(told.starts_with("name: invalid type: integer"), "{told}");
    }

    #[test]
    fn a_limit_is_within_what_there_may_be() {
        assert_eq!(limit(None, 20, 50).unwrap(), 20);
        assert_eq!(limit(Some(50), 20, 50).unwrap(), 50);
        for wrong in [0, 51] {
            assert_eq!(
                limit(Some(wrong), 20, 50).unwrap_err().to_string(),
                "limit: must be 1 to 50"
            );
        }
    }
}
