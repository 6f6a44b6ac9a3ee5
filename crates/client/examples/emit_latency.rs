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

const EMITS: usize = 100_000;
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
    let absent = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    // Takes connections and says nothing: the kernel accepts, nobody reads.
    let dead = TcpListener::bind("127.0.0.1:0")?;
    let receivers = [
        ("working", serve(Receiver::Working)?),
        ("slow", serve(Receiver::Slow)?),
        ("rejecting", serve(Receiver::Rejecting)?),
        ("absent", absent),
        ("dead", dead.local_addr()?),
    ];
    for (name, address) in receivers {
        for (size, steps) in [("2 KiB", 4), ("50 KiB", 100)] {
            for (pace, pause) in [("burst", None), ("20 µs", Some(Duration::from_micros(20)))] {
                measure(name, &format!("http://{address}"), size, steps, pace, pause)?;
            }
        }
    }
    Ok(())
}

fn measure(
    receiver: &str,
    endpoint: &str,
    size: &str,
    steps: usize,
    pace: &str,
    pause: Option<Duration>,
) -> Result<(), ticketlens::ConfigError> {
    let lens = Lens::builder().workflow("latency").endpoint(endpoint).queue_bytes(QUEUE).build()?;
    let emits = if steps > 50 { EMITS / 10 } else { EMITS };
    let model = ticket(steps);
    let mut took = Vec::with_capacity(emits);
    let mut held = 0;
    for _ in 0..emits {
        let finished = model.clone();
        if let Some(pause) = pause {
            let until = Instant::now() + pause;
            while Instant::now() < until {
                std::hint::spin_loop();
            }
        }
        let started = Instant::now();
        lens.emit(black_box(finished));
        took.push(started.elapsed().as_nanos());
        held = held.max(lens.queued_bytes());
    }
    let started = Instant::now();
    lens.shutdown(Duration::from_secs(1));
    let end = started.elapsed();
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    let stats = lens.stats();
    println!(
        "{:<10} {:>7} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9.1} {:>8.1} {:>8}",
        receiver,
        size,
        pace,
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0) / 1000,
        held as f64 / 1_048_576.0,
        100.0 * stats.dropped.queue_full as f64 / emits as f64,
        end.as_millis(),
    );
    let known = stats.sent + stats.rejected + stats.dropped.total() + stats.left;
    assert_eq!(stats.emitted, known, "{stats:?}");
    Ok(())
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
