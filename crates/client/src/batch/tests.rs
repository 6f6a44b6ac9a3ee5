use std::{sync::Arc, time::Duration};

use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest, common::v1::any_value::Value as Wire,
    logs::v1::LogRecord,
};
use proptest::prelude::*;
use ticketlens_redact::{Gate, GateConfig};
use ticketlens_ticket::{Resource, Status, Ticket, encode};

use super::*;
use crate::handoff::Handoff;

/// A batch of tickets `0..`, each from the workflow the list names.
fn batch(workflows: &[u8]) -> Batch {
    let gate = Gate::new(GateConfig::default()).unwrap();
    let mut request = encode::Request::new();
    for (n, workflow) in workflows.iter().enumerate() {
        let mut ticket = Ticket::new(format!("t{n}"), Status::Success, Duration::from_secs(1));
        ticket.trace.output = Some("an answer of some length".repeat(10).into());
        let mut record = Vec::new();
        encode::log_record(&ticket.redact(&gate), usize::MAX, &mut record);
        let resource = Resource { workflow: format!("w{workflow}"), ..Resource::default() };
        request.push(&resource.redact(&gate), &record);
    }
    let records = request.records() as u64;
    let handoff = Arc::new(Handoff::open(1 << 20, Capture::FullTrace));
    let ticket = Ticket::new("t", Status::Success, Duration::ZERO);
    handoff.put(ticket.into(), &Arc::default());
    let mut held = handoff.take().unwrap().held;
    held.exchange(1001);
    Batch { body: request.finish().into(), records, held }
}

/// Workflow and ticket id of each record, as any OTLP receiver reads them.
fn read(body: &Bytes) -> Vec<(String, String)> {
    let request = ExportLogsServiceRequest::decode(body.clone()).unwrap();
    let mut read = Vec::new();
    for group in request.resource_logs {
        let workflow = format!("{:?}", group.resource.unwrap().attributes[0].value);
        for record in group.scope_logs.into_iter().flat_map(|scope| scope.log_records) {
            read.push((workflow.clone(), text(&record, names::TICKET_ID)));
        }
    }
    read
}

fn text(record: &LogRecord, key: &str) -> String {
    let pair = record.attributes.iter().find(|pair| pair.key == key).unwrap();
    match pair.value.as_ref().unwrap().value.as_ref().unwrap() {
        Wire::StringValue(text) => text.clone(),
        other => panic!("{key} is {other:?}"),
    }
}

proptest! {
    #[test]
    fn halves_hold_the_same_records_in_the_same_order(
        workflows in prop::collection::vec(0_u8..3, 2..20),
    ) {
        let whole = batch(&workflows);
        let before = read(&whole.body);
        let Smaller::Halves(first, second) = whole.shrink() else { panic!("no halves") };
        prop_assert_eq!(first.records + second.records, workflows.len() as u64);
        prop_assert!(first.records > 0 && second.records > 0);
        prop_assert_eq!(first.held.bytes() + second.held.bytes(), 1001);
        let after = [read(&first.body), read(&second.body)].concat();
        prop_assert_eq!(read(&first.body).len() as u64, first.records);
        prop_assert_eq!(before, after);
    }
}

#[test]
fn a_single_record_loses_its_body_and_nothing_else() {
    let whole = batch(&[0]);
    let request = ExportLogsServiceRequest::decode(whole.body.clone()).unwrap();
    let mut expected = request.resource_logs[0].scope_logs[0].log_records[0].clone();
    assert!(expected.body.take().is_some());
    for pair in &mut expected.attributes {
        if pair.key == names::CAPTURE {
            let value = pair.value.as_mut().unwrap();
            value.value = Some(Wire::StringValue("METRICS_ONLY".into()));
        }
    }
    let Smaller::Lighter(lighter) = whole.shrink() else { panic!("not lighter") };
    let request = ExportLogsServiceRequest::decode(lighter.body.clone()).unwrap();
    assert_eq!(request.resource_logs[0].scope_logs[0].log_records, [expected]);
    assert!(matches!(lighter.shrink(), Smaller::Smallest(_)));
}
