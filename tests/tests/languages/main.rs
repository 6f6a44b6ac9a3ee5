//! docs/send.md: every program in it is run as it stands there, and what is stored is what the Rust
//! library stores for the same ticket.
#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod hashes;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use ticketlens::{Lens, Status, Ticket, Timestamp, Trace};
use ticketlens_store::Scope;
use ticketlens_tests::{
    Database, Receiver,
    document::{blocks, read},
    peer,
};

/// A row of a view, by column.
type Row = Map<String, Value>;

/// What stands in place of the reader's own: the receiver's too here, so that what it hashes is the same.
const HASH_KEY: &str = "8f1c0a6b4e2d97355a7be0c1d2f34968";

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn document() -> String {
    read("docs/send.md")
}

fn block(fence: &str) -> String {
    let mut blocks = blocks(&document(), fence);
    assert_eq!(blocks.len(), 1, "docs/send.md has one block {fence}");
    blocks.remove(0)
}

/// A program of the document, in a folder of its own with what it needs.
struct Program {
    name: &'static str,
    folder: TempDir,
    file: &'static str,
    /// What starts it, in that folder.
    start: String,
    /// Whether it sends over gRPC.
    grpc: bool,
    /// Whether it hashes the customer itself, instead of leaving that to the receiver.
    hashes_the_customer: bool,
}

impl Program {
    fn new(name: &'static str, file: &'static str, text: &str, start: impl Into<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("trace.json"), block("```json trace.json")).unwrap();
        fs::write(folder.path().join(file), text).unwrap();
        let (grpc, hashes_the_customer) = (text.contains("grpc"), text.contains("hmac"));
        Self { name, folder, file, start: start.into(), grpc, hashes_the_customer }
    }

    fn python(name: &'static str, change: [&str; 2]) -> Self {
        let python = peer("languages", "python/bin/python3");
        let start = format!("'{}' send.py", python.display());
        Self::new(name, "send.py", &exchanged(&block("```python"), change), start)
    }

    fn node(name: &'static str, change: [&str; 2]) -> Self {
        let program =
            Self::new(name, "send.mjs", &exchanged(&block("```js"), change), "node send.mjs");
        let modules = peer("languages", "node/node_modules");
        std::os::unix::fs::symlink(modules, program.folder.path().join("node_modules")).unwrap();
        program
    }

    fn go(name: &'static str, change: [&str; 2]) -> Self {
        let program = Self::new(name, "main.go", &exchanged(&block("```go"), change), "go run .");
        for file in ["go.mod", "go.sum"] {
            let from = peer("languages", &format!("go/{file}"));
            fs::copy(from, program.folder.path().join(file)).unwrap();
        }
        program
    }

    fn curl() -> Self {
        Self::new("curl", "send.sh", &block("```sh curl"), "bash -euo pipefail send.sh")
    }

    /// Changes what it sends.
    fn exchange(&self, change: [&str; 2]) {
        let file = self.folder.path().join(self.file);
        let text = fs::read_to_string(&file).unwrap();
        fs::write(file, exchanged(&text, change)).unwrap();
    }

    /// The compression it sends with: each that an SDK has is had by one of them.
    fn compression(&self) -> &'static str {
        match self.name {
            "python" => "deflate",
            "python over grpc" | "node" | "go" => "gzip",
            _ => "none",
        }
    }

    /// Runs it with the document's environment.
    fn run(&self, receiver: &Receiver, key: &str) -> Output {
        let address = match self.grpc {
            true => receiver.grpc(),
            false => format!("http://{}", receiver.http()),
        };
        let environment =
            exchanged(&block("```sh environment"), ["http://127.0.0.1:4318", &address]);
        let hash_key = format!("TICKETLENS_HASH_KEY={HASH_KEY}");
        let environment = exchanged(&environment, ["TICKETLENS_HASH_KEY=…", &hash_key]);
        Command::new("bash")
            .args(["-euo", "pipefail", "-c", &format!("{environment}\n{}", self.start)])
            .current_dir(self.folder.path())
            .env("TICKETLENS_KEY", key)
            .env("OTEL_EXPORTER_OTLP_COMPRESSION", self.compression())
            .output()
            .expect("bash runs")
    }
}

/// The text with one thing in place of another.
fn exchanged(text: &str, [from, to]: [&str; 2]) -> String {
    assert!(text.contains(from), "the document says {from}");
    text.replace(from, to)
}

/// As they stand, and with the other exporters of the same SDKs.
fn programs() -> Vec<Program> {
    let same = ["ticket.id", "ticket.id"];
    vec![
        Program::python("python", same),
        Program::python("python over grpc", [".otlp.proto.http.", ".otlp.proto.grpc."]),
        Program::node("node", same),
        Program::node(
            "node with protobuf",
            ["exporter-logs-otlp-http", "exporter-logs-otlp-proto"],
        ),
        Program::go("go", same),
        Program::go("go over http", ["otlploggrpc", "otlploghttp"]),
        Program::curl(),
    ]
}

