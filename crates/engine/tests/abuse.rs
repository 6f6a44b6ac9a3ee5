//! What clients do wrong, over both ports: the engine answers on, in the same process, after each of them.
//!
//! Without a pseudo-terminal as the engine's standard input, seven of these ended the whole database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, Shutdown, TcpStream},
    time::Duration,
};

use secrecy::ExposeSecret;
use socket2::SockRef;
use support::{PATIENCE, Running, start, until};

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Closes with a reset instead of an orderly end.
fn reset(stream: TcpStream) {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

/// Ends our side and waits for the other's: it has dealt with everything we sent.
fn end(mut stream: TcpStream) {
    // The other side may have had enough before: then there is nothing to end or to read.
    let _ = stream.shutdown(Shutdown::Write);
    let _ = io::copy(&mut stream, &mut io::sink());
}

/// Bytes without any sense, the same in every run.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| byte()).collect()
}

/// The oldest native protocol the engine still speaks, in which everything but the packets below is optional.
mod native {
    use super::{Read, TcpStream, Write, connect, io};

    const REVISION: u64 = 54_031;
    pub(super) const HELLO: u8 = 0;
    pub(super) const DATA: u8 = 1;
    pub(super) const EXCEPTION: u8 = 2;

    fn number(mut value: u64, out: &mut Vec<u8>) {
        while value >= 0x80 {
            out.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        out.push(value.to_le_bytes()[0]);
    }

    fn text(value: &str, out: &mut Vec<u8>) {
        number(value.len() as u64, out);
        out.extend_from_slice(value.as_bytes());
    }

    pub(super) fn hello(database: &str, user: &str, password: &str) -> Vec<u8> {
        let mut out = vec![0];
        text("abuse", &mut out);
        number(1, &mut out);
        number(1, &mut out);
        number(REVISION, &mut out);
        for value in [database, user, password] {
            text(value, &mut out);
        }
        out
    }

    /// A query and the empty block that ends its (absent) external tables.
    pub(super) fn query(sql: &str) -> Vec<u8> {
        let mut out = vec![1];
        text("", &mut out); // id
        text("", &mut out); // no settings
        number(2, &mut out); // to its end
        number(0, &mut out); // uncompressed
        text(sql, &mut out);
        out.extend_from_slice(&[2, 0]); // data, without a table's name
        out.extend_from_slice(&[0, 0, 0]); // no facts about the block, no columns, no rows
        out
    }

    /// The first byte of an answer.
    pub(super) fn kind(stream: &mut TcpStream) -> io::Result<u8> {
        let mut kind = [0];
        stream.read_exact(&mut kind)?;
        Ok(kind[0])
    }

    /// A connection that is logged in, its greeting read.
    pub(super) fn log_in(port: u16, password: &str) -> TcpStream {
        let mut stream = connect(port);
        stream.write_all(&hello("", "admin", password)).unwrap();
        assert_eq!(kind(&mut stream).unwrap(), HELLO);
        let mut rest = [0u8; 512];
        assert!(stream.read(&mut rest).unwrap() > 0);
        stream
    }
}

struct Abused {
    running: Running,
    pid: u32,
    http: u16,
    native: u16,
}

impl Abused {
    fn start() -> Self {
        let running = start();
        running.admin().query("CREATE TABLE z (a UInt64) ENGINE = MergeTree ORDER BY a");
        let ports = running.engine.ports();
        let pid = running.engine.pid().unwrap();
        Self { running, pid, http: ports.http, native: ports.native }
    }

    /// Restarts are off in tests, so an answer comes from the process that was there at the beginning.
    fn answers_after(&self, what: &str) {
        until(&format!("the end of all queries after {what}"), || {
            self.running.admin().query("SELECT count() FROM system.processes") == "1"
        });
        assert_eq!(self.running.engine.pid(), Some(self.pid), "after {what}");
        let mut stream = connect(self.native);
        stream.write_all(&native::hello("", "admin", &self.password())).unwrap();
        assert_eq!(native::kind(&mut stream).unwrap(), native::HELLO, "native port after {what}");
    }

    fn password(&self) -> String {
        self.running.engine.admin_password().expose_secret().to_owned()
    }

    fn log_in(&self) -> TcpStream {
        native::log_in(self.native, &self.password())
    }

    /// The beginning of a request that is logged in.
    fn request(&self, line: &str, headers: &str) -> String {
        let password = self.password();
        format!(
            "{line} HTTP/1.1\r\nHost: x\r\nX-ClickHouse-User: admin\r\nX-ClickHouse-Key: {password}\r\n{headers}\r\n"
        )
    }

