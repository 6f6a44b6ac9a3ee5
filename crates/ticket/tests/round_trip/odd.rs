//! Odd but legal: what senders write that is not quite JSON, not quite the contract, or twice. A body
//! as text, as a map, and with its parts given apart are stored alike.

use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValueList};

use super::*;
use crate::received::any_value_of;
use ticketlens_ticket::{decode::Warnings, limits};

/// What is stored of a record.
#[derive(Debug, PartialEq)]
struct Stored {
    trace: Value,
    json: String,
    /// Status and error type of each step.
    steps: Vec<(StepStatus, String)>,
    steps_beyond: u32,
    id: ExecutionId,
    capture: Capture,
}

fn good() -> LogRecord {
    let pair = |key: &str, value: any_value::Value| KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    };
    LogRecord {
        time_unix_nano: 1_700_000_000_000_000_000,
        event_name: "ticket.completed".into(),
        attributes: vec![
            pair("ticket.id", any_value::Value::StringValue("T-1".into())),
            pair("ticket.status", any_value::Value::StringValue("SUCCESS".into())),
            pair("ticket.duration", any_value::Value::DoubleValue(1.5)),
        ],
        ..LogRecord::default()
    }
}

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    prost::encoding::encode_varint(bytes.len() as u64, &mut out);
    out.extend_from_slice(bytes);
    out
}

/// The bytes of an `AnyValue` that is text.
fn text(text: &[u8]) -> Vec<u8> {
    field(1, text)
}

/// The bytes of an `AnyValue` that is that value, as JSON holds it.
fn map(value: &Value) -> Vec<u8> {
    any_value_of(value).encode_to_vec()
}

fn store_record(record: &[u8]) -> (Stored, Warnings) {
    let bytes = field(1, &field(2, &field(2, record)));
    let mut stored = None;
    let summary = with_record(&bytes, |record| {
        stored = Some(Stored {
            trace: json_of(record),
            json: record.trace_json.clone(),
            steps: record
                .steps
                .iter()
                .map(|step| (step.status, step.error_type.to_string()))
                .collect(),
            steps_beyond: record.steps_beyond,
            id: record.execution_id,
            capture: record.capture,
        });
    });
    (stored.unwrap(), summary.warnings)
}

/// What is stored of a body's bytes.
fn store(body: &[u8]) -> (Stored, Warnings) {
    let mut record = good().encode_to_vec();
    record.extend(field(5, body));
    store_record(&record)
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(|x: f64| Value::from(x + 0.25)),
        "[a-zß😀\\x00-\\x1f\"\\\\]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(step_key(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Keys of the contract, and others.
fn step_key() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "steps",
            "react",
            "tool_calls",
            "retrieval",
            "ticket",
            "output",
            "errors",
            "message",
            "id",
            "kind",
            "name",
            "status",
            "error",
            "type",
            "start_ms",
            "duration_ms",
            "iteration",
        ])
        .prop_map(str::to_owned),
        "[a-c]{1,2}",
    ]
}

proptest! {
    #[test]
    fn a_body_as_text_is_stored_as_the_map_it_says(
        body in prop::collection::btree_map(step_key(), any_json(), 0..6), pretty: bool,
    ) {
        let body = Value::Object(body.into_iter().collect());
        let as_text = if pretty { serde_json::to_string_pretty(&body) } else { serde_json::to_string(&body) };
        let (from_text, from_map) = (store(&text(as_text.unwrap().as_bytes())), store(&map(&body)));
        prop_assert_eq!(from_text, from_map);
    }
}

