//! The receiver on the real engine, over real sockets. One engine for the whole program, one
//! database and one receiver for each test.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod costs;
mod cut;
mod mcp;
mod records;
mod rest;
mod rig;
mod web;

mod export;
mod feedback;
mod feedback_read;
mod formats;
mod keys;
mod limits;
mod odd;
mod rejects;
mod search;
mod shapes;
mod wire;

mod ends;
mod load;
mod outage;
mod throttle;

mod audit;
mod checkup;
mod logs;
mod measures;
mod mutual_tls;
mod privacy;
mod queries;
mod stock;
mod subjects;
mod tls;
mod value;
