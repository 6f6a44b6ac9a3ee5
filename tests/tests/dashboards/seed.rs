//! A small world whose answers are known: two tenants, two days, every kind of step and status.
//!
//! Day 1 is three days ago, and what a dashboard of these tests shows; day 0 is the day before it.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::{Value, json};
use ticketlens_store::{
    Cost, Costs, Counts, Store, Usage, ValueRate,
    rows::{self, Table},
};
use ticketlens_tests::{Database, Readers};
use ticketlens_ticket::{
    Capture, CurrencyCode, FeedbackRecord, FeedbackSource, ModelCall, Record, Reject, StepKind,
    StepLine, StepStatus, Timestamp,
};
use uuid::Uuid;

pub const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

/// Start of day 1, Unix milliseconds.
pub fn day1() -> i64 {
    let now = i64::try_from(Timestamp::now().as_unix_nanos() / 1_000_000).unwrap();
    now - now % DAY - 3 * DAY
}

/// The date of a moment, as the database writes it.
pub fn date(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).unwrap().strftime("%Y-%m-%d").to_string()
}

/// The text of an execution's id.
pub fn execution(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_nanos(u64::try_from(day1() + ms).unwrap() * 1_000_000)
}

/// A ticket of which everything is said but its trace.
pub fn ticket(id: &str, number: u128, ms: i64, status: &str) -> Record<'static> {
    let text = |text: &str| Cow::Owned(text.to_owned());
    Record {
        execution_id: execution(number).parse().unwrap(),
        ticket_id: text(id),
        executed_at: at(ms),
        duration_seconds: 2.0,
        status: text(status),
        category: text("BILLING"),
        error_type: text(""),
        capture: Capture::FullTrace,
        customer: text(""),
        sequence: None,
        open: None,
        workflow: text("support"),
        workflow_version: text("1.0"),
        environment: text("production"),
        instance: text("p1"),
        model: text("large"),
        input_tokens: None,
        output_tokens: None,
        calls: ModelCall::default(),
        cost: None,
        cost_currency: CurrencyCode::USD,
        conversation: "".into(),
        agent: "".into(),
        agent_workflow: "".into(),
        redactions: 0,
        redactions_by: Vec::new(),
        trace_id: None,
        span_id: None,
        metrics: Vec::new(),
        attributes: Vec::new(),
        steps: Vec::new(),
        steps_beyond: 0,
        trace_json: String::new(),
    }
}

