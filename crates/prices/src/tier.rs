//! Service tiers: what a provider calls the standard, and the others by one spelling.

use std::borrow::Cow;

/// How providers say that a call had the standard price.
const STANDARD: [&str; 6] = ["", "auto", "default", "on_demand", "standard", "standard_only"];

/// Lower case, with `_` for `-`: `ON_DEMAND` and `on-demand` are one.
pub(crate) fn fold(name: &str) -> Cow<'_, str> {
    let name = name.trim();
    if name.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'-') {
        return Cow::Owned(name.to_ascii_lowercase().replace('-', "_"));
    }
    Cow::Borrowed(name)
}

/// Whether this, as [`fold`] writes it, is the standard.
pub(crate) fn is_standard(folded: &str) -> bool {
    STANDARD.contains(&folded)
}

/// The tier as entries have it: empty for the standard.
pub(crate) fn of(name: &str) -> Cow<'_, str> {
    let folded = fold(name);
    if is_standard(&folded) { Cow::Borrowed("") } else { folded }
}
