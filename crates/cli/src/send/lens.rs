//! The client library, set up for a receiver.

use std::time::Duration;

use secrecy::ExposeSecret;
use ticketlens::{Lens, LensBuilder};

use crate::{exit::Result, identity, target::Target};

/// A lens that sends there, with its key, its certificate, and the key of its customers' hashes.
pub fn lens_to(
    target: &Target,
    hash_key: Option<&String>,
    retry_for: Duration,
) -> Result<LensBuilder> {
    let mut lens = Lens::builder()
        .workflow("unknown")
        .endpoint(&target.endpoint)
        .key(target.key.text.expose_secret())
        .retry_for(retry_for);
    if let Some(hash_key) = hash_key.or(target.hash_key.as_ref()) {
        lens = lens.hash_key(hash_key);
    }
    if let Some(files) = identity::files()? {
        lens = lens.identity(files.certificate, files.key);
    }
    Ok(lens)
}
