use std::{
    io,
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};
use tracing::{Level, error_span, field::Empty, info, warn};
use tracing_subscriber::layer::SubscriberExt;

use super::*;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that are written meanwhile.
fn lines(meanwhile: impl FnOnce()) -> Vec<Value> {
    let written = Written::default();
    let writer = written.clone();
    let log = Lines::new(Format::Json, move || writer.clone());
    let subscriber = tracing_subscriber::registry().with(log.clone());
    tracing::subscriber::with_default(subscriber, meanwhile);
    log.end();
    let bytes = written.0.lock().unwrap().clone();
    let text = String::from_utf8(bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn only(meanwhile: impl FnOnce()) -> Value {
    let mut lines = lines(meanwhile);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let mut line = lines.remove(0);
    let line = line.as_object_mut().unwrap();
    let timestamp = line.remove("timestamp").unwrap();
    assert!(timestamp.as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    assert_eq!(timestamp.as_str().unwrap().len(), "2026-12-01T06:30:00.123456Z".len());
    Value::Object(line.clone())
}

#[test]
fn fields_of_the_schema_are_its_own_and_all_others_extras() {
    let line = only(|| {
        let span = error_span!("request", req_id = "r-1", route = "POST /v1/logs", tenant = Empty);
        let _within = span.enter();
        span.record("tenant", "acme");
        info!(
            name: "request.done",
            status_code = 503, latency_ms = 1.23456, records = 2_u64, bytes = "many",
            error_code = "Not A Code", retryable = true, worker_state = "asleep", colour = "green",
            req_id = "forged", tenant = "globex", level = "none", timestamp = "never",
            "done in {} steps", 3
        );
    });
    let expected = json!({
        "level": "INFO", "component": "log.layer", "event": "request.done",
        "message": "done in 3 steps", "req_id": "r-1", "tenant": "acme", "route": "POST /v1/logs",
        "status_code": 503, "latency_ms": 1.235, "records": 2, "retryable": true,
        "maintenance_mode": false,
        "extra": {
            "bytes": "many", "error_code": "Not A Code", "worker_state": "asleep",
            "colour": "green", "level": "none", "timestamp": "never", "req_id": "forged",
            "tenant": "globex",
        },
    });
    assert_eq!(line, expected);
}

#[test]
fn a_librarys_line_has_its_name_and_what_is_long_is_cut() {
    let line = only(|| {
        let long = "é".repeat(5_000);
        warn!(target: "hyper-util::client", error = ?long, "{long}");
    });
    assert_eq!((&line["component"], &line["event"]), (&json!("hyper_util"), &json!("log")));
    assert!(line["message"].as_str().unwrap().len() <= 2 << 10);
    assert!(line["extra"]["error"].as_str().unwrap().len() <= 2 << 10);
}

#[test]
fn a_line_is_bounded_whatever_it_is_asked_to_tell() {
    let lines = lines(|| {
        // What takes most in JSON, in every field that takes a text.
        for odd in ["\u{1}", "\"", "é"] {
            let text = odd.repeat(10_000);
            let text = text.as_str();
            let span =
                error_span!("request", req_id = text, tenant = text, key_id = text, route = text);
            let _within = span.enter();
            warn!(name: "long", model = text, a = text, b = text, c = text, d = text, e = text, "{text}");
        }
    });
    for line in lines {
        let bytes = line.to_string().len();
        assert!((4 << 10..16 << 10).contains(&bytes), "{bytes} bytes");
    }
}

#[test]
fn a_flood_is_told_by_its_number() {
    let lines = lines(|| {
        for _ in 0..1_000 {
            tracing::event!(name: "flood", Level::WARN, "again");
        }
    });
    assert_eq!(lines.len(), 11, "ten, and how many were left out");
    let told = &lines[10];
    assert_eq!((&told["event"], &told["suppressed"]), (&json!("log.left_out"), &json!(990)));
    assert_eq!(told["extra"], json!({ "of": "flood" }));
}
