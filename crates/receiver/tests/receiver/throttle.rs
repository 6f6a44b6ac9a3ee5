//! Tenants with limits of their own.

use std::{
    num::{NonZeroU32, NonZeroU64},
    time::Duration,
};

use http::StatusCode;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use prost::Message;
use ticketlens_receiver::{Config, Receiver};
use ticketlens_store::{Scope, TenantChange, TenantLimits, Usage};
use tonic::Code;
use tonic_types::StatusExt;

use crate::{
    records::{request, ticket},
    rig::{self, PATIENCE, Rig, with_key},
    web::{PROTOBUF, clickhouse},
};

/// A rig whose tenant has these limits when it starts.
async fn limited(database: &str, limits: TenantLimits) -> Rig {
    let rig = rig::start_with(database, |config| config.key_refresh = Duration::from_millis(50));
    let rig = rig.await;
    let change = TenantChange {
        records_per_second: limits.records_per_second.map(NonZeroU32::get),
        records_per_day: limits.records_per_day.map(NonZeroU64::get),
        ..TenantChange::default()
    };
    rig.store.update_tenant(&"acme".parse().unwrap(), change).await.unwrap();
    rig
}

fn tickets(count: usize) -> Vec<u8> {
    request((0..count).map(|n| ticket(&n.to_string())).collect()).encode_to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn over_its_limit_a_tenant_is_told_when_to_come_again_and_others_go_on() {
    let records_per_second = NonZeroU32::new(5);
    let limits = TenantLimits { records_per_second, ..TenantLimits::default() };
    let mut rig = limited("throttle_second", limits).await;
    let other = rig::tenant(&rig.store, "other", Scope::Ingest).await;
    // Until the limit has reached the receiver everything is taken.
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let refused = loop {
        let answer = rig.post(&[PROTOBUF], tickets(1000)).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        assert!(tokio::time::Instant::now() < deadline, "never refused");
    };
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((100..=1000).contains(&wait), "{wait} s for a thousand records at five a second");
    assert!(refused.rpc_status().message.contains("records a second"));
    let status = rig.export(request(vec![ticket("a")])).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.get_details_retry_info().unwrap().retry_delay.is_some());
    rig.logs().await.export(with_key(request(vec![ticket("b")]), &other)).await.unwrap();

    // What is not written yet is written at the end.
    let store = rig.store.clone();
    rig.stop();
    rig.ended().await;
    let usage = usage(&store, "throttle_second").await;
    assert_eq!((usage.throttled, usage.records % 1000), (2, 0), "{usage:?}");
    assert!(usage.bytes >= tickets(1000).len() as u64, "{usage:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_counted_over_receivers_and_restarts() {
    let limits = TenantLimits { records_per_day: NonZeroU64::new(100), ..TenantLimits::default() };
    let mut rig = limited("throttle_day", limits).await;
    assert_eq!(rig.post(&[PROTOBUF], tickets(100)).await.status, StatusCode::OK);
    let (store, ingest) = (rig.store.clone(), rig.ingest.clone());
    rig.stop();
    rig.ended().await;

    let mut config = Config::new(store.config().clone());
    config.grpc_listen = ([127, 0, 0, 1], 0).into();
    config.http_listen = ([127, 0, 0, 1], 0).into();
    let bound = Receiver::bind(config).await.unwrap();
    let grpc = format!("http://{}", bound.grpc_addr);
    let served = tokio::spawn(bound.serve(std::future::pending()));
    let mut client = LogsServiceClient::connect(grpc).await.unwrap();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let status = loop {
        let sent = client.export(with_key(request(vec![ticket("late")]), &ingest)).await;
        if let Err(status) = sent {
            break status;
        }
        assert!(tokio::time::Instant::now() < deadline, "never refused");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.message().contains("records a day"), "{status}");
    served.abort();
}

async fn usage(store: &ticketlens_store::Store, database: &str) -> Usage {
    let sql = format!(
        "SELECT sum(records), sum(bytes), sum(throttled) FROM {database}.usage WHERE tenant = 'acme'"
    );
    let row = clickhouse(store.config(), &sql).await;
    let counts: Vec<u64> = row.split('\t').map(|count| count.parse().unwrap()).collect();
    let [records, bytes, throttled] = counts[..] else { panic!("{row}") };
    Usage { records, bytes, throttled }
}
