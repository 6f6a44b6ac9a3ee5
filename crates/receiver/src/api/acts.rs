//! What acts of administration change, in the audit's words: settings as they were and are. A key's
//! note, a ticket's number and a customer are in none of them.

use ticketlens_api::{time, v1};
use ticketlens_prices::{EntryKey, Price, PriceEntry};
use ticketlens_store::{
    Act, Actor, AuditEntry, Key, Month, PricesChanged, Purge, Reprice, TenantSettings, Visibility,
};
use ticketlens_ticket::Timestamp;

use super::messages::timestamp;

/// An entry about a key.
pub(super) fn of_key(entry: AuditEntry, key: &Key) -> AuditEntry {
    let entry = entry.on(key.id);
    match &key.tenant {
        Some(tenant) => entry.of(tenant.clone()),
        None => entry,
    }
}

/// When something stops working.
pub(super) fn ends(at: Option<Timestamp>) -> String {
    let Some(at) = at else { return "never".to_owned() };
    let at = time::timestamp(&timestamp(at));
    at.map(|at| at.strftime("%FT%TZ").to_string()).unwrap_or_default()
}

/// What an erasure goes by, and not which ticket or customer: what was erased would be named here.
pub(super) fn erased_by(what: Option<&v1::erase_tickets_request::What>) -> &'static str {
    use v1::erase_tickets_request::What;
    match what {
        Some(What::TicketId(_)) => "ticket",
        Some(What::Customer(_)) => "customer",
        None => "",
    }
}

/// A purge: whose tickets it deletes, and which of them.
pub(super) fn purge(actor: Actor, whose: &Visibility, purge: &Purge) -> AuditEntry {
    let mut entry = AuditEntry::new(Act::TicketsPurge, actor)
        .changing("executed_before", ends(Some(purge.executed_before)));
    if let Visibility::Tenant(name) = whose {
        entry = entry.of(name.clone());
    }
    let selected = [
        ("status", &purge.status),
        ("category", &purge.category),
        ("workflow", &purge.workflow),
        ("environment", &purge.environment),
    ];
    for (name, value) in selected {
        if let Some(value) = value {
            entry = entry.changing(name, value);
        }
    }
    of_month(entry, purge.month)
}

/// An act on the tickets of one month, or of all.
pub(super) fn of_month(entry: AuditEntry, month: Option<Month>) -> AuditEntry {
    match month {
        Some(month) => entry.changing("month", month.number()),
        None => entry,
    }
}

/// The list, applied to stored tickets.
pub(super) fn reprice(actor: Actor, what: &Reprice) -> AuditEntry {
    let mut entry =
        AuditEntry::new(Act::PricesApply, actor).changing("since", ends(Some(what.since)));
    if let Visibility::Tenant(name) = &what.visibility {
        entry = entry.of(name.clone());
    }
    of_month(entry, what.month)
}

/// An import of prices: which way, and what it came to where that is known.
pub(super) fn import(replaces_all: bool, came_to: Option<&PricesChanged>) -> Vec<(String, String)> {
    let replaces = if replaces_all { "all" } else { "by key" };
    let mut told = vec![("replaces".to_owned(), replaces.to_owned())];
    let PricesChanged { added, changed, removed, .. } = came_to.copied().unwrap_or_default();
    for (name, count) in [("added", added), ("changed", changed), ("removed", removed)] {
        if count > 0 {
            told.push((name.to_owned(), count.to_string()));
        }
    }
    told
}

/// Which price.
pub(super) fn price_key(key: &EntryKey<'_>) -> String {
    let EntryKey { provider, model, service_tier, above_input_tokens, valid_from } = *key;
    let mut named = format!("{provider} {model}");
    if !service_tier.is_empty() {
        named.push_str(&format!(", {service_tier}"));
    }
    if above_input_tokens > 0 {
        named.push_str(&format!(", above {above_input_tokens}"));
    }
    if valid_from > 0 {
        let nanos = valid_from.saturating_mul(1_000_000_000);
        named.push_str(&format!(", from {}", ends(Some(Timestamp::from_unix_nanos(nanos)))));
    }
    named
}

