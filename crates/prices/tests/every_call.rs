//! What holds for every call and every list.

#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use proptest::prelude::*;
use ticketlens_prices::{
    Amount, Currency, Price, PriceBook, PriceEntry, Unpriced, Usage, start_list,
};

static START: LazyLock<PriceBook> =
    LazyLock::new(|| PriceBook::new(start_list().unwrap()).unwrap());

fn prices() -> impl Strategy<Value = Price> {
    let picos = prop_oneof![0..20_000_000u64, 0..=Price::MOST.picos()];
    picos.prop_map(|picos| Price::from_picos(picos).unwrap())
}

fn entries() -> impl Strategy<Value = PriceEntry> {
    let names =
        ("[ab]|[a-d][a-z0-9._-]{0,8}", "[a-c*#-]{1,6}", "|batch|x_[a-z]{1,5}", "[^\\pC]{0,20}");
    let rates = (prices(), prices(), prop::option::of(prices()), prop::option::of(prices()));
    let conditions = (prop_oneof![Just(0), any::<u64>()], 0..=u64::from(u32::MAX), "USD|EUR|JPY");
    (names, rates, prop::option::of(prices()), conditions).prop_map(
        |(names, (input, output, cache_read, cache_write), reasoning, conditions)| PriceEntry {
            provider: names.0,
            model: names.1,
            service_tier: names.2,
            above_input_tokens: conditions.0,
            valid_from: conditions.1,
            currency: conditions.2.parse().unwrap(),
            input,
            output,
            cache_read,
            cache_write,
            reasoning,
            source: names.3,
        },
    )
}

/// One model of one provider, at one price for calls of any size.
fn flat() -> impl Strategy<Value = (PriceBook, PriceEntry)> {
    entries().prop_map(|entry| {
        let entry = PriceEntry {
            provider: "acme".into(),
            model: "m".into(),
            service_tier: String::new(),
            above_input_tokens: 0,
            valid_from: 0,
            source: String::new(),
            ..entry
        };
        (PriceBook::new(vec![entry.clone()]).unwrap(), entry)
    })
}

fn counts() -> impl Strategy<Value = u64> {
    prop_oneof![0..100u64, 0..2_000_000u64, any::<u64>()]
}

