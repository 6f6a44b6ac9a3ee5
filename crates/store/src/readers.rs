//! Readers: who logs in to ClickHouse to look at tickets, and what keeps each to its own.
//!
//! A reader is the provider, who sees every tenant, or one tenant. It may select from a database of
//! views of its own and from nothing else:
//!
//! ```text
//! <reader>.tickets ──DEFINER──> <database>.tickets ──> <database>_store.tickets
//! what the login sees           the contract           row policies of the definer
//! ```
//!
//! Its views have the names, columns and comments of the contract's, and run as a *definer*: a user
//! without a login, to whom the row policies on the base tables apply. No policy is on the
//! reader itself: it may not touch a base table, so there is nothing it could go around.
//!
//! [`Store::publish_views`] makes the views, on any ClickHouse. Users and policies are either made by
//! [`Store::provision_reader`] with ClickHouse's own access control, or, where a server keeps its
//! users in a file as the embedded engine does, by whoever writes that file. The views are made only
//! for a definer whose policies are in force.
//!
//! [`Store::publish_views`]: crate::Store::publish_views
//! [`Store::provision_reader`]: crate::Store::provision_reader

mod error;
mod guarded;
mod quoting;
mod reader;

mod access_statements;
mod policies;
mod rights;
mod views;

pub use access_statements::{
    DEFINER_SETTINGS, GRANTS_TO_PROVISION, READER_SETTINGS, Setting, Statement,
};
pub use error::ReaderError;
pub use guarded::{GUARDED, Guarded};
pub use reader::Reader;
pub use views::Change;
