//! Which tickets a command is about.

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use ticketlens_api::TicketFilter;

use crate::{
    exit::{Exit, Failure, Result},
    when,
};

/// Which tickets.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Filters")]
pub struct FilterArgs {
    /// What else is chosen by.
    #[command(flatten)]
    rest: AnyVersion,
    /// Tickets of this version of the workflow.
    #[arg(long, value_name = "VERSION")]
    workflow_version: Option<String>,
}

/// The same where the versions are said otherwise.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Filters")]
pub struct AnyVersion {
    /// Tickets of this tenant; with an admin key, by default of all.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Tickets with this status: SUCCESS, FAILED, ESCALATED, CANCELLED or a workflow's own.
    #[arg(long)]
    status: Option<String>,
    /// Tickets in this category.
    #[arg(long)]
    category: Option<String>,
    /// Tickets of this workflow.
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    /// Tickets from this environment.
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Tickets with this type of error.
    #[arg(long, value_name = "TYPE")]
    error: Option<String>,
    /// Tickets that this model worked on.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Tickets of the customer with this keyed hash (hmac:…), as `tickets show` shows it.
    #[arg(long, value_name = "HASH")]
    customer: Option<String>,
    /// Tickets of this conversation (gen_ai.conversation.id).
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    /// Tickets whose number begins like this.
    #[arg(long, value_name = "PREFIX")]
    id_prefix: Option<String>,
    /// Tickets that took at least this long: 30s, 5m, 1h 30m.
    #[arg(long, value_name = "SPAN", value_parser = when::span)]
    min_duration: Option<SignedDuration>,
    /// Tickets that took at most this long.
    #[arg(long, value_name = "SPAN", value_parser = when::span)]
    max_duration: Option<SignedDuration>,
    /// Tickets with an overall confidence of at least this; those without one are left out.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    min_confidence: Option<f64>,
    /// Tickets with an overall confidence of at most this; those without one are left out.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    max_confidence: Option<f64>,
    /// Executed at this time or later: 2h (ago), yesterday, 2026-11-09, 2026-11-09T08:00 (UTC
    /// without a zone), 2026-11-09T08:00:00+02:00.
    #[arg(long, value_name = "TIME", value_parser = when::past)]
    since: Option<Timestamp>,
    /// Executed before this time, which is not included; a date is its first moment, UTC.
    #[arg(long, value_name = "TIME", value_parser = when::past)]
    until: Option<Timestamp>,
}

/// As a message; a range that holds no moment is a mistake.
pub fn filter_of(args: FilterArgs) -> Result<TicketFilter> {
    if let (Some(since), Some(until)) = (args.rest.since, args.rest.until)
        && since >= until
    {
        let what = format!("--since ({since}) is not before --until ({until})");
        return Err(Failure::new(Exit::Usage, what)
            .next("--until 2h means until two hours ago; leave it out for up to now"));
    }
    Ok(args.into())
}

/// A span of time as a message.
pub fn span(span: SignedDuration) -> prost_types::Duration {
    prost_types::Duration { seconds: span.as_secs(), nanos: span.subsec_nanos() }
}

impl From<FilterArgs> for TicketFilter {
    fn from(args: FilterArgs) -> Self {
        let FilterArgs { rest: args, workflow_version } = args;
        let at = |at: Timestamp| prost_types::Timestamp {
            seconds: at.as_second(),
            nanos: at.subsec_nanosecond(),
        };
        Self {
            tenant: args.tenant.unwrap_or_default(),
            // Statuses are upper-case by contract; people are not.
            status: args.status.unwrap_or_default().to_ascii_uppercase(),
            category: args.category.unwrap_or_default(),
            workflow: args.workflow.unwrap_or_default(),
            environment: args.environment.unwrap_or_default(),
            since: args.since.map(at),
            until: args.until.map(at),
            ticket_id: String::new(),
            workflow_version: workflow_version.unwrap_or_default(),
            error_type: args.error.unwrap_or_default(),
            model: args.model.unwrap_or_default(),
            customer: args.customer.unwrap_or_default(),
            conversation: args.conversation.unwrap_or_default(),
            min_duration: args.min_duration.map(span),
            max_duration: args.max_duration.map(span),
            min_confidence: args.min_confidence,
            max_confidence: args.max_confidence,
            ticket_id_prefix: args.id_prefix.unwrap_or_default(),
        }
    }
}

impl From<AnyVersion> for FilterArgs {
    fn from(rest: AnyVersion) -> Self {
        Self { rest, workflow_version: None }
    }
}
