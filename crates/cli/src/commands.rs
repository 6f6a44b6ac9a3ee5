//! What the program does: a command's arguments, and the order of its steps. What is long, or of use to
//! several, lies in a folder beside this one: `dev`, `demo`, `send`, `grafana`.

mod capture;
pub mod check_config;
pub mod completions;
pub mod demo;
pub mod dev;
pub mod env;
mod erase;
pub mod example;
pub mod grafana;
pub mod key;
pub mod man;
pub mod mcp;
pub mod migrate;
pub mod redact;
pub mod send;
pub mod serve;
pub mod spans;
mod subject;
pub mod tenant;
pub mod tickets;
