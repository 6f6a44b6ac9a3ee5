//! Backups: everything comes back, nothing that looks whole is not, and nothing is overwritten.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use secrecy::ExposeSecret;
use tempfile::TempDir;
use ticketlens_engine::{Engine, EngineConfig};

use crate::{
    dev::{Dev, Said, Server, call, kill, program, said, until, wait},
    runs,
};

/// A `dev` with a tenant of its own and tickets of two.
fn filled() -> (Dev, String) {
    let dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(20));
    dev.call(&["send", "runs.jsonl"]).ended(0);
    dev.call(&["tenant", "add", "acme", "--trace-days", "9"]).ended(0);
    let key = ["key", "create", "--tenant", "acme", "--scope", "ingest"];
    let key = dev.call(&key).ended(0).out.trim().to_owned();
    dev.call(&["send", "runs.jsonl", "--key", &key]).ended(0);
    (dev, key)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn restore(folder: &Path, backup: &str) -> Said {
    call(folder, &["backup", "restore", backup, "--data", "again/.ticketlens"])
}

/// The restored `dev`, in a folder of its own.
fn started_again(folder: &Path) -> Dev {
    let own = TempDir::new_in(folder.parent().unwrap()).unwrap();
    fs::rename(folder.join("again/.ticketlens"), own.path().join(".ticketlens")).unwrap();
    Dev::start_in(own)
}

#[test]
fn what_was_backed_up_while_it_ran_comes_back_and_what_was_erased_since_too() {
    let (dev, key) = filled();
    let made = dev.call(&["backup", "create", "monday"]).ended(0);
    assert!(made.out.starts_with("backed up 40 tickets to monday ("), "{}", made.out);
    assert!(made.err.contains("keys in plain text"), "{}", made.err);
    // It would lie in the folder that it should outlive.
    let within = dev.call(&["backup", "create", "monday.tar", "--disk", "backups"]).ended(2);
    assert!(within.err.contains("without --disk"), "{}", within.err);
    let nowhere = dev.call(&["backup", "create", "not/there/monday"]).ended(2);
    assert!(nowhere.err.contains("there is no folder not/there"), "{}", nowhere.err);
    assert_eq!(
        names(&dev.folder.path().join("monday")),
        ["backup.json", "database.tar", "dev.json"]
    );
    assert_eq!(names(&dev.folder.path().join(".ticketlens/clickhouse/backups")), [""; 0]);
    let twice = dev.call(&["backup", "create", "monday"]).ended(2);
    assert!(twice.err.contains("is there already"), "{}", twice.err);

    // Since then.
    dev.call(&["tickets", "erase", "--tenant", "acme", "--ticket", "T-4", "--yes"]).ended(0);
    let before = dev.file();
    let folder = dev.into_folder();
    let restored = restore(folder.path(), "monday").ended(0);
    assert!(restored.out.starts_with("restored 40 tickets, 2 tenants and "), "{}", restored.out);
    for says in ["erased or purged since are back", "were revoked", "What happened after 2"] {
        assert!(restored.err.contains(says), "{says}: {}", restored.err);
    }
    assert_eq!(names(&folder.path().join("again")), [".ticketlens"]);

    let again = started_again(folder.path());
    for field in ["tenant", "ingest_key", "read_key", "admin_key", "hash_key", "readers"] {
        assert_eq!(again.file()[field], before[field], "{field}");
    }
    let count = |args: &[&str]| again.call(&[&["tickets", "count"], args].concat()).ended(0).out;
    assert_eq!(count(&["--tenant", "acme"]), "20\n");
    let read = before["read_key"].as_str().unwrap();
    assert_eq!(count(&["--key", read]), "20\n");
    let acme = again.call(&["tenant", "show", "acme", "--json"]).ended(0).json();
    assert_eq!(acme["trace_days"], 9);
    again.call(&["tickets", "show", "T-4", "--tenant", "acme"]).ended(0);
    runs::file(again.folder.path(), "more.jsonl", &runs::lines(25));
    again.call(&["send", "more.jsonl", "--key", &key]).ended(0);
    assert_eq!(count(&["--tenant", "acme"]), "25\n", "20 of them were there");
}

#[test]
fn a_stopped_dev_is_backed_up_as_well_and_only_an_empty_place_is_restored_into() {
    let folder = filled().0.into_folder();
    let at = |args: &[&str]| call(folder.path(), args);
    let made = at(&["backup", "create", "monday", "--json"]).ended(0).json();
    assert_eq!(made["tickets"], 40);
    let taken = at(&["backup", "restore", "monday"]).ended(2);
    assert!(taken.err.contains(".ticketlens is not empty"), "{}", taken.err);
    // An empty folder gives way, however it is named.
    let place = folder.path().join("again/.ticketlens");
    fs::create_dir_all(&place).unwrap();
    let restored = call(&place, &["backup", "restore", "../../monday", "--data", ".", "--json"]);
    assert_eq!(restored.ended(0).json()["tickets"], 40);
    let again = started_again(folder.path());
    assert_eq!(again.call(&["tickets", "count"]).ended(0).out, "40\n");
}

