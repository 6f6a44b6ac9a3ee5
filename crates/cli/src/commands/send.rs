//! `ticketlens send`: ticket logs from a file, through the client library.

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::ExposeSecret;
use ticketlens::{Lens, ShutdownReport, Stats};
use ticketlens_show::{
    count,
    paint::{GREEN, RED, paint},
    safe,
};
use tokio::task::spawn_blocking;

use crate::{
    exit::{Exit, Failure, Result},
    interrupt::Interrupt,
    send::{QUEUE_BYTES, Tally, Watch, deliver, open},
    target::{Purpose, Target, TargetArgs},
    terminal::{note, print, print_json},
};

/// How long what waits is sent on after Ctrl-C.
const AFTER_INTERRUPT: Duration = Duration::from_secs(5);

/// What to send, and where.
#[derive(Args, Debug)]
#[command(after_help = "\
A line is one JSON object:
  ticket_id, executed_at (RFC 3339), execution_time_seconds and status are needed;
  workflow, workflow_version, environment, category, customer, model, input_tokens,
  output_tokens, error {type, message}, metrics {name: number}, known_pii [text],
  capture, execution_id and trace {ticket, planning, steps, errors, output} are known;
  anything else is kept as an attribute. client_id is ignored: whose tickets these are
  comes from the key alone. Text is redacted before it leaves.

A line without an execution_id gets one that follows from its workflow, environment, ticket_id
and executed_at: sending a file again stores nothing twice.

Examples:
  ticketlens send runs.jsonl
  zcat runs.jsonl.gz | ticketlens send -
  TICKETLENS_KEY=tl_… ticketlens send runs.jsonl --endpoint https://tickets.example.com:4317")]
pub struct SendArgs {
    /// Ticket logs, one JSON object a line; - reads standard input.
    pub file: PathBuf,
    /// Give up when the receiver can't be reached for so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub retry_for: u64,
    /// What customers are hashed with, at least 16 bytes: the same here and in the workflows, so
    /// that one customer has one hash. Without it, a random one; `dev` has its own.
    #[arg(long, value_name = "TEXT", env = "TICKETLENS_HASH_KEY", hide_env_values = true)]
    pub hash_key: Option<String>,
    /// The summary as one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Which receiver.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// Does it.
pub async fn run(args: SendArgs) -> Result<Exit> {
    let target = Target::find(&args.target, Purpose::Ingest)?;
    let interrupt = Interrupt::listen()?;
    let (input, size) = open(&args.file, &interrupt)?;
    // Tells at once where nothing answers, before anything is read.
    target.expect_logs().await?;
    let mut lens = Lens::builder()
        .workflow("unknown")
        .endpoint(&target.endpoint)
        .key(target.key.text.expose_secret())
        .queue_bytes(QUEUE_BYTES)
        .retry_for(Duration::from_secs(args.retry_for));
    if let Some(hash_key) = args.hash_key.or(target.hash_key) {
        lens = lens.hash_key(hash_key);
    }
    let lens = lens.build().map_err(|e| Failure::new(Exit::Usage, e.to_string()))?;

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
        Failure::new(Exit::Failed, format!("{} can't be read on: {e}", args.file.display()))
    })?;
    summary(&tally, &report, &stats, is_interrupted, args.json)?;
    Ok(outcome(&tally, &report, &stats, is_interrupted))
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
        self.bar.set_message(format!("{} of {} sent{trouble}", stats.sent, tally.tickets));
    }

    fn malformed(&mut self, number: u64, why: &str) {
        self.bar.suspend(|| note(&format!("line {number}: {}", safe::line(why))));
    }

    fn odd(&mut self, number: u64, what: &str) {
        self.malformed(number, what);
    }
}

fn outcome(tally: &Tally, report: &ShutdownReport, stats: &Stats, is_interrupted: bool) -> Exit {
    if is_interrupted {
        return Exit::Interrupted;
    }
    if tally.is_cut_short && stats.dropped.refused > 0 {
        return Exit::Refused;
    }
    let lost = tally.malformed + report.rejected + report.dropped.total() + report.left;
    if lost > 0 { Exit::Failed } else { Exit::Done }
}

fn summary(
    tally: &Tally,
    report: &ShutdownReport,
    stats: &Stats,
    is_interrupted: bool,
    as_json: bool,
) -> Result<()> {
    if as_json {
        return print_json(&document(tally, report, stats, is_interrupted).to_string());
    }
    let lost = tally.malformed + report.rejected + report.dropped.total() + report.left;
    let style = if lost == 0 && !is_interrupted { GREEN } else { RED };
    let head = format!("{} of {} sent", count(report.sent), count(tally.lines));
    print(&format!("{}\n", paint(style.bold(), head)))?;
    let mut reasons: Vec<(u64, String)> = tally
        .reasons
        .iter()
        .map(|(why, n)| (*n, format!("malformed: {}", safe::line(why))))
        .collect();
    reasons.push((report.rejected, "rejected by the receiver".to_owned()));
    for (reason, n) in report.dropped.by_reason() {
        reasons.push((n, format!("dropped: {}", says(reason))));
    }
    reasons.push((report.left, "not answered before the end".to_owned()));
    reasons.push((tally.early, "sent with a time before the year 2000".to_owned()));
    let degraded = stats.degraded;
    reasons.push((degraded.shortened, "too large: sent with its longest texts cut".to_owned()));
    reasons.push((degraded.timeline, "too large: sent without its texts".to_owned()));
    reasons.push((degraded.metrics_only, "too large: sent without its trace".to_owned()));
    for (n, reason) in reasons.into_iter().filter(|(n, _)| *n > 0) {
        print(&format!("  {:>8}  {reason}\n", count(n)))?;
    }
    if stats.redactions > 0 {
        let removed = count(stats.redactions);
        print(&format!("  {removed:>8}  secrets and personal values removed before sending\n"))?;
    }
    for message in &stats.messages {
        note(&format!("the receiver: {}", safe::line(message)));
    }
    if tally.is_cut_short {
        let why =
            if is_interrupted { "interrupted" } else { "the receiver refused the first ticket" };
        note(&format!(
            "{why}; the rest of the file was not read. Sending it again stores nothing twice."
        ));
    }
    Ok(())
}

fn says(reason: &str) -> &str {
    match reason {
        "queue_full" => "the client's queue was full",
        "shut_down" => "the client was shutting down",
        "retries_exhausted" => "the receiver could not be reached for too long",
        "refused" => "the receiver refused the request",
        "unredactable" => "could not be redacted",
        "panicked" => "a bug in the client: please report it",
        other => other,
    }
}

fn document(
    tally: &Tally,
    report: &ShutdownReport,
    stats: &Stats,
    is_interrupted: bool,
) -> serde_json::Value {
    let dropped: serde_json::Map<_, _> =
        report.dropped.by_reason().into_iter().map(|(why, n)| (why.to_owned(), n.into())).collect();
    serde_json::json!({
        "lines": tally.lines,
        "sent": report.sent,
        "malformed": tally.malformed,
        "malformed_reasons": tally.reasons,
        "early": tally.early,
        "rejected": report.rejected,
        "dropped": dropped,
        "unanswered": report.left,
        "redactions": stats.redactions,
        "messages": stats.messages,
        "interrupted": is_interrupted,
        "complete": !tally.is_cut_short,
    })
}
