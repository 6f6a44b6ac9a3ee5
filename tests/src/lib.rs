//! What the flows share: the database and the receiver they start, and the tickets they send.

// A flow that can't be set up has nothing to test.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod collector;
mod database;
mod program;
mod readers;
mod receiver;

pub mod dashboards;
pub mod document;
pub mod grafana;
pub mod load;
pub mod workspace;

pub use collector::{Collector, collector_config, validate};
pub use database::Database;
pub use program::{peer, program};
pub use readers::{Answer, Login, Readers};
pub use receiver::{Receiver, assert_lines_of_the_schema, free_port, get as http_get, signal};
