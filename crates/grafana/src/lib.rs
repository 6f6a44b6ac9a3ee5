//! Grafana, as far as we need it: an organisation for each tenant, its data source, its dashboards.
//!
//! Everything goes through Grafana's HTTP API with a server admin's password: organisations can be
//! made in no other way, and files can't name one that is not there yet. Messages hold what Grafana
//! said as it said it; whoever prints them makes them safe.
#![forbid(unsafe_code)]

mod error;

mod address;
mod client;

mod dashboards;
mod data_source;

mod api;
mod files;
mod provision;

pub use address::{ClickHouseAddress, InvalidAddress};
pub use api::{Api, Health, Org};
pub use client::Client;
pub use data_source::PLUGIN;
pub use error::{Error, Result};
pub use files::Files;
pub use provision::{Place, Provisioner, Step, Wanted};
