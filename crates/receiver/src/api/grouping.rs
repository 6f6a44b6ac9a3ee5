//! What an overview is cut into, held to a bounded number of groups.

use ticketlens_store::{Grouping, MOST_SPANS, TicketFilter};
use ticketlens_ticket::Timestamp;
use tonic::Status;

use super::{messages::seconds, scope::invalid};

/// What was asked for, within [`MOST_SPANS`].
pub(super) fn asked(
    by: &str,
    every: Option<&prost_types::Duration>,
    filter: &TicketFilter,
) -> Result<Grouping, Status> {
    let by = match by {
        "" => None,
        text => Some(text.parse().map_err(|error| invalid("by", error))?),
    };
    let every_seconds = match seconds("every", every)? {
        None => None,
        Some(every) => Some(spans(every, filter)?),
    };
    Ok(Grouping { by, every_seconds })
}

fn spans(every: f64, filter: &TicketFilter) -> Result<u32, Status> {
    // Not a whole number of seconds, or none that fits.
    if every < 1.0 || every.fract() != 0.0 || every > f64::from(u32::MAX) {
        return Err(invalid("every", "must be whole seconds, at least one"));
    }
    let since = filter.since.ok_or_else(|| invalid("every", "needs `since`"))?;
    let until = filter.until.unwrap_or_else(Timestamp::now);
    let nanos = until.as_unix_nanos().saturating_sub(since.as_unix_nanos());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let every = every as u32;
    if nanos / 1_000_000_000 / u64::from(every) >= MOST_SPANS {
        let what = format!("makes more than {MOST_SPANS} spans; make it longer, or `since` later");
        return Err(invalid("every", what));
    }
    Ok(every)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every(seconds: i64, nanos: i32, since: u64) -> Result<Option<u32>, String> {
        let second = |seconds| Some(Timestamp::from_unix_nanos(seconds * 1_000_000_000));
        let until = second(10_000);
        let filter = TicketFilter { since: second(since), until, ..TicketFilter::default() };
        let every = prost_types::Duration { seconds, nanos };
        let asked = asked("", Some(&every), &filter);
        asked.map(|asked| asked.every_seconds).map_err(|status| status.message().to_owned())
    }

    #[test]
    fn spans_are_whole_seconds_and_few() {
        assert_eq!(every(10, 0, 1), Ok(Some(10)));
        assert_eq!(every(1, 0, 9_001), Ok(Some(1)));
        for (seconds, nanos, since) in [(9, 0, 0), (0, 0, 9_999), (-5, 0, 9_999), (1, 5, 9_999)] {
            let error = every(seconds, nanos, since).unwrap_err();
            assert!(error.starts_with("every: "), "{error}");
        }
        assert!(
            asked(
                "",
                Some(&prost_types::Duration { seconds: 60, nanos: 0 }),
                &TicketFilter::default()
            )
            .is_err()
        );
        assert!(asked("weather", None, &TicketFilter::default()).is_err());
    }
}
