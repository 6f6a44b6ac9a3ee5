//! `ticketlens redact`: what of ticket logs would leave. Sends nothing, and knows no receiver.

use std::{io::BufRead, num::NonZeroU64, path::PathBuf};

use clap::{Args, builder::BoolishValueParser};
use ticketlens_redact::{Gate, GateConfig, HashKey};
use ticketlens_show::{
    preview::{Layout, Preview, Total, document, page},
    safe,
};
use ticketlens_ticket::{
    Capture,
    line::{Entry, Parsed},
};
use tokio::task::spawn_blocking;

use super::{capture::CaptureArg, subject::SubjectArg};
use crate::{
    exit::{Exit, Failure, Result},
    instance::{DATA_DIR, Instance},
    interrupt::Interrupt,
    send::{Hints, Lines, REPORTED, Unread, open, read},
    terminal::{self, note, print, print_json},
};

/// Which ticket logs, and through which gate.
#[derive(Args, Debug)]
#[command(after_help = "\
The file is one that `ticketlens send` takes: ticket logs, one JSON object a line. Each ticket goes
the way it would go in a workflow, through the same gate, down to the bytes that would travel; what
is shown as after is read back from those bytes. Nothing is sent.

Lines of feedback go through the same gate when they are sent; they are not shown here.

A field is shown when something in it changes; --all shows every field. `left out` is what the
capture level, a limit or the gate leaves behind.

Examples:
  ticketlens redact runs.jsonl
  ticketlens redact runs.jsonl --capture TIMELINE --all --limit 1
  ticketlens redact runs.jsonl --personal-keys badge,seat_holder --exempt-keys display_name
  ticketlens redact runs.jsonl --json | jq -c '[.ticket_id, .redactions_by]'")]
pub struct RedactArgs {
    /// Ticket logs, one JSON object a line; - reads standard input.
    pub file: PathBuf,
    /// Capture level: how much of a ticket is sent.
    #[arg(long, value_enum, value_name = "LEVEL", ignore_case = true, env = "TICKETLENS_CAPTURE")]
    pub capture: Option<CaptureArg>,
    /// Leave out what was asked, said and answered.
    #[arg(long, env = "TICKETLENS_DROP_MESSAGES", value_parser = BoolishValueParser::new())]
    pub drop_messages: bool,
    /// The gate's settings.
    #[command(flatten)]
    pub gate: GateArgs,
    /// Stop after this many tickets.
    #[arg(long, value_name = "N")]
    pub limit: Option<NonZeroU64>,
    /// Show every field, also those that do not change.
    #[arg(long)]
    pub all: bool,
    /// Show long texts in full.
    #[arg(long)]
    pub full: bool,
    /// One JSON object a ticket: what would leave, never what was there.
    #[arg(long)]
    pub json: bool,
}

/// What a workflow gives its gate.
#[derive(Args, Debug)]
#[command(next_help_heading = "Gate")]
pub struct GateArgs {
    /// Key of the customers' hashes, at least 16 bytes. By default the key of the `dev` in --data,
    /// as with `send`, or a random one.
    #[arg(long, value_name = "TEXT", env = "TICKETLENS_HASH_KEY", hide_env_values = true)]
    pub hash_key: Option<String>,
    /// Data folder of a `ticketlens dev`.
    #[arg(long, value_name = "DIR", env = "TICKETLENS_DATA", default_value = DATA_DIR)]
    pub data: PathBuf,
    /// Further keys whose values are removed as secrets.
    #[arg(long, value_name = "KEY,…", value_delimiter = ',')]
    pub secret_keys: Vec<String>,
    /// Further keys whose values are personal, and replaced by a keyed hash.
    #[arg(long, value_name = "KEY,…", value_delimiter = ',')]
    pub personal_keys: Vec<String>,
    /// Keys to treat as neither secret nor personal, although they are by default.
    #[arg(long, value_name = "KEY,…", value_delimiter = ',')]
    pub exempt_keys: Vec<String>,
    /// What becomes of subject lines: a keyed hash, or their redacted text.
    #[arg(
        long,
        value_enum,
        value_name = "HASH|IN_PLACE",
        ignore_case = true,
        env = "TICKETLENS_SUBJECT"
    )]
    pub subject: Option<SubjectArg>,
    /// Also remove IP addresses.
    #[arg(long)]
    pub ip_addresses: bool,
}

