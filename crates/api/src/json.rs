//! Messages as JSON, for scripts (`--json`): fields under their own names, times as RFC 3339,
//! durations in seconds, absent values as null.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    time::{duration_ms, timestamp},
    v1::{
        AuditedAct, GetOverviewResponse, GetTicketResponse, Key, NamedCount, Step, Tenant,
        TicketSummary,
    },
};

/// One ticket of a list.
#[must_use]
pub fn summary(s: &TicketSummary) -> Value {
    // Sorted, so that the same ticket prints the same.
    let metrics: BTreeMap<_, _> = s.metrics.iter().collect();
    let redactions: BTreeMap<_, _> = s.redactions_by.iter().collect();
    json!({
        "tenant": s.tenant,
        "ticket_id": s.ticket_id,
        "execution_id": s.execution_id,
        "executed_at": time(s.executed_at.as_ref()),
        "duration_seconds": seconds(s.duration.as_ref()),
        "status": s.status,
        "category": s.category,
        "workflow": s.workflow,
        "workflow_version": s.workflow_version,
        "environment": s.environment,
        "error_type": s.error_type,
        "capture": s.capture,
        "customer": s.customer,
        "metrics": metrics,
        "model": s.model,
        "input_tokens": s.input_tokens,
        "output_tokens": s.output_tokens,
        "redactions": s.redactions,
        "redactions_by": redactions,
        "trace_id": s.trace_id,
        "span_id": s.span_id,
        "received_at": time(s.received_at.as_ref()),
        "instance_id": s.instance_id,
        "sequence": s.sequence,
    })
}

/// One ticket with its trace, as JSON and not as text that holds JSON.
#[must_use]
pub fn ticket(t: &GetTicketResponse) -> Value {
    let mut document = summary(&t.summary.clone().unwrap_or_default());
    let attributes: BTreeMap<_, _> = t.attributes.iter().collect();
    document["attributes"] = json!(attributes);
    document["steps"] = t.steps.iter().map(step).collect();
    document["steps_beyond"] = t.steps_beyond.into();
    document["trace"] = serde_json::from_str(&t.trace_json).unwrap_or(Value::Null);
    document["executions"] = t.executions.iter().map(summary).collect();
    document
}

fn step(s: &Step) -> Value {
    json!({
        "id": s.id,
        "parent_id": s.parent_id,
        "kind": s.kind,
        "name": s.name,
        "iteration": s.iteration,
        "start_ms": s.start_ms,
        "duration_ms": s.duration_ms,
        "status": s.status,
        "error_type": s.error_type,
    })
}

/// The overview.
#[must_use]
pub fn overview(o: &GetOverviewResponse) -> Value {
    json!({
        "total": o.total,
        "success_rate": o.success_rate,
        "duration_average_seconds": seconds(o.duration_average.as_ref()),
        "duration_p95_seconds": seconds(o.duration_p95.as_ref()),
        "by_status": counts(&o.by_status),
        "by_category": counts(&o.by_category),
        "errors": counts(&o.errors),
        "input_tokens": o.input_tokens,
        "output_tokens": o.output_tokens,
        "lost": o.lost,
    })
}

fn counts(counts: &[NamedCount]) -> Vec<Value> {
    counts.iter().map(|c| json!({ "name": c.name, "count": c.count })).collect()
}

/// A tenant.
#[must_use]
pub fn tenant(t: &Tenant) -> Value {
    json!({
        "name": t.name,
        "display_name": t.display_name,
        "capture": t.capture,
        "trace_days": t.trace_days,
        "metrics_days": t.metrics_days,
        "deny_keys": t.deny_keys,
        "drop_messages": t.drop_messages,
        "subject": t.subject,
        "max_records_per_second": t.max_records_per_second,
        "max_bytes_per_second": t.max_bytes_per_second,
        "max_records_per_day": t.max_records_per_day,
        "created_at": time(t.created_at.as_ref()),
    })
}

/// A key without its secret.
#[must_use]
pub fn key(k: &Key) -> Value {
    json!({
        "id": k.id,
        "tenant": k.tenant,
        "scope": k.scope,
        "note": k.note,
        "created_at": time(k.created_at.as_ref()),
        "expires_at": time(k.expires_at.as_ref()),
        "revoked_at": time(k.revoked_at.as_ref()),
        "last_used_at": time(k.last_used_at.as_ref()),
    })
}

/// An act of administration.
#[must_use]
pub fn audited_act(a: &AuditedAct) -> Value {
    let changed: BTreeMap<_, _> = a.changed.iter().collect();
    json!({
        "at": time(a.at.as_ref()),
        "id": a.id,
        "actor": a.actor,
        "key_id": a.key_id,
        "origin": a.origin,
        "tenant": a.tenant,
        "act": a.act,
        "subject": a.subject,
        "changed": changed,
        "affected": a.affected,
        "outcome": a.outcome,
        "reason": a.reason,
        "ended_at": time(a.ended_at.as_ref()),
    })
}

fn time(at: Option<&prost_types::Timestamp>) -> Value {
    at.and_then(timestamp).map_or(Value::Null, |at| at.to_string().into())
}

fn seconds(duration: Option<&prost_types::Duration>) -> Value {
    duration.map_or(Value::Null, |d| (duration_ms(Some(d)) / 1000.0).into())
}
