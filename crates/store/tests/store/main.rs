//! The store on the real engine. One engine for the whole program, one database for each test.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod engine;
mod sample;

mod schema;

mod costs;
mod delivery;
mod rows;

mod value;
mod views;

mod extremes;

mod lives;
mod names;

mod paging;
mod reading;

mod export;
mod feedback;
mod search;

mod people;

mod audit;

mod keys;

mod prices;

mod readers;

mod purge;
mod reprice;
mod restamp;
mod storage;

mod checkup;
