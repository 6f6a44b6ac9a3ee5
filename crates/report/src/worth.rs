//! What resolved tickets were worth to the client: minutes saved, money, and what is left of it after
//! the cost, with the formula in words and numbers. What can't be reckoned says why.

use ticketlens_api::{
    net::Net,
    v1::{Money, Value, ValueFigures, ValueRate},
};

use crate::{
    figures::{given, shown},
    money::{Sum, sums},
    number::{NONE, count, decimal, priced, share},
    text,
};

/// Categories of which a message holds no more: of others it does not tell how many were resolved.
const MOST: usize = 50;
/// 10^-6 minutes.
const MINUTE: f64 = 1e6;

/// The section.
pub(crate) struct Worth {
    /// Minutes saved, what they are worth, the cost, and the net value.
    pub facts: Vec<Fact>,
    /// The formula's numbers: worth, cost, net value.
    pub formula: Option<[String; 3]>,
    /// Why there is no net value, or what it leaves out.
    pub note: Option<String>,
    /// The rates, and what each comes to.
    pub rates: Vec<Rate>,
}

/// A number of the section.
pub(crate) struct Fact {
    /// What it is.
    pub label: &'static str,
    /// It, a line for each currency.
    pub lines: Vec<String>,
    /// Whether it is what the section is about.
    pub is_main: bool,
}

/// A rate, and what it comes to.
pub(crate) struct Rate {
    /// Of which category.
    pub category: String,
    /// Tickets resolved of it.
    pub resolved: String,
    /// A person's minutes for one.
    pub minutes: String,
    /// All of them.
    pub saved: String,
    /// What an hour costs.
    pub hourly: String,
    /// What the minutes saved are worth.
    pub worth: String,
}

impl Worth {
    pub(crate) fn of(value: &Value) -> Self {
        let figures = given(&value.figures);
        let (costs, worth) = (sums(&figures.costs), sums(&figures.worth));
        let mut facts = vec![
            fact("Minutes saved", vec![saved(figures.minutes_saved)]),
            fact("Worth", shown(worth.as_deref())),
            fact("Cost", shown(costs.as_deref())),
        ];
        let (formula, note) = match net(figures) {
            Ok(formula) => {
                let formula = formula.map(|sum| sum.shown());
                let left = vec![formula[2].clone()];
                facts.push(Fact { is_main: true, ..fact("Net value", left) });
                (Some(formula), unpriced(figures))
            }
            Err(why) => (None, Some(why)),
        };
        Self { facts, formula, note, rates: rates(value, figures) }
    }
}

fn fact(label: &'static str, lines: Vec<String>) -> Fact {
    Fact { label, lines, is_main: false }
}

fn saved(minutes: Option<f64>) -> String {
    let Some(minutes) = minutes else { return NONE.to_owned() };
    match (decimal(minutes), decimal((minutes / 60.0).round())) {
        (Some(shown), Some(hours)) if minutes >= 120.0 => format!("{shown} min ({hours}\u{a0}h)"),
        (Some(shown), _) => format!("{shown} min"),
        (None, _) => NONE.to_owned(),
    }
}

/// Worth, cost and what is left, or the sentence of why there is none.
fn net(figures: &ValueFigures) -> Result<[Sum; 3], String> {
    let net = Net::of(figures).map_err(|why| sentence(&why.to_string()))?;
    let sum = |nanos| Sum { currency: net.currency.clone(), nanos };
    Ok([net.worth, net.cost, net.left].map(sum))
}

/// With a capital, and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

fn unpriced(figures: &ValueFigures) -> Option<String> {
    let share = share(figures.priced_tokens, figures.tokens)?;
    (figures.priced_tokens < figures.tokens)
        .then(|| format!("{} The net value is at most this.", priced(&share)))
}

fn rates(value: &Value, figures: &ValueFigures) -> Vec<Rate> {
    let is_all = value.categories.len() < MOST;
    let of = |category: &str| {
        let group = value.categories.iter().find(|group| group.name == category);
        match group {
            Some(group) => Some(given(&group.figures).resolved),
            None => is_all.then_some(0),
        }
    };
    let named = value.rates.iter().filter(|rate| !rate.category.is_empty());
    let of_named = named.map(|rate| of(&rate.category)).sum::<Option<u64>>();
    let others = of_named.and_then(|named| figures.resolved.checked_sub(named));
    let is_only = value.rates.len() == 1;
    let row = |rate: &ValueRate| match rate.category.is_empty() {
        true if is_only => Rate::of("all categories".to_owned(), rate, others),
        true => Rate::of("all other categories".to_owned(), rate, others),
        false => Rate::of(text::line(&rate.category), rate, of(&rate.category)),
    };
    value.rates.iter().map(row).collect()
}

impl Rate {
    fn of(category: String, rate: &ValueRate, resolved: Option<u64>) -> Self {
        let or_none = |shown: Option<String>| shown.unwrap_or_else(|| NONE.to_owned());
        let micros = micros(rate.minutes);
        let total = resolved.zip(micros).map(|(n, micros)| u128::from(n) * u128::from(micros));
        #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
        let saved = total.and_then(|total| decimal(total as f64 / MINUTE));
        let hourly = rate.hourly.as_ref().and_then(Sum::read);
        let worth = total.zip(hourly.as_ref()).and_then(|(total, hourly)| worth(total, hourly));
        Self {
            category,
            resolved: or_none(resolved.map(count)),
            minutes: or_none(decimal(rate.minutes)),
            saved: or_none(saved),
            hourly: rate.hourly.as_ref().map_or_else(|| NONE.to_owned(), hourly_text),
            worth: or_none(worth.as_ref().map(Sum::shown)),
        }
    }
}

fn hourly_text(hourly: &Money) -> String {
    Sum::read(hourly).map_or_else(|| "not readable".to_owned(), |sum| sum.shown())
}

/// None of what is no number of minutes.
fn micros(minutes: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in bounds")]
    (0.0..1e9).contains(&minutes).then(|| (minutes * MINUTE).round() as u64)
}

/// Minutes ÷ 60 × what an hour costs; none of more than there is money.
fn worth(micros: u128, hourly: &Sum) -> Option<Sum> {
    const HOUR: u128 = 60 * 1_000_000;
    let product = micros.checked_mul(hourly.nanos.unsigned_abs())?;
    let nanos = i128::try_from(product.checked_add(HOUR / 2)? / HOUR).ok()?;
    Some(Sum { currency: hourly.currency.clone(), nanos: nanos * hourly.nanos.signum() })
}

#[cfg(test)]
mod tests;
