//! Who is told nothing, and who is told what to do next.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{HEADERS, call, refused, said, tools, two_tenants};
use crate::{
    records::{request, ticket},
    rig::{self, PATIENCE},
};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_another_tenant_is_told_whatever_is_asked() {
    let rig = two_tenants("mcp_others").await;
    let open = async |id: &str| rig.tool(&rig.read, "get_ticket", json!({ "ticket_id": id })).await;
    let (others, nobodys) = (open("c").await, open("zzz").await);
    assert!(refused(&others).contains("no such ticket"), "{others}");
    assert_eq!(others, nobodys);
    let admins = rig.tool(&rig.admin, "get_ticket", json!({ "ticket_id": "c" })).await;
    assert_eq!(admins["isError"], false);

    for (tool, arguments) in tools() {
        if tool == "explain_schema" {
            continue;
        }
        let of = async |tenant: &str| {
            let mut arguments = arguments.clone();
            arguments["tenant"] = tenant.into();
            rig.tool(&rig.read, tool, arguments).await
        };
        let (there, not_there) = (of("other").await, of("nobody").await);
        assert!(refused(&there).contains("sees only its own tenant"), "{tool}: {there}");
        assert_eq!(there, not_there, "{tool}");
        let own = of("acme").await;
        assert_eq!(own["isError"], false, "{tool}: {own}");
        assert!(!own.to_string().contains("secret_error"), "{tool}: {own}");
        let ingest = rig.tool(&rig.ingest, tool, arguments).await;
        assert!(refused(&ingest).contains("read or admin"), "{tool}: {ingest}");
    }
    for filter in ["ticket_id_prefix", "error_type"] {
        let arguments =
            json!({ filter: if filter == "error_type" { "secret_error" } else { "c" } });
        let found = rig.structure("search_tickets", arguments).await;
        assert_eq!(found["tickets"], json!([]), "{filter}");
    }
    // A cursor of somebody else's list is a place in time, and no right.
    let theirs = rig.tool(&rig.admin, "search_tickets", json!({ "limit": 1 })).await;
    let cursor = &theirs["structuredContent"]["next_cursor"];
    let mine = rig.structure("search_tickets", json!({ "cursor": cursor })).await;
    assert!(mine["tickets"].as_array().unwrap().iter().all(|ticket| ticket["tenant"] == "acme"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_is_told_with_what_to_do_next() {
    let rig = two_tenants("mcp_bad").await;
    for (tool, arguments, says) in [
        (
            "search_tickets",
            json!({ "stauts": "FAILED" }),
            "no argument \"stauts\"; this tool takes",
        ),
        ("search_tickets", json!({ "limit": 51 }), "limit: must be 1 to 50"),
        ("search_tickets", json!({ "limit": -1 }), "limit: must be a whole number"),
        ("search_tickets", json!({ "cursor": "abc" }), "cursor: this is not a page token"),
        ("search_tickets", json!({ "sort": "name" }), "sort: must be executed_at, duration"),
        ("search_tickets", json!({ "text": "…" }), "text: holds no word"),
        ("search_tickets", json!({ "text": "a", "sort": "tokens" }), "sort: leave it out with"),
        ("search_tickets", json!({ "text": "a", "cursor": "1" }), "cursor: "),
        ("search_tickets", json!({ "since": "yesterday" }), "since: must be a time"),
        ("search_tickets", json!({ "min_duration_seconds": -1 }), "min_duration_seconds: must be"),
        ("search_tickets", json!({ "min_confidence": "high" }), "min_confidence: invalid type"),
        ("search_tickets", json!({ "tenant": "No Name" }), "only its own tenant"),
        ("get_ticket", json!({}), "missing field `ticket_id`"),
        ("get_ticket", json!({ "ticket_id": "" }), "ticket_id: is missing"),
        (
            "get_ticket",
            json!({ "ticket_id": "a", "execution_id": "7" }),
            "execution_id: is not a UUID",
        ),
        ("get_ticket", json!({ "ticket_id": "a", "part": 2 }), "part: there are only 1"),
        ("get_ticket", json!({ "ticket_id": "a", "at": "steps[0]" }), "at: there is no text"),
        ("list_failures", json!({ "status": "SUCCESS" }), "status: leave it out"),
        ("list_failures", json!({ "examples": 6 }), "examples: must be 0 to 5"),
        ("overview", json!({ "by": "weather" }), "by: must be tenant"),
        ("overview", json!({ "every_seconds": 60 }), "every_seconds: needs `since`"),
        ("compare_versions", json!({ "a": "", "b": "2" }), "a: is missing"),
        ("compare_versions", json!({ "a": "1" }), "missing field `b`"),
        ("explain_schema", json!({ "topic": "weather" }), "call without one to list them"),
    ] {
        let result = rig.tool(&rig.read, tool, arguments.clone()).await;
        assert!(refused(&result).contains(says), "{tool} {arguments}: {}", said(&result));
    }
    let none = rig.mcp(&rig.read, call("erase_tickets", &json!({}))).await.json();
    assert!(none["error"]["message"].as_str().unwrap().contains("no such tool"), "{none}");
    for nonsense in ["", "{", "[]", "null", "{\"jsonrpc\":\"2.0\"}", "\u{0}"] {
        let answer = rig.mcp(&rig.read, nonsense).await;
        assert!(answer.status.is_client_error(), "{nonsense:?}: {}", answer.status);
    }
    // Methods of the protocol that are not offered.
    for method in ["resources/list", "prompts/list", "resources/read", "logging/setLevel"] {
        let params = json!({ "uri": "file:///etc/passwd", "level": "debug" });
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let answer = rig.mcp(&rig.read, message.to_string()).await.json();
        let offered = &answer["result"];
        assert!(answer["error"].is_object() || offered.is_object(), "{method}: {answer}");
        assert!(!answer.to_string().contains("root:"), "{method}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_refused_before_a_byte_of_the_body_is_read() {
    let rig = rig::start("mcp_keys").await;
    for key in ["", "tl_acme_nonsense", &rig.read[..rig.read.len() - 1]] {
        let refused = rig.mcp(key, call("overview", &json!({}))).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(refused.headers.contains_key("www-authenticate"));
        assert_eq!(refused.json()["code"], "UNAUTHENTICATED");
    }
    // A body that never comes: the answer does not wait for it.
    let mut caller = TcpStream::connect(rig.http).await.unwrap();
    let head = "POST /mcp HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\n\
                content-length: 60000\r\n\r\n";
    caller.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    tokio::time::timeout(PATIENCE, caller.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 401");
    // The key goes in either header.
    let headers = [&HEADERS[..], &[("x-api-key", rig.read.as_str())]].concat();
    let message = call("overview", &json!({}));
    let other = rig.send(Method::POST, "/mcp", &headers, message).await;
    assert_eq!(other.json()["result"]["isError"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_short_and_comes_in_time_and_no_session_is_held() {
    let rig = rig::start_with("mcp_messages", |config| {
        config.body_timeout = Duration::from_millis(200);
    })
    .await;
    let long = call("get_ticket", &json!({ "ticket_id": "a".repeat(70_000) }));
    let refused = rig.mcp(&rig.read, long).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(refused.json()["detail"].as_str().unwrap().contains("65536 bytes"));

    let mut caller = TcpStream::connect(rig.http).await.unwrap();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: h\r\nx-api-key: {}\r\ncontent-length: 100\r\n\r\n{{",
        rig.read
    );
    caller.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    tokio::time::timeout(PATIENCE, caller.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 503");

    let initialize = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" } } });
    let begun = rig.mcp(&rig.read, initialize.to_string()).await;
    assert!(!begun.headers.contains_key("mcp-session-id"));
    let begun = begun.json();
    assert_eq!(begun["result"]["serverInfo"]["name"], "ticketlens");
    assert!(begun["result"]["instructions"].as_str().unwrap().contains("no instructions for you"));
    for method in [Method::GET, Method::DELETE] {
        let headers = [&HEADERS[..], &[("x-api-key", rig.read.as_str())]].concat();
        let answer = rig.send(method, "/mcp", &headers, "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.headers["allow"], "POST");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_are_turned_away() {
    let origin = "https://tools.example.com";
    let rig = rig::start_with("mcp_origins", |config| {
        config.cors_origins = vec![origin.parse().unwrap()];
    })
    .await;
    let message = call("overview", &json!({}));
    let asks = async |origin: &str| {
        let key = ("x-api-key", rig.read.as_str());
        let headers = [&HEADERS[..], &[key, ("origin", origin)]].concat();
        rig.send(Method::POST, "/mcp", &headers, message.clone()).await
    };
    let listed = asks(origin).await;
    assert_eq!(listed.json()["result"]["isError"], false);
    assert_eq!(listed.headers["access-control-allow-origin"], origin);
    for other in ["https://evil.example.com", "null", "https://tools.example.com:8443", ""] {
        let refused = asks(other).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{other}");
        assert_eq!(refused.json()["code"], "PERMISSION_DENIED");
    }
    let preflight = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,mcp-protocol-version"),
    ];
    let allowed = rig.send(Method::OPTIONS, "/mcp", &preflight, "").await;
    assert_eq!(allowed.headers["access-control-allow-origin"], origin);

    let rig = rig::start("mcp_origins_off").await;
    let headers = [&HEADERS[..], &[("x-api-key", rig.read.as_str()), ("origin", origin)]].concat();
    let off = rig.send(Method::POST, "/mcp", &headers, message).await;
    assert_eq!(off.status, StatusCode::FORBIDDEN);
}

/// A query nobody waits for is stopped in the database, and one tenant's flood is its own.
#[tokio::test(flavor = "multi_thread")]
async fn queries_end_with_their_callers_and_a_flood_is_bounded() {
    let rig = rig::start_with("mcp_gone", |config| {
        config.store.query_timeout = Duration::from_secs(600);
    })
    .await;
    rig.export(request((0..100).map(|n| ticket(&format!("t{n}"))).collect())).await.unwrap();
    rig.slow_down("mcp_gone").await;
    let message = call("search_tickets", &json!({}));
    let mut callers = Vec::new();
    // One tenant runs 16 at once; the others wait for their turn.
    for _ in 0..20 {
        let mut caller = TcpStream::connect(rig.http).await.unwrap();
        let head = format!(
            "POST /mcp HTTP/1.1\r\nhost: h\r\nx-api-key: {}\r\ncontent-type: application/json\r\n\
             accept: application/json, text/event-stream\r\ncontent-length: {}\r\n\r\n{message}",
            rig.read,
            message.len()
        );
        caller.write_all(head.as_bytes()).await.unwrap();
        callers.push(caller);
    }
    rig.until_running("mcp_gone", 16).await;
    drop(callers);
    rig.until_running("mcp_gone", 0).await;
}
