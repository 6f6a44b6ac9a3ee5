//! Senders that do well, senders that do not, and a database in trouble.

use std::thread;

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use ticketlens_tests::{Database, Receiver, signal};

use super::page::{Page, wait_for};

/// Sends to a receiver as OTLP/JSON.
pub struct Sender<'r> {
    receiver: &'r Receiver,
    key: String,
}

fn record(number: u32, status: &str) -> Value {
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    json!({
        "eventName": "ticket.completed", "timeUnixNano": "1796100000000000000",
        "attributes": [
            text("ticket.id", &format!("T-{number}")), text("ticket.status", status),
            text("note", "ask mia@example.com"),
            json!({"key": "ticket.duration", "value": {"doubleValue": 1.5}})
        ]
    })
}

impl<'r> Sender<'r> {
    pub fn new(receiver: &'r Receiver, key: String) -> Self {
        Self { receiver, key }
    }

    /// The status of the answer.
    fn post(&self, key: &str, records: &[Value]) -> u16 {
        let body = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).to_string();
        let length = body.len();
        let answer = self.receiver.exchange(&format!(
            "POST /v1/logs HTTP/1.0\r\nhost: test\r\nx-api-key: {key}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        ));
        answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status")
    }

    /// So many good tickets, one by one.
    pub fn well(&self, tickets: u32) {
        for number in 0..tickets {
            assert_eq!(self.post(&self.key, &[record(number, "SUCCESS")]), 200);
        }
    }

    /// So many requests with a wrong key, and as many with a record that is rejected.
    pub fn badly(&self, times: u32) {
        let end = if self.key.ends_with('0') { '1' } else { '0' };
        let mistyped = format!("{}{end}", &self.key[..self.key.len() - 1]);
        for number in 0..times {
            assert_eq!(self.post(&mistyped, &[]), 401);
            assert_eq!(self.post(&self.key, &[record(number, "no such status")]), 200);
        }
    }
}

/// What a receiver says when everything has gone wrong that can be had: wrong keys, bad records, a table
/// that takes no rows, a database that does not answer.
pub fn in_trouble(database: &Database, sender: &Sender<'_>) -> Page {
    sender.badly(30);
    let rename = |from: &str, to: &str| {
        let table = "ticketlens_store.tickets";
        database.query(&format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to}"));
    };
    rename("redactions", "renamed");
    let good = [record(1_000, "SUCCESS")];
    for _ in 0..10 {
        assert_eq!(sender.post(&sender.key, &good), 503);
    }
    rename("renamed", "redactions");
    wait_for(sender.receiver, |_| sender.receiver.is_ready());
    // It stands still: whoever sends now waits.
    let engine = database.pid().expect("an engine");
    thread::scope(|scope| {
        signal(engine, Signal::SIGSTOP);
        let waiting = scope.spawn(|| sender.post(&sender.key, &good));
        let oldest = "ticketlens_commit_queue_oldest_seconds";
        let page = wait_for(sender.receiver, |page| page.get(oldest) > 2.5);
        signal(engine, Signal::SIGCONT);
        assert_eq!(waiting.join().expect("an answer"), 200);
        page
    })
}
