//! What a call of a language model used: the names under which it is told, and the call as it is stored.
//!
//! The GenAI conventions are still in development and their names move; senders of each age are read. A
//! name that is in force counts before one that was, whichever comes first.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::limits;

/// What a call of a language model used. Absent texts are empty. Cached tokens lie within `input`,
/// reasoning within `output` (GenAI semantic conventions, "Spans").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelCall<'a> {
    /// `gen_ai.provider.name`.
    pub provider: Cow<'a, str>,
    /// `gen_ai.request.model`.
    pub request_model: Cow<'a, str>,
    /// `gen_ai.response.model`.
    pub response_model: Cow<'a, str>,
    /// `openai.response.service_tier`.
    pub service_tier: Cow<'a, str>,
    /// `gen_ai.usage.input_tokens`.
    pub input: Option<u64>,
    /// `gen_ai.usage.output_tokens`.
    pub output: Option<u64>,
    /// `gen_ai.usage.cache_read.input_tokens`.
    pub cache_read: Option<u64>,
    /// `gen_ai.usage.cache_write.input_tokens`.
    pub cache_write: Option<u64>,
    /// `gen_ai.usage.reasoning.output_tokens`.
    pub reasoning: Option<u64>,
}

/// Which part of a call an attribute tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Text(TextOf),
    Count(CountOf),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextOf {
    Provider,
    RequestModel,
    ResponseModel,
    ServiceTier,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CountOf {
    Input,
    Output,
    CacheRead,
    CacheWrite,
    Reasoning,
}

/// What the attribute of this key tells, and whether by a name that is in force.
pub(crate) fn told(key: &str) -> Option<(Told, bool)> {
    use {CountOf::*, TextOf::*, Told::*};
    // Every name has one of these beginnings: most keys have neither.
    if !key.starts_with("gen_ai.") && !key.starts_with("openai.") {
        return None;
    }
    Some(match key {
        "gen_ai.provider.name" => (Text(Provider), true),
        "gen_ai.system" => (Text(Provider), false),
        "gen_ai.request.model" => (Text(RequestModel), true),
        "gen_ai.response.model" => (Text(ResponseModel), true),
        "openai.response.service_tier" => (Text(ServiceTier), true),
        "gen_ai.openai.response.service_tier"
        | "openai.request.service_tier"
        | "gen_ai.openai.request.service_tier" => (Text(ServiceTier), false),
        "gen_ai.usage.input_tokens" => (Count(Input), true),
        "gen_ai.usage.prompt_tokens" => (Count(Input), false),
        "gen_ai.usage.output_tokens" => (Count(Output), true),
        "gen_ai.usage.completion_tokens" => (Count(Output), false),
        "gen_ai.usage.cache_read.input_tokens" => (Count(CacheRead), true),
        "gen_ai.usage.cache_read_input_tokens" => (Count(CacheRead), false),
        "gen_ai.usage.cache_write.input_tokens" => (Count(CacheWrite), true),
        "gen_ai.usage.cache_creation.input_tokens"
        | "gen_ai.usage.cache_creation_input_tokens"
        | "gen_ai.usage.cache_write_input_tokens" => (Count(CacheWrite), false),
        "gen_ai.usage.reasoning.output_tokens" => (Count(Reasoning), true),
        "gen_ai.usage.reasoning_tokens" | "gen_ai.usage.output_reasoning_tokens" => {
            (Count(Reasoning), false)
        }
        _ => return None,
    })
}

/// Of a step's attributes those that tell what it used: names of models and counts, no text of anyone's.
pub(crate) fn only(mut attributes: Map<String, Value>) -> Map<String, Value> {
    attributes.retain(|key, _| told(key).is_some());
    attributes
}

impl<'a> ModelCall<'a> {
    pub(crate) fn text(&mut self, of: TextOf, text: Cow<'a, str>, is_in_force: bool) {
        let place = match of {
            TextOf::Provider => &mut self.provider,
            TextOf::RequestModel => &mut self.request_model,
            TextOf::ResponseModel => &mut self.response_model,
            TextOf::ServiceTier => &mut self.service_tier,
        };
        if is_in_force || place.is_empty() {
            *place = text;
        }
    }

    pub(crate) fn count(&mut self, of: CountOf, count: Option<u64>, is_in_force: bool) {
        let place = match of {
            CountOf::Input => &mut self.input,
            CountOf::Output => &mut self.output,
            CountOf::CacheRead => &mut self.cache_read,
            CountOf::CacheWrite => &mut self.cache_write,
            CountOf::Reasoning => &mut self.reasoning,
        };
        if count.is_some() && (is_in_force || place.is_none()) {
            *place = count;
        }
    }

    /// Whether any tokens are known.
    pub const fn has_tokens(&self) -> bool {
        self.input.is_some() || self.output.is_some()
    }

    fn texts(&self) -> [&Cow<'a, str>; 4] {
        [&self.provider, &self.request_model, &self.response_model, &self.service_tier]
    }

    /// Whether nothing is known.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Bytes of text that are lent to it.
    pub(crate) fn borrowed(&self) -> usize {
        let lent = |text: &&Cow<'_, str>| matches!(text, Cow::Borrowed(_));
        self.texts().into_iter().filter(lent).map(|text| text.len()).sum()
    }

    /// The same, without what it was read from.
    pub(crate) fn into_owned<'o>(self) -> ModelCall<'o> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        ModelCall {
            provider: owned(self.provider),
            request_model: owned(self.request_model),
            response_model: owned(self.response_model),
            service_tier: owned(self.service_tier),
            input: self.input,
            output: self.output,
            cache_read: self.cache_read,
            cache_write: self.cache_write,
            reasoning: self.reasoning,
        }
    }
}

