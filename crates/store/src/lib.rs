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

pub mod fault;
mod store;

mod migrations;
mod statements;

mod deny;
mod tenant;
mod tenants;

mod key;
mod keyring;
mod keys;

pub mod rows;

mod counts;
mod insert;

mod visibility;

mod page;
mod tickets;

mod overview;

mod erase;

mod readers;

pub use config::{
    DatabaseName, InsertCompression, InvalidDatabaseName, InvalidUrl, ServerUrl, StoreConfig,
    UnknownCompression,
};
pub use counts::{Counts, Usage};
pub use deny::{DENY_KEY_BYTES, DENY_KEYS, DenyKeys};
pub use erase::EraseError;
pub use fault::Fault;
pub use insert::{ColumnsError, InsertError};
pub use key::{
    InvalidDigest, InvalidKeyId, Key, KeyDigest, KeyId, NewKey, NoRandomness, Scope, UnknownScope,
};
pub use keyring::{KeyRefused, KeyRing, Principal};
pub use keys::{KeyError, KeyRequest};
pub use migrations::{MigrateError, Migration};
pub use overview::{NamedCount, Overview};
pub use page::{InvalidPageToken, PageToken};
pub use readers::{
    Change, DEFINER_SETTINGS, GRANTS_TO_PROVISION, GUARDED, Guarded, READER_SETTINGS, Reader,
    ReaderError, Setting, Statement,
};
pub use secret::Secret;
pub use store::Store;
pub use tenant::{
    InvalidTenant, METRICS_DAYS, MOST_BYTES_PER_SECOND, MOST_DAYS, MOST_RECORDS_PER_DAY,
    TRACE_DAYS, TenantChange, TenantLife, TenantLimits, TenantName, TenantSettings,
};
pub use tenants::{TenantDeleted, TenantError};
pub use tickets::{
    MOST_ON_A_PAGE, PAGE_SIZE, QueryError, StoredStep, TicketDetail, TicketPage, TicketSummary,
};
pub use visibility::{TicketFilter, Visibility};
