//! An OTLP/gRPC receiver that behaves as it is told to.

#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "shared by several tests")]

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::{
    collector::logs::v1::{
        ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
        logs_service_server::{LogsService, LogsServiceServer},
    },
    common::v1::{AnyValue, any_value::Value as Wire},
    logs::v1::{LogRecord, ResourceLogs},
};
use tokio::{net::TcpListener, sync::oneshot};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Request, Response, Status,
    codec::CompressionEncoding,
    transport::{Server, ServerTlsConfig},
};

/// What it does with a request.
#[derive(Clone)]
pub enum Behaviour {
    Take,
    /// Takes all but that many.
    Reject(u64, &'static str),
    Refuse(Status),
    /// Never answers.
    Hang,
}

pub struct State {
    pub behaviour: Mutex<Behaviour>,
    pub requests: Mutex<Vec<Vec<ResourceLogs>>>,
    pub authorization: Mutex<Option<String>>,
    pub calls: AtomicU64,
    /// Requests that arrived while another was being answered.
    pub limit: AtomicU64,
}

impl State {
    /// Every record that was taken, in the order of arrival.
    pub fn records(&self) -> Vec<LogRecord> {
        let requests = self.requests.lock().unwrap().clone();
        let groups = requests.into_iter().flatten();
        groups.flat_map(|g| g.scope_logs).flat_map(|s| s.log_records).collect()
    }

    pub fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    pub fn calls(&self) -> u64 {
        self.calls.load(SeqCst)
    }
}

#[derive(Clone)]
struct Service(Arc<State>);

#[tonic::async_trait]
impl LogsService for Service {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        self.0.calls.fetch_add(1, SeqCst);
        let key = request.metadata().get("authorization");
        *self.0.authorization.lock().unwrap() = key.map(|v| v.to_str().unwrap().to_owned());
        let behaviour = self.0.behaviour.lock().unwrap().clone();
        let partial_success = match behaviour {
            Behaviour::Take => None,
            Behaviour::Reject(rejected, message) => Some(ExportLogsPartialSuccess {
                rejected_log_records: rejected.try_into().unwrap(),
                error_message: message.to_owned(),
            }),
            Behaviour::Refuse(status) => return Err(status),
            Behaviour::Hang => std::future::pending().await,
        };
        self.0.requests.lock().unwrap().push(request.into_inner().resource_logs);
        Ok(Response::new(ExportLogsServiceResponse { partial_success }))
    }
}

/// Runs on a thread of its own, so that a test needs no runtime.
pub struct FakeReceiver {
    pub address: SocketAddr,
    pub state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    stopped: Arc<AtomicBool>,
}

impl FakeReceiver {
    pub fn start(behaviour: Behaviour) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), behaviour, 4 * 1024 * 1024)
    }

    pub fn with_limit(bytes: usize) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), Behaviour::Take, bytes)
    }

    pub fn start_at(address: SocketAddr, behaviour: Behaviour, limit: usize) -> Self {
        Self::run(address, behaviour, limit, Server::builder())
    }

    pub fn start_tls(tls: ServerTlsConfig) -> Self {
        let server = Server::builder().tls_config(tls).unwrap();
        Self::run("127.0.0.1:0".parse().unwrap(), Behaviour::Take, 4 << 20, server)
    }

    fn run(address: SocketAddr, behaviour: Behaviour, limit: usize, mut server: Server) -> Self {
        let state = Arc::new(State {
            behaviour: Mutex::new(behaviour),
            requests: Mutex::default(),
            authorization: Mutex::default(),
            calls: AtomicU64::new(0),
            limit: AtomicU64::new(limit as u64),
        });
        let (stop, stopping) = oneshot::channel::<()>();
        let (bound, address_of) = std::sync::mpsc::channel();
        let service = LogsServiceServer::new(Service(Arc::clone(&state)))
            .max_decoding_message_size(limit)
            .accept_compressed(CompressionEncoding::Gzip)
            .accept_compressed(CompressionEncoding::Zstd);
        let stopped = Arc::new(AtomicBool::new(false));
        let at_end = Arc::clone(&stopped);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async move {
                let listener = TcpListener::bind(address).await.unwrap();
                bound.send(listener.local_addr().unwrap()).unwrap();
                let serving = server
                    .add_service(service)
                    .serve_with_incoming(TcpListenerStream::new(listener));
                tokio::select! {
                    served = serving => served.unwrap(),
                    _ = stopping => {}
                }
            });
            at_end.store(true, SeqCst);
        });
        let address = address_of.recv().unwrap();
        Self { address, state, stop: Some(stop), stopped }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends it as a crash would: connections break.
    pub fn crash(&mut self) {
        drop(self.stop.take());
        eventually("the receiver ends", || self.stopped.load(SeqCst));
    }
}

/// Waits for a condition, with a deadline that only a broken build meets.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "still not so after 30 s: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// An attribute of a record, as text.
pub fn attribute(record: &LogRecord, key: &str) -> Option<String> {
    let pair = record.attributes.iter().find(|pair| pair.key == key)?;
    Some(match pair.value.as_ref()?.value.as_ref()? {
        Wire::StringValue(text) => text.clone(),
        Wire::IntValue(n) => n.to_string(),
        Wire::DoubleValue(x) => x.to_string(),
        other => panic!("{key} is {other:?}"),
    })
}

/// An entry of a map, by path; lists by position.
pub fn entry<'a>(value: &'a AnyValue, path: &[&str]) -> Option<&'a AnyValue> {
    let Some((first, rest)) = path.split_first() else { return Some(value) };
    let inner = match value.value.as_ref()? {
        Wire::KvlistValue(map) => {
            map.values.iter().find(|pair| pair.key == *first)?.value.as_ref()?
        }
        Wire::ArrayValue(list) => list.values.get(first.parse::<usize>().ok()?)?,
        _ => return None,
    };
    entry(inner, rest)
}

/// The text at a path of a record's body.
pub fn body_text(record: &LogRecord, path: &[&str]) -> Option<String> {
    match entry(record.body.as_ref()?, path)?.value.as_ref()? {
        Wire::StringValue(text) => Some(text.clone()),
        _ => None,
    }
}
