//! The chart's `config` has the receiver's settings, all but those that the chart sets itself and secrets; and the
//! values that documents show are ones.

use std::collections::BTreeSet;

use serde_json::Value;
use ticketlens_tests::document::{blocks, read};

use crate::rendered::{chart, helm, objects, values};

const SCHEMA: &str = "deploy/helm/ticketlens/values.schema.json";

/// What the chart says itself, and what it takes from Secrets.
const NOT_THERE: [&str; 8] = [
    "grpc_listen",
    "http_listen",
    "hash_key",
    "admin_key_sha256",
    "clickhouse.password",
    "tls.certificate",
    "tls.key",
    "tls.client_ca",
];

/// Every setting of docs/settings.md, which a test of its own holds against the code.
fn settings() -> BTreeSet<String> {
    let document = read("docs/settings.md");
    let rows = document.lines().skip_while(|line| *line != "| setting | default | what it does |");
    let rows = rows.skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.split('`').nth(1).unwrap().to_owned()).collect()
}

fn names(object: &Value, before: &str, found: &mut BTreeSet<String>) {
    for (name, inner) in object["properties"].as_object().unwrap() {
        if inner["properties"].is_object() {
            names(inner, &format!("{before}{name}."), found);
        } else {
            found.insert(format!("{before}{name}"));
        }
    }
    assert_eq!(object["additionalProperties"], false, "{before} takes only what it knows");
}

#[test]
fn every_setting_may_be_set() {
    let schema: Value = serde_json::from_str(&read(SCHEMA)).unwrap();
    let mut there = BTreeSet::new();
    names(&schema["properties"]["config"], "", &mut there);
    let mut expected = settings();
    for name in NOT_THERE {
        assert!(expected.remove(name), "{name} is a setting");
    }
    let missing: Vec<_> = expected.difference(&there).collect();
    let gone: Vec<_> = there.difference(&expected).collect();
    assert!(missing.is_empty() && gone.is_empty(), "{SCHEMA}: lacks {missing:?}, has {gone:?}");
}

/// And the schema's bounds are the receiver's: the set `everything` uses each setting, and is taken by both.
#[test]
fn every_setting_is_tried() {
    let set: Value =
        serde_saphyr::from_str(&read("tests/tests/helm/values/everything.yaml")).unwrap();
    let mut tried = BTreeSet::new();
    for (name, value) in set["config"].as_object().unwrap() {
        if let Some(section) = value.as_object() {
            tried.extend(section.keys().map(|inner| format!("{name}.{inner}")));
        } else {
            tried.insert(name.clone());
        }
    }
    let mut expected = settings();
    expected.retain(|name| !NOT_THERE.contains(&name.as_str()));
    assert_eq!(tried, expected);
    let file = objects("everything", &[]);
    let file = crate::rendered::one(&file, "ConfigMap")["data"]["receiver.toml"].as_str().unwrap();
    assert!(file.contains("max_rows = 10000000\n"), "a whole number stays one: {file}");
}

#[test]
fn what_is_misspelt_or_out_of_bounds_is_told_before_anything_is_rendered() {
    let chart = chart().display().to_string();
    for (set, says) in [
        ("replica=3", "additional properties 'replica' not allowed"),
        ("config.commit.window=3", "additional properties 'window' not allowed"),
        ("config.limits.budget_mib=4", "minimum: got 4, want 8"),
        ("config.clickhouse.url=clickhouse:8123", "does not match pattern"),
        ("config.other_events=drop", "value must be one of 'reject', 'ignore'"),
        ("tls.secret=Not A Name", "does not match pattern"),
    ] {
        let values = values("least");
        let output = helm(&["template", "t", &chart, "--values", &values, "--set", set]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(says), "{set}: {said}");
    }
}

#[test]
fn values_that_documents_show_are_ones() {
    let chart = chart().display().to_string();
    let folder = tempfile::tempdir().unwrap();
    let mut shown = 0;
    for document in ["deploy/helm/ticketlens/README.md", "docs/kubernetes.md"] {
        for block in blocks(&read(document), "```yaml") {
            let file = folder.path().join("values.yaml");
            std::fs::write(&file, &block).unwrap();
            let (least, values) = (values("least"), file.display().to_string());
            let both = ["--values", &least, "--values", &values];
            let output = helm(&[&["template", "t", &chart][..], &both].concat());
            assert!(
                output.status.success(),
                "{document}: {block}{}",
                String::from_utf8_lossy(&output.stderr)
            );
            crate::rendered::checked(&output.stdout).unwrap_or_else(|e| panic!("{document}: {e}"));
            shown += 1;
        }
    }
    assert!(shown >= 2, "only {shown} blocks of values are shown");
}

/// The table of the chart's README has every value at the top of values.yaml, and no other.
#[test]
fn every_value_has_its_row() {
    let all: Value = serde_saphyr::from_str(&read("deploy/helm/ticketlens/values.yaml")).unwrap();
    let there: BTreeSet<_> = all.as_object().unwrap().keys().cloned().collect();
    let schema: Value = serde_json::from_str(&read(SCHEMA)).unwrap();
    // `global` is Helm's own, for charts that contain this one.
    let mut known: BTreeSet<_> =
        schema["properties"].as_object().unwrap().keys().cloned().collect();
    known.remove("global");
    assert_eq!(known, there, "the schema, and values.yaml");
    let document = read("deploy/helm/ticketlens/README.md");
    let (_, table) = document.split_once("| value |").expect("a table of values");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    // `tls.secret` is of `tls`; a row may have several.
    let cells = rows.map(|row| row.split('|').nth(1).unwrap());
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).collect::<Vec<_>>());
    let said: BTreeSet<_> = names.map(|name| name.split('.').next().unwrap().to_owned()).collect();
    assert_eq!(said, there, "the table, and values.yaml");
}

#[test]
fn the_chart_is_of_this_version() {
    let text = read("deploy/helm/ticketlens/Chart.yaml");
    let said: Value = serde_saphyr::from_str(&text).unwrap();
    for key in ["version", "appVersion"] {
        assert_eq!(said[key], env!("CARGO_PKG_VERSION"), "{key}");
    }
}
