//! The queries behind the API.

use bytes::Bytes;
use ticketlens_store::{
    Costs, Dimension, Grouping, NamedCount, Overview, PageStart, Store, TicketFilter, Visibility,
    rows::{self, Table},
};
use ticketlens_ticket::{Record, Timestamp};
use uuid::Uuid;

use crate::{
    engine::{self, store},
    sample::{after, bare, execution, full, lately},
};

pub async fn insert(store: &Store, tenant: &str, records: &[Record<'_>]) {
    let tenant = engine::tenant(store, tenant).await;
    let mut out = Vec::new();
    for record in records {
        rows::ticket::append(&mut out, &tenant, Timestamp::now(), "", &Costs::default(), record);
    }
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
}

pub fn of(tenant: &str) -> Visibility {
    Visibility::Tenant(tenant.parse().unwrap())
}

#[tokio::test]
async fn every_field_of_a_filter_filters() {
    let store = store("filters").await;
    let at = lately();
    let metrics = vec![("overall_confidence".into(), 0.25)];
    let full = Record { metrics, ..full("B/%_", 2, after(at, 10)) };
    insert(&store, "acme", &[bare("A", 1, at), full]).await;
    let text = |text: &str| Some(text.to_owned());
    let any = TicketFilter::default();
    let filters = [
        TicketFilter { status: text("FAILED"), ..any.clone() },
        TicketFilter { category: text("BOOKING"), ..any.clone() },
        TicketFilter { workflow: text("airline-support"), ..any.clone() },
        TicketFilter { environment: text("production"), ..any.clone() },
        TicketFilter { ticket_id: text("B/%_"), ..any.clone() },
        TicketFilter { ticket_id_prefix: text("B/%_"), ..any.clone() },
        TicketFilter { workflow_version: text("1.2.3"), ..any.clone() },
        TicketFilter { error_type: text("Timeout"), ..any.clone() },
        TicketFilter { model: text("gpt-4o"), ..any.clone() },
        TicketFilter { customer: text("hmac:00aa"), ..any.clone() },
        TicketFilter { min_seconds: Some(22.087), ..any.clone() },
        TicketFilter { max_seconds: Some(22.087), min_seconds: Some(2.0), ..any.clone() },
        TicketFilter { min_confidence: Some(0.25), ..any.clone() },
        TicketFilter { max_confidence: Some(0.25), ..any.clone() },
        TicketFilter { since: Some(after(at, 10)), ..any.clone() },
        TicketFilter { since: Some(after(at, 1)), until: Some(after(at, 11)), ..any.clone() },
    ];
    for filter in filters {
        let page =
            store.list_tickets(&of("acme"), &filter, 10, &PageStart::default()).await.unwrap();
        let ids: Vec<_> = page.tickets.iter().map(|t| &*t.ticket_id).collect();
        assert_eq!(ids, ["B/%_"], "{filter:?}");
        assert_eq!(store.count_tickets(&of("acme"), &filter).await.unwrap(), 1);
        assert_eq!(store.count_tickets(&of("globex"), &filter).await.unwrap(), 0);
    }
    let until = TicketFilter { until: Some(after(at, 10)), ..any.clone() };
    assert_eq!(store.count_tickets(&of("acme"), &until).await.unwrap(), 1);
    let no_pattern = TicketFilter { ticket_id_prefix: text("%"), ..any.clone() };
    assert_eq!(store.count_tickets(&of("acme"), &no_pattern).await.unwrap(), 0);
    let odd = TicketFilter { status: text("a' OR 1=1 -- \\ \t ü"), ..any };
    assert_eq!(store.count_tickets(&of("acme"), &odd).await.unwrap(), 0);
}

#[tokio::test]
async fn a_ticket_comes_with_its_trace_and_its_other_executions() {
    let store = store("one").await;
    let at = lately();
    let runs = [1, 2, 3].map(|n| full("A", n, after(at, n as u64)));
    insert(&store, "acme", &runs).await;
    let found = store.get_ticket(&of("acme"), "A", None).await.unwrap().unwrap();
    assert_eq!(found.summary.execution_id, execution(3));
    assert_eq!(found.trace_json, runs[2].trace_json);
    assert_eq!(found.attributes, [("region".to_owned(), "eu \"1\" ü\n".to_owned())]);
    assert_eq!((found.steps.len(), found.steps_beyond), (2, 5));
    assert_eq!((found.steps[1].iteration, &*found.steps[1].error_type), (None, "NotFound"));
    let others: Vec<_> = found.executions.iter().map(|e| e.execution_id).collect();
    assert_eq!(others, [execution(2), execution(1)]);

    let named = store.get_ticket(&of("acme"), "A", Some(execution(1))).await.unwrap().unwrap();
    assert_eq!(named.summary.execution_id, execution(1));
    assert_eq!(named.executions.len(), 2);
    assert_eq!(store.get_ticket(&of("globex"), "A", None).await.unwrap(), None);
    assert_eq!(store.get_ticket(&of("acme"), "A", Some(execution(9))).await.unwrap(), None);
    assert_eq!(store.get_ticket(&Visibility::All, "B", None).await.unwrap(), None);
}

#[tokio::test]
async fn a_number_of_several_tenants_is_told_and_never_mixed() {
    let store = store("shared_number").await;
    let at = lately();
    insert(&store, "acme", &[full("A", 1, at), full("A", 2, after(at, 2)), full("B", 4, at)]).await;
    insert(&store, "globex", &[full("A", 2, after(at, 2)), full("A", 3, after(at, 3))]).await;
    let tenants = async |id, execution| store.tenants_of_ticket(id, execution).await.unwrap();
    assert_eq!(tenants("A", None).await, ["acme", "globex"]);
    assert_eq!(tenants("A", Some(execution(2))).await, ["acme", "globex"]);
    assert_eq!(tenants("A", Some(execution(3))).await, ["globex"]);
    assert_eq!(tenants("B", None).await, ["acme"]);
    assert_eq!(tenants("A' OR 1=1", None).await, Vec::<String>::new());
    for (visibility, whose) in [(Visibility::All, "globex"), (of("acme"), "acme")] {
        let found = store.get_ticket(&visibility, "A", None).await.unwrap().unwrap();
        assert_eq!(found.summary.tenant, whose);
        let others: Vec<_> = found.executions.iter().map(|e| e.tenant.as_str()).collect();
        assert_eq!(others, [whose]);
    }
}

#[tokio::test]
async fn an_execution_beyond_the_newest_hundred_is_found_by_name() {
    let store = store("old").await;
    let at = lately();
    let runs: Vec<_> = (0..120).map(|n| bare("A", n, after(at, n as u64))).collect();
    insert(&store, "acme", &runs).await;
    let oldest = store.get_ticket(&of("acme"), "A", Some(execution(0))).await.unwrap().unwrap();
    assert_eq!(oldest.summary.execution_id, execution(0));
    assert_eq!(oldest.executions.len(), 100);
}

#[tokio::test]
async fn the_overview_adds_up() {
    let store = store("totals").await;
    let at = lately();
    let ok = |n: u128, seconds: f64| Record {
        duration_seconds: seconds,
        category: "BOOKING".into(),
        input_tokens: Some(10),
        instance: "pod-1".into(),
        sequence: Some(n as u64),
        ..bare("A", n, after(at, n as u64))
    };
    let failed = |n: u128, error: &'static str| Record {
        status: "FAILED".into(),
        error_type: error.into(),
        category: "REFUND".into(),
        output_tokens: Some(5),
        ..ok(n, 4.0)
    };
    let mut runs =
        [ok(1, 1.0), ok(2, 2.0), failed(3, "Timeout"), failed(9, "Timeout"), failed(10, "")];
    runs[0].metrics = vec![("reward".into(), 1.0)];
    runs[1].metrics = vec![("reward".into(), 0.0), ("rare".into(), 7.0)];
    insert(&store, "acme", &runs).await;
    insert(&store, "globex", &[ok(1, 100.0)]).await;
    let named = |name: &str, count| NamedCount { name: name.to_owned(), count };
    let overview = store.overview(&of("acme"), &TicketFilter::default()).await.unwrap();
    let expected = Overview {
        total: 5,
        by_status: vec![named("FAILED", 3), named("SUCCESS", 2)],
        success_rate: Some(0.4),
        duration_average_seconds: 3.0,
        duration_p95_seconds: 4.0,
        errors: vec![named("Timeout", 2), named("", 1)],
        by_category: vec![named("REFUND", 3), named("BOOKING", 2)],
        input_tokens: 50,
        output_tokens: 15,
        metrics_average: vec![("reward".to_owned(), 0.5), ("rare".to_owned(), 7.0)],
        lost: 5,
    };
    assert_eq!(overview, expected);
    // Of a lost ticket nobody knows the status.
    let failed = TicketFilter { status: Some("FAILED".to_owned()), ..TicketFilter::default() };
    let overview = store.overview(&of("acme"), &failed).await.unwrap();
    assert_eq!((overview.total, overview.success_rate, overview.lost), (3, Some(0.0), 5));
}

