use std::collections::BTreeMap;

use serde_json::Value;
use ticketlens_api::v1;

use super::pages::Page;
use crate::{MOST_OF_AN_ANSWER, answer, seen::shown};

/// What most answers take at most.
const USUAL: usize = 24_000;

fn ticket(trace: String, steps: Vec<v1::Step>) -> v1::GetTicketResponse {
    let summary = v1::TicketSummary {
        tenant: "acme".into(),
        ticket_id: "4711".into(),
        execution_id: "0190".into(),
        status: "FAILED".into(),
        metrics: [("overall_confidence".to_owned(), 0.5)].into(),
        ..v1::TicketSummary::default()
    };
    let summary = Some(summary);
    v1::GetTicketResponse { summary, trace_json: trace, steps, ..v1::GetTicketResponse::default() }
}

/// A page's bytes as they are sent.
fn bytes(page: &Page) -> usize {
    let answer = answer::lines(&page.about, &page.lines.join("\n"));
    serde_json::to_vec(&answer).unwrap().len()
}

fn lines(page: &Page) -> Vec<Value> {
    page.lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How many parts a page says there are.
fn parts(page: &Page) -> u32 {
    let (_, of) = page.about.split_once(" of ").unwrap();
    let digits: String = of.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

/// All parts, each held to the bound.
fn all(ticket: &v1::GetTicketResponse) -> Vec<Page> {
    let first = Page::of(ticket, 1, "").unwrap();
    let last = parts(&first);
    let pages: Vec<_> = (1..=last).map(|part| Page::of(ticket, part, "").unwrap()).collect();
    for page in &pages {
        assert!(bytes(page) <= MOST_OF_AN_ANSWER, "{} bytes: {}", bytes(page), page.about);
    }
    Page::of(ticket, last + 1, "").unwrap_err();
    pages
}

#[test]
fn a_text_over_many_parts_is_whole_when_they_are_put_together() {
    for unit in
        ["lorem ipsum ", "Grüße 日本語 👍 \"quoted\" \\ ", "\u{1b}[2J\u{202e}\r\n\t\u{e0041}"]
    {
        let text = unit.repeat(60_000 / unit.len());
        let trace = serde_json::json!({ "ticket": "why?", "output": text }).to_string();
        let mut whole = String::new();
        for page in all(&ticket(trace, Vec::new())) {
            for line in lines(&page).iter().filter(|line| line["at"] == "output") {
                whole.push_str(line["text"].as_str().unwrap());
            }
        }
        // A break of two characters may be cut between them.
        assert_eq!(whole.replace("\\r\n", "\n").replace("\\r", ""), shown(&text), "{unit:?}");
    }
}

#[test]
fn a_trace_of_sixteen_mebibytes_has_parts_that_fit() {
    let text = "The customer asks for a refund of order 4711. ".repeat((16 << 20) / 46);
    let of = ticket(serde_json::json!({ "output": text }).to_string(), Vec::new());
    let first = Page::of(&of, 1, "").unwrap();
    let last = parts(&first);
    assert!((900..1000).contains(&last), "{last} parts");
    for part in [1, 2, last / 2, last] {
        let page = Page::of(&of, part, "").unwrap();
        assert!(bytes(&page) <= USUAL, "{} bytes", bytes(&page));
        assert_eq!(page.about.contains(&format!("part={}", part + 1)), part < last);
    }
    let second = lines(&Page::of(&of, 2, "").unwrap());
    assert!(second[1]["from_character"].as_u64().unwrap() > 15_000);
    assert!(second[1]["more"].as_str().unwrap().ends_with("more characters, ask with part=3"));
}

#[test]
fn every_one_of_thousands_of_steps_is_told_once() {
    let step = |n: usize| v1::Step {
        id: format!("s{n}"),
        kind: "tool".into(),
        name: "lookup".into(),
        status: "OK".into(),
        ..v1::Step::default()
    };
    let of = ticket("{\"output\":\"done\"}".into(), (0..3_000).map(step).collect());
    let mut told = BTreeMap::new();
    for page in all(&of) {
        assert!(bytes(&page) <= USUAL, "{} bytes", bytes(&page));
        for line in lines(&page) {
            if let Some(id) = line["id"].as_str() {
                *told.entry(id.to_owned()).or_insert(0) += 1;
            }
        }
    }
    assert_eq!((told.len(), told.values().max()), (3_000, Some(&1)));
}

/// Names as long as they may be, of the characters that take most.
#[test]
fn the_most_hostile_names_fit() {
    for character in ["\u{1b}", "\n", "\"", "\\", "\u{e0041}"] {
        hostile_names_fit(&character.repeat(256 / character.len()));
    }
}

fn hostile_names_fit(name: &str) {
    let mut of = ticket("{}".into(), Vec::new());
    let summary = of.summary.as_mut().unwrap();
    for field in [
        &mut summary.ticket_id,
        &mut summary.category,
        &mut summary.workflow,
        &mut summary.workflow_version,
        &mut summary.environment,
        &mut summary.error_type,
        &mut summary.model,
        &mut summary.instance_id,
    ] {
        name.clone_into(field);
    }
    summary.metrics = (0..10).map(|n| (format!("{name}{n}"), 1.0)).collect();
    of.attributes = (0..4).map(|n| (format!("{name}{n}"), name.repeat(16))).collect();
    of.executions = vec![summary.clone(); 10];
    let feedback = v1::Feedback {
        name: name.to_owned(),
        label: name.to_owned(),
        source: name.to_owned(),
        comment: name.repeat(64),
        score: Some(1.0),
        ..v1::Feedback::default()
    };
    of.feedback = vec![feedback; 10];
    let step = v1::Step {
        id: name.to_owned(),
        parent_id: name.to_owned(),
        kind: "tool".into(),
        name: name.to_owned(),
        error_type: name.to_owned(),
        ..v1::Step::default()
    };
    of.steps = vec![step; 20];
    let mut key = String::new();
    for _ in 0..60 {
        key.push_str("{\"\\u001b\\u001b\\u001b\\u001b\\u001b\\u001b\":");
    }
    of.trace_json = format!("{key}\"deep\"{}", "}".repeat(60));
    assert!(all(&of).len() > 2);
}

#[test]
fn what_was_said_of_a_ticket_is_told_with_its_whole_comment() {
    let mut of = ticket("{}".into(), Vec::new());
    let comment = "Nobody called me back. ".repeat(200);
    of.feedback = vec![v1::Feedback {
        tenant: "acme".into(),
        ticket_id: "4711".into(),
        name: "csat".into(),
        score: Some(2.0),
        source: "HUMAN".into(),
        comment: comment.clone(),
        ..v1::Feedback::default()
    }];
    let told = lines(&Page::of(&of, 1, "").unwrap());
    let expected = serde_json::json!({ "name": "csat", "score": 2.0, "source": "HUMAN" });
    let feedback = told.iter().find(|line| line["feedback"].is_object()).unwrap();
    assert_eq!(feedback["feedback"], expected);
    let text = told.iter().find(|line| line["at"] == "feedback[0].comment").unwrap();
    assert_eq!(text["text"], comment);
}

#[test]
fn one_place_is_read_alone() {
    let trace = r#"{"ticket":"why?","steps":[{"output":"a"},{"output":{"x":"b","y":"c"}}],
        "output":"d","outputs":"e"}"#;
    let of = ticket(trace.into(), vec![v1::Step::default(); 2]);
    let told = |at: &str| {
        let page = Page::of(&of, 1, at).unwrap();
        lines(&page)[1..].iter().map(|line| line["text"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(told("output"), ["\"d\""]);
    assert_eq!(told("steps[1]"), ["\"b\"", "\"c\""]);
    assert_eq!(told("steps[1].output.y"), ["\"c\""]);
    for wrong in ["steps[2]", "outpu", "steps[1].outpu"] {
        let refusal = Page::of(&of, 1, wrong).unwrap_err().to_string();
        assert!(refusal.starts_with("at: there is no text"), "{refusal}");
    }
    assert_eq!(Page::of(&of, 0, "").unwrap_err().to_string(), "part: must be 1 or more");
    assert_eq!(Page::of(&of, 2, "output").unwrap_err().to_string(), "part: there are only 1");
}

#[test]
fn a_ticket_without_a_trace_says_so() {
    let page = Page::of(&ticket(String::new(), Vec::new()), 1, "").unwrap();
    assert!(page.about.contains("no trace"), "{}", page.about);
    assert_eq!(lines(&page)[0]["ticket"]["ticket_id"], "4711");
}
