//! `ticketlens prices set` and `remove`: one price. What else it means for calls is said: entries of one
//! `valid_from` are one set.

use clap::Args;
use jiff::Timestamp;
use ticketlens_api::{PriceKey, RemovePriceRequest, SetPriceRequest, json};
use ticketlens_prices::{Currency, Price, PriceEntry};
use ticketlens_show::safe;
use tonic::Code;

use super::{
    prices_consequences::{consequences, own_prices, without_base},
    prices_key::{KeyArgs, named, of, those_there},
};
use crate::{
    api::{Admin, refused},
    exit::{Exit, Failure, Result},
    prices::{self, message, seconds},
    target::{TargetArgs, admin},
    terminal::{note, print, print_document, print_json},
};

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
        valid_from: args.key.since()?,
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
    let valid_from = args.key.since()?;
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

/// A field by the name that it has on the command line.
fn flagged(what: &str) -> String {
    match what.split_once(' ') {
        Some((field, rest)) => {
            format!("--{}: {rest}", field.trim_end_matches(':').replace('_', "-"))
        }
        None => what.to_owned(),
    }
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
