//! A month's value, as it is asked for, and what there is to say beside it.

use clap::Args;
use ticketlens_api::{GetValueRequest, Value, ValueFigures, net::Net};
use ticketlens_report::{Progress, progress};
use ticketlens_show::{percent, safe};
use tonic::Code;

use crate::{
    api::{self, Admin, expect_tenant, refused},
    exit::{Exit, Failure, Result},
    target::{Purpose, Target, TargetArgs},
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

/// A month that was asked for.
pub struct Asked {
    /// As the receiver tells it.
    pub value: Value,
    /// Whether who asks may set rates.
    pub is_admin: bool,
}

/// The month, as the receiver tells it.
pub async fn of(month: MonthArgs, target: &TargetArgs) -> Result<Asked> {
    let MonthArgs { tenant, month } = month;
    let (tenant, month) = (tenant.unwrap_or_default(), month.unwrap_or_default());
    let channel = Target::find(target, Purpose::Admin)?.connect().await?;
    // Without a name only a tenant's own key gets an answer.
    let is_admin =
        !tenant.is_empty() && expect_tenant(&mut Admin::new(channel.clone()), &tenant).await?;
    let is_unnamed = tenant.is_empty();
    let value = api::tickets(channel).get_value(GetValueRequest { tenant, month }).await;
    let value = value.map_err(|status| match status.code() {
        Code::InvalidArgument if is_unnamed && status.message().starts_with("tenant: ") => {
            Failure::new(Exit::Usage, "a month is reckoned for one tenant, and none is named")
                .next("name one with --tenant NAME; `ticketlens tenant list` shows those there are")
        }
        _ => refused(&status),
    })?;
    let value = value.into_inner();
    match progress(&value) {
        Progress::ToCome => {
            let what = format!("{} is still to come", safe::line(&value.month));
            Err(Failure::new(Exit::Usage, what).next(
                "name one that has begun with --month, or leave it out for the one it is now",
            ))
        }
        _ => Ok(Asked { value, is_admin }),
    }
}

impl Asked {
    /// Says what is missing of a month, and what it takes.
    pub fn note_what_is_missing(&self) {
        let none = ValueFigures::default();
        let figures = self.value.figures.as_ref().unwrap_or(&none);
        if figures.tickets > 0 && figures.priced_tokens < figures.tokens {
            note(&unpriced(figures));
        }
        if self.value.rates.is_empty() {
            note(&without_rates(&self.value.tenant, self.is_admin));
        } else if figures.tickets > 0
            && let Err(why) = Net::of(figures)
        {
            note(&safe::line(&why.to_string()));
        }
    }
}

/// What a share of the tokens that is priced says, and what it does not.
#[expect(clippy::cast_precision_loss, reason = "a share is told in percent")]
fn unpriced(figures: &ValueFigures) -> String {
    let share = percent(figures.priced_tokens as f64 / figures.tokens as f64);
    format!(
        "share of tokens priced: {share} are of calls that have a price; an execution of which one \
         call has no price has no cost, and is in no sum"
    )
}

/// How minutes come into a month that has none: a command for who may, and nothing to try for others.
fn without_rates(tenant: &str, is_admin: bool) -> String {
    let why = "no minutes saved, and no net value: no rate says what a resolved ticket saves";
    match is_admin {
        true => format!(
            "{why}; set one with ticketlens value rates set --tenant {} --minutes 12 --hourly 40 \
             --currency USD, in the currency of your prices",
            safe::line(tenant)
        ),
        false => format!("{why}; whoever runs the receiver sets it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_may_set_rates_is_told_how() {
        let admin = without_rates("acme\u{1b}[2J", true);
        assert!(admin.contains("value rates set --tenant acme\\u{1b}[2J --minutes"), "{admin}");
        let tenant = without_rates("acme", false);
        assert!(!tenant.contains("rates set") && tenant.contains("whoever runs"), "{tenant}");
    }

    #[test]
    fn a_share_says_what_it_is_of() {
        let figures =
            ValueFigures { tokens: 85_000, priced_tokens: 52_000, ..ValueFigures::default() };
        let says = unpriced(&figures);
        assert!(says.contains("61.2 % are of calls that have a price"), "{says}");
    }
}
