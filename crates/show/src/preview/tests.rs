#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};
use ticketlens_redact::{GateConfig, HashKey};
use ticketlens_ticket::line::parse;
use unicode_width::UnicodeWidthStr as _;

use super::*;

fn gate() -> Gate {
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap()
}

fn preview(line: &Value, most: Capture) -> Preview {
    let parsed = parse(line.to_string().as_bytes()).unwrap();
    Preview::of(3, parsed.ticket, &parsed.resource, &gate(), most)
}

fn line() -> Value {
    json!({
        "ticket_id": "4711", "executed_at": "2026-11-09T08:13:51Z", "execution_time_seconds": 8,
        "execution_id": "019a6786-8f6e-7abc-8def-0123456789ab", "status": "FAILED",
        "workflow": "refunds", "customer": "c-42", "category": "REFUND", "queue": "emea",
        "metrics": { "react_iterations": 2, "reward": 0.5 }, "input_tokens": 12,
        "known_pii": ["Mia Li"], "seat": 18_446_744_073_709_551_615_u64, "tags": { "a": [1] },
        "error": { "type": "Timeout", "message": "mail to mia.li@example.com bounced" },
        "trace": {
            "ticket": { "subject_line": "A refund" },
            "steps": [
                { "id": "s1", "kind": "message", "name": "customer", "start_ms": 0.5,
                  "duration_ms": 0, "status": "OK", "mood": null,
                  "input": "Hi, Mia Li here (mia.li@example.com). Please refund 4111 1111 1111 1111, it was charged twice." },
                { "id": "s2", "kind": "tool", "name": "find_user", "iteration": 1, "start_ms": 5,
                  "duration_ms": 10, "status": "OK",
                  "input": { "password": "hunter2!", "limit": 3, "ids": [] },
                  "output": "{\"dob\":\"1990-04-05\",\"plan\":\"gold\"}" },
            ],
            "tool_calls": [{ "name": "mail", "arguments": { "to": "mia.li@example.com" } }],
            "output": { "mia.li@example.com": "is the key", "two words": true },
        },
    })
}

/// What stands in the fixture and must not leave.
const RAW: [&str; 8] =
    ["Mia", "Li here", "mia.li", "example.com", "4111", "hunter2", "1990-04-05", "c-42"];

fn plain(preview: &Preview, look: Layout) -> String {
    anstream::adapter::strip_str(&page(preview, look)).to_string()
}

const WIDE: Layout = Layout { width: 100, all: false, full: false };

