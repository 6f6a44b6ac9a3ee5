//! The query and admin API of TicketLens: what `proto/ticketlens/v1` says, in Rust.
//!
//! Whoever asks (the program, or a reader of your own) and the receiver that answers know each other
//! through this crate alone. Clients take any channel; a key goes with every call:
//!
//! ```no_run
//! use ticketlens_api::{CountTicketsRequest, ticket_service_client::TicketServiceClient};
//! use tonic::{Request, codegen::{Body, Bytes, StdError, http}, client::GrpcService};
//!
//! # async fn example<C>(channel: C) -> Result<(), tonic::Status>
//! # where
//! #     C: GrpcService<tonic::body::Body>,
//! #     C::Error: Into<StdError>,
//! #     C::ResponseBody: Body<Data = Bytes> + Send + 'static,
//! #     <C::ResponseBody as Body>::Error: Into<StdError> + Send,
//! # {
//! let mut tickets = TicketServiceClient::new(channel);
//! let mut request = Request::new(CountTicketsRequest::default());
//! let key = "Bearer KEY".parse().map_err(|_| tonic::Status::internal("no key"))?;
//! request.metadata_mut().insert("authorization", key);
//! println!("{} tickets", tickets.count_tickets(request).await?.into_inner().count);
//! # Ok(())
//! # }
//! ```
//!
//! A ticket's trace may be larger than the 4 MiB a client decodes unless told otherwise
//! (`max_decoding_message_size`).
#![forbid(unsafe_code)]

/// Messages, clients and servers of `ticketlens.v1`, as they are generated.
#[allow(missing_docs, unreachable_pub, rustdoc::all, clippy::all, reason = "generated")]
pub mod v1 {
    tonic::include_proto!("ticketlens.v1");
}

pub mod amount;
pub mod net;

pub mod json;
pub mod table;
pub mod time;

/// `ticketlens.v1` as a `google.protobuf.FileDescriptorSet`, for gRPC reflection.
pub const DESCRIPTOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ticketlens.v1.bin"));

pub use v1::*;
