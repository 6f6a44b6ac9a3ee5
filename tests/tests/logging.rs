//! What `docs/logging.md` says of our lines is so: the schema, the fields, the events, and their order in a
//! receiver's life.
#![expect(clippy::expect_used, clippy::panic)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value,
    trace::v1::Span,
};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use ticketlens_store::{KeyRequest, Scope};
use ticketlens_tests::{Database, Receiver, assert_lines_of_the_schema, program, workspace::root};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

fn document(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).expect("the document")
}

/// `TICKETLENS_UPDATE=1` writes it anew.
#[test]
fn the_schema_is_the_codes() {
    let mut schema = serde_json::to_string_pretty(&ticketlens_log::schema()).expect("JSON");
    schema.push('\n');
    if std::env::var_os("TICKETLENS_UPDATE").is_some() {
        fs::write(root().join("docs/logging.schema.json"), &schema).expect("it is written");
    }
    assert_eq!(document("logging.schema.json"), schema, "write it with TICKETLENS_UPDATE=1");
}

/// The first cells of a table's rows, each of names in backticks.
fn named(section: &str) -> BTreeSet<String> {
    let document = document("logging.md");
    let rows = document.split(section).nth(1).expect(section).split("\n## ").next();
    let cells = rows
        .into_iter()
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("| `").and_then(|line| line.split(" | ").next()));
    cells.flat_map(|cell| cell.split(", ")).map(|name| name.trim_matches('`').to_owned()).collect()
}

#[test]
fn every_field_is_explained() {
    let schema = ticketlens_log::schema();
    let fields = schema["properties"].as_object().expect("fields").keys().cloned();
    assert_eq!(named("## Fields"), fields.collect());
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

/// Events that our programs log, by the names in their macros.
fn events() -> BTreeSet<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join("crates")).expect("the crates") {
        sources(&entry.expect("a crate").path().join("src"), &mut files);
    }
    let mut events = BTreeSet::from(["log.left_out", "log.lost"].map(str::to_owned));
    for file in files {
        let text = fs::read_to_string(&file).expect("a source");
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (at, _) in text.match_indices("tracing::") {
            let call = &text[at + "tracing::".len()..];
            let Some((level, rest)) = call.split_once("!(") else { continue };
            if !["error", "warn", "info", "debug", "trace", "$level"].contains(&level) {
                continue;
            }
            let name = rest.trim_start().strip_prefix("name: \"").and_then(|n| n.split('"').next());
            let place = || format!("{}: {}", file.display(), call.lines().next().unwrap_or(""));
            events.insert(name.unwrap_or_else(|| panic!("no name: {}", place())).to_owned());
        }
    }
    events
}

#[test]
fn every_event_has_a_name_and_is_explained() {
    let events = events();
    assert!(events.len() > 30, "{events:?}");
    assert_eq!(named("## Events"), events);
}

/// The events of a log, in their order, with the part that a worker's is about.
fn told(log: &str) -> Vec<String> {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines
        .map(|line| {
            let event = line["event"].as_str().expect("an event");
            match line["extra"]["part"].as_str() {
                Some(part) => format!("{event} {part}"),
                None => event.to_owned(),
            }
        })
        .collect()
}

#[test]
fn a_receivers_life_is_told_in_its_order() {
    let database = Database::start();
    let mut receiver = Receiver::start(&database, "");
    assert!(receiver.exchange("GET /statusz HTTP/1.0\r\n\r\n").contains("\"ready\":true"));
    assert!(receiver.terminate().success());
    let log = receiver.log();
    assert_lines_of_the_schema(&log);
    let told = told(&log);
    let at = |event: &str| {
        told.iter().position(|told| told == event).unwrap_or_else(|| panic!("{event}: {told:#?}"))
    };
    for part in ["commit loop", "inserts", "key refresh", "ledger", "HTTP listener"] {
        let life = ["starting", "ready", "draining", "stopped"];
        let life = life.map(|state| at(&format!("worker.{state} {part}")));
        assert!(life.is_sorted(), "{part}: {told:#?}");
        assert!(at("store.migrated") < life[0] && life[1] < at("receiver.draining"));
        assert!(at("receiver.draining") < life[2], "{part}");
    }
    assert!(at("worker.stopped HTTP listener") < at("worker.stopped commit loop"));
    assert!(at("listener.listening") < at("receiver.draining"));
}