fn metrics(confidence: f64, risk: f64, iterations: f64) -> Vec<(Cow<'static, str>, f64)> {
    let metrics = [
        ("overall_confidence", confidence),
        ("hallucination_risk", risk),
        ("react_iterations", iterations),
    ];
    metrics.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

/// Timeline and text of a trace. Each step: its line as JSON beside what was said.
fn told(record: Record<'static>, mut trace: Value, steps: &[(Value, Value)]) -> Record<'static> {
    let line = |(line, _): &(Value, Value)| StepLine {
        id: line["id"].as_str().unwrap().to_owned().into(),
        parent_id: line["in"].as_str().unwrap_or_default().to_owned().into(),
        kind: StepKind::from_name(line["kind"].as_str().unwrap()),
        name: line["name"].as_str().unwrap().to_owned().into(),
        iteration: line["iteration"].as_u64().map(|n| u32::try_from(n).unwrap()),
        start_ms: line["start"].as_f64().unwrap(),
        duration_ms: line["took"].as_f64().unwrap(),
        status: if line["error"].is_null() { StepStatus::Ok } else { StepStatus::Error },
        error_type: line["error"].as_str().unwrap_or_default().to_owned().into(),
        call: None,
    };
    let said = |(line, said): &(Value, Value)| {
        let mut said = said.clone();
        said["id"] = line["id"].clone();
        said
    };
    let lines = steps.iter().map(line).collect();
    let trace_json = if record.capture == Capture::FullTrace {
        trace["steps"] = steps.iter().map(said).collect();
        trace.to_string()
    } else {
        String::new()
    };
    Record { steps: lines, trace_json, ..record }
}

/// What acme sent. The executions are numbered from 1.
fn acme() -> Vec<Record<'static>> {
    let steps = |error: &str| {
        vec![
            (
                json!({"id": "m1", "kind": "message", "name": "customer", "start": 0, "took": 0}),
                json!({"input": "Where is it?"}),
            ),
            (
                json!({"id": "n1", "kind": "node", "name": "plan", "start": 100, "took": 300}),
                json!({"attributes": {"tokens": 12, "tier": "gold"}}),
            ),
            (
                json!({"id": "r1", "kind": "react", "name": "agent", "iteration": 1, "start": 400, "took": 600}),
                json!({"output": "I look it up.", "action": "lookup", "action_input": {"order": 7}}),
            ),
            (
                json!({"id": "t1", "in": "r1", "kind": "tool", "name": "lookup", "iteration": 1, "start": 500,
                    "took": 400, "error": if error.is_empty() { Value::Null } else { error.into() }}),
                json!({"input": {"order": 7}, "output": "in transit",
                    "error": if error.is_empty() { Value::Null } else {
                        json!({"type": error, "message": "no answer\nin 400 ms", "stack": "at lookup"}) }}),
            ),
            (
                json!({"id": "s1", "in": "n1", "kind": "retrieval", "name": "handbook", "start": 1000, "took": 200}),
                json!({"input": "parcels", "output": [
                 {"title": "Tracking", "score": 0.9, "text": "Look at the label."}, "Ask the carrier."]}),
            ),
            (
                json!({"id": "l1", "in": "r1", "kind": "llm", "name": "large", "iteration": 2, "start": 1200, "took": 700}),
                json!({"input": [{"role": "user"}], "output": "It is on its way."}),
            ),
        ]
    };
    let trace = json!({"ticket": "Where is my parcel?", "planning": ["look", "answer"],
                       "output": {"response": "On its way."}});
    let first = Record {
        customer: "hmac:aa".into(),
        sequence: Some(1),
        input_tokens: Some(100),
        output_tokens: Some(20),
        redactions: 3,
        redactions_by: vec![("email".into(), 2), ("card".into(), 1)],
        trace_id: Some([0xab; 16]),
        span_id: Some([0xcd; 8]),
        metrics: metrics(0.9, 0.1, 2.0),
        attributes: vec![("region".into(), "eu \"1\"".into())],
        cost: Some(30_000_000),
        ..ticket("T-1", 1, HOUR, "SUCCESS")
    };
    let second = Record {
        duration_seconds: 4.0,
        steps_beyond: 3_904,
        customer: "hmac:aa".into(),
        sequence: Some(2),
        input_tokens: Some(200),
        output_tokens: Some(40),
        metrics: metrics(0.7, 0.3, 1.0),
        ..ticket("T-2", 2, HOUR + HOUR / 2, "SUCCESS")
    };
    let again = Record {
        duration_seconds: 10.0,
        error_type: "Timeout".into(),
        cost: Some(20_000_000),
        capture: Capture::Timeline,
        steps_beyond: 1,
        workflow_version: "1.1".into(),
        // The third is lost.
        sequence: Some(4),
        redactions: 1,
        redactions_by: vec![("email".into(), 1)],
        ..ticket("T-2", 3, 3 * HOUR, "FAILED")
    };
    let metered = Record {
        duration_seconds: 6.0,
        category: "REFUND".into(),
        capture: Capture::MetricsOnly,
        workflow_version: "1.1".into(),
        customer: "hmac:bb".into(),
        metrics: vec![("overall_confidence".into(), 0.5)],
        ..ticket("T-3", 4, 5 * HOUR, "FAILED")
    };
    let before = Record {
        duration_seconds: 8.0,
        input_tokens: Some(50),
        output_tokens: Some(10),
        metrics: metrics(0.8, 0.2, 1.0),
        ..ticket("T-5", 6, HOUR - DAY, "SUCCESS")
    };
    let failed_before = Record {
        duration_seconds: 12.0,
        error_type: "Timeout".into(),
        ..ticket("T-6", 7, 2 * HOUR - DAY, "FAILED")
    };
    vec![
        told(first, trace.clone(), &steps("")),
        told(
            second,
            json!({"errors": ["Half of it", {"type": "Odd", "message": "m", "stack": "s"}]}),
            &steps("Timeout"),
        ),
        told(again, trace, &steps("Timeout")),
        metered,
        before,
        failed_before,
    ]
}

/// Of which only the metrics are left, its trace's time being over.
fn expired() -> Record<'static> {
    let record = Record {
        duration_seconds: 1.0,
        category: "".into(),
        workflow: "triage".into(),
        workflow_version: "2.0".into(),
        environment: "staging".into(),
        model: "".into(),
        ..ticket("T-4", 5, 7 * HOUR, "ESCALATED")
    };
    let step = json!({"id": "a", "kind": "node", "name": "gone", "start": 0, "took": 1});
    told(record, json!({"ticket": "gone"}), &[(step, json!({}))])
}

