//! The list of prices as it is stored: read back as it was put, changed whole, and its version.

use ticketlens_prices::{EntryKey, InvalidBook, PriceBook, PriceEntry, start_list};
use ticketlens_store::{PriceList, PricesError, Replace, Store};

use crate::engine::{raw, store, value};

fn entry(model: &str, input: &str) -> PriceEntry {
    let json = format!(
        r#"{{"provider": "openai", "model": "{model}", "currency": "USD", "input": "{input}",
            "output": "10", "source": "a test"}}"#
    );
    serde_json::from_str(&json).unwrap()
}

fn models(list: &PriceList) -> Vec<&str> {
    list.entries.iter().map(|entry| entry.model.as_str()).collect()
}

#[tokio::test]
async fn the_start_list_is_read_back_as_it_was_put() {
    let store = store("prices_start").await;
    assert_eq!(store.prices().await.unwrap(), PriceList::default());
    let nothing = store.prices_mark().await.unwrap();
    let mut entries = start_list().unwrap();
    let count = entries.len() as u64;
    let put = store.put_prices(&entries, Replace::ByKey).await.unwrap();
    assert_eq!((put.added, put.changed, put.same, put.removed), (count, 0, 0, 0));
    let list = store.prices().await.unwrap();
    entries.sort_by(|a, b| a.key().cmp(&b.key()));
    let mut read = list.entries.clone();
    read.sort_by(|a, b| a.key().cmp(&b.key()));
    assert_eq!(read, entries);
    assert_eq!(list.as_of, put.as_of);
    assert!(list.as_of.is_some());
    PriceBook::new(list.entries).unwrap();
    let mark = store.prices_mark().await.unwrap();
    assert_ne!(mark, nothing);
    // Put again, it changes nothing: what is priced by it has the same version.
    for replace in [Replace::ByKey, Replace::All] {
        let again = store.put_prices(&entries, replace).await.unwrap();
        assert_eq!((again.added, again.changed, again.same, again.removed), (0, 0, count, 0));
        assert_eq!(again.as_of, put.as_of);
    }
    assert_eq!(store.prices_mark().await.unwrap(), mark);
}

#[tokio::test]
async fn a_key_is_replaced_removed_and_there_again_each_time_later() {
    let store = store("prices_keys").await;
    let dear = entry("gpt-4o", "3");
    let detailed = PriceEntry {
        valid_from: u64::from(u32::MAX),
        service_tier: "batch".to_owned(),
        above_input_tokens: u64::MAX,
        cache_read: Some("0".parse().unwrap()),
        cache_write: Some("1000000000".parse().unwrap()),
        reasoning: Some("0.000001".parse().unwrap()),
        ..entry("gpt-4o", "0")
    };
    let put = [entry("gpt-4o", "2.5"), detailed.clone()];
    let first = store.put_prices(&put, Replace::ByKey).await.unwrap();
    let preview = store.preview_prices(std::slice::from_ref(&dear), Replace::All).await.unwrap();
    assert_eq!((preview.changed, preview.removed, preview.as_of), (1, 1, first.as_of));
    let second = store.put_prices(std::slice::from_ref(&dear), Replace::ByKey).await.unwrap();
    assert_eq!((second.added, second.changed), (0, 1));
    let list = store.prices().await.unwrap();
    assert_eq!(list.entries, [dear.clone(), detailed.clone()]);
    let third = store.remove_prices(&[dear.key(), detailed.key()]).await.unwrap();
    assert_eq!(third.removed, 2);
    let list = store.prices().await.unwrap();
    assert_eq!((models(&list), list.as_of), (vec![], third.as_of));
    let gone = store.remove_prices(&[dear.key()]).await.unwrap();
    assert_eq!((gone.removed, gone.as_of), (0, third.as_of));
    let fourth = store.put_prices(std::slice::from_ref(&dear), Replace::All).await.unwrap();
    assert_eq!((fourth.added, fourth.removed), (1, 0));
    assert!(first.as_of < second.as_of && second.as_of < third.as_of);
    assert!(third.as_of < fourth.as_of);
    raw(&store, "OPTIMIZE TABLE prices_keys_store.prices FINAL").await.unwrap();
    let list = store.prices().await.unwrap();
    assert_eq!((list.entries, list.as_of), (vec![dear], fourth.as_of));
}

