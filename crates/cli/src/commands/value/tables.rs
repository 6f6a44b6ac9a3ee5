//! A month's figures as listings. Amounts are reckoned in billionths, and rounded where they are shown.

use ticketlens_api::{Money, ValueFigures, ValueGroup, net::Net};
use ticketlens_show::{
    self as show,
    listing::{Column, Listing},
};
use ticketlens_store::CostSum;
use ticketlens_ticket::CurrencyCode;

/// From here on four digits behind the point are enough.
const CENT: u128 = 10_000_000;
/// Billionths of a fourth digit behind the point.
const FOURTH_DIGIT: u128 = 100_000;

/// What figures are compared with.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    /// Of the month before.
    pub figures: &'a ValueFigures,
    /// Whether the month itself is over, so that its sums compare.
    pub is_whole: bool,
}

/// All figures, beside those of the month before.
pub fn figures(now: &ValueFigures, before: Option<Before<'_>>) -> Listing<4> {
    let mut listing = Listing::new([
        Column::new("figure").keep(),
        Column::new("month").keep().right(),
        Column::new("month before").keep().right().only_if(before.is_some()),
        Column::new("change").keep().right().only_if(before.is_some()),
    ]);
    for (name, now, before) in lines(now, before) {
        let change = change(&now, before.as_ref());
        let before = before.map(|figure| figure.shown()).unwrap_or_default();
        listing.row([name.into(), now.shown().into(), before.into(), change.into()]);
    }
    listing
}

/// Figures of groups, a line each.
pub fn groups(kind: &'static str, groups: &[ValueGroup]) -> Listing<10> {
    let has = |is: fn(&ValueFigures) -> bool| {
        groups.iter().filter_map(|group| group.figures.as_ref()).any(is)
    };
    let mut listing = Listing::new([
        Column::new(kind),
        Column::new("tickets").keep().right(),
        Column::new("resolved").keep().right().may_drop(5),
        Column::new("escalated").keep().right().may_drop(1),
        Column::new("failed").keep().right().may_drop(2),
        Column::new("cost").keep().right().may_drop(6).only_if(has(|of| !of.costs.is_empty())),
        Column::new("per resolved").keep().right().may_drop(3),
        Column::new("csat").keep().right().may_drop(4).only_if(has(|of| of.csat.is_some())),
        // What it was worth stays: that is what is asked for here.
        Column::new("minutes saved").keep().right().only_if(has(|of| of.minutes_saved.is_some())),
        Column::new("worth").keep().right().only_if(has(|of| !of.worth.is_empty())),
    ]);
    for ValueGroup { name, figures } in groups {
        let none = ValueFigures::default();
        let of = figures.as_ref().unwrap_or(&none);
        let costs = costs(&of.costs);
        listing.row([
            name.into(),
            show::count(of.tickets).into(),
            show::count(of.resolved).into(),
            show::count(of.escalated).into(),
            show::count(of.failed).into(),
            amounts(&costs).into(),
            amounts(&each(&costs, of.resolved)).into(),
            of.csat.map(rating).unwrap_or_default().into(),
            of.minutes_saved.map(show::measure).unwrap_or_default().into(),
            amounts(&self::costs(&of.worth)).into(),
        ]);
    }
    listing
}

/// A figure as it is reckoned with.
#[derive(Clone, Copy, Debug)]
enum Figure {
    Count(u64),
    Money(i128, CurrencyCode),
    /// A share of something.
    Share(f64),
    Rating(f64),
    Minutes(f64),
}

impl Figure {
    fn shown(self) -> String {
        match self {
            Self::Count(count) => show::count(count),
            Self::Money(nanos, currency) => {
                let sign = if nanos < 0 { "-" } else { "" };
                format!("{sign}{}", amount(CostSum { nanos: nanos.unsigned_abs(), currency }))
            }
            Self::Share(share) => show::percent(share),
            Self::Rating(mean) => rating(mean),
            Self::Minutes(minutes) => show::measure(minutes),
        }
    }

    /// Whether the two can be set against each other: not two currencies.
    fn is_of_kind(self, other: &Self) -> bool {
        match (self, other) {
            (Self::Money(_, one), Self::Money(_, other)) => one.as_str() == other.as_str(),
            _ => true,
        }
    }

    /// What is compared, and whether it is a part of something already.
    #[expect(clippy::cast_precision_loss, reason = "a change is told in tenths of a percent")]
    fn measure(self) -> f64 {
        match self {
            Self::Count(count) => count as f64,
            Self::Money(nanos, _) => nanos as f64,
            Self::Share(number) | Self::Rating(number) | Self::Minutes(number) => number,
        }
    }
}

type Line = (String, Figure, Option<Figure>);

