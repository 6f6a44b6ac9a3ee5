//! `ticketlens doctor`: what is wrong with a running system, and what to do about it.
//!
//! A round (`round.rs`) goes to each part of the system and asks it; each group of checks has a file that
//! judges what was found, and knows nothing of how it was asked. Nothing is changed, and nothing that
//! could not be looked at is called good: it is *skipped*, with what a look would take.

mod check;

mod place;
mod setup;

mod admin;
mod http;
mod message;
mod source;

mod clock;
mod database;
mod disk;
mod grafana;
mod keys;
mod receiver;
mod tickets;
mod tls;
mod turned_away;

mod report;
mod round;

pub use check::{Check, Outcome};
pub use place::{Asked, http_address};
pub use report::{document, failed, listing};
pub use round::examine;
pub use tls::certificate;
