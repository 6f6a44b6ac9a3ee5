//! The list in force, put to what is stored: what the database reckons is what `Costs::of` does.

use bytes::Bytes;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use ticketlens_prices::{PriceBook, PriceEntry};
use ticketlens_store::{
    Costs, PricesOf, Replace, Reprice, RepriceError, Repriced, Store, TenantSettings, Visibility,
    rows::{self, Table},
};
use ticketlens_ticket::{
    CurrencyCode, ModelCall, Record, StepKind, StepLine, StepStatus, Timestamp,
};
use uuid::Uuid;

use crate::{
    engine::{raw, store, tenant, value},
    sample::{after, bare, lately},
};

/// Prices by size, by time, by tier, of two currencies, and so high that hardly a call has one.
fn list() -> Vec<PriceEntry> {
    let later = lately().as_unix_nanos() / 1_000_000_000 + 500;
    [
        r#"{"provider":"openai","model":"gpt*","currency":"USD","input":"2.000001","output":"10","cache_read":"1"}"#,
        r#"{"provider":"openai","model":"gpt*","currency":"USD","input":"3","output":"11.5","above_input_tokens":1000}"#,
        r#"{"provider":"openai","model":"gpt*","currency":"USD","input":"4","output":"12","above_input_tokens":200000,"cache_write":"0.000001","reasoning":"99"}"#,
        r#"{"provider":"openai","model":"gpt*","currency":"USD","input":"1","output":"5","service_tier":"batch"}"#,
        r#"{"provider":"openai","model":"gpt*","currency":"EUR","input":"7","output":"7"}"#,
        r#"{"provider":"openai","model":"gpt*","currency":"EUR","input":"8","output":"8","above_input_tokens":50}"#,
        r#"{"provider":"anthropic","model":"claude*","currency":"USD","input":"3","output":"15","above_input_tokens":10}"#,
        r#"{"provider":"*","model":"odd","currency":"EUR","input":"1","output":"1"}"#,
        r#"{"provider":"*","model":"dear","currency":"USD","input":"1000000000","output":"1000000000"}"#,
        r#"{"provider":"*","model":"free","currency":"USD","input":"0","output":"0"}"#,
    ]
    .iter()
    .map(|json| serde_json::from_str::<PriceEntry>(json).unwrap())
    .map(|entry| {
        let valid_from = if entry.model == "gpt*" && entry.currency.as_str() == "EUR" { later } else { 0 };
        PriceEntry { valid_from, ..entry }
    })
    .collect()
}

fn count() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![
        2 => Just(None),
        3 => (0_u64..3_000).prop_map(Some),
        1 => prop_oneof![Just(0), Just(10), Just(11), Just(50), Just(51), Just(1_000), Just(1_001),
            Just(200_000), Just(200_001)].prop_map(Some),
        1 => prop_oneof![Just(u64::MAX), Just(u64::MAX - 1), Just(1 << 63), any::<u64>()].prop_map(Some),
    ]
}

fn call() -> impl Strategy<Value = ModelCall<'static>> {
    let name = || {
        prop::sample::select(vec![
            "",
            "gpt-4o",
            "openai/gpt-4o",
            "us.anthropic.claude-x",
            "claude-3",
            "odd",
            "dear",
            "free",
            "nobody",
            "it's \\ \0 a '; DROP",
        ])
    };
    let provider = prop::sample::select(vec!["", "openai", "anthropic", "aws.bedrock", "azure"]);
    let tier = prop::sample::select(vec!["", "default", "batch", "flex"]);
    let counts = [count(), count(), count(), count(), count()];
    (provider, name(), name(), tier, counts).prop_map(
        |(provider, asked, answered, tier, [input, output, cache_read, cache_write, reasoning])| {
            ModelCall {
                provider: provider.into(),
                request_model: asked.into(),
                response_model: answered.into(),
                service_tier: tier.into(),
                input,
                output,
                cache_read,
                cache_write,
                reasoning,
            }
        },
    )
}

fn step(call: ModelCall<'static>, name: &'static str) -> StepLine<'static> {
    StepLine {
        id: "".into(),
        parent_id: "".into(),
        kind: StepKind::Llm,
        name: name.into(),
        iteration: None,
        start_ms: 0.0,
        duration_ms: 1.0,
        status: StepStatus::Ok,
        error_type: "".into(),
        call: Some(Box::new(call)),
    }
}

/// An execution of any calls, at most 1000 seconds from [`lately`].
fn record(number: u128) -> impl Strategy<Value = Record<'static>> {
    let names = prop::sample::select(vec!["gpt-4o", "odd", "a step"]);
    let steps = prop::collection::vec((call(), names), 0..4);
    let beyond = prop_oneof![9 => Just(0), 1 => Just(1_u32)];
    (call(), steps, 0_u64..1_000, beyond).prop_map(move |(whole, steps, second, steps_beyond)| {
        Record {
            steps_beyond,
            model: whole.request_model.clone(),
            input_tokens: whole.input,
            output_tokens: whole.output,
            steps: steps.into_iter().map(|(call, name)| step(call, name)).collect(),
            calls: ModelCall { input: None, output: None, ..whole },
            ..bare(&format!("T-{number}"), number, after(lately(), second))
        }
    })
}