impl GateArgs {
    fn gate(self) -> Result<Gate> {
        let wrong = |e: &dyn std::fmt::Display| Failure::new(Exit::Usage, e.to_string());
        // An empty variable is an unset one.
        let given = self.hash_key.filter(|text| !text.trim().is_empty());
        // `send` hashes with the key of the instance, running or not.
        let of_dev = || Some(Instance::read(&self.data).ok()??.hash_key);
        let hash_key = given.or_else(of_dev).map(|text| HashKey::from_text(&text)).transpose();
        let config = GateConfig {
            hash_key: hash_key.map_err(|e| wrong(&e))?,
            secret_keys: self.secret_keys,
            personal_keys: self.personal_keys,
            exempt_keys: self.exempt_keys,
            denied_keys: Vec::new(),
            subject: self.subject.map(SubjectArg::subject).unwrap_or_default(),
            ip_addresses: self.ip_addresses,
        };
        Gate::new(config).map_err(|e| wrong(&e))
    }
}

/// Does it.
pub async fn run(args: RedactArgs) -> Result<Exit> {
    let interrupt = Interrupt::listen()?;
    let (input, _) = open(&args.file, &interrupt)?;
    let gate = args.gate.gate()?;
    let name = args.file.display().to_string();
    let reading = Reading {
        gate,
        most: args.capture.map_or(Capture::FullTrace, CaptureArg::level),
        drop_messages: args.drop_messages,
        limit: args.limit.map_or(u64::MAX, NonZeroU64::get),
        layout: Layout { width: terminal::width(), all: args.all, full: args.full },
        json: args.json,
        interrupt,
    };
    let ended = spawn_blocking(move || reading.all(input, &name)).await;
    ended.map_err(|e| Failure::new(Exit::Failed, format!("reading failed: {e}")))?
}

/// A file on its way through the gate.
struct Reading {
    gate: Gate,
    most: Capture,
    drop_messages: bool,
    limit: u64,
    layout: Layout,
    json: bool,
    interrupt: Interrupt,
}

/// What of the file is feedback.
#[derive(Default)]
struct Feedback {
    /// Lines that are nothing else.
    lines: u64,
    /// Tickets with some on their line.
    rated: u64,
}

impl Feedback {
    fn tell(&self) {
        if self.lines > 0 {
            let lines = if self.lines == 1 { "line is" } else { "lines are" };
            note(&format!(
                "{} {lines} feedback, which is not shown here; `send` sends it",
                self.lines
            ));
        }
        if self.rated > 0 {
            let tickets = if self.rated == 1 { "ticket has" } else { "tickets have" };
            note(&format!(
                "{} {tickets} feedback, which is not shown here; `send` sends it",
                self.rated
            ));
        }
    }
}

impl Reading {
    fn all(&self, input: impl BufRead, name: &str) -> Result<Exit> {
        let mut lines = Lines::new(input);
        let (mut total, mut known) = (Total::default(), Hints::default());
        let mut feedback = Feedback::default();
        let failed =
            |e| Failure::new(Exit::Failed, format!("reading {} failed: {e}", safe::line(name)));
        while let Some((number, line)) = lines.next().map_err(failed)? {
            if self.interrupt.is_asked() {
                break;
            }
            match read(line) {
                Ok(None) => {}
                Ok(Some(Entry::Feedback(_))) => feedback.lines += 1,
                Ok(Some(Entry::Ticket(parsed, said))) => {
                    feedback.rated += u64::from(!said.is_empty());
                    let Parsed { mut ticket, resource, hints, .. } = *parsed;
                    for says in hints.into_iter().filter_map(|hint| known.take(hint)) {
                        note(&format!("line {number}: {}", safe::line(&says)));
                    }
                    ticket.drop_messages |= self.drop_messages;
                    let preview = Preview::of(number, ticket, &resource, &self.gate, self.most);
                    total.add(&preview);
                    self.show(&preview)?;
                }
                Err(Unread { why, kind }) => {
                    if total.add_malformed(kind) <= REPORTED {
                        note(&format!("line {number}: {}", safe::line(&why)));
                    }
                }
            }
            if total.tickets() >= self.limit {
                break;
            }
        }
        for (hint, times) in known.iter().filter(|(_, times)| *times > 1) {
            note(&format!("{times} lines: {}", safe::line(&hint)));
        }
        feedback.tell();
        self.finish(&total)
    }

    fn show(&self, preview: &Preview) -> Result<()> {
        if self.json {
            print_json(&document(preview).to_string())
        } else {
            print(&page(preview, self.layout))
        }
    }

    fn finish(&self, total: &Total) -> Result<Exit> {
        if !self.json {
            print(&total.text(terminal::width()))?;
            if !self.gate.has_own_hash_key() {
                note("no --hash-key: customers are hashed with a random key, a new one each time");
            }
            note("nothing was sent");
        }
        Ok(match (self.interrupt.is_asked(), total.malformed()) {
            (true, _) => Exit::Interrupted,
            (false, 0) => Exit::Done,
            (false, _) => Exit::Failed,
        })
    }
}
