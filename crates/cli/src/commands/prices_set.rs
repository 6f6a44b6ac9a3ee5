//! `ticketlens prices set` and `remove`: one price. What else it means for calls is said: entries of one
//! `valid_from` are one set.

use std::collections::BTreeSet;

use clap::Args;
use jiff::Timestamp;
use ticketlens_api::{PriceKey, RemovePriceRequest, SetPriceRequest, json};
use ticketlens_prices::{Currency, Price, PriceBook, PriceEntry, Usage};
use ticketlens_show as show;
use ticketlens_show::safe;
use tonic::Code;

use super::{prices::KeyArgs, prices_list::day};
use crate::{
    api::{Admin, refused},
    exit::{Exit, Failure, Result},
    flags::quoted,
    prices::{self, message, seconds},
    target::{TargetArgs, admin},
    terminal::{note, print, print_document, print_json},
};

/// Keys of other prices that are told where one is not there.
const TOLD: usize = 5;

/// A price.
#[derive(Args, Debug)]
#[command(after_help = "\
Prices are of a million tokens. It replaces the price with the same provider, model, service tier, size \
and valid_from, and holds for tickets that are received from now on.

Prices of one --valid-from are one set: with a later base price, earlier prices by size (--above) end.

Examples:
  ticketlens prices set --provider our-gpus --model \"llama-*\" --input 0.2 --output 0.2
  ticketlens prices set --provider openai --model gpt-4o --valid-from 2026-12-01 --input 2.25 \\
    --output 9 --cache-read 1.125 --source \"our contract of 2026-11-20\"
  ticketlens prices set --provider google --model gemini-2.5-pro --above 200000 --input 2.5 --output 15")]
