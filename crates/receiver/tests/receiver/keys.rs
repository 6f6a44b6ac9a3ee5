//! Keys: over both protocols, before anything else.

use http::{Method, StatusCode};
use prost::Message;
use ticketlens_store::Scope;
use tonic::{Code, Request};

use crate::{
    records::{request, ticket},
    rig::{self, Rig, with_key},
    web::{JSON, PROTOBUF},
};

/// What both protocols say to that key.
async fn refused(rig: &Rig, key: Option<&str>) -> (Code, StatusCode, String) {
    let message = request(vec![ticket("a")]);
    let call = match key {
        Some(key) => with_key(message.clone(), key),
        None => Request::new(message.clone()),
    };
    let status = rig.logs().await.export(call).await.unwrap_err();
    let bearer = format!("Bearer {}", key.unwrap_or_default());
    let headers = [PROTOBUF, ("authorization", bearer.as_str())];
    let headers = if key.is_some() { &headers[..] } else { &headers[..1] };
    let answer = rig.send(Method::POST, "/v1/logs", headers, message.encode_to_vec()).await;
    let rpc = answer.rpc_status();
    assert_eq!((rpc.code, rpc.message.as_str()), (status.code() as i32, status.message()));
    let challenge = answer.headers.contains_key("www-authenticate");
    assert_eq!(challenge, answer.status == StatusCode::UNAUTHORIZED);
    (status.code(), answer.status, status.message().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_key_has_its_answer_and_none_is_quoted() {
    let rig = rig::start("keys_bad").await;
    let other = rig::start("keys_other").await;
    let unauthenticated = (Code::Unauthenticated, StatusCode::UNAUTHORIZED);
    let mut typo = rig.ingest.clone();
    typo.truncate(typo.len() - 1);
    for (key, hint) in [
        (None, "authorization: Bearer"),
        (Some("hello"), "mistyped"),
        (Some(typo.as_str()), "mistyped"),
        (Some(other.ingest.as_str()), "wrong"),
    ] {
        let (code, status, message) = refused(&rig, key).await;
        assert_eq!((code, status), unauthenticated, "{message}");
        assert!(message.contains(hint), "{message}");
        assert!(!key.is_some_and(|key| key != "hello" && message.contains(&key[8..])));
    }
    let (code, status, message) = refused(&rig, Some(&rig.read)).await;
    assert_eq!((code, status), (Code::PermissionDenied, StatusCode::FORBIDDEN));
    assert!(message.contains("ingest") && message.contains("read"), "{message}");
    let (code, ..) = refused(&rig, Some(&rig.admin)).await;
    assert_eq!(code, Code::PermissionDenied);
    assert_eq!(rig.count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_after_the_next_reading() {
    let rig = rig::start_with("keys_revoked", |config| {
        config.key_refresh = std::time::Duration::from_millis(20);
    })
    .await;
    rig.export(request(vec![ticket("a")])).await.unwrap();
    let keys = rig.store.list_keys(None).await.unwrap();
    let ingest = keys.iter().find(|key| key.scope == Scope::Ingest).unwrap();
    rig.store.revoke_key(ingest.id).await.unwrap();
    let deadline = tokio::time::Instant::now() + rig::PATIENCE;
    let status = loop {
        match rig.export(request(vec![ticket("b")])).await {
            Err(status) => break status,
            Ok(_) => assert!(tokio::time::Instant::now() < deadline, "the key still works"),
        }
    };
    assert_eq!(status.code(), Code::Unauthenticated);
    assert!(status.message().contains("revoked"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_made_a_moment_ago_works() {
    let rig = rig::start("keys_fresh").await;
    let key = rig::tenant(&rig.store, "fresh", Scope::Ingest).await;
    let call = with_key(request(vec![ticket("a")]), &key);
    rig.logs().await.export(call).await.unwrap();
    assert_eq!(rig.count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_with_a_large_body_reads_why() {
    let rig = rig::start("keys_large").await;
    let message = request(vec![crate::records::large("a", 4 << 20)]);
    let call = with_key(message.clone(), "tl_acme_nonsense");
    let status = rig.logs().await.export(call).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated, "{status}");
    let headers = [JSON, ("x-api-key", "tl_acme_nonsense")];
    let body = vec![b' '; 512 << 10];
    let answer = rig.send(Method::POST, "/v1/logs", &headers, body).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}
