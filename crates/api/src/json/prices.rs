//! An entry of the list of prices, in the form in which it is imported, and what a list changes.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::{MonthCount, rfc3339};
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

/// What applying the list changed, or would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppliedPrices {
    /// Executions whose cost, or that of a call, is another.
    pub tickets: u64,
    /// Of these, executions that have a cost and had none.
    pub gained: u64,
    /// Of these, executions that had a cost and have none.
    pub lost: u64,
    /// What they cost together, by currency; of a dry run only.
    pub sums: Vec<CostChange>,
    /// The executions by month, oldest first.
    pub by_month: Vec<MonthCount>,
    /// The version of the list.
    pub as_of: Option<String>,
}

/// A sum of costs, as decimal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CostChange {
    /// What it is in.
    pub currency: String,
    /// Before.
    pub before: String,
    /// By the list.
    pub after: String,
}

impl From<v1::ApplyPricesResponse> for AppliedPrices {
    fn from(applied: v1::ApplyPricesResponse) -> Self {
        let sum =
            |v1::CostChange { currency, before, after }| CostChange { currency, before, after };
        Self {
            tickets: applied.tickets,
            gained: applied.gained,
            lost: applied.lost,
            sums: applied.sums.into_iter().map(sum).collect(),
            by_month: applied.by_month.into_iter().map(MonthCount::from).collect(),
            as_of: rfc3339(applied.as_of.as_ref()),
        }
    }
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
