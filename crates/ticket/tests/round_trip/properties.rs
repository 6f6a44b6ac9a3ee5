//! What holds for any ticket, and for bytes that are none.

use super::*;

/// Text and keys in which the gate finds nothing.
fn word() -> impl Strategy<Value = String> {
    "q[a-z]{0,6}( q[\"\\\\\n\tüß€😀]{0,3})?"
}

fn key() -> impl Strategy<Value = String> {
    "q[xyz]{2,5}"
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1e6..1e6).prop_map(|x: f64| Value::from(x + 0.25)),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn present() -> impl Strategy<Value = Option<Value>> {
    prop::option::of(json_value().prop_filter("null is absence", |v| !v.is_null()))
}

fn entries() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map(key(), json_value(), 0..3).prop_map(|m| m.into_iter().collect())
}

/// An error with nothing in it is none, and does not come back.
fn says_something(error: &StepError) -> bool {
    Step::from(json!({ "error": error })).error.is_some()
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop::sample::select(vec![
        StepKind::Node,
        StepKind::React,
        StepKind::Llm,
        StepKind::Tool,
        StepKind::Retrieval,
        StepKind::Message,
        StepKind::Other,
    ]);
    let status = prop::sample::select(vec![StepStatus::Ok, StepStatus::Error, StepStatus::Skipped]);
    let error = prop::option::of((prop::option::of(word()), prop::option::of(word()), entries()));
    (
        (word(), prop::option::of(word()), kind, word(), prop::option::of(0u32..99)),
        (0u32..9_000_000, 0u32..9_000_000, status, prop::option::of(word())),
        (present(), present(), present(), error, entries(), entries()),
    )
        .prop_map(
            |((id, parent_id, kind, name, iteration), (start, took, status, action), rest)| {
                let (action_input, input, output, error, attributes, other) = rest;
                Step {
                    id,
                    parent_id,
                    kind,
                    name,
                    iteration,
                    start_ms: f64::from(start) / 4.0,
                    duration_ms: f64::from(took) / 4.0,
                    status,
                    action,
                    action_input,
                    input,
                    output,
                    error: error
                        .map(|(kind, message, other)| StepError {
                            kind,
                            message,
                            stack: None,
                            other,
                        })
                        .filter(says_something),
                    attributes,
                    other,
                }
            },
        )
}

prop_compose! {
    fn trace()(
        ticket in present(), planning in present(), errors in present(), output in present(),
        steps in prop::collection::vec(step(), 0..5), other in entries(),
    ) -> Trace {
        Trace { ticket, planning, steps, errors, output, other }
    }
}

prop_compose! {
    fn ticket()(
        id in "T-[0-9]{1,6}",
        status in prop::sample::select(vec!["SUCCESS", "FAILED", "ESCALATED", "CANCELLED", "OWN_1"]),
        time in 946_684_800_000_000_000..i64::MAX as u64,
        millis in 0u64..9_000_000,
        category in prop::option::of("[A-Z]{1,9}"),
        tokens in prop::option::of(0u64..1_000_000),
        sequence in prop::option::of(0u64..i64::MAX as u64),
        metrics in prop::collection::btree_map(key(), -1e9..1e9, 0..5),
        attributes in prop::collection::btree_map(key(), word(), 0..5),
        span in prop::option::of((1u128.., 1u64..)),
        trace in trace(),
    ) -> Ticket {
        let mut ticket = Ticket::new(id, status.parse().unwrap(), Duration::from_millis(millis));
        ticket.executed_at = Timestamp::from_unix_nanos(time);
        ticket.category = category;
        ticket.input_tokens = tokens;
        ticket.sequence = sequence;
        ticket.open = sequence.map(|n| n / 2);
        ticket.metrics = metrics.into_iter().map(|(k, v)| (k, Metric::Double(v))).collect();
        ticket.attributes = attributes.into_iter().map(|(k, v)| (k, v.into())).collect();
        ticket.span = span.map(|(trace, span)| SpanLink {
            trace_id: trace.to_be_bytes(),
            span_id: span.to_be_bytes(),
        });
        ticket.trace = trace;
        ticket
    }
}