fn call([input, cache_read, cache_write, output, reasoning]: [u64; 5]) -> Usage<'static> {
    Usage {
        provider: "acme",
        response_model: "m",
        input: Some(input),
        output: Some(output),
        cache_read: Some(cache_read),
        cache_write: Some(cache_write),
        reasoning: Some(reasoning),
        ..Usage::default()
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(
        texts in prop::array::uniform4(".{0,40}"),
        counts in prop::array::uniform5(prop::option::of(any::<u64>())),
        at in any::<u64>(),
    ) {
        let [provider, request_model, response_model, service_tier] = &texts;
        let [input, output, cache_read, cache_write, reasoning] = counts;
        let usage = Usage {
            provider, request_model, response_model, service_tier,
            input, output, cache_read, cache_write, reasoning,
        };
        let _ = START.price(&usage, at);
    }

    #[test]
    fn no_name_like_a_models_makes_it_panic(
        provider in "(openai|aws|google|litellm|)",
        model in "((openai|aws|arn:|models)[/:.]){0,3}(gpt-|us\\.|claude-|ü)[a-z0-9:@/.-]{0,30}(-20[0-9ü]{6})?",
        tokens in counts(),
    ) {
        let usage = Usage {
            provider: &provider, request_model: &model, input: Some(tokens), ..Usage::default()
        };
        let _ = START.price(&usage, 1_800_000_000);
    }

    #[test]
    fn any_entries_are_a_book_or_say_why_not(
        entries in prop::collection::vec(entries(), 0..12),
        model in "[a-c0-9-]{0,8}",
        at in any::<u32>(),
    ) {
        if let Ok(book) = PriceBook::new(entries) {
            let providers: Vec<_> = book.entries().iter().map(|entry| entry.provider.clone()).collect();
            for provider in &providers {
                let usage = Usage {
                    provider, response_model: &model, input: Some(1), ..Usage::default()
                };
                if let Some(priced) = book.price(&usage, at.into()) {
                    let entry = &book.entries()[priced.entry];
                    prop_assert_eq!(&entry.provider, provider);
                    prop_assert!(entry.valid_from <= at.into());
                    prop_assert_eq!(entry.currency, priced.currency);
                }
            }
        }
    }

    #[test]
    fn the_order_of_a_list_is_nothing(
        entries in prop::collection::vec(entries(), 1..12),
        model in "[a-c0-9-]{0,8}",
        at in any::<u32>(),
    ) {
        let mut backwards = entries.clone();
        backwards.reverse();
        let provider = entries[0].provider.clone();
        if let (Ok(one), Ok(other)) = (PriceBook::new(entries), PriceBook::new(backwards)) {
            let usage = Usage {
                provider: &provider, response_model: &model, input: Some(1), ..Usage::default()
            };
            let amount = |book: &PriceBook| book.price(&usage, at.into()).map(|p| (p.amount, p.currency));
            prop_assert_eq!(amount(&one), amount(&other));
        }
    }

    #[test]
    fn json_is_read_as_it_is_written(entry in entries()) {
        let json = serde_json::to_string(&entry).unwrap();
        prop_assert_eq!(serde_json::from_str::<PriceEntry>(&json).unwrap(), entry);
    }

    #[test]
    fn money_is_read_as_it_is_written(price in prices(), nanos in 0..=Amount::MOST.nanos()) {
        prop_assert_eq!(price.to_string().parse::<Price>().unwrap(), price);
        let amount = Amount::from_nanos(nanos).unwrap();
        prop_assert_eq!(amount.to_string().parse::<Amount>().unwrap(), amount);
    }

    #[test]
    fn currencies_are_three_capitals(text in ".{0,4}") {
        let capitals = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        prop_assert_eq!(text.parse::<Currency>().is_ok(), capitals);
    }

    /// More tokens never cost less; too much stays too much.
    #[test]
    fn amounts_grow_with_tokens(
        (book, _) in flat(),
        tokens in prop::array::uniform5(counts()),
        more in counts(),
        of_output in any::<bool>(),
    ) {
        let mut grown = tokens;
        let which = if of_output { 3 } else { 0 };
        grown[which] = grown[which].saturating_add(more);
        let amount = |tokens| match book.explain(&call(tokens), 0) {
            Ok(priced) => Some(priced.amount),
            Err(why) => {
                assert_eq!(why, Unpriced::TooMuch);
                None
            }
        };
        match (amount(tokens), amount(grown)) {
            (Some(before), Some(after)) => prop_assert!(before <= after, "{before} {after}"),
            (None, Some(after)) => prop_assert!(false, "too much before, {after} after"),
            _ => {}
        }
    }

    /// The whole is its parts, each at its price, rounded once.
    #[test]
    fn the_sum_is_of_its_parts((book, entry) in flat(), parts in prop::array::uniform5(0..1_000_000u64)) {
        let [plain, read, write, said, thought] = parts;
        let of = |tokens: u64, price: Price| u128::from(tokens) * u128::from(price.picos());
        let picos = of(plain, entry.input)
            + of(read, entry.cache_read.unwrap_or(entry.input))
            + of(write, entry.cache_write.unwrap_or(entry.input))
            + of(said, entry.output)
            + of(thought, entry.reasoning.unwrap_or(entry.output));
        let nanos = picos / 1_000 + u128::from(picos % 1_000 >= 500);
        let usage = call([plain + read + write, read, write, said + thought, thought]);
        let ours = book.price(&usage, 0).map(|priced| u128::from(priced.amount.nanos()));
        prop_assert_eq!(ours, (nanos <= u128::from(Amount::MOST.nanos())).then_some(nanos));
    }

    /// What claims more than the whole costs as if it claimed the whole.
    #[test]
    fn parts_are_cut_to_the_whole((book, _) in flat(), input in 0..1_000u64, over in any::<u64>()) {
        let cut = book.price(&call([input, input, 0, input, input]), 0);
        let over = input.saturating_add(over);
        prop_assert_eq!(book.price(&call([input, over, over, input, over]), 0), cut);
    }
}
