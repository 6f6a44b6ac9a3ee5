//! The embedded ClickHouse: find it, start it, watch it, stop it.
//!
//! Everything else in TicketLens speaks ClickHouse's HTTP protocol and does not know whether it talks to this or
//! to a server; only this crate knows the engine library. Its ways are not documented upstream, so each one we
//! rely on has a test in `tests/`, to be run again with every change of version (`package.rs`).
//!
//! ```text
//! find → fetch        the library: named, installed, cached, or from the npm registry, checked by hash
//! Engine → supervise → child ──order──> host → loader     (another process)
//!                            <─reports─
//! ```
//!
//! Environment: `TICKETLENS_ENGINE_LIBRARY` (a `libchdb.so`), `TICKETLENS_ENGINE_PROGRAM` (a `clickhouse`
//! program, unverified), `TICKETLENS_ENGINE_HOST` (the child's program), `XDG_CACHE_HOME`.
//!
//! Linux on x86-64 is tested. Other platforms need `TICKETLENS_ENGINE_LIBRARY` and are unverified; Windows is not
//! supported.

mod find;
mod package;
mod source;

mod fetch;
mod progress;

mod access;
mod password;

mod config;
mod ports;

mod engine;
mod start_error;
mod state;

mod restarts;
mod supervise;

mod child;
mod log;

mod protocol;

mod folder;
pub mod host;
mod loader;
mod program;

pub use access::{Access, GuardedTable, InvalidName, Name, Reader, Rows};
pub use child::{Exit, HOST_VARIABLE, Host, NoHost};
pub use config::Limits;
pub use engine::{Engine, EngineConfig};
pub use fetch::FetchError;
pub use find::{FindError, find};
pub use package::Package;
pub use password::random_password;
pub use ports::Ports;
pub use progress::{Phase, Progress, Silent};
pub use restarts::Restarts;
pub use source::{LIBRARY_VARIABLE, PROGRAM_VARIABLE, Source};
pub use start_error::StartError;
pub use state::State;
pub use supervise::Stopped;
