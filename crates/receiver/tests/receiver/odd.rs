//! Odd but legal, on the wire and in the answer: what is stored, and what its sender is told.

use http::StatusCode;
use serde_json::{Value, json};
use ticketlens_store::{TicketDetail, Visibility};

use crate::{
    records::{request, ticket},
    rig::{self, Rig},
    web::JSON,
};

/// A record in OTLP/JSON, written by hand: what is in it need not be JSON.
fn record(id: &str, more: &str) -> String {
    format!(
        r#"{{"eventName": "ticket.completed", "timeUnixNano": "1795000000000000000", "attributes": [
            {{"key": "ticket.id", "value": {{"stringValue": "{id}"}}}},
            {{"key": "ticket.status", "value": {{"stringValue": "SUCCESS"}}}},
            {{"key": "ticket.duration", "value": {{"doubleValue": 1.5}}}}{more}]}}"#
    )
}

fn with_body(id: &str, body: &str) -> String {
    let record = record(id, "");
    format!(r#"{}, "body": {body}}}"#, record.strip_suffix('}').unwrap())
}

fn of(records: &[String]) -> String {
    let records = records.join(",");
    format!(r#"{{"resourceLogs": [{{"scopeLogs": [{{"logRecords": [{records}]}}]}}]}}"#)
}

/// What is answered with success: how many were rejected, and why.
async fn sent(rig: &Rig, json: impl Into<Vec<u8>>) -> (u64, String) {
    let answer = rig.post(&[JSON], json.into()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let partial = &answer.json()["partialSuccess"];
    let rejected = partial["rejectedLogRecords"].as_str().unwrap_or("0").parse().unwrap();
    (rejected, partial["errorMessage"].as_str().unwrap_or_default().to_owned())
}

async fn stored(rig: &Rig, id: &str) -> TicketDetail {
    let found = rig.store.get_ticket(&Visibility::All, id, None).await.unwrap();
    found.unwrap_or_else(|| panic!("{id} is stored"))
}

fn trace(ticket: &TicketDetail) -> Value {
    serde_json::from_str(&ticket.trace_json).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_odd_record_costs_its_good_neighbours_nothing() {
    let rig = rig::start("odd_neighbours").await;
    for (number, (value, reason)) in [
        (r#"{"doubleValue": 1e999}"#, "doubleValue: a number out of a double's range"),
        (r#"{"intValue": "1e999"}"#, "intValue: a number out of range"),
        (r#"{"intValue": 1.5}"#, "intValue: not a whole number"),
        (r#"{"boolValue": "yes"}"#, "boolValue: not true or false"),
        (r#"{"bytesValue": "!"}"#, "bytesValue: not base64"),
        (r#""bare""#, "value: not an object"),
    ]
    .into_iter()
    .enumerate()
    {
        let bad = record("bad", &format!(r#", {{"key": "x", "value": {value}}}"#));
        let [a, b] = ["a", "b"].map(|name| record(&format!("{name}-{number}"), ""));
        let (rejected, why) = sent(&rig, of(&[a, bad, b])).await;
        let place = ", in resourceLogs[0].scopeLogs[0].logRecords[1] at byte ";
        assert_eq!(rejected, 1, "{value}");
        assert!(why.starts_with(&format!("rejected: 1 malformed ({reason}{place}")), "{why}");
        assert!(!why.contains("protobuf"), "{why}");
        assert_eq!(rig.count().await, 2 * (number as u64 + 1), "{value}");
    }
    // A cut emoji is mended, and nothing is rejected.
    let cut = record("cut", r#", {"key": "note", "value": {"stringValue": "cut \ud83d"}}"#);
    let (rejected, why) = sent(&rig, of(&[cut, record("beside", "")])).await;
    assert_eq!(rejected, 0);
    assert!(why.contains("1 texts with half a character"), "{why}");
    let note = ("note".to_owned(), "cut \u{fffd}".to_owned());
    assert!(stored(&rig, "cut").await.attributes.contains(&note));
    stored(&rig, "beside").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_protobufs_json_mapping_are_read_as_they_are() {
    let rig = rig::start("odd_numbers").await;
    let more = r#", {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "1e3"}},
        {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "3.0"}},
        {"key": "ticket.sequence", "value": {"intValue": 2e2}},
        {"key": "ticket.metrics.score", "value": {"intValue": 5.0}},
        {"key": "ticket.metrics.nothing", "value": {"doubleValue": "NaN"}}"#;
    let body = r#"{"arrayValue": {"values": [null, {"intValue": "7e0"}, {}]}}"#;
    let record = record("n", more);
    let record = format!(r#"{}, "body": {body}}}"#, record.strip_suffix('}').unwrap());
    let (rejected, why) = sent(&rig, of(&[record])).await;
    assert_eq!(rejected, 0, "{why}");
    // Legal, and still no metric.
    assert!(why.starts_with("stored, but: 1 metrics dropped"), "{why}");
    let ticket = stored(&rig, "n").await;
    assert_eq!(ticket.summary.input_tokens, Some(1000));
    assert_eq!(ticket.summary.output_tokens, Some(3));
    assert_eq!(ticket.summary.metrics, [("score".to_owned(), 5.0)]);
    assert_eq!(trace(&ticket), json!({ "message": [null, 7, null] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_stores_nothing_says_so() {
    let rig = rig::start("odd_nothing").await;
    let record = record("x", "");
    for (json, hint) in [
        (
            of(std::slice::from_ref(&record)).replace("resourceLogs", "resource_logs"),
            "in JSON it is resourceLogs",
        ),
        (
            of(std::slice::from_ref(&record)).replace("logRecords", "log_records"),
            "in JSON it is logRecords",
        ),
        (record.clone(), "a record stands in resourceLogs[].scopeLogs[].logRecords[]"),
        (
            r#"{"resourceSpans": [{"scopeSpans": [{"spans": [{}]}]}]}"#.to_owned(),
            "only logs are taken here",
        ),
        (r#"{"resourceMetrics": []}"#.to_owned(), "only logs are taken here"),
    ] {
        let (rejected, why) = sent(&rig, json).await;
        assert_eq!(rejected, 0, "{why}");
        assert!(why.contains(hint), "{why}");
        assert!(why.contains("there is no record in the request"), "{why}");
    }
    for json in ["{}", r#"{"resourceLogs": []}"#, r#"{"resourceLogs": [{"scopeLogs": []}]}"#] {
        let answer = rig.post(&[JSON], json).await;
        assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "{}"), "{json}");
    }
    // Nearly right within a record: rejected for what is missing, and told how it is spelled.
    let snake = record.replace("stringValue", "string_value");
    let (rejected, why) = sent(&rig, of(&[snake])).await;
    assert_eq!(rejected, 1);
    assert!(why.contains("missing_status") && why.contains("in JSON it is stringValue"), "{why}");
    assert_eq!(rig.count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_syntax_error_is_told_by_its_place_and_quotes_nothing() {
    let rig = rig::start("odd_syntax").await;
    let good = of(&[record("x", "")]);
    for (json, place) in [
        (good.replace("1.5", "s3cr3t"), "expected a value at line 4, byte "),
        (good.replacen(',', "", 1), "expected a comma or } at line 1, byte "),
        (format!("{good}s3cr3t"), "expected nothing more at line 4, byte "),
        ("[s3cr3t]".to_owned(), "expected an object with resourceLogs at line 1, byte 1"),
        (good[..good.len() - 1].to_owned(), "expected a comma or } at line 4, byte "),
    ] {
        let answer = rig.post(&[JSON], json).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(place), "{message}");
        assert!(!answer.text().contains("s3cr3t"), "{message}");
    }
    assert_eq!(rig.count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_nearly_json_keeps_its_timeline_and_says_what_became_of_it() {
    let rig = rig::start("odd_texts").await;
    let step = |output: &str| {
        format!(
            r#"{{"steps": [{{"id": "s1", "kind": "tool", "name": "find", "output": {output}}}]}}"#
        )
    };
    let deep = format!("{}7{}", "[".repeat(500), "]".repeat(500));
    for (number, (text, output, said)) in [
        (step("NaN"), json!(null), "1 numbers that JSON does not have"),
        (
            step("[Infinity, -Infinity, 1e999]"),
            json!([null, null, null]),
            "3 numbers that JSON does not have",
        ),
        (step(r#""cut \ud83d""#), json!("cut \u{fffd}"), "1 texts with half a character"),
        (step(&deep), json!(null), "1 lists and maps nested deeper"),
        (step("1, \"output\": 2"), json!(2), "1 keys given twice"),
        (step("7"), json!(7), ""),
    ]
    .into_iter()
    .enumerate()
    {
        let id = number.to_string();
        let body = json!({ "stringValue": text });
        let (rejected, why) = sent(&rig, of(&[with_body(&id, &body.to_string())])).await;
        assert_eq!(rejected, 0, "{why}");
        assert_eq!(why.is_empty(), said.is_empty(), "{why}");
        assert!(why.contains(said), "{why}");
        let ticket = stored(&rig, &id).await;
        assert_eq!((ticket.steps.len(), ticket.steps[0].name.as_str()), (1, "find"));
        if said.contains("nested") {
            assert!(ticket.trace_json.contains("[too deep]"));
        } else {
            assert_eq!(trace(&ticket)["steps"][0]["output"], output);
        }
    }
    let body = json!({ "stringValue": "{'steps': [{'id': 's1'}]}" }).to_string();
    let (_, why) = sent(&rig, of(&[with_body("repr", &body)])).await;
    let said = "1 traces are no JSON and kept as text under message (the first: expected a key in \
                quotes or } at byte 1)";
    assert!(why.contains(said), "{why}");
    assert!(trace(&stored(&rig, "repr").await)["message"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_in_other_units_is_stored_and_told() {
    let rig = rig::start("odd_times").await;
    let mut records = vec![ticket("seconds"), ticket("millis"), ticket("micros"), ticket("nanos")];
    for (record, divisor) in records.iter_mut().zip([1_000_000_000, 1_000_000, 1_000, 1]) {
        record.time_unix_nano /= divisor;
    }
    let partial = rig.export(request(records)).await.unwrap().partial_success.unwrap();
    assert_eq!(partial.rejected_log_records, 0);
    let said = "3 records have a time before the year 2000; is time_unix_nano (timeUnixNano) in \
                nanoseconds?";
    assert!(partial.error_message.contains(said), "{}", partial.error_message);
    assert_eq!(rig.count().await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_executions_of_one_moment_are_two_and_a_resend_is_one() {
    let rig = rig::start("odd_twins").await;
    let twins: Vec<_> =
        [r#"{"stringValue": "{\"output\": 1}"}"#, r#"{"stringValue": "{\"output\": 2}"}"#]
            .map(|body| with_body("twin", body))
            .into();
    for _ in 0..2 {
        assert_eq!(sent(&rig, of(&twins)).await, (0, String::new()));
    }
    // The first as a map, alone.
    let map = r#"{"kvlistValue": {"values": [{"key": "output", "value": {"intValue": "1"}}]}}"#;
    assert_eq!(sent(&rig, of(&[with_body("twin", map)])).await, (0, String::new()));
    assert_eq!(rig.count().await, 2);
}

/// However much is wrong, the answer stays short and what was lost comes first.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_much_that_is_odd_is_short() {
    let rig = rig::start("odd_much").await;
    let bad = (0..50).map(|n| match n % 5 {
        0 => r#"{"traceId": "x"}"#.to_owned(),
        1 => r#"{"timeUnixNano": "now"}"#.to_owned(),
        2 => record("x", r#", {"key": "a", "value": {"doubleValue": 1e999}}"#),
        3 => with_body("x", r#"{"string_value": "x"}"#).replace("ticket.completed", "other"),
        _ => with_body("x", r#"{"stringValue": "{NaN"}"#),
    });
    let (rejected, why) = sent(&rig, of(&bad.collect::<Vec<_>>())).await;
    assert_eq!(rejected, 40, "{why}");
    assert!(why.len() <= 1024 && why.starts_with("rejected: 30 malformed (traceId: "), "{why}");
}
