//! What a price means for calls that somebody who sets it may not think of: entries of one `valid_from`
//! are one set, and a more specific price wins.

use std::collections::BTreeSet;

use ticketlens_prices::{PriceBook, PriceEntry, Usage};
use ticketlens_show as show;
use ticketlens_show::safe;

use super::{prices_key::flags, prices_list::day};

/// Models that are told by name.
const TOLD: usize = 5;

/// Models that the price would hold for, and that have their own among these: a more specific one.
pub fn own_prices(there: &[PriceEntry], entry: &PriceEntry) -> Option<String> {
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
pub fn consequences(there: &[PriceEntry], entry: &PriceEntry, now: u64) -> Vec<String> {
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
pub fn without_base(set: &[&PriceEntry]) -> Option<String> {
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
}
