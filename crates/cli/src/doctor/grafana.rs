//! Grafana: whether each tenant's place there is whole, and ClickHouse answers through it.

use ticketlens_show::safe;

use super::check::Check;
use crate::{
    exit::Failure,
    grafana::{Found, whose},
};

/// Whether it lets us in.
pub const REACHABLE: &str = "grafana.reachable";
/// What each tenant has there.
pub const PLACES: &str = "grafana.places";

/// It does not let us in, or can't be asked.
pub fn unreachable(failure: &Failure) -> [Check; 2] {
    let next = failure.advice().unwrap_or("check --grafana-url, --grafana-user and the password");
    [
        Check::problem(REACHABLE, failure.what(), next),
        Check::skipped(PLACES, "needs an answer of Grafana"),
    ]
}

/// Judges the places there are. Nobody must have one; who has a part of one should have it whole.
pub fn judged(found: &[Found]) -> [Check; 2] {
    [Check::ok(REACHABLE, "lets us in"), places(found)]
}

fn places(found: &[Found]) -> Check {
    let (mut broken, mut left) = (Vec::new(), Vec::new());
    let mut whole = 0;
    for one in found {
        let name = whose(&one.reader);
        match trouble(one) {
            _ if !one.is_known && is_begun(one) => left.push(name),
            Some(trouble) if one.is_known && is_begun(one) => {
                broken.push(format!("{name}: {trouble}"))
            }
            None if one.is_known && is_begun(one) => whole += 1,
            _ => {}
        }
    }
    if !broken.is_empty() {
        return Check::problem(
            PLACES,
            broken.join("; "),
            "`ticketlens grafana provision --all` puts right what is missing; where ClickHouse does not \
             answer Grafana, --grafana-clickhouse says how Grafana reaches it",
        );
    }
    if !left.is_empty() {
        return Check::warning(
            PLACES,
            format!("tenants that were removed still have a place: {}", left.join(", ")),
            "`ticketlens grafana remove TENANT` takes it away",
        );
    }
    match whole {
        0 => Check::ok(PLACES, "nobody has one; `ticketlens grafana provision --all` makes them"),
        1 => Check::ok(PLACES, "one, and ClickHouse answers through it"),
        many => Check::ok(PLACES, format!("{many}, and ClickHouse answers through each")),
    }
}

/// Whether somebody has made a part of it. The provider's organisation is there in any Grafana.
fn is_begun(one: &Found) -> bool {
    match &one.org {
        Ok(None) => false,
        Ok(Some(_)) => one.has_password || one.reader.tenant().is_some(),
        Err(_) => true,
    }
}

fn trouble(one: &Found) -> Option<String> {
    match (&one.org, &one.health) {
        (Err(problem), _) => Some(safe::line(problem).into_owned()),
        (Ok(None), _) => None,
        (Ok(Some(_)), _) if !one.login => Some("no login to ClickHouse".to_owned()),
        (Ok(Some(_)), None) => Some("no data source with a password".to_owned()),
        (Ok(Some(_)), Some((false, says))) => {
            Some(format!("ClickHouse does not answer: {}", safe::line(says)))
        }
        (Ok(Some(_)), Some((true, _))) => None,
    }
}

#[cfg(test)]
mod tests {
    use ticketlens_grafana::Org;
    use ticketlens_store::{DatabaseName, Reader, Visibility};

    use super::{super::check::Outcome, *};

    fn whole() -> Found {
        let acme = Visibility::Tenant("acme".parse().unwrap());
        Found {
            reader: Reader::new(&DatabaseName::default(), acme),
            is_known: true,
            login: true,
            org: Ok(Some(Org { id: 2, name: "acme".to_owned() })),
            has_password: true,
            health: Some((true, "Data source is working".to_owned())),
        }
    }

    #[test]
    fn a_place_is_whole_or_not_there() {
        let outcome = |one| places(&[one]).outcome;
        assert_eq!(outcome(whole()), Outcome::Ok);
        let none = Found { org: Ok(None), login: false, health: None, ..whole() };
        assert_eq!(outcome(none), Outcome::Ok);
        assert_eq!(outcome(Found { login: false, ..whole() }), Outcome::Problem);
        assert_eq!(outcome(Found { health: None, ..whole() }), Outcome::Problem);
        let silent = Found { health: Some((false, "refused".to_owned())), ..whole() };
        assert_eq!(places(&[silent]).found, "acme: ClickHouse does not answer: refused");
        assert_eq!(outcome(Found { org: Err("taken".to_owned()), ..whole() }), Outcome::Problem);
        assert_eq!(outcome(Found { is_known: false, ..whole() }), Outcome::Warning);
        let provider = Reader::new(&DatabaseName::default(), Visibility::All);
        let untouched = Found { reader: provider, has_password: false, health: None, ..whole() };
        assert_eq!(outcome(untouched), Outcome::Ok, "Grafana's own main organisation");
        let half_made = Found { has_password: false, health: None, ..whole() };
        assert_eq!(outcome(half_made), Outcome::Problem);
    }
}
