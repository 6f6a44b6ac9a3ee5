//! The library against a receiver whose limits are smaller than its own.

use std::time::Duration;

use ticketlens::{Lens, Protocol};
use ticketlens_store::{Scope, TicketFilter, Visibility};
use ticketlens_tests::{Database, Receiver, load::ticket};

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_with_a_small_limit_costs_no_ticket() {
    let database = Database::start();
    let receiver = Receiver::start(&database, "[limits]\nmax_request_mib = 1\n");
    let key = database.tenant_key("acme", Scope::Ingest).await;
    let http = format!("http://{}", receiver.http());
    for (endpoint, protocol) in [(receiver.grpc(), Protocol::Grpc), (http, Protocol::HttpProtobuf)]
    {
        let lens = Lens::builder()
            .endpoint(endpoint)
            .protocol(protocol)
            .key(&key)
            .build()
            .expect("a lens");
        // In one batch: much more than the receiver takes at once.
        for _ in 0..100 {
            lens.emit(ticket(30_000));
        }
        let report = lens.shutdown(Duration::from_secs(60));
        assert_eq!((report.sent, report.dropped.total()), (100, 0), "{:?}", lens.stats());
        assert_eq!(lens.stats().degraded.metrics_only, 0);
    }
    let all = TicketFilter::default();
    assert_eq!(database.store().count_tickets(&Visibility::All, &all).await.unwrap(), 200);
}
