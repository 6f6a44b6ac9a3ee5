//! A run as a whole: how it ended, what was asked and answered, whose it was, and its sums.

use serde_json::Value;
use ticketlens_ticket::{Metric, Ticket};

use crate::{
    content::bare,
    evidence,
    reasons::{self, Best},
    scenario::{Run, Scenario},
    tally::{Figure, none},
};

/// One field of a run.
pub struct Asked {
    pub figure: Figure,
    pub name: &'static str,
    pub right: bool,
    pub expected: String,
    pub got: String,
}

/// What was not asked for.
pub enum Left {
    /// The recording never says it.
    Unsaid(&'static str),
    /// For that reason.
    Excused(&'static str),
}

/// What is asked of a run's ticket, or why it is not.
pub fn asked(scenario: &Scenario, run: &Run, ticket: &Ticket) -> Vec<Result<Asked, Left>> {
    let mut list = vec![status(run, ticket)];
    let evidence = &scenario.evidence;
    let mut text = |name, expected: &Value, got: Option<&str>| {
        let Some(expected) = expected.as_str() else { return };
        if !evidence.holds(expected) {
            list.push(Err(Left::Unsaid(name)));
            return;
        }
        list.push(Ok(text_asked(name, expected, got)));
    };
    let trace = &ticket.trace;
    let said = |value: &Option<Value>, key: &str| Some(value.as_ref()?[key].as_str()?.to_owned());
    text("question", &run.value["question"], said(&trace.ticket, "question").as_deref());
    text("answer", &run.value["final_answer"], said(&trace.output, "response").as_deref());
    text("conversation", &run.value["session_id"], attribute(ticket, "gen_ai.conversation.id"));
    text("customer", &run.value["user_id"], ticket.customer.as_deref());
    text("agent", &run.value["agent"], attribute(ticket, "gen_ai.agent.name"));
    // The class, without the module that some libraries write before it.
    let class = run.value["error"]["type"].as_str().map_or(Value::Null, |class| bare(class).into());
    text("error type", &class, ticket.error_type.as_deref().map(bare));
    list.push(partial(scenario, ticket));
    list.extend(totals(scenario, run, ticket));
    for asked in &mut list {
        let why = asked.as_ref().ok().and_then(|asked| reasons::of_run(scenario, asked.name));
        if let Some(why) = why {
            *asked = Err(Left::Excused(why));
        }
    }
    list
}

pub fn attribute<'a>(ticket: &'a Ticket, name: &str) -> Option<&'a str> {
    ticket.attributes.iter().find(|(key, _)| key == name)?.1.as_str()
}

fn text_asked(name: &'static str, expected: &str, got: Option<&str>) -> Asked {
    Asked {
        figure: Figure::Run,
        name,
        right: got == Some(expected),
        expected: expected.to_owned(),
        got: got.map_or_else(none, str::to_owned),
    }
}

fn status(run: &Run, ticket: &Ticket) -> Result<Asked, Left> {
    let got = ticket.status.as_str();
    let (expected, right) = match run.value["status"].as_str() {
        Some("ok") => ("SUCCESS", got == "SUCCESS"),
        Some("error") => ("FAILED", got == "FAILED"),
        _ => ("any but SUCCESS", got != "SUCCESS"),
    };
    let (expected, got) = (expected.to_owned(), got.to_owned());
    Ok(Asked { figure: Figure::Run, name: "status", right, expected, got })
}

/// Whether the ticket says that parents are missing.
fn partial(scenario: &Scenario, ticket: &Ticket) -> Result<Asked, Left> {
    let says = ticket.attributes.iter().any(|(key, _)| key == "ticketlens.partial");
    let right = says == scenario.orphans;
    let (expected, got) = (scenario.orphans.to_string(), says.to_string());
    Ok(Asked { figure: Figure::Run, name: "partial", right, expected, got })
}

/// The sums: all there is, or the most that can be known.
fn totals(scenario: &Scenario, run: &Run, ticket: &Ticket) -> Vec<Result<Asked, Left>> {
    // A count that is left out is none.
    let count = |name: &str| {
        let metric = ticket.metrics.iter().find(|(key, _)| key == name).map(|(_, metric)| *metric);
        Some(match metric {
            Some(Metric::Int(count)) => u64::try_from(count).unwrap_or(u64::MAX),
            Some(Metric::Double(_)) => u64::MAX,
            None => 0,
        })
    };
    let mut list = Vec::new();
    for (figure, name, key, got) in [
        (Figure::Tokens, "input tokens", "input_tokens", ticket.input_tokens),
        (Figure::Tokens, "output tokens", "output_tokens", ticket.output_tokens),
        (Figure::Calls, "llm calls", "llm_calls", count("llm_calls")),
        (Figure::Calls, "tool calls", "tool_calls", count("tool_calls")),
    ] {
        // Calls are counted where they have spans.
        if figure == Figure::Calls && !scenario.shows(name.split(' ').next().unwrap_or_default()) {
            list.push(Err(Left::Unsaid(name)));
            continue;
        }
        let whole = run.value["totals"][key].as_u64();
        let shown = |n: Option<u64>| n.map_or_else(none, |n| n.to_string());
        let (best, why) = reasons::of_total(scenario, name);
        let (right, expected) = match best {
            Best::Whole => (got == whole, shown(whole)),
            Best::Part(best) => {
                let expected = format!("{best}, or in truth {}", shown(whole));
                (got == whole || got == Some(best), expected)
            }
            Best::Unknown => {
                list.push(Err(Left::Excused(why)));
                continue;
            }
        };
        list.push(Ok(Asked { figure, name, right, expected, got: shown(got) }));
    }
    list
}

/// The personal values that occur in a ticket, beyond the ids of its conversation and customer.
pub fn leaks<'a>(scenario: &'a Scenario, ticket: &Ticket) -> Vec<&'a str> {
    let mut texts = String::new();
    let mut take = |text: &str| {
        texts.push_str(text);
        texts.push('\n');
    };
    let trace = serde_json::to_value(&ticket.trace).expect("a trace is JSON");
    evidence::leaves(&trace, &mut take);
    for (key, value) in &ticket.attributes {
        take(key);
        evidence::leaves(value, &mut take);
    }
    let others = [&ticket.error_type, &ticket.model, &ticket.category];
    others.into_iter().flatten().for_each(|text| take(text));
    // As they are, and as they stand in JSON within a text.
    let texts = [texts.replace('\\', ""), texts].concat().to_lowercase();
    let personal = scenario.personal.iter().map(String::as_str);
    personal.filter(|value| texts.contains(&value.to_lowercase())).collect()
}
