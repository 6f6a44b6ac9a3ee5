//! Who may depend on whom, and which libraries stay in which crate.

use std::collections::BTreeSet;

use super::workspace::{Package, crates};

/// Each crate of ours, and the only crates of ours it may depend on.
const ARROWS: [(&str, &[&str]); 16] = [
    ("ticketlens-redact", &[]),
    ("ticketlens-ticket", &["ticketlens-redact"]),
    ("ticketlens-spans", &["ticketlens-ticket"]),
    ("ticketlens", &["ticketlens-redact", "ticketlens-ticket"]),
    ("ticketlens-store", &["ticketlens-prices", "ticketlens-ticket"]),
    ("ticketlens-engine", &[]),
    ("ticketlens-log", &[]),
    ("ticketlens-prices", &[]),
    ("ticketlens-api", &[]),
    (
        "ticketlens-receiver",
        &[
            "ticketlens-api",
            "ticketlens-log",
            "ticketlens-mcp",
            "ticketlens-prices",
            "ticketlens-redact",
            "ticketlens-store",
            "ticketlens-ticket",
        ],
    ),
    ("ticketlens-grafana", &["ticketlens-store"]),
    (
        "ticketlens-python",
        &[
            "ticketlens",
            "ticketlens-redact",
            "ticketlens-show",
            "ticketlens-spans",
            "ticketlens-ticket",
        ],
    ),
    ("ticketlens-report", &["ticketlens-api"]),
    ("ticketlens-show", &["ticketlens-api", "ticketlens-redact", "ticketlens-ticket"]),
    ("ticketlens-mcp", &["ticketlens-api", "ticketlens-show"]),
    (
        "ticketlens-cli",
        &[
            "ticketlens",
            "ticketlens-api",
            "ticketlens-engine",
            "ticketlens-grafana",
            "ticketlens-log",
            "ticketlens-mcp",
            "ticketlens-prices",
            "ticketlens-receiver",
            "ticketlens-redact",
            "ticketlens-report",
            "ticketlens-show",
            "ticketlens-spans",
            "ticketlens-store",
            "ticketlens-ticket",
        ],
    ),
];

/// What drives cargo, and knows none of ours.
const TASKS: &str = "xtask";

/// Libraries that only the named crates may use.
const KEPT: [(&str, &[&str]); 10] = [
    ("clickhouse", &["ticketlens-store"]),
    ("libloading", &["ticketlens-engine"]),
    ("axum", &["ticketlens-receiver"]),
    (
        "tonic",
        &[
            "ticketlens",
            "ticketlens-api",
            "ticketlens-cli",
            "ticketlens-mcp",
            "ticketlens-receiver",
        ],
    ),
    ("rmcp", &["ticketlens-mcp"]),
    ("prometheus-client", &["ticketlens-receiver"]),
    ("clap", &["ticketlens-cli", TASKS]),
    ("indicatif", &["ticketlens-cli"]),
    ("askama", &["ticketlens-report"]),
    ("anyhow", &[TASKS]),
];

#[test]
fn crates_know_only_whom_they_may() {
    let ours: BTreeSet<_> = ARROWS.iter().map(|(name, _)| *name).collect();
    for package in crates() {
        let name = package.name.as_str();
        let allowed = ARROWS.iter().find(|(known, _)| *known == name).map(|(_, allowed)| *allowed);
        assert!(allowed.is_some() || name == TASKS, "{name} is not on the list");
        let allowed = BTreeSet::from_iter(allowed.unwrap_or_default().iter().copied());
        let known = package.dependencies.iter().map(String::as_str);
        let known: BTreeSet<_> = known.filter(|other| ours.contains(other)).collect();
        assert_eq!(known, allowed, "whom {name} knows, and whom it may know");
    }
}

#[test]
fn libraries_stay_in_their_crate() {
    for (library, allowed) in KEPT {
        let uses = |package: &&Package| package.dependencies.contains(library);
        let users: BTreeSet<_> = crates().filter(uses).map(|user| user.name.as_str()).collect();
        let allowed = BTreeSet::from_iter(allowed.iter().copied());
        assert_eq!(users, allowed, "who uses {library}, and who may use it");
    }
}

/// Named by what the generators write into a build's own folder, and not by a source of ours.
const GENERATED: [&str; 2] = ["prost", "tonic-prost"];

#[test]
fn what_a_crate_is_built_from_is_named_in_its_code() {
    let mut idle = BTreeSet::new();
    for package in crates() {
        let named = package.arrows();
        let in_code = package.dependencies.difference(&package.of_its_build);
        let unnamed = in_code.filter(|library| !named.leads_to(library));
        idle.extend(unnamed.map(String::as_str));
    }
    assert_eq!(idle, BTreeSet::from(GENERATED), "dependencies that no code names");
}
