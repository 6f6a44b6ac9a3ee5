//! `ticketlens example`: a few ticket logs to send, as fresh as if they had just happened.

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{
    exit::{Exit, Failure, Result},
    terminal::print,
};

/// The ticket logs; the first is the newest.
const RUNS: &str = include_str!("../../../../examples/runs.jsonl");
/// How long ago the newest ended.
const AGE: SignedDuration = SignedDuration::from_mins(1);

/// Nothing to choose.
#[derive(Args, Debug)]
#[command(after_help = "\
Four tickets: a success, a failure (4712), an escalation, and a minimal one. The people and
orders are made up, and the newest is a minute old.

Example:
  ticketlens example > runs.jsonl
  ticketlens redact runs.jsonl
  ticketlens send runs.jsonl
  ticketlens tickets show 4712")]
pub struct ExampleArgs {}

/// Does it.
pub async fn run(_: ExampleArgs) -> Result<Exit> {
    let broken = |e: &dyn std::fmt::Display| Failure::new(Exit::Failed, format!("a bug: {e}"));
    print(&runs(Timestamp::now()).map_err(|e| broken(&e))?)?;
    Ok(Exit::Done)
}

/// The lines, moved in time so that the newest is a minute old.
fn runs(now: Timestamp) -> Result<String, Box<dyn std::error::Error>> {
    let mut lines: Vec<Value> = RUNS.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let at = |line: &Value| line["executed_at"].as_str().unwrap_or_default().parse::<Timestamp>();
    let newest = lines.first().map(at).ok_or("no lines")??;
    // Whole seconds read better.
    let now = Timestamp::from_second(now.as_second())?;
    let later = now.duration_since(newest) - AGE;
    for line in &mut lines {
        line["executed_at"] = (at(line)? + later).to_string().into();
    }
    Ok(lines.iter().map(|line| format!("{line}\n")).collect())
}

#[cfg(test)]
mod tests {
    use ticketlens_ticket::line::Entry;

    use super::*;
    use crate::send::{Lines, read};

    #[test]
    fn every_line_is_a_ticket_log_without_a_slip_and_just_happened() {
        let now: Timestamp = "2027-05-06T07:08:09.5Z".parse().unwrap();
        let text = runs(now).unwrap();
        let mut lines = Lines::new(text.as_bytes());
        let mut ages = Vec::new();
        while let Some((_, line)) = lines.next().unwrap() {
            let Entry::Ticket(parsed, _) = read(line).unwrap().unwrap() else { panic!("feedback") };
            assert_eq!(parsed.hints, []);
            let nanos = parsed.ticket.executed_at.as_unix_nanos();
            ages.push(now.as_second() - i64::try_from(nanos / 1_000_000_000).unwrap());
        }
        assert_eq!(ages.len(), 4);
        assert_eq!(ages[0], 60);
        assert!(ages.iter().all(|age| (60..3600).contains(age)), "{ages:?}");
    }
}
