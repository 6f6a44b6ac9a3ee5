//! `docker-compose.yml`, as far as it can be held to its promises without a Docker engine: what it
//! says of itself, the script that makes its passwords, and the configuration it starts ours with.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod database;

use std::{
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Map, Value};
use ticketlens_tests::{document::read, program};

/// Services that stay.
const LONG_RUNNING: [&str; 3] = ["clickhouse", "receiver", "grafana"];

fn compose() -> Value {
    serde_saphyr::from_str(&read("docker-compose.yml"))
        .unwrap_or_else(|error| panic!("docker-compose.yml: {error}"))
}

fn services(compose: &Value) -> &Map<String, Value> {
    compose["services"].as_object().unwrap()
}

/// What Compose allows in other forms too would go unread: here a list is one of texts.
fn texts(list: &Value) -> Vec<&str> {
    assert!(list.is_null() || list.is_array(), "a list: {list}");
    let texts = list.as_array().into_iter().flatten();
    texts.map(|one| one.as_str().unwrap_or_else(|| panic!("a text: {one}"))).collect()
}

/// And what has names is no list.
fn named(map: &Value) -> impl Iterator<Item = (&String, &Value)> {
    assert!(map.is_null() || map.is_object(), "names and values: {map}");
    map.as_object().into_iter().flatten()
}

#[test]
fn versions_are_pinned_and_ports_are_this_machines_only() {
    let compose = compose();
    let mut ports = 0;
    for (name, service) in services(&compose) {
        let image = service["image"].as_str().unwrap();
        let version = image.rsplit_once(':').unwrap_or_else(|| panic!("{name}: {image}")).1;
        assert!(version.contains('.') && version != "latest", "{name}: {image}");
        for port in texts(&service["ports"]) {
            assert!(port.starts_with("127.0.0.1:"), "{name}: {port}");
            ports += 1;
        }
    }
    assert_eq!(ports, 3, "gRPC, HTTP, Grafana");
}

#[test]
fn what_stays_is_checked_bounded_and_restarted() {
    let compose = compose();
    for name in LONG_RUNNING {
        let service = &compose["services"][name];
        assert!(!texts(&service["healthcheck"]["test"]).is_empty(), "{name} has no health check");
        let limits = &service["deploy"]["resources"]["limits"];
        assert!(limits["memory"].is_string() && limits["cpus"].is_string(), "{name} has no limits");
        assert_eq!(service["restart"], "unless-stopped", "{name}");
        assert_eq!(service["logging"]["options"]["max-size"], "10m", "{name}'s log has no bound");
    }
    for (name, service) in services(&compose) {
        for volume in texts(&service["volumes"]) {
            let volume = volume.split(':').next().unwrap();
            assert!(compose["volumes"].get(volume).is_some(), "{name}: volume {volume}");
        }
        for (needed, _) in named(&service["depends_on"]) {
            assert!(services(&compose).contains_key(needed), "{name} needs {needed}");
        }
    }
}

#[test]
fn no_secret_is_written_down() {
    let compose = compose();
    let mut secrets = 0;
    for (name, service) in services(&compose) {
        for (variable, value) in named(&service["environment"]) {
            let secret = ["PASSWORD", "KEY"].iter().any(|word| variable.contains(word));
            let file = value.as_str().is_some_and(|v| v.starts_with("/run/ticketlens/"));
            assert!(!secret || (variable.ends_with("_FILE") && file), "{name}: {variable}");
            secrets += usize::from(secret);
        }
    }
    assert!(secrets >= 5, "only {secrets} secrets are handed over");
}

#[test]
fn the_logs_of_clickhouse_have_an_end() {
    let compose = compose();
    let config = compose["configs"]["clickhouse"]["content"].as_str().unwrap();
    // The tables that a server of this version writes on its own.
    for table in [
        "asynchronous_insert_log",
        "asynchronous_metric_log",
        "backup_log",
        "blob_storage_log",
        "error_log",
        "latency_log",
        "metric_log",
        "opentelemetry_span_log",
        "part_log",
        "processors_profile_log",
        "query_log",
        "query_metric_log",
        "query_thread_log",
        "query_views_log",
        "session_log",
        "text_log",
        "trace_log",
    ] {
        let removed = config.contains(&format!("<{table} remove=\"1\"/>"));
        let bounded = config.contains(&format!("<{table}><ttl>"));
        assert!(removed || bounded, "{table} grows without end");
    }
    assert!(config.contains("<select_from_system_db_requires_grant>true<"), "{config}");
}

