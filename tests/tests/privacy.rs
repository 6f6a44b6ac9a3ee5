//! Nothing personal and no secret arrives anywhere: not in a table, not in an answer, not in a
//! log line. Through our client and, for those who send from other languages, without it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value::Value as Any},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
};
use prost::Message as _;
use serde_json::{Value, json};
use ticketlens::{Finished, Lens, Metric, Status, Ticket, Trace};
use ticketlens_store::Scope;
use ticketlens_tests::{Database, Receiver, load::Sender, program};

const TABLE: &str = "SELECT * FROM ticketlens_store.tickets FINAL FORMAT JSONEachRow";

/// Whether `text` holds `value` by itself, in any case.
fn holds(text: &str, value: &str) -> bool {
    let (text, value) = (text.to_lowercase(), value.to_lowercase());
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(&value).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !is_word(before) && !is_word(after)
    })
}

/// Made-up runs and how many known values they have at least; and real ones, where they are
/// (`cargo xtask test` says where it went without).
fn runs() -> Vec<(PathBuf, usize)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made_up = here.join("data/made_up_runs.jsonl");
    let real = here.join("../../shared/data/support_runs.jsonl");
    let real = real.is_file().then_some((real, 300));
    [(made_up, 40)].into_iter().chain(real).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_known_value_of_whole_runs_arrives() {
    for (file, at_least) in runs() {
        let database = Database::start();
        let receiver = Receiver::start(&database, "");
        let key = database.tenant_key("acme", Scope::Ingest).await;
        let sent = Command::new(program("ticketlens"))
            .args(["send", "--endpoint", &receiver.grpc()])
            .arg(&file)
            .env("TICKETLENS_KEY", &key)
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&[sent.stdout, sent.stderr].concat()).into_owned();
        assert!(sent.status.success(), "{said}");

        let rows = database.query(TABLE);
        let log = receiver.log();
        let mut values = 0;
        for run in fs::read_to_string(&file).unwrap().lines() {
            let run: Value = serde_json::from_str(run).unwrap();
            let id = run["ticket_id"].as_str().unwrap();
            let row = rows.lines().find(|row| row.contains(&format!("\"ticket_id\":\"{id}\"")));
            let row = row.unwrap_or_else(|| panic!("{id} was stored"));
            for value in run["known_pii"].as_array().unwrap() {
                let value = value.as_str().unwrap();
                assert!(!holds(row, value), "a known value of {id} is in its row");
                assert!(
                    !holds(&log, value) && !holds(&said, value),
                    "a known value of {id} is in a log"
                );
                values += 1;
            }
        }
        assert!(values > at_least, "only {values} values were looked for");
    }
}

/// What must not arrive, by the way it is found.
const HOSTILE: [&str; 8] = [
    "jane.roe@example.org",
    "4111 1111 1111 1111",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ",
    "postgres://root:hunter2hunter2@db.internal/app",
    "DE89 3704 0044 0532 0130 00",
    "+49 171 5550199",
];

/// A body with a hostile text in every place there is.
fn hostile_body(text: &str) -> Value {
    json!({
        "ticket": {"question": text, "nested": {"deep": [{"er": [text]}]}},
        "planning": text,
        "steps": [
            {"id": "s1", "kind": "tool", "name": format!("call {text}"), "action": text,
             "action_input": {"argument": text}, "input": json!({"q": text}).to_string(),
             "output": {text: "as a key"}, "attributes": {"note": text}, "beside": text,
             "error": {"type": format!("E {text}"), "message": text, "stack": format!("at {text}")}}
        ],
        "tool_calls": [{"name": "apart", "arguments": {"q": text}, "result": text}],
        "errors": [text], "output": {"response": text}, "unknown": text, (text): "as a key",
        "password": "correct-horse-battery-staple", "authorization": {"scheme": "correct-horse-battery-staple"}
    })
}

