//! Tickets for language models: tools of the Model Context Protocol (MCP) over the query API.
//!
//! A door, and nothing else: each tool makes the messages that a gRPC caller would have sent, asks
//! them through a [`Channel`] with the caller's own key, and tells the answer. Whose tickets a key
//! sees is decided by the service behind it.
//!
//! Two things hold for every answer, whatever a ticket says:
//!
//! - **It is bounded** ([`MOST_OF_AN_ANSWER`]), so that it fits into a model's context. What does not
//!   fit is on the next page or part, and the answer says how to ask for it (`weight`, `room`).
//! - **What tickets say is data.** It is told as such, in strings of JSON within a fence that no
//!   ticket can know, and what would act on a terminal or is not seen is shown (`quoted`).
//!
//! The receiver serves it over HTTP ([`http`]), the program over its standard streams ([`stdio`]).
#![forbid(unsafe_code)]

mod seen;
mod weight;

mod quoted;

mod room;

mod arguments;
mod caller;
mod filter;
mod refusal;

mod answer;
mod figures;
mod row;
mod said;
mod trace;

mod tool;
mod tools;

pub mod http;
pub mod stdio;

pub use answer::MOST_OF_AN_ANSWER;
pub use caller::Channel;
pub use tools::Tools;
