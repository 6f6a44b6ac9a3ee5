//! What a tenant's tickets were worth in a month: counted by ticket, priced by execution.
//!
//! A ticket counts once, with the status of its last execution in the month; what it cost is the cost
//! of all of them. Amounts are sums of decimals and never of floating point.

use std::collections::BTreeMap;

use clickhouse::Row;
use serde::Deserialize;
use ticketlens_ticket::CurrencyCode;

use crate::{CostSum, Fault, Month, Store, TenantName, ValueRate, ValueRateError};

/// Thousandths of a minute in an hour.
const HOUR: u128 = 60_000;
/// Most groups of a kind that are told.
const GROUPS: u32 = 50;

/// Figures of some tickets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ValueFigures {
    /// Tickets, each once.
    pub tickets: u64,
    /// SUCCESS.
    pub resolved: u64,
    /// ESCALATED.
    pub escalated: u64,
    /// FAILED.
    pub failed: u64,
    /// Executions.
    pub executions: u64,
    /// What executions cost whose cost is known, one for each currency, by its code.
    pub costs: Vec<CostSum>,
    /// Tokens of all executions.
    pub tokens: u64,
    /// Of these, those whose cost is known.
    pub priced_tokens: u64,
    /// Mean of customers' ratings given in the time.
    pub csat: Option<f64>,
    /// How many these are.
    pub csat_ratings: u64,
    /// Minutes that resolved tickets saved; absent without rates.
    pub minutes_saved: Option<f64>,
    /// What these are worth, one for each currency.
    pub worth: Vec<CostSum>,
}

/// Figures by a name.
pub type ValueGroups = Vec<(String, ValueFigures)>;

/// A tenant's month.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Value {
    /// All of it.
    pub figures: ValueFigures,
    /// The month before; absent where nothing is stored of it.
    pub before: Option<ValueFigures>,
    /// By day, as `2026-11-30`.
    pub days: ValueGroups,
    /// By category, most tickets first, at most 50; so are the others.
    pub categories: ValueGroups,
    /// By version of the workflow.
    pub versions: ValueGroups,
    /// By model.
    pub models: ValueGroups,
    /// The tenant's rates.
    pub rates: Vec<ValueRate>,
}

#[derive(Row, Deserialize)]
struct FigureRow {
    kind: String,
    name: String,
    tickets: u64,
    resolved: u64,
    escalated: u64,
    failed: u64,
    executions: u64,
    /// Currency, and billionths as text.
    /// In billionths.
    costs: Vec<(String, i128)>,
    tokens: u64,
    priced_tokens: u64,
    /// A rate's number, and how many resolved tickets are of it.
    by_rate: Vec<(u32, u64)>,
}

#[derive(Row, Deserialize)]
struct RatingRow {
    kind: String,
    group: String,
    mean: f64,
    ratings: u64,
}

/// What figures are grouped by: each ticket is of one group of each kind.
const KINDS: &str = "[('', ''), ('day', day), ('category', category), \
                     ('version', version), ('model', model)]";

impl Store {
    /// What a tenant's tickets were worth in a month (UTC).
    pub async fn value(&self, tenant: &TenantName, month: Month) -> Result<Value, ValueRateError> {
        let rates = self.value_rates(tenant).await?;
        let mut kinds = self.kinds_of(tenant, month, &rates).await?;
        let all = |kinds: &mut BTreeMap<String, ValueGroups>| {
            kinds.remove("").and_then(|groups| groups.into_iter().next()).map(|(_, all)| all)
        };
        let before = match month.before() {
            Some(before) => all(&mut self.kinds_of(tenant, before, &rates).await?),
            None => None,
        };
        let figures = all(&mut kinds).unwrap_or_default();
        let mut groups = |kind: &str| kinds.remove(kind).unwrap_or_default();
        let mut days = groups("day");
        days.sort_by(|one, other| one.0.cmp(&other.0));
        let (categories, versions) = (groups("category"), groups("version"));
        let before = before.filter(|before| before.tickets > 0);
        Ok(Value { figures, before, days, categories, versions, models: groups("model"), rates })
    }

