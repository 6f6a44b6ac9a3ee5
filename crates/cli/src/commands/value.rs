//! `ticketlens value`: what a month's tickets were worth, and by what that is reckoned.

mod rates;
mod show;
mod tables;

use clap::{Args, Subcommand};
use ticketlens_api::{GetValueRequest, Value};
use ticketlens_show::safe;

use crate::{
    api::refused,
    exit::{Exit, Result},
    target::{self, TargetArgs},
    terminal::note,
};

/// What to do with what tickets are worth.
#[derive(Debug, Subcommand)]
pub enum ValueCommand {
    /// Show a month: what was resolved, what it cost, what it saved.
    Show(Box<show::ShowArgs>),
    /// List, set and remove what a resolved ticket saves.
    #[command(subcommand)]
    Rates(rates::RatesCommand),
}

/// Which month.
#[derive(Args, Clone, Debug)]
pub struct MonthArgs {
    /// Whose; needed with an admin key, by default the key's own.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// The month (UTC), as 2026-11; by default the one that it is now.
    #[arg(long, value_name = "YYYY-MM")]
    month: Option<String>,
}

/// Does it.
pub async fn run(command: ValueCommand) -> Result<Exit> {
    match command {
        ValueCommand::Show(args) => show::run(*args).await,
        ValueCommand::Rates(command) => rates::run(command).await,
    }
}

/// The month, as the receiver tells it.
pub async fn of(month: MonthArgs, target: &TargetArgs) -> Result<Value> {
    let MonthArgs { tenant, month } = month;
    let (tenant, month) = (tenant.unwrap_or_default(), month.unwrap_or_default());
    let mut tickets = target::tickets(target, &tenant).await?;
    let value = tickets.get_value(GetValueRequest { tenant, month }).await;
    value.map(tonic::Response::into_inner).map_err(|status| refused(&status))
}

/// Says how minutes come into a month that has none.
pub fn note_without_rates(value: &Value) {
    if value.rates.is_empty() {
        note(&format!(
            "no minutes saved: say what a resolved ticket saves with ticketlens value rates set \
             --tenant {} --minutes 12 --hourly 40 --currency EUR",
            safe::line(&value.tenant)
        ));
    }
}
