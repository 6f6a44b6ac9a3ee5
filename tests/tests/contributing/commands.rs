//! Command lines of the documents: none of them is run here, as each builds or fetches something;
//! every task, crate, test and flag that they name is one.

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;
use ticketlens_tests::{document::read, program};

use crate::{packages, text};

/// Every line that starts with `cargo` in a block of shell, or stands so in a sentence.
fn lines(document: &str) -> Vec<String> {
    let text = read(document);
    let mut lines = Vec::new();
    for (place, part) in text.split('`').enumerate() {
        if place % 2 == 1 && part.starts_with("cargo ") {
            lines.push(part.to_owned());
        }
    }
    let mut shell = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("```") {
            shell = line == "```sh";
        } else if shell && let Some(start) = line.find("cargo ") {
            // Without a comment, without variables in front.
            let line = line[start..].split(" #").next().unwrap_or_default();
            lines.push(line.split("    ").next().unwrap_or_default().trim().to_owned());
        }
    }
    lines
}

fn help(arguments: &[&str]) -> String {
    let output = Command::new(program("xtask")).args(arguments).arg("--help").output().unwrap();
    assert!(output.status.success(), "xtask {arguments:?} --help");
    String::from_utf8(output.stdout).unwrap()
}

/// What is wrong with a line, if anything is.
fn problem(line: &str, tests: &BTreeMap<String, Vec<String>>) -> Option<String> {
    let words: Vec<_> = line.split_whitespace().take_while(|word| *word != "--").collect();
    let after =
        |flag: &'static str| words.windows(2).filter(move |two| two[0] == flag).map(|two| two[1]);
    let mut named = after("--package");
    if let Some(unknown) = named.clone().find(|name| *name != "NAME" && !tests.contains_key(*name))
    {
        return Some(format!("no crate {unknown}"));
    }
    let its: Vec<_> = named.by_ref().filter_map(|name| tests.get(name)).flatten().collect();
    if let Some(unknown) = after("--test").find(|test| !its.iter().any(|its| its == test)) {
        return Some(format!("no test {unknown}"));
    }
    if words.get(1) == Some(&"xtask") {
        let task = words.get(2)?;
        if !help(&[]).lines().any(|line| line.trim().split(' ').next() == Some(*task)) {
            return Some(format!("no task {task}"));
        }
        let known = help(&[task]);
        let own = words.iter().filter(|word| word.starts_with("--"));
        return own
            .filter(|flag| !["--package", "--test"].contains(flag))
            .find(|flag| !known.contains(**flag))
            .map(|flag| format!("{task} has no {flag}"));
    }
    if words.get(2) == Some(&"fuzz") {
        let target = words.get(4)?;
        let manifest = read("fuzz/Cargo.toml");
        return (!manifest.contains(&format!("name = \"{target}\"")))
            .then(|| format!("no fuzz target {target}"));
    }
    None
}

/// The test targets of each crate.
fn tests() -> BTreeMap<String, Vec<String>> {
    let tests_of = |package: &Value| {
        let targets = package["targets"].as_array().unwrap().iter();
        let tests = targets.filter(|target| target["kind"][0] == "test");
        (text(package, "name").to_owned(), tests.map(|t| text(t, "name").to_owned()).collect())
    };
    packages().iter().map(tests_of).collect()
}

#[test]
fn every_command_names_what_there_is() {
    let tests = tests();
    for document in ["CONTRIBUTING.md", "RELEASING.md", "README.md"] {
        let lines = lines(document);
        assert!(lines.len() > 2, "{document}: {lines:?}");
        for line in lines {
            assert_eq!(problem(&line, &tests), None, "{document}: {line}");
        }
    }
}

#[test]
fn a_command_that_names_what_is_not_there_is_noticed() {
    let tests = tests();
    for line in [
        "cargo xtask tset",
        "cargo xtask test --without-motor",
        "cargo xtask test --package ticketlens-redakt",
        "cargo xtask test --package ticketlens-redact --test store",
        "cargo +nightly fuzz run nothing -- -max_total_time=60",
    ] {
        assert!(problem(line, &tests).is_some(), "{line}");
    }
    assert_eq!(problem("cargo xtask test --package ticketlens-redact --test keys", &tests), None);
}
