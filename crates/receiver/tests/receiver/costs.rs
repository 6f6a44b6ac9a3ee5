//! What a ticket cost, from its steps over the wire to its row: by the list of then, and never changed.

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, any_value::Value},
    logs::v1::LogRecord,
};
use serde_json::json;
use ticketlens_prices::PriceEntry;
use ticketlens_store::Replace;

use crate::{
    records::{attribute, request, text, ticket},
    rig,
};

fn entry(model: &str, input: &str) -> PriceEntry {
    let entry = json!({
        "provider": "openai", "model": model, "currency": "USD", "input": input, "output": "10",
        "cache_read": "1",
    });
    serde_json::from_value(entry).unwrap()
}

/// Two calls of models and an agent that repeats their sum.
fn called(id: &str, model: &str) -> LogRecord {
    let trace = json!({"steps": [
        {"kind": "node", "attributes": {"gen_ai.usage.input_tokens": 1500, "gen_ai.request.model": "x"}},
        {"kind": "llm", "name": model, "attributes": {
            "gen_ai.system": "openai", "gen_ai.usage.prompt_tokens": 500,
            "gen_ai.usage.completion_tokens": 50}},
        {"kind": "llm", "name": "answer", "attributes": {
            "gen_ai.provider.name": "openai", "gen_ai.request.model": model,
            "gen_ai.response.model": format!("{model}-2024-08-06"),
            "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100,
            "gen_ai.usage.cache_read.input_tokens": 400}},
    ]});
    let body = Some(AnyValue { value: Some(Value::StringValue(trace.to_string())) });
    LogRecord { body, ..ticket(id) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_priced_when_it_is_written_and_a_later_price_alters_none() {
    let first = rig::start("costs_flow").await;
    first.export(request(vec![called("before", "gpt-4o")])).await.unwrap();
    first.store.put_prices(&[entry("gpt-4o*", "2")], Replace::ByKey).await.unwrap();
    // It reads the list when it starts.
    let rig = rig::beside(&first).await;
    let mut sent = called("sent", "gpt-4o");
    sent.attributes.push(attribute("ticket.cost", text("0.5")));
    sent.attributes.push(attribute("ticket.cost.currency", text("EUR")));
    let odd = {
        let mut odd = called("odd", "gpt-4o");
        odd.attributes.push(attribute("ticket.cost", Value::DoubleValue(-1.0)));
        odd
    };
    let records = vec![called("priced", "gpt-4o"), called("unknown", "nobody-knows"), sent, odd];
    let told = rig.export(request(records)).await.unwrap().partial_success.unwrap();
    assert_eq!(told.rejected_log_records, 0);
    assert!(told.error_message.contains("1 costs dropped"), "{}", told.error_message);
    let costs = "SELECT groupArray(format('{} {} {} {} {}', ticket_id, ifNull(toString(cost), '-'), \
                 cost_currency, cost_source, priced_tokens)) \
                 FROM (SELECT * FROM costs_flow.tickets ORDER BY ticket_id)";
    // 500 × 2e-6 + 50 × 10e-6 = 0.0015; 600 × 2e-6 + 400 × 1e-6 + 100 × 10e-6 = 0.0026
    let expected = "['before -   0','odd 0.0041 USD priced 1650','priced 0.0041 USD priced 1650',\
                    'sent 0.5 EUR sent 1650','unknown -   0']";
    assert_eq!(rig.sql(costs).await, expected);
    first.store.put_prices(&[entry("gpt-4o*", "20")], Replace::ByKey).await.unwrap();
    assert_eq!(rig.sql(costs).await, expected, "a price change alters no row");
    let sums = "SELECT (input_tokens, output_tokens, cache_read_tokens, model, provider, response_model) \
                FROM costs_flow.tickets WHERE ticket_id = 'priced'";
    assert_eq!(rig.sql(sums).await, "(1500,150,400,'gpt-4o','openai','')");
    let calls = "SELECT groupArray((request_model, response_model, ifNull(toString(cost), '-'))) FROM \
                 (SELECT * FROM costs_flow.ticket_model_calls WHERE ticket_id = 'priced' ORDER BY position)";
    let told = "[('gpt-4o','','0.0015'),('gpt-4o','gpt-4o-2024-08-06','0.0026')]";
    assert_eq!(rig.sql(calls).await, told);
}
