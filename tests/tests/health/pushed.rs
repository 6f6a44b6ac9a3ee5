//! The same measures over OTLP, as a backend gets them.

use std::{
    collections::BTreeMap,
    io::Write as _,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use opentelemetry_proto::tonic::{
    collector::metrics::v1::{
        ExportMetricsServiceRequest, ExportMetricsServiceResponse,
        metrics_service_server::{MetricsService, MetricsServiceServer},
    },
    common::v1::{KeyValue, any_value::Value},
    metrics::v1::{
        AggregationTemporality, Metric, metric::Data, number_data_point::Value as Number,
    },
};
use serde_json::json;
use ticketlens_store::Scope;
use ticketlens_tests::{Database, Receiver, peer};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use super::{page::wait_for, traffic::Sender};

/// What has come to the backend.
#[derive(Clone, Default)]
struct Backend(Arc<Mutex<Vec<ExportMetricsServiceRequest>>>);

#[tonic::async_trait]
impl MetricsService for Backend {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        self.0.lock().unwrap().push(request.into_inner());
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

impl Backend {
    /// Served from now on, at the address.
    async fn start() -> (Self, String) {
        let backend = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let served = tonic::transport::Server::builder()
            .add_service(MetricsServiceServer::new(backend.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(served);
        (backend, endpoint)
    }

    fn last(&self) -> ExportMetricsServiceRequest {
        self.0.lock().unwrap().last().expect("something has come").clone()
    }
}

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> &'a str {
    let value = attributes.iter().find(|pair| pair.key == key).and_then(|it| it.value.as_ref());
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text,
        other => panic!("{key}: {other:?}"),
    }
}

/// Its type in Prometheus' words. Counters count from the start: nothing is lost with a request.
fn of(metric: &Metric) -> &'static str {
    let cumulative = AggregationTemporality::Cumulative as i32;
    match metric.data.as_ref().expect("it has points") {
        Data::Sum(sum) => {
            assert!(sum.is_monotonic && sum.aggregation_temporality == cumulative, "{metric:?}");
            "counter"
        }
        Data::Gauge(_) => "gauge",
        Data::Histogram(histogram) => {
            assert_eq!(histogram.aggregation_temporality, cumulative);
            "histogram"
        }
        other => panic!("{other:?}"),
    }
}

/// What Prometheus calls them, in their order.
fn called(metrics: &[Metric]) -> Vec<String> {
    let asked: Vec<_> = metrics
        .iter()
        .map(|metric| json!({"name": metric.name, "unit": metric.unit, "type": of(metric)}))
        .collect();
    let mut names = Command::new(peer("prometheus", "names"));
    let mut names = names.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let asked = serde_json::to_vec(&asked).unwrap();
    names.stdin.take().unwrap().write_all(&asked).unwrap();
    let output = names.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The sum over all of a metric's series, or how many were observed.
fn total(metric: &Metric) -> f64 {
    let number = |value: &Option<Number>| match value {
        #[expect(clippy::cast_precision_loss, reason = "small")]
        Some(Number::AsInt(number)) => *number as f64,
        Some(Number::AsDouble(number)) => *number,
        None => panic!("{metric:?}"),
    };
    match metric.data.as_ref().unwrap() {
        Data::Sum(sum) => sum.data_points.iter().map(|point| number(&point.value)).sum(),
        Data::Gauge(gauge) => gauge.data_points.iter().map(|point| number(&point.value)).sum(),
        #[expect(clippy::cast_precision_loss, reason = "small")]
        Data::Histogram(histogram) => {
            histogram.data_points.iter().map(|point| point.count as f64).sum()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_measured_is_sent_over_otlp_and_prometheus_calls_it_as_our_page_does() {
    let (backend, endpoint) = Backend::start().await;
    let database = Database::start();
    let variables = [
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", endpoint),
        // Only the end sends: what is compared is of one moment.
        ("OTEL_METRIC_EXPORT_INTERVAL", Duration::from_secs(3_600).as_millis().to_string()),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test".to_owned()),
    ];
    let mut receiver = Receiver::start_with(&database, super::SETTINGS, &variables);
    let sender = Sender::new(&receiver, database.tenant_key("acme", Scope::Ingest).await);
    sender.well(3);
    sender.badly(2);
    let page = wait_for(&receiver, |page| page.has("ticketlens_clickhouse_parts"));
    assert!(receiver.terminate().success(), "{}", receiver.log());

    let request = backend.last();
    let [resource] = &request.resource_metrics[..] else { panic!("{request:?}") };
    let told = &resource.resource.as_ref().unwrap().attributes;
    assert_eq!(text(told, "service.name"), "ticketlens-receiver");
    assert_eq!(text(told, "deployment.environment.name"), "test");
    assert!(!text(told, "service.instance.id").is_empty());
    let [scope] = &resource.scope_metrics[..] else { panic!("{request:?}") };
    let metrics = &scope.metrics;
    let names = called(metrics);
    let mut types: BTreeMap<_, _> =
        names.iter().cloned().zip(metrics.iter().map(|metric| of(metric).to_owned())).collect();
    // Of nobody in flight nothing is told, where a page has its type.
    types.insert("ticketlens_tenant_bytes".to_owned(), "gauge".to_owned());
    assert_eq!(types, page.types, "over OTLP, and on /metrics");

    let pushed: BTreeMap<_, _> =
        names.iter().map(String::as_str).zip(metrics.iter().map(total)).collect();
    assert_eq!(pushed["ticketlens_records_accepted_total"], 3.0);
    assert_eq!(pushed["ticketlens_rejects_total"], 2.0);
    assert_eq!(pushed["ticketlens_key_failures_total"], 2.0);
    assert_eq!(pushed["ticketlens_request_duration_seconds"], 7.0);
    assert_eq!(pushed["ticketlens_insert_rows"], 3.0);
    let redactions = page.series.iter().filter(|it| it.0.starts_with("ticketlens_redactions_"));
    assert_eq!(pushed["ticketlens_redactions_total"], redactions.map(|it| it.1).sum::<f64>());
    assert!(pushed["ticketlens_budget_bytes"] > 1e6);
    assert!(pushed["ticketlens_clickhouse_parts"] >= 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_is_gone_is_told_and_costs_nothing_else() {
    let database = Database::start();
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let variables = [
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", format!("http://{gone}")),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", format!("http://{gone}")),
        ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "500".to_owned()),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "500".to_owned()),
    ];
    let mut receiver = Receiver::start_with(&database, super::SETTINGS, &variables);
    let sender = Sender::new(&receiver, database.tenant_key("acme", Scope::Ingest).await);
    sender.well(3);
    assert!(receiver.terminate().success(), "{}", receiver.log());
    for event in ["metrics.not_sent", "traces.not_sent"] {
        assert!(receiver.log().contains(event), "{event}: {}", receiver.log());
    }
}
