//! `ticketlens feedback add`: one piece of feedback, through the client library, until it is answered.

use std::{io::Read, path::Path, time::Duration};

use clap::{Args, ValueEnum};
use ticketlens::{Feedback, FeedbackSource, Stats, Timestamp};
use ticketlens_show::safe;
use ticketlens_ticket::CSAT;
use tokio::task::spawn_blocking;

use super::aside;
use crate::{
    dev::random_hash_key,
    exit::{Exit, Failure, Result},
    interrupt::Interrupt,
    send::{is_about_the_key, lens_to, open, says},
    target::{Purpose, Target, TargetArgs},
    terminal::{print, print_json},
    when,
};

/// How long it is tried again while the receiver is away: somebody waits for it.
const RETRY_FOR: Duration = Duration::from_secs(30);

/// Beyond that, for the try that is under way.
const GRACE: Duration = Duration::from_secs(15);

/// Bytes of a comment that are read: far more than is kept, and an end to a file given by mistake.
const MOST_READ: u64 = 1 << 20;

/// What to give, on which ticket.
#[derive(Args, Debug)]
#[command(after_help = "\
Feedback may come before its ticket, and be given again: of a ticket, a name and a source the latest
counts, as a whole. Given twice with one --id it is stored once, as it was given last. The comment
goes through the redaction gate here and in the receiver, and is cut to 16,384 bytes.

Examples:
  ticketlens feedback add 4711 --csat 4 --comment 'quick, and it helped'
  ticketlens feedback add 4711 --name relevance --score 0.82 --label relevant --source MODEL
  ticketlens feedback add 4711 --csat 2 --id survey-90210 --at 2026-11-30T10:00:00Z --json
  ticketlens feedback add 4711 --comment - < answer.txt")]
pub struct AddArgs {
    /// The ticket's number in the help desk.
    pub ticket: String,
    /// The customer's satisfaction, from 1 to 5: the evaluation `csat`.
    #[arg(long, value_name = "1-5", value_parser = clap::value_parser!(u8).range(1..=5))]
    #[arg(conflicts_with_all = ["name", "score"])]
    pub csat: Option<u8>,
    /// What is evaluated, e.g. relevance. Not needed for a comment alone.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The score as a number.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub score: Option<f64>,
    /// The score as a word, e.g. good.
    #[arg(long, value_name = "WORD")]
    pub label: Option<String>,
    /// Why, in free text; - reads standard input.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub comment: Option<String>,
    /// Who gives it.
    #[arg(long, value_enum, value_name = "WHO", ignore_case = true, default_value_t = SourceArg::Human)]
    pub source: SourceArg,
    /// The execution it is about; otherwise it is about the ticket.
    #[arg(long, value_name = "UUID")]
    pub execution: Option<ticketlens::ExecutionId>,
    /// The customer: only a keyed hash is sent.
    #[arg(long, value_name = "CUSTOMER")]
    pub customer: Option<String>,
    /// What is personal in the comment, e.g. a name: it is removed. Can be given several times.
    #[arg(long, value_name = "TEXT")]
    pub known_pii: Vec<String>,
    /// Its own id, e.g. that of a survey's answer. By default a new one.
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// When it was given: 2026-11-30T10:00:00Z, 2h ago. By default now.
    #[arg(long, value_name = "TIME", value_parser = when::past)]
    pub at: Option<jiff::Timestamp>,
    /// Key of the customers' hashes, at least 16 bytes; your workflows' key. By default the key of
    /// the running `dev`, or a random one.
    #[arg(long, value_name = "TEXT", env = "TICKETLENS_HASH_KEY", hide_env_values = true)]
    pub hash_key: Option<String>,
    /// Print what was stored as one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Which receiver.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// Who gives feedback.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SourceArg {
    /// A person.
    #[value(name = "HUMAN")]
    Human,
    /// A language model.
    #[value(name = "MODEL")]
    Model,
    /// A program's rule.
    #[value(name = "CODE")]
    Code,
}

impl From<SourceArg> for FeedbackSource {
    fn from(source: SourceArg) -> Self {
        match source {
            SourceArg::Human => Self::Human,
            SourceArg::Model => Self::Model,
            SourceArg::Code => Self::Code,
        }
    }
}

/// Does it.
pub async fn run(mut args: AddArgs) -> Result<Exit> {
    let mut interrupt = Interrupt::listen()?;
    if args.comment.as_deref() == Some("-") {
        args.comment = Some(from_standard_input(interrupt.clone()).await?);
        if interrupt.is_asked() {
            return Ok(Exit::Interrupted);
        }
    }
    let feedback = feedback(&args)?;
    let target = Target::find(&args.target, Purpose::Ingest)?;
    // Tells at once where nothing answers.
    tokio::select! {
        taken = target.expect_logs() => taken?,
        () = interrupt.asked() => return Ok(Exit::Interrupted),
    }
    let lens = lens_to(&target, hash_key(&args, &target)?.as_ref(), RETRY_FOR)?.build();
    let lens = lens.map_err(|e| Failure::new(Exit::Usage, e.to_string()))?;
    let given = feedback.clone();
    let sending = spawn_blocking(move || {
        lens.emit_feedback(feedback);
        lens.shutdown(RETRY_FOR + GRACE);
        lens.stats()
    });
    let stats = tokio::select! {
        stats = sending => stats.map_err(|e| Failure::new(Exit::Failed, format!("sending failed: {e}")))?,
        () = interrupt.asked() => return Ok(Exit::Interrupted),
    };
    if stats.sent == 0 {
        return Err(not_stored(&stats, &target));
    }
    match args.json {
        true => print_json(&document(&given, &stats).to_string())?,
        false => {
            let (id, ticket) = (safe::line(&given.id), safe::line(&given.ticket_id));
            let where_to = target.destination();
            print(&format!(
                "stored: {} of ticket {ticket}, {where_to}\n  id {id}\n",
                named(&given)
            ))?;
        }
    }
    aside::tell(&target, &given).await;
    Ok(Exit::Done)
}

