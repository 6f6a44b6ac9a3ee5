//! The child process: takes its order from standard input, holds the engine up, and goes when its parent goes.
//!
//! How the engine stays up: `clickhouse local --queries-file A B` runs A (which starts the listeners and
//! reports the ports) to its end, then opens B and reads it to its end before it runs anything of it. B is a
//! pipe that only this process holds open, so the engine blocks reading it, without any query to keep alive.
//! Closing that pipe is a clean stop.
//!
//! Its standard input must be a pseudo-terminal: without one, `clickhouse local` installs a handler that ends
//! the whole database when one connection misbehaves (a wrong password on the native port is enough).
//!
//! The parent's death is seen as the end of our standard input, which the kernel closes however the parent
//! dies. `PR_SET_PDEATHSIG` would not do alone: it follows the parent's *thread*, not its process.

use std::ffi::CString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{dup2_stdin, dup2_stdout, setsid};

use crate::folder::Folder;
use crate::loader::{Library, exit_now};
use crate::program;
use crate::protocol::{Order, PROTOCOL, Refusal, Report};
use crate::source::Source;

/// How long the engine may take to close its folder once asked; then the process ends all the same.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// Where an open file descriptor of this process has a path.
#[cfg(target_os = "linux")]
const FD_FOLDER: &str = "/proc/self/fd";
#[cfg(not(target_os = "linux"))]
const FD_FOLDER: &str = "/dev/fd";

/// The whole program: everything it needs comes through standard input, nothing from arguments.
///
/// Call it first thing in a process made for it, before any other thread exists: the engine's threads
/// inherit the signal mask set here. It returns only when the engine was never started.
pub fn main() -> ExitCode {
    if io::stdin().is_terminal() {
        eprintln!("this program is started by ticketlens, not by hand (try `ticketlens dev`)");
        return ExitCode::from(64);
    }
    match serve() {
        Ok(()) => exit_now(0),
        Err(error) => {
            eprintln!("ticketlens-engine: {error}");
            ExitCode::from(70)
        }
    }
}

/// Runs the engine to its end. `Err` = not even a report could be sent.
fn serve() -> io::Result<()> {
    // Copies: the engine gets other files as its standard input and output.
    let mut parent = BufReader::new(File::from(io::stdin().as_fd().try_clone_to_owned()?));
    let reports =
        Reports(Arc::new(Mutex::new(File::from(io::stdout().as_fd().try_clone_to_owned()?))));
    let mut line = String::new();
    parent.read_line(&mut line)?;
    let started = read_order(&line).and_then(|order| match &order.source {
        Source::Library(path) => run_library(path, &order, parent, &reports),
        Source::Program(path) => program::become_server(path, &order),
    });
    match started {
        Ok(end) => reports.send(&end),
        Err(refusal) => reports.send(&Report::Refused(refusal)),
    }
}

fn read_order(line: &str) -> Result<Order, Refusal> {
    #[derive(serde::Deserialize)]
    struct Version {
        protocol: u32,
    }
    let version = serde_json::from_str::<Version>(line).map_or(0, |version| version.protocol);
    if version != PROTOCOL {
        return Err(Refusal::Protocol { expected: PROTOCOL });
    }
    serde_json::from_str(line).map_err(Refusal::system("reading the order"))
}

/// Starts the library and blocks until it has stopped.
fn run_library(
    path: &Path,
    order: &Order,
    parent: BufReader<File>,
    reports: &Reports,
) -> Result<Report, Refusal> {
    let folder = Folder::prepare(order)?;
    folder.prepare_for_library()?;
    // The engine would wait on without listening, so a taken port is found out beforehand.
    if let Some(port) = order.ports().taken() {
        return Err(Refusal::PortTaken { port });
    }
    // `SYSTEM SHUTDOWN` signals the whole process group, and Ctrl-C in a terminal is the parent's affair.
    // Fails harmlessly in a process that leads a group already.
    let _ = setsid();
    let signals = block_signals()?;

    let (script, mut script_writer) = io::pipe().map_err(Refusal::system("making a pipe"))?;
    let (ready, ready_writer) = io::pipe().map_err(Refusal::system("making a pipe"))?;
    let (hold, hold_writer) = io::pipe().map_err(Refusal::system("making a pipe"))?;
    script_writer
        .write_all(script_text(&fd_path(&ready_writer)).as_bytes())
        .map_err(Refusal::system("writing the start script"))?;
    drop(script_writer);
    let terminal = take_terminal()?;

    let stop = Stop(Arc::new(Mutex::new(Some((terminal, hold_writer)))));
    let library = Library::load(path)
        .map_err(|error| Refusal::Load { path: path.to_owned(), message: error.to_string() })?;
    watch_signals(signals, stop.clone());
    watch_parent(parent, stop.clone());
    report_ready(ready, ready_writer, reports.clone());

    let arguments = arguments(order, &folder, &fd_path(&script), &fd_path(&hold))?;
    let end = library.run(&arguments);
    // Said by name: both pipes and the lock must live as long as the engine.
    drop((script, hold, folder));
    Ok(match end {
        Err(message) => Report::Gave { message },
        Ok(()) if stop.was_asked() => Report::Stopped,
        Ok(()) => Report::Gave { message: "the engine stopped by itself".into() },
    })
}

