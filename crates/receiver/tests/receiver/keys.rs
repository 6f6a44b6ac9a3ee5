//! Keys: over both protocols, before anything else.

use http::{Method, StatusCode};
use prost::Message;
use ticketlens_api::{
    ListKeysRequest, RevokeKeyRequest, RotateKeyRequest, admin_service_client::AdminServiceClient,
};
use ticketlens_store::{Key, Scope};
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

/// What is revoked at one receiver is refused at once there, and at another after its next look: with
/// the defaults, which look every two seconds (`auth/tests.rs` counts them).
#[tokio::test(flavor = "multi_thread")]
async fn a_key_revoked_at_one_receiver_is_refused_by_the_other() {
    let one = rig::start("keys_two").await;
    let other = rig::beside(&one).await;
    for rig in [&one, &other] {
        rig.export(request(vec![ticket("a")])).await.unwrap();
    }
    let id = one.ingest.rsplit('_').nth(1).unwrap().to_owned();
    let mut admin = AdminServiceClient::new(one.channel().await);
    admin.revoke_key(with_key(RevokeKeyRequest { id }, &one.admin)).await.unwrap();
    let at_once = one.export(request(vec![ticket("b")])).await.unwrap_err();
    assert!(at_once.message().contains("revoked"), "{at_once}");
    let deadline = tokio::time::Instant::now() + rig::PATIENCE;
    let status = loop {
        match other.export(request(vec![ticket("b")])).await {
            Err(status) => break status,
            Ok(_) => assert!(tokio::time::Instant::now() < deadline, "the key still works"),
        }
    };
    assert_eq!(status.code(), Code::Unauthenticated);
    assert!(status.message().contains("revoked"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_and_its_successor_both_send() {
    let rig = rig::start("keys_rotated").await;
    let mut admin = AdminServiceClient::new(rig.channel().await);
    let mut rotate = async |request: RotateKeyRequest| {
        let rotated = admin.rotate_key(with_key(request, &rig.admin)).await;
        rotated.map(tonic::Response::into_inner)
    };
    let id = rig.ingest.rsplit('_').nth(1).unwrap().to_owned();
    let asked = RotateKeyRequest { id: id.clone(), ..RotateKeyRequest::default() };
    let rotated = rotate(asked.clone()).await.unwrap();
    let (new, old) = (rotated.key.unwrap(), rotated.old.unwrap());
    assert_eq!((new.tenant.as_str(), new.scope.as_str(), old.id), ("acme", "ingest", id));
    assert!(old.expires_at.is_some() && new.expires_at.is_none());
    for key in [&rig.ingest, &rotated.secret] {
        rig.logs().await.export(with_key(request(vec![ticket("a")]), key)).await.unwrap();
    }
    let negative = Some(prost_types::Duration { seconds: -1, nanos: 0 });
    let wrong = rotate(RotateKeyRequest { overlap: negative, ..asked.clone() }).await.unwrap_err();
    assert_eq!(wrong.code(), Code::InvalidArgument);
    let at_once = RotateKeyRequest { overlap: Some(prost_types::Duration::default()), ..asked };
    rotate(at_once.clone()).await.unwrap();
    let refused = rig.export(request(vec![ticket("b")])).await.unwrap_err();
    assert!(refused.message().contains("expired"), "{refused}");
    assert_eq!(rotate(at_once).await.unwrap_err().code(), Code::FailedPrecondition);
    let bootstrap = RotateKeyRequest { id: "00000000".into(), ..RotateKeyRequest::default() };
    let unknown = rotate(bootstrap).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    assert!(unknown.message().contains("configuration"), "{unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_use_is_known_at_once_where_it_was_and_elsewhere_once_it_is_written() {
    let mut rig = rig::start("keys_used").await;
    let other = rig::beside(&rig).await;
    rig.export(request(vec![ticket("a")])).await.unwrap();
    let used_at = async |rig: &Rig| {
        let mut admin = AdminServiceClient::new(rig.channel().await);
        let listed = admin.list_keys(with_key(ListKeysRequest::default(), &rig.admin)).await;
        let keys = listed.unwrap().into_inner().keys;
        keys.into_iter().find(|key| key.scope == "ingest").unwrap().last_used_at
    };
    let here = used_at(&rig).await.unwrap();
    assert_eq!(used_at(&other).await, None);
    let ingest = |keys: Vec<Key>| keys.into_iter().find(|key| key.scope == Scope::Ingest).unwrap();
    assert_eq!(
        ingest(rig.store.list_keys(None).await.unwrap()).used_at,
        None,
        "no write a request"
    );
    rig.stop();
    rig.ended().await;
    let there = used_at(&other).await.unwrap();
    assert_eq!((there.seconds, there.nanos / 1_000), (here.seconds, here.nanos / 1_000));
}
