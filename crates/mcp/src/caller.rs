//! Who asks: over HTTP the caller's own key goes with every call; on standard streams the channel
//! has one.

use http::{HeaderMap, HeaderName, Response, header::AUTHORIZATION, request::Parts};
use rmcp::model::Extensions;
use ticketlens_api::ticket_service_client::TicketServiceClient;
use tonic::{
    Request, Status,
    body::Body,
    codegen::{Service, StdError},
    metadata::MetadataMap,
};
use tower::{ServiceExt, util::BoxCloneSyncService};

/// Bytes of one answer of the service: a ticket's trace may be as large as a body.
const ANSWER_BYTES: usize = 64 << 20;

/// Where the query API answers: a connection, or the service in the same process.
#[derive(Clone, Debug)]
pub struct Channel(BoxCloneSyncService<http::Request<Body>, Response<Body>, Status>);

impl Channel {
    /// A channel of tonic's, or anything else that a client of it takes.
    pub fn new<C>(channel: C) -> Self
    where
        C: Service<http::Request<Body>, Response = Response<Body>> + Clone + Send + Sync + 'static,
        C::Error: Into<StdError>,
        C::Future: Send,
    {
        Self(BoxCloneSyncService::new(channel.map_err(|error| Status::from_error(error.into()))))
    }

    /// The query API for one call of a tool.
    pub(crate) fn caller(&self, extensions: &Extensions) -> Caller {
        let mut keys = HeaderMap::new();
        let mut passed_on = http::Extensions::new();
        if let Some(parts) = extensions.get::<Parts>() {
            passed_on.clone_from(&parts.extensions);
            for name in [AUTHORIZATION, HeaderName::from_static("x-api-key")] {
                for value in parts.headers.get_all(&name) {
                    keys.append(name.clone(), value.clone());
                }
            }
        }
        let tickets = TicketServiceClient::new(self.0.clone());
        Caller { tickets: tickets.max_decoding_message_size(ANSWER_BYTES), keys, passed_on }
    }
}

/// The client that all tools ask.
pub(crate) type Tickets =
    TicketServiceClient<BoxCloneSyncService<http::Request<Body>, Response<Body>, Status>>;

/// Asks for one caller.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) tickets: Tickets,
    keys: HeaderMap,
    /// What the server put to the request, such as the room that its answer may take.
    passed_on: http::Extensions,
}

impl Caller {
    /// The message as this caller would have sent it over gRPC.
    pub(crate) fn asks<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        *request.metadata_mut() = MetadataMap::from_headers(self.keys.clone());
        request.extensions_mut().clone_from(&self.passed_on);
        request
    }
}
