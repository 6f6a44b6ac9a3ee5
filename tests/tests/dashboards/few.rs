//! What is hidden where tickets are few is right where they are many: the same queries, with lower bounds.

use ticketlens_tests::dashboards::Dashboard;

use crate::{ask, lines, opened, seed::world};

/// The bounds, and what stands in their place.
const BOUNDS: [(&str, &str); 3] =
    [(" < 20", " < 1"), ("count() >= 20,", "count() >= 1,"), ("count() >= 100,", "count() >= 1,")];

#[tokio::test(flavor = "multi_thread")]
async fn a_change_and_a_percentile_are_what_they_are_called() {
    let (_database, readers) = world().await;
    let overview = Dashboard::named("overview");
    let queries = overview.queries();
    let told = |panel: &str| {
        let query = queries.iter().find(|query| query.name.contains(panel)).unwrap();
        let mut sql = query.sql.to_owned();
        for (bound, lower) in BOUNDS {
            sql = sql.replace(bound, lower);
        }
        assert_ne!(sql, query.sql, "{panel} has no bound");
        let mut query = query.clone();
        query.sql = &sql;
        lines(&ask(&readers.provider, &opened(&overview), &query))
    };
    let of = |before: &str, now: &str| {
        [format!("D1 00:00:00.000 | {before}"), format!("D2 00:00:00.000 | {now}")]
    };
    assert_eq!(told("Tickets (stat)"), of("2", "8"));
    assert_eq!(told("Success rate"), of("0.5", "0.5"));
    assert_eq!(told("Average time"), of("10", "4.125"));
    assert_eq!(told("Errors (stat)"), of("1", "3"));
    let times = told("Execution time");
    assert_eq!(times[0], "D1 01:00:00.000 | 2 | 3.8 | 3.96", "{times:#?}");
}
