//! Export on the real engine: oldest first, each once, and no page of more bytes than it may have.

use ticketlens_store::{ExportPage, PageToken, Store, TicketFilter, Visibility};
use ticketlens_ticket::Record;

use crate::{
    engine::store,
    reading::{insert, of},
    sample::{after, bare, lately},
};

const MIB: usize = 1 << 20;

async fn page(
    store: &Store,
    seen: &Visibility,
    size: u32,
    after: Option<&PageToken>,
) -> ExportPage {
    let filter = TicketFilter::default();
    let found = store.find_export(seen, &filter, size, after).await.unwrap();
    store.open_export(found).await.unwrap()
}

/// The ids of each page.
async fn pages(store: &Store, seen: &Visibility, size: u32) -> Vec<Vec<String>> {
    let (mut pages, mut next) = (Vec::new(), None);
    loop {
        let page = page(store, seen, size, next.as_ref()).await;
        pages.push(page.tickets.into_iter().map(|ticket| ticket.summary.ticket_id).collect());
        next = page.next;
        if !page.more {
            return pages;
        }
    }
}

#[tokio::test]
async fn every_ticket_is_exported_once_and_what_comes_later_is_next() {
    let store = store("export_order").await;
    let at = lately();
    let records: Vec<_> =
        (0u8..5).map(|n| bare(&format!("t{n}"), n.into(), after(at, u64::from(n / 2)))).collect();
    insert(&store, "acme", &records).await;
    // Another tenant's execution of the same time and id.
    insert(&store, "other", &[Record { trace_json: "{\"a\":1}".into(), ..bare("o", 1, at) }]).await;

    let acme = of("acme");
    assert_eq!(pages(&store, &acme, 2).await, [vec!["t0", "t1"], vec!["t2", "t3"], vec!["t4"]]);
    let all: Vec<_> = pages(&store, &Visibility::All, 2).await.concat();
    assert_eq!(all, ["t0", "t1", "o", "t2", "t3", "t4"]);
    let whole = page(&store, &Visibility::All, 100, None).await;
    let traces: Vec<_> = whole.tickets.iter().map(|ticket| ticket.trace_json.as_str()).collect();
    assert_eq!(traces.iter().filter(|trace| **trace == "{\"a\":1}").count(), 1);

    let last = page(&store, &acme, 100, None).await.next.unwrap();
    let none = page(&store, &acme, 100, Some(&last)).await;
    assert_eq!((none.tickets.len(), none.next, none.more), (0, None, false));
    insert(&store, "acme", &[bare("late", 9, after(at, 60))]).await;
    let since = page(&store, &acme, 100, Some(&last)).await;
    assert_eq!(since.tickets[0].summary.ticket_id, "late");
}

#[tokio::test]
async fn a_page_of_large_traces_or_attributes_ends_early() {
    let store = store("export_bytes").await;
    let at = lately();
    let large = |n: u8, mib: usize| Record {
        trace_json: format!("{{\"output\":\"{}\"}}", "x".repeat(mib * MIB)),
        ..bare(&format!("t{n}"), n.into(), after(at, u64::from(n)))
    };
    insert(&store, "acme", &[large(0, 20), large(1, 9), large(2, 9), large(3, 1)]).await;
    assert_eq!(
        pages(&store, &of("acme"), 100).await,
        [vec!["t0"], vec!["t1"], vec!["t2", "t3"]],
        "one larger than a page is alone"
    );

    let named = |n: u8| Record {
        attributes: vec![("note".into(), "x".repeat(30 << 10).into())],
        ..bare(&format!("n{n}"), n.into(), after(at, u64::from(n)))
    };
    insert(&store, "named", &[named(0), named(1), named(2)]).await;
    assert_eq!(pages(&store, &of("named"), 100).await, [["n0"], ["n1"], ["n2"]]);
}

#[tokio::test]
async fn tickets_far_apart_are_exported_once_as_well() {
    const HOUR: u64 = 3600;
    let store = store("export_apart").await;
    let at = lately();
    let hours = [0, 1, 3, 30, 24 * 40, 24 * 400];
    let records: Vec<_> = (0u8..)
        .zip(hours)
        .map(|(n, hours)| bare(&format!("t{n}"), n.into(), after(at, hours * HOUR)))
        .collect();
    insert(&store, "acme", &records).await;
    for size in 1..=3 {
        let all = pages(&store, &of("acme"), size).await.concat();
        assert_eq!(all, ["t0", "t1", "t2", "t3", "t4", "t5"], "{size} on a page");
    }
}