/// The rows of a view that a tenant has.
fn rows(database: &Database, view: &str, tenant: &str) -> Vec<Row> {
    let sql = format!(
        "SELECT *, toString(toUnixTimestamp64Nano(executed_at)) AS nanos FROM ticketlens.{view} \
         WHERE tenant = '{tenant}' ORDER BY ALL FORMAT JSONEachRow"
    );
    let text = database.query(&sql);
    text.lines().map(|line| serde_json::from_str(line).expect("a row")).collect()
}

fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row[column].as_str().unwrap_or_else(|| panic!("{column} is a text"))
}

/// The same ticket, built with the Rust library; when it finished and its id are the program's.
fn by_rust(theirs: &Row) -> Ticket {
    let mut ticket = Ticket::new("48213", Status::Failed, Duration::from_millis(6_750));
    ticket.executed_at = Timestamp::from_unix_nanos(text(theirs, "nanos").parse().unwrap());
    ticket.execution_id = text(theirs, "execution_id").parse().unwrap();
    ticket.category = Some("ORDER_STATUS".into());
    ticket.customer = Some("c-42".into());
    ticket.metrics.push(("react_iterations".into(), 2.into()));
    ticket.metrics.push(("overall_confidence".into(), 0.31.into()));
    ticket.model = Some("gpt-4o".into());
    (ticket.input_tokens, ticket.output_tokens) = (Some(820), Some(64));
    ticket.error_type = Some("carrier_unavailable".into());
    ticket.attributes.push(("channel".into(), "email".into()));
    ticket.attributes.push(("reopened".into(), true.into()));
    let trace: Value = serde_json::from_str(&block("```json trace.json")).expect("the trace");
    ticket.trace = Trace::from(trace);
    ticket
}

fn send_by_rust(receiver: &Receiver, key: &str, hash_key: &str, ticket: Ticket) {
    let lens = Lens::builder()
        .workflow("order-agent")
        .version("1.4.2")
        .environment("production")
        .endpoint(receiver.grpc())
        .key(key)
        .hash_key(hash_key)
        .build()
        .expect("a lens");
    lens.emit(ticket);
    let report = lens.shutdown(Duration::from_secs(30));
    assert_eq!((report.sent, report.rejected), (1, 0), "{report:?}");
}

