//! How long `emit` keeps the workflow, beside receivers in every state:
//! `cargo run --release -p ticketlens --example emit_latency`

use std::{
    hint::black_box,
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
    logs_service_server::{LogsService, LogsServiceServer},
};
use serde_json::json;
use ticketlens::{Finished, Lens, Status, StepBuilder, TicketBuilder};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status as Refusal, transport::Server};

const EMITS: usize = 50_000;
const QUEUE: usize = 32 * 1024 * 1024;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "{:<10} {:>7} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>8} {:>8}",
        "receiver",
        "ticket",
        "pace",
        "p50 ns",
        "p99 ns",
        "p99.9 ns",
        "max µs",
        "held MiB",
        "full %",
        "end ms"
    );
    // Bound and not listening.
    let absent = tokio::net::TcpSocket::new_v4()?;
    absent.bind("127.0.0.1:0".parse()?)?;
    // Takes connections and says nothing: the kernel accepts, nobody reads.
    let dead = TcpListener::bind("127.0.0.1:0")?;
    for (size, steps, pause) in SHAPES {
        // What the clock and the machine cost: the same loop without a call in it.
        let took = run(steps, pause, Some);
        print_row("(nothing)", size, pause, &took, "");
    }
    let receivers = [
        ("working", serve(Receiver::Working)?),
        ("slow", serve(Receiver::Slow)?),
        ("rejecting", serve(Receiver::Rejecting)?),
        ("absent", absent.local_addr()?),
        ("dead", dead.local_addr()?),
    ];
    for (name, address) in receivers {
        for (size, steps, pause) in SHAPES {
            measure(name, &format!("http://{address}"), size, steps, pause)?;
        }
    }
    Ok(())
}

/// Ticket, its steps, and the pause between two: none is a burst, as fast as tickets are cloned.
const SHAPES: [(&str, usize, Duration); 4] = [
    ("2 KiB", 4, Duration::ZERO),
    ("2 KiB", 4, Duration::from_micros(200)),
    ("50 KiB", 100, Duration::ZERO),
    ("50 KiB", 100, Duration::from_millis(1)),
];

/// Nanoseconds of each call, sorted.
fn run(
    steps: usize,
    pause: Duration,
    mut call: impl FnMut(Finished) -> Option<Finished>,
) -> Vec<u128> {
    let emits = if steps > 50 { EMITS / 10 } else { EMITS };
    let model = ticket(steps);
    let mut took = Vec::with_capacity(emits);
    for _ in 0..emits {
        let finished = model.clone();
        if !pause.is_zero() {
            thread::sleep(pause);
        }
        let started = Instant::now();
        let back = call(black_box(finished));
        took.push(started.elapsed().as_nanos());
        drop(back);
    }
    took.sort_unstable();
    took
}

fn measure(
    receiver: &str,
    endpoint: &str,
    size: &str,
    steps: usize,
    pause: Duration,
) -> Result<(), ticketlens::ConfigError> {
    let lens = Lens::builder().workflow("latency").endpoint(endpoint).queue_bytes(QUEUE).build()?;
    let mut held = 0;
    let took = run(steps, pause, |finished| {
        lens.emit(finished);
        held = held.max(lens.queued_bytes());
        None
    });
    let started = Instant::now();
    lens.shutdown(Duration::from_secs(1));
    let end = started.elapsed().as_millis();
    let stats = lens.stats();
    let known = stats.sent + stats.rejected + stats.dropped.total() + stats.left;
    assert_eq!(stats.emitted, known, "{stats:?}");
    let held = held as f64 / 1_048_576.0;
    let full = 100.0 * stats.dropped.queue_full as f64 / stats.emitted as f64;
    print_row(receiver, size, pause, &took, &format!("{held:>9.1} {full:>8.1} {end:>8}"));
    Ok(())
}

fn print_row(receiver: &str, size: &str, pause: Duration, took: &[u128], rest: &str) {
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    let (half, most, nearly, all) = (at(0.5), at(0.99), at(0.999), at(1.0) / 1000);
    let pause = format!("{pause:?}");
    println!("{receiver:<10} {size:>7} {pause:>8} {half:>9} {most:>9} {nearly:>9} {all:>9} {rest}");
}

fn ticket(steps: usize) -> Finished {
    let mut builder =
        TicketBuilder::new("12345").category("PRODUCT_SUPPORT").metric("steps", steps);
    for n in 0..steps {
        let step = StepBuilder::tool("lookup_order")
            .input(json!({"order": n, "fields": ["state", "carrier"]}))
            .output(json!({"state": "in transit", "note": "left the depot ".repeat(20)}));
        builder = builder.step(step);
    }
    builder.build(Status::Success)
}

#[derive(Clone, Copy)]
enum Receiver {
    Working,
    Slow,
    Rejecting,
}

#[tonic::async_trait]
impl LogsService for Receiver {
    async fn export(
        &self,
        _: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Refusal> {
        match self {
            Self::Working => {}
            Self::Slow => tokio::time::sleep(Duration::from_secs(2)).await,
            Self::Rejecting => return Err(Refusal::invalid_argument("not for me")),
        }
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}

fn serve(receiver: Receiver) -> Result<std::net::SocketAddr, Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::spawn(move || {
        runtime.block_on(async move {
            let incoming = TcpListenerStream::new(tokio::net::TcpListener::from_std(listener)?);
            let service = LogsServiceServer::new(receiver);
            Server::builder().add_service(service).serve_with_incoming(incoming).await?;
            Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
        })
    });
    Ok(address)
}
