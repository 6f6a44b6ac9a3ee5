//! What the program does: a command's arguments, and the order of its steps. What is long, or of use to
//! several, lies in a folder beside this one: `backup`, `dev`, `demo`, `doctor`, `export`,
//! `send`, `grafana`.

pub mod audit;
pub mod backup;
mod capture;
pub mod check_config;
pub mod completions;
pub mod demo;
pub mod dev;
pub mod doctor;
pub mod env;
mod erase;
pub mod example;
mod export;
pub mod feedback;
mod filter;
pub mod grafana;
pub mod key;
mod key_listing;
pub mod maintenance;
pub mod man;
pub mod mcp;
pub mod migrate;
pub mod prices;
mod prices_apply;
mod prices_consequences;
mod prices_import;
mod prices_key;
mod prices_list;
mod prices_set;
mod purge;
pub mod redact;
pub mod report;
mod retention;
mod rotate;
mod search;
pub mod send;
pub mod serve;
pub mod spans;
mod stats;
mod subject;
pub mod tenant;
pub mod tickets;
pub mod value;
