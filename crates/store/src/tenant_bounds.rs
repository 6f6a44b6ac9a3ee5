//! What a tenant's name and settings are held to, and what is said of those that are not.

/// The longest retention: ten years.
pub const MOST_DAYS: u32 = 3_653;
/// The highest limit of bytes a second: a tebibyte. No limit says the same, in other words.
pub const MOST_BYTES_PER_SECOND: u64 = 1 << 40;
/// The highest limit of records a day.
pub const MOST_RECORDS_PER_DAY: u64 = 1_000_000_000_000;
/// Longest display name, in bytes.
pub(crate) const DISPLAY_NAME_BYTES: usize = 200;
/// Most keys a tenant denies.
pub const DENY_KEYS: usize = 64;
/// Longest of them, in bytes.
pub const DENY_KEY_BYTES: usize = 64;

/// What is wrong with a tenant's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTenant {
    /// The name.
    #[error("a tenant's name matches [a-z][a-z0-9-]{{0,30}}")]
    Name,
    /// The display name.
    #[error("a display name has at most 200 bytes and no control characters")]
    DisplayName,
    /// A retention is out of bounds.
    #[error("retention is between 1 and {MOST_DAYS} days")]
    Days,
    /// The trace would outlive its ticket.
    #[error("trace_days cannot exceed metrics_days: a trace cannot outlive its ticket")]
    TraceOutlivesMetrics,
    /// The keys to deny.
    #[error(
        "at most {DENY_KEYS} keys can be denied, each of at most {DENY_KEY_BYTES} bytes, with a \
         letter in it and no control characters"
    )]
    DenyKeys,
    /// A limit is higher than any that could be reached.
    #[error(
        "a limit is at most {MOST_BYTES_PER_SECOND} bytes a second and {MOST_RECORDS_PER_DAY} \
         records a day; 0 takes it away"
    )]
    Limits,
}
