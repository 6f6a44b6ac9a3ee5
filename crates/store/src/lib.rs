//! ClickHouse: the only crate that speaks SQL.
//!
//! One finished ticket is one row, its timeline in it, and one commit is **one insert**, so that a
//! ticket and its steps are there together or not at all. Rows are written by hand
//! ([`rows::append`]), inserted as ready-made chunks with a deduplication token
//! ([`Store::insert`]), and read through views, which never show two rows of one execution nor
//! anything past its time. The views in `<database>` are the contract; the tables in
//! `<database>_store` are private.
//!
//! Every query that reads tickets takes a [`Visibility`]: there is none without.
//!
//! No error of this crate quotes SQL, data or a secret.

mod config;
mod secret;

mod fault;
mod store;

mod migrations;
mod statements;

mod key;
mod keyring;
mod tenant;

mod insert;
pub mod rows;

pub use config::{
    DatabaseName, InsertCompression, InvalidDatabaseName, InvalidUrl, ServerUrl, StoreConfig,
    UnknownCompression,
};
pub use fault::Fault;
pub use insert::{ColumnsError, InsertError};
pub use key::{
    InvalidDigest, InvalidKeyId, Key, KeyDigest, KeyId, NewKey, NoRandomness, Scope, UnknownScope,
};
pub use keyring::{KeyRefused, KeyRing, Principal};
pub use migrations::{MigrateError, Migration};
pub use secret::Secret;
pub use store::Store;
pub use tenant::{
    InvalidTenant, METRICS_DAYS, MOST_DAYS, TRACE_DAYS, TenantChange, TenantName, TenantSettings,
};
