//! Lists, page by page: each ticket once, in every order, whatever is stored meanwhile.

use std::collections::BTreeSet;

use ticketlens_store::{PageStart, Sort, Store, TicketFilter, TicketSummary, Visibility};
use ticketlens_ticket::Record;

use crate::{
    engine::store,
    reading::{insert, of},
    sample::{after, bare, lately},
};

/// Every ticket, page by page. The token travels as text, as it does for callers.
async fn every(store: &Store, who: &Visibility, sort: Sort, size: u32) -> Vec<TicketSummary> {
    let mut all = Vec::new();
    let mut start = PageStart::First(sort);
    loop {
        let filter = TicketFilter::default();
        let page = store.list_tickets(who, &filter, size, &start).await.unwrap();
        assert!(page.tickets.len() <= size as usize);
        all.extend(page.tickets);
        let Some(next) = page.next else { return all };
        start = PageStart::After(next.to_string().parse().unwrap());
    }
}

#[tokio::test]
async fn pages_show_everything_once_newest_first() {
    let store = store("pages").await;
    let at = lately();
    // Ties in time, and the same executions of two tenants.
    let records: Vec<_> = (0..10).map(|n| bare("A", n, after(at, n as u64 / 4))).collect();
    insert(&store, "acme", &records).await;
    insert(&store, "globex", &records).await;
    let whole = every(&store, &Visibility::All, Sort::NEWEST, 1000).await;
    assert_eq!(whole.len(), 20);
    assert!(whole.is_sorted_by(|a, b| a.executed_at >= b.executed_at));
    for size in [1, 3, 10, 20] {
        let pages = every(&store, &Visibility::All, Sort::NEWEST, size).await;
        assert_eq!(pages, whole, "pages of {size}");
    }
    let own = every(&store, &of("acme"), Sort::NEWEST, 3).await;
    assert_eq!(own.len(), 10);
    assert!(own.iter().all(|ticket| ticket.tenant == "acme"));
}

#[tokio::test]
async fn every_order_shows_everything_once_and_what_has_no_value_last() {
    let store = store("orders").await;
    let at = lately();
    let records: Vec<_> = (0..12)
        .map(|n: u128| Record {
            // Ties, and tickets without a value.
            duration_seconds: (n % 3) as f64 / 8.0,
            input_tokens: (!n.is_multiple_of(4)).then_some(n as u64 % 5),
            metrics: match n % 4 {
                0 => Vec::new(),
                step => vec![("overall_confidence".into(), 1.0 / step as f64)],
            },
            ..bare("A", n, after(at, n as u64))
        })
        .collect();
    insert(&store, "acme", &records).await;
    let value = |sort: &str, ticket: &TicketSummary| match sort.trim_start_matches('-') {
        "executed_at" => Some(ticket.executed_at.as_unix_nanos() as f64),
        "duration" => Some(ticket.duration_seconds),
        "tokens" => ticket.input_tokens.map(|tokens| tokens as f64),
        _ => ticket.metrics.first().map(|(_, confidence)| *confidence),
    };
    for text in [
        "executed_at",
        "-executed_at",
        "duration",
        "-duration",
        "tokens",
        "-tokens",
        "confidence",
        "-confidence",
    ] {
        let sort: Sort = text.parse().unwrap();
        let whole = every(&store, &Visibility::All, sort, 1000).await;
        let values: Vec<_> = whole.iter().map(|ticket| value(text, ticket)).collect();
        let there: Vec<_> = values.iter().flatten().collect();
        let in_order = |a: &&f64, b: &&f64| if sort.descending { a >= b } else { a <= b };
        assert!(there.is_sorted_by(in_order), "{text}: {values:?}");
        assert!(values[there.len()..].iter().all(Option::is_none), "{text}: {values:?}");
        let ids: BTreeSet<_> = whole.iter().map(|t| t.execution_id.to_string()).collect();
        assert_eq!((whole.len(), ids.len()), (12, 12), "{text}");
        for size in [1, 5] {
            assert_eq!(
                every(&store, &of("acme"), sort, size).await,
                whole,
                "{text}, {size} a page"
            );
        }
    }
}

#[tokio::test]
async fn a_new_ticket_does_not_move_the_next_page() {
    let store = store("moves").await;
    let at = lately();
    insert(&store, "acme", &[bare("A", 1, at), bare("B", 2, after(at, 1))]).await;
    let (filter, start) = (TicketFilter::default(), PageStart::default());
    let first = store.list_tickets(&of("acme"), &filter, 1, &start).await.unwrap();
    insert(&store, "acme", &[bare("C", 3, after(at, 2))]).await;
    let next = PageStart::After(first.next.unwrap());
    let second = store.list_tickets(&of("acme"), &filter, 1, &next).await.unwrap();
    assert_eq!(second.tickets[0].ticket_id, "A");
    assert_eq!(second.next, None);
}

/// A hundred thousand tickets, while others arrive at both ends of the list and in its middle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_missed_or_met_twice_while_others_arrive() {
    const STORED: u128 = 100_000;
    let store = store("hundred_thousand").await;
    let at = lately();
    let old: Vec<_> =
        (0..STORED).map(|n| bare("old", n, after(at, 2 * (n as u64 / 5_000)))).collect();
    insert(&store, "acme", &old).await;
    let arrive = async {
        for round in 0..40 {
            let new: Vec<_> = (0..25)
                .map(|n| bare("new", STORED + round * 25 + n, after(at, (round as u64 * 7) % 60)))
                .collect();
            insert(&store, "acme", &new).await;
        }
    };
    let acme = of("acme");
    let (read, ()) = tokio::join!(every(&store, &acme, Sort::NEWEST, 1_000), arrive);
    let ids: BTreeSet<_> = read.iter().map(|t| t.execution_id.to_string()).collect();
    assert_eq!(ids.len(), read.len(), "some were met twice");
    let old = read.iter().filter(|ticket| ticket.ticket_id == "old").count();
    assert_eq!(old as u128, STORED, "some were missed");
}
