//! Subject lines on their way, and counts of detectors that had another name.
#![expect(clippy::unwrap_used)]

use std::time::Duration;

use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value::Value as Any},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
};
use prost::Message;
use serde_json::json;
use ticketlens_redact::{Gate, GateConfig};
use ticketlens_ticket::{
    Resource, Status, Subject, Ticket, Trace,
    decode::{Item, Policy, read_request},
    encode::{Request, log_record},
};

const LINE: &str = "Refund of order 88";

fn gate(subject: Subject) -> Gate {
    Gate::new(GateConfig { subject, ..GateConfig::default() }).unwrap()
}

/// A ticket with a subject wherever a workflow puts one, as its gate lets it go.
fn sent(gate: &Gate) -> Vec<u8> {
    let mut ticket = Ticket::new("T-1", Status::Success, Duration::ZERO);
    ticket.attributes.push(("subject".into(), LINE.into()));
    ticket.attributes.push(("mail".into(), json!({"subject": LINE})));
    ticket.trace = Trace::from(json!({
        "ticket": {"subject": LINE}, "subject": LINE,
        "steps": [
            {"id": "s", "kind": "tool", "name": "mail", "subject": LINE, "action_input": {"subject": LINE},
             "input": json!({"subject": LINE}).to_string(), "attributes": {"subject": LINE}},
        ],
    }));
    let mut record = Vec::new();
    log_record(&ticket.redact(gate), usize::MAX, &mut record);
    let mut request = Request::new();
    let resource = Resource { workflow: "w".into(), ..Resource::default() };
    request.push(&resource.redact(gate), &record);
    request.finish()
}

#[test]
fn a_subject_is_readable_only_where_both_sides_say_so() {
    for client in [Subject::Hash, Subject::InPlace] {
        for tenant in [Subject::Hash, Subject::InPlace] {
            let mut stored = String::new();
            let gate_of_tenant = gate(tenant);
            let bytes = sent(&gate(client));
            read_request(&bytes, &gate_of_tenant, &Policy::default(), &mut |item| {
                let Item::Ticket(record) = item else { return };
                stored = format!("{} {:?}", record.trace_json, record.attributes);
            })
            .unwrap();
            // `mail` is a personal key itself, whatever stands below it.
            let readable = if client.min(tenant) == Subject::InPlace { 7 } else { 0 };
            assert_eq!(stored.matches(LINE).count(), readable, "{client} {tenant}: {stored}");
            assert_eq!(
                stored.matches("hmac:").count(),
                8 - readable,
                "{client} {tenant}: {stored}"
            );
        }
    }
}

#[test]
fn counts_under_former_names_are_counted_under_the_names_of_now() {
    let pair = |key: &str, value| KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    };
    let counts = [
        ("ticket.redactions", 10),
        ("ticket.redactions.pii", 2),
        ("ticket.redactions.known-value", 3),
        ("ticket.redactions.email", 1),
        ("ticket.redactions.personal", 4),
    ];
    let text = |text: &str| Any::StringValue(text.into());
    let own = [
        ("ticket.id", text("T-1")),
        ("ticket.status", text("SUCCESS")),
        ("ticket.duration", Any::DoubleValue(1.0)),
        // The receiver adds its own.
        ("user", text("c-42")),
    ];
    let counts = counts.map(|(key, count)| (key, Any::IntValue(count)));
    for (separator, turned) in [(".", false), (".", true), ("_", false), ("_", true)] {
        let all = own.iter().chain(&counts);
        let mut attributes: Vec<_> =
            all.map(|(key, value)| pair(&key.replace('.', separator), value.clone())).collect();
        if turned {
            attributes.reverse();
        }
        let record = LogRecord {
            time_unix_nano: 1_700_000_000_000_000_000,
            event_name: "ticket.completed".into(),
            attributes,
            ..LogRecord::default()
        };
        let scope = ScopeLogs { log_records: vec![record], ..ScopeLogs::default() };
        let group = ResourceLogs { scope_logs: vec![scope], ..ResourceLogs::default() };
        let bytes = ExportLogsServiceRequest { resource_logs: vec![group] }.encode_to_vec();
        let mut found = Vec::new();
        read_request(&bytes, &gate(Subject::Hash), &Policy::default(), &mut |item| {
            let Item::Ticket(record) = item else { return };
            found = record.redactions_by.iter().map(|(n, c)| (n.to_string(), *c)).collect();
        })
        .unwrap();
        found.sort();
        let by = [("email", 1), ("known-value", 5), ("personal-key", 5)];
        assert_eq!(found, by.map(|(name, count)| (name.to_owned(), count)));
    }
}
