//! Start, stop, restart and death of the engine and of its parent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use secrecy::SecretString;
use support::{PATIENCE, STOP, admin, config, config_at, get, start, start_with, until};
use ticketlens_engine::{
    Access, Engine, EngineConfig, Host, Ports, Restarts, StartError, State, Stopped,
};

fn kill_hard(pid: u32) {
    kill(Pid::from_raw(pid.try_into().unwrap()), Signal::SIGKILL).unwrap();
}

#[test]
fn starts_answers_and_stops() {
    let running = start();
    assert_eq!(get(running.engine.ports().http, "/ping").unwrap().body, "Ok.\n");
    assert!(running.admin().query("SELECT version()").starts_with("26.7."));
    assert_eq!(running.admin().query("SELECT timezone()"), "UTC");
    assert!(matches!(running.engine.state(), State::Running { .. }));
    assert_eq!(running.engine.stop(STOP), Stopped::Clean);
    assert_eq!(running.engine.state(), State::Stopped);
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, running.engine.ports().http)).is_err());
    assert_eq!(running.engine.stop(STOP), Stopped::Clean, "stopping twice is fine");
}

#[test]
fn rows_survive_a_stop_and_an_open_connection_does_not_prevent_it() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(config(&folder)).unwrap();
    admin(&engine).query("CREATE DATABASE app");
    admin(&engine).query("CREATE TABLE app.t (a UInt64) ENGINE = MergeTree ORDER BY a");
    admin(&engine).query("INSERT INTO app.t SELECT number FROM numbers(1000)");
    let mut idle = TcpStream::connect((Ipv4Addr::LOCALHOST, engine.ports().http)).unwrap();
    idle.write_all(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut line = String::new();
    BufReader::new(&idle).read_line(&mut line).unwrap();
    assert_eq!(line, "HTTP/1.1 200 OK\r\n");
    assert_eq!(engine.stop(STOP), Stopped::Clean);
    drop(engine);
    let engine = Engine::start(config(&folder)).unwrap();
    assert_eq!(admin(&engine).query("SELECT count(), sum(a) FROM app.t"), "1000\t499500");
}

#[test]
fn a_folder_in_use_is_refused_by_name_of_its_holder() {
    let running = start();
    let pid = running.engine.pid();
    let second = EngineConfig { lock_wait: Duration::ZERO, ..config(&running.folder) };
    let error = Engine::start(second).unwrap_err();
    assert!(matches!(&error, StartError::InUse { pid: holder, .. } if *holder == pid), "{error}");
    let path = running.folder.path().canonicalize().unwrap();
    let expected = format!("data folder {} in use by pid {}", path.display(), pid.unwrap());
    assert_eq!(error.to_string(), expected);
    // Nor did the attempt touch anything of the running one.
    assert_eq!(running.admin().query("SELECT 1"), "1");
    assert_eq!(running.engine.pid(), pid);
}

#[test]
fn a_taken_port_is_refused_by_number() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    for ports in [Ports { http: port, native: 0 }, Ports { http: 0, native: port }] {
        let error = Engine::start(EngineConfig { ports, ..config(&folder) }).unwrap_err();
        assert!(matches!(error, StartError::PortTaken { port: p } if p == port), "{error}");
    }
}

#[test]
fn a_crash_is_noticed_reported_and_recovered_from_on_the_same_ports() {
    let running = start_with(|config| EngineConfig { restarts: Restarts::default(), ..config });
    let (ports, pid) = (running.engine.ports(), running.engine.pid().unwrap());
    let mut changes = running.engine.subscribe();
    assert!(!changes.has_changed().unwrap());
    running.admin().query("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a");
    kill_hard(pid);
    let again = |state: &State| matches!(state, State::Running { pid: now } if *now != pid);
    assert!(running.engine.wait_for(PATIENCE, again).is_some(), "{:?}", running.engine);
    assert!(changes.has_changed().unwrap(), "subscribers hear of it");
    assert!(again(&changes.borrow_and_update()));
    assert_eq!(running.engine.ports(), ports);
    assert_eq!(running.admin().query("SELECT count() FROM t"), "0");
}

#[test]
fn an_engine_that_may_not_restart_reports_its_crash_and_stays_down() {
    let running = start();
    kill_hard(running.engine.pid().unwrap());
    let state = running.engine.wait_for(PATIENCE, State::is_down_for_good);
    let Some(State::Failed { crash }) = state else { panic!("{state:?}") };
    assert_eq!(crash.status, "ended by signal 9");
    // It comes back when asked to.
    let access = Access::admin_only(running.engine.admin_password());
    running.engine.restart(access, STOP).unwrap();
    assert_eq!(running.admin().query("SELECT 1"), "1");
}

#[test]
fn a_system_shutdown_ends_the_engine_and_nobody_else() {
    let running = start();
    // Were the engine in our process group, this would end the test program.
    let _ = running.admin().ask("", b"SYSTEM SHUTDOWN");
    let state = running.engine.wait_for(PATIENCE, State::is_down_for_good);
    assert!(matches!(state, Some(State::Failed { .. })), "{state:?}");
}

#[test]
fn a_restart_brings_another_password_into_force() {
    let running = start();
    let before = running.admin();
    let old = running.engine.ports();
    running.engine.restart(Access::admin_only(SecretString::from("another")), STOP).unwrap();
    assert_eq!(running.engine.ports(), old);
    assert_eq!(before.error("SELECT 1"), 516);
    assert_eq!(running.admin().query("SELECT currentUser()"), "admin");
}

