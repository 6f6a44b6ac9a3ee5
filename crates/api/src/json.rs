//! Messages as JSON, for scripts (`--json`): fields under their own names, times as RFC 3339,
//! durations in seconds, absent values as null.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    time::{duration_ms, timestamp},
    v1::{
        ApplyRetentionResponse, GetOverviewResponse, GetStorageResponse, GetTicketResponse, Key,
        MonthCount, NamedCount, PurgeTicketsResponse, Step, StorageTotals, Tenant, TicketSummary,
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
    })
}

/// What was purged, or would be.
#[must_use]
pub fn purge(p: &PurgeTicketsResponse) -> Value {
    json!({
        "tickets": p.tickets,
        "by_tenant": counts(&p.by_tenant),
        "by_month": months(&p.by_month),
        "bytes": p.bytes,
    })
}

/// What a retention changes in what is stored.
#[must_use]
pub fn retention(r: &ApplyRetentionResponse) -> Value {
    json!({
        "tickets": r.tickets,
        "tickets_expired": r.tickets_expired,
        "traces_expired": r.traces_expired,
        "by_month": months(&r.by_month),
    })
}

fn months(months: &[MonthCount]) -> Vec<Value> {
    let name = |month: u32| format!("{:04}-{:02}", month / 100, month % 100);
    months.iter().map(|m| json!({ "month": name(m.month), "count": m.count })).collect()
}

/// What is stored.
#[must_use]
pub fn storage(s: &GetStorageResponse) -> Value {
    let totals = |t: Option<&StorageTotals>| {
        let t = t.copied().unwrap_or_default();
        json!({ "rows": t.rows, "bytes": t.bytes, "uncompressed_bytes": t.uncompressed_bytes })
    };
    let mut document = totals(s.total.as_ref());
    document["tickets"] = s.tickets.into();
    document["bytes_are_a_share"] = s.is_share.into();
    document["oldest"] = time(s.oldest.as_ref());
    document["newest"] = time(s.newest.as_ref());
    document["growth"] = s.growth.as_ref().map_or(
        Value::Null,
        |g| json!({ "days": g.days, "rows_a_day": g.rows_a_day, "bytes_a_day": g.bytes_a_day }),
    );
    let group = |name: &str, total| {
        let mut document = totals(total);
        document["name"] = name.into();
        document
    };
    document["groups"] = s.groups.iter().map(|g| group(&g.name, g.total.as_ref())).collect();
    document["groups_left_out"] = s.groups_left_out.into();
    document["disk"] = s.disk.as_ref().map_or(Value::Null, |d| {
        json!({
            "database_bytes": d.database_bytes,
            "free_bytes": d.free_bytes,
            "total_bytes": d.total_bytes,
        })
    });
    document
}

fn time(at: Option<&prost_types::Timestamp>) -> Value {
    at.and_then(timestamp).map_or(Value::Null, |at| at.to_string().into())
}

fn seconds(duration: Option<&prost_types::Duration>) -> Value {
    duration.map_or(Value::Null, |d| (duration_ms(Some(d)) / 1000.0).into())
}
