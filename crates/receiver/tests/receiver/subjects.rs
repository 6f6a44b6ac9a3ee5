//! A subject line is stored readable only where the workflow and the tenant both say so.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use ticketlens_api::{
    CreateTenantRequest, UpdateTenantRequest, admin_service_client::AdminServiceClient,
};
use ticketlens_redact::{Gate, GateConfig, HashKey};
use ticketlens_store::Scope;
use ticketlens_ticket::{
    Resource, Status, Subject, Ticket, Trace,
    encode::{Request, log_record},
};
use tonic::Code;

use crate::{
    rig::{self, Rig, with_key},
    web::PROTOBUF,
};

const LINE: &str = "Refund Mia Li, write to mia@example.com or Jane Roe";
const REDACTED: &str = "Refund [known-value], write to [email] or Jane Roe";

/// A ticket as a workflow with that setting sends it.
fn sent(id: &str, subject: Subject) -> Vec<u8> {
    let hash_key = Some(HashKey::new(*b"the workflow's own key"));
    let gate = Gate::new(GateConfig { hash_key, subject, ..GateConfig::default() }).unwrap();
    let mut ticket = Ticket::new(id, Status::Success, Duration::from_secs(1));
    ticket.known_pii = vec!["Mia Li".into()];
    ticket.attributes.push(("subject".into(), LINE.into()));
    ticket.trace = Trace::from(json!({
        "ticket": {"subject": LINE}, "output": json!({"subject": LINE}).to_string(),
    }));
    let mut record = Vec::new();
    log_record(&ticket.redact(&gate), usize::MAX, &mut record);
    let resource = Resource { workflow: "w".into(), ..Resource::default() };
    let mut request = Request::new();
    request.push(&resource.redact(&gate), &record);
    request.finish()
}

/// What is stored of the ticket's three subjects.
async fn stored(rig: &Rig, key: &str, id: &str, subject: Subject) -> [String; 3] {
    let bearer = format!("Bearer {key}");
    let headers = [PROTOBUF, ("authorization", bearer.as_str())];
    let answer = rig.send(Method::POST, "/v1/logs", &headers, sent(id, subject)).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    let database = &rig.store.config().database;
    let row = format!(
        "SELECT trace_json, attributes['subject'] AS attribute FROM {database}.tickets \
         WHERE ticket_id = '{id}' FORMAT JSONEachRow"
    );
    let row: Value = serde_json::from_str(rig.sql(&row).await.trim()).unwrap();
    let trace: Value = serde_json::from_str(row["trace_json"].as_str().unwrap()).unwrap();
    let output: Value = serde_json::from_str(trace["output"].as_str().unwrap()).unwrap();
    [&trace["ticket"]["subject"], &output["subject"], &row["attribute"]]
        .map(|subject| subject.as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stricter_of_the_two_settings_wins() {
    let rig = rig::start("subjects").await;
    let mut admin = AdminServiceClient::new(rig.channel().await);
    let mut hashes = Vec::new();
    for (name, said, tenant) in [
        ("silent", "", Subject::Hash),
        ("hash", "HASH", Subject::Hash),
        ("open", "in_place", Subject::InPlace),
    ] {
        let (name, subject) = (name.to_owned(), said.to_owned());
        let request = CreateTenantRequest { name: name.clone(), subject, ..Default::default() };
        let made = admin.create_tenant(with_key(request, &rig.admin)).await.unwrap();
        assert_eq!(made.into_inner().subject, tenant.as_str());
        let key = rig::key(&rig.store, Some(&name), Scope::Ingest).await;
        for client in [Subject::Hash, Subject::InPlace] {
            let subjects = stored(&rig, &key, &format!("{name} {client}"), client).await;
            if client.min(tenant) == Subject::InPlace {
                assert_eq!(subjects, [REDACTED; 3], "{name} {client}");
            } else {
                assert!(
                    subjects.iter().all(|s| s.starts_with("hmac:")),
                    "{name} {client}: {subjects:?}"
                );
                hashes.push((client, subjects[0].clone()));
            }
        }
    }
    // The workflow's own hash stays; what it left readable has the receiver's.
    let [a, b, c, d, e] = &hashes[..] else { panic!("five hashes: {hashes:?}") };
    assert!(a == c && c == e && b == d && a.1 != b.1, "{hashes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_setting_is_in_force_at_once_and_a_denied_key_wins() {
    let rig = rig::start("subjects_set").await;
    let mut admin = AdminServiceClient::new(rig.channel().await);
    let set = async |change: UpdateTenantRequest| {
        let change = UpdateTenantRequest { name: "acme".into(), ..change };
        let mut admin = AdminServiceClient::new(rig.channel().await);
        admin.update_tenant(with_key(change, &rig.admin)).await.unwrap().into_inner()
    };
    let to = |subject: &str| UpdateTenantRequest {
        subject: Some(subject.into()),
        ..UpdateTenantRequest::default()
    };
    let send = async |id: &str| stored(&rig, &rig.ingest, id, Subject::InPlace).await[0].clone();
    assert!(send("a").await.starts_with("hmac:"));
    assert_eq!(set(to("IN_PLACE")).await.subject, "IN_PLACE");
    assert_eq!(send("b").await, REDACTED);
    // What is not named stays.
    let deny = ["subject".to_owned()].to_vec();
    let deny_keys = Some(ticketlens_api::DenyKeys { keys: deny });
    let denied = set(UpdateTenantRequest { deny_keys, ..Default::default() }).await;
    assert_eq!(denied.subject, "IN_PLACE");
    assert_eq!(send("c").await, "[secret]");
    let none = Some(ticketlens_api::DenyKeys::default());
    set(UpdateTenantRequest { deny_keys: none, ..to("HASH") }).await;
    assert!(send("d").await.starts_with("hmac:"));

    let wrong = UpdateTenantRequest { name: "acme".into(), ..to("PLAIN") };
    let status = admin.update_tenant(with_key(wrong, &rig.admin)).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(status.message(), "subject: must be HASH or IN_PLACE");
    let (name, subject) = ("globex".to_owned(), "PLAIN".to_owned());
    let wrong = CreateTenantRequest { name, subject, ..Default::default() };
    let status = admin.create_tenant(with_key(wrong, &rig.admin)).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}
