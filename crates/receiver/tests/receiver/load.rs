//! More than fits, and senders that hang up.

use http::StatusCode;
use prost::Message;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tonic::Code;
use tonic_types::StatusExt;

use crate::{
    records::{large, request, ticket},
    rig::{self, Rig},
    web::PROTOBUF,
};

const MIB: usize = 1 << 20;

/// A request whose head and half its body are sent.
async fn half_a_request(rig: &Rig, body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(rig.http).await.unwrap();
    let head = format!(
        "POST /v1/logs HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n\
         content-type: application/x-protobuf\r\ncontent-length: {}\r\n\r\n",
        rig.ingest,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body[..body.len() / 2]).await.unwrap();
    stream
}

async fn wait_for_bytes_in_flight(rig: &Rig, wanted: impl Fn(u64) -> bool) {
    let deadline = tokio::time::Instant::now() + rig::PATIENCE;
    loop {
        let metrics = rig.get("/metrics").await.text();
        let line = metrics.lines().find(|line| line.starts_with("ticketlens_bytes_in_flight "));
        let bytes = line.unwrap().rsplit(' ').next().unwrap().parse().unwrap();
        if wanted(bytes) {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{bytes} bytes in flight");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_the_budget_senders_are_told_when_to_come_again() {
    let rig = rig::start_with("load_budget", |config| config.intake.budget_bytes = 16 * MIB).await;
    let body = request(vec![large("a", 5 * MIB)]).encode_to_vec();
    let mut first = half_a_request(&rig, &body).await;
    wait_for_bytes_in_flight(&rig, |bytes| bytes > 0).await;

    let second = request(vec![large("b", 5 * MIB)]);
    let status = rig
        .logs()
        .await
        .max_encoding_message_size(usize::MAX)
        .export(rig::with_key(second.clone(), &rig.ingest))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
    assert!(status.get_details_retry_info().unwrap().retry_delay.is_some());
    let answer = rig.post(&[PROTOBUF], second.encode_to_vec()).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers.contains_key("retry-after"));

    // Small ones still pass, and the first one is not harmed.
    rig.export(request(vec![ticket("c")])).await.unwrap();
    first.write_all(&body[body.len() / 2..]).await.unwrap();
    let mut answer = vec![0; 1024];
    let read = first.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(rig.count().await, 2);
    wait_for_bytes_in_flight(&rig, |bytes| bytes == 0).await;
    let answer = rig.post(&[PROTOBUF], second.encode_to_vec()).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_in_the_middle_gives_its_place_back() {
    let rig = rig::start("load_half").await;
    let body = request(vec![large("a", 5 * MIB)]).encode_to_vec();
    let half = half_a_request(&rig, &body).await;
    wait_for_bytes_in_flight(&rig, |bytes| bytes > 0).await;
    drop(half);
    wait_for_bytes_in_flight(&rig, |bytes| bytes == 0).await;
    assert_eq!(rig.count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_before_the_answer_is_stored_all_the_same() {
    let rig = rig::start_with("load_gone", |config| {
        config.commit.window = std::time::Duration::from_millis(300);
    })
    .await;
    let body = request(vec![ticket("a")]).encode_to_vec();
    let mut stream = half_a_request(&rig, &body).await;
    stream.write_all(&body[body.len() / 2..]).await.unwrap();
    // Decoded: its rows wait for the window.
    let deadline = tokio::time::Instant::now() + rig::PATIENCE;
    while !rig.get("/metrics").await.text().contains("ticketlens_records_accepted_total 1") {
        assert!(tokio::time::Instant::now() < deadline, "never decoded");
    }
    drop(stream);
    rig.wait_for_count(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_given_up() {
    let rig = rig::start_with("load_slow", |config| {
        config.body_timeout = std::time::Duration::from_millis(200);
    })
    .await;
    let body = request(vec![ticket("a")]).encode_to_vec();
    let mut stream = half_a_request(&rig, &body).await;
    let mut answer = vec![0; 1024];
    let read = stream.read(&mut answer).await.unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 503"));
    wait_for_bytes_in_flight(&rig, |bytes| bytes == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_senders_at_once_share_inserts_and_are_all_stored() {
    let rig = std::sync::Arc::new(rig::start("load_many").await);
    let senders: Vec<_> = (0..32)
        .map(|sender| {
            let rig = std::sync::Arc::clone(&rig);
            tokio::spawn(async move {
                let mut client = rig.logs().await;
                for number in 0..10 {
                    let records = (0..5).map(|n| ticket(&format!("{sender}-{number}-{n}")));
                    let message = request(records.collect());
                    client.export(rig::with_key(message, &rig.ingest)).await.unwrap();
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    assert_eq!(rig.count().await, 1600);
    let metrics = rig.get("/metrics").await.text();
    let commits = metrics.lines().find(|l| l.starts_with("ticketlens_commits_total")).unwrap();
    let commits: u64 = commits.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(commits < 320, "{commits} inserts for 320 requests");
}
