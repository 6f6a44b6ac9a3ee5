//! `ticketlens tenant set … --apply`: a tenant's retention, applied to what is stored already.

use ticketlens_api::{ApplyRetentionRequest, ApplyRetentionResponse, json};
use ticketlens_show::{self as show, safe};

use super::purge::{month_name, tickets};
use crate::{
    api::{Admin, refused},
    exit::{Exit, Result},
    interrupt::Interrupt,
    terminal::{agreed, note, print, print_json, spinner},
};

/// What a retention of so many days would change in what is stored.
pub async fn preview(
    admin: &mut Admin,
    tenant: &str,
    trace_days: Option<u32>,
    metrics_days: Option<u32>,
) -> Result<ApplyRetentionResponse> {
    let looking = spinner();
    looking.set_message("counting");
    let request = ApplyRetentionRequest {
        tenant: tenant.to_owned(),
        dry_run: true,
        trace_days,
        metrics_days,
        month: 0,
    };
    let would = admin.apply_retention(request).await;
    looking.finish_and_clear();
    Ok(would.map_err(|s| refused(&s))?.into_inner())
}

/// Whether to go on: asked only where something would be gone.
pub fn is_wanted(would: &ApplyRetentionResponse, tenant: &str, yes: bool) -> Result<bool> {
    if yes || would.tickets_expired + would.traces_expired == 0 {
        return Ok(true);
    }
    agreed(&format!("Deleted at once of {}: {}. Go on?", safe::line(tenant), gone(would)))
}

/// Prints what would change.
pub fn print_preview(would: &ApplyRetentionResponse, tenant: &str, as_json: bool) -> Result<()> {
    if as_json {
        return document(would, true);
    }
    print(&format!(
        "{} of {} would expire at another time; deleted at once: {}\n",
        tickets(would.tickets),
        safe::line(tenant),
        gone(would)
    ))?;
    note("nothing was changed");
    Ok(())
}

/// Applies the retention in force to what is stored, a month at a time.
pub async fn apply(
    admin: &mut Admin,
    tenant: &str,
    would: &ApplyRetentionResponse,
    as_json: bool,
) -> Result<Exit> {
    let interrupt = Interrupt::listen()?;
    let mut applied = ApplyRetentionResponse::default();
    let mut exit = Exit::Done;
    let working = spinner();
    for month in &would.by_month {
        if interrupt.is_asked() {
            exit = Exit::Interrupted;
            break;
        }
        let (done, all) = (show::count(applied.tickets), tickets(would.tickets));
        working.set_message(format!("{done} of {all}: {}", month_name(month.month)));
        let request = ApplyRetentionRequest {
            tenant: tenant.to_owned(),
            month: month.month,
            ..ApplyRetentionRequest::default()
        };
        match admin.apply_retention(request).await {
            Ok(answer) => add(&mut applied, answer.into_inner()),
            Err(status) => {
                working.finish_and_clear();
                let done = tickets(applied.tickets);
                return Err(refused(&status).next(format!(
                    "the setting is in force, and {done} go by it; for the rest: ticketlens tenant \
                     set {} --apply",
                    safe::line(tenant)
                )));
            }
        }
    }
    working.finish_and_clear();
    if as_json {
        document(&applied, false)?;
    } else {
        let shown = safe::line(tenant);
        let (done, gone) = (tickets(applied.tickets), gone(&applied));
        print(&format!("{done} of {shown} now expire at another time; deleted: {gone}\n"))?;
    }
    if exit == Exit::Interrupted {
        let tenant = safe::line(tenant);
        note(&format!("interrupted; for the rest: ticketlens tenant set {tenant} --apply"));
    }
    Ok(exit)
}

fn add(sum: &mut ApplyRetentionResponse, piece: ApplyRetentionResponse) {
    sum.tickets += piece.tickets;
    sum.tickets_expired += piece.tickets_expired;
    sum.traces_expired += piece.traces_expired;
    sum.by_month.extend(piece.by_month);
}

fn gone(of: &ApplyRetentionResponse) -> String {
    match (of.tickets_expired, of.traces_expired) {
        (0, 0) => "nothing".to_owned(),
        (0, traces) => format!("the traces of {}", tickets(traces)),
        (all, 0) => tickets(all),
        (all, traces) => {
            format!("{}, and the traces of {} more", tickets(all), show::count(traces))
        }
    }
}

fn document(of: &ApplyRetentionResponse, dry_run: bool) -> Result<()> {
    let mut document = serde_json::json!(json::AppliedRetention::from(of.clone()));
    document["dry_run"] = dry_run.into();
    print_json(&document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_said_in_words() {
        let of = |tickets_expired, traces_expired| ApplyRetentionResponse {
            tickets_expired,
            traces_expired,
            ..ApplyRetentionResponse::default()
        };
        assert_eq!(gone(&of(0, 0)), "nothing");
        assert_eq!(gone(&of(0, 1)), "the traces of 1 ticket");
        assert_eq!(gone(&of(2_000, 0)), "2,000 tickets");
        assert_eq!(gone(&of(2, 3)), "2 tickets, and the traces of 3 more");
    }
}
