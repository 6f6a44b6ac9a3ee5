//! Every encoding and compression, stored once however often it comes.

use std::io::Write;

use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};
use http::{Method, StatusCode};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message;
use tonic::codec::CompressionEncoding;

use crate::{
    records::{changed, request, ticket},
    rig::{self, with_key},
    web::{JSON, PROTOBUF},
};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_plain_gzip_and_zstd() {
    let rig = rig::start("formats_grpc").await;
    for encoding in [None, Some(CompressionEncoding::Gzip), Some(CompressionEncoding::Zstd)] {
        let mut client = rig.logs().await;
        if let Some(encoding) = encoding {
            client = client.send_compressed(encoding).accept_compressed(encoding);
        }
        let sent = request(vec![ticket("a"), ticket("b")]);
        let answer = client.export(with_key(sent, &rig.ingest)).await.unwrap();
        assert_eq!(answer.into_inner().partial_success, None, "{encoding:?}");
    }
    assert_eq!(rig.count().await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn http_in_both_formats_and_every_compression() {
    let rig = rig::start("formats_http").await;
    let mut sent = 0;
    for content_type in
        ["application/x-protobuf", "application/json", "application/json; charset=utf-8"]
    {
        for encoding in ["identity", "gzip", "deflate", "zstd"] {
            let message = request(vec![ticket("a")]);
            let is_json = content_type.contains("json");
            let bytes = if is_json {
                serde_json::to_vec(&message).unwrap()
            } else {
                message.encode_to_vec()
            };
            let bytes = match encoding {
                "gzip" => gzip(&bytes),
                "deflate" => deflate(&bytes),
                "zstd" => zstd::stream::encode_all(bytes.as_slice(), 1).unwrap(),
                _ => bytes,
            };
            let headers = [("content-type", content_type), ("content-encoding", encoding)];
            let answer = rig.post(&headers, bytes).await;
            let what = format!("{content_type} {encoding}: {:?}", answer.body);
            assert_eq!(answer.status, StatusCode::OK, "{what}");
            let plain = if is_json { "application/json" } else { "application/x-protobuf" };
            assert_eq!(answer.headers["content-type"], plain, "{what}");
            assert_eq!(&answer.body[..], if is_json { &b"{}"[..] } else { b"" }, "{what}");
            sent += 1;
        }
    }
    assert_eq!(rig.count().await, sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_success_speaks_the_requests_format() {
    let rig = rig::start("formats_partial").await;
    let message = request(vec![changed("a", "ticket.status", None), ticket("b")]);
    let answer = rig.post(&[JSON], serde_json::to_vec(&message).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let partial = &answer.json()["partialSuccess"];
    assert_eq!(partial["rejectedLogRecords"], "1");
    let message = partial["errorMessage"].as_str().unwrap();
    assert!(message.contains("set the string attribute ticket.status"), "{message}");
    assert_eq!(rig.count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_with_a_value_of_the_wrong_kind_rejects_that_record_alone() {
    let rig = rig::start("formats_json").await;
    let mut message = serde_json::to_value(request(vec![ticket("a"), ticket("b")])).unwrap();
    message["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["traceId"] = "not hex".into();
    let answer = rig.post(&[JSON], message.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let partial = &answer.json()["partialSuccess"];
    assert_eq!(partial["rejectedLogRecords"], "1");
    let message = partial["errorMessage"].as_str().unwrap();
    assert!(message.contains("traceId: not 32 hex digits"), "{message}");
    assert_eq!(rig.count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resent_record_is_stored_once() {
    let rig = rig::start("formats_resend").await;
    let message = request(vec![ticket("a"), ticket("b")]);
    for _ in 0..3 {
        rig.export(message.clone()).await.unwrap();
    }
    // In other company, as a Collector that batches anew would send it.
    let one = message.resource_logs[0].scope_logs[0].log_records[0].clone();
    rig.export(request(vec![one, ticket("c")])).await.unwrap();
    assert_eq!(rig.count().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_request_is_a_success() {
    let rig = rig::start("formats_empty").await;
    assert_eq!(rig.export(request(vec![])).await.unwrap().partial_success, None);
    assert_eq!(rig.post(&[PROTOBUF], "").await.status, StatusCode::OK);
    assert_eq!(rig.post(&[JSON], "{}").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_to_the_wrong_place_is_told_the_right_one() {
    let rig = rig::start("formats_wrong").await;
    let message = request(vec![ticket("a")]).encode_to_vec();
    for content_type in [None, Some("text/plain"), Some("application/protobuf2")] {
        let headers: Vec<_> =
            content_type.map(|value| ("content-type", value)).into_iter().collect();
        let answer = rig.post(&headers, message.clone()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type:?}");
        assert!(answer.json()["message"].as_str().unwrap().contains("application/x-protobuf"));
    }
    let answer = rig.post(&[PROTOBUF, ("content-encoding", "br")], message).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(answer.rpc_status().message.contains("gzip, zstd or deflate"));

    let answer = rig.get("/v1/logs").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers["allow"], "POST");
    let answer = rig.send(Method::POST, "/v1/traces", &[PROTOBUF], "").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.rpc_status().message.contains("only logs"));
    let answer = rig.send(Method::POST, "/v1/metrics", &[JSON], "{}").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.json()["message"].as_str().unwrap().contains("only logs"));
    assert_eq!(rig.get("/nothing").await.status, StatusCode::NOT_FOUND);

    let traces = tonic::Request::new(opentelemetry_proto::tonic::common::v1::KeyValue::default());
    let mut client = tonic::client::Grpc::new(rig.channel().await);
    client.ready().await.unwrap();
    let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export".parse().unwrap();
    let codec =
        tonic_prost::ProstCodec::<_, opentelemetry_proto::tonic::common::v1::KeyValue>::default();
    let status = client.unary(traces, path, codec).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Unimplemented);
    assert!(status.message().contains("only logs"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_of_other_events_are_rejected_or_ignored_as_configured() {
    let mut other = ticket("a");
    other.event_name = "user.clicked".into();
    let message = request(vec![other, ticket("b")]);

    let strict = rig::start("formats_strict").await;
    let partial = strict.export(message.clone()).await.unwrap().partial_success.unwrap();
    assert_eq!(partial.rejected_log_records, 1);
    assert!(partial.error_message.contains("other_event"), "{}", partial.error_message);

    let lenient =
        rig::start_with("formats_lenient", |config| config.intake.ignore_other_events = true).await;
    assert_eq!(lenient.export(message).await.unwrap().partial_success, None);
    assert_eq!((strict.count().await, lenient.count().await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_metric_that_is_no_number_is_left_out_and_told() {
    let rig = rig::start("formats_metric").await;
    let record = changed("a", "ticket.metrics.confidence", Some(Value::DoubleValue(f64::NAN)));
    let partial = rig.export(request(vec![record])).await.unwrap().partial_success.unwrap();
    assert_eq!(partial.rejected_log_records, 0, "{partial:?}");
    assert!(partial.error_message.contains("metrics dropped"), "{partial:?}");
    assert_eq!(rig.count().await, 1);
}
