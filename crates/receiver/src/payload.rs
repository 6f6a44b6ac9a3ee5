//! What a request's bytes are before they are read: unpacked, and protobuf whatever they came as.
//! Knows neither of the protocols nor the intake.

pub(crate) mod encoding;
pub mod json;