#[test]
fn a_text_that_is_nearly_json_keeps_its_timeline_and_says_what_became_of_it() {
    let step = r#"{"id": "s1", "kind": "tool", "name": "lookup""#;
    let numbers = |numbers_lost| Warnings { numbers_lost, ..Warnings::default() };
    let texts = |texts_mended| Warnings { texts_mended, ..Warnings::default() };
    for (body, output, warnings) in [
        (r#""output": NaN"#.to_owned(), json!(null), numbers(1)),
        (r#""output": [Infinity, -Infinity, 1]"#.into(), json!([null, null, 1]), numbers(2)),
        (
            r#""output": {"score": 1e999, "least": -1e999}"#.into(),
            json!({"score": null, "least": null}),
            numbers(2),
        ),
        (r#""output": "cut \ud83d""#.into(), json!("cut \u{fffd}"), texts(1)),
        (
            r#""output": {"\udc00": "\ud83d\ud83d"}"#.into(),
            json!({"\u{fffd}": "\u{fffd}\u{fffd}"}),
            texts(2),
        ),
        ("\"output\": \"two\nlines\"".into(), json!("two\nlines"), Warnings::default()),
        (
            r#""output": 123456789012345678901"#.into(),
            json!("123456789012345678901"),
            Warnings::default(),
        ),
        (r#""output": 1e3"#.into(), json!(1000), Warnings::default()),
    ] {
        let whole = format!("{{\"steps\": [{step}, \"duration_ms\": 5, {body}}}]}}");
        for prefix in ["", " \n", "\u{feff}"] {
            let (stored, said) = store(&text(format!("{prefix}{whole}").as_bytes()));
            assert_eq!(stored.trace["steps"][0]["output"], output, "{body}");
            assert_eq!(stored.trace["steps"][0]["name"], "lookup", "{body}");
            assert_eq!(stored.steps.len(), 1, "{body}");
            assert_eq!(said, warnings, "{body}");
            assert_eq!(said.is_empty(), said.to_string().is_empty());
        }
    }
    let latin = b"{\"steps\": [{\"id\": \"s1\", \"output\": \"caf\xe9\"}]}";
    // As text and as bytes, whatever protobuf says of texts.
    for body in [text(latin), field(7, latin)] {
        let (stored, said) = store(&body);
        assert_eq!(stored.trace["steps"][0]["output"], "caf\u{fffd}");
        assert_eq!((stored.steps.len(), said), (1, texts(1)));
    }
}

/// The same numbers and texts as a map: the same is stored, and the same is said.
#[test]
fn a_map_with_what_json_lacks_says_so_too() {
    let double = |x| AnyValue { value: Some(any_value::Value::DoubleValue(x)) };
    let pair =
        |key: &str, value| KeyValue { key: key.into(), value: Some(value), ..KeyValue::default() };
    let list = ArrayValue { values: vec![double(f64::NAN), double(f64::INFINITY), double(1.0)] };
    let list = AnyValue { value: Some(any_value::Value::ArrayValue(list)) };
    let pairs = KeyValueList { values: vec![pair("output", list)] };
    let body = AnyValue { value: Some(any_value::Value::KvlistValue(pairs)) }.encode_to_vec();
    let from_text = store(&text(br#"{"output": [NaN, Infinity, 1.0]}"#));
    assert_eq!(store(&body), from_text);
    assert_eq!(from_text.1.numbers_lost, 2);

    let output = [field(1, b"output"), field(2, &text(b"caf\xe9"))].concat();
    let body = field(6, &field(1, &output));
    assert_eq!(store(&body), store(&text(b"{\"output\": \"caf\xe9\"}")));
    assert_eq!(store(&body).1.texts_mended, 1);
}

#[test]
fn depth_is_cut_alike_however_a_body_comes() {
    let nested = |levels: usize| {
        let mut value = json!({ "bottom": 1 });
        (1..levels)
            .for_each(|n| value = if n % 2 == 0 { json!([value]) } else { json!({ "a": value }) });
        value
    };
    for key in ["output", "unknown", "react"] {
        for levels in [1, 20, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 100, 120] {
            for body in [
                json!({ key: nested(levels) }),
                json!({ "steps": [{ "id": "s", key: nested(levels) }] }),
            ] {
                // By hand: serde_json's own texts may be nested as deep as these.
                let written = body.to_string();
                let (from_text, from_map) = (store(&text(written.as_bytes())), store(&map(&body)));
                assert_eq!(from_text, from_map, "{key} {levels}");
                let marks = from_text.0.json.matches("[too deep]").count();
                assert_eq!(from_text.1.values_too_deep, marks as u64, "{key} {levels}");
                // The maps and lists around it are levels too.
                if !(60..=64).contains(&levels) {
                    assert_eq!(marks > 0, levels > 64, "{key} {levels}");
                }
            }
        }
    }
    let endless = format!(
        "{{\"steps\": [{{\"id\": \"s1\"}}], \"x\": {}{}}}",
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    let (stored, said) = store(&text(endless.as_bytes()));
    assert_eq!((stored.steps.len(), said.values_too_deep), (1, 1));
}

#[test]
fn a_text_that_is_no_json_is_kept_as_it_is_and_says_where_it_breaks() {
    for (body, at, expected) in [
        (r#"{"steps": [{"id": "s1"}"#, 23, "a comma or ]"),
        (r#"{"steps": [{"id": "s1"},]}"#, 24, "a value"),
        ("{'steps': [{'id': 's1', 'error': None}]}", 1, "a key in quotes or }"),
        (r#"{"steps": [None]}"#, 11, "a value"),
        (r#"{"steps": []} trailing"#, 14, "nothing more"),
        (r#"[{"id": "s1"}"#, 13, "a comma or ]"),
        (r#" {"a": "\x41"}"#, 8, "an escape of JSON's"),
    ] {
        let (stored, said) = store(&text(body.as_bytes()));
        assert_eq!(stored.trace, json!({ "message": body }), "{body}");
        assert_eq!(said.bodies_not_json, 1, "{body}");
        let broken = said.first_broken.unwrap();
        assert_eq!((broken.at, broken.expected), (at, expected), "{body}");
        let place = format!(
            "1 traces are no JSON and kept as text under message (the first: expected {expected} at byte {at})"
        );
        assert_eq!(said.to_string(), place);
    }
    for body in ["plain words", "", "7", "\"{}\"", "null", "[1, 2]", "12:30 {\"a\": 1}"] {
        let (stored, said) = store(&text(body.as_bytes()));
        assert_eq!(stored.trace, json!({ "message": body }), "{body}");
        assert!(said.is_empty(), "{body}: {said}");
    }
}

#[test]
fn of_two_keys_the_last_is_kept_however_a_body_comes() {
    let pair =
        |key: &str, value: &Value| [field(1, key.as_bytes()), field(2, &map(value))].concat();
    let many: Vec<_> = (0..200).map(|n| (format!("k{}", n % 150), json!(n))).collect();
    let cases: Vec<(Vec<(String, Value)>, u64)> = vec![
        (vec![("output".into(), json!(1)), ("output".into(), json!(2))], 1),
        (vec![("a".into(), json!(1)), ("b".into(), json!(2)), ("a".into(), json!({ "c": 3 }))], 1),
        (
            vec![
                ("steps".into(), json!([{ "id": "first" }])),
                ("steps".into(), json!([{ "id": "last" }, { "id": "more" }])),
            ],
            1,
        ),
        (vec![("steps".into(), json!("text")), ("steps".into(), json!([{ "id": "last" }]))], 1),
        (vec![("react".into(), json!([{}, {}])), ("react".into(), json!([{ "thought": "x" }]))], 1),
        (many, 50),
    ];
    for (pairs, doubles) in cases {
        let entries: Vec<_> =
            pairs.iter().flat_map(|(key, value)| field(1, &pair(key, value))).collect();
        let written: Vec<_> =
            pairs.iter().map(|(key, value)| format!("{}:{value}", json!(key))).collect();
        let (from_map, said) = store(&field(6, &entries));
        let last: Map<_, _> = pairs.iter().cloned().collect();
        let (expected, plain) = store(&map(&Value::Object(last)));
        assert_eq!(
            (&from_map.trace, &from_map.steps),
            (&expected.trace, &expected.steps),
            "{written:?}"
        );
        assert_eq!((said.keys_doubled, plain.keys_doubled), (doubles, 0), "{written:?}");
        let from_text = store(&text(format!("{{{}}}", written.join(",")).as_bytes()));
        assert_eq!(from_text, (from_map, said), "{written:?}");
    }
    // Within a step, an error, and whatever a sender nests.
    let body = r#"{"steps": [{"id": "a", "id": "s1", "status": "OK", "status": "ERROR",
        "error": {"type": "x", "type": "timeout"}, "input": {"q": 1, "q": 2}}]}"#;
    let (stored, said) = store(&text(body.as_bytes()));
    let step =
        json!({"id": "s1", "status": "ERROR", "error": {"type": "timeout"}, "input": {"q": 2}});
    assert_eq!(stored.trace, json!({ "steps": [step] }));
    assert_eq!(stored.steps, [(StepStatus::Error, "timeout".to_owned())]);
    assert_eq!(said.keys_doubled, 4);
}

#[test]
fn of_two_attributes_of_one_name_the_last_is_kept() {
    let mut record = good();
    let metric = |x| KeyValue {
        key: "ticket.metrics.score".into(),
        value: Some(AnyValue { value: Some(any_value::Value::DoubleValue(x)) }),
        ..KeyValue::default()
    };
    record.attributes.extend([metric(1.0), metric(2.0)]);
    let bytes = field(1, &field(2, &field(2, &record.encode_to_vec())));
    let summary = with_record(&bytes, |record| {
        assert_eq!(record.metrics, [("score".into(), 2.0)]);
    });
    assert_eq!(summary.warnings.keys_doubled, 1);
}

/// On all four ways: as a map, as text, given apart, and through our own types.
#[test]
fn no_error_is_no_error_and_an_error_is_one() {
    let cases = [
        (json!(null), false),
        (json!(""), false),
        (json!(" "), false),
        (json!("None"), false),
        (json!("null"), false),
        (json!(false), false),
        (json!(0), false),
        (json!([]), false),
        (json!({}), false),
        (json!([null]), false),
        (json!({ "type": null }), false),
        (json!({ "type": "", "message": null, "stack": [] }), false),
        (json!("boom"), true),
        (json!(true), true),
        (json!(17), true),
        (json!(["boom"]), true),
        (json!({ "type": "timeout" }), true),
        (json!({ "message": "boom" }), true),
        (json!({ "code": 500 }), true),
    ];
    for (error, is_error) in cases {
        let expected = if is_error { StepStatus::Error } else { StepStatus::Ok };
        let step = json!({ "id": "s1", "kind": "tool", "error": error });
        let canonical = json!({ "steps": [step] });
        let mut kinds = vec![
            store(&map(&canonical)),
            store(&text(canonical.to_string().as_bytes())),
            store(&map(&json!({ "tool_calls": [step] }))),
            store(&text(json!({ "react": [step] }).to_string().as_bytes())),
            store(&map(&json!({ "retrieval": step }))),
        ];
        assert_eq!(kinds[0], kinds[1], "{error}");
        for (stored, said) in kinds.drain(..) {
            assert_eq!(stored.steps[0].0, expected, "{error}");
            assert!(said.is_empty());
            let kept = &stored.trace["steps"][0]["error"];
            assert_eq!(kept.is_null(), !is_error, "{error}: {kept}");
        }
        let own = Step::from(step);
        assert_eq!((own.status, own.error.is_some()), (expected, is_error), "{error}");
    }
}

#[test]
fn a_steps_status_is_known_by_every_name_however_a_body_comes() {
    for (status, expected) in [
        (json!("STATUS_CODE_ERROR"), StepStatus::Error),
        (json!("error"), StepStatus::Error),
        (json!("failed"), StepStatus::Error),
        (json!(2), StepStatus::Error),
        (json!("2"), StepStatus::Error),
        (json!({ "code": 2 }), StepStatus::Error),
        (json!({ "status_code": "ERROR" }), StepStatus::Error),
        (json!(false), StepStatus::Error),
        (json!("STATUS_CODE_OK"), StepStatus::Ok),
        (json!("ok"), StepStatus::Ok),
        (json!(1), StepStatus::Ok),
        (json!({ "code": "STATUS_CODE_OK" }), StepStatus::Ok),
        (json!("skipped"), StepStatus::Skipped),
    ] {
        let step = json!({ "id": "s1", "status": status });
        let canonical = json!({ "steps": [step] });
        for (stored, _) in [
            store(&map(&canonical)),
            store(&text(canonical.to_string().as_bytes())),
            store(&map(&json!({ "tool_calls": [step] }))),
        ] {
            assert_eq!(stored.steps[0].0, expected, "{status}");
            assert_eq!(stored.trace["steps"][0]["status"], expected.as_str(), "{status}");
        }
        assert_eq!(Step::from(step).status, expected, "{status}");
    }
    // A status that says nothing leaves it to the error.
    for status in [json!("UNSET"), json!(0), json!({ "code": 0 }), json!(null), json!("delivered")]
    {
        for (error, expected) in [(json!("boom"), StepStatus::Error), (json!(""), StepStatus::Ok)] {
            let step = json!({ "steps": [{ "status": status, "error": error }] });
            assert_eq!(store(&map(&step)).0.steps[0].0, expected, "{status} {error}");
            assert_eq!(store(&text(step.to_string().as_bytes())).0.steps[0].0, expected);
        }
    }
    // What a status says beside its code is kept, and goes through the gate.
    let status = json!({ "code": 2, "message": "mail a@example.com" });
    for key in ["steps", "tool_calls"] {
        let (stored, _) = store(&map(&json!({ key: [{ "status": status }] })));
        assert_eq!(stored.trace["steps"][0]["status_message"], "mail [email]", "{key}");
    }
}

#[test]
fn steps_beyond_the_limit_are_counted_and_stay_in_the_trace() {
    for (steps, beyond) in [(limits::STEPS, 0), (limits::STEPS + 904, 904)] {
        let list: Vec<_> = (0..steps).map(|n| json!({ "id": n.to_string() })).collect();
        for (key, body) in
            [("steps", json!({ "steps": list })), ("react", json!({ "react": list }))]
        {
            for (stored, said) in [store(&map(&body)), store(&text(body.to_string().as_bytes()))] {
                assert_eq!(
                    (stored.steps.len(), stored.steps_beyond),
                    (limits::STEPS, beyond),
                    "{key}"
                );
                assert_eq!(said.steps_beyond, u64::from(beyond), "{key}");
                assert_eq!(stored.trace["steps"].as_array().unwrap().len(), steps, "{key}");
                assert_eq!(said.to_string().contains("904 steps are in the trace"), beyond > 0);
            }
        }
    }
}

#[test]
fn a_time_that_is_not_in_nanoseconds_is_told() {
    let seconds = 1_764_000_000_u64;
    for (time, is_early) in [
        (seconds, true),
        (seconds * 1_000, true),
        (seconds * 1_000_000, true),
        (seconds * 1_000_000_000, false),
        (946_684_799_999_999_999, true),
        (946_684_800_000_000_000, false),
    ] {
        let record = LogRecord { time_unix_nano: time, ..good() };
        let (_, said) = store_record(&record.encode_to_vec());
        assert_eq!(said.early, u64::from(is_early), "{time}");
        assert_eq!(said.to_string().contains("nanoseconds?"), is_early, "{time}");
    }
    // A record that is not stored has no time to be wrong.
    let mut record = LogRecord { time_unix_nano: 1, ..good() };
    record.attributes.pop();
    let bytes = field(1, &field(2, &field(2, &record.encode_to_vec())));
    let summary = read_request(&bytes, &gate(), &Policy::default(), &mut |_| {}).unwrap();
    assert_eq!((summary.accepted, summary.warnings.early), (0, 0));
}

#[test]
fn executions_without_an_id_are_one_where_they_say_the_same_and_two_where_they_differ() {
    let string = |value: &str| any_value::Value::StringValue(value.into());
    let pair = |key: &str, value| KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    };
    let base = || {
        let mut record = good();
        record.attributes.extend([
            pair("service.name", string("agent")),
            pair("ticket.metrics.score", any_value::Value::DoubleValue(0.5)),
            pair("gen_ai.usage.input_tokens", any_value::Value::IntValue(7)),
            pair("ticket.customer", string("c-42")),
            pair("channel", string("email")),
        ]);
        record
    };
    let body = json!({ "output": "done", "steps": [{ "id": "s1", "start_ms": 10, "input": { "a": 1.0, "b": [null, true] } }] });
    let id = |record: &LogRecord, body: &[u8]| {
        let mut bytes = record.encode_to_vec();
        bytes.extend(field(5, body));
        store_record(&bytes).0.id
    };
    let first = id(&base(), &map(&body));

    // What a pipeline does on the way.
    let mut renamed = base();
    renamed.attributes.iter_mut().for_each(|pair| pair.key = pair.key.replace('.', "_"));
    let mut as_texts = base();
    for pair in &mut as_texts.attributes {
        let value = match pair.value.clone().unwrap().value.unwrap() {
            any_value::Value::DoubleValue(x) => string(&x.to_string()),
            any_value::Value::IntValue(n) => string(&n.to_string()),
            other => other,
        };
        pair.value = Some(AnyValue { value: Some(value) });
    }
    let mut reordered = base();
    reordered.attributes.reverse();
    let mut added = base();
    added
        .attributes
        .extend([pair("k8s.pod.name", string("p-1")), pair("service.version", string("2"))]);
    added.observed_time_unix_nano = 7;
    let swapped = r#"{"steps":[{"input":{"b":[null,true],"a":1},"start_ms":10.0,"id":"s1"}],"output":"done"}"#;
    for (what, record, body) in [
        ("again", base(), map(&body)),
        ("renamed", renamed, map(&body)),
        ("texts", as_texts, map(&body)),
        ("reordered", reordered, map(&body)),
        ("added to", added, map(&body)),
        ("text", base(), text(body.to_string().as_bytes())),
        ("indented", base(), text(serde_json::to_string_pretty(&body).unwrap().as_bytes())),
        ("bytes", base(), field(7, body.to_string().as_bytes())),
        ("swapped", base(), text(swapped.as_bytes())),
    ] {
        assert_eq!(id(&record, &body), first, "{what}");
    }
    // Moved to the resource.
    let (moved, left): (Vec<_>, Vec<_>) =
        base().attributes.into_iter().partition(|pair| pair.key != "ticket.id");
    let mut record = LogRecord { attributes: left, ..good() }.encode_to_vec();
    record.extend(field(5, &map(&body)));
    let resource: Vec<u8> = moved.iter().flat_map(|pair| field(1, &pair.encode_to_vec())).collect();
    let group = [field(1, &resource), field(2, &field(2, &record))].concat();
    with_record(&field(1, &group), |record| assert_eq!(record.execution_id, first, "moved"));

    // What another execution has.
    let with = |key: &str, value| {
        let mut record = base();
        record.attributes.retain(|pair| pair.key != key);
        record.attributes.push(pair(key, value));
        record
    };
    let mut ids = vec![first];
    for (what, record, body) in [
        ("output", base(), map(&json!({ "output": "done!" }))),
        ("steps", base(), map(&json!({ "output": "done", "steps": [{ "id": "s2" }] }))),
        ("order of a list", base(), map(&json!({ "output": [1, 2] }))),
        ("order of another", base(), map(&json!({ "output": [2, 1] }))),
        ("no trace", base(), vec![]),
        ("words", base(), text(b"done")),
        ("metric", with("ticket.metrics.score", any_value::Value::DoubleValue(0.25)), map(&body)),
        (
            "another metric",
            with("ticket.metrics.other", any_value::Value::DoubleValue(0.5)),
            map(&body),
        ),
        ("tokens", with("gen_ai.usage.input_tokens", any_value::Value::IntValue(8)), map(&body)),
        ("customer", with("ticket.customer", string("c-43")), map(&body)),
        ("category", with("ticket.category", string("ORDER")), map(&body)),
        ("ticket", with("ticket.id", string("01")), map(&body)),
        ("a ticket alike", with("ticket.id", string("1")), map(&body)),
        ("status", with("ticket.status", string("FAILED")), map(&body)),
        ("duration", with("ticket.duration", any_value::Value::DoubleValue(1.25)), map(&body)),
        ("sequence", with("ticket.sequence", any_value::Value::IntValue(2)), map(&body)),
        ("span", LogRecord { span_id: vec![1; 8], ..base() }, map(&body)),
        ("trace", LogRecord { trace_id: vec![1; 16], ..base() }, map(&body)),
        ("time", LogRecord { time_unix_nano: 1_700_000_000_000_000_001, ..base() }, map(&body)),
    ] {
        let id = id(&record, &body);
        assert!(!ids.contains(&id), "{what}");
        ids.push(id);
    }
}

/// A receiver's own key, another after each start, has no part in it, nor has what it is told to keep.
#[test]
fn an_identity_is_the_same_from_every_receiver() {
    let mut record = good();
    record.attributes[0].value =
        Some(AnyValue { value: Some(any_value::Value::StringValue("jane@example.com".into())) });
    let mut bytes = record.encode_to_vec();
    bytes.extend(field(5, &map(&json!({ "email": "jane@example.com", "output": "x" }))));
    let bytes = field(1, &field(2, &field(2, &bytes)));
    let mut ids = Vec::new();
    for key in [
        None,
        Some("a key of thirty-two bytes or more"),
        Some("another key of as many bytes, or more"),
    ] {
        let hash_key = key.map(|key| HashKey::new(key.as_bytes().to_vec()));
        let gate = Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap();
        for capture in [Capture::FullTrace, Capture::Timeline, Capture::MetricsOnly] {
            let policy = Policy { capture, ..Policy::default() };
            read_request(&bytes, &gate, &policy, &mut |item| {
                let Item::Ticket(record) = item else { return };
                ids.push(record.execution_id);
            })
            .unwrap();
        }
    }
    assert_eq!(ids.len(), 9);
    assert!(ids.iter().all(|id| *id == ids[0]));
}

#[test]
fn what_a_step_cannot_mean_is_kept_beside_it() {
    let body = r#"{"steps":[{"name":"n","iteration":"A","start_ms":true,"duration_ms":{"a":"C"},
        "status":{"odd":"D"}}]}"#;
    let (stored, _) = store(&text(body.as_bytes()));
    let step = &stored.trace["steps"][0];
    assert_eq!(step["iteration_as_sent"], "A");
    assert_eq!(step["start_ms_as_sent"], true);
    assert_eq!(step["duration_ms_as_sent"], json!({ "a": "C" }));
    assert_eq!(step["status_as_sent"], json!({ "odd": "D" }));
}
