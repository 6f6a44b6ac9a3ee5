//! Feedback by every way in: beside tickets in a request, and over `POST /v1/feedback…`.

use http::{Method, StatusCode};
use opentelemetry_proto::tonic::{common::v1::any_value::Value, logs::v1::LogRecord};
use serde_json::json;
use ticketlens_store::{FeedbackFilter, Scope, StoredFeedback, TenantChange, Visibility};

use crate::{
    records::{attribute, request, text, ticket},
    rig::{self, Rig},
    web::{Answer, JSON},
};

fn csat(ticket_id: &str, score: f64) -> LogRecord {
    LogRecord {
        event_name: "gen_ai.evaluation.result".to_owned(),
        attributes: vec![
            attribute("ticket.id", text(ticket_id)),
            attribute("gen_ai.evaluation.name", text("csat")),
            attribute("gen_ai.evaluation.score.value", Value::DoubleValue(score)),
            attribute("gen_ai.evaluation.explanation", text("mail me: mia@example.com")),
            attribute("ticket.feedback.source", text("HUMAN")),
        ],
        ..ticket(ticket_id)
    }
}

async fn told(rig: &Rig, who: &Visibility) -> Vec<StoredFeedback> {
    let filter = FeedbackFilter::default();
    let mut told = rig.store.list_feedback(who, &filter, 100, None).await.unwrap().feedback;
    told.sort_by(|one, other| one.ticket_id.cmp(&other.ticket_id));
    told
}

fn of(tenant: &str) -> Visibility {
    Visibility::Tenant(tenant.parse().unwrap())
}

