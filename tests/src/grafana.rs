//! The backend of Grafana's ClickHouse data source, asked as Grafana asks it, without a Grafana.
//!
//! The plugin comes with a Grafana, and its module is in no registry that CI reaches, so what needs
//! it is no part of `cargo xtask test`: mark such a test `#[ignore]` and run it with
//! `cargo xtask plugin PROGRAM`.
//!
//! ```no_run
//! # use ticketlens_tests::{Database, grafana::{Plugin, Protocol, Range}};
//! # let database = Database::start();
//! let target = serde_json::json!({"format": 1, "rawSql": "SELECT count() AS tickets FROM tickets"});
//! let mut plugin = Plugin::start();
//! let frames = plugin.query(&database.admin(), Protocol::Native, &target, Range::DAY).unwrap();
//! assert_eq!(frames[0].field("tickets").values, [0]);
//! ```

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Login, peer};

mod frame;

pub use frame::{Field, Frame};

/// Where the plugin's program is.
const PROGRAM: &str = "TICKETLENS_GRAFANA_PLUGIN";

/// How the plugin talks to ClickHouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// ClickHouse's own.
    Native,
    /// Over HTTP.
    Http,
}

impl Protocol {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Native, Self::Http];
}

/// A dashboard's time range, in milliseconds since 1970, and the step that fits its panel's width.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// Its begin.
    pub from_ms: i64,
    /// Its end.
    pub to_ms: i64,
    /// From one point of a time series to the next.
    pub interval_ms: i64,
}

impl Range {
    /// 15 November 2023, in steps of five minutes.
    pub const DAY: Self =
        Self { from_ms: 1_700_006_400_000, to_ms: 1_700_092_800_000, interval_ms: 300_000 };
}

/// Why there are no frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// In HTTP's numbers.
    pub status: i64,
    /// Whose fault it is: `downstream` (the database or the query) or `plugin`.
    pub source: String,
    /// What a panel shows.
    pub message: String,
}

/// A running plugin. It keeps connections for each login, and serves any number of queries.
#[derive(Debug)]
pub struct Plugin {
    child: Child,
    /// Taken to say that there are no more.
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    asked: u64,
    folder: TempDir,
}

impl Plugin {
    /// Starts the one that `TICKETLENS_GRAFANA_PLUGIN` names.
    ///
    /// # Panics
    ///
    /// If it names none, or what asks it was not built.
    pub fn start() -> Self {
        let program = env::var_os(PROGRAM).unwrap_or_else(|| {
            panic!("{PROGRAM} names no plugin: run `cargo xtask plugin PROGRAM`")
        });
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = fs::File::create(folder.path().join("log")).expect("a log file");
        let mut child = Command::new(peer("grafana-plugin", "ask"))
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the plugin's client starts");
        let requests = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, requests, answers, asked: 0, folder }
    }

    /// What a panel gets for a target: its JSON as in a dashboard, the variables in it replaced.
    ///
    /// # Errors
    ///
    /// What a panel shows instead.
    ///
    /// # Panics
    ///
    /// If the plugin does not answer at all.
    pub fn query(
        &mut self,
        login: &Login,
        protocol: Protocol,
        target: &Value,
        range: Range,
    ) -> Result<Vec<Frame>, Refusal> {
        self.query_with(login, &settings(login, protocol), target, range)
    }

    /// The same with further settings of the data source: its `jsonData`, from [`settings`].
    ///
    /// # Errors
    ///
    /// What a panel shows instead.
    ///
    /// # Panics
    ///
    /// If the plugin does not answer at all.
    pub fn query_with(
        &mut self,
        login: &Login,
        settings: &Value,
        target: &Value,
        range: Range,
    ) -> Result<Vec<Frame>, Refusal> {
        self.asked += 1;
        let id = self.asked.to_string();
        let request = json!({
            "id": id, "settings": settings, "secure_settings": {"password": login.password},
            "from_ms": range.from_ms, "to_ms": range.to_ms, "interval_ms": range.interval_ms,
            "max_data_points": 1_000, "query": target,
        });
        let mut requests = self.requests.as_ref().expect("it runs");
        let written = writeln!(requests, "{request}");
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        let answered = written.is_ok() && read.is_ok() && !line.is_empty();
        assert!(answered, "the plugin does not answer:\n{}", self.log());
        let answer: Value = serde_json::from_str(&line).expect("an answer in JSON");
        assert_eq!(answer["id"], id, "the answer to this request");
        match answer["error"].as_str() {
            Some(message) => Err(Refusal {
                status: answer["status"].as_i64().unwrap_or(0),
                source: answer["error_source"].as_str().unwrap_or_default().to_owned(),
                message: message.to_owned(),
            }),
            None => {
                let frames = answer["frames"].as_array().expect("a list of frames");
                Ok(frames.iter().map(Frame::new).collect())
            }
        }
    }

    /// What it logged.
    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        // It stops the plugin when there are no more requests; killed, it could not.
        drop(self.requests.take());
        let _ = self.child.wait();
    }
}

/// The `jsonData` of a data source with this login, as it is provisioned.
///
/// # Panics
///
/// If the login's URL has no port.
pub fn settings(login: &Login, protocol: Protocol) -> Value {
    let (protocol, port) = match protocol {
        Protocol::Native => ("native", Some(login.native_port)),
        Protocol::Http => ("http", login.url.rsplit(':').next().and_then(|port| port.parse().ok())),
    };
    json!({
        "host": "127.0.0.1", "port": port.expect("a port"), "protocol": protocol,
        "username": login.user, "defaultDatabase": login.database,
        "dialTimeout": "10", "queryTimeout": "30",
    })
}
