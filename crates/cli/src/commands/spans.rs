//! `ticketlens spans`: what tickets recorded spans become. Sends nothing, and knows no receiver.

use std::{
    io::{BufRead, Read},
    path::{Path, PathBuf},
};

use clap::Args;
use jiff::Timestamp;
use serde_json::{Deserializer, Value};
use ticketlens_redact::{Gate, GateConfig};
use ticketlens_show::{View, page, safe, unsent};
use ticketlens_spans::{Group, Run, Spans};
use ticketlens_ticket::{Resource, Ticket, line::written};
use tokio::task::spawn_blocking;

use crate::{
    exit::{Exit, Failure, Result},
    interrupt::Interrupt,
    send::open,
    terminal::{self, note, print, print_json},
};

/// Bytes of one file that are read.
const FILE_BYTES: u64 = 512 * 1024 * 1024;
/// Bytes of memory that all spans together may take, about.
const SPANS_BYTES: usize = 2 * 1024 * 1024 * 1024;

/// Which spans, and what is printed of them.
#[derive(Args, Debug)]
#[command(after_help = "\
A file holds OTLP requests of traces, or of logs where an instrumentation puts content into log
records: in protobuf, or as JSON (one request, or one a line, as the OpenTelemetry Collector's `file`
exporter writes them). Understood are OpenTelemetry's generative AI conventions, OpenInference,
OpenLLMetry (Traceloop), the AI SDK (Vercel), Pydantic AI, Strands and Google ADK.

Spans of one conversation are one ticket; without a conversation, those that model calls hand on
tool calls between; else those of one trace. --ticket-id-from names the attribute that holds your
ticket's number instead.

What is printed are ticket logs as `ticketlens send` reads them, raw. What would leave of them, and
what would not, `ticketlens redact` shows; --show prints the page of each ticket after redaction.

Examples:
  ticketlens spans traces.json --show
  ticketlens spans traces.json logs.json --ticket-id-from ticket.id > runs.jsonl
  ticketlens spans traces.json | ticketlens redact -
  ticketlens spans traces.json | ticketlens send -")]
pub struct SpansArgs {
    /// OTLP requests in protobuf or JSON; - reads standard input.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Attribute that holds the ticket's number: of a span, of its metadata, or of the resource.
    #[arg(long, value_name = "KEY")]
    pub ticket_id_from: Option<String>,
    /// Print the page of each ticket, as it would be stored, instead of ticket logs.
    #[arg(long)]
    pub show: bool,
    /// With --show: long texts in full.
    #[arg(long, requires = "show")]
    pub full: bool,
}

/// Does it.
pub async fn run(args: SpansArgs) -> Result<Exit> {
    let interrupt = Interrupt::listen()?;
    let converted = spawn_blocking(move || convert(&args, &interrupt)).await;
    converted.map_err(|e| Failure::new(Exit::Failed, format!("reading failed: {e}")))?
}

