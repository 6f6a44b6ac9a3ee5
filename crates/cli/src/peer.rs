//! What answers at an address: a receiver, another gRPC server, or something else altogether.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, header::CONTENT_TYPE, uri::PathAndQuery};
use http_body_util::Full;
use ticketlens_show::safe;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tonic::{Code, Status, body::Body, codegen::Service};

use crate::{
    api::refused,
    channel::KeyedChannel,
    exit::{Exit, Failure, Result},
};

/// Asked before anything else. Both take an empty message, and neither changes anything.
const HEALTH: &str = "/grpc.health.v1.Health/Check";
const EXPORT: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
/// A gRPC message of no bytes: not compressed, length 0.
const EMPTY: &[u8] = &[0; 5];
/// How long the first answer may take: a receiver gives it at once, or says that its database is away.
const ANSWER: Duration = Duration::from_secs(15);
/// How long something that is no receiver may take to say what it is.
const PATIENCE: Duration = Duration::from_secs(2);
/// What is read of its answer.
const GLANCE: usize = 1024;

/// Checks that a receiver's query API answers on `channel`.
pub async fn expect_receiver(channel: &mut KeyedChannel, address: &str) -> Result<()> {
    match ask(channel, address, HEALTH).await? {
        Some(status) if status.code() == Code::Unimplemented => Err(other_grpc(address, &status)),
        // Whether it is well is told by the call itself.
        _ => Ok(()),
    }
}

/// Checks that OTLP logs are taken on `channel`, by a receiver or a Collector, and with this key.
pub async fn expect_logs(channel: &mut KeyedChannel, address: &str) -> Result<()> {
    match ask(channel, address, EXPORT).await? {
        Some(status) if status.code() == Code::Unimplemented => Err(other_grpc(address, &status)),
        Some(status)
            if [Code::Unauthenticated, Code::PermissionDenied].contains(&status.code()) =>
        {
            Err(refused(&status))
        }
        // Of what passes, the client tries again.
        _ => Ok(()),
    }
}

/// Calls `path` with an empty message: the status, where it is not a success.
async fn ask(
    channel: &mut KeyedChannel,
    address: &str,
    path: &'static str,
) -> Result<Option<Status>> {
    let mut request = Request::new(Body::new(Full::new(Bytes::from_static(EMPTY))));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = PathAndQuery::from_static(path).into();
    let grpc = http::HeaderValue::from_static("application/grpc");
    request.headers_mut().insert(CONTENT_TYPE, grpc);
    request.headers_mut().insert("te", http::HeaderValue::from_static("trailers"));
    let answered = timeout(ANSWER, async {
        std::future::poll_fn(|cx| channel.poll_ready(cx)).await?;
        channel.call(request).await
    });
    let Ok(answered) = answered.await else {
        let is = format!("no receiver: it gave no answer within {} s", ANSWER.as_secs());
        return Err(no_receiver(address, &is));
    };
    match answered {
        Ok(answer) if is_grpc(answer.headers()) => {
            Ok(Status::from_header_map(answer.headers()).filter(|status| status.code() != Code::Ok))
        }
        Ok(answer) => Err(no_receiver(address, &http_server(answer.status(), answer.headers()))),
        Err(_) => Err(no_receiver(address, &look(address).await)),
    }
}

fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"application/grpc"))
}

fn other_grpc(address: &str, status: &Status) -> Failure {
    let says = safe::line(status.message());
    // A receiver says it of itself.
    if says.starts_with("this is the OTLP/HTTP port") {
        return no_receiver(address, "a receiver's OTLP/HTTP port");
    }
    no_receiver(address, &format!("a gRPC server that says \"{says}\""))
}

fn no_receiver(address: &str, is: &str) -> Failure {
    Failure::new(Exit::Unreachable, format!("what answers at {} is {is}", safe::line(address)))
}

fn http_server(status: http::StatusCode, headers: &HeaderMap) -> String {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    server(&status.to_string(), said("server"), headers.keys().map(|name| name.as_str()))
}

