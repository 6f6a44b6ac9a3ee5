//! The `ticketlens` program.
#![allow(dead_code, unused_imports)]
mod exit;
mod paint;
mod safe;
mod send;
mod show;
mod when;
fn main() {}
