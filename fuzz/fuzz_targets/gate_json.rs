//! Any JSON value: walked or refused, of the same shape, and cleaned twice is cleaned once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use ticketlens_redact::{Gate, GateConfig, HashKey};

fuzz_target!(|text: &str| {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    let hash_key = Some(HashKey::new(b"a key of thirty-two bytes or more".to_vec()));
    let Ok(gate) = Gate::new(GateConfig { hash_key, ..GateConfig::default() }) else { return };
    let mut once = value.clone();
    if gate.pass(None).value(&mut once).is_err() {
        return;
    }
    assert!(same_shape(&value, &once), "lists and maps keep their length");
    let mut twice = once.clone();
    assert!(gate.pass(None).value(&mut twice).is_ok());
    assert_eq!(once, twice, "cleaning what is clean changes nothing");
});

/// Lists and maps keep their length, unless a secret took the whole of them.
fn same_shape(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Array(before), Value::Array(after)) => {
            before.len() == after.len() && before.iter().zip(after).all(|(b, a)| same_shape(b, a))
        }
        (Value::Object(before), Value::Object(after)) => {
            before.len() == after.len()
                && before.values().zip(after.values()).all(|(b, a)| same_shape(b, a))
        }
        _ => true,
    }
}