fn lines(now: &ValueFigures, before: Option<Before<'_>>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = |name: String, is_sum: bool, of: &dyn Fn(&ValueFigures) -> Option<Figure>| {
        let before = before.filter(|before| before.is_whole || !is_sum);
        if let Some(figure) = of(now) {
            lines.push((name, figure, before.and_then(|before| of(before.figures))));
        }
    };
    // Sums grow until their month is over; shares and means compare before that, too.
    let (sum, mean) = (true, false);
    line("tickets".into(), sum, &|of| Some(Figure::Count(of.tickets)));
    line("resolved".into(), sum, &|of| Some(Figure::Count(of.resolved)));
    line("escalated".into(), sum, &|of| Some(Figure::Count(of.escalated)));
    line("failed".into(), sum, &|of| Some(Figure::Count(of.failed)));
    line("executions".into(), sum, &|of| Some(Figure::Count(of.executions)));
    let costs = codes(&now.costs);
    for code in costs.iter().copied() {
        let name = |name: &str| in_one_of(name, code, costs.len());
        line(name("cost"), sum, &|of| money_of(spent(of, code)?, code));
        line(name("cost per ticket"), mean, &|of| per(spent(of, code)?, of.tickets, code));
        let each = |of: &ValueFigures| per(spent(of, code)?, of.resolved, code);
        line(name("cost per resolved ticket"), mean, &each);
    }
    let priced = |of: &ValueFigures| share(of.priced_tokens, of.tokens).map(Figure::Share);
    line("share of tokens priced".into(), mean, &priced);
    line("csat".into(), mean, &|of| of.csat.map(Figure::Rating));
    line("ratings".into(), sum, &|of| Some(Figure::Count(of.csat_ratings)));
    line("minutes saved".into(), sum, &|of| of.minutes_saved.map(Figure::Minutes));
    let worths = codes(&now.worth);
    for code in worths.iter().copied() {
        let name = in_one_of("worth", code, worths.len());
        line(name, sum, &|of| money_of(worth(of, code)?, code));
    }
    line("net (worth - cost)".into(), sum, &|of| {
        let net = Net::of(of).ok()?;
        Some(Figure::Money(net.left, CurrencyCode::of(&net.currency)?))
    });
    lines
}

fn codes(amounts: &[Money]) -> Vec<CurrencyCode> {
    amounts.iter().filter_map(|money| CurrencyCode::of(&money.currency)).collect()
}

/// A row's name, with its currency where other rows would have the same.
fn in_one_of(name: &str, code: CurrencyCode, currencies: usize) -> String {
    match currencies {
        0 | 1 => name.to_owned(),
        _ => format!("{name} ({})", code.as_str()),
    }
}

fn spent(of: &ValueFigures, code: CurrencyCode) -> Option<u128> {
    in_currency(&of.costs, code)
}

fn worth(of: &ValueFigures, code: CurrencyCode) -> Option<u128> {
    in_currency(&of.worth, code)
}

fn in_currency(amounts: &[Money], code: CurrencyCode) -> Option<u128> {
    let money = amounts.iter().find(|money| money.currency == code.as_str())?;
    nanos(money)
}

/// What is no amount, or below zero, is none.
fn nanos(money: &Money) -> Option<u128> {
    u128::try_from(ticketlens_api::amount::nanos(&money.amount)?).ok()
}

fn money_of(nanos: u128, code: CurrencyCode) -> Option<Figure> {
    Some(Figure::Money(i128::try_from(nanos).ok()?, code))
}

fn per(nanos: u128, tickets: u64, code: CurrencyCode) -> Option<Figure> {
    money_of(rounded(nanos, tickets)?, code)
}

/// Divided, rounded half up; none by nothing.
fn rounded(nanos: u128, by: u64) -> Option<u128> {
    let by = u128::from(by);
    nanos.saturating_add(by / 2).checked_div(by)
}

#[expect(clippy::cast_precision_loss, reason = "a share is told in percent")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Against the month before: in percent of it, and of what is no amount, by how much.
fn change(now: &Figure, before: Option<&Figure>) -> String {
    let Some(before) = before.filter(|before| now.is_of_kind(before)) else { return String::new() };
    let (now_is, was) = (now.measure(), before.measure());
    match now {
        Figure::Share(_) => format!("{:+.1} points", (now_is - was) * 100.0),
        Figure::Rating(_) => format!("{:+.2}", now_is - was),
        _ if was > 0.0 => format!("{:+.1} %", (now_is - was) / was * 100.0),
        _ => String::new(),
    }
}

fn rating(mean: f64) -> String {
    format!("{mean:.2}")
}

fn costs(amounts: &[Money]) -> Vec<CostSum> {
    let cost = |money: &Money| {
        Some(CostSum { nanos: nanos(money)?, currency: CurrencyCode::of(&money.currency)? })
    };
    amounts.iter().filter_map(cost).collect()
}

fn each(costs: &[CostSum], tickets: u64) -> Vec<CostSum> {
    let each = |cost: &CostSum| Some(CostSum { nanos: rounded(cost.nanos, tickets)?, ..*cost });
    costs.iter().filter_map(each).collect()
}

fn amounts(costs: &[CostSum]) -> String {
    costs.iter().map(|cost| amount(*cost)).collect::<Vec<_>>().join(", ")
}