fn assert_clean(what: &str, text: &str) {
    for hostile in HOSTILE.into_iter().chain(["correct-horse-battery-staple"]) {
        assert!(!text.contains(hostile), "{what} holds {hostile}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_in_every_field_is_gone_through_our_client() {
    let database = Database::start();
    let receiver = Receiver::start(&database, "");
    let key = database.tenant_key("acme", Scope::Ingest).await;
    let lens = Lens::builder()
        .workflow(format!("w {}", HOSTILE[0]))
        .version(HOSTILE[1])
        .environment(HOSTILE[2])
        .resource_attribute("host.owner", HOSTILE[3])
        .resource_attribute("host.password", "correct-horse-battery-staple")
        .endpoint(receiver.grpc())
        .key(&key)
        .build()
        .unwrap();
    for (n, text) in HOSTILE.into_iter().enumerate() {
        // An access key fits the pattern of a status.
        let status = text.parse().unwrap_or(Status::Failed);
        let mut ticket = Ticket::new(format!("T-{n}"), status, Duration::from_secs(1));
        ticket.category = Some(text.into());
        ticket.customer = Some(text.into());
        ticket.model = Some(text.into());
        ticket.error_type = Some(text.into());
        ticket.metrics.push((format!("metric {text}"), Metric::Int(1)));
        ticket.attributes.push(("free".into(), text.into()));
        ticket.attributes.push((format!("key {text}"), json!({"list": [text]})));
        ticket.trace = Trace::from(hostile_body(text));
        lens.emit(Finished::from(ticket));
    }
    let report = tokio::task::block_in_place(|| lens.shutdown(Duration::from_secs(60)));
    assert_eq!(report.sent as usize, HOSTILE.len(), "{report:?}");
    let stats = format!("{:?} {report:?}", lens.stats());
    let rows = database.query(TABLE);
    let whole = rows.lines().filter(|row| row.contains("\"capture\":\"FULL_TRACE\""));
    assert_eq!(whole.count(), HOSTILE.len(), "no trace was lost to the gate");
    assert_clean("the table", &rows);
    assert_clean("the client's own account", &stats);
    assert_clean("the receiver's log", &receiver.log());
}

fn text(key: &str, value: &str) -> KeyValue {
    pair(key, Any::StringValue(value.into()))
}

fn pair(key: &str, value: Any) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

/// A record as another SDK would send it, with the body as JSON text.
fn record(hostile: &str, body: &str) -> LogRecord {
    LogRecord {
        time_unix_nano: 1_760_000_000_000_000_000,
        event_name: "ticket.completed".into(),
        body: Some(AnyValue { value: Some(Any::StringValue(body.into())) }),
        attributes: vec![
            text("ticket.id", &format!("id {hostile}")),
            text("ticket.status", "FAILED"),
            pair("ticket.duration", Any::DoubleValue(1.0)),
            text("ticket.category", hostile),
            text("ticket.customer", hostile),
            text("error.type", hostile),
            text("free", hostile),
            text(&format!("key {hostile}"), hostile),
            pair(&format!("ticket.metrics.{hostile}"), Any::IntValue(1)),
        ],
        ..LogRecord::default()
    }
}

fn request(records: Vec<LogRecord>, resource: Vec<KeyValue>) -> Vec<u8> {
    let scope = ScopeLogs { log_records: records, ..ScopeLogs::default() };
    let mut group = ResourceLogs { scope_logs: vec![scope], ..ResourceLogs::default() };
    group.resource.get_or_insert_default().attributes = resource;
    ExportLogsServiceRequest { resource_logs: vec![group] }.encode_to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_in_every_field_is_gone_without_our_client() {
    let database = Database::start();
    let receiver = Receiver::start(&database, "");
    let key = database.tenant_key("acme", Scope::Ingest).await;
    let mut sender = Sender::connect(&receiver.grpc(), &key).await;
    let mut said = String::new();
    for hostile in HOSTILE {
        let good = record(hostile, &hostile_body(hostile).to_string());
        let mut plain = record(hostile, &format!("not JSON at all: {hostile}"));
        plain.time_unix_nano += 1;
        // Rejected ones: their reasons must not quote them.
        let mut no_id = good.clone();
        no_id.attributes.remove(0);
        let mut bad_status = good.clone();
        bad_status.attributes[1] = text("ticket.status", hostile);
        let mut claim = good.clone();
        claim.attributes.push(text("tenant.id", hostile));
        let records = vec![good, plain, no_id, bad_status, claim];
        let resource = vec![text("service.name", hostile), text("host.owner", hostile)];
        let answer = sender.send(request(records, resource).into()).await.expect("an answer");
        said.push_str(&String::from_utf8_lossy(&answer));
        // Malformed as a whole, by both protocols.
        let refusal = sender.send(hostile.as_bytes().to_vec().into()).await.expect_err("refused");
        said.push_str(&format!("{refusal:?}"));
        said.push_str(&receiver.exchange(&format!(
            "POST /v1/logs HTTP/1.0\r\nHost: t\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{{\"{hostile}\"}}",
            hostile.len() + 4
        )));
        said.push_str(&receiver.exchange(&format!(
            "POST /v1/logs HTTP/1.0\r\nHost: t\r\nauthorization: Bearer {hostile}\r\n\
             content-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}"
        )));
    }
    let rows = database.query(TABLE);
    assert_eq!(rows.lines().count(), 2 * HOSTILE.len());
    for reason in ["missing_ticket_id", "invalid_status", "tenant_claimed"] {
        assert!(said.contains(reason), "{reason}: {said}");
    }
    assert_clean("the table", &rows);
    assert_clean("an answer", &said);
    assert_clean("the receiver's log", &receiver.log());
    assert!(!receiver.log().contains(&key) && !said.contains(&key), "the key is in a log");
}
