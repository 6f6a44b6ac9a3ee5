//! What a tenant opts out of is in no table, whatever its senders send.

use http::Method;
use opentelemetry_proto::tonic::{
    common::v1::{ArrayValue, any_value::Value},
    logs::v1::LogRecord,
};
use ticketlens_api::{
    CreateTenantRequest, DenyKeys, Tenant, UpdateTenantRequest,
    admin_service_client::AdminServiceClient,
};
use ticketlens_store::Scope;
use tonic::Code;

use crate::{
    records::{any, attribute, map, request, text, ticket},
    rig::{self, Rig, with_key},
    web::JSON,
};

const GONE: &str = "qgone";
const KEPT: &str = "qkept";

/// Every row of every table and view of the receiver's.
async fn everything(rig: &Rig) -> String {
    let database = rig.store.config().database.to_string();
    let tables = rig
        .sql(&format!(
            "SELECT database || '.' || name FROM system.tables \
             WHERE database IN ('{database}', '{database}_store') FORMAT TSV"
        ))
        .await;
    assert!(tables.lines().count() > 8, "{tables}");
    let mut all = String::new();
    for table in tables.lines() {
        all += &rig.sql(&format!("SELECT * FROM {table} FORMAT JSONEachRow")).await;
    }
    all
}

async fn update(rig: &Rig, change: UpdateTenantRequest) -> Tenant {
    let change = UpdateTenantRequest { name: "acme".into(), ..change };
    let mut admin = AdminServiceClient::new(rig.channel().await);
    admin.update_tenant(with_key(change, &rig.admin)).await.unwrap().into_inner()
}

fn list(items: Vec<Value>) -> Value {
    Value::ArrayValue(ArrayValue { values: items.into_iter().map(any).collect() })
}

/// Tickets with their body as a map and as JSON text, over gRPC and as OTLP's JSON over HTTP.
async fn send_every_way(rig: &Rig, make: fn(&str) -> (LogRecord, String)) {
    let two = |map: &str, json: &str| {
        let (of_text, body) = make(json);
        request(vec![make(map).0, LogRecord { body: Some(any(text(body))), ..of_text }])
    };
    let response = rig.export(two("a", "b")).await.unwrap();
    assert_eq!(response.partial_success.map_or(0, |partial| partial.rejected_log_records), 0);
    let bearer = format!("Bearer {}", rig.ingest);
    let headers = [JSON, ("authorization", bearer.as_str())];
    let body = serde_json::to_vec(&two("c", "d")).unwrap();
    let answer = rig.send(Method::POST, "/v1/logs", &headers, body).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    assert_eq!(rig.count().await, 4);
}

