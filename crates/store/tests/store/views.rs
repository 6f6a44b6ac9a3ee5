//! The views: what panels and people see.

use bytes::Bytes;
use ticketlens_store::{
    Costs, Counts, Store, TenantSettings, TicketFilter, Usage, Visibility,
    rows::{self, Table},
};
use ticketlens_ticket::{Record, Reject, Rejections, Timestamp};
use uuid::Uuid;

use crate::{
    engine::{raw, store, tenant, value},
    sample::{after, bare, full, lately},
};

async fn insert(store: &Store, tenant: &TenantSettings, at: Timestamp, records: &[Record<'_>]) {
    let mut out = Vec::new();
    for record in records {
        rows::ticket::append(&mut out, tenant, at, "", &Costs::default(), record);
    }
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
}

#[tokio::test]
async fn a_ticket_and_its_steps_read_as_documented() {
    let store = store("reads").await;
    let at = Timestamp::from_unix_nanos(4_102_444_800_500_000_000);
    insert(
        &store,
        &tenant(&store, "acme").await,
        at,
        &[full("AIR-1", 1, at), bare("AIR-2", 2, at)],
    )
    .await;
    let tickets = raw(&store, "SELECT * FROM reads.tickets ORDER BY ticket_id").await.unwrap();
    insta::assert_snapshot!("ticket", tickets.replace(",\"", "\n,\""));
    let steps = raw(&store, "SELECT * FROM reads.ticket_steps ORDER BY position").await.unwrap();
    insta::assert_snapshot!("steps", steps.replace(",\"", "\n,\""));
}

#[tokio::test]
async fn a_step_reads_with_what_was_said() {
    let store = store("said").await;
    let trace = r#"{"steps":[
        {"id":"s1","output":"I look it up.","action":"get_user","action_input":{"id":7}},
        {"id":"s2","input":"it's \"7\"","error":{"type":"NotFound","message":"no 7","stack":"at\nmain"},"attributes":{"try":1}}]}"#;
    let at = lately();
    let told = Record { trace_json: trace.to_owned(), ..full("told", 1, at) };
    // Only the timeline is kept of this one.
    let kept_back = Record { trace_json: String::new(), ..full("kept back", 2, at) };
    insert(&store, &tenant(&store, "acme").await, at, &[told, kept_back]).await;
    let sql = "SELECT groupArray((name, action, action_input, input, output, error_type, \
               error_message, error_stack, attributes)) FROM (SELECT * FROM said.ticket_trace \
               WHERE ticket_id = {} ORDER BY position)";
    assert_eq!(
        value(&store, &sql.replace("{}", "'told'")).await,
        as_json(
            &(r#"[('agent','get_user','{"id":7}','','I look it up.','','','',''),"#.to_owned()
                + r#"('get_user','','','it\'s "7"','','NotFound','no 7','at\nmain','{"try":1}')]"#)
        )
    );
    assert_eq!(
        value(&store, &sql.replace("{}", "'kept back'")).await,
        "[('agent','','','','','','','',''),('get_user','','','','','NotFound','','','')]"
    );
}

