//! ClickHouse: the only crate that speaks SQL.
//!
//! One finished ticket is one row, its timeline in it, and one commit is **one insert**, so that a
//! ticket and its steps are there together or not at all. Rows are written by hand
//! ([`rows`]), inserted as ready-made chunks with a deduplication token
//! ([`Store::insert`]), and read through views, which never show two rows of one execution nor
//! anything past its time. The views in `<database>` are the contract; the tables in
//! `<database>_store` are private.
//!
//! Every query that reads tickets takes a [`Visibility`]: there is none without.
//!
//! No error of this crate quotes SQL, data or a secret.

mod randomness;

mod config;

pub mod fault;
mod fault_counts;
mod micros;
mod store;

mod migrations;

mod tenant_bounds;

mod deny;
mod tenant;
mod tenant_table;

mod key;
mod key_rotation;
mod key_text;
mod key_uses;
mod keyring;
mod stored_keys;

mod costs;
pub mod rows;

mod counts;
mod insert;

mod visibility;

mod sort;

mod page;

mod query_error;

mod feedback;
mod feedback_of_tickets;
mod tickets;

mod export;
mod search;
mod search_index;

mod groups;
mod overview;

mod value;
mod value_rates;

mod erase;
mod tenant_deletion;

mod disk_share;
mod months;
mod purge;
mod reprice;
mod restamp;
mod storage;
mod table_load;

mod prices;
mod prices_change;

mod backup;

mod checkup;

mod act;
mod audit;
mod audit_list;

mod readers;

pub use act::{Act, Actor, AuditEntry, UnknownAct};
pub use audit::{AuditError, BegunAct, Outcome};
pub use audit_list::{AuditFilter, AuditPage, AuditReader, AuditedAct};
pub use backup::{BackupError, BackupId, BackupPlace, BackupState, InvalidBackupId, InvalidPlace};
pub use checkup::{
    Checkup, ClockReading, Copies, DetachedParts, Gaps, MissingRight, OpenLeft, Parts,
    PendingMigration, RefusedKey, Rejected, SchemaState, ServerSettings, Throttled,
};
pub use config::{
    DatabaseName, InsertCompression, InvalidDatabaseName, InvalidUrl, ServerUrl, StoreConfig,
    UnknownCompression,
};
pub use costs::{Cost, CostSum, Costs, PricesOf};
pub use counts::{Counts, Usage};
pub use deny::DenyKeys;
pub use erase::{EraseError, Erased};
pub use export::{ExportPage, ExportedTicket, FoundExport, MOST_EXPORTED_ON_A_PAGE};
pub use fault::Fault;
pub use fault_counts::FaultCounts;
pub use feedback::{
    FeedbackFilter, FeedbackOrder, FeedbackPage, FeedbackToken, InvalidFeedbackToken,
    MOST_FEEDBACK_ON_A_PAGE, StoredFeedback, UnknownFeedbackOrder,
};
pub use groups::{Dimension, Grouping, MOST_SPANS, OverviewGroup, UnknownDimension};
pub use insert::{ColumnsError, InsertError};
pub use key::{InvalidDigest, InvalidKeyId, Key, KeyDigest, KeyId, Scope, UnknownScope};
pub use key_rotation::{Rotated, Rotation};
pub use key_text::NewKey;
pub use keyring::{EndingKey, KeyRefused, KeyRing, Principal};
pub use migrations::{MigrateError, Migration};
pub use months::{InvalidMonth, Month};
pub use overview::{NamedCount, Overview};
pub use page::{InvalidPageToken, PageStart, PageToken};
pub use prices::{PriceList, PricesError};
pub use prices_change::{PricesChanged, Replace};
pub use purge::{Purge, PurgeError, Purged};
pub use query_error::QueryError;
pub use randomness::{NoRandomness, random_password};
pub use readers::{
    Change, DEFINER_SETTINGS, GRANTS_TO_PROVISION, GUARDED, Guarded, READER_SETTINGS, Reader,
    ReaderError, Setting, Statement,
};
pub use reprice::{Reprice, RepriceError, Repriced, SumChange};
pub use restamp::{OtherDays, RestampError, Restamped};
pub use search::{
    FoundSearch, InvalidSearch, MOST_HITS_ON_A_PAGE, Place, SEARCH_PAGE_SIZE, SearchHit,
    SearchPage, Snippet, StepPlace, Terms,
};
pub use sort::{Sort, SortBy, UnknownSort};
pub use storage::{
    Disk, GROUPS, Growth, Storage, StorageBy, StorageGroup, Totals, UnknownGrouping,
};
pub use store::Store;
pub use stored_keys::{KeyError, KeyRequest};
pub use table_load::TableLoad;
pub use tenant::{
    METRICS_DAYS, TRACE_DAYS, TenantChange, TenantLife, TenantLimits, TenantName, TenantSettings,
};
pub use tenant_bounds::{
    DENY_KEY_BYTES, DENY_KEYS, InvalidTenant, MOST_BYTES_PER_SECOND, MOST_DAYS,
    MOST_RECORDS_PER_DAY,
};
pub use tenant_deletion::{DeleteTenantError, TenantDeleted};
pub use tenant_table::TenantError;
pub use tickets::{
    FoundTicket, MOST_ON_A_PAGE, MOST_TENANTS, PAGE_SIZE, StoredStep, TicketDetail, TicketPage,
    TicketSummary,
};
pub use value::{Value, ValueFigures, ValueGroups};
pub use value_rates::{MOST_VALUE_RATES, ValueRate, ValueRateError};
pub use visibility::{TicketFilter, Visibility};