    async fn kinds_of(
        &self,
        tenant: &TenantName,
        month: Month,
        rates: &[ValueRate],
    ) -> Result<BTreeMap<String, ValueGroups>, Fault> {
        let figures = self.figure_rows(tenant, month, rates).await?;
        let ratings = self.rating_rows(tenant, month).await?;
        let mut kinds: BTreeMap<String, ValueGroups> = BTreeMap::new();
        for row in figures {
            let kind = kinds.entry(row.kind.clone()).or_default();
            kind.push((row.name.clone(), figures_of(row, rates)?));
        }
        if !ratings.is_empty() && kinds.is_empty() {
            // Rated in a month in which nothing was done.
            kinds.entry(String::new()).or_default().push(Default::default());
        }
        for RatingRow { kind, group, mean, ratings } in ratings {
            let groups = kinds.get_mut(&kind).into_iter().flatten();
            for (_, figures) in groups.filter(|(name, _)| *name == group) {
                (figures.csat, figures.csat_ratings) = (Some(mean), ratings);
            }
        }
        Ok(kinds)
    }

    async fn figure_rows(
        &self,
        tenant: &TenantName,
        month: Month,
        rates: &[ValueRate],
    ) -> Result<Vec<FigureRow>, Fault> {
        let sql = format!(
            "WITH per_ticket AS (SELECT ticket_id, \
                 argMax(status, executed_at) AS status, \
                 toString(argMax(category, executed_at)) AS category, \
                 toString(argMax(workflow_version, executed_at)) AS version, \
                 toString(argMax(model, executed_at)) AS model, \
                 toString(toDate(max(executed_at), 'UTC')) AS day, \
                 count() AS runs, \
                 sumMapIf(map(toString(cost_currency), assumeNotNull(cost)), isNotNull(cost)) AS spent, \
                 sum(ifNull(total_tokens, 0)) AS used, sum(t.priced_tokens) AS known, \
                 if(has({{categories:Array(String)}}, category), \
                    indexOf({{categories:Array(String)}}, category), \
                    indexOf({{categories:Array(String)}}, '')) AS rate \
                 FROM {{views}}.tickets AS t WHERE tenant = {{tenant:String}} \
                 AND executed_at >= fromUnixTimestamp64Nano({{since:Int64}}, 'UTC') \
                 AND executed_at < fromUnixTimestamp64Nano({{until:Int64}}, 'UTC') GROUP BY ticket_id) \
             SELECT of.1 AS kind, of.2 AS name, count() AS tickets, \
                 countIf(status = 'SUCCESS') AS resolved, countIf(status = 'ESCALATED') AS escalated, \
                 countIf(status = 'FAILED') AS failed, sum(runs) AS executions, \
                 CAST(mapApply((c, amount) -> (c, toInt128(amount * 1000000000)), sumMap(spent)), \
                     'Array(Tuple(String, Int128))') AS costs, \
                 sum(used) AS tokens, sum(known) AS priced_tokens, \
                 CAST(sumMapIf(map(toUInt32(rate), toUInt64(1)), status = 'SUCCESS' AND rate > 0), \
                     'Array(Tuple(UInt32, UInt64))') AS by_rate \
             FROM per_ticket ARRAY JOIN {KINDS} AS of GROUP BY kind, name \
             ORDER BY tickets DESC, name LIMIT {GROUPS} BY kind"
        );
        let categories: Vec<&str> = rates.iter().map(|rate| &*rate.category).collect();
        let query = self
            .select(&sql)
            .param("tenant", tenant.as_str())
            .param("categories", categories)
            .param("since", nanos(month.start()))
            .param("until", nanos(month.end()));
        self.in_time(query.fetch_all()).await
    }

    /// What customers said in the month: of all, and by the ticket it is about.
    async fn rating_rows(
        &self,
        tenant: &TenantName,
        month: Month,
    ) -> Result<Vec<RatingRow>, Fault> {
        let rated = "tenant = {tenant:String} AND name = 'csat' AND source IN ('HUMAN', '') \
                     AND isNotNull(score) \
                     AND given_at >= fromUnixTimestamp64Nano({since:Int64}, 'UTC') \
                     AND given_at < fromUnixTimestamp64Nano({until:Int64}, 'UTC')";
        let kinds = "[('day', toString(toDate(given_at, 'UTC'))), \
                     ('category', toString(category)), ('version', toString(workflow_version)), \
                     ('model', toString(model))]";
        let sql = format!(
            "SELECT '' AS kind, '' AS group, avg(assumeNotNull(score)) AS mean, count() AS ratings \
             FROM {{views}}.ticket_feedback WHERE {rated} HAVING ratings > 0 \
             UNION ALL SELECT of.1 AS kind, of.2 AS group, avg(assumeNotNull(score)), count() \
             FROM {{views}}.rated_tickets ARRAY JOIN {kinds} AS of WHERE {rated} GROUP BY kind, group"
        );
        let query = self
            .select(&sql)
            .param("tenant", tenant.as_str())
            .param("since", nanos(month.start()))
            .param("until", nanos(month.end()));
        self.in_time(query.fetch_all()).await
    }
}

