//! What one tenant's flood costs another: its single tickets, acknowledged after the commit, by
//! themselves and while the other sends as much as it can, in one run.
//!
//! Load, receiver and ClickHouse share this machine's cores, so read the ratio.
#![expect(clippy::expect_used, clippy::cast_precision_loss)]

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use ticketlens_store::Scope;
use ticketlens_tests::{
    Database, Receiver,
    load::{Sender, Template, ticket},
};

/// Between two tickets of the neighbour.
const PAUSE: Duration = Duration::from_millis(50);

/// Bytes of a ticket, tickets of a request, requests in flight.
const FLOODS: [(usize, usize, usize); 4] =
    [(0, 0, 0), (2 << 10, 100, 64), (50 << 10, 20, 16), (2 << 10, 1, 256)];

fn main() {
    // `cargo test --benches` and the like only ask whether it builds.
    if env::args().any(|argument| argument == "--test") {
        return;
    }
    let quick = env::args().any(|argument| argument == "--quick");
    let time = Duration::from_secs(if quick { 5 } else { 20 });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header([
        "the flood",
        "its tickets/s",
        "refused of it",
        "neighbour's ack p50 / p99 ms",
        "p99 of idle",
        "refused of the neighbour",
    ]);
    let mut idle = None;
    for flood in FLOODS {
        let row = runtime.block_on(run(flood, time));
        let p99 = row.percentile(0.99);
        let idle = *idle.get_or_insert(p99);
        let (bytes, records, in_flight) = flood;
        table.add_row([
            format!("{in_flight} × {records} × {} KiB", bytes >> 10),
            format!("{:.0}", row.flood as f64 / time.as_secs_f64()),
            row.flood_refused.to_string(),
            format!("{:.0} / {p99:.0}", row.percentile(0.5)),
            format!("{:.1}", p99 / idle),
            row.refused.to_string(),
        ]);
    }
    println!("{table}");
}

#[derive(Default)]
struct Row {
    flood: u64,
    flood_refused: u64,
    refused: u64,
    /// Milliseconds, sorted.
    latencies: Vec<f64>,
}

impl Row {
    fn percentile(&self, part: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let at = (last as f64 * part) as usize;
        self.latencies.get(at).copied().unwrap_or_default()
    }
}

async fn run((bytes, records, in_flight): (usize, usize, usize), time: Duration) -> Row {
    let database = Database::start();
    // As a server logs; tests have it say everything.
    let receiver = Receiver::start_with(&database, "", &[("TICKETLENS_LOG", "info".into())]);
    let key = database.tenant_key("flood", Scope::Ingest).await;
    let neighbour = database.tenant_key("neighbour", Scope::Ingest).await;
    let (sent, refused) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let over = Arc::new(AtomicBool::new(false));
    let mut sender = Sender::connect(&receiver.grpc(), &neighbour).await;
    let one = Template::new(&ticket(2 << 10), 1);
    sender.send(one.fresh()).await.expect("the first ticket is taken");

    let template = (in_flight > 0).then(|| Arc::new(Template::new(&ticket(bytes), records)));
    let mut floods = Vec::new();
    for _ in 0..in_flight {
        let Some(template) = template.clone() else { break };
        let mut sender = Sender::connect(&receiver.grpc(), &key).await;
        let (sent, refused, over) = (Arc::clone(&sent), Arc::clone(&refused), Arc::clone(&over));
        floods.push(tokio::spawn(async move {
            while !over.load(Relaxed) {
                match sender.send(template.fresh()).await {
                    Ok(_) => sent.fetch_add(records as u64, Relaxed),
                    Err(_) => refused.fetch_add(1, Relaxed),
                };
            }
        }));
    }
    let mut row = Row::default();
    let started = Instant::now();
    while started.elapsed() < time {
        let asked = Instant::now();
        match sender.send(one.fresh()).await {
            Ok(_) => row.latencies.push(asked.elapsed().as_secs_f64() * 1e3),
            Err(_) => row.refused += 1,
        }
        tokio::time::sleep(PAUSE).await;
    }
    over.store(true, Relaxed);
    for flood in floods {
        flood.await.expect("a sender ends well");
    }
    (row.flood, row.flood_refused) = (sent.load(Relaxed), refused.load(Relaxed));
    row.latencies.sort_by(f64::total_cmp);
    row
}
