//! Ticket logs to send.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

/// One ticket log.
pub fn run(number: u32) -> Value {
    let status = if number.is_multiple_of(4) { "FAILED" } else { "SUCCESS" };
    let mut run = json!({
        "client_id": "whoever", "environment": "test", "workflow": "flow", "workflow_version": "1",
        "ticket_id": format!("T-{number}"),
        "executed_at": format!("2026-11-09T08:{:02}:{:02}Z", number / 60 % 60, number % 60),
        "execution_time_seconds": 1.5 + f64::from(number), "status": status, "category": "TEST",
        "metrics": { "react_iterations": 2, "overall_confidence": 0.9 },
        "known_pii": ["Mia Li"],
        "trace": {
            "ticket": { "subject": "A flight for Mia Li" },
            "steps": [
                { "id": "s1", "kind": "message", "name": "customer", "start_ms": 0, "duration_ms": 0,
                  "status": "OK", "input": "Hi, Mia Li here (mia.li@example.com)" },
                { "id": "s2", "kind": "react", "name": "agent", "iteration": 1, "start_ms": 5,
                  "duration_ms": 900, "status": "OK", "output": "I look the flight up.",
                  "action": "find_flight", "action_input": { "to": "SEA" } },
                { "id": "s3", "parent_id": "s2", "kind": "tool", "name": "find_flight", "iteration": 1,
                  "start_ms": 905, "duration_ms": 300, "status": "OK", "input": { "to": "SEA" },
                  "output": "[{\"flight\": \"HAT069\"}]" },
            ],
            "output": { "response": "HAT069 leaves at six." },
        },
    });
    if status == "FAILED" {
        run["error"] = json!({ "type": "TaskFailed", "message": "no seats" });
    }
    run
}

/// A file of ticket logs.
pub fn file(folder: &Path, name: &str, lines: &[String]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    path
}

/// So many good lines.
pub fn lines(count: u32) -> Vec<String> {
    (0..count).map(|number| run(number).to_string()).collect()
}

/// The real runs, where they are.
pub fn real() -> Option<PathBuf> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/support_runs.jsonl");
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: there are no real runs at {}", path.display());
    None
}
