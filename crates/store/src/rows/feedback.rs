//! One piece of feedback, one row.

use ticketlens_ticket::{FeedbackRecord, Timestamp};

use super::{
    binary::{attributes, expiry, micros, nanos, nullable_float, text, uuid},
    columns,
};
use crate::TenantSettings;

/// What a row is made of.
struct Source<'a> {
    tenant: &'a TenantSettings,
    received_at: Timestamp,
    request_id: &'a str,
    record: &'a FeedbackRecord<'a>,
}

columns! { |out, row: Source<'_>|
    tenant: "LowCardinality(String)" => text(out, row.tenant.name.as_str());
    tenant_since: "DateTime64(6, 'UTC')" => micros(out, row.tenant.created_at);
    ticket_id: "String" => text(out, &row.record.ticket_id);
    execution_id: "UUID" => uuid(out, row.record.execution_id.map_or((0, 0), |id| id.as_u64_pair()));
    name: "LowCardinality(String)" => text(out, &row.record.name);
    source: "LowCardinality(String)" => text(out, row.record.source.map_or("", |source| source.as_str()));
    feedback_id: "String" => text(out, &row.record.id);
    given_at: "DateTime64(9, 'UTC')" => nanos(out, row.record.given_at);
    received_at: "DateTime64(6, 'UTC')" => micros(out, row.received_at);
    request_id: "String" => text(out, row.request_id);
    score: "Nullable(Float64)" => nullable_float(out, row.record.score);
    label: "LowCardinality(String)" => text(out, &row.record.label);
    comment: "String" => text(out, &row.record.comment);
    customer: "String" => text(out, &row.record.customer);
    attributes: "Map(LowCardinality(String), String)" => attributes(out, &row.record.attributes);
    redactions: "UInt32" => out.extend(row.record.redactions.to_le_bytes());
    trace_expires_at: "DateTime('UTC')" => expiry(out, row.received_at, row.tenant.trace_days);
    expires_at: "DateTime('UTC')" => expiry(out, row.received_at, row.tenant.metrics_days);
}

/// Appends one row, of the request with this id. Both of the tenant's clocks start at `received_at`, as
/// a ticket's do.
pub fn append(
    out: &mut Vec<u8>,
    tenant: &TenantSettings,
    received_at: Timestamp,
    request_id: &str,
    record: &FeedbackRecord<'_>,
) {
    write_row(out, &Source { tenant, received_at, request_id, record });
}

/// No row of this record takes more bytes.
pub fn most_bytes(tenant: &TenantSettings, request_id: &str, record: &FeedbackRecord<'_>) -> usize {
    /// Of a text's length; of all columns that are no texts.
    const LENGTH: usize = 10;
    const FIXED: usize = 128;
    let text = |text: &str| LENGTH + text.len();
    let texts = [
        &record.id,
        &record.ticket_id,
        &record.name,
        &record.label,
        &record.comment,
        &record.customer,
    ];
    FIXED
        + text(tenant.name.as_str())
        + text(request_id)
        + texts.into_iter().map(|part| text(part)).sum::<usize>()
        + record.attributes.iter().map(|(key, value)| text(key) + text(value)).sum::<usize>()
}
