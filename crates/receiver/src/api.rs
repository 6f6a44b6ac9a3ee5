//! What answers the query and admin API (`ticketlens-api`): who may ask what, and the store's types as
//! messages.

mod acts;
mod admin;
mod audit;
mod backup;
mod begun;
mod checkup;
mod cursor;
mod export;
mod feedback;
mod grouping;
mod maintenance;
mod messages;
mod prices;
mod provisioning;
mod purge;
mod reads;
mod reprice;
mod rotation;
pub(crate) mod scope;
mod search;
mod selection;
mod storage;
mod tickets;
mod value;
mod value_rates;

pub(crate) use admin::{Admin, TenantsChanged};
pub(crate) use begun::BegunBackups;
pub(crate) use maintenance::Maintenance;
pub(crate) use reads::{Reads, Room};
pub(crate) use tickets::Tickets;