/// Where ClickHouse's image looks for users.
const USERS: &str = "/etc/clickhouse-server/users.d";

/// What the service's script writes, with our program on the path: secrets into one folder, ClickHouse's users into
/// another.
fn make_secrets(folder: &Path, users: &Path) -> Output {
    let compose = compose();
    let service = &compose["services"]["secrets"];
    assert_eq!(texts(&service["entrypoint"]), ["/bin/sh", "-euc"]);
    let script = texts(&service["command"])[0]
        // Compose reads `$$` as a dollar.
        .replace("$$", "$")
        .replace("/run/ticketlens", folder.to_str().unwrap())
        .replace(USERS, users.to_str().unwrap());
    let programs: PathBuf = program("ticketlens").parent().unwrap().into();
    let path = env::join_paths(
        [programs].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap())),
    );
    let output = Command::new("/bin/sh")
        .args(["-euc", &script])
        .env("PATH", path.unwrap())
        .output()
        .expect("a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn contents(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o444);
            let text = fs::read_to_string(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), text)
        })
        .collect();
    files.sort();
    files
}

#[test]
fn passwords_are_made_once_and_start_the_receiver() {
    let (folder, users) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let output = make_secrets(folder.path(), users.path());
    let made = contents(folder.path());
    let names: Vec<_> = made.iter().map(|(name, _)| name.as_str()).collect();
    let expected =
        ["admin-key", "admin-key-sha256", "clickhouse-password", "grafana-password", "hash-key"];
    assert_eq!(names, expected);
    for (name, text) in &made {
        assert!(text.trim().len() >= 40 && !text.contains(' '), "{name}: {} bytes", text.len());
        assert!(!String::from_utf8_lossy(&output.stdout).contains(text.as_str()), "{name}");
    }
    let made_users = contents(users.path());
    make_secrets(folder.path(), users.path());
    assert_eq!(contents(folder.path()), made, "a second start makes nothing anew");
    assert_eq!(contents(users.path()), made_users);
    let password = &made.iter().find(|(name, _)| name == "clickhouse-password").unwrap().1;
    assert!(!made_users[0].1.contains(password.as_str()), "ClickHouse has its digest");
    check_receiver(folder.path());
}

/// The receiver's configuration is one, with the secrets where the services find them.
fn check_receiver(secrets: &Path) {
    let compose = compose();
    let service = &compose["services"]["receiver"];
    let file = secrets.join("receiver.toml");
    fs::write(&file, compose["configs"]["receiver"]["content"].as_str().unwrap()).unwrap();
    let mut check = Command::new(program("ticketlens"));
    check.args(["check-config", "--config"]).arg(&file);
    for (name, value) in service["environment"].as_object().unwrap() {
        let value = value.as_str().unwrap();
        check.env(name, value.replace("/run/ticketlens", secrets.to_str().unwrap()));
    }
    check.env("TICKETLENS_CONFIG", &file);
    let output = check.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_command_is_one_of_ours() {
    let compose = compose();
    let mut run = 0;
    for (name, service) in services(&compose) {
        let built_here = service.get("build").is_some() && service.get("entrypoint").is_none();
        let words = texts(&service["command"]);
        if !built_here || words.is_empty() {
            continue;
        }
        let commands = words.iter().take_while(|word| !word.starts_with('-'));
        let help = Command::new(program("ticketlens")).args(commands).arg("--help").output();
        let help = help.unwrap();
        let text = String::from_utf8_lossy(&help.stdout).into_owned();
        assert!(help.status.success(), "{name}: {words:?}");
        for flag in words.iter().filter(|word| word.starts_with("--")) {
            assert!(text.contains(flag), "{name}: no {flag} in {text}");
        }
        run += 1;
    }
    assert!(run >= 3, "only {run} commands of ours are run");
}
