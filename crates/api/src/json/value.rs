//! What a month's tickets were worth, as a document. Money is decimal text, which no reader rounds.

use serde::Serialize;
use utoipa::ToSchema;

use super::rfc3339;
use crate::{net::Net, v1};

/// What a tenant's tickets were worth in a month.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MonthValue {
    /// Whose tickets they are.
    pub tenant: String,
    /// The tenant's name for people; empty where it has none.
    pub display_name: String,
    /// The month (UTC), as `2026-11`.
    pub month: String,
    /// When this was made; a month that is not over is counted up to then.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub made_at: Option<String>,
    /// The month's figures.
    pub figures: ValueFigures,
    /// The same of the month before; null where nothing is stored of it.
    pub before: Option<ValueFigures>,
    /// Each day of the month that has tickets, by date.
    pub days: Vec<ValueDay>,
    /// By category, those with most tickets first, at most 50.
    pub categories: Vec<ValueGroup>,
    /// By the workflow's version, those with most tickets first, at most 50.
    pub versions: Vec<ValueGroup>,
    /// By the model that was asked for, those with most tickets first, at most 50.
    pub models: Vec<ValueGroup>,
    /// What the tenant says that a resolved ticket saves.
    pub rates: Vec<ValueRate>,
}

/// A ticket counts once, however often it was executed: with the status of its last execution, and
/// the cost of all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ValueFigures {
    /// Tickets.
    pub tickets: u64,
    /// Tickets with the status SUCCESS.
    pub resolved: u64,
    /// Tickets with the status ESCALATED.
    pub escalated: u64,
    /// Tickets with the status FAILED.
    pub failed: u64,
    /// Executions; more than tickets where some were executed again.
    pub executions: u64,
    /// What executions cost whose cost is known, one for each currency.
    pub costs: Vec<Money>,
    /// Tokens of all executions.
    pub tokens: u64,
    /// Tokens of the executions whose cost is known.
    pub priced_tokens: u64,
    /// Customers' satisfaction, 1 to 5; null without ratings.
    pub csat: Option<f64>,
    /// Of how many ratings it is the mean.
    pub csat_ratings: u64,
    /// Minutes that resolved tickets saved by the rates; null without rates.
    pub minutes_saved: Option<f64>,
    /// What these are worth, one for each currency of the rates.
    pub worth: Vec<Money>,
    /// Worth less cost; null where the two are not all in one currency.
    pub net: Option<Money>,
    /// Why there is no net value, and what it takes; null where there is one.
    pub no_net: Option<String>,
}

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Money {
    /// ISO 4217.
    pub currency: String,
    /// A decimal number as text, with at most nine digits behind the point.
    pub amount: String,
}

/// The figures of one day.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ValueDay {
    /// Which (UTC), as `2026-11-30`.
    #[schema(format = "date")]
    pub date: String,
    /// Its figures.
    #[serde(flatten)]
    pub figures: ValueFigures,
}

/// The figures of one category, version or model.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ValueGroup {
    /// Which; empty for tickets that name none.
    pub name: String,
    /// Its figures.
    #[serde(flatten)]
    pub figures: ValueFigures,
}

/// What a resolved ticket of a category saves.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ValueRate {
    /// Which; empty for every category without a rate of its own.
    pub category: String,
    /// A person's minutes.
    pub minutes: f64,
    /// What an hour of a person's costs.
    pub hourly: Option<Money>,
}

impl From<v1::Value> for MonthValue {
    fn from(value: v1::Value) -> Self {
        let groups =
            |groups: Vec<v1::ValueGroup>| groups.into_iter().map(ValueGroup::from).collect();
        Self {
            tenant: value.tenant,
            display_name: value.display_name,
            month: value.month,
            made_at: rfc3339(value.made_at.as_ref()),
            figures: value.figures.unwrap_or_default().into(),
            before: value.before.map(ValueFigures::from),
            days: value.days.into_iter().map(ValueDay::from).collect(),
            categories: groups(value.categories),
            versions: groups(value.versions),
            models: groups(value.models),
            rates: value.rates.into_iter().map(ValueRate::from).collect(),
        }
    }
}

impl From<v1::ValueFigures> for ValueFigures {
    fn from(figures: v1::ValueFigures) -> Self {
        let (net, no_net) = match Net::of(&figures) {
            Ok(net) => (Some(net.money().into()), None),
            Err(why) => (None, Some(why.to_string())),
        };
        Self {
            tickets: figures.tickets,
            resolved: figures.resolved,
            escalated: figures.escalated,
            failed: figures.failed,
            executions: figures.executions,
            costs: figures.costs.into_iter().map(Money::from).collect(),
            tokens: figures.tokens,
            priced_tokens: figures.priced_tokens,
            csat: figures.csat,
            csat_ratings: figures.csat_ratings,
            minutes_saved: figures.minutes_saved,
            worth: figures.worth.into_iter().map(Money::from).collect(),
            net,
            no_net,
        }
    }
}

impl From<v1::Money> for Money {
    fn from(v1::Money { currency, amount }: v1::Money) -> Self {
        Self { currency, amount }
    }
}

impl From<v1::ValueDay> for ValueDay {
    fn from(day: v1::ValueDay) -> Self {
        Self { date: day.date, figures: day.figures.unwrap_or_default().into() }
    }
}

impl From<v1::ValueGroup> for ValueGroup {
    fn from(group: v1::ValueGroup) -> Self {
        Self { name: group.name, figures: group.figures.unwrap_or_default().into() }
    }
}

impl From<v1::ValueRate> for ValueRate {
    fn from(rate: v1::ValueRate) -> Self {
        let v1::ValueRate { category, minutes, hourly } = rate;
        Self { category, minutes, hourly: hourly.map(Money::from) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn money_stays_text_and_what_is_absent_is_null() {
        let cost = v1::Money { currency: "USD".into(), amount: "0.100000001".into() };
        let figures = v1::ValueFigures { tickets: 3, costs: vec![cost], ..Default::default() };
        let worth = vec![v1::Money { currency: "USD".into(), amount: "8".into() }];
        let all = v1::ValueFigures { worth, minutes_saved: Some(12.0), ..figures.clone() };
        let document = MonthValue::from(v1::Value {
            tenant: "acme".into(),
            month: "2026-11".into(),
            made_at: Some(prost_types::Timestamp { seconds: 1_796_083_200, nanos: 0 }),
            figures: Some(all),
            days: vec![v1::ValueDay { date: "2026-11-30".into(), figures: Some(figures) }],
            ..Default::default()
        });
        let document = serde_json::to_value(document).unwrap();
        assert_eq!(document["made_at"], "2026-12-01T00:00:00Z");
        assert_eq!(document["before"], json!(null));
        assert_eq!(document["figures"]["csat"], json!(null));
        let net = json!({ "currency": "USD", "amount": "7.899999999" });
        assert_eq!(document["figures"]["net"], net);
        assert_eq!(document["figures"]["no_net"], json!(null));
        let day = &document["days"][0];
        assert_eq!((&day["date"], &day["tickets"]), (&json!("2026-11-30"), &json!(3)));
        assert_eq!(day["costs"], json!([{ "currency": "USD", "amount": "0.100000001" }]));
        assert_eq!(day["net"], json!(null));
        assert!(day["no_net"].as_str().unwrap().contains("no rate says"), "{day}");
    }
}
