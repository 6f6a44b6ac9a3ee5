//! Spans of time that are searched one after the other, the newest first and each longer than the
//! one before: what is said often is found without reading everything.

use ticketlens_ticket::Timestamp;

use crate::{PageToken, TicketFilter};

/// The first span, in nanoseconds: an hour.
const FIRST: u64 = 3_600_000_000_000;
/// How many times as long the next span is.
const LONGER: u64 = 4;

/// The filter, within one span after the other.
pub(super) struct Windows<'f> {
    filter: &'f TicketFilter,
    /// Where the next span ends; `None` before the first, which has the filter's end.
    until: Option<u64>,
    top: u64,
    length: u64,
    is_over: bool,
}

impl<'f> Windows<'f> {
    pub(super) fn of(filter: &'f TicketFilter, after: Option<&PageToken>) -> Self {
        let ends = [Some(Timestamp::now()), filter.until, after.map(PageToken::executed_at)];
        let top = ends.into_iter().flatten().map(Timestamp::as_unix_nanos).min();
        let top = top.unwrap_or_default();
        Self { filter, until: None, top, length: FIRST, is_over: false }
    }
}

impl Iterator for Windows<'_> {
    type Item = TicketFilter;

    fn next(&mut self) -> Option<TicketFilter> {
        if self.is_over {
            return None;
        }
        let mut window = self.filter.clone();
        if let Some(until) = self.until {
            window.until = Some(Timestamp::from_unix_nanos(until));
        }
        let start = self.until.unwrap_or(self.top).saturating_sub(self.length);
        let since = self.filter.since.map_or(0, Timestamp::as_unix_nanos);
        self.is_over = start <= since;
        if !self.is_over {
            window.since = Some(Timestamp::from_unix_nanos(start));
        }
        self.until = Some(start);
        self.length = self.length.saturating_mul(LONGER);
        Some(window)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_moment_is_in_one_span_and_spans_are_few(
            since in prop::option::of(0_u64..4_000_000_000),
            until in prop::option::of(0_u64..4_000_000_000),
            moment in 0_u64..4_000_000_000,
        ) {
            let at = |seconds: u64| Timestamp::from_unix_nanos(seconds * 1_000_000_000);
            let filter =
                TicketFilter { since: since.map(at), until: until.map(at), ..TicketFilter::default() };
            let has = |filter: &TicketFilter| {
                filter.since.is_none_or(|since| at(moment) >= since)
                    && filter.until.is_none_or(|until| at(moment) < until)
            };
            let spans: Vec<_> = Windows::of(&filter, None).collect();
            prop_assert!(spans.len() <= 16, "{}", spans.len());
            let count = spans.iter().filter(|span| has(span)).count();
            prop_assert_eq!(count, usize::from(has(&filter)));
        }
    }
}
