//! The labelled corpus: thousands of values in their documented forms with fresh random bodies,
//! and thousands of texts that look alike and hold nothing. Made from a seed at test time, so that
//! no real-looking key lies in the repository. `cargo test --test corpus -- --nocapture` prints
//! the table.

#![allow(clippy::unwrap_used)]

mod making;

use std::collections::BTreeMap;

use making::{Random, negatives, positives};
use ticketlens_redact::{Gate, GateConfig, HashKey};

const SEED: u64 = 20_261_120;

fn gate() -> Gate {
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap()
}

#[test]
fn what_must_go_goes() {
    let gate = gate();
    let mut random = Random::new(SEED);
    // Detector → values, and those that came through.
    let mut table: BTreeMap<&str, (u32, Vec<String>)> = BTreeMap::new();
    for (detector, value, text) in positives(&mut random, 3000) {
        let cleaned = gate.pass(None).text(&text).into_owned();
        let row = table.entry(detector).or_default();
        row.0 += 1;
        if cleaned.contains(&value) {
            row.1.push(text);
        }
    }
    let (all, missed) =
        table.values().fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1.len()));
    println!("{:24} {:>6} {:>7} {:>8}", "detector", "values", "missed", "recall");
    for (detector, (values, missed)) in &table {
        let recall = 100.0 * (1.0 - missed.len() as f64 / f64::from(*values));
        println!("{detector:24} {values:>6} {:>7} {recall:>7.2}%", missed.len());
        missed.iter().take(3).for_each(|text| println!("    {text}"));
    }
    let recall = 1.0 - missed as f64 / f64::from(all);
    println!("{:24} {all:>6} {missed:>7} {:>7.2}%", "all", 100.0 * recall);
    assert!(all >= 2000);
    assert!(recall >= 0.995, "recall {recall}");
}

#[test]
fn what_only_looks_alike_stays() {
    let gate = gate();
    let mut random = Random::new(SEED + 1);
    let mut table: BTreeMap<&str, (u32, Vec<String>)> = BTreeMap::new();
    for (kind, text) in negatives(&mut random, 6000) {
        let cleaned = gate.pass(None).text(&text).into_owned();
        let row = table.entry(kind).or_default();
        row.0 += 1;
        if cleaned != text {
            row.1.push(format!("{text}  →  {cleaned}"));
        }
    }
    let (all, touched) =
        table.values().fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1.len()));
    println!("{:24} {:>6} {:>7}", "looks alike", "texts", "touched");
    for (kind, (texts, touched)) in &table {
        println!("{kind:24} {texts:>6} {:>7}", touched.len());
        touched.iter().take(3).for_each(|text| println!("    {text}"));
    }
    let share = touched as f64 / f64::from(all);
    println!("{:24} {all:>6} {touched:>7} {:>7.2}%", "all", 100.0 * share);
    assert!(all >= 5000);
    assert!(share <= 0.005, "touched {share}");
}