/// A host that ends at once whenever this file is there, which it takes away.
fn stumbling(folder: &Path) -> (Host, PathBuf) {
    let (host, stone) = (folder.join("host.sh"), folder.join("stone"));
    let script = format!(
        "#!/bin/sh\nrm '{}' 2>/dev/null && exit 3\nexec '{}'\n",
        stone.display(),
        env!("CARGO_BIN_EXE_ticketlens-engine")
    );
    fs::write(&host, script).unwrap();
    fs::set_permissions(&host, fs::Permissions::from_mode(0o755)).unwrap();
    (Host::program(host), stone)
}

#[test]
fn an_engine_that_dies_while_it_is_restarted_is_started_once_more() {
    let folder = tempfile::tempdir().unwrap();
    let (host, stone) = stumbling(folder.path());
    let restarts = Restarts { most: 1, ..Restarts::default() };
    let running = start_with(|config| EngineConfig { host: Some(host), restarts, ..config });
    let access = || Access::admin_only(running.engine.admin_password());
    fs::write(&stone, "").unwrap();
    running.engine.restart(access(), STOP).unwrap();
    assert!(!stone.exists(), "it died once");
    assert_eq!(running.admin().query("SELECT 1"), "1");
}

#[test]
fn an_engine_that_may_not_restart_is_not_started_once_more() {
    let folder = tempfile::tempdir().unwrap();
    let (host, stone) = stumbling(folder.path());
    let restarts = Restarts { most: 0, ..Restarts::default() };
    let running = start_with(|config| EngineConfig { host: Some(host), restarts, ..config });
    fs::write(&stone, "").unwrap();
    let access = Access::admin_only(running.engine.admin_password());
    assert!(running.engine.restart(access, STOP).is_err());
    assert!(matches!(running.engine.state(), State::Failed { .. }));
}

#[test]
fn a_library_that_does_not_load_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libchdb.so");
    std::fs::write(&library, "not a library").unwrap();
    let source = Some(ticketlens_engine::Source::Library(library.clone()));
    let error = Engine::start(EngineConfig { source, ..config(&folder) }).unwrap_err();
    assert!(matches!(&error, StartError::Load { path, .. } if *path == library), "{error}");
}

#[test]
fn a_program_that_is_no_host_is_reported_with_what_it_said() {
    let folder = tempfile::tempdir().unwrap();
    let host = Some(Host::program("/bin/false"));
    let error = Engine::start(EngineConfig { host, ..config(&folder) }).unwrap_err();
    assert!(matches!(&error, StartError::Ended { .. }), "{error}");
    assert_eq!(error.to_string(), "the engine ended while it started: exit status: 1");
}

#[test]
fn a_database_that_does_not_load_ends_the_start_with_the_engines_reason() {
    let running = start();
    running.admin().query("CREATE DATABASE app");
    assert_eq!(running.engine.stop(STOP), Stopped::Clean);
    let metadata = running.folder.path().join("clickhouse/metadata/app.sql");
    std::fs::write(&metadata, "ATTACH NONSENSE").unwrap();
    let error = Engine::start(config(&running.folder)).unwrap_err();
    assert!(matches!(&error, StartError::Ended { .. }), "{error}");
    assert!(error.to_string().contains("NONSENSE"), "{error}");
}

const FOLDER: &str = "TICKETLENS_TEST_FOLDER";

/// Not a test but a process: an engine's parent, to be killed by the test below.
#[test]
#[ignore = "run as a process of its own by the_engine_goes_when_its_parent_is_killed"]
fn parent_to_be_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("set by the test that runs this"));
    let engine = Engine::start(config_at(&folder)).unwrap();
    println!("\nup {} {}", engine.pid().unwrap(), engine.ports().http);
    let _ = std::io::stdin().read_line(&mut String::new());
}

#[test]
fn the_engine_goes_when_its_parent_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "parent_to_be_killed", "--ignored", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines().map_while(Result::ok);
    let up = lines.into_iter().find(|line| line.starts_with("up ")).expect("an engine");
    let port: u16 = up.rsplit(' ').next().unwrap().parse().unwrap();
    assert_eq!(get(port, "/ping").unwrap().status, 200);
    parent.kill().unwrap();
    parent.wait().unwrap();
    until("the engine's end", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
    // Only a process that is gone has let go of the folder.
    let next = EngineConfig { lock_wait: PATIENCE, ..config(&folder) };
    Engine::start(next).unwrap();
}

#[test]
fn a_stop_does_not_wait_for_a_start_that_hangs() {
    let (hour, restarts) = (Duration::from_secs(3600), Restarts::default());
    let running = start_with(|config| EngineConfig {
        restarts,
        lock_wait: hour,
        start_timeout: hour,
        ..config
    });
    // From now on a start hangs: the folder's lock is ours as soon as the engine lets go of it.
    let lock = running.folder.path().join("engine.lock");
    let lock = std::fs::File::open(lock).unwrap();
    let taken = std::thread::spawn(move || lock.lock().map(|()| lock).unwrap());
    kill_hard(running.engine.pid().unwrap());
    let _lock = taken.join().unwrap();
    let down = |state: &State| !matches!(state, State::Running { .. });
    assert!(running.engine.wait_for(PATIENCE, down).is_some());
    assert_eq!(running.engine.stop(STOP), Stopped::Clean);
    assert_eq!(running.engine.state(), State::Stopped);
}
