//! `ticketlens prices list`: the list, and which of its entries a model's calls are priced by.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use jiff::{Timestamp, tz::TimeZone};
use ticketlens_api::json;
use ticketlens_prices::{Price, PriceBook, PriceEntry, Unpriced, Usage};
use ticketlens_show::{
    self as show,
    listing::{Column, Listing},
    safe,
};

use crate::{
    exit::{Exit, Failure, Result},
    flags::quoted,
    prices::{self, Listed, message},
    target::{TargetArgs, admin},
    terminal::{note, print, print_document, print_listing},
    when,
};

/// Providers that are told where a model has a price at others.
const TOLD: usize = 5;

/// Which prices.
#[derive(Args, Debug)]
#[command(after_help = "\
With --model, the prices are shown that a call of this model has: of each service tier, and by size. It \
is looked up as a ticket's model is, by name, pattern and date; without --provider, whose model it is \
is told by its name.

--json prints what `ticketlens prices import` takes.

Examples:
  ticketlens prices list --provider anthropic
  ticketlens prices list sonnet
  ticketlens prices list --model gpt-4o-2024-08-06
  ticketlens prices list --model us.anthropic.claude-sonnet-4-5-20250929-v1:0 --at 2026-01-15
  ticketlens prices list --all --json > prices.jsonl")]