async fn insert(store: &Store, tenant: &TenantSettings, records: &[(Record<'_>, Costs)]) {
    let mut out = Vec::new();
    for (record, costs) in records {
        rows::ticket::append(&mut out, tenant, Timestamp::now(), "", costs, record);
    }
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
}

/// The columns of costs, of every ticket.
async fn costs_of(store: &Store, database: &str) -> Vec<String> {
    let sql = format!(
        "SELECT ticket_id, toString(cost) AS cost, cost_currency, cost_source, \
         toUnixTimestamp64Micro(prices_as_of) AS as_of, toString(priced_tokens) AS tokens, \
         arrayMap(c -> (toString(c.cost), c.cost_currency), model_calls) AS calls, model_calls \
         FROM {database}_store.tickets FINAL ORDER BY ticket_id"
    );
    raw(store, &sql).await.unwrap().lines().map(str::to_owned).collect()
}

fn all() -> Reprice {
    Reprice { visibility: Visibility::All, since: Timestamp::default(), month: None }
}

#[tokio::test]
async fn the_database_reckons_as_the_receiver_does() {
    let (applied, fresh) = (store("repriced").await, store("priced_at_once").await);
    applied.put_prices(&list(), Replace::All).await.unwrap();
    let as_of = applied.prices().await.unwrap().as_of.unwrap();
    let book = PriceBook::new(list()).unwrap();
    let prices = PricesOf { book: &book, as_of };

    let mut runner = TestRunner::deterministic();
    let records: Vec<_> =
        (1..=600).map(|number| record(number).new_tree(&mut runner).unwrap().current()).collect();
    let acme = tenant(&applied, "acme").await;
    let free: Vec<_> = records.iter().map(|r| (r.clone(), Costs::default())).collect();
    insert(&applied, &acme, &free).await;
    let priced: Vec<_> = records.iter().map(|r| (r.clone(), Costs::of(r, Some(prices)))).collect();
    let known = priced.iter().filter(|(_, costs)| costs.total.is_some()).count();
    let partly = priced.iter().filter(|(_, costs)| costs.total.is_none() && costs.as_of.is_some());
    assert!(known > 50 && partly.count() > 50, "{known} of them have a price");
    insert(&fresh, &acme, &priced).await;

    let would = applied.reprice_preview(&all()).await.unwrap();
    let did = applied.reprice(&all()).await.unwrap();
    assert_eq!((did.gained, did.lost), (known as u64, 0));
    assert_eq!(would, Repriced { sums: would.sums.clone(), ..did });
    let (ours, theirs) =
        (costs_of(&applied, "repriced").await, costs_of(&fresh, "priced_at_once").await);
    assert_eq!(ours.len(), 600);
    for (one, other) in ours.iter().zip(&theirs) {
        assert_eq!(one, other);
    }
    let sums = "SELECT arraySort(groupArray((c, toString(s)))) FROM (SELECT cost_currency AS c, sum(cost) AS s \
                FROM repriced.tickets WHERE c != '' GROUP BY c)";
    let told: Vec<_> =
        would.sums.iter().map(|s| format!("('{}','{}')", s.currency, s.after)).collect();
    assert_eq!(value(&applied, sums).await, format!("[{}]", told.join(",")));
    assert!(would.sums.iter().all(|sum| sum.before == "0"));
    // Again: there is nothing to do.
    assert_eq!(applied.reprice(&all()).await.unwrap().tickets, 0);
}

fn gpt(number: u128, model: &str, at: Timestamp) -> Record<'static> {
    let usage = ModelCall {
        provider: "openai".into(),
        request_model: model.to_owned().into(),
        input: Some(500),
        output: Some(50),
        ..ModelCall::default()
    };
    Record { steps: vec![step(usage, "a call")], ..bare(&format!("T-{number}"), number, at) }
}

/// gpt at that price a million tokens.
fn at_price(price: &str) -> Vec<PriceEntry> {
    let json = r#"{"provider":"openai","model":"gpt*","currency":"USD","input":"P","output":"P"}"#;
    vec![serde_json::from_str(&json.replace('P', price)).unwrap()]
}

#[tokio::test]
async fn only_what_was_asked_for_is_priced_anew() {
    let store = store("repriced_part").await;
    assert_eq!(store.reprice(&all()).await.unwrap_err(), RepriceError::NoPrices);
    let (acme, globex) = (tenant(&store, "acme").await, tenant(&store, "globex").await);
    let months_ago = |months: u64| {
        let days = months * 31 * 86_400_000_000_000;
        Timestamp::from_unix_nanos(lately().as_unix_nanos() - days)
    };
    let book = PriceBook::new(at_price("2")).unwrap();
    let prices = PricesOf { book: &book, as_of: Timestamp::from_unix_nanos(1_000) };
    let priced = |record: Record<'static>| {
        let costs = Costs::of(&record, Some(prices));
        (record, costs)
    };
    let euros = CurrencyCode::of("EUR").unwrap();
    let sent = Record { cost: Some(7), cost_currency: euros, ..gpt(3, "gpt-4o", lately()) };
    let of_acme = [gpt(1, "gpt-4o", lately()), gpt(2, "gpt-4o", months_ago(2)), sent];
    insert(&store, &acme, &of_acme.map(priced)).await;
    insert(&store, &globex, &[priced(gpt(4, "gpt-4o", lately()))]).await;
    store.put_prices(&at_price("4"), Replace::All).await.unwrap();

    let cost = "SELECT arraySort(groupArray((ticket_id, toString(cost), cost_currency))) \
                FROM repriced_part.tickets";
    let one_month = Reprice {
        visibility: Visibility::Tenant(acme.name.clone()),
        since: months_ago(1),
        month: None,
    };
    let would = store.reprice_preview(&one_month).await.unwrap();
    assert_eq!((would.tickets, would.gained, would.lost), (1, 0, 0));
    let sums: Vec<_> = would.sums.iter().map(|s| (&*s.before, &*s.after)).collect();
    assert_eq!(sums, [("0.0011", "0.0022")]);
    store.reprice(&one_month).await.unwrap();
    assert_eq!(
        value(&store, cost).await,
        "[('T-1','0.0022','USD'),('T-2','0.0011','USD'),('T-3','0.000000007','EUR'),\
         ('T-4','0.0011','USD')]"
    );
    let whole = store.reprice(&all()).await.unwrap();
    assert_eq!((whole.tickets, whole.by_month.len()), (2, 2));

    // What the list has no price for any more costs nothing that is known.
    store.put_prices(&[], Replace::All).await.unwrap();
    let would = store.reprice_preview(&all()).await.unwrap();
    assert_eq!((would.tickets, would.lost), (3, 3));
    store.reprice(&all()).await.unwrap();
    let known = "SELECT (count(), sum(priced_tokens), countIf(cost_source = 'priced'), \
                 countIf(isNotNull(prices_as_of))) FROM repriced_part.tickets WHERE isNull(cost)";
    assert_eq!(value(&store, known).await, "(3,0,0,0)");
}

