//! The demonstration: a sample workflow of our own, sent over the same wire as anyone's.

mod cases;
mod dice;

pub mod agent;
