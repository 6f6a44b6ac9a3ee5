//! Search: within what a key may see, and never what the gate removed.

use http::Method;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use serde_json::{Value, json};
use ticketlens_api::{
    SearchTicketsRequest, SearchTicketsResponse, TicketFilter,
    ticket_service_client::TicketServiceClient,
};
use ticketlens_store::Scope;
use tonic::{Code, Status};

use crate::{
    records::{any, request, text, ticket},
    rig::{self, Rig, with_key},
};

fn saying(id: &str, trace: &Value) -> LogRecord {
    LogRecord { body: Some(any(text(trace.to_string()))), ..ticket(id) }
}

async fn search(
    rig: &Rig,
    key: &str,
    message: SearchTicketsRequest,
) -> Result<SearchTicketsResponse, Status> {
    let mut client = TicketServiceClient::new(rig.channel().await);
    client.search_tickets(with_key(message, key)).await.map(tonic::Response::into_inner)
}

fn of(query: &str, tenant: &str) -> SearchTicketsRequest {
    SearchTicketsRequest {
        query: query.to_owned(),
        filter: Some(TicketFilter { tenant: tenant.to_owned(), ..TicketFilter::default() }),
        ..SearchTicketsRequest::default()
    }
}

async fn rest(rig: &Rig, query: &str) -> Value {
    let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let bearer = format!("Bearer {}", rig.read);
    let headers = [("authorization", bearer.as_str())];
    let answer = rig.send(Method::GET, &format!("/v1/search?q={query}"), &headers, "").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn two_tenants(database: &str) -> Rig {
    let rig = rig::start(database).await;
    let other = rig::tenant(&rig.store, "other", Scope::Ingest).await;
    let trace = json!({
        "ticket": { "subject": "Where is my parcel" },
        "steps": [{ "id": "s1", "kind": "tool", "name": "track", "error": {
            "type": "Timeout", "message": "the carrier did not answer for order 4711" } }],
        "output": "No parcel yet",
    });
    rig.export(request(vec![saying("a", &trace), ticket("b")])).await.unwrap();
    let theirs = with_key(request(vec![saying("c", &trace)]), &other);
    rig.logs().await.export(theirs).await.unwrap();
    rig
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hit_has_its_ticket_its_text_and_its_step() {
    let rig = two_tenants("search_hits").await;
    let found = search(&rig, &rig.read, of("CARRIER \"der 4711\"", "")).await.unwrap();
    assert_eq!(found.hits.len(), 1);
    assert_eq!(found.next_page_token, "");
    let hit = &found.hits[0];
    let summary = hit.ticket.as_ref().unwrap();
    assert_eq!((summary.tenant.as_str(), summary.ticket_id.as_str()), ("acme", "a"));
    let snippet = &hit.snippets[0];
    let step = snippet.step.as_ref().unwrap();
    assert_eq!((step.id.as_str(), step.kind.as_str(), step.name.as_str()), ("s1", "tool", "track"));
    let marked = snippet.marks.iter().map(|m| &snippet.text[m.start as usize..m.end as usize]);
    assert_eq!(marked.collect::<Vec<_>>(), ["carrier", "der 4711"]);

    // The same over HTTP.
    let told = rest(&rig, "carrier \"der 4711\"").await;
    assert_eq!(told["hits"][0]["ticket_id"], "a");
    assert_eq!(told["hits"][0]["snippets"][0]["step"]["name"], "track");
    assert_eq!(told["hits"][0]["snippets"][0]["field"], "error");
    assert_eq!(told["next_cursor"], Value::Null);
    assert_eq!(rest(&rig, "parcel nowhere").await["hits"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_of_the_keys_tenant_or_the_one_an_admin_names() {
    let rig = two_tenants("search_scope").await;
    let tenants = |found: SearchTicketsResponse| -> Vec<String> {
        found.hits.into_iter().map(|hit| hit.ticket.unwrap().tenant).collect()
    };
    assert_eq!(tenants(search(&rig, &rig.read, of("parcel", "")).await.unwrap()), ["acme"]);
    assert_eq!(tenants(search(&rig, &rig.admin, of("parcel", "other")).await.unwrap()), ["other"]);
    let nobodys = search(&rig, &rig.admin, of("parcel", "nobody")).await.unwrap();
    assert!(nobodys.hits.is_empty());
    for (key, message, code, says) in [
        (&rig.admin, of("parcel", ""), Code::InvalidArgument, "tenant: name one"),
        (&rig.read, of("parcel", "other"), Code::PermissionDenied, "only its own tenant"),
        (&rig.ingest, of("parcel", ""), Code::PermissionDenied, "read or admin"),
        (&rig.read, of("…", ""), Code::InvalidArgument, "query: holds no word"),
        (&rig.read, of(&"x".repeat(300), ""), Code::InvalidArgument, "query: is longer"),
        (
            &rig.read,
            SearchTicketsRequest { page_size: 51, ..of("parcel", "") },
            Code::InvalidArgument,
            "page_size: 1 to 50",
        ),
        (
            &rig.read,
            SearchTicketsRequest { page_token: "1".into(), ..of("parcel", "") },
            Code::InvalidArgument,
            "page_token: ",
        ),
    ] {
        let refused = search(&rig, key, message).await.unwrap_err();
        assert_eq!(refused.code(), code, "{refused}");
        assert!(refused.message().contains(says), "{refused}");
        assert!(!refused.message().contains("parcel"), "{refused}");
    }
}

/// Values that the gate removes, each in the ways people would search for it.
const REMOVED: [(&str, &[&str]); 5] = [
    ("mia.li@example.com", &["mia.li@example.com", "mia", "\"li@exam\"", "example.com"]),
    ("4111 1111 1111 1111", &["\"4111 1111\"", "4111", "1111"]),
    ("DE89370400440532013000", &["DE89370400440532013000", "\"8937040044\""]),
    ("sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH", &["\"abcdefghijkl\"", "\"sk-proj\""]),
    ("+49 170 1234567", &["\"1234567\"", "\"170 1234567\""]),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gate_removed_is_never_found() {
    let rig = rig::start("search_gate").await;
    let records = REMOVED.iter().enumerate().map(|(n, (value, _))| {
        let trace = json!({
            "ticket": { "question": format!("my value is {value}, marker"), "email": value },
            "steps": [{ "id": "s", "kind": "tool", "name": "look", "input": { "password": value },
                "error": { "type": "E", "message": format!("bad {value}") } }],
            "output": format!("{{\"nested\": \"{value}\"}}"),
        });
        saying(&format!("T{n}"), &trace)
    });
    rig.export(request(records.collect())).await.unwrap();
    // What stands around it is found, with the mark in its place.
    let around = search(&rig, &rig.read, of("marker", "")).await.unwrap();
    assert_eq!(around.hits.len(), REMOVED.len());
    assert!(around.hits.iter().all(|hit| hit.snippets[0].text.contains('[')), "{around:?}");
    for (value, queries) in REMOVED {
        for query in queries {
            for (key, tenant) in [(&rig.read, ""), (&rig.admin, "acme")] {
                let found = search(&rig, key, of(query, tenant)).await.unwrap();
                assert!(found.hits.is_empty(), "{value} by {query}: {found:?}");
            }
            let told = rest(&rig, query).await;
            assert_eq!(told["hits"], json!([]), "{value} by {query}");
        }
    }
}