/// What globex sent; each text of it says so.
fn globex() -> Vec<Record<'static>> {
    let step = json!({"id": "g", "kind": "tool", "name": "globex", "start": 0, "took": 9000, "error": "GlobexDown"});
    let good = Record {
        duration_seconds: 3.0,
        category: "globex".into(),
        // The same customer as one of acme's, to who only looks at the hash.
        customer: "hmac:aa".into(),
        sequence: Some(1),
        instance: "globex-p1".into(),
        input_tokens: Some(1000),
        output_tokens: Some(0),
        cost: Some(500_000_000),
        cost_currency: CurrencyCode::of("EUR").unwrap(),
        redactions: 5,
        redactions_by: vec![("email".into(), 5)],
        metrics: metrics(1.0, 0.0, 3.0),
        ..ticket("globex-1", 11, 2 * HOUR, "SUCCESS")
    };
    let bad = Record {
        duration_seconds: 5.0,
        category: "globex".into(),
        error_type: "GlobexDown".into(),
        workflow: "globex".into(),
        workflow_version: "9".into(),
        instance: "globex-p1".into(),
        sequence: Some(2),
        model: "globex".into(),
        ..ticket("globex-2", 12, 2 * HOUR + 1, "FAILED")
    };
    vec![good, told(bad, json!({"ticket": "globex"}), &[(step, json!({"output": "globex"}))])]
}

/// What was said of a ticket, by a customer unless changed.
fn said(
    ticket_id: &str,
    name: &str,
    ms: i64,
    score: f64,
    comment: &str,
) -> FeedbackRecord<'static> {
    FeedbackRecord {
        id: format!("{ticket_id} {name} {ms}").into(),
        ticket_id: ticket_id.to_owned().into(),
        execution_id: None,
        name: name.to_owned().into(),
        source: Some(FeedbackSource::Human),
        given_at: at(ms),
        score: Some(score),
        label: "".into(),
        comment: comment.to_owned().into(),
        customer: "".into(),
        attributes: Vec::new(),
        redactions: 0,
    }
}

/// What was said of acme's tickets.
fn said_of_acme() -> Vec<FeedbackRecord<'static>> {
    let evaluated = |ticket: &str, number: u128, ms, score| FeedbackRecord {
        execution_id: Some(execution(number).parse().unwrap()),
        source: Some(FeedbackSource::Model),
        ..said(ticket, "relevance", ms, score, "")
    };
    vec![
        said("T-1", "csat", HOUR + HOUR / 2, 1.0, "Meant otherwise"),
        // It counts instead.
        said("T-1", "csat", 2 * HOUR, 5.0, "Quick, and right"),
        evaluated("T-1", 1, 2 * HOUR, 0.9),
        // Of the ticket; its last execution had failed by then.
        said("T-2", "csat", 4 * HOUR, 2.0, "Nobody called\nme \"back\""),
        evaluated("T-2", 2, 2 * HOUR, 0.8),
        FeedbackRecord { label: "off topic".into(), ..evaluated("T-3", 4, 6 * HOUR, 0.3) },
        // Without a score.
        FeedbackRecord {
            score: None,
            source: Some(FeedbackSource::Code),
            ..said("T-3", "tone", 6 * HOUR, 0.0, "too short to tell")
        },
        said("T-5", "csat", 2 * HOUR - DAY, 4.0, ""),
        // Its ticket is not here.
        said("T-9", "csat", 3 * HOUR, 3.0, "Where is my answer?"),
    ]
}

