//! One price of the list: whose, of which models, for which calls, since when, and how much.

use serde::{Deserialize, Serialize};

use crate::{
    money::{Currency, Price},
    pattern::{self, InvalidPattern},
    provider, since, tier,
};

/// The most bytes of a provider's name.
pub const PROVIDER_BYTES: usize = 64;
/// The most bytes of a pattern of models.
pub const MODEL_BYTES: usize = 200;
/// The most bytes of a service tier's name.
pub const SERVICE_TIER_BYTES: usize = 32;
/// The most bytes of what says where a price is from.
pub const SOURCE_BYTES: usize = 500;
/// The latest moment since which a price may be valid: the last that a `DateTime` of ClickHouse
/// holds, in 2106.
pub const LATEST_VALID_FROM: u64 = u32::MAX as u64;

/// One price: of the models of one provider that its pattern matches.
///
/// In JSON it is one object; money is text, what has its default is left out, and names that are
/// not of these are refused:
///
/// ```
/// use ticketlens_prices::PriceEntry;
///
/// let entry: PriceEntry = serde_json::from_str(
///     r#"{"provider": "openai", "model": "gpt-4o*", "valid_from": "2026-01-01",
///         "currency": "USD", "input": "2.5", "output": "10", "cache_read": "1.25",
///         "source": "our contract of 2025-12-18"}"#,
/// )?;
/// entry.check()?;
/// assert_eq!(entry.valid_from, 1_767_225_600);
/// assert_eq!(entry.input.to_string(), "2.5");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceEntry {
    /// Who is paid, by the name this list has for it ([`provider_of`](crate::provider_of) knows
    /// others' names); `*` for whoever it is.
    pub provider: String,
    /// Which models, in lower case: a name, or a pattern in which `*` is any text and `#` a digit.
    pub model: String,
    /// Empty for the standard price; otherwise `batch`, `flex`, `priority` or what the provider
    /// calls it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub service_tier: String,
    /// For calls with *more* input tokens than this; 0 is the base price. All tokens of such a
    /// call cost this price, not only those above.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub above_input_tokens: u64,
    /// Since when, in seconds of Unix time; 0 is always. In JSON a day or a moment in UTC.
    #[serde(default, skip_serializing_if = "is_zero", with = "since")]
    pub valid_from: u64,
    /// What the prices are in.
    pub currency: Currency,
    /// Of a million tokens of input.
    pub input: Price,
    /// Of a million tokens of output.
    pub output: Price,
    /// Of a million tokens of input that were read from the provider's cache. Without it they cost
    /// what input costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<Price>,
    /// Of a million tokens of input that were written to the provider's cache. Without it they
    /// cost what input costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<Price>,
    /// Of a million tokens of output that the model thought with. Without it they cost what output
    /// costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<Price>,
    /// Where the price is from, and of when.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// What distinguishes two entries: a list holds one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryKey<'a> {
    /// [`PriceEntry::provider`].
    pub provider: &'a str,
    /// [`PriceEntry::model`].
    pub model: &'a str,
    /// [`PriceEntry::service_tier`].
    pub service_tier: &'a str,
    /// [`PriceEntry::above_input_tokens`].
    pub above_input_tokens: u64,
    /// [`PriceEntry::valid_from`].
    pub valid_from: u64,
}

impl PriceEntry {
    /// What distinguishes it from the other entries of a list.
    #[must_use]
    pub fn key(&self) -> EntryKey<'_> {
        EntryKey {
            provider: &self.provider,
            model: &self.model,
            service_tier: &self.service_tier,
            above_input_tokens: self.above_input_tokens,
            valid_from: self.valid_from,
        }
    }

    /// Whether a list may hold it.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self) -> Result<(), InvalidEntry> {
        check_provider(&self.provider)?;
        if self.model.len() > MODEL_BYTES {
            return Err(InvalidEntry::TooLong { field: "model", most: MODEL_BYTES });
        }
        pattern::check(&self.model)?;
        check_tier(&self.service_tier)?;
        if self.source.len() > SOURCE_BYTES {
            return Err(InvalidEntry::TooLong { field: "source", most: SOURCE_BYTES });
        }
        if self.source.chars().any(char::is_control) {
            return Err(InvalidEntry::Source);
        }
        if self.valid_from > LATEST_VALID_FROM {
            return Err(InvalidEntry::TooLate);
        }
        Ok(())
    }
}

fn check_provider(name: &str) -> Result<(), InvalidEntry> {
    if name.len() > PROVIDER_BYTES {
        return Err(InvalidEntry::TooLong { field: "provider", most: PROVIDER_BYTES });
    }
    if name != provider::ANY && !is_name(name) {
        return Err(InvalidEntry::Provider);
    }
    match provider::named(name) {
        Some(ours) if ours != name => Err(InvalidEntry::OtherName { ours }),
        _ => Ok(()),
    }
}

fn check_tier(name: &str) -> Result<(), InvalidEntry> {
    if name.len() > SERVICE_TIER_BYTES {
        return Err(InvalidEntry::TooLong { field: "service_tier", most: SERVICE_TIER_BYTES });
    }
    if name.is_empty() {
        return Ok(());
    }
    if tier::is_standard(name) {
        return Err(InvalidEntry::StandardTier);
    }
    // Looked up as `fold` writes it: what it would change is never found.
    if is_name(name) && tier::fold(name) == name { Ok(()) } else { Err(InvalidEntry::ServiceTier) }
}

/// Lower-case letters, digits and the signs that hold a name together.
fn is_name(text: &str) -> bool {
    let known = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_')
    };
    !text.is_empty() && text.bytes().all(known)
}

// serde hands a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Why a list may not hold an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEntry {
    /// A text is longer than is kept.
    #[error("{field} is longer than {most} bytes")]
    TooLong {
        /// Which.
        field: &'static str,
        /// The most bytes of it.
        most: usize,
    },
    /// The provider's name is none.
    #[error("provider is a name in lower case (letters, digits, `.`, `-`, `_`), or `*` for any")]
    Provider,
    /// The provider is known here by another name; by this one it would never be found.
    #[error("provider is called `{ours}` here")]
    OtherName {
        /// The name it has here.
        ours: &'static str,
    },
    /// The pattern of models is none.
    #[error("model {0}")]
    Model(#[from] InvalidPattern),
    /// The service tier's name is none.
    #[error(
        "service_tier is a name in lower case with `_`, such as `batch`; empty is the standard"
    )]
    ServiceTier,
    /// The service tier is another name of the standard price.
    #[error("service_tier of the standard price is empty")]
    StandardTier,
    /// The source has control characters.
    #[error("source has control characters")]
    Source,
    /// Valid from a time that can't be stored.
    #[error("valid_from is later than 2106-02-07")]
    TooLate,
}