pub struct SetArgs {
    /// Which price.
    #[command(flatten)]
    pub key: KeyArgs,
    /// Of input.
    #[arg(long, value_name = "PRICE", value_parser = str::parse::<Price>)]
    pub input: Price,
    /// Of output.
    #[arg(long, value_name = "PRICE", value_parser = str::parse::<Price>)]
    pub output: Price,
    /// Of input that is read from the provider's cache; that of input unless set.
    #[arg(long, value_name = "PRICE", value_parser = str::parse::<Price>)]
    pub cache_read: Option<Price>,
    /// Of input that is written to the provider's cache; that of input unless set.
    #[arg(long, value_name = "PRICE", value_parser = str::parse::<Price>)]
    pub cache_write: Option<Price>,
    /// Of output that the model thought with; that of output unless set.
    #[arg(long, value_name = "PRICE", value_parser = str::parse::<Price>)]
    pub reasoning: Option<Price>,
    /// What the prices are in: three capitals (ISO 4217).
    #[arg(long, value_name = "CODE", default_value = "USD", value_parser = str::parse::<Currency>)]
    pub currency: Currency,
    /// Where the price is from, and of when.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub source: String,
    /// One JSON document.
    #[arg(long)]
    pub json: bool,
    /// Which receiver.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// Which price goes.
#[derive(Args, Debug)]
#[command(after_help = "\
Stored tickets keep what they were priced at. `ticketlens prices list` shows each price with its key.

Examples:
  ticketlens prices remove --provider our-gpus --model \"llama-*\"
  ticketlens prices remove --provider openai --model gpt-4o --valid-from 2026-12-01")]
pub struct RemoveArgs {
    /// Which price.
    #[command(flatten)]
    pub key: KeyArgs,
    /// One JSON document.
    #[arg(long)]
    pub json: bool,
    /// Which receiver.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// Puts a price into the list.
pub async fn set(args: SetArgs) -> Result<Exit> {
    let entry = PriceEntry {
        valid_from: valid_from(&args.key)?,
        provider: args.key.provider,
        model: args.key.model,
        service_tier: args.key.service_tier,
        above_input_tokens: args.key.above,
        currency: args.currency,
        input: args.input,
        output: args.output,
        cache_read: args.cache_read,
        cache_write: args.cache_write,
        reasoning: args.reasoning,
        source: args.source,
    };
    entry.check().map_err(|why| Failure::new(Exit::Usage, flagged(&why.to_string())))?;
    let mut admin = admin(&args.target).await?;
    let answer = admin.set_price(SetPriceRequest { entry: Some(message(&entry)) }).await;
    let answer = answer.map_err(|s| refused(&s))?.into_inner();
    let before = answer.before.map(prices::entry).transpose()?;
    if args.json {
        print_document(&json::PriceEntry::from(message(&entry)))?;
    } else {
        print(&format!("{}\n", told(before.as_ref(), &entry)))?;
    }
    note_consequences(&mut admin, &entry).await?;
    Ok(Exit::Done)
}

/// Takes a price out of the list.
pub async fn remove(args: RemoveArgs) -> Result<Exit> {
    let valid_from = valid_from(&args.key)?;
    let KeyArgs { provider, model, service_tier, above, .. } = args.key;
    let mut admin = admin(&args.target).await?;
    let key = PriceKey {
        provider: provider.clone(),
        model: model.clone(),
        service_tier: service_tier.clone(),
        above_input_tokens: above,
        valid_from: seconds(valid_from),
    };
    let shown = named(&provider, &model, &service_tier, above, valid_from);
    if let Err(status) = admin.remove_price(RemovePriceRequest { key: Some(key) }).await {
        let failure = refused(&status);
        if status.code() != Code::NotFound {
            return Err(failure);
        }
        let there = same_pattern(&mut admin, &provider, &model).await?;
        let failure = Failure::new(Exit::NotFound, format!("there is no price of {shown}"));
        return Err(failure.next(those_there(&there)));
    }
    if args.json {
        print_json(&serde_json::json!({ "removed": 1 }).to_string())?;
    } else {
        print(&format!("removed {shown}\n"))?;
    }
    let there = same_pattern(&mut admin, &provider, &model).await?;
    let set = there.iter().filter(|e| e.service_tier == service_tier && e.valid_from == valid_from);
    if let Some(without_base) = without_base(&set.collect::<Vec<_>>()) {
        note(&without_base);
    }
    Ok(Exit::Done)
}

fn valid_from(key: &KeyArgs) -> Result<u64> {
    let Some(at) = key.valid_from else { return Ok(0) };
    u64::try_from(at.as_second()).map_err(|_| {
        Failure::new(Exit::Usage, "--valid-from lies before 1970; leave it out for always")
    })
}

/// A field by the name that it has on the command line.
fn flagged(what: &str) -> String {
    match what.split_once(' ') {
        Some((field, rest)) => {
            format!("--{}: {rest}", field.trim_end_matches(':').replace('_', "-"))
        }
        None => what.to_owned(),
    }
}

/// A price's key, for people.
fn named(provider: &str, model: &str, tier: &str, above: u64, valid_from: u64) -> String {
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

fn of(entry: &PriceEntry) -> String {
    let PriceEntry { provider, model, service_tier, above_input_tokens, valid_from, .. } = entry;
    named(provider, model, service_tier, *above_input_tokens, *valid_from)
}

/// What was set: what it was, where it was something else.
fn told(before: Option<&PriceEntry>, entry: &PriceEntry) -> String {
    let price = |price: Option<Price>| price.map_or_else(|| "none".to_owned(), |p| p.to_string());
    let fields = |e: &PriceEntry| {
        [
            ("input", e.input.to_string()),
            ("output", e.output.to_string()),
            ("cache read", price(e.cache_read)),
            ("cache write", price(e.cache_write)),
            ("reasoning", price(e.reasoning)),
            ("currency", e.currency.to_string()),
            (
                "source",
                if e.source.is_empty() {
                    "none".to_owned()
                } else {
                    safe::line(&e.source).into_owned()
                },
            ),
        ]
    };
    let Some(before) = before else { return format!("added {}", of(entry)) };
    let pairs = fields(before).into_iter().zip(fields(entry));
    let differing = pairs.filter(|((_, was), (_, is))| was != is);
    let differing: Vec<_> =
        differing.map(|((name, was), (_, is))| format!("{name} {was} → {is}")).collect();
    match differing.is_empty() {
        true => format!("{} was just so already", of(entry)),
        false => format!("changed {}: {}", of(entry), differing.join(", ")),
    }
}

/// The entries of one pattern.
async fn same_pattern(admin: &mut Admin, provider: &str, model: &str) -> Result<Vec<PriceEntry>> {
    let mut entries = prices::entries(admin, provider, model).await?.entries;
    entries.retain(|entry| entry.model == model && entry.provider == provider);
    Ok(entries)
}

/// What somebody who sets a price may not expect.
async fn note_consequences(admin: &mut Admin, entry: &PriceEntry) -> Result<()> {
    let mut there = prices::entries(admin, &entry.provider, "").await?.entries;
    if let Some(own) = own_prices(&there, entry) {
        note(&own);
    }
    there.retain(|e| e.model == entry.model && e.service_tier == entry.service_tier);
    let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
    for consequence in consequences(&there, entry, now) {
        note(&consequence);
    }
    Ok(())
}

/// Models that the price would hold for, and that have their own among these: a more specific one.
fn own_prices(there: &[PriceEntry], entry: &PriceEntry) -> Option<String> {
    let all = PriceBook::new(there.to_vec()).ok()?;
    let alone = PriceBook::new(vec![entry.clone()]).ok()?;
    let mut own = BTreeSet::new();
    for other in there.iter().filter(|e| e.model != entry.model) {
        // One of the names that its pattern is for.
        let name = other.model.replace('*', "").replace('#', "0");
        let usage = Usage {
            provider: &entry.provider,
            response_model: &name,
            service_tier: &entry.service_tier,
            input: Some(entry.above_input_tokens.saturating_add(1)),
            ..Usage::default()
        };
        let at = entry.valid_from.max(other.valid_from);
        let by = all.price(&usage, at).and_then(|priced| all.entries().get(priced.entry));
        if alone.price(&usage, at).is_some() && by.is_some_and(|by| by.model == other.model) {
            own.insert(other.model.as_str());
        }
    }
    if own.is_empty() {
        return None;
    }
    let told: Vec<_> = own.iter().take(TOLD).map(|model| safe::line(model).into_owned()).collect();
    let more = own.len().saturating_sub(TOLD);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("models with a price of their own keep it: {}{more}", told.join(", ")))
}

/// Of a price among those of its pattern and tier, itself with them.
fn consequences(there: &[PriceEntry], entry: &PriceEntry, now: u64) -> Vec<String> {
    let mut told = Vec::new();
    let later = there.iter().map(|e| e.valid_from).filter(|since| *since > entry.valid_from);
    if let Some(since) = later.clone().filter(|since| *since <= now).min() {
        told.push(format!(
            "it holds only until {}, when a later price begins: --valid-from says since when one holds",
            day(since)
        ));
    }
    let set: Vec<_> = there.iter().filter(|e| e.valid_from == entry.valid_from).collect();
    told.extend(without_base(&set));
    let earlier = there.iter().map(|e| e.valid_from).filter(|since| *since < entry.valid_from);
    if let Some(last) = earlier.max() {
        let is_in_set = |above: u64| set.iter().any(|e| e.above_input_tokens == above);
        let ending = there.iter().filter(|e| e.valid_from == last && e.above_input_tokens > 0);
        let ending: Vec<_> = ending
            .filter(|e| !is_in_set(e.above_input_tokens))
            .map(|e| show::count(e.above_input_tokens))
            .collect();
        if !ending.is_empty() {
            told.push(format!(
                "with it ends the earlier price of calls above {} tokens of input: set it with this \
                 --valid-from, too, if there still is one",
                ending.join(" and above ")
            ));
        }
    }
    told
}

/// Calls that have no price by a set of prices by size alone.
fn without_base(set: &[&PriceEntry]) -> Option<String> {
    let least = set.iter().min_by_key(|entry| entry.above_input_tokens)?;
    if least.above_input_tokens == 0 {
        return None;
    }
    let since = match least.valid_from {
        0 => String::new(),
        since => format!(" from {} on", day(since)),
    };
    Some(format!(
        "calls with {} tokens of input or fewer have no price{since}: set the base price, too: {}",
        show::count(least.above_input_tokens),
        base_of(least)
    ))
}

fn base_of(entry: &PriceEntry) -> String {
    format!("ticketlens prices set {} --input … --output …", flags(entry, false))
}

/// An entry's key, as it is typed.
fn flags(entry: &PriceEntry, with_size: bool) -> String {
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

fn those_there(there: &[PriceEntry]) -> String {
    if there.is_empty() {
        return "`ticketlens prices list` shows those there are".to_owned();
    }
    let keys: Vec<_> = there.iter().take(TOLD).map(|entry| flags(entry, true)).collect();
    let more = there.len().saturating_sub(TOLD);
    let more = if more > 0 { format!("\n… and {more} more") } else { String::new() };
    format!("of this provider and model there are:\n{}{more}", keys.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    fn entry(above: u64, days: u64) -> PriceEntry {
        let json =
            r#"{"provider":"google","model":"gemini-*","currency":"USD","input":"1","output":"2"}"#;
        PriceEntry {
            above_input_tokens: above,
            valid_from: days * DAY,
            ..serde_json::from_str(json).unwrap()
        }
    }

    fn said(there: &[PriceEntry], entry: &PriceEntry) -> String {
        consequences(there, entry, 20_000 * DAY).join("\n")
    }

    #[test]
    fn what_is_left_without_a_price_is_said() {
        assert_eq!(said(&[entry(0, 0)], &entry(0, 0)), "");
        let both = [entry(0, 0), entry(200_000, 0)];
        assert_eq!(said(&both, &entry(200_000, 0)), "");
        // By size alone, later.
        let there = [entry(0, 0), entry(200_000, 20_000)];
        let says = said(&there, &there[1]);
        assert!(
            says.contains("200,000 tokens of input or fewer have no price from 2024-10-04 on"),
            "{says}"
        );
        let set =
            "prices set --provider google --model 'gemini-*' --valid-from 2024-10-04 --input …";
        assert!(says.contains(set), "{says}");
    }

    #[test]
    fn what_ends_with_it_and_what_ends_it_is_said() {
        let there = [entry(0, 0), entry(200_000, 0), entry(0, 20_000)];
        let says = said(&there, &there[2]);
        assert!(says.contains("ends the earlier price of calls above 200,000 tokens"), "{says}");
        let says = said(&there, &there[0]);
        assert!(says.contains("holds only until 2024-10-04"), "{says}");
        // What is to come is what was meant.
        let there = [entry(0, 0), entry(0, 30_000)];
        assert_eq!(said(&there, &there[0]), "");
    }

    #[test]
    fn models_that_keep_their_own_price_are_said() {
        let named = |model: &str| PriceEntry { model: model.to_owned(), ..entry(0, 0) };
        let there = ["gemini-*", "gemini-2.5-pro*", "gemini-1", "claude-*"].map(named);
        let says = own_prices(&there, &there[0]).unwrap();
        assert!(says.ends_with("keep it: gemini-1, gemini-2.5-pro*"), "{says}");
        assert_eq!(own_prices(&there, &there[1]), None);
        // As long as there is no other tier to have.
        let batch = PriceEntry { service_tier: "batch".to_owned(), ..named("gemini-2*") };
        let there = [&there[..], std::slice::from_ref(&batch)].concat();
        assert_eq!(own_prices(&there, &batch), None);
    }

    #[test]
    fn what_was_set_is_told_as_it_was_and_is() {
        let dear = PriceEntry { input: "3".parse().unwrap(), ..entry(200_000, 20_000) };
        assert_eq!(
            told(None, &dear),
            "added google gemini-*, above 200,000 tokens of input, valid from 2024-10-04"
        );
        let was = entry(200_000, 20_000);
        assert!(told(Some(&was), &dear).ends_with("2024-10-04: input 1 → 3"));
        assert!(told(Some(&was), &was).ends_with("was just so already"));
        assert_eq!(flagged("service_tier of the standard"), "--service-tier: of the standard");
    }
}
