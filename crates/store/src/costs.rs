//! What an execution cost, reckoned when its row is written: by what its sender says, or by the price
//! list of then.

use ticketlens_prices::{PriceBook, Usage};
use ticketlens_ticket::{CurrencyCode, ModelCall, Record, StepLine, Timestamp};

/// Billionths of a currency's unit.
const UNIT: u128 = 1_000_000_000;

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Billionths of the currency's unit.
    pub nanos: u64,
    /// What it is in.
    pub currency: CurrencyCode,
}

impl Cost {
    /// The most that is kept: what a `Decimal(18, 9)` holds.
    pub const MOST_NANOS: u64 = 999_999_999_999_999_999;

    /// The amount as decimal text, with no more digits than it has.
    pub fn amount(&self) -> String {
        CostSum::from(*self).amount()
    }
}

/// A sum of amounts, as large as it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostSum {
    /// Billionths of the currency's unit.
    pub nanos: u128,
    /// What it is in.
    pub currency: CurrencyCode,
}

impl CostSum {
    /// The amount as decimal text, with no more digits than it has.
    pub fn amount(&self) -> String {
        let (units, rest) = (self.nanos / UNIT, self.nanos % UNIT);
        let text = format!("{units}.{rest:09}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

impl From<Cost> for CostSum {
    fn from(cost: Cost) -> Self {
        Self { nanos: cost.nanos.into(), currency: cost.currency }
    }
}

/// What an execution and its calls of models cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// The execution. Absent where any call that used tokens has no price or is not among the steps that
    /// are kept, or calls are priced in several currencies: a part would be taken for the whole.
    pub total: Option<Cost>,
    /// Whether its sender said so.
    pub is_sent: bool,
    /// Of the tokens, those whose cost is known: no more than the execution says that it used.
    pub priced_tokens: u64,
    /// The version of the list; absent where nothing was priced by it.
    pub as_of: Option<Timestamp>,
    /// Of each step that is a call, in their order; not where the sender says what all cost.
    pub calls: Vec<Option<Cost>>,
}

/// Prices, and when they were last changed.
#[derive(Clone, Copy, Debug)]
pub struct PricesOf<'b> {
    /// The list.
    pub book: &'b PriceBook,
    /// Its version.
    pub as_of: Timestamp,
}

impl Costs {
    /// What that record's execution cost. A sender's own cost comes before any list.
    pub fn of(record: &Record<'_>, prices: Option<PricesOf<'_>>) -> Self {
        let tokens = |input: Option<u64>, output: Option<u64>| {
            input.unwrap_or_default().saturating_add(output.unwrap_or_default())
        };
        if let Some(nanos) = record.cost {
            let total = Some(Cost { nanos, currency: record.cost_currency });
            let priced_tokens = tokens(record.input_tokens, record.output_tokens);
            return Self { total, is_sent: true, priced_tokens, ..Self::default() };
        }
        let Some(prices) = prices else { return Self::default() };
        let at = record.executed_at.as_unix_nanos() / 1_000_000_000;
        let mut sum = Sum::default();
        let mut calls = Vec::new();
        for (step, call) in calls_of(record) {
            let priced = price(prices.book, &usage_of(record, step, call), at);
            if call.has_tokens() {
                sum.add(priced, tokens(call.input, call.output));
            }
            calls.push(priced);
        }
        if !sum.any {
            let usage = whole(record);
            if record.input_tokens.is_some() || record.output_tokens.is_some() {
                let tokens = tokens(record.input_tokens, record.output_tokens);
                sum.add(price(prices.book, &usage, at), tokens);
            }
        }
        // Calls beyond the steps that are kept would be missing in it.
        sum.is_partial |= record.steps_beyond > 0 && !calls.is_empty();
        if record.input_tokens.is_some() || record.output_tokens.is_some() {
            let all = tokens(record.input_tokens, record.output_tokens);
            sum.priced_tokens = sum.priced_tokens.min(all);
        }
        let total = sum.total();
        let is_priced = total.is_some() || calls.iter().any(Option::is_some);
        Self {
            total,
            is_sent: false,
            priced_tokens: sum.priced_tokens,
            as_of: is_priced.then_some(prices.as_of),
            calls,
        }
    }
}

/// A sum that is known where all of it is, in one currency.
#[derive(Default)]
struct Sum {
    any: bool,
    is_partial: bool,
    sum: Option<Cost>,
    priced_tokens: u64,
}

impl Sum {
    fn add(&mut self, cost: Option<Cost>, tokens: u64) {
        self.any = true;
        let Some(cost) = cost else {
            self.is_partial = true;
            return;
        };
        self.priced_tokens = self.priced_tokens.saturating_add(tokens);
        self.sum = match self.sum {
            None => Some(cost),
            Some(sum) if sum.currency == cost.currency => {
                Some(Cost { nanos: sum.nanos.saturating_add(cost.nanos), ..cost })
            }
            Some(sum) => {
                self.is_partial = true;
                Some(sum)
            }
        };
    }

    /// More than the column holds is no cost.
    fn total(&self) -> Option<Cost> {
        self.sum.filter(|sum| !self.is_partial && sum.nanos <= Cost::MOST_NANOS)
    }
}

/// The steps that are calls of models.
pub(crate) fn calls_of<'r, 'a>(
    record: &'r Record<'a>,
) -> impl Iterator<Item = (&'r StepLine<'a>, &'r ModelCall<'a>)> {
    record.steps.iter().filter_map(|step| Some((step, step.call.as_deref()?)))
}

fn usage_of<'r>(
    record: &'r Record<'_>,
    step: &'r StepLine<'_>,
    call: &'r ModelCall<'_>,
) -> Usage<'r> {
    let or = |own: &'r str, other: &'r str| if own.is_empty() { other } else { own };
    Usage {
        provider: or(&call.provider, &record.calls.provider),
        // A call's step is named after its model.
        request_model: or(&call.request_model, &step.name),
        response_model: &call.response_model,
        service_tier: or(&call.service_tier, &record.calls.service_tier),
        input: call.input,
        output: call.output,
        cache_read: call.cache_read,
        cache_write: call.cache_write,
        reasoning: call.reasoning,
    }
}

/// The ticket as one call, where its steps do not tell.
fn whole<'r>(record: &'r Record<'_>) -> Usage<'r> {
    let calls = &record.calls;
    Usage {
        provider: &calls.provider,
        request_model: &record.model,
        response_model: &calls.response_model,
        service_tier: &calls.service_tier,
        input: record.input_tokens,
        output: record.output_tokens,
        cache_read: calls.cache_read,
        cache_write: calls.cache_write,
        reasoning: calls.reasoning,
    }
}

fn price(book: &PriceBook, usage: &Usage<'_>, at: u64) -> Option<Cost> {
    let priced = book.price(usage, at)?;
    let currency = CurrencyCode::of(priced.currency.as_str())?;
    Some(Cost { nanos: priced.amount.nanos(), currency })
}
