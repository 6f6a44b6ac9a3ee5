//! `ticketlens prices`: what calls of models cost, by the list of this installation.

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{
    prices_import::{self, ImportArgs},
    prices_list::{self, ListArgs},
    prices_set::{self, RemoveArgs, SetArgs},
};
use crate::{
    exit::{Exit, Result},
    when,
};

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
}

/// Which price: what distinguishes it from all others.
#[derive(Args, Clone, Debug)]
pub struct KeyArgs {
    /// Who is paid, e.g. openai, anthropic, google, aws, or a name of your own; "*" is any.
    #[arg(long, value_name = "NAME")]
    pub provider: String,
    /// Which models: a name, or a pattern in which "*" is any text and "#" a digit.
    #[arg(long, value_name = "PATTERN")]
    pub model: String,
    /// Of calls of this service tier, e.g. batch; the standard unless set.
    #[arg(long, value_name = "TIER", default_value = "", hide_default_value = true)]
    pub service_tier: String,
    /// Of calls with more tokens of input than this; 0 is the base price.
    #[arg(long, value_name = "TOKENS", default_value_t = 0)]
    pub above: u64,
    /// Since when: 2026-11-09, 2026-11-09T08:00 (UTC without a zone), today, tomorrow. Always, unless
    /// set.
    #[arg(long, value_name = "TIME", value_parser = when::past)]
    pub valid_from: Option<Timestamp>,
}

/// Does it.
pub async fn run(command: PricesCommand) -> Result<Exit> {
    match command {
        PricesCommand::Import(args) => prices_import::run(args).await,
        PricesCommand::List(args) => prices_list::run(args).await,
        PricesCommand::Set(args) => prices_set::set(*args).await,
        PricesCommand::Remove(args) => prices_set::remove(args).await,
    }
}
