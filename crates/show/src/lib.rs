//! What tickets look like in a terminal. Pure: messages of the query API in, text out; and for
//! `redact` and `spans`, a ticket in, what of it would leave out.
//!
//! Everything rendered carries colours, which the stream it is printed to takes out where nobody sees
//! them. Everything that others wrote goes through [`safe`] first.
#![forbid(unsafe_code)]

pub mod paint;
mod quantity;
pub mod safe;

mod width;

pub mod listing;

mod parts;
mod text;
mod value;

mod moment;
mod nest;

mod conversation;
mod failure;
mod hit;
mod iteration;
mod timeline;

mod absent;
mod feedback;
mod hint;
mod summary;

mod comparison;
mod found;
mod overview;
mod page;
mod unsent;

pub mod preview;

pub use comparison::{compared_errors, comparison, groups};
pub use found::found;
pub use overview::overview;
pub use page::page;
pub use quantity::{bytes, count, measure, millis, percent, time};
pub use text::View;
pub use unsent::unsent;
