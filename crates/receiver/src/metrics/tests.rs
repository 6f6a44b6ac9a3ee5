use ticketlens_store::Disk;

use super::*;
use crate::budget::{Budget, Limits};

fn measuring(sources: Sources) -> Metrics {
    Metrics::new(sources, &opentelemetry::global::meter("ticketlens"))
}

fn series(text: &str) -> usize {
    text.lines().filter(|line| !line.starts_with('#')).count()
}

/// Dashboards and alerts of others name these.
#[test]
fn what_scrapers_see_stays() {
    let metrics = Metrics::default();
    let lines = [
        ("requests_total", "OTLP requests."),
        ("requests_refused_total", "Requests refused as a whole."),
        ("requests_overloaded_total", "Requests refused for load."),
        ("requests_throttled_total", "Requests over a limit of their tenant."),
        ("request_bytes_total", "Bytes of decoded requests."),
        ("records_accepted_total", "Records that were good."),
        ("records_rejected_total", "Records that were rejected."),
        ("records_ignored_total", "Records of other events."),
        ("commits_total", "Inserts that took rows."),
        ("commit_rows_total", "Rows committed."),
        ("commit_bytes_total", "Bytes committed."),
        ("insert_failures_total", "Tries that failed."),
        ("insert_retries_total", "Tries of a batch after its first."),
        ("insert_refusals_total", "Tries that were refused."),
        ("part_deaths_total", "Parts of the receiver that died."),
    ];
    let mut expected = String::new();
    for (name, help) in lines {
        expected += &format!(
            "# HELP ticketlens_{name} {help}\n# TYPE ticketlens_{name} counter\n\
             ticketlens_{name} 0\n"
        );
    }
    expected += "# HELP ticketlens_keys_ending Keys in use here that stop working within 14 days.\n\
         # TYPE ticketlens_keys_ending gauge\nticketlens_keys_ending 2\n";
    metrics.keys_ending(2);
    let text = metrics.prometheus();
    assert!(text.starts_with(&expected), "{text}");
    let in_flight = "# HELP ticketlens_bytes_in_flight Bytes reserved by requests.\n\
                     # TYPE ticketlens_bytes_in_flight gauge\nticketlens_bytes_in_flight 0\n";
    assert!(text.contains(in_flight), "{text}");
    assert!(CONTENT_TYPE.starts_with("text/plain; version=0.0.4"));
}

#[test]
fn durations_and_rows_are_histograms_with_a_fixed_number_of_series() {
    let metrics = Metrics::default();
    let at_first = series(&metrics.prometheus());
    let ms = Duration::from_millis;
    metrics.answered(Protocol::Grpc, None, ms(30));
    metrics.answered(Protocol::Http, Some(&Refusal::Overloaded), ms(3000));
    metrics.answered(Protocol::Http, Some(&Refusal::WrongKey), ms(1));
    metrics.committed(250, 10_000, ms(40));
    let text = metrics.prometheus();
    assert_eq!(series(&text), at_first);
    for line in [
        "# TYPE ticketlens_request_duration_seconds histogram",
        "ticketlens_request_duration_seconds_bucket\
         {protocol=\"grpc\",outcome=\"accepted\",le=\"0.025\"} 0",
        "ticketlens_request_duration_seconds_bucket\
         {protocol=\"grpc\",outcome=\"accepted\",le=\"0.05\"} 1",
        "ticketlens_request_duration_seconds_sum{protocol=\"http\",outcome=\"retry_later\"} 3.0",
        "ticketlens_request_duration_seconds_count{protocol=\"http\",outcome=\"refused\"} 1",
        "ticketlens_requests_refused_total 2",
        "ticketlens_requests_overloaded_total 1",
        "# TYPE ticketlens_insert_duration_seconds histogram",
        "ticketlens_insert_duration_seconds_bucket{le=\"+Inf\"} 1",
        "ticketlens_insert_duration_seconds_sum 0.04",
        "ticketlens_insert_rows_bucket{le=\"100\"} 0",
        "ticketlens_insert_rows_bucket{le=\"300\"} 1",
        "ticketlens_insert_rows_sum 250.0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}

/// What is there from the start, whatever happens; and what an operator asks for beside.
#[test]
fn the_number_of_series_is_fixed_and_tenants_are_named_only_when_asked_for() {
    let limits = Limits { total: 1 << 30, share: 1 << 30 };
    let sources = Sources { budget: Budget::new(limits), ..Sources::default() };
    let metrics = measuring(sources.clone());
    let at_first = series(&metrics.prometheus());
    let detectors = ticketlens_redact::detectors().len();
    let errors = sources.faults.iter().count();
    let histograms = 2 * 3 * (SECONDS.len() + 3) + (SECONDS.len() + 3) + (ROWS.len() + 3);
    let (counters, gauges, reasons) = (15, 10, Reject::ALL.len() + 8);
    assert_eq!(at_first, counters + gauges + reasons + detectors + errors + histograms);

    let hold = |tenant: usize| {
        let name = format!("tenant-{tenant}").parse().unwrap();
        sources.budget.reserve(&name, 1_000 * tenant).unwrap()
    };
    let held: Vec<_> = (1..=30).map(hold).collect();
    let text = metrics.prometheus();
    assert_eq!(series(&text), at_first);
    assert!(!text.contains("tenant-"), "{text}");
    assert!(text.contains("ticketlens_tenants_in_flight 30\n"), "{text}");
    // With what is counted for each request beside its bytes.
    assert!(text.contains("ticketlens_largest_tenant_bytes 34096\n"), "{text}");

    let naming = measuring(Sources { tenants_named: 2, ..sources.clone() });
    let text = naming.prometheus();
    assert_eq!(series(&text), at_first + 2);
    for line in [
        "ticketlens_tenant_bytes{tenant=\"tenant-30\"} 34096",
        "ticketlens_tenant_bytes{tenant=\"tenant-29\"} 33096",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    drop(held);
    assert!(metrics.prometheus().contains("ticketlens_tenants_in_flight 0\n"));
}

#[test]
fn what_is_not_known_of_the_database_has_no_number() {
    let metrics = Metrics::default();
    let at_first = series(&metrics.prometheus());
    let disk = Disk { database_bytes: 7, free_bytes: Some(0), total_bytes: None };
    metrics.table_load(Some(TableLoad {
        parts: Some(3),
        disk: Some(disk),
        ..TableLoad::default()
    }));
    let text = metrics.prometheus();
    assert_eq!(series(&text), at_first + 3);
    assert!(text.contains("ticketlens_clickhouse_parts 3\n"), "{text}");
    assert!(text.contains("ticketlens_clickhouse_disk_free_bytes 0\n"), "{text}");
    assert!(!text.contains("ticketlens_clickhouse_disk_size_bytes"), "{text}");
    metrics.table_load(None);
    assert_eq!(series(&metrics.prometheus()), at_first);
}
