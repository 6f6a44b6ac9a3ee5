//! Whether a step of the ticket is as the one that happened: its place, how it went, its ids, tokens
//! and models.

use std::collections::HashMap;

use crate::{
    got::{Got, HANDOFF},
    pairs::Pairs,
    scenario::{Happened, Run, Scenario},
    tally::none,
};

/// One field of a step that should be so and so.
pub struct Field {
    pub name: &'static str,
    pub expected: String,
    pub got: String,
    /// Whether the recording says it at all.
    pub said: bool,
}

/// What is asked of a step that was found.
pub fn fields(
    scenario: &Scenario,
    run: &Run,
    got: &[Got<'_>],
    pairs: &Pairs,
    [place, found]: [usize; 2],
) -> Vec<Field> {
    let (happened, step) = (&run.steps[place], &got[found]);
    let mut fields = vec![parent(scenario, run, got, pairs, [place, found])];
    let mut ask = |name, expected: Option<String>, got: Option<String>, said| {
        if let Some(expected) = expected {
            fields.push(Field { name, expected, got: got.unwrap_or_else(none), said });
        }
    };
    // Pairs have the same name where the recording says it; iterations and handoffs have none, and
    // a model call's is its model.
    if !matches!(happened.kind.as_str(), "react" | "handoff" | "llm") {
        let said = scenario.evidence.says(&happened.name);
        ask("name", Some(happened.name.clone()), Some(step.step.name.clone()), said);
    }
    let number = |n: u64| n.to_string();
    ask("iteration", happened.iteration.map(number), step.iteration().map(number), true);
    let status = happened.text("status").map(|status| status_of(status).to_owned());
    ask("status", status, Some(step.step.status.as_str().to_owned()), true);

    let evidence = &scenario.evidence;
    let mut text = |name, expected: Option<&str>, key| {
        let said = expected.is_some_and(|expected| evidence.says(expected));
        ask(name, expected.map(str::to_owned), step.text(key).map(str::to_owned), said);
    };
    text("call id", happened.text("call_id"), "gen_ai.tool.call.id");
    text("to", happened.text("to"), HANDOFF);
    if happened.kind == "llm" {
        text("request model", Some(&happened.name), "gen_ai.request.model");
        // A call that failed was answered by no model.
        let answered = happened.text("status") == Some("ok");
        let response = happened.text("response_model");
        let response = response.or_else(|| run.value["response_models"][0].as_str());
        text("response model", response.filter(|_| answered), "gen_ai.response.model");
    }
    for (name, key, attribute) in [
        ("input tokens", "input_tokens", "gen_ai.usage.input_tokens"),
        ("output tokens", "output_tokens", "gen_ai.usage.output_tokens"),
        ("cached tokens", "cached_tokens", "gen_ai.usage.cache_read.input_tokens"),
    ] {
        let expected = happened.value[key].as_u64().map(number);
        ask(name, expected, step.number(attribute).map(number), true);
    }
    fields
}

/// How a step's status is spelt in a ticket.
fn status_of(recorded: &str) -> &'static str {
    match recorded {
        "ok" => "OK",
        "not_run" => "SKIPPED",
        _ => "ERROR",
    }
}

/// The step that this one belongs to, beyond iterations and kinds that this instrumentation lacks.
fn parent(
    scenario: &Scenario,
    run: &Run,
    got: &[Got<'_>],
    pairs: &Pairs,
    [place, found]: [usize; 2],
) -> Field {
    let expected = happened_parent(scenario, run, &run.steps[place]);
    let parent = got_parent(scenario, got, &got[found]);
    let right = match (expected, parent) {
        (None, None) => true,
        (Some(expected), Some(parent)) => pairs.happened.get(&parent).is_some_and(|paired| {
            *paired == expected || twins(&run.steps[*paired], &run.steps[expected])
        }),
        _ => false,
    };
    let expected = expected.map_or_else(none, |expected| run.steps[expected].title());
    let got = parent.map_or_else(none, |parent| got[parent].title());
    // What is right is the same text, whatever the two sides call it.
    let got = if right { expected.clone() } else { format!("{got} as parent") };
    Field { name: "parent", expected, got, said: true }
}

/// Nodes that run tools side by side have the same name: which is which can't be told.
fn twins(one: &Happened, other: &Happened) -> bool {
    let of = |step: &Happened| (step.kind.clone(), step.name.clone(), step.iteration, step.parent);
    of(one) == of(other)
}

fn happened_parent(scenario: &Scenario, run: &Run, step: &Happened) -> Option<usize> {
    let mut parent = step.parent?;
    loop {
        let place = run.steps.iter().position(|step| step.id == parent)?;
        if scenario.is_parent(&run.steps[place].kind) {
            return Some(place);
        }
        parent = run.steps[place].parent?;
    }
}

fn got_parent(scenario: &Scenario, got: &[Got<'_>], step: &Got<'_>) -> Option<usize> {
    let places: HashMap<_, _> =
        got.iter().enumerate().map(|(place, got)| (got.step.id.as_str(), place)).collect();
    let mut parent = step.step.parent_id.as_deref()?;
    // As many steps up as there are: a ring has no end.
    for _ in 0..got.len() {
        let place = *places.get(parent)?;
        if scenario.is_parent(got[place].kind) {
            return Some(place);
        }
        parent = got[place].step.parent_id.as_deref()?;
    }
    None
}
