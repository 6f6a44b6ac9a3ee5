//! Feedback read by every door: the same by each, and nothing of anybody else's.

use http::Method;
use serde_json::{Value, json};
use ticketlens_api::{
    ExportTicketsRequest, FeedbackFilter, GetTicketRequest, ListFeedbackRequest,
    ListFeedbackResponse, ticket_service_client::TicketServiceClient,
};
use ticketlens_store::Scope;
use tonic::{Code, Status};

use crate::{
    records::{feedback, request, ticket},
    rig::{self, Rig, with_key},
};

/// Two tenants with a ticket of the same number, and feedback on it.
async fn two_tenants(database: &str) -> (Rig, String) {
    let rig = rig::start(database).await;
    let other = rig::tenant(&rig.store, "other", Scope::Ingest).await;
    let own = vec![
        ticket("a"),
        feedback("a", "csat", 2.0, "own comment"),
        feedback("a", "relevance", 0.5, ""),
        feedback("early", "csat", 5.0, "before its ticket"),
    ];
    rig.export(request(own)).await.unwrap();
    let theirs = vec![ticket("a"), feedback("a", "csat", 1.0, "secret comment")];
    rig.logs().await.export(with_key(request(theirs), &other)).await.unwrap();
    let read = rig::key(&rig.store, Some("other"), Scope::Read).await;
    (rig, read)
}

async fn list(
    rig: &Rig,
    key: &str,
    message: ListFeedbackRequest,
) -> Result<ListFeedbackResponse, Status> {
    let mut client = TicketServiceClient::new(rig.channel().await);
    client.list_feedback(with_key(message, key)).await.map(tonic::Response::into_inner)
}

fn of(tenant: &str) -> ListFeedbackRequest {
    let filter = FeedbackFilter { tenant: tenant.into(), ..FeedbackFilter::default() };
    ListFeedbackRequest { filter: Some(filter), ..ListFeedbackRequest::default() }
}

