//! What the receiver logs, down to the finest level: key ids and tenants, never a text, a key or
//! a header.

use std::{
    io,
    sync::{Arc, Mutex},
};

use http::Method;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message;
use tracing_subscriber::{filter::Targets, fmt::MakeWriter, prelude::*};

use crate::{
    records::{changed, request, text},
    rig,
    web::{JSON, PROTOBUF},
};

/// What was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

const MARK: &str = "zebra7731";

#[tokio::test(flavor = "multi_thread")]
async fn no_line_holds_a_text_or_a_key() {
    let lines = Lines::default();
    let ours = Targets::new().with_target("ticketlens", tracing::Level::TRACE);
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(lines.clone());
    // The program's only subscriber: other tests log into it too, which does no harm.
    tracing_subscriber::registry().with(layer.with_filter(ours)).init();

    let rig = rig::start("logs_grep").await;
    let marked = || Some(text(MARK));
    let records = vec![
        changed(MARK, "ticket.category", marked()),
        changed("b", "ticket.status", marked()),
        changed("c", "client_id", marked()),
        changed("d", MARK, Some(Value::DoubleValue(f64::NAN))),
    ];
    rig.export(request(records.clone())).await.unwrap();
    let bytes = request(records).encode_to_vec();
    rig.post(&[PROTOBUF], bytes[..bytes.len() - 3].to_vec()).await;
    rig.post(&[JSON], format!("{{\"resourceLogs\": {MARK}")).await;
    for bad in [MARK.to_owned(), format!("{}x", rig.ingest), rig.read.clone()] {
        let headers = [PROTOBUF, ("x-api-key", bad.as_str()), ("user-agent", MARK)];
        rig.send(Method::POST, &format!("/v1/logs?{MARK}"), &headers, bytes.clone()).await;
        rig.send(Method::POST, &format!("/{MARK}"), &headers, bytes.clone()).await;
    }
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("request refused"), "nothing was logged: {logged}");
    assert!(!logged.contains(MARK), "{logged}");
    for key in [&rig.ingest, &rig.read, &rig.admin] {
        let secret = key.rsplit('_').next().unwrap();
        assert!(!logged.contains(secret), "{logged}");
    }
}
