//! What no receiver of this version says: an older one's API, and parts that are down. Stand-ins say it, and
//! the program asks them as it asks a receiver.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};

use super::{check, names, outcome};
use crate::dev::{program, said};

/// An HTTP port that answers this to everything.
fn statusz(document: Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let head = BufReader::new(&stream).lines().map_while(Result::ok);
            head.take_while(|line| !line.is_empty()).for_each(drop);
            let body = document.to_string();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            // Who looks at its certificate alone is gone by now.
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    address
}

/// A gRPC port with the admin's API as it was before `GetCheckup`.
fn older_api() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let tasks = tokio::task::LocalSet::new();
        tasks.block_on(&runtime, async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let served = http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service_fn(answered));
                tokio::task::spawn_local(served);
            }
        });
    });
    address
}

async fn answered(
    request: Request<Incoming>,
) -> Result<
    Response<impl hyper::body::Body<Data = Bytes, Error = std::convert::Infallible>>,
    hyper::Error,
> {
    let is_known = !request.uri().path().ends_with("/GetCheckup");
    // Until it has been read the caller's message is under way.
    request.into_body().collect().await?;
    // An empty message: a receiver without maintenance, keys and a disk.
    let message = if is_known { &[0; 5][..] } else { &[] };
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static(if is_known { "0" } else { "12" }));
    let body = Full::new(Bytes::from_static(message)).with_trailers(async { Some(Ok(trailers)) });
    let mut response = Response::new(body);
    let grpc = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert("content-type", grpc);
    Ok(response)
}

#[test]
fn an_older_receiver_and_one_whose_parts_are_down_are_told_as_that() {
    let part = |name: &str, state: &str, restarts: u64| {
        json!({
            "name": name, "worker_state": state, "since_unix_ms": 1, "restart_count": restarts,
            "backoff_ms": 400, "died": "panicked",
        })
    };
    let http = statusz(json!({
        "version": "0.0.9", "ready": false, "reason": "a part is down: ledger",
        "maintenance_mode": false, "bytes_in_flight": 0,
        "workers": [part("ledger", "backoff", 2), part("inserts", "ready", 0)],
    }));
    let folder = tempfile::tempdir().unwrap();
    let mut doctor = program(folder.path());
    doctor.args(["doctor", "--json", "--endpoint", &older_api(), "--http-endpoint", &http]);
    let ill = said(doctor.env("TICKETLENS_KEY", "tl_any")).ended(1);
    assert_eq!(names(&ill, "problem"), ["receiver.ready", "receiver.workers"], "{}", ill.out);
    let found = check(&ill, "receiver.workers")["found"].to_string();
    assert!(
        found.contains("down: ledger (backoff, started again 2 times, last as it panicked)"),
        "{found}"
    );
    assert_eq!(names(&ill, "warning"), ["receiver.version"]);
    for name in ["clickhouse.reachable", "clickhouse.grants", "clock.clickhouse", "tickets.open"] {
        let needs = check(&ill, name)["found"].to_string();
        assert!(needs.contains("needs a receiver of this version"), "{name}: {needs}");
    }
    // What it does have is asked for.
    assert_eq!(outcome(&ill, "keys.ended"), "ok", "{}", ill.out);
}