/// A text as it stands between the quotes of a JSON line.
fn as_json(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[tokio::test]
async fn hits_are_found_in_every_form_they_come_in() {
    let store = store("hits").await;
    for (number, output, hits) in [
        (1, r#"[{"title":"A","score":0.9,"text":"x"},"y"]"#, "[(1,0.9,'A','x'),(2,NULL,'','y')]"),
        (2, r#"{"hits":[{"id":"7","similarity":1,"content":"z"}]}"#, "[(1,1,'7','z')]"),
        (
            3,
            r#"{"documents":[{"source":"s","pages":2}]}"#,
            r#"[(1,NULL,'s','{"source":"s","pages":2}')]"#,
        ),
        (4, r#""nothing found""#, "[(1,NULL,'','nothing found')]"),
        (5, "[]", "[(1,NULL,'','[]')]"),
    ] {
        let mut record = full("T", number, lately());
        record.steps.truncate(1);
        record.steps[0].kind = ticketlens_ticket::StepKind::Retrieval;
        record.trace_json = format!(r#"{{"steps":[{{"id":"s1","input":"q","output":{output}}}]}}"#);
        insert(&store, &tenant(&store, "acme").await, lately(), &[record]).await;
        let sql = format!(
            "SELECT groupArray((rank, score, title, text)) FROM (SELECT * FROM hits.ticket_retrieval \
             WHERE execution_id = '{}' AND query = 'q' ORDER BY rank)",
            Uuid::from_u128(number)
        );
        assert_eq!(value(&store, &sql).await, as_json(hits));
    }
}

#[tokio::test]
async fn the_later_copy_of_a_record_is_the_one_shown() {
    let store = store("later").await;
    let at = lately();
    let status = |status: &'static str| Record { status: status.into(), ..full("A", 1, at) };
    insert(&store, &tenant(&store, "acme").await, after(at, 2), &[status("FAILED")]).await;
    insert(&store, &tenant(&store, "acme").await, after(at, 1), &[status("SUCCESS")]).await;
    assert_eq!(value(&store, "SELECT count() FROM later_store.tickets").await, "2");
    assert_eq!(value(&store, "SELECT groupArray(status) FROM later.tickets").await, "['FAILED']");
    assert_eq!(value(&store, "SELECT count() FROM later.ticket_steps").await, "2");
    // A filter must not bring the replaced copy back.
    let old = "SELECT count() FROM later.tickets WHERE status = 'SUCCESS'";
    assert_eq!(value(&store, old).await, "0");
    let old = "SELECT count() FROM later.tickets WHERE ticket_id = 'A' AND is_success = 1";
    assert_eq!(value(&store, old).await, "0");
}

#[tokio::test]
async fn the_same_execution_of_two_tenants_is_two_tickets() {
    let store = store("two").await;
    let at = lately();
    insert(&store, &tenant(&store, "acme").await, at, &[bare("A", 1, at)]).await;
    insert(&store, &tenant(&store, "globex").await, at, &[bare("A", 1, at)]).await;
    let tenants = "SELECT arraySort(groupArray(tenant)) FROM two.tickets";
    assert_eq!(value(&store, tenants).await, "['acme','globex']");
}

#[tokio::test]
async fn tenant_and_time_prune_through_every_view() {
    let store = store("prunes").await;
    // In the middle of a month: within one partition on whatever day this runs.
    let at = Timestamp::from_unix_nanos(1_768_435_200_000_000_000);
    // Ten tenants of 20,000 tickets over eleven hours: 25 granules.
    let sql = format!(
        "INSERT INTO prunes_store.tickets (tenant, executed_at, execution_id, received_at, \
         trace_expires_at, expires_at, steps) \
         SELECT 't' || toString(number % 10), fromUnixTimestamp64Nano(toInt64({} + intDiv(number, 10) \
         * 2000000000)), generateUUIDv4(), now64(6), now() + 86400, now() + 86400, \
         [('s', '', 'llm', '', 0, 0, 0, 'OK', '')] FROM numbers(200000)",
        at.as_unix_nanos() - 40_000_000_000_000
    );
    raw(&store, &sql).await.unwrap();
    raw(&store, "OPTIMIZE TABLE prunes_store.tickets FINAL").await.unwrap();
    let from = after(at, 0).as_unix_nanos() - 2_000_000_000_000;
    for view in ["tickets", "ticket_steps", "ticket_trace"] {
        let narrow = format!(
            "tenant = 't3' AND executed_at >= fromUnixTimestamp64Nano(toInt64({from}), 'UTC')"
        );
        let (read, all) = granules(&store, view, &narrow).await;
        assert!(read <= 3 && all >= 20, "{view}: {read} of {all} granules");
        let (read, all) = granules(&store, view, "1").await;
        assert_eq!(read, all, "{view} without a filter");
    }
    let count = "SELECT count() FROM prunes.tickets WHERE tenant = 't3'";
    assert_eq!(value(&store, count).await, "20000");
}

/// Granules read, and granules there are, by the primary key.
async fn granules(store: &Store, view: &str, filter: &str) -> (u32, u32) {
    let sql = format!("EXPLAIN indexes = 1 SELECT count() FROM prunes.{view} WHERE {filter}");
    let plan = raw(store, &sql).await.unwrap();
    let ratio = plan
        .split("PrimaryKey")
        .nth(1)
        .and_then(|rest| rest.split("Granules: ").nth(1))
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit() && c != '/').next())
        .unwrap_or_else(|| panic!("no granules in {plan}"));
    let (read, all) = ratio.split_once('/').unwrap();
    (read.parse().unwrap(), all.parse().unwrap())
}

#[tokio::test]
async fn a_ticket_is_found_by_its_number_without_reading_all() {
    let store = store("finds").await;
    raw(
        &store,
        "INSERT INTO finds_store.tickets (tenant, executed_at, execution_id, ticket_id, received_at, \
         trace_expires_at, expires_at) SELECT 'acme', now64(9) - number, generateUUIDv4(), \
         'T-' || toString(number), now64(6), now() + 86400, now() + 86400 FROM numbers(200000)",
    )
    .await
    .unwrap();
    raw(&store, "OPTIMIZE TABLE finds_store.tickets FINAL").await.unwrap();
    let sql = "EXPLAIN indexes = 1 SELECT * FROM finds.tickets \
               WHERE tenant = 'acme' AND ticket_id = 'T-777'";
    let plan = raw(&store, sql).await.unwrap();
    let skip = plan.split("by_ticket").nth(1).expect("the index is used");
    let ratio = skip.split("Granules: ").nth(1).unwrap().split('"').next().unwrap();
    let (read, all) = ratio.split_once('/').unwrap();
    let (read, all): (u32, u32) = (read.parse().unwrap(), all.parse().unwrap());
    assert!(read * 4 <= all, "{ratio}");
    let all = Visibility::All;
    let filter = TicketFilter { ticket_id: Some("T-777".to_owned()), ..TicketFilter::default() };
    assert_eq!(store.count_tickets(&all, &filter).await.unwrap(), 1);
}

#[tokio::test]
async fn what_is_past_its_time_is_not_shown_and_then_not_there() {
    let store = store("clocks").await;
    let days = |days: u64| {
        let nanos = days * 86_400 * 1_000_000_000;
        Timestamp::from_unix_nanos(Timestamp::now().as_unix_nanos() - nanos)
    };
    let acme = TenantSettings { trace_days: 30, metrics_days: 400, ..tenant(&store, "acme").await };
    let at = lately();
    insert(&store, &acme, days(29), &[full("fresh", 1, at)]).await;
    insert(&store, &acme, days(31), &[full("stale", 2, at)]).await;
    insert(&store, &acme, days(401), &[full("gone", 3, at)]).await;
    let shown = "SELECT groupArray((ticket_id, step_count, trace_json != '')) FROM \
                 (SELECT * FROM clocks.tickets ORDER BY ticket_id)";
    let expected = "[('fresh',2,1),('stale',0,0)]";
    assert_eq!(value(&store, shown).await, expected);
    assert_eq!(value(&store, "SELECT count() FROM clocks.ticket_steps").await, "2");
    // On the disk it goes with the next merge.
    raw(&store, "OPTIMIZE TABLE clocks_store.tickets FINAL").await.unwrap();
    let stored = "SELECT groupArray((ticket_id, length(steps), trace_json != '')) FROM \
                  (SELECT * FROM clocks_store.tickets ORDER BY ticket_id)";
    assert_eq!(value(&store, stored).await, expected);
    assert_eq!(value(&store, shown).await, expected);
}

#[tokio::test]
async fn gaps_in_a_sequence_are_in_the_ledger() {
    let store = store("gaps").await;
    let at = lately();
    // A process that runs two workflows counts both in one sequence.
    let record = |n: u128, instance: &'static str| Record {
        sequence: Some(n as u64),
        instance: instance.into(),
        workflow: if n.is_multiple_of(2) { "refunds" } else { "support" }.into(),
        ..bare("A", n, after(at, n as u64))
    };
    let records = [1, 2, 3, 7, 8].map(|n| record(n, "pod-1"));
    // Begun and not finished is what the last one said, wherever it stands in the request.
    let records = records.map(|record| Record { open: record.sequence.map(|n| 10 - n), ..record });
    insert(&store, &tenant(&store, "acme").await, at, &records).await;
    // A resend is no second ticket; a ticket without a sequence no loss.
    insert(&store, &tenant(&store, "acme").await, at, &[record(2, "pod-1"), bare("B", 99, at)])
        .await;
    insert(&store, &tenant(&store, "acme").await, at, &[10, 11].map(|n| record(n, "pod-2"))).await;
    let sql = "SELECT groupArray((instance, received, first_sequence, last_sequence, missing, open)) \
               FROM (SELECT * FROM gaps.ledger ORDER BY instance)";
    assert_eq!(value(&store, sql).await, "[('pod-1',5,1,8,3,2),('pod-2',2,10,11,0,NULL)]");
    let filter = TicketFilter { workflow: Some("support".into()), ..TicketFilter::default() };
    assert_eq!(store.overview(&Visibility::All, &filter).await.unwrap().lost, 3);
}

#[tokio::test]
async fn rejections_add_up_and_a_retry_does_not_count_twice() {
    let store = store("rejected").await;
    let mut rejections = Rejections::default();
    rejections.add(Reject::MissingTicketId);
    rejections.add(Reject::MissingTicketId);
    rejections.add(Reject::Malformed);
    let life = tenant(&store, "acme").await.life();
    let counts = [(life, Counts { rejections, ..Counts::default() })];
    for token in [1, 1, 2] {
        let token = Uuid::from_u128(token);
        store.record_counts(lately(), &counts, token).await.unwrap();
    }
    store.record_counts(lately(), &[], Uuid::from_u128(3)).await.unwrap();
    let sql = "SELECT groupArray((tenant, reason, rejected)) FROM \
               (SELECT * FROM rejected.rejections ORDER BY reason)";
    assert_eq!(value(&store, sql).await, "[('acme','malformed',2),('acme','missing_ticket_id',4)]");
}

#[tokio::test]
async fn usage_adds_up_by_the_hour_and_a_retry_does_not_count_twice() {
    let store = store("used").await;
    let lives = [tenant(&store, "acme").await.life(), tenant(&store, "globex").await.life()];
    let used = |records| Counts {
        usage: Usage { records, bytes: 10 * records, throttled: 1 },
        ..Counts::default()
    };
    let day = 86_400 * 1_000_000_000;
    let midnight = Timestamp::from_unix_nanos(lately().as_unix_nanos() / day * day);
    let (noon, evening) = (after(midnight, 43_200), after(midnight, 86_399));
    let yesterday = Timestamp::from_unix_nanos(midnight.as_unix_nanos() - 1);
    for (at, records, token) in [(noon, 3, 1), (noon, 3, 1), (noon, 4, 2), (evening, 5, 3)] {
        let counts = [(lives[0].clone(), used(records))];
        store.record_counts(at, &counts, Uuid::from_u128(token)).await.unwrap();
    }
    let counts = [(lives[0].clone(), used(100)), (lives[1].clone(), used(0))];
    store.record_counts(yesterday, &counts, Uuid::from_u128(4)).await.unwrap();
    let nothing = [(lives[1].clone(), Counts::default())];
    store.record_counts(noon, &nothing, Uuid::from_u128(5)).await.unwrap();
    let sql = "SELECT groupArray((tenant, hours, records, bytes, throttled)) FROM \
               (SELECT tenant, count() AS hours, sum(records) AS records, sum(bytes) AS bytes, \
               sum(throttled) AS throttled FROM used.usage GROUP BY tenant ORDER BY tenant)";
    let expected = "[('acme',3,112,1120,4),('globex',1,0,0,1)]";
    assert_eq!(value(&store, sql).await, expected);
    raw(&store, "OPTIMIZE TABLE used_store.usage FINAL").await.unwrap();
    assert_eq!(value(&store, sql).await, expected);
    assert_eq!(store.records_today(evening, &lives).await.unwrap(), [12, 0]);
    assert_eq!(store.records_today(yesterday, &lives[..1]).await.unwrap(), [100]);
    assert_eq!(store.records_today(noon, &[]).await.unwrap(), [0; 0]);
}
