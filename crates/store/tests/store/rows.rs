//! Rows: every column, through the engine and back.

use std::borrow::Cow;

use bytes::Bytes;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use ticketlens_store::{
    Costs, TenantSettings, TicketFilter, Visibility,
    rows::{self, Table},
};
use ticketlens_ticket::{Capture, ModelCall, Record, StepKind, StepLine, StepStatus, Timestamp};
use uuid::Uuid;

use crate::{
    engine::{raw, store},
    sample::{bare, execution, full, lately},
};

/// Of before tenants' lives were told apart: the snapshot does not age.
fn acme() -> TenantSettings {
    let created_at = Timestamp::from_unix_nanos(0);
    TenantSettings { created_at, ..TenantSettings::new("acme".parse().unwrap()) }
}

#[tokio::test]
async fn every_column_holds_what_the_record_held() {
    let store = store("columns").await;
    // Far ahead, so that the snapshot does not age: 2100-01-01.
    let at = Timestamp::from_unix_nanos(4_102_444_800_123_456_789);
    let mut chunk = Vec::new();
    rows::ticket::append(&mut chunk, &acme(), at, "", &Costs::default(), &full("AIR-1", 1, at));
    rows::ticket::append(&mut chunk, &acme(), at, "", &Costs::default(), &bare("AIR-2", 2, at));
    store.insert(Table::Tickets, &[Bytes::from(chunk)], Uuid::from_u128(1)).await.unwrap();
    let sql = "SELECT * FROM columns_store.tickets ORDER BY execution_id \
               SETTINGS output_format_json_quote_64bit_integers = 1";
    let lines = raw(&store, sql).await.unwrap();
    insta::assert_snapshot!(lines.replace(",\"", "\n,\""));
}

/// A batch of anything at all, through the engine and back.
#[tokio::test]
async fn any_record_reads_back_as_itself() {
    let mut runner = TestRunner::deterministic();
    let records: Vec<Record<'static>> =
        (0..100).map(|n| any_record(n).new_tree(&mut runner).unwrap().current()).collect();
    let mut chunk = Vec::new();
    for record in &records {
        rows::ticket::append(&mut chunk, &acme(), Timestamp::now(), "", &Costs::default(), record);
    }
    // Only now: making the records takes longer than the engine keeps an idle connection.
    let store = store("anything").await;
    store.insert(Table::Tickets, &[Bytes::from(chunk)], Uuid::from_u128(2)).await.unwrap();
    let all = Visibility::All;
    assert_eq!(store.count_tickets(&all, &TicketFilter::default()).await.unwrap(), 100);
    for record in &records {
        let id = Some(record.execution_id);
        let found = store.get_ticket(&all, &record.ticket_id, id).await.unwrap().unwrap();
        let summary = &found.summary;
        assert_eq!(summary.executed_at, record.executed_at);
        assert_eq!(summary.duration_seconds, record.duration_seconds);
        assert_eq!(summary.status, record.status);
        assert_eq!(summary.category, record.category);
        assert_eq!(summary.capture, record.capture.as_str());
        assert_eq!(summary.sequence, record.sequence);
        assert_eq!(summary.input_tokens, record.input_tokens);
        assert_eq!(summary.redactions, record.redactions);
        let by: Vec<_> = record.redactions_by.iter().map(|(k, v)| (k.to_string(), *v)).collect();
        assert_eq!(summary.redactions_by, by);
        let plain = |(key, value): &(Cow<'_, str>, f64)| (key.to_string(), *value);
        assert_eq!(summary.metrics, record.metrics.iter().map(plain).collect::<Vec<_>>());
        assert_eq!(found.trace_json, record.trace_json);
        assert_eq!(found.steps.len(), record.steps.len());
        for (stored, sent) in found.steps.iter().zip(&record.steps) {
            assert_eq!((&*stored.id, &*stored.name), (&*sent.id, &*sent.name));
            assert_eq!(
                (&*stored.kind, &*stored.status),
                (sent.kind.as_str(), sent.status.as_str())
            );
            assert_eq!(stored.iteration, sent.iteration);
            assert_eq!((stored.start_ms, stored.duration_ms), (sent.start_ms, sent.duration_ms));
        }
    }
}

fn any_record(number: u128) -> impl Strategy<Value = Record<'static>> {
    let text = || ".{0,300}".prop_map(Cow::<'static, str>::Owned);
    let metrics = prop::collection::btree_map("[a-z]{1,9}", -1e300..1e300f64, 0..5);
    let steps = prop::collection::vec((text(), text(), any::<Option<u16>>(), 0.0..1e9), 0..200);
    let numbers = (any::<Option<u64>>(), any::<Option<u64>>(), any::<u32>(), 0.0..1e9);
    (text(), text(), ".{0,2000}", metrics, steps, numbers).prop_map(
        move |(
            id,
            category,
            trace_json,
            metrics,
            steps,
            (sequence, tokens, redactions, seconds),
        )| {
            Record {
                ticket_id: id,
                category,
                trace_json,
                metrics: metrics.into_iter().map(|(k, v)| (k.into(), v)).collect(),
                steps: steps.into_iter().map(any_step).collect(),
                sequence,
                input_tokens: tokens,
                redactions,
                duration_seconds: seconds,
                capture: Capture::Timeline,
                execution_id: execution(number + 1),
                ..bare("", number, lately())
            }
        },
    )
}

fn any_step(
    (id, name, iteration, start_ms): (Cow<'static, str>, Cow<'static, str>, Option<u16>, f64),
) -> StepLine<'static> {
    StepLine {
        id,
        parent_id: "".into(),
        kind: StepKind::Llm,
        name,
        // 0 is how the table spells "none"; iterations count from 1.
        iteration: iteration.map(|n| u32::from(n) + 1),
        start_ms,
        duration_ms: start_ms / 3.0,
        status: StepStatus::Skipped,
        error_type: "".into(),
        call: iteration.map(|n| {
            let input = Some(u64::from(n)).filter(|n| n.is_multiple_of(2));
            Box::new(ModelCall { request_model: "m".into(), input, ..ModelCall::default() })
        }),
    }
}
