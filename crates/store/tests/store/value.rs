//! What a month was worth: against sums made by hand.

use bytes::Bytes;
use ticketlens_store::{
    Cost, CostSum, Costs, Month, Store, ValueFigures, ValueRate, ValueRateError,
    rows::{self, Table},
};
use ticketlens_ticket::{CurrencyCode, FeedbackRecord, Record, Timestamp};
use uuid::Uuid;

use crate::{
    engine::{store, tenant},
    feedback::csat,
    sample::{bare, execution},
};

/// A moment of a day of November 2026.
fn november(day: u64) -> Timestamp {
    // 2026-11-01 is 1793491200.
    Timestamp::from_unix_nanos((1_793_491_200 + (day - 1) * 86_400 + 3_600) * 1_000_000_000)
}

fn cost(nanos: u64, currency: &str) -> Cost {
    Cost { nanos, currency: CurrencyCode::of(currency).unwrap() }
}

fn sum(nanos: u64, currency: &str) -> CostSum {
    cost(nanos, currency).into()
}

struct Ran {
    ticket: &'static str,
    at: Timestamp,
    status: &'static str,
    category: &'static str,
    model: &'static str,
    cost: Option<Cost>,
}

async fn commit(store: &Store, name: &str, runs: &[Ran]) {
    let tenant = tenant(store, name).await;
    let mut out = Vec::new();
    for (number, ran) in (1..).zip(runs) {
        let record = Record {
            execution_id: execution(number),
            status: ran.status.into(),
            category: ran.category.into(),
            model: ran.model.into(),
            workflow_version: "1.0".into(),
            input_tokens: Some(100),
            ..bare(ran.ticket, number, ran.at)
        };
        let priced_tokens = if ran.cost.is_some() { 100 } else { 0 };
        let costs = Costs { total: ran.cost, priced_tokens, ..Costs::default() };
        rows::ticket::append(&mut out, &tenant, Timestamp::now(), "", &costs, &record);
    }
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
}

async fn rate(store: &Store, category: &str, minutes: f64, hourly: Cost) {
    let rate = ValueRate { category: category.to_owned(), minutes, hourly };
    store.set_value_rate(&"acme".parse().unwrap(), &rate).await.unwrap();
}

