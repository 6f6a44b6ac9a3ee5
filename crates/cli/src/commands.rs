//! What the program does, one file a command.

mod capture;
pub mod check_config;
pub mod demo;
pub mod dev;
mod erase;
pub mod grafana;
pub mod key;
pub mod migrate;
pub mod redact;
pub mod send;
pub mod serve;
pub mod tenant;
pub mod tickets;
