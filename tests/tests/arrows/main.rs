//! The arrows of ARCHITECTURE.md, held: who may know whom, and who may know what.
//!
//! Between crates by their manifests ([`crates`]), between files by their code ([`rooms`]), and the
//! words that only one room may say ([`words`]).
#![expect(clippy::expect_used, clippy::panic)]

mod code;
mod crates;
mod rooms;
mod words;
mod workspace;
