//! Recorded runs, judged: what comes out of the spans of each instrumentation against what really
//! happened, which the model server and the tools wrote down themselves.
//!
//! `cargo test -p ticketlens-spans --test recorded -- --nocapture` prints the table by dialect, each
//! miss, and what was not asked for and why. Where the recordings are not, nothing is judged.
#![expect(clippy::expect_used, clippy::panic, reason = "a recording that can't be read ends it")]

#[path = "recorded/content.rs"]
mod content;
#[path = "recorded/evidence.rs"]
mod evidence;
#[path = "recorded/got.rs"]
mod got;
#[path = "recorded/judge.rs"]
mod judge;
#[path = "recorded/pairs.rs"]
mod pairs;
#[path = "recorded/reasons.rs"]
mod reasons;
#[path = "recorded/report.rs"]
mod report;
#[path = "recorded/run.rs"]
mod run;
#[path = "recorded/scenario.rs"]
mod scenario;
#[path = "recorded/step.rs"]
mod step;
#[path = "recorded/tally.rs"]
mod tally;

use crate::{
    report::Dialects,
    tally::{Figure, Tally},
};

/// Of a hundred steps so many are right, over all dialects and in each.
const OVERALL: usize = 98;
const EACH: usize = 95;

#[test]
fn recorded_runs_come_out_as_they_happened() {
    let folder = scenario::folder();
    if !folder.is_dir() {
        println!("skipped: no recordings at {}; nothing was judged", folder.display());
        return;
    }
    let scenarios = scenario::all(&folder);
    assert!(!scenarios.is_empty(), "no recordings in {}", folder.display());
    reasons::fit(&scenarios);

    let mut dialects = Dialects::new();
    for scenario in &scenarios {
        dialects.entry(scenario.dialect.clone()).or_default().add(judge::judge(scenario));
    }
    report::print(&dialects);

    let whole = report::sum(&dialects);
    let mut short = Vec::new();
    if !whole.steps.reaches(OVERALL) {
        short.push(format!("{} of the steps are right, {OVERALL} % should be", whole.steps));
    }
    for (dialect, tally) in &dialects {
        if !tally.steps.reaches(EACH) {
            short.push(format!("{dialect}: {} of the steps, {EACH} % should be", tally.steps));
        }
    }
    if !whole.tokens.is_full() {
        short.push(format!("{} of the token totals are right, all should be", whole.tokens));
    }
    if !whole.private.is_full() {
        short.push("personal values came through where content was not recorded".to_owned());
    }
    assert!(short.is_empty(), "{}\n{}", short.join("\n"), misses(&whole));
}

/// The misses that count against the bounds, a line each.
fn misses(whole: &Tally) -> String {
    let counted = [Figure::Steps, Figure::Tokens, Figure::Private];
    let misses = whole.misses.iter().filter(|miss| counted.contains(&miss.figure));
    misses.map(|miss| format!("  {miss}")).collect::<Vec<_>>().join("\n")
}