async fn rated(store: &Store, ticket: &str, score: f64, at: Timestamp) {
    let acme = tenant(store, "acme").await;
    let mut out = Vec::new();
    let record = FeedbackRecord { id: format!("{score}").into(), ..csat(ticket, score, at) };
    rows::feedback::append(&mut out, &acme, Timestamp::now(), "", &record);
    store.insert(Table::Feedback, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
}

#[tokio::test]
async fn a_month_is_worth_what_its_tickets_say() {
    let store = store("value").await;
    let usd = |nanos| Some(cost(nanos, "USD"));
    let ran = |ticket, day, status, category, model, cost| Ran {
        ticket,
        at: november(day),
        status,
        category,
        model,
        cost,
    };
    let runs = [
        // Failed first, and resolved the next day: one ticket, two executions.
        ran("A", 2, "FAILED", "BILLING", "gpt", usd(10_000_000)),
        ran("A", 3, "SUCCESS", "BILLING", "gpt", usd(30_000_000)),
        ran("B", 3, "SUCCESS", "BILLING", "gpt", None),
        ran("C", 4, "ESCALATED", "OTHER", "claude", Some(cost(5_000_000, "EUR"))),
        ran("D", 4, "SUCCESS", "", "claude", usd(1)),
        // The month before.
        Ran {
            at: Timestamp::from_unix_nanos(1_793_491_199_000_000_000),
            ..ran("E", 1, "FAILED", "", "gpt", None)
        },
    ];
    commit(&store, "acme", &runs).await;
    commit(&store, "globex", &[ran("A", 3, "FAILED", "", "", usd(7))]).await;
    rated(&store, "A", 5.0, november(5)).await;
    rated(&store, "C", 2.0, november(6)).await;
    rated(&store, "GONE", 2.0, november(6)).await;
    let acme = "acme".parse().unwrap();
    let month = Month::new(202_611).unwrap();
    let unrated = store.value(&acme, month).await.unwrap();
    assert_eq!((unrated.figures.minutes_saved, unrated.figures.worth.len()), (None, 0));
    rate(&store, "BILLING", 12.0, cost(40_000_000_000, "EUR")).await;
    rate(&store, "", 1.5, cost(60_000_000_000, "USD")).await;
    let value = store.value(&acme, month).await.unwrap();
    let expected = ValueFigures {
        tickets: 4,
        resolved: 3,
        escalated: 1,
        failed: 0,
        executions: 5,
        costs: vec![sum(5_000_000, "EUR"), sum(40_000_001, "USD")],
        tokens: 500,
        priced_tokens: 400,
        // (5 + 2 + 2) / 3
        csat: Some(3.0),
        csat_ratings: 3,
        // A and B 12 each, D 1.5
        minutes_saved: Some(25.5),
        // 24 / 60 × 40; 1.5 / 60 × 60
        worth: vec![sum(16_000_000_000, "EUR"), sum(1_500_000_000, "USD")],
    };
    assert_eq!(value.figures, expected);
    let before = value.before.unwrap();
    assert_eq!((before.tickets, before.failed, before.csat), (1, 1, None));
    let told = |groups: &[(String, ValueFigures)]| -> Vec<(String, u64, u64, Option<f64>)> {
        groups.iter().map(|(name, f)| (name.clone(), f.tickets, f.resolved, f.csat)).collect()
    };
    let own = |name: &str, tickets, resolved, csat| (name.to_owned(), tickets, resolved, csat);
    assert_eq!(
        told(&value.categories),
        [own("BILLING", 2, 2, Some(5.0)), own("", 1, 1, None), own("OTHER", 1, 0, Some(2.0))]
    );
    assert_eq!(told(&value.models), [own("claude", 2, 1, Some(2.0)), own("gpt", 2, 2, Some(5.0))]);
    assert_eq!(told(&value.versions), [own("1.0", 4, 3, Some(3.5))]);
    assert_eq!(told(&value.days), [own("2026-11-03", 2, 2, None), own("2026-11-04", 2, 1, None)]);
    assert_eq!(value.rates.iter().map(|rate| &*rate.category).collect::<Vec<_>>(), ["", "BILLING"]);
    let nothing = store.value(&acme, Month::new(202_501).unwrap()).await.unwrap();
    assert_eq!((nothing.figures.tickets, nothing.before), (0, None));
}

#[tokio::test]
async fn a_sum_may_be_more_than_one_ticket_costs() {
    let store = store("value_sums").await;
    let most = Some(Cost { nanos: Cost::MOST_NANOS, currency: CurrencyCode::USD });
    let runs = ["A", "B", "C"].map(|ticket| Ran {
        ticket,
        at: november(2),
        status: "SUCCESS",
        category: "",
        model: "",
        cost: most,
    });
    commit(&store, "acme", &runs).await;
    rate(&store, "", 60.0, cost(900_000_000_000_000_000, "EUR")).await;
    let month = Month::new(202_611).unwrap();
    let value = store.value(&"acme".parse().unwrap(), month).await.unwrap();
    let amounts = |sums: &[CostSum]| sums.iter().map(CostSum::amount).collect::<Vec<_>>();
    assert_eq!(amounts(&value.figures.costs), ["2999999999.999999997"]);
    assert_eq!(amounts(&value.figures.worth), ["2700000000"]);
}

#[tokio::test]
async fn rates_are_checked_changed_and_taken_away() {
    let store = store("value_rates").await;
    let acme = tenant(&store, "acme").await.name;
    let hourly = cost(40_000_000_000, "EUR");
    rate(&store, "A", 12.0, hourly).await;
    rate(&store, "A", 10.0, hourly).await;
    let rates = store.value_rates(&acme).await.unwrap();
    assert_eq!(rates, [ValueRate { category: "A".into(), minutes: 10.0, hourly }]);
    for (category, minutes, error) in [
        ("x".repeat(257), 1.0, ValueRateError::Category),
        ("a\nb".into(), 1.0, ValueRateError::Category),
        ("A".into(), -1.0, ValueRateError::Minutes),
        ("A".into(), f64::NAN, ValueRateError::Minutes),
        ("A".into(), 1e6, ValueRateError::Minutes),
    ] {
        let rate = ValueRate { category, minutes, hourly };
        assert_eq!(store.set_value_rate(&acme, &rate).await, Err(error));
    }
    assert_eq!(store.remove_value_rate(&acme, "B").await, Err(ValueRateError::NotFound));
    store.remove_value_rate(&acme, "A").await.unwrap();
    assert_eq!(store.value_rates(&acme).await.unwrap(), []);
    // Of a tenant's life: one that is made again under the name has none.
    rate(&store, "A", 12.0, hourly).await;
    store.delete_tenant(&acme).await.unwrap();
    tenant(&store, "acme").await;
    assert_eq!(store.value_rates(&acme).await.unwrap(), []);
}
