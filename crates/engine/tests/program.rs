//! A `clickhouse` program in place of the library, as far as it can be held without one: a stand-in that reads
//! its port from the configuration, answers `/ping`, and ends when told to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use support::{STOP, config, get};
use ticketlens_engine::{Engine, EngineConfig, Source, StartError, State, Stopped};

/// The one argument the stand-in gets through its environment: what `clickhouse` was called with.
const ARGUMENTS: &str = "STAND_IN_ARGUMENTS";

/// Not a test but a process: `clickhouse server`, by the script below.
#[test]
#[ignore = "run as a process of its own by the tests below"]
fn stand_in() {
    let arguments = std::env::var(ARGUMENTS).expect("set by the script that runs this");
    let config = arguments.strip_prefix("server --config-file=").expect("our arguments");
    let xml = std::fs::read_to_string(config).unwrap();
    let port = xml.split("<http_port>").nth(1).unwrap().split('<').next().unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.parse().unwrap())).unwrap();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let _ = stream.read(&mut [0; 100]);
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nOk.\n").unwrap();
    }
}

/// A `clickhouse` that is really this test program.
fn clickhouse(folder: &Path) -> PathBuf {
    let path = folder.join("clickhouse");
    let this = std::env::current_exe().unwrap();
    let script = format!(
        "#!/bin/sh\n{ARGUMENTS}=\"$*\" exec {} --exact stand_in --ignored --nocapture\n",
        this.display()
    );
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_program_is_started_found_ready_locked_and_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let beside = tempfile::tempdir().unwrap();
    let source = Some(Source::Program(clickhouse(beside.path())));
    let config = || EngineConfig { source: source.clone(), ..config(&folder) };
    let engine = Engine::start(config()).unwrap();
    assert_eq!(get(engine.ports().http, "/ping").unwrap().body, "Ok.\n");
    let second = Engine::start(EngineConfig { lock_wait: Duration::ZERO, ..config() }).unwrap_err();
    assert!(
        matches!(second, StartError::InUse { pid, .. } if pid == engine.pid()),
        "the lock is the program's: {second}"
    );
    assert!(matches!(engine.state(), State::Running { .. }));
    assert_eq!(engine.stop(STOP), Stopped::Clean);
    Engine::start(config()).unwrap();
}

#[test]
fn a_program_that_ends_at_once_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let source = Some(Source::Program("/bin/false".into()));
    let error = Engine::start(EngineConfig { source, ..config(&folder) }).unwrap_err();
    assert!(matches!(error, StartError::Ended { .. }), "{error}");
}

#[test]
fn a_program_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let program = PathBuf::from("/nowhere/clickhouse");
    let source = Some(Source::Program(program.clone()));
    let error = Engine::start(EngineConfig { source, ..config(&folder) }).unwrap_err();
    assert!(matches!(&error, StartError::Load { path, .. } if *path == program), "{error}");
}
