//! The installation's list of prices as it is stored: reading it. `prices_change` has how it changes.
//!
//! A list has a version, the time of its latest change: what is priced by it carries that.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use ticketlens_prices::{EntryKey, MOST_ENTRIES, Price, PriceEntry};
use ticketlens_ticket::Timestamp;

use crate::{Fault, Store, micros::from_version};

/// The columns of a [`PriceRow`].
const COLUMNS: &str = "provider, model, service_tier, above_input_tokens, valid_from, currency, \
    input, output, cache_read, cache_write, reasoning, source, removed";

/// The list in force at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceList {
    /// Its entries, in the order of their keys.
    pub entries: Vec<PriceEntry>,
    /// When it last changed, in whole microseconds: its version. `None` where there never was an
    /// entry.
    pub as_of: Option<Timestamp>,
}

/// Why the list could not be read or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PricesError {
    /// There is none of that key.
    #[error("there is no such price in the list; `ticketlens prices list` shows those there are")]
    NotFound,
    /// Entries that can't be in one list, or not together with those that are there.
    #[error(transparent)]
    Invalid(#[from] ticketlens_prices::InvalidBook),
    /// What the table holds is not what this program wrote.
    #[error(
        "the stored price of {entry} cannot be read: its {field}; take it away with `ticketlens \
         prices remove`, or replace the whole list"
    )]
    Unreadable {
        /// Its key, as people write it.
        entry: String,
        /// Which of its columns.
        field: &'static str,
    },
    /// ClickHouse did not do it.
    #[error("the prices cannot be read or changed")]
    Fault(#[from] Fault),
}

impl PricesError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Fault(fault) if fault.is_retryable())
    }
}

/// An entry as the table has it, readable or not.
#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize, Deserialize)]
pub(crate) struct PriceRow {
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) service_tier: String,
    pub(crate) above_input_tokens: u64,
    /// Seconds since the epoch.
    pub(crate) valid_from: u32,
    currency: String,
    input: u64,
    output: u64,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
    reasoning: Option<u64>,
    source: String,
    pub(crate) removed: u8,
    /// Of a row to be written its own; of one that was read the list's.
    pub(crate) version: u64,
}

/// What is stored, readable or not.
#[derive(Debug, Default)]
pub(crate) struct StoredPrices {
    /// The entries in force, in the order of their keys.
    pub(crate) rows: Vec<PriceRow>,
    /// 0 where there never was one.
    pub(crate) version: u64,
}

impl Store {
    /// The list in force.
    ///
    /// # Errors
    /// [`PricesError::Unreadable`] names the first entry that is none.
    pub async fn prices(&self) -> Result<PriceList, PricesError> {
        let StoredPrices { rows, version } = self.stored_prices(MOST_ENTRIES).await?;
        let entries = rows.into_iter().map(PriceRow::entry).collect::<Result<_, _>>()?;
        Ok(PriceList { entries, as_of: from_version(version) })
    }

    /// A number that differs once the list has changed, so that a receiver sees cheaply whether it has
    /// to read it. Also once rows are merged: then it reads it once for nothing.
    pub async fn prices_mark(&self) -> Result<u64, Fault> {
        // Not the latest version: the clocks of two receivers differ.
        let sql = "SELECT groupBitXor(sipHash64(provider, model, service_tier, \
                   above_input_tokens, valid_from, version)) FROM {store}.prices";
        self.in_time(self.sql(sql).fetch_one::<u64>()).await
    }

    /// What is stored, if it is no more than `most` entries; [`ticketlens_prices::InvalidBook::TooMany`]
    /// otherwise.
    pub(crate) async fn stored_prices(&self, most: usize) -> Result<StoredPrices, PricesError> {
        // In one look, so that the version is of these rows. Of a list that is empty by now, what
        // made it so tells the version.
        let sql = format!(
            "SELECT {COLUMNS}, latest AS version FROM (\
                 SELECT {COLUMNS}, version AS own, max(version) OVER () AS latest \
                 FROM {{store}}.prices FINAL) \
             WHERE removed = 0 OR own = latest \
             ORDER BY removed, provider, model, service_tier, above_input_tokens, valid_from \
             LIMIT {}",
            most + 1
        );
        let mut rows = self.in_time(self.sql(&sql).fetch_all::<PriceRow>()).await?;
        let version = rows.first().map_or(0, |row| row.version);
        rows.retain(|row| row.removed == 0);
        if rows.len() > most {
            return Err(ticketlens_prices::InvalidBook::TooMany.into());
        }
        Ok(StoredPrices { rows, version })
    }
}

impl PriceRow {
    /// An entry to be written.
    pub(crate) fn new(entry: &PriceEntry) -> Self {
        Self {
            provider: entry.provider.clone(),
            model: entry.model.clone(),
            service_tier: entry.service_tier.clone(),
            above_input_tokens: entry.above_input_tokens,
            // Later is refused by its check.
            valid_from: u32::try_from(entry.valid_from).unwrap_or(u32::MAX),
            currency: entry.currency.to_string(),
            input: entry.input.picos(),
            output: entry.output.picos(),
            cache_read: entry.cache_read.map(Price::picos),
            cache_write: entry.cache_write.map(Price::picos),
            reasoning: entry.reasoning.map(Price::picos),
            source: entry.source.clone(),
            removed: 0,
            version: 0,
        }
    }

    /// What distinguishes it from other rows.
    pub(crate) fn key(&self) -> EntryKey<'_> {
        EntryKey {
            provider: &self.provider,
            model: &self.model,
            service_tier: &self.service_tier,
            above_input_tokens: self.above_input_tokens,
            valid_from: self.valid_from.into(),
        }
    }

    /// The entry that it is, if it is one.
    pub(crate) fn entry(self) -> Result<PriceEntry, PricesError> {
        let named = self.named();
        let unreadable = |field| PricesError::Unreadable { entry: named.clone(), field };
        let price = |picos, field| Price::from_picos(picos).ok_or_else(|| unreadable(field));
        let optional = |picos: Option<u64>, field| picos.map(|p| price(p, field)).transpose();
        let entry = PriceEntry {
            currency: self.currency.parse().map_err(|_| unreadable("currency"))?,
            input: price(self.input, "input")?,
            output: price(self.output, "output")?,
            cache_read: optional(self.cache_read, "cache_read")?,
            cache_write: optional(self.cache_write, "cache_write")?,
            reasoning: optional(self.reasoning, "reasoning")?,
            valid_from: self.valid_from.into(),
            provider: self.provider,
            model: self.model,
            service_tier: self.service_tier,
            above_input_tokens: self.above_input_tokens,
            source: self.source,
        };
        // A name that would never be found, from another version or by hand.
        entry.check().map_err(|_| unreadable("key or source"))?;
        Ok(entry)
    }

    /// Its key, as people write it.
    fn named(&self) -> String {
        let Self { provider, model, service_tier, above_input_tokens, valid_from, .. } = self;
        let mut named = format!("{provider} {model}");
        if !service_tier.is_empty() {
            named.push_str(&format!(", service tier {service_tier}"));
        }
        if *above_input_tokens > 0 {
            named.push_str(&format!(", above {above_input_tokens} tokens of input"));
        }
        if *valid_from > 0 {
            named.push_str(&format!(", valid from {valid_from}"));
        }
        named
    }
}
