//! The arrows of ARCHITECTURE.md, held: who may know whom, and who may know what.
#![allow(missing_docs, clippy::expect_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Each crate of ours, and the only crates of ours it may depend on.
const ARROWS: [(&str, &[&str]); 10] = [
    ("ticketlens-redact", &[]),
    ("ticketlens-ticket", &["ticketlens-redact"]),
    ("ticketlens", &["ticketlens-redact", "ticketlens-ticket"]),
    ("ticketlens-store", &["ticketlens-redact", "ticketlens-ticket"]),
    ("ticketlens-engine", &[]),
    ("ticketlens-api", &[]),
    (
        "ticketlens-receiver",
        &["ticketlens-api", "ticketlens-redact", "ticketlens-store", "ticketlens-ticket"],
    ),
    ("ticketlens-grafana", &["ticketlens-store"]),
    ("ticketlens-show", &["ticketlens-api", "ticketlens-redact", "ticketlens-ticket"]),
    (
        "ticketlens-cli",
        &[
            "ticketlens",
            "ticketlens-api",
            "ticketlens-engine",
            "ticketlens-grafana",
            "ticketlens-receiver",
            "ticketlens-redact",
            "ticketlens-show",
            "ticketlens-store",
            "ticketlens-ticket",
        ],
    ),
];

/// Libraries that only the named crates may use.
const KEPT: [(&str, &[&str]); 6] = [
    ("clickhouse", &["ticketlens-store"]),
    ("libloading", &["ticketlens-engine"]),
    ("axum", &["ticketlens-receiver"]),
    ("clap", &["ticketlens-cli", "xtask"]),
    ("indicatif", &["ticketlens-cli"]),
    ("anyhow", &["ticketlens-cli", "xtask"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What each package of the workspace is built from (dev-dependencies are left out: tests may
/// reach across).
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().expect("packages");
    let built_from = |package: &Value| {
        let all = package["dependencies"].as_array().cloned().unwrap_or_default();
        let ships = all.iter().filter(|d| d["kind"].as_str() != Some("dev"));
        ships.map(|d| text(&d["name"])).collect()
    };
    packages.iter().map(|package| (text(&package["name"]), built_from(package))).collect()
}

#[test]
fn crates_know_only_whom_they_may() {
    let found = dependencies();
    let ours: BTreeSet<_> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    for (name, allowed) in ARROWS {
        let known: Vec<_> = found[name].intersection(&ours).map(String::as_str).collect();
        let wrong: Vec<_> = known.iter().filter(|other| !allowed.contains(other)).collect();
        assert!(wrong.is_empty(), "{name} must not know {wrong:?}");
    }
}

#[test]
fn libraries_stay_in_their_crate() {
    let found = dependencies();
    for (library, allowed) in KEPT {
        for (name, dependencies) in &found {
            let keeps = !dependencies.contains(library)
                || allowed.contains(&name.as_str())
                || name == "ticketlens-tests";
            assert!(keeps, "{library} belongs to {allowed:?}, not to {name}");
        }
        assert!(
            allowed.iter().any(|name| found[*name].contains(library)),
            "nobody uses {library}: take it off the list"
        );
    }
}

/// Every source file of a crate.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn only_the_store_speaks_sql_and_only_the_engine_knows_its_library() {
    let sql = ["SELECT ", "INSERT INTO", "CREATE TABLE", "ALTER TABLE"];
    let rules: [(&str, &[&str], &[&str]); 3] = [
        ("SQL", &sql, &["store", "engine"]),
        ("the engine's library", &["libchdb", "chdb_query"], &["engine"]),
        ("unsafe code", &["unsafe {", "unsafe extern", "unsafe fn"], &["engine"]),
    ];
    let crates = root().join("crates");
    for entry in fs::read_dir(&crates).expect("crates").flatten() {
        let name = entry.file_name().into_string().expect("a name");
        let mut files = Vec::new();
        sources(&entry.path().join("src"), &mut files);
        assert!(!files.is_empty(), "{name} has sources");
        for file in files.iter().filter(|file| !is_test(file)) {
            let text = fs::read_to_string(file).expect("a source file");
            for (what, words, allowed) in rules {
                let found = words.iter().find(|word| text.contains(**word));
                let fine = found.is_none() || allowed.contains(&name.as_str());
                assert!(fine, "{what} in {}: {found:?}", file.display());
            }
        }
    }
}

fn is_test(file: &Path) -> bool {
    let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    name == "tests" || name.ends_with("_tests")
}
