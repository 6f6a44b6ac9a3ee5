//! `Costs::of` in the database's words: what calls cost by prices that are known by their kind, and what
//! an execution costs by its calls. Whole numbers of 128 bits, as there; a test compares the two.
//!
//! Nothing of anyone's is in these texts: a kind is told by hexadecimal digits, and all else are numbers
//! and currencies.

use std::fmt::Display;

use ticketlens_prices::{Price, PriceEntry};
use ticketlens_ticket::Timestamp;

use super::kinds::Kinds;
use crate::micros::micros;

/// Executions whose cost is another, of those of [`anew`].
pub const IS_CHANGED: &str = "(NOT (cost <=> new_cost) OR cost_currency != new_currency \
    OR priced_tokens != new_tokens OR (isNotNull(new_cost) OR has_price) != (prices_as_of != 0) \
    OR arrayExists((old, new) -> NOT (old.cost <=> new.cost), model_calls, calls))";

/// The most that a cost's column holds.
const MOST: &str = "toDecimal128('999999999.999999999', 9)";

/// What decides about a call's kind.
struct Call<'a> {
    provider: &'a str,
    requested: &'a str,
    answered: &'a str,
    tier: &'a str,
    counts: [&'a str; 5],
}

/// One of the column's calls, as `c`: what it does not tell is told by its execution, or its step.
const OF_COLUMN: Call<'static> = Call {
    provider: "if(c.provider = '', provider, c.provider)",
    requested: "if(c.request_model = '', c.name, c.request_model)",
    answered: "c.response_model",
    tier: "if(c.service_tier = '', service_tier, c.service_tier)",
    counts: ["c.input", "c.output", "c.cache_read", "c.cache_write", "c.reasoning"],
};

/// The execution as one call.
const WHOLE: Call<'static> = Call {
    provider: "provider",
    requested: "model",
    answered: "response_model",
    tier: "service_tier",
    counts: [
        "input_tokens",
        "output_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "reasoning_tokens",
    ],
};

impl Call<'_> {
    /// Its kind, before it is made a number.
    fn kind(&self, kinds: &Kinds) -> String {
        let Self { provider, requested, answered, tier, counts: [input, ..] } = self;
        let time = "toUInt64(greatest(0, intDiv(toUnixTimestamp64Nano(executed_at), 1000000000)))";
        // More than a size, and not as much.
        let below = format!("toUInt64(greatest(ifNull({input}, 0), 1) - 1)");
        let texts = [provider, requested, answered, tier].map(|text| format!("toString({text})"));
        format!(
            "({}, roundDown({time}, {}), roundDown({below}, {}))",
            texts.join(", "),
            numbers(kinds.times.iter()),
            numbers(kinds.sizes.iter()),
        )
    }

    fn has_tokens(&self) -> String {
        let [input, output, ..] = self.counts;
        format!("(isNotNull({input}) OR isNotNull({output}))")
    }

    /// What it used, each token once; at most what a counter holds.
    fn tokens(&self) -> String {
        let [input, output, ..] = self.counts;
        format!(
            "least(toInt128(ifNull({input}, 0)) + toInt128(ifNull({output}, 0)), toInt128(18446744073709551615))"
        )
    }

    /// `(cost, currency)`, of no cost null and empty.
    fn cost(&self, kinds: &Kinds) -> String {
        let places = kinds.priced.iter().map(|(_, place)| place);
        let entry = format!(
            "transform({}, {}, {}, toUInt16(0))",
            key(&self.kind(kinds)),
            list(kinds.priced.iter().map(|(key, _)| format!("'{key}'"))),
            numbers(places)
        );
        let entry = if kinds.priced.is_empty() { "toUInt16(0)" } else { &entry };
        let counts = self.counts.map(|count| format!("toInt128(ifNull({count}, 0))")).join(", ");
        // As `Tokens::new`: what claims more than the whole is cut to what is left of it.
        let cut = "(u.1, u.2, u.3, least(u.4, u.2), u.5, least(u.6, u.3))";
        let each =
            "(u.1, u.2 - u.4 - least(u.5, u.2 - u.4), u.4, least(u.5, u.2 - u.4), u.3 - u.6, u.6)";
        let prices: [fn(&PriceEntry) -> Price; 5] = [
            |entry| entry.input,
            |entry| entry.cache_read.unwrap_or(entry.input),
            |entry| entry.cache_write.unwrap_or(entry.input),
            |entry| entry.output,
            |entry| entry.reasoning.unwrap_or(entry.output),
        ];
        let products = (2..).zip(prices).map(|(at, price)| {
            let price = kinds.of_entry("toUInt64(0)", |entry| price(entry).picos().to_string());
            format!("u.{at} * toUInt64({price})")
        });
        // 10^-12 units to 10^-9, rounded half up.
        let nanos = format!("intDiv({} + 500, 1000)", products.collect::<Vec<_>>().join(" + "));
        let currency = kinds.of_entry("''", |entry| format!("'{}'", entry.currency));
        let is_priced = "u.1 > 0 AND u.2 <= 999999999999999999";
        let is_told = self.has_tokens();
        // One after the other, as there are no names for what is reckoned in between.
        let first = format!("[(if({is_told}, {entry}, toUInt16(0)), {counts})]");
        let steps = [cut, each, &format!("(u.1, {nanos}, {currency})")];
        let reckoned = steps.iter().fold(first, |of, step| format!("arrayMap(u -> {step}, {of})"));
        format!(
            "arrayMap(u -> (if({is_priced}, reinterpret(toInt64(u.2), 'Decimal64(9)'), NULL), \
             if({is_priced}, u.3, '')), {reckoned})[1]"
        )
    }
}

