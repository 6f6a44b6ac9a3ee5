//! `ticketlens value`: what a month's tickets were worth, and by what that is reckoned.

pub mod month;
mod rates;
mod show;
mod tables;

use clap::Subcommand;

use crate::exit::{Exit, Result};

/// What to do with what tickets are worth.
#[derive(Debug, Subcommand)]
pub enum ValueCommand {
    /// Show a month: what was resolved, what it cost, what it saved.
    Show(Box<show::ShowArgs>),
    /// List, set and remove what a resolved ticket saves.
    #[command(subcommand)]
    Rates(rates::RatesCommand),
}

/// Does it.
pub async fn run(command: ValueCommand) -> Result<Exit> {
    match command {
        ValueCommand::Show(args) => show::run(*args).await,
        ValueCommand::Rates(command) => rates::run(command).await,
    }
}
