//! A running `ticketlens dev`, and the program called beside it.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// For whatever is waited for: far beyond what it takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the program said and how it ended.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Fails the test with everything that was said, unless it ended so.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}", self.out))
    }

    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The program, with nothing of the developer's own environment to be found.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ticketlens"));
    command.current_dir(folder).env("COLUMNS", "100").stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let is_ours = ["TICKETLENS_", "OTEL_"].iter().any(|p| name.starts_with(p));
        if is_ours && !name.starts_with("TICKETLENS_ENGINE_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
}

/// Calls the program in a folder.
pub fn call(folder: &Path, args: &[&str]) -> Said {
    said(program(folder).args(args))
}

pub fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A program that runs until it is ended.
pub struct Server {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Server {
    pub fn start(command: &mut Command) -> Self {
        let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let (line, lines) = channel();
        for stream in [
            Box::new(child.stdout.take().unwrap()) as Box<dyn Read + Send>,
            Box::new(child.stderr.take().unwrap()),
        ] {
            let line = line.clone();
            thread::spawn(move || {
                for text in BufReader::new(stream).lines().map_while(Result::ok) {
                    // The test may have stopped listening.
                    let _ = line.send(text);
                }
            });
        }
        Self { child, lines, said: Vec::new() }
    }

    /// Waits for a line that holds this, and gives it.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line.contains(text) => return line,
                Ok(line) => self.said.push(line),
                Err(_) => panic!("it never said {text:?}:\n{}", self.said.join("\n")),
            }
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal and waits for the end.
    pub fn end(&mut self, signal: &str) -> ExitStatus {
        kill(signal, self.pid());
        wait(&mut self.child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that failed leaves nothing running: an engine goes with its parent.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running `dev` in a folder of its own, on free ports.
pub struct Dev {
    pub folder: TempDir,
    pub server: Server,
}

impl Dev {
    /// Starts one and waits until it says that it is ready.
    pub fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap())
    }

    pub fn start_in(folder: TempDir) -> Self {
        Self::start_with(folder, &["--clickhouse-port", "0"])
    }

    /// The same, with these flags beside.
    pub fn start_with(folder: TempDir, flags: &[&str]) -> Self {
        let mut dev = program(folder.path());
        let ports = ["dev", "--grpc-port", "0", "--http-port", "0"];
        let mut server = Server::start(dev.args(ports).args(flags));
        server.wait_for("TicketLens is ready.");
        Self { folder, server }
    }

    pub fn call(&self, args: &[&str]) -> Said {
        call(self.folder.path(), args)
    }

    /// What `dev.json` says.
    pub fn file(&self) -> Value {
        let text = fs::read_to_string(self.folder.path().join(".ticketlens/dev.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Processes it has started.
    pub fn children(&self) -> Vec<u32> {
        let output = Command::new("ps")
            .args(["-o", "pid=", "--ppid", &self.server.pid().to_string()])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
    }

    /// Ends it, unless it has ended, and gives the folder back.
    pub fn into_folder(mut self) -> TempDir {
        if self.server.child.try_wait().unwrap().is_none() {
            self.server.end("INT");
        }
        self.folder
    }
}

/// Sends a signal.
pub fn kill(signal: &str, pid: u32) {
    let sent = Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).status();
    assert!(sent.unwrap().success());
}

/// Waits for the end of a process.
#[track_caller]
pub fn wait(child: &mut Child) -> ExitStatus {
    let mut status = None;
    until("the process ends", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap()
}

/// Waits until something holds.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process is there and no zombie.
pub fn is_alive(pid: u32) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}