impl Kinds {
    /// Something of the entry that `u.1` is the place of; `none` of 0.
    fn of_entry(&self, none: &str, of: impl Fn(&PriceEntry) -> String) -> String {
        if self.entries.is_empty() {
            return none.to_owned();
        }
        let (places, values) = (1..=self.entries.len(), self.entries.iter().map(of));
        format!("transform(u.1, {}, {}, {none})", numbers(places), list(values))
    }
}

/// The number of a kind: a hash without a secret; whoever made two names with one would only have
/// their own calls priced as others.
fn key(kind: &str) -> String {
    format!("hex(sipHash128{kind})")
}

fn list(of: impl Iterator<Item = String>) -> String {
    format!("[{}]", of.collect::<Vec<_>>().join(","))
}

fn numbers(of: impl Iterator<Item = impl Display>) -> String {
    list(of.map(|number| number.to_string()))
}

/// The column's calls with what they cost.
fn calls(kinds: &Kinds) -> String {
    format!(
        "arrayMap((c, k) -> CAST((c.position, c.name, c.provider, c.request_model, c.response_model, \
         c.service_tier, c.input, c.output, c.cache_read, c.cache_write, c.reasoning, k.1, k.2), \
         'Tuple(position UInt32, name String, provider String, request_model String, \
         response_model String, service_tier String, input Nullable(UInt64), output Nullable(UInt64), \
         cache_read Nullable(UInt64), cache_write Nullable(UInt64), reasoning Nullable(UInt64), \
         cost Nullable(Decimal(18, 9)), cost_currency String)'), \
         model_calls, arrayMap(c -> {}, model_calls))",
        OF_COLUMN.cost(kinds)
    )
}

/// What an execution costs by its `calls`, or, where none of them tells, as a `whole`.
struct Total {
    cost: String,
    currency: String,
    tokens: String,
    has_price: String,
}

