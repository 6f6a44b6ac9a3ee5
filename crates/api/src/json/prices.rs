//! An entry of the list of prices, in the form in which it is imported.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::{time::timestamp, v1};

/// An entry. What is not said in it is left out, as in a list that somebody writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PriceEntry {
    /// Who is paid.
    pub provider: String,
    /// A name, or a pattern of names.
    pub model: String,
    /// The service tier, where it is not the standard.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service_tier: String,
    /// Of calls with more input tokens than this, where it is no base price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above_input_tokens: Option<u64>,
    /// Since when: a day where it begins with one, otherwise RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// What the prices are in.
    pub currency: String,
    /// Of a million tokens of input.
    pub input: String,
    /// Of a million tokens of output.
    pub output: String,
    /// Of a million tokens of input that were read from the provider's cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<String>,
    /// Of a million tokens of input that were written to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<String>,
    /// Of a million tokens of output that the model thought with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// Where the price is from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
}

impl From<v1::PriceEntry> for PriceEntry {
    fn from(entry: v1::PriceEntry) -> Self {
        Self {
            provider: entry.provider,
            model: entry.model,
            service_tier: entry.service_tier,
            above_input_tokens: (entry.above_input_tokens > 0).then_some(entry.above_input_tokens),
            valid_from: entry.valid_from.as_ref().and_then(since),
            currency: entry.currency,
            input: entry.input,
            output: entry.output,
            cache_read: entry.cache_read,
            cache_write: entry.cache_write,
            reasoning: entry.reasoning,
            source: entry.source,
        }
    }
}

/// A day in UTC where it begins with one.
fn since(at: &prost_types::Timestamp) -> Option<String> {
    let moment = timestamp(at)?;
    if at.seconds % 86_400 == 0 && at.nanos == 0 {
        return Some(moment.to_zoned(TimeZone::UTC).date().to_string());
    }
    Some(moment.to_string())
}
