//! End to end: sends requests to a receiver and engine of its own, and prints tickets a second,
//! acknowledgement times, and the processor time and memory of the receiver.
//!
//! ```text
//! cargo run --release -p ticketlens-receiver --example load -- [REQUESTS] [IN_FLIGHT] [TICKETS] [STEPS]
//! ```
//!
//! `LOAD_CONFIG` holds settings of the receiver in TOML, e.g. `[commit]\ninserters = 1`.
//! The receiver runs in a child process (this program again), so that its figures are its own.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::{BufMut, Bytes};
use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList, any_value::Value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
};
use prost::Message;
use ticketlens_engine::{Engine, EngineConfig};
use ticketlens_receiver::{Config, Receiver};
use ticketlens_store::{KeyRequest, Scope, Secret, Store, StoreConfig, TenantSettings};
use tonic::{
    Request, Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::Channel,
};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    if std::env::var_os("LOAD_RECEIVER").is_some() {
        return serve();
    }
    let numbers: Vec<usize> = std::env::args().skip(1).map(|arg| arg.parse().unwrap()).collect();
    let number = |at: usize, default| numbers.get(at).copied().unwrap_or(default);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = EngineConfig::new(folder.path());
    let engine = Engine::start(config).unwrap();
    let load = Load {
        requests: number(0, 2000),
        in_flight: number(1, 64),
        tickets: number(2, 100),
        steps: number(3, 9),
    };
    runtime.block_on(run(&engine, load));
    engine.stop(Duration::from_secs(10));
}

struct Load {
    requests: usize,
    in_flight: usize,
    tickets: usize,
    steps: usize,
}

async fn run(engine: &Engine, load: Load) {
    let mut config = StoreConfig::new(engine.http_url().parse().unwrap());
    config.user = engine.admin_user().to_owned();
    config.password = Secret::new(engine.admin_password().reveal());
    let store = Store::open(config);
    store.migrate().await.unwrap();
    store.create_tenant(&TenantSettings::new("acme".parse().unwrap())).await.unwrap();
    let tenant = Some("acme".parse().unwrap());
    let request =
        KeyRequest { tenant, scope: Scope::Ingest, note: String::new(), expires_at: None };
    let key = store.create_key(request).await.unwrap().secret.expose().to_owned();
    let mut receiver = Command::new(std::env::current_exe().unwrap())
        .env("LOAD_RECEIVER", "1")
        .env("TICKETLENS_CLICKHOUSE_URL", engine.http_url())
        .env("TICKETLENS_CLICKHOUSE_USER", engine.admin_user())
        .env("TICKETLENS_CLICKHOUSE_PASSWORD", engine.admin_password().reveal())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(receiver.stdout.take().unwrap()).read_line(&mut address).unwrap();

    let next = Arc::new(AtomicUsize::new(0));
    let busy = Arc::new(AtomicUsize::new(0));
    let connections = 4;
    let mut channels = Vec::new();
    for _ in 0..connections {
        let endpoint = Channel::from_shared(format!("http://{}", address.trim())).unwrap();
        let endpoint = endpoint
            .initial_stream_window_size(1 << 20)
            .initial_connection_window_size(4 << 20)
            .tcp_nodelay(true);
        channels.push(endpoint.connect().await.unwrap());
    }
    let engine_cpu = cpu_seconds(engine.pid().unwrap());
    let receiver_cpu = cpu_seconds(receiver.id());
    let started = Instant::now();
    let senders: Vec<_> = (0..load.in_flight)
        .map(|sender| {
            let sender = Sender {
                channel: channels[sender % connections].clone(),
                next: Arc::clone(&next),
                busy: Arc::clone(&busy),
                key: key.clone(),
            };
            let (requests, tickets, steps) = (load.requests, load.tickets, load.steps);
            tokio::spawn(async move { sender.send(requests, tickets, steps).await })
        })
        .collect();
    let mut times = Vec::new();
    for sender in senders {
        times.extend(sender.await.unwrap());
    }
    let took = started.elapsed();
    let records = (load.requests * load.tickets) as f64;
    let per_record = |seconds: f64| seconds * 1e6 / records;
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let (cpu, memory) = (cpu_seconds(receiver.id()) - receiver_cpu, peak_mib(receiver.id()));
    let engine_cpu = cpu_seconds(engine.pid().unwrap()) - engine_cpu;
    println!(
        "{} x {} tickets of {} bytes, {} in flight: {:.0} tickets/s, receiver {:.1} us/ticket, \
         engine {:.1} us/ticket, ack p50 {:.0} ms p99 {:.0} ms, receiver peak {memory} MiB, \
         told to come again {}",
        load.requests,
        load.tickets,
        ticket(0, load.steps).encoded_len(),
        load.in_flight,
        records / took.as_secs_f64(),
        per_record(cpu),
        per_record(engine_cpu),
        at(0.5),
        at(0.99),
        busy.load(Ordering::Relaxed),
    );
    drop(receiver.stdin.take());
    receiver.wait().unwrap();
    let all = ticketlens_store::TicketFilter::default();
    let count = store.count_tickets(&ticketlens_store::Visibility::All, &all).await.unwrap();
    assert_eq!(count as f64, records, "every acknowledged ticket is there, once");
}