/// What of a price differs, or all of a new one.
pub(super) fn price(before: Option<&PriceEntry>, after: &PriceEntry) -> Vec<(String, String)> {
    let some = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
    let fields = |entry: &PriceEntry| {
        let text =
            |price: Option<Price>| price.map_or_else(|| "none".to_owned(), |p| p.to_string());
        [
            ("currency", entry.currency.to_string()),
            ("input", entry.input.to_string()),
            ("output", entry.output.to_string()),
            ("cache_read", text(entry.cache_read)),
            ("cache_write", text(entry.cache_write)),
            ("reasoning", text(entry.reasoning)),
            ("source", some(&entry.source)),
        ]
    };
    let Some(before) = before else {
        let is_said = |(_, value): &(&str, String)| value != "none";
        return fields(after).into_iter().filter(is_said).map(|(n, v)| (n.to_owned(), v)).collect();
    };
    let pairs = fields(before).into_iter().zip(fields(after));
    let differing = pairs.filter(|((_, before), (_, after))| before != after);
    differing.map(|((name, was), (_, is))| (name.to_owned(), format!("{was} → {is}"))).collect()
}

/// Every setting of a new tenant.
pub(super) fn settings(tenant: &TenantSettings) -> Vec<(String, String)> {
    values(tenant).into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What of a tenant's settings differs.
pub(super) fn differences(
    before: &TenantSettings,
    after: &TenantSettings,
) -> Vec<(String, String)> {
    let pairs = values(before).into_iter().zip(values(after));
    pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((name, before), (_, after))| (name.to_owned(), format!("{before} → {after}")))
        .collect()
}

fn values(tenant: &TenantSettings) -> Vec<(&'static str, String)> {
    let limit = |limit: Option<u64>| limit.map_or_else(|| "none".to_owned(), |n| n.to_string());
    let limits = tenant.limits;
    let per_second = limits.records_per_second.map(|n| u64::from(n.get()));
    let keys = match tenant.deny_keys.to_vec() {
        keys if keys.is_empty() => "none".to_owned(),
        keys => keys.join(", "),
    };
    vec![
        ("display_name", tenant.display_name.clone()),
        ("capture", tenant.capture.to_string()),
        ("trace_days", tenant.trace_days.to_string()),
        ("metrics_days", tenant.metrics_days.to_string()),
        ("deny_keys", keys),
        ("drop_messages", tenant.drop_messages.to_string()),
        ("subject", tenant.subject.to_string()),
        ("max_records_per_second", limit(per_second)),
        ("max_bytes_per_second", limit(limits.bytes_per_second.map(std::num::NonZeroU64::get))),
        ("max_records_per_day", limit(limits.records_per_day.map(std::num::NonZeroU64::get))),
    ]
}

#[cfg(test)]
mod tests {
    use ticketlens_store::TenantChange;

    use super::*;

    #[test]
    fn what_changed_is_told_as_it_was_and_is() {
        let before = TenantSettings::new("acme".parse().unwrap());
        assert_eq!(settings(&before).len(), 10);
        let change = TenantChange {
            trace_days: Some(7),
            records_per_second: Some(5),
            metrics_days: Some(before.metrics_days),
            ..TenantChange::default()
        };
        let told = differences(&before, &change.applied_to(before.clone()));
        let told: Vec<_> = told.iter().map(|(name, what)| (name.as_str(), what.as_str())).collect();
        assert_eq!(told, [("trace_days", "30 → 7"), ("max_records_per_second", "none → 5")]);
    }

    #[test]
    fn nothing_of_an_erasure_names_what_was_erased() {
        use v1::erase_tickets_request::What;
        assert_eq!(erased_by(Some(&What::TicketId("4711".into()))), "ticket");
        assert_eq!(erased_by(Some(&What::Customer("hmac:0123456789abcdef".into()))), "customer");
    }
}
