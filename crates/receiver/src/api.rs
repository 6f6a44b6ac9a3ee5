//! What answers the query and admin API (`ticketlens-api`): who may ask what, and the store's types as
//! messages.

mod admin;
mod grouping;
mod messages;
mod reads;
pub(crate) mod scope;
mod search;
mod selection;
mod tickets;

pub(crate) use admin::{Admin, TenantsChanged};
pub(crate) use reads::Reads;
pub(crate) use tickets::Tickets;
