//! The picture of a page in the documents is what the program prints.
//!
//! `TICKETLENS_PICTURES=write cargo test -p ticketlens-show picture` draws it anew.

#![allow(clippy::unwrap_used)]

use std::{collections::HashMap, fs, path::Path};

use anstyle::RgbColor;
use anstyle_svg::Term;
use serde_json::{Value, json};
use ticketlens_api::{GetTicketResponse, Step, TicketSummary};

use super::page;
use crate::View;

const PICTURE: &str = "../../docs/pictures/ticket.svg";

#[test]
fn the_picture_of_a_page_is_what_is_printed() {
    let now = "2026-11-29T09:31:00Z".parse().unwrap();
    let drawn = draw(&page(&refund(), View { width: 100, full: false, now }));
    let at = Path::new(env!("CARGO_MANIFEST_DIR")).join(PICTURE);
    if std::env::var("TICKETLENS_PICTURES").is_ok_and(|how| how == "write") {
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(&at, &drawn).unwrap();
    }
    let kept = fs::read_to_string(&at).unwrap_or_default();
    assert!(
        kept == drawn,
        "docs/pictures/ticket.svg is not what is printed; TICKETLENS_PICTURES=write draws it anew"
    );
}

fn draw(page: &str) -> String {
    let prompt = "\u{1b}[2m$\u{1b}[0m ticketlens tickets show R-2041\n";
    let term = Term::new().palette(COLOURS.into()).fg_color(TEXT.into()).bg_color(GROUND.into());
    let drawn = term.render_svg(&format!("{prompt}{page}"));
    // Dimmed labels have to be read on a page as well.
    let drawn = drawn.replace(".dimmed { opacity: 0.4; }", ".dimmed { opacity: 0.6; }");
    format!("{}\n", drawn.trim_end())
}

const TEXT: RgbColor = RgbColor(0xe6, 0xe9, 0xef);
const GROUND: RgbColor = RgbColor(0x14, 0x18, 0x20);
/// What terminals make of the sixteen colours today, rather than in 1987.
const COLOURS: [RgbColor; 16] = [
    RgbColor(0x2a, 0x30, 0x3b),
    RgbColor(0xf0, 0x71, 0x6f),
    RgbColor(0x7e, 0xc6, 0x85),
    RgbColor(0xe3, 0xb4, 0x5b),
    RgbColor(0x6f, 0xa8, 0xe8),
    RgbColor(0xc5, 0x8f, 0xe0),
    RgbColor(0x5c, 0xc2, 0xcf),
    TEXT,
    RgbColor(0x6c, 0x74, 0x83),
    RgbColor(0xf7, 0x8e, 0x8c),
    RgbColor(0x99, 0xd8, 0x9f),
    RgbColor(0xf0, 0xcb, 0x80),
    RgbColor(0x93, 0xc0, 0xf2),
    RgbColor(0xd6, 0xac, 0xec),
    RgbColor(0x82, 0xd6, 0xe1),
    RgbColor(0xff, 0xff, 0xff),
];

