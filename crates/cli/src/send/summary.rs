//! What became of a file: for people, for scripts, and as an exit code.

use ticketlens::{ShutdownReport, Stats};
use ticketlens_show::{
    count,
    paint::{GREEN, RED, paint},
    safe,
};

use super::Tally;
use crate::{
    exit::{Exit, Result},
    target::Target,
    terminal::{note, print},
};

/// What became of a file.
pub struct Summary {
    /// Its lines.
    pub tally: Tally,
    /// The end of the client.
    pub report: ShutdownReport,
    /// What the client counted.
    pub stats: Stats,
    /// Of the tickets that were sent, how many at least were stored before; `None` where nobody could be asked.
    pub stored_before: Option<u64>,
    /// Ended by Ctrl-C.
    pub is_interrupted: bool,
}

impl Summary {
    /// How it ended.
    pub fn exit(&self) -> Exit {
        if self.is_interrupted {
            return Exit::Interrupted;
        }
        if self.tally.is_cut_short && is_about_the_key(&self.stats) {
            return Exit::Refused;
        }
        if self.lost() > 0 { Exit::Failed } else { Exit::Done }
    }

    fn lost(&self) -> u64 {
        let Self { tally, report, .. } = self;
        tally.malformed + report.rejected + report.dropped.total() + report.left
    }

    /// For people; `target` is where it was sent.
    pub fn print(&self, target: &Target) -> Result<()> {
        let Self { tally, report, stats, .. } = self;
        let style = if self.lost() == 0 && !self.is_interrupted { GREEN } else { RED };
        let (sent, lines) = (count(report.sent), count(tally.lines));
        let head = format!("{sent} of {lines} sent to {}", target.destination());
        print(&format!("{}\n", paint(style.bold(), head)))?;
        for (n, reason) in self.reasons().into_iter().filter(|(n, _)| *n > 0) {
            print(&format!("  {:>8}  {reason}\n", count(n)))?;
        }
        for message in &stats.messages {
            note(&format!("the receiver: {}", safe::line(message)));
        }
        if self.exit() == Exit::Refused {
            note(&format!("the key came from {}", safe::line(&target.key.source)));
        }
        if tally.is_cut_short {
            let why = match self.is_interrupted {
                true => "interrupted",
                false => "the receiver refused the first line",
            };
            note(&format!(
                "{why}; the rest of the file was not read. Sending it again stores nothing twice."
            ));
        }
        Ok(())
    }

    /// How many of what is worth a line.
    fn reasons(&self) -> Vec<(u64, String)> {
        let Self { tally, report, stats, .. } = self;
        let is_mixed = tally.feedback > 0;
        let before = "of these, at least, were already stored: a ticket is stored once";
        let mut reasons = vec![
            (if is_mixed { tally.tickets } else { 0 }, "tickets".to_owned()),
            (self.stored_before.unwrap_or_default(), before.to_owned()),
            (tally.feedback, "feedback on tickets".to_owned()),
        ];
        let malformed = tally.reasons.iter();
        reasons.extend(malformed.map(|(why, n)| (*n, format!("malformed: {}", safe::line(why)))));
        reasons.push((report.rejected, "rejected by the receiver".to_owned()));
        let dropped = report.dropped.by_reason().into_iter();
        reasons.extend(dropped.map(|(why, n)| (n, format!("dropped: {}", says(why)))));
        reasons.push((report.left, "not answered before the end".to_owned()));
        reasons.push((tally.early, "sent with a time before the year 2000".to_owned()));
        reasons.push((tally.future, "sent with a time in the future".to_owned()));
        let hints = tally.hints.iter();
        reasons.extend(hints.map(|(hint, n)| (n, safe::line(&hint).into_owned())));
        let degraded = stats.degraded;
        reasons.push((degraded.shortened, "too large: sent with its longest texts cut".to_owned()));
        reasons.push((degraded.timeline, "too large: sent without its texts".to_owned()));
        reasons.push((degraded.metrics_only, "too large: sent without its trace".to_owned()));
        let unread = "sent without what the redaction gate could not read; `ticketlens redact` \
                      shows which";
        reasons.push((stats.gate_failures, unread.to_owned()));
        let removed = "secrets and personal values removed before sending";
        reasons.push((stats.redactions, removed.to_owned()));
        reasons
    }

