//! `ticketlens feedback`: what tickets were worth to those who had them.

mod add;

use clap::Subcommand;

use crate::exit::{Exit, Result};

/// What can be done with feedback.
#[derive(Debug, Subcommand)]
pub enum FeedbackCommand {
    /// Give feedback on a ticket: a customer's rating, an evaluation.
    Add(Box<add::AddArgs>),
}

/// Does it.
pub async fn run(command: FeedbackCommand) -> Result<Exit> {
    match command {
        FeedbackCommand::Add(args) => add::run(*args).await,
    }
}