pub struct ListArgs {
    /// Only prices whose model, or pattern, has this text in it.
    #[arg(value_name = "TEXT", conflicts_with = "model")]
    pub text: Option<String>,
    /// Only this provider's; with --model, who was paid (`gen_ai.provider.name`).
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// The prices that calls of this model have (`gen_ai.response.model`).
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Only prices in force at this time: now, 2026-11-09, 2026-11-09T08:00 (UTC without a zone). With
    /// --model it is now, unless set.
    #[arg(long, value_name = "TIME", value_parser = when::past)]
    pub at: Option<Timestamp>,
    /// List at most this many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// List all of them.
    #[arg(long, conflicts_with = "limit")]
    pub all: bool,
    /// All columns and whole cells, however narrow the terminal is.
    #[arg(long)]
    pub wide: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// Which receiver.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// Does it.
pub async fn run(args: ListArgs) -> Result<Exit> {
    let mut admin = admin(&args.target).await?;
    let provider = args.provider.as_deref().unwrap_or_default();
    let Listed { entries, as_of } = match &args.model {
        // Whose model it is, the whole list tells.
        Some(_) => prices::entries(&mut admin, "", "").await?,
        None => {
            let text = args.text.as_deref().unwrap_or_default();
            prices::entries(&mut admin, provider, text).await?
        }
    };
    if as_of.is_none() && !args.json {
        print("No prices yet: nothing has a cost.\n")?;
        note("`ticketlens prices import --start-list` imports public prices");
        return Ok(Exit::Done);
    }
    let found = match &args.model {
        Some(model) => of_model(entries, provider, model, args.at.unwrap_or_else(Timestamp::now))?,
        None => match args.at {
            Some(at) => in_force(entries, at),
            None => entries,
        },
    };
    let most = if args.all { usize::MAX } else { args.limit as usize };
    let shown = found.get(..most).unwrap_or(&found);
    if args.json {
        for entry in shown {
            print_document(&json::PriceEntry::from(message(entry)))?;
        }
    } else if found.is_empty() {
        print("No prices match.\n")?;
    } else {
        print_listing(&listing(shown), args.wide)?;
        let as_of = show::time(as_of.as_ref());
        note(&format!("prices of a million tokens; the list is of {as_of}"));
    }
    if shown.len() < found.len() {
        let (shown, all) = (show::count(shown.len() as u64), show::count(found.len() as u64));
        note(&format!("{shown} of {all}: --all lists them, --provider and TEXT choose"));
    }
    Ok(Exit::Done)
}

/// Unix seconds of a time.
fn unix(at: Timestamp) -> u64 {
    u64::try_from(at.as_second()).unwrap_or_default()
}

/// The entries that calls of a model are priced by, of each service tier and size.
fn of_model(
    entries: Vec<PriceEntry>,
    provider: &str,
    model: &str,
    at: Timestamp,
) -> Result<Vec<PriceEntry>> {
    let kinds: BTreeSet<_> =
        entries.iter().map(|e| (e.service_tier.clone(), e.above_input_tokens)).collect();
    let book = PriceBook::new(entries).map_err(|e| {
        Failure::new(Exit::Failed, format!("the receiver's list is none to this program: {e}"))
            .next("is it of another version than this program?")
    })?;
    let priced = |provider: &str, service_tier: &str, input: u64| {
        let usage = Usage {
            provider,
            response_model: model,
            service_tier,
            input: Some(input),
            ..Usage::default()
        };
        book.explain(&usage, unix(at)).map(|priced| priced.entry)
    };
    let found_at = |provider: &str| -> BTreeSet<_> {
        kinds
            .iter()
            .filter_map(|(tier, above)| priced(provider, tier, above.saturating_add(1)).ok())
            // A small call of the standard tier first.
            .chain(priced(provider, "", 1).ok())
            .collect()
    };
    let found = found_at(provider);
    if !found.is_empty() {
        let entries = book.entries().iter().enumerate();
        let found = entries.filter(|(at, _)| found.contains(at));
        return Ok(found.map(|(_, entry)| entry.clone()).collect());
    }
    let why = priced(provider, "", 1).err().unwrap_or(Unpriced::NoModel);
    // Whose model it is was for its name to tell, and that told nothing.
    let others: BTreeSet<_> = match provider {
        "" => book.entries().iter().map(|entry| entry.provider.as_str()).collect(),
        _ => BTreeSet::new(),
    };
    let others: Vec<_> = others.into_iter().filter(|other| !found_at(other).is_empty()).collect();
    let (model, at) = (safe::line(model), at.strftime("%F %T UTC"));
    let whose = match provider {
        "" => String::new(),
        name => format!(" at {}", safe::line(name)),
    };
    let what = format!("a call of {model}{whose} has no price at {at}: {why}");
    Err(Failure::new(Exit::NotFound, what).next(next(&others)))
}

/// What to do where a model has no price, but at these providers.
fn next(others: &[&str]) -> String {
    match others {
        [] => "`ticketlens prices list TEXT` shows what there is, `ticketlens prices set` adds a price"
            .to_owned(),
        [one] => format!("{} has one: add --provider {}", safe::line(one), safe::line(&quoted(one))),
        several => {
            let named: Vec<_> = several.iter().take(TOLD).map(|name| safe::line(name)).collect();
            let more = several.len().saturating_sub(TOLD);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{more} have one: add --provider with one of them", named.join(", "))
        }
    }
}

/// Of each pattern and service tier the entries of the latest valid_from that has come.
fn in_force(mut entries: Vec<PriceEntry>, at: Timestamp) -> Vec<PriceEntry> {
    let of = |e: &PriceEntry| (e.provider.clone(), e.model.clone(), e.service_tier.clone());
    entries.retain(|entry| entry.valid_from <= unix(at));
    let mut latest = BTreeMap::new();
    for entry in &entries {
        let since: &mut u64 = latest.entry(of(entry)).or_default();
        *since = entry.valid_from.max(*since);
    }
    entries.retain(|entry| latest.get(&of(entry)) == Some(&entry.valid_from));
    entries
}

/// Entries as a table.
pub fn listing(entries: &[PriceEntry]) -> Listing<12> {
    let any = |is: fn(&PriceEntry) -> bool| entries.iter().any(is);
    let mut listing = Listing::new([
        Column::new("provider").keep(),
        Column::new("model"),
        Column::new("tier").keep().only_if(any(|e| !e.service_tier.is_empty())),
        Column::new("above").keep().right().only_if(any(|e| e.above_input_tokens > 0)),
        Column::new("valid from").keep().may_drop(4).only_if(any(|e| e.valid_from > 0)),
        Column::new("input").keep().right(),
        Column::new("output").keep().right(),
        Column::new("cache read")
            .keep()
            .right()
            .may_drop(3)
            .only_if(any(|e| e.cache_read.is_some())),
        Column::new("cache write")
            .keep()
            .right()
            .may_drop(2)
            .only_if(any(|e| e.cache_write.is_some())),
        Column::new("reasoning").keep().right().may_drop(5).only_if(any(|e| e.reasoning.is_some())),
        Column::new("currency").keep(),
        Column::new("source").may_drop(1).only_if(any(|e| !e.source.is_empty())),
    ]);
    let text = |price: Option<Price>| price.map(|p| p.to_string()).unwrap_or_default();
    for e in entries {
        let above = match e.above_input_tokens {
            0 => String::new(),
            tokens => show::count(tokens),
        };
        listing.row([
            (&e.provider).into(),
            (&e.model).into(),
            (&e.service_tier).into(),
            above.into(),
            day(e.valid_from).into(),
            e.input.to_string().into(),
            e.output.to_string().into(),
            text(e.cache_read).into(),
            text(e.cache_write).into(),
            text(e.reasoning).into(),
            e.currency.as_str().into(),
            (&e.source).into(),
        ]);
    }
    listing
}

/// Since when, as it is typed: a day where it begins with one; nothing for always.
pub fn day(seconds: u64) -> String {
    let moment = i64::try_from(seconds).ok().and_then(|s| Timestamp::from_second(s).ok());
    match moment {
        None => seconds.to_string(),
        Some(_) if seconds == 0 => String::new(),
        Some(at) if seconds.is_multiple_of(86_400) => at.to_zoned(TimeZone::UTC).date().to_string(),
        Some(at) => at.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(model: &str, tier: &str, above: u64, valid_from: u64) -> PriceEntry {
        let json = r#"{"provider":"openai","model":"x","currency":"USD","input":"1","output":"2"}"#;
        PriceEntry {
            model: model.to_owned(),
            service_tier: tier.to_owned(),
            above_input_tokens: above,
            valid_from,
            ..serde_json::from_str(json).unwrap()
        }
    }

    #[test]
    fn a_model_has_the_prices_of_its_pattern_by_tier_and_size_at_a_time() {
        let list = vec![
            entry("gpt-*", "", 0, 0),
            entry("gpt-4o", "", 0, 0),
            entry("gpt-4o", "", 0, 86_400),
            entry("gpt-4o", "", 1000, 86_400),
            entry("gpt-4o", "batch", 0, 0),
            entry("gpt-4o-mini", "flex", 0, 0),
        ];
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let of = |model: &str, seconds| of_model(list.clone(), "", model, at(seconds));
        assert_eq!(of("gpt-4o-2024-08-06", 5).unwrap(), [list[1].clone(), list[4].clone()]);
        assert_eq!(of("gpt-4o", 86_400).unwrap(), list[2..5]);
        assert_eq!(in_force(list.clone(), at(86_400))[1..4], list[2..5]);
        let none = of("sonnet", 5).unwrap_err();
        assert_eq!(none.exit, Exit::NotFound);
        assert!(none.what().contains("sonnet has no price at 1970-01-01 00:00:05 UTC: "), "{none}");
    }

    #[test]
    fn a_model_that_others_have_a_price_for_says_whose() {
        let at = Timestamp::from_second(5).unwrap();
        let named = |provider: &str| PriceEntry {
            provider: provider.to_owned(),
            ..entry("frobnicate-*", "", 0, 0)
        };
        let of = |list: &[PriceEntry], provider: &str| {
            let none = of_model(list.to_vec(), provider, "frobnicate-9b", at).unwrap_err();
            none.advice().unwrap().to_owned()
        };
        let mut list = vec![entry("gpt-4o", "", 0, 0), named("our-gpus")];
        assert_eq!(of(&list, ""), "our-gpus has one: add --provider our-gpus");
        assert!(of(&list, "openai").contains("prices set"), "a provider was named");
        list.push(named("their-gpus"));
        assert!(of(&list, "").starts_with("our-gpus, their-gpus have one: add --provider"));
    }

    #[test]
    fn since_when_is_shown_as_it_is_typed() {
        assert_eq!(day(0), "");
        assert_eq!(day(1_767_225_600), "2026-01-01");
        assert_eq!(day(1_767_225_601), "2026-01-01T00:00:01Z");
    }
}
