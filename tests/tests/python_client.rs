//! The client for Python: built as a wheel, and its own tests run with it against a real receiver.
#![expect(clippy::expect_used)]

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use ticketlens_store::Scope;
use ticketlens_tests::{Database, Receiver, peer, program, workspace::root};

/// What the workflow of every test says is personal about its customer: nothing that is stored, said or
/// logged may hold it.
const PERSONAL: &str = "Amelia Zephyrine Ahmed";
const TENANT: &str = "acme";

/// The environment in which Python runs: exact versions of everything (`cargo xtask peers`).
fn python() -> PathBuf {
    peer("python", "venv/bin/python3")
}

/// Runs it to its end; what it printed, if it ended well.
fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("it runs");
    let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?} ended with {status}\n{out}\n{err}");
    out.into_owned()
}

/// Builds the wheel as `pip install ./crates/python` does, but unoptimised, and unpacks it.
fn wheel(into: &Path) -> PathBuf {
    let (packed, unpacked) = (into.join("wheel"), into.join("site"));
    run(Command::new(python())
        .args(["-m", "maturin", "build", "--locked", "--profile", "dev", "--out"])
        .arg(&packed)
        .arg("--target-dir")
        .arg(peer("python", "venv").ancestors().nth(3).expect("a target folder"))
        .arg("--manifest-path")
        .arg(root().join("crates/python/Cargo.toml")));
    let wheels: Vec<_> = fs::read_dir(&packed)
        .expect("the wheel's folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension() == Some(OsStr::new("whl")))
        .collect();
    assert_eq!(wheels.len(), 1, "one wheel: {wheels:?}");
    let name = wheels[0].file_name().and_then(OsStr::to_str).expect("its name");
    assert!(name.contains("-cp310-abi3-"), "one wheel for every CPython from 3.10: {name}");
    run(Command::new(python()).args(["-m", "zipfile", "--extract"]).arg(&wheels[0]).arg(&unpacked));
    for file in ["ticketlens/py.typed", "ticketlens/__init__.pyi"] {
        assert!(unpacked.join(file).is_file(), "the wheel has {file}");
    }
    unpacked
}

/// Every table's every row, as text.
fn everything(database: &Database) -> String {
    let tables = database.query(
        "SELECT concat(database, '.', name) FROM system.tables \
         WHERE database LIKE 'ticketlens%' AND NOT endsWith(engine, 'View')",
    );
    let row = |table: &str| database.query(&format!("SELECT * FROM {table} FORMAT JSONEachRow"));
    tables.lines().map(row).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_for_python_keeps_its_promise() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let site = wheel(folder.path());
    let database = Database::start();
    let receiver =
        Receiver::start(&database, "hash_key = \"the receiver's own, not the client's\"");
    let key = database.tenant_key(TENANT, Scope::Ingest).await;

    let mut pytest = Command::new(python());
    pytest
        .args(["-m", "pytest", "-p", "no:cacheprovider", "--color=no", "crates/python/tests"])
        // Mostly they wait for processes of their own.
        .args(["--numprocesses", "3"])
        .arg("--basetemp")
        .arg(folder.path().join("tests"))
        .current_dir(root())
        .env("PYTHONPATH", &site)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("TICKETLENS_TEST_GRPC", receiver.grpc())
        .env("TICKETLENS_TEST_HTTP", format!("http://{}", receiver.http()))
        .env("TICKETLENS_TEST_KEY", key)
        .env("TICKETLENS_TEST_PERSONAL", PERSONAL)
        .env("TICKETLENS_TEST_DATABASE", format!("{}/?database=ticketlens", database.url()))
        .env("TICKETLENS_TEST_USER", database.user())
        .env("TICKETLENS_TEST_PASSWORD", database.password())
        .env("TICKETLENS_TEST_PROGRAM", program("ticketlens"))
        .env("TICKETLENS_TEST_PYRIGHT", peer("python", "types/node_modules/pyright/index.js"));
    for name in ["TICKETLENS_ENDPOINT", "TICKETLENS_KEY", "OTEL_EXPORTER_OTLP_ENDPOINT"] {
        pytest.env_remove(name);
    }
    let said = run(&mut pytest);
    assert!(said.contains(" passed"), "pytest ran tests:\n{said}");
    assert!(!said.contains(" skipped"), "and left none out:\n{said}");

    let stored = everything(&database);
    assert!(stored.contains("python-client-"), "the tests stored tickets");
    let known = stored.lines().find(|row| row.contains(PERSONAL) || row.contains("Zephyrine"));
    assert_eq!(known, None, "what was known to be personal is in no table");
    assert!(!receiver.log().contains(PERSONAL), "nor has the receiver seen it");
    // Sequences of processes that ended by themselves have no gaps: nothing was lost silently.
    let lost = database.query(
        "SELECT instance, count(), max(sequence) FROM ticketlens.tickets \
         WHERE workflow LIKE 'python-client%' GROUP BY instance HAVING count() != max(sequence)",
    );
    assert_eq!(lost, "", "processes with gaps");
}