/// A refund that failed at the last step: made up, as everything in it.
fn refund() -> GetTicketResponse {
    let step = |id: &str, parent: &str, kind: &str, name: &str, n, start_ms, duration_ms| Step {
        id: id.into(),
        parent_id: parent.into(),
        kind: kind.into(),
        name: name.into(),
        iteration: n,
        start_ms,
        duration_ms,
        status: "OK".into(),
        error_type: String::new(),
    };
    let call = step("s7", "s6", "tool", "issue_refund", Some(3), 3710.0, 4050.0);
    let summary = TicketSummary {
        tenant: "acme".into(),
        ticket_id: "R-2041".into(),
        execution_id: "019ad01c-8f6e-7abc-8def-0123456789ab".into(),
        executed_at: Some(prost_types::Timestamp { seconds: 1_795_944_411, nanos: 0 }),
        received_at: Some(prost_types::Timestamp { seconds: 1_795_944_412, nanos: 0 }),
        duration: Some(prost_types::Duration { seconds: 9, nanos: 140_000_000 }),
        status: "FAILED".into(),
        category: "RETURNS_AND_REFUNDS".into(),
        workflow: "refund-agent".into(),
        workflow_version: "2.3.0".into(),
        environment: "production".into(),
        error_type: "payment_provider_timeout".into(),
        capture: "FULL_TRACE".into(),
        customer: "hmac:5f0c1d9be27a4c83".into(),
        metrics: HashMap::from([
            ("react_iterations".into(), 3.0),
            ("overall_confidence".into(), 0.86),
            ("hallucination_risk".into(), 0.04),
        ]),
        model: "gpt-4o".into(),
        input_tokens: Some(4_812),
        output_tokens: Some(637),
        redactions: 3,
        redactions_by: [("email".to_owned(), 2), ("iban".to_owned(), 1)].into(),
        ..TicketSummary::default()
    };
    GetTicketResponse {
        summary: Some(summary),
        steps: vec![
            step("s1", "", "message", "customer", None, 0.0, 0.0),
            step("s2", "", "react", "agent", Some(1), 60.0, 1320.0),
            step("s3", "s2", "tool", "lookup_order", Some(1), 1180.0, 190.0),
            step("s4", "", "react", "agent", Some(2), 1390.0, 1240.0),
            step("s5", "s4", "retrieval", "policies", Some(2), 2380.0, 240.0),
            step("s6", "", "react", "agent", Some(3), 2640.0, 5120.0),
            Step { status: "ERROR".into(), error_type: "ProviderTimeout".into(), ..call },
            step("s8", "", "llm", "answer", None, 7780.0, 1350.0),
        ],
        trace_json: trace().to_string(),
        ..GetTicketResponse::default()
    }
}

fn trace() -> Value {
    json!({
        "ticket": { "subject": "Refund for order A-1742", "from": "[email]" },
        "steps": [
            { "id": "s1", "kind": "message", "name": "customer",
              "input": "The kettle arrived broken. Please send the money back to [iban]." },
            { "id": "s2", "kind": "react", "name": "agent", "iteration": 1, "duration_ms": 1320,
              "thought": "I need the order before I can say anything about a refund.",
              "action": "lookup_order", "action_input": { "order": "A-1742" } },
            { "id": "s3", "parent_id": "s2", "kind": "tool", "name": "lookup_order",
              "duration_ms": 190, "input": { "order": "A-1742" },
              "output": { "item": "kettle", "paid": 39.9, "delivered": "2026-11-24" } },
            { "id": "s4", "kind": "react", "name": "agent", "iteration": 2, "duration_ms": 1240,
              "thought": "Delivered five days ago and broken: which rule applies?",
              "action": "search_policies", "action_input": "damaged on arrival" },
            { "id": "s5", "parent_id": "s4", "kind": "retrieval", "name": "policies",
              "duration_ms": 240, "input": "damaged on arrival",
              "output": [
                  { "score": 0.93, "title": "Damaged goods", "text": "Full refund within 30 days, without a return." },
                  { "score": 0.71, "title": "Returns", "text": "The customer sends the item back first." } ] },
            { "id": "s6", "kind": "react", "name": "agent", "iteration": 3, "duration_ms": 5120,
              "thought": "A full refund without a return. I issue it.",
              "action": "issue_refund", "action_input": { "order": "A-1742", "amount": 39.9 } },
            { "id": "s7", "parent_id": "s6", "kind": "tool", "name": "issue_refund",
              "duration_ms": 4050, "status": "ERROR",
              "input": { "order": "A-1742", "amount": 39.9 },
              "error": { "type": "ProviderTimeout", "message": "no answer from the payment provider in 4 s",
                         "stack": "at PaymentClient.refund (payment.py:88)\nat issue_refund (tools.py:41)" } },
            { "id": "s8", "kind": "llm", "name": "answer", "duration_ms": 1350 },
        ],
        "output": { "response": "I am sorry about the kettle. You will get 39.90 EUR back, and need not return it. \
            The payment did not go through just now; a colleague will complete it today." },
    })
}
