//! What must hold when things break: every ticket that was acknowledged is stored, once.
//!
//! The client library sends, the real receiver commits, and in between something is killed.
#![expect(clippy::expect_used)]

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use ticketlens::{Lens, ShutdownReport, Status, Ticket};
use ticketlens_store::{PageStart, Scope, Store, TicketFilter, Visibility};
use ticketlens_tests::{
    Database, Receiver,
    load::{Sender, Template, ticket},
};

/// Longest a flow may take before it counts as stuck.
const STUCK: Duration = Duration::from_secs(120);

fn lens(receiver: &Receiver, key: &str) -> Lens {
    Lens::builder()
        .workflow("fault-flow")
        .endpoint(receiver.grpc())
        .key(key)
        .build()
        .expect("a lens")
}

/// Emits tickets one by one, `during` being called once a third of them is on its way.
fn emit(lens: &Lens, count: usize, during: impl FnOnce()) {
    let mut during = Some(during);
    for n in 0..count {
        lens.emit(Ticket::new(format!("T-{n}"), Status::Success, Duration::from_millis(5)));
        let a_third_is_acknowledged = lens.stats().sent as usize > count / 3;
        if a_third_is_acknowledged && let Some(during) = during.take() {
            during();
        }
        // Spread over many requests, so that the fault meets some of them on their way.
        if n % 50 == 0 {
            lens.flush(Duration::from_millis(200));
        }
    }
    if let Some(during) = during {
        during();
    }
}

async fn count(store: &Store) -> u64 {
    let all = TicketFilter::default();
    store.count_tickets(&Visibility::All, &all).await.expect("a count")
}

async fn distinct_ids(store: &Store, most: u32) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut start = PageStart::default();
    loop {
        let all = TicketFilter::default();
        let page = store.list_tickets(&Visibility::All, &all, most, &start).await.expect("a page");
        ids.extend(page.tickets.into_iter().map(|ticket| ticket.ticket_id));
        match page.next {
            Some(next) => start = PageStart::After(next),
            None => return ids,
        }
    }
}

fn assert_all_sent(report: &ShutdownReport, emitted: usize) {
    assert!(report.complete, "{report:?}");
    assert_eq!(report.sent as usize, emitted, "{report:?}");
    assert_eq!((report.rejected, report.dropped.total(), report.left), (0, 0, 0), "{report:?}");
}

/// Sends, has `fault` happen meanwhile, and looks at what is stored.
async fn loses_and_doubles_nothing(
    database: &Database,
    mut receiver: Receiver,
    fault: impl FnOnce(&Database, &mut Receiver),
) {
    let key = database.tenant_key("acme", Scope::Ingest).await;
    let lens = lens(&receiver, &key);
    let report = tokio::task::block_in_place(|| {
        emit(&lens, 3_000, || fault(database, &mut receiver));
        lens.shutdown(STUCK)
    });
    assert_all_sent(&report, 3_000);
    let store = database.store();
    assert_eq!(count(&store).await, 3_000);
    assert_eq!(distinct_ids(&store, 1_000).await.len(), 3_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_database_loses_and_doubles_nothing() {
    let database = Database::start();
    let receiver = Receiver::start(&database, "");
    loses_and_doubles_nothing(&database, receiver, |database, _| database.kill_and_wait()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_receiver_loses_and_doubles_nothing() {
    let database = Database::start();
    let receiver = Receiver::start(&database, "");
    loses_and_doubles_nothing(&database, receiver, |_, receiver| receiver.kill_and_restart()).await;
}

/// What Collectors see when a receiver is rolled over: requests in flight are answered.
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_asked_to_end_answers_what_it_has_taken() {
    let database = Database::start();
    let mut receiver = Receiver::start(&database, "");
    let key = database.tenant_key("acme", Scope::Ingest).await;
    let template = Template::new(&ticket(2 << 10), 10);
    let started = Instant::now();
    let mut senders = Vec::new();
    for _ in 0..8 {
        let mut sender = Sender::connect(&receiver.grpc(), &key).await;
        let template = template.clone();
        senders.push(tokio::spawn(async move {
            let mut acknowledged = 0;
            while started.elapsed() < STUCK {
                match sender.send(template.fresh()).await {
                    Ok(_) => acknowledged += 10,
                    Err(_) => return acknowledged,
                }
            }
            acknowledged
        }));
    }
    let store = database.store();
    while count(&store).await < 500 {
        assert!(started.elapsed() < STUCK, "nothing arrives");
    }
    let status = tokio::task::block_in_place(|| receiver.terminate());
    assert!(status.success(), "{status}\n{}", receiver.log());
    let mut acknowledged = 0;
    for sender in senders {
        acknowledged += sender.await.expect("a sender ends");
    }
    let stored = count(&store).await;
    assert!(acknowledged >= 500 && acknowledged <= stored, "{acknowledged} of {stored}");
}
