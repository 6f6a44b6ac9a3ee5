//! `ticketlens feedback list`: what was said of tickets, a line each.

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use ticketlens_api::{Feedback, FeedbackFilter, ListFeedbackRequest, json};
use ticketlens_show::{
    self as show,
    listing::{Column, Listing},
};

use crate::{
    api::{Tickets, refused},
    exit::{Exit, Failure, Result},
    flags::with_cursor,
    target::{self, TargetArgs},
    terminal::{note, print, print_document, print_listing},
    when,
};

/// Feedback a page: the most the receiver gives.
const PAGE: u32 = 100;

/// Which feedback.
#[derive(Args, Debug)]
#[command(after_help = "\
Of each ticket (or execution), name and source the latest is listed: what was corrected is not.
`tickets show` has the feedback on a ticket below its answer.

Examples:
  ticketlens feedback list --since 7d
  ticketlens feedback list --name csat --max-score 2 --sort score
  ticketlens feedback list --ticket 4711 --wide
  ticketlens feedback list --source MODEL --limit 500 --json | jq .score")]
pub struct ListArgs {
    #[command(flatten)]
    filter: Filter,
    /// List at most this many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Sort by -given_at, the newest first, or by score, the lowest first.
    #[arg(long, value_enum, default_value_t, allow_hyphen_values = true)]
    sort: Order,
    /// Continue after a page that ended with this cursor.
    #[arg(long)]
    cursor: Option<String>,
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

/// What is selected.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Filters")]
struct Filter {
    /// Feedback on tickets of this tenant; with an admin key, by default of all.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Feedback on the ticket of this number.
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,
    /// Feedback of this name: csat, or an evaluation's.
    #[arg(long)]
    name: Option<String>,
    /// Feedback that a HUMAN, a MODEL or CODE gave.
    #[arg(long)]
    source: Option<String>,
    /// Feedback with a score of at least this; what has none is left out.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    min_score: Option<f64>,
    /// Feedback with a score of at most this; what has none is left out.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    max_score: Option<f64>,
    /// Given at this time or later: 2h (ago), yesterday, 2026-11-09, 2026-11-09T08:00 (UTC without a
    /// zone), 2026-11-09T08:00:00+02:00.
    #[arg(long, value_name = "TIME", value_parser = when::past)]
    since: Option<Timestamp>,
    /// Given before this time, which is not included; a date is its first moment, UTC.
    #[arg(long, value_name = "TIME", value_parser = when::past)]
    until: Option<Timestamp>,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Order {
    /// The newest first.
    #[default]
    #[value(name = "-given_at")]
    Newest,
    /// The lowest score first; what has none is last.
    #[value(name = "score")]
    LowestScore,
}

impl Order {
    const fn name(self) -> &'static str {
        match self {
            Self::Newest => "-given_at",
            Self::LowestScore => "score",
        }
    }
}

/// Does it.
pub async fn run(args: ListArgs) -> Result<Exit> {
    let filter = filter_of(args.filter.clone())?;
    let tickets = target::tickets(&args.target, &filter.tenant).await?;
    list(tickets, filter, args).await
}

/// As a message; a range that holds no moment is a mistake.
fn filter_of(filter: Filter) -> Result<FeedbackFilter> {
    if let (Some(since), Some(until)) = (filter.since, filter.until)
        && since >= until
    {
        let what = format!("--since ({since}) is not before --until ({until})");
        return Err(Failure::new(Exit::Usage, what)
            .next("--until 2h means until two hours ago; leave it out for up to now"));
    }
    let at = |at: Timestamp| prost_types::Timestamp {
        seconds: at.as_second(),
        nanos: at.subsec_nanosecond(),
    };
    Ok(FeedbackFilter {
        tenant: filter.tenant.unwrap_or_default(),
        ticket_id: filter.ticket.unwrap_or_default(),
        name: filter.name.unwrap_or_default(),
        source: filter.source.unwrap_or_default(),
        since: filter.since.map(at),
        until: filter.until.map(at),
        min_score: filter.min_score,
        max_score: filter.max_score,
    })
}

async fn list(mut tickets: Tickets, filter: FeedbackFilter, args: ListArgs) -> Result<Exit> {
    let mut request = ListFeedbackRequest {
        filter: Some(filter),
        page_token: args.cursor.unwrap_or_default(),
        sort: args.sort.name().to_owned(),
        page_size: 0,
    };
    let mut left = args.limit;
    let mut found = Vec::new();
    loop {
        request.page_size = left.min(PAGE);
        let page = tickets.list_feedback(request.clone()).await;
        let page = page.map_err(|status| refused(&status))?.into_inner();
        left = left.saturating_sub(u32::try_from(page.feedback.len()).unwrap_or(u32::MAX));
        request.page_token = page.next_page_token;
        if args.json {
            for one in page.feedback {
                print_document(&json::Feedback::from(one))?;
            }
        } else {
            found.extend(page.feedback);
        }
        if left == 0 || request.page_token.is_empty() {
            break;
        }
    }
    match found.is_empty() {
        _ if args.json => {}
        true => print("No feedback matches.\n")?,
        false => print_listing(&listing(&found, args.wide), args.wide)?,
    }
    if !request.page_token.is_empty() {
        note(&format!("there are more; the next page:\n  {}", with_cursor(&request.page_token)));
    }
    Ok(Exit::Done)
}

fn listing(found: &[Feedback], wide: bool) -> Listing<9> {
    let several_tenants = found.windows(2).any(|two| two[0].tenant != two[1].tenant);
    let mut listing = Listing::new([
        Column::new("given").keep(),
        Column::new("tenant").only_if(several_tenants || wide),
        Column::new("ticket").keep(),
        Column::new("name").keep(),
        Column::new("score").keep().right(),
        Column::new("label").may_drop(2),
        Column::new("source").keep().may_drop(1),
        Column::new("execution").only_if(wide),
        Column::new("comment"),
    ]);
    for one in found {
        listing.row([
            show::time(one.given_at.as_ref()).trim_end_matches(" UTC").into(),
            (&one.tenant).into(),
            (&one.ticket_id).into(),
            (&one.name).into(),
            one.score.map(show::measure).unwrap_or_default().into(),
            (&one.label).into(),
            (&one.source).into(),
            (&one.execution_id).into(),
            (&one.comment).into(),
        ]);
    }
    listing
}

#[cfg(test)]
mod tests {
    use ticketlens_show::listing::Room;

