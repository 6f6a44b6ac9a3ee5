//! OTLP in (gRPC and HTTP), keys, gate, group commit, and the query API.
//!
//! The order of a request: key → limits → decode → validate → gate → commit → answer. OK means
//! committed. What is not here: SQL (the store), the rules of a record (the ticket), and any
//! text of a ticket in a log line.

pub mod config;

mod handshake;
mod listen;
mod tls;
mod workers;

pub mod auth;
mod key_expiry;
mod key_failures;
mod key_uses;
pub mod otlp;

pub mod payload;

mod gates;

mod prices;

pub mod budget;
pub mod intake;

pub mod commit;
mod ledger;
pub mod sink;
mod throttle;
mod waiting_line;

pub mod reply;

mod access;
mod request_id;

mod api;

mod rest;

mod webhooks;

mod mcp;

mod database_watch;
mod health;
pub mod metrics;
mod metrics_door;
pub mod readiness;
pub mod supervise;

mod server;

pub use config::{Config, InvalidConfig, TlsConfig};
pub use server::{
    Bound, Receiver, ServeError, StartError, TenantChange, TenantChanges, TenantFeed,
};
pub use tls::{CertificateFiles, TlsError};
pub use workers::Beside;
