//! One check: its name, how it came out, what was found and what to do next.

use serde::Serialize;
use ticketlens_store::Fault;

/// How a check came out, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Something does not work, or is about to end.
    Problem,
    /// It works, and somebody should look.
    Warning,
    /// It could not be looked at.
    Skipped,
    /// It is as it should be.
    Ok,
}

impl Outcome {
    /// As it is told, in text and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Problem => "problem",
            Self::Warning => "warning",
            Self::Skipped => "skipped",
            Self::Ok => "ok",
        }
    }
}

/// Why a question to the database has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// It went wrong.
    Fault(Fault),
    /// The receiver knows no such question.
    NotAsked,
}

/// What a look takes that an older receiver can't help with.
pub fn needs_newer_receiver() -> String {
    format!(
        "needs a receiver of this version, {}, and this one is older",
        env!("CARGO_PKG_VERSION")
    )
}

/// One check. Scripts rely on its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at, e.g. `clickhouse.version`.
    pub name: &'static str,
    /// How it came out.
    pub outcome: Outcome,
    /// What was found; of a skipped one, what a look would take.
    pub found: String,
    /// What to do; lines that begin with two spaces are to be pasted.
    pub next: Option<String>,
}

impl Check {
    /// As it should be.
    pub fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Ok, found: found.into(), next: None }
    }

    /// Somebody should look.
    pub fn warning(name: &'static str, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Warning, found: found.into(), next: Some(next.into()) }
    }

    /// Something does not work.
    pub fn problem(name: &'static str, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self { outcome: Outcome::Problem, ..Self::warning(name, found, next) }
    }

    /// It could not be looked at for lack of something.
    pub fn skipped(name: &'static str, needs: impl Into<String>) -> Self {
        Self { outcome: Outcome::Skipped, ..Self::ok(name, needs) }
    }

    /// Judges what the database answered; what it refused or did not answer was not looked at.
    pub fn of<T>(
        name: &'static str,
        answer: Result<T, Unanswered>,
        judge: impl FnOnce(T) -> Self,
    ) -> Self {
        let fault = match answer {
            Ok(found) => return judge(found),
            Err(Unanswered::NotAsked) => return Self::skipped(name, needs_newer_receiver()),
            Err(Unanswered::Fault(fault)) => fault,
        };
        match fault {
            fault if fault.is_denied() => Self::skipped(
                name,
                "needs a right that the login to ClickHouse does not have; see clickhouse.grants",
            ),
            // UNKNOWN_IDENTIFIER, UNKNOWN_TABLE, UNKNOWN_DATABASE
            Fault::Refused { code: 47 | 60 | 81, .. } => {
                Self::skipped(name, "needs tables that are up to date; see clickhouse.migrations")
            }
            Fault::Refused { .. } => Self::warning(
                name,
                format!("can't be looked at: {fault}"),
                "look at ClickHouse's own log",
            ),
            // It answers others: whoever asked nothing could not have known.
            fault => Self::problem(
                name,
                format!("can't be looked at: {fault}"),
                "ClickHouse answers a ping and not this: look at its CPU, its disk and what it is busy \
                 with (system.processes)",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_seen_is_never_ok() {
        let refused = |code| Fault::Refused { code, name: "NAME".to_owned() };
        let told = |why| Check::of("a.b", Err::<(), _>(why), |()| Check::ok("a.b", ""));
        for (fault, outcome, says) in [
            (refused(497), Outcome::Skipped, "clickhouse.grants"),
            (refused(60), Outcome::Skipped, "clickhouse.migrations"),
            (refused(184), Outcome::Warning, "code 184"),
            (Fault::TimedOut, Outcome::Problem, "in time"),
        ] {
            let check = told(Unanswered::Fault(fault));
            assert_eq!(check.outcome, outcome, "{check:?}");
            assert!(check.found.contains(says), "{check:?}");
        }
        let check = told(Unanswered::NotAsked);
        assert_eq!(check.outcome, Outcome::Skipped);
        assert!(check.found.starts_with("needs a receiver of this version"), "{check:?}");
    }
}
