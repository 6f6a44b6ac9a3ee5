//! What is measured of the receiver, as those who watch it see it: Prometheus' own judge finds nothing wrong
//! with its metrics, the page lists them all, and the dashboard and the alerts of `grafana/health` say
//! something when a real receiver is in trouble.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod page;
mod promtool;
mod pushed;
mod series;
mod traffic;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use serde_json::Value;
use ticketlens_store::Scope;
use ticketlens_tests::{
    Database, Receiver,
    dashboards::{Dashboard, list, text},
    document::read,
    peer,
};

use page::wait_for;
use promtool::promtool;
use traffic::{Sender, in_trouble};

const SETTINGS: &str = "[metrics]\ntenants = 3\n";

fn dashboard() -> Dashboard {
    let json = serde_json::from_str(&read("grafana/health/health.json")).unwrap();
    Dashboard { name: "health".to_owned(), json }
}

/// What its panels ask, as Prometheus is asked.
fn questions(dashboard: &Dashboard) -> Vec<(&str, String)> {
    let of = |expr: &str| {
        expr.replace("$__rate_interval", "5m").replace("$job", ".*").replace("$instance", ".*")
    };
    let panels = dashboard.panels().into_iter();
    let asked = panels.flat_map(|panel| {
        list(panel, "targets").iter().map(move |one| (text(panel, "title"), of(text(one, "expr"))))
    });
    let asked: Vec<_> = asked.collect();
    assert!(asked.len() > 20, "{asked:?}");
    asked
}

/// The metrics that an expression names.
fn named(expr: &str) -> BTreeSet<String> {
    let words = expr.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let names = words.filter(|word| word.starts_with("ticketlens_")).map(|name| {
        let histogram = ["_bucket", "_count", "_sum"].iter().find_map(|end| name.strip_suffix(end));
        histogram.unwrap_or(name).to_owned()
    });
    names.collect()
}

fn rules() -> Value {
    serde_saphyr::from_str(&read("grafana/health/alerts.yaml")).unwrap()
}

