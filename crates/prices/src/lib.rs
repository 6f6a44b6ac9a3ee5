//! What calls of language models cost: usage in, money out. Pure: no input or output, no clock.
//!
//! A [`PriceEntry`] is one price of one provider's models. A [`PriceBook`] is a list of them, built
//! once, that many threads ask what a call's [`Usage`] cost at its time. [`start_list`] is a list of
//! public prices to begin with.
//!
//! Invariants: money is integers, exact to 10^-12 of a currency's unit and rounded once; what is not
//! known has no price, which is never a price of 0; no count of tokens makes it panic.

#![forbid(unsafe_code)]

// Money.
mod decimal;
mod money;

// One price, and whether a list may hold it.
mod entry;
mod pattern;
mod provider;
mod since;
mod tier;

// A call: what it used, and whose model it was.
mod name;
mod seller;
mod usage;

// Its entry, and the sum.
mod index;

mod cost;

mod book;

mod start_list;

pub use crate::{
    book::{InvalidBook, MOST_ENTRIES, PriceBook, Priced, Unpriced},
    decimal::DecimalError,
    entry::{
        EntryKey, InvalidEntry, LATEST_VALID_FROM, MODEL_BYTES, PROVIDER_BYTES, PriceEntry,
        SERVICE_TIER_BYTES, SOURCE_BYTES,
    },
    money::{Amount, Currency, InvalidCurrency, Price},
    pattern::InvalidPattern,
    provider::provider_of,
    start_list::start_list,
    usage::Usage,
};
