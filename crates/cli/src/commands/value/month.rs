//! A month's value, as it is asked for.

use clap::Args;
use ticketlens_api::{GetValueRequest, Value};
use ticketlens_show::safe;

use crate::{
    api::refused,
    exit::Result,
    target::{self, TargetArgs},
    terminal::note,
};

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
