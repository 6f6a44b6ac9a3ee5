//! `ticketlens value rates`: what a resolved ticket of a category saves.

use clap::{Args, Subcommand};
use ticketlens_api::{
    ListValueRatesRequest, Money, RemoveValueRateRequest, SetValueRateRequest, ValueRate, json,
};
use ticketlens_show::{
    self as show,
    listing::{Column, Listing},
    safe,
};
use tonic::Code;

use crate::{
    api::{Admin, refused},
    exit::{Exit, Failure, Result},
    target::{TargetArgs, admin},
    terminal::{print, print_document, print_json, print_listing},
};

/// What to do with rates.
#[derive(Debug, Subcommand)]
pub enum RatesCommand {
    /// List a tenant's rates.
    #[command(after_help = "Example:\n  ticketlens value rates list --tenant acme")]
    List {
        /// Whose.
        #[arg(long, value_name = "NAME")]
        tenant: String,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
        /// Which receiver.
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Set the rate of a category, or the one for all others.
    #[command(after_help = "\
A month is reckoned by the rates that are set when it is asked for: months before, too.

Examples:
  ticketlens value rates set --tenant acme --minutes 12 --hourly 40 --currency USD
  ticketlens value rates set --tenant acme --category REFUND --minutes 25 --hourly 38.50 --currency USD")]
    Set(SetArgs),
    /// Remove the rate of a category, or the one for all others.
    #[command(after_help = "\
Examples:
  ticketlens value rates remove --tenant acme --category REFUND
  ticketlens value rates remove --tenant acme")]
    Remove {
        /// Whose.
        #[arg(long, value_name = "NAME")]
        tenant: String,
        /// Of which category; by default the rate for every category without one of its own.
        #[arg(long, value_name = "CATEGORY")]
        category: Option<String>,
        /// One JSON document.
        #[arg(long)]
        json: bool,
        /// Which receiver.
        #[command(flatten)]
        target: TargetArgs,
    },
}

/// A rate.
#[derive(Args, Debug)]
pub struct SetArgs {
    /// Whose.
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// Of which category; by default the rate for every category without one of its own.
    #[arg(long, value_name = "CATEGORY")]
    category: Option<String>,
    /// A person's minutes that a resolved ticket saves, at most 10080.
    #[arg(long)]
    minutes: f64,
    /// What an hour of a person's costs, e.g. 40 or 38.50.
    #[arg(long, value_name = "AMOUNT")]
    hourly: String,
    /// In which currency (ISO 4217), e.g. USD: that of your prices, for a net value.
    #[arg(long, value_name = "CODE")]
    currency: String,
    /// One JSON document.
    #[arg(long)]
    json: bool,
    /// Which receiver.
    #[command(flatten)]
    target: TargetArgs,
}

/// Does it.
pub async fn run(command: RatesCommand) -> Result<Exit> {
    match command {
        RatesCommand::List { tenant, json, target } => {
            let request = ListValueRatesRequest { tenant: tenant.clone() };
            let listed = admin(&target).await?.list_value_rates(request).await;
            let rates = listed.map_err(|status| refused(&status))?.into_inner().rates;
            list(rates, &tenant, json)?;
        }
        RatesCommand::Set(args) => set(args).await?,
        RatesCommand::Remove { tenant, category, json, target } => {
            let category = category.unwrap_or_default();
            let shown = format!("the rate {} of {}", of(&category), safe::line(&tenant));
            let mut admin = admin(&target).await?;
            let request = RemoveValueRateRequest { tenant: tenant.clone(), category };
            match admin.remove_value_rate(request).await {
                Err(status) if status.code() == Code::NotFound => {
                    return Err(not_there(&mut admin, tenant, &shown).await);
                }
                removed => removed.map_err(|status| refused(&status))?,
            };
            match json {
                true => print_json("{\"removed\":true}")?,
                false => print(&format!("removed {shown}\n"))?,
            }
        }
    }
    Ok(Exit::Done)
}

async fn set(args: SetArgs) -> Result<()> {
    let currency = args.currency.to_ascii_uppercase();
    let rate = ValueRate {
        category: args.category.unwrap_or_default(),
        minutes: args.minutes,
        hourly: Some(Money { currency, amount: args.hourly }),
    };
    let request = SetValueRateRequest { tenant: args.tenant, rate: Some(rate) };
    let set = admin(&args.target).await?.set_value_rate(request).await;
    let rate = set.map_err(|status| refused(&status))?.into_inner();
    match args.json {
        true => print_document(&json::ValueRate::from(rate)),
        false => print_listing(&listing(&[rate]), true),
    }
}

/// What is not there: the rate, or the tenant.
async fn not_there(admin: &mut Admin, tenant: String, shown: &str) -> Failure {
    let name = safe::line(&tenant).into_owned();
    match admin.list_value_rates(ListValueRatesRequest { tenant }).await {
        Err(status) => {
            refused(&status).next("`ticketlens tenant list` shows the tenants there are")
        }
        Ok(_) => Failure::new(Exit::NotFound, format!("{shown} is not set"))
            .next(format!("`ticketlens value rates list --tenant {name}` shows those there are")),
    }
}

fn list(rates: Vec<ValueRate>, tenant: &str, as_json: bool) -> Result<()> {
    if as_json {
        return rates.into_iter().map(json::ValueRate::from).try_for_each(|r| print_document(&r));
    }
    if rates.is_empty() {
        return print(&format!(
            "No rates yet; `ticketlens value rates set --tenant {} --minutes 12 --hourly 40 \
             --currency USD` sets one for every category.\n",
            safe::line(tenant)
        ));
    }
    print_listing(&listing(&rates), false)
}

fn of(category: &str) -> String {
    match category {
        "" => "for all other categories".to_owned(),
        category => format!("of {}", safe::line(category)),
    }
}

fn listing(rates: &[ValueRate]) -> Listing<3> {
    let mut listing = Listing::new([
        Column::new("category"),
        Column::new("minutes").keep().right(),
        Column::new("an hour costs").keep().right(),
    ]);
    for ValueRate { category, minutes, hourly } in rates {
        let category = if category.is_empty() { "(all others)" } else { category };
        let hourly = hourly.as_ref().map(|money| format!("{} {}", money.amount, money.currency));
        listing.row([
            category.into(),
            show::measure(*minutes).into(),
            hourly.unwrap_or_default().into(),
        ]);
    }
    listing
}
