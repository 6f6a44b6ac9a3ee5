//! Too large, too small, not what it says.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use http::StatusCode;
use prost::Message;
use ticketlens_store::Visibility;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tonic::Code;

use crate::{
    records::{large, request, ticket},
    rig::{self, with_key},
    web::{JSON, PROTOBUF},
};

const MIB: usize = 1 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn eighty_mib_are_refused_for_good_with_the_limit_named() {
    let rig = rig::start("limits_80mib").await;
    let message = request((0..16).map(|n| large(&n.to_string(), 5 * MIB)).collect());
    let mut client = rig.logs().await.max_encoding_message_size(usize::MAX);
    let status = client.export(with_key(message.clone(), &rig.ingest)).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
    assert!(status.message().contains("67108864"), "{status}");

    let answer = rig.post(&[PROTOBUF], message.encode_to_vec()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.rpc_status().message.contains("67108864"));
    assert_eq!(rig.count().await, 0);
    // The same connection's neighbours are not harmed.
    client.export(with_key(request(vec![ticket("a")]), &rig.ingest)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_of_five_megabytes_is_stored_whole() {
    let rig = rig::start("limits_5mb").await;
    let message = request(vec![large("a", 5_000_000), ticket("b")]);
    let mut client = rig.logs().await.max_encoding_message_size(usize::MAX);
    let answer = client.export(with_key(message, &rig.ingest)).await.unwrap();
    assert_eq!(answer.into_inner().partial_success, None);
    let found = rig.store.get_ticket(&Visibility::All, "a", None).await.unwrap().unwrap();
    assert!(found.trace_json.len() > 4_999_000, "{} bytes", found.trace_json.len());
    assert_eq!(rig.count().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_mib_pass_although_the_budget_is_smaller_than_twice_that() {
    let rig = rig::start("limits_60mib").await;
    let message = request((0..12).map(|n| large(&n.to_string(), 5 * MIB)).collect());
    let answer = rig.post(&[PROTOBUF], message.encode_to_vec()).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    assert_eq!(rig.count().await, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_is_refused_for_good() {
    let rig = rig::start("limits_bomb").await;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![0; 200 * MIB]).unwrap();
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < MIB);
    for content_type in [PROTOBUF, JSON] {
        let answer = rig.post(&[content_type, ("content-encoding", "gzip")], bomb.clone()).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_body_is_refused_for_good() {
    let rig = rig::start("limits_malformed").await;
    for (content_type, body, hint) in [
        (PROTOBUF, &b"\x07nonsense"[..], "ExportLogsServiceRequest in protobuf"),
        (PROTOBUF, b"{\"resourceLogs\":[]}", "ExportLogsServiceRequest in protobuf"),
        (JSON, b"\x0a\x02\x08\x01", "ExportLogsServiceRequest in JSON"),
        (JSON, b"[]", "ExportLogsServiceRequest in JSON"),
    ] {
        let answer = rig.post(&[content_type], body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body:?}");
        let message = match content_type {
            PROTOBUF => answer.rpc_status().message,
            _ => answer.json()["message"].as_str().unwrap().to_owned(),
        };
        assert!(message.contains(hint), "{message}");
    }
    let packed = [PROTOBUF, ("content-encoding", "gzip")];
    let answer = rig.post(&packed, "not gzip").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);

    // Over gRPC: another message under the same path.
    let other = tonic_types::pb::Status { code: 7, ..Default::default() };
    let mut client = tonic::client::Grpc::new(rig.channel().await);
    client.ready().await.unwrap();
    let path = "/opentelemetry.proto.collector.logs.v1.LogsService/Export".parse().unwrap();
    let codec = tonic_prost::ProstCodec::<_, tonic_types::pb::Status>::default();
    let status = client.unary(with_key(other, &rig.ingest), path, codec).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    assert!(status.message().contains("check the exporter"), "{status}");
}

/// Many HTTP/1.1 clients read nothing before they have written everything.
#[tokio::test(flavor = "multi_thread")]
async fn who_writes_everything_before_reading_still_reads_why() {
    let rig = rig::start("limits_writer").await;
    for (key, length, status) in
        [(rig.ingest.as_str(), 80 * MIB, "413"), ("tl_acme_nonsense", MIB, "401")]
    {
        let mut stream = TcpStream::connect(rig.http).await.unwrap();
        let head = format!(
            "POST /v1/logs HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n\
             content-type: application/x-protobuf\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let piece = vec![0; MIB];
        for _ in 0..length / MIB {
            stream.write_all(&piece).await.unwrap();
        }
        let mut answer = vec![0; 1024];
        let read = stream.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
}
