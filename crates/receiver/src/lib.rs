//! OTLP in (gRPC and HTTP), keys, gate, group commit, and the query API.
