//! The list to begin with: public prices, made by `cargo xtask prices` and embedded.

use serde::Deserialize;

use crate::{
    entry::PriceEntry,
    money::{Currency, Price},
    since,
};

/// `cargo xtask prices` writes it; `docs/prices.md` says of what.
const FILE: &str = include_str!("../data/start_list.json");

/// Public prices of many providers, each entry with its source: the data of `genai-prices` (MIT,
/// its licence beside the data), in US dollars.
///
/// ```
/// let list = ticketlens_prices::start_list()?;
/// assert!(list.len() > 3_000);
/// assert!(list.iter().all(|entry| entry.source.starts_with("genai-prices ")));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
/// The embedded file is damaged, which a test holds it is not.
pub fn start_list() -> Result<Vec<PriceEntry>, serde_json::Error> {
    let file: File = serde_json::from_str(FILE)?;
    let source = format!("{} {} of {}", file.name, file.version, file.date);
    let mut entries = Vec::with_capacity(file.prices.len() * 2);
    for row in file.prices {
        for model in &row.models {
            entries.push(row.entry(model, file.currency, &source));
        }
    }
    Ok(entries)
}

/// What every row has in common stands once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    version: String,
    /// The day on which the data was read.
    date: String,
    #[serde(rename = "home")]
    _home: String,
    #[serde(rename = "licence")]
    _licence: String,
    currency: Currency,
    prices: Vec<Row>,
}

/// A price that several patterns have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    provider: String,
    models: Vec<String>,
    #[serde(default)]
    service_tier: String,
    #[serde(default)]
    above_input_tokens: u64,
    #[serde(default, deserialize_with = "since::deserialize")]
    valid_from: u64,
    input: Price,
    output: Price,
    cache_read: Option<Price>,
    cache_write: Option<Price>,
    reasoning: Option<Price>,
}

impl Row {
    fn entry(&self, model: &str, currency: Currency, source: &str) -> PriceEntry {
        PriceEntry {
            provider: self.provider.clone(),
            model: model.to_owned(),
            service_tier: self.service_tier.clone(),
            above_input_tokens: self.above_input_tokens,
            valid_from: self.valid_from,
            currency,
            input: self.input,
            output: self.output,
            cache_read: self.cache_read,
            cache_write: self.cache_write,
            reasoning: self.reasoning,
            source: source.to_owned(),
        }
    }
}
