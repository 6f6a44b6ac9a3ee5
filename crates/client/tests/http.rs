//! OTLP/HTTP, against a server that shows what is on the wire.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::Duration,
};

use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use prost::Message as _;
use ticketlens::{Compression, Lens, Protocol, Status, Ticket};

struct Seen {
    head: String,
    body: Vec<u8>,
}

/// Answers one request after the other with `answers`, then closes.
fn serve(answers: Vec<(&'static str, Vec<u8>)>) -> (String, mpsc::Receiver<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (seen, requests) = mpsc::channel();
    thread::spawn(move || {
        for (status, body) in answers {
            let (stream, _) = listener.accept().unwrap();
            seen.send(answer(stream, status, &body)).unwrap();
        }
    });
    (endpoint, requests)
}

fn answer(stream: TcpStream, status: &str, body: &[u8]) -> Seen {
    let mut reader = BufReader::new(stream);
    let seen = read_request(&mut reader);
    let length = body.len();
    let mut stream = reader.into_inner();
    let answer =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).unwrap();
    // Who has read enough may hang up.
    let _ = stream.write_all(body);
    seen
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Seen {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "the request ends early");
    }
    let length = header(&head, "content-length").unwrap().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Seen { head, body }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
}

fn lens(endpoint: String, compression: Option<Compression>) -> Lens {
    let mut builder =
        Lens::builder().endpoint(endpoint).protocol(Protocol::HttpProtobuf).key("tl_test");
    if let Some(compression) = compression {
        builder = builder.compression(compression);
    }
    builder.linger(Duration::from_millis(5)).build().unwrap()
}

fn ticket() -> Ticket {
    Ticket::new("T-1", Status::Success, Duration::from_secs(1))
}

const LONG: Duration = Duration::from_secs(30);

#[test]
fn a_request_is_what_otlp_says() {
    for compression in [None, Some(Compression::Gzip), Some(Compression::Zstd)] {
        let (endpoint, requests) = serve(vec![("200 OK", Vec::new())]);
        let lens = lens(endpoint, compression);
        lens.emit(ticket());
        assert_eq!(lens.shutdown(LONG).sent, 1, "{:?}", lens.stats());
        let Seen { head, body } = requests.recv().unwrap();
        assert!(head.starts_with("POST /v1/logs HTTP/1.1\r\n"), "{head}");
        assert_eq!(header(&head, "content-type"), Some("application/x-protobuf"));
        assert_eq!(header(&head, "authorization"), Some("Bearer tl_test"));
        let (encoding, body) = match compression {
            None => (None, body),
            Some(Compression::Gzip) => {
                let mut plain = Vec::new();
                flate2::read::GzDecoder::new(&*body).read_to_end(&mut plain).unwrap();
                (Some("gzip"), plain)
            }
            _ => (Some("zstd"), zstd::stream::decode_all(&*body).unwrap()),
        };
        assert_eq!(header(&head, "content-encoding"), encoding);
        let request = ExportLogsServiceRequest::decode(&*body).unwrap();
        let records = &request.resource_logs[0].scope_logs[0].log_records;
        assert_eq!(records[0].event_name, "ticket.completed");
    }
}

#[test]
fn partial_success_is_counted() {
    let partial = ExportLogsPartialSuccess {
        rejected_log_records: 1,
        error_message: "1 invalid_status".to_owned(),
    };
    let response = ExportLogsServiceResponse { partial_success: Some(partial) };
    let (endpoint, _requests) = serve(vec![("200 OK", response.encode_to_vec())]);
    let lens = lens(endpoint, None);
    lens.emit(ticket());
    let report = lens.shutdown(LONG);
    assert_eq!((report.sent, report.rejected, report.left), (0, 1, 0));
    assert_eq!(lens.stats().messages, ["1 invalid_status"]);
}

#[test]
fn an_overloaded_server_is_asked_again() {
    let busy = ("503 Service Unavailable\r\nretry-after: 0", Vec::new());
    let (endpoint, requests) = serve(vec![busy, ("200 OK", Vec::new())]);
    let lens = lens(endpoint, None);
    lens.emit(ticket());
    assert!(lens.flush(LONG).complete);
    assert_eq!(lens.stats().sent, 1);
    assert_eq!(requests.iter().count(), 2);
}

#[test]
fn a_refusal_is_told_in_the_servers_words() {
    let status = tonic_types::pb::Status { message: "no such key".into(), ..Default::default() };
    let (endpoint, _requests) = serve(vec![("401 Unauthorized", status.encode_to_vec())]);
    let lens = lens(endpoint, None);
    lens.emit(ticket());
    let report = lens.shutdown(LONG);
    assert_eq!((report.dropped.refused, report.left), (1, 0));
    let stats = lens.stats();
    assert_eq!(stats.last_error.as_deref(), Some("HTTP 401 Unauthorized: no such key"));
}

/// OTLP specification, "OTLP/HTTP Response".
#[test]
fn an_answer_without_end_is_a_refusal() {
    for status in ["200 OK", "503 Service Unavailable"] {
        let (endpoint, _requests) = serve(vec![(status, vec![b' '; 5 << 20])]);
        let lens = lens(endpoint, None);
        lens.emit(ticket());
        let report = lens.shutdown(LONG);
        assert_eq!((report.dropped.refused, report.left), (1, 0), "{status}");
        let told = lens.stats().last_error.unwrap_or_default();
        assert!(told.contains("the answer is larger"), "{told}");
    }
}

/// OTLP specification, "OTLP/HTTP Connection".
#[test]
fn one_connection_carries_many_requests() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        // Nobody could connect a second time.
        drop(listener);
        let mut reader = BufReader::new(stream);
        for _ in 0..3 {
            read_request(&mut reader);
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            reader.get_mut().write_all(answer).unwrap();
        }
    });
    let lens = lens(endpoint, None);
    for _ in 0..3 {
        lens.emit(ticket());
        assert!(lens.flush(LONG).complete);
    }
    server.join().unwrap();
    assert_eq!((lens.stats().sent, lens.stats().retries), (3, 0));
}

/// OTLP specification, "All Other Responses".
#[test]
fn a_server_that_hangs_up_without_an_answer_is_asked_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        read_request(&mut BufReader::new(stream));
        let (stream, _) = listener.accept().unwrap();
        answer(stream, "200 OK", b"");
    });
    let lens = lens(endpoint, None);
    lens.emit(ticket());
    assert!(lens.flush(LONG).complete);
    server.join().unwrap();
    assert_eq!((lens.stats().sent, lens.stats().retries), (1, 1));
}

/// OTLP specification, "Empty Telemetry Envelopes".
#[test]
fn nothing_is_sent_where_there_is_no_ticket() {
    let (endpoint, requests) = serve(vec![("200 OK", Vec::new())]);
    let lens = lens(endpoint, None);
    assert!(lens.flush(LONG).complete);
    assert!(lens.shutdown(LONG).complete);
    assert!(requests.try_recv().is_err(), "no request came");
}
