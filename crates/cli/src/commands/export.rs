//! `ticketlens tickets export`: whole tickets into a file, oldest first, a page after the other.

use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use indicatif::ProgressBar;
use ticketlens_api::{ExportTicketsRequest, ExportTicketsResponse, TicketFilter};
use ticketlens_show as show;
use ticketlens_show::safe;

use super::filter::{FilterArgs, filter_of};
use crate::{
    api::{Tickets, refused},
    exit::{Exit, Failure, Result},
    export::{Format, Going, Partial, again, anew, failure, unbegun, unwritten},
    interrupt::Interrupt,
    target::{self, TargetArgs},
    terminal::{note, print, print_document, spinner},
};

/// What to export, and where to.
#[derive(Args, Debug)]
#[command(after_help = "\
Oldest first. Until it is whole the file is called FILE.partial, with FILE.cursor beside it, which
says how far it is. An export that was broken off goes on with --resume; nothing is missing then,
and nothing there twice. To export later what was executed since, give the cursor that an export
ends with: --cursor.

Formats:
  jsonl    whole tickets, with traces and feedback, as `ticketlens send` reads them
  csv      a table of what `tickets list --json` says and csat, the latest rating, without traces;
           a cell that a spreadsheet would take for a formula gets a ' in front
  parquet  typed columns of the same, with feedback, attributes and traces as JSON; it is whole or
           can't be read, so --resume goes on with the other two alone

Examples:
  ticketlens tickets export runs.jsonl --since 30d
  ticketlens tickets export runs.jsonl --resume
  ticketlens tickets export failed.csv --status FAILED
  ticketlens tickets export november.parquet --since 2026-11-01 --until 2026-12-01
  ticketlens tickets export - | ticketlens send - --endpoint https://other.example.com:4317")]
