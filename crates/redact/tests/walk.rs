//! JSON values, counts, limits, and what never prints.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use ticketlens_redact::{Gate, GateConfig, HashKey, InvalidGate, KeyClass, Known, Unwalkable};

fn gate() -> Gate {
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap()
}

fn walked(mut value: Value) -> Value {
    gate().pass(None).value(&mut value).unwrap();
    value
}

#[test]
fn keys_decide_at_every_depth() {
    let hash = |text: &str| gate().pass(None).hash(text);
    let before = json!({
        "customer": {"email": "Mia@x.com", "tier": "gold", "age": 33, "vip": true, "none": null, "apiKey": 5},
        "password": {"a": [1, 2]},
        "pin": 4711,
        "items": [{"dob": "1990-04-05"}, {"price": 12.5, "n": 4111111111111111_u64}],
        "name": "get_user_details",
    });
    let after = json!({
        "customer": {
            "email": hash("mia@x.com"), "tier": hash("gold"), "age": hash("33"), "vip": true,
            "none": null, "apiKey": "[secret]",
        },
        "password": "[secret]",
        "pin": "[secret]",
        "items": [{"dob": hash("1990-04-05")}, {"price": 12.5, "n": 4111111111111111_u64}],
        "name": "get_user_details",
    });
    assert_eq!(walked(before), after);
}

#[test]
fn keys_are_texts_too_and_none_gets_lost() {
    let after = walked(json!({"mia@x.com": 1, "li@x.com": 2, "[email]": 3}));
    assert_eq!(after, json!({"[email]": 1, "[email]#2": 2, "[email]#3": 3}));
}

#[test]
fn what_is_known_goes_from_keys_and_numbers() {
    let gate = gate();
    let known = Known::new(&["Mia Li".to_owned(), "78750".to_owned()]).unwrap();
    let mut value = json!({"mia_li": [78750, 178_750, "TX 78750"]});
    gate.pass(Some(&known)).value(&mut value).unwrap();
    assert_eq!(value, json!({"[known-value]": ["[known-value]", 178_750, "TX [known-value]"]}));
}

#[test]
fn findings_are_counted_by_detector() {
    let gate = gate();
    let mut pass = gate.pass(None);
    pass.text("a@b.co, c@d.org and 4111 1111 1111 1111");
    pass.field(KeyClass::Secret, "x");
    pass.field(KeyClass::Secret, "[secret]");
    pass.field(KeyClass::Name, "get_user");
    let counts: Vec<_> = pass.counts().iter().collect();
    assert_eq!(counts, [("secret", 1), ("email", 2), ("card", 1)]);
    assert_eq!(pass.redactions(), 4);
}

#[test]
fn what_is_too_deep_or_too_large_is_refused() {
    let mut deep = json!("x");
    for _ in 0..200 {
        deep = json!([deep]);
    }
    assert_eq!(gate().pass(None).value(&mut deep), Err(Unwalkable::TooDeep));
    let mut large = json!([" ".repeat(9 << 20), " ".repeat(9 << 20)]);
    assert_eq!(gate().pass(None).value(&mut large), Err(Unwalkable::TooLarge));
    assert_eq!(gate().pass(None).text(&" ".repeat(17 << 20)), "[unwalkable]");
}

#[test]
fn json_in_json_in_json_is_walked_to_its_limit() {
    let mut text = "mia@x.com".to_owned();
    for _ in 0..6 {
        text = json!({ "a": text }).to_string();
    }
    assert!(!gate().pass(None).text(&text).contains("mia"));
    for _ in 0..6 {
        text = json!({ "a": text }).to_string();
    }
    let cleaned = gate().pass(None).text(&text).into_owned();
    assert!(!cleaned.contains("mia"));
    assert!(serde_json::from_str::<Value>(&cleaned).is_ok());
}

#[test]
fn nothing_prints_what_it_was_given() {
    let known = Known::new(&["Mia Li".to_owned()]).unwrap();
    let gate = gate();
    let mut pass = gate.pass(Some(&known));
    pass.text("Mia Li");
    let printed = format!("{known:?} {gate:?} {pass:?} {:?}", HashKey::new(*b"0123456789abcdef"));
    assert!(!printed.to_lowercase().contains("mia") && !printed.contains("0123"), "{printed}");
}

#[test]
fn a_gate_that_could_not_protect_is_refused() {
    let short = GateConfig { hash_key: Some(HashKey::new(*b"short")), ..GateConfig::default() };
    assert_eq!(Gate::new(short).unwrap_err(), InvalidGate::ShortHashKey { bytes: 5 });
    let empty = GateConfig { secret_keys: vec!["--".to_owned()], ..GateConfig::default() };
    assert_eq!(Gate::new(empty).unwrap_err(), InvalidGate::EmptyKey { list: "secret_keys" });
    let empty = GateConfig { denied_keys: vec!["7".to_owned()], ..GateConfig::default() };
    assert_eq!(Gate::new(empty).unwrap_err(), InvalidGate::EmptyKey { list: "denied_keys" });
    assert!(gate().has_own_hash_key());
    assert!(!Gate::new(GateConfig::default()).unwrap().has_own_hash_key());
}

#[test]
fn a_gate_and_a_pass_can_cross_threads_and_panics() {
    fn crosses<T: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    crosses::<Gate>();
    crosses::<Known>();
}
