//! One call's tokens times one entry's prices, exact.

use crate::{entry::PriceEntry, money::Price};

/// The tokens of one call, each counted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tokens {
    plain_input: u64,
    cache_read: u64,
    cache_write: u64,
    plain_output: u64,
    reasoning: u64,
}

impl Tokens {
    /// From counts of which cached tokens lie within input, and reasoning within output. What claims
    /// more than the whole is cut to what is left of it.
    pub(crate) fn new(
        input: u64,
        cache_read: u64,
        cache_write: u64,
        output: u64,
        reasoning: u64,
    ) -> Self {
        let cache_read = cache_read.min(input);
        let cache_write = cache_write.min(input - cache_read);
        let reasoning = reasoning.min(output);
        Self {
            plain_input: input - cache_read - cache_write,
            cache_read,
            cache_write,
            plain_output: output - reasoning,
            reasoning,
        }
    }

    /// What they cost, in 10^-12 units: five products of at most 2^64 × 10^15 fit 128 bits.
    pub(crate) fn cost(&self, entry: &PriceEntry) -> u128 {
        let of = |tokens: u64, price: Price| u128::from(tokens) * u128::from(price.picos());
        of(self.plain_input, entry.input)
            + of(self.cache_read, entry.cache_read.unwrap_or(entry.input))
            + of(self.cache_write, entry.cache_write.unwrap_or(entry.input))
            + of(self.plain_output, entry.output)
            + of(self.reasoning, entry.reasoning.unwrap_or(entry.output))
    }
}
