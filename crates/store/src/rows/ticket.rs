//! One ticket, one row.

use std::borrow::Cow;

use ticketlens_ticket::{ModelCall, Record, StepLine, Timestamp};

use super::{
    binary::{attributes, expiry, float, length, micros, nanos, nullable, text, uuid, within},
    columns,
};
use crate::{Cost, Costs, TenantSettings};

/// Longest execution and longest step, and how far a step may lie from its execution's start: about
/// 31 years. Whatever a view reckons from them and a time of ours is a time that ClickHouse can hold;
/// the views hold rows of before within the same bounds.
const MOST_SECONDS: f64 = 1e9;
const MOST_MS: f64 = MOST_SECONDS * 1e3;

/// What a row is made of.
struct Source<'a> {
    tenant: &'a TenantSettings,
    received_at: Timestamp,
    request_id: &'a str,
    record: &'a Record<'a>,
    costs: &'a Costs,
}

columns! { |out, row: Source<'_>|
    tenant: "LowCardinality(String)" => text(out, row.tenant.name.as_str());
    tenant_since: "DateTime64(6, 'UTC')" => micros(out, row.tenant.created_at);
    executed_at: "DateTime64(9, 'UTC')" => nanos(out, row.record.executed_at);
    execution_id: "UUID" => uuid(out, row.record.execution_id.as_u64_pair());
    ticket_id: "String" => text(out, &row.record.ticket_id);
    received_at: "DateTime64(6, 'UTC')" => micros(out, row.received_at);
    request_id: "String" => text(out, row.request_id);
    duration_seconds: "Float64" => float(out, within(row.record.duration_seconds, 0.0, MOST_SECONDS));
    status: "LowCardinality(String)" => text(out, &row.record.status);
    category: "LowCardinality(String)" => text(out, &row.record.category);
    error_type: "LowCardinality(String)" => text(out, &row.record.error_type);
    capture: "Enum8('METRICS_ONLY' = 0, 'TIMELINE' = 1, 'FULL_TRACE' = 2)"
        => out.push(capture_number(row.record.capture));
    customer: "String" => text(out, &row.record.customer);
    sequence: "Nullable(UInt64)" => nullable(out, row.record.sequence);
    open: "Nullable(UInt64)" => nullable(out, row.record.open);
    workflow: "LowCardinality(String)" => text(out, &row.record.workflow);
    workflow_version: "LowCardinality(String)" => text(out, &row.record.workflow_version);
    environment: "LowCardinality(String)" => text(out, &row.record.environment);
    instance: "LowCardinality(String)" => text(out, &row.record.instance);
    model: "LowCardinality(String)" => text(out, &row.record.model);
    input_tokens: "Nullable(UInt64)" => nullable(out, row.record.input_tokens);
    output_tokens: "Nullable(UInt64)" => nullable(out, row.record.output_tokens);
    cache_read_tokens: "Nullable(UInt64)" => nullable(out, row.record.calls.cache_read);
    cache_write_tokens: "Nullable(UInt64)" => nullable(out, row.record.calls.cache_write);
    reasoning_tokens: "Nullable(UInt64)" => nullable(out, row.record.calls.reasoning);
    provider: "LowCardinality(String)" => text(out, &row.record.calls.provider);
    response_model: "LowCardinality(String)" => text(out, &row.record.calls.response_model);
    service_tier: "LowCardinality(String)" => text(out, &row.record.calls.service_tier);
    conversation: "String" => text(out, &row.record.conversation);
    agent: "LowCardinality(String)" => text(out, &row.record.agent);
    agent_workflow: "LowCardinality(String)" => text(out, &row.record.agent_workflow);
    cost: "Nullable(Decimal(18, 9))" => nullable(out, row.costs.total.map(|cost| cost.nanos));
    cost_currency: "LowCardinality(String)" => text(out, currency(&row.costs.total));
    cost_source: "LowCardinality(String)" => text(out, source(row.costs));
    prices_as_of: "DateTime64(6, 'UTC')" => micros(out, row.costs.as_of.unwrap_or_default());
    priced_tokens: "UInt64" => out.extend(row.costs.priced_tokens.to_le_bytes());
    model_calls: "Array(Tuple(position UInt32, name LowCardinality(String), \
            provider LowCardinality(String), request_model LowCardinality(String), \
            response_model LowCardinality(String), service_tier LowCardinality(String), \
            input Nullable(UInt64), output Nullable(UInt64), cache_read Nullable(UInt64), \
            cache_write Nullable(UInt64), reasoning Nullable(UInt64), \
            cost Nullable(Decimal(18, 9)), cost_currency LowCardinality(String)))"
        => model_calls(out, &row.record.steps, &row.costs.calls);
    redactions: "UInt32" => out.extend(row.record.redactions.to_le_bytes());
    redactions_by: "Map(LowCardinality(String), UInt32)" => counts(out, &row.record.redactions_by);
    trace_id: "FixedString(16)" => out.extend(row.record.trace_id.unwrap_or_default());
    span_id: "FixedString(8)" => out.extend(row.record.span_id.unwrap_or_default());
    metrics: "Map(LowCardinality(String), Float64)" => metrics(out, &row.record.metrics);
    attributes: "Map(LowCardinality(String), String)" => attributes(out, &row.record.attributes);
    steps: "Array(Tuple(id String, parent_id String, kind LowCardinality(String), \
            name LowCardinality(String), iteration UInt32, start_ms Float64, duration_ms Float64, \
            status LowCardinality(String), error_type LowCardinality(String)))"
        => steps(out, &row.record.steps);
    steps_beyond: "UInt32" => out.extend(row.record.steps_beyond.to_le_bytes());
    trace_json: "String" => text(out, &row.record.trace_json);
    trace_bytes: "UInt32" => out.extend(bytes_of(&row.record.trace_json).to_le_bytes());
    trace_expires_at: "DateTime('UTC')" => expiry(out, row.received_at, row.tenant.trace_days);
    expires_at: "DateTime('UTC')" => expiry(out, row.received_at, row.tenant.metrics_days);
}

