//! An engine in a temporary folder, and ClickHouse's HTTP protocol over a bare socket: each request on a
//! connection of its own, so that no test depends on another's connection.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::{Duration, Instant},
};

use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;
use ticketlens_engine::{Access, Engine, EngineConfig, Host, Name, Silent, find};

pub(crate) const STOP: Duration = Duration::from_secs(15);
/// How long any condition may take to come true. Generous: it is only reached when a test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A folder that outlives its engine.
pub(crate) struct Running {
    pub(crate) engine: Engine,
    pub(crate) folder: TempDir,
}

/// The configuration every test starts from.
pub(crate) fn config(folder: &TempDir) -> EngineConfig {
    config_at(folder.path())
}

pub(crate) fn config_at(folder: &std::path::Path) -> EngineConfig {
    EngineConfig {
        source: Some(find(&mut Silent).expect("an engine")),
        host: Some(Host::program(env!("CARGO_BIN_EXE_ticketlens-engine"))),
        ..EngineConfig::temporary(folder)
    }
}

pub(crate) fn start() -> Running {
    start_with(|config| config)
}

pub(crate) fn start_with(change: impl FnOnce(EngineConfig) -> EngineConfig) -> Running {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = Engine::start(change(config(&folder))).expect("a start");
    Running { engine, folder }
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

/// An answer over HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// ClickHouse's error code, 0 without one.
    pub(crate) fn code(&self) -> u32 {
        let value = |line: &str| {
            line.to_ascii_lowercase()
                .strip_prefix("x-clickhouse-exception-code:")?
                .trim()
                .parse()
                .ok()
        };
        self.head.lines().find_map(value).unwrap_or(0)
    }
}

/// A login.
#[derive(Debug, Clone)]
pub(crate) struct User {
    port: u16,
    name: String,
    password: SecretString,
}

impl Running {
    pub(crate) fn admin(&self) -> User {
        admin(&self.engine)
    }

    pub(crate) fn user(&self, name: &str, password: &str) -> User {
        User {
            port: self.engine.ports().http,
            name: name.to_owned(),
            password: SecretString::from(password),
        }
    }
}

pub(crate) fn admin(engine: &Engine) -> User {
    User {
        port: engine.ports().http,
        name: Access::ADMIN.to_owned(),
        password: engine.admin_password(),
    }
}

impl User {
    /// Runs a statement that must succeed; its result without the last line end.
    pub(crate) fn query(&self, sql: &str) -> String {
        let answer = self.ask("", sql.as_bytes()).expect("an answer");
        assert_eq!(answer.status, 200, "{sql}: {}", answer.body);
        answer.body.trim_end_matches('\n').to_owned()
    }

    /// Runs a statement that must fail; ClickHouse's error code.
    pub(crate) fn error(&self, sql: &str) -> u32 {
        let answer = self.ask("", sql.as_bytes()).expect("an answer");
        assert_ne!(answer.status, 200, "{sql} succeeded: {}", answer.body);
        answer.code()
    }

    /// Sends rows; `parameters` are further parameters of the URL, each with `&` before it.
    pub(crate) fn insert(&self, sql: &str, parameters: &str, rows: &[u8]) -> io::Result<Answer> {
        self.ask(&format!("&query={}{parameters}", sql.replace(' ', "+")), rows)
    }

    pub(crate) fn ask(&self, parameters: &str, body: &[u8]) -> io::Result<Answer> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        // HTTP/1.0: an answer without chunks, whose end is the connection's.
        let head = format!(
            "POST /?wait_end_of_query=1{parameters} HTTP/1.0\r\nX-ClickHouse-User: {}\r\nX-ClickHouse-Key: {}\r\nContent-Length: {}\r\n\r\n",
            self.name,
            self.password.expose_secret(),
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat())?;
        read_answer(&mut stream)
    }
}

pub(crate) fn get(port: u16, path: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())?;
    read_answer(&mut stream)
}

fn read_answer(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok(Answer {
        status: status.ok_or(io::ErrorKind::InvalidData)?,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

/// Polls a condition until it holds, or fails the test.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what} did not come true within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
