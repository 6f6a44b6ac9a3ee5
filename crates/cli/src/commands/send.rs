//! `ticketlens send`: ticket logs, and feedback on tickets, from a file, through the client library.

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use ticketlens::{Lens, ShutdownReport, Stats};
use ticketlens_api::CountTicketsRequest;
use ticketlens_show::safe;
use tokio::{task::spawn_blocking, time::timeout};

use super::subject::SubjectArg;
use crate::{
    exit::{Exit, Failure, Result},
    interrupt::Interrupt,
    send::{QUEUE_BYTES, Summary, Tally, Watch, deliver, lens_to, open},
    target::{Purpose, Target, TargetArgs},
    terminal::{note, print_json},
};

/// How long what waits is sent on after Ctrl-C.
const AFTER_INTERRUPT: Duration = Duration::from_secs(5);

/// How long counting what is stored may take: it is worth no wait.
const COUNTED_IN: Duration = Duration::from_secs(3);

/// What to send, and where.
#[derive(Args, Debug)]
#[command(after_help = "\
A line is one JSON object:
  ticket_id, executed_at (RFC 3339), execution_time_seconds and status are needed;
  workflow, workflow_version, environment, category, customer, model, input_tokens,
  output_tokens, error_type, error {type, message}, metrics {name: number}, known_pii [text],
  capture, execution_id and trace {ticket, planning, steps, errors, output} are known;
  anything else is kept as an attribute. client_id is ignored: the key says which
  tenant the tickets belong to. Text is redacted before it is sent.

A line of feedback on a ticket, which may come before it and days later:
  {\"feedback\": {\"ticket_id\": \"4711\", \"name\": \"csat\", \"score\": 4, \"given_at\": \"2026-11-30T10:00:00Z\"}}
  ticket_id, given_at and one of score, label, comment are needed, and a name unless there is
  only a comment; source (HUMAN, MODEL or CODE), id, execution_id, customer and known_pii are
  known. csat is a score from 1 to 5. One without an id gets one derived from the rest.
  Of an exported ticket's line (`tickets export`), `feedback` is a list, and each is given again.

A line without an execution_id gets one derived from its workflow, environment, ticket_id and
executed_at: sending a file again stores nothing twice.

Examples:
  ticketlens send runs.jsonl
  zcat runs.jsonl.gz | ticketlens send -
  TICKETLENS_KEY=tl_… ticketlens send runs.jsonl --endpoint https://tickets.example.com:4317")]
pub struct SendArgs {
    /// Ticket logs and feedback, one JSON object a line; - reads standard input.
    pub file: PathBuf,
    /// Once it has answered, give up when the receiver cannot be reached for this many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub retry_for: u64,
    /// Key of the customers' hashes, at least 16 bytes. Use your workflows' key, so that one
    /// customer has one hash. By default the key of the running `dev`, or a random one.
    #[arg(long, value_name = "TEXT", env = "TICKETLENS_HASH_KEY", hide_env_values = true)]
    pub hash_key: Option<String>,
    /// What is sent of subject lines: their keyed hash, or their redacted text.
    #[arg(
        long,
        value_enum,
        value_name = "HASH|IN_PLACE",
        ignore_case = true,
        env = "TICKETLENS_SUBJECT"
    )]
    pub subject: Option<SubjectArg>,
    /// Print the summary as one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Which receiver.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// Does it.
