//! Messages as tables for spreadsheets (RFC 4180).

use std::{borrow::Cow, collections::BTreeSet, io};

use jiff::{ToSpan, civil::Date};

use crate::{
    net::{Net, NoNet},
    v1::{Money, Value, ValueFigures},
};

/// A cell that begins so is a formula to a spreadsheet, whoever wrote it.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A text that no spreadsheet takes for a formula.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    match text.starts_with(FORMULA) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// The columns that every month has; behind them those of the currencies that this one has.
const COLUMNS: [&str; 15] = [
    "tenant",
    "month",
    "kind",
    "name",
    "tickets",
    "resolved",
    "escalated",
    "failed",
    "executions",
    "tokens",
    "priced_tokens",
    "csat",
    "csat_ratings",
    "minutes_saved",
    "no_net",
];

/// What a month was worth: a row for all of it, for the month before, and for each day, category,
/// version and model. Each currency has a column of its own, so that no sum mixes two.
///
/// # Errors
/// None that a row in memory can have.
pub fn value(value: &Value) -> io::Result<String> {
    let rows = rows(value);
    let of = |amounts: fn(&ValueFigures) -> &Vec<Money>| -> BTreeSet<&str> {
        let amounts = rows.iter().filter_map(|row| row.figures).flat_map(amounts);
        amounts.map(|money| money.currency.as_str()).collect()
    };
    let (costs, worth) = (of(|figures| &figures.costs), of(|figures| &figures.worth));
    let nets: BTreeSet<&str> =
        rows.iter().filter_map(|row| row.net.as_ref().ok()).map(|net| &*net.currency).collect();
    let mut out = csv::Writer::from_writer(Vec::new());
    let named = costs.iter().map(|code| format!("cost_{code}"));
    let named = named.chain(worth.iter().map(|code| format!("worth_{code}")));
    let named = named.chain(nets.iter().map(|code| format!("net_{code}")));
    out.write_record(COLUMNS.map(str::to_owned).into_iter().chain(named))?;
    for row in &rows {
        out.write_record(row.cells(value, &costs, &worth, &nets))?;
    }
    let bytes = out.into_inner().map_err(csv::IntoInnerError::into_error)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

/// Some tickets of a month.
struct Row<'v> {
    kind: &'static str,
    name: &'v str,
    month: Cow<'v, str>,
    figures: Option<&'v ValueFigures>,
    net: Result<Net, NoNet>,
}

fn rows<'v>(value: &'v Value) -> Vec<Row<'v>> {
    let month = || Cow::Borrowed(value.month.as_str());
    let none = ValueFigures::default();
    let row = |kind, name, figures: Option<&'v ValueFigures>| {
        let net = Net::of(figures.unwrap_or(&none));
        Row { kind, name, month: month(), figures, net }
    };
    let mut rows = vec![row("total", "", value.figures.as_ref())];
    if value.before.is_some() {
        let month = before(&value.month).map_or_else(month, Cow::Owned);
        rows.push(Row { month, ..row("before", "", value.before.as_ref()) });
    }
    rows.extend(value.days.iter().map(|day| row("day", &day.date, day.figures.as_ref())));
    let kinds =
        [("category", &value.categories), ("version", &value.versions), ("model", &value.models)];
    for (kind, groups) in kinds {
        rows.extend(groups.iter().map(|group| row(kind, &group.name, group.figures.as_ref())));
    }
    rows
}

/// The name of the month before.
fn before(month: &str) -> Option<String> {
    let first: Date = format!("{month}-01").parse().ok()?;
    Some(first.checked_sub(1.day()).ok()?.strftime("%Y-%m").to_string())
}

