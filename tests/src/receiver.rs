//! The real receiver: `ticketlens serve` as a process of its own.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{LazyLock, Mutex},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

use crate::{Database, program};

/// Longest time anything here may take before a test counts as stuck.
const STUCK: Duration = Duration::from_secs(60);

/// A running `ticketlens serve`. Killed when dropped.
#[derive(Debug)]
pub struct Receiver {
    child: Child,
    grpc: SocketAddr,
    http: SocketAddr,
    config: PathBuf,
    environment: Vec<(&'static str, String)>,
    folder: TempDir,
}

/// A port nobody listens on now, and that no other test of this program was given: two that are
/// given the same one find each other's receiver ready, and not their own.
///
/// # Panics
///
/// If the machine has none.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        if GIVEN.lock().expect("no test panics here").insert(port) {
            return port;
        }
    }
}

/// Sends a signal to a process.
///
/// # Panics
///
/// If it is not there.
pub fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a process id"));
    kill(pid, signal).expect("the process is there");
}

impl Receiver {
    /// Starts one on `database` and waits until it is ready. `settings` is TOML of its own, put
    /// before the rest of the configuration.
    ///
    /// # Panics
    ///
    /// If it does not become ready.
    pub fn start(database: &Database, settings: &str) -> Self {
        Self::start_with(database, settings, &[])
    }

    /// The same, with variables of the environment.
    ///
    /// # Panics
    ///
    /// If it does not become ready.
    pub fn start_with(
        database: &Database,
        settings: &str,
        environment: &[(&'static str, String)],
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let (grpc, http) = (address(free_port()), address(free_port()));
        let mut text = String::new();
        let _ = write!(
            text,
            "grpc_listen = \"{grpc}\"\nhttp_listen = \"{http}\"\n{settings}\n[clickhouse]\n\
             url = \"{}\"\nuser = \"{}\"\npassword = \"{}\"\n",
            database.url(),
            database.user(),
            database.password()
        );
        let config = folder.path().join("receiver.toml");
        fs::write(&config, text).expect("the configuration is written");
        let environment = environment.to_vec();
        let child = spawn(&config, &folder, &environment);
        let receiver = Self { child, grpc, http, config, environment, folder };
        receiver.wait_until_ready();
        receiver
    }

    /// Where gRPC is served.
    pub fn grpc(&self) -> String {
        format!("http://{}", self.grpc)
    }

    /// Sends a request as it is written to the HTTP port; the whole answer.
    ///
    /// # Panics
    ///
    /// If there is no answer.
    pub fn exchange(&self, request: &str) -> String {
        exchange(self.http, request).expect("an answer")
    }

    /// Where HTTP is served.
    pub const fn http(&self) -> SocketAddr {
        self.http
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has said so far.
    ///
    /// # Panics
    ///
    /// If its log can't be read.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).expect("the receiver's log")
    }

    /// Kills it as a machine would, and starts it again on the same ports.
    ///
    /// # Panics
    ///
    /// If it does not become ready.
    pub fn kill_and_restart(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
        self.child = spawn(&self.config, &self.folder, &self.environment);
        self.wait_until_ready();
    }

    /// Asks it to end, and starts it again on the same ports.
    ///
    /// # Panics
    ///
    /// If it does not end well, or does not become ready.
    pub fn restart(&mut self) {
        let status = self.terminate();
        assert!(status.success(), "{status}\n{}", self.log());
        self.child = spawn(&self.config, &self.folder, &self.environment);
        self.wait_until_ready();
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Panics
    ///
    /// If it does not end.
    pub fn terminate(&mut self) -> ExitStatus {
        signal(self.pid(), Signal::SIGTERM);
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("its status") {
                return status;
            }
            assert!(started.elapsed() < STUCK, "the receiver does not end:\n{}", self.log());
            std::thread::yield_now();
        }
    }

    fn wait_until_ready(&self) {
        let started = Instant::now();
        while !self.is_ready() {
            assert!(started.elapsed() < STUCK, "the receiver is not ready:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether `GET /readyz` answers 200.
    pub fn is_ready(&self) -> bool {
        get(self.http, "/readyz").is_some_and(|answer| answer.split(' ').nth(1) == Some("200"))
    }
}

impl Drop for Receiver {
    /// Every line it has written is one of the log's schema.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !std::thread::panicking() {
            let log = self.log();
            // Killed while it wrote, its last line may be cut.
            let whole = log.rfind('\n').map_or("", |end| &log[..end]);
            assert_lines_of_the_schema(whole);
        }
    }
}

/// Checks that every line is one that our programs may log (`docs/logging.schema.json`).
///
/// # Panics
///
/// If one is not.
pub fn assert_lines_of_the_schema(log: &str) {
    static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
        let schema = ticketlens_log::schema();
        let options = jsonschema::options().should_validate_formats(true);
        options.build(&schema).expect("the schema is one")
    });
    for line in log.lines() {
        let told = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        if let Err(error) = SCHEMA.validate(&told) {
            panic!("{error}, at {}: {line}", error.instance_path());
        }
    }
}

fn spawn(config: &PathBuf, folder: &TempDir, environment: &[(&str, String)]) -> Child {
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.path().join("log"))
        .expect("a log file");
    Command::new(program("ticketlens"))
        .args(["serve", "--log-format", "json", "--config"])
        .arg(config)
        // What is said at most: a leak would show.
        .env("TICKETLENS_LOG", "trace")
        .envs(environment.iter().cloned())
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("the log file"))
        .stderr(log)
        .spawn()
        .expect("the receiver starts")
}

/// One plain HTTP/1.0 GET; the whole answer, where there is one.
pub fn get(address: SocketAddr, path: &str) -> Option<String> {
    exchange(address, &format!("GET {path} HTTP/1.0\r\nHost: test\r\n\r\n"))
}

/// Sends a request as it is written; the whole answer. HTTP/1.0, so that it ends with the
/// connection and comes in no chunks.
pub(crate) fn exchange(address: SocketAddr, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}
