//! What stands behind a key, however the two are written; and what only looks like it.

#![allow(clippy::unwrap_used)]

mod code;
mod keys;
mod markup;
mod values;

use serde_json::{Value, json};
use ticketlens_redact::{Gate, GateConfig, HashKey};

fn gate() -> Gate {
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap()
}

/// Each text has `«…»` around what must go; the marks themselves are not part of it.
#[track_caller]
fn gone(texts: &[&str]) {
    let gate = gate();
    let mut wrong = Vec::new();
    for text in texts {
        let (start, rest) = text.split_once('«').unwrap();
        let (value, end) = rest.split_once('»').unwrap();
        let before = format!("{start}{value}{end}");
        let expected = format!("{start}[secret]{end}");
        let is = gate.pass(None).text(&before).into_owned();
        if is != expected {
            wrong.push(format!("{before}\n  is   {is}\n  not  {expected}"));
        }
        assert_eq!(gate.pass(None).text(&is), is, "what is clean stays");
        // The same in a string of JSON.
        let quoted = json!({ "note": before }).to_string();
        let after: Value = serde_json::from_str(&gate.pass(None).text(&quoted)).unwrap();
        if after != json!({ "note": expected }) {
            wrong.push(format!("in JSON: {before}\n  is   {}", after["note"]));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[track_caller]
fn untouched(texts: &[&str]) {
    let gate = gate();
    let mut wrong = Vec::new();
    for text in texts {
        for text in [(*text).to_owned(), json!({ "note": text }).to_string()] {
            let is = gate.pass(None).text(&text).into_owned();
            if is != text {
                wrong.push(format!("{text}\n  is   {is}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Under each key the value goes, in text and in values.
#[track_caller]
fn gone_under(pairs: &[(&str, &str)]) {
    let gate = gate();
    let mut wrong = Vec::new();
    for (key, inside) in pairs {
        let mut value = json!({ *key: inside });
        let text = gate.pass(None).text(&value.to_string()).into_owned();
        gate.pass(None).value(&mut value).unwrap();
        let left = value[*key].as_str().unwrap();
        if !(left == "[secret]" || left.starts_with("hmac:")) {
            wrong.push(format!("{key}: {inside}, is {left}"));
        }
        if serde_json::from_str::<Value>(&text).unwrap() != value {
            wrong.push(format!("{key}: {inside}, in text {text}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
