//! Runs of a customer-service agent, made up and, where they are, real: nothing personal comes through.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use serde_json::Value;
use ticketlens_redact::{Gate, GateConfig, HashKey, Known};

/// Made up, and always here.
const MADE_UP: &str = "tests/data/made_up_runs.jsonl";
/// Real ones, beside the checkout on machines that have them; `cargo xtask test` says where it
/// went without.
const REAL: &str = "../shared/data/support_runs.jsonl";

/// Its key is given: under a random one, the five digits of a postal code may stand in a keyed hash.
fn gate() -> Gate {
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap()
}

/// The runs, one JSON object a line.
fn runs() -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut lines = std::fs::read_to_string(root.join(MADE_UP)).unwrap();
    lines.extend(std::fs::read_to_string(root.join(REAL)));
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn known_values(run: &Value) -> Vec<String> {
    let list = run["known_pii"].as_array().unwrap();
    list.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

#[test]
fn no_known_value_comes_through() {
    let gate = gate();
    let mut looked_for = 0;
    for run in runs() {
        let values = known_values(&run);
        looked_for += values.len();
        let known = Known::new(&values).unwrap();
        let mut trace = run["trace"].clone();
        gate.pass(Some(&known)).value(&mut trace).unwrap();
        let text = trace.to_string().to_lowercase();
        for value in &values {
            assert!(!text.contains(&value.to_lowercase()), "{value} in {}", run["ticket_id"]);
        }
        assert_eq!(shape(&run["trace"]), shape(&trace), "{}", run["ticket_id"]);
    }
    assert!(looked_for > 40, "only {looked_for} values were looked for");
}

#[test]
fn without_known_values_no_address_and_no_date_of_birth_comes_through() {
    let gate = gate();
    let (mut addresses, mut births) = (0, 0);
    for run in runs() {
        let mut trace = run["trace"].clone();
        gate.pass(None).value(&mut trace).unwrap();
        let text = trace.to_string();
        let profile = run["trace"].to_string();
        for value in known_values(&run) {
            let birth = value.len() == 10 && value.as_bytes()[4] == b'-' && profile.contains("dob");
            if value.contains('@') || birth {
                addresses += usize::from(!birth);
                births += usize::from(birth);
                assert!(!text.contains(&value), "{value} in {}: {text}", run["ticket_id"]);
            }
        }
    }
    assert!(addresses > 5 && births > 10, "only {addresses} addresses, {births} dates of birth");
}

/// Every run as one JSON text, as tool results are: it stays JSON of the same shape.
#[test]
fn runs_as_text_stay_json() {
    let gate = gate();
    for run in runs() {
        let known = Known::new(&known_values(&run)).unwrap();
        let text = run["trace"].to_string();
        let cleaned = gate.pass(Some(&known)).text(&text).into_owned();
        let after: Value = serde_json::from_str(&cleaned).unwrap();
        assert_eq!(shape(&run["trace"]), shape(&after), "{}", run["ticket_id"]);
        for value in known_values(&run) {
            assert!(!cleaned.contains(&value), "{value} in {}", run["ticket_id"]);
        }
    }
}

/// Kinds and lengths; what is under a personal or secret key is one leaf.
fn shape(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(","))
        }
        Value::Object(map) => {
            format!("{{{}}}", map.values().map(shape).collect::<Vec<_>>().join(","))
        }
        Value::String(_) => "s".to_owned(),
        other => other.to_string(),
    }
}
