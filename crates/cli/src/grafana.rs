//! Grafana, as far as we need it: an organisation for each tenant, its data source, its dashboards.
//!
//! Everything goes through Grafana's HTTP API with a server admin's password: organisations can be
//! made in no other way, and files can't name one that is not there yet.

mod address;
mod api;
mod client;
mod dashboards;
mod data_source;
mod files;
mod provision;

pub use address::ClickHouseAddress;
pub use api::{Api, Org};
pub use client::Client;
pub use files::Files;
pub use provision::{Provisioner, Step, Wanted};