#[test]
fn a_wide_terminal_has_it_side_by_side() {
    insta::assert_snapshot!(plain(&preview(&line(), Capture::FullTrace), WIDE), @r##"
    ticket 4711, line 3 ────────────────────────────────────────────────────────────────────────────────
      FULL_TRACE · 1 secret, 2 personal-key, 1 known-value, 4 email, 1 card
      ticket.customer
        c-42                                           │ hmac:aec5de4fb9cfade1
      body.steps[0].input
        Hi, Mia Li here (mia.li@example.com). Please   │ Hi, [known-value] here ([email]). Please
        refund 4111 1111 1111 1111, it was charged     │ refund [card], it was charged twice.
        twice.                                         │
      body.steps[1].input.password
        hunter2!                                       │ [secret]
      body.steps[1].output
        {"dob":"1990-04-05","plan":"gold"}             │ {"dob":"hmac:822783751d13ba54","plan":"gold"}
      body.steps[2].input.to
        mia.li@example.com                             │ [email]
      body.errors[0].message
        mail to mia.li@example.com bounced             │ mail to [email] bounced
      body.output["[email]"], its key
        mia.li@example.com                             │ [email]
    "##);
}

#[test]
fn a_narrow_terminal_has_one_below_the_other() {
    let look = Layout { width: 60, ..WIDE };
    insta::assert_snapshot!(plain(&preview(&line(), Capture::FullTrace), look), @r##"
    ticket 4711, line 3 ────────────────────────────────────────
      FULL_TRACE · 1 secret, 2 personal-key, 1 known-value, 4
      email, 1 card
      ticket.customer
        before  c-42
        after   hmac:aec5de4fb9cfade1
      body.steps[0].input
        before  Hi, Mia Li here (mia.li@example.com). Please
                refund 4111 1111 1111 1111, it was charged
                twice.
        after   Hi, [known-value] here ([email]). Please refund
                [card], it was charged twice.
      body.steps[1].input.password
        before  hunter2!
        after   [secret]
      body.steps[1].output
        before  {"dob":"1990-04-05","plan":"gold"}
        after   {"dob":"hmac:822783751d13ba54","plan":"gold"}
      body.steps[2].input.to
        before  mia.li@example.com
        after   [email]
      body.errors[0].message
        before  mail to mia.li@example.com bounced
        after   mail to [email] bounced
      body.output["[email]"], its key
        before  mia.li@example.com
        after   [email]
    "##);
}

#[test]
fn a_level_leaves_texts_out() {
    insta::assert_snapshot!(plain(&preview(&line(), Capture::Timeline), WIDE), @r##"
    ticket 4711, line 3 ────────────────────────────────────────────────────────────────────────────────
      TIMELINE · 1 personal-key
      ticket.customer
        c-42                                           │ hmac:aec5de4fb9cfade1
      body.ticket
        {"subject_line":"A refund"}                    │ left out
      body.steps[0].input
        Hi, Mia Li here (mia.li@example.com). Please   │ left out
        refund 4111 1111 1111 1111, it was charged     │
        twice.                                         │
      body.steps[0].mood
        null                                           │ left out
      body.steps[1].input
        {"password":"hunter2!","limit":3,"ids":[]}     │ left out
      body.steps[1].output
        {"dob":"1990-04-05","plan":"gold"}             │ left out
      body.steps[2].input
        {"to":"mia.li@example.com"}                    │ left out
      body.errors
        [{"type":"Timeout","message":"mail to          │ left out
        mia.li@example.com bounced"}]                  │
      body.output
        {"mia.li@example.com":"is the key","two        │ left out
        words":true}                                   │
    "##);
    let metrics = preview(&line(), Capture::MetricsOnly);
    let left: Vec<_> = metrics.fields.iter().filter(|f| f.outcome == Outcome::LeftOut).collect();
    let left: Vec<_> = left.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(left, ["body.ticket", "body.steps", "body.errors", "body.output"]);
}

#[test]
fn every_field_is_there_when_asked_for() {
    let look = Layout { all: true, ..WIDE };
    let page = plain(&preview(&line(), Capture::FullTrace), look);
    for path in
        ["ticket.metrics.reward", "queue", "body.steps[1].input.limit", "body.steps[0].mood"]
    {
        assert!(page.lines().any(|line| line.trim() == path), "{path}: {page}");
    }
    assert!(page.lines().all(|line| line.width() <= 100), "{page}");
}

#[test]
fn a_ticket_with_nothing_to_take_out_is_the_same_on_both_sides() {
    let clean = json!({
        "ticket_id": "4711", "executed_at": "2026-11-09T08:13:51Z", "execution_time_seconds": 1.25,
        "status": "WAITING", "model": "m-1", "seat": u64::MAX, "tags": [1, { "a": null }], "ok": true,
        "metrics": { "n": 3, "x": 1.5 }, "output_tokens": 3,
        "trace": {
            "react": [{ "thought": "look", "action": "find", "action_input": { "id": 1.0 } }],
            "steps": [{ "id": "s", "start_ms": 1.5, "error": { "type": "T", "code": 7 }, "x": [] }],
            "big": u64::MAX, "none": null, "empty": {}, "nested": [[{}], [[1, -2.5]]],
        },
    });
    let preview = preview(&clean, Capture::FullTrace);
    let changed: Vec<_> = preview.fields.iter().filter(|f| f.outcome != Outcome::Same).collect();
    assert!(changed.is_empty(), "{changed:?}");
    assert!(preview.fields.len() > 20);
    assert_eq!(page(&preview, WIDE), "");
}

#[test]
fn json_holds_what_leaves_and_nothing_of_what_was_there() {
    for level in [Capture::FullTrace, Capture::Timeline, Capture::MetricsOnly] {
        let document = document(&preview(&line(), level));
        let text = document.to_string();
        for raw in RAW {
            assert!(!text.contains(raw), "{raw} at {level}: {text}");
        }
    }
    let document = document(&preview(&line(), Capture::FullTrace));
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap(), @r##"
    {
      "line": 3,
      "ticket_id": "4711",
      "capture": "FULL_TRACE",
      "redactions": 9,
      "redactions_by": {
        "card": 1,
        "email": 4,
        "known-value": 1,
        "personal-key": 2,
        "secret": 1
      },
      "changed": [
        "ticket.customer",
        "body.steps[0].input",
        "body.steps[1].input.password",
        "body.steps[1].output",
        "body.steps[2].input.to",
        "body.errors[0].message",
        "body.output[\"[email]\"]"
      ],
      "left_out": [],
      "gate_failed": false,
      "cut_to_fit": null,
      "record": {
        "executed_at": "2026-11-09T08:13:51Z",
        "resource": {
          "service.name": "refunds"
        },
        "attributes": {
          "ticket.id": "4711",
          "ticket.execution.id": "019a6786-8f6e-7abc-8def-0123456789ab",
          "ticket.status": "FAILED",
          "ticket.capture": "FULL_TRACE",
          "ticket.category": "REFUND",
          "ticket.customer": "hmac:aec5de4fb9cfade1",
          "error.type": "Timeout",
          "ticket.duration": 8.0,
          "gen_ai.usage.input_tokens": 12,
          "ticket.metrics.react_iterations": 2,
          "ticket.metrics.reward": 0.5,
          "queue": "emea",
          "tags": "{\"a\":[1]}",
          "seat": "18446744073709551615"
        },
        "body": {
          "ticket": {
            "subject_line": "A refund"
          },
          "steps": [
            {
              "id": "s1",
              "kind": "message",
              "name": "customer",
              "start_ms": 0.5,
              "duration_ms": 0,
              "status": "OK",
              "input": "Hi, [known-value] here ([email]). Please refund [card], it was charged twice.",
              "mood": null
            },
            {
              "id": "s2",
              "kind": "tool",
              "name": "find_user",
              "iteration": 1,
              "start_ms": 5,
              "duration_ms": 10,
              "status": "OK",
              "input": {
                "password": "[secret]",
                "limit": 3,
                "ids": []
              },
              "output": "{\"dob\":\"hmac:822783751d13ba54\",\"plan\":\"gold\"}"
            },
            {
              "id": "tool-2",
              "kind": "tool",
              "name": "mail",
              "start_ms": 15,
              "duration_ms": 0,
              "status": "OK",
              "input": {
                "to": "[email]"
              }
            }
          ],
          "errors": [
            {
              "type": "Timeout",
              "message": "mail to [email] bounced"
            }
          ],
          "output": {
            "[email]": "is the key",
            "two words": true
          }
        }
      }
    }
    "##);
}

#[test]
fn the_key_of_what_is_left_out_is_cleaned_too() {
    let mut odd = line();
    odd["trace"]["mia.li@example.com"] = json!(1);
    odd["trace"]["steps"][0]["Mia Li"] = json!({ "x": 1 });
    for level in [Capture::Timeline, Capture::MetricsOnly] {
        let preview = preview(&odd, level);
        let paths: Vec<_> = preview.fields.iter().map(|field| field.path.as_str()).collect();
        assert!(paths.contains(&"body[\"[email]\"]"), "{paths:?}");
        assert!(
            !paths.iter().any(|path| path.contains("Mia") || path.contains("mia")),
            "{paths:?}"
        );
    }
}

#[test]
fn what_the_gate_cannot_read_is_said() {
    let mut deep = json!("x");
    for _ in 0..120 {
        deep = json!([deep]);
    }
    let mut odd = line();
    odd["trace"]["deep"] = deep;
    let mut parsed = parse(odd.to_string().as_bytes()).unwrap();
    let inner = parsed.ticket.trace.other.swap_remove("deep").unwrap();
    let mut nested = inner;
    for _ in 0..20 {
        nested = json!([nested]);
    }
    parsed.ticket.trace.other.insert("deep".into(), nested);
    let preview = Preview::of(1, parsed.ticket, &parsed.resource, &gate(), Capture::FullTrace);
    assert!(preview.gate_failed);
    assert_eq!(preview.capture, Capture::MetricsOnly);
    assert!(plain(&preview, WIDE).contains("could not read all of it"));
}

#[test]
fn what_does_not_fit_is_said() {
    let mut large = line();
    large["trace"]["ticket"] = json!("word ".repeat(1_000_000));
    let preview = preview(&large, Capture::FullTrace);
    assert_eq!(preview.fit, Fit::Shortened);
    let page = plain(&preview, WIDE);
    assert!(page.contains("its longest texts would be cut"), "{page}");
    assert!(page.lines().all(|line| line.width() <= 100));
}

#[test]
fn totals_are_by_detector() {
    let mut total = Total::default();
    total.add(&preview(&line(), Capture::FullTrace));
    total.add(&preview(&line(), Capture::Timeline));
    total.add_malformed("not a JSON object".into());
    let text = anstream::adapter::strip_str(&total.text(100)).to_string();
    insta::assert_snapshot!(text, @r##"
    2 tickets, 2 changed, 10 values taken out
    detector      values  tickets
    email              4        1
    personal-key       3        2
    card               1        1
    known-value        1        1
    secret             1        1
    1 line malformed: not a JSON object
    "##);
}

#[test]
fn hostile_text_does_nothing_to_the_terminal() {
    let mut odd = line();
    odd["ticket_id"] = json!("47\u{1b}[2J11");
    odd["trace"]["\u{1b}]0;x\u{7}"] = json!("\u{9b}31m mia.li@example.com \u{202e}");
    let page = plain(&preview(&odd, Capture::FullTrace), Layout { all: true, ..WIDE });
    let acts = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!page.contains(acts), "{page:?}");
    assert!(page.contains(r"47\u{1b}[2J11"), "{page}");
}

#[test]
fn whole_runs_pair_up() {
    const MADE_UP: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/made_up_runs.jsonl"));
    // Real ones too, where they are.
    let real = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/support_runs.jsonl");
    let real = std::fs::read_to_string(real).unwrap_or_default();
    let gate = gate();
    let mut changed = 0;
    for (n, line) in MADE_UP.lines().chain(real.lines().take(40)).enumerate() {
        let parsed = parse(line.as_bytes()).unwrap();
        let known = parsed.ticket.known_pii.clone();
        let preview = Preview::of(1, parsed.ticket, &parsed.resource, &gate, Capture::FullTrace);
        let left_out = preview.fields.iter().find(|field| field.outcome == Outcome::LeftOut);
        assert_eq!(left_out, None, "line {}", n + 1);
        // Whatever changed has a mark or a hash in it.
        for field in preview.fields.iter().filter(|field| field.outcome == Outcome::Changed) {
            assert!(field.after.contains(['[', ':']), "line {}: {}", n + 1, field.path);
            changed += 1;
        }
        let document = document(&preview).to_string().to_lowercase();
        for value in known.iter().filter(|value| value.len() > 5) {
            assert!(!document.contains(&value.to_lowercase()), "line {}", n + 1);
        }
    }
    assert!(changed > 40, "only {changed} fields changed");
}