    /// Sends bytes to the HTTP port and reads the answer to its end.
    fn http(&self, bytes: &[u8]) -> String {
        let mut stream = connect(self.http);
        // The other side may close before it has read all.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}

const INSERT: &str = "POST /?query=insert+into+z+format+TSV";

#[test]
fn refused_logins_on_the_native_port() {
    let abused = Abused::start();
    let password = abused.password();
    for (what, database, user, password) in [
        ("a wrong password", "", "admin", "wrong"),
        ("the built-in user", "", "default", ""),
        ("an unknown user", "", "nobody", ""),
        ("an unknown database", "nope", "admin", password.as_str()),
    ] {
        let mut stream = connect(abused.native);
        stream.write_all(&native::hello(database, user, password)).unwrap();
        assert_eq!(native::kind(&mut stream).unwrap(), native::EXCEPTION, "{what}");
        end(stream);
        abused.answers_after(what);
    }
}

#[test]
fn nonsense_on_the_native_port() {
    let abused = Abused::start();
    for (what, bytes) in [
        ("noise", noise(4000)),
        ("HTTP on the native port", b"GET / HTTP/1.0\r\n\r\n".to_vec()),
        ("nothing at all", Vec::new()),
        ("half a greeting", b"\x00\x11Python".to_vec()),
    ] {
        let mut stream = connect(abused.native);
        let _ = stream.write_all(&bytes);
        end(stream);
        abused.answers_after(what);
        let mut stream = connect(abused.native);
        let _ = stream.write_all(&bytes);
        reset(stream);
        abused.answers_after(&format!("{what}, then a reset"));
    }
}

#[test]
fn native_connections_that_break_after_the_login() {
    let abused = Abused::start();

    let mut stream = abused.log_in();
    stream.write_all(&native::query("selec 1")).unwrap();
    assert_eq!(native::kind(&mut stream).unwrap(), native::EXCEPTION);
    end(stream);
    abused.answers_after("a statement that does not parse");

    let mut stream = abused.log_in();
    let slow = "select number, sleepEachRow(0.01) from numbers(1000) settings max_block_size = 1";
    stream.write_all(&native::query(slow)).unwrap();
    assert_eq!(native::kind(&mut stream).unwrap(), native::DATA);
    reset(stream);
    abused.answers_after("a reset amid a result");

    let mut stream = abused.log_in();
    stream.write_all(&native::query("insert into z values")).unwrap();
    assert_eq!(native::kind(&mut stream).unwrap(), native::DATA, "the columns it wants");
    reset(stream);
    abused.answers_after("a reset amid an insert");

    let mut stream = abused.log_in();
    let _ = stream.write_all(&noise(5000));
    end(stream);
    abused.answers_after("noise after the login");

    let mut stream = abused.log_in();
    stream.write_all(&native::query("insert into z values")).unwrap();
    assert_eq!(native::kind(&mut stream).unwrap(), native::DATA, "the columns it wants");
    let _ = stream.write_all(&[[2, 0, 0].as_slice(), &noise(3000)].concat());
    end(stream);
    abused.answers_after("a block of noise");
}

#[test]
fn nonsense_on_the_http_port() {
    let abused = Abused::start();
    let hello = [[0x16, 3, 1, 0, 0xa5, 1, 0, 0, 0xa1, 3, 3].as_slice(), &noise(150)].concat();
    let long = [b"GET / HTTP/1.1\r\nX: ".to_vec(), vec![b'a'; 3_000_000], b"\r\n\r\n".to_vec()];
    for (what, bytes) in [
        ("noise", noise(3000)),
        ("a TLS greeting", hello),
        ("a header of 3 MB", long.concat()),
        ("an unknown method and version", b"BREW /x HTTP/9.9\r\n\r\n".to_vec()),
        ("half a request line", b"GET / HT".to_vec()),
        (
            "a change of protocol",
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
                .to_vec(),
        ),
    ] {
        abused.http(&bytes);
        abused.answers_after(what);
    }
    reset(connect(abused.http));
    abused.answers_after("a reset at once");
}

#[test]
fn http_requests_that_break_amid() {
    let abused = Abused::start();

    let answer = abused.http(
        [&abused.request(INSERT, "Transfer-Encoding: chunked\r\n"), "ZZZ\r\nfoo"]
            .concat()
            .as_bytes(),
    );
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    abused.answers_after("a broken chunk");

    let headers = "Content-Encoding: gzip\r\nContent-Length: 10\r\nConnection: close\r\n";
    let answer = abused.http([&abused.request(INSERT, headers), "0123456789"].concat().as_bytes());
    assert!(!answer.starts_with("HTTP/1.1 200") && answer.starts_with("HTTP/1.1 "), "{answer}");
    abused.answers_after("a body that is not gzip");

    let mut stream = connect(abused.http);
    let request = abused.request(INSERT, "Content-Length: 2000000\r\n");
    // Beyond the first 256 KiB, which are read before the query counts as begun.
    stream.write_all([&request, "1\n2\n".repeat(100_000).as_str()].concat().as_bytes()).unwrap();
    until("the insert's begin", || {
        abused.running.admin().query("SELECT count() FROM system.processes") == "2"
    });
    reset(stream);
    abused.answers_after("a reset amid a body");
    assert_eq!(abused.running.admin().query("SELECT count() FROM z"), "0", "nothing half was kept");

    let mut stream = connect(abused.http);
    let line = "GET /?query=select+*+from+numbers(100000000)";
    stream.write_all(abused.request(line, "").as_bytes()).unwrap();
    let mut begin = [0; 15];
    stream.read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200 OK");
    reset(stream);
    abused.answers_after("a reset amid an answer");
}

#[test]
fn a_query_beyond_the_memory_limit_fails_alone() {
    let abused = Abused::start();
    let sql = "SELECT groupArray(randomString(1000000)) FROM numbers(100000) SETTINGS max_memory_usage = 0";
    assert_eq!(abused.running.admin().error(sql), 241);
    abused.answers_after("a query beyond the memory limit");
}

#[test]
fn many_connections_at_once() {
    let abused = Abused::start();
    // Under the usual limit of 1024 open files of this very process.
    let all: Vec<TcpStream> = (0..600)
        .map(|_| connect(abused.http))
        .chain((0..200).map(|_| connect(abused.native)))
        .collect();
    all.into_iter().for_each(reset);
    abused.answers_after("800 connections that are reset");
}
