//! The same ticket in every shape that exporters and Collectors give it on its way: what is stored
//! is the same.

use http::StatusCode;
use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{ArrayValue, InstrumentationScope, KeyValue, any_value::Value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    resource::v1::Resource,
};
use prost::Message;
use ticketlens_store::{TicketDetail, Visibility};

use crate::{
    records::{any, attribute, map, text},
    rig::{self, Rig},
    web::{JSON, PROTOBUF},
};

/// Attributes of the ticket that everything here is measured by.
fn attributes() -> Vec<KeyValue> {
    vec![
        attribute("ticket.id", text("48213")),
        attribute("ticket.status", text("FAILED")),
        attribute("ticket.duration", Value::DoubleValue(6.75)),
        attribute("ticket.category", text("ORDER_STATUS")),
        attribute("ticket.sequence", Value::IntValue(7)),
        attribute("ticket.metrics.react_iterations", Value::IntValue(2)),
        attribute("ticket.metrics.overall_confidence", Value::DoubleValue(0.31)),
        attribute("ticket.redactions", Value::IntValue(3)),
        attribute("ticket.redactions.email", Value::IntValue(3)),
        attribute("gen_ai.request.model", text("gpt-4o")),
        attribute("gen_ai.usage.input_tokens", Value::IntValue(820)),
        attribute("gen_ai.usage.output_tokens", Value::IntValue(64)),
        attribute("error.type", text("carrier_unavailable")),
        attribute("channel", text("email")),
    ]
}

pub fn of_resource() -> Vec<KeyValue> {
    vec![
        attribute("service.name", text("order-agent")),
        attribute("service.version", text("1.4.2")),
        attribute("service.instance.id", text("i-1")),
        attribute("deployment.environment.name", text("production")),
        attribute("team", text("orders")),
    ]
}

fn body() -> Value {
    let step = map(vec![
        attribute("id", text("s1")),
        attribute("kind", text("tool")),
        attribute("name", text("ask_carrier")),
        attribute("start_ms", Value::IntValue(10)),
        attribute("duration_ms", Value::DoubleValue(5000.5)),
        attribute("status", text("ERROR")),
        attribute("error", map(vec![attribute("type", text("timeout"))])),
    ]);
    let steps = ArrayValue { values: vec![any(step)] };
    map(vec![attribute("steps", Value::ArrayValue(steps)), attribute("output", text("sorry"))])
}

const TRACE: &str = r#"{"steps":[{"id":"s1","kind":"tool","name":"ask_carrier","start_ms":10,"duration_ms":5000.5,"status":"ERROR","error":{"type":"timeout"}}],"output":"sorry"}"#;

pub const TIME: u64 = 1_795_000_000_000_000_000;

pub fn record(id: &str) -> LogRecord {
    let mut record = LogRecord {
        time_unix_nano: TIME,
        event_name: "ticket.completed".into(),
        attributes: attributes(),
        body: Some(any(body())),
        ..LogRecord::default()
    };
    record.attributes[0] = attribute("ticket.id", text(id));
    record
}

fn group(resource: Vec<KeyValue>, records: Vec<LogRecord>) -> ResourceLogs {
    ResourceLogs {
        resource: Some(Resource { attributes: resource, ..Resource::default() }),
        scope_logs: vec![ScopeLogs { log_records: records, ..ScopeLogs::default() }],
        ..ResourceLogs::default()
    }
}

fn of_groups(resource_logs: Vec<ResourceLogs>) -> ExportLogsServiceRequest {
    ExportLogsServiceRequest { resource_logs }
}

pub fn request(record: LogRecord) -> ExportLogsServiceRequest {
    of_groups(vec![group(of_resource(), vec![record])])
}

/// What is stored of a ticket, but for its number and what follows from it.
pub async fn stored(rig: &Rig, id: &str) -> TicketDetail {
    let found = rig.store.get_ticket(&Visibility::All, id, None).await.unwrap();
    let mut ticket = found.unwrap_or_else(|| panic!("{id} is stored"));
    let summary = &mut ticket.summary;
    assert_eq!(summary.ticket_id, id);
    let measure = rig.store.get_ticket(&Visibility::All, "measure", None).await.unwrap().unwrap();
    summary.ticket_id = measure.summary.ticket_id;
    summary.execution_id = measure.summary.execution_id;
    summary.received_at = measure.summary.received_at;
    // Maps have no order.
    ticket.attributes.sort();
    ticket.summary.metrics.sort_by(|a, b| a.0.cmp(&b.0));
    ticket
}

/// Sends it over gRPC, as protobuf over HTTP and as JSON; each time all is taken without a word.
async fn send(rig: &Rig, request: &ExportLogsServiceRequest) {
    let answer = rig.export(request.clone()).await.unwrap();
    assert_eq!(answer.partial_success, None);
    let answer = rig.post(&[PROTOBUF], request.encode_to_vec()).await;
    assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, &b""[..]));
    let answer = rig.post(&[JSON], serde_json::to_vec(request).unwrap()).await;
    assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, &b"{}"[..]));
}

