//! Messages as JSON, for scripts (`--json`) and over HTTP: fields under their own names, times as
//! RFC 3339, durations in seconds, absent values as null.

mod audit;
mod feedback;
mod overview;
mod prices;
mod search;
mod storage;
mod ticket;
mod value;

use serde_json::{Value, json};

pub use audit::{AuditPage, AuditedAct};
pub use feedback::{Feedback, FeedbackPage};
pub use overview::{Change, Comparison, NamedCount, Overview, OverviewGroup};
pub use prices::{AppliedPrices, CostChange, PriceEntry};
pub use search::{Mark, SearchHit, SearchPage, Snippet, SnippetStep};
pub use storage::{
    AppliedRetention, Growth, MonthCount, Purged, Storage, StorageDisk, StorageGroup, StorageTotals,
};
pub use ticket::{Erased, Step, Ticket, TicketCount, TicketDetail, TicketPage, Timeline};
pub use value::{Money, MonthValue, ValueDay, ValueFigures, ValueGroup, ValueRate};

use crate::{
    time::{duration_ms, timestamp},
    v1::{Key, Tenant},
};

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

fn time(at: Option<&prost_types::Timestamp>) -> Value {
    rfc3339(at).into()
}

fn rfc3339(at: Option<&prost_types::Timestamp>) -> Option<String> {
    at.and_then(timestamp).map(|at| at.to_string())
}

fn seconds(duration: Option<&prost_types::Duration>) -> Option<f64> {
    duration.map(|d| duration_ms(Some(d)) / 1000.0)
}