/// What a server is, by its status, the name it gives itself, and the names of its headers.
fn server<'h>(status: &str, name: Option<&str>, headers: impl Iterator<Item = &'h str>) -> String {
    let mut headers = headers;
    let is_clickhouse = headers.any(|name| name.to_ascii_lowercase().starts_with("x-clickhouse-"));
    match name {
        _ if is_clickhouse => format!("ClickHouse's HTTP port (HTTP {status})"),
        Some(name) => format!("a web server ({}, HTTP {})", safe::line(name), safe::line(status)),
        None => format!("a web server (HTTP {})", safe::line(status)),
    }
}

/// What answers in plain HTTP where gRPC gets no answer.
async fn look(address: &str) -> String {
    const UNKNOWN: &str = "no gRPC server: it ended the connection";
    let Some(host) = address.strip_prefix("http://") else { return UNKNOWN.to_owned() };
    let host = host.split('/').next().unwrap_or_default();
    let said = timeout(PATIENCE, glance(host)).await.ok().and_then(std::io::Result::ok);
    match said.as_deref() {
        // A TLS alert record (RFC 8446, section 5.1).
        Some([0x15, 0x03, ..]) => "a server that uses TLS: start the address with https://".into(),
        Some(said) if said.starts_with(b"HTTP/1.") => {
            let head = String::from_utf8_lossy(said);
            let mut lines = head.lines();
            let status = lines.next().unwrap_or_default();
            let status = status.split_once(' ').map_or("", |(_, status)| status);
            let fields: Vec<_> = lines.filter_map(|line| line.split_once(':')).collect();
            let name = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("server"));
            let name = name.map(|(_, value)| value.trim());
            server(status, name, fields.iter().map(|(name, _)| *name))
        }
        _ => UNKNOWN.to_owned(),
    }
}

/// The beginning of the answer to a plain `GET /`.
async fn glance(host: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(host).await?;
    let request = format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut said = Vec::new();
    stream.take(GLANCE as u64).read_to_end(&mut said).await.or_else(|error| {
        // What was said before the end is enough.
        if said.is_empty() { Err(error) } else { Ok(0) }
    })?;
    Ok(said)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// What is made of a server that answers every connection so.
    async fn seen(answer: &'static [u8]) -> String {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", server.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = server.accept().await {
                // Who asks has seen enough, or nothing.
                let _ = connection.write_all(answer).await;
            }
        });
        look(&address).await
    }

    #[tokio::test]
    async fn a_server_is_known_by_how_it_begins() {
        let alert = seen(&[0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]).await;
        assert!(alert.contains("https://"), "{alert}");
        let web = seen(b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\n\r\nno").await;
        assert_eq!(web, "a web server (nginx, HTTP 404 Not Found)");
        let clickhouse = seen(b"HTTP/1.0 200 OK\r\nX-ClickHouse-Timezone: UTC\r\n\r\nOk.").await;
        assert!(clickhouse.starts_with("ClickHouse's HTTP port"), "{clickhouse}");
        let hostile = seen(b"HTTP/1.1 200 \x1b[2J\r\nServer: \x1b[31mred\r\n\r\n").await;
        assert!(!hostile.contains('\x1b'), "{hostile:?}");
        for other in [&b""[..], b"220 mail", &[0xff; 4096]] {
            assert!(seen(other).await.starts_with("no gRPC server"), "{other:?}");
        }
    }

    #[test]
    fn a_receiver_and_a_collector_are_told_apart() {
        let ours = Status::unimplemented("this is the OTLP/HTTP port; gRPC is served elsewhere");
        assert!(other_grpc("http://h:1", &ours).what().ends_with("a receiver's OTLP/HTTP port"));
        let collector = Status::unimplemented("unknown service grpc.health.v1.Health");
        assert!(other_grpc("http://h:1", &collector).what().contains("unknown service"));
    }
}
