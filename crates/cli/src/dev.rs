//! Everything on one machine: the engine, the receiver on it, a first tenant with its keys, readers.

mod download;
mod engine;
mod keys;
mod readers;
mod welcome;

pub use engine::Database;
pub use keys::{ensure_tenant, first_instance, provision, random_hash_key};
pub use readers::{Readers, reader_of};
pub use welcome::welcome;