/// What was said of globex's: of a ticket of its own, and of one of a number that acme has.
fn said_of_globex() -> Vec<FeedbackRecord<'static>> {
    vec![
        said("globex-2", "csat", 3 * HOUR, 1.0, "globex"),
        said("globex-1", "globex", 3 * HOUR, 0.1, "globex"),
        said("T-1", "csat", 3 * HOUR, 1.0, "globex"),
    ]
}

/// Feedback in the store's table, as the receiver writes it.
async fn give(store: &Store, tenant: &str, records: &[FeedbackRecord<'_>]) {
    let settings = store.tenant(&tenant.parse().unwrap()).await.unwrap();
    let mut out = Vec::new();
    for record in records {
        rows::feedback::append(&mut out, &settings, Timestamp::now(), "", record);
    }
    store.insert(Table::Feedback, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
}

/// What a resolved ticket of a category saves.
async fn rate(store: &Store, tenant: &str, category: &str, minutes: f64, euros: u64) {
    let currency = CurrencyCode::of("EUR").unwrap();
    let hourly = Cost { nanos: euros * 1_000_000_000, currency };
    let rate = ValueRate { category: category.to_owned(), minutes, hourly };
    store.set_value_rate(&tenant.parse().unwrap(), &rate).await.unwrap();
}

/// Rows in the store's table, as the receiver writes them.
pub async fn insert(store: &Store, tenant: &str, received: Timestamp, records: &[Record<'_>]) {
    let settings = store.tenant(&tenant.parse().unwrap()).await.unwrap();
    let mut out = Vec::new();
    for record in records {
        rows::ticket::append(&mut out, &settings, received, "", &Costs::of(record, None), record);
    }
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
}

/// The world, and who looks at it.
pub async fn world() -> (Database, Readers) {
    let database = Database::start();
    let readers = database.readers(&["acme", "globex", "empty", "hostile", "single"]).await;
    let store = database.store();
    let now = Timestamp::now();
    insert(&store, "acme", now, &acme()).await;
    // Sent again, as clients do that heard no answer.
    insert(&store, "acme", Timestamp::now(), &acme()[..2]).await;
    let long_ago = Timestamp::from_unix_nanos(now.as_unix_nanos() - 40 * 86_400_000_000_000);
    insert(&store, "acme", long_ago, &[expired()]).await;
    insert(&store, "globex", now, &globex()).await;
    give(&store, "acme", &said_of_acme()).await;
    give(&store, "globex", &said_of_globex()).await;
    insert(&store, "single", now, &[ticket("only", 21, HOUR, "SUCCESS")]).await;
    for (tenant, category, minutes, euros) in
        [("acme", "", 99.0, 99), ("acme", "BILLING", 6.0, 40), ("globex", "", 60.0, 100)]
    {
        rate(&store, tenant, category, minutes, euros).await;
    }
    for (tenant, count) in [("acme", 3), ("globex", 5)] {
        let mut counts = Counts::default();
        (0..count).for_each(|_| counts.rejections.add(Reject::Malformed));
        counts.usage = Usage { records: 10 * count, bytes: 1_000 * count, throttled: count };
        let life = store.tenant(&tenant.parse().unwrap()).await.unwrap().life();
        store.record_counts(at(HOUR), &[(life, counts)], Uuid::new_v4()).await.unwrap();
    }
    (database, readers)
}
