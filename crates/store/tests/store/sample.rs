//! Records to store.

#![allow(dead_code)]

use ticketlens_ticket::{
    Capture, CurrencyCode, ExecutionId, ModelCall, Record, StepKind, StepLine, StepStatus,
    Timestamp,
};

/// A moment ago, so that nothing has expired, at a whole second.
pub fn lately() -> Timestamp {
    let now = Timestamp::now().as_unix_nanos();
    Timestamp::from_unix_nanos(now - now % 1_000_000_000 - 60_000_000_000)
}

/// That many seconds later.
pub fn after(time: Timestamp, seconds: u64) -> Timestamp {
    Timestamp::from_unix_nanos(time.as_unix_nanos() + seconds * 1_000_000_000)
}

/// The execution of that number.
pub fn execution(number: u128) -> ExecutionId {
    uuid::Uuid::from_u128(number).to_string().parse().unwrap()
}

/// A record with nothing in it but what every record has.
pub fn bare(ticket_id: &str, number: u128, executed_at: Timestamp) -> Record<'static> {
    Record {
        execution_id: execution(number),
        ticket_id: ticket_id.to_owned().into(),
        executed_at,
        duration_seconds: 1.5,
        status: "SUCCESS".into(),
        category: "".into(),
        error_type: "".into(),
        capture: Capture::FullTrace,
        customer: "".into(),
        sequence: None,
        open: None,
        workflow: "".into(),
        workflow_version: "".into(),
        environment: "".into(),
        instance: "".into(),
        model: "".into(),
        input_tokens: None,
        output_tokens: None,
        calls: ModelCall::default(),
        cost: None,
        cost_currency: CurrencyCode::USD,
        conversation: "".into(),
        agent: "".into(),
        agent_workflow: "".into(),
        redactions: 0,
        redactions_by: Vec::new(),
        trace_id: None,
        span_id: None,
        metrics: Vec::new(),
        attributes: Vec::new(),
        steps: Vec::new(),
        steps_beyond: 0,
        trace_json: String::new(),
    }
}

/// A record with something in every field.
pub fn full(ticket_id: &str, number: u128, executed_at: Timestamp) -> Record<'static> {
    Record {
        duration_seconds: 22.087,
        status: "FAILED".into(),
        category: "BOOKING".into(),
        error_type: "Timeout".into(),
        customer: "hmac:00aa".into(),
        sequence: Some(7),
        open: Some(2),
        workflow: "airline-support".into(),
        workflow_version: "1.2.3".into(),
        environment: "production".into(),
        instance: "pod-1".into(),
        model: "gpt-4o".into(),
        input_tokens: Some(1_000),
        output_tokens: Some(u64::MAX / 2),
        calls: ModelCall {
            provider: "openai".into(),
            response_model: "gpt-4o-2024-08-06".into(),
            service_tier: "batch".into(),
            cache_read: Some(3),
            cache_write: Some(2),
            reasoning: Some(1),
            ..ModelCall::default()
        },
        conversation: "c-1".into(),
        agent: "support".into(),
        agent_workflow: "triage".into(),
        redactions: 3,
        redactions_by: vec![("email".into(), 2), ("card".into(), 1)],
        trace_id: Some(*b"0123456789abcdef"),
        span_id: Some(*b"ghijklmn"),
        metrics: vec![("react_iterations".into(), 15.0), ("reward".into(), -0.5)],
        attributes: vec![("region".into(), "eu \"1\" ü\n".into())],
        steps: vec![
            step("s1", "", StepKind::React, "agent", Some(1), StepStatus::Ok, ""),
            step("s2", "s1", StepKind::Tool, "get_user", None, StepStatus::Error, "NotFound"),
        ],
        steps_beyond: 5,
        trace_json: "{\"output\":\"It's done – 100 %\"}".to_owned(),
        ..bare(ticket_id, number, executed_at)
    }
}

/// A record about as large as is common: six steps and a trace of `trace_bytes`.
pub fn usual(number: u128, executed_at: Timestamp, trace_bytes: usize) -> Record<'static> {
    let line = |n: usize| {
        let (kind, name) = if n.is_multiple_of(2) {
            (StepKind::React, "agent")
        } else {
            (StepKind::Tool, "get_order")
        };
        StepLine {
            start_ms: n as f64 * 40.0,
            ..step(&format!("s{n}"), "", kind, name, Some(1), StepStatus::Ok, "")
        }
    };
    Record {
        sequence: Some(number as u64),
        open: Some(0),
        steps: (0..6).map(line).collect(),
        trace_json: prose(number, trace_bytes),
        customer: format!("hmac:{:016x}", number % 1000).into(),
        ..full(&format!("T-{number}"), number, executed_at)
    }
}

/// Text that compresses about as well as what agents write.
fn prose(seed: u128, bytes: usize) -> String {
    const WORDS: [&str; 16] = [
        "order",
        "refund",
        "customer",
        "flight",
        "the",
        "was",
        "please",
        "confirm",
        "observation",
        "thought",
        "account",
        "payment",
        "not",
        "found",
        "because",
        "7f3a91",
    ];
    let mut state = seed as u64 | 1;
    let mut text = String::from("{\"output\":\"");
    while text.len() < bytes.saturating_sub(2) {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(WORDS[(state >> 60) as usize]);
        text.push_str(if (state >> 32) & 15 == 0 { ". " } else { " " });
        if (state >> 36) & 3 == 0 {
            text.push_str(&(state >> 40).to_string());
        }
    }
    text.push_str("\"}");
    text
}

fn step(
    id: &str,
    parent_id: &str,
    kind: StepKind,
    name: &str,
    iteration: Option<u32>,
    status: StepStatus,
    error_type: &str,
) -> StepLine<'static> {
    StepLine {
        id: id.to_owned().into(),
        parent_id: parent_id.to_owned().into(),
        kind,
        name: name.to_owned().into(),
        iteration,
        start_ms: 5.0,
        duration_ms: 1081.25,
        status,
        error_type: error_type.to_owned().into(),
        call: None,
    }
}
