//! Who may ask what, and how errors of the store are told.

use std::{fmt::Display, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::State,
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, request::Parts};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use ticketlens_store::{
    Actor, KeyError, KeyId, Principal, Scope, TenantError, TenantName, Visibility,
};
use tokio::time::timeout;
use tonic::{Code, Request, Status};

use super::reads::Reads;
use crate::{
    auth::{KeySource, Keys},
    listen::ConnectionState,
    readiness::Readiness,
    reply::{Refusal, TooLarge},
};

/// Whose key a call carries.
pub(super) async fn principal<S: KeySource, T>(
    keys: &Keys<S>,
    request: &Request<T>,
) -> Result<Principal, Status> {
    let headers: HeaderMap = request.metadata().clone().into_headers();
    let principal = keys.principal(&headers).await?;
    if let Some(connection) = request.extensions().get::<Arc<ConnectionState>>() {
        connection.authenticated();
    }
    Ok(principal)
}

/// Bytes of a call to the API: a tenant's whole settings have less.
pub(crate) const MESSAGE_BYTES: usize = 64 << 10;
/// Bytes of a whole list of prices, which is put in force as one; only an admin's call has so many.
pub(crate) const PRICES_BYTES: usize = 8 << 20;
const IMPORT_PRICES: &str = "/ticketlens.v1.AdminService/ImportPrices";

/// Stands at the doors of the API.
#[derive(Debug)]
pub(crate) struct Door<S: KeySource> {
    pub(crate) keys: Arc<Keys<S>>,
    pub(crate) reads: Arc<Reads>,
    pub(crate) readiness: Readiness,
    /// How long a call's message may take to arrive.
    pub(crate) body_timeout: Duration,
}

impl<S: KeySource> Door<S> {
    /// Lets a request pass that carries a right key, whatever it may do, when it is here whole and its
    /// turn has come. Nothing of its body is read before the key is known, and none has a turn that
    /// may ask nothing, or whose message does not come.
    pub(crate) async fn pass(
        &self,
        request: http::Request<Body>,
        next: Next,
    ) -> Result<Response, Refusal> {
        let (head, body) = request.into_parts();
        let principal = self.known(&head).await?;
        if !matches!(principal.scope, Scope::Read | Scope::Admin) {
            return Ok(next.run(http::Request::from_parts(head, body)).await);
        }
        if principal.scope == Scope::Read && self.readiness.maintenance_since().is_some() {
            return Err(Refusal::Maintenance);
        }
        let is_import = principal.scope == Scope::Admin && head.uri.path() == IMPORT_PRICES;
        let message = self.message(body, if is_import { PRICES_BYTES } else { MESSAGE_BYTES });
        let message = message.await?;
        let mut request = http::Request::from_parts(head, Body::new(Full::new(message)));
        let turn = self.reads.turn(&principal).await?;
        request.extensions_mut().insert(turn.room());
        Ok(turn.held_by(next.run(request).await))
    }

    /// Whose key a request carries.
    async fn known(&self, head: &Parts) -> Result<Principal, Refusal> {
        let principal = self.keys.principal(&head.headers).await?;
        if let Some(connection) = head.extensions.get::<Arc<ConnectionState>>() {
            connection.authenticated();
        }
        Ok(principal)
    }

    /// The message, if it is no longer than that and comes in time.
    async fn message(&self, body: Body, limit: usize) -> Result<Bytes, Refusal> {
        // With the five bytes that gRPC puts before it.
        let body = Limited::new(body, limit + 5);
        match timeout(self.body_timeout, body.collect()).await {
            Ok(Ok(message)) => Ok(message.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                Err(Refusal::TooLarge(TooLarge::Message { limit }))
            }
            Ok(Err(_)) => Err(Refusal::BrokenOff),
            Err(_) => Err(Refusal::TooSlow),
        }
    }
}

impl<S: KeySource> Clone for Door<S> {
    fn clone(&self) -> Self {
        let Self { keys, reads, readiness, body_timeout } = self;
        let (keys, reads, readiness) = (Arc::clone(keys), Arc::clone(reads), readiness.clone());
        Self { keys, reads, readiness, body_timeout: *body_timeout }
    }
}

/// The door of gRPC.
pub(crate) async fn keyed<S: KeySource>(
    State(door): State<Door<S>>,
    request: http::Request<Body>,
    next: Next,
) -> Response {
    let answer = door.pass(request, next).await;
    answer.unwrap_or_else(refused)
}

/// The door of what the API says of itself: a stream that may stay open asks the database nothing.
pub(crate) async fn described<S: KeySource>(
    State(door): State<Door<S>>,
    request: http::Request<Body>,
    next: Next,
) -> Response {
    let (head, body) = request.into_parts();
    match door.known(&head).await {
        Ok(_) => next.run(http::Request::from_parts(head, body)).await,
        Err(refusal) => refused(refusal),
    }
}

fn refused(refusal: Refusal) -> Response {
    let told = refusal.told();
    let mut response = Status::from(refusal).into_http();
    response.extensions_mut().insert(told);
    response
}

/// An admin who calls, for the audit.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    key_id: KeyId,
    origin: String,
}

impl Caller {
    /// Who does it.
    pub(super) fn actor(&self) -> Actor {
        Actor::Key { id: self.key_id, origin: self.origin.clone() }
    }
}