#[test]
fn a_backup_that_is_not_whole_or_not_as_it_was_is_refused_and_leaves_nothing() {
    let (dev, _) = filled();
    dev.call(&["backup", "create", "monday"]).ended(0);
    let folder = dev.folder.path();
    let refused = |says: &str, code: i32| {
        let refused = restore(folder, "monday").ended(code);
        assert!(refused.err.contains(says), "{}", refused.err);
        assert!(!folder.join("again").exists(), "{says}");
    };
    let database = folder.join("monday/database.tar");
    let whole = fs::read(&database).unwrap();
    fs::write(&database, &whole[..whole.len() / 2]).unwrap();
    refused("database.tar is cut off", 1);
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    fs::write(&database, changed).unwrap();
    refused("its hash differs", 1);
    fs::write(&database, &whole).unwrap();
    fs::rename(folder.join("monday/backup.json"), folder.join("backup.json")).unwrap();
    refused("is no whole backup", 3);
    // What passes our check, and not the database's.
    let half = &whole[..whole.len() / 2];
    fs::write(&database, half).unwrap();
    let manifest = fs::read_to_string(folder.join("backup.json")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let sum = said(std::process::Command::new("sha256sum").arg(&database)).ended(0).out;
    manifest["parts"][0]["bytes"] = half.len().into();
    manifest["parts"][0]["sha256"] = sum.split(' ').next().unwrap().into();
    fs::write(folder.join("monday/backup.json"), manifest.to_string()).unwrap();
    let refused = restore(folder, "monday").ended(1);
    assert!(refused.err.contains("clickhouse refused with code"), "{}", refused.err);
    assert!(refused.err.contains("whole"), "{}", refused.err);
    assert_eq!(names(&folder.join("again")), [""; 0]);
}

#[test]
fn a_backup_that_is_killed_or_interrupted_leaves_nothing_that_looks_whole() {
    let (dev, _) = filled();
    let folder = dev.folder.path();
    let engine = dev.children()[0];
    for (signal, code) in [("INT", Some(130)), ("KILL", None)] {
        // The database stands still, so that the backup is under way.
        kill("STOP", engine);
        let mut create = program(folder);
        let create = create.args(["backup", "create", "monday"]);
        let mut create = create.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        until("it is under way", || folder.join("monday.partial").exists());
        kill(signal, create.id());
        assert_eq!(wait(&mut create).code(), code, "{signal}");
        kill("CONT", engine);
        assert!(!folder.join("monday").exists());
    }
    // The killed one could not tidy up.
    let left = dev.call(&["backup", "create", "monday"]).ended(2);
    assert!(left.err.contains("monday.partial is left of a backup"), "{}", left.err);
    restore(folder, "monday.partial").ended(3);
    fs::remove_dir_all(folder.join("monday.partial")).unwrap();
    // What the database made for nobody goes with the next one.
    let staging = folder.join(".ticketlens/clickhouse/backups");
    until("the database is done", || names(&staging).iter().all(|name| !name.ends_with(".lock")));
    fs::write(staging.join("mine.tar"), "made with --disk").unwrap();
    dev.call(&["backup", "create", "monday"]).ended(0);
    assert_eq!(names(&staging), ["mine.tar"]);
    assert_eq!(dev.call(&["tickets", "count"]).ended(0).out, "40\n");

    // Nor does what was under way when the database was killed stay for ever.
    let folder = dev.into_folder();
    for name in ["underway-1.tar", "underway-1.tar.lock"] {
        fs::write(folder.path().join(".ticketlens/clickhouse/backups").join(name), "").unwrap();
    }
    let dev = Dev::start_in(folder);
    assert_eq!(names(&dev.folder.path().join(".ticketlens/clickhouse/backups")), ["mine.tar"]);
}

#[test]
fn what_cannot_be_backed_up_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |args: &[&str]| call(folder.path(), args);
    let nothing = at(&["backup", "create", "monday"]).ended(3);
    assert!(nothing.err.contains("no `ticketlens dev` ever ran there"), "{}", nothing.err);
    let far = ["backup", "create", "monday", "--endpoint", "http://127.0.0.1:1", "--key", "k"];
    assert!(at(&far).ended(2).err.contains("--disk"));
    at(&["backup", "restore", "monday"]).ended(3);
    at(&["backup", "restore", "monday", "--disk", "backups"]).ended(2);
    at(&["backup", "restore", "monday", "--config", "receiver.toml"]).ended(2);
    assert_eq!(names(folder.path()), [""; 0]);
}

