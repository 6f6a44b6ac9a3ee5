//! `ticketlens prices`: what calls of models cost, by the list of this installation.

use clap::Subcommand;

use super::{
    prices_apply::{self, ApplyArgs},
    prices_import::{self, ImportArgs},
    prices_list::{self, ListArgs},
    prices_set::{self, RemoveArgs, SetArgs},
};
use crate::exit::{Exit, Result};

/// What to do with the list of prices.
#[derive(Debug, Subcommand)]
pub enum PricesCommand {
    /// Put the prices of a file into the list, or those that TicketLens brings along.
    Import(ImportArgs),
    /// List prices, or show which of them a model's calls are priced by.
    List(ListArgs),
    /// Put one price into the list, or change it.
    Set(Box<SetArgs>),
    /// Take one price out of the list.
    Remove(RemoveArgs),
    /// Reckon anew what stored tickets cost, by the list in force.
    Apply(ApplyArgs),
}

/// Does it.
pub async fn run(command: PricesCommand) -> Result<Exit> {
    match command {
        PricesCommand::Import(args) => prices_import::run(args).await,
        PricesCommand::List(args) => prices_list::run(args).await,
        PricesCommand::Set(args) => prices_set::set(*args).await,
        PricesCommand::Remove(args) => prices_set::remove(args).await,
        PricesCommand::Apply(args) => prices_apply::run(args).await,
    }
}
