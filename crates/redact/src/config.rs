//! What a gate is made from.

use crate::{hash::HashKey, subject::Subject};

/// What a gate is made from. The default is the default.
#[derive(Clone, Debug, Default)]
pub struct GateConfig {
    /// The key of the keyed hashes, the client's own. Without one a random key is taken, and
    /// hashes correlate within this process only.
    pub hash_key: Option<HashKey>,
    /// More keys whose values are removed, beside the default list.
    pub secret_keys: Vec<String>,
    /// More keys whose values are replaced by a keyed hash, beside the default list.
    pub personal_keys: Vec<String>,
    /// Keys of any list whose values are judged by their form alone.
    pub exempt_keys: Vec<String>,
    /// Keys whose values are removed whatever another list says of them, or of a longer key that
    /// ends in one: nothing exempts from these.
    pub denied_keys: Vec<String>,
    /// What becomes of a subject line. A key list of this configuration that names `subject` wins.
    pub subject: Subject,
    /// Whether IP addresses go too. Off by default: they are mostly machines'.
    pub ip_addresses: bool,
}
