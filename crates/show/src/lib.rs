//! What tickets look like in a terminal. Pure: messages of the query API in, text out; and for
//! `redact`, a ticket in, what of it would leave out.
//!
//! Everything rendered carries colours, which the stream it is printed to takes out where nobody sees
//! them. Everything that others wrote goes through [`safe`] first.
#![forbid(unsafe_code)]

pub mod paint;
mod quantity;
pub mod safe;
pub mod table;

mod width;

pub mod listing;

mod moment;
mod nest;
mod text;

mod iteration;
mod timeline;

mod overview;
mod page;
#[cfg(test)]
mod page_tests;

pub mod preview;

pub use overview::overview;
pub use page::page;
pub use quantity::{count, millis, time};
pub use text::View;
