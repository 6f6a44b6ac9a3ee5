//! The query API over HTTP: the same answers as over gRPC, and nothing of anybody else's.

use std::{collections::BTreeSet, time::Duration};

use http::{Method, StatusCode};
use serde_json::{Value, json};
use ticketlens_store::Scope;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    records::{changed, large, request, text, ticket},
    rig::{self, Rig, with_key},
    web::Answer,
};

/// Every route that reads.
const ROUTES: [&str; 11] = [
    "/v1/tickets",
    "/v1/tickets/count",
    "/v1/tickets/a",
    "/v1/tickets/a/steps",
    "/v1/overview",
    "/v1/compare?a=1&b=2",
    "/v1/storage",
    "/v1/search?q=done",
    "/v1/audit",
    "/v1/feedback",
    "/v1/value",
];

async fn two_tenants(database: &str) -> Rig {
    let rig = rig::start(database).await;
    let other = rig::tenant(&rig.store, "other", Scope::Ingest).await;
    rig.export(request(vec![ticket("a"), changed("b", "ticket.status", Some(text("FAILED")))]))
        .await
        .unwrap();
    rig.logs().await.export(with_key(request(vec![ticket("c")]), &other)).await.unwrap();
    rig
}

impl Rig {
    async fn ask(&self, path: &str, key: &str) -> Answer {
        self.ask_with(path, key, &[]).await
    }

    async fn ask_with(&self, path: &str, key: &str, headers: &[(&str, &str)]) -> Answer {
        let bearer = format!("Bearer {key}");
        let headers = [&[("authorization", bearer.as_str())], headers].concat();
        self.send(Method::GET, path, &headers, "").await
    }
}

