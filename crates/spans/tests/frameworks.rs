//! Runs of frameworks that were recorded here, one of each kind that once came out wrong: what each
//! ticket shows, as a text that a person has read.

use std::{fmt::Write as _, fs, path::Path};

use ticketlens_spans::{Group, Spans};
use ticketlens_ticket::{Step, StepStatus, Ticket};

/// Each step under the one it belongs to: kind, name, iteration, and what is not as usual.
fn timeline(steps: &[Step], parent: Option<&str>, depth: usize, out: &mut String) {
    for step in steps.iter().filter(|step| step.parent_id.as_deref() == parent) {
        let iteration = step.iteration.map(|n| format!(" #{n}")).unwrap_or_default();
        let indent = 2 * depth;
        let _ = write!(out, "{:indent$}{} {}{iteration}", "", step.kind.as_str(), step.name);
        if step.status != StepStatus::Ok {
            let _ = write!(out, " {}", step.status.as_str());
        }
        for key in ["gen_ai.agent.name", "gen_ai.handoff.to", "ticketlens.seen_in"] {
            if let Some(value) = step.attributes.get(key) {
                let _ = write!(out, " {key}={}", value.as_str().unwrap_or_default());
            }
        }
        if let Some(input) = step.input.as_ref().filter(|_| step.kind.as_str() == "tool") {
            let _ = write!(out, " {input}");
        }
        out.push('\n');
        timeline(steps, Some(&step.id), depth + 1, out);
    }
}

fn shown(ticket: &Ticket) -> String {
    let text =
        |value: Option<&serde_json::Value>| value.map(ToString::to_string).unwrap_or_default();
    let mut steps = String::new();
    timeline(&ticket.trace.steps, None, 0, &mut steps);
    let agent = ticket.attributes.iter().find(|(key, _)| key == "gen_ai.agent.name");
    format!(
        "{} {} tokens {:?} {:?} error {:?}\nasked {}\nanswered {}\n{}",
        ticket.status.as_str(),
        agent.and_then(|(_, name)| name.as_str()).unwrap_or("nobody"),
        ticket.input_tokens.unwrap_or_default(),
        ticket.output_tokens.unwrap_or_default(),
        ticket.error_type.as_deref().unwrap_or("none"),
        text(ticket.trace.ticket.as_ref()),
        text(ticket.trace.output.as_ref()),
        steps,
    )
}

#[test]
fn runs_of_frameworks_come_out_as_they_were() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frameworks");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "pb"));
    files.sort();
    assert_eq!(files.len(), 13);
    for file in files {
        let mut spans = Spans::new();
        spans.add_traces(&fs::read(&file).unwrap()).unwrap();
        let runs = spans.into_runs(&Group::default());
        let tickets: Vec<_> = runs.into_iter().map(|run| shown(&run.ticket("1"))).collect();
        let name = file.file_stem().unwrap().to_string_lossy().replace('.', "_");
        insta::assert_snapshot!(name, tickets.join("\n"));
    }
}
