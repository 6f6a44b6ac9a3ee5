//! What answers the query and admin API (`ticketlens-api`): who may ask what, and the store's types as
//! messages.

mod admin;
mod backup;
mod messages;
mod purge;
pub(crate) mod scope;
mod storage;
mod tickets;

pub(crate) use admin::{Admin, TenantsChanged};
pub(crate) use tickets::Tickets;
