//! What the program does, one file a command.

pub mod check_config;
mod config_file;
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