#[tokio::test]
async fn the_overview_of_nothing_is_empty() {
    let store = store("nothing").await;
    let overview = store.overview(&of("acme"), &TicketFilter::default()).await.unwrap();
    assert_eq!(overview, Overview::default());
}

#[tokio::test]
async fn the_overview_is_cut_into_time_and_names() {
    let store = store("groups").await;
    let hour = 3_600;
    // At a whole hour, two days ago.
    let seconds = Timestamp::now().as_unix_nanos() / 1_000_000_000 - 48 * hour;
    let at = after(Timestamp::from_unix_nanos(0), seconds - seconds % hour);
    let run = |n: u128, model: String, later: u64| Record {
        model: model.into(),
        metrics: vec![("overall_confidence".into(), 0.5)],
        ..bare("A", n, after(at, later))
    };
    let failed = Record { status: "FAILED".into(), metrics: Vec::new(), ..run(1, "m".into(), 0) };
    let several = (2..=30).map(|n| run(n, format!("m{n:02}"), hour + n as u64));
    let runs: Vec<_> = [failed, run(40, "m".into(), hour - 1)].into_iter().chain(several).collect();
    insert(&store, "acme", &runs).await;
    insert(&store, "globex", &[run(50, "m".into(), 0)]).await;

    let any = TicketFilter::default();
    let groups = async |by, every_seconds| {
        let grouping = Grouping { by, every_seconds };
        store.overview_groups(&of("acme"), &any, grouping).await.unwrap()
    };
    assert_eq!(groups(None, None).await, []);
    let hours = groups(None, Some(3_600)).await;
    let told: Vec<_> = hours.iter().map(|g| (g.start, g.total, g.succeeded, g.failed)).collect();
    assert_eq!(told, [(Some(at), 2, 1, 1), (Some(after(at, hour)), 29, 29, 0)]);
    assert_eq!(hours[0].confidence_average, Some(0.5));
    // The twenty with the most tickets by name, and the sum of the others without one.
    let models = groups(Some(Dimension::Model), None).await;
    assert_eq!((models.len(), models[0].total, models[0].name.as_deref()), (21, 2, Some("m")));
    assert_eq!((models[20].total, &models[20].name, models[20].start), (10, &None, None));
    let both = groups(Some(Dimension::Model), Some(3_600)).await;
    assert_eq!(both.iter().map(|g| g.total).sum::<u64>(), 31);
    assert_eq!((both[0].start, both[0].name.as_deref()), (Some(at), Some("m")));
    let tenants = Grouping { by: Some(Dimension::Tenant), every_seconds: None };
    let tenants = store.overview_groups(&Visibility::All, &any, tenants).await.unwrap();
    let named: Vec<_> = tenants.iter().map(|g| (g.name.as_deref().unwrap(), g.total)).collect();
    assert_eq!(named, [("acme", 31), ("globex", 1)]);
}
