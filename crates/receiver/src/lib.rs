//! OTLP in (gRPC and HTTP), keys, gate, group commit, and the query API.
//!
//! The order of a request: key → limits → decode → validate → gate → commit → answer. OK means
//! committed.

pub mod auth;
pub mod otlp;

pub mod budget;
pub mod intake;

pub mod commit;
mod ledger;
mod sink;

pub mod reply;

pub mod api;

pub mod stats;
