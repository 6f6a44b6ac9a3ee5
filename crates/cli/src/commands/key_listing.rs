//! Keys as a table: what they may do, whether they work and for how long, and when they were last used.

use std::collections::BTreeSet;

use jiff::Timestamp;
use ticketlens_api::{Key, time::timestamp};
use ticketlens_show::{
    self as show,
    listing::{Column, Listing},
};

use crate::{
    exit::Result,
    terminal::{self, note, print_listing},
};

/// Days before its end a key is marked, as the receiver warns of it.
const SOON_DAYS: i64 = 14;
const SECONDS_A_DAY: i64 = 86_400;

/// Prints them, and says which end soon; those that are `rotated` have a successor.
pub fn print(keys: &[Key], rotated: &BTreeSet<String>, wide: bool) -> Result<()> {
    if keys.is_empty() {
        return terminal::print("No keys yet; `ticketlens key create` makes one.\n");
    }
    let mut listing = Listing::new([
        Column::new("id").keep(),
        Column::new("tenant"),
        Column::new("scope").keep(),
        Column::new("state").keep(),
        Column::new("last used").keep().may_drop(3),
        Column::new("created").keep().may_drop(1),
        Column::new("note").may_drop(2),
    ]);
    let now = Timestamp::now();
    for k in keys {
        listing.row([
            (&k.id).into(),
            (&k.tenant).into(),
            (&k.scope).into(),
            state(k, rotated.contains(&k.id), now).into(),
            k.last_used_at.as_ref().map(|at| show::time(Some(at))).unwrap_or_default().into(),
            show::time(k.created_at.as_ref()).into(),
            (&k.note).into(),
        ]);
    }
    print_listing(&listing, wide)?;
    let ending = |key: &&Key| days_left(key, now).is_some() && !rotated.contains(&key.id);
    match keys.iter().filter(ending).count() {
        0 => {}
        1 => note("one key expires within 14 days; `ticketlens key rotate ID` makes its successor"),
        many => note(&format!(
            "{many} keys expire within 14 days; `ticketlens key rotate ID` makes a successor"
        )),
    }
    Ok(())
}

/// Whether it works, until when, or since when not.
fn state(key: &Key, is_rotated: bool, now: Timestamp) -> String {
    let day = |at: Timestamp| at.strftime("%F").to_string();
    let revoked = key.revoked_at.as_ref().and_then(timestamp);
    let expires = key.expires_at.as_ref().and_then(timestamp);
    match (revoked, expires) {
        (Some(at), _) => format!("revoked {}", day(at)),
        (None, Some(at)) if at <= now => format!("expired {}", day(at)),
        (None, Some(at)) => {
            let until = at.strftime("%F %H:%M UTC");
            match days_left(key, now) {
                _ if is_rotated => format!("rotated, works until {until}"),
                None => format!("active until {until}"),
                Some(0) => format!("EXPIRES within a day ({until})"),
                Some(1) => format!("EXPIRES in 1 day ({until})"),
                Some(days) => format!("EXPIRES in {days} days ({until})"),
            }
        }
        (None, None) => "active".to_owned(),
    }
}

/// Whole days that a key still works, of one that soon ends.
fn days_left(key: &Key, now: Timestamp) -> Option<i64> {
    if key.revoked_at.is_some() {
        return None;
    }
    let left = timestamp(key.expires_at.as_ref()?)?.as_second() - now.as_second();
    (left > 0 && left <= SOON_DAYS * SECONDS_A_DAY).then_some(left / SECONDS_A_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_says_whether_a_key_works() {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let now = Timestamp::from_second(86_400).unwrap();
        let key = |expires_at, revoked_at| Key { expires_at, revoked_at, ..Key::default() };
        assert_eq!(state(&key(None, None), false, now), "active");
        assert_eq!(state(&key(at(0), None), false, now), "expired 1970-01-01");
        assert_eq!(
            state(&key(at(9_000_000), None), false, now),
            "active until 1970-04-15 04:00 UTC"
        );
        assert_eq!(
            state(&key(at(300_000), None), false, now),
            "EXPIRES in 2 days (1970-01-04 11:20 UTC)"
        );
        assert_eq!(
            state(&key(at(200_000), None), false, now),
            "EXPIRES in 1 day (1970-01-03 07:33 UTC)"
        );
        assert_eq!(
            state(&key(at(90_000), None), false, now),
            "EXPIRES within a day (1970-01-02 01:00 UTC)"
        );
        assert_eq!(state(&key(at(200_000), at(9)), false, now), "revoked 1970-01-01");
        let rotated = state(&key(at(200_000), None), true, now);
        assert_eq!(rotated, "rotated, works until 1970-01-03 07:33 UTC");
        let last = 86_400 + SOON_DAYS * SECONDS_A_DAY;
        assert_eq!(days_left(&key(at(last), None), now), Some(14));
        assert_eq!(days_left(&key(at(last + 1), None), now), None);
    }
}