impl ModelCall<'static> {
    /// What a step's attributes tell, which went through the gate.
    pub(crate) fn of_attributes(attributes: &Map<String, Value>) -> Self {
        let mut call = Self::default();
        for (key, value) in attributes {
            match (told(key), value) {
                (Some((Told::Text(of), is_in_force)), Value::String(text)) => {
                    let text = limits::cut(text, limits::LABEL_BYTES).to_owned();
                    call.text(of, text.into(), is_in_force);
                }
                (Some((Told::Count(of), is_in_force)), value) => {
                    let count = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
                    call.count(of, count, is_in_force);
                }
                _ => {}
            }
        }
        call
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(attributes: Value) -> ModelCall<'static> {
        let Value::Object(map) = attributes else { panic!("a map") };
        ModelCall::of_attributes(&map)
    }

    #[test]
    fn a_call_is_read_by_the_names_of_each_age() {
        let now = of(json!({
            "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.model": "gpt-4o-2024-08-06", "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.output_tokens": 20, "gen_ai.usage.cache_read.input_tokens": 60,
            "gen_ai.usage.cache_write.input_tokens": 10,
            "gen_ai.usage.reasoning.output_tokens": 8, "openai.response.service_tier": "batch",
        }));
        let then = of(json!({
            "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.model": "gpt-4o-2024-08-06", "gen_ai.usage.prompt_tokens": "100",
            "gen_ai.usage.completion_tokens": 20, "gen_ai.usage.cache_read_input_tokens": 60,
            "gen_ai.usage.cache_creation.input_tokens": 10,
            "gen_ai.usage.reasoning_tokens": 8, "gen_ai.openai.request.service_tier": "batch",
            "gen_ai.usage.total": 5, "other": "x",
        }));
        assert_eq!(now, then);
        assert_eq!((now.input, now.cache_write, now.reasoning), (Some(100), Some(10), Some(8)));
    }

    #[test]
    fn the_name_in_force_counts_whichever_comes_first() {
        for keys in [
            ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"],
            ["gen_ai.usage.prompt_tokens", "gen_ai.usage.input_tokens"],
        ] {
            let mut map = Map::new();
            for key in keys {
                map.insert(key.to_owned(), if key.contains("input") { 7 } else { 9 }.into());
            }
            assert_eq!(of(map.into()).input, Some(7));
        }
    }

    #[test]
    fn what_is_no_count_is_none() {
        for value in [json!(-1), json!(1.5), json!("many"), json!(null), json!([1])] {
            assert_eq!(of(json!({ "gen_ai.usage.input_tokens": value })).input, None);
        }
    }
}
