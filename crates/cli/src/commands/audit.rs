//! `ticketlens audit`: what was done to an installation, and by whom.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use ticketlens_api::{AuditedAct, ListAuditRequest, json};
use ticketlens_show::{
    self as show,
    listing::{Column, Listing},
    safe,
};

use super::purge::month_name;
use crate::{
    api::{Admin, refused},
    exit::{Exit, Failure, Result},
    target::{TargetArgs, admin},
    terminal::{note, print, print_document, print_listing},
    when,
};

/// Acts a page: the most the receiver gives.
const PAGE: u32 = 1000;

/// What to do with the audit.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// List administrative acts, newest first: who, when, from where, what changed, how many.
    #[command(after_help = "\
Acts are tenant.create, tenant.update, tenant.delete, key.create, key.rotate, key.revoke,
tickets.erase, grafana.provision, store.migrate and more. An act is written down before it is done:
one whose outcome is \"begun\" may have been done or not. \"denied\" are calls with a key that may
not, with how many there were. Nothing in here quotes a ticket. Entries are kept for 400 days.

Examples:
  ticketlens audit list --since 7d
  ticketlens audit list --tenant acme --act tickets.erase
  ticketlens audit list --all --json | jq 'select(.outcome == \"denied\")'")]
    List(AuditArgs),
}

/// Which acts.
#[derive(Args, Debug)]
pub struct AuditArgs {
    /// Acts that concern this tenant, also one that was removed; with an admin key, by default all.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Acts of this kind, e.g. key.revoke.
    #[arg(long, value_name = "ACT")]
    act: Option<String>,
    /// Begun at this time or later: 2h (ago), yesterday, 2026-11-09, 2026-11-09T08:00 (UTC without a
    /// zone).
    #[arg(long, value_name = "TIME", value_parser = when::past)]
    since: Option<Timestamp>,
    /// Begun before this time; a date is its first moment, UTC.
    #[arg(long, value_name = "TIME", value_parser = when::past)]
    until: Option<Timestamp>,
    /// List at most this many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// List all of them.
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// All columns and whole cells, however narrow the terminal is.
    #[arg(long)]
    wide: bool,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// Which receiver.
    #[command(flatten)]
    target: TargetArgs,
}

/// Does it.
pub async fn run(command: AuditCommand) -> Result<Exit> {
    let AuditCommand::List(args) = command;
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since >= until
    {
        let what = format!("--since ({since}) is not before --until ({until})");
        return Err(Failure::new(Exit::Usage, what)
            .next("--until 2h means until two hours ago; leave it out for up to now"));
    }
    // Not checked for being there: the acts of a removed tenant are still told.
    let admin = admin(&args.target).await?;
    list(admin, args).await
}

async fn list(mut admin: Admin, args: AuditArgs) -> Result<Exit> {
    let at = |at: Timestamp| prost_types::Timestamp {
        seconds: at.as_second(),
        nanos: at.subsec_nanosecond(),
    };
    let mut request = ListAuditRequest {
        tenant: args.tenant.unwrap_or_default(),
        act: args.act.unwrap_or_default(),
        since: args.since.map(at),
        until: args.until.map(at),
        ..ListAuditRequest::default()
    };
    let mut left = if args.all { u32::MAX } else { args.limit };
    let mut found = Vec::new();
    loop {
        request.page_size = left.min(PAGE);
        let page = admin.list_audit(request.clone()).await.map_err(|s| refused(&s))?.into_inner();
        left = left.saturating_sub(u32::try_from(page.acts.len()).unwrap_or(u32::MAX));
        request.page_token = page.next_page_token;
        if args.json {
            for act in page.acts {
                print_document(&json::AuditedAct::from(act))?;
            }
        } else {
            found.extend(page.acts);
        }
        if left == 0 || request.page_token.is_empty() {
            break;
        }
    }
    match found.is_empty() {
        _ if args.json => {}
        true => print("No acts match.\n")?,
        false => print_listing(&listing(&found), args.wide)?,
    }
    if !request.page_token.is_empty() {
        note("there are more: --all lists them, --limit and --until choose");
    }
    Ok(Exit::Done)
}

fn listing(acts: &[AuditedAct]) -> Listing<9> {
    let mut listing = Listing::new([
        Column::new("at").keep(),
        Column::new("who").keep(),
        Column::new("from").keep().may_drop(2),
        Column::new("tenant").may_drop(4),
        Column::new("act").keep(),
        Column::new("subject").keep(),
        Column::new("affected").keep().right().may_drop(3),
        Column::new("outcome"),
        Column::new("changed").may_drop(1),
    ]);
    for act in acts {
        let who = if act.key_id.is_empty() { &act.actor } else { &act.key_id };
        let outcome = match act.reason.as_str() {
            "" => act.outcome.clone(),
            reason => format!("{}: {}", act.outcome, in_words(reason)),
        };
        listing.row([
            show::time(act.at.as_ref()).trim_end_matches(" UTC").into(),
            who.into(),
            (&act.origin).into(),
            (&act.tenant).into(),
            (&act.act).into(),
            (&act.subject).into(),
            act.affected.to_string().into(),
            outcome.into(),
            changes(act).into(),
        ]);
    }
    listing
}

/// In the order of their names, so that the same act reads the same.
fn changes(act: &AuditedAct) -> String {
    let mut changed: Vec<_> = act.changed.iter().collect();
    changed.sort();
    let one = |(name, what): (&String, &String)| {
        let what = match what.parse() {
            Ok(month) if name == "month" => month_name(month),
            _ => safe::line(what).into_owned(),
        };
        format!("{}: {what}", safe::line(name))
    };
    changed.into_iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Why an act failed: the code with which the receiver answered, as `--json` has it.
fn in_words(reason: &str) -> String {
    let words = match reason {
        "invalid_argument" => "an argument was wrong",
        "not_found" => "it is not there",
        "already_exists" => "it is there already",
        "failed_precondition" => "its state does not allow it",
        "permission_denied" => "not allowed",
        "resource_exhausted" => "too much at once",
        "aborted" => "something else changed it meanwhile",
        "unavailable" => "the database did not answer",
        "deadline_exceeded" => "it took too long",
        "internal" => "a fault of the receiver or the database",
        other => return other.replace('_', " "),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use ticketlens_show::listing::Room;

    use super::*;

    #[test]
    fn who_did_what_to_what_is_told_on_a_narrow_terminal() {
        let act = AuditedAct {
            at: Some(prost_types::Timestamp { seconds: 1_796_000_000, nanos: 0 }),
            key_id: "3k9x2m7q".into(),
            origin: "203.0.113.7".into(),
            tenant: "acme".into(),
            act: "tickets.purge".into(),
            subject: "9zz8yy7x".into(),
            affected: 12,
            outcome: "failed".into(),
            reason: "failed_precondition".into(),
            changed: [("month".to_owned(), "202612".to_owned())].into(),
            ..AuditedAct::default()
        };
        let narrow = listing(std::slice::from_ref(&act)).render(Room::Columns(80));
        for told in ["3k9x2m7q", "tickets.purge", "9zz8yy7x", "failed"] {
            assert!(narrow.text.contains(told), "{}", narrow.text);
        }
        let whole = listing(&[act]).render(Room::Unlimited).text;
        assert!(whole.contains("failed: its state does not allow it"), "{whole}");
        assert!(whole.contains("month: 2026-12"), "{whole}");
        assert!(whole.contains("subject") && whole.contains("affected"), "{whole}");
    }
}