fn nanos(time: ticketlens_ticket::Timestamp) -> i64 {
    i64::try_from(time.as_unix_nanos()).unwrap_or(i64::MAX)
}

fn figures_of(row: FigureRow, rates: &[ValueRate]) -> Result<ValueFigures, Fault> {
    let mut costs = Vec::new();
    for (currency, amount) in &row.costs {
        let currency = CurrencyCode::of(currency).ok_or(Fault::Unreadable)?;
        let nanos = u128::try_from(*amount).map_err(|_| Fault::Unreadable)?;
        costs.push(CostSum { nanos, currency });
    }
    costs.sort_by(|one, other| one.currency.as_str().cmp(other.currency.as_str()));
    let (minutes, worth) = saved(&row.by_rate, rates);
    Ok(ValueFigures {
        tickets: row.tickets,
        resolved: row.resolved,
        escalated: row.escalated,
        failed: row.failed,
        executions: row.executions,
        costs,
        tokens: row.tokens,
        priced_tokens: row.priced_tokens,
        csat: None,
        csat_ratings: 0,
        minutes_saved: (!rates.is_empty()).then_some(minutes),
        worth,
    })
}

/// Minutes that resolved tickets saved, and what these are worth: minutes / 60 × what an hour costs,
/// rounded half up once for each currency.
#[expect(clippy::cast_precision_loss, reason = "tickets of a month are below 2^53")]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "thousandths of a week"
)]
fn saved(by_rate: &[(u32, u64)], rates: &[ValueRate]) -> (f64, Vec<CostSum>) {
    let (mut minutes, mut products) = (0.0, BTreeMap::<String, (CurrencyCode, u128)>::new());
    for (number, tickets) in by_rate {
        let Some(rate) = (*number as usize).checked_sub(1).and_then(|at| rates.get(at)) else {
            continue;
        };
        minutes += rate.minutes * *tickets as f64;
        // A rate of minutes has three digits that count.
        let thousandths = (rate.minutes * 1e3).round() as u128;
        let of_all = u128::from(*tickets).saturating_mul(thousandths);
        let product = of_all.saturating_mul(rate.hourly.nanos.into());
        let code = rate.hourly.currency;
        let (_, sum) = products.entry(code.as_str().to_owned()).or_insert((code, 0));
        *sum = sum.saturating_add(product);
    }
    let worth = products.into_values().map(|(currency, product)| CostSum {
        nanos: product.saturating_add(HOUR / 2) / HOUR,
        currency,
    });
    (minutes, worth.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cost;

    #[test]
    fn worth_is_rounded_half_up_and_once() {
        let rate = |minutes, nanos| ValueRate {
            category: String::new(),
            minutes,
            hourly: Cost { nanos, currency: CurrencyCode::of("EUR").unwrap() },
        };
        let worth = |by_rate: &[(u32, u64)], rates: &[ValueRate]| saved(by_rate, rates).1[0].nanos;
        // 25 / 60 × 38.50 = 16.0416666666…
        assert_eq!(worth(&[(1, 1)], &[rate(25.0, 38_500_000_000)]), 16_041_666_667);
        // 1 / 60 × 0.00000003 = 0.0000000005
        assert_eq!(worth(&[(1, 1)], &[rate(1.0, 30)]), 1);
        // Twice 16.0416666666… is 32.0833333333…, and not twice what is rounded.
        let twice = [rate(25.0, 38_500_000_000), rate(25.0, 38_500_000_000)];
        assert_eq!(worth(&[(1, 1), (2, 1)], &twice), 32_083_333_333);
    }
}
