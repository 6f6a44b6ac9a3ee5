//! The database goes away and comes back.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use prost::Message;
use tokio::time::Instant;
use tonic::Code;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_types::StatusExt;

use crate::{
    cut::Wire,
    records::{request, ticket},
    rig::{self, Rig},
    web::PROTOBUF,
};

pub async fn behind_a_wire(database: &str) -> (Wire, Rig) {
    let name = database.to_owned();
    let target = tokio::task::spawn_blocking(move || rig::store_config(&name)).await.unwrap();
    let target = target.url.as_str().trim_start_matches("http://").trim_end_matches('/').parse();
    let wire = Wire::to(target.unwrap()).await;
    let url = format!("http://{}", wire.address).parse().unwrap();
    let rig = rig::start_with(database, |config| {
        config.store.url = url;
        config.commit.deadline = Duration::from_secs(2);
        config.metrics.tenants = 3;
    })
    .await;
    (wire, rig)
}

async fn wait_for_ready(rig: &Rig, wanted: StatusCode) {
    let deadline = Instant::now() + rig::PATIENCE;
    while rig.get("/readyz").await.status != wanted {
        assert!(Instant::now() < deadline, "never {wanted}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The line of the counter of decoded records.
async fn accepted(rig: &Rig) -> String {
    let metrics = rig.get("/metrics").await.text();
    let line = metrics.lines().find(|l| l.starts_with("ticketlens_records_accepted_total"));
    line.unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_told_with_a_time_to_come_back_and_ends_by_itself() {
    let (mut wire, rig) = behind_a_wire("outage_told").await;
    rig.export(request(vec![ticket("a")])).await.unwrap();
    let mut health = HealthClient::new(rig.channel().await);
    let check = HealthCheckRequest::default();
    let healthy = health.check(check.clone()).await.unwrap().into_inner();
    assert_eq!(healthy.status(), ServingStatus::Serving);

    wire.cut().await;
    let status = rig.export(request(vec![ticket("b")])).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert!(status.get_details_retry_info().unwrap().retry_delay.is_some());
    assert_eq!(rig.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(rig.get("/healthz").await.status, StatusCode::OK);

    // From now on before anything is decoded.
    let decoded = accepted(&rig).await;
    let answer = rig.post(&[PROTOBUF], request(vec![ticket("c")]).encode_to_vec()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(accepted(&rig).await, decoded);

    wire.mend().await;
    wait_for_ready(&rig, StatusCode::OK).await;
    rig.export(request(vec![ticket("d")])).await.unwrap();
    assert_eq!(rig.count().await, 2, "what was acknowledged and nothing else");
    let healthy = health.check(check).await.unwrap().into_inner();
    assert_eq!(healthy.status(), ServingStatus::Serving);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_when_the_wire_is_mended_in_time_is_committed() {
    let (mut wire, rig) = behind_a_wire("outage_short").await;
    let rig = Arc::new(rig);
    wire.cut().await;
    let waiting = tokio::spawn({
        let rig = Arc::clone(&rig);
        async move { rig.export(request(vec![ticket("a")])).await }
    });
    wait_for_ready(&rig, StatusCode::SERVICE_UNAVAILABLE).await;
    wire.mend().await;
    waiting.await.unwrap().unwrap();
    assert_eq!(rig.count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_answers_and_takes_no_rows_is_not_ready_until_an_insert_works() {
    let rig = rig::start("outage_unfit").await;
    rig.export(request(vec![ticket("a")])).await.unwrap();
    let table = "outage_unfit_store.tickets";
    rig.sql(&format!("ALTER TABLE {table} RENAME COLUMN redactions TO renamed")).await;
    let status = rig.export(request(vec![ticket("b")])).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert!(status.get_details_retry_info().unwrap().retry_delay.is_some());
    let mut health = HealthClient::new(rig.channel().await);
    // Long enough for several pings, all of which are answered.
    let until = Instant::now() + Duration::from_secs(3);
    while Instant::now() < until {
        let ready = rig.get("/readyz").await;
        assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(ready.text().contains("code 16"), "{}", ready.text());
        let said = health.check(HealthCheckRequest::default()).await.unwrap().into_inner();
        assert_eq!(said.status(), ServingStatus::NotServing);
        rig.store.ping().await.unwrap();
        let status = rig.export(request(vec![ticket("c")])).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "{status}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    rig.sql(&format!("ALTER TABLE {table} RENAME COLUMN renamed TO redactions")).await;
    // Nobody sends anything meanwhile.
    wait_for_ready(&rig, StatusCode::OK).await;
    rig.export(request(vec![ticket("d")])).await.unwrap();
}

/// Acknowledged or told to come again; and what was acknowledged is there, once.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_again_and_again_lose_and_double_nothing() {
    let (mut wire, rig) = behind_a_wire("outage_flapping").await;
    let rig = Arc::new(rig);
    let senders: Vec<_> = (0..4)
        .map(|sender| {
            let rig = Arc::clone(&rig);
            tokio::spawn(async move {
                for number in 0..25 {
                    let message = request(vec![ticket(&format!("{sender}-{number}"))]);
                    let deadline = Instant::now() + rig::PATIENCE;
                    while let Err(status) = rig.export(message.clone()).await {
                        assert_eq!(status.code(), Code::Unavailable, "{status}");
                        assert!(Instant::now() < deadline);
                        // What a sender does that is told to come again.
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
            })
        })
        .collect();
    for _ in 0..8 {
        wire.cut().await;
        wire.mend().await;
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    for sender in senders {
        sender.await.unwrap();
    }
    assert_eq!(rig.count().await, 100);
}