/// Takes out of two rows of one ticket what must differ, and checks that it differs as it must.
fn without_what_must_differ(program: &Program, theirs: &mut Row, ours: &mut Row) {
    // Whose it is, when and with which request it came, and which process sent it.
    for column in ["tenant", "received_at", "request_id", "instance"] {
        for row in [&mut *theirs, &mut *ours] {
            let value = row.remove(column).unwrap();
            assert!(value.as_str().is_some_and(|text| !text.is_empty()), "{column}: {value}");
        }
    }
    // SDKs name themselves in the resource.
    let attributes = theirs["attributes"].as_object_mut().unwrap();
    attributes.retain(|key, _| !key.starts_with("telemetry.sdk."));
    // The same object; maps have no order, and some SDKs sort theirs.
    for row in [&mut *theirs, &mut *ours] {
        row["trace_json"] = serde_json::from_str(text(row, "trace_json")).expect("a trace");
    }
    // A hash made before the record was is no redaction of the record; our library counts its own.
    if program.hashes_the_customer {
        let by = ours["redactions_by"].as_object_mut().unwrap();
        assert_eq!(by.remove("personal-key"), Some(json!(1)), "{}", program.name);
        assert_eq!(ours["redactions"], json!(2));
        ours["redactions"] = json!(1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_language_stores_what_rust_stores() {
    let database = Database::start();
    // The workflow's key and the receiver's are one here, so that it does not matter who hashes.
    let receiver = Receiver::start(&database, &format!("hash_key = \"{HASH_KEY}\""));
    for (number, program) in programs().iter().enumerate() {
        let name = program.name;
        let (their_tenant, our_tenant) = (format!("theirs{number}"), format!("ours{number}"));
        let output =
            program.run(&receiver, &database.tenant_key(&their_tenant, Scope::Ingest).await);
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {complaints}");

        // The program has ended: what it sent is stored, or lost.
        let mut theirs = rows(&database, "tickets", &their_tenant);
        assert_eq!(theirs.len(), 1, "{name}: {complaints}");
        let printed = String::from_utf8_lossy(&output.stdout);
        assert_eq!(text(&theirs[0], "execution_id"), printed.trim(), "{name}: its own id");

        let our_key = database.tenant_key(&our_tenant, Scope::Ingest).await;
        send_by_rust(&receiver, &our_key, HASH_KEY, by_rust(&theirs[0]));
        let mut ours = rows(&database, "tickets", &our_tenant);
        without_what_must_differ(program, &mut theirs[0], &mut ours[0]);
        assert_eq!(theirs, ours, "{name}");

        let steps = |tenant| {
            let mut steps = rows(&database, "ticket_steps", tenant);
            steps.iter_mut().for_each(|step| drop(step.remove("tenant")));
            steps
        };
        let their_steps = steps(&their_tenant);
        assert_eq!(their_steps.len(), 8, "{name}");
        assert_eq!(their_steps, steps(&our_tenant), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_language_says_when_the_key_is_wrong() {
    let database = Database::start();
    let receiver = Receiver::start(&database, "");
    let key = database.tenant_key("acme", Scope::Ingest).await;
    let (right, _) = key.split_at(key.len() - 8);
    for program in programs() {
        let output = program.run(&receiver, &format!("{right}00000000"));
        let said = String::from_utf8_lossy(&output.stderr);
        let told = said.contains("401") || said.to_lowercase().contains("unauthenticated");
        assert!(told, "{}: {:?} {said}", program.name, output.status);
    }
    assert_eq!(rows(&database, "tickets", "acme"), Vec::<Row>::new());
}

/// Whether an SDK says why a record was rejected is as docs/send.md has it.
#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_record_is_told_where_the_document_says_so() {
    let database = Database::start();
    let receiver = Receiver::start(&database, "");
    let key = database.tenant_key("acme", Scope::Ingest).await;
    let document = document();
    let row = document.lines().find(|line| line.starts_with("| reports a rejected record |"));
    let cells: Vec<_> = row.expect("the row").split(" | ").skip(1).collect();
    for program in programs() {
        let language = ["python", "node", "go", "curl"]
            .iter()
            .position(|language| program.name.starts_with(language))
            .expect("a language of the table");
        program.exchange(["ticket.status", "ticket.state"]);
        let output = program.run(&receiver, &key);
        let said = String::from_utf8_lossy(&output.stderr);
        let told = said.contains("missing_status");
        assert_eq!(told, cells[language].starts_with("yes"), "{}: {said}", program.name);
    }
}

/// The SDKs keep 128 attributes of a record, each drops others: the contract's are not among them where
/// a program sets them as the document does.
#[tokio::test(flavor = "multi_thread")]
async fn more_attributes_than_an_sdk_keeps_cost_no_ticket() {
    let database = Database::start();
    let receiver = Receiver::start(&database, "");
    let more = [
        Program::python(
            "python",
            ["attributes={", "attributes={\n            **{f\"own.{n}\": n for n in range(200)},"],
        ),
        Program::node(
            "node",
            [
                "reopened: true,",
                "reopened: true,\n    ...Object.fromEntries([...Array(200).keys()].map((n) => ['own.' + n, n])),",
            ],
        ),
        Program::go(
            "go",
            [
                "\trecord.SetBody(",
                "\tfor n := range 200 {\n\t\trecord.AddAttributes(attribute.Int(fmt.Sprintf(\"own.%d\", n), n))\n\t}\n\trecord.SetBody(",
            ],
        ),
    ];
    for program in more {
        let tenant = program.name;
        let key = database.tenant_key(tenant, Scope::Ingest).await;
        let output = program.run(&receiver, &key);
        let said = String::from_utf8_lossy(&output.stderr);
        let rows = rows(&database, "tickets", tenant);
        let [row] = &rows[..] else { panic!("{tenant}: {} rows: {said}", rows.len()) };
        for (column, value) in [
            ("ticket_id", json!("48213")),
            ("status", json!("FAILED")),
            ("category", json!("ORDER_STATUS")),
            ("capture", json!("FULL_TRACE")),
            ("model", json!("gpt-4o")),
        ] {
            assert_eq!(row[column], value, "{tenant}: {column}");
        }
        let own = row["attributes"].as_object().expect("a map");
        let own = own.keys().filter(|key| key.starts_with("own.")).count();
        assert!((100..128).contains(&own), "{tenant}: {own} of its own are kept");
    }
}

/// A program is in the document to be read, and in `examples` to be run.
#[test]
fn the_examples_are_the_documents_programs() {
    for (file, fence) in [
        ("send.py", "```python"),
        ("send.mjs", "```js"),
        ("send.go", "```go"),
        ("send.sh", "```sh curl"),
        ("trace.json", "```json trace.json"),
    ] {
        let example = fs::read_to_string(here().join("examples").join(file)).unwrap();
        assert_eq!(example, block(fence), "examples/{file} is what docs/send.md has");
    }
}

/// What a reader is told to install is what was tested.
#[test]
fn the_versions_named_are_the_ones_tested() {
    let read = |file: &str| fs::read_to_string(here().join("tests/peers/languages").join(file));
    let python = read("python/requirements.txt").unwrap();
    let node: Value = serde_json::from_str(&read("node/package.json").unwrap()).unwrap();
    let go = read("go/go.mod").unwrap();
    let commands = blocks(&document(), "```sh install").concat();
    let mut named = 0;
    for word in commands.split_whitespace().filter(|word| word.contains(['=', '@'])) {
        let is_tested = match word.rsplit_once('@') {
            None => python.lines().any(|line| line.split(' ').next() == Some(word)),
            Some((module, version)) if version.starts_with('v') => {
                go.contains(&format!("\t{module} {version}\n"))
            }
            Some((package, version)) => node["dependencies"][package] == version,
        };
        assert!(is_tested, "{word} is not what is tested");
        named += 1;
    }
    assert!(named > 10, "{commands}");
}
