//! The terminal: how wide it is, and printing to it.

use std::{
    io::{self, BufRead, ErrorKind, IsTerminal, Write},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use terminal_size::{Width, terminal_size_of};
use ticketlens_show::{
    listing::{Listing, Room},
    safe,
};

use crate::{
    exit::{Exit, Failure, Result},
    log,
};

/// How often a spinner turns.
const TICK: Duration = Duration::from_millis(120);

/// Columns where nobody says otherwise: a pipe, a file.
const WIDTH: usize = 100;

/// Columns of the terminal on stdout.
pub fn width() -> usize {
    let told = || std::env::var("COLUMNS").ok()?.parse().ok();
    let width = terminal_size_of(io::stdout()).map(|(Width(columns), _)| usize::from(columns));
    width.or_else(told).unwrap_or(WIDTH).clamp(40, 400)
}

/// Prints a listing: as wide as the terminal, or whole where it goes to a pipe or is to be wide.
pub fn print_listing<const N: usize>(listing: &Listing<N>, wide: bool) -> Result<()> {
    let is_whole = wide || !io::stdout().is_terminal();
    let room = if is_whole { Room::Unlimited } else { Room::Columns(width()) };
    let shown = listing.render(room);
    print(&shown.text)?;
    if !shown.left_out.is_empty() {
        let columns = shown.left_out.join(", ");
        note(&format!("not shown for lack of room: {columns}; --wide shows everything"));
    } else if shown.is_cut {
        note("shortened for lack of room; --wide shows everything");
    }
    Ok(())
}

/// Prints to stdout; colours vanish where it is no terminal. A reader that has seen enough
/// (`| head`) is no failure.
pub fn print(text: &str) -> Result<()> {
    written(anstream::stdout().write_all(text.as_bytes()))
}

/// Prints what can't be printed again: a reader that is gone is a failure.
pub fn print_whole(text: &str) -> Result<()> {
    let mut out = io::stdout();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|e| Failure::new(Exit::Failed, format!("can't write to stdout: {e}")))
}

/// Prints one JSON document or line. Whatever is in its strings, it can't act on a terminal.
pub fn print_json(document: &str) -> Result<()> {
    written(io::stdout().write_all(format!("{}\n", safe::json(document)).as_bytes()))
}

/// Prints one document as a line of JSON.
pub fn print_document(document: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string(document).map_err(|error| {
        Failure::new(Exit::Failed, format!("the answer can't be told in JSON ({error})"))
    })?;
    print_json(&text)
}

/// Shows on stderr, where that is a terminal, that something is under way, and what.
pub fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TICK);
    bar
}

/// Tells the person on stderr, next to what goes to a pipe.
pub fn note(text: &str) {
    if log::is_read_by_programs() {
        tracing::info!(name: "process.note", "{text}");
        return;
    }
    // Nobody can be told that stderr is closed.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Whether whoever sits at the terminal means it: says what will happen, and has `word` typed.
pub fn confirmed(warning: &str, word: &str) -> Result<bool> {
    let shown = safe::line(word);
    if !io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, format!("confirmation needed: {warning}"))
            .next("confirm at a terminal, or use --yes"));
    }
    note(warning);
    note(&format!("Type {shown} to go on:"));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|e| Failure::new(Exit::Failed, format!("can't read the answer: {e}")))?;
    Ok(answer.trim() == word)
}

/// Whether whoever sits at the terminal says yes; Enter alone is no.
pub fn agreed(question: &str) -> Result<bool> {
    if !io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, format!("confirmation needed: {question}"))
            .next("confirm at a terminal, or use --yes"));
    }
    note(&format!("{question} [y/N]"));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|e| Failure::new(Exit::Failed, format!("can't read the answer: {e}")))?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

fn written(outcome: io::Result<()>) -> Result<()> {
    match outcome {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Failed, format!("can't write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}
