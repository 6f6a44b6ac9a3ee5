//! The demonstration: a sample workflow of our own, sent over the same wire as anyone's.

mod cases;
mod dice;

mod agent;

mod run;

pub use run::{Day, run};
