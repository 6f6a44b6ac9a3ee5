//! What ClickHouse reads of `docker-compose.yml`, merged as a server merges it, by the embedded one: its login and its
//! settings; and the receiver with the service's command and environment on that.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use tempfile::TempDir;
use ticketlens_engine::{Engine, EngineConfig, Host};
use ticketlens_tests::{Login, free_port, http_get, program, signal};

use crate::{USERS, compose, make_secrets, texts};

/// Longest time anything here may take before a test counts as stuck.
const STUCK: Duration = Duration::from_secs(60);

/// The user that the embedded engine starts as, which a server does not need.
const REMOVED: &str = "<default remove=\"remove\"/>";

/// The engine with the files of the service where a server has them, and the secrets.
struct ClickHouse {
    engine: Engine,
    secrets: TempDir,
    _folder: TempDir,
}

impl ClickHouse {
    fn start() -> Self {
        let (folder, secrets) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let [users, config] =
            ["users.d", "config.d"].map(|name| folder.path().join("config").join(name));
        fs::create_dir_all(&users).unwrap();
        fs::create_dir_all(&config).unwrap();
        make_secrets(secrets.path(), &users);
        let users = users.join("ticketlens.xml");
        let file = fs::read_to_string(&users).unwrap();
        assert!(file.contains(REMOVED), "nobody logs in without a password: {file}");
        fs::remove_file(&users).unwrap();
        fs::write(users, file.replace(REMOVED, "")).unwrap();
        let compose = compose();
        let text = compose["configs"]["clickhouse"]["content"].as_str().unwrap();
        fs::write(config.join("ticketlens.xml"), text).unwrap();
        let mut settings = EngineConfig::new(folder.path());
        settings.host = Some(Host::program(program("ticketlens-engine")));
        let engine = Engine::start(settings).expect("the engine starts with these files");
        Self { engine, secrets, _folder: folder }
    }

    fn login(&self, password: &str) -> Login {
        Login {
            user: "ticketlens".to_owned(),
            password: password.to_owned(),
            database: "default".to_owned(),
            url: self.engine.http_url(),
            native_port: self.engine.native_port(),
        }
    }

    /// With the password that the receiver is given.
    fn receivers(&self) -> Login {
        let file = self.secrets.path().join("clickhouse-password");
        self.login(&fs::read_to_string(file).unwrap())
    }
}

#[test]
fn the_login_has_the_generated_password_and_may_make_readers() {
    let clickhouse = ClickHouse::start();
    let login = clickhouse.receivers();
    assert_eq!(login.query("SELECT currentUser()").trim(), "ticketlens");
    // AUTHENTICATION_FAILED
    assert_eq!(clickhouse.login("another").ask("", "SELECT 1").code(), 516);
    assert_eq!(clickhouse.login("").ask("", "SELECT 1").code(), 516);
    // As `ticketlens grafana` does.
    let grants = login.query("SHOW GRANTS");
    for right in [" CREATE,", "CREATE USER", "CREATE ROW POLICY", "SET DEFINER"] {
        assert!(grants.contains(right), "{right}: {grants}");
    }
}

#[test]
fn the_settings_are_what_clickhouse_reads() {
    let clickhouse = ClickHouse::start();
    let ratio = "SELECT value FROM system.server_settings \
                 WHERE name = 'max_server_memory_usage_to_ram_ratio'";
    assert_eq!(clickhouse.receivers().query(ratio).trim(), "0.8");
}

/// Until it is ready, by the health check of the service; then it ends as `docker compose stop` ends it.
#[test]
fn the_receiver_starts_with_the_services_command_and_environment() {
    let clickhouse = ClickHouse::start();
    let compose = compose();
    let service = &compose["services"]["receiver"];
    let secrets = clickhouse.secrets.path();
    let file = clickhouse.secrets.path().join("receiver.toml");
    fs::write(&file, compose["configs"]["receiver"]["content"].as_str().unwrap()).unwrap();
    let mut receiver = Command::new(program("ticketlens"));
    receiver.args(texts(&service["command"])).env_clear();
    for (name, value) in service["environment"].as_object().unwrap() {
        receiver.env(name, value.as_str().unwrap().replace("/run/ticketlens", text(secrets)));
    }
    let [grpc, http] = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
    let log = clickhouse.secrets.path().join("log");
    let mut receiver = receiver
        // What is elsewhere without containers.
        .env("TICKETLENS_CONFIG", &file)
        .env("TICKETLENS_CLICKHOUSE_URL", clickhouse.engine.http_url())
        .env("TICKETLENS_GRPC_LISTEN", grpc)
        .env("TICKETLENS_HTTP_LISTEN", &http)
        .stdin(Stdio::null())
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let check = texts(&service["healthcheck"]["test"]);
    let path = check.last().unwrap().strip_prefix("http://127.0.0.1:4318").unwrap();
    let started = Instant::now();
    let is_ready = || {
        let answer = http_get(http.parse().unwrap(), path);
        answer.is_some_and(|answer| answer.starts_with("HTTP/1.0 200"))
    };
    while !is_ready() {
        let ended = receiver.try_wait().unwrap();
        let log = fs::read_to_string(&log).unwrap();
        assert!(ended.is_none() && started.elapsed() < STUCK, "{ended:?}\n{log}");
        std::thread::sleep(Duration::from_millis(20));
    }
    let tables = "SELECT count() FROM system.tables WHERE database = 'ticketlens_store'";
    assert_ne!(clickhouse.receivers().query(tables).trim(), "0");
    signal(receiver.id(), Signal::SIGTERM);
    assert!(receiver.wait().unwrap().success());
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn clickhouse_has_its_login_as_a_file_and_no_secret_of_others() {
    let compose = compose();
    let service = &compose["services"]["clickhouse"];
    let mounted = texts(&service["volumes"]);
    assert!(mounted.contains(&&*format!("clickhouse-users:{USERS}:ro")), "{mounted:?}");
    assert!(mounted.iter().all(|volume| !volume.starts_with("secrets:")), "{mounted:?}");
    let environment = service["environment"].as_object().unwrap();
    assert_eq!(environment.keys().collect::<Vec<_>>(), ["CLICKHOUSE_SKIP_USER_SETUP"]);
    let makes = texts(&compose["services"]["secrets"]["volumes"]);
    assert!(makes.contains(&&*format!("clickhouse-users:{USERS}")), "{makes:?}");
}
