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

/// A file of whole runs, and what is known of it.
pub struct Whole {
    pub file: PathBuf,
    pub lines: usize,
    /// The ticket to open, and what its page says.
    pub ticket: &'static str,
    pub says: [&'static str; 2],
    /// Personal values of that ticket.
    pub personal: &'static [&'static str],
}

/// Made-up runs, and real ones where they are.
pub fn whole() -> Vec<Whole> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let made_up = Whole {
        file: root.join("tests/data/made_up_runs.jsonl"),
        lines: 6,
        ticket: "RAIL-000",
        says: ["find_connection", "Iteration 6"],
        personal: &[
            "1984-11-23",
            "18 Quay Street",
            "Emil Lindqvist",
            "Lindqvist",
            "nora.lindqvist",
        ],
    };
    let real = Whole {
        file: root.join("../shared/data/support_runs.jsonl"),
        lines: 100,
        ticket: "AIR-000-0",
        says: ["search_direct_flight", "Iteration 15"],
        personal: &["1957-03-21", "975 Sunset Drive", "Amelia Ahmed", "Mia Li", "mia.li3818"],
    };
    let real = real.file.is_file().then_some(real);
    [made_up].into_iter().chain(real).collect()
}
