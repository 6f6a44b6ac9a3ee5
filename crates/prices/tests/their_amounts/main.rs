//! Amounts against the calculator of `genai-prices`, whose data the start list is made of:
//! `amounts.json`, which `calls.py` beside it writes when `cargo xtask prices` runs.

use serde::Deserialize;
use ticketlens_prices::{PriceBook, Usage, start_list};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    package: String,
    calls: Vec<Call>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    provider: String,
    #[serde(rename = "their_provider")]
    _theirs: Option<String>,
    model: String,
    service_tier: String,
    #[serde(rename = "at")]
    _at: String,
    at_seconds: u64,
    tokens: Tokens,
    /// What theirs says; none is none.
    amount: Option<String>,
    differs: Option<Difference>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tokens {
    input: Option<u64>,
    output: Option<u64>,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
    reasoning: Option<u64>,
}

/// Where ours says something else on purpose.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    ours: Option<String>,
    why: String,
}

impl Call {
    fn ours(&self, book: &PriceBook) -> Option<String> {
        let tokens = &self.tokens;
        let usage = Usage {
            provider: &self.provider,
            response_model: &self.model,
            service_tier: &self.service_tier,
            input: tokens.input,
            output: tokens.output,
            cache_read: tokens.cache_read,
            cache_write: tokens.cache_write,
            reasoning: tokens.reasoning,
            ..Usage::default()
        };
        book.price(&usage, self.at_seconds).map(|priced| priced.amount.to_string())
    }
}

#[test]
fn amounts_are_those_of_the_package_or_differ_for_a_reason() {
    let table: Table = serde_json::from_str(include_str!("amounts.json")).unwrap();
    let list = start_list().unwrap();
    assert!(list[0].source.starts_with(&table.package), "made of one version");
    let book = PriceBook::new(list).unwrap();
    assert!(table.calls.len() >= 50);
    let mut wrong = Vec::new();
    for call in &table.calls {
        let ours = call.ours(&book);
        let expected = match &call.differs {
            None => &call.amount,
            Some(difference) => {
                assert_ne!(difference.ours, call.amount, "{}: {}", call.model, difference.why);
                &difference.ours
            }
        };
        if ours != *expected {
            wrong.push(format!("{} {}: {ours:?}, not {expected:?}", call.provider, call.model));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
