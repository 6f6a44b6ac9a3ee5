//! What is said of a request whose good records are committed.

use std::fmt::Display;

use ticketlens_ticket::decode::Summary;

use crate::{payload::json::Diagnostics, reply::Accepted};

/// Its answer; `diagnostics` of one in JSON. What is lost comes first: a long message is cut at its end.
pub(super) fn accepted(summary: &Summary, diagnostics: Option<&Diagnostics>) -> Accepted {
    let rejected = summary.rejections.total();
    let mut parts = Vec::new();
    if rejected > 0 {
        let causes = diagnostics.filter(|it| it.rejected() > 0).map(Diagnostics::causes);
        let why = causes.as_ref().map(|causes| causes as &dyn Display);
        parts.push(format!("rejected: {}", summary.rejections.explained(why)));
    }
    if let Some(diagnostics) = diagnostics.filter(|it| !it.is_empty()) {
        parts.push(diagnostics.to_string());
    }
    if !summary.warnings.is_empty() {
        parts.push(format!("stored, but: {}", summary.warnings));
    }
    Accepted::new(rejected, &parts.join("; "))
}