/// A tracing backend: what it was sent.
/// What commands say beside their own words, at the finest level; and none of it is what a ticket says.
#[tokio::test(flavor = "multi_thread")]
async fn lines_of_commands_are_of_the_schema_too() {
    let database = Database::start();
    let mut receiver = Receiver::start(&database, "");
    let key = database.tenant_key("acme", Scope::Ingest).await;
    let request =
        KeyRequest { tenant: None, scope: Scope::Admin, note: String::new(), expires_at: None };
    let admin = database.store().create_key(request).await.expect("a key").secret;
    let admin = admin.expose_secret().to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let tickets = folder.path().join("tickets.jsonl");
    let ticket = r#"{"ticket_id":"zebra7731","status":"SUCCESS","duration":1.5}"#;
    fs::write(&tickets, format!("{ticket}\n{ticket} no line\n")).expect("it is written");
    let tickets = tickets.to_str().expect("a path of text");
    let endpoint = receiver.grpc();
    let lines = |key: &str, arguments: &[&str]| {
        let output = Command::new(program("ticketlens"))
            .args(arguments)
            .current_dir(folder.path())
            .env("TICKETLENS_LOG", "trace")
            .env("TICKETLENS_LOG_FORMAT", "json")
            .env("TICKETLENS_ENDPOINT", &endpoint)
            .env("TICKETLENS_KEY", key)
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let lines: Vec<_> = said.lines().filter(|line| line.starts_with('{')).collect();
        assert_lines_of_the_schema(&lines.join("\n"));
        assert!(!lines.iter().any(|line| line.contains("zebra7731")), "{lines:#?}");
        lines.len()
    };
    let commands: [(&str, &[&str]); 8] = [
        (&key, &["send", tickets]),
        (&key, &["tickets", "list"]),
        (&admin, &["tickets", "list"]),
        (&admin, &["tickets", "show", "zebra7731"]),
        (&admin, &["tenant", "list"]),
        (&admin, &["doctor"]),
        (&admin, &["maintenance", "status"]),
        ("", &["redact", tickets]),
    ];
    let told: usize = commands.iter().map(|(key, arguments)| lines(key, arguments)).sum();
    receiver.terminate();
    let away: usize = commands.iter().map(|(key, arguments)| lines(key, arguments)).sum();
    assert!(told + away > 0, "no line at all was looked at");
}

/// Whoever reads only the log learns why a server did not begin.
#[test]
fn a_server_that_can_t_send_what_it_is_asked_to_says_so_in_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("receiver.toml");
    fs::write(&config, "[clickhouse]\nurl = \"http://127.0.0.1:1\"\n").expect("it is written");
    let endpoint = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    let somewhere = "http://127.0.0.1:9";
    for (variable, value, named) in [
        (endpoint, "ftp://user:hunter2@h", endpoint),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "not a url", "TRACES_ENDPOINT"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json", "METRICS_PROTOCOL"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "0", "OTEL_METRIC_EXPORT_INTERVAL"),
    ] {
        let output = Command::new(program("ticketlens"))
            .args(["serve", "--log-format", "json", "--config"])
            .arg(&config)
            .env(endpoint, somewhere)
            .env(variable, value)
            .output()
            .expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{variable}: {said}");
        assert_lines_of_the_schema(&said);
        assert!(said.contains("process.failed") && said.contains(named), "{variable}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

/// Takes spans.
#[derive(Clone, Default)]
struct Backend(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Backend {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let groups = request.into_inner().resource_spans;
        let spans = groups.into_iter().flat_map(|group| group.scope_spans);
        let spans = spans.flat_map(|scope| scope.spans);
        self.0.lock().expect("no test panics here").extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_our_own_go_to_the_backend_that_is_named_and_into_their_senders_trace() {
    let backend = Backend::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("its address"));
    let served = tonic::transport::Server::builder()
        .add_service(TraceServiceServer::new(backend.clone()))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(served);

    let database = Database::start();
    let variables = [("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint)];
    let mut receiver = Receiver::start_with(&database, "", &variables);
    let key = database.tenant_key("acme", Scope::Ingest).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let body = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"ticket.completed",
        "timeUnixNano":"1764547200000000000","attributes":[
        {"key":"ticket.id","value":{"stringValue":"zebra7731"}},
        {"key":"ticket.status","value":{"stringValue":"SUCCESS"}},
        {"key":"ticket.duration","value":{"doubleValue":1.5}}]}]}]}]}"#;
    let answer = receiver.exchange(&format!(
        "POST /v1/logs HTTP/1.0\r\ncontent-type: application/json\r\nx-api-key: {key}\r\n\
         x-request-id: followed\r\ntraceparent: 00-{trace}-00f067aa0ba902b7-01\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    assert!(receiver.terminate().success(), "{}", receiver.log());

    let spans = backend.0.lock().expect("no test panics here").clone();
    let attribute = |span: &Span, key: &str| {
        let found = span.attributes.iter().find(|pair| pair.key == key);
        found.and_then(|pair| pair.value.clone()).and_then(|value| value.value)
    };
    let text = |text: &str| Some(any_value::Value::StringValue(text.to_owned()));
    let request = spans.iter().find(|span| attribute(span, "req_id") == text("followed"));
    let request = request.unwrap_or_else(|| panic!("no span of it: {spans:#?}"));
    assert_eq!((request.name.as_str(), attribute(request, "tenant")), ("request", text("acme")));
    assert_eq!(attribute(request, "route"), text("POST /v1/logs"));
    assert_eq!(request.trace_id, u128::from_str_radix(trace, 16).expect("hex").to_be_bytes());
    assert_eq!(request.parent_span_id, 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes());
    assert!(spans.iter().any(|span| span.name == "commit"), "{spans:#?}");
    assert!(!format!("{spans:?}").contains("zebra7731"));
}
