//! OTLP in: two protocols, one intake.

pub(crate) mod admission;

pub(crate) mod grpc;
pub(crate) mod http;

pub(crate) mod incoming;