fn alerts(file: &Value) -> Vec<&Value> {
    list(file, "groups").iter().flat_map(|group| list(group, "rules")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_finds_nothing_wrong_with_them_and_the_page_lists_them_all() {
    let database = Database::start();
    let receiver = Receiver::start(&database, SETTINGS);
    let sender = Sender::new(&receiver, database.tenant_key("acme", Scope::Ingest).await);
    sender.well(3);
    sender.badly(3);
    let page = wait_for(&receiver, |page| page.has("ticketlens_clickhouse_parts"));
    assert_eq!(page.get("ticketlens_records_accepted_total"), 3.0);
    let (is_clean, said) = promtool(&["check", "metrics"], &page.text);
    assert!(is_clean && said.is_empty(), "{said}");

    let document = read("docs/operating.md");
    let rows = document.lines().skip_while(|line| *line != "| metric | type | what |").skip(2);
    let cells = |row: &str| {
        let mut cells = row.split('|').map(str::trim).skip(1);
        (cells.next().unwrap().trim_matches('`').to_owned(), cells.next().unwrap().to_owned())
    };
    let said: BTreeMap<_, _> = rows.take_while(|line| line.starts_with('|')).map(cells).collect();
    assert_eq!(said, page.types, "the table in docs/operating.md, and what is served");

    for rule in alerts(&rules()) {
        let unknown: Vec<_> =
            named(text(rule, "expr")).into_iter().filter(|n| !page.types.contains_key(n)).collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", text(rule, "alert"));
    }
    for (title, expr) in questions(&dashboard()) {
        let unknown: Vec<_> =
            named(&expr).into_iter().filter(|n| !page.types.contains_key(n)).collect();
        assert!(unknown.is_empty(), "{title}: {unknown:?}");
    }
}

#[test]
fn the_judge_sees_what_is_wrong() {
    let bad = "# HELP requests Requests.\n# TYPE requests counter\nrequests 1\n";
    let (is_clean, said) = promtool(&["check", "metrics"], bad);
    assert!(!is_clean && said.contains("_total"), "{said}");
}

#[test]
fn the_dashboard_is_what_grafana_reads_and_says_what_it_shows() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../grafana/health/health.json");
    let check = Command::new(peer("grafana", "check-dashboard")).arg(file).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    let dashboard = dashboard();
    assert_eq!(dashboard.uid(), "ticketlens-health");
    let names: BTreeSet<_> =
        dashboard.variables().iter().map(|variable| text(variable, "name")).collect();
    assert_eq!(names, ["instance", "job", "prometheus"].into());
    for panel in dashboard.panels() {
        let title = text(panel, "title");
        if text(panel, "type") == "row" {
            continue;
        }
        assert!(!title.is_empty() && !text(panel, "description").is_empty(), "{title}");
        assert!(!text(&panel["fieldConfig"]["defaults"], "unit").is_empty(), "{title}");
        for target in std::iter::once(panel).chain(list(panel, "targets")) {
            assert_eq!(target["datasource"]["uid"], "${prometheus}", "{title}");
            assert_eq!(target["datasource"]["type"], "prometheus", "{title}");
        }
        for target in list(panel, "targets") {
            let expr = text(target, "expr");
            let metrics = expr.matches("ticketlens_").count() + expr.matches("up{").count();
            let filtered = expr.matches(r#"{job=~"$job",instance=~"$instance""#).count();
            assert_eq!(metrics, filtered, "{title} follows the filters: {expr}");
        }
    }
}

/// What can't be had of a receiver in a test, written into what it says: before and in trouble.
const WRITTEN_IN: [(&str, f64, f64); 8] = [
    ("up", 1.0, 0.0),
    ("ticketlens_bytes_in_flight", 1e6, 1.6e8),
    ("ticketlens_clickhouse_partition_parts", 10.0, 900.0),
    ("ticketlens_clickhouse_disk_size_bytes", 1e9, 1e9),
    ("ticketlens_clickhouse_disk_free_bytes", 5e8, 5e7),
    ("ticketlens_insert_refusals_total", 0.0, 1.0),
    ("ticketlens_part_deaths_total", 0.0, 1.0),
    ("ticketlens_keys_ending", 0.0, 2.0),
];

/// An hour as the receiver was when it was well, and two as it was in trouble.
#[tokio::test(flavor = "multi_thread")]
async fn every_alert_fires_in_trouble_and_none_before_and_every_panel_shows_something() {
    let database = Database::start();
    let receiver = Receiver::start(&database, SETTINGS);
    let sender = Sender::new(&receiver, database.tenant_key("acme", Scope::Ingest).await);
    sender.well(20);
    let well = wait_for(&receiver, |page| page.has("ticketlens_clickhouse_parts"));
    let ill = tokio::task::block_in_place(|| in_trouble(&database, &sender));
    assert!(ill.get("ticketlens_commit_queue_oldest_seconds") > 2.0);
    let input = series::of(&well, &ill, &WRITTEN_IN);

    let file = rules();
    let all: BTreeSet<_> = alerts(&file).into_iter().map(|rule| text(rule, "alert")).collect();
    let firing = "group by (alertname) (ALERTS{alertstate=\"firing\"})";
    let fired = all.iter().map(|name| (format!("{{alertname=\"{name}\"}}"), 1.0)).collect();
    let mut asked = vec![
        series::Asked { expr: firing.to_owned(), minute: 60, expected: Vec::new() },
        series::Asked { expr: firing.to_owned(), minute: 180, expected: fired },
    ];
    for (_, expr) in questions(&dashboard()) {
        let expr = format!("count({expr}) > bool 0");
        asked.push(series::Asked { expr, minute: 90, expected: vec![("{}".to_owned(), 1.0)] });
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("alerts.yaml"), read("grafana/health/alerts.yaml")).unwrap();
    let test = folder.path().join("test.json");
    // JSON is YAML.
    fs::write(&test, series::test(&input, &asked).to_string()).unwrap();
    let (is_so, said) = promtool(&["test", "rules", test.to_str().unwrap()], "");
    assert!(is_so, "{said}");
}
