//! What `--json` prints of a ticket: what would leave and what was done to it, and nothing of
//! what was there before.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use ticketlens_ticket::encode::Fit;

use super::{Field, Outcome, Preview};

/// One ticket.
pub fn document(preview: &Preview) -> Value {
    let paths = |outcome: Outcome| -> Vec<&str> {
        let of_outcome = |field: &&Field| field.outcome == outcome;
        preview.fields.iter().filter(of_outcome).map(|field| field.path.as_str()).collect()
    };
    let by: BTreeMap<_, _> = preview.found.iter().collect();
    json!({
        "line": preview.line,
        "ticket_id": preview.attribute("ticket.id"),
        "capture": preview.capture.as_str(),
        "redactions": preview.found.total(),
        "redactions_by": by,
        "changed": paths(Outcome::Changed),
        "left_out": paths(Outcome::LeftOut),
        "gate_failed": preview.gate_failed,
        "cut_to_fit": cut(preview.fit),
        "record": preview.sent.json(),
    })
}

fn cut(fit: Fit) -> Option<&'static str> {
    match fit {
        Fit::Whole => None,
        Fit::Shortened => Some("shortened"),
        Fit::Timeline => Some("timeline"),
        Fit::MetricsOnly => Some("metrics_only"),
    }
}