/// Appends one row, of the request with this id. Both of the tenant's clocks start at `received_at`,
/// not at the execution: a
/// backlog sent late is kept as long as a ticket sent at once.
pub fn append(
    out: &mut Vec<u8>,
    tenant: &TenantSettings,
    received_at: Timestamp,
    request_id: &str,
    costs: &Costs,
    record: &Record<'_>,
) {
    write_row(out, &Source { tenant, received_at, request_id, record, costs });
}

/// No row of this record takes more bytes.
pub fn most_bytes(tenant: &TenantSettings, request_id: &str, record: &Record<'_>) -> usize {
    /// Of a text, a list or a map; of a number; of the columns that are neither.
    const LENGTH: usize = 10;
    const NUMBER: usize = 8;
    const FIXED: usize = 384;
    /// Of what a call has beside its texts: a position, six numbers that may be absent, a currency.
    const CALL: usize = 4 + 6 * 9 + 4;
    let text = |text: &str| LENGTH + text.len();
    let step = |step: &StepLine<'_>| {
        let texts = [&step.id, &step.parent_id, &step.name, &step.error_type];
        let names = step.kind.as_str().len() + step.status.as_str().len();
        let call = step.call.as_ref().map_or(0, |call| {
            let ModelCall { provider, request_model, response_model, service_tier, .. } = &**call;
            let texts = [&step.name, provider, request_model, response_model, service_tier];
            texts.into_iter().map(|part| text(part)).sum::<usize>() + CALL
        });
        texts.into_iter().map(|part| text(part)).sum::<usize>() + names + 5 * LENGTH + call
    };
    let texts = [
        &record.ticket_id,
        &record.status,
        &record.category,
        &record.error_type,
        &record.customer,
        &record.workflow,
        &record.workflow_version,
        &record.environment,
        &record.instance,
        &record.model,
        &record.calls.provider,
        &record.calls.response_model,
        &record.calls.service_tier,
        &record.conversation,
        &record.agent,
        &record.agent_workflow,
    ];
    FIXED
        + text(tenant.name.as_str())
        + text(request_id)
        + texts.into_iter().map(|part| text(part)).sum::<usize>()
        + record.redactions_by.iter().map(|(by, _)| text(by) + NUMBER).sum::<usize>()
        + record.metrics.iter().map(|(name, _)| text(name) + NUMBER).sum::<usize>()
        + record.attributes.iter().map(|(key, value)| text(key) + text(value)).sum::<usize>()
        + record.steps.iter().map(step).sum::<usize>()
        + text(&record.trace_json)
}

