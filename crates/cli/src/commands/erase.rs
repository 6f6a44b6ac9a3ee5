//! `ticketlens tickets erase`: one ticket or one customer, for good.

use clap::{ArgGroup, Args};
use ticketlens_api::{
    CountTicketsRequest, EraseTicketsRequest, FeedbackFilter, ListFeedbackRequest, TicketFilter,
    erase_tickets_request::What, json,
};
use ticketlens_show::safe;

use super::purge::several;
use crate::{
    api::{self, Admin, refused},
    channel::KeyedChannel,
    exit::{Exit, Failure, Result},
    target::{Purpose, Target, TargetArgs},
    terminal::{confirmed, note, print, print_json},
};

/// What to erase.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("what").required(true).args(["ticket", "customer"])))]
#[command(after_help = "\
What is erased is gone when the command returns, and off the disk soon after. Backups that were made
before still hold it. A customer is named by the keyed hash that its tickets carry:
`ticketlens redact` shows it, under the workflow's hash key.

Examples:
  ticketlens tickets erase --tenant acme --ticket 4711
  ticketlens tickets erase --tenant acme --customer hmac:aec5de4fb9cfade1 --yes")]
pub struct EraseArgs {
    /// The tenant.
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// Every execution of this ticket.
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,
    /// Every ticket of the customer with this hash.
    #[arg(long, value_name = "HASH")]
    customer: Option<String>,
    /// Do not ask for confirmation.
    #[arg(long)]
    yes: bool,
    /// One JSON document.
    #[arg(long)]
    json: bool,
    /// Which receiver.
    #[command(flatten)]
    target: TargetArgs,
}

/// Does it.
pub async fn run(args: EraseArgs) -> Result<Exit> {
    let EraseArgs { tenant, ticket, customer, yes, json, target } = args;
    let channel = Target::find(&target, Purpose::Admin)?.connect().await?;
    if let Some(ticket) = &ticket {
        there_are_some(&channel, &tenant, ticket).await?;
    }
    let what = match ticket {
        Some(id) => What::TicketId(id),
        None => What::Customer(customer.unwrap_or_default()),
    };
    let (kind, word) = match &what {
        What::TicketId(id) => ("ticket", id),
        What::Customer(hash) => ("customer", hash),
    };
    let named = format!("{kind} {}", safe::line(word));
    let warning =
        format!("This permanently deletes everything about {named} of {}.", safe::line(&tenant));
    if !yes && !confirmed(&warning, word)? {
        note(&format!("{named} was not erased"));
        return Ok(Exit::Failed);
    }
    let request = EraseTicketsRequest { tenant, what: Some(what) };
    let erased = Admin::new(channel).erase_tickets(request).await;
    let erased = erased.map_err(|s| refused(&s))?.into_inner();
    let none = erased.erased + erased.feedback == 0;
    if json {
        print_json(&serde_json::json!(json::Erased::from(erased)).to_string())?;
    } else {
        let executions = several(erased.erased, "execution");
        let feedback = match erased.feedback {
            0 => String::new(),
            pieces => format!(" and {} of feedback", several(pieces, "piece")),
        };
        print(&format!("erased {executions}{feedback} of {named}\n"))?;
    }
    Ok(if none { Exit::NotFound } else { Exit::Done })
}

/// A number mistyped is told before anyone is asked. Feedback may be there without its ticket.
async fn there_are_some(channel: &KeyedChannel, tenant: &str, ticket: &str) -> Result<()> {
    let filter = TicketFilter {
        tenant: tenant.to_owned(),
        ticket_id: ticket.to_owned(),
        ..TicketFilter::default()
    };
    let counting = CountTicketsRequest { filter: Some(filter) };
    let mut tickets = api::tickets(channel.clone());
    let counted = tickets.count_tickets(counting).await.map_err(|s| refused(&s))?;
    if counted.into_inner().count > 0 {
        return Ok(());
    }
    let filter = FeedbackFilter {
        tenant: tenant.to_owned(),
        ticket_id: ticket.to_owned(),
        ..FeedbackFilter::default()
    };
    let said = ListFeedbackRequest {
        filter: Some(filter),
        page_size: 1,
        ..ListFeedbackRequest::default()
    };
    let said = tickets.list_feedback(said).await.map_err(|s| refused(&s))?;
    if !said.into_inner().feedback.is_empty() {
        return Ok(());
    }
    let (id, tenant) = (safe::line(ticket), safe::line(tenant));
    let what = format!("{tenant} has no ticket {id}, and no feedback on one");
    Err(Failure::new(Exit::NotFound, what)
        .next(format!("`ticketlens tickets list --tenant {tenant}` shows what there is")))
}
