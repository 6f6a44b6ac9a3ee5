//! What both protocols do alike before and after the intake: the key is checked before a byte of the
//! body is read, and every answer is counted and timed.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::request::Parts;

use super::incoming::{DRAIN_CALLER, DRAIN_STRANGER, Incoming, drain};
use crate::{
    auth::{KeySource, Keys, Sender},
    intake::Intake,
    listen::ConnectionState,
    metrics::Protocol,
    reply::Refusal,
};

/// Whose request it is, and what became of it.
#[derive(Debug)]
pub(crate) struct Admission<S: KeySource> {
    pub(crate) keys: Arc<Keys<S>>,
    pub(crate) intake: Arc<Intake>,
    /// How long a body may take to arrive.
    pub(crate) body_timeout: Duration,
}

impl<S: KeySource> Clone for Admission<S> {
    fn clone(&self) -> Self {
        Self {
            keys: Arc::clone(&self.keys),
            intake: Arc::clone(&self.intake),
            body_timeout: self.body_timeout,
        }
    }
}

impl<S: KeySource> Admission<S> {
    /// A request has come; nothing of its body is read yet.
    pub(crate) fn open(&self, body: Body) -> Incoming<Body> {
        self.intake.metrics().request();
        Incoming::new(body, self.body_timeout)
    }

    /// Whose request it is.
    pub(crate) async fn sender(&self, head: &Parts) -> Result<Sender, Refusal> {
        Ok(authenticated(head, self.keys.sender(&head.headers).await?))
    }

    /// Whose feedback it is.
    pub(crate) async fn giver(&self, head: &Parts) -> Result<Sender, Refusal> {
        Ok(authenticated(head, self.keys.giver(&head.headers).await?))
    }

    /// Measures what came of a request, and of a refused one takes what its sender is still writing.
    pub(crate) fn answered<T>(
        &self,
        protocol: Protocol,
        outcome: &Result<T, Refusal>,
        incoming: Incoming<Body>,
    ) {
        let refusal = outcome.as_ref().err();
        self.intake.metrics().answered(protocol, refusal, incoming.began().elapsed());
        if let Some(refusal) = refusal {
            let most = if refusal.is_about_the_key() { DRAIN_STRANGER } else { DRAIN_CALLER };
            drain(incoming.into_inner(), most);
        }
    }
}

/// The connection has shown a right key.
fn authenticated(head: &Parts, sender: Sender) -> Sender {
    if let Some(connection) = head.extensions.get::<Arc<ConnectionState>>() {
        connection.authenticated();
    }
    sender
}