const fn capture_number(capture: ticketlens_ticket::Capture) -> u8 {
    use ticketlens_ticket::Capture;
    match capture {
        Capture::MetricsOnly => 0,
        Capture::Timeline => 1,
        Capture::FullTrace => 2,
    }
}

fn metrics(out: &mut Vec<u8>, metrics: &[(Cow<'_, str>, f64)]) {
    length(out, metrics.len());
    for (name, value) in metrics {
        text(out, name);
        float(out, *value);
    }
}

fn counts(out: &mut Vec<u8>, counts: &[(Cow<'_, str>, u32)]) {
    length(out, counts.len());
    for (name, count) in counts {
        text(out, name);
        out.extend(count.to_le_bytes());
    }
}

fn steps(out: &mut Vec<u8>, steps: &[StepLine<'_>]) {
    length(out, steps.len());
    for step in steps {
        text(out, &step.id);
        text(out, &step.parent_id);
        text(out, step.kind.as_str());
        text(out, &step.name);
        out.extend(step.iteration.unwrap_or(0).to_le_bytes());
        float(out, within(step.start_ms, -MOST_MS, MOST_MS));
        float(out, within(step.duration_ms, 0.0, MOST_MS));
        text(out, step.status.as_str());
        text(out, &step.error_type);
    }
}

/// Three capitals, or nothing.
fn currency(cost: &Option<Cost>) -> &str {
    cost.as_ref().map_or("", |cost| cost.currency.as_str())
}

const fn source(costs: &Costs) -> &'static str {
    match costs {
        Costs { total: None, .. } => "",
        Costs { is_sent: true, .. } => "sent",
        Costs { .. } => "priced",
    }
}

/// The steps that are calls; what each cost, as far as it is known.
fn model_calls(out: &mut Vec<u8>, steps: &[StepLine<'_>], costs: &[Option<Cost>]) {
    let calls = || {
        steps.iter().zip(1_u32..).filter_map(|(step, at)| Some((step, at, step.call.as_deref()?)))
    };
    length(out, calls().count());
    let mut costs = costs.iter();
    for (step, position, call) in calls() {
        let cost = costs.next().copied().flatten();
        out.extend(position.to_le_bytes());
        text(out, &step.name);
        text(out, &call.provider);
        text(out, &call.request_model);
        text(out, &call.response_model);
        text(out, &call.service_tier);
        nullable(out, call.input);
        nullable(out, call.output);
        nullable(out, call.cache_read);
        nullable(out, call.cache_write);
        nullable(out, call.reasoning);
        nullable(out, cost.map(|cost| cost.nanos));
        text(out, currency(&cost));
    }
}

fn bytes_of(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_clock_cannot_hold_stays_within_its_bounds() {
        let cases = [
            (-1e13, -MOST_MS),
            (1e300, MOST_MS),
            (-0.5, -0.5),
            (f64::NAN, 0.0),
            (f64::INFINITY, 0.0),
        ];
        for (sent, stored) in cases {
            assert_eq!(within(sent, -MOST_MS, MOST_MS), stored, "{sent}");
        }
        assert_eq!(within(-1.0, 0.0, MOST_SECONDS), 0.0);
    }
}
