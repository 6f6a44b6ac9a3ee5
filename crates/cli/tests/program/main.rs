//! The program as people use it: the real binary, the real engine, real sockets.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod dev;
mod runs;

mod flow;
mod grafana;
mod interrupted;
mod mcp;
mod packed;
mod readers;
mod redact;
mod refusals;
mod served;
mod spans;
#[path = "../../../grafana/tests/provision/stub.rs"]
mod stub;