pub struct ExportArgs {
    /// The file, which must not be there yet; - writes to standard output.
    pub file: PathBuf,
    /// As what; by default what the file's name ends in, and JSON lines else.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Go on with an export of this file that was broken off, with the filters it began with.
    #[arg(long, conflicts_with = "cursor")]
    pub resume: bool,
    /// Begin behind an export that ended with this cursor; use the same filters.
    #[arg(long)]
    pub cursor: Option<String>,
    /// Which tickets.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Print the summary as one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Which receiver.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// Does it.
pub async fn run(args: ExportArgs) -> Result<Exit> {
    let filter = filter_of(args.filter.clone())?;
    let interrupt = Interrupt::listen()?;
    if args.file == Path::new("-") {
        return to_stdout(args, filter, interrupt).await;
    }
    let (partial, tickets) = if args.resume {
        let partial = resumed(&args, &filter)?;
        let tenant = partial.going.filter().unwrap_or_default().tenant;
        (partial, target::tickets(&args.target, &tenant).await?)
    } else {
        // Before there is a file: where nothing answers, nothing is left behind.
        let tickets = target::tickets(&args.target, &filter.tenant).await?;
        let format = args.format.unwrap_or_else(|| Format::of(&args.file));
        let going = Going::new(format, &filter, args.cursor.clone().unwrap_or_default());
        let begun = Partial::begin(&args.file, going);
        (begun.map_err(|error| unbegun(error, &args.file))?, tickets)
    };
    let filter = partial.going.filter().unwrap_or_default();
    to_file(&args, Source { tickets, filter, interrupt }, partial).await
}

fn resumed(args: &ExportArgs, filter: &TicketFilter) -> Result<Partial> {
    if *filter != TicketFilter::default() {
        return Err(Failure::new(Exit::Usage, "an export goes on with the filters it began with")
            .next("leave them out beside --resume"));
    }
    let partial = Partial::resume(&args.file).map_err(|error| failure(error, &args.file))?;
    if !partial.going.format.is_of_lines() {
        let what = format!("{}.partial is a Parquet file without its end", args.file.display());
        return Err(Failure::new(Exit::Usage, what).next(anew(&args.file)));
    }
    match args.format {
        Some(format) if format != partial.going.format => {
            let was = partial.going.format.name();
            let what = format!("that export is written as {was}, not as {}", format.name());
            Err(Failure::new(Exit::Usage, what).next("leave --format out beside --resume"))
        }
        _ => Ok(partial),
    }
}

/// What is asked for page by page.
struct Source {
    tickets: Tickets,
    filter: TicketFilter,
    interrupt: Interrupt,
}

impl Source {
    /// The next page; `None` where the end was asked for.
    async fn page(&mut self, cursor: &str) -> Result<Option<ExportTicketsResponse>> {
        let request = ExportTicketsRequest {
            filter: Some(self.filter.clone()),
            page_size: 0,
            page_token: cursor.to_owned(),
        };
        tokio::select! {
            // First: somebody who asks for the end gets it, however fast pages come.
            biased;
            () = self.interrupt.asked() => Ok(None),
            page = self.tickets.export_tickets(request) => match page {
                Ok(page) => Ok(Some(page.into_inner())),
                Err(status) => Err(refused(&status)),
            },
        }
    }
}

async fn to_file(args: &ExportArgs, mut source: Source, mut partial: Partial) -> Result<Exit> {
    let failed = |error| failure(error, &args.file);
    let mut writer = partial.going.format.writer(false).map_err(unwritten)?;
    if partial.going.bytes == 0 {
        let head = writer.head().map_err(unwritten)?;
        let cursor = partial.going.cursor.clone();
        partial.append(&head, 0, &cursor).map_err(failed)?;
    }
    let progress = if args.json { ProgressBar::hidden() } else { spinner() };
    loop {
        let page = match source.page(&partial.going.cursor).await {
            Ok(Some(page)) => page,
            broken_off => {
                progress.finish_and_clear();
                return left(args, partial, broken_off.err());
            }
        };
        let ExportTicketsResponse { tickets, next_page_token, more } = page;
        let count = tickets.len() as u64;
        let bytes = writer.page(tickets).map_err(unwritten)?;
        partial.append(&bytes, count, &next_page_token).map_err(failed)?;
        progress.set_message(sum(&partial.going));
        if !more {
            break;
        }
    }
    progress.finish_and_clear();
    let end = writer.end().map_err(unwritten)?;
    let cursor = partial.going.cursor.clone();
    partial.append(&end, 0, &cursor).map_err(failed)?;
    ended(args, &partial.finish().map_err(failed)?)
}

fn ended(args: &ExportArgs, going: &Going) -> Result<Exit> {
    if args.json {
        print_document(&serde_json::json!({
            "file": args.file, "format": going.format, "tickets": going.tickets,
            "bytes": going.bytes, "cursor": going.cursor,
        }))?;
        return Ok(Exit::Done);
    }
    print(&format!("exported {} to {}\n", sum(going), args.file.display()))?;
    note_later(&going.cursor);
    Ok(Exit::Done)
}

/// Where a later export begins.
fn note_later(cursor: &str) {
    if !cursor.is_empty() {
        note(&format!("what is executed later: --cursor {}", safe::line(cursor)));
    }
}

async fn to_stdout(args: ExportArgs, filter: TicketFilter, interrupt: Interrupt) -> Result<Exit> {
    if args.resume || args.json {
        let flag = if args.resume { "--resume" } else { "--json" };
        return Err(Failure::new(Exit::Usage, format!("standard output has no {flag}"))
            .next("name a file, or go on with --cursor"));
    }
    let format = args.format.unwrap_or(Format::Jsonl);
    if !format.is_of_lines() {
        let what = format!("standard output takes no {}", format.name());
        return Err(Failure::new(Exit::Usage, what).next("name a file"));
    }
    let tickets = target::tickets(&args.target, &filter.tenant).await?;
    let mut source = Source { tickets, filter, interrupt };
    let mut out = io::stdout();
    let for_terminal = out.is_terminal();
    let mut cursor = args.cursor.unwrap_or_default();
    let mut writer = format.writer(for_terminal).map_err(unwritten)?;
    let mut bytes = writer.head().map_err(unwritten)?;
    loop {
        let next = |failure: Failure| match cursor.is_empty() {
            true => failure,
            false => failure.next(format!("go on with --cursor {}", safe::line(&cursor))),
        };
        let page = source.page(&cursor).await.map_err(next)?;
        let Some(ExportTicketsResponse { tickets, next_page_token, more }) = page else {
            note("interrupted");
            note_later(&cursor);
            return Ok(Exit::Interrupted);
        };
        bytes.extend(writer.page(tickets).map_err(unwritten)?);
        match out.write_all(&bytes).and_then(|()| out.flush()) {
            // A reader that has seen enough (`| head`) is no failure.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Exit::Done),
            written => written.map_err(unwritten)?,
        }
        bytes.clear();
        cursor = next_page_token;
        if !more {
            note_later(&cursor);
            return Ok(Exit::Done);
        }
    }
}

fn sum(going: &Going) -> String {
    let tickets = if going.tickets == 1 { "ticket" } else { "tickets" };
    format!("{} {tickets} ({})", going.tickets, show::bytes(going.bytes))
}

/// An export that was broken off tells how it goes on; of one without a ticket nothing is left.
fn left(args: &ExportArgs, partial: Partial, failed: Option<Failure>) -> Result<Exit> {
    let file = args.file.display();
    let going = &partial.going;
    let next = match (going.tickets, going.format.is_of_lines()) {
        (0, _) | (_, false) => {
            let format = going.format;
            partial.abandon().map_err(|error| failure(error, &args.file))?;
            match format.is_of_lines() {
                true => "nothing was exported".to_owned(),
                false => "nothing is left of it: a Parquet file is whole or can't be read; export \
                          anew, a shorter time with --since and --until, or as jsonl, which goes on"
                    .to_owned(),
            }
        }
        _ => format!(
            "{} are in {file}.partial; go on, with the same receiver and key: {}",
            sum(going),
            again(&args.file)
        ),
    };
    match failed {
        Some(failed) => Err(Failure::new(failed.exit, failed.to_string()).next(next)),
        None => {
            note(&format!("interrupted: {next}"));
            Ok(Exit::Interrupted)
        }
    }
}
