//! Tickets that were lost, rejected, or stored more than once.

use ticketlens_show::{self as show, safe};
use ticketlens_store::{Copies, Gaps, OpenLeft, Rejected};

use super::check::Check;

/// Gaps in the ledger.
pub const LEDGER: &str = "tickets.ledger";
/// What dead processes had open.
pub const OPEN: &str = "tickets.open";
/// What was sent and not stored.
pub const REJECTIONS: &str = "tickets.rejections";
/// What was stored more than once.
pub const DUPLICATES: &str = "tickets.duplicates";

/// How many tenants are named.
const NAMED: usize = 10;

/// Judges what the ledger misses.
pub fn ledger(gaps: &Gaps) -> Check {
    if gaps.missing == 0 {
        return Check::ok(LEDGER, "nothing is missing of the last day");
    }
    Check::warning(
        LEDGER,
        format!(
            "{} missing in the last day, of {} ({})",
            tickets(gaps.missing),
            processes(gaps.processes),
            gaps.tenants.join(", ")
        ),
        "each gap is a ticket that was lost on the way, or erased: look at the senders' `lens.stats()` \
         and logs, and at the Collector's queue. The view `ledger` names the processes",
    )
}

/// Judges what dead processes left behind.
pub fn open(left: &OpenLeft) -> Check {
    if left.open == 0 {
        return Check::ok(OPEN, "no process has gone with tickets open");
    }
    Check::warning(
        OPEN,
        format!(
            "{} open in {} that sent nothing for an hour ({})",
            tickets(left.open),
            processes(left.processes),
            left.tenants.join(", ")
        ),
        "if these processes are gone, their tickets are lost: have workflows end with \
         `lens.shutdown(…)`, and look why they ended. The view `ledger` names them",
    )
}

/// Judges what was sent and not stored.
pub fn rejections(rejected: &[Rejected]) -> Check {
    if rejected.is_empty() {
        return Check::ok(REJECTIONS, "none in the last hour");
    }
    let told = rejected.iter().map(|group| {
        format!("{} {} ({})", show::count(group.records), group.reason, group.tenants.join(", "))
    });
    Check::warning(
        REJECTIONS,
        format!("records not stored in the last hour: {}", told.collect::<Vec<_>>().join("; ")),
        "docs/record.md, \"What comes back\", says what each reason means; senders are told the same in \
         the answer",
    )
}

/// Judges whether executions come more than once. A few do: who got no answer sends again.
pub fn duplicates(copies: &Copies) -> Check {
    let twice = copies.rows.saturating_sub(copies.executions);
    // A share of twentieths, in whole numbers.
    if twice < 10 || twice.saturating_mul(20) < copies.rows {
        let found = format!(
            "{} of {} rows of the last hour are copies",
            show::count(twice),
            show::count(copies.rows)
        );
        return Check::ok(DUPLICATES, found);
    }
    // A receiver of before names nobody.
    let whose: Vec<_> = copies.tenants.iter().take(NAMED).map(|name| safe::line(name)).collect();
    let whose = if whose.is_empty() { String::new() } else { format!(" ({})", whose.join(", ")) };
    Check::warning(
        DUPLICATES,
        format!(
            "at least {} of {} rows of the last hour are copies of an execution{whose}",
            show::count(twice),
            show::count(copies.rows)
        ),
        "each is shown once and costs twice: look for two pipelines or two Collectors that send the same \
         tickets (docs/collectors.md), for answers that time out, or for a file that was sent again",
    )
}

fn tickets(n: u64) -> String {
    if n == 1 { "1 ticket is".to_owned() } else { format!("{} tickets are", show::count(n)) }
}

fn processes(n: u64) -> String {
    if n == 1 { "1 process".to_owned() } else { format!("{} processes", show::count(n)) }
}

#[cfg(test)]
mod tests {
    use super::{super::check::Outcome, *};

    #[test]
    fn gaps_and_what_was_left_open_are_told_with_whose_they_are() {
        let acme = || vec!["acme".to_owned()];
        let told = ledger(&Gaps { processes: 1, missing: 6, tenants: acme() });
        assert_eq!(told.outcome, Outcome::Warning);
        assert_eq!(told.found, "6 tickets are missing in the last day, of 1 process (acme)");
        assert_eq!(ledger(&Gaps::default()).outcome, Outcome::Ok);
        let told = open(&OpenLeft { processes: 2, open: 1, tenants: acme() });
        assert_eq!(
            told.found,
            "1 ticket is open in 2 processes that sent nothing for an hour (acme)"
        );
        assert_eq!(open(&OpenLeft::default()).outcome, Outcome::Ok);
    }

    #[test]
    fn rejections_are_told_by_reason() {
        let group = |reason: &str, records| Rejected {
            reason: reason.to_owned(),
            records,
            tenants: vec!["acme".to_owned(), "beta".to_owned()],
        };
        let told = rejections(&[group("no_ticket_id", 12), group("bad_body", 1)]);
        assert_eq!(told.outcome, Outcome::Warning);
        assert!(told.found.ends_with("12 no_ticket_id (acme, beta); 1 bad_body (acme, beta)"));
        assert_eq!(rejections(&[]).outcome, Outcome::Ok);
    }

    #[test]
    fn a_retry_is_no_collector_that_sends_twice() {
        let of = |rows, executions, tenants| duplicates(&Copies { rows, executions, tenants });
        let judged = |rows, executions| of(rows, executions, Vec::new()).outcome;
        assert_eq!(judged(0, 0), Outcome::Ok);
        assert_eq!(judged(18, 9), Outcome::Ok, "a handful");
        assert_eq!(judged(20, 10), Outcome::Warning);
        assert_eq!(judged(1_000, 951), Outcome::Ok, "not a twentieth");
        assert_eq!(judged(1_000, 950), Outcome::Warning);
        let told = of(20, 10, (0..20).map(|n| format!("t{n}")).collect()).found;
        assert!(
            told.ends_with("of an execution (t0, t1, t2, t3, t4, t5, t6, t7, t8, t9)"),
            "{told}"
        );
    }
}