pub async fn run(args: SendArgs) -> Result<Exit> {
    let target = Target::find(&args.target, Purpose::Ingest)?;
    let mut interrupt = Interrupt::listen()?;
    let (input, size) = open(&args.file, &interrupt)?;
    // Tells at once where nothing answers, before anything is read.
    tokio::select! {
        taken = target.expect_logs() => taken?,
        () = interrupt.asked() => return Ok(Exit::Interrupted),
    }
    let retry_for = Duration::from_secs(args.retry_for);
    let mut lens = lens_to(&target, args.hash_key.as_ref(), retry_for)?.queue_bytes(QUEUE_BYTES);
    if let Some(subject) = args.subject {
        lens = lens.subject(subject.subject());
    }
    let lens = lens.build().map_err(|e| Failure::new(Exit::Usage, e.to_string()))?;

    let before = stored(&target).await;
    let is_quiet = args.json;
    let delivery = spawn_blocking(move || {
        let mut progress = Progress::new(size, is_quiet);
        let delivered = deliver(input, &lens, &|| interrupt.is_asked(), &mut progress);
        let report = finish(&lens, &interrupt, &mut progress);
        let stats = lens.stats();
        progress.bar.finish_and_clear();
        (delivered, report, stats, interrupt.is_asked())
    });
    let (delivered, report, stats, is_interrupted) =
        delivery.await.map_err(|e| Failure::new(Exit::Failed, format!("sending failed: {e}")))?;
    let tally = delivered.map_err(|e| {
        Failure::new(Exit::Failed, format!("reading {} failed: {e}", args.file.display()))
    })?;
    let added = match before {
        Some(before) => stored(&target).await.and_then(|after| after.checked_sub(before)),
        None => None,
    };
    // What others have sent meanwhile counts as new: it is at least so many.
    let tickets = report.sent.saturating_sub(tally.feedback);
    let stored_before = added.and_then(|added| tickets.checked_sub(added));
    let summary = Summary { tally, report, stats, stored_before, is_interrupted };
    match args.json {
        true => print_json(&summary.document().to_string())?,
        false => summary.print(&target)?,
    }
    Ok(summary.exit())
}

/// How many tickets the tenant has, where the key to ask with is known, in a `dev`, and the answer
/// comes soon.
async fn stored(target: &Target) -> Option<u64> {
    let counted = timeout(COUNTED_IN, async {
        let mut tickets = target.tickets_of_sender().await?;
        let counted = tickets.count_tickets(CountTicketsRequest { filter: None }).await;
        counted.ok().map(|answer| answer.into_inner().count)
    });
    counted.await.ok().flatten()
}

/// Waits until everything is answered; after Ctrl-C only a little.
fn finish(lens: &Lens, interrupt: &Interrupt, progress: &mut Progress) -> ShutdownReport {
    let mut deadline = None;
    loop {
        if interrupt.is_asked() {
            deadline.get_or_insert_with(|| Instant::now() + AFTER_INTERRUPT);
        }
        let is_late = deadline.is_some_and(|at| Instant::now() >= at);
        if is_late || lens.flush(Duration::from_millis(100)).complete {
            return lens.shutdown(Duration::from_secs(1));
        }
        progress.waiting(&lens.stats());
        // A flush that is answered at once and incomplete must not spin.
        thread::sleep(Duration::from_millis(5));
    }
}

/// Progress on stderr, where that is a terminal.
struct Progress {
    bar: ProgressBar,
}

impl Progress {
    fn new(size: Option<u64>, is_quiet: bool) -> Self {
        let (bar, template) = match size {
            _ if is_quiet => (ProgressBar::hidden(), ""),
            Some(size) => (ProgressBar::new(size), "{wide_bar} {percent:>3} % {msg}"),
            None => (ProgressBar::new_spinner(), "{spinner} {bytes} {msg}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar }
    }

    fn waiting(&self, stats: &Stats) {
        let trouble = stats.last_error.as_deref().map(safe::line).unwrap_or_default();
        self.bar.set_message(format!("{} sent, {} to go  {trouble}", stats.sent, stats.left));
    }
}

impl Watch for Progress {
    fn progress(&mut self, bytes: u64, tally: &Tally, stats: &Stats) {
        self.bar.set_position(bytes);
        let trouble = match &stats.last_error {
            Some(error) if stats.left > 0 => format!("  {}", safe::line(error)),
            _ => String::new(),
        };
        self.bar.set_message(format!(
            "{} of {} sent{trouble}",
            stats.sent,
            tally.tickets + tally.feedback
        ));
    }

    fn malformed(&mut self, number: u64, why: &str) {
        self.bar.suspend(|| note(&format!("line {number}: {}", safe::line(why))));
    }

    fn odd(&mut self, number: u64, what: &str) {
        self.malformed(number, what);
    }
}
