//! What a call used, as OpenTelemetry's GenAI conventions tell it.

use crate::cost::Tokens;

/// What one call of a model used. A text that is not known is empty, a count that is not known
/// `None`.
///
/// As in OpenTelemetry's conventions, `cache_read` and `cache_write` lie *within* `input`, and
/// `reasoning` within `output`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage<'a> {
    /// `gen_ai.provider.name`, or the older `gen_ai.system`.
    pub provider: &'a str,
    /// `gen_ai.request.model`: the model that was asked for.
    pub request_model: &'a str,
    /// `gen_ai.response.model`: the model that answered. It decides, where it is known.
    pub response_model: &'a str,
    /// `openai.response.service_tier` and its likes; `default`, `auto`, `standard`,
    /// `standard_only` and `on_demand` are the standard price, as empty is.
    pub service_tier: &'a str,
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

impl Usage<'_> {
    /// Each token counted once. `None` if neither input nor output is known: parts without a whole
    /// say nothing. One of the two alone is as if the other were 0: embeddings have no output.
    pub(crate) fn tokens(&self) -> Option<Tokens> {
        if self.input.is_none() && self.output.is_none() {
            return None;
        }
        let [input, cache_read, cache_write, output, reasoning] =
            [self.input, self.cache_read, self.cache_write, self.output, self.reasoning]
                .map(Option::unwrap_or_default);
        Some(Tokens::new(input, cache_read, cache_write, output, reasoning))
    }
}
