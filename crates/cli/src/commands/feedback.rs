//! `ticketlens feedback`: what was said of tickets when they were done.

mod add;
mod aside;
mod list;

use clap::Subcommand;

use crate::exit::{Exit, Result};

/// What to do with feedback.
#[derive(Debug, Subcommand)]
pub enum FeedbackCommand {
    /// Give feedback on a ticket: a customer's rating, an evaluation.
    Add(Box<add::AddArgs>),
    /// List feedback on tickets, newest first unless sorted otherwise.
    List(Box<list::ListArgs>),
}

/// Does it.
pub async fn run(command: FeedbackCommand) -> Result<Exit> {
    match command {
        FeedbackCommand::Add(args) => add::run(*args).await,
        FeedbackCommand::List(args) => list::run(*args).await,
    }
}