/// A receiver that has the ticket everything is measured by.
pub async fn start(database: &str) -> (Rig, TicketDetail) {
    let rig = rig::start(database).await;
    send(&rig, &request(record("measure"))).await;
    let measure = stored(&rig, "measure").await;
    assert_eq!(measure.trace_json, TRACE);
    assert_eq!(measure.summary.workflow, "order-agent");
    (rig, measure)
}

/// Sends each shape and compares what is stored of it.
async fn same(database: &str, shapes: Vec<(&str, ExportLogsServiceRequest)>) {
    let (rig, measure) = start(database).await;
    for (id, request) in &shapes {
        send(&rig, request).await;
        assert_eq!(stored(&rig, id).await, measure, "{id}");
    }
    assert_eq!(rig.count().await, 1 + shapes.len() as u64, "each is stored once");
}

/// The keys with underscores for dots.
fn renamed(attributes: Vec<KeyValue>) -> Vec<KeyValue> {
    let rename = |pair: KeyValue| KeyValue { key: pair.key.replace('.', "_"), ..pair };
    attributes.into_iter().map(rename).collect()
}

/// Values as text, as pipelines leave them that know no other attributes.
fn as_texts(attributes: Vec<KeyValue>) -> Vec<KeyValue> {
    let pairs = attributes.into_iter().map(|pair| {
        let value = match pair.value.and_then(|any| any.value) {
            Some(Value::IntValue(n)) => n.to_string(),
            Some(Value::DoubleValue(x)) => x.to_string(),
            Some(Value::StringValue(text)) => text,
            other => panic!("{other:?}"),
        };
        attribute(&pair.key, text(value))
    });
    pairs.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_that_a_collector_moves_or_renames_are_found() {
    let split = |id: &str, of_record: Vec<KeyValue>, of_resource: Vec<KeyValue>| {
        let record = LogRecord { attributes: of_record, ..record(id) };
        of_groups(vec![group(of_resource, vec![record])])
    };
    let all = |id: &str| [record(id).attributes, of_resource()].concat();
    let without_resource = |id: &str| {
        let record = LogRecord { attributes: all(id), ..record(id) };
        let mut group = group(vec![], vec![record]);
        group.resource = None;
        of_groups(vec![group])
    };
    let old_environment = |id: &str| {
        let mut request = request(record(id));
        let resource = request.resource_logs[0].resource.as_mut().unwrap();
        resource.attributes[3].key = "deployment.environment".into();
        request
    };
    // Both have it: the record's own counts.
    let twice = |id: &str| {
        let record = LogRecord { attributes: all(id), ..record(id) };
        let mut other = of_resource();
        other.iter_mut().for_each(|pair| pair.value = Some(any(text("another"))));
        other.push(attribute("ticket.category", text("another")));
        of_groups(vec![group(other, vec![record])])
    };
    same(
        "shapes_moved",
        vec![
            ("on-the-record", split("on-the-record", all("on-the-record"), vec![])),
            ("on-the-resource", split("on-the-resource", vec![], all("on-the-resource"))),
            ("no-resource", without_resource("no-resource")),
            ("on-both", twice("on-both")),
            ("renamed", split("renamed", renamed(record("renamed").attributes), of_resource())),
            ("all-renamed", split("all-renamed", renamed(all("all-renamed")), vec![])),
            ("texts", split("texts", as_texts(record("texts").attributes), of_resource())),
            ("environment", old_environment("environment")),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_underscores_beside_the_right_one_is_an_attribute_of_its_own() {
    let rig = rig::start("shapes_underscore").await;
    let mut record = record("a");
    record.attributes.push(attribute("ticket_status", text("waiting for customer")));
    send(&rig, &request(record)).await;
    let found = rig.store.get_ticket(&Visibility::All, "a", None).await.unwrap().unwrap();
    assert_eq!(found.summary.status, "FAILED");
    let own = ("ticket_status".to_owned(), "waiting for customer".to_owned());
    assert!(found.attributes.contains(&own), "{:?}", found.attributes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_is_claimed_under_no_name_and_from_nowhere() {
    let rig = rig::start("shapes_claims").await;
    let claims = ["client_id", "tenant.id", "ticketlens.tenant"];
    for claim in claims {
        let claim = attribute(claim, text("other"));
        let mut on_the_record = record("a");
        on_the_record.attributes.push(claim.clone());
        let mut renamed_too = record("a");
        renamed_too.attributes = renamed([renamed_too.attributes, vec![claim.clone()]].concat());
        let on_the_resource = group([of_resource(), vec![claim]].concat(), vec![record("a")]);
        for request in
            [request(on_the_record), request(renamed_too), of_groups(vec![on_the_resource])]
        {
            let partial = rig.export(request).await.unwrap().partial_success.unwrap();
            assert!(partial.error_message.contains("1 tenant_claimed"), "{partial:?}");
        }
    }
    assert_eq!(rig.count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_as_text_and_as_bytes_are_the_same_trace() {
    let with = |id: &str, body: Value| request(LogRecord { body: Some(any(body)), ..record(id) });
    // Written by hand: indented, its keys in another order.
    let indented =
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(TRACE).unwrap());
    same(
        "shapes_bodies",
        vec![
            ("text", with("text", text(TRACE))),
            ("indented", with("indented", text(indented.unwrap()))),
            ("bytes", with("bytes", Value::BytesValue(TRACE.into()))),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_trace_are_kept_under_message_and_read_by_the_gate() {
    let rig = rig::start("shapes_messages").await;
    let list = |values: Vec<Value>| {
        Value::ArrayValue(ArrayValue { values: values.into_iter().map(any).collect() })
    };
    for (id, body, trace) in [
        ("words", text("mail amelia@example.com"), r#"{"message":"mail [email]"}"#),
        (
            "bytes",
            Value::BytesValue(b"mail amelia@example.com".into()),
            r#"{"message":"mail [email]"}"#,
        ),
        ("binary", Value::BytesValue(vec![0xff, 0x00]), r#"{"message":"ff00"}"#),
        ("array", list(vec![text("a"), Value::IntValue(7)]), r#"{"message":["a",7]}"#),
        ("number", Value::IntValue(7), r#"{"message":7}"#),
        (
            "within",
            map(vec![attribute("output", Value::BytesValue(b"call amelia@example.com".into()))]),
            r#"{"output":"call [email]"}"#,
        ),
    ] {
        send(&rig, &request(LogRecord { body: Some(any(body)), ..record(id) })).await;
        let found = rig.store.get_ticket(&Visibility::All, id, None).await.unwrap().unwrap();
        assert_eq!(found.trace_json, trace, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batching_anew_changes_nothing() {
    let (rig, measure) = start("shapes_batches").await;
    let ids = ["a", "b", "c", "d", "e", "f"];
    let scope = |name: &str, records: Vec<LogRecord>| ScopeLogs {
        scope: Some(InstrumentationScope {
            name: name.into(),
            version: "3".into(),
            attributes: vec![attribute("library", text("x"))],
            ..InstrumentationScope::default()
        }),
        log_records: records,
        schema_url: "https://opentelemetry.io/schemas/1.37.0".into(),
    };
    // One resource twice, several scopes, empty lists in between, another workflow's beside it.
    let mut first = group(of_resource(), vec![record("a")]);
    first.scope_logs.push(scope("agent", vec![record("b"), record("c")]));
    first.scope_logs.push(scope("empty", vec![]));
    first.scope_logs.push(ScopeLogs::default());
    first.schema_url = "https://opentelemetry.io/schemas/1.37.0".into();
    let second = group(of_resource(), vec![record("d"), record("e")]);
    let other = group(vec![attribute("service.name", text("refund-agent"))], vec![record("other")]);
    let no_scope = ResourceLogs { scope_logs: vec![], ..group(of_resource(), vec![]) };
    let last = group(of_resource(), vec![record("f")]);
    let groups = vec![first, ResourceLogs::default(), second, no_scope, other, last];
    send(&rig, &of_groups(groups)).await;
    // As a Collector that was restarted sends them again: one by one, and all at once.
    for id in ids {
        send(&rig, &request(record(id))).await;
    }
    send(&rig, &of_groups(vec![group(of_resource(), ids.map(record).into())])).await;
    for id in ids {
        assert_eq!(stored(&rig, id).await, measure, "{id}");
    }
    let other = rig.store.get_ticket(&Visibility::All, "other", None).await.unwrap().unwrap();
    assert_eq!(other.summary.workflow, "refund-agent");
    assert_eq!(rig.count().await, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_record_may_have_beside_changes_nothing() {
    let mut event = record("event-attribute");
    event.event_name = String::new();
    event.attributes.push(attribute("event.name", text("ticket.completed")));
    let observed =
        LogRecord { time_unix_nano: 0, observed_time_unix_nano: TIME, ..record("observed") };
    let mut dropped = LogRecord { dropped_attributes_count: 12, flags: 1, ..record("dropped") };
    dropped.observed_time_unix_nano = TIME + 5;
    let unusual =
        LogRecord { severity_number: 77, severity_text: "LOUD".into(), ..record("severity") };
    let zeros = LogRecord { trace_id: vec![0; 16], span_id: vec![0; 8], ..record("zeros") };
    let short = LogRecord { trace_id: vec![1; 3], span_id: vec![1; 3], ..record("short-ids") };
    same(
        "shapes_beside",
        vec![
            ("event-attribute", request(event)),
            ("observed", request(observed)),
            ("dropped", request(dropped)),
            ("severity", request(unusual)),
            ("zeros", request(zeros)),
            ("short-ids", request(short)),
        ],
    )
    .await;
}
