//! What an execution cost: reckoned when its row is written, and kept.

use bytes::Bytes;
use ticketlens_prices::{PriceBook, PriceEntry};
use ticketlens_store::{
    Cost, Costs, PricesOf, Store,
    rows::{self, Table},
};
use ticketlens_ticket::{
    CurrencyCode, ModelCall, Record, StepKind, StepLine, StepStatus, Timestamp,
};
use uuid::Uuid;

use crate::{
    engine::{raw, store, tenant, value},
    sample::{bare, lately},
};

/// gpt: 2 a million in, 10 out, 1 read from the cache; odd: in euros.
fn book() -> PriceBook {
    let entry = |json: &str| serde_json::from_str::<PriceEntry>(json).unwrap();
    PriceBook::new(vec![
        entry(
            r#"{"provider":"openai","model":"gpt*","currency":"USD","input":"2","output":"10","cache_read":"1"}"#,
        ),
        entry(r#"{"provider":"*","model":"odd","currency":"EUR","input":"1","output":"1"}"#),
    ])
    .unwrap()
}

fn call(model: &str, input: u64, output: u64) -> ModelCall<'static> {
    ModelCall {
        provider: "openai".into(),
        request_model: model.to_owned().into(),
        input: Some(input),
        output: Some(output),
        ..ModelCall::default()
    }
}

