//! The workflows, as far as they can be held to their promises without GitHub.

use std::fs;

use serde_json::Value;
use ticketlens_tests::document::read;

use crate::{root, setting};

/// Each workflow: its file's name, its text, what it says.
fn workflows() -> Vec<(String, String, Value)> {
    let folder = root().join(".github/workflows");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|file| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&file).unwrap();
            let said = serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            (name, text, said)
        })
        .collect()
}

/// Every step of a workflow that has this key, with its value.
fn steps<'w>(workflow: &'w Value, key: &str) -> Vec<&'w str> {
    let jobs = workflow["jobs"].as_object().unwrap().values();
    let steps = jobs.flat_map(|job| job["steps"].as_array().unwrap());
    steps.filter_map(|step| step[key].as_str()).collect()
}

#[test]
fn actions_are_pinned_to_commits_whose_version_is_said() {
    for (name, text, workflow) in workflows() {
        for action in steps(&workflow, "uses") {
            let (_, commit) = action.split_once('@').unwrap();
            let is_hash = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_hash, "{name}: {action}");
            assert!(text.contains(&format!("{action} # v")), "{name}: {action} says no version");
        }
    }
}

#[test]
fn nothing_may_be_written_waits_forever_or_runs_twice() {
    for (name, _, workflow) in workflows() {
        assert_eq!(workflow["permissions"], serde_json::json!({"contents": "read"}), "{name}");
        assert!(workflow["concurrency"]["group"].is_string(), "{name}");
        for (job, said) in workflow["jobs"].as_object().unwrap() {
            assert!(said["timeout-minutes"].is_u64(), "{name}: {job} has no end");
            assert!(said["permissions"].is_null(), "{name}: {job} has rights of its own");
        }
    }
}

#[test]
fn ci_is_the_one_script_and_its_rust_the_images() {
    let all = workflows();
    let (_, _, ci) = all.iter().find(|(name, ..)| name == "ci.yml").unwrap();
    assert!(steps(ci, "run").contains(&".ci/run"));
    let rust = ci["env"]["RUSTUP_TOOLCHAIN"].as_str().unwrap();
    let image = rust.rsplit_once('.').unwrap().0;
    assert!(read("Dockerfile").contains(&format!("FROM rust:{image}-")), "the image's Rust");
    // Or `docker build` would fetch another.
    assert!(read(".dockerignore").lines().any(|line| line == "rust-toolchain.toml"));
    assert_eq!(setting("rust-toolchain.toml", "channel"), "stable");
}

#[test]
fn every_fuzz_target_is_run_each_night() {
    let all = workflows();
    let (_, _, nightly) = all.iter().find(|(name, ..)| name == "nightly.yml").unwrap();
    let mut run: Vec<&str> = nightly["jobs"]["fuzz"]["strategy"]["matrix"]["target"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    run.sort_unstable();
    let mut there: Vec<_> = fs::read_dir(root().join("fuzz/fuzz_targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    there.sort();
    assert_eq!(run, there);
}
