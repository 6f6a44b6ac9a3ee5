//! Calls priced by hand: each sum stands beside its test. The prices are of these providers' pages in
//! autumn 2025, and stand here so that a newer start list changes no sum.

#![allow(clippy::unwrap_used)]

use ticketlens_prices::{
    Amount, InvalidBook, InvalidEntry, PriceBook, PriceEntry, Unpriced, Usage,
};

const LIST: &str = r#"[
{"provider":"openai","model":"gpt-4o","currency":"USD","input":"2.5","output":"10","cache_read":"1.25"},
{"provider":"openai","model":"gpt-4o","service_tier":"batch","currency":"USD","input":"1.25","output":"5"},
{"provider":"openai","model":"gpt-4o*","currency":"USD","input":"99","output":"99"},
{"provider":"openai","model":"*4o*","service_tier":"flex","currency":"USD","input":"98","output":"98"},
{"provider":"openai","model":"text-embedding-3-small","currency":"USD","input":"0.02","output":"0"},
{"provider":"openai","model":"o3","currency":"USD","input":"10","output":"40"},
{"provider":"openai","model":"o3","valid_from":"2025-06-10","currency":"USD","input":"2","output":"8"},
{"provider":"google","model":"gemini-2.5-pro*","currency":"USD","input":"1.25","output":"10","cache_read":"0.125"},
{"provider":"google","model":"gemini-2.5-pro*","above_input_tokens":200000,"currency":"USD","input":"2.5","output":"15","cache_read":"0.25"},
{"provider":"anthropic","model":"claude-sonnet-4-5*","currency":"USD","input":"3","output":"15","cache_read":"0.3","cache_write":"3.75"},
{"provider":"anthropic","model":"claude-sonnet-4-5*","above_input_tokens":200000,"currency":"USD","input":"6","output":"22.5","cache_read":"0.6","cache_write":"7.5"},
{"provider":"perplexity","model":"sonar-deep-research","currency":"USD","input":"2","output":"8","reasoning":"3"},
{"provider":"aws","model":"*anthropic.claude-3-5-sonnet*","currency":"USD","input":"3","output":"15"},
{"provider":"fireworks","model":"accounts/fireworks/models/deepseek-v3","currency":"USD","input":"0.9","output":"0.9"},
{"provider":"our-gpus","model":"*","currency":"EUR","input":"0.000001","output":"0"},
{"provider":"*","model":"house-model","currency":"EUR","input":"1","output":"2"}
]"#;

/// 2026-01-01.
const NOW: u64 = 1_767_225_600;

fn book() -> PriceBook {
    PriceBook::new(serde_json::from_str(LIST).unwrap()).unwrap()
}

fn usage<'a>(provider: &'a str, model: &'a str, input: u64, output: u64) -> Usage<'a> {
    Usage {
        provider,
        response_model: model,
        input: Some(input),
        output: Some(output),
        ..Usage::default()
    }
}

/// The amount and the currency, or why there is none.
fn at(usage: &Usage<'_>, moment: u64) -> String {
    match book().explain(usage, moment) {
        Ok(priced) => format!("{} {}", priced.amount, priced.currency),
        Err(why) => why.to_string(),
    }
}

fn price(usage: &Usage<'_>) -> String {
    at(usage, NOW)
}

#[test]
fn input_and_output() {
    // 1000 × 2.5/1e6 = 0.0025; 200 × 10/1e6 = 0.002
    assert_eq!(price(&usage("openai", "gpt-4o", 1_000, 200)), "0.0045 USD");
}

#[test]
fn tiers_are_by_the_size_of_the_whole_prompt() {
    // 200000 × 1.25/1e6 = 0.25; 1000 × 10/1e6 = 0.01: not *more* than 200000
    assert_eq!(price(&usage("gcp.gemini", "gemini-2.5-pro", 200_000, 1_000)), "0.26 USD");
    // 200001 × 2.5/1e6 = 0.5000025; 1000 × 15/1e6 = 0.015: all tokens, not those above alone
    assert_eq!(price(&usage("gcp.gemini", "gemini-2.5-pro", 200_001, 1_000)), "0.5150025 USD");
    let long = Usage {
        cache_read: Some(150_000),
        cache_write: Some(10_000),
        ..usage("anthropic", "claude-sonnet-4-5-20250929", 210_000, 2_000)
    };
    // 150000 × 0.6/1e6 = 0.09; 10000 × 7.5/1e6 = 0.075; the other 50000 × 6/1e6 = 0.3;
    // 2000 × 22.5/1e6 = 0.045: cached tokens count for the size
    assert_eq!(price(&long), "0.51 USD");
}

