//! `ticketlens feedback`: what was said of tickets.

mod list;

use clap::Subcommand;

use crate::exit::{Exit, Result};

/// What to do with feedback.
#[derive(Debug, Subcommand)]
pub enum FeedbackCommand {
    /// List feedback on tickets, newest first unless sorted otherwise.
    List(Box<list::ListArgs>),
}

/// Does it.
pub async fn run(command: FeedbackCommand) -> Result<Exit> {
    match command {
        FeedbackCommand::List(args) => list::run(*args).await,
    }
}
