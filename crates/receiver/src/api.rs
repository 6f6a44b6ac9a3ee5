//! What answers the query and admin API (`ticketlens-api`): who may ask what, and the store's types as
//! messages.

mod acts;
mod admin;
mod audit;
mod messages;
mod provisioning;
mod rotation;
pub(crate) mod scope;
mod tickets;

pub(crate) use admin::{Admin, TenantsChanged};
pub(crate) use tickets::Tickets;
