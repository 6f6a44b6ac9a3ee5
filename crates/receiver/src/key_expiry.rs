//! Keys that are in use and soon stop working: said once a day for each, and counted, while there is
//! still time to rotate them. Senders' answers say nothing of it: it is the provider's to do.

use std::{collections::HashMap, sync::Arc, time::Duration};

use ticketlens_store::{EndingKey, KeyId};
use ticketlens_ticket::Timestamp;
use tokio::time::{Instant, interval_at};

use crate::{
    auth::{KeySource, Keys},
    metrics::Metrics,
};

/// How long before its end a key is warned of.
const WARN_WITHIN: Duration = Duration::from_secs(14 * 24 * 3600);
/// Between two warnings of the same key.
const AGAIN_AFTER: Duration = Duration::from_secs(24 * 3600);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Which keys were warned of, and when: those that are to end, and no others.
#[derive(Debug, Default)]
pub(crate) struct Warned(HashMap<KeyId, Instant>);

impl Warned {
    /// Looks every minute. Never ends.
    pub(crate) async fn keep<S: KeySource>(&mut self, keys: &Arc<Keys<S>>, metrics: &Metrics) {
        let mut ticks = interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
        loop {
            ticks.tick().await;
            let now = Timestamp::now();
            let ending = keys.ending_in_use(now, WARN_WITHIN);
            metrics.keys_ending(ending.len());
            for EndingKey { id, ends_at } in self.due(&ending) {
                let left = ends_at.as_unix_nanos().saturating_sub(now.as_unix_nanos());
                let hours = left / 3_600_000_000_000;
                tracing::warn!(name: "keys.ending",
                    key_id = %id,
                    hours,
                    "a key that is in use stops working soon; `ticketlens key rotate` makes its \
                     successor"
                );
            }
        }
    }

    /// Those that were not warned of for a day.
    fn due(&mut self, ending: &[EndingKey]) -> Vec<EndingKey> {
        let now = Instant::now();
        self.0.retain(|id, _| ending.iter().any(|key| key.id == *id));
        let mut due = ending.to_vec();
        due.retain(|key| self.0.get(&key.id).is_none_or(|at| now >= *at + AGAIN_AFTER));
        self.0.extend(due.iter().map(|key| (key.id, now)));
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_key_is_warned_of_once_a_day() {
        let ends_at = Timestamp::from_unix_nanos(1);
        let key = |id: &str| EndingKey { id: id.parse().unwrap(), ends_at };
        let (one, two) = (key("aaaaaaaa"), key("bbbbbbbb"));
        let mut warned = Warned::default();
        assert_eq!(warned.due(&[one]), [one]);
        assert_eq!(warned.due(&[one, two]), [two]);
        tokio::time::advance(AGAIN_AFTER - LOOK_EVERY).await;
        assert_eq!(warned.due(&[one, two]), []);
        tokio::time::advance(LOOK_EVERY).await;
        assert_eq!(warned.due(&[one]), [one]);
        // Of keys that are gone nothing is kept.
        assert_eq!(warned.due(&[]), []);
        assert!(warned.0.is_empty());
    }
}