#[tokio::test]
async fn what_makes_no_list_is_refused_and_nothing_of_it_is_stored() {
    let store = store("prices_refused").await;
    store.put_prices(&[entry("gpt-4o", "2.5")], Replace::ByKey).await.unwrap();
    let twice = [entry("o3", "1"), entry("o4", "1"), entry("o3", "2")];
    let refused = store.put_prices(&twice, Replace::ByKey).await.unwrap_err();
    assert_eq!(refused, PricesError::Invalid(InvalidBook::Twice { at: 2, first: 0 }));
    let bad = [entry("o3", "1"), entry("O3", "1")];
    let refused = store.preview_prices(&bad, Replace::All).await.unwrap_err();
    assert!(refused.to_string().starts_with("entry 1: model "), "{refused}");
    let full: Vec<_> = (0..20_000).map(|n| entry(&format!("m{n}"), "1")).collect();
    let refused = store.put_prices(&full, Replace::ByKey).await.unwrap_err();
    assert_eq!(refused, PricesError::Invalid(InvalidBook::TooMany));
    assert_eq!(models(&store.prices().await.unwrap()), ["gpt-4o"]);
    let put = store.put_prices(&full, Replace::All).await.unwrap();
    assert_eq!((put.added, put.removed), (20_000, 1));
    assert_eq!(store.prices().await.unwrap().entries.len(), 20_000);
}

#[tokio::test]
async fn what_cannot_be_read_back_is_named_and_can_be_taken_away() {
    let store = store("prices_odd").await;
    store.put_prices(&[entry("gpt-4o", "2.5")], Replace::ByKey).await.unwrap();
    let odd = |model: &str| {
        format!(
            "INSERT INTO prices_odd_store.prices SELECT * REPLACE('{model}' AS model, 'batch' AS \
             service_tier, 'dollars' AS currency) \
             FROM (SELECT * FROM prices_odd_store.prices WHERE model = 'gpt-4o')"
        )
    };
    raw(&store, &odd("gpt-5")).await.unwrap();
    for refused in [
        store.prices().await.unwrap_err(),
        store.put_prices(&[entry("o3", "1")], Replace::ByKey).await.unwrap_err(),
    ] {
        assert!(matches!(refused, PricesError::Unreadable { field: "currency", .. }));
        let said = refused.to_string();
        assert!(
            said.contains("openai gpt-5, service tier batch cannot be read: its cur"),
            "{said}"
        );
    }
    let from = entry("", "1");
    let key = EntryKey { service_tier: "batch", model: "gpt-5", ..from.key() };
    assert_eq!(store.remove_prices(&[key]).await.unwrap().removed, 1);
    assert_eq!(models(&store.prices().await.unwrap()), ["gpt-4o"]);
    raw(&store, &odd("gpt-6")).await.unwrap();
    let put = store.put_prices(&[entry("o3", "1")], Replace::All).await.unwrap();
    assert_eq!((put.added, put.removed), (1, 2));
    assert_eq!(models(&store.prices().await.unwrap()), ["o3"]);
}

/// A receiver's clock may be ahead: what another changes later is in force none the less, and later.
#[tokio::test]
async fn a_change_is_later_than_one_by_a_clock_that_is_ahead() {
    let store = store("prices_ahead").await;
    store.put_prices(&[entry("gpt-4o", "2.5")], Replace::ByKey).await.unwrap();
    let ahead = "INSERT INTO prices_ahead_store.prices SELECT * REPLACE(version + 3600000000 AS \
                 version) FROM prices_ahead_store.prices";
    raw(&store, ahead).await.unwrap();
    let before = store.prices().await.unwrap().as_of;
    let put = store.put_prices(&[entry("gpt-4o", "4")], Replace::ByKey).await.unwrap();
    assert!(put.as_of > before);
    let list = store.prices().await.unwrap();
    assert_eq!((list.entries, list.as_of), (vec![entry("gpt-4o", "4")], put.as_of));
}

#[tokio::test]
async fn of_many_writers_at_once_nothing_is_lost_and_the_version_is_the_lists() {
    let first = store("prices_many").await;
    first.put_prices(&[entry("shared", "1")], Replace::ByKey).await.unwrap();
    let write = |n: usize| {
        let store = Store::open(first.config().clone());
        async move {
            let entries = [entry("shared", &n.to_string()), entry(&format!("own-{n}"), "1")];
            store.put_prices(&entries, Replace::ByKey).await.unwrap()
        }
    };
    let runs: Vec<_> = (2..10).map(|n| tokio::spawn(write(n))).collect();
    let mut latest = None;
    for run in runs {
        latest = latest.max(run.await.unwrap().as_of);
    }
    let list = first.prices().await.unwrap();
    assert_eq!((list.entries.len(), list.as_of), (9, latest));
    let versions = "SELECT count() FROM prices_many_store.prices FINAL WHERE removed != 0";
    assert_eq!(value(&first, versions).await, "0");
}
