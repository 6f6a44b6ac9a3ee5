//! What holds for any text around, within and between the pieces of names.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::Value;
use ticketlens_redact::{Gate, GateConfig, HashKey, Known};

const VALUES: [&str; 9] = [
    "Jürgen Müller",
    "Jane Mary Roe",
    "Sean O'Neill",
    "Иван Петров",
    "Γιώργος Παπαδόπουλος",
    "山田太郎",
    "김철수",
    "+1 (415) 555-0132",
    "1990-04-05",
];

fn gate() -> Gate {
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap()
}

fn known() -> Known {
    Known::new(&VALUES.map(str::to_owned)).unwrap()
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1000)
}

/// Names, their parts and letters, and what stands between and around them.
fn piece() -> impl Strategy<Value = String> {
    #[rustfmt::skip]
    let pieces = vec![
        "Jürgen", "Müller", "MÜLLERS", "Mueller", "mu", "jmueller", "J.", "J", "R.", "Jane", "Roe", "roe", "Mary", "M.", "jane_r",
        "O", "'", "’", "Neill", "S", "Иван", "Петров", "а", "ПЕТРОВЫМ", "Γιώργος", "ΠΑΠΑΔΟΠΟΥΛΟΣ", "山田", "太郎", "様", "山",
        "김", "철수", "님", "씨", "\u{1100}", "\u{1175}", "\u{11b7}", "1", "(415)", "555", "-0132", "４１５", "٤", "4", "05", "April",
        "1990", "-", " ", ", ", ".", "_", "@", "\"", "\\", "\\n", "\\u", "\\u00fc", "\\\\u00FC", "\\xfc", "&", "&uuml;", "&#252;", "&#x",
        ";", "%", "%C3%BC", "%C3", "%20", "=C3=BC", "=", "\u{308}", "\u{200b}", "\u{ad}", "\u{301}", "\u{3099}", "ｶ", "ﾞ", "ß", "[known-value]", "[",
        "]", "{", "}", ":", "x", "\n", "。", "，", "\u{a0}", "\u{3000}", "・",
    ];
    prop_oneof![
        8 => prop::sample::select(pieces).prop_map(str::to_owned),
        1 => "\\PC{0,4}",
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cleaning_what_is_clean_changes_nothing(text in text()) {
        let (gate, known) = (gate(), known());
        let once = gate.pass(Some(&known)).text(&text).into_owned();
        prop_assert_eq!(gate.pass(Some(&known)).text(&once), once.as_str());
    }

    #[test]
    fn json_stays_json_of_the_same_shape(before in text(), after in text()) {
        let (gate, known) = (gate(), known());
        let value = serde_json::json!({"a": before, "b": [after, 1990], "c": {"d": 5}});
        for text in [value.to_string(), escaped(&value.to_string())] {
            let cleaned = gate.pass(Some(&known)).text(&text).into_owned();
            let read: Value = serde_json::from_str(&cleaned)
                .map_err(|error| TestCaseError::fail(format!("{error}: {text} became {cleaned}")))?;
            prop_assert_eq!(read.as_object().map(|map| map.len()), Some(3));
            prop_assert_eq!(read["b"].as_array().map(Vec::len), Some(2));
            prop_assert_eq!(&read["c"]["d"], 5);
        }
    }

    #[test]
    fn a_name_in_any_text_is_found(before in text(), after in text(), value in prop::sample::select(&VALUES[..])) {
        let (gate, known) = (gate(), known());
        let text = format!("{before} {value} {after}");
        let cleaned = gate.pass(Some(&known)).text(&text).into_owned();
        // One that goes on as a longer word is another.
        prop_assert!(!cleaned.contains(&format!(" {value} ")), "{}: {} became {}", value, text, cleaned);
    }
}

/// JSON with letters beyond ASCII as escapes, as Python writes it.
fn escaped(json: &str) -> String {
    let mut units = [0; 2];
    let write = |letter: char| match letter.is_ascii() {
        true => letter.to_string(),
        false => {
            letter.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
        }
    };
    json.chars().map(write).collect()
}
