//! `ticketlens value show`: a month beside the one before, and by day, category, version and model.

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};
use ticketlens_api::{Value, ValueDay, ValueFigures, ValueGroup, json, table};
use ticketlens_report::{FEWEST, Progress, progress};
use ticketlens_show::safe;

use super::{
    month::{Asked, MonthArgs, of},
    tables::{self, Before},
};
use crate::{
    exit::{Exit, Failure, Result},
    target::TargetArgs,
    terminal::{note, print, print_document, print_listing},
};

/// Which month, and how.
#[derive(Args, Debug)]
#[command(after_help = "\
A ticket counts once, however often it was executed: with the status of its last execution in the
month. What it cost is the cost of all its executions. The share of tokens priced is that of calls
that have a price; an execution of which one call has no price has no cost, and is in no sum. Money of
several currencies is never added.

  minutes saved = resolved tickets x minutes of their category's rate
  worth         = minutes saved / 60 x the rate's cost of an hour
  net           = worth - cost, where all of both is in one currency

`ticketlens value rates` has the rates.

Examples:
  ticketlens value show --tenant acme
  ticketlens value show --tenant acme --month 2026-11 --by model
  ticketlens value show --tenant acme --month 2026-11 --csv > acme-2026-11.csv
  ticketlens value show --month 2026-11 --json | jq .figures.costs")]
pub struct ShowArgs {
    #[command(flatten)]
    month: MonthArgs,
    /// Only the groups of this kind; by default categories, versions and models.
    #[arg(long, value_enum)]
    by: Option<By>,
    /// All columns and whole cells, however narrow the terminal is.
    #[arg(long)]
    wide: bool,
    /// One JSON document.
    #[arg(long)]
    json: bool,
    /// A table for spreadsheets: a row for each group, a column for each currency.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Which receiver.
    #[command(flatten)]
    target: TargetArgs,
}

/// What figures are told by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    /// Each day that has tickets.
    Day,
    /// What tickets are about.
    Category,
    /// The workflow's version.
    Version,
    /// The model that was asked for.
    Model,
}

/// Does it.
pub async fn run(args: ShowArgs) -> Result<Exit> {
    let asked = of(args.month, &args.target).await?;
    if args.json {
        print_document(&json::MonthValue::from(asked.value))?;
    } else if args.csv {
        print(&rows(&asked.value)?)?;
    } else {
        shown(&asked, args.by, args.wide)?;
    }
    Ok(Exit::Done)
}

fn rows(value: &Value) -> Result<String> {
    let rows = table::value(value).map_err(|error| {
        Failure::new(Exit::Failed, format!("the month makes no table ({error})"))
    })?;
    match io::stdout().is_terminal() {
        true => Ok(safe::block(&rows).into_owned()),
        false => Ok(rows),
    }
}

fn shown(asked: &Asked, by: Option<By>, wide: bool) -> Result<()> {
    let value = &asked.value;
    let is_whole = progress(value) == Progress::Over;
    let so_far = if is_whole { "" } else { ", so far" };
    let name = match value.display_name.as_str() {
        "" => &value.tenant,
        name => name,
    };
    print(&format!("{}, {}{so_far}\n\n", safe::line(name), safe::line(&value.month)))?;
    let figures = value.figures.clone().unwrap_or_default();
    if figures.tickets == 0 {
        return print(&format!("No tickets were executed in this month{so_far}.\n"));
    }
    let before = compared(value.before.as_ref());
    let before = before.map(|figures| Before { figures, is_whole });
    print_listing(&tables::figures(&figures, before), wide)?;
    let days: Vec<_> = value.days.iter().map(of_day).collect();
    let kinds = [
        (By::Day, "day", &days),
        (By::Category, "category", &value.categories),
        (By::Version, "version", &value.versions),
        (By::Model, "model", &value.models),
    ];
    for (kind, heading, groups) in kinds {
        let is_shown = by.map_or(kind != By::Day, |by| by == kind);
        if is_shown && !groups.is_empty() {
            print("\n")?;
            print_listing(&tables::groups(heading, groups), wide)?;
        }
    }
    if let Some(before) = &value.before {
        note_what_compares(before, is_whole);
    }
    asked.note_what_is_missing();
    Ok(())
}

/// The month before, if it has enough to be compared with.
fn compared(before: Option<&ValueFigures>) -> Option<&ValueFigures> {
    before.filter(|before| before.tickets >= FEWEST)
}

/// Says what is not compared with the month before, and why.
fn note_what_compares(before: &ValueFigures, is_whole: bool) {
    if compared(Some(before)).is_none() {
        note(&format!("nothing is compared with a month of fewer than {FEWEST} tickets"));
    } else if !is_whole {
        note("shares and means are compared; sums are not, as the month is not over");
    }
}

fn of_day(day: &ValueDay) -> ValueGroup {
    ValueGroup { name: day.date.clone(), figures: day.figures.clone() }
}
