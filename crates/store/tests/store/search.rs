//! Search on the real engine, with the index and without: what was said is found, and nothing else.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use ticketlens_store::{
    PageToken, SearchPage, Store, StoreConfig, TenantName, Terms, TicketFilter,
};
use ticketlens_ticket::{Record, Timestamp};

use crate::{
    engine::{config, raw, store, value},
    reading::{insert, of},
    sample::{after, bare, lately},
};

fn said(id: &str, number: u128, at: Timestamp, trace: &Value) -> Record<'static> {
    Record { trace_json: trace.to_string(), ..bare(id, number, at) }
}

/// The same database, without the index.
async fn unindexed(store: &Store) -> Store {
    let config = StoreConfig { search_index: false, ..store.config().clone() };
    let store = Store::open(config);
    store.migrate().await.unwrap();
    store
}

/// As a merge leaves the table: with the index on every row.
async fn merged(store: &Store) {
    let database = store.config().database.to_string();
    raw(store, &format!("OPTIMIZE TABLE {database}_store.tickets FINAL")).await.unwrap();
}

async fn search(store: &Store, tenant: &str, query: &str) -> SearchPage {
    let tenant: TenantName = tenant.parse().unwrap();
    let terms = Terms::parse(query).unwrap();
    page(store, &tenant, &TicketFilter::default(), &terms, 50, None).await
}

async fn page(
    store: &Store,
    tenant: &TenantName,
    filter: &TicketFilter,
    terms: &Terms,
    size: u32,
    after: Option<&PageToken>,
) -> SearchPage {
    let found = store.find_search(tenant, filter, terms, size, after).await.unwrap();
    store.open_search(found).await.unwrap()
}

async fn ids(store: &Store, query: &str) -> BTreeSet<String> {
    search(store, "acme", query).await.hits.into_iter().map(|hit| hit.ticket.ticket_id).collect()
}

/// Texts that JSON writes with escapes, words beyond ASCII, signs around words.
fn traces() -> Vec<(&'static str, Value)> {
    vec![
        ("lines", json!({ "output": "first\nworld\tsecond \"quoted\" C:\\new\\path\u{1}bell" })),
        ("signs", json!({ "output": "„München“ – groß…Straße, naïve·café" })),
        ("cased", json!({ "ticket": { "subject": "MÜNCHEN refund" } })),
        (
            "longer",
            json!({ "steps": [{ "id": "s", "name": "refund_tool", "output": "Münchener" }] }),
        ),
        ("keyed", json!({ "München": 1, "refund": { "world": [null] }, "output": "none" })),
        (
            "error",
            json!({ "steps": [{ "id": "s", "kind": "tool", "name": "pay",
            "error": { "type": "CardDeclined", "message": "order 47110: no funds" } }] }),
        ),
        ("number", json!({ "steps": [{ "input": { "order_id": 4711, "colons": ["x", ":y"] } }] })),
        ("scripts", json!({ "output": "заказ Жук, 東京タワー" })),
    ]
}

async fn traces_in(database: &str) -> Store {
    let store = store(database).await;
    let at = lately();
    let records: Vec<_> =
        (0..).zip(traces()).map(|(n, (id, trace))| said(id, n, at, &trace)).collect();
    insert(&store, "acme", &records).await;
    store
}

#[tokio::test]
async fn words_and_exact_text_are_found_whether_indexed_or_not() {
    let store = traces_in("search_said").await;
    let expected: &[(&str, &[&str])] = &[
        ("world", &["lines"]),
        ("nworld", &[]),
        ("second quoted", &["lines"]),
        ("new path bell", &["lines"]),
        ("\"first\nworld\"", &["lines"]),
        ("\"first world\"", &[]),
        ("\"\\new\\\"", &["lines"]),
        ("münchen", &["cased", "signs"]),
        ("\"münchen\"", &["cased", "longer", "signs"]),
        ("MÜNCHEN refund", &["cased"]),
        ("refund", &["cased", "longer"]),
        ("refund_tool", &["longer"]),
        ("straße GROSS", &[]),
        ("straße groß", &["signs"]),
        ("\"groß…straße\"", &["signs"]),
        ("\"groß–straße\"", &[]),
        ("café naïve", &["signs"]),
        ("carddeclined", &["error"]),
        ("\"order 4711\"", &["error"]),
        ("\"order 4711:\"", &[]),
        ("4711", &["number"]),
        ("order_id", &[]),
        ("жук", &["scripts"]),
        ("\"京タワ\"", &["scripts"]),
        ("nothing", &[]),
    ];
    let without = unindexed(&store).await;
    let with = Store::open(StoreConfig { search_index: true, ..store.config().clone() });
    with.migrate().await.unwrap();
    for is_merged in [false, true] {
        if is_merged {
            merged(&with).await;
        }
        for (query, found) in expected {
            let found: BTreeSet<_> = found.iter().map(|id| (*id).to_owned()).collect();
            assert_eq!(ids(&with, query).await, found, "{query:?}, indexed, merged: {is_merged}");
            assert_eq!(ids(&without, query).await, found, "{query:?}, not indexed");
        }
    }
    let place = search(&with, "acme", "declined carddeclined").await;
    assert!(place.hits.is_empty());
    let hit = search(&with, "acme", "funds").await.hits.remove(0);
    let snippet = &hit.snippets[0];
    assert_eq!(snippet.place.field, "error");
    assert_eq!(snippet.place.step.as_ref().map(|step| step.name.as_str()), Some("pay"));
    assert_eq!(&snippet.text[snippet.marks[0].clone()], "funds");
}

