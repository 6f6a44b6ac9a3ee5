//! OTLP in: two protocols, one intake.

pub(crate) mod door;

pub(crate) mod grpc;
pub(crate) mod http;

pub(crate) mod body;
pub(crate) mod encoding;
pub mod json;
