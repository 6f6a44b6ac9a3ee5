//! Who is turned away: keys that may not do what they ask for, tenants over a limit of theirs.

use ticketlens_show::{self as show, safe};
use ticketlens_store::{RefusedKey, Throttled};

use super::check::Check;

/// Keys that were refused.
pub const REFUSED: &str = "keys.refused";
/// Tenants over a limit.
pub const LIMITS: &str = "tenants.limits";

/// How many are named of each: what was told may be longer.
const NAMED: usize = 10;

/// Judges which keys were refused.
pub fn refused(keys: &[RefusedKey]) -> Check {
    if keys.is_empty() {
        return Check::ok(REFUSED, "no key asked for administration that may not");
    }
    let told: Vec<_> = keys.iter().take(NAMED).map(told_of_key).collect();
    Check::warning(
        REFUSED,
        format!("refused within an hour: {}", told.join("; ")),
        "give whoever sends with it a key that may do what it asks for: `ticketlens key rotate ID` makes \
         a successor of the same scope, `ticketlens key create` one of another; `ticketlens audit list` \
         says where the calls came from",
    )
}

fn told_of_key(key: &RefusedKey) -> String {
    let whose = if key.tenant.is_empty() { "nobody's" } else { &key.tenant };
    let scope = if key.scope.is_empty() { String::new() } else { format!(", {}", key.scope) };
    format!(
        "{} ({}{}): {}, {}",
        safe::line(&key.key_id),
        safe::line(whose),
        safe::line(&scope),
        safe::line(&key.reason.replace('_', " ")),
        times(key.calls, "call")
    )
}

/// Judges which tenants sent more than they may.
pub fn limits(tenants: &[Throttled]) -> Check {
    if tenants.is_empty() {
        return Check::ok(LIMITS, "no tenant was over a limit in the last hour");
    }
    let tenants = &tenants[..tenants.len().min(NAMED)];
    let told: Vec<_> = tenants
        .iter()
        .map(|one| format!("{} ({})", safe::line(&one.tenant), times(one.requests, "request")))
        .collect();
    let commands = tenants.iter().filter_map(raising).collect::<String>();
    Check::warning(
        LIMITS,
        format!("turned away in the last hour for a limit: {}", told.join(", ")),
        format!(
            "senders come again for a few minutes, and lose what is refused for longer: have them send \
             less, or raise the limit that it is (the answer to the sender names it){commands}"
        ),
    )
}

/// The command that changes the limits it has; none where it has none any more.
fn raising(one: &Throttled) -> Option<String> {
    let flags =
        one.limits.iter().take(NAMED).map(|name| format!(" --{} N", name.replace('_', "-")));
    let flags = flags.collect::<String>();
    let tenant = safe::line(&one.tenant);
    (!flags.is_empty()).then(|| format!("\n  ticketlens tenant set {tenant}{}", safe::line(&flags)))
}

fn times(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{} {what}s", show::count(n)) }
}

#[cfg(test)]
mod tests {
    use super::{super::check::Outcome, *};

    #[test]
    fn refused_keys_are_named_with_whose_they_are_and_why() {
        let key = |n: usize| RefusedKey {
            key_id: format!("k{n}"),
            tenant: "acme".to_owned(),
            scope: "read".to_owned(),
            reason: "wrong_scope".to_owned(),
            calls: 12,
        };
        let told = refused(&[key(1), RefusedKey { scope: String::new(), calls: 1, ..key(2) }]);
        assert_eq!(told.outcome, Outcome::Warning);
        let found = "refused within an hour: k1 (acme, read): wrong scope, 12 calls; \
                     k2 (acme): wrong scope, 1 call";
        assert_eq!(told.found, found);
        assert!(told.next.unwrap().contains("`ticketlens key rotate ID`"));
        let many: Vec<_> = (0..20).map(key).collect();
        assert_eq!(refused(&many).found.matches("acme").count(), 10);
        assert_eq!(refused(&[]).outcome, Outcome::Ok);
    }

    #[test]
    fn tenants_over_a_limit_are_told_with_the_setting_to_change() {
        let one = |tenant: &str, limits: &[&str]| Throttled {
            tenant: tenant.to_owned(),
            requests: 1_200,
            limits: limits.iter().map(|name| (*name).to_owned()).collect(),
        };
        let set = one("acme", &["max_records_per_second", "max_records_per_day"]);
        let told = limits(&[set, one("beta", &[])]);
        assert_eq!(told.outcome, Outcome::Warning);
        assert!(told.found.ends_with("acme (1,200 requests), beta (1,200 requests)"), "{told:?}");
        let command =
            "\n  ticketlens tenant set acme --max-records-per-second N --max-records-per-day N";
        assert!(told.next.as_ref().unwrap().ends_with(command), "{told:?}");
        assert_eq!(limits(&[]).outcome, Outcome::Ok);
    }
}