/// Lets admins pass. Who is none is told in the audit, once in a while with how often.
pub(super) async fn admin<S: KeySource, T>(
    keys: &Keys<S>,
    request: &Request<T>,
) -> Result<Caller, Status> {
    let Principal { key_id, tenant, scope } = principal(keys, request).await?;
    let origin = origin(request);
    match scope {
        Scope::Admin => Ok(Caller { key_id, origin }),
        other => {
            keys.uses().denied(key_id, tenant.map(|tenant| tenant.name.clone()), origin);
            Err(keys.wrong_scope("admin", other).into())
        }
    }
}

/// The address that a call came from, or a proxy's; empty where there is no connection.
fn origin<T>(request: &Request<T>) -> String {
    let connection = request.extensions().get::<Arc<ConnectionState>>();
    let peer = connection.and_then(|connection| connection.peer());
    peer.map(|peer| peer.to_string()).unwrap_or_default()
}

/// What a caller may see; one that may not see it is counted.
pub(super) fn seen<S: KeySource>(
    keys: &Keys<S>,
    principal: Principal,
    named: &str,
) -> Result<Visibility, Status> {
    let scope = principal.scope;
    visibility(principal, named).inspect_err(|status| {
        if status.code() == Code::PermissionDenied {
            keys.wrong_scope("read or admin", scope);
        }
    })
}

/// What a caller may see: readers their own tenant; admins all, or the one they name. Whether
/// another tenant exists is the same answer to a reader.
fn visibility(principal: Principal, named: &str) -> Result<Visibility, Status> {
    match (principal.scope, principal.tenant) {
        (Scope::Admin, _) if named.is_empty() => Ok(Visibility::All),
        (Scope::Admin, _) => Ok(Visibility::Tenant(tenant_name(named)?)),
        (Scope::Read, Some(own)) if named.is_empty() || named == own.name.as_str() => {
            Ok(Visibility::Tenant(own.name.clone()))
        }
        (Scope::Read, Some(_)) => Err(Status::permission_denied(
            "a read key sees only its own tenant; leave `tenant` empty, or use an admin key",
        )),
        (other, _) => {
            Err(Refusal::WrongScope { needed: "read or admin", has: other.as_str() }.into())
        }
    }
}

pub(super) fn tenant_name(name: &str) -> Result<TenantName, Status> {
    name.parse().map_err(|error| invalid("tenant", error))
}

/// An argument that can't be.
pub(super) fn invalid(argument: &str, what: impl Display) -> Status {
    Status::invalid_argument(format!("{argument}: {what}"))
}

/// The store did not do it: come again, or have someone look at the log.
pub(super) fn store_failed(error: &impl std::error::Error, retryable: bool) -> Status {
    if retryable {
        return Refusal::StoreUnavailable.into();
    }
    let source = error.source().map(ToString::to_string).unwrap_or_default();
    tracing::error!(name: "query.failed", %error, source, "a call failed");
    Status::internal(format!("{error}; the provider must look at the receiver's log"))
}

/// What is wrong with a tenant that was asked for or about.
pub(super) fn tenant_failed(error: TenantError) -> Status {
    match &error {
        TenantError::Exists => Status::already_exists(error.to_string()),
        TenantError::NotFound => Status::not_found(error.to_string()),
        TenantError::Invalid(_) => Status::invalid_argument(error.to_string()),
        _ => store_failed(&error, error.is_retryable()),
    }
}

/// What is wrong with a key that was asked for or about.
pub(super) fn key_failed(error: KeyError) -> Status {
    match &error {
        KeyError::NotFound => Status::not_found(
            "there is no key of that id; one in the receiver's configuration is replaced there \
             (ticketlens key create --scope admin --offline)",
        ),
        KeyError::NoTenant => Status::not_found(error.to_string()),
        KeyError::TenantNeeded
        | KeyError::TenantNotAllowed
        | KeyError::ExpiresInThePast
        | KeyError::Overlap
        | KeyError::Note => Status::invalid_argument(error.to_string()),
        KeyError::Ended => Status::failed_precondition(error.to_string()),
        _ => store_failed(&error, error.is_retryable()),
    }
}

#[cfg(test)]
mod tests {
    use ticketlens_store::{NewKey, TenantSettings};

    use super::*;

    fn principal(scope: Scope, tenant: Option<&str>) -> Principal {
        let key_id = NewKey::bootstrap().unwrap().key.id;
        let settings = |name: &str| Arc::new(TenantSettings::new(name.parse().unwrap()));
        Principal { key_id, scope, tenant: tenant.map(settings) }
    }

    #[test]
    fn a_key_sees_what_its_scope_allows_and_nothing_else() {
        let acme = || Ok(Visibility::Tenant("acme".parse().unwrap()));
        let denied = || Err(Code::PermissionDenied);
        for (scope, own, named, sees) in [
            (Scope::Admin, None, "", Ok(Visibility::All)),
            (Scope::Admin, None, "acme", acme()),
            (Scope::Admin, None, "No Name", Err(Code::InvalidArgument)),
            (Scope::Read, Some("acme"), "", acme()),
            (Scope::Read, Some("acme"), "acme", acme()),
            (Scope::Read, Some("acme"), "globex", denied()),
            (Scope::Read, Some("acme"), "ACME", denied()),
            (Scope::Read, None, "", denied()),
            (Scope::Read, None, "acme", denied()),
            (Scope::Ingest, Some("acme"), "", denied()),
            (Scope::Ingest, Some("acme"), "acme", denied()),
            (Scope::Feedback, Some("acme"), "", denied()),
        ] {
            let seen = visibility(principal(scope, own), named).map_err(|status| status.code());
            assert_eq!(seen, sees, "{scope} of {own:?} asks for {named:?}");
        }
    }
}