/// That it is a problem of this status, and what it says.
fn problem(answer: &Answer, status: u16) -> String {
    let text = answer.text();
    assert_eq!(answer.status, status, "{text}");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let told = answer.json();
    assert_eq!(told["status"], status);
    assert!(told["title"].is_string() && told["code"].is_string(), "{text}");
    told["detail"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_listed_counted_and_opened() {
    let rig = two_tenants("rest_reads").await;
    let list = rig.ask("/v1/tickets?status=FAILED", &rig.read).await;
    assert_eq!(list.status, StatusCode::OK);
    assert_eq!(list.headers["content-type"], "application/json");
    let list = list.json();
    assert_eq!(list["next_cursor"], Value::Null);
    let found = list["tickets"].as_array().unwrap();
    assert_eq!((found.len(), &found[0]["ticket_id"]), (1, &json!("b")));
    assert_eq!(found[0]["duration_seconds"], 1.5);
    let all = rig.ask("/v1/tickets/count", &rig.admin).await.json();
    assert_eq!(all, json!({ "count": 3 }));
    let own = rig.ask("/v1/tickets/count?tenant=acme", &rig.read).await.json();
    assert_eq!(own, json!({ "count": 2 }));

    let opened = rig.ask("/v1/tickets/a", &rig.read).await.json();
    assert_eq!((&opened["tenant"], &opened["trace"]["output"]), (&json!("acme"), &json!("done")));
    let steps = rig.ask("/v1/tickets/a/steps", &rig.read).await.json();
    assert_eq!((&steps["ticket_id"], &steps["steps"]), (&json!("a"), &json!([])));
    let id = opened["execution_id"].as_str().unwrap();
    let named = rig.ask(&format!("/v1/tickets/a?execution={id}"), &rig.read).await.json();
    assert_eq!(named, opened);
    // The key goes in either header.
    let headers = [("x-api-key", rig.read.as_str())];
    let other_header = rig.send(Method::GET, "/v1/tickets/count", &headers, "").await;
    assert_eq!(other_header.json(), json!({ "count": 2 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overview_and_a_comparison() {
    let rig = two_tenants("rest_overview").await;
    let day = jiff::Timestamp::now().to_string()[..10].to_owned();
    let path = format!("/v1/overview?by=status&every_seconds=86400&since={day}");
    let overview = rig.ask(&path, &rig.read).await;
    let overview = overview.json();
    assert_eq!((&overview["total"], &overview["success_rate"]), (&json!(2), &json!(0.5)));
    let names: Vec<_> = overview["groups"].as_array().unwrap().iter().map(|g| &g["name"]).collect();
    assert_eq!(names, ["FAILED", "SUCCESS"]);
    let by = rig.ask("/v1/overview?by=tenant", &rig.admin).await.json();
    assert_eq!(by["groups"].as_array().unwrap().len(), 2);
    let compared = rig.ask("/v1/compare?a=&b=2", &rig.read).await;
    assert!(problem(&compared, 400).starts_with("a: is missing"));
    let compared = rig.ask("/v1/compare?a=1&b=2", &rig.read).await.json();
    assert_eq!(
        (&compared["a"]["total"], &compared["change"]["success_rate"]),
        (&json!(0), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn anothers_ticket_is_not_there() {
    let rig = two_tenants("rest_others").await;
    for path in ["/v1/tickets/c", "/v1/tickets/c/steps"] {
        let (others, nobodys) =
            (rig.ask(path, &rig.read).await, rig.ask(&path.replace("/c", "/zzz"), &rig.read).await);
        problem(&others, 404);
        assert_eq!(others.body, nobodys.body);
        rig.ask(path, &rig.admin).await.json();
    }
    for path in ROUTES {
        let with = if path.contains('?') { '&' } else { '?' };
        let there = rig.ask(&format!("{path}{with}tenant=other"), &rig.read).await;
        let not_there = rig.ask(&format!("{path}{with}tenant=nobody"), &rig.read).await;
        problem(&there, 403);
        assert_eq!(there.body, not_there.body, "{path}");
        let ingest = rig.ask(path, &rig.ingest).await;
        assert!(problem(&ingest, 403).contains("read or admin"), "{path}");
        for key in ["", "tl_acme_nonsense", &rig.read[..rig.read.len() - 1]] {
            let refused = rig.ask(path, key).await;
            problem(&refused, 401);
            assert!(refused.headers.contains_key("www-authenticate"));
        }
    }
    for filter in [
        "customer=hmac:0000000000000000",
        "ticket_id=c",
        "ticket_id_prefix=c",
        "workflow=support-agent",
    ] {
        let found = rig.ask(&format!("/v1/tickets?{filter}"), &rig.read).await.json();
        let tenants = found["tickets"].as_array().unwrap().iter().map(|ticket| &ticket["tenant"]);
        assert!(tenants.into_iter().all(|tenant| tenant == "acme"), "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_is_told_by_its_name() {
    let rig = two_tenants("rest_bad").await;
    for (path, says) in [
        (
            "/v1/tickets?stauts=FAILED",
            "\"stauts\": there is no such parameter here; is status meant?",
        ),
        ("/v1/tickets?limit=0x", "limit: must be a whole number"),
        ("/v1/tickets?limit=0", "limit: 1 to 1000"),
        ("/v1/tickets?since=2026-01-02&until=2026-01-02", "until: must be later than"),
        ("/v1/tickets?customer=alice", "customer: must be the keyed hash"),
        ("/v1/tickets?customer=hmac:zz", "customer: must be the keyed hash"),
        ("/v1/tickets?min_confidence=much", "min_confidence: must be a number"),
        ("/v1/tickets?limit=1001", "limit: 1 to 1000"),
        ("/v1/tickets?limit=1&limit=2", "limit: is given more than once"),
        ("/v1/tickets?cursor=abc", "cursor: this is not a page token"),
        ("/v1/tickets?sort=name", "sort: must be executed_at, duration"),
        ("/v1/tickets?since=yesterday", "since: must be a time"),
        ("/v1/tickets?min_duration_seconds=-1", "min_duration_seconds: must be a number"),
        ("/v1/tickets?min_duration_seconds=NaN", "min_duration_seconds: must be a number"),
        ("/v1/tickets?min_confidence=inf", "min_confidence: is not a number"),
        ("/v1/tickets?tenant=No%20Name", "tenant: "),
        (
            "/v1/tickets/count?limit=5",
            "\"limit\": there is no such parameter here; there are tenant",
        ),
        ("/v1/tickets/a?execution=7", "execution: is not a UUID"),
        ("/v1/overview?every_seconds=60", "every_seconds: needs `since`"),
        ("/v1/overview?every_seconds=1&since=2020-01-01", "every_seconds: makes more than 1000"),
        ("/v1/overview?by=weather", "by: must be tenant"),
        ("/v1/compare", "a: is missing"),
    ] {
        let told = problem(&rig.ask(path, &rig.admin).await, 400);
        assert!(told.contains(says), "{path}: {told}");
    }
    let posted = rig.send(Method::POST, "/v1/tickets", &[("x-api-key", &rig.read)], "{}").await;
    problem(&posted, 405);
    assert!(posted.headers["allow"].to_str().unwrap().contains("GET"));
    for path in ["/v1/keys", "/v1/tickets/", "/v1/"] {
        let told = problem(&rig.ask(path, &rig.read).await, 404);
        assert!(told.contains("/docs"), "{path}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_goes_on_where_it_ended() {
    let rig = rig::start("rest_pages").await;
    let tickets = (0..7).map(|n| ticket(&format!("t/{n} ü"))).collect();
    rig.export(request(tickets)).await.unwrap();
    for sort in ["-executed_at", "executed_at", "-duration", "confidence"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/tickets?limit=3&sort={sort}&cursor={cursor}");
            let page = rig.ask(&path, &rig.read).await.json();
            let page_of = page["tickets"].as_array().unwrap();
            seen.extend(page_of.iter().map(|ticket| ticket["ticket_id"].to_string()));
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 7, "{sort}");
        let first = rig.ask(&format!("/v1/tickets?limit=3&sort={sort}"), &rig.read).await.json();
        let cursor = first["next_cursor"].as_str().unwrap();
        let filtered = format!("/v1/tickets?sort={sort}&status=FAILED&cursor={cursor}");
        assert!(problem(&rig.ask(&filtered, &rig.read).await, 400).contains("other filters"));
        if sort != "-executed_at" {
            let other = rig.ask(&format!("/v1/tickets?cursor={cursor}"), &rig.read).await;
            assert!(problem(&other, 400).contains(sort));
        }
    }
    rig.export(request(vec![ticket("count")])).await.unwrap();
    let named = rig.ask("/v1/tickets/%63ount", &rig.read).await.json();
    assert_eq!(named["ticket_id"], "count");
    assert!(problem(&rig.ask("/v1/tickets/%ff", &rig.read).await, 400).contains("UTF-8"));
    let odd = rig.ask("/v1/tickets/t%2F3%20%C3%BC", &rig.read).await.json();
    assert_eq!(odd["ticket_id"], "t/3 ü");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_known_is_not_sent_again_and_one_that_is_sent_is_compressed() {
    let rig = rig::start("rest_tags").await;
    rig.export(request(vec![large("a", 60_000)])).await.unwrap();
    let whole = rig.ask("/v1/tickets/a", &rig.read).await;
    assert_eq!(whole.headers["cache-control"], "private, no-cache");
    let tag = whole.headers["etag"].to_str().unwrap();
    let known = [("if-none-match", tag)];
    let again = rig.ask_with("/v1/tickets/a", &rig.read, &known).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    let small =
        rig.ask_with("/v1/tickets/a", &rig.read, &[("accept-encoding", "zstd, gzip")]).await;
    assert_eq!(small.headers["content-encoding"], "zstd");
    assert!(small.body.len() * 4 < whole.body.len());
    assert_eq!(small.headers["etag"], tag);
    // Who has no key is told nothing of what is known.
    let stranger = rig.send(Method::GET, "/v1/tickets/a", &known, "").await;
    problem(&stranger, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_erased_by_an_admin_alone() {
    let rig = two_tenants("rest_erase").await;
    let delete = async |path: &str, key: &str| {
        rig.send(Method::DELETE, path, &[("x-api-key", key)], "").await
    };
    for key in [&rig.read, &rig.ingest] {
        problem(&delete("/v1/tickets/a?tenant=acme", key).await, 403);
        problem(&delete("/v1/tickets?tenant=acme&customer=hmac:0000000000000000", key).await, 403);
    }
    assert!(problem(&delete("/v1/tickets/a", &rig.admin).await, 400).contains("tenant"));
    assert!(problem(&delete("/v1/tickets", &rig.admin).await, 400).contains("tenant"));
    problem(&delete("/v1/tickets/a?tenant=nobody", &rig.admin).await, 404);
    problem(&delete("/v1/tickets?tenant=acme&customer=hmac:zz", &rig.admin).await, 400);
    assert_eq!(rig.count().await, 3);
    let erased = delete("/v1/tickets/a?tenant=acme", &rig.admin).await.json();
    assert_eq!(erased, json!({ "erased": 1, "feedback": 0 }));
    problem(&rig.ask("/v1/tickets/a", &rig.admin).await, 404);
    assert_eq!(rig.count().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_house_is_kept_by_an_admin_alone() {
    let rig = two_tenants("rest_house").await;
    let ask = async |method: Method, path: &str, key: &str| {
        rig.send(method, path, &[("x-api-key", key)], "").await
    };
    let now = jiff::Timestamp::now();
    let purge =
        |dry_run: bool| format!("/v1/purge?executed_before={now}&tenant=acme&dry_run={dry_run}");
    let days = "/v1/tenants/acme/retention?trace_days=7&metrics_days=90";
    for key in [&rig.read, &rig.ingest] {
        problem(&ask(Method::POST, &purge(true), key).await, 403);
        problem(&ask(Method::PUT, days, key).await, 403);
    }
    for (path, says) in [
        ("/v1/purge?dry_run=true".to_owned(), "executed_before: is missing"),
        (format!("/v1/purge?executed_before={now}"), "dry_run: is missing"),
        (format!("/v1/purge?executed_before={now}&dry_run=1"), "dry_run: must be true or false"),
        (format!("{}&confidence=1", purge(true)), "\"confidence\": there is no such"),
        ("/v1/purge?executed_before=2200-01-01&dry_run=true".to_owned(), "lies in the future"),
    ] {
        let told = problem(&ask(Method::POST, &path, &rig.admin).await, 400);
        assert!(told.contains(says), "{path}: {told}");
    }
    let would = ask(Method::PUT, &format!("{days}&dry_run=true"), &rig.admin).await.json();
    assert_eq!((&would["tickets"], &would["tickets_expired"]), (&json!(2), &json!(0)));
    let applied = ask(Method::PUT, &format!("{days}&apply=true"), &rig.admin).await.json();
    assert_eq!(applied["tickets"], json!(2));
    let again = ask(Method::PUT, &format!("{days}&apply=true"), &rig.admin).await.json();
    assert_eq!(again["tickets"], json!(0));

    let would = ask(Method::POST, &purge(true), &rig.admin).await.json();
    assert_eq!((&would["tickets"], rig.count().await), (&json!(2), 3));
    let purged = ask(Method::POST, &purge(false), &rig.admin).await.json();
    assert_eq!(purged["by_tenant"], json!([{ "name": "acme", "count": 2 }]));
    assert_eq!((&purged["by_month"], rig.count().await), (&would["by_month"], 1));
    let stored = ask(Method::GET, "/v1/storage", &rig.admin).await.json();
    assert_eq!((&stored["tickets"], stored["disk"].is_object()), (&json!(1), true));
    let own = ask(Method::GET, "/v1/storage", &rig.read).await.json();
    assert_eq!((&own["tickets"], &own["disk"]), (&json!(0), &Value::Null));
    let acts = rig.sql("SELECT act FROM rest_house.audit WHERE outcome = 'done' ORDER BY at").await;
    for act in ["retention.apply", "tickets.purge"] {
        assert!(acts.contains(act), "{acts}");
    }
    let acts = ask(Method::GET, "/v1/audit?act=tickets.purge", &rig.admin).await.json();
    let (act, key) = (&acts["acts"][0], rig.admin.split('_').nth(1));
    assert_eq!((&act["affected"], &act["outcome"]), (&json!(2), &json!("done")));
    assert_eq!((act["key_id"].as_str(), &act["tenant"]), (key, &json!("acme")));
    let first = ask(Method::GET, "/v1/audit?limit=1", &rig.read).await.json();
    let path = format!("/v1/audit?limit=1000&cursor={}", first["next_cursor"].as_str().unwrap());
    let rest = ask(Method::GET, &path, &rig.read).await.json();
    assert_eq!(rest["next_cursor"], Value::Null);
    let own = [&first["acts"], &rest["acts"]].map(|acts| acts.as_array().unwrap().clone()).concat();
    assert!(own.len() > 2 && own.iter().all(|act| act["tenant"] == "acme"), "{own:?}");
    problem(&ask(Method::GET, "/v1/audit?act=walk", &rig.read).await, 400);
    problem(&ask(Method::GET, "/v1/audit?tenant=other", &rig.read).await, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn purges_at_once_count_each_ticket_once() {
    let rig = two_tenants("rest_purges").await;
    let now = jiff::Timestamp::now();
    let path = format!("/v1/purge?executed_before={now}&dry_run=false");
    let headers = [("x-api-key", rig.admin.as_str())];
    let purge = || rig.send(Method::POST, &path, &headers, "");
    let answers = tokio::join!(purge(), purge(), purge(), purge());
    let answers = [answers.0, answers.1, answers.2, answers.3].map(|answer| answer.json());
    let purged: u64 = answers.iter().map(|answer| answer["tickets"].as_u64().unwrap()).sum();
    assert_eq!(purged, 3, "{answers:?}");
    let told = rig
        .sql(
            "SELECT sum(affected) FROM rest_purges.audit \
             WHERE act = 'tickets.purge' AND tenant = '' AND outcome = 'done'",
        )
        .await;
    assert_eq!(told.trim(), "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_ask_where_they_are_listed() {
    let origin = "https://tools.example.com";
    let rig = rig::start_with("rest_cors", |config| {
        config.cors_origins = vec![origin.parse().unwrap()];
    })
    .await;
    let asks = async |origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "authorization"),
        ];
        rig.send(Method::OPTIONS, "/v1/tickets", &headers, "").await.headers
    };
    let allowed = asks(origin).await;
    assert_eq!(allowed["access-control-allow-origin"], origin);
    assert!(!allowed.contains_key("access-control-allow-credentials"));
    assert!(!asks("https://evil.example.com").await.contains_key("access-control-allow-origin"));
    let told = rig.ask_with("/v1/tickets", &rig.read, &[("origin", origin)]).await;
    assert_eq!(told.headers["access-control-allow-origin"], origin);

    let rig = rig::start("rest_cors_off").await;
    let headers = [("origin", origin), ("access-control-request-method", "GET")];
    let off = rig.send(Method::OPTIONS, "/v1/tickets", &headers, "").await;
    assert!(!off.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_tells_what_is_served() {
    let rig = rig::start("rest_openapi").await;
    let document = rig.send(Method::GET, "/openapi.json", &[], "").await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    for route in ROUTES {
        let path = route.split('?').next().unwrap().replace("tickets/a", "tickets/{ticket_id}");
        assert!(paths[&path]["get"]["responses"]["default"].is_object(), "{path}");
    }
    for path in ["", "/zendesk", "/freshdesk", "/intercom"] {
        let give = &paths[&format!("/v1/feedback{path}")]["post"];
        assert!(give["responses"]["default"].is_object() && give["requestBody"].is_object());
    }
    // What is sent has the fields that are described, and no others.
    rig.export(request(vec![ticket("a")])).await.unwrap();
    let schemas = &document["components"]["schemas"];
    let fields =
        |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let list = rig.ask("/v1/tickets", &rig.read).await.json();
    assert_eq!(fields(&list["tickets"][0]), fields(&schemas["Ticket"]["properties"]));
    let overview = rig.ask("/v1/overview", &rig.read).await.json();
    assert_eq!(fields(&overview), fields(&schemas["Overview"]["properties"]));

    let page = rig.send(Method::GET, "/docs/", &[], "").await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("http"), "{policy}");
    assert_eq!(page.status, StatusCode::OK);
    for from in ["src=\"http", "src=\"//", "href=\"http", "href=\"//"] {
        assert!(!page.text().contains(from), "the page fetches from elsewhere: {}", page.text());
    }
    assert!(
        rig.send(Method::GET, "/docs/swagger-initializer.js", &[], "")
            .await
            .text()
            .contains("/openapi.json")
    );
}

/// What tools such as grpcurl ask a server, with the key that every call needs.
#[tokio::test(flavor = "multi_thread")]
async fn the_server_describes_its_services_to_callers_with_a_key() {
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };
    let rig = rig::start("rest_reflection").await;
    let ask = async |message_request| {
        let host = String::new();
        let asked = ServerReflectionRequest { host, message_request: Some(message_request) };
        let call = with_key(tokio_stream::once(asked), &rig.read);
        let mut client = ServerReflectionClient::new(rig.channel().await);
        let mut told = client.server_reflection_info(call).await.unwrap().into_inner();
        told.message().await.unwrap().unwrap().message_response.unwrap()
    };
    let listed = ask(MessageRequest::ListServices(String::new())).await;
    let MessageResponse::ListServicesResponse(listed) = listed else { panic!("{listed:?}") };
    let names: BTreeSet<_> = listed.service.iter().map(|service| &*service.name).collect();
    assert!(names.is_superset(&BTreeSet::from([
        "ticketlens.v1.TicketService",
        "ticketlens.v1.AdminService"
    ])));
    let symbol = MessageRequest::FileContainingSymbol("ticketlens.v1.TicketFilter".to_owned());
    let MessageResponse::FileDescriptorResponse(file) = ask(symbol).await else { panic!() };
    assert!(!file.file_descriptor_proto.is_empty());

    let none = tonic::Request::new(tokio_stream::empty());
    let mut stranger = ServerReflectionClient::new(rig.channel().await);
    let refused = stranger.server_reflection_info(none).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unauthenticated);
}

/// A query nobody waits for is stopped in the database, and not only forgotten here.
#[tokio::test(flavor = "multi_thread")]
async fn a_query_ends_when_its_caller_goes_away() {
    let rig = rig::start_with("rest_gone", |config| {
        config.store.query_timeout = Duration::from_secs(600);
    })
    .await;
    rig.export(request((0..100).map(|n| ticket(&format!("t{n}"))).collect())).await.unwrap();
    rig.slow_down("rest_gone").await;
    let mut caller = TcpStream::connect(rig.http).await.unwrap();
    let asked = format!("GET /v1/tickets HTTP/1.1\r\nhost: h\r\nx-api-key: {}\r\n\r\n", rig.read);
    caller.write_all(asked.as_bytes()).await.unwrap();
    rig.until_running("rest_gone", 1).await;
    drop(caller);
    rig.until_running("rest_gone", 0).await;
}
