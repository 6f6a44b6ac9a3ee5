//! What `dev` says when it is ready: where it is, where the keys are, how to go on.

use std::path::Path;

use ticketlens_show::paint::{BOLD, DIM, GREEN, paint};

use crate::instance::{Instance, Running, data_flag};

/// The text.
pub fn welcome(data: &Path, instance: &Instance, running: &Running) -> String {
    let file = Instance::path(data);
    let file = file.display();
    let from = data_flag(data);
    let is_here = from.is_empty();
    let mut out = format!("{}\n\n", paint(GREEN.bold(), "TicketLens is ready."));
    for (label, value) in [
        ("OTLP/gRPC", running.grpc_endpoint.as_str()),
        ("OTLP/HTTP", running.http_endpoint.as_str()),
        ("API", &format!("{}/docs (HTTP/JSON; for language models: /mcp)", running.http_endpoint)),
        ("ClickHouse", running.clickhouse_url.as_str()),
        ("tenant", instance.tenant.as_str()),
        ("keys", &format!("{file} (ingest, read and admin; only you can read it)")),
        ("prices", &format!("public ones, to begin with: ticketlens prices list{from}")),
    ] {
        out.push_str(&format!(
            "  {}{:gap$}{value}\n",
            paint(DIM, label),
            "",
            gap = 12 - label.len()
        ));
    }
    let title =
        if is_here { "From another terminal in this folder:" } else { "From another terminal:" };
    out.push_str(&format!(
        "\n{}
  ticketlens example > runs.jsonl
  ticketlens send runs.jsonl{from}
  ticketlens tickets list{from}
  ticketlens tickets show 4712{from}
  ticketlens tickets overview{from}\n",
        paint(BOLD, title)
    ));
    out.push_str(&format!(
        "\n{}
  TICKETLENS_GRAFANA_PASSWORD=… ticketlens grafana provision --grafana-url http://127.0.0.1:3000{from}\n",
        paint(BOLD, "With a Grafana of your own:"),
    ));
    out.push_str(&format!(
        "\n{}
  eval \"$(ticketlens env{from})\"       # OTEL_EXPORTER_OTLP_ENDPOINT and the key
  curl $OTEL_EXPORTER_OTLP_ENDPOINT/v1/logs -H \"x-api-key: $TICKETLENS_KEY\" \\
    -H 'content-type: application/json' -d '{{\"resourceLogs\":[{{\"scopeLogs\":[{{\"logRecords\":[{{
      \"eventName\":\"ticket.completed\",\"timeUnixNano\":\"'\"$(date +%s)\"'000000000\",\"attributes\":[
      {{\"key\":\"ticket.id\",\"value\":{{\"stringValue\":\"CURL-1\"}}}},
      {{\"key\":\"ticket.status\",\"value\":{{\"stringValue\":\"SUCCESS\"}}}},
      {{\"key\":\"ticket.duration\",\"value\":{{\"doubleValue\":1.5}}}}]}}]}}]}}]}}'\n",
        paint(BOLD, "From a workflow, or with curl:"),
    ));
    out.push_str(&format!("\n{}\n", paint(DIM, "Ctrl-C stops it; the tickets stay.")));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(data: &str) -> String {
        let instance = Instance {
            version: 1,
            running: None,
            tenant: "demo".into(),
            ingest_key: "tl_demo_ingest".into(),
            read_key: "tl_demo_read".into(),
            admin_key: "tl_admin".into(),
            hash_key: "hash-key".into(),
            clickhouse_port: None,
            readers: Vec::new(),
        };
        let running = Running {
            pid: 7,
            grpc_endpoint: "http://127.0.0.1:4317".into(),
            http_endpoint: "http://127.0.0.1:4318".into(),
            clickhouse_url: "http://127.0.0.1:8123".into(),
        };
        let text = welcome(Path::new(data), &instance, &running);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn it_says_how_to_go_on_and_no_key() {
        insta::assert_snapshot!(text(".ticketlens"));
        for secret in ["tl_demo", "tl_admin", "hash-key"] {
            assert!(!text(".ticketlens").contains(secret));
        }
    }

    #[test]
    fn another_folder_is_named_in_every_command() {
        assert_eq!(text("/data/x").matches("--data /data/x").count(), 7);
    }
}
