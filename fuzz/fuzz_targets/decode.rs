//! Any bytes as a request: read or refused, and what is stored is JSON.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use ticketlens_redact::{Gate, GateConfig};
use ticketlens_ticket::decode::{Item, Policy, read_request};

static GATE: LazyLock<Option<Gate>> = LazyLock::new(|| Gate::new(GateConfig::default()).ok());

fuzz_target!(|bytes: &[u8]| {
    let Some(gate) = &*GATE else { return };
    let _ = read_request(bytes, gate, &Policy::default(), &mut |item| {
        let Item::Ticket(record) = item else { return };
        assert!(record.duration_seconds.is_finite() && !record.ticket_id.is_empty());
        let json = &record.trace_json;
        assert!(json.is_empty() || serde_json::from_str::<Value>(json).is_ok());
    });
});