/// HTTP last: once it answers, the native port does too. The report goes through a pipe that has a path.
fn script_text(ready: &str) -> String {
    format!(
        "SYSTEM START LISTEN TCP;\n\
         SYSTEM START LISTEN HTTP;\n\
         SELECT getServerPort('http_port'), getServerPort('tcp_port') \
         INTO OUTFILE '{ready}' TRUNCATE FORMAT TSV;\n"
    )
}

fn arguments(
    order: &Order,
    folder: &Folder,
    script: &str,
    hold: &str,
) -> Result<Vec<CString>, Refusal> {
    let with_path =
        |flag: &str, path: &Path| [flag.as_bytes(), path.as_os_str().as_bytes()].concat();
    let mut arguments: Vec<Vec<u8>> = vec![
        b"clickhouse".to_vec(),
        with_path("--path=", &folder.database),
        // Always given: else the engine takes ./config.xml or one in the home folder.
        with_path("--config-file=", &folder.config_file),
        format!("--http_port={}", order.http_port).into_bytes(),
        format!("--tcp_port={}", order.native_port).into_bytes(),
    ];
    let rest = [
        "--listen_host=127.0.0.1",
        // Below fatal, every failed query of every user prints a stack trace.
        "--log-level=fatal",
        "--logger.console",
        "--interactive",
        "--disable_suggestion",
        "--highlight=0",
        "--history_file=/dev/null",
        "--queries-file",
        script,
        hold,
    ];
    arguments.extend(rest.map(|argument| argument.as_bytes().to_vec()));
    arguments
        .into_iter()
        .map(|argument| CString::new(argument).map_err(Refusal::system("passing a path")))
        .collect()
}

/// Makes standard input a terminal nobody types into, and standard output nothing (the engine draws its
/// banner there). Returns the other side of the terminal.
fn take_terminal() -> Result<OwnedFd, Refusal> {
    let pty = nix::pty::openpty(None, None)
        .map_err(Refusal::system("opening a pseudo-terminal (is /dev/pts mounted?)"))?;
    dup2_stdin(&pty.slave).map_err(Refusal::system("taking the pseudo-terminal"))?;
    let nothing = File::options()
        .write(true)
        .open("/dev/null")
        .map_err(Refusal::system("opening /dev/null"))?;
    dup2_stdout(&nothing).map_err(Refusal::system("closing standard output"))?;
    Ok(pty.master)
}

/// Before any other thread exists, so that every thread of the engine inherits the mask.
fn block_signals() -> Result<SigSet, Refusal> {
    let signals: SigSet =
        [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGQUIT].into_iter().collect();
    signals.thread_block().map_err(Refusal::system("blocking signals"))?;
    Ok(signals)
}

fn watch_signals(signals: SigSet, stop: Stop) {
    thread::spawn(move || {
        while let Ok(signal) = signals.wait() {
            // A closed terminal is not our affair: the parent decides.
            if signal != Signal::SIGHUP {
                stop.ask();
            }
        }
    });
}

fn watch_parent(mut parent: BufReader<File>, stop: Stop) {
    thread::spawn(move || {
        let mut ignored = [0u8; 256];
        while matches!(parent.read(&mut ignored), Ok(read) if read > 0) {}
        stop.ask();
    });
}

/// Tells the parent the ports as soon as the engine has written them.
fn report_ready(ready: PipeReader, writer: PipeWriter, reports: Reports) {
    thread::spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(ready).read_line(&mut line);
        // Open until here: the engine opens it a second time, by its path.
        drop(writer);
        let mut ports = line.trim().split('\t').map_while(|port| port.parse().ok());
        if let (Ok(_), Some(http_port), Some(native_port)) = (read, ports.next(), ports.next()) {
            // A parent that does not listen any more is seen by `watch_parent`.
            let _ = reports.send(&Report::Ready { http_port, native_port });
        }
    });
}

/// The two files whose closing stops the engine.
#[derive(Clone)]
struct Stop(Arc<Mutex<Option<(OwnedFd, PipeWriter)>>>);

impl Stop {
    fn ask(&self) {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((terminal, hold)) = held else { return };
        thread::spawn(|| {
            thread::sleep(STOP_LIMIT);
            exit_now(75);
        });
        // In this order: the prompt that follows the script then reads the end of its terminal and leaves.
        drop(terminal);
        drop(hold);
    }

    fn was_asked(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

/// The way back to the parent.
#[derive(Clone)]
struct Reports(Arc<Mutex<File>>);

impl Reports {
    fn send(&self, report: &Report) -> io::Result<()> {
        let mut line = serde_json::to_vec(report)?;
        line.push(b'\n');
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)
    }
}

fn fd_path(file: &impl AsRawFd) -> String {
    format!("{FD_FOLDER}/{}", file.as_raw_fd())
}