#[tokio::test]
async fn what_is_erased_stays_erased() {
    let store = store("repriced_erased").await;
    let acme = tenant(&store, "acme").await;
    let records = [gpt(1, "gpt-4o", lately()), gpt(2, "gpt-4o", lately())];
    insert(&store, &acme, &records.map(|record| (record, Costs::default()))).await;
    store.put_prices(&at_price("4"), Replace::All).await.unwrap();
    store.erase_ticket(&Visibility::Tenant(acme.name.clone()), "T-1", None).await.unwrap();
    assert_eq!(store.reprice(&all()).await.unwrap().tickets, 1);
    let left = "SELECT groupArray((ticket_id, toString(cost))) FROM repriced_erased.tickets";
    assert_eq!(value(&store, left).await, "[('T-2','0.0022')]");
}

#[tokio::test]
async fn kinds_of_calls_are_bounded() {
    let store = store("repriced_kinds").await;
    let acme = tenant(&store, "acme").await;
    store.put_prices(&at_price("4"), Replace::All).await.unwrap();
    // The most, in executions of a hundred calls.
    let of = |number: usize| {
        let calls = (0..100).map(|call| {
            step(
                ModelCall {
                    provider: "openai".into(),
                    response_model: format!("gpt-{}", number * 100 + call).into(),
                    output: Some(1_000_000),
                    ..ModelCall::default()
                },
                "",
            )
        });
        let ticket = number.to_string();
        (
            Record { steps: calls.collect(), ..bare(&ticket, number as u128, lately()) },
            Costs::default(),
        )
    };
    insert(&store, &acme, &(0..40).map(of).collect::<Vec<_>>()).await;
    assert_eq!(store.reprice(&all()).await.unwrap().gained, 40);
    let sum = "SELECT toString(sum(cost)) FROM repriced_kinds.tickets";
    assert_eq!(value(&store, sum).await, "16000");
    // Those that are priced by it already are not looked at again.
    store.put_prices(&at_price("5"), Replace::All).await.unwrap();
    insert(&store, &acme, &[of(40)]).await;
    let refused = store.reprice(&all()).await.unwrap_err();
    assert!(matches!(refused, RepriceError::TooMany(_)), "{refused}");
}
