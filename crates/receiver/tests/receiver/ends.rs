//! The end: what is in flight is committed and answered.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    records::{request, ticket},
    rig,
};

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_flight_are_committed_and_answered() {
    let mut rig = rig::start_with("ends_in_flight", |config| {
        config.commit.window = Duration::from_secs(2);
    })
    .await;
    let store = rig.store.clone();
    let mut client = rig.logs().await;
    let call = rig::with_key(request(vec![ticket("a")]), &rig.ingest);
    let in_flight = tokio::spawn(async move { client.export(call).await });
    let deadline = Instant::now() + rig::PATIENCE;
    while !rig.get("/metrics").await.text().contains("ticketlens_records_accepted_total 1") {
        assert!(Instant::now() < deadline, "never decoded");
    }
    rig.stop();
    in_flight.await.unwrap().unwrap();
    let grpc = rig.grpc;
    rig.ended().await;
    let all = ticketlens_store::TicketFilter::default();
    let count = store.count_tickets(&ticketlens_store::Visibility::All, &all).await.unwrap();
    assert_eq!(count, 1);
    assert!(tokio::net::TcpStream::connect(grpc).await.is_err(), "the port is closed");
}

/// Acknowledged is committed, whenever the end comes.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_under_load_loses_nothing_that_was_acknowledged() {
    let mut rig = rig::start("ends_load").await;
    let store = rig.store.clone();
    let (grpc, key) = (rig.logs().await, Arc::new(rig.ingest.clone()));
    let senders: Vec<_> = (0..8)
        .map(|sender| {
            let (mut client, key) = (grpc.clone(), Arc::clone(&key));
            tokio::spawn(async move {
                let mut acknowledged = 0;
                loop {
                    let message = request(vec![ticket(&format!("{sender}-{acknowledged}"))]);
                    match client.export(rig::with_key(message, &key)).await {
                        Ok(_) => acknowledged += 1,
                        Err(_) => return acknowledged,
                    }
                }
            })
        })
        .collect();
    rig.wait_for_some().await;
    rig.stop();
    rig.ended().await;
    let mut acknowledged = 0_u64;
    for sender in senders {
        acknowledged += sender.await.unwrap();
    }
    let all = ticketlens_store::TicketFilter::default();
    let count = store.count_tickets(&ticketlens_store::Visibility::All, &all).await.unwrap();
    assert!(
        acknowledged > 0 && count >= acknowledged,
        "{acknowledged} acknowledged, {count} there"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_does_not_hold_up_the_end() {
    let mut rig = rig::start_with("ends_idle", |config| {
        config.shutdown_deadline = 2 * rig::PATIENCE;
    })
    .await;
    let _idle = rig.channel().await;
    let _silent = tokio::net::TcpStream::connect(rig.http).await.unwrap();
    rig.export(request(vec![ticket("a")])).await.unwrap();
    rig.stop();
    // Fails when it waits for the deadline.
    rig.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_the_health_is_told_of_the_end_and_does_not_hold_it_up() {
    let mut rig = rig::start_with("ends_watched", |config| {
        config.shutdown_deadline = 2 * rig::PATIENCE;
    })
    .await;
    let mut health = HealthClient::new(rig.channel().await);
    let mut watched = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    let told = watched.message().await.unwrap().unwrap();
    assert_eq!(told.status(), ServingStatus::Serving);
    rig.stop();
    let told = watched.message().await.unwrap().unwrap();
    assert_eq!(told.status(), ServingStatus::NotServing);
    assert!(watched.message().await.unwrap().is_none());
    // Fails when it waits for the deadline.
    rig.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_told_with_the_setting() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = tokio::task::spawn_blocking(|| rig::store_config("ends_taken")).await.unwrap();
    let mut config = ticketlens_receiver::Config::new(config);
    config.grpc_listen = ([127, 0, 0, 1], 0).into();
    config.http_listen = taken.local_addr().unwrap();
    let error = ticketlens_receiver::Receiver::bind(config).await.unwrap_err();
    assert!(error.to_string().contains("http_listen"), "{error}");
}
