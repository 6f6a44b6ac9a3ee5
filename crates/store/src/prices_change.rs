//! Changes of the list of prices: each is one insert, so that a list is in force as a whole or not at all.
//!
//! Invariant: what is in force makes a [`PriceBook`]; what would not is refused before it is written.

use std::collections::{HashMap, HashSet};

use ticketlens_prices::{EntryKey, InvalidBook, MOST_ENTRIES, PriceBook, PriceEntry};
use ticketlens_ticket::Timestamp;

use crate::{
    Fault, PricesError, Store,
    micros::{from_version, next_version},
    prices::{PriceRow, StoredPrices},
};

/// Stored entries that a change copes with. More than a list has, as two may have changed it at a time
/// when it was nearly full: it must be possible to make it smaller.
const MOST_STORED: usize = 4 * MOST_ENTRIES;
/// How often a change is written again because another came in between.
const MOST_WRITES: usize = 5;

/// What becomes of the entries that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// Those of a key that is put are replaced; all others stay.
    ByKey,
    /// All of them: those that are not put are removed.
    All,
}

/// What a change came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PricesChanged {
    /// Entries that were not there.
    pub added: u64,
    /// Entries that were there and differ.
    pub changed: u64,
    /// Entries that were there just so.
    pub same: u64,
    /// Entries that are there no more.
    pub removed: u64,
    /// The list's version after it: the one before where nothing changed. `None` where there never was
    /// an entry.
    pub as_of: Option<Timestamp>,
}

/// A change, and the rows that make it.
struct Change {
    rows: Vec<PriceRow>,
    counts: PricesChanged,
    /// The list's version before it.
    version: u64,
}

impl Store {
    /// Puts entries into the list. What is there already just so is not written again, and a list that
    /// does not change keeps its version.
    ///
    /// # Errors
    /// [`PricesError::Invalid`] where the entries can't be in one list, by their place among them.
    pub async fn put_prices(
        &self,
        entries: &[PriceEntry],
        replace: Replace,
    ) -> Result<PricesChanged, PricesError> {
        let change = self.change(entries, replace).await?;
        self.write_prices(change).await
    }

    /// What [`put_prices`](Self::put_prices) would come to, and refuses.
    pub async fn preview_prices(
        &self,
        entries: &[PriceEntry],
        replace: Replace,
    ) -> Result<PricesChanged, PricesError> {
        Ok(self.change(entries, replace).await?.counts)
    }

    /// Takes entries out of the list, readable or not. What is not there stays so: `removed` tells.
    pub async fn remove_prices(&self, keys: &[EntryKey<'_>]) -> Result<PricesChanged, PricesError> {
        let StoredPrices { mut rows, version } = self.stored_prices(MOST_STORED).await?;
        let keys: HashSet<_> = keys.iter().collect();
        rows.retain(|row| keys.contains(&row.key()));
        let counts = PricesChanged { removed: number(rows.len()), ..PricesChanged::default() };
        let rows = rows.into_iter().map(removed).collect();
        self.write_prices(Change { rows, counts, version }).await
    }

    async fn change(
        &self,
        entries: &[PriceEntry],
        replace: Replace,
    ) -> Result<Change, PricesError> {
        // By their places among these, and not in the whole list.
        PriceBook::new(entries.to_vec())?;
        let StoredPrices { rows: stored, version } = self.stored_prices(MOST_STORED).await?;
        let mut counts = PricesChanged { as_of: from_version(version), ..PricesChanged::default() };
        let mut before: HashMap<_, _> = stored.iter().map(|row| (row.key(), row)).collect();
        let mut rows = Vec::new();
        for entry in entries {
            let mut row = PriceRow::new(entry);
            row.version = version;
            match before.remove(&entry.key()) {
                Some(there) if *there == row => {
                    counts.same += 1;
                    continue;
                }
                Some(_) => counts.changed += 1,
                None => counts.added += 1,
            }
            rows.push(row);
        }
        match replace {
            Replace::All => {
                counts.removed = number(before.len());
                rows.extend(before.into_values().cloned().map(removed));
            }
            Replace::ByKey => {
                let rest = before.into_values().cloned().map(PriceRow::entry);
                let mut list = rest.collect::<Result<Vec<_>, _>>()?;
                list.extend_from_slice(entries);
                together(list)?;
            }
        }
        Ok(Change { rows, counts, version })
    }

    /// Writes a change, later than any before. One that another receiver made meanwhile, by a clock
    /// that is ahead of ours, must not hide it: it is written again then, and the last to come wins.
    async fn write_prices(&self, change: Change) -> Result<PricesChanged, PricesError> {
        let Change { mut rows, counts, version: mut latest } = change;
        for _ in 0..MOST_WRITES {
            if rows.is_empty() {
                break;
            }
            let version = next_version(latest);
            rows.iter_mut().for_each(|row| row.version = version);
            self.write("{store}.prices", &rows).await?;
            let of_it;
            (latest, of_it) = self.latest_prices(version).await?;
            if latest == version && of_it == number(rows.len()) {
                break;
            }
        }
        Ok(PricesChanged { as_of: from_version(latest), ..counts })
    }

    /// The list's version, and how many rows are of one.
    async fn latest_prices(&self, of: u64) -> Result<(u64, u64), Fault> {
        let sql = "SELECT max(version), countIf(version = {of:UInt64}) FROM {store}.prices";
        self.in_time(self.sql(sql).param("of", of).fetch_one::<(u64, u64)>()).await
    }
}

/// Whether these make one list. Each of them was checked already: what is wrong has no place to tell.
fn together(list: Vec<PriceEntry>) -> Result<(), PricesError> {
    match PriceBook::new(list) {
        Err(InvalidBook::TooMany) => Err(InvalidBook::TooMany.into()),
        Err(_) => Err(InvalidBook::TooLarge.into()),
        Ok(_) => Ok(()),
    }
}

fn removed(mut row: PriceRow) -> PriceRow {
    row.removed = 1;
    row
}

fn number(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}