    use super::*;

    fn one() -> Feedback {
        Feedback {
            tenant: "acme".into(),
            ticket_id: "SUP-1001".into(),
            name: "csat".into(),
            source: "HUMAN".into(),
            given_at: Some(prost_types::Timestamp { seconds: 1_796_000_000, nanos: 0 }),
            score: Some(2.0),
            label: "bad".into(),
            comment: "Nobody called me back,\nand \u{1b}[2Jno refund came within three weeks"
                .into(),
            ..Feedback::default()
        }
    }

    #[test]
    fn feedback_fits_a_narrow_terminal_and_nothing_in_it_acts() {
        let unscored = Feedback { score: None, ..one() };
        let listing = listing(&[one(), unscored], false);
        let narrow = listing.render(Room::Columns(80)).text;
        for told in ["2026-11-30", "SUP-1001", "csat", "HUMAN", "Nobody"] {
            assert!(narrow.contains(told), "{narrow}");
        }
        let whole = listing.render(Room::Unlimited).text;
        assert!(whole.contains("back,\\nand \\u{1b}[2Jno refund"), "{whole}");
        assert_eq!(whole.lines().count(), 3);
        assert!(!whole.contains("acme"), "one tenant is not named: {whole}");
    }

    #[test]
    fn orders_have_the_names_that_the_receiver_knows() {
        for order in Order::value_variants() {
            let named = order.to_possible_value().unwrap();
            assert_eq!(named.get_name(), order.name());
        }
    }
}
