//! What the two encodings and their transports allow beside the plain case.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{StatusCode, Uri};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::{
    collector::logs::v1::logs_service_client::LogsServiceClient, resource::v1::Resource,
};
use prost::Message;
use serde_json::{Value, json};
use ticketlens_store::Visibility;
use tokio::net::TcpStream;
use tonic::transport::Channel;
use tower::service_fn;

use crate::{
    rig::{self, with_key},
    shapes::{TIME, of_resource, record, request, start, stored},
    web::{JSON, PROTOBUF},
};

/// Protobuf that knows fields of a later version, in every message.
#[tokio::test(flavor = "multi_thread")]
async fn fields_of_a_later_version_are_passed_over() {
    let (rig, measure) = start("wire_later").await;
    // Field 99 as a text, 98 as a varint, 97 and 96 as fixed numbers.
    let later = [
        &[0x9a, 0x06, 2, b'h', b'i', 0x90, 0x06, 7][..],
        &[0x8d, 0x06, 1, 2, 3, 4, 0x81, 0x06, 1, 2, 3, 4, 5, 6, 7, 8],
    ]
    .concat();
    let message = |number: u8, parts: &[&[u8]]| {
        let content = [&parts.concat()[..], &later].concat();
        let mut out = vec![number << 3 | 2];
        prost::encoding::encode_varint(content.len() as u64, &mut out);
        [out, content].concat()
    };
    let resource = Resource { attributes: of_resource(), ..Resource::default() }.encode_to_vec();
    let log_record = message(2, &[&record("later").encode_to_vec()]);
    let scope_logs = message(2, &[&log_record]);
    // The resource behind its records: fields come in any order.
    let request = message(1, &[&scope_logs, &message(1, &[&resource])]);
    let answer = rig.post(&[PROTOBUF], [request, later.clone()].concat()).await;
    assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, &b""[..]));
    assert_eq!(stored(&rig, "later").await, measure);
}

/// OTLP/JSON as other libraries write it.
#[tokio::test(flavor = "multi_thread")]
async fn json_as_others_write_it_is_the_same() {
    let (rig, measure) = start("wire_json").await;
    let change = |id: &str, changes: Value| {
        let mut json = serde_json::to_value(request(record(id))).unwrap();
        let record = &mut json["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
        let Value::Object(changes) = changes else { panic!("an object") };
        record.as_object_mut().unwrap().extend(changes);
        json
    };
    let mut unknown = change("unknown", json!({ "newField": [{ "deep": [null] }] }));
    unknown["later"] = json!({ "a": 1 });
    unknown["resourceLogs"][0]["resource"]["entityRefs"] = json!([{ "type": "service" }]);
    unknown["resourceLogs"][0]["scopeLogs"][0]["scope"] = json!({ "name": "x", "later": true });
    for (id, json) in [
        ("number", change("number", json!({ "timeUnixNano": TIME }))),
        ("text", change("text", json!({ "timeUnixNano": TIME.to_string() }))),
        ("enum", change("enum", json!({ "severityNumber": 17, "flags": 1 }))),
        ("enum-name", change("enum-name", json!({ "severityNumber": "SEVERITY_NUMBER_ERROR" }))),
        ("null", change("null", json!({ "traceId": null, "spanId": null, "severityText": null }))),
        ("no-ids", change("no-ids", json!({ "traceId": "", "spanId": "" }))),
        ("unknown", unknown),
    ] {
        let answer = rig.post(&[JSON], json.to_string()).await;
        assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "{}"), "{id}");
        assert_eq!(stored(&rig, id).await, measure, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_in_json_are_hex_in_either_case() {
    let rig = rig::start("wire_ids").await;
    let mut json = serde_json::to_value(request(record("ids"))).unwrap();
    let record = &mut json["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
    record["traceId"] = "5B8EFFF798038103d269b633813fc60c".into();
    record["spanId"] = "EEE19b7ec3c1b174".into();
    let answer = rig.post(&[JSON], json.to_string()).await;
    assert_eq!(answer.text(), "{}");
    let found = rig.store.get_ticket(&Visibility::All, "ids", None).await.unwrap().unwrap();
    assert_eq!(found.summary.trace_id, "5b8efff798038103d269b633813fc60c");
    assert_eq!(found.summary.span_id, "eee19b7ec3c1b174");
}

/// Names are in lowerCamelCase only (OTLP specification, "JSON Protobuf Encoding"); any other is an
/// unknown one, and those are passed over: with a word, where something was lost over one.
#[tokio::test(flavor = "multi_thread")]
async fn names_in_snake_case_are_unknown_names() {
    let rig = rig::start("wire_snake").await;
    let answer = rig.post(&[JSON], r#"{"resource_logs": [{"scope_logs": []}]}"#).await;
    assert_eq!(answer.status, StatusCode::OK);
    let partial = &answer.json()["partialSuccess"];
    assert_eq!(partial["rejectedLogRecords"], "0");
    let message = partial["errorMessage"].as_str().unwrap();
    assert!(message.contains("in JSON it is resourceLogs"), "{message}");
    assert_eq!(rig.count().await, 0);
}

/// gRPC's own pings, many more than there are requests, as proxies and Collectors send them.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_kept_alive_by_pings_is_kept() {
    let rig = rig::start("wire_pings").await;
    let endpoint = Channel::from_shared(format!("http://{}", rig.grpc))
        .unwrap()
        .http2_keep_alive_interval(Duration::from_millis(20))
        .keep_alive_timeout(rig::PATIENCE)
        .keep_alive_while_idle(true);
    let made = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&made);
    let connector = service_fn(move |uri: Uri| {
        counted.fetch_add(1, Ordering::Relaxed);
        async move {
            let address = uri.authority().unwrap().to_string();
            TcpStream::connect(address).await.map(TokioIo::new)
        }
    });
    let channel = endpoint.connect_with_connector(connector).await.unwrap();
    let mut client = LogsServiceClient::new(channel);
    for number in 0..10 {
        let sent = request(record(&number.to_string()));
        client.export(with_key(sent, &rig.ingest)).await.unwrap();
        // Idle for some pings: what is tested, not something waited for.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(made.load(Ordering::Relaxed), 1, "one connection for all");
    assert_eq!(rig.count().await, 10);
}
