//! One run of the child process: started, listened to, asked to stop, and waited for.

use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{self, ChildStdin, Command, Stdio};
use std::thread::{self, JoinHandle};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::log::Log;
use crate::protocol::{Order, Report};
use crate::source::Source;

/// Names the program to use as the engine's child process.
pub const HOST_VARIABLE: &str = "TICKETLENS_ENGINE_HOST";
const HOST_PROGRAM: &str = "ticketlens-engine";

/// The program that becomes the child process, i.e. one that calls [`host::main`](crate::host::main).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    program: PathBuf,
    arguments: Vec<String>,
}

/// There is no program to start as the child process.
#[derive(Debug, thiserror::Error)]
#[error(
    "the program `{HOST_PROGRAM}` is neither beside {beside} nor named by {HOST_VARIABLE}: build it with `cargo build -p ticketlens-engine`"
)]
pub struct NoHost {
    beside: PathBuf,
}

impl Host {
    /// This very program, which calls [`host::main`](crate::host::main) when it gets this argument.
    ///
    /// # Errors
    /// When the system can't tell the running program's path.
    pub fn this_program(hidden_argument: &str) -> io::Result<Self> {
        let program = std::env::current_exe()?;
        Ok(Self { program, arguments: vec![hidden_argument.to_owned()] })
    }

    /// A program of that path, started without arguments.
    pub fn program(path: impl Into<PathBuf>) -> Self {
        Self { program: path.into(), arguments: Vec::new() }
    }

    /// The program named by `TICKETLENS_ENGINE_HOST`, or `ticketlens-engine` beside the running program or one
    /// folder up (where cargo puts it, seen from a test program).
    ///
    /// # Errors
    /// When it is nowhere.
    pub fn find() -> Result<Self, NoHost> {
        if let Some(named) = std::env::var_os(HOST_VARIABLE).filter(|value| !value.is_empty()) {
            return Ok(Self::program(named));
        }
        let beside = std::env::current_exe().unwrap_or_default();
        beside
            .ancestors()
            .skip(1)
            .take(2)
            .map(|folder| folder.join(HOST_PROGRAM))
            .find(|path| path.is_file())
            .map(Self::program)
            .ok_or(NoHost { beside })
    }
}

/// How a run of the engine ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// `exit status: 1`, `signal: 9 (SIGKILL)`…
    pub status: String,
    /// The engine's own reason, where it could still give one.
    pub message: Option<String>,
    /// The last lines it logged, oldest first. They may hold the text of a query.
    pub last_lines: Vec<String>,
}

impl Exit {
    /// There was no process to end.
    pub(crate) fn without_run(status: &str, message: Option<String>) -> Self {
        Self { status: status.to_owned(), message, last_lines: Vec::new() }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.status)?;
        if let Some(message) = &self.message {
            write!(f, "; {message}")?;
        }
        for line in &self.last_lines {
            write!(f, "\n  | {line}")?;
        }
        Ok(())
    }
}

/// What a run tells its supervisor.
#[derive(Debug)]
pub(crate) enum Event {
    Report(Report),
    /// The process is gone.
    Gone,
}

/// A running child process.
pub(crate) struct Child {
    process: process::Child,
    /// Open as long as the engine is wanted.
    order: Option<ChildStdin>,
    log: JoinHandle<Vec<String>>,
    is_program: bool,
}

impl Child {
    /// Starts the process and gives it its order. `tell` is called from another thread.
    pub(crate) fn spawn(
        host: &Host,
        order: &Order,
        log: Log,
        tell: impl Fn(Event) + Send + 'static,
    ) -> io::Result<Self> {
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        let mut process = Command::new(&host.program)
            .args(&host.arguments)
            // Nothing of the surroundings may configure the engine: no CLICKHOUSE_*, no ~/.clickhouse-local.
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &order.data_dir)
            // The engine reads its time zone from here; `<timezone>` is ignored by the library.
            .env("TZ", "UTC")
            .current_dir(&order.data_dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let missing = || io::Error::other("the child process has no pipes");
        let reports = process.stdout.take().ok_or_else(missing)?;
        let messages = process.stderr.take().ok_or_else(missing)?;
        let mut stdin = process.stdin.take().ok_or_else(missing)?;
        let log = thread::spawn(move || log.take(messages));
        thread::spawn(move || {
            for line in BufReader::new(reports).lines().map_while(Result::ok) {
                if let Ok(report) = serde_json::from_str(&line) {
                    tell(Event::Report(report));
                }
            }
            tell(Event::Gone);
        });
        // A child that is gone already says so through its reports.
        let _ = stdin.write_all(&line);
        let is_program = matches!(order.source, Source::Program(_));
        Ok(Self { process, order: Some(stdin), log, is_program })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Asks for an orderly end; [`Event::Gone`] tells when it is reached.
    pub(crate) fn ask_stop(&mut self) {
        self.order = None;
        if self.is_program
            && let Ok(pid) = i32::try_from(self.process.id())
        {
            // Not waited for yet, so the pid is still this process's.
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
    }

    /// Ends it the hard way.
    pub(crate) fn kill(&mut self) {
        // Fails only for a process that is gone.
        let _ = self.process.kill();
    }

    /// Collects what is left of a process that is gone, or going for certain.
    pub(crate) fn reap(mut self, message: Option<String>) -> Exit {
        self.order = None;
        let status = match self.process.wait() {
            Ok(status) => match status.signal() {
                Some(signal) => format!("ended by signal {signal}"),
                None => status.to_string(),
            },
            Err(error) => format!("unknown end ({error})"),
        };
        Exit { status, message, last_lines: self.log.join().unwrap_or_default() }
    }
}