proptest! {
    #[test]
    fn a_ticket_reads_back_as_it_was(ticket in ticket()) {
        let bytes = request(ticket.clone());
        let summary = with_record(&bytes, |record| {
            assert_eq!(record.ticket_id, ticket.id);
            assert_eq!(record.execution_id, ticket.execution_id);
            assert_eq!(record.status, ticket.status.as_str());
            assert_eq!(record.executed_at, ticket.executed_at);
            assert_eq!(record.duration_seconds, ticket.duration.as_secs_f64());
            assert_eq!(record.category, ticket.category.as_deref().unwrap_or_default());
            assert_eq!(record.input_tokens, ticket.input_tokens);
            assert_eq!(record.sequence, ticket.sequence);
            assert_eq!(record.open, ticket.open);
            assert_eq!(record.trace_id, ticket.span.map(|span| span.trace_id));
            assert_eq!(record.span_id, ticket.span.map(|span| span.span_id));
            assert_eq!(record.workflow, "refund-agent");
            assert_eq!(record.environment, "production");
            let metrics: Vec<_> = record.metrics.iter().map(|(k, v)| (k.to_string(), Metric::Double(*v))).collect();
            assert_eq!(metrics, ticket.metrics);
            assert_eq!(record.attributes[0], ("host.arch".into(), "amd64".into()));
            assert_eq!(record.attributes.len(), ticket.attributes.len() + 1);
            assert_eq!(record.steps.len(), ticket.trace.steps.len());
            for (line, step) in record.steps.iter().zip(&ticket.trace.steps) {
                assert_eq!((&*line.id, line.kind, &*line.name), (&*step.id, step.kind, &*step.name));
                assert_eq!((line.start_ms, line.duration_ms), (step.start_ms, step.duration_ms));
                assert_eq!((line.status, line.iteration), (step.status, step.iteration));
            }
            if ticket.trace.is_empty() {
                assert_eq!((record.capture, &*record.trace_json), (Capture::MetricsOnly, ""));
            } else {
                let stored: Value = serde_json::from_str(&record.trace_json).unwrap();
                assert_eq!(stored, serde_json::to_value(&ticket.trace).unwrap());
                assert!(serde_json::from_value::<Trace>(stored).unwrap() == ticket.trace);
            }
        });
        prop_assert!(summary.warnings.is_empty());
    }

    #[test]
    fn opentelemetrys_own_types_read_what_we_write(ticket in ticket()) {
        let bytes = request(ticket.clone());
        let decoded = ExportLogsServiceRequest::decode(&bytes[..]).unwrap();
        let record = &decoded.resource_logs[0].scope_logs[0].log_records[0];
        prop_assert_eq!(&record.event_name, "ticket.completed");
        prop_assert_eq!(record.time_unix_nano, ticket.executed_at.as_unix_nanos());
        prop_assert_eq!(record.severity_number, ticket.status.severity() as i32);
        prop_assert_eq!(record.body.is_some(), !ticket.trace.is_empty());
        // Read by them and written by them, our reader finds the same.
        let (mut ours, mut theirs) = (None, None);
        with_record(&bytes, |record| ours = Some((record.trace_json.clone(), record.execution_id)));
        with_record(&decoded.encode_to_vec(), |record| {
            theirs = Some((record.trace_json.clone(), record.execution_id));
        });
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn a_body_as_text_is_stored_as_the_same_body(ticket in ticket()) {
        let bytes = request(ticket.clone());
        let mut decoded = ExportLogsServiceRequest::decode(&bytes[..]).unwrap();
        let record = &mut decoded.resource_logs[0].scope_logs[0].log_records[0];
        if record.body.is_some() {
            let text = serde_json::to_string(&ticket.trace).unwrap();
            record.body = Some(AnyValue { value: Some(any_value::Value::StringValue(text)) });
        }
        let mut map = None;
        with_record(&bytes, |record| map = Some((json_of(record), steps_of(record))));
        let mut text = None;
        with_record(&decoded.encode_to_vec(), |record| text = Some((json_of(record), steps_of(record))));
        prop_assert_eq!(map, text);
    }

    #[test]
    fn a_record_is_degraded_until_it_fits(ticket in ticket(), max in 2_000usize..60_000, big in 0usize..90_000) {
        let mut ticket = ticket;
        ticket.trace.output = Some(Value::from("q".repeat(big)));
        let redacted = ticket.redact(&gate());
        let mut out = vec![1, 2, 3];
        let fit = encode::log_record(&redacted, max, &mut out);
        prop_assert!(out.len() - 3 <= max || fit == Fit::MetricsOnly);
        prop_assert!(LogRecord::decode(&out[3..]).is_ok());
        let mut whole = Vec::new();
        encode::log_record(&redacted, usize::MAX, &mut whole);
        prop_assert_eq!(fit == Fit::Whole, whole.len() <= max);
    }

    #[test]
    fn damaged_requests_are_read_or_refused(ticket in ticket(), at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut bytes = request(ticket);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(cut.index(bytes.len()) + 1);
        let _ = read_request(&bytes, &gate(), &Policy::default(), &mut |item| {
            let Item::Ticket(record) = item else { return };
            assert!(record.trace_json.is_empty() || serde_json::from_str::<Value>(&record.trace_json).is_ok());
        });
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let _ = read_request(&bytes, &gate(), &Policy::default(), &mut |_| {});
    }
}

fn steps_of(
    record: &Record<'_>,
) -> Vec<(String, String, StepKind, String, f64, StepStatus, String)> {
    let line = |s: &ticketlens_ticket::StepLine<'_>| {
        let texts = [&s.id, &s.parent_id, &s.name, &s.error_type].map(ToString::to_string);
        let [id, parent, name, error] = texts;
        (id, parent, s.kind, name, s.start_ms + s.duration_ms, s.status, error)
    };
    record.steps.iter().map(line).collect()
}