async fn give(rig: &Rig, path: &str, key: &str, body: &serde_json::Value) -> Answer {
    rig.send(Method::POST, path, &[JSON, ("x-api-key", key)], body.to_string()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_and_tickets_of_one_request_are_stored_and_bad_ones_told() {
    let rig = rig::start("feedback_mixed").await;
    let mut bad = csat("T-3", 1.0);
    bad.attributes.retain(|pair| pair.key != "gen_ai.evaluation.name");
    let first = csat("T-1", 4.0);
    let beyond = csat("T-4", 17.0);
    let records = vec![first.clone(), ticket("T-1"), bad, csat("T-2", 2.0), first, beyond];
    let partial = rig.export(request(records)).await.unwrap().partial_success.unwrap();
    assert_eq!(partial.rejected_log_records, 2);
    assert!(partial.error_message.contains("1 invalid_score"), "{}", partial.error_message);
    assert!(partial.error_message.contains("missing_evaluation_name"), "{}", partial.error_message);
    assert_eq!(rig.count().await, 1);
    let told = told(&rig, &of("acme")).await;
    let ids: Vec<_> = told.iter().map(|f| (&*f.ticket_id, f.score)).collect();
    assert_eq!(ids, [("T-1", Some(4.0)), ("T-2", Some(2.0))]);
    assert_eq!(told[0].comment, "mail me: [email]");
    // Sent twice, with what it says as its id.
    let copies =
        "SELECT uniqExact(feedback_id) FROM feedback_mixed_store.feedback WHERE ticket_id = 'T-1'";
    assert_eq!(rig.sql(copies).await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_help_desk_gives_feedback_with_a_key_for_that_alone() {
    let rig = rig::start("feedback_desks").await;
    let key = rig::key(&rig.store, Some("acme"), Scope::Feedback).await;
    let event = json!({
        "type": "zen:event-type:ticket.csat_received", "id": "2b24ef10", "time": "2026-11-30T10:15:00Z",
        "detail": {"id": "208"},
        "event": {"satisfaction_score": {"score": "GOOD", "comment": "Call +1 202 555 0143"}},
    });
    let intercom = json!({
        "type": "notification_event", "topic": "conversation.rating.added", "id": "notif_1",
        "data": {"item": {"id": "1295", "conversation_rating": {"rating": 2, "remark": "Slow"}}},
    });
    for (path, body) in [
        ("/v1/feedback", json!({"ticket_id": "4711", "score": 4, "id": "mine"})),
        ("/v1/feedback/zendesk", event.clone()),
        ("/v1/feedback/zendesk", event),
        ("/v1/feedback/freshdesk", json!({"ticket_id": "432", "rating": 103})),
        ("/v1/feedback/intercom", intercom),
    ] {
        let answer = give(&rig, path, &key, &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        assert_eq!(answer.json()["stored"], 1, "{path}");
        assert!(answer.json()["id"].is_string() && answer.headers.contains_key("x-request-id"));
    }
    let told = told(&rig, &of("acme")).await;
    let ids: Vec<_> = told.iter().map(|f| (&*f.ticket_id, f.score, &*f.comment)).collect();
    let expected = [
        ("1295", Some(2.0), "Slow"),
        ("208", Some(5.0), "Call [phone]"),
        ("432", Some(5.0), ""),
        ("4711", Some(4.0), ""),
    ];
    assert_eq!(ids.len(), 4);
    for ((id, score, comment), expected) in ids.into_iter().zip(expected) {
        assert_eq!((id, score.map(f64::round), comment), expected);
    }
    let ping = json!({"type": "notification_event", "topic": "ping", "data": {"item": {}}});
    let answer = give(&rig, "/v1/feedback/intercom", &key, &ping).await;
    assert_eq!((answer.status, answer.json()["stored"].as_u64()), (StatusCode::OK, Some(0)));
    let there = rig.send(Method::HEAD, "/v1/feedback/intercom", &[], "").await;
    assert_eq!(there.status, StatusCode::OK);
    // The key in the address, for a desk that can set no header; and as HTTP Basic has it.
    let body = json!({"ticket_id": "9", "score": 1}).to_string();
    let address = format!("/v1/feedback?key={key}");
    assert_eq!(
        rig.send(Method::POST, &address, &[JSON], body.clone()).await.status,
        StatusCode::OK
    );
    let basic = format!("Basic {}", data_encoding::BASE64.encode(format!("{key}:X").as_bytes()));
    let headers = [JSON, ("authorization", &*basic)];
    let answer = rig.send(Method::POST, "/v1/feedback", &headers, body).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feedback_key_does_nothing_else_and_other_keys_give_none() {
    let rig = rig::start("feedback_scopes").await;
    let key = rig::key(&rig.store, Some("acme"), Scope::Feedback).await;
    let body = json!({"ticket_id": "4711", "score": 4});
    for other in [&rig.read, &rig.admin] {
        let answer = give(&rig, "/v1/feedback", other, &body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.text().contains("feedback or ingest"), "{}", answer.text());
    }
    assert_eq!(give(&rig, "/v1/feedback", &rig.ingest, &body).await.status, StatusCode::OK);
    assert_eq!(
        give(&rig, "/v1/feedback", "tl_acme_no", &body).await.status,
        StatusCode::UNAUTHORIZED
    );
    let none = rig.send(Method::POST, "/v1/feedback", &[JSON], body.to_string()).await;
    assert_eq!(none.status, StatusCode::UNAUTHORIZED);
    for (method, path) in [
        (Method::POST, "/v1/logs"),
        (Method::GET, "/v1/tickets"),
        (Method::GET, "/v1/audit"),
        (Method::DELETE, "/v1/tickets/4711?tenant=acme"),
    ] {
        let headers = [JSON, ("x-api-key", &*key)];
        let body = if method == Method::POST { "{}" } else { "" };
        let answer = rig.send(method, path, &headers, body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_is_its_own_tenants_and_keeps_no_text_where_the_tenant_keeps_none() {
    let rig = rig::start("feedback_tenants").await;
    let globex = rig::tenant(&rig.store, "globex", Scope::Feedback).await;
    let change = TenantChange { drop_messages: Some(true), ..TenantChange::default() };
    rig.store.update_tenant(&"globex".parse().unwrap(), change).await.unwrap();
    let globex_later = rig::key(&rig.store, Some("globex"), Scope::Feedback).await;
    let body = json!({"ticket_id": "4711", "score": 1, "comment": "What I wrote"});
    assert_eq!(give(&rig, "/v1/feedback", &rig.ingest, &body).await.status, StatusCode::OK);
    // A key that is new here has the tenant's settings read again.
    assert_eq!(give(&rig, "/v1/feedback", &globex_later, &body).await.status, StatusCode::OK);
    let _ = globex;
    let comments =
        |told: Vec<StoredFeedback>| told.into_iter().map(|f| f.comment).collect::<Vec<_>>();
    assert_eq!(comments(told(&rig, &of("acme")).await), ["What I wrote"]);
    assert_eq!(comments(told(&rig, &of("globex")).await), [""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_feedback_is_refused_in_words_for_its_sender() {
    let rig = rig::start("feedback_refused").await;
    let (key, url) = (("x-api-key", rig.ingest.clone()), "/v1/feedback");
    let send = async |headers: &[(&str, &str)], body: Vec<u8>| {
        let headers: Vec<_> = headers.iter().copied().chain([(key.0, &*key.1)]).collect();
        rig.send(Method::POST, url, &headers, body).await
    };
    let bad = send(&[JSON], br#"{"ticket_id": "1", "score": "mia@example.com"}"#.to_vec()).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    assert_eq!(bad.json()["detail"], "score: is not a number");
    assert_eq!(send(&[JSON], b"{".to_vec()).await.status, StatusCode::BAD_REQUEST);
    let form =
        send(&[("content-type", "application/x-www-form-urlencoded")], b"a=b".to_vec()).await;
    assert_eq!(form.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(form.json()["detail"], "set the header content-type to application/json");
    let tomorrow = jiff::Timestamp::now().as_second() + 100_000;
    let early = json!({"ticket_id": "1", "score": 1, "given_at": tomorrow}).to_string();
    let early = send(&[JSON], early.into_bytes()).await;
    assert_eq!(early.status, StatusCode::BAD_REQUEST);
    assert!(early.text().contains("feedback_in_future"), "{}", early.text());
    for (method, path) in [
        (Method::POST, "/v1/feedback/hubspot"),
        (Method::POST, "/v1/feedback/"),
        (Method::GET, "/v1/feedback/zendesk/ratings"),
    ] {
        let nowhere = rig.send(method, path, &[JSON, (key.0, &*key.1)], "{}").await;
        assert_eq!(nowhere.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(nowhere.headers["content-type"], "application/problem+json");
        let detail = nowhere.json()["detail"].as_str().unwrap().to_owned();
        assert!(
            detail.contains("/v1/feedback/zendesk") && detail.contains("freshdesk"),
            "{detail}"
        );
    }
    let large = format!(r#"{{"ticket_id": "1", "score": 1, "comment": "{}"}}"#, "x".repeat(70_000));
    assert_eq!(send(&[JSON], large.into_bytes()).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let long = json!({"ticket_id": "1".repeat(300), "score": 1}).to_string();
    let long = send(&[JSON], long.into_bytes()).await;
    assert_eq!(long.status, StatusCode::BAD_REQUEST);
    assert!(long.json()["detail"].as_str().unwrap().starts_with("ticket_id: is not"));
    let slip = send(&[JSON], br#"{"ticket_id": "1", "scor": 3}"#.to_vec()).await;
    assert!(slip.json()["detail"].as_str().unwrap().starts_with("scor: there is no such field"));
    let wrong = rig.send(Method::PUT, url, &[JSON, (key.0, &*key.1)], "{}").await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
}
