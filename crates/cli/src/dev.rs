//! Everything on one machine: the engine, the receiver on it, a first tenant with its keys, readers.

mod download;
mod logins;

mod database;

mod receiver;

mod keys;
mod prices;
mod readers;

mod welcome;

pub use database::{Database, ENGINE_HOST};
pub use keys::{ensure_tenant, first_instance, provision, random_hash_key};
pub use logins::reader_of;
pub use prices::first_prices;
pub use readers::Readers;
pub use receiver::{At, Ports, Served};
pub use welcome::welcome;