impl Total {
    fn new(calls: &str, [whole, currency]: [&str; 2]) -> Self {
        let parts = format!(
            "if(arrayExists(c -> {told}, {calls}), \
             arrayMap(c -> (c.cost, toString(c.cost_currency), {tokens}), arrayFilter(c -> {told}, {calls})), \
             if({told_whole}, [({whole}, toString({currency}), {tokens_whole})], []))",
            told = OF_COLUMN.has_tokens(),
            tokens = OF_COLUMN.tokens(),
            told_whole = WHOLE.has_tokens(),
            tokens_whole = WHOLE.tokens(),
        );
        let known = format!("arrayFilter(p -> isNotNull(p.1), {parts})");
        let sum = format!("arraySum(p -> toDecimal128(assumeNotNull(p.1), 9), {known})");
        let is_whole = format!(
            "(notEmpty({parts}) AND (steps_beyond = 0 OR empty({calls})) AND arrayAll(p -> isNotNull(p.1), {parts}) \
             AND length(arrayDistinct(arrayMap(p -> p.2, {parts}))) = 1 AND {sum} <= {MOST})"
        );
        Self {
            cost: format!("if({is_whole}, accurateCastOrNull({sum}, 'Decimal(18, 9)'), NULL)"),
            currency: format!("if({is_whole}, ({parts})[1].2, '')"),
            tokens: format!(
                "toUInt64(least(arraySum(p -> p.3, {known}), if({}, {}, toInt128(18446744073709551615))))",
                WHOLE.has_tokens(),
                WHOLE.tokens()
            ),
            has_price: format!("arrayExists(c -> isNotNull(c.cost), {calls})"),
        }
    }
}

/// Selects the kinds of calls of those tickets, each once.
pub fn kinds(kinds: &Kinds, rows: &str) -> String {
    format!(
        "SELECT DISTINCT {} AS key, kind.1 AS provider, kind.2 AS requested, kind.3 AS answered, \
         kind.4 AS tier, kind.5 AS time, kind.6 AS size FROM (\
         SELECT arrayJoin(arrayPushBack(arrayMap(c -> {}, model_calls), {})) AS kind \
         FROM {{store}}.tickets{})",
        key("(kind.1, kind.2, kind.3, kind.4, kind.5, kind.6)"),
        OF_COLUMN.kind(kinds),
        WHOLE.kind(kinds),
        rows
    )
}

/// Selects those executions with their costs, and `calls`, `new_cost`, `new_currency`, `new_tokens`,
/// `has_price` by those kinds' prices.
pub fn anew(kinds: &Kinds, rows: &str) -> String {
    let Total { cost, currency, tokens, has_price } = Total::new("calls", ["whole.1", "whole.2"]);
    format!(
        "SELECT *, {cost} AS new_cost, {currency} AS new_currency, {tokens} AS new_tokens, \
         {has_price} AS has_price FROM (\
         SELECT _partition_id AS part, cost, cost_currency, priced_tokens, prices_as_of, model_calls, \
         input_tokens, output_tokens, steps_beyond, {} AS calls, {} AS whole FROM {{store}}.tickets FINAL{})",
        calls(kinds),
        WHOLE.cost(kinds),
        rows
    )
}

/// Changes those rows: first the calls, and what the execution would cost as one; then by these, what
/// it costs. Both become one new part of the table.
pub fn updates(kinds: &Kinds, as_of: Timestamp, partition: &str, rows: &str) -> String {
    let whole = WHOLE.cost(kinds);
    let Total { cost, currency, tokens, has_price } =
        Total::new("model_calls", ["cost", "cost_currency"]);
    let as_of = format!("fromUnixTimestamp64Micro({}, 'UTC')", micros(as_of));
    format!(
        "UPDATE model_calls = {}, cost = ({whole}).1, cost_currency = ({whole}).2 {partition}{rows}, \
         UPDATE cost = {cost}, cost_currency = {currency}, \
         cost_source = if(isNull({cost}), '', 'priced'), priced_tokens = {tokens}, \
         prices_as_of = if({has_price} OR isNotNull({cost}), {as_of}, fromUnixTimestamp64Micro(0, 'UTC')) \
         {partition}{rows}",
        calls(kinds)
    )
}
