//! The whole path in one table: load → `ticketlens serve` → ClickHouse, acknowledged after the
//! commit, beside inserts of the same rows without a receiver, in the same run.
//!
//! Everything is on this machine and shares its cores, so compare within a table.
#![expect(clippy::expect_used, clippy::cast_precision_loss)]

use std::{
    env, fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use ticketlens_redact::{Gate, GateConfig};
use ticketlens_store::{
    Costs, Scope, TenantSettings,
    rows::{self, Table as StoreTable},
};
use ticketlens_tests::{
    Database, Receiver,
    load::{Sender, Template, ticket},
};
use ticketlens_ticket::{
    Timestamp,
    decode::{Item, Policy, read_request},
};
use uuid::Uuid;

/// One run's shape.
struct Case {
    name: &'static str,
    bytes: usize,
    records: usize,
    in_flight: usize,
}

const CASES: [Case; 5] = [
    Case { name: "2 KiB × 100", bytes: 2 << 10, records: 100, in_flight: 16 },
    Case { name: "2 KiB × 100", bytes: 2 << 10, records: 100, in_flight: 64 },
    Case { name: "2 KiB × 100", bytes: 2 << 10, records: 100, in_flight: 256 },
    Case { name: "50 KiB × 20", bytes: 50 << 10, records: 20, in_flight: 16 },
    Case { name: "2 KiB × 1", bytes: 2 << 10, records: 1, in_flight: 1 },
];

fn main() {
    // `cargo test --benches` and the like only ask whether it builds.
    if env::args().any(|argument| argument == "--test") {
        return;
    }
    let quick = env::args().any(|argument| argument == "--quick");
    let seconds = if quick { 4 } else { 15 };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header([
        "run",
        "in flight",
        "tickets/s",
        "of 1 direct stream",
        "of 2",
        "receiver µs/ticket",
        "ClickHouse µs/ticket",
        "ack p50 / p99 ms",
        "receiver peak MiB",
    ]);
    for column in 1..9 {
        let column = table.column_mut(column).expect("nine columns");
        column.set_cell_alignment(CellAlignment::Right);
    }
    for case in &CASES {
        eprintln!("{}, {} in flight: {seconds} s …", case.name, case.in_flight);
        table.add_row(runtime.block_on(run(case, Duration::from_secs(seconds))));
    }
    println!("{table}");
}

async fn run(case: &Case, time: Duration) -> Vec<String> {
    let database = Database::start();
    // As a server logs; tests have it say everything.
    let receiver = Receiver::start_with(&database, "", &[("TICKETLENS_LOG", "info".into())]);
    let key = database.tenant_key("bench", Scope::Ingest).await;
    let template = Arc::new(Template::new(&ticket(case.bytes), case.records));
    // The first request with a new key waits until the receiver has read the keys again.
    let mut sender = Sender::connect(&receiver.grpc(), &key).await;
    sender.send(template.fresh()).await.expect("the first request is taken");

    let before = (cpu(receiver.pid()), cpu(database.pid().expect("the engine runs")));
    let load = Load::run(case, &receiver, &key, &template, time).await;
    let receiver_cpu = cpu(receiver.pid()) - before.0;
    let engine_cpu = cpu(database.pid().expect("the engine runs")) - before.1;
    let peak = peak_mib(receiver.pid());
    drop(receiver);

    let one = direct_inserts(&database, &template, 1, time).await;
    let two = direct_inserts(&database, &template, 2, time).await;
    let tickets = load.tickets as f64;
    let of = |direct| format!("{:.0} %", tickets / load.time.as_secs_f64() / direct * 100.0);
    vec![
        case.name.into(),
        case.in_flight.to_string(),
        format!("{:.0}", tickets / load.time.as_secs_f64()),
        of(one),
        of(two),
        format!("{:.1}", receiver_cpu.as_secs_f64() * 1e6 / tickets),
        format!("{:.1}", engine_cpu.as_secs_f64() * 1e6 / tickets),
        format!("{:.0} / {:.0}", load.percentile(0.5), load.percentile(0.99)),
        format!("{peak}"),
    ]
}

/// What became of a load.
struct Load {
    tickets: u64,
    time: Duration,
    /// Milliseconds to each acknowledgement, sorted.
    latencies: Vec<f64>,
}

impl Load {
    async fn run(
        case: &Case,
        receiver: &Receiver,
        key: &str,
        template: &Arc<Template>,
        time: Duration,
    ) -> Self {
        let tickets = Arc::new(AtomicU64::new(0));
        let started = Instant::now();
        let mut senders = Vec::new();
        for _ in 0..case.in_flight {
            let mut sender = Sender::connect(&receiver.grpc(), key).await;
            let (template, tickets) = (Arc::clone(template), Arc::clone(&tickets));
            let records = case.records as u64;
            senders.push(tokio::spawn(async move {
                let mut latencies = Vec::new();
                while started.elapsed() < time {
                    let request = template.fresh();
                    let sent = Instant::now();
                    sender.send(request).await.expect("every request is taken");
                    latencies.push(sent.elapsed().as_secs_f64() * 1e3);
                    tickets.fetch_add(records, Relaxed);
                }
                latencies
            }));
        }
        let mut latencies = Vec::new();
        for sender in senders {
            latencies.extend(sender.await.expect("a sender ends well"));
        }
        latencies.sort_by(f64::total_cmp);
        Self { tickets: tickets.load(Relaxed), time: started.elapsed(), latencies }
    }

    fn percentile(&self, part: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let at = (last as f64 * part) as usize;
        self.latencies.get(at).copied().unwrap_or_default()
    }
}

/// Rows per second of the same rows without a receiver, made beforehand: 10,000 rows (or 32 MiB) a
/// block, which is the size the receiver's commits reach under load. Each row has an execution id
/// of its own, as every ticket has; else merges would have less to keep.
async fn direct_inserts(
    database: &Database,
    template: &Template,
    streams: usize,
    time: Duration,
) -> f64 {
    let block = Arc::new(Block::new(template));
    let started = Instant::now();
    let mut inserters = Vec::new();
    for _ in 0..streams {
        let (store, block) = (database.store(), Arc::clone(&block));
        inserters.push(tokio::spawn(async move {
            let mut rows = 0;
            while started.elapsed() < time {
                let fresh = block.fresh();
                store
                    .insert(StoreTable::Tickets, &[fresh], Uuid::now_v7())
                    .await
                    .expect("an insert");
                rows += block.ids.len();
            }
            rows
        }));
    }
    let mut rows = 0;
    for inserter in inserters {
        rows += inserter.await.expect("an inserter ends well");
    }
    rows as f64 / started.elapsed().as_secs_f64()
}

/// Rows as the receiver writes them, made beforehand.
struct Block {
    rows: Vec<u8>,
    /// Where the execution ids stand.
    ids: Vec<usize>,
}

impl Block {
    fn new(template: &Template) -> Self {
        let most = ((32 << 20) / template.record_bytes().max(1)).min(10_000);
        let gate = Gate::new(GateConfig::default()).expect("a gate");
        let tenant = TenantSettings::new("direct".parse().expect("a name"));
        let mut block = Self { rows: Vec::new(), ids: Vec::new() };
        while block.ids.len() < most {
            read_request(&template.fresh(), &gate, &Policy::default(), &mut |item| {
                let Item::Ticket(record) = item else { return };
                let start = block.rows.len();
                rows::ticket::append(
                    &mut block.rows,
                    &tenant,
                    Timestamp::now(),
                    "",
                    &Costs::default(),
                    &record,
                );
                let id = row_binary(record.execution_id.as_u64_pair());
                let row = &block.rows[start..];
                let at = row.windows(16).position(|window| window == id).expect("the id");
                block.ids.push(start + at);
            })
            .expect("a request");
        }
        block
    }

    fn fresh(&self) -> Bytes {
        let mut rows = self.rows.clone();
        for at in &self.ids {
            rows[*at..at + 16].copy_from_slice(&row_binary(Uuid::now_v7().as_u64_pair()));
        }
        rows.into()
    }
}

/// A UUID in RowBinary: high half first, each little-endian.
fn row_binary((high, low): (u64, u64)) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&high.to_le_bytes());
    bytes[8..].copy_from_slice(&low.to_le_bytes());
    bytes
}

/// CPU time a process has used, with its threads (proc(5), `stat`, fields 14 and 15).
fn cpu(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    // The name may hold anything; what counts follows its bracket.
    let fields: Vec<_> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().map(|n| n.parse::<u64>().expect("a number")).sum();
    // USER_HZ is 100 on every Linux we build for.
    Duration::from_millis(ticks * 10)
}

/// The most memory a process has had resident.
fn peak_mib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    let kib: u64 = line.split_whitespace().nth(1).expect("a size").parse().expect("a number");
    kib / 1024
}
