//! The query and admin API: generated messages, clients and servers of `proto/ticketlens/v1`.

/// Messages, clients and servers of `ticketlens.v1`.
///
/// Clients take any channel: `TicketServiceClient::new(channel)`.
#[allow(missing_docs, unreachable_pub, rustdoc::all, clippy::all, reason = "generated")]
pub mod v1 {
    tonic::include_proto!("ticketlens.v1");
}

pub use v1::*;
