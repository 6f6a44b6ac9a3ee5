//! Keys that end: a workflow whose key has ended loses its tickets, as OTLP's senders drop what is refused.

use jiff::{SignedDuration, Timestamp};
use ticketlens_api::{Key as Message, time::timestamp};
use ticketlens_store::Key as Stored;

use super::check::Check;

/// Keys that are about to end.
pub const ENDING: &str = "keys.ending";
/// Tenants whose keys have all ended.
pub const ENDED: &str = "keys.ended";

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// As the receiver warns of it.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Whoever has sent nothing for longer has been told, or is gone.
const LATELY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What is known of a key that was not revoked.
#[derive(Clone, Debug)]
pub struct Key {
    id: String,
    /// Empty for admin keys.
    tenant: String,
    scope: String,
    ends: Option<Timestamp>,
    used: Option<Timestamp>,
}

impl Key {
    /// From the receiver's answer; `None` for one that was revoked.
    pub fn of_message(key: Message) -> Option<Self> {
        if key.revoked_at.is_some() {
            return None;
        }
        Some(Self {
            ends: key.expires_at.as_ref().and_then(timestamp),
            used: key.last_used_at.as_ref().and_then(timestamp),
            id: key.id,
            tenant: key.tenant,
            scope: key.scope,
        })
    }

    /// From the database; `None` for one that was revoked.
    pub fn of_stored(key: &Stored) -> Option<Self> {
        if key.revoked_at.is_some() {
            return None;
        }
        let at = |at: ticketlens_ticket::Timestamp| {
            Timestamp::from_nanosecond(i128::from(at.as_unix_nanos())).ok()
        };
        Some(Self {
            id: key.id.to_string(),
            tenant: key.tenant.as_ref().map(ToString::to_string).unwrap_or_default(),
            scope: key.scope.to_string(),
            ends: key.expires_at.and_then(at),
            used: key.used_at.and_then(at),
        })
    }

    fn told(&self, now: Timestamp) -> String {
        let whose = if self.tenant.is_empty() { "nobody's" } else { &self.tenant };
        let day = self.ends.map(|end| end.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
        let verb = if self.holds_at(now) { "ends" } else { "ended" };
        format!("{} ({whose}, {}) {verb} on {day}", self.id, self.scope)
    }

    fn holds_at(&self, at: Timestamp) -> bool {
        self.ends.is_none_or(|end| end > at)
    }

    /// Whether another does the same for longer than this one will be a worry.
    fn has_successor(&self, keys: &[Self], now: Timestamp) -> bool {
        keys.iter().any(|other| {
            (&other.tenant, &other.scope) == (&self.tenant, &self.scope)
                && other.holds_at(now + SOON)
        })
    }

    fn was_used_within(&self, span: SignedDuration, now: Timestamp) -> bool {
        self.used.is_some_and(|used| used > now - span)
    }
}

/// Judges keys by their ends, both ways: those to come, and those that have passed.
pub fn judged(keys: &[Key], now: Timestamp) -> [Check; 2] {
    [ending(keys, now), ended(keys, now)]
}

fn ending(keys: &[Key], now: Timestamp) -> Check {
    let is_ending = |key: &&Key| {
        key.holds_at(now)
            && !key.holds_at(now + SOON)
            && (!key.has_successor(keys, now) || key.was_used_within(DAY, now))
    };
    let told: Vec<_> = keys.iter().filter(is_ending).map(|key| key.told(now)).collect();
    if told.is_empty() {
        return Check::ok(ENDING, "none that is needed ends within 14 days");
    }
    Check::warning(
        ENDING,
        told.join("; "),
        "`ticketlens key rotate ID` makes a successor, and lets the old one work for a day; give the \
         new one to whoever still uses the old",
    )
}

fn ended(keys: &[Key], now: Timestamp) -> Check {
    let is_missed = |key: &&Key| {
        let holds = |other: &Key| {
            (&other.tenant, &other.scope) == (&key.tenant, &key.scope) && other.holds_at(now)
        };
        !key.holds_at(now)
            && key.holds_at(now - LATELY)
            && !keys.iter().any(holds)
            && !key.tenant.is_empty()
    };
    let told: Vec<_> = keys.iter().filter(is_missed).map(|key| key.told(now)).collect();
    if told.is_empty() {
        return Check::ok(ENDED, "nobody is left without a key");
    }
    Check::problem(
        ENDED,
        format!("{}, and no other does the same", told.join("; ")),
        "whoever used it is refused, and senders drop what is refused: `ticketlens key create` makes a \
         new one; `ticketlens key revoke ID` says that it is not missed",
    )
}

#[cfg(test)]
mod tests {
    use super::{super::check::Outcome, *};

    fn now() -> Timestamp {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    fn key(id: &str, tenant: &str, ends_in_days: Option<i64>, used_days_ago: Option<i64>) -> Key {
        Key {
            id: id.to_owned(),
            tenant: tenant.to_owned(),
            scope: if tenant.is_empty() { "admin" } else { "ingest" }.to_owned(),
            ends: ends_in_days.map(|days| now() + DAY * i32::try_from(days).unwrap()),
            used: used_days_ago.map(|days| now() - DAY * i32::try_from(days).unwrap()),
        }
    }

    fn outcomes(keys: &[Key]) -> [Outcome; 2] {
        judged(keys, now()).map(|check| check.outcome)
    }

    #[test]
    fn a_key_that_ends_is_told_unless_it_has_a_successor_and_rests() {
        let good = [Outcome::Ok, Outcome::Ok];
        let warned = [Outcome::Warning, Outcome::Ok];
        assert_eq!(outcomes(&[key("a", "acme", None, None)]), good);
        assert_eq!(outcomes(&[key("a", "acme", Some(15), None)]), good);
        assert_eq!(outcomes(&[key("a", "acme", Some(14), None)]), warned);
        let successor = || key("b", "acme", None, None);
        assert_eq!(outcomes(&[key("a", "acme", Some(1), Some(3)), successor()]), good);
        assert_eq!(outcomes(&[key("a", "acme", Some(1), Some(0)), successor()]), warned);
        let others = key("b", "beta", None, None);
        assert_eq!(outcomes(&[key("a", "acme", Some(1), Some(3)), others]), warned);
        let told = &judged(&[key("a", "acme", Some(1), None)], now())[0].found;
        assert_eq!(told, "a (acme, ingest) ends on 2026-11-21");
    }

    #[test]
    fn a_tenant_without_a_key_is_a_problem_for_a_month() {
        let good = [Outcome::Ok, Outcome::Ok];
        let missed = [Outcome::Ok, Outcome::Problem];
        assert_eq!(outcomes(&[key("a", "acme", Some(-1), None)]), missed);
        assert_eq!(outcomes(&[key("a", "acme", Some(-30), None)]), good);
        assert_eq!(
            outcomes(&[key("a", "acme", Some(-1), None), key("b", "acme", None, None)]),
            good
        );
        assert_eq!(outcomes(&[key("a", "", Some(-1), None)]), good, "an admin's");
    }
}
