//! Every listed key is noticed in text as it is in a map, however it is written.

#![allow(clippy::unwrap_used)]

use ticketlens_redact::{Gate, GateConfig, KEY_LISTS, KeyClass};

const VALUE: &str = "zq7value9";

/// The ways to write the words of a key.
fn spellings(key: &str) -> Vec<String> {
    let words: Vec<&str> = key.split(['_', '.']).collect();
    let capital = |word: &&str| {
        let mut letters = word.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    let pascal: String = words.iter().map(capital).collect();
    let camel = words[0].to_owned() + &words[1..].iter().map(capital).collect::<String>();
    let upper = key.to_uppercase();
    vec![key.to_owned(), words.join("-"), words.join("."), camel, pascal, upper]
}

/// The texts a key and its value stand in.
fn frames(key: &str) -> Vec<String> {
    let json = format!(r#"{{"n": 1, "{key}": "{VALUE}", "m": 2}}"#);
    vec![
        format!("called with {json}"),
        format!("called with {}", json.replace('"', "\\\"")),
        format!("called with {{'n': 1, '{key}': '{VALUE}'}}"),
        format!("GET /orders?n=1&{key}={VALUE}&m=2"),
        json,
    ]
}

#[test]
fn every_listed_key_is_noticed_in_text() {
    let gate = Gate::new(GateConfig::default()).unwrap();
    let mut missed = Vec::new();
    let mut looked_at = 0;
    for list in KEY_LISTS.iter().filter(|list| list.class != KeyClass::Plain) {
        // One digit counts things; of two, the last letter is out of sight.
        let unnumbered =
            list.keys.iter().filter(|key| key.ends_with(|c: char| c.is_ascii_alphabetic()));
        let numbered = unnumbered.map(|key| format!("{key}1"));
        let keys = list.keys.iter().map(|key| (*key).to_owned()).chain(numbered);
        for key in keys.flat_map(|key| spellings(&key)) {
            assert_eq!(gate.classify(&key), list.class, "{key}");
            for text in frames(&key) {
                looked_at += 1;
                if gate.pass(None).text(&text).contains(VALUE) {
                    missed.push(text);
                }
            }
        }
    }
    assert!(looked_at > 5000, "{looked_at}");
    assert!(missed.is_empty(), "{} of {looked_at}:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn every_denied_key_is_noticed_in_text() {
    let keys = ["seat_number", "page_token", "email", "tool_name", "seat_x", "x", "a4"];
    let denied_keys = keys.map(str::to_owned).to_vec();
    let exempt_keys = vec!["my_seat_number".to_owned(), "tool_name".to_owned()];
    let gate = GateConfig { denied_keys, exempt_keys, ..GateConfig::default() };
    let gate = Gate::new(gate).unwrap();
    let mut missed = Vec::new();
    for key in keys.into_iter().chain(["my_seat_number", "seat_number1"]) {
        for text in spellings(key).iter().flat_map(|key| frames(key)) {
            let clean = gate.pass(None).text(&text).into_owned();
            if clean.contains(VALUE) || !clean.contains("[secret]") {
                missed.push(clean);
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_denied_key_keeps_no_hash_either() {
    let denied_keys = vec!["email".to_owned()];
    let gate = Gate::new(GateConfig { denied_keys, ..GateConfig::default() }).unwrap();
    let hashed = r#"{"email": "hmac:0123456789abcdef", "phone": "hmac:0123456789abcdef"}"#;
    let clean = r#"{"email": "[secret]", "phone": "hmac:0123456789abcdef"}"#;
    assert_eq!(gate.pass(None).text(hashed), clean);
    assert_eq!(gate.pass(None).text(clean), clean);
    let mut value: serde_json::Value = serde_json::from_str(hashed).unwrap();
    gate.pass(None).value(&mut value).unwrap();
    assert_eq!(value, serde_json::from_str::<serde_json::Value>(clean).unwrap());
    let query = "GET /?email=hmac:0123456789abcdef&n=1";
    assert_eq!(gate.pass(None).text(query), "GET /?email=[secret]&n=1");
}
