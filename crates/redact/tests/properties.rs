//! What holds for any input.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Map, Value};
use ticketlens_redact::{Gate, GateConfig, HashKey, KeyClass, Known};

fn gate() -> Gate {
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    Gate::new(GateConfig { hash_key, ip_addresses: true, ..GateConfig::default() }).unwrap()
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1000)
}

/// Pieces that detectors start, end or stumble at.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9 .,:;@_/+=-]{0,12}",
        "[0-9 ()+.-]{1,20}",
        "\\PC{0,8}",
        prop::sample::select(vec![
            "\"",
            "'",
            "\\",
            "\\\"",
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\n",
            "\\n",
            "\\u0040",
            "%40",
            "@",
            "password",
            "\"password\":",
            "\"email\": ",
            "\"name\":",
            "token=",
            "Bearer ",
            "Basic ",
            "://",
            "eyJ",
            "-----BEGIN PRIVATE KEY-----",
            "-----END ",
            "AKIA",
            "sk-",
            "ghp_",
            "dob ",
            "born ",
            "phone ",
            "+1 415 555 0132",
            "4111 1111 1111 1111",
            "DE89370400440532013000",
            "mia@x.com",
            "536-90-4399",
            "[email]",
            "[secret]",
            "hmac:0123456789abcdef",
            "Mia Li",
            "1990-04-05",
            "my password is ",
            "pin 4711",
            "\"card\": {",
            "\"a\": [",
            "{'dob': '",
            "true",
            "null",
            "1.5",
            "https://a:b@",
            "api_key: ",
            "api_key : ",
            "API key: ",
            "token is ",
            "otp is ",
            "password is \"",
            "password: sunshine",
            "curl -u ",
            "<password>",
            "</password>",
            "<name>",
            "</name>",
            "JK 12 34 56 C",
            "12345678-Z",
            "ZXlK",
            "+ASt",
            "é",
            "王",
            "\u{301}",
            "\u{200b}",
            "<password type=\"a\">",
            "<pin id='1'>",
            "</pin>",
            "<![CDATA[",
            "]]>",
            "<key>token</key><string>",
            " key=\"password\"",
            " value=\"",
            " name='pin' value='",
            "&quot;token&quot;:&quot;",
            "&quot;",
            "&lt;pin&gt;",
            "&lt;/pin&gt;",
            "%22pin%22%3A%22",
            " --token ",
            "\"--token\", \"",
            "mysql -p",
            "htpasswd -nb ",
            "IDENTIFIED BY '",
            "WITH PASSWORD '",
            "password=$",
            "password={",
            "password=<",
            "password=%",
            "password=*",
            "${",
            "{{",
            "{'pin': 5}",
            "secret={'a': 1}",
            "***",
            "**Token**: ",
            "contraseña=",
            "密码：",
            "\"straße\": ",
            "None",
            "<b>",
            "</b>",
        ])
        .prop_map(str::to_owned),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..16).prop_map(|pieces| pieces.concat())
}

fn json() -> impl Strategy<Value = Value> {
    let key = || {
        prop_oneof![
            "[a-z_]{0,8}",
            prop::sample::select(vec![
                "email",
                "password",
                "name",
                "n",
                "id",
                "customerEmail",
                "pin",
                "dob"
            ])
            .prop_map(str::to_owned),
            text(),
        ]
    };
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (4_000_000_000_000_000_u64..6_000_000_000_000_000).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// The same shape: kinds, lengths, and under plain keys the same numbers.
fn same_shape(gate: &Gate, before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_shape(gate, a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            // In a text, keys with escapes in them that become the same are not told apart.
            let escapes = |key: &String| Value::from(key.as_str()).to_string().contains('\\');
            if a.keys().filter(|key| escapes(key)).count() > 1 {
                return true;
            }
            a.len() == b.len()
                && a.iter().zip(b).all(|((key, a), (clean, b))| {
                    let plain = |key: &str| gate.classify(key) == KeyClass::Plain;
                    !plain(key) || !plain(clean) || same_shape(gate, a, b)
                })
        }
        (Value::String(_), Value::String(_)) => true,
        (before, after) => before == after,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cleaning_what_is_clean_changes_nothing(text in text()) {
        let gate = gate();
        let known = Known::new(&["Mia Li".to_owned(), "1990-04-05".to_owned(), "email".to_owned()]).unwrap();
        let once = gate.pass(Some(&known)).text(&text).into_owned();
        prop_assert_eq!(gate.pass(Some(&known)).text(&once), once.as_str());
    }

    #[test]
    fn the_second_gate_leaves_what_the_first_cleaned(text in text()) {
        let once = gate().pass(None).text(&text).into_owned();
        let other = Gate::new(GateConfig { ip_addresses: true, ..GateConfig::default() }).unwrap();
        let mut pass = other.pass(None);
        prop_assert_eq!(pass.text(&once), once.as_str());
        prop_assert_eq!(pass.redactions(), 0);
    }

    #[test]
    fn json_text_stays_json_of_the_same_shape(value in json()) {
        let gate = gate();
        let value = Value::from(vec![value]);
        let text = value.to_string();
        let cleaned = gate.pass(None).text(&text).into_owned();
        let after: Value = serde_json::from_str(&cleaned)
            .map_err(|error| TestCaseError::fail(format!("{error}: {text} became {cleaned}")))?;
        prop_assert!(same_shape(&gate, &value, &after), "{} became {}", text, cleaned);
    }

    #[test]
    fn values_keep_their_shape_and_clean_twice_is_once(value in json()) {
        let gate = gate();
        let mut once = value.clone();
        gate.pass(None).value(&mut once).unwrap();
        prop_assert!(same_shape(&gate, &value, &once), "{} became {}", value, once);
        let mut twice = once.clone();
        gate.pass(None).value(&mut twice).unwrap();
        prop_assert_eq!(&twice, &once);
    }

    #[test]
    fn known_values_never_survive(before in text(), value in "[A-Z][a-z]{3,8} [A-Z][a-z]{2,8}", after in text()) {
        let gate = gate();
        let known = Known::new(std::slice::from_ref(&value)).unwrap();
        let text = format!("{before} {value} {after}");
        let cleaned = gate.pass(Some(&known)).text(&text).into_owned();
        prop_assert!(!cleaned.contains(&value), "{} in {}", value, cleaned);
    }

    #[test]
    fn output_is_bounded(text in text()) {
        let gate = gate();
        let cleaned = gate.pass(None).text(&text).into_owned();
        // One finding takes at least one byte and leaves at most a quoted keyed hash.
        prop_assert!(cleaned.len() <= 24 * text.len() + 24);
    }
}