/// With its currency: small ones whole, others to the fourth digit.
fn amount(cost: CostSum) -> String {
    let nanos = match cost.nanos {
        small if small < CENT => small,
        nanos => (nanos + FOURTH_DIGIT / 2) / FOURTH_DIGIT * FOURTH_DIGIT,
    };
    format!("{} {}", CostSum { nanos, ..cost }.amount(), cost.currency.as_str())
}

#[cfg(test)]
mod tests {
    use ticketlens_show::listing::Room;

    use super::*;

    fn money(currency: &str, amount: &str) -> Money {
        Money { currency: currency.to_owned(), amount: amount.to_owned() }
    }

    fn month() -> ValueFigures {
        ValueFigures {
            tickets: 4,
            resolved: 3,
            executions: 5,
            costs: vec![money("EUR", "0.3"), money("USD", "0.000000001")],
            tokens: 500,
            priced_tokens: 400,
            csat: Some(4.5),
            csat_ratings: 2,
            minutes_saved: Some(25.5),
            worth: vec![money("EUR", "16")],
            ..ValueFigures::default()
        }
    }

    /// A row's cells behind its name.
    fn row(listing: &Listing<4>, name: &str) -> String {
        let text = listing.render(Room::Unlimited).text;
        // Without what makes "-" pale.
        let text = text.replace("\u{1b}[2m", "").replace("\u{1b}[0m", "");
        let is_it = |line: &&str| line.trim_start().starts_with(&format!("{name}  "));
        let line = text.lines().find(is_it).unwrap_or_else(|| panic!("{name} in {text}"));
        let words: Vec<_> = line.trim_start()[name.len()..].split_whitespace().collect();
        words.join(" ")
    }

    #[test]
    fn figures_stand_beside_those_of_the_month_before() {
        let before = ValueFigures {
            tickets: 2,
            resolved: 2,
            costs: vec![money("EUR", "0.4")],
            csat: Some(4.0),
            tokens: 10,
            priced_tokens: 5,
            ..ValueFigures::default()
        };
        let listing = figures(&month(), Some(Before { figures: &before, is_whole: true }));
        for (name, cells) in [
            ("tickets", "4 2 +100.0 %"),
            ("resolved", "3 2 +50.0 %"),
            ("failed", "0 0 -"),
            ("cost per ticket (EUR)", "0.075 EUR 0.2 EUR -62.5 %"),
            ("cost per resolved ticket (EUR)", "0.1 EUR 0.2 EUR -50.0 %"),
            ("cost per resolved ticket (USD)", "0 USD - -"),
            ("share of tokens priced", "80.0 % 50.0 % +30.0 points"),
            ("csat", "4.50 4.00 +0.50"),
            ("worth", "16 EUR - -"),
        ] {
            assert_eq!(row(&listing, name), cells);
        }
        let text = listing.render(Room::Unlimited).text;
        assert!(text.contains("0.000000001 USD"), "{text}");
        assert!(!text.contains("net"), "two currencies have no net value: {text}");
        assert!(!figures(&month(), None).render(Room::Unlimited).text.contains("before"));
    }

    #[test]
    fn a_month_that_is_not_over_is_not_compared_as_a_whole() {
        let mut now = month();
        now.costs.pop();
        let listing = figures(&now, Some(Before { figures: &month(), is_whole: false }));
        for (name, cells) in [
            ("tickets", "4 - -"),
            ("cost", "0.3 EUR - -"),
            ("cost per ticket", "0.075 EUR 0.075 EUR +0.0 %"),
            ("minutes saved", "25.5 - -"),
            ("csat", "4.50 4.50 +0.00"),
            ("net (worth - cost)", "15.7 EUR - -"),
        ] {
            assert_eq!(row(&listing, name), cells);
        }
    }

    #[test]
    fn what_is_divided_is_rounded_half_up() {
        let mut now = ValueFigures { tickets: 3, resolved: 3, ..month() };
        now.costs = vec![money("EUR", "0.000000005")];
        assert_eq!(row(&figures(&now, None), "cost per ticket"), "0.000000002 EUR");
        now.resolved = 2;
        assert_eq!(row(&figures(&now, None), "cost per resolved ticket"), "0.000000003 EUR");
    }

    #[test]
    fn groups_fit_a_narrow_terminal_and_nothing_in_them_acts() {
        let groups = [
            ValueGroup { name: "BILLING \u{1b}[2J".to_owned(), figures: Some(month()) },
            ValueGroup { name: String::new(), figures: None },
        ];
        let listing = super::groups("category", &groups);
        let whole = listing.render(Room::Unlimited).text;
        assert!(whole.contains("BILLING \\u{1b}[2J") && whole.contains("0.1 EUR"), "{whole}");
        let narrow = listing.render(Room::Columns(80));
        assert!(narrow.text.contains("0.3 EUR, 0.000000001 USD"), "{narrow:?}");
        for columns in [80, 50] {
            let text = listing.render(Room::Columns(columns)).text;
            assert!(text.contains("minutes saved") && text.contains("16 EUR"), "{text}");
        }
        assert_eq!(narrow.left_out[..2], ["escalated", "failed"]);
    }
}
