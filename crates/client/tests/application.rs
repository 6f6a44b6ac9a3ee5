//! Riding on the application's own OpenTelemetry: its log pipeline, its meter.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use opentelemetry::{
    logs::{AnyValue, Severity},
    metrics::MeterProvider as _,
};
use opentelemetry_sdk::{
    logs::{InMemoryLogExporter, SdkLoggerProvider},
    metrics::{
        InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
        data::{AggregatedMetrics, MetricData, SumDataPoint},
    },
};
use serde_json::{Value, json};
use ticketlens::{Lens, StepBuilder, TicketBuilder};

const LONG: Duration = Duration::from_secs(30);

#[test]
fn records_go_redacted_through_the_applications_pipeline() {
    let exporter = InMemoryLogExporter::default();
    let provider = SdkLoggerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let lens = Lens::builder().with_logger_provider(&provider).build().unwrap();
    let finished = TicketBuilder::new("12345")
        .metric("react_iterations", 3)
        .metric("confidence", 0.5)
        .step(StepBuilder::tool("lookup").output(json!({"b": null, "a": [1, 2.5, true]})))
        .error_type("tool_timeout")
        .build(ticketlens::Status::Failed);
    lens.emit(finished);
    assert!(lens.flush(LONG).complete);
    let report = lens.shutdown(LONG);
    assert_eq!((report.sent, report.left), (1, 0));

    let logs = exporter.get_emitted_logs().unwrap();
    let record = &logs[0].record;
    assert_eq!(record.event_name(), Some("ticket.completed"));
    assert_eq!(record.severity_number(), Some(Severity::Error));
    assert!(record.timestamp().is_some());
    let attribute = |key: &str| {
        let found = record.attributes_iter().find(|(name, _)| name.as_str() == key);
        found.map(|(_, value)| value.clone())
    };
    assert_eq!(attribute("ticket.id"), Some(AnyValue::String("12345".into())));
    assert_eq!(attribute("ticket.metrics.react_iterations"), Some(AnyValue::Int(3)));
    assert_eq!(attribute("ticket.metrics.confidence"), Some(AnyValue::Double(0.5)));
    assert_eq!(attribute("error.type"), Some(AnyValue::String("tool_timeout".into())));
    let Some(AnyValue::String(body)) = record.body() else { panic!("no body") };
    let body: Value = serde_json::from_str(body.as_str()).unwrap();
    // Null and order survive, which the SDK's own values would not let them.
    assert_eq!(body["steps"][0]["output"].to_string(), r#"{"b":null,"a":[1,2.5,true]}"#);
}

#[test]
fn feedback_goes_through_it_under_its_own_event_name() {
    let exporter = InMemoryLogExporter::default();
    let provider = SdkLoggerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let lens = Lens::builder().with_logger_provider(&provider).build().unwrap();
    lens.feedback("12345").csat(4).comment("ask bob@example.com").id("survey-7").send();
    assert_eq!(lens.shutdown(LONG).sent, 1);
    let logs = exporter.get_emitted_logs().unwrap();
    let record = &logs[0].record;
    assert_eq!(record.event_name(), Some("gen_ai.evaluation.result"));
    assert_eq!(record.severity_number(), Some(Severity::Info));
    assert!(record.timestamp().is_some());
    let attribute = |key: &str| {
        let found = record.attributes_iter().find(|(name, _)| name.as_str() == key);
        found.map(|(_, value)| value.clone())
    };
    let text = |text: &'static str| Some(AnyValue::String(text.into()));
    assert_eq!(attribute("ticket.id"), text("12345"));
    assert_eq!(attribute("gen_ai.evaluation.name"), text("csat"));
    assert_eq!(attribute("gen_ai.evaluation.score.value"), Some(AnyValue::Double(4.0)));
    assert_eq!(attribute("gen_ai.evaluation.explanation"), text("ask [email]"));
    assert_eq!(attribute("ticket.feedback.id"), text("survey-7"));
    assert_eq!(attribute("ticket.feedback.source"), text("HUMAN"));
    assert!(record.body().is_none());
}

#[test]
fn the_counters_are_metrics_too() {
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder()
        .with_reader(PeriodicReader::builder(exporter.clone()).build())
        .build();
    let logs = SdkLoggerProvider::builder().build();
    let lens = Lens::builder()
        .with_logger_provider(&logs)
        .with_meter(&provider.meter("app"))
        .build()
        .unwrap();
    lens.ticket("1").succeed();
    lens.ticket("2").succeed();
    lens.shutdown(LONG);
    lens.ticket("3").succeed();
    let _under_way = lens.ticket("4");
    provider.force_flush().unwrap();

    let (mut seen, mut open) = (Vec::new(), Vec::new());
    for metric in exporter.get_finished_metrics().unwrap().iter().flat_map(|r| r.scope_metrics()) {
        for metric in metric.metrics() {
            if metric.name() == "ticketlens.client.tickets.open" {
                let AggregatedMetrics::I64(MetricData::Sum(sum)) = metric.data() else { panic!() };
                open.extend(sum.data_points().map(SumDataPoint::value));
                continue;
            }
            assert_eq!(metric.name(), "ticketlens.client.tickets");
            let AggregatedMetrics::U64(MetricData::Sum(sum)) = metric.data() else { panic!() };
            for point in sum.data_points().filter(|point| point.value() > 0) {
                let label = point.attributes().next().unwrap().value.to_string();
                seen.push((label, point.value()));
            }
        }
    }
    seen.sort();
    assert_eq!(seen, [("sent".to_owned(), 2), ("shut_down".to_owned(), 1)]);
    assert_eq!(open, [1]);
}