async fn rest(rig: &Rig, path: &str, key: &str) -> (u16, Value) {
    let bearer = format!("Bearer {key}");
    let answer = rig.send(Method::GET, path, &[("authorization", bearer.as_str())], "").await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_reads_its_own_feedback_and_nobody_elses_by_no_door() {
    let (rig, others_read) = two_tenants("feedback_doors").await;
    let mut client = TicketServiceClient::new(rig.channel().await);
    for (key, own, theirs, count) in [
        (&rig.read, "own comment", "secret comment", 3),
        (&others_read, "secret comment", "own comment", 1),
    ] {
        let named = FeedbackFilter { ticket_id: "a".into(), ..FeedbackFilter::default() };
        let named = ListFeedbackRequest { filter: Some(named), ..ListFeedbackRequest::default() };
        let all = list(&rig, key, of("")).await.unwrap();
        assert_eq!(all.feedback.len(), count);
        let get = GetTicketRequest { ticket_id: "a".into(), ..GetTicketRequest::default() };
        let opened = client.get_ticket(with_key(get, key)).await.unwrap().into_inner();
        let export = ExportTicketsRequest::default();
        let exported = client.export_tickets(with_key(export, key)).await.unwrap().into_inner();
        assert_eq!(exported.tickets[0].feedback, opened.feedback);
        let mut told = vec![
            format!("{all:?}"),
            format!("{:?}", list(&rig, key, named).await.unwrap()),
            format!("{opened:?}"),
            format!("{exported:?}"),
        ];
        for path in ["/v1/feedback", "/v1/feedback?ticket_id=a&sort=score", "/v1/tickets/a"] {
            let (status, body) = rest(&rig, path, key).await;
            assert_eq!(status, 200, "{path}");
            told.push(body.to_string());
        }
        for (tool, arguments) in [
            ("list_feedback", json!({})),
            ("list_feedback", json!({ "ticket_id": "a" })),
            ("get_ticket", json!({ "ticket_id": "a" })),
        ] {
            told.push(rig.tool(key, tool, arguments).await.to_string());
        }
        for told in told {
            assert!(told.contains(own) && !told.contains(theirs), "{told}");
        }
    }
    for tenant in ["other", "nobody"] {
        let refused = list(&rig, &rig.read, of(tenant)).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
        assert!(refused.message().contains("sees only its own tenant"), "{refused}");
    }
    let sender = list(&rig, &rig.ingest, of("")).await.unwrap_err();
    assert_eq!(sender.code(), Code::PermissionDenied);
    assert_eq!(list(&rig, &rig.admin, of("")).await.unwrap().feedback.len(), 4);
    assert_eq!(list(&rig, &rig.admin, of("other")).await.unwrap().feedback.len(), 1);
    // Whoever sees all is still told the feedback of the ticket that was named.
    let get =
        GetTicketRequest { ticket_id: "a".into(), tenant: "other".into(), ..Default::default() };
    let opened = client.get_ticket(with_key(get, &rig.admin)).await.unwrap().into_inner();
    assert_eq!(opened.feedback.len(), 1);
    assert_eq!(opened.feedback[0].comment, "secret comment");
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_is_filtered_sorted_and_paged_alike_by_every_door() {
    let (rig, _) = two_tenants("feedback_pages").await;
    for (query, names) in [
        ("", &["csat a 2.0", "relevance a 0.5", "csat early 5.0"][..]),
        ("sort=score", &["relevance a 0.5", "csat a 2.0", "csat early 5.0"]),
        ("name=csat&max_score=2", &["csat a 2.0"]),
        ("source=human&min_score=3", &["csat early 5.0"]),
        ("source=MODEL", &[]),
        ("until=2020-01-01", &[]),
    ] {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/feedback?{query}&limit=1&cursor={cursor}");
            let (status, page) = rest(&rig, &path.replace("?&", "?"), &rig.read).await;
            assert_eq!(status, 200, "{page}");
            found.extend(page["feedback"].as_array().unwrap().iter().map(|one| {
                let text = |name: &str| one[name].as_str().unwrap().to_owned();
                format!(
                    "{} {} {:?}",
                    text("name"),
                    text("ticket_id"),
                    one["score"].as_f64().unwrap()
                )
            }));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        let mut expected: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        if query.is_empty() {
            // Given at about the same time.
            found.sort();
            expected.sort();
        }
        assert_eq!(found, expected, "{query}");
    }
    let first = ListFeedbackRequest { page_size: 1, ..of("") };
    let token = list(&rig, &rig.read, first).await.unwrap().next_page_token;
    let other_order = ListFeedbackRequest {
        page_token: token.clone(),
        sort: "score".into(),
        ..ListFeedbackRequest::default()
    };
    for (message, argument) in [
        (ListFeedbackRequest { page_size: 101, ..of("") }, "page_size"),
        (ListFeedbackRequest { page_token: "x".into(), ..of("") }, "page_token"),
        (ListFeedbackRequest { sort: "comment".into(), ..of("") }, "sort"),
        (other_order, "page_token"),
        (of("No Such"), "tenant"),
    ] {
        let refused = list(&rig, &rig.admin, message).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().starts_with(&format!("{argument}: ")), "{refused}");
    }
    for wrong in ["limit=0", "limit=101", "scor=1", "since=yesterday", "min_score=x"] {
        assert_eq!(rest(&rig, &format!("/v1/feedback?{wrong}"), &rig.read).await.0, 400, "{wrong}");
    }
    // Longer comments than fit: the cursor goes on where the answer ended.
    let long = |n: usize| feedback(&format!("t{n}"), "long", 1.0, &"\u{e0041}\"".repeat(2_000));
    rig.export(request((0..30).map(long).collect())).await.unwrap();
    let (mut seen, mut cursor) = (std::collections::BTreeSet::new(), Value::Null);
    loop {
        let arguments = json!({ "name": "long", "limit": 50, "cursor": cursor });
        let page = rig.tool(&rig.read, "list_feedback", arguments).await;
        assert!(page.to_string().len() <= 32 << 10);
        let page = &page["structuredContent"];
        for one in page["feedback"].as_array().unwrap() {
            assert!(seen.insert(one["ticket_id"].to_string()), "{one}");
        }
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(seen.len(), 30);
}