/// A ticket with a value under the key `seat` wherever a sender can put one.
fn seated(id: &str) -> (LogRecord, String) {
    let inside = format!(r#"{{"n": 1, "my_seat": "{GONE}", "deep": [{{"Seat": "{GONE}"}}]}}"#);
    let mut record = ticket(id);
    record.attributes.extend([
        attribute("seat", text(GONE)),
        attribute("customer.seat", list(vec![text(GONE)])),
        attribute("note", text(&*inside)),
    ]);
    let step = map(vec![
        attribute("input", map(vec![attribute("seat", text(GONE)), attribute("q", text(KEPT))])),
        attribute("SEAT", text(GONE)),
        attribute("output", text(&*inside)),
        attribute("kind", text("tool")),
    ]);
    record.body = Some(any(map(vec![
        attribute("ticket", map(vec![attribute("mySeat", map(vec![attribute("x", text(GONE))]))])),
        attribute("steps", list(vec![step])),
        attribute("output", text(format!("called with {inside}"))),
    ])));
    let body = serde_json::json!({
        "ticket": {"seat": GONE}, "tool_calls": [{"name": "book", "arguments": inside}],
        "output": {"seat1": [GONE], "said": KEPT},
    });
    (record, body.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_key_is_in_no_table() {
    let rig = rig::start_with("privacy_deny", |config| {
        config.gate.exempt_keys = vec!["seat".into(), "my_seat".into()];
    })
    .await;
    let keys = vec!["Seat".to_owned(), "badge".to_owned()];
    let deny_keys = Some(DenyKeys { keys: keys.clone() });
    let tenant = update(&rig, UpdateTenantRequest { deny_keys, ..Default::default() }).await;
    assert_eq!((tenant.deny_keys, tenant.drop_messages), (keys, false));
    send_every_way(&rig, seated).await;
    let all = everything(&rig).await;
    assert!(!all.contains(GONE), "{all}");
    assert!(all.contains(KEPT) && all.contains("[secret]"));

    // What is not named stays, another tenant is its own, and an empty list denies nothing.
    let days = UpdateTenantRequest { trace_days: Some(7), ..Default::default() };
    assert_eq!(update(&rig, days).await.deny_keys.len(), 2);
    let other = rig::tenant(&rig.store, "globex", Scope::Ingest).await;
    let (record, _) = seated("b");
    let sent = rig.logs().await.export(with_key(request(vec![record]), &other)).await;
    sent.unwrap();
    let where_it_is = "SELECT arraySort(groupUniqArray(tenant)) FROM privacy_deny.tickets \
                       WHERE position(trace_json, 'qgone') > 0 FORMAT TSV";
    assert_eq!(rig.sql(where_it_is).await.trim(), "['globex']");
    let none = Some(DenyKeys::default());
    let tenant = update(&rig, UpdateTenantRequest { deny_keys: none, ..Default::default() }).await;
    assert!(tenant.deny_keys.is_empty());
    rig.export(request(vec![seated("c").0])).await.unwrap();
    assert_eq!(rig.sql(where_it_is).await.trim(), "['acme','globex']");
}

/// A ticket in which somebody says something wherever one can.
fn talking(id: &str) -> (LogRecord, String) {
    let mut record = ticket(id);
    let message = map(vec![
        attribute("input", text(GONE)),
        attribute("output", map(vec![attribute("text", text(GONE))])),
        attribute("attributes", map(vec![attribute("x", text(GONE))])),
        attribute("content", text(GONE)),
        attribute("name", text("customer")),
        attribute("kind", text("message")),
    ]);
    let tool = map(vec![
        attribute("kind", text("tool")),
        attribute("name", text("lookup")),
        attribute("input", text(KEPT)),
    ]);
    record.body = Some(any(map(vec![
        attribute("ticket", map(vec![attribute("question", text(GONE))])),
        attribute("steps", list(vec![message, tool])),
        attribute("output", text(GONE)),
    ])));
    let body = serde_json::json!({
        "ticket": GONE, "output": {"response": GONE}, "messages": [{"content": GONE}],
        "steps": [{"input": GONE, "kind": "message", "error": {"message": KEPT}}],
        "react": [{"thought": KEPT}],
    });
    (record, body.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_messages_are_in_no_table() {
    let rig = rig::start("privacy_messages").await;
    let drop = |drop| UpdateTenantRequest { drop_messages: Some(drop), ..Default::default() };
    assert!(update(&rig, drop(true)).await.drop_messages);
    send_every_way(&rig, talking).await;
    let all = everything(&rig).await;
    assert!(!all.contains(GONE) && all.contains(KEPT), "{all}");
    let steps = "SELECT capture, groupArray((kind, name)) FROM privacy_messages.ticket_steps \
                 JOIN privacy_messages.tickets USING (tenant, execution_id) \
                 WHERE kind IN ('message', 'tool') AND name != '' GROUP BY capture FORMAT TSV";
    let steps = rig.sql(steps).await;
    assert!(steps.starts_with("FULL_TRACE\t[('message','customer'),('tool','lookup')"), "{steps}");
    assert!(!update(&rig, drop(false)).await.drop_messages);
    rig.export(request(vec![talking("e").0])).await.unwrap();
    assert!(everything(&rig).await.contains(GONE));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_levels_below_are_stored_as_before() {
    let rig = rig::start("privacy_levels").await;
    let mut admin = AdminServiceClient::new(rig.channel().await);
    let (of_text, body) = talking("b");
    let same = [talking("a").0, LogRecord { body: Some(any(text(body))), ..of_text }];
    let mut names = Vec::new();
    for capture in ["METRICS_ONLY", "TIMELINE"] {
        for drop_messages in [false, true] {
            let name = format!("{}-{drop_messages}", capture.to_lowercase().replace('_', "-"));
            let tenant = CreateTenantRequest {
                name: name.clone(),
                capture: capture.into(),
                drop_messages,
                ..Default::default()
            };
            let made = admin.create_tenant(with_key(tenant, &rig.admin)).await.unwrap();
            assert_eq!(made.into_inner().drop_messages, drop_messages);
            let key = rig::key(&rig.store, Some(&name), Scope::Ingest).await;
            let call = with_key(request(same.to_vec()), &key);
            rig.logs().await.export(call).await.unwrap();
            names.push(name);
        }
    }
    let mut rows = Vec::new();
    for name in &names {
        let row = format!(
            "SELECT * EXCEPT (tenant, tenant_since, received_at, trace_expires_at, expires_at, \
             execution_id, request_id) \
             FROM privacy_levels_store.tickets WHERE tenant = '{name}' ORDER BY trace_json \
             FORMAT JSONEachRow"
        );
        rows.push(rig.sql(&row).await);
    }
    assert!(rows[0] == rows[1] && rows[2] == rows[3], "{rows:#?}");
    assert_eq!(rows[0].lines().count(), 2);
    assert!(rows[2].contains("customer") && !rows[2].contains(GONE));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_cannot_be_denied_are_refused() {
    let rig = rig::start("privacy_refused").await;
    let mut admin = AdminServiceClient::new(rig.channel().await);
    let many: Vec<String> = (0..65).map(|n| format!("k{n}x")).collect();
    for keys in [vec!["7".to_owned()], vec!["a".repeat(65)], many] {
        let name = "acme".to_owned();
        let deny_keys = Some(DenyKeys { keys: keys.clone() });
        let change = UpdateTenantRequest { name, deny_keys, ..Default::default() };
        let status = admin.update_tenant(with_key(change, &rig.admin)).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().contains("deny_keys"), "{status}");
        let tenant =
            CreateTenantRequest { name: "globex".into(), deny_keys: keys, ..Default::default() };
        let status = admin.create_tenant(with_key(tenant, &rig.admin)).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
    }
}
