//! What both protocols do alike: ask for the key, read on, and turn away.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::request::Parts;
use tokio::time::Instant;

use super::body::{DRAIN_CALLER, DRAIN_STRANGER, Incoming, drain};
use crate::{
    auth::{KeySource, Keys, Sender},
    intake::Intake,
    listen::Peer,
    reply::Refusal,
};

/// The way in.
#[derive(Debug)]
pub(crate) struct Door<S: KeySource> {
    pub(crate) keys: Arc<Keys<S>>,
    pub(crate) intake: Arc<Intake>,
    /// How long a body may take to arrive.
    pub(crate) body_timeout: Duration,
}

impl<S: KeySource> Clone for Door<S> {
    fn clone(&self) -> Self {
        Self {
            keys: Arc::clone(&self.keys),
            intake: Arc::clone(&self.intake),
            body_timeout: self.body_timeout,
        }
    }
}

impl<S: KeySource> Door<S> {
    /// A request has come; nothing of its body is read yet.
    pub(crate) fn open(&self, body: Body) -> Incoming<Body> {
        self.intake.stats().request();
        Incoming::new(body, Instant::now() + self.body_timeout)
    }

    /// Whose request it is.
    pub(crate) async fn sender(&self, head: &Parts) -> Result<Sender, Refusal> {
        let sender = self.keys.sender(&head.headers).await?;
        if let Some(peer) = head.extensions.get::<Arc<Peer>>() {
            peer.authenticated();
        }
        let (key_id, tenant) = (&sender.key_id, sender.tenant.name.as_str());
        tracing::trace!(%key_id, tenant, "request");
        Ok(sender)
    }

    /// Counts the refusal and takes what the sender is still writing.
    pub(crate) fn refuse(&self, refusal: &Refusal, incoming: Incoming<Body>) {
        self.intake.stats().refused(refusal);
        tracing::debug!(?refusal, "request refused");
        let most = if refusal.is_about_the_key() { DRAIN_STRANGER } else { DRAIN_CALLER };
        drain(incoming.into_inner(), most);
    }
}