/// What customers are hashed with. Where none is named any key will do, and nobody is warned of none.
fn hash_key(args: &AddArgs, target: &Target) -> Result<Option<String>> {
    match (&args.hash_key, &args.customer) {
        (None, None) if !target.is_dev() => random_hash_key().map(Some),
        (given, _) => Ok(given.clone()),
    }
}

/// What the flags say, if that can be sent.
fn feedback(args: &AddArgs) -> Result<Feedback> {
    let name = match args.csat {
        Some(_) => CSAT,
        None => args.name.as_deref().unwrap_or_default(),
    };
    let mut feedback = Feedback::new(&args.ticket, name, args.source.into());
    feedback.score = args.csat.map(f64::from).or(args.score);
    feedback.label.clone_from(&args.label);
    feedback.comment.clone_from(&args.comment);
    feedback.execution_id = args.execution;
    feedback.customer.clone_from(&args.customer);
    feedback.known_pii.clone_from(&args.known_pii);
    if let Some(id) = &args.id {
        feedback.id.clone_from(id);
    }
    if let Some(at) = args.at {
        feedback.given_at = time(at)?;
    }
    feedback.checked().map_err(|why| {
        Failure::new(Exit::Usage, format!("this can't be sent: {why}")).next(
            "give --csat 1 to 5, or --name with --score or --label, or a --comment alone; --help \
             has examples",
        )
    })
}

fn time(at: jiff::Timestamp) -> Result<Timestamp> {
    let nanos = u64::try_from(at.as_nanosecond()).ok();
    // What ClickHouse's DateTime64(9) can hold.
    let nanos = nanos.filter(|nanos| *nanos <= i64::MAX.unsigned_abs());
    let wrong = || Failure::new(Exit::Usage, "--at is not between the years 1970 and 2262");
    let given_at = nanos.map(Timestamp::from_unix_nanos).ok_or_else(wrong)?;
    if at > jiff::Timestamp::now() {
        let what = "--at lies in the future: until then it would hide every correction";
        return Err(Failure::new(Exit::Usage, what).next("give a time that has passed, like 2h"));
    }
    Ok(given_at)
}

/// All of standard input, without the line break at its end.
async fn from_standard_input(interrupt: Interrupt) -> Result<String> {
    let failed = |e: &dyn std::fmt::Display| {
        Failure::new(Exit::Failed, format!("reading the comment failed: {e}"))
    };
    let reading = spawn_blocking(move || {
        let (input, _) = open(Path::new("-"), &interrupt)?;
        let mut bytes = Vec::new();
        input.take(MOST_READ + 1).read_to_end(&mut bytes).map_err(|e| failed(&e))?;
        Ok::<_, Failure>(bytes)
    });
    let bytes = reading.await.map_err(|e| failed(&e))??;
    if bytes.len() as u64 > MOST_READ {
        let what = format!("the comment is longer than {} MiB", MOST_READ >> 20);
        return Err(Failure::new(Exit::Usage, what));
    }
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

/// Why nothing was stored.
fn not_stored(stats: &Stats, target: &Target) -> Failure {
    let said = stats.messages.last().or(stats.last_error.as_ref());
    let dropped = || {
        let mut reasons = stats.dropped.by_reason().into_iter().filter(|(_, count)| *count > 0);
        reasons.next().map_or("it was not answered", |(reason, _)| says(reason)).to_owned()
    };
    let why = said.map_or_else(dropped, |said| safe::line(said).into_owned());
    let what = format!("the feedback was not stored: {why}");
    match is_about_the_key(stats) {
        true => Failure::new(Exit::Refused, what)
            .next(format!("the key came from {}", safe::line(&target.key.source))),
        false => Failure::new(Exit::Failed, what),
    }
}

/// What it is, in a few words: `csat 4`.
fn named(feedback: &Feedback) -> String {
    let score = feedback.score.map(|score| format!(" {score}")).unwrap_or_default();
    let label = feedback.label.as_ref().map(|label| format!(" {label}")).unwrap_or_default();
    safe::line(&format!("{}{score}{label}", feedback.name)).into_owned()
}

/// For scripts: what identifies it. What somebody wrote is not repeated.
fn document(feedback: &Feedback, stats: &Stats) -> serde_json::Value {
    let at = jiff::Timestamp::from_nanosecond(feedback.given_at.as_unix_nanos().into());
    serde_json::json!({
        "id": feedback.id,
        "ticket_id": feedback.ticket_id,
        "execution_id": feedback.execution_id.map(|id| id.to_string()),
        "name": feedback.name,
        "source": feedback.source.map(FeedbackSource::as_str),
        "score": feedback.score,
        "label": feedback.label,
        "given_at": at.unwrap_or(jiff::Timestamp::MAX).to_string(),
        "redactions": stats.redactions,
    })
}