    /// For scripts.
    pub fn document(&self) -> serde_json::Value {
        let Self { tally, report, stats, .. } = self;
        let dropped: serde_json::Map<_, _> = report
            .dropped
            .by_reason()
            .into_iter()
            .map(|(why, n)| (why.to_owned(), n.into()))
            .collect();
        let hints: serde_json::Map<_, _> =
            tally.hints.iter().map(|(hint, n)| (hint, n.into())).collect();
        serde_json::json!({
            "lines": tally.lines,
            "tickets": tally.tickets,
            "feedback": tally.feedback,
            "sent": report.sent,
            "stored_before": self.stored_before,
            "malformed": tally.malformed,
            "malformed_reasons": tally.reasons,
            "hints": hints,
            "early": tally.early,
            "future": tally.future,
            "rejected": report.rejected,
            "dropped": dropped,
            "unanswered": report.left,
            "redactions": stats.redactions,
            "gate_failures": stats.gate_failures,
            "messages": stats.messages,
            "interrupted": self.is_interrupted,
            "complete": !tally.is_cut_short,
        })
    }
}

/// Whether the key is why the receiver refused; the client begins what was said with its code.
pub fn is_about_the_key(stats: &Stats) -> bool {
    const CODES: [&str; 4] = ["Unauthenticated", "PermissionDenied", "HTTP 401", "HTTP 403"];
    let is_so = |message: &String| CODES.iter().any(|code| message.starts_with(code));
    stats.dropped.refused > 0 && stats.messages.iter().any(is_so)
}

/// Why something was dropped, for people.
pub fn says(reason: &str) -> &str {
    match reason {
        "queue_full" => "the client's queue was full",
        "shut_down" => "the client was shutting down",
        "retries_exhausted" => "the receiver was away, or wanted them later than this waits",
        "refused" => "the receiver refused the request",
        "unredactable" => "could not be redacted",
        "invalid" => "feedback that is not what it should be",
        "panicked" => "a bug in the client: please report it",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(change: impl FnOnce(&mut Tally, &mut Stats)) -> Summary {
        let (mut tally, mut stats) = (Tally::default(), Stats::default());
        change(&mut tally, &mut stats);
        Summary {
            tally,
            report: ticketlens::Lens::off().shutdown(std::time::Duration::ZERO),
            stats,
            stored_before: None,
            is_interrupted: false,
        }
    }

    #[test]
    fn how_it_ended_is_what_matters_most() {
        assert_eq!(summary(|_, _| {}).exit(), Exit::Done);
        assert_eq!(summary(|tally, _| tally.malformed = 1).exit(), Exit::Failed);
        let refused = |tally: &mut Tally, stats: &mut Stats| {
            (tally.is_cut_short, stats.dropped.refused) = (true, 1);
            stats.messages.push("HTTP 403 Forbidden: this needs a key of scope ingest".into());
        };
        assert_eq!(summary(refused).exit(), Exit::Refused);
        let misdirected = |tally: &mut Tally, stats: &mut Stats| {
            refused(tally, stats);
            tally.malformed = 1;
            stats.messages = vec!["HTTP 404 Not Found: no such path".into()];
        };
        assert_eq!(summary(misdirected).exit(), Exit::Failed);
        let interrupted = Summary { is_interrupted: true, ..summary(refused) };
        assert_eq!(interrupted.exit(), Exit::Interrupted);
    }

    #[test]
    fn a_script_is_told_what_nobody_could_find_out() {
        assert!(summary(|_, _| {}).document()["stored_before"].is_null());
        let known = Summary { stored_before: Some(3), ..summary(|_, _| {}) };
        assert_eq!(known.document()["stored_before"], 3);
    }
}
