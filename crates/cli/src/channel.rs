//! A connection to a receiver: it shows the key on every call, and tells a refusal where that key
//! came from.

use std::task::{Context, Poll};

use http::{HeaderValue, Request, Response, header::AUTHORIZATION};
use secrecy::{ExposeSecret, SecretString};
use tonic::{
    Status,
    body::Body,
    codegen::{BoxFuture, Service},
    transport::{Channel, Error},
};

use crate::exit::{Exit, Failure, Result};

/// How [`KeyedChannel`] tells [`key_source`]. It never crosses the network.
const KEY_SOURCE: &str = "ticketlens-key-source";

/// A key, and where a person finds the place to change it.
#[derive(Clone)]
pub struct Key {
    /// The key.
    pub text: SecretString,
    /// `--key`, the name of a variable, a file.
    pub source: String,
}

impl Key {
    /// A key, without white space around it.
    pub fn new(text: &str, source: impl Into<String>) -> Self {
        Self { text: text.trim().into(), source: source.into() }
    }

    /// Whose it says it is (`tl_<tenant>_<id>_…`); an admin key is nobody's, and another text says
    /// nothing.
    pub fn tenant(&self) -> Option<&str> {
        let (tenant, rest) = self.text.expose_secret().strip_prefix("tl_")?.split_once('_')?;
        (!tenant.is_empty() && rest.contains('_')).then_some(tenant)
    }
}

/// A channel that shows the key on every call.
#[derive(Clone)]
pub struct KeyedChannel {
    channel: Channel,
    authorization: HeaderValue,
    source: HeaderValue,
}

impl KeyedChannel {
    /// Shows `key` on this channel.
    pub fn new(channel: Channel, key: &Key) -> Result<Self> {
        let text = format!("Bearer {}", key.text.expose_secret());
        let mut authorization = HeaderValue::try_from(text).map_err(|_| {
            let what = format!("the key from {} contains characters that no key has", key.source);
            Failure::new(Exit::Usage, what).next("copy it again, complete and without line breaks")
        })?;
        authorization.set_sensitive(true);
        let source = HeaderValue::from_bytes(key.source.as_bytes());
        let source = source.unwrap_or(HeaderValue::from_static("a file"));
        Ok(Self { channel, authorization, source })
    }
}

impl Service<Request<Body>> for KeyedChannel {
    type Response = Response<Body>;
    type Error = Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.channel.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        request.headers_mut().insert(AUTHORIZATION, self.authorization.clone());
        let answer = self.channel.call(request);
        let source = self.source.clone();
        Box::pin(async move {
            let mut answer = answer.await?;
            answer.headers_mut().insert(KEY_SOURCE, source);
            Ok(answer)
        })
    }
}

/// Where the key came from that was answered so.
pub fn key_source(status: &Status) -> Option<&str> {
    let source = status.metadata().get(KEY_SOURCE)?;
    std::str::from_utf8(source.as_encoded_bytes()).ok()
}
