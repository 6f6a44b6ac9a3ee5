//! A model's prices over time, of the standard tier and of each other.
//!
//! The package has prices that begin on a day, and variants of them that begin on another and change
//! some of them. Ours are whole: at each day on which one of the two changes, a tier has all of its
//! prices.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::Value;

use crate::prices::{
    json::{list, text},
    notes::Notes,
    rates::{self, Rates},
};

/// One price of a model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Price {
    pub(super) service_tier: String,
    /// Empty for always; otherwise a day.
    pub(super) valid_from: String,
    pub(super) above_input_tokens: u64,
    /// Our keys and decimal texts.
    pub(super) rates: Vec<(&'static str, String)>,
}

/// A change of the prices of a tier on a day; empty for always.
type Changes = Vec<(String, Rates)>;

/// All prices of a model.
pub(super) fn prices(model: &Value, notes: &mut Notes) -> Result<Vec<Price>> {
    let standard = standard(&model["prices"], notes)?;
    let mut found = Vec::new();
    add("", &standard, &mut found, notes);
    for (tier, variants) in variants(list(&model["price_variants"]), notes)? {
        add(&tier, &merged(&standard, &variants), &mut found, notes);
    }
    Ok(found)
}

fn standard(prices: &Value, notes: &mut Notes) -> Result<Changes> {
    if prices.is_object() {
        return Ok(vec![(String::new(), rates::read(prices, notes)?)]);
    }
    let mut changes = Changes::new();
    for one in list(prices) {
        let Some(day) = begins(&one["constraint"], notes) else { continue };
        changes.push((day, rates::read(&one["prices"], notes)?));
    }
    if !changes.is_sorted_by(|a, b| a.0 < b.0) {
        notes.add("prices are not in the order of their days");
        changes.sort();
    }
    Ok(changes)
}

/// The day on which a condition begins to hold; `None` for one that is not of days.
fn begins(constraint: &Value, notes: &mut Notes) -> Option<String> {
    if constraint.is_null() {
        return Some(String::new());
    }
    let day = constraint["start_date"].as_str().map(str::to_owned);
    if day.is_none() {
        notes.add(format!("left out: prices at a time of day, {constraint}"));
    }
    day
}

/// By tier, in the package's order: the first that holds wins.
fn variants(all: &[Value], notes: &mut Notes) -> Result<BTreeMap<String, Changes>> {
    let mut tiers: BTreeMap<String, Changes> = BTreeMap::new();
    for one in all {
        let Some(tier) = tier(&one["when"])? else {
            notes.add(format!("left out: prices when {}", one["when"]));
            continue;
        };
        let prices = &one["prices"];
        if tier == "default" {
            if prices.as_object().is_some_and(|prices| !prices.is_empty()) {
                notes.add("left out: prices of the tier `default` that are not the standard's");
            }
            continue;
        }
        let Some(day) = begins(&one["constraint"], notes) else { continue };
        tiers.entry(tier).or_default().push((day, rates::read(prices, notes)?));
    }
    Ok(tiers)
}

fn tier(when: &Value) -> Result<Option<String>> {
    let Some(when) = when.as_object().filter(|when| when.len() == 1) else { return Ok(None) };
    Ok(match when.iter().next() {
        Some((key, tier)) if key == "service_tier" || key == "processing" => {
            Some(text(tier)?.to_owned())
        }
        _ => None,
    })
}

/// The standard's prices with a tier's in place of some, from the day on which the tier begins.
fn merged(standard: &Changes, variants: &Changes) -> Changes {
    let days: BTreeSet<_> = standard.iter().chain(variants).map(|(day, _)| day).collect();
    let mut changes = Changes::new();
    for day in days {
        let holding = variants.iter().filter(|(since, _)| since <= day);
        let mut own = Rates::new();
        for (key, sizes) in holding.flat_map(|(_, rates)| rates) {
            own.entry(key.clone()).or_insert_with(|| sizes.clone());
        }
        if own.is_empty() {
            continue;
        }
        let last = standard.iter().rfind(|(since, _)| since <= day);
        let mut rates = last.map(|(_, rates)| rates.clone()).unwrap_or_default();
        rates.extend(own);
        if changes.last().is_none_or(|(_, last)| *last != rates) {
            changes.push((day.clone(), rates));
        }
    }
    changes
}

fn add(tier: &str, changes: &Changes, found: &mut Vec<Price>, notes: &mut Notes) {
    for (day, rates) in changes {
        for above in rates::sizes(rates) {
            let Some(rates) = rates::at(rates, above) else {
                notes.add("left out: no price of input tokens");
                continue;
            };
            let (service_tier, valid_from) = (tier.to_owned(), day.clone());
            found.push(Price { service_tier, valid_from, above_input_tokens: above, rates });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(model: &Value) -> (Vec<String>, usize) {
        let mut notes = Notes::default();
        let prices = prices(model, &mut notes).unwrap();
        let shown = |p: &Price| {
            let rates: Vec<_> = p.rates.iter().map(|(key, rate)| format!("{key} {rate}")).collect();
            format!(
                "{}/{}/{}: {}",
                p.service_tier,
                p.valid_from,
                p.above_input_tokens,
                rates.join(", ")
            )
        };
        (prices.iter().map(shown).collect(), notes.said().len())
    }

    #[test]
    fn a_tier_has_all_prices_at_each_change() {
        let model = json!({
            "prices": [
                {"prices": {"input_mtok": "4", "output_mtok": "8", "cache_read_mtok": "1"}},
                {"constraint": {"start_date": "2026-06-01"},
                 "prices": {"input_mtok": "2", "output_mtok": "4", "cache_read_mtok": "0.5"}},
            ],
            "price_variants": [
                {"when": {"service_tier": "default"}, "prices": {}},
                {"when": {"processing": "batch"}, "prices": {"input_mtok": "1"},
                 "constraint": {"start_date": "2026-07-01"}},
                {"when": {"processing": "batch"}, "prices": {"input_mtok": "2"},
                 "constraint": {"start_date": "2026-01-01"}},
            ],
        });
        let expected = [
            "//0: input 4, output 8, cache_read 1",
            "/2026-06-01/0: input 2, output 4, cache_read 0.5",
            "batch/2026-01-01/0: input 2, output 8, cache_read 1",
            "batch/2026-06-01/0: input 2, output 4, cache_read 0.5",
            "batch/2026-07-01/0: input 1, output 4, cache_read 0.5",
        ];
        assert_eq!(of(&model), (expected.map(str::to_owned).to_vec(), 0));
    }

    #[test]
    fn times_of_day_and_other_conditions_are_said() {
        let model = json!({
            "prices": [
                {"prices": {"input_mtok": "1"}},
                {"constraint": {"start_time": "00:30:00", "end_time": "16:30:00"},
                 "prices": {"input_mtok": "2"}},
            ],
            "price_variants": [{"when": {"speed": "fast"}, "prices": {"input_mtok": "9"}}],
        });
        assert_eq!(of(&model), (vec!["//0: input 1, output 0".to_owned()], 2));
    }

    #[test]
    fn what_is_not_sold_by_the_token_is_said() {
        assert_eq!(of(&json!({"prices": {"audio_hours": "1"}})), (vec![], 2));
    }
}
