//! Which price of the list: on the command line, for people, and to be typed again.

use clap::Args;
use jiff::Timestamp;
use ticketlens_prices::PriceEntry;
use ticketlens_show as show;
use ticketlens_show::safe;

use super::prices_list::day;
use crate::{
    exit::{Exit, Failure, Result},
    flags::quoted,
    when,
};

/// Keys of other prices that are told where one is not there.
const TOLD: usize = 5;

/// Which price: what distinguishes it from all others.
#[derive(Args, Clone, Debug)]
pub struct KeyArgs {
    /// Who is paid, e.g. openai, anthropic, google, aws, or a name of your own; "*" is any.
    #[arg(long, value_name = "NAME")]
    pub provider: String,
    /// Which models: a name, or a pattern in which "*" is any text and "#" a digit.
    #[arg(long, value_name = "PATTERN")]
    pub model: String,
    /// Of calls of this service tier, e.g. batch; the standard unless set.
    #[arg(long, value_name = "TIER", default_value = "", hide_default_value = true)]
    pub service_tier: String,
    /// Of calls with more tokens of input than this; 0 is the base price.
    #[arg(long, value_name = "TOKENS", default_value_t = 0)]
    pub above: u64,
    /// Since when: 2026-11-09, 2026-11-09T08:00 (UTC without a zone), today, tomorrow. Always, unless
    /// set.
    #[arg(long, value_name = "TIME", value_parser = when::past)]
    pub valid_from: Option<Timestamp>,
}

impl KeyArgs {
    /// Since when, in Unix seconds; 0 is always.
    pub fn since(&self) -> Result<u64> {
        let Some(at) = self.valid_from else { return Ok(0) };
        u64::try_from(at.as_second()).map_err(|_| {
            Failure::new(Exit::Usage, "--valid-from lies before 1970; leave it out for always")
        })
    }
}

/// A price's key, for people.
pub fn named(provider: &str, model: &str, tier: &str, above: u64, valid_from: u64) -> String {
    let mut named = format!("{} {}", safe::line(provider), safe::line(model));
    if !tier.is_empty() {
        named.push_str(&format!(", {}", safe::line(tier)));
    }
    if above > 0 {
        named.push_str(&format!(", above {} tokens of input", show::count(above)));
    }
    if valid_from > 0 {
        named.push_str(&format!(", valid from {}", day(valid_from)));
    }
    named
}

/// The same of an entry.
pub fn of(entry: &PriceEntry) -> String {
    let PriceEntry { provider, model, service_tier, above_input_tokens, valid_from, .. } = entry;
    named(provider, model, service_tier, *above_input_tokens, *valid_from)
}

/// An entry's key, as it is typed.
pub fn flags(entry: &PriceEntry, with_size: bool) -> String {
    let (provider, model) = (quoted(&entry.provider), quoted(&entry.model));
    let mut flags = format!("--provider {provider} --model {model}");
    if !entry.service_tier.is_empty() {
        flags.push_str(&format!(" --service-tier {}", quoted(&entry.service_tier)));
    }
    if with_size && entry.above_input_tokens > 0 {
        flags.push_str(&format!(" --above {}", entry.above_input_tokens));
    }
    if entry.valid_from > 0 {
        flags.push_str(&format!(" --valid-from {}", day(entry.valid_from)));
    }
    safe::line(&flags).into_owned()
}

/// Those of a pattern that are there, where one is not.
pub fn those_there(there: &[PriceEntry]) -> String {
    if there.is_empty() {
        return "`ticketlens prices list` shows those there are".to_owned();
    }
    let keys: Vec<_> = there.iter().take(TOLD).map(|entry| flags(entry, true)).collect();
    let more = there.len().saturating_sub(TOLD);
    let more = if more > 0 { format!("\n… and {more} more") } else { String::new() };
    format!("of this provider and model there are:\n{}{more}", keys.join("\n"))
}
