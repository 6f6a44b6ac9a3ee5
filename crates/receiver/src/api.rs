//! The query and admin API: generated messages, clients and servers of `proto/ticketlens/v1`,
//! and what answers them.

/// Messages, clients and servers of `ticketlens.v1`.
///
/// Clients take any channel: `TicketServiceClient::new(channel)`. A ticket's trace may be larger
/// than the 4 MiB a client decodes unless told otherwise (`max_decoding_message_size`).
#[allow(missing_docs, unreachable_pub, rustdoc::all, clippy::all, reason = "generated")]
pub mod v1 {
    tonic::include_proto!("ticketlens.v1");
}

mod admin;
mod messages;
pub(crate) mod scope;
mod tickets;

pub(crate) use admin::{Admin, TenantsChanged};
pub(crate) use tickets::Tickets;
pub use v1::*;
