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
fn nothing_but_a_draft_may_be_written_waits_forever_or_runs_twice() {
    for (name, _, workflow) in workflows() {
        assert_eq!(workflow["permissions"], serde_json::json!({"contents": "read"}), "{name}");
        assert!(workflow["concurrency"]["group"].is_string(), "{name}");
        for (job, said) in workflow["jobs"].as_object().unwrap() {
            assert!(said["timeout-minutes"].is_u64(), "{name}: {job} has no end");
            let rights = match (name.as_str(), job.as_str()) {
                // Only a release's assets: a draft, which a person publishes. What builds may not.
                ("release.yml", "draft" | "finish") => serde_json::json!({"contents": "write"}),
                _ => Value::Null,
            };
            assert_eq!(said["permissions"], rights, "{name}: {job} has rights of its own");
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
fn a_release_is_drafted_and_never_published_by_a_machine() {
    let all = workflows();
    let (_, _, release) = all.iter().find(|(name, ..)| name == "release.yml").unwrap();
    let (_, _, ci) = all.iter().find(|(name, ..)| name == "ci.yml").unwrap();
    assert_eq!(release["env"]["RUSTUP_TOOLCHAIN"], ci["env"]["RUSTUP_TOOLCHAIN"]);
    let runs = steps(release, "run");
    let commands = runs.iter().flat_map(|run| run.lines()).map(str::trim);
    let made: Vec<_> = commands.clone().filter(|line| line.contains("gh release create")).collect();
    assert!(!made.is_empty() && made.iter().all(|line| line.contains(" --draft ")), "{made:?}");
    assert!(commands.clone().all(|line| !line.contains("gh release edit")), "a draft stays one");
    assert!(commands.clone().all(|line| !line.contains("cargo publish")));
    // A job that may write builds nothing: what it runs would have the token, in whatever step.
    for job in release["jobs"].as_object().unwrap().values() {
        assert!(job["env"].is_null());
        let runs = job["steps"].as_array().unwrap().iter().filter_map(|step| step["run"].as_str());
        let builds = runs.clone().any(|run| run.contains("cargo ") || run.contains("npm "));
        assert!(!builds || job["permissions"].is_null(), "{job}");
        for step in job["steps"].as_array().unwrap() {
            let run = step["run"].as_str().unwrap_or_default();
            let has_token = !step["env"]["GH_TOKEN"].is_null();
            assert_eq!(has_token, run.contains("gh release"), "{run}");
            assert!(!(has_token && run.contains("cargo ")), "{run}");
        }
    }
    // Every platform is in the table of RELEASING.md.
    let matrix = release["jobs"]["build"]["strategy"]["matrix"]["include"].as_array().unwrap();
    let releasing = read("RELEASING.md");
    for row in matrix {
        let triple = row["triple"].as_str().unwrap();
        assert!(releasing.contains(&format!("| `{triple}` |")), "{triple} has no row");
    }
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
