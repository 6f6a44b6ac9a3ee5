//! The audit, as documents.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::rfc3339;
use crate::v1;

/// A page of the audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditPage {
    /// The acts, newest first.
    pub acts: Vec<AuditedAct>,
    /// `cursor` of the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// An act of administration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditedAct {
    /// When it began.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub at: Option<String>,
    /// Unique.
    pub id: String,
    /// `key`, or `program`: the program on its own, or somebody at the command line of its server.
    pub actor: String,
    /// Whose key it was; empty for the program.
    pub key_id: String,
    /// The address the call came from, or the command.
    pub origin: String,
    /// Empty where it concerns none, or all.
    pub tenant: String,
    /// What was done, e.g. `key.revoke`.
    pub act: String,
    /// What it was done to, e.g. a key's id.
    pub subject: String,
    /// What changed, old → new, by the setting's name.
    pub changed: BTreeMap<String, String>,
    /// How many, e.g. executions erased.
    pub affected: u64,
    /// done, failed, denied, or begun: its end was not recorded, so it may have been done or not.
    pub outcome: String,
    /// Why it failed.
    pub reason: String,
    /// When it ended; null where that was not recorded.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub ended_at: Option<String>,
}

impl From<v1::ListAuditResponse> for AuditPage {
    fn from(page: v1::ListAuditResponse) -> Self {
        Self {
            acts: page.acts.into_iter().map(AuditedAct::from).collect(),
            next_cursor: Some(page.next_page_token).filter(|token| !token.is_empty()),
        }
    }
}

impl From<v1::AuditedAct> for AuditedAct {
    fn from(act: v1::AuditedAct) -> Self {
        Self {
            at: rfc3339(act.at.as_ref()),
            id: act.id,
            actor: act.actor,
            key_id: act.key_id,
            origin: act.origin,
            tenant: act.tenant,
            act: act.act,
            subject: act.subject,
            changed: act.changed.into_iter().collect(),
            affected: act.affected,
            outcome: act.outcome,
            reason: act.reason,
            ended_at: rfc3339(act.ended_at.as_ref()),
        }
    }
}
