//! Entries: what may be in a list, and their JSON.

#![allow(clippy::unwrap_used)]

use ticketlens_prices::{InvalidEntry, InvalidPattern, PriceBook, PriceEntry, start_list};

const ENTRY: &str = r#"{"provider":"openai","model":"gpt-4o","service_tier":"batch","above_input_tokens":5,"valid_from":"2026-01-01","currency":"USD","input":"2.5","output":"10","cache_read":"1.25","cache_write":"0","reasoning":"0.000001","source":"a page, 2026-01-01"}"#;

fn entry() -> PriceEntry {
    serde_json::from_str(ENTRY).unwrap()
}

#[test]
fn json_is_read_as_it_is_written() {
    assert_eq!(serde_json::to_string(&entry()).unwrap(), ENTRY);
    let short = r#"{"provider":"*","model":"x","currency":"EUR","input":"0","output":"1"}"#;
    let read: PriceEntry = serde_json::from_str(short).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), short);
}

#[test]
fn valid_from_is_a_day_a_moment_or_seconds() {
    let read = |text: &str| {
        let json = ENTRY.replace(r#""2026-01-01","currency"#, &format!("{text},\"currency"));
        serde_json::from_str::<PriceEntry>(&json).map(|entry| entry.valid_from)
    };
    assert_eq!(read(r#""2026-01-01""#).unwrap(), 1_767_225_600);
    assert_eq!(read(r#""2026-01-01T01:00:00+01:00""#).unwrap(), 1_767_225_600);
    assert_eq!(read("1767225600").unwrap(), 1_767_225_600);
    for wrong in [r#""yesterday""#, r#""1969-12-31""#, "-1", "1.5", r#""2026-02-30""#] {
        let error = read(wrong).unwrap_err().to_string();
        assert!(error.contains("a day as `2025-09-29`"), "{wrong}: {error}");
    }
    let noon = PriceEntry { valid_from: 1_767_225_600 + 43_200, ..entry() };
    assert!(serde_json::to_string(&noon).unwrap().contains(r#""2026-01-01T12:00:00Z""#));
    let never = PriceEntry { valid_from: u64::MAX, ..entry() };
    assert!(serde_json::to_string(&never).unwrap().contains("18446744073709551615"));
}

#[test]
fn money_is_decimal_text() {
    let read = |text: &str| {
        let json = ENTRY.replace(r#""2.5""#, text);
        serde_json::from_str::<PriceEntry>(&json).map(|entry| entry.input.to_string())
    };
    assert_eq!(read(r#""002.500000000""#).unwrap(), "2.5");
    assert_eq!(read(r#""1000000000""#).unwrap(), "1000000000");
    for (wrong, why) in [
        (r#""0.0000001""#, "more than 6 digits behind the point"),
        (r#""1000000000.000001""#, "too large"),
        (r#""99999999999999999999""#, "too large"),
        (r#""-1""#, "not a decimal number"),
        (r#""1e3""#, "not a decimal number"),
        (r#""1.""#, "not a decimal number"),
        (r#"".5""#, "not a decimal number"),
        (r#""""#, "not a decimal number"),
        ("2.5", "as a string"),
    ] {
        let error = read(wrong).unwrap_err().to_string();
        assert!(error.contains(why), "{wrong}: {error}");
    }
}

#[test]
fn unknown_fields_and_currencies_are_refused() {
    let read = |json: String| serde_json::from_str::<PriceEntry>(&json).unwrap_err().to_string();
    assert!(read(ENTRY.replace("cache_read", "cached")).contains("unknown field `cached`"));
    assert!(read(ENTRY.replace("USD", "usd")).contains("three capitals"));
    assert!(read(ENTRY.replace("USD", "US$")).contains("three capitals"));
}

#[test]
fn what_may_not_be_in_a_list_says_why() {
    assert_eq!(entry().check(), Ok(()));
    let checked = |change: &dyn Fn(&mut PriceEntry)| {
        let mut entry = entry();
        change(&mut entry);
        entry.check().err()
    };
    let long = |field, most| Some(InvalidEntry::TooLong { field, most });
    assert_eq!(checked(&|e| e.provider = "x".repeat(65)), long("provider", 64));
    assert_eq!(checked(&|e| e.model = "x".repeat(201)), long("model", 200));
    assert_eq!(checked(&|e| e.service_tier = "x".repeat(33)), long("service_tier", 32));
    assert_eq!(checked(&|e| e.source = "x".repeat(501)), long("source", 500));
    for wrong in ["", "OpenAI", "open ai", "**"] {
        assert_eq!(
            checked(&|e| e.provider = wrong.into()),
            Some(InvalidEntry::Provider),
            "{wrong}"
        );
    }
    let other = Some(InvalidEntry::OtherName { ours: "aws" });
    assert_eq!(checked(&|e| e.provider = "aws.bedrock".into()), other);
    for (wrong, why) in [
        ("", InvalidPattern::Empty),
        ("gpt 4", InvalidPattern::Space),
        ("GPT-4", InvalidPattern::UpperCase),
        ("*a*b*c*d*", InvalidPattern::Stars),
    ] {
        assert_eq!(checked(&|e| e.model = wrong.into()), Some(InvalidEntry::Model(why)), "{wrong}");
    }
    for wrong in ["Batch", "on-call", "a b"] {
        assert_eq!(
            checked(&|e| e.service_tier = wrong.into()),
            Some(InvalidEntry::ServiceTier),
            "{wrong}"
        );
    }
    assert_eq!(checked(&|e| e.service_tier = "default".into()), Some(InvalidEntry::StandardTier));
    assert_eq!(checked(&|e| e.source = "a\nb".into()), Some(InvalidEntry::Source));
    assert_eq!(checked(&|e| e.valid_from = 1 << 32), Some(InvalidEntry::TooLate));
}

#[test]
fn the_start_list_is_a_list() {
    let list = start_list().unwrap();
    assert!(list.len() > 3_000, "{}", list.len());
    for entry in &list {
        assert_eq!(entry.check(), Ok(()), "{entry:?}");
        let json = serde_json::to_string(entry).unwrap();
        assert_eq!(serde_json::from_str::<PriceEntry>(&json).unwrap(), *entry);
    }
    PriceBook::new(list).unwrap();
}

#[test]
fn the_start_list_has_what_people_use() {
    let book = PriceBook::new(start_list().unwrap()).unwrap();
    for (provider, model, pattern) in [
        ("openai", "openai/gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
        (
            "aws.bedrock",
            "us.anthropic.claude-3-5-sonnet-20241022-v2:0",
            "*claude-3-5-sonnet-20241022*",
        ),
        ("gcp.gemini", "models/gemini-2.5-pro", "gemini-2.5-pro*"),
        ("google", "gemini-2.5-pro-preview-tts", "gemini-2.5-pro-preview-tts"),
        ("azure.ai.openai", "gpt-35-turbo", "gpt-35-turbo"),
        ("azure", "azure/gpt-4o", "gpt-4o"),
        ("gcp.vertex_ai", "claude-sonnet-4-5@20250929", "*claude-sonnet-4-5*"),
        ("anthropic", "claude-sonnet-4@20250514", "claude-sonnet-4@*"),
        ("", "accounts/fireworks/models/deepseek-v3p2", "accounts/fireworks/models/deepseek-v3p2"),
        ("openai", "text-embedding-3-small", "text-embedding-3-small"),
        ("xai", "GROK-4.3", "grok-4.3"),
    ] {
        let usage = ticketlens_prices::Usage {
            provider,
            request_model: model,
            input: Some(1),
            ..ticketlens_prices::Usage::default()
        };
        let found =
            book.price(&usage, 1_796_126_400).map(|priced| &*book.entries()[priced.entry].model);
        assert_eq!(found, Some(pattern), "{provider} {model}");
    }
}
