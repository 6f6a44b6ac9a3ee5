//! The ledger's other half: what was sent and not stored, by reason.

use bytes::Bytes;
use ticketlens_ticket::{Rejections, Timestamp};
use uuid::Uuid;

use crate::{InsertError, Store, TenantName};

const SECONDS_AN_HOUR: u64 = 3_600;

impl Store {
    /// Adds to the counts of rejected records. Give a retry the same token and the same counts.
    pub async fn record_rejections(
        &self,
        at: Timestamp,
        counts: &[(TenantName, Rejections)],
        token: Uuid,
    ) -> Result<(), InsertError> {
        let mut rows = Vec::new();
        for (tenant, rejections) in counts {
            for (reason, count) in rejections.iter() {
                text(&mut rows, tenant.as_str());
                rows.extend(hour_of(at).to_le_bytes());
                text(&mut rows, reason.as_str());
                rows.extend(count.to_le_bytes());
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let sql =
            "INSERT INTO {store}.rejections (tenant, hour, reason, rejected) FORMAT RowBinary";
        Ok(self.send(self.named(sql), &[Bytes::from(rows)], token).await?)
    }
}

/// Start of the hour, in seconds: one row per tenant, reason and hour remains after merges.
fn hour_of(at: Timestamp) -> u32 {
    let seconds = at.as_unix_nanos() / 1_000_000_000;
    u32::try_from(seconds - seconds % SECONDS_AN_HOUR).unwrap_or(u32::MAX)
}

/// Tenants and reasons are shorter than 128 bytes, so one byte holds their length.
fn text(out: &mut Vec<u8>, text: &str) {
    debug_assert!(text.len() < 128);
    out.extend(u8::try_from(text.len()));
    out.extend_from_slice(text.as_bytes());
}
