//! What was found, for people and as JSON.

use serde_json::{Value, json};
use ticketlens_show::{
    paint::{BOLD, DIM, GREEN, RED, YELLOW, paint},
    safe,
};

use super::check::{Check, Outcome};
use crate::exit::Failure;

/// Columns of the word before each check.
const MARGIN: usize = 9;

/// How many came out so.
fn count(checks: &[Check], outcome: Outcome) -> usize {
    checks.iter().filter(|check| check.outcome == outcome).count()
}

/// The worst of all.
fn worst(checks: &[Check]) -> Outcome {
    // Skipped is not worse than ok: it says nothing of the system.
    match checks.iter().map(|check| check.outcome).min() {
        Some(bad @ (Outcome::Problem | Outcome::Warning)) => bad,
        _ => Outcome::Ok,
    }
}

/// One JSON document.
pub fn document(checks: &[Check]) -> Value {
    counted(worst(checks).word(), checks)
}

/// The same where nothing could be looked at, with the reason.
pub fn failed(failure: &Failure) -> Value {
    let mut document = counted("error", &[]);
    document["error"] = json!({ "what": failure.what(), "next": failure.advice() });
    document
}

fn counted(outcome: &str, checks: &[Check]) -> Value {
    json!({
        "outcome": outcome,
        "problems": count(checks, Outcome::Problem),
        "warnings": count(checks, Outcome::Warning),
        "skipped": count(checks, Outcome::Skipped),
        "ok": count(checks, Outcome::Ok),
        "checks": sorted(checks),
    })
}

fn sorted(checks: &[Check]) -> Vec<&Check> {
    let mut sorted: Vec<_> = checks.iter().collect();
    // The order of the round within each: a cause comes before what it causes.
    sorted.sort_by_key(|check| check.outcome);
    sorted
}

/// For people: the worst first, and what is well in one paragraph unless all is wanted.
pub fn listing(checks: &[Check], all: bool, width: usize) -> String {
    let mut out = String::new();
    let sorted = sorted(checks);
    for check in &sorted {
        match check.outcome {
            Outcome::Problem => told(&mut out, check, paint(RED.bold(), padded("problem")), width),
            Outcome::Warning => told(&mut out, check, paint(YELLOW, padded("warning")), width),
            _ => {}
        }
    }
    skipped(&mut out, &sorted, width);
    let fine: Vec<_> = sorted.iter().filter(|check| check.outcome == Outcome::Ok).collect();
    if all {
        for check in fine {
            told(&mut out, check, paint(GREEN, padded("ok")), width);
        }
    } else if !fine.is_empty() {
        let names = fine.iter().map(|check| check.name).collect::<Vec<_>>().join(", ");
        out.push_str(&paint(GREEN, padded("ok")));
        hanging(&mut out, &names, width);
        out.push('\n');
    }
    out.push_str(&summary(checks));
    out
}

fn padded(word: &str) -> String {
    format!("{word:<MARGIN$}")
}

fn told(out: &mut String, check: &Check, word: String, width: usize) {
    out.push_str(&word);
    out.push_str(&paint(BOLD, check.name));
    out.push('\n');
    indented(out, &check.found, width);
    if let Some(next) = &check.next {
        indented(out, &format!("→ {next}"), width);
    }
    out.push('\n');
}

/// Those that lack the same are told together.
fn skipped(out: &mut String, sorted: &[&Check], width: usize) {
    let mut told: Vec<&str> = Vec::new();
    for check in sorted.iter().filter(|check| check.outcome == Outcome::Skipped) {
        if told.contains(&&*check.found) {
            continue;
        }
        told.push(&check.found);
        let same =
            sorted.iter().filter(|one| one.outcome == Outcome::Skipped && one.found == check.found);
        let names = same.map(|one| one.name).collect::<Vec<_>>().join(", ");
        out.push_str(&paint(DIM, padded("skipped")));
        hanging(out, &names, width);
        indented(out, &check.found, width);
        out.push('\n');
    }
}

