//! The prices of one model at one time, as the package has them: by key, each for calls of any
//! size or by the size of the input.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::prices::{
    json::{list, text},
    notes::Notes,
};

/// Digits behind the point that a price of a million tokens may have.
const DIGITS: usize = 6;

/// The package's keys and ours, in the order in which they are written.
pub(super) const KEYS: [(&str, &str); 5] = [
    ("input_mtok", "input"),
    ("output_mtok", "output"),
    ("cache_read_mtok", "cache_read"),
    ("cache_write_mtok", "cache_write"),
    ("output_reasoning_mtok", "reasoning"),
];

/// By the package's key, the prices of calls of more input tokens than so many.
pub(super) type Rates = BTreeMap<String, BTreeMap<u64, String>>;

/// What of a price's object is by the token; the rest is said.
pub(super) fn read(prices: &Value, notes: &mut Notes) -> Result<Rates> {
    let mut rates = Rates::new();
    for (key, price) in prices.as_object().context("no prices")? {
        if KEYS.iter().any(|(theirs, _)| theirs == key) {
            rates.insert(key.clone(), by_size(price, notes)?);
        } else {
            notes.add(format!("left out: the price `{key}`"));
        }
    }
    Ok(rates)
}

fn by_size(price: &Value, notes: &mut Notes) -> Result<BTreeMap<u64, String>> {
    if let Some(price) = price.as_str() {
        return Ok(BTreeMap::from([(0, rounded(price, notes)?)]));
    }
    let mut sizes = BTreeMap::from([(0, rounded(text(&price["base"])?, notes)?)]);
    for tier in list(&price["tiers"]) {
        let above = tier["start"].as_u64().context("a tier has a start")?;
        sizes.insert(above, rounded(text(&tier["price"])?, notes)?);
    }
    Ok(sizes)
}

/// In the shortest form and with no more digits than are kept. Some of the data was a float once:
/// `0.09999999999999999`.
fn rounded(price: &str, notes: &mut Notes) -> Result<String> {
    let (whole, fraction) = price.split_once('.').unwrap_or((price, ""));
    let kept = fraction.get(..DIGITS).unwrap_or(fraction);
    let mut units: u64 = format!("{whole}{kept:0<DIGITS$}").parse().context("no price")?;
    let rest = &fraction[kept.len()..];
    if rest.contains(|digit| digit != '0') {
        notes.add(format!("rounded to {DIGITS} digits: {price}"));
        units += u64::from(rest.as_bytes()[0] >= b'5');
    }
    let one = 10u64.pow(u32::try_from(DIGITS)?);
    let written = format!("{}.{:0DIGITS$}", units / one, units % one);
    Ok(written.trim_end_matches('0').trim_end_matches('.').to_owned())
}

/// The sizes at which one of them changes, and 0.
pub(super) fn sizes(rates: &Rates) -> BTreeSet<u64> {
    rates.values().flat_map(BTreeMap::keys).copied().chain([0]).collect()
}

/// Our keys' prices for calls above this size. `None` without a price of input.
pub(super) fn at(rates: &Rates, above: u64) -> Option<Vec<(&'static str, String)>> {
    let price = |theirs: &str| {
        let sizes = rates.get(theirs)?;
        sizes.range(..=above).next_back().map(|(_, price)| price.clone())
    };
    price("input_mtok")?;
    let with_output = |theirs: &str| {
        // What has no price of output makes none: embeddings.
        price(theirs).or_else(|| (theirs == "output_mtok").then(|| "0".to_owned()))
    };
    Some(KEYS.iter().filter_map(|(theirs, ours)| Some((*ours, with_output(theirs)?))).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prices_by_size_are_prices_above_a_size() {
        let prices = json!({
            "input_mtok": {"base": "1.25", "tiers": [{"start": 200_000, "price": "2.5"}]},
            "output_mtok": "10", "requests_kcount": "5",
        });
        let mut notes = Notes::default();
        let rates = read(&prices, &mut notes).unwrap();
        assert_eq!(notes.said(), ["left out: the price `requests_kcount`"]);
        assert_eq!(sizes(&rates), BTreeSet::from([0, 200_000]));
        let above = at(&rates, 200_000).unwrap();
        assert_eq!(above, [("input", "2.5".to_owned()), ("output", "10".to_owned())]);
    }

    #[test]
    fn what_was_a_float_is_rounded_and_said() {
        let mut notes = Notes::default();
        let mut of = |price| rounded(price, &mut notes).unwrap();
        assert_eq!(of("0.09999999999999999"), "0.1");
        assert_eq!(of("0.0000014"), "0.000001");
        assert_eq!(of("2.50"), "2.5");
        assert_eq!(of("10"), "10");
        assert_eq!(of("0.0000010"), "0.000001");
        assert_eq!(notes.said().len(), 2);
    }
}
