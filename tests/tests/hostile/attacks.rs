//! The list. Each does what it does for a while, and leaves.

use std::{future::Future, io::Write as _, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    Rig,
    wire::{attributes, bare_record, list, map, record_with, request, required, text},
};

const MIB: usize = 1 << 20;
/// How long what only waits goes on: longer than who waits for room does.
const HOLD: Duration = Duration::from_secs(4);

type Attack = fn(Arc<Rig>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Every attack by its name.
pub fn all() -> Vec<(&'static str, Attack)> {
    vec![
        ("a large resource and 4,500 records", |rig| Box::pin(large_resource(rig, 4500))),
        ("a large resource and 500 records", |rig| Box::pin(large_resource(rig, 500))),
        ("a large resource and many records", |rig| Box::pin(large_resource(rig, 200_000))),
        ("bodies that are declared and not sent", |rig| Box::pin(declared(rig))),
        ("declared and dripped", |rig| Box::pin(dripped(rig))),
        ("a flood of large requests", |rig| Box::pin(flood(rig, 3 * MIB, 32, 1))),
        ("a flood of the largest", |rig| Box::pin(flood(rig, 60 * MIB, 4, 1))),
        ("a flood of small ones", |rig| Box::pin(flood(rig, 2 << 10, 64, 10))),
        ("bombs", |rig| Box::pin(bombs(rig))),
        ("depth", |rig| Box::pin(bodies(rig, deep()))),
        ("text that grows", |rig| Box::pin(bodies(rig, growing()))),
        ("lists in JSON's text", |rig| Box::pin(bodies(rig, trees()))),
        ("records of nothing", |rig| Box::pin(records_of_nothing(rig))),
        ("keys that are not known", |rig| Box::pin(strangers(rig))),
        ("senders that do not read", |rig| Box::pin(deaf(rig))),
        ("streams that are half open", |rig| Box::pin(half_open(rig))),
        ("connections that say nothing", |rig| Box::pin(silent(rig))),
    ]
}

/// One `POST /v1/logs` of protobuf; the status. Broken off is none.
async fn post(rig: &Rig, headers: &str, body: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(rig.receiver.http()).await.ok()?;
    let head = format!(
        "POST /v1/logs HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-api-key: {}\r\n\
         content-type: application/x-protobuf\r\n{headers}content-length: {}\r\n\r\n",
        rig.key,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    String::from_utf8_lossy(answer.get(9..12)?).parse().ok()
}

/// Sends the same many times at once, again and again.
async fn at_once(
    rig: Arc<Rig>,
    headers: &'static str,
    body: Vec<u8>,
    senders: usize,
    times: usize,
) {
    let body: Arc<[u8]> = body.into();
    let tasks: Vec<_> = (0..senders)
        .map(|_| {
            let (rig, body) = (Arc::clone(&rig), Arc::clone(&body));
            tokio::spawn(async move {
                for _ in 0..times {
                    let status = post(&rig, headers, &body).await;
                    let is_told = matches!(status, None | Some(200 | 413 | 429 | 503));
                    assert!(is_told, "{status:?}");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

async fn large_resource(rig: Arc<Rig>, records: u32) {
    let large = |n: usize| (format!("a{n}"), text("x".repeat(4096)));
    let resource = [attributes(1, required()), attributes(1, (0..32).map(large))].concat();
    let body = request(&resource, (0..records).map(bare_record));
    at_once(rig, "", body, 2, 1).await;
}

async fn flood(rig: Arc<Rig>, bytes: usize, senders: usize, times: usize) {
    let body = map([("output", text("The order was packed on Tuesday. ".repeat(bytes / 33)))]);
    let records = bytes.div_ceil(4 * MIB);
    let body = if records == 1 {
        request(&[], [record_with(&body)])
    } else {
        let part = map([("output", text("x".repeat(bytes / records)))]);
        request(&[], (0..records).map(|_| record_with(&part)))
    };
    at_once(rig, "", body, senders, times).await;
}

async fn bodies(rig: Arc<Rig>, bodies: Vec<Vec<u8>>) {
    for body in bodies {
        at_once(Arc::clone(&rig), "", request(&[], [record_with(&body)]), 3, 1).await;
    }
}

fn deep() -> Vec<Vec<u8>> {
    let nested = (0..20_000).fold(text("x"), |inner, _| list([inner]));
    vec![nested, text("[".repeat(4 * MIB)), text("{\"a\":".repeat(MIB / 2))]
}

fn growing() -> Vec<Vec<u8>> {
    let one = |body: Vec<u8>| map([("output", body)]);
    vec![
        one(text(vec![0xff; 4 * MIB])),
        one(text(vec![1; 4 * MIB])),
        one(text("a@b.co ".repeat(MIB / 2))),
        one(list((0..MIB / 4).map(|_| map::<&str>([])))),
        map([("steps", list((0..MIB / 4).map(|_| map::<&str>([]))))]),
        map([("tool_calls", list((0..MIB / 4).map(|_| map::<&str>([]))))]),
    ]
}

fn trees() -> Vec<Vec<u8>> {
    let list = |item: &str| text(format!("{{\"output\":[{}0]}}", item.repeat(MIB / item.len())));
    vec![list("0,"), list("[],"), list("{},"), list("\"\","), list("NaN,")]
}

async fn records_of_nothing(rig: Arc<Rig>) {
    let nothing = crate::wire::field(2, &[]).repeat(MIB);
    let body = crate::wire::field(1, &crate::wire::field(2, &nothing));
    at_once(rig, "", body, 2, 1).await;
}

/// Zeros, packed.
async fn bombs(rig: Arc<Rig>) {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; 200 * MIB]).unwrap();
    let gzip = encoder.finish().unwrap();
    at_once(Arc::clone(&rig), "content-encoding: gzip\r\n", gzip, 8, 1).await;
    let zstd = zstd::stream::encode_all(&vec![0; 60 * MIB][..], 19).unwrap();
    at_once(rig, "content-encoding: zstd\r\n", zstd, 8, 1).await;
}

/// The head of a request that says it has 60 MiB.
fn head(key: &str) -> String {
    format!(
        "POST /v1/logs HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n\
         content-type: application/x-protobuf\r\ncontent-length: {}\r\n\r\n",
        60 * MIB
    )
}

async fn connected(rig: &Rig, count: usize, say: &str) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(rig.receiver.http()).await.unwrap();
        // One that is let go of at once has said it all the same.
        let _ = stream.write_all(say.as_bytes()).await;
        streams.push(stream);
    }
    streams
}

async fn declared(rig: Arc<Rig>) {
    let _with_key = connected(&rig, 200, &head(&rig.key)).await;
    let _without = connected(&rig, 200, &head("tl_flood_nonsense")).await;
    tokio::time::sleep(HOLD).await;
}

async fn dripped(rig: Arc<Rig>) {
    let mut streams = connected(&rig, 100, &head(&rig.key)).await;
    for _ in 0..20 {
        for stream in &mut streams {
            let _ = stream.write_all(&[10]).await;
        }
        tokio::time::sleep(HOLD / 20).await;
    }
}

/// Well formed and unknown, each with a body.
async fn strangers(rig: Arc<Rig>) {
    let body = vec![0; MIB];
    let tasks: Vec<_> = (0..200_u32)
        .map(|n| {
            let (rig, body) = (Arc::clone(&rig), body.clone());
            tokio::spawn(async move {
                let key = unknown_key(&rig.key, n);
                let mut stream = TcpStream::connect(rig.receiver.http()).await.unwrap();
                let _ = stream.write_all(head(&key).as_bytes()).await;
                let _ = stream.write_all(&body).await;
                let mut answer = [0; 12];
                let _ = timeout(HOLD, stream.read(&mut answer)).await;
                assert!(!answer.starts_with(b"HTTP/1.1 200"));
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// A right key's form with other digits.
fn unknown_key(key: &str, n: u32) -> String {
    let (start, secret) = key.rsplit_once('_').unwrap();
    let shift = |c: char| char::from_digit((c.to_digit(36).unwrap_or(0) + 1 + n % 7) % 10, 10);
    format!("{start}_{}", secret.chars().filter_map(shift).collect::<String>())
}

/// Requests without end, and no answer is ever read.
async fn deaf(rig: Arc<Rig>) {
    let body = request(&[], [record_with(&map([("output", text("x"))]))]);
    let one = [head_of(&rig.key, body.len()).as_bytes(), &body].concat();
    let mut streams = connected(&rig, 64, "").await;
    for stream in &mut streams {
        for _ in 0..500 {
            // Full: it waits for us to read.
            if timeout(Duration::from_millis(200), stream.write_all(&one)).await.is_err() {
                break;
            }
        }
    }
    tokio::time::sleep(HOLD / 4).await;
}

fn head_of(key: &str, length: usize) -> String {
    format!(
        "POST /v1/logs HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n\
         content-type: application/x-protobuf\r\ncontent-length: {length}\r\n\r\n"
    )
}

/// Over HTTP/2: streams that have begun, on connections that are full of them.
async fn half_open(rig: Arc<Rig>) {
    let mut connections = Vec::new();
    for n in 0..32_usize {
        let address = rig.receiver.grpc().replace("http://", "");
        let stream = TcpStream::connect(address).await.unwrap();
        let Ok((mut client, connection)) = h2::client::handshake(stream).await else { continue };
        let key = if n % 2 == 0 { rig.key.clone() } else { unknown_key(&rig.key, 1) };
        let running = tokio::spawn(async move { drop(connection.await) });
        let mut streams = Vec::new();
        for _ in 0..128 {
            let Ok(Ok(ready)) = timeout(HOLD / 40, client.clone().ready()).await else { break };
            client = ready;
            let request = http::Request::post(
                "http://x/opentelemetry.proto.collector.logs.v1.LogsService/Export",
            )
            .header("content-type", "application/grpc")
            .header("x-api-key", &key)
            .body(())
            .unwrap();
            let Ok((answer, mut body)) = client.send_request(request, false) else { break };
            // Declares 60 MiB and sends what the window lets through.
            let prefix = [&[0][..], &(60 * MIB as u32).to_be_bytes()].concat();
            let piece = Bytes::from([prefix, vec![10; 256 << 10]].concat());
            let _ = body.send_data(piece, false);
            streams.push((answer, body));
        }
        connections.push((running, client, streams));
    }
    tokio::time::sleep(HOLD).await;
    for (running, ..) in &connections {
        running.abort();
    }
}

/// More of them than there are places.
async fn silent(rig: Arc<Rig>) {
    let _first = connected(&rig, 900, "").await;
    let _more = connected(&rig, 300, "").await;
    let answer = rig.receiver.exchange("GET /healthz HTTP/1.0\r\nhost: test\r\n\r\n");
    assert!(answer.contains("alive"), "{answer}");
    tokio::time::sleep(HOLD / 4).await;
}
