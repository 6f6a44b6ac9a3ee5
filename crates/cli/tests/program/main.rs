//! The program as people use it: the real binary, the real engine, real sockets.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod dev;
mod runs;

mod backup;
mod doctor;
mod export;
mod feedback_list;
mod flow;
mod grafana;
mod interrupted;
mod keys;
mod mcp;
mod packed;
mod prices;
mod purge;
mod readers;
mod redact;
mod refusals;
mod search;
mod served;
mod spans;
#[path = "../../../grafana/tests/provision/stub.rs"]
mod stub;
mod value;
