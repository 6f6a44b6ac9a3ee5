//! What the receiver logs, down to the finest level: key ids and tenants, never a text, a key or
//! a header.

use std::{
    io,
    sync::{Arc, LazyLock, Mutex},
};

use http::Method;
use opentelemetry_proto::tonic::common::v1::any_value;
use prost::Message;
use serde_json::{Value, json};
use ticketlens_api::{
    ListTicketsRequest, RevokeKeyRequest, admin_service_client::AdminServiceClient,
    ticket_service_client::TicketServiceClient,
};
use ticketlens_store::Scope;
use tracing_subscriber::{filter::Targets, fmt::MakeWriter, prelude::*};

use crate::{
    records::{changed, request, text, ticket},
    rig::{self, with_key},
    web::{JSON, PROTOBUF},
};

/// What was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

const MARK: &str = "zebra7731";

/// What the receivers of all tests log, at the finest level: the program's only subscriber.
fn logged() -> &'static Lines {
    static LINES: LazyLock<Lines> = LazyLock::new(|| {
        let lines = Lines::default();
        let ours = Targets::new().with_target("ticketlens", tracing::Level::TRACE);
        let layer = ticketlens_log::Lines::new(ticketlens_log::Format::Json, lines.clone());
        // A line of each request is looked for.
        let layer = layer.unthinned();
        tracing_subscriber::registry().with(layer.with_filter(ours)).init();
        lines
    });
    &LINES
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines of one request, whoever writes others meanwhile.
    fn of(&self, request: &str) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["req_id"] == request).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_holds_a_text_or_a_key() {
    let lines = logged();
    let rig = rig::start("logs_grep").await;
    let marked = || Some(text(MARK));
    let records = vec![
        changed(MARK, "ticket.category", marked()),
        changed("b", "ticket.status", marked()),
        changed("c", "client_id", marked()),
        changed("d", MARK, Some(any_value::Value::DoubleValue(f64::NAN))),
    ];
    rig.export(request(records.clone())).await.unwrap();
    let bytes = request(records).encode_to_vec();
    rig.post(&[PROTOBUF], bytes[..bytes.len() - 3].to_vec()).await;
    rig.post(&[JSON], format!("{{\"resourceLogs\": {MARK}")).await;
    for bad in [MARK.to_owned(), format!("{}x", rig.ingest), rig.read.clone()] {
        let parent = format!("00-{}-00f067aa0ba902b7-01", MARK.repeat(4).split_at(32).0);
        let headers = [
            PROTOBUF,
            ("x-api-key", bad.as_str()),
            ("user-agent", MARK),
            ("traceparent", &parent),
            ("x-request-id", "zebra7731@example.com"),
        ];
        rig.send(Method::POST, &format!("/v1/logs?{MARK}"), &headers, bytes.clone()).await;
        rig.send(Method::POST, &format!("/{MARK}"), &headers, bytes.clone()).await;
    }
    // What is asked for is somebody's, too: a ticket's number, a word that was said.
    let call = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{{\"name\":\"search_tickets\",\
         \"arguments\":{{\"said\":\"{MARK}\",\"{MARK}\":1}}}}}}"
    );
    let asked = [
        (Method::GET, format!("/v1/tickets/{MARK}"), ""),
        (Method::GET, format!("/v1/tickets/{MARK}/steps?execution={MARK}"), ""),
        (Method::GET, format!("/v1/tickets?status={MARK}&{MARK}={MARK}"), ""),
        (
            Method::GET,
            format!("/v1/tickets?status={MARK}&category={MARK}&ticket_id_prefix={MARK}"),
            "",
        ),
        (Method::GET, format!("/v1/tickets?cursor={MARK}"), ""),
        (Method::GET, format!("/v1/search?tenant=acme&q={MARK}"), ""),
        (Method::GET, format!("/v1/search?tenant=acme&q=%22{MARK}"), ""),
        (Method::GET, format!("/v1/overview?by={MARK}&workflow={MARK}"), ""),
        (Method::GET, format!("/v1/compare?a={MARK}&b={MARK}"), ""),
        (Method::GET, format!("/v1/audit?act={MARK}"), ""),
        (Method::DELETE, format!("/v1/tickets/{MARK}?tenant=acme"), ""),
        (Method::DELETE, format!("/v1/tickets?tenant=acme&customer={MARK}"), ""),
        (
            Method::POST,
            format!("/v1/purge?executed_before=2020-01-01&dry_run=false&status={MARK}"),
            "",
        ),
        (Method::POST, "/mcp".to_owned(), call.as_str()),
    ];
    for (method, path, body) in asked {
        for key in [&rig.read, &rig.admin] {
            let headers = [
                ("x-api-key", key.as_str()),
                ("content-type", "application/json"),
                ("accept", "application/json, text/event-stream"),
                ("mcp-protocol-version", "2025-06-18"),
                ("x-forwarded-for", MARK),
            ];
            rig.send(method.clone(), &path, &headers, body.to_owned()).await;
        }
    }
    for path in ["/healthz", "/readyz", "/statusz", "/metrics"] {
        let told = rig.send(Method::GET, path, &[], "").await.text();
        assert!(!told.is_empty() && !told.contains(MARK), "{path}: {told}");
    }
    // A call of a tool has an id and a method of its sender's.
    let odd = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":\"{MARK}\",\"method\":\"{MARK}/x\",\"params\":{{}}}}"
    );
    let headers = [
        ("x-api-key", rig.read.as_str()),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ];
    rig.send(Method::POST, "/mcp", &headers, odd).await;
    let logged = lines.text();
    for said in ["malformed", "broken_json", "malformed_key", "wrong_scope", "POST unmatched"] {
        assert!(logged.contains(said), "{said} was not logged: {logged}");
    }
    assert!(!logged.contains(MARK), "{logged}");
    for key in [&rig.ingest, &rig.read, &rig.admin] {
        let secret = key.rsplit('_').next().unwrap();
        assert!(!logged.contains(secret), "{logged}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_followed_from_its_answer_over_the_log_to_its_rows() {
    let lines = logged();
    let rig = rig::start("logs_followed").await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let bytes = request(vec![ticket("a"), ticket("b")]).encode_to_vec();
    let named = [PROTOBUF, ("x-request-id", "run-7.2"), ("traceparent", parent.as_str())];
    let answer = rig.post(&named, bytes.clone()).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["x-request-id"]),
        (200, &"run-7.2".parse().unwrap())
    );
    let [line] = &lines.of("run-7.2")[..] else { panic!("one line") };
    assert_eq!(line["event"], "request.answered");
    assert_eq!((&line["route"], &line["status_code"]), (&json!("POST /v1/logs"), &json!(200)));
    assert_eq!((&line["tenant"], &line["trace_id"]), (&json!("acme"), &json!(trace)));
    assert_eq!((&line["records"], &line["bytes"]), (&json!(2), &json!(bytes.len())));
    assert_eq!(line["key_id"].as_str(), rig.ingest.split('_').nth(2));
    assert!(line["latency_ms"].as_f64().unwrap() > 0.0 && line["error_code"].is_null());
    let rows = "SELECT groupArray(ticket_id) FROM (SELECT * FROM logs_followed.tickets \
                WHERE request_id = 'run-7.2' ORDER BY ticket_id)";
    assert_eq!(rig.sql(rows).await.trim(), "['a','b']");

    // One that is not named gets a name, over gRPC as well, and errors tell it.
    let mut call = with_key(request(vec![ticket("c")]), &rig.read);
    call.metadata_mut().insert("x-request-id", "wrong-scope".parse().unwrap());
    let refused = rig.logs().await.export(call).await.unwrap_err();
    assert_eq!(refused.metadata().get("x-request-id").unwrap(), "wrong-scope");
    let details = tonic_types::StatusExt::get_error_details(&refused);
    assert_eq!(details.request_info().unwrap().request_id, "wrong-scope");
    let [line] = &lines.of("wrong-scope")[..] else { panic!("one line") };
    assert_eq!((&line["status_code"], &line["error_code"]), (&json!(7), &json!("wrong_scope")));
    assert_eq!((&line["retryable"], &line["level"]), (&json!(false), &json!("INFO")));
    assert_eq!(line["route"], "/opentelemetry.proto.collector.logs.v1.LogsService/Export");
    let answer =
        rig.send(Method::GET, "/v1/tickets/a%40b?limit=x", &[("x-api-key", &rig.read)], "").await;
    let made = answer.headers["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(answer.json()["request_id"], made);
    let [line] = &lines.of(&made)[..] else { panic!("one line") };
    assert_eq!(line["route"], "GET /v1/tickets/{ticket_id}");
    assert_eq!(
        (&line["error_code"], &line["tenant"]),
        (&json!("invalid_argument"), &json!("acme"))
    );
    // Behind the door it has the same name as before it, and as in the metric.
    let ingest = [("x-api-key", rig.ingest.as_str()), ("x-request-id", "no-reader")];
    rig.send(Method::GET, "/v1/tickets", &ingest, "").await;
    let mut list = with_key(ListTicketsRequest::default(), &rig.ingest);
    list.metadata_mut().insert("x-request-id", "no-reader-either".parse().unwrap());
    TicketServiceClient::new(rig.channel().await).list_tickets(list).await.unwrap_err();
    for id in ["no-reader", "no-reader-either"] {
        let [line] = &lines.of(id)[..] else { panic!("one line") };
        assert_eq!(line["error_code"], "wrong_scope", "{line}");
    }
    // HTTP that calls itself gRPC is answered in HTTP, and told so.
    let odd = [("content-type", "application/grpc"), ("x-request-id", "odd")];
    let answer = rig.send(Method::POST, "/v1/logs", &odd, "").await;
    assert_eq!(lines.of("odd")[0]["status_code"], answer.status.as_u16());
    let probed = rig.send(Method::GET, "/readyz", &[("x-request-id", "probe")], "").await;
    assert_eq!((probed.status.as_u16(), &lines.of("probe")[0]["level"]), (200, &json!("DEBUG")));
    let other = rig::tenant(&rig.store, "other", Scope::Ingest).await;
    let headers = [PROTOBUF, ("x-api-key", other.as_str()), ("x-request-id", "other-1")];
    rig.send(Method::POST, "/v1/logs", &headers, bytes).await;
    assert_eq!(lines.of("other-1")[0]["tenant"], "other");

    // A key that has ended is named: nothing else leads to its sender.
    let id = rig.ingest.split('_').nth(2).unwrap().to_owned();
    let mut admin = AdminServiceClient::new(rig.channel().await);
    let revoke = RevokeKeyRequest { id: id.clone() };
    admin.revoke_key(with_key(revoke, &rig.admin)).await.unwrap();
    let headers = [PROTOBUF, ("x-api-key", rig.ingest.as_str()), ("x-request-id", "ended")];
    rig.send(Method::POST, "/v1/logs", &headers, "").await;
    let [line] = &lines.of("ended")[..] else { panic!("one line") };
    assert_eq!((&line["error_code"], &line["key_id"]), (&json!("revoked_key"), &json!(id)));
    assert_eq!(line["tenant"], "acme");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_maintenance_nothing_is_taken_admins_are_answered_and_it_ends() {
    use ticketlens_api::{GetMaintenanceRequest, SetMaintenanceRequest};
    let lines = logged();
    let rig = rig::start("logs_maintenance").await;
    rig.export(request(vec![ticket("before")])).await.unwrap();
    let mut admin = AdminServiceClient::new(rig.channel().await);
    let set = |on, key: &str| with_key(SetMaintenanceRequest { on }, key);
    let denied = admin.set_maintenance(set(true, &rig.read)).await.unwrap_err();
    assert_eq!(denied.code(), tonic::Code::PermissionDenied);
    let state = admin.set_maintenance(set(true, &rig.admin)).await.unwrap().into_inner();
    assert!(state.on && state.since.is_some());

    let refused = rig.export(request(vec![ticket("during")])).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unavailable);
    let retry = tonic_types::StatusExt::get_details_retry_info(&refused).unwrap();
    assert_eq!(retry.retry_delay.unwrap().as_secs(), 30);
    let read = async |key: &str| {
        rig.send(Method::GET, "/v1/tickets/count", &[("x-api-key", key)], "").await
    };
    let refused = read(rig.read.as_str()).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.headers["retry-after"]),
        (503, &"30".parse().unwrap())
    );
    assert_eq!(read(rig.admin.as_str()).await.json(), json!({ "count": 1 }));
    let ready = rig.send(Method::GET, "/readyz", &[], "").await;
    assert_eq!(
        (ready.status.as_u16(), ready.text().as_str()),
        (503, "not ready: in maintenance\n")
    );
    let stated = rig.send(Method::GET, "/statusz", &[("x-request-id", "in-it")], "").await.json();
    assert_eq!((&stated["maintenance_mode"], &stated["ready"]), (&json!(true), &json!(false)));
    assert_eq!(lines.of("in-it")[0]["maintenance_mode"], true);

    let get = || with_key(GetMaintenanceRequest {}, &rig.admin);
    let state = admin.get_maintenance(get()).await.unwrap().into_inner();
    assert_eq!((state.on, state.bytes_in_flight, state.queries), (true, 0, 0));
    // What is so already is no act.
    for on in [true, false, false] {
        let state = admin.set_maintenance(set(on, &rig.admin)).await.unwrap().into_inner();
        assert_eq!(state.on, on);
    }
    rig.export(request(vec![ticket("after")])).await.unwrap();
    assert_eq!(rig.count().await, 2);
    let acts = rig.sql(
        "SELECT groupArray(act) FROM (SELECT act FROM logs_maintenance.audit \
         WHERE outcome = 'done' AND startsWith(act, 'maintenance') ORDER BY at)",
    );
    assert_eq!(acts.await.trim(), "['maintenance.on','maintenance.off']");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_every_part_is_told_without_a_key() {
    let rig = rig::start("logs_statusz").await;
    let stated = rig.send(Method::GET, "/statusz", &[], "").await.json();
    assert_eq!((&stated["ready"], &stated["maintenance_mode"]), (&json!(true), &json!(false)));
    let workers = stated["workers"].as_array().unwrap();
    for part in
        ["commit loop", "inserts", "key refresh", "ledger", "HTTP listener", "gRPC listener"]
    {
        let worker = workers.iter().find(|worker| worker["name"] == part);
        let worker = worker.unwrap_or_else(|| panic!("{part}: {stated}"));
        // The port that answers this may be there before the other.
        let state = worker["worker_state"].as_str().unwrap();
        assert!(["starting", "ready"].contains(&state), "{part}: {state}");
        assert_eq!(worker["restart_count"], 0);
    }
}