#[tokio::test]
async fn pages_hold_every_hit_once_newest_first_and_of_one_tenant() {
    let store = store("search_pages").await;
    let at = lately();
    let trace = json!({ "output": "a needle in hay" });
    let records: Vec<_> =
        (0..12).map(|n| said(&format!("T{n}"), n, after(at, n as u64 / 4), &trace)).collect();
    insert(&store, "acme", &records).await;
    insert(&store, "globex", &records).await;
    let tenant: TenantName = "acme".parse().unwrap();
    for query in ["needle", "\"eedle in\""] {
        let terms = Terms::parse(query).unwrap();
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let filter = TicketFilter::default();
            let page = page(&store, &tenant, &filter, &terms, 5, after.as_ref()).await;
            assert!(page.hits.len() <= 5);
            all.extend(page.hits.into_iter().map(|hit| hit.ticket));
            let Some(next) = page.next else { break };
            after = Some(next.to_string().parse().unwrap());
        }
        assert_eq!(all.len(), 12, "{query}");
        assert!(all.is_sorted_by(|a, b| a.executed_at >= b.executed_at));
        assert!(all.iter().all(|ticket| ticket.tenant == "acme"));
        let once: BTreeSet<_> = all.iter().map(|ticket| &ticket.ticket_id).collect();
        assert_eq!(once.len(), 12);
    }
    let terms = Terms::parse("needle").unwrap();
    let filters = [
        (TicketFilter { until: Some(after(at, 1)), ..TicketFilter::default() }, 4),
        (TicketFilter { since: Some(after(at, 2)), ..TicketFilter::default() }, 4),
        (TicketFilter { status: Some("FAILED".into()), ..TicketFilter::default() }, 0),
        (TicketFilter { min_confidence: Some(0.5), ..TicketFilter::default() }, 0),
    ];
    for (filter, count) in filters {
        let page = page(&store, &tenant, &filter, &terms, 50, None).await;
        assert_eq!(page.hits.len(), count, "{filter:?}");
    }
}

#[tokio::test]
async fn large_traces_make_short_pages_and_none_is_missed() {
    let store = store("search_large").await;
    let at = lately();
    let hay = "hay ".repeat(5 << 20);
    for n in 0..5 {
        let trace = json!({ "ticket": hay, "output": "needle" });
        insert(&store, "acme", &[said(&format!("T{n}"), n, after(at, n as u64), &trace)]).await;
    }
    let first = search(&store, "acme", "needle").await;
    assert!((1..5).contains(&first.hits.len()), "{}", first.hits.len());
    let tenant: TenantName = "acme".parse().unwrap();
    let terms = Terms::parse("needle").unwrap();
    let filter = TicketFilter::default();
    let found = store.find_search(&tenant, &filter, &terms, 50, None).await.unwrap();
    assert!((4 * hay.len()..5 * hay.len()).contains(&found.bytes()), "four are held at once");
    let rest = page(&store, &tenant, &filter, &terms, 50, first.next.as_ref()).await;
    assert_eq!(first.hits.len() + rest.hits.len(), 5);
    assert_eq!(rest.next, None);
}

#[tokio::test]
async fn a_former_tenants_traces_are_not_found() {
    let store = traces_in("search_former").await;
    let name: TenantName = "acme".parse().unwrap();
    assert_eq!(ids(&store, "refund").await.len(), 2);
    // Deleted as `delete_tenant` begins, with the rows still there.
    let database = store.config().database.to_string();
    raw(&store, &format!("INSERT INTO {database}_store.tenants SELECT * REPLACE (1 AS removed, version + 1 AS version) FROM {database}_store.tenants FINAL WHERE name = 'acme'")).await.unwrap();
    store.create_tenant(&ticketlens_store::TenantSettings::new(name)).await.unwrap();
    assert!(ids(&store, "refund").await.is_empty());
}

#[tokio::test]
async fn inserts_leave_the_index_to_merges_and_the_setting_drops_it() {
    let store = traces_in("search_index").await;
    let database = format!("{}_store", store.config().database);
    let bytes = format!(
        "SELECT sum(secondary_indices_compressed_bytes) FROM system.parts \
         WHERE active AND database = '{database}' AND table = 'tickets'"
    );
    let before: u64 = value(&store, &bytes).await.parse().unwrap();
    merged(&store).await;
    let merged_bytes: u64 = value(&store, &bytes).await.parse().unwrap();
    assert!(merged_bytes > before, "{before} {merged_bytes}");
    let explained = format!(
        "SELECT name FROM system.data_skipping_indices \
         WHERE database = '{database}' AND table = 'tickets' AND type = 'text'"
    );
    assert!(raw(&store, &explained).await.unwrap().contains("said"));
    let without = unindexed(&store).await;
    assert_eq!(raw(&without, &explained).await.unwrap(), "");
    // What is there gets it again.
    let with = Store::open(StoreConfig { search_index: true, ..config("search_index") });
    with.migrate().await.unwrap();
    assert!(raw(&with, &explained).await.unwrap().contains("said"));
    assert_eq!(ids(&with, "refund").await.len(), 2);
}

/// The words of an erased trace are in nothing that is left of it.
#[tokio::test]
async fn what_is_erased_leaves_the_index_too() {
    let store = traces_in("search_erased").await;
    merged(&store).await;
    let database = format!("{}_store", store.config().database);
    let words = format!(
        "SELECT count() FROM mergeTreeTextIndex('{database}', 'tickets', 'said') \
         WHERE token = 'carddeclined'"
    );
    assert_eq!(value(&store, &words).await, "1");
    store.erase_ticket(&of("acme"), "error", None).await.unwrap();
    assert_eq!(value(&store, &words).await, "0");
    assert!(ids(&store, "carddeclined").await.is_empty());
    assert_eq!(ids(&store, "münchen").await.len(), 2);
}
