//! What a look-up costs in the start list of some five thousand entries, and what it costs to build.

#![allow(clippy::expect_used)]
#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ticketlens_prices::{PriceBook, Usage, start_list};

/// 2026-12-01.
const NOW: u64 = 1_796_083_200;

/// A provider and a model: a name itself, by its beginning, by what is in it, by another's price,
/// guessed, and none.
const CALLS: [(&str, &str, &str); 8] = [
    ("name", "openai", "gpt-4o-2024-08-06"),
    ("dated", "openai", "gpt-5-mini-2027-01-01"),
    ("beginning", "anthropic", "claude-sonnet-4-5-20250929"),
    ("within", "aws.bedrock", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
    ("path", "openrouter", "anthropic/claude-sonnet-4.5"),
    ("makers_price", "azure.ai.openai", "gpt-4o"),
    ("guessed", "", "azure/GPT-4o"),
    ("unknown", "openai", "our-own-model-of-some-length"),
];

fn price(bench: &mut Criterion) {
    let list = start_list().expect("the start list is one");
    let book = PriceBook::new(list.clone()).expect("the start list is one");
    for (name, provider, model) in CALLS {
        let usage = Usage {
            provider,
            request_model: model,
            response_model: model,
            input: Some(12_345),
            output: Some(678),
            cache_read: Some(10_000),
            ..Usage::default()
        };
        bench.bench_function(&format!("price/{name}"), |bencher| {
            bencher.iter(|| book.price(black_box(&usage), NOW));
        });
    }
    bench.bench_function("build", |bencher| {
        bencher.iter_with_setup(|| list.clone(), |list| PriceBook::new(list).map(|_| ()));
    });
    bench.bench_function("start_list", |bencher| {
        bencher.iter(|| start_list().map(|list| list.len()))
    });
}

criterion_group!(benches, price);
criterion_main!(benches);
