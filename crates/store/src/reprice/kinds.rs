//! The kinds of calls that there are, and the entry that each is priced by. Calls are of one kind if they
//! have the same names and service tier, and lie between the same times and sizes at which any price
//! of the list changes: the book answers all of them alike.

use std::collections::{BTreeSet, HashMap};

use clickhouse::Row;
use serde::Deserialize;
use ticketlens_prices::{PriceBook, PriceEntry, Usage};

/// The most kinds that are looked at, priced or not.
pub const MOST_KINDS: usize = 100_000;
/// The most kinds that have a price: each is part of a statement.
const MOST_PRICED: usize = 4_000;

/// More calls that differ than can be told apart at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "more than {MOST_PRICED} different models, sizes and times of priced calls, or {MOST_KINDS} of all; \
     apply it to one tenant at a time, or since a later time"
)]
pub struct TooManyKinds;

/// The priced kinds.
pub struct Kinds {
    /// Times at which a price of the list begins, in seconds, from 0 on.
    pub times: Vec<u64>,
    /// Sizes of input above which another price of the list holds, from 0 on.
    pub sizes: Vec<u64>,
    /// Of each kind, its number as the database reckons it, and its place among `entries`, from 1.
    pub priced: Vec<(String, usize)>,
    /// The entries by which any is priced.
    pub entries: Vec<PriceEntry>,
}

/// A kind, as the database tells it.
#[derive(Row, Deserialize)]
pub struct Kind {
    key: String,
    provider: String,
    requested: String,
    answered: String,
    tier: String,
    /// What of `times` it lies after.
    time: u64,
    /// What of `sizes` it lies above.
    size: u64,
}

impl Kinds {
    /// Those of a book, before any call is looked at.
    pub fn of(book: &PriceBook) -> Self {
        let distinct = |of: fn(&PriceEntry) -> u64| {
            let all: BTreeSet<_> = book.entries().iter().map(of).chain([0]).collect();
            all.into_iter().collect()
        };
        Self {
            times: distinct(|entry| entry.valid_from),
            sizes: distinct(|entry| entry.above_input_tokens),
            priced: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// Has the book decide about each.
    pub fn price(&mut self, kinds: Vec<Kind>, book: &PriceBook) -> Result<(), TooManyKinds> {
        if kinds.len() > MOST_KINDS {
            return Err(TooManyKinds);
        }
        // The place among `entries` of those of the book that are there.
        let mut places = HashMap::new();
        for kind in kinds {
            let usage = Usage {
                provider: &kind.provider,
                request_model: &kind.requested,
                response_model: &kind.answered,
                service_tier: &kind.tier,
                input: Some(kind.size.saturating_add(1)),
                ..Usage::default()
            };
            let Ok(number) = book.entry_for(&usage, kind.time) else { continue };
            let Some(entry) = book.entries().get(number) else { continue };
            let place = *places.entry(number).or_insert_with(|| {
                self.entries.push(entry.clone());
                self.entries.len()
            });
            if self.priced.len() == MOST_PRICED {
                return Err(TooManyKinds);
            }
            self.priced.push((kind.key, place));
        }
        Ok(())
    }
}