fn step(call: Option<ModelCall<'static>>) -> StepLine<'static> {
    StepLine {
        id: "".into(),
        parent_id: "".into(),
        kind: StepKind::Llm,
        name: "gpt-4o".into(),
        iteration: None,
        start_ms: 0.0,
        duration_ms: 1.0,
        status: StepStatus::Ok,
        error_type: "".into(),
        call: call.map(Box::new),
    }
}

fn ticket(calls: Vec<ModelCall<'static>>) -> Record<'static> {
    let steps = calls.into_iter().map(|call| step(Some(call))).chain([step(None)]).collect();
    Record { steps, ..bare("T-1", 1, lately()) }
}

fn costs(record: &Record<'_>) -> Costs {
    let book = book();
    let as_of = Timestamp::from_unix_nanos(1_796_033_700_000_000_000);
    Costs::of(record, Some(PricesOf { book: &book, as_of }))
}

fn dollars(nanos: u64) -> Option<Cost> {
    Some(Cost { nanos, currency: CurrencyCode::USD })
}

#[test]
fn a_ticket_costs_what_its_calls_do() {
    let cached = ModelCall { cache_read: Some(400), ..call("gpt-4o", 1_000, 100) };
    let found = costs(&ticket(vec![call("gpt-4o", 500, 50), cached]));
    // 500 × 2e-6 + 50 × 10e-6 = 0.0015; 600 × 2e-6 + 400 × 1e-6 + 100 × 10e-6 = 0.0026
    assert_eq!(found.calls, [dollars(1_500_000), dollars(2_600_000)]);
    assert_eq!((found.total, found.priced_tokens), (dollars(4_100_000), 1_650));
    assert!(found.as_of.is_some() && !found.is_sent);
}

#[test]
fn a_part_is_no_whole_and_what_is_unknown_is_counted() {
    let found = costs(&ticket(vec![call("gpt-4o", 500, 50), call("nobody-knows", 100, 1)]));
    assert_eq!((found.total, found.priced_tokens), (None, 550));
    assert_eq!(found.calls, [dollars(1_500_000), None]);
    let euros = costs(&ticket(vec![call("gpt-4o", 500, 50), call("odd", 100, 1)]));
    assert_eq!((euros.total, euros.priced_tokens), (None, 651), "two currencies make no sum");
    let untold = ModelCall { input: None, output: None, ..call("nobody-knows", 0, 0) };
    let found = costs(&ticket(vec![call("gpt-4o", 500, 50), untold]));
    assert_eq!(found.total, dollars(1_500_000), "a call that used nothing costs nothing");
    assert_eq!(costs(&ticket(vec![call("nobody-knows", 1, 1)])).as_of, None);
}

#[test]
fn what_is_not_among_the_steps_is_missing_and_no_more_is_priced_than_was_used() {
    let beyond = Record { steps_beyond: 1, ..ticket(vec![call("gpt-4o", 500, 50)]) };
    assert_eq!((costs(&beyond).total, costs(&beyond).priced_tokens), (None, 550));
    let fewer = Record { input_tokens: Some(10), output_tokens: Some(1), ..beyond };
    assert_eq!(costs(&fewer).priced_tokens, 11);
    let without = Record { steps: Vec::new(), model: "gpt-4o".into(), ..fewer };
    let without = Record { calls: call("", 0, 0), ..without };
    assert!(costs(&without).total.is_some(), "the ticket as one call is all of it");
}

#[test]
fn without_steps_that_tell_the_ticket_is_one_call() {
    let whole = Record {
        model: "gpt-4o".into(),
        input_tokens: Some(1_000),
        output_tokens: Some(100),
        calls: ModelCall {
            provider: "openai".into(),
            cache_read: Some(400),
            ..ModelCall::default()
        },
        ..bare("T-1", 1, lately())
    };
    assert_eq!(costs(&whole).total, dollars(2_600_000));
    assert_eq!(costs(&Record { model: "unknown".into(), ..whole.clone() }).total, None);
    let silent = Record { input_tokens: None, output_tokens: None, ..whole };
    assert_eq!(costs(&silent), Costs::default());
}

#[test]
fn a_senders_own_cost_comes_before_any_list() {
    let euros = CurrencyCode::of("EUR").unwrap();
    let sent = Record {
        cost: Some(7),
        cost_currency: euros,
        input_tokens: Some(10),
        output_tokens: Some(5),
        ..ticket(vec![call("gpt-4o", 500, 50)])
    };
    let found = costs(&sent);
    assert_eq!(found.total, Some(Cost { nanos: 7, currency: euros }));
    assert_eq!((found.is_sent, found.priced_tokens, found.as_of), (true, 15, None));
    assert_eq!(Costs::of(&sent, None), found);
    assert_eq!(Costs::of(&ticket(vec![call("gpt-4o", 1, 1)]), None), Costs::default());
}

#[test]
fn sums_of_any_size_are_an_amount_or_none() {
    let most = call("gpt-4o", u64::MAX, u64::MAX);
    assert_eq!(costs(&ticket(vec![most.clone(), most])).total, None);
    // 90 thousand million million tokens of 10 a million: 900 million each.
    let large = call("gpt-4o", 0, 90_000_000_000_000);
    assert_eq!(costs(&ticket(vec![large.clone()])).total, dollars(900_000_000_000_000_000));
    assert_eq!(costs(&ticket(vec![large.clone(), large])).total, None);
}

async fn write(store: &Store, record: &Record<'_>, costs: &Costs) {
    let acme = tenant(store, "acme").await;
    let mut out = Vec::new();
    rows::ticket::append(&mut out, &acme, Timestamp::now(), "", costs, record);
    assert!(out.len() <= rows::ticket::most_bytes(&acme, "", record));
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
}

#[tokio::test]
async fn costs_read_as_documented() {
    let store = store("costs").await;
    let cached = ModelCall {
        response_model: "gpt-4o-2024-08-06".into(),
        cache_read: Some(400),
        cache_write: Some(3),
        reasoning: Some(2),
        service_tier: "default".into(),
        ..call("", 1_000, 100)
    };
    let mut record = ticket(vec![cached, call("nobody-knows", 7, 1)]);
    record.executed_at = Timestamp::from_unix_nanos(4_102_444_800_000_000_000);
    write(&store, &record, &costs(&record)).await;
    let calls = "SELECT * FROM costs.ticket_model_calls ORDER BY position";
    insta::assert_snapshot!(
        "model_calls",
        raw(&store, calls).await.unwrap().replace(",\"", "\n,\"")
    );
    let known = Record {
        execution_id: crate::sample::execution(2),
        ..ticket(vec![call("gpt-4o", 500, 50)])
    };
    write(&store, &known, &costs(&known)).await;
    let many = "SELECT toString(total_tokens) FROM costs.tickets WHERE ticket_id = 'MANY'";
    let most = Record {
        execution_id: crate::sample::execution(3),
        input_tokens: Some(u64::MAX),
        output_tokens: Some(4),
        ..bare("MANY", 3, lately())
    };
    write(&store, &most, &Costs::default()).await;
    assert_eq!(value(&store, many).await, u64::MAX.to_string());
    let sums = "SELECT (count(cost), toString(sum(cost)), sum(priced_tokens), max(cost_currency), \
                countIf(isNull(cost)), max(cost_source), toUnixTimestamp64Micro(assumeNotNull(max(prices_as_of)))) \
                FROM costs.tickets WHERE ticket_id != 'MANY'";
    assert_eq!(value(&store, sums).await, "(1,'0.0015',1650,'USD',1,'priced',1796033700000000)");
}
