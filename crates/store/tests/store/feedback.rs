//! Feedback: stored once, corrected by a later one, read with its ticket, gone with it.

use bytes::Bytes;
use ticketlens_store::{
    Costs, Erased, FeedbackFilter, FeedbackOrder, Purge, Store, StoredFeedback, TenantChange,
    TenantName, TicketFilter, Visibility,
    rows::{self, Table},
};
use ticketlens_ticket::{FeedbackRecord, FeedbackSource, Record, Timestamp};
use uuid::Uuid;

use crate::{
    engine::{raw, store, tenant, value},
    sample::{after, bare, execution, lately},
};

pub fn csat(ticket_id: &str, score: f64, given_at: Timestamp) -> FeedbackRecord<'static> {
    FeedbackRecord {
        id: format!("{ticket_id} {score}").into(),
        ticket_id: ticket_id.to_owned().into(),
        execution_id: None,
        name: "csat".into(),
        source: Some(FeedbackSource::Human),
        given_at,
        score: Some(score),
        label: "good".into(),
        comment: "What was written".into(),
        customer: "hmac:00000000000000ab".into(),
        attributes: vec![("gen_ai.response.id".into(), "r-1".into())],
        redactions: 2,
    }
}

async fn give(store: &Store, tenant_name: &str, records: &[FeedbackRecord<'_>]) {
    let tenant = tenant(store, tenant_name).await;
    for record in records {
        let mut out = Vec::new();
        rows::feedback::append(&mut out, &tenant, Timestamp::now(), "req-1", record);
        assert!(out.len() <= rows::feedback::most_bytes(&tenant, "req-1", record));
        store.insert(Table::Feedback, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
    }
}

async fn commit(store: &Store, tenant_name: &str, records: &[Record<'_>]) {
    let tenant = tenant(store, tenant_name).await;
    let mut out = Vec::new();
    for record in records {
        rows::ticket::append(&mut out, &tenant, Timestamp::now(), "", &Costs::default(), record);
    }
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
}

async fn all(store: &Store) -> Vec<StoredFeedback> {
    let filter = FeedbackFilter::default();
    store.list_feedback(&Visibility::All, &filter, 100, None).await.unwrap().feedback
}

fn of(tenant: &str) -> Visibility {
    Visibility::Tenant(tenant.parse::<TenantName>().unwrap())
}

#[tokio::test]
async fn feedback_reads_as_documented() {
    let store = store("rating").await;
    let at = Timestamp::from_unix_nanos(4_102_444_800_500_000_000);
    commit(&store, "acme", &[bare("AIR-1", 1, at)]).await;
    give(&store, "acme", &[csat("AIR-1", 4.0, after(at, 5))]).await;
    let feedback = "SELECT * EXCEPT received_at FROM rating.ticket_feedback";
    let feedback = raw(&store, feedback).await.unwrap();
    insta::assert_snapshot!("feedback", feedback.replace(",\"", "\n,\""));
    let rated = raw(&store, "SELECT * FROM rating.rated_tickets").await.unwrap();
    insta::assert_snapshot!("rated", rated.replace(",\"", "\n,\""));
    let read = all(&store).await;
    let expected = StoredFeedback {
        tenant: "acme".into(),
        ticket_id: "AIR-1".into(),
        execution_id: None,
        name: "csat".into(),
        source: "HUMAN".into(),
        given_at: after(at, 5),
        received_at: read[0].received_at,
        score: Some(4.0),
        label: "good".into(),
        comment: "What was written".into(),
        customer: "hmac:00000000000000ab".into(),
        id: "AIR-1 4".into(),
    };
    assert_eq!(read, [expected]);
}

#[tokio::test]
async fn the_latest_of_a_name_and_source_counts_in_whatever_order_they_come() {
    let store = store("corrected").await;
    let at = lately();
    let model = |score, at| FeedbackRecord {
        source: Some(FeedbackSource::Model),
        ..csat("AIR-1", score, at)
    };
    let of_execution =
        |score, at| FeedbackRecord { execution_id: Some(execution(7)), ..csat("AIR-1", score, at) };
    let relevance = FeedbackRecord { name: "relevance".into(), ..csat("AIR-1", 0.5, at) };
    give(
        &store,
        "acme",
        &[
            csat("AIR-1", 5.0, after(at, 9)),
            csat("AIR-1", 2.0, at),
            csat("AIR-1", 5.0, after(at, 9)),
            model(1.0, at),
            of_execution(3.0, at),
            relevance,
        ],
    )
    .await;
    let told: Vec<_> = all(&store)
        .await
        .into_iter()
        .map(|f| (f.name, f.source, f.execution_id.is_some(), f.score.unwrap()))
        .collect();
    let told: std::collections::BTreeSet<String> =
        told.iter().map(|(n, s, e, v)| format!("{n} {s} {e} {v}")).collect();
    let expected = [
        "csat HUMAN false 5",
        "csat HUMAN true 3",
        "csat MODEL false 1",
        "relevance HUMAN false 0.5",
    ];
    assert_eq!(told.into_iter().collect::<Vec<_>>(), expected);
    // Nothing was overwritten: what was corrected is still there.
    let kept =
        "SELECT uniqExact(feedback_id, source, execution_id, name) FROM corrected_store.feedback";
    assert_eq!(value(&store, kept).await, "5");
}

#[tokio::test]
async fn feedback_finds_the_execution_it_is_about() {
    let store = store("about").await;
    let at = lately();
    // Twice executed, with a copy of the first; globex has a ticket of the same number.
    let [first, second] = [bare("AIR-1", 1, at), bare("AIR-1", 2, after(at, 20))];
    let copy = Record { category: "COPIED".into(), ..first.clone() };
    let untold = "SELECT count() FROM about.rated_tickets";
    give(&store, "acme", &[csat("AIR-1", 4.0, after(at, 10))]).await;
    assert_eq!(value(&store, untold).await, "0", "its ticket is not here yet");
    commit(&store, "acme", &[first]).await;
    commit(&store, "acme", &[copy, second]).await;
    commit(&store, "globex", &[bare("AIR-1", 9, at), bare("AIR-2", 10, at)]).await;
    let named = FeedbackRecord {
        execution_id: Some(execution(1)),
        name: "relevance".into(),
        ..csat("AIR-1", 0.7, after(at, 30))
    };
    let early = FeedbackRecord {
        name: "early".into(),
        ..csat("AIR-1", 1.0, Timestamp::from_unix_nanos(5))
    };
    let late = FeedbackRecord { name: "late".into(), ..csat("AIR-1", 2.0, after(at, 30)) };
    give(&store, "acme", &[named, early, late]).await;
    give(&store, "globex", &[csat("AIR-2", 2.0, after(at, 10)), csat("AIR-3", 2.0, at)]).await;
    let sql = "SELECT arraySort(groupArray(format('{} {} {} {}', tenant, name, \
               toString(reinterpretAsUInt64(reverse(unhex(right(toString(execution_id), 4))))), category))) \
               FROM about.rated_tickets";
    assert_eq!(
        value(&store, sql).await,
        "['acme csat 1 COPIED','acme early 1 COPIED','acme late 2 ','acme relevance 1 COPIED','globex csat 10 ']"
    );
}

#[tokio::test]
async fn a_list_is_filtered_paged_and_a_tenants_own() {
    let store = store("paged").await;
    let at = lately();
    let many: Vec<_> = (0..5)
        .map(|n| csat(&format!("AIR-{n}"), f64::from(n) + 1.0, after(at, n as u64 / 2)))
        .collect();
    give(&store, "acme", &many).await;
    give(&store, "globex", &[csat("AIR-0", 1.0, at)]).await;
    let (mut after_page, mut seen) = (None, Vec::new());
    loop {
        let filter = FeedbackFilter::default();
        let page = store.list_feedback(&of("acme"), &filter, 2, after_page.as_ref()).await.unwrap();
        seen.extend(page.feedback.iter().map(|f| (f.given_at, f.ticket_id.clone())));
        after_page = page.next.map(|token| token.to_string().parse().unwrap());
        if after_page.is_none() {
            break;
        }
    }
    assert!(seen.windows(2).all(|pair| pair[0].0 >= pair[1].0), "{seen:?}");
    let ids: std::collections::BTreeSet<_> = seen.iter().map(|(_, id)| id).collect();
    assert_eq!((seen.len(), ids.len()), (5, 5));
    let count = |filter: FeedbackFilter| {
        let store = &store;
        async move {
            store.list_feedback(&Visibility::All, &filter, 100, None).await.unwrap().feedback.len()
        }
    };
    let low = FeedbackFilter { max_score: Some(2.0), ..FeedbackFilter::default() };
    assert_eq!(count(low).await, 3);
    let of_one = FeedbackFilter { ticket_id: Some("AIR-0".into()), ..FeedbackFilter::default() };
    assert_eq!(count(of_one).await, 2);
    let then = FeedbackFilter {
        since: Some(after(at, 1)),
        until: Some(after(at, 2)),
        source: Some("HUMAN".into()),
        name: Some("csat".into()),
        min_score: Some(0.0),
        ..FeedbackFilter::default()
    };
    assert_eq!(count(then).await, 2);
}

#[tokio::test]
async fn the_lowest_scores_come_first_and_what_has_none_last_over_all_pages() {
    let store = store("lowest").await;
    let at = lately();
    let scores = [Some(5.0), None, Some(-1.0), Some(2.5), None, Some(2.5)];
    let many: Vec<_> = (0..6)
        .map(|n| FeedbackRecord {
            score: scores[n],
            ..csat(&format!("AIR-{n}"), 0.0, after(at, n as u64))
        })
        .collect();
    give(&store, "acme", &many).await;
    let filter = FeedbackFilter { order: FeedbackOrder::LowestScore, ..FeedbackFilter::default() };
    for size in [1, 2, 4, 100] {
        let (mut after_page, mut seen) = (None, Vec::new());
        loop {
            let acme = of("acme");
            let page = store.list_feedback(&acme, &filter, size, after_page.as_ref());
            let page = page.await.unwrap();
            seen.extend(page.feedback.into_iter().map(|f| f.ticket_id));
            after_page = page.next.map(|token| token.to_string().parse().unwrap());
            if after_page.is_none() {
                break;
            }
        }
        let expected = ["AIR-2", "AIR-5", "AIR-3", "AIR-0", "AIR-4", "AIR-1"];
        assert_eq!(seen, expected, "{size} on a page");
    }
}

#[tokio::test]
async fn a_ticket_is_read_with_what_was_said_of_it_and_of_this_execution() {
    let store = store("beside").await;
    let at = lately();
    commit(&store, "acme", &[bare("AIR-1", 1, at), bare("AIR-1", 2, after(at, 20))]).await;
    commit(&store, "globex", &[bare("AIR-1", 3, at)]).await;
    let named = |name: &'static str, number: Option<u128>, seconds| FeedbackRecord {
        name: name.into(),
        execution_id: number.map(execution),
        ..csat("AIR-1", 3.0, after(at, seconds))
    };
    let other = FeedbackRecord { ticket_id: "AIR-2".into(), ..named("other", None, 1) };
    let first = named("first", Some(1), 30);
    let second = named("second", Some(2), 31);
    give(&store, "acme", &[first, named("both", None, 40), second, other]).await;
    give(&store, "globex", &[named("theirs", None, 41)]).await;
    for (visibility, number, told) in [
        (of("acme"), 1, &["both", "first"][..]),
        (of("acme"), 2, &["both", "second"]),
        (of("globex"), 3, &["theirs"]),
        (Visibility::All, 3, &["theirs"]),
    ] {
        let found = store.get_ticket(&visibility, "AIR-1", Some(execution(number))).await;
        let found = found.unwrap().unwrap();
        let names: Vec<_> = found.feedback.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, told, "execution {number}");
    }
    let exported = exported(&store, &Visibility::All, 100).await;
    let told: Vec<_> =
        exported.iter().map(|(tenant, names)| format!("{tenant} {}", names.join(" "))).collect();
    let expected = ["acme both first", "globex theirs", "acme both second"];
    assert_eq!(told.len(), 3);
    assert!(expected.iter().all(|one| told.iter().any(|told| told == one)), "{told:?}");
}

/// All tickets with the names of their feedback, page by page.
async fn exported(
    store: &Store,
    visibility: &Visibility,
    page_size: u32,
) -> Vec<(String, Vec<String>)> {
    let (mut after_page, mut all) = (None, Vec::new());
    loop {
        let filter = TicketFilter::default();
        let found = store.find_export(visibility, &filter, page_size, after_page.as_ref());
        let found = found.await.unwrap();
        assert!(found.bytes() < 32 << 20, "{}", found.bytes());
        let page = store.open_export(found).await.unwrap();
        all.extend(page.tickets.into_iter().map(|ticket| {
            let names = ticket.feedback.into_iter().map(|f| f.name).collect();
            (ticket.summary.tenant, names)
        }));
        after_page = page.next;
        if !page.more {
            return all;
        }
    }
}

#[tokio::test]
async fn a_page_of_an_export_ends_before_its_feedback_weighs_too_much() {
    let store = store("weighty").await;
    let at = lately();
    let tickets: Vec<_> = (0..6_u64)
        .map(|n| bare(&format!("AIR-{}", n / 2), u128::from(n) + 1, after(at, n)))
        .collect();
    commit(&store, "acme", &tickets).await;
    let comment = "x".repeat(16 << 10);
    // Of each ticket more than a page of a list has, and all together more than one of an export.
    let tenant = tenant(&store, "acme").await;
    let mut out = Vec::new();
    for n in 0..360_u64 {
        let record = FeedbackRecord {
            name: format!("name-{:03}", n / 3).into(),
            comment: comment.as_str().into(),
            ..csat(&format!("AIR-{}", n % 3), 1.0, after(at, n))
        };
        rows::feedback::append(&mut out, &tenant, Timestamp::now(), "", &record);
    }
    store.insert(Table::Feedback, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
    let all = exported(&store, &of("acme"), 100).await;
    assert_eq!(all.len(), 6, "each execution once");
    for (_, names) in all {
        assert_eq!(names.len(), 100);
        assert_eq!((names[0].as_str(), names[99].as_str()), ("name-119", "name-020"));
    }
    let page = store.find_export(&of("acme"), &TicketFilter::default(), 100, None).await.unwrap();
    assert!(page.bytes() < 8 << 20, "{}", page.bytes());
}

/// A ticket's feedback is found by the sorting key: what a list of one ticket reads does not grow with
/// the table.
#[tokio::test]
async fn the_feedback_of_one_ticket_is_read_by_its_key() {
    let store = store("granules").await;
    let at = lately();
    let tenant = tenant(&store, "acme").await;
    let mut out = Vec::new();
    for n in 0..50_000 {
        let record = csat(&format!("AIR-{n:05}"), 1.0, at);
        rows::feedback::append(&mut out, &tenant, Timestamp::now(), "", &record);
    }
    store.insert(Table::Feedback, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
    let explain = "EXPLAIN indexes = 1 SELECT score FROM granules.ticket_feedback \
                   WHERE tenant = 'acme' AND ticket_id = 'AIR-00007'";
    let plan = raw(&store, explain).await.unwrap();
    assert!(plan.contains("Granules: 1/"), "{plan}");
}

/// How much feedback is on the disk, of a tenant's.
async fn stored(store: &Store, database: &str, tenant: &str) -> String {
    let sql = format!(
        "SELECT arraySort(groupArray(ticket_id)) FROM {database}_store.feedback FINAL WHERE tenant = '{tenant}'"
    );
    value(store, &sql).await
}

#[tokio::test]
async fn an_erased_ticket_and_an_erased_customer_leave_no_feedback() {
    let store = store("forgotten").await;
    let at = lately();
    let of_mia = |id, number| Record { customer: "hmac:mia".into(), ..bare(id, number, at) };
    let anonymous = |id| FeedbackRecord { customer: "".into(), ..csat(id, 1.0, at) };
    let before = FeedbackRecord { customer: "hmac:mia".into(), ..csat("NOT-YET", 1.0, at) };
    for tenant in ["acme", "globex"] {
        commit(&store, tenant, &[of_mia("A", 1), of_mia("B", 2), bare("C", 3, at)]).await;
        give(&store, tenant, &["A", "B", "C", "D"].map(anonymous)).await;
        give(&store, tenant, std::slice::from_ref(&before)).await;
    }
    let erased = |executions, feedback| Erased { executions, feedback };
    assert_eq!(store.erase_ticket(&of("acme"), "C", None).await.unwrap(), erased(1, 1));
    assert_eq!(stored(&store, "forgotten", "acme").await, "['A','B','D','NOT-YET']");
    assert_eq!(store.erase_customer(&of("acme"), "hmac:mia").await.unwrap(), erased(2, 3));
    assert_eq!(stored(&store, "forgotten", "acme").await, "['D']");
    let of_none = store.erase_ticket(&of("acme"), "D", None).await.unwrap();
    assert_eq!(of_none, erased(0, 1), "no execution");
    assert_eq!(stored(&store, "forgotten", "acme").await, "[]");
    assert_eq!(stored(&store, "forgotten", "globex").await, "['A','B','C','D','NOT-YET']");
    store.delete_tenant(&"globex".parse().unwrap()).await.unwrap();
    assert_eq!(stored(&store, "forgotten", "globex").await, "[]");
}

/// What a customer has corrected is theirs, whether or not it said so.
#[tokio::test]
async fn an_erased_customer_leaves_nothing_that_was_corrected() {
    let store = store("corrected").await;
    let at = lately();
    let by = |customer: &'static str, score, at| FeedbackRecord {
        customer: customer.into(),
        ..csat("A", score, at)
    };
    let first = by("", 1.0, at);
    // Of another month.
    let then = by("hmac:mia", 5.0, after(at, 40 * 86_400));
    give(&store, "acme", &[first, then]).await;
    let erased = store.erase_customer(&of("acme"), "hmac:mia").await.unwrap();
    assert_eq!(erased, Erased { executions: 0, feedback: 2 });
    assert_eq!(stored(&store, "corrected", "acme").await, "[]");
}

/// A deletion goes through every part there is, and nobody's times make more of them.
#[tokio::test]
async fn parts_are_of_our_months() {
    let store = store("months_of_feedback").await;
    let at = lately();
    let given: Vec<_> =
        (0..40).map(|n| csat(&format!("M-{n}"), 1.0, after(at, n * 31 * 86_400))).collect();
    let tenant = tenant(&store, "acme").await;
    let mut out = Vec::new();
    for record in &given {
        rows::feedback::append(&mut out, &tenant, Timestamp::now(), "", record);
    }
    store.insert(Table::Feedback, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
    let parts = "SELECT count() FROM system.parts WHERE active AND table = 'feedback' \
                 AND database = 'months_of_feedback_store'";
    assert_eq!(value(&store, parts).await, "1");
}

#[tokio::test]
async fn feedback_is_purged_with_the_last_execution_of_its_ticket() {
    let store = store("purged_feedback").await;
    let at = lately();
    let failed = |id, number, at| Record { status: "FAILED".into(), ..bare(id, number, at) };
    commit(
        &store,
        "acme",
        &[
            failed("OLD", 1, at),
            failed("BOTH", 2, at),
            bare("BOTH", 3, after(at, 20)),
            bare("NEW", 4, after(at, 20)),
        ],
    )
    .await;
    let feedback = ["OLD", "BOTH", "NEW", "NONE"].map(|id| csat(id, 1.0, after(at, 5)));
    give(&store, "acme", &feedback).await;
    // Rated after the time of the purge, and gone all the same.
    give(
        &store,
        "acme",
        &[FeedbackRecord { name: "late".into(), ..csat("OLD", 1.0, after(at, 30)) }],
    )
    .await;
    give(&store, "globex", &[csat("OLD", 1.0, at)]).await;
    let purge = |status: Option<&str>| Purge {
        executed_before: after(at, 10),
        status: status.map(str::to_owned),
        category: None,
        workflow: None,
        environment: None,
        month: None,
    };
    store.purge(&of("acme"), &purge(Some("FAILED"))).await.unwrap();
    assert_eq!(stored(&store, "purged_feedback", "acme").await, "['BOTH','NEW','NONE']");
    store.purge(&of("acme"), &purge(None)).await.unwrap();
    assert_eq!(stored(&store, "purged_feedback", "acme").await, "['BOTH','NEW']");
    assert_eq!(stored(&store, "purged_feedback", "globex").await, "['OLD']");
}

#[tokio::test]
async fn a_comment_goes_with_the_traces_and_the_score_with_the_metrics() {
    let store = store("clocks_of_feedback").await;
    let at = Timestamp::now();
    let acme = tenant(&store, "acme").await;
    let ten_days_ago = Timestamp::from_unix_nanos(at.as_unix_nanos() - 10 * 86_400 * 1_000_000_000);
    let mut out = Vec::new();
    rows::feedback::append(&mut out, &acme, ten_days_ago, "", &csat("A", 1.0, ten_days_ago));
    store.insert(Table::Feedback, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
    let told = || async { all(&store).await.into_iter().map(|f| (f.comment, f.score)).next() };
    assert_eq!(told().await, Some(("What was written".to_owned(), Some(1.0))));
    let days = |trace, metrics| TenantChange {
        trace_days: Some(trace),
        metrics_days: Some(metrics),
        ..TenantChange::default()
    };
    store.update_tenant(&acme.name, days(5, 20)).await.unwrap();
    store.restamp(&acme.name, None).await.unwrap();
    assert_eq!(told().await, Some((String::new(), Some(1.0))));
    store.update_tenant(&acme.name, days(5, 9)).await.unwrap();
    store.restamp(&acme.name, None).await.unwrap();
    assert_eq!(told().await, None);
    // A tenant that is made again under the name sees nothing of before.
    give(&store, "globex", &[csat("A", 2.0, at)]).await;
    assert_eq!(told().await.map(|told| told.1), Some(Some(2.0)));
    let settings = tenant(&store, "globex").await;
    store.delete_tenant(&settings.name).await.unwrap();
    let mut out = Vec::new();
    rows::feedback::append(&mut out, &settings, at, "", &csat("A", 2.0, at));
    store.insert(Table::Feedback, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
    tenant(&store, "globex").await;
    assert_eq!(told().await, None);
}