impl Row<'_> {
    fn cells(
        &self,
        value: &Value,
        costs: &BTreeSet<&str>,
        worth: &BTreeSet<&str>,
        nets: &BTreeSet<&str>,
    ) -> Vec<String> {
        let none = ValueFigures::default();
        let figures = self.figures.unwrap_or(&none);
        let number = |number: Option<f64>| number.map(|n| n.to_string()).unwrap_or_default();
        let mut cells: Vec<String> =
            [&*value.tenant, &*self.month, self.kind, self.name].map(|t| harmless(t).into()).into();
        let counts = [
            figures.tickets,
            figures.resolved,
            figures.escalated,
            figures.failed,
            figures.executions,
            figures.tokens,
            figures.priced_tokens,
        ];
        cells.extend(counts.map(|count| count.to_string()));
        cells.push(number(figures.csat));
        cells.push(figures.csat_ratings.to_string());
        cells.push(number(figures.minutes_saved));
        cells.push(self.net.as_ref().err().map(NoNet::to_string).unwrap_or_default());
        let of = |amounts: &[Money], code: &&str| {
            let money = amounts.iter().find(|money| money.currency == **code);
            money.map(|money| money.amount.clone()).unwrap_or_default()
        };
        cells.extend(costs.iter().map(|code| of(&figures.costs, code)));
        cells.extend(worth.iter().map(|code| of(&figures.worth, code)));
        let net: Vec<_> = self.net.iter().map(Net::money).collect();
        cells.extend(nets.iter().map(|code| of(&net, code)));
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::{ValueDay, ValueGroup};

    #[test]
    fn a_month_is_a_row_for_each_group_with_a_column_for_each_currency() {
        let money = |currency: &str, amount: &str| Money {
            currency: currency.to_owned(),
            amount: amount.to_owned(),
        };
        let usd = ValueFigures {
            tickets: 2,
            costs: vec![money("USD", "0.04")],
            csat: Some(4.5),
            csat_ratings: 2,
            ..ValueFigures::default()
        };
        let all = ValueFigures {
            tickets: 3,
            resolved: 1,
            costs: vec![money("EUR", "0.005"), money("USD", "0.04")],
            minutes_saved: Some(12.0),
            worth: vec![money("EUR", "8")],
            ..ValueFigures::default()
        };
        let euros = ValueFigures { costs: vec![money("EUR", "0.005")], ..all.clone() };
        let group = |name: &str| ValueGroup { name: name.to_owned(), figures: Some(usd.clone()) };
        let month = Value {
            tenant: "acme".to_owned(),
            month: "2026-01".to_owned(),
            figures: Some(all),
            before: Some(usd.clone()),
            days: vec![ValueDay { date: "2026-01-02".to_owned(), figures: Some(euros) }],
            categories: vec![group("=HYPERLINK(\"http://x\")"), group("a, \"b\"")],
            ..Value::default()
        };
        let table = value(&month).unwrap();
        let expected = "\
tenant,month,kind,name,tickets,resolved,escalated,failed,executions,tokens,priced_tokens,csat,\
csat_ratings,minutes_saved,no_net,cost_EUR,cost_USD,worth_EUR,net_EUR
acme,2026-01,total,,3,1,0,0,0,0,0,,0,12,MIXED,0.005,0.04,8,
acme,2025-12,before,,2,0,0,0,0,0,0,4.5,2,,UNRATED,,0.04,,
acme,2026-01,day,2026-01-02,3,1,0,0,0,0,0,,0,12,,0.005,,8,7.995
acme,2026-01,category,\"'=HYPERLINK(\"\"http://x\"\")\",2,0,0,0,0,0,0,4.5,2,,UNRATED,,0.04,,
acme,2026-01,category,\"a, \"\"b\"\"\",2,0,0,0,0,0,0,4.5,2,,UNRATED,,0.04,,
";
        let mixed = NoNet::Currencies { worth: "EUR".into(), cost: "EUR and USD".into() };
        let quoted = format!("\"{mixed}\"");
        let expected = expected.replace("UNRATED", &NoNet::NoRates.to_string());
        assert_eq!(table, expected.replace("MIXED", &quoted));
    }

    #[test]
    fn whoever_wrote_a_cell_it_is_no_formula() {
        for text in ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＠x"] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        assert_eq!(harmless("a=1"), "a=1");
    }
}