fn convert(args: &SpansArgs, interrupt: &Interrupt) -> Result<Exit> {
    let progress = terminal::spinner();
    let mut spans = Spans::with_room(SPANS_BYTES);
    for path in &args.files {
        progress.set_message(format!("reading {}", safe::line(&path.display().to_string())));
        add(&mut spans, path, interrupt)?;
        if interrupt.is_asked() {
            note("interrupted: nothing was printed");
            return Ok(Exit::Interrupted);
        }
    }
    progress.set_message("finding agents' runs");
    let (all, left_out) = (spans.len(), spans.left_out());
    let by = args.ticket_id_from.clone().map(Group::by).unwrap_or_default();
    let runs = spans.into_runs(&by);
    let used: usize = runs.iter().map(Run::len).sum();
    let total = runs.len();
    let unnamed = runs.iter().filter(|run| run.id().is_none()).count();
    if total == 0 {
        return Err(nothing(all, &args.files));
    }
    let shown = Shown::new(args)?;
    for (done, run) in runs.into_iter().enumerate() {
        if interrupt.is_asked() {
            note(&format!("interrupted after {done} of {}", counted(total, "ticket")));
            return Ok(Exit::Interrupted);
        }
        progress.set_message(format!("ticket {} of {total}", done + 1));
        let resource = run.resource();
        let id = run.id().map(str::to_owned).or_else(|| run.trace_id()).unwrap_or_default();
        let ticket = run.ticket(id);
        progress.suspend(|| shown.print(ticket, &resource))?;
    }
    progress.finish_and_clear();
    note(&format!("{} of {}", counted(total, "ticket"), counted(used, "span")));
    if all > used {
        let others = counted(all - used, "span");
        note(&format!("in no ticket, as they belong to no run of an agent: {others}"));
    }
    if let (Some(key), 1..) = (&args.ticket_id_from, unnamed) {
        let (key, those) = (safe::line(key), counted(unnamed, "ticket"));
        note(&format!("without {key}, and called by the trace's id instead: {those}"));
    }
    if left_out > 0 {
        let more = counted(left_out, "span");
        note(&format!("left out for lack of memory: {more}; give fewer files at a time"));
        return Ok(Exit::Failed);
    }
    Ok(Exit::Done)
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn nothing(spans: usize, files: &[PathBuf]) -> Failure {
    let files: Vec<_> = files.iter().map(|path| path.display().to_string()).collect();
    let what = match spans {
        0 => format!("no spans in {}", files.join(", ")),
        some => {
            format!("no agent's run in the {} of {}", counted(some, "span"), files.join(", "))
        }
    };
    Failure::new(Exit::NotFound, what)
        .next("see `ticketlens spans --help` for the instrumentations that are understood")
}

/// Adds a file's requests.
fn add(spans: &mut Spans, path: &Path, interrupt: &Interrupt) -> Result<()> {
    let name = path.display().to_string();
    let (input, _) = open(path, interrupt)?;
    let bytes = read(input, &name)?;
    // In protobuf, both begin with a resource's tag, which in JSON is a line's end.
    if bytes.first() == Some(&b'\n')
        && (spans.add_traces(&bytes).is_ok() || spans.add_logs(&bytes).is_ok())
    {
        return Ok(());
    }
    let mut count = 0;
    for request in Deserializer::from_slice(&bytes).into_iter::<Value>() {
        if interrupt.is_asked() {
            return Ok(());
        }
        let request = request.map_err(|e| not_otlp(&name, &e.to_string()))?;
        let requests = match &request {
            Value::Array(list) => list.as_slice(),
            single => std::slice::from_ref(single),
        };
        for request in requests {
            spans.add_json(request).map_err(|e| not_otlp(&name, &e.to_string()))?;
            count += 1;
        }
    }
    match count {
        0 => Err(not_otlp(&name, "it is empty")),
        _ => Ok(()),
    }
}

fn read(input: impl BufRead, name: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let failed = |e| Failure::new(Exit::Failed, format!("reading {name} failed: {e}"));
    input.take(FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    match bytes.len() as u64 > FILE_BYTES {
        true => Err(Failure::new(Exit::Usage, format!("{name} is larger than 512 MiB"))
            .next("split it by lines, and give the parts one by one")),
        false => Ok(bytes),
    }
}

fn not_otlp(name: &str, why: &str) -> Failure {
    Failure::new(Exit::Usage, format!("{name} holds no OTLP traces or logs: {why}"))
        .next("give requests as OTLP sends them, in protobuf or JSON")
}

/// How tickets are printed.
enum Shown {
    Lines,
    Pages { gate: Box<Gate>, view: View },
}

impl Shown {
    fn new(args: &SpansArgs) -> Result<Self> {
        if !args.show {
            return Ok(Self::Lines);
        }
        let gate = Gate::new(GateConfig::default());
        let gate = gate.map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
        let view = View { width: terminal::width(), full: args.full, now: Timestamp::now() };
        Ok(Self::Pages { gate: Box::new(gate), view })
    }

    fn print(&self, ticket: Ticket, resource: &Resource) -> Result<()> {
        match self {
            Self::Lines => print_json(&written(&ticket, resource).to_string()),
            Self::Pages { gate, view } => print(&page(&unsent(ticket, resource, gate), *view)),
        }
    }
}
