//! Who asks, as the services know callers: by the headers that hold a key.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use tonic::{Request, metadata::MetadataMap};

use crate::{api::Room, listen::ConnectionState};

/// The caller of a route.
#[derive(Clone)]
pub(super) struct Caller {
    keys: HeaderMap,
    connection: Option<Arc<ConnectionState>>,
    room: Option<Room>,
}

impl Caller {
    /// The message as this caller would have sent it over gRPC.
    pub(super) fn asks<T>(self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        *request.metadata_mut() = MetadataMap::from_headers(self.keys);
        if let Some(connection) = self.connection {
            request.extensions_mut().insert(connection);
        }
        if let Some(room) = self.room {
            request.extensions_mut().insert(room);
        }
        request
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let mut keys = HeaderMap::new();
        for name in [AUTHORIZATION.as_str(), "x-api-key"] {
            for value in parts.headers.get_all(name) {
                keys.append(http::HeaderName::from_static(name), value.clone());
            }
        }
        let connection = parts.extensions.get::<Arc<ConnectionState>>().cloned();
        let room = parts.extensions.get::<Room>().cloned();
        Ok(Self { keys, connection, room })
    }
}