/// A ClickHouse of one's own, and a receiver's configuration for it.
struct Own {
    engine: Engine,
    folder: PathBuf,
}

impl Own {
    fn start(folder: &Path, digest: &str) -> Self {
        fs::create_dir(folder).unwrap();
        let engine = Engine::start(EngineConfig::temporary(folder.join("engine"))).unwrap();
        let config = format!(
            "grpc_listen = \"127.0.0.1:0\"\nhttp_listen = \"127.0.0.1:0\"\n{digest}\n\
             [clickhouse]\nurl = \"{}\"\nuser = \"{}\"\n",
            engine.http_url(),
            engine.admin_user(),
        );
        fs::write(folder.join("receiver.toml"), config).unwrap();
        Self { engine, folder: folder.to_owned() }
    }

    fn configured(&self, args: &[&str]) -> std::process::Command {
        let mut command = program(&self.folder);
        command.args(args).args(["--config", "receiver.toml"]);
        let password = self.engine.admin_password();
        command.env("TICKETLENS_CLICKHOUSE_PASSWORD", password.expose_secret());
        command
    }

    fn backups(&self) -> PathBuf {
        Engine::backups(&self.folder.join("engine"))
    }

    /// Its receiver, and where that is.
    fn serve(&self) -> (Server, String) {
        let mut server = Server::start(&mut self.configured(&["serve"]));
        let line = server.wait_for("serving OTLP/gRPC");
        (server, format!("http://{}", line.rsplit('=').next().unwrap()))
    }
}

#[test]
fn a_server_is_backed_up_onto_its_disk_and_restored_into_an_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    let made = call(folder.path(), &["key", "create", "--scope", "admin", "--offline"]).ended(0);
    let digest = made.err.lines().find(|line| line.contains("admin_key_sha256")).unwrap();
    let admin = made.out.trim();
    let first = Own::start(&folder.path().join("first"), digest.trim());
    let (server, endpoint) = first.serve();
    let at = |endpoint: &str, key: &str, args: &[&str]| {
        let mut command = program(folder.path());
        let command = command.env("TICKETLENS_ENDPOINT", endpoint).env("TICKETLENS_KEY", key);
        said(command.args(args))
    };
    at(&endpoint, admin, &["tenant", "add", "acme"]).ended(0);
    let key = ["key", "create", "--tenant", "acme", "--scope", "ingest"];
    let ingest = at(&endpoint, admin, &key).ended(0).out.trim().to_owned();
    runs::file(folder.path(), "runs.jsonl", &runs::lines(7));
    at(&endpoint, &ingest, &["send", "runs.jsonl"]).ended(0);

    let create =
        |disk: &str, name: &str| at(&endpoint, admin, &["backup", "create", name, "--disk", disk]);
    let made = create("backups", "monday.tar").ended(0);
    assert!(made.out.starts_with("backed up to monday.tar on the disk backups ("), "{}", made.out);
    let twice = create("backups", "monday.tar").ended(1);
    assert!(twice.err.contains("a backup of that name already"), "{}", twice.err);
    let nowhere = create("elsewhere", "monday.tar").ended(1);
    assert!(nowhere.err.contains("allowed_disk"), "{}", nowhere.err);
    create("default", "monday.tar").ended(1);
    create("backups", "../monday.tar").ended(2);
    let refused = at(&endpoint, &ingest, &["backup", "create", "x", "--disk", "backups"]);
    refused.ended(5);
    drop(server);

    let restore = ["backup", "restore", "monday.tar", "--disk", "backups"];
    let full = said(&mut first.configured(&restore)).ended(1);
    assert!(full.err.contains("`ticketlens` and `ticketlens_store` are there"), "{}", full.err);
    assert!(full.err.contains("DROP DATABASE ticketlens;"), "{}", full.err);

    let second = Own::start(&folder.path().join("second"), digest.trim());
    let missing = said(&mut second.configured(&restore)).ended(1);
    assert!(missing.err.contains("no whole backup of that name"), "{}", missing.err);
    fs::create_dir_all(second.backups()).unwrap();
    fs::copy(first.backups().join("monday.tar"), second.backups().join("monday.tar")).unwrap();
    let restored = said(&mut second.configured(&restore)).ended(0);
    assert_eq!(restored.out, "restored 7 tickets, 1 tenant and 1 key, of which 1 can be used\n");
    assert!(restored.err.contains("erased or purged since"), "{}", restored.err);
    let (_server, endpoint) = second.serve();
    let count = at(&endpoint, admin, &["tickets", "count", "--tenant", "acme"]).ended(0);
    assert_eq!(count.out, "7\n");
    at(&endpoint, &ingest, &["send", "runs.jsonl"]).ended(0);
}
