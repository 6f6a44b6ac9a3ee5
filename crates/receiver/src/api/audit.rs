//! The audit: telling what is done through the API, and reading it.
//!
//! Every call that changes something goes through [`audited`], which tells of it before it is done
//! and after. Where the first can't be written the act is not done.

use ticketlens_api::v1;
use ticketlens_store::{
    AuditEntry, AuditError, AuditFilter, AuditPage, AuditReader, AuditedAct, MOST_ON_A_PAGE,
    Outcome, PAGE_SIZE, Scope, Store,
};
use tonic::{Request, Status};

use super::{
    messages::{time, timestamp},
    scope::{self, invalid, principal, store_failed},
};
use crate::{
    auth::{KeySource, Keys},
    reply::word,
};

/// What is known of an act once it is done.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// To how many.
    pub(super) affected: u64,
    /// What it was done to, where that is new.
    pub(super) subject: Option<String>,
    /// What it changed, where that is known only now.
    pub(super) changed: Option<Vec<(String, String)>>,
}

impl Told {
    pub(super) fn affecting(affected: u64) -> Self {
        Self { affected, ..Self::default() }
    }
}

/// Does what an entry of the audit tells of. The caller is answered what was done also where its end
/// can't be written: the audit then says that it began.
pub(super) async fn audited<T>(
    store: &Store,
    entry: AuditEntry,
    act: impl Future<Output = Result<(T, Told), Status>>,
) -> Result<T, Status> {
    let begun = store.begin_act(entry).await.map_err(not_begun)?;
    let done = act.await;
    let (answer, begun, outcome) = match done {
        Err(status) => {
            let reason = word(status.code());
            (Err(status), begun, Outcome::Failed { reason })
        }
        Ok((answer, Told { affected, subject, changed })) => {
            let begun = match subject {
                Some(subject) => begun.on(subject),
                None => begun,
            };
            let begun = match changed {
                Some(changed) => begun.changed(changed),
                None => begun,
            };
            (Ok(answer), begun, Outcome::Done { affected })
        }
    };
    if let Err(error) = begun.ended(store, outcome).await {
        let fault = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        tracing::error!(
            name: "audit.end_not_written", %error, fault, "the audit tells of an act as begun only"
        );
    }
    answer
}

pub(super) fn not_begun(error: AuditError) -> Status {
    store_failed(&error, error.is_retryable())
}

/// A page of the audit within what the key may see.
pub(super) async fn list<S: KeySource>(
    keys: &Keys<S>,
    store: &Store,
    request: Request<v1::ListAuditRequest>,
) -> Result<v1::ListAuditResponse, Status> {
    let principal = principal(keys, &request).await?;
    let request = request.into_inner();
    let reader = match principal.scope {
        Scope::Admin => AuditReader::Provider,
        _ => AuditReader::Tenant,
    };
    let seen = scope::seen(keys, principal, &request.tenant)?;
    let act = match request.act.as_str() {
        "" => None,
        name => Some(name.parse().map_err(|error| invalid("act", error))?),
    };
    let since = time("since", request.since)?;
    let until = time("until", request.until)?;
    let size = match request.page_size {
        0 => PAGE_SIZE,
        size if size <= MOST_ON_A_PAGE => size,
        _ => return Err(invalid("page_size", "1 to 1000, or 0 for 50")),
    };
    let after = match request.page_token.as_str() {
        "" => None,
        token => Some(token.parse().map_err(|error| invalid("page_token", error))?),
    };
    let filter = AuditFilter { act, since, until };
    let page = store.list_audit(reader, &seen, &filter, size, after.as_ref()).await;
    let AuditPage { acts, next } = page.map_err(|e| store_failed(&e, e.is_retryable()))?;
    Ok(v1::ListAuditResponse {
        acts: acts.into_iter().map(message).collect(),
        next_page_token: next.map(|token| token.to_string()).unwrap_or_default(),
    })
}

fn message(act: AuditedAct) -> v1::AuditedAct {
    v1::AuditedAct {
        at: Some(timestamp(act.at)),
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
        ended_at: act.ended_at.map(timestamp),
    }
}