#[test]
fn cached_input_lies_within_input() {
    let cached = Usage { cache_read: Some(1_024), ..usage("openai", "gpt-4o", 1_234, 567) };
    // 210 × 2.5/1e6 = 0.000525; 1024 × 1.25/1e6 = 0.00128; 567 × 10/1e6 = 0.00567
    assert_eq!(price(&cached), "0.007475 USD");
    let written = Usage {
        cache_read: Some(2_000),
        cache_write: Some(500),
        ..usage("anthropic", "claude-sonnet-4-5", 3_000, 100)
    };
    // 2000 × 0.3/1e6 = 0.0006; 500 × 3.75/1e6 = 0.001875; 500 × 3/1e6 = 0.0015; 100 × 15/1e6 = 0.0015
    assert_eq!(price(&written), "0.005475 USD");
}

#[test]
fn without_a_price_of_their_own_cached_tokens_are_input() {
    let cached = Usage {
        cache_write: Some(400),
        service_tier: "batch",
        cache_read: Some(600),
        ..usage("openai", "gpt-4o", 1_000, 0)
    };
    // 1000 × 1.25/1e6
    assert_eq!(price(&cached), "0.00125 USD");
}

#[test]
fn more_cached_than_there_is_is_cut() {
    let cached = Usage { cache_read: Some(5_000), ..usage("openai", "gpt-4o", 1_000, 0) };
    // 1000 × 1.25/1e6
    assert_eq!(price(&cached), "0.00125 USD");
    let both = Usage {
        cache_read: Some(800),
        cache_write: Some(u64::MAX),
        ..usage("anthropic", "claude-sonnet-4-5", 1_000, 0)
    };
    // 800 × 0.3/1e6 = 0.00024; what is left, 200 × 3.75/1e6 = 0.00075
    assert_eq!(price(&both), "0.00099 USD");
}

#[test]
fn reasoning_lies_within_output() {
    let thought =
        Usage { reasoning: Some(6_000), ..usage("perplexity", "sonar-deep-research", 100, 9_000) };
    // 100 × 2/1e6 = 0.0002; 6000 × 3/1e6 = 0.018; 3000 × 8/1e6 = 0.024
    assert_eq!(price(&thought), "0.0422 USD");
    let plain = Usage { reasoning: Some(900), ..usage("openai", "gpt-4o", 0, 1_000) };
    // 1000 × 10/1e6: no price of its own
    assert_eq!(price(&plain), "0.01 USD");
    let more =
        Usage { reasoning: Some(9_000), ..usage("perplexity", "sonar-deep-research", 0, 1_000) };
    // 1000 × 3/1e6
    assert_eq!(price(&more), "0.003 USD");
}

