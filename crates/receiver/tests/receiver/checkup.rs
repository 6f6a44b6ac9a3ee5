//! `GetCheckup`: who may ask, and that it answers as the database does.

use std::sync::Arc;

use ticketlens_api::{Checkup, GetCheckupRequest, admin_service_client::AdminServiceClient};
use tonic::Code;

use crate::{
    outage::behind_a_wire,
    rig::{self, Rig, with_key},
};

async fn asked(rig: &Rig, key: &str) -> Result<Checkup, tonic::Status> {
    let mut admin = AdminServiceClient::new(rig.channel().await);
    let answer = admin.get_checkup(with_key(GetCheckupRequest {}, key)).await;
    answer.map(tonic::Response::into_inner)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_is_told_what_the_database_says_and_nobody_else() {
    let rig = rig::start_with("checkup_told", |config| config.migrate = false).await;
    for key in [&rig.read, &rig.ingest] {
        assert_eq!(asked(&rig, key).await.unwrap_err().code(), Code::PermissionDenied);
    }
    assert_eq!(asked(&rig, "").await.unwrap_err().code(), Code::Unauthenticated);

    let told = asked(&rig, &rig.admin).await.unwrap();
    assert_eq!((told.fault, told.faults.len(), told.migrates_at_start), (None, 0, false));
    assert_eq!(told.version, Some(rig.store.version().await.unwrap()));
    let schema = told.schema.unwrap();
    assert_eq!((schema.pending.len(), schema.newer, schema.changed), (0, None, None));
    assert!(told.clock.is_some() && told.settings.is_some() && told.parts.is_some());
    assert!(told.missing_rights.unwrap().rights.is_empty());
    assert!(told.gaps.is_some() && told.open.is_some() && told.copies.is_some());
    assert!(told.detached.is_some() && told.rejected.is_some());
    assert!(told.refused_keys.is_some() && told.throttled.is_some());
    assert!(told.tables.is_some_and(|tables| tables.differing.is_empty()));

    // What somebody has taken away costs its own question alone.
    rig.sql("DROP TABLE checkup_told_store.migrations").await;
    rig.sql("DROP VIEW checkup_told.ledger").await;
    let told = asked(&rig, &rig.admin).await.unwrap();
    let mut without: Vec<_> = told.faults.keys().map(String::as_str).collect();
    without.sort_unstable();
    assert_eq!(without, ["gaps", "open"]);
    let fault = &told.faults["gaps"];
    assert_eq!((&*fault.kind, fault.code, &*fault.name), ("refused", 60, "UNKNOWN_TABLE"));
    assert!(told.gaps.is_none() && told.copies.is_some());
    assert_eq!(told.schema.unwrap().pending[0].number, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_asks_at_a_time_also_where_the_database_is_silent() {
    let (mut wire, rig) = behind_a_wire("checkup_silent").await;
    wire.silence().await;
    let rig = Arc::new(rig);
    let ask = || {
        let rig = Arc::clone(&rig);
        tokio::spawn(async move { asked(&rig, &rig.admin).await })
    };
    let both = [ask(), ask()];
    let mut answers = Vec::new();
    for answer in both {
        answers.push(answer.await.unwrap());
    }
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    let codes: Vec<_> = refused.map(tonic::Status::code).collect();
    assert_eq!(
        codes,
        [Code::ResourceExhausted],
        "one had its turn, and the other was not kept waiting"
    );
    let told = answers.into_iter().find_map(Result::ok).unwrap();
    let fault = told.fault.unwrap();
    assert_eq!((&*fault.kind, fault.code, &*fault.name), ("timed_out", 0, ""));
    assert!(told.version.is_none() && told.faults.is_empty(), "nothing else was asked");

    wire.cut().await;
    let fault = asked(&rig, &rig.admin).await.unwrap().fault.unwrap();
    assert_eq!((&*fault.kind, &*fault.name), ("unreachable", "connection refused"));
    wire.mend().await;
    assert!(asked(&rig, &rig.admin).await.unwrap().fault.is_none());
}
