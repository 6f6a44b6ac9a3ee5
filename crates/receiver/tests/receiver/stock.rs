//! The stock SDK and its exporter, as any workflow without our client would use them.

use std::time::{Duration, SystemTime};

use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry_otlp::{Compression, LogExporter, WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::{Resource, logs::SdkLoggerProvider};
use ticketlens_store::Visibility;
use tonic::metadata::MetadataMap;

use crate::rig;

#[tokio::test(flavor = "multi_thread")]
async fn the_stock_exporter_is_understood() {
    let rig = rig::start("stock_sdk").await;
    let mut metadata = MetadataMap::new();
    metadata.insert("x-api-key", rig.ingest.parse().unwrap());
    let exporter = LogExporter::builder()
        .with_tonic()
        .with_endpoint(format!("http://{}", rig.grpc))
        .with_compression(Compression::Gzip)
        .with_metadata(metadata)
        .with_timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    let provider = SdkLoggerProvider::builder()
        .with_resource(Resource::builder_empty().with_service_name("stock").build())
        .with_batch_exporter(exporter)
        .build();
    let logger = provider.logger("test");
    for number in 0..20 {
        let mut record = logger.create_log_record();
        record.set_event_name("ticket.completed");
        record.set_timestamp(SystemTime::now());
        record.set_severity_number(Severity::Info);
        record.add_attribute("ticket.id", format!("S-{number}"));
        record.add_attribute("ticket.status", "SUCCESS");
        record.add_attribute("ticket.duration", 0.25);
        let pairs = [("output", AnyValue::from("all good"))];
        record.set_body(AnyValue::Map(Box::new(
            pairs.into_iter().map(|(key, value)| (key.into(), value)).collect(),
        )));
        logger.emit(record);
    }
    tokio::task::spawn_blocking(move || provider.shutdown().unwrap()).await.unwrap();
    assert_eq!(rig.count().await, 20);
    let found = rig.store.get_ticket(&Visibility::All, "S-7", None).await.unwrap().unwrap();
    assert_eq!(found.summary.workflow, "stock");
    assert!(found.trace_json.contains("all good"));
}
