//! A list of prices, built once for many look-ups: usage in, money out.

use std::{cmp::Reverse, collections::HashMap, fmt};

use crate::{
    entry::{InvalidEntry, PriceEntry},
    index::Index,
    money::{Amount, Currency},
    name::Name,
    provider,
    seller::Seller,
    tier,
    usage::Usage,
};

/// The most entries of one list.
pub const MOST_ENTRIES: usize = 20_000;

/// A list of prices. It never changes: many threads may ask it.
///
/// ```
/// use ticketlens_prices::{PriceBook, Usage, start_list};
///
/// let book = PriceBook::new(start_list()?)?;
/// let usage = Usage {
///     provider: "openai",
///     response_model: "gpt-4o-2024-08-06",
///     input: Some(1_000),
///     output: Some(200),
///     ..Usage::default()
/// };
/// let priced = book.price(&usage, 1_767_225_600).expect("a known model");
/// // 1000 × 2.5/1e6 + 200 × 10/1e6
/// assert_eq!(priced.amount.to_string(), "0.0045");
/// assert_eq!(priced.currency.as_str(), "USD");
/// assert_eq!(book.entries()[priced.entry].model, "gpt-4o-2024-08-06");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Without entries ([`default`](Self::default)) nothing has a price.
#[derive(Default)]
pub struct PriceBook {
    entries: Vec<PriceEntry>,
    /// The entries of each pattern of each provider, as [`sorted`] has them.
    groups: Vec<Vec<u32>>,
    providers: HashMap<Box<str>, Index>,
}

/// What a call cost, and by which entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priced {
    /// What it cost.
    pub amount: Amount,
    /// In what.
    pub currency: Currency,
    /// Which of [`PriceBook::entries`] it was priced by.
    pub entry: usize,
}

/// Why a call has no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unpriced {
    /// Neither the tokens of input nor those of output are known.
    #[error("no tokens are known")]
    NoTokens,
    /// No model is named, or none that the provider is known to sell; or at that time it had no price.
    #[error("the model has no price")]
    NoModel,
    /// The model has a price, but none of this service tier, or for calls of this size.
    #[error("the model has no price of this service tier and size")]
    NoTier,
    /// More than an [`Amount`] holds: no call's true usage.
    #[error("more than is kept")]
    TooMuch,
}

/// Why a list is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidBook {
    /// More entries than [`MOST_ENTRIES`].
    #[error("more than {MOST_ENTRIES} entries")]
    TooMany,
    /// One that may not be in a list.
    #[error("entry {at}: {why}")]
    Entry {
        /// Which, counted from 0.
        at: usize,
        /// Why not.
        why: InvalidEntry,
    },
    /// Two with one key.
    #[error("entry {at} is for the same calls as entry {first}")]
    Twice {
        /// The later one, counted from 0.
        at: usize,
        /// The earlier one.
        first: usize,
    },
    /// The index can't be built: patterns without bounds.
    #[error("too large a list")]
    TooLarge,
}

impl PriceBook {
    /// A book of these entries, in whichever order.
    ///
    /// # Errors
    /// Too many, one that [`PriceEntry::check`] refuses, or two with one [`PriceEntry::key`].
    pub fn new(entries: Vec<PriceEntry>) -> Result<Self, InvalidBook> {
        if entries.len() > MOST_ENTRIES {
            return Err(InvalidBook::TooMany);
        }
        for (at, entry) in entries.iter().enumerate() {
            entry.check().map_err(|why| InvalidBook::Entry { at, why })?;
        }
        let sorted = sorted(&entries)?;
        let mut groups: Vec<Vec<u32>> = Vec::new();
        let mut patterns: HashMap<&str, Vec<(&str, u32)>> = HashMap::new();
        let mut of_last = None;
        for (at, entry) in sorted {
            if of_last.replace((&entry.provider, &entry.model))
                != Some((&entry.provider, &entry.model))
            {
                let group = u32::try_from(groups.len()).map_err(|_| InvalidBook::TooMany)?;
                patterns.entry(&entry.provider).or_default().push((&entry.model, group));
                groups.push(Vec::new());
            }
            if let Some(group) = groups.last_mut() {
                group.push(at);
            }
        }
        let mut providers = HashMap::with_capacity(patterns.len());
        for (name, patterns) in patterns {
            providers.insert(name.into(), Index::new(&patterns).ok_or(InvalidBook::TooLarge)?);
        }
        Ok(Self { entries, groups, providers })
    }

    /// Its entries, as they were given.
    #[must_use]
    pub fn entries(&self) -> &[PriceEntry] {
        &self.entries
    }

    /// What a call cost that was made `at` this second of Unix time; `None` is unknown, and never 0.
    #[must_use]
    pub fn price(&self, usage: &Usage<'_>, at: u64) -> Option<Priced> {
        self.explain(usage, at).ok()
    }

    /// As [`price`](Self::price), with the reason why there is none.
    ///
    /// # Errors
    /// Why the call has no price.
    pub fn explain(&self, usage: &Usage<'_>, at: u64) -> Result<Priced, Unpriced> {
        let tokens = usage.tokens().ok_or(Unpriced::NoTokens)?;
        let number = self.entry_for(usage, at)?;
        let entry = self.entries.get(number).ok_or(Unpriced::NoModel)?;
        let amount = Amount::round(tokens.cost(entry)).ok_or(Unpriced::TooMuch)?;
        Ok(Priced { amount, currency: entry.currency, entry: number })
    }