fn summary(checks: &[Check]) -> String {
    let of = |outcome, one: &str, many: &str| match count(checks, outcome) {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    let parts: Vec<_> = [
        of(Outcome::Problem, "problem", "problems"),
        of(Outcome::Warning, "warning", "warnings"),
        of(Outcome::Skipped, "check skipped", "checks skipped"),
        of(Outcome::Ok, "ok", "ok"),
    ]
    .into_iter()
    .flatten()
    .collect();
    format!("{}\n", parts.join(", "))
}

/// Lines behind the margin; one that begins with two spaces is to be pasted, and stays whole.
fn indented(out: &mut String, text: &str, width: usize) {
    for line in text.lines() {
        out.push_str(&" ".repeat(MARGIN));
        if line.starts_with("  ") {
            out.push_str(&safe::line(line));
            out.push('\n');
        } else {
            hanging(out, line, width);
        }
    }
}

/// Words from where the margin ends, each further line behind it.
fn hanging(out: &mut String, text: &str, width: usize) {
    let room = width.saturating_sub(MARGIN).max(20);
    let mut used = 0;
    for word in safe::line(text).split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > room {
            out.push('\n');
            out.push_str(&" ".repeat(MARGIN));
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn checks() -> Vec<Check> {
        vec![
            Check::ok("receiver.ready", "a ticket sent now would be stored"),
            Check::ok("clickhouse.version", "26.7.3.1, which is tested"),
            Check::warning("keys.ending", "K7 (acme, ingest) ends on 2026-11-21", "rotate it"),
            Check::problem(
                "clickhouse.grants",
                "the login lacks SELECT",
                "as an admin:\n  GRANT it;",
            ),
            Check::skipped("grafana.places", "needs Grafana's address"),
            Check::skipped("grafana.reachable", "needs Grafana's address"),
        ]
    }

    #[test]
    fn the_worst_comes_first_and_what_is_well_is_summed_up() {
        let text = anstream::adapter::strip_str(&listing(&checks(), false, 60)).to_string();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn all_is_told_where_it_is_wanted() {
        let text = listing(&checks(), true, 60);
        assert!(text.contains("a ticket sent now would be stored"), "{text}");
    }

    #[test]
    fn a_document_has_every_check_with_its_outcome() {
        let document = document(&checks());
        assert_eq!(document["outcome"], "problem");
        assert_eq!(document["skipped"], 2);
        assert_eq!(document["checks"][0]["name"], "clickhouse.grants");
        assert_eq!(document["checks"][0]["outcome"], "problem");
        assert_eq!(document["checks"].as_array().unwrap().len(), 6);
        let skipped = [Check::skipped("grafana.places", "needs its address")];
        assert_eq!(super::document(&skipped)["outcome"], "ok");
    }

    #[test]
    fn where_nothing_was_looked_at_the_document_says_why_and_not_ok() {
        let failure = Failure::new(Exit::Usage, "no key").next("set one");
        let document = failed(&failure);
        assert_eq!(document["outcome"], "error");
        assert_eq!(document["error"], json!({ "what": "no key", "next": "set one" }));
        assert_eq!((&document["checks"], &document["problems"]), (&json!([]), &json!(0)));
        let alone = Failure::new(Exit::Usage, "no key");
        assert_eq!(failed(&alone)["error"]["next"], Value::Null);
    }

    #[test]
    fn what_others_wrote_does_not_act_on_the_terminal() {
        let hostile = [Check::warning("keys.ending", "a \x1b[2J b", "c \x1b]0; d")];
        let text = anstream::adapter::strip_str(&listing(&hostile, false, 60)).to_string();
        let shown = listing(&hostile, false, 60);
        assert!(!shown.contains("\x1b[2J") && !shown.contains("\x1b]0"), "{text}");
    }
}
