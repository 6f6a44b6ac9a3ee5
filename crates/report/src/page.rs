//! The document: what its templates (`templates/`) are given. They lay out, and decide nothing.

use askama::Template;
use ticketlens_api::{
    time::timestamp,
    v1::{Value, ValueFigures},
};

use crate::{
    change::{Before, FEWEST},
    chart::{Chart, charts},
    figures::{Figure, figures, given},
    month::{self, Month, Progress},
    number::{counted, priced, share},
    table::Table,
    text,
    worth::Worth,
};

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    /// Whose report it is.
    name: String,
    /// The month in words.
    month: String,
    /// Whether the month is not over.
    is_so_far: bool,
    /// When it was made; empty where that is not known.
    made_at: String,
    is_empty: bool,
    figures: [Figure; 6],
    worth: Worth,
    charts: Vec<Chart>,
    tables: Vec<Table>,
    days: Option<Table>,
    notes: Vec<String>,
}

/// The report as a document of HTML.
#[must_use]
pub fn html(value: &Value) -> String {
    #[expect(clippy::expect_used, reason = "a String takes everything, and every value is text")]
    Page::of(value).render().expect("a template of texts renders")
}

impl Page {
    fn of(value: &Value) -> Self {
        let now = given(&value.figures);
        let month = Month::read(&value.month);
        let made_at = value.made_at.as_ref().and_then(timestamp);
        let is_so_far = progress(value) != Progress::Over;
        let month_before =
            month.and_then(Month::before).unwrap_or_else(|| "the month before".into());
        let before = Before::of(value.before.as_ref(), &month_before, !is_so_far);
        let tables = [
            Table::groups("By category", "Category", "no category", &value.categories),
            Table::groups("By version", "Version", "no version", &value.versions),
            Table::groups("By model", "Model", "no model", &value.models),
        ];
        Self {
            name: text::name(&value.display_name, &text::name(&value.tenant, "no name")),
            month: month.map_or_else(|| text::line(&value.month), Month::name),
            is_so_far,
            made_at: made_at.map(month::moment).unwrap_or_default(),
            is_empty: now.tickets == 0,
            figures: figures(now, before),
            worth: Worth::of(value),
            charts: month.map(|month| charts(month, &value.days)).unwrap_or_default(),
            tables: tables.into_iter().flatten().collect(),
            days: Table::days(&value.days),
            notes: notes(now, before.map(|before| before.month), is_so_far),
        }
    }
}

/// How far the month had come when its figures were made; one of which that is not told is over.
#[must_use]
pub fn progress(value: &Value) -> Progress {
    let made_at = value.made_at.as_ref().and_then(timestamp);
    let told = Month::read(&value.month).zip(made_at);
    told.map_or(Progress::Over, |(month, at)| month.progress(at))
}

/// What is counted how.
fn notes(now: &ValueFigures, before: Option<&str>, is_so_far: bool) -> Vec<String> {
    let mut notes = vec![
        "A ticket counts once, however often it was executed: with the status of its last execution in \
         the month, and the cost of all of them. Days and months begin at midnight UTC."
            .to_owned(),
        statuses(now),
        prices(now),
        "Satisfaction (CSAT) is the mean of the customers’ ratings, from 1 to 5. Tickets that nobody \
         rated are not in it."
            .to_owned(),
        "Minutes saved are reckoned from the provider’s own setting of what a resolved ticket of a \
         category saves; they are not measured."
            .to_owned(),
    ];
    notes.push(match before {
        Some(before) if is_so_far => format!(
            "Shares and means are compared with {before}. Sums are not, as the month is not over."
        ),
        Some(before) => {
            format!("Changes are against {before}. A point is a hundredth of all tickets.")
        }
        None => format!("Nothing is compared with a month of fewer than {FEWEST} tickets."),
    });
    notes
}

fn statuses(now: &ValueFigures) -> String {
    let known = [now.resolved, now.escalated, now.failed];
    let others = known.iter().fold(now.tickets, |rest, n| rest.saturating_sub(*n));
    let ended = match others {
        0 => String::new(),
        n => {
            format!(" {} ended otherwise, for example cancelled.", counted(n, "ticket", "tickets"))
        }
    };
    format!(
        "Resolved are tickets that ended with SUCCESS, escalated those that went to a person \
         (ESCALATED), failed those that ended in an error (FAILED).{ended}"
    )
}

fn prices(now: &ValueFigures) -> String {
    match share(now.priced_tokens, now.tokens) {
        None => "No tokens were reported.".to_owned(),
        Some(_) if now.priced_tokens >= now.tokens => {
            "All tokens are of calls that have a price.".to_owned()
        }
        Some(share) => format!("{} The true cost is higher.", priced(&share)),
    }
}