    /// Which of [`entries`](Self::entries) such a call is priced by. Of its counts only `input`
    /// decides: one that is not known is 0.
    ///
    /// # Errors
    /// [`Unpriced::NoModel`] or [`Unpriced::NoTier`].
    pub fn entry_for(&self, usage: &Usage<'_>, at: u64) -> Result<usize, Unpriced> {
        let tier = tier::of(usage.service_tier);
        let call = Call { tier: &tier, at, input: usage.input.unwrap_or_default() };
        let found = self.find(usage, &call).ok_or(Unpriced::NoModel)?;
        let (number, _) = self.choose(found, &call).ok_or(Unpriced::NoTier)?;
        Ok(number)
    }

    /// The entries of the model: of the one that answered before the one asked for, and of the
    /// provider before those for any.
    fn find(&self, usage: &Usage<'_>, call: &Call<'_>) -> Option<Found<'_>> {
        let answered = Name::new(usage.response_model);
        // Mostly the same, and then not looked up twice.
        let is_other = usage.request_model != usage.response_model;
        let asked = is_other.then(|| Name::new(usage.request_model)).flatten();
        let (answered, asked) = (answered.as_ref(), asked.as_ref());
        let is_listed = |name: &str| name != provider::ANY && self.providers.contains_key(name);
        let seller = Seller::new(usage.provider, [asked, answered], is_listed);
        let models = || [answered, asked].into_iter().flatten();
        let sold = models().find_map(|model| self.sold(seller.of(model)?, model, call));
        sold.or_else(|| {
            let any =
                models().find_map(|model| self.listed(provider::ANY, provider::ANY, model, call));
            any.map(|group| Found { group, at_makers_price: false })
        })
    }

    /// What this provider sells it for: at its own price, or else its maker's.
    fn sold(&self, seller: &str, model: &Name<'_>, call: &Call<'_>) -> Option<Found<'_>> {
        if let Some(group) = self.listed(seller, seller, model, call) {
            return Some(Found { group, at_makers_price: false });
        }
        let makers = provider::makers(seller).iter();
        let group = makers.copied().find_map(|maker| self.listed(maker, seller, model, call))?;
        Some(Found { group, at_makers_price: true })
    }

    /// The entries under `list`'s name of a model as `seller` may call it.
    fn listed(
        &self,
        list: &str,
        seller: &str,
        model: &Name<'_>,
        call: &Call<'_>,
    ) -> Option<&[u32]> {
        let index = self.providers.get(list)?;
        let group = index.find(model.candidates(seller), |group| self.is_for(group, call))?;
        Some(self.group(group))
    }

    fn group(&self, number: u32) -> &[u32] {
        let group = usize::try_from(number).ok().and_then(|number| self.groups.get(number));
        group.map_or(&[], Vec::as_slice)
    }

    fn entry(&self, number: u32) -> Option<(usize, &PriceEntry)> {
        let number = usize::try_from(number).ok()?;
        self.entries.get(number).map(|entry| (number, entry))
    }

    /// Whether a pattern's entries decide about the call: by a price of its tier, or by a standard
    /// one, as the price of a vaguer pattern would be another model's.
    fn is_for(&self, group: u32, call: &Call<'_>) -> bool {
        let entries = self.group(group).iter().filter_map(|&number| self.entry(number));
        let mut valid = entries.filter(|(_, entry)| entry.valid_from <= call.at);
        valid.any(|(_, e)| e.service_tier.is_empty() || e.service_tier == call.tier)
    }

    /// The latest of the tier that is valid, and of those the one for calls of this size.
    fn choose(&self, found: Found<'_>, call: &Call<'_>) -> Option<(usize, &PriceEntry)> {
        // What a maker asks for other tiers says nothing about who sells its models.
        if found.at_makers_price && !call.tier.is_empty() {
            return None;
        }
        let mut since = None;
        for (number, entry) in found.group.iter().filter_map(|&number| self.entry(number)) {
            if entry.service_tier != call.tier || entry.valid_from > call.at {
                continue;
            }
            if *since.get_or_insert(entry.valid_from) != entry.valid_from {
                return None;
            }
            if entry.above_input_tokens == 0 || entry.above_input_tokens < call.input {
                return Some((number, entry));
            }
        }
        None
    }
}

impl fmt::Debug for PriceBook {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PriceBook").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

/// What of a call decides which of a model's prices it has.
struct Call<'a> {
    tier: &'a str,
    at: u64,
    input: u64,
}

/// The entries of the pattern that a call is priced by.
#[derive(Clone, Copy)]
struct Found<'a> {
    group: &'a [u32],
    /// Whether they are the maker's, and the model was sold by another.
    at_makers_price: bool,
}

/// With their numbers, in the order in which a group has them: the latest first, and of one time
/// the one for the largest calls.
fn sorted(entries: &[PriceEntry]) -> Result<Vec<(u32, &PriceEntry)>, InvalidBook> {
    let mut sorted: Vec<_> = (0u32..).zip(entries).collect();
    let order = |entry: &PriceEntry| (Reverse(entry.valid_from), Reverse(entry.above_input_tokens));
    sorted.sort_by(|(_, a), (_, b)| {
        let names =
            [(&a.provider, &b.provider), (&a.model, &b.model), (&a.service_tier, &b.service_tier)];
        let names = names.into_iter().map(|(a, b)| a.cmp(b)).find(|order| order.is_ne());
        names.unwrap_or_else(|| order(a).cmp(&order(b)))
    });
    for pair in sorted.windows(2) {
        let [(first, one), (at, other)] = pair else { continue };
        if one.key() == other.key() {
            let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
            return Err(InvalidBook::Twice { at: number(*at), first: number(*first) });
        }
    }
    Ok(sorted)
}
