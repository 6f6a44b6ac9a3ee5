//! OTLP in (gRPC and HTTP), keys, gate, group commit, and the query API.
//!
//! The order of a request: key → limits → decode → validate → gate → commit → answer. OK means
//! committed.

pub mod api;