struct Sender {
    channel: Channel,
    next: Arc<AtomicUsize>,
    busy: Arc<AtomicUsize>,
    key: String,
}

impl Sender {
    async fn send(self, requests: usize, tickets: usize, steps: usize) -> Vec<Duration> {
        let mut times = Vec::new();
        // Encoded once; each request gets ids of its own by its time stamps.
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= requests {
                return times;
            }
            let bytes = Bytes::from(request(number * tickets, tickets, steps).encode_to_vec());
            let started = Instant::now();
            while let Err(status) = self.export(bytes.clone()).await {
                assert_eq!(status.code(), tonic::Code::ResourceExhausted, "{status}");
                self.busy.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            times.push(started.elapsed());
        }
    }

    async fn export(&self, bytes: Bytes) -> Result<(), Status> {
        let mut client =
            tonic::client::Grpc::new(self.channel.clone()).max_encoding_message_size(usize::MAX);
        client.ready().await.map_err(|error| Status::unknown(error.to_string()))?;
        let mut request = Request::new(bytes);
        request.metadata_mut().insert("x-api-key", self.key.parse().unwrap());
        let path = "/opentelemetry.proto.collector.logs.v1.LogsService/Export".parse().unwrap();
        client.unary(request, path, Raw).await.map(drop)
    }
}

/// Bytes as they are: the sender should cost as little as possible.
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        use bytes::Buf;
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..Default::default() }
}

fn text(text: &str) -> Value {
    Value::StringValue(text.into())
}

fn ticket(number: usize, steps: usize) -> LogRecord {
    let step = |n: usize| {
        let thought = format!("ticket {number}: look up the fare rules of booking {}", n * 7919);
        let pairs = vec![
            pair("id", text(&format!("s{n}"))),
            pair("kind", text("tool")),
            pair("name", text("search_bookings")),
            pair("start_ms", Value::DoubleValue(n as f64 * 10.0)),
            pair("duration_ms", Value::DoubleValue(8.5)),
            pair("status", text("OK")),
            pair("input", text(&thought)),
        ];
        AnyValue { value: Some(Value::KvlistValue(KeyValueList { values: pairs })) }
    };
    let steps = Value::ArrayValue(ArrayValue { values: (0..steps).map(step).collect() });
    let body = KeyValueList { values: vec![pair("steps", steps), pair("output", text("done"))] };
    LogRecord {
        time_unix_nano: 1_790_000_000_000_000_000 + number as u64 * 1_000_000,
        event_name: "ticket.completed".into(),
        attributes: vec![
            pair("ticket.id", text(&format!("T-{number}"))),
            pair("ticket.status", text("SUCCESS")),
            pair("ticket.duration", Value::DoubleValue(1.5)),
            pair("ticket.category", text("PRODUCT_SUPPORT")),
            pair("ticket.metrics.overall_confidence", Value::DoubleValue(0.9)),
            pair("gen_ai.usage.input_tokens", Value::IntValue(1200)),
        ],
        body: Some(AnyValue { value: Some(Value::KvlistValue(body)) }),
        ..LogRecord::default()
    }
}

fn request(first: usize, tickets: usize, steps: usize) -> ExportLogsServiceRequest {
    let records = (first..first + tickets).map(|number| ticket(number, steps)).collect();
    let scope = ScopeLogs { log_records: records, ..ScopeLogs::default() };
    let group = ResourceLogs { scope_logs: vec![scope], ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![group] }
}

/// The child: a receiver until its standard input closes.
fn serve() {
    let env = std::env::vars().collect();
    let file = std::env::var("LOAD_CONFIG").unwrap_or_default();
    let mut config = Config::parse(&file, &env).unwrap();
    config.grpc_listen = ([127, 0, 0, 1], 0).into();
    config.http_listen = ([127, 0, 0, 1], 0).into();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let bound = Receiver::bind(config).await.unwrap();
        println!("{}", bound.grpc_addr);
        bound
            .serve(async {
                let closed = || std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
                tokio::task::spawn_blocking(closed).await.unwrap().unwrap();
            })
            .await;
    });
}

/// User and system time of a process, in seconds (`/proc/PID/stat`, in hundredths).
fn cpu_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<f64> =
        after_name.split_whitespace().map(|field| field.parse().unwrap_or_default()).collect();
    (fields.get(11).unwrap_or(&0.0) + fields.get(12).unwrap_or(&0.0)) / 100.0
}

fn peak_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