#[test]
fn models_with_dates_and_prefixes() {
    for (provider, model) in [
        ("openai", "gpt-4o-2024-08-06"),
        ("openai", "GPT-4o-20240806"),
        ("openai", "openai/gpt-4o-2024-08-06"),
        ("openai.responses", "gpt-4o"),
        ("", "openai/gpt-4o-2024-08-06"),
        ("", "gpt-4o"),
        ("litellm", "azure/gpt-4o"),
        ("some-gateway", "gpt-4o"),
        ("azure.ai.openai", "azure/eu/gpt-4o"),
        ("az.ai.openai", "gpt-4o"),
    ] {
        assert_eq!(price(&usage(provider, model, 400_000, 0)), "1 USD", "{provider} {model}");
    }
    for (provider, model) in [
        ("anthropic", "claude-sonnet-4-5@20250929"),
        ("gcp.vertex_ai", "anthropic/claude-sonnet-4-5@20250929"),
        ("gcp.vertex_ai", "publishers/anthropic/models/claude-sonnet-4-5"),
        ("aws.bedrock", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ("", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ("", "bedrock/eu.anthropic.claude-3-5-sonnet-20241022-v2:0"),
        (
            "aws.bedrock",
            "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-3-5-sonnet-20240620-v1:0",
        ),
    ] {
        // 100000 × 3/1e6
        assert_eq!(price(&usage(provider, model, 100_000, 0)), "0.3 USD", "{provider} {model}");
    }
    let gemini = usage("gcp.gen_ai", "models/gemini-2.5-pro", 8, 0);
    assert_eq!(price(&gemini), "0.00001 USD");
    let fireworks = usage("", "accounts/fireworks/models/deepseek-v3", 10, 0);
    assert_eq!(price(&fireworks), "0.000009 USD");
}

#[test]
fn embeddings_have_no_output() {
    let embedded = Usage { output: None, ..usage("openai", "text-embedding-3-small", 8_191, 0) };
    // 8191 × 0.02/1e6
    assert_eq!(price(&embedded), "0.00016382 USD");
}

#[test]
fn one_count_alone_is_enough_and_none_is_not() {
    let answered = Usage { input: None, cache_read: Some(7), ..usage("openai", "gpt-4o", 0, 100) };
    // 100 × 10/1e6; cached tokens of no known input are none
    assert_eq!(price(&answered), "0.001 USD");
    let parts =
        Usage { input: None, output: None, cache_read: Some(7), ..usage("openai", "gpt-4o", 0, 0) };
    assert_eq!(book().explain(&parts, NOW), Err(Unpriced::NoTokens));
    assert_eq!(book().price(&parts, NOW), None);
    assert_eq!(price(&usage("openai", "gpt-4o", 0, 0)), "0 USD");
}

#[test]
fn unknown_models_have_no_price() {
    for (provider, model) in [
        ("openai", "my-own-model"),
        ("openai", ""),
        ("", "my-own-model"),
        // Known, and does not sell it.
        ("anthropic", "gpt-4o"),
        ("openai", "groq/gpt-4o"),
        ("ibm.watsonx.ai", "gpt-4o"),
        ("ollama", "gpt-4o"),
        // A deployment's own name.
        ("openai", "ft:gpt-4o-2024-08-06:acme::abc"),
    ] {
        let unknown = usage(provider, model, 1, 1);
        assert_eq!(book().explain(&unknown, NOW), Err(Unpriced::NoModel), "{provider} {model}");
    }
}

#[test]
fn the_model_that_answered_comes_first() {
    let both = Usage { request_model: "o3", ..usage("openai", "gpt-4o", 400_000, 0) };
    assert_eq!(price(&both), "1 USD");
    let alias = Usage { request_model: "gpt-4o", ..usage("azure", "our-deployment", 400_000, 0) };
    assert_eq!(price(&alias), "1 USD");
    // What is asked for says through whom: Azure's price of what is answered, which is OpenAI's.
    let through = Usage {
        request_model: "azure/our-deployment",
        ..usage("litellm", "gpt-4o-2024-08-06", 400_000, 0)
    };
    assert_eq!(price(&through), "1 USD");
    let both = Usage { request_model: "our-gpus/x", ..usage("", "openai/gpt-4o", 1_000_000, 0) };
    assert_eq!(price(&both), "0.000001 EUR");
}

#[test]
fn a_price_holds_from_its_day_on() {
    let call = usage("openai", "o3", 1_000, 1_000);
    // 2025-06-10T00:00:00Z
    let change = 1_749_513_600;
    // 1000 × 10/1e6 + 1000 × 40/1e6, and from then on 1000 × 2/1e6 + 1000 × 8/1e6
    assert_eq!(at(&call, change - 1), "0.05 USD");
    assert_eq!(at(&call, change), "0.01 USD");
    assert_eq!(at(&call, 0), "0.05 USD");
    assert_eq!(at(&call, u64::MAX), "0.01 USD");
}

#[test]
fn a_later_price_that_has_no_sizes_ends_them() {
    let mut entries: Vec<PriceEntry> = serde_json::from_str(LIST).unwrap();
    let base =
        entries.iter().find(|e| e.provider == "google" && e.above_input_tokens == 0).unwrap();
    entries.push(PriceEntry { valid_from: NOW, ..base.clone() });
    let book = PriceBook::new(entries).unwrap();
    let large = usage("google", "gemini-2.5-pro", 1_000_000, 0);
    let price = |at| book.price(&large, at).unwrap().amount.to_string();
    assert_eq!(price(NOW - 1), "2.5");
    assert_eq!(price(NOW), "1.25");
}

#[test]
fn what_a_later_list_of_sizes_leaves_out_has_no_price() {
    let mut entries: Vec<PriceEntry> = serde_json::from_str(LIST).unwrap();
    let large =
        entries.iter().find(|e| e.provider == "google" && e.above_input_tokens > 0).unwrap();
    entries.push(PriceEntry { valid_from: NOW, ..large.clone() });
    let book = PriceBook::new(entries).unwrap();
    let small = usage("google", "gemini-2.5-pro", 1_000, 0);
    assert!(book.price(&small, NOW - 1).is_some());
    // An older base price beside newer ones by size would be a mixture that nobody asked for.
    assert_eq!(book.explain(&small, NOW), Err(Unpriced::NoTier));
}

#[test]
fn service_tiers() {
    let tier =
        |service_tier| price(&Usage { service_tier, ..usage("openai", "gpt-4o", 400_000, 0) });
    for standard in ["", "default", "auto", "standard", "standard_only", "on_demand", "ON-DEMAND"] {
        assert_eq!(tier(standard), "1 USD", "{standard}");
    }
    assert_eq!(tier("batch"), "0.5 USD");
    assert_eq!(tier("Batch"), "0.5 USD");
    // Not the standard's price, and not a vaguer pattern's either.
    assert_eq!(tier("priority"), Unpriced::NoTier.to_string());
    assert_eq!(tier("flex"), Unpriced::NoTier.to_string());
    // Azure sells at OpenAI's standard price; of its batches that says nothing.
    let azure = Usage { service_tier: "batch", ..usage("azure", "gpt-4o", 400_000, 0) };
    assert_eq!(book().explain(&azure, NOW), Err(Unpriced::NoTier));
}

#[test]
fn entries_for_any_provider_come_last() {
    assert_eq!(price(&usage("ollama", "house-model", 1_000_000, 0)), "1 EUR");
    assert_eq!(price(&usage("", "acme/house-model", 1_000_000, 0)), "1 EUR");
    assert_eq!(price(&usage("our-gpus", "house-model", 1_000_000, 0)), "0.000001 EUR");
}

#[test]
fn amounts_are_rounded_once_and_half_up() {
    // 10^-12 a token: 499 are 0.499e-9, 500 are 0.5e-9, 1499 are 1.499e-9
    for (tokens, amount) in [(499, "0 EUR"), (500, "0.000000001 EUR"), (1_499, "0.000000001 EUR")] {
        assert_eq!(price(&usage("our-gpus", "any", tokens, 0)), amount, "{tokens}");
    }
}

#[test]
fn no_count_is_too_large_to_be_refused() {
    let most = Usage {
        cache_read: Some(u64::MAX),
        cache_write: Some(u64::MAX),
        reasoning: Some(u64::MAX),
        ..usage("openai", "gpt-4o", u64::MAX, u64::MAX)
    };
    assert_eq!(book().explain(&most, NOW), Err(Unpriced::TooMuch));
    // 18446744073709551615 × 10^-12
    assert_eq!(price(&usage("our-gpus", "any", u64::MAX, 0)), "18446744.073709552 EUR");
    // 10^9 × 10^6 tokens of 1/1e6 each are one more than the most.
    assert_eq!(price(&usage("*", "house-model", 999_999_999_999_999, 0)), "999999999.999999 EUR");
    assert_eq!(
        price(&usage("*", "house-model", 1_000_000_000_000_000, 0)),
        Unpriced::TooMuch.to_string()
    );
    assert_eq!(Amount::MOST.to_string(), "999999999.999999999");
}

#[test]
fn a_list_that_is_none_says_where() {
    let entries: Vec<PriceEntry> = serde_json::from_str(LIST).unwrap();
    let refused = |change: &dyn Fn(&mut Vec<PriceEntry>)| {
        let mut entries = entries.clone();
        change(&mut entries);
        PriceBook::new(entries).err()
    };
    assert_eq!(
        refused(&|list| list.push(list[5].clone())),
        Some(InvalidBook::Twice { at: 16, first: 5 })
    );
    let why = InvalidEntry::OtherName { ours: "azure" };
    assert_eq!(
        refused(&|list| list[3].provider = "azure.ai.openai".to_owned()),
        Some(InvalidBook::Entry { at: 3, why })
    );
    let many = |list: &mut Vec<PriceEntry>| {
        let one = list[0].clone();
        list.extend((0..20_000).map(|at| PriceEntry { above_input_tokens: at + 1, ..one.clone() }));
    };
    assert_eq!(refused(&many), Some(InvalidBook::TooMany));
}

#[test]
fn a_book_is_asked_by_many_threads() {
    let book = book();
    let call = usage("openai", "gpt-4o", 400_000, 0);
    std::thread::scope(|threads| {
        let ask = || book.price(&call, NOW).map(|priced| priced.amount.nanos());
        let asked: Vec<_> = (0..4).map(|_| threads.spawn(ask)).collect();
        for answer in asked {
            assert_eq!(answer.join().unwrap(), Some(1_000_000_000));
        }
    });
}
